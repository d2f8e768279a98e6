import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sampleNotice, sampleNoticeFacts, sampleNoticeHash } from '../sample/notice/document.ts';
import { sayFrom } from '../src/domain/message.ts';
import {
  audiences,
  contentHash,
  factsOf,
  type NoticeDocument,
  noticeDocumentSchema,
  noticeLanguages,
  readText,
} from '../src/domain/notice.ts';
import { factRegistry, formatNoticeDate, type NoticeFacts, printFact } from '../src/domain/notice-facts.ts';
import { toHtml } from '../src/domain/notice-html.ts';
import { composeLetter, type PersonalFacts } from '../src/domain/notice-mail.ts';
import { toMailHtml } from '../src/domain/notice-mail-html.ts';
import { plainText, renderNotice } from '../src/domain/notice-render.ts';
import { findSection, necessaryFields, sections } from '../src/domain/notice-sections.ts';
import { toText, wrap } from '../src/domain/notice-text.ts';

const languages = Object.keys(sampleNotice.texts);

/** A document of one section, for what the sample does not have. */
function small(source: string, language = 'en', more: Partial<NoticeDocument> = {}): NoticeDocument {
  return noticeDocumentSchema.parse({
    layout: 'letter',
    sourceLanguage: language,
    variants: { 'dx-recall': { sections: ['products', 'reply'] } },
    texts: { [language]: { title: 'T', subject: 'S', products: source, reply: '# Your *reply*\nSend it.' } },
    ...more,
  });
}
const facts = (values: NoticeFacts['values'], groups: NoticeFacts['groups'] = {}): NoticeFacts => ({ values, groups });

test('the sections hold every number of the EC template once, and name its necessary fields', () => {
  const numbers = sections.flatMap((section) => section.number ?? []);
  assert.equal(new Set(numbers).size, numbers.length);
  for (const [group, last] of [
    [1, 8],
    [2, 7],
    [3, 8],
    [4, 10],
  ] as const) {
    for (let n = 1; n <= last; n++) assert.ok(numbers.includes(`${group}.${n}`), `${group}.${n}`);
  }
  assert.equal(new Set(sections.map((section) => section.key)).size, sections.length);
  const necessary = necessaryFields().map((field) => field.number);
  for (const number of [
    '1.1',
    '1.2',
    '1.4',
    '1.5',
    '2.1',
    '2.2',
    '3.1',
    '3.4',
    '3.5',
    '4.1',
    '4.4',
    '4.7',
    '4.8',
    '4.10',
    '5',
  ]) {
    assert.ok(necessary.includes(number), number);
  }
  for (const variant of Object.values(sampleNotice.variants)) {
    for (const key of variant.sections) assert.ok(findSection(key), key);
  }
});

test('every variant of the example is complete in each of its languages and lacks no fact', () => {
  for (const audience of audiences) {
    assert.deepEqual(new Set(noticeLanguages(sampleNotice, audience)), new Set(languages));
    for (const language of languages) {
      const notice = renderNotice(sampleNotice, audience, language, sampleNoticeFacts);
      assert.deepEqual(notice.missing, []);
      const text = toText(notice);
      assert.doesNotMatch(text, /[{}]/, `${audience} ${language}`);
      assert.match(text, /FSN2022-1230/);
    }
  }
});

test('the recall names products, hash, telephone and vulnerabilities in each language, dates as each writes them', () => {
  const dates = { en: '4 May 2022', de: '4. Mai 2022', it: '4 maggio 2022', ja: '2022年5月4日', ar: '4 مايو 2022' };
  for (const [language, date] of Object.entries(dates)) {
    const text = toText(renderNotice(sampleNotice, 'dx-recall', language, sampleNoticeFacts)).replaceAll('\u00a0', ' ');
    for (const fact of ['00816270020699', 'DX-410-1001', 'CVE-2022-1524', '+1 555 0100', '595b724f1c5b', date]) {
      assert.ok(text.includes(fact), `${language}: ${fact}`);
    }
  }
  assert.equal(formatNoticeDate('2022-05-04', 'it', 'house'), '04MAY2022');
});

