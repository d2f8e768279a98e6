/** Texts out as XLIFF and back: the same, whatever they hold; and nothing hostile gets through. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { sampleNotice, sampleNoticeFacts } from '../sample/notice/document.ts';
import { type NoticeDocument, noticeDocumentSchema, parseText } from '../src/domain/notice.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import type { Block, Inline, ListBlock, RichText } from '../src/domain/rich-text.ts';
import { printRichText } from '../src/domain/rich-text-print.ts';
import { reportTranslation, type TranslationReport } from '../src/domain/translation-report.ts';
import type { XliffFile, XliffVersion } from '../src/domain/xliff.ts';
import { xliffVersions } from '../src/domain/xliff.ts';
import { exportTexts } from '../src/domain/xliff-export.ts';
import { makeXliffReader, XliffError } from '../src/domain/xliff-read.ts';
import { fillSegments, segmentsOf } from '../src/domain/xliff-segments.ts';
import { writeXliff } from '../src/domain/xliff-write.ts';
import { makeXmlDecoder } from '../src/domain/xml-text.ts';
import { allOf, assertXliff21, readXml, textOf } from './helpers/xliff-rules.ts';

const facts = sampleNoticeFacts;

function written(document: NoticeDocument, language: string, version: XliffVersion, states = {}): string {
  const content = exportTexts({ noticeId: 7, number: 'M-1', noticeVersion: 2, document, facts, language, states });
  assert.ok(!isRefusal(content), JSON.stringify(content));
  return writeXliff(content, version);
}

function read(xml: string | Uint8Array, piece = 4096): XliffFile {
  const bytes = typeof xml === 'string' ? new TextEncoder().encode(xml) : xml;
  const decoder = makeXmlDecoder();
  const reader = makeXliffReader();
  for (let at = 0; at < bytes.length; at += piece) reader.write(decoder.write(bytes.subarray(at, at + piece)));
  reader.write(decoder.end());
  return reader.end();
}

function reported(xml: string, document: NoticeDocument, language: string): TranslationReport {
  const report = reportTranslation(read(xml), document, facts, language, { noticeIds: [7] });
  assert.ok(!isRefusal(report), JSON.stringify(report));
  return report;
}

const small = (en: string, de?: string): NoticeDocument =>
  noticeDocumentSchema.parse({
    layout: 'letter',
    variants: { 'dx-recall': { sections: ['problem'] } },
    texts: { en: { problem: en }, ...(de === undefined ? {} : { de: { problem: de } }) },
  });
const only = (report: TranslationReport) => {
  assert.equal(report.texts.length, 1);
  return report.texts[0] as TranslationReport['texts'][number];
};
const codesOf = (report: TranslationReport) => only(report).findings.map((finding) => finding.code);

describe('the example as a translator gets it', () => {
  it('keeps the structural rules of XLIFF 2.1', () => {
    for (const language of [...Object.keys(sampleNotice.texts).filter((code) => code !== 'en'), 'pl']) {
      const root = assertXliff21(written(sampleNotice, language, '2.1'));
      assert.equal(root.attributes.get('trgLang'), language);
      const names = allOf(root, 'unit').map((unit) => unit.attributes.get('id'));
      assert.deepEqual(new Set(names), new Set(Object.keys(sampleNotice.texts.en ?? {})));
    }
  });

  it('protects every fact and says what it is', () => {
    const root = readXml(written(sampleNotice, 'de', '2.1'));
    for (const ph of allOf(root, 'ph').filter((one) => one.attributes.get('subType') === 'ff:fact')) {
      assert.equal(ph.attributes.get('canDelete'), 'no');
      assert.equal(ph.attributes.get('canCopy'), 'no');
      assert.match(ph.attributes.get('disp') ?? '', /^\{[a-z0-9.-]+\}$/);
    }
    const subject = allOf(root, 'unit').find((unit) => unit.attributes.get('id') === 'subject');
    assert.ok(subject);
    assert.equal(subject.attributes.get('slr:sizeRestriction'), '150');
    const notes = allOf(subject, 'note').map(textOf).join('\n');
    assert.match(notes, /Subject of the mail/);
    assert.match(notes, /Printed in: dx-recall/);
    assert.match(notes, /\{action\.reference\}: Reference of the action/);
    assert.match(written(sampleNotice, 'de', '1.2'), /maxwidth="150" size-unit="char"/);
  });

  for (const version of xliffVersions) {
    it(`comes back from ${version} without a change`, () => {
      for (const language of Object.keys(sampleNotice.texts).filter((code) => code !== 'en')) {
        const report = reported(written(sampleNotice, language, version), sampleNotice, language);
        assert.equal(report.current, true);
        assert.equal(report.noticeId, 7);
        assert.equal(report.looksLike, '');
        for (const text of report.texts) {
          assert.equal(text.after, text.before, text.name);
          const bad = text.findings.filter((finding) => finding.code !== 'not-final');
          assert.deepEqual(bad, [], `${language} ${text.name}`);
          assert.equal(text.verdict, 'same');
        }
      }
    });

    it(`carries states through ${version}`, () => {
      const states = { problem: 'final', reply: 'reviewed' } as const;
      const file = read(written(sampleNotice, 'de', version, states));
      const stateOf = (name: string) => new Set(file.units.get(name)?.map((segment) => segment.state));
      assert.deepEqual(stateOf('problem'), new Set(['final']));
      assert.deepEqual(stateOf('reply'), new Set(['reviewed']));
      assert.deepEqual(stateOf('contact'), new Set(['translated']));
      assert.deepEqual(
        new Set(
          read(written(sampleNotice, 'pl', version))
            .units.get('problem')
            ?.map((segment) => segment.state),
        ),
        new Set(['initial']),
      );
    });
  }

  it('can be read in pieces of one byte, and in UTF-16', () => {
    const xml = written(sampleNotice, 'de', '1.2');
    const whole = read(xml);
    assert.deepEqual(read(xml, 1), whole);
    const wide = new Uint8Array(Buffer.from(`\ufeff${xml.replace('UTF-8', 'UTF-16')}`, 'utf16le'));
    assert.deepEqual(read(wide, 999), whole);
  });
});

// ── Any text at all ─────────────────────────────────────────────────────────────────────────────────────────────────

const word = fc.stringMatching(/^[A-Za-zäß*_#|>!{}[\]()\\.\-<&é漢"']{1,8}$/);
const words = fc
  .array(word, { minLength: 1, maxLength: 4 })
  .map((list): Inline => ({ kind: 'text', text: list.join(' ') }));
const name = fc.constantFrom('action.reference', 'recipient.name', 'portal.link');
const leaf: fc.Arbitrary<Inline> = fc.oneof(
  { weight: 4, arbitrary: words },
  name.map((one): Inline => ({ kind: 'fact', name: one })),
  fc.constantFrom('contact', 'reply').map((key): Inline => ({ kind: 'section', key })),
);
const around = fc.oneof(
  leaf.map((child): Inline => ({ kind: 'emphasis', children: [child] })),
  leaf.map((child): Inline => ({ kind: 'link', to: { href: 'https://x.example/a?b=c&d=*e*#f' }, children: [child] })),
  leaf.map((child): Inline => ({ kind: 'link', to: { fact: 'portal.link' }, children: [child] })),
);
const inline = fc.oneof(
  { weight: 4, arbitrary: leaf },
  around,
  fc.oneof(leaf, around).map((child): Inline => ({ kind: 'strong', children: [child] })),
);
const apart = (list: Inline[]): Inline[] =>
  list.reduce<Inline[]>((out, one) => {
    if (one.kind === 'text' && out.at(-1)?.kind === 'text') out.push({ kind: 'fact', name: 'between.two' });
    out.push(one);
    return out;
  }, []);
const inlines = fc.array(inline, { minLength: 1, maxLength: 5 }).map(apart);
const lines = fc.oneof(
  { weight: 3, arbitrary: inlines },
  fc.tuple(inlines, inlines).map(([a, b]): Inline[] => [...a, { kind: 'break' }, ...b]),
);
const list: fc.Arbitrary<ListBlock> = fc
  .tuple(fc.boolean(), fc.array(fc.tuple(lines, fc.option(lines, { nil: undefined })), { minLength: 1, maxLength: 3 }))
  .map(([ordered, items]) => ({
    kind: 'list',
    ordered,
    items: items.map(([children, below]) => ({
      children,
      ...(below ? { below: { kind: 'list', ordered: false, items: [{ children: below }] } satisfies ListBlock } : {}),
    })),
  }));
const table = fc.integer({ min: 1, max: 3 }).chain((columns) => {
  const row = fc.array(fc.oneof(inlines, fc.constant<Inline[]>([])), { minLength: columns, maxLength: columns });
  return fc.tuple(row, fc.array(row, { maxLength: 2 })).map(([head, rows]): Block => ({ kind: 'table', head, rows }));
});
const block: fc.Arbitrary<Block> = fc.oneof(
  lines.map((children): Block => ({ kind: 'paragraph', children })),
  inlines.map((children): Block => ({ kind: 'heading', level: 2, children })),
  list,
  table,
  lines.map((children): Block => ({ kind: 'box', tone: 'warning', blocks: [{ kind: 'paragraph', children }] })),
);
const tree = fc
  .array(block, { minLength: 1, maxLength: 4 })
  .map((blocks) => blocks.filter((one, index) => one.kind !== 'list' || blocks[index - 1]?.kind !== 'list'))
  .filter((blocks) => segmentsOf(blocks).length > 0);

/** The same codes with other words, as a translator leaves them. */
function translate(blocks: RichText): RichText {
  const say = (list: readonly Inline[]): Inline[] =>
    list.map((one): Inline => {
      if (one.kind === 'text') return { kind: 'text', text: `${one.text} ü` };
      return 'children' in one ? { ...one, children: say(one.children) } : one;
    });
  return fillSegments(
    blocks,
    segmentsOf(blocks).map((segment) => say(segment.inlines)),
  );
}

