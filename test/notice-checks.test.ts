import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleNotice, sampleNoticeFacts } from '../sample/notice/document.ts';
import { checkPaperNotice } from '../sample/notice/paper.ts';
import { type CheckFacts, checks, runChecks } from '../src/domain/checks/index.ts';
import type { NoticeDocument } from '../src/domain/notice.ts';
import type { FactRow, FactValue } from '../src/domain/notice-facts.ts';

const base: CheckFacts = {
  document: sampleNotice,
  kind: 'new',
  facts: sampleNoticeFacts,
  action: {
    kind: 'security-patch',
    recallClass: 'II',
    regimes: ['IVDR', 'FDA'],
    vulnerabilities: (sampleNoticeFacts.groups.cve ?? []).map((row) => ({
      cve: String(row.id),
      affectedVersions: String(row.versions),
    })),
  },
  languages: { 'dx-recall': ['en', 'de', 'it'], 'ruo-quality': ['en'], distributor: ['en', 'de'] },
};

type Change = (document: NoticeDocument) => void;

function changed(change: Change): CheckFacts {
  const document = structuredClone(sampleNotice);
  change(document);
  return { ...base, document };
}
function withValue(name: string, value: FactValue | undefined): CheckFacts {
  const values: Record<string, FactValue> = { ...sampleNoticeFacts.values };
  if (value === undefined) delete values[name];
  else values[name] = value;
  return { ...base, facts: { ...sampleNoticeFacts, values } };
}
function withGroup(group: string, rows: FactRow[]): CheckFacts {
  return { ...base, facts: { ...sampleNoticeFacts, groups: { ...sampleNoticeFacts.groups, [group]: rows } } };
}
const text =
  (language: string, name: string, edit: (source: string) => string): Change =>
  (document) => {
    const texts = document.texts[language];
    assert.ok(texts?.[name] !== undefined, `${language} ${name}`);
    texts[name] = edit(texts[name]);
  };
const drop =
  (audience: 'dx-recall' | 'ruo-quality' | 'distributor', ...sections: string[]): Change =>
  ({ variants }) => {
    const variant = variants[audience];
    assert.ok(variant);
    variant.sections = variant.sections.filter((section) => !sections.includes(section));
  };

test('the example notice passes every rule', () => {
  assert.deepEqual(runChecks(base), []);
});

