/** What translators' tools do to segments: cut into sentences, joined, put in another order. The text comes back whole. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { sampleNoticeFacts as facts, sampleNotice } from '../sample/notice/document.ts';
import { type NoticeDocument, noticeDocumentSchema, parseText } from '../src/domain/notice.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { reportTranslation, type TextReport, type TranslationReport } from '../src/domain/translation-report.ts';
import { type XliffFile, type XliffVersion, xliffVersions } from '../src/domain/xliff.ts';
import { exportTexts } from '../src/domain/xliff-export.ts';
import { makeXliffReader } from '../src/domain/xliff-read.ts';
import { writeXliff } from '../src/domain/xliff-write.ts';
import { resegmentOne, resegmentTwo } from './helpers/xliff-tool.ts';

const small = (en: string, texts: Record<string, string> = {}): NoticeDocument =>
  noticeDocumentSchema.parse({
    layout: 'letter',
    variants: { 'dx-recall': { sections: ['problem'] } },
    texts: {
      en: { problem: en },
      ...Object.fromEntries(Object.entries(texts).map(([code, problem]) => [code, { problem }])),
    },
  });

function written(document: NoticeDocument, language: string, version: XliffVersion, states = {}): string {
  const content = exportTexts({ noticeId: 7, number: 'M-1', noticeVersion: 2, document, facts, language, states });
  assert.ok(!isRefusal(content), JSON.stringify(content));
  return writeXliff(content, version);
}

function read(xml: string): XliffFile {
  const reader = makeXliffReader();
  reader.write(xml);
  return reader.end();
}

function reported(xml: string, document: NoticeDocument, language = 'de'): TranslationReport {
  const report = reportTranslation(read(xml), document, facts, language, { noticeIds: [7] });
  assert.ok(!isRefusal(report), JSON.stringify(report));
  return report;
}

function only(report: TranslationReport): TextReport {
  assert.equal(report.texts.length, 1);
  return report.texts[0] as TextReport;
}

// ── As tools write them ─────────────────────────────────────────────────────────────────────────────────────────────

const inTwo = (units: string, language = 'de') =>
  `<?xml version="1.0" encoding="UTF-8"?>
<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.1" srcLang="en" trgLang="${language}">
 <file id="notice-7" original="M-1" canResegment="no" xml:space="preserve">${units}</file></xliff>`;
const unitTwo = (segments: string, data = '') => inTwo(`<unit id="problem">${data}${segments}</unit>`);
const inOne = (units: string, language = 'de') =>
  `<?xml version="1.0" encoding="UTF-8"?>
<xliff xmlns="urn:oasis:names:tc:xliff:document:1.2" version="1.2">
 <file original="notice-7" datatype="x-notice" source-language="en" target-language="${language}" xml:space="preserve">
  <body><group id="problem" resname="problem">${units}</group></body></file></xliff>`;
const seg = (id: string, source: string, target?: string, more = 'state="final"', place = '') =>
  `<segment id="${id}" ${more}><source>${source}</source>${target === undefined ? '' : `<target${place}>${target}</target>`}</segment>`;
const ph = '<ph id="c1" dataRef="d1"/>';
const data = (...natives: string[]) =>
  `<originalData>${natives.map((native, index) => `<data id="d${index + 1}">${native}</data>`).join('')}</originalData>`;
const mrk = (mid: number, words: string) => `<mrk mtype="seg" mid="${mid}">${words}</mrk>`;

const en = 'Update {action.reference} now. Then call us.';
const de = 'Aktualisieren Sie {action.reference} jetzt. Rufen Sie uns dann an.';
const [oneCode, twoCodes] = [
  '<ph id="1" ctype="x-fact">{action.reference}</ph>',
  data('{action.reference}', '**', '[', '](https://a.example/x)'),
];

/** What came back, of which source, the text it becomes (undefined: refused), and what is found. */
const cases: [what: string, en: string, xml: string, after: string | undefined, codes: string[]][] = [
  [
    '2.1 by sentences, with what is between',
    en,
    unitTwo(
      seg('s1', `Update ${ph} now.`, `Aktualisieren Sie ${ph} jetzt.`) +
        '<ignorable><source> </source></ignorable>' +
        seg('s1b', 'Then call us.', 'Rufen Sie uns dann an.'),
      twoCodes,
    ),
    de,
    [],
  ],
  [
    '2.1 by sentences, the blank lost',
    en,
    unitTwo(
      seg('a', `Update ${ph} now. `, `Aktualisieren Sie ${ph} jetzt.`) +
        seg('b', 'Then call us.', 'Rufen Sie uns dann an.'),
      twoCodes,
    ),
    de,
    [],
  ],
  [
    '2.1 by sentences, the second said first',
    en,
    unitTwo(
      seg('a', `Update ${ph} now. `, 'Rufen Sie uns an, ', undefined, ' order="2"').replace(
        'Rufen Sie uns an, ',
        'und ',
      ) + seg('b', 'Then call us.', `Aktualisieren Sie ${ph} jetzt, `, undefined, ' order="1"'),
      twoCodes,
    ),
    'Aktualisieren Sie {action.reference} jetzt, und',
    [],
  ],
  [
    '2.1 with a placeholder carried into the next sentence',
    en,
    unitTwo(
      seg('a', `Update ${ph} now. `, 'Jetzt aktualisieren. ') + seg('b', 'Then call us.', `Zu ${ph} dann anrufen.`),
      twoCodes,
    ),
    'Jetzt aktualisieren. Zu {action.reference} dann anrufen.',
    [],
  ],
  [
    '2.1 with a placeholder lost over both',
    en,
    unitTwo(seg('a', `Update ${ph} now. `, 'Jetzt aktualisieren. ') + seg('b', 'Then call us.', 'Anrufen.'), twoCodes),
    undefined,
    ['fact-lost'],
  ],
  [
    '2.1 with a placeholder in both',
    en,
    unitTwo(seg('a', `Update ${ph} now. `, `Jetzt ${ph}. `) + seg('b', 'Then call us.', `Zu ${ph}.`), twoCodes),
    undefined,
    ['fact-doubled'],
  ],
  [
    '2.1 with states that differ',
    en,
    unitTwo(
      seg('a', `Update ${ph} now. `, `Jetzt ${ph}. `, 'state="final"') +
        seg('b', 'Then call us.', 'Anrufen.', 'state="reviewed"'),
      twoCodes,
    ),
    'Jetzt {action.reference}. Anrufen.',
    ['not-final'],
  ],
  [
    '2.1 with a sentence not translated',
    en,
    unitTwo(seg('a', `Update ${ph} now. `, `Jetzt ${ph}. `) + seg('b', 'Then call us.'), twoCodes),
    undefined,
    ['part-untranslated', 'untranslated'],
  ],
  [
    '2.1 with two targets in one place',
    en,
    unitTwo(
      seg('a', `Update ${ph} now. `, `Jetzt ${ph}. `, undefined, ' order="2"') + seg('b', 'Then call us.', 'Anrufen.'),
      twoCodes,
    ),
    undefined,
    ['order-unclear'],
  ],
  [
    '2.1 with a place that is none',
    en,
    unitTwo(
      seg('a', `Update ${ph} now. `, `Jetzt ${ph}. `, undefined, ' order="first"') +
        seg('b', 'Then call us.', 'Anrufen.'),
      twoCodes,
    ),
    undefined,
    ['order-unclear'],
  ],
  [
    '2.1 cut within strong words',
    'Do **this. And that** now.',
    unitTwo(
      seg('a', 'Do <sc id="c1" dataRef="d2"/>this. ', 'Tun Sie <sc id="c1" dataRef="d2"/>dies. ') +
        seg('b', 'And that<ec startRef="c1" dataRef="d2"/> now.', 'Und das<ec startRef="c1" dataRef="d2"/> jetzt.'),
      data('', '**').replace('<data id="d2">**', '<data id="d2">**'),
    ),
    'Tun Sie **dies. Und das** jetzt.',
    [],
  ],
  [
    '2.1 cut within a link, and its end lost',
    'Open [this. Or that](https://a.example/x) now.',
    unitTwo(
      seg('a', 'Open <sc id="c1" dataRef="d3"/>this. ', 'Öffnen Sie <sc id="c1" dataRef="d3"/>dies. ') +
        seg('b', 'Or that<ec startRef="c1" dataRef="d4"/> now.', 'Oder das.'),
      twoCodes,
    ),
    undefined,
    ['code-unknown', 'fact-lost'],
  ],
  [
    '2.1 with two paragraphs in one piece',
    'First words. And more.\n\nThen others.',
    unitTwo(seg('s1', 'First words. And more.Then others.', 'Erste Worte. Und mehr. Dann andere.')),
    'Erste Worte. Und mehr.\n\nDann andere.',
    ['joined', 'joined'],
  ],
  [
    '2.1 with three paragraphs in two other pieces',
    'First words. And more.\n\nThen others.\n\nLast ones.',
    unitTwo(
      seg('s1', 'First words. ', 'Erste Worte. ') +
        seg('s2', 'And more.Then others.', 'Und mehr.Dann andere.') +
        seg('s3', 'Last ones.', 'Letzte.'),
    ),
    'Erste Worte. Und mehr.\n\nDann andere.\n\nLetzte.',
    ['joined', 'joined'],
  ],
  [
    '2.1 with two paragraphs in one piece of other sentences',
    'First words.\n\nThen others.',
    unitTwo(seg('s1', 'First words.Then others.', 'Erste Worte, dann andere.')),
    undefined,
    ['joined-unclear', 'untranslated', 'joined-unclear', 'untranslated'],
  ],
  [
    '2.1 with the same sentence twice',
    en,
    unitTwo(
      seg('s1', `Update ${ph} now. Then call us.`, `Jetzt ${ph}. Anrufen.`) + seg('b', 'Then call us.', 'Anrufen.'),
      twoCodes,
    ),
    undefined,
    ['segments'],
  ],
  [
    '2.1 as texts of other names',
    en,
    inTwo(
      `<unit id="problem_1">${twoCodes}${seg('s1', `Update ${ph} now. `, `Jetzt ${ph}. `)}</unit>` +
        `<unit id="problem_2">${seg('s1', 'Then call us.', 'Anrufen.')}</unit>`,
    ),
    undefined,
    ['unit-split', 'source-changed', 'untranslated'],
  ],
  [
    '2.1 with paragraphs in another order',
    'First words.\n\nThen {action.reference}.',
    unitTwo(
      seg('s1', 'First words.', 'Erste Worte.', undefined, ' order="2"') +
        seg('s2', `Then ${ph}.`, `Dann ${ph}.`, undefined, ' order="1"'),
      twoCodes,
    ),
    'Dann {action.reference}.\n\nErste Worte.',
    ['fact-moved', 'fact-moved'],
  ],
  [
    '2.1 with a fact in another cell',
    '| A | B |\n| --- | --- |\n| is {action.reference} | no |',
    unitTwo(
      ['A', 'B'].map((word, index) => seg(`s${index + 1}`, word, word)).join('') +
        seg('s3', `is ${ph}`, 'ist') +
        seg('s4', 'no', `nein ${ph}`),
      twoCodes,
    ),
    undefined,
    ['fact-lost', 'fact-added'],
  ],
  [
    '1.2 by sentences',
    en,
    inOne(
      `<trans-unit id="problem.1" approved="yes"><source>Update ${oneCode} now. Then call us.</source>` +
        `<seg-source>${mrk(0, `Update ${oneCode} now.`)} ${mrk(1, 'Then call us.')}</seg-source>` +
        `<target state="final">${mrk(0, `Aktualisieren Sie ${oneCode} jetzt.`)} ${mrk(1, 'Rufen Sie uns dann an.')}</target></trans-unit>`,
    ),
    de,
    [],
  ],
  [
    '1.2 by sentences, the blank lost',
    en,
    inOne(
      `<trans-unit id="problem.1"><source>Update ${oneCode} now. Then call us.</source>` +
        `<seg-source>${mrk(0, `Update ${oneCode} now.`)} ${mrk(1, 'Then call us.')}</seg-source>` +
        `<target state="final">${mrk(0, `Aktualisieren Sie ${oneCode} jetzt.`)}${mrk(1, 'Rufen Sie uns dann an.')}</target></trans-unit>`,
    ),
    de,
    [],
  ],
  [
    '1.2 with a sentence left empty',
    en,
    inOne(
      `<trans-unit id="problem.1"><source>Update ${oneCode} now. Then call us.</source>` +
        `<seg-source>${mrk(0, `Update ${oneCode} now.`)} ${mrk(1, 'Then call us.')}</seg-source>` +
        `<target state="final">${mrk(0, `Jetzt ${oneCode}.`)} ${mrk(1, '')}</target></trans-unit>`,
    ),
    undefined,
    ['part-untranslated', 'untranslated'],
  ],
  [
    '1.2 with a sentence missing',
    en,
    inOne(
      `<trans-unit id="problem.1"><source>Update ${oneCode} now. Then call us.</source>` +
        `<seg-source>${mrk(0, `Update ${oneCode} now.`)} ${mrk(1, 'Then call us.')}</seg-source>` +
        `<target state="final">${mrk(0, `Jetzt ${oneCode}.`)}</target></trans-unit>`,
    ),
    undefined,
    ['part-untranslated', 'untranslated'],
  ],
  [
    '1.2 with a sentence twice',
    en,
    inOne(
      `<trans-unit id="problem.1"><source>Update ${oneCode} now. Then call us.</source>` +
        `<seg-source>${mrk(0, `Update ${oneCode} now.`)} ${mrk(1, 'Then call us.')}</seg-source>` +
        `<target state="final">${mrk(0, `Jetzt ${oneCode}.`)} ${mrk(1, 'Anrufen.')} ${mrk(1, 'Anrufen.')}</target></trans-unit>`,
    ),
    undefined,
    ['code-unknown'],
  ],
  [
    '1.2 with parts in the source only',
    en,
    inOne(
      `<trans-unit id="problem.1"><source>Update ${oneCode} now. Then call us.</source>` +
        `<seg-source>${mrk(0, `Update ${oneCode} now.`)} ${mrk(1, 'Then call us.')}</seg-source>` +
        `<target state="final">Jetzt ${oneCode} und anrufen.</target></trans-unit>`,
    ),
    'Jetzt {action.reference} und anrufen.',
    [],
  ],
  [
    '1.2 as units of other names',
    en,
    inOne(
      `<trans-unit id="problem.1_1"><source>Update ${oneCode} now. </source><target>Jetzt ${oneCode}. </target></trans-unit>` +
        '<trans-unit id="problem.1_2"><source>Then call us.</source><target>Anrufen.</target></trans-unit>',
    ),
    undefined,
    ['unit-split', 'source-changed', 'untranslated'],
  ],
];

