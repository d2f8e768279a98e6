/** What differs between two versions of a notice: words section by section, its structure, its facts. */
import { diffWordsWithSpace } from 'diff';
import { audiences, headTexts, type NoticeDocument } from './notice.ts';
import { factRegistry, type NoticeFacts, printFact } from './notice-facts.ts';
import { sections } from './notice-sections.ts';
import { titleOf } from './notice-variants.ts';
import { audienceNames, nameOfAudience, nameOfLanguage } from './notice-words.ts';

/** A run of words of one side: the same in both, only before, or only after. */
export type DiffPart = { kind: 'same' | 'removed' | 'added'; text: string };

export type TextDiff = {
  language: string;
  /** Name of the text: a section's key, or the name of a variant's own text. */
  name: string;
  change: 'same' | 'changed' | 'added' | 'removed';
  parts: DiffPart[];
};

/** One thing that changed about the whole: a setting, a section moved in or out, a text made a variant's own. */
export type StructureDiff = { what: string; before: string; after: string };

export type FactDiff = { name: string; about: string; before: string; after: string };

export type NoticeDiff = { texts: TextDiff[]; structure: StructureDiff[]; facts: FactDiff[] };

type Side = { document: NoticeDocument; facts: NoticeFacts };

/** Beyond this a text is compared as a whole: comparing it word by word would take the server's time. */
const MOST_CHARACTERS = 30_000;

/** Compares two versions; texts in the order they are printed, language by language. */
export function compareNotices(before: Side, after: Side): NoticeDiff {
  return {
    texts: compareTexts(before.document, after.document),
    structure: compareStructure(before.document, after.document),
    facts: compareFacts(before.facts, after.facts, after.document.sourceLanguage),
  };
}

function compareTexts(before: NoticeDocument, after: NoticeDocument): TextDiff[] {
  const languages = [...new Set([...Object.keys(before.texts), ...Object.keys(after.texts)])];
  return languages.flatMap((language) => {
    const [old = {}, now = {}] = [before.texts[language], after.texts[language]];
    return inPrintedOrder([...new Set([...Object.keys(old), ...Object.keys(now)])]).map((name) =>
      compareText(language, name, old[name] ?? '', now[name] ?? ''),
    );
  });
}

function compareText(language: string, name: string, before: string, after: string): TextDiff {
  const change = before === after ? 'same' : before === '' ? 'added' : after === '' ? 'removed' : 'changed';
  return { language, name, change, parts: compareWords(before, after, language) };
}

/** Compares two texts word by word; languages without blanks between words are cut as their readers would. */
export function compareWords(before: string, after: string, language: string): DiffPart[] {
  if (before === after) return before === '' ? [] : [{ kind: 'same', text: before }];
  if (before.length > MOST_CHARACTERS || after.length > MOST_CHARACTERS) {
    return [{ kind: 'removed', text: before } as const, { kind: 'added', text: after } as const].filter(
      (part) => part.text !== '',
    );
  }
  const intlSegmenter = new Intl.Segmenter(language, { granularity: 'word' });
  return diffWordsWithSpace(before, after, { intlSegmenter }).map((part) => ({
    kind: part.added ? 'added' : part.removed ? 'removed' : 'same',
    text: part.value,
  }));
}

const order = new Map([...headTexts, ...sections.map((section) => section.key)].map((key, index) => [key, index]));

/** Names of texts as the notice prints them; a variant's own text stands after the common one. */
export function inPrintedOrder(names: readonly string[]): string[] {
  const place = (name: string): number => {
    if (order.has(name)) return order.get(name) ?? 0;
    // `title-ruo`, `reply-own-distributor`: the longest section it begins with.
    const base = [...order.keys()].filter((key) => name.startsWith(`${key}-`)).sort((a, b) => b.length - a.length)[0];
    return base === undefined ? order.size : (order.get(base) ?? 0) + 0.5;
  };
  return names.toSorted((a, b) => place(a) - place(b) || a.localeCompare(b));
}

function compareStructure(before: NoticeDocument, after: NoticeDocument): StructureDiff[] {
  const found: StructureDiff[] = [];
  const note = (what: string, old: string, now: string): void => {
    if (old !== now) found.push({ what, before: old, after: now });
  };
  note('Layout', before.layout, after.layout);
  note('Dates', before.dates, after.dates);
  note('Goes to', reachText(before), reachText(after));
  for (const audience of audiences) {
    const [old, now] = [before.variants[audience], after.variants[audience]];
    if (!old || !now) {
      note(`Variant ${audienceNames[audience]}`, old ? 'there' : 'not there', now ? 'there' : 'not there');
      continue;
    }
    const [gone, come] = [without(old.sections, now.sections), without(now.sections, old.sections)];
    note(`Sections only one has, ${audienceNames[audience]}`, titles(gone) || 'none', titles(come) || 'none');
    note(
      `Order of sections, ${audienceNames[audience]}`,
      titles(without(old.sections, gone)),
      titles(without(now.sections, come)),
    );
    note(`Own texts of ${audienceNames[audience]}`, ownTexts(old.overrides), ownTexts(now.overrides));
  }
  return found;
}

function without(list: readonly string[], other: readonly string[]): string[] {
  return list.filter((one) => !other.includes(one));
}

/** Sections as the editor calls them. */
function titles(sections: readonly string[]): string {
  return sections.map(titleOf).join(', ');
}

function ownTexts(overrides: Readonly<Record<string, string>>): string {
  return titles(Object.keys(overrides).sort()) || 'none';
}

function reachText({ update }: NoticeDocument): string {
  if (!update) return 'everyone';
  const { reach, asksReceipt } = update;
  const receipt = asksReceipt ? '; receipt asked anew' : '';
  switch (reach.to) {
    case 'everyone':
      return `everyone${receipt}`;
    case 'languages':
      return `who was sent it in ${reach.languages.map(nameOfLanguage).join(', ')}${receipt}`;
    case 'variants':
      return `${reach.variants.map(nameOfAudience).join(', ')}${receipt}`;
    case 'owing':
      return `who still owes a correction${receipt}`;
    case 'interim':
      return `who still has units on the interim patch${receipt}`;
  }
}

/** Facts whose printed words differ. Groups are compared as the lists they print. */
function compareFacts(before: NoticeFacts, after: NoticeFacts, language: string): FactDiff[] {
  const say = (facts: NoticeFacts, name: string): string => printFact(facts, name, language)?.text ?? '';
  return Object.entries(factRegistry).flatMap(([name, { scope, about }]) => {
    if (scope === 'recipient') return [];
    const [old, now] = [say(before, name), say(after, name)];
    return old === now ? [] : [{ name, about, before: old, after: now }];
  });
}

/** The words of a fact in two languages, for reading one beside the other; a fact without a value is empty. */
export function alignFacts(
  facts: NoticeFacts,
  names: readonly string[],
  languages: readonly [string, string],
  dates: NoticeDocument['dates'],
): { name: string; left: string; right: string }[] {
  const say = (name: string, language: string): string => printFact(facts, name, language, { dates })?.text ?? '';
  return [...new Set(names)].map((name) => ({ name, left: say(name, languages[0]), right: say(name, languages[1]) }));
}