test('ten seconds: what, how, by when and whom to call stand in the first box', () => {
  for (const language of languages) {
    const notice = renderNotice(sampleNotice, 'dx-recall', language, sampleNoticeFacts);
    const box = notice.sections.find((section) => section.key === 'in-short')?.blocks[0];
    assert.ok(box?.kind === 'box' && box.tone === 'warning');
    const words = box.blocks.map((block) => (block.kind === 'paragraph' ? plainText(block.children) : '')).join(' ');
    assert.ok(words.split(' ').length < 75, `${language}: ${words.split(' ').length} words`);
    assert.match(words, /\+1 555 0100/);
    assert.match(words, /\b5 /);
  }
});

test('the hash holds on to the content and not to the order of its keys', () => {
  const shuffled = noticeDocumentSchema.parse({
    texts: Object.fromEntries(Object.entries(sampleNotice.texts).reverse()),
    variants: sampleNotice.variants,
    dates: sampleNotice.dates,
    sourceLanguage: 'en',
    layout: 'letter',
  });
  assert.equal(contentHash(shuffled), sampleNoticeHash);
  assert.equal(contentHash(noticeDocumentSchema.parse(JSON.parse(JSON.stringify(sampleNotice)))), sampleNoticeHash);
  const changed = structuredClone(sampleNotice);
  if (changed.texts.it) changed.texts.it.reply += '.';
  assert.notEqual(contentHash(changed), sampleNoticeHash);
});

test('a row that uses facts of a group is printed for each of its rows; elsewhere they are listed', () => {
  const known = facts(
    {},
    {
      product: [
        { name: 'A', catalogue: ['1', '2'] },
        { name: 'B', software: '3.1' },
      ],
    },
  );
  const text = toText(
    renderNotice(
      small(
        '{product.name}\n\n| P | C | S |\n|---|---|---|\n| {product.name} | {product.catalogue} | {product.software} |',
      ),
      'dx-recall',
      'en',
      known,
    ),
  );
  assert.match(text, /\nA, B\n|\nA and B\n/);
  assert.match(text, /- P: A\n {2}C: 1(,| and) 2\n {2}S: –\n- P: B\n {2}C: –\n {2}S: 3\.1/);
});

test('a fact without value is named and shown, never left out silently', () => {
  const notice = renderNotice(
    small('Call {contact.phone} or {no.such-fact}, see {@reply}.'),
    'dx-recall',
    'en',
    facts({}),
  );
  assert.deepEqual(notice.missing, ['contact.phone', 'no.such-fact']);
  const html = toHtml(notice);
  assert.match(html, /<mark class="ff-notice-missing">\{contact\.phone\}<\/mark>/);
  assert.match(html, /<a href="#notice-reply">Your reply<\/a>/);
});

test('whatever a fact or a text holds, HTML stays text and links lead where they may', () => {
  const evil = '"><script>alert(1)</script>';
  const source = `${evil} {manufacturer.name} [x]({manufacturer.website}) {contact.email}`;
  const values = {
    'manufacturer.name': evil,
    'manufacturer.website': 'javascript:alert(1)',
    'contact.email': `a@b${evil}`,
  };
  const notice = renderNotice(small(source), 'dx-recall', 'en', facts(values));
  const letter = composeLetter([{ notice, say: (key) => key + evil, languageName: evil }], {
    ...person,
    name: evil,
    link: 'https://x.example/"onclick=',
  });
  for (const html of [toHtml(notice), toMailHtml(notice), letter.html]) {
    assert.doesNotMatch(html, /<script|href="javascript|" ?onclick=/i);
  }
  assert.doesNotMatch(toHtml(notice), /style=/);
});

test('identifiers keep their order in a right-to-left language', () => {
  const document = small('# א\nא {action.reference} א', 'he');
  const notice = renderNotice(document, 'dx-recall', 'he', facts({ 'action.reference': 'FSN2022-1230' }));
  assert.match(toHtml(notice), /lang="he" dir="rtl".*<bdi dir="ltr" class="ff-identifier">FSN2022-1230<\/bdi>/s);
  assert.ok(toText(notice).includes('\u2066FSN2022-1230\u2069'));
});

