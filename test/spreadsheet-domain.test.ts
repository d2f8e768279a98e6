/** Lists of answers, cell by cell: columns and words of many languages, days, near numbers, and rows nobody would write. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { seededRandom } from '../sample/random.ts';
import { nearSerials } from '../src/domain/near-serial.ts';
import { proposeSheet } from '../src/domain/spreadsheet-columns.ts';
import { sheetFindingCodes, wordSheetFinding } from '../src/domain/spreadsheet-findings.ts';
import { answersOfSheet, judgeSheetRow, type KnownUnit, type SheetRules } from '../src/domain/spreadsheet-judge.ts';
import { planSheet, type SheetReading } from '../src/domain/spreadsheet-row.ts';
import { scanSheet } from '../src/domain/spreadsheet-scan.ts';
import { foldWord, knownMode, knownStatus } from '../src/domain/spreadsheet-words.ts';
import { translator } from '../src/http/translate.ts';
import { root } from './helpers/imports.ts';

const environments = [
  { code: 'Dx', name: 'Diagnostic mode' },
  { code: 'RUO', name: 'Research mode' },
];

function reading(more: Partial<SheetReading> = {}): SheetReading {
  return {
    mapping: { unit: 0, mode: 1, status: 2, date: 3, remark: 4 },
    words: { status: {}, mode: {} },
    dateOrder: undefined,
    noMode: '',
    environments,
    header: ['Serial', 'Mode', 'Done', 'Date', 'Remark'],
    today: '2022-05-20',
    ...more,
  };
}

const say = (cells: string[], more: Partial<SheetReading> = {}, formulas?: number[]) =>
  planSheet(reading(more))({ cells, formulas });

describe('the list that is offered to be filled in', () => {
  const languages = readdirSync(join(root, 'locales')).flatMap(
    (name) => /^([a-z]{2}(?:-\w+)?)\.json$/.exec(name)?.[1] ?? [],
  );
  for (const language of languages) {
    it(`is read whole when it comes back in ${language}`, () => {
      const t = translator(language);
      const keys = ['serial', 'mode', 'status', 'date', 'remark'] as const;
      const header = keys.map((key) => t(`portal.list.template-${key}`));
      const { mapping, sure } = proposeSheet(header, [['NB551298', 'Dx', '', '', '']], ['Dx', 'RUO']);
      assert.deepEqual(mapping, { unit: 0, mode: 1, status: 2, date: 3, remark: 4 }, header.join(' | '));
      assert.ok(sure, header.join(' | '));
    });
  }
});

describe('words', () => {
  it('for done and not done are known in every language of the portal', () => {
    const done: Record<string, string> = {
      ar: 'نعم',
      bg: 'Да',
      cs: 'Ano',
      da: 'Udført',
      de: 'Erledigt',
      el: 'Ναι',
      en: 'Done',
      es: 'Sí',
      et: 'Tehtud',
      fi: 'Kyllä',
      fr: 'Effectué',
      ga: 'Déanta',
      he: 'כן',
      hr: 'Obavljeno',
      hu: 'Igen',
      is: 'Já',
      it: 'Fatto',
      ja: '済み',
      ko: '완료',
      lt: 'Taip',
      lv: 'Jā',
      mt: 'Lest',
      nl: 'Gedaan',
      no: 'Utført',
      pl: 'Wykonano',
      pt: 'Sim',
      'pt-BR': 'Concluído',
      ro: 'Efectuat',
      sk: 'Áno',
      sl: 'Opravljeno',
      sv: 'Utfört',
      tr: 'Evet',
      uk: 'Так',
      'zh-Hans': '已完成',
      'zh-Hant': '是',
    };
    const open: Record<string, string> = {
      ar: 'لا',
      bg: 'Не',
      cs: 'Ne',
      da: 'Nej',
      de: 'Noch nicht',
      el: 'Όχι',
      en: 'Not yet',
      es: 'Pendiente',
      et: 'Tegemata',
      fi: 'Ei',
      fr: 'Pas encore',
      ga: 'Níl',
      he: 'לא',
      hr: 'Još ne',
      hu: 'Nem',
      is: 'Ekki enn',
      it: 'Non ancora',
      ja: '未',
      ko: '미완료',
      lt: 'Dar ne',
      lv: 'Nē',
      mt: 'Le',
      nl: 'Nog niet',
      no: 'Nei',
      pl: 'Nie',
      pt: 'Não',
      'pt-BR': 'Pendente',
      ro: 'Nu',
      sk: 'Nie',
      sl: 'Še ne',
      sv: 'Nej',
      tr: 'Hayır',
      uk: 'Ні',
      'zh-Hans': '未完成',
      'zh-Hant': '否',
    };
    const languages = readdirSync(join(root, 'locales'))
      .filter((file) => file !== 'review.json')
      .map((file) => file.slice(0, -5));
    assert.deepEqual(Object.keys(done).sort(), languages.sort());
    for (const language of languages) {
      assert.equal(knownStatus(foldWord(done[language] ?? '')), 'done', `${language} ${done[language]}`);
      assert.equal(knownStatus(foldWord(open[language] ?? '')), 'not-yet', `${language} ${open[language]}`);
    }
  });

  it('for modes are codes, names, and what people call them; a word that means two things is asked for', () => {
    for (const [word, mode] of [
      ['DX', 'Dx'],
      ['Diagnostic mode', 'Dx'],
      ['Forschung', 'RUO'],
      ['研究用', 'RUO'],
      ['les deux', 'all'],
      ['beide', 'all'],
    ] as const)
      assert.equal(knownMode(foldWord(word), environments), mode);
    assert.equal(knownMode(foldWord('RUO'), [{ code: 'Main', name: 'Main' }]), undefined, 'only modes of this action');
    assert.equal(knownStatus(foldWord('☑️')), 'done');
    assert.equal(knownStatus(foldWord('vielleicht')), undefined);
  });
});

describe('columns', () => {
  it('are found by their headings, whatever the language, and each mode may have its own', () => {
    const of = (header: string[], samples: string[][] = []) => proposeSheet(header, samples, ['Dx', 'RUO']);
    assert.deepEqual(of(['Haus', 'Seriennummer', 'Modus', 'Erledigt', 'Datum']), {
      mapping: { unit: 1, mode: 2, status: 3, date: 4 },
      sure: true,
    });
    assert.deepEqual(of(['Numéro de série', 'Dx fait', 'RUO fait']).mapping, {
      unit: 0,
      'status:Dx': 1,
      'status:RUO': 2,
    });
    assert.deepEqual(of(['シリアル番号', 'モード', '完了', '日付']).mapping, { unit: 0, mode: 1, status: 2, date: 3 });
    const guess = of(['Matricola', 'Fatto', 'Quando'], [['A1', 'sì', '2022-05-12']]);
    assert.deepEqual(guess, { mapping: { unit: 0, status: 1, date: 2 }, sure: false });
    assert.equal(of(['A', 'B']).sure, false);
  });
});

describe('a row', () => {
  it('says which mode, what and when', () => {
    assert.deepEqual(say(['NB1', 'Dx', 'ja', '12.05.2022', 'gut']).said, [
      { mode: 'Dx', meaning: 'done', date: '2022-05-12', word: 'ja' },
    ]);
    assert.deepEqual(
      say(['NB1', 'Dx und RUO', '', '04MAY2022', '']).said.map((one) => [one.mode, one.meaning, one.date]),
      [
        ['Dx', 'done', '2022-05-04'],
        ['RUO', 'done', '2022-05-04'],
      ],
      'a day alone is the day it was done',
    );
    assert.deepEqual(say(['NB1', '', '44693', '']).said, [
      { mode: '', meaning: 'done', date: '2022-05-12', word: '44693' },
    ]);
    assert.equal(
      say(['NB1', 'Dx', 'nein', '2022-06-30']).said[0]?.date,
      '2022-06-30',
      'what is planned may be to come',
    );
    assert.deepEqual(say(['', 'Summe', '12', '']).said, []);
  });

  it('is refused with the cell that is wrong', () => {
    const codes = (cells: string[], more: Partial<SheetReading> = {}) =>
      say(cells, more).findings.map((one) => [one.code, one.column]);
    assert.deepEqual(codes(['NB1', 'Dx', 'ja', '2022-05-21']), [['date-future', 'Date']]);
    assert.deepEqual(codes(['NB1', 'Dx', 'ja', '03/04/2022']), [['date-order', 'Date']]);
    assert.deepEqual(codes(['NB1', 'Dx', 'ja', '03/04/2022'], { dateOrder: 'mdy' }), []);
    assert.deepEqual(codes(['NB1', 'Dx', 'ja', '31.02.2022']), [['date', 'Date']]);
    assert.deepEqual(codes(['NB1', 'Turbo', 'ja', '']), [['mode-word', 'Mode']]);
    assert.deepEqual(codes(['NB1', 'Dx', 'hmm', '']), [['status-word', 'Done']]);
    assert.deepEqual(codes(['', 'Dx', 'ja', '']), [['no-serial', 'Serial']]);
    assert.deepEqual(codes(['1.2E+12', 'Dx', 'ja', '']), [['rounded', 'Serial']]);
    assert.deepEqual(codes(['NB1', 'Dx', '#WERT!', '']), [['formula-failed', 'Done']]);
    assert.deepEqual(
      say(['NB1', 'Dx', 'ja', ''], {}, [2, 9]).findings.map((one) => one.code),
      ['formula'],
      'a formula in a column that counts is flagged, its value taken',
    );
  });

  it('is read whatever stands in it, in bounded time and without a throw', () => {
    const random = seededRandom(27);
    const pieces = [
      'ja',
      '✓',
      '03/04/2022',
      '=1+1',
      '#REF!',
      '-',
      ' ',
      '\u0000',
      '\ud800',
      '٣',
      '🙂',
      'x'.repeat(5_000),
      '1E+9',
      'Dx',
      ',',
      '"',
      '\n',
      'null',
      '__proto__',
      'constructor',
      '(01)08162700201252',
      ']d2',
      '2022-13-45',
      '99999999',
    ];
    const read = planSheet(reading({ words: { status: { '': 'not-yet' }, mode: {} } }));
    const scan = scanSheet(reading());
    const began = performance.now();
    for (let i = 0; i < 20_000; i++) {
      const cells = Array.from({ length: Math.floor(random.next() * 7) }, () =>
        Array.from(
          { length: 1 + Math.floor(random.next() * 3) },
          () => pieces[Math.floor(random.next() * pieces.length)] ?? '',
        ).join(''),
      );
      const row = read({ cells, formulas: [0, 3] });
      for (const said of row.said) assert.match(said.date, /^(\d{4}-\d{2}-\d{2})?$/);
      for (const one of row.findings) {
        assert.ok((sheetFindingCodes as readonly string[]).includes(one.code), one.code);
        assert.ok(JSON.stringify(one).length < 2_000);
      }
      assert.ok(row.unit.length <= 300 && row.unit.isWellFormed());
      judgeSheetRow(row, [], rules);
      scan.take({ number: i, cells });
    }
    scan.asks();
    assert.ok(performance.now() - began < 20_000);
  });
});

const rules: SheetRules = { noMode: '', remedyId: null, noticeDate: '2022-05-03', near: () => [] };

function known(more: Partial<KnownUnit> = {}): KnownUnit {
  return {
    id: 1,
    serial: 'NB1',
    product: 'NextBench',
    productNames: ['NB-550'],
    partyId: 7,
    party: 'Labor',
    ours: true,
    told: true,
    corrections: ['Dx', 'RUO'].map((mode, index) => ({
      id: 10 + index,
      mode,
      remedyId: 3,
      state: 'open',
      because: null,
      last: null,
    })),
    ...more,
  };
}

describe('a row held against what is known', () => {
  const codes = (cells: string[], units: KnownUnit[], more: Partial<SheetRules> = {}) => {
    const judged = judgeSheetRow(say(cells), units, { ...rules, ...more });
    return `${judged.verdict} ${judged.findings.map((one) => one.code).join(' ')}`.trim();
  };

  it('comes to what it would record, or to why it does not', () => {
    const row = ['NB1', 'Dx', 'ja', '2022-05-12'];
    assert.equal(codes(row, [known()]), 'ready');
    assert.equal(codes(row, []), 'refused unknown');
    assert.equal(codes(row, [], { near: () => ['NB2'] }), 'refused unknown-near');
    assert.equal(codes(row, [known({ ours: false })]), 'refused not-yours');
    assert.equal(codes(row, [known({ told: false })]), 'refused not-told');
    assert.equal(codes(row, [known({ corrections: [] })]), 'nothing not-affected');
    assert.equal(codes(row, [known(), known({ id: 2, product: 'Other' })]), 'refused several');
    assert.equal(codes(['NB1', '', 'ja', '2022-05-12'], [known()]), 'refused mode-missing');
    assert.equal(codes(['NB1', '', 'ja', '2022-05-12'], [known()], { noMode: 'all' }), 'ready');
    assert.equal(codes(['NB1', 'Dx', 'ja', ''], [known()]), 'ready no-date');
    assert.equal(codes(['NB1', 'Dx', 'ja', '2022-04-30'], [known()]), 'ready before-notice');
    assert.equal(codes(['NB1', 'Dx', '', ''], [known()]), 'nothing says-nothing');
  });

  it('knows what was said and proven before, and what it contradicts', () => {
    const with_ = (state: string, kind: 'statement' | 'staff', claim: 'done' | 'gone' | 'not-yet') =>
      known({
        corrections: [
          {
            id: 10,
            mode: 'Dx',
            remedyId: 3,
            state,
            because: { kind, claim, reason: '', doneOn: '2022-05-12' },
            last: kind === 'statement' ? { claim, doneOn: '2022-05-12' } : null,
          },
        ],
      });
    assert.equal(codes(['NB1', 'Dx', 'ja', '2022-05-12'], [with_('stated', 'statement', 'done')]), 'same');
    assert.equal(codes(['NB1', 'Dx', 'ja', '2022-05-12'], [with_('verified', 'staff', 'done')]), 'same proven');
    assert.equal(codes(['NB1', 'Dx', 'nein', ''], [with_('verified', 'staff', 'done')]), 'ready contradicts');
    assert.equal(codes(['NB1', 'Dx', 'nein', ''], [with_('stated', 'statement', 'done')]), 'ready contradicts');
    assert.equal(
      codes(['NB1', 'Dx', 'ja', '2022-05-12'], [with_('open', 'statement', 'not-yet')]),
      'ready',
      'progress is taken',
    );
  });

  it('becomes answers of the form', () => {
    const statement = { correctionId: 10, mode: 'Dx', date: '2022-05-12', text: 'sold to Labor 9', same: false };
    const answers = answersOfSheet(
      [
        { ...statement, meaning: 'moved' },
        { ...statement, correctionId: 11, meaning: 'not-ours' },
      ],
      true,
    );
    assert.deepEqual(answers.party, { received: 'yes', understood: 'yes' });
    assert.deepEqual(answers.corrections, {
      10: { status: 'gone', 'gone-how': 'moved', 'gone-to': 'sold to Labor 9', 'gone-on': '2022-05-12' },
      11: { status: 'unknown' },
    });
  });

  it('has words for every finding', () => {
    const params = {
      serial: 'NB1',
      near: 'NB2',
      modes: 'Dx',
      mode: 'Dx',
      date: '2022-05-12',
      notice: '2022-05-04',
      row: 3,
      products: 'A',
      before: 'done',
      after: 'not-yet',
      value: 'x',
    };
    for (const language of ['en', 'de', 'it'])
      for (const code of sheetFindingCodes) {
        const text = wordSheetFinding({ level: 'error', code, column: '', value: 'x', params }, translator(language));
        assert.doesNotMatch(text, /[{}]/, `${language} ${code}`);
      }
  });
});

describe('near numbers', () => {
  it('differ by one sign: wrong, missing, additional, swapped', () => {
    const near = nearSerials(['M11218', 'M11318', 'NB550001', 'AB-12']);
    assert.deepEqual(near('M1121B'), ['M11218']);
    assert.deepEqual(near('NB55001'), ['NB550001']);
    assert.deepEqual(near('NB5500011'), ['NB550001']);
    assert.deepEqual(near('BN550001'), ['NB550001']);
    assert.deepEqual(near('ab12'), ['AB-12']);
    assert.deepEqual(near('M11418'), ['M11218', 'M11318']);
    assert.deepEqual(near('ZZZZZZ'), []);
    assert.deepEqual(near(''), []);
  });
});

describe('what is open', () => {
  const rows = (list: string[][], more: Partial<SheetReading> = {}) => {
    const scan = scanSheet(reading(more));
    for (const [index, cells] of list.entries()) scan.take({ number: index + 2, cells });
    return scan;
  };

  it('is asked once: words, the order of days, rows without a mode', () => {
    const scan = rows([
      ['NB1', 'Dx', 'durch', '03/04/2022'],
      ['NB2', 'Turbo', 'durch', ''],
      ['NB3', '', 'ja', ''],
      ['', 'Summe', 'hmm', ''],
      // A line of sums names no device: nobody is asked what it means.
      ['Summe', '', '17 offen', ''],
    ]);
    assert.deepEqual(scan.asks(), {
      status: [{ key: 'durch', word: 'durch', count: 2, row: 2 }],
      mode: [{ key: 'turbo', word: 'Turbo', count: 1, row: 3 }],
      dateOrder: true,
      noMode: 1,
    });
    assert.deepEqual(rows([['NB1', 'Dx', 'ja', '23/04/2022']]).asks(), {});
    assert.equal(rows([['NB1', 'Dx', 'ja', '23/04/2022']]).order(), 'dmy');
    assert.deepEqual(rows([['NB1', 'Dx', 'ja']], { mapping: { unit: 0 } }).asks(), { columns: true });
  });
});