describe('any text', () => {
  for (const version of xliffVersions) {
    it(`goes out as ${version} and comes back as it was`, () => {
      fc.assert(
        fc.property(tree, (blocks) => {
          const source = printRichText(blocks);
          const target = printRichText(translate(blocks));
          fc.pre(parseText(source).ok && parseText(target).ok);
          const document = small(source, target);
          const xml = written(document, 'de', version);
          if (version === '2.1') assertXliff21(xml);
          const text = only(reported(xml, document, 'de'));
          assert.equal(text.after, target);
          assert.deepEqual(
            text.findings.filter((finding) => finding.severity === 'refused'),
            [],
          );
        }),
        { numRuns: 300 },
      );
    });

    it(`translated in ${version} becomes the translation`, () => {
      fc.assert(
        fc.property(tree, (blocks) => {
          const source = printRichText(blocks);
          const target = printRichText(translate(blocks));
          const xml = written(small(source, target), 'de', version);
          const text = only(reported(xml, small(source), 'de'));
          assert.equal(text.before, '');
          assert.deepEqual(parseText(text.after), parseText(target));
        }),
        { numRuns: 150 },
      );
    });
  }
});

// ── What the report finds ───────────────────────────────────────────────────────────────────────────────────────────

/** Source, translation in German, and the findings; `not-final` left out. */
const cases: [what: string, en: string, de: string, codes: string[], severity?: 'refused' | 'look'][] = [
  ['nothing', 'Update {action.reference} now.', 'Aktualisieren Sie {action.reference} jetzt.', []],
  ['a fact moved about', 'Call {contact.phone} about {cve.id}.', 'Zu {cve.id}: {contact.phone} anrufen.', []],
  ['a fact lost', 'Update {action.reference} now.', 'Jetzt aktualisieren.', ['fact-lost'], 'refused'],
  ['a fact added', 'Update now.', 'Jetzt {action.reference} aktualisieren.', ['fact-added'], 'refused'],
  ['a fact doubled', 'Call {contact.phone}.', '{contact.phone}, ja {contact.phone}.', ['fact-doubled'], 'refused'],
  ['a reference lost', 'See {@contact}.', 'Siehe unten.', ['fact-lost'], 'refused'],
  [
    'another address behind a link',
    'Open [the page](https://a.example/x).',
    'Öffnen Sie [die Seite](https://b.example/x).',
    ['fact-lost', 'fact-added'],
    'refused',
  ],
  ['emphasis lost', 'Do it **now**.', 'Tun Sie es jetzt.', ['emphasis-changed'], 'look'],
  ['a CVE', 'It is CVE-2022-1517.', 'Es ist CVE-2022-1571.', ['exact', 'exact'], 'refused'],
  ['a hash', `Is ${'ab12'.repeat(16)} there.`, `Ist ${'ab21'.repeat(16)} da.`, ['exact', 'exact'], 'refused'],
  ['a telephone number', 'Call +1 555 0100.', 'Rufen Sie +1 555 0101 an.', ['exact', 'exact'], 'refused'],
  ['a serial number', 'Unit M07000 is it.', 'Gerät M07001 ist es.', ['exact', 'exact'], 'refused'],
  ['a day', 'Until 4 May 2022.', 'Bis 5. Mai 2022.', ['date'], 'refused'],
  ['a month', 'Until 4 May 2022.', 'Bis 4. Juni 2022.', ['date'], 'refused'],
  ['the same day in figures', 'Until 4 May 2022.', 'Bis 04.05.2022.', []],
  ['a number', 'Within 5 days.', 'Binnen 6 Tagen.', ['figure', 'figure'], 'look'],
  ['a number in words', 'Within 5 days.', 'Binnen fünf Tagen.', ['figure'], 'look'],
  ['the thousands', 'All 1,014 units.', 'Alle 1.014 Geräte.', []],
  ['the decimals', 'Versions up to 2.4 only.', 'Nur bis 2,4.', []],
  ['another decimal', 'Versions up to 2.4 only.', 'Nur bis 24.', ['figure', 'figure'], 'look'],
  ['a unit of size', 'Free 5 GB first.', 'Erst 5 MB frei machen.', ['figure', 'figure'], 'look'],
  ['a copy', 'Please update your instrument.', 'Please update your instrument.', ['copied'], 'look'],
  ['turned letters', 'Unit is it.', 'Gerät \u202eist es.', ['direction'], 'refused'],
  ['an isolate left open', 'Unit is it.', 'Gerät \u2067ist es.', ['direction'], 'refused'],
];

