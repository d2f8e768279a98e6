/** Variants share texts by reference; versions are compared word by word; updates begin from what was released. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleNotice, sampleNoticeFacts } from '../sample/notice/document.ts';
import { type Audience, type NoticeDocument, noticeLanguages, textSource } from '../src/domain/notice.ts';
import { alignFacts, compareNotices, compareWords, inPrintedOrder } from '../src/domain/notice-diff.ts';
import { isReached, prepareUpdate } from '../src/domain/notice-update.ts';
import { arrangeNotice, baseOf, sectionUses, titleOf, type VariantChange } from '../src/domain/notice-variants.ts';
import { isPublicPath } from '../src/domain/public-path.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { emptyNotice } from '../src/http/staff/notices/template.ts';

function arranged(document: NoticeDocument, ...changes: VariantChange[]): NoticeDocument {
  return changes.reduce((before, change) => {
    const after = arrangeNotice(before, change);
    if (isRefusal(after)) assert.fail(after.code);
    return after;
  }, document);
}
const refused = (change: VariantChange): string => {
  const result = arrangeNotice(sampleNotice, change);
  return isRefusal(result) ? result.code : 'done';
};
const says = (document: NoticeDocument, audience: Audience, section: string) =>
  textSource(document, audience, 'de', section);

test('a variant that gets its own text begins with the common one, and gives it up again', () => {
  const before = structuredClone(sampleNotice);
  const own = arranged(sampleNotice, { do: 'detach', audience: 'distributor', section: 'reply' });
  assert.deepEqual(sampleNotice, before);
  assert.equal(own.variants.distributor?.overrides.reply, 'reply-own-distributor');
  assert.equal(says(own, 'distributor', 'reply'), says(own, 'dx-recall', 'reply'));
  const german = own.texts.de;
  assert.ok(german);
  german['reply-own-distributor'] = '# Ihre Antwort\n\nNur für Händler.';
  assert.notEqual(says(own, 'distributor', 'reply'), says(own, 'dx-recall', 'reply'));
  const use = sectionUses(own, 'distributor').find((one) => one.section === 'reply');
  assert.ok(use?.own && use.sharedWith.length === 0);
  const common = sectionUses(own, 'dx-recall').find((one) => one.section === 'reply');
  assert.deepEqual(common?.sharedWith, ['ruo-quality', 'authority']);
  const back = arranged(own, { do: 'attach', audience: 'distributor', section: 'reply' });
  assert.deepEqual(back, sampleNotice);
});

test('head texts can be a variant’s own too, and a text that others still print is kept', () => {
  const own = arranged(sampleNotice, { do: 'detach', audience: 'authority', section: 'title' });
  assert.equal(own.variants.authority?.overrides.title, 'title-own-authority');
  const shared = arranged(
    sampleNotice,
    { do: 'remove-variant', audience: 'ruo-quality' },
    { do: 'add-variant', audience: 'ruo-quality', like: 'distributor' },
  );
  assert.equal(shared.variants['ruo-quality']?.overrides.salutation, 'salutation-distributor');
  assert.equal(shared.texts.en?.['title-ruo'], undefined);
  assert.notEqual(
    arranged(shared, { do: 'remove-variant', audience: 'distributor' }).texts.en?.['salutation-distributor'],
    undefined,
  );
});

test('sections are put where their layout has them, moved, and taken out', () => {
  const without = arranged(sampleNotice, { do: 'remove-section', audience: 'dx-recall', section: 'problem' });
  assert.ok(!without.variants['dx-recall']?.sections.includes('problem'));
  assert.deepEqual(arranged(without, { do: 'add-section', audience: 'dx-recall', section: 'problem' }), sampleNotice);
  const moved = arranged(sampleNotice, { do: 'move-up', audience: 'dx-recall', section: 'salutation' });
  assert.deepEqual(moved.variants['dx-recall']?.sections.slice(0, 2), ['salutation', 'letterhead']);
  assert.deepEqual(arranged(moved, { do: 'move-down', audience: 'dx-recall', section: 'salutation' }), sampleNotice);
  assert.deepEqual(
    arranged(sampleNotice, { do: 'move-up', audience: 'dx-recall', section: 'letterhead' }),
    sampleNotice,
  );
});

test('what cannot be is refused', () => {
  assert.equal(refused({ do: 'add-section', audience: 'dx-recall', section: 'nonsense' }), 'notice.no-section');
  assert.equal(refused({ do: 'detach', audience: 'dx-recall', section: 'distributor-duties' }), 'notice.no-section');
  const one = emptyNotice('x');
  const single = arranged(one, { do: 'remove-variant', audience: 'distributor' });
  const last = arrangeNotice(single, { do: 'remove-variant', audience: 'dx-recall' });
  assert.ok(isRefusal(last) && last.code === 'notice.last-variant');
  const none = arrangeNotice(single, { do: 'move-up', audience: 'authority', section: 'reply' });
  assert.ok(isRefusal(none) && none.code === 'notice.no-variant');
});

test('both layouts begin with their sections; changing the layout keeps what was written', () => {
  const ec = emptyNotice('Take-over', 'ec');
  const numbers = sectionUses(ec, 'dx-recall').flatMap((use) => use.number ?? []);
  for (const number of ['1', '1.1', '1.8', '2.7', '3.5', '4.1', '4.10', '5'])
    assert.ok(numbers.includes(number), number);
  assert.deepEqual(noticeLanguages(ec, 'dx-recall'), ['en']);
  const changed = arranged(sampleNotice, { do: 'layout', layout: 'ec' });
  assert.ok(changed.variants['dx-recall']?.sections.includes('ec-transmission'));
  assert.equal(changed.texts.de?.reply, sampleNotice.texts.de?.reply);
  assert.equal(changed.variants.distributor?.overrides.subject, 'subject-distributor');
});

test('names of texts are said in words', () => {
  assert.equal(baseOf('actions-not-connected-own-distributor'), 'actions-not-connected');
  assert.match(titleOf('reply-own-distributor'), /^Your reply \(own text: distributor\)$/);
  assert.deepEqual(inPrintedOrder(['reply', 'title-ruo', 'letterhead', 'title', 'unheard-of']), [
    'title',
    'title-ruo',
    'letterhead',
    'reply',
    'unheard-of',
  ]);
});

test('words are compared as readers of the language cut them', () => {
  assert.deepEqual(
    compareWords('Install it in one mode.', 'Install it in each mode.', 'en').filter((part) => part.kind !== 'same'),
    [
      { kind: 'removed', text: 'one' },
      { kind: 'added', text: 'each' },
    ],
  );
  const japanese = compareWords(
    '各環境に一度インストールしてください。',
    '各環境に二度インストールしてください。',
    'ja',
  );
  assert.ok(
    japanese
      .filter((part) => part.kind === 'same')
      .map((part) => part.text)
      .join('').length > 12,
    JSON.stringify(japanese),
  );
  const long = compareWords('a '.repeat(20_000), 'b '.repeat(20_000), 'en');
  assert.equal(long.length, 2);
  for (const [before, after] of [
    ['', 'new'],
    ['old', ''],
  ] as const) {
    const parts = compareWords(before, after, 'en');
    assert.deepEqual(
      parts.map((part) => part.text),
      [before || after],
    );
  }
});

test('the parts of a comparison are the two texts, whole', () => {
  const after = structuredClone(sampleNotice);
  const [de, it] = [after.texts.de, after.texts.it];
  assert.ok(de?.reply && it?.problem);
  de.reply = de.reply.replace('{contact.phone}', '{contact.email}');
  delete it.problem;
  const facts = { ...sampleNoticeFacts, values: { ...sampleNoticeFacts.values, 'contact.phone': '+1 555 0111' } };
  const diff = compareNotices({ document: sampleNotice, facts: sampleNoticeFacts }, { document: after, facts });
  for (const text of diff.texts) {
    const side = (kind: 'removed' | 'added') =>
      text.parts
        .filter((part) => part.kind !== kind)
        .map((part) => part.text)
        .join('');
    assert.equal(side('added'), sampleNotice.texts[text.language]?.[text.name] ?? '');
    assert.equal(side('removed'), after.texts[text.language]?.[text.name] ?? '');
  }
  assert.deepEqual(
    diff.texts
      .filter((text) => text.change !== 'same')
      .map((text) => `${text.language} ${text.name} ${text.change}`)
      .sort(),
    ['de reply changed', 'it problem removed'],
  );
  assert.deepEqual(
    diff.facts.map((fact) => [fact.name, fact.after]),
    [['contact.phone', '+1 555 0111']],
  );
  assert.deepEqual(diff.structure, []);
});

test('structure is compared by what was added, taken out and moved', () => {
  const after = arranged(
    sampleNotice,
    { do: 'remove-section', audience: 'dx-recall', section: 'compromise' },
    { do: 'move-up', audience: 'distributor', section: 'reply' },
    { do: 'detach', audience: 'authority', section: 'contact' },
    { do: 'dates', dates: 'house' },
  );
  const { structure } = compareNotices(
    { document: sampleNotice, facts: sampleNoticeFacts },
    { document: after, facts: sampleNoticeFacts },
  );
  assert.deepEqual(
    structure.map((row) => row.what),
    [
      'Dates',
      'Sections only one has, Recall letter',
      'Order of sections, Distributor letter',
      'Own texts of Authority copy',
    ],
  );
});

test('facts are aligned as each language writes them', () => {
  const rows = alignFacts(sampleNoticeFacts, ['action.date', 'contact.phone', 'action.date'], ['en', 'de'], 'language');
  assert.deepEqual(rows, [
    { name: 'action.date', left: '4 May 2022', right: '4. Mai 2022' },
    { name: 'contact.phone', left: '+1 555 0100', right: '+1 555 0100' },
  ]);
});

test('an update begins as the released text with nothing said of what is new', () => {
  const update = { reach: { to: 'languages' as const, languages: ['it'] }, asksReceipt: true };
  const draft = prepareUpdate(sampleNotice, update);
  for (const variant of Object.values(draft.variants)) assert.equal(variant?.sections[2], 'update');
  assert.deepEqual(noticeLanguages(draft, 'dx-recall'), []);
  const said = structuredClone(draft);
  for (const words of Object.values(said.texts)) words.update = 'x';
  assert.equal(noticeLanguages(said, 'dx-recall').length, Object.keys(sampleNotice.texts).length);
  // The next update does not repeat the news of this one.
  assert.deepEqual(noticeLanguages(prepareUpdate(said, update), 'dx-recall'), []);
  const ec = prepareUpdate(emptyNotice('x', 'ec'), update);
  assert.ok(ec.variants['dx-recall']?.sections.includes('ec-new-information'));
});

test('an update reaches those it names', () => {
  const italian = { audience: 'dx-recall' as const, languages: ['it', 'en'] };
  assert.ok(isReached({ to: 'everyone' }, italian));
  assert.ok(isReached({ to: 'languages', languages: ['it'] }, italian));
  assert.ok(!isReached({ to: 'languages', languages: ['de'] }, italian));
  assert.ok(isReached({ to: 'variants', variants: ['dx-recall'] }, italian));
  assert.ok(!isReached({ to: 'variants', variants: ['authority'] }, italian));
});

test('pages that anybody can open are known', () => {
  assert.ok(isPublicPath('/sign-in') && isPublicPath('/api/'));
  assert.ok(!isPublicPath('/actions/1') && !isPublicPath('/gone'));
});