describe('a text that a tool has cut', () => {
  for (const [what, source, xml, after, codes] of cases) {
    it(`${after === undefined ? 'is refused' : 'comes back'}: ${what}`, () => {
      const text = only(reported(xml, small(source)));
      assert.deepEqual(
        text.findings.map((finding) => finding.code),
        codes,
        JSON.stringify(text.findings),
      );
      assert.equal(text.verdict, after === undefined ? 'refused' : 'change');
      if (after !== undefined) assert.equal(text.after, after);
      for (const { what: said, mend } of text.findings) {
        assert.doesNotMatch(said, /\{(?!action)\w+\}/);
        assert.ok(mend.length > 5);
      }
    });
  }

  it('has the state of its least final part', () => {
    const xml = (second: string) =>
      unitTwo(seg('a', 'One. ', 'Eins. ') + seg('b', 'Two.', 'Zwei.', `state="${second}"`));
    for (const state of ['translated', 'reviewed', 'final'] as const)
      assert.equal(only(reported(xml(state), small('One. Two.'))).state, state);
  });

  it('keeps the blank out where the language has none between sentences', () => {
    const two = inTwo(
      `<unit id="problem">${seg('a', 'One.', '一つ。')}<ignorable><source> </source></ignorable>${seg('b', 'Two.', '二つ。')}</unit>`,
      'ja',
    );
    assert.equal(only(reported(two, small('One. Two.'), 'ja')).after, '一つ。二つ。');
    const one = inOne(
      `<trans-unit id="problem.1"><source>One. Two.</source><seg-source>${mrk(1, 'One.')} ${mrk(2, 'Two.')}</seg-source>` +
        `<target>${mrk(1, '一つ。')}${mrk(2, '二つ。')}</target></trans-unit>`,
      'ja',
    );
    assert.equal(only(reported(one, small('One. Two.'), 'ja')).after, '一つ。二つ。');
  });

  it('shows what its translator noted, and not our own notes', () => {
    const document = small(en, { de });
    const two = written(document, 'de', '2.1').replace('</notes>', '<note id="x">Is {this} right?</note></notes>');
    const one = written(document, 'de', '1.2').replace('</target>', '</target><note from="T.">Is {this} right?</note>');
    for (const xml of [two, one]) {
      const text = only(reported(xml, document));
      assert.deepEqual(
        text.findings.filter((finding) => finding.severity === 'note').map((finding) => finding.what),
        ['The translator writes: Is {this} right?'],
      );
      assert.equal(text.verdict, 'same');
    }
  });

  it('costs little when it is in thousands of pieces', () => {
    const source = 'ab '.repeat(4_000).trim();
    const pieces = Array.from({ length: 4_000 }, (_, n) => seg(`p${n}`, 'ab ', 'cd ')).join('');
    const started = performance.now();
    const text = only(reported(unitTwo(pieces), small(`${source}\n\n${source}b`)));
    assert.equal(text.verdict, 'refused');
    assert.ok(performance.now() - started < 5_000);
  });
});