describe('the report', () => {
  for (const version of xliffVersions) {
    for (const [what, en, de, codes, severity] of cases) {
      it(`${version} finds ${what}`, () => {
        const report = reported(written(small(en, de), 'de', version), small(en), 'de');
        const found = only(report).findings.filter((finding) => finding.code !== 'not-final');
        assert.deepEqual(
          found.map((finding) => finding.code),
          codes,
          JSON.stringify(found),
        );
        assert.equal(only(report).verdict, severity === 'refused' ? 'refused' : 'change');
        for (const finding of found) {
          assert.equal(finding.severity, severity);
          assert.ok(finding.what.length > 10 && finding.mend.length > 5);
          assert.doesNotMatch(finding.what, /\{(code|kind|value|change|source)\}/);
        }
      });
    }
  }

  it('reads digits of every script', () => {
    const document = (code: string, text: string): NoticeDocument => {
      const base = small('On 4 May 2022, 1,014 units with 2.4 GB, +1 555 0100.');
      return { ...base, texts: { ...base.texts, [code]: { problem: text } } };
    };
    for (const [code, text] of [
      ['ar', 'في ٤ مايو ٢٠٢٢، ١٬٠١٤ جهازًا مع ٢٫٤ GB، +١ ٥٥٥ ٠١٠٠.'],
      ['ja', '２０２２年５月４日、１,０１４台、２．４GB、+1 555 0100。'],
      ['fr', 'Le 4 mai 2022, 1\u202f014 appareils avec 2,4 Go, +1 555 0100.'],
      ['hi', '4 मई 2022, १,०१४ इकाइयाँ, 2.4 GB, +1 555 0100.'],
    ] as const) {
      const full = document(code, text);
      const report = reported(written(full, code, '2.1'), full, code);
      assert.deepEqual(
        only(report).findings.filter((finding) => finding.code !== 'not-final'),
        [],
        code,
      );
    }
  });

  it('says what was not translated, and keeps what stands there', () => {
    const en = 'First words.\n\nSecond words.';
    const half = written(small(en, 'Erste Worte.\n\nZweite Worte.'), 'de', '2.1').replace(
      /<target>Zweite.*?<\/target>/,
      '',
    );
    assert.deepEqual(codesOf(reported(half, small(en), 'de')), ['not-final', 'untranslated']);
    const kept = reported(half, small(en, 'Alt eins.\n\nAlt zwei.'), 'de');
    assert.equal(only(kept).after, 'Erste Worte.\n\nAlt zwei.');
    assert.ok(codesOf(kept).includes('kept'));
  });

  it('takes from a file of an older version what is still the same', () => {
    const old = small(
      'Same words.\n\nOld {action.reference} words.',
      'Gleiche Worte.\n\nAlte {action.reference} Worte.',
    );
    const now = small('New first.\n\nSame words.\n\nNew words.', 'Neu zuerst.\n\nGleich.\n\nNeue Worte.');
    const report = reported(written(old, 'de', '2.1'), now, 'de');
    assert.equal(report.current, false);
    const text = only(report);
    assert.equal(text.verdict, 'change');
    assert.equal(text.after, 'Neu zuerst.\n\nGleiche Worte.\n\nNeue Worte.');
    assert.deepEqual(
      text.findings.filter((one) => one.code === 'source-changed').map((one) => one.segment),
      [1, 3],
    );
  });

  it('believes our codes, not what a tool wrote beside their numbers', () => {
    const document = small(
      'Open [it](https://a.example/x) with {action.reference}.',
      'Mit {action.reference} [es](https://a.example/x) öffnen.',
    );
    const xml = written(document, 'de', '1.2');
    const [before = '', after = ''] = xml.split('<target');
    const forged = `${before}<target${after.replaceAll('https://a.example/x', 'https://evil.example/')}`;
    const text = only(reported(forged, document, 'de'));
    assert.equal(text.verdict, 'same');
    assert.doesNotMatch(text.after, /evil/);
  });

  it('reads what other tools make of codes', () => {
    const document = small('Do **it** with {action.reference}.', 'Mit {action.reference} **es** tun.');
    const two = written(document, 'de', '2.1').replace(/<target>.*?<\/target>/, (target) =>
      target
        .replace(/<pc id="c1"[^>]*>/, '<mrk id="m1" type="comment"><sc id="c1" dataRef="d1"/>')
        .replace('</pc>', '<ec startRef="c1" dataRef="d1"/></mrk>'),
    );
    assert.equal(only(reported(two, document, 'de')).verdict, 'same');
    const one = written(document, 'de', '1.2').replace(/<target .*?<\/target>/, (target) =>
      target
        .replace(/<g id="1"[^>]*>/, '<mrk mtype="seg"><bpt id="1">&lt;b&gt;</bpt>')
        .replace('</g>', '<ept id="1">&lt;/b&gt;</ept></mrk>'),
    );
    assert.equal(only(reported(one, document, 'de')).verdict, 'same');
  });

  it('names units that are none of ours, and texts the file does not have', () => {
    const xml = written(sampleNotice, 'de', '2.1').replaceAll('"reply"', '"rply"');
    const report = reported(xml, sampleNotice, 'de');
    assert.deepEqual(report.unknown, ['rply']);
    const reply = report.texts.find((text) => text.name === 'reply');
    assert.equal(reply?.verdict, 'refused');
    assert.match(reply?.findings.find((one) => one.code === 'unit-split')?.what ?? '', /other names.*: rply\.$/);
    const without = xml.replace(/<unit id="rply"[\s\S]*?<\/unit>/, '');
    const absent = reported(without, sampleNotice, 'de').texts.find((text) => text.name === 'reply');
    assert.deepEqual([absent?.verdict, absent?.findings], ['absent', []]);
  });

  it('finds a translation that is too long, and one in another language', () => {
    const long = structuredClone(sampleNotice);
    const german = long.texts.de ?? {};
    german.subject = `${german.subject} ${'sehr '.repeat(40)}wichtig`;
    const subject = reported(written(long, 'de', '2.1'), sampleNotice, 'de').texts.find(
      (text) => text.name === 'subject',
    );
    assert.ok(subject?.findings.some((finding) => finding.code === 'too-long'));
    const wrong = { ...sampleNotice, texts: { ...sampleNotice.texts, de: sampleNotice.texts.it ?? {} } };
    assert.equal(reported(written(wrong, 'de', '2.1'), sampleNotice, 'de').looksLike, 'it');
  });

  it('refuses what belongs elsewhere', () => {
    const xml = written(sampleNotice, 'de', '2.1');
    const code = (text: string, language = 'de', noticeIds = [7]) => {
      const report = reportTranslation(read(text), sampleNotice, facts, language, { noticeIds });
      return isRefusal(report) ? report.code : 'none';
    };
    assert.equal(code(xml), 'none');
    assert.equal(code(xml.replace('trgLang="de"', 'trgLang="de-DE"')), 'none');
    assert.equal(code(xml, 'fr'), 'xliff.language');
    assert.equal(code(xml.replace('trgLang="de"', '')), 'xliff.no-target');
    assert.equal(code(xml.replace('srcLang="en"', 'srcLang="fr"')), 'xliff.source-language');
    assert.equal(code(xml, 'de', [8]), 'xliff.other-notice');
    const elsewhere = written(small('Words of another notice.', 'Worte einer anderen Mitteilung.'), 'de', '2.1');
    assert.equal(code(elsewhere.replace('<unit id="problem"', '<unit id="other"')), 'xliff.nothing-known');
  });
});