const cases: [rule: string, what: string, facts: CheckFacts, where: RegExp, says: RegExp][] = [
  [
    'text-syntax',
    'a star left open',
    changed(text('de', 'reply', (s) => `${s} **x`)),
    /^de, reply$/,
    /\*\* opens here/,
  ],
  [
    'text-syntax',
    'signs that turn a number round',
    changed(text('de', 'reply', (s) => `${s}\n\nGerät \u202e0001MN\u202c`)),
    /^de, reply$/,
    /Line \d+: it holds invisible signs/,
  ],
  ['languages-complete', 'a text not translated', changed(text('it', 'reply', () => ' ')), /^dx-recall, it$/, /reply/],
  [
    'languages-complete',
    'a language nobody wrote',
    { ...base, languages: { 'dx-recall': ['pl'] } },
    /^dx-recall, pl$/,
    /all of them/,
  ],
  [
    'languages-reviewed',
    'a language nobody stands for',
    { ...base, signedOff: Object.keys(sampleNotice.texts).filter((code) => code !== 'de') },
    /^de$/,
    /signed off German\./,
  ],
  [
    'facts-known',
    'a fact there is not',
    changed(text('en', 'reply', (s) => `${s} {action.colour}`)),
    /en, reply/,
    /action\.colour/,
  ],
  ['facts-known', 'a fact without value', withValue('incident.phone', undefined), /compromise/, /incident\.phone/],
  [
    'facts-equal-across-languages',
    'a fact lost in translation',
    changed(text('it', 'reply', (s) => s.replace('{contact.phone}', '1'))),
    /it, reply/,
    /contact\.phone\} is missing.*“1” is added/,
  ],
  [
    'facts-equal-across-languages',
    'a reference lost in translation',
    changed(text('de', 'actions-connected', (s) => s.replace('{@reply}', 'Ihre Rückantwort'))),
    /de, actions-connected/,
    /@reply\} is missing/,
  ],
  [
    'cross-references-resolve',
    'a section left out',
    changed(drop('ruo-quality', 'reply')),
    /ruo-quality, (de|en|it)/,
    /@reply/,
  ],
  [
    'cross-references-resolve',
    'a heading taken away',
    changed(text('de', 'reply', (s) => s.replace('# Ihre Antwort\n', ''))),
    /de, actions/,
    /no heading/,
  ],
  ['fsn-necessary-fields', 'no transmission box', changed(drop('dx-recall', 'transmission')), /dx-recall/, /Field 5,/],
  ['ivdr-84-8-udi', 'no UDI-DI printed', changed(drop('distributor', 'products')), /distributor/, /UDI-DI/],
  [
    'ivdr-84-8-udi',
    'a product without',
    withGroup('product', [{ name: 'NextSeq 550Dx' }]),
    /^NextSeq 550Dx$/,
    /has no UDI-DI/,
  ],
  [
    'ivdr-84-8-srn',
    'no SRN',
    changed(text('it', 'contact', (s) => s.replace('{manufacturer.srn}', '-'))),
    /it$/,
    /registration number/,
  ],
  [
    'ivdr-84-8-actions',
    'no actions',
    changed(drop('dx-recall', 'actions-connected', 'actions-not-connected')),
    /dx-recall/,
    /No section/,
  ],
  [
    'cfr-7-49-urgent',
    'not marked',
    changed(text('de', 'title', () => 'Information')),
    /de, title/,
    /URGENT and medical device recall/,
  ],
  [
    'deadline-present',
    'no deadline',
    changed((document) => {
      for (const texts of Object.values(document.texts)) {
        for (const [name, source] of Object.entries(texts))
          texts[name] = source.replaceAll('{deadline.reply-days}', 'some');
      }
    }),
    /dx-recall/,
    /by when/,
  ],
  ['reply-means-present', 'nothing to reply by', changed(drop('distributor', 'reply')), /distributor/, /how to reply/],
  [
    'contact-reachable',
    'a number without country code',
    withValue('contact.phone', '0800 1234'),
    /contact\.phone/,
    /country code/,
  ],
  ['contact-reachable', 'no address', withValue('contact.email', 'support'), /contact\.email/, /not an e-mail address/],
  [
    'no-advertising',
    'praise',
    changed(text('en', 'follow-up', (s) => `${s} Our innovative team works on it.`)),
    /en, follow-up/,
    /innovative/,
  ],
  [
    'contradiction-cve-versions',
    'the notice says more than the action',
    withGroup('cve', [{ id: 'CVE-2022-1524', versions: 'LRM 1.3–3.1' }]),
    /CVE-2022-1524/,
    /the action LRM 1\.3–2\.4/,
  ],
  [
    'contradiction-cve-versions',
    'a range turned round',
    withGroup('cve', [{ id: 'CVE-2022-1517', versions: '3.1–1.3' }]),
    /1517/,
    /before it begins/,
  ],
  [
    'fsn-fsca-reference',
    'no FSCA reference',
    changed(text('en', 'letterhead', (s) => s.replace('{action.fsca}', '-'))),
    /dx-recall, en/,
    /action\.fsca/,
  ],
  [
    'fsn-0-2-local-representative',
    'nobody near',
    changed(text('en', 'contact', (s) => s.replace('{representative.phone}, {representative.email}', '-'))),
    /dx-recall/,
    /local representative/,
  ],
  [
    'fsn-1-4-clinical-purpose',
    'no purpose',
    changed(text('en', 'products', (s) => s.replace(/Sequencing instruments[^\n]*/, 'Instruments.'))),
    /dx-recall/,
    /clinical purpose/,
  ],
  [
    'fsn-1-6-software-version',
    'no versions',
    changed(text('en', 'products', (s) => s.replaceAll('{product.software}', '-'))),
    /dx-recall/,
    /software versions/,
  ],
  [
    'fsn-1-7-serial-range',
    'no serial numbers',
    changed(text('en', 'products', (s) => s.replace(/Affected are all[^\n]*/, ''))),
    /dx-recall/,
    /serial numbers or lots/,
  ],
  [
    'fsn-2-3-probability',
    'no probability',
    changed(text('en', 'problem', (s) => s.replace(/\*\*How likely[^\n]*/, ''))),
    /dx-recall/,
    /probable/,
  ],
  ['fsn-3-ticks', 'no tick list', changed(drop('dx-recall', 'action-types')), /dx-recall/, /Field 3\.5/],
  [
    'fsn-3-2-action-deadline',
    'a day for the form only',
    changed(text('en', 'actions-connected', (s) => s.replace('{deadline.reply-days}', 'some'))),
    /dx-recall/,
    /completed the action/,
  ],
  ['fsn-3-3-result-review', 'no word on results', changed(drop('dx-recall', 'results')), /dx-recall/, /results/],
  [
    'fsn-4-1-type',
    'an update that says it is new',
    { ...base, kind: 'update' },
    /dx-recall/,
    /an update, and the notice says “new”/,
  ],
  [
    'fsn-4-1-type',
    'a translation of an update that still says it is new',
    { ...changed(text('en', 'letterhead', (s) => s.replace('notice: new', 'notice: update'))), kind: 'update' },
    /dx-recall, de/,
    /an update, and the notice says “new”/,
  ],
  ['fsn-4-2-update', 'an update without news', { ...base, kind: 'update' }, /dx-recall, it/, /what is new/],
  [
    'fsn-4-6-follow-up',
    'a follow-up without a date',
    changed(text('en', 'follow-up', (s) => s.replace('{deadline.follow-up}', 'soon'))),
    /dx-recall/,
    /when the follow-up is expected/,
  ],
  ['cfr-7-49-content', 'not to be passed on', changed(drop('dx-recall', 'transmission')), /dx-recall/, /passed on/],
  [
    'glyphs-drawable',
    'a character no face draws',
    { ...changed(text('en', 'reply', (s) => `${s} ไ`)), undrawable: { characters: ['ไ'], people: [] } },
    /en, reply/,
    /no picture for ไ/,
  ],
  [
    'links-alive',
    'a link that opens nothing',
    {
      ...changed(text('en', 'reply', (s) => `${s} [page](https://maker.example/gone)`)),
      links: [{ address: 'https://maker.example/gone', fault: 'opens nothing.', mend: 'Take it out.' }],
    },
    /en, reply/,
    /gone opens nothing/,
  ],
  [
    'facts-equal-across-languages',
    'a tick that moved',
    changed(text('de', 'action-types', (s) => s.replace('(x) Geräte', '(\u00a0) Geräte'))),
    /de, action-types/,
    /tick boxes/,
  ],
];