// ── Any cut at all ──────────────────────────────────────────────────────────────────────────────────────────────────

const share = fc.double({ min: 0.05, max: 0.95, noNaN: true });
const cuts = fc.integer({ min: 0, max: 3 }).chain((count) =>
  fc.record({
    source: fc.array(share, { minLength: count, maxLength: count }),
    target: fc.array(share, { minLength: count, maxLength: count }),
  }),
);
const languages = Object.keys(sampleNotice.texts).filter((language) => language !== 'en');

describe('the example cut anywhere', () => {
  for (const version of xliffVersions) {
    it(`comes back from ${version} as it was`, () => {
      let same = 0;
      fc.assert(
        fc.property(
          fc.constantFrom(...languages),
          fc.array(cuts, { minLength: 1, maxLength: 40 }),
          fc.boolean(),
          (language, list, turn) => {
            const xml = written(sampleNotice, language, version);
            const at = (index: number) => list[index % list.length] ?? { source: [], target: [] };
            const cut = version === '2.1' ? resegmentTwo(xml, at, turn) : resegmentOne(xml, at);
            const report = reported(cut, sampleNotice, language);
            for (const text of report.texts) {
              // A part with no words of its own has not been translated, as far as anybody can tell.
              const open = text.findings.some((finding) => finding.code === 'part-untranslated');
              const refused = text.findings.filter((finding) => finding.severity === 'refused');
              assert.deepEqual(refused, [], `${language} ${text.name}`);
              if (!open) same += 1;
              const words = (source: string) => source.replace(/\s+/g, '');
              assert.equal(words(text.after), words(text.before), `${language} ${text.name}`);
              assert.ok(parseText(text.after).ok);
            }
          },
        ),
        { numRuns: 15 },
      );
      assert.ok(same > 50, `${same} texts`);
    });
  }
});