// ── Hostile files ───────────────────────────────────────────────────────────────────────────────────────────────────

const head = '<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.1" srcLang="en" trgLang="de">';
const unit = (id: string, target: string) =>
  `<unit id="${id}"><segment id="s1"><source>a</source><target>${target}</target></segment></unit>`;
const file = (body: string) => `<?xml version="1.0"?>${head}<file id="f">${body}</file></xliff>`;

const hostile: [what: string, code: string, xml: string | Uint8Array][] = [
  ['nothing', 'xliff.not-xml', ''],
  ['no XML', 'xliff.not-xml', 'Dear Sir or Madam'],
  ['a picture', 'xliff.not-xml', new Uint8Array([0x89, 0x50, 0x4e, 0x47])],
  ['an archive', 'xliff.zip', new Uint8Array([0x50, 0x4b, 3, 4, 0, 0])],
  ['a web page', 'xliff.not-xliff', '<html><body/></html>'],
  ['a billion laughs', 'xliff.doctype', `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>${head}</xliff>`],
  ['an external entity', 'xliff.doctype', `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${head}</xliff>`],
  ['an external DTD', 'xliff.doctype', `<!DOCTYPE xliff PUBLIC "x" "https://evil.example/x.dtd">${head}</xliff>`],
  ['an entity nobody defined', 'xliff.damaged', file(unit('a', '&a;'))],
  ['deep nesting', 'xliff.too-deep', file(unit('a', `${'<pc id="c1">'.repeat(500)}${'</pc>'.repeat(500)}`))],
  ['many elements', 'xliff.too-many', file(Array.from({ length: 21_000 }, (_, n) => unit(`u${n}`, 'b')).join(''))],
  ['a cell of 100,000 characters', 'xliff.text-too-long', file(unit('a', 'x'.repeat(100_000)))],
  ['the same unit twice', 'xliff.unit-twice', file(unit('a', 'b') + unit('a', 'c'))],
  ['two files', 'xliff.several-files', `${head}<file id="f">${unit('a', 'b')}</file><file id="g"/></xliff>`],
  ['an end in the middle', 'xliff.damaged', file(unit('a', 'b')).slice(0, -20)],
  ['a tag not closed', 'xliff.damaged', file('<unit id="a"><segment></unit>')],
  ['a prefix nobody declared', 'xliff.damaged', file('<q:x/>')],
  ['a NUL', 'xliff.damaged', file(unit('a', 'b\u0000'))],
  ['a sign XML forbids', 'xliff.damaged', file(unit('a', '&#1;'))],
  ['another version', 'xliff.version', '<xliff version="3.0" xmlns="urn:oasis:names:tc:xliff:document:3.0"/>'],
  ['no version', 'xliff.version', '<xliff/>'],
  [
    '2.1 in the namespace of 1.2',
    'xliff.version',
    '<xliff version="2.1" xmlns="urn:oasis:names:tc:xliff:document:1.2"/>',
  ],
  ['broken UTF-8', 'xliff.encoding', Buffer.from(file(unit('a', 'für')), 'latin1')],
  ['a broken end', 'xliff.encoding', Buffer.concat([Buffer.from(file(unit('a', 'b'))), Buffer.from([0xc3])])],
  [
    'an encoding we do not read',
    'xliff.encoding-unknown',
    `<?xml version="1.0" encoding="EBCDIC-CP-US"?>${head}</xliff>`,
  ],
  ['1.2 without languages', 'xliff.no-language', '<xliff version="1.2"><file original="x" datatype="x"/></xliff>'],
];

describe('a hostile file', () => {
  for (const [what, code, xml] of hostile) {
    it(`with ${what} is refused: ${code}`, () => {
      const started = performance.now();
      for (const piece of [7, 65_536]) {
        assert.throws(
          () => read(xml, piece),
          (error) => error instanceof XliffError && error.refusal.code === code,
        );
      }
      assert.ok(performance.now() - started < 5_000);
    });
  }
});