for (const [rule, what, facts, where, says] of cases) {
  test(`${rule} finds ${what}`, () => {
    const found = runChecks(facts).filter((finding) => finding.rule === rule && where.test(finding.where));
    assert.ok(found.length > 0, JSON.stringify(runChecks(facts), null, 1));
    assert.ok(
      found.some((finding) => says.test(finding.text)),
      found.map((finding) => finding.text).join('\n'),
    );
  });
}

test('every rule is tried, has a citation and says how to mend', () => {
  assert.deepEqual([...new Set(cases.map(([rule]) => rule))].sort(), checks.map((check) => check.rule).sort());
  for (const check of checks) assert.ok(check.citation !== '' && check.text.length > 20, check.rule);
});

test('a language somebody must get blocks the release, whether it is begun or not', () => {
  const unwritten = { ...base, languages: { 'dx-recall': ['pl'] } };
  const begun = {
    ...unwritten,
    document: { ...base.document, texts: { ...base.document.texts, pl: { title: 'Pilne' } } },
  };
  for (const facts of [unwritten, begun]) {
    const [found] = runChecks(facts).filter((finding) => finding.rule === 'languages-complete');
    assert.equal(found?.severity, 'blocking');
  }
});

test('rules of the Union do not bind an action outside of it, and class III need not be marked urgent', () => {
  const outside = { ...changed(drop('dx-recall', 'transmission')), action: { ...base.action, regimes: ['FDA'] } };
  assert.ok(!runChecks(outside).some((finding) => finding.rule === 'fsn-necessary-fields'));
  const calm = changed(text('en', 'title', () => 'Medical device correction'));
  assert.ok(runChecks(calm).some((finding) => finding.rule === 'cfr-7-49-urgent'));
  const third = { ...calm, action: { ...base.action, recallClass: 'III' } };
  assert.ok(!runChecks(third).some((finding) => finding.rule === 'cfr-7-49-urgent'));
});

/** What the paper notice lacked, by the rule that must say so. */
const paperGaps: [what: string, rule: string, says?: RegExp][] = [
  ['reference of the FSCA', 'fsn-fsca-reference'],
  ['single registration number', 'ivdr-84-8-srn'],
  ['local representative', 'fsn-0-2-local-representative'],
  ['1.4 clinical purpose', 'fsn-1-4-clinical-purpose'],
  ['1.6 software versions', 'fsn-1-6-software-version'],
  ['1.7 serial ranges', 'fsn-1-7-serial-range'],
  ['2.3 probability', 'fsn-2-3-probability'],
  ['3.1 tick list', 'fsn-3-ticks', /Field 3\.1/],
  ['3.5 tick list', 'fsn-3-ticks', /Field 3\.5/],
  ['3.2 day for installing', 'fsn-3-2-action-deadline'],
  ['3.3 patients and results', 'fsn-3-3-result-review'],
  ['4.1 new or update', 'fsn-4-1-type'],
  ['4.4 to 4.6 follow-up without a date', 'fsn-4-6-follow-up'],
  ['transmission box', 'fsn-necessary-fields', /Field 5,/],
];

test('the example as it was on paper: every gap is found', () => {
  const findings = checkPaperNotice();
  for (const [what, rule, says] of paperGaps) {
    assert.ok(
      findings.some((finding) => finding.rule === rule && (!says || says.test(finding.text))),
      `${what}: ${findings.map((finding) => finding.rule).join(' ')}`,
    );
  }
  for (const finding of findings)
    assert.ok(finding.where !== '' && !/\{(fault|mend|number)\}/.test(finding.text), finding.text);
});