test('headings keep their order below the page’s own, and the EC layout prints its numbers', () => {
  const document = noticeDocumentSchema.parse({
    layout: 'ec',
    variants: { 'dx-recall': { sections: ['ec-problem'] } },
    texts: { en: { title: 'T', subject: 'S', 'ec-problem': '# Problem\n## Detail\nText' } },
  });
  const html = toHtml(renderNotice(document, 'dx-recall', 'en', facts({})), { level: 2 });
  assert.match(
    html,
    /<h2 [^>]*>T<\/h2>.*<h3 [^>]*><span class="ff-notice-number">2\.1<\/span> Problem<\/h3><h5>Detail<\/h5>|<h4>Detail<\/h4>/s,
  );
});

test('plain text keeps to 76 columns, except for a word that is longer', () => {
  for (const language of languages) {
    const text = toText(renderNotice(sampleNotice, 'dx-recall', language, sampleNoticeFacts));
    // Isolates around a fact and marks above a letter take no column.
    for (const line of text.replace(/[\u2066-\u2069\p{M}]/gu, '').split('\n')) {
      assert.ok(line.length <= 76 || !line.trim().includes(' '), line);
    }
  }
  assert.equal(wrap(`a ${'x'.repeat(80)} b`), `a\n${'x'.repeat(80)}\nb`);
  assert.equal(wrap('a\nb', '- ', '  '), '- a\n  b');
});

test('facts are found wherever they stand, as often as they stand there', () => {
  const text = readText('{a.b} **{a.b}** [x]({c.d})\n\n- {e.f}\n  - {g.h}\n\n| {i.j} |\n|---|\n| {k.l} |\n\n> {m.n}');
  assert.deepEqual(factsOf(text), ['a.b', 'a.b', 'c.d', 'e.f', 'g.h', 'i.j', 'k.l', 'm.n']);
});

test('every fact of the registry says what it is, and prints by its type', () => {
  for (const [name, definition] of Object.entries(factRegistry)) {
    assert.match(name, /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/);
    assert.ok(definition.about.length > 8, name);
  }
  const known = facts({
    'deadline.reply-days': 5000,
    'contact.phone': '+1 (555) 0100',
    'contact.hours': { en: 'day', de: 'Tag' },
  });
  assert.equal(printFact(known, 'deadline.reply-days', 'de')?.text, '5.000');
  assert.equal(printFact(known, 'contact.phone', 'de')?.href, 'tel:+15550100');
  assert.equal(printFact(known, 'contact.hours', 'de-AT')?.text, 'Tag');
  assert.equal(printFact(known, 'contact.hours', 'fr')?.text, 'day');
  assert.equal(printFact(known, 'toString', 'en'), undefined);
});

const person: PersonalFacts = {
  name: 'Erika Muster',
  party: 'Labor 0421, Musterstadt',
  link: 'https://fieldfix.example/p/abc',
  contactLink: 'https://fieldfix.example/p/abc/contact',
  replyBy: '11. Mai 2022',
  units: Array.from({ length: 60 }, (_, n) => ({
    product: 'MiSeqDx',
    serial: `M0${7000 + n}`,
    site: 'Hauptlabor',
    environments: ['Dx', 'RUO'],
  })),
  unitCount: 60,
  helpline: { phone: '+1 555 0100', email: 'techsupport@illumina.example' },
};

test('a letter in two languages says everything twice, links included, and fetches nothing', () => {
  const parts = ['de', 'it'].map((language) => {
    const url = new URL(`../locales/${language}.json`, import.meta.url);
    const words = JSON.parse(readFileSync(url, 'utf8')) as Record<string, string>;
    return {
      notice: renderNotice(sampleNotice, 'dx-recall', language, sampleNoticeFacts),
      say: sayFrom(words, language),
      languageName: language === 'de' ? 'Deutsch' : 'Italiano',
    };
  });
  const letter = composeLetter(parts, person);
  assert.match(letter.subject, /^DRINGEND: .*FSN2022-1230.* \/ URGENTE: /);
  for (const body of [letter.text, letter.html]) {
    assert.equal(body.split('https://fieldfix.example/p/abc/contact').length - 1, 2);
    assert.match(body, /M07000/);
    assert.doesNotMatch(body, /M07059|notice\.personal|<img|src=|url\(/);
    assert.match(body, /Deutsch · Italiano/);
  }
  const reminder = composeLetter(parts.slice(0, 1), person, { kind: 'reminder' });
  assert.match(reminder.subject, /^\S+.*DRINGEND/);
  assert.notEqual(reminder.subject, letter.subject);
});
