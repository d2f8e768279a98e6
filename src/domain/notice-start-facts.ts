/** The action's facts found in a text that was typed: their words become placeholders. */

import { tidy } from './document-html.ts';
import { factRegistry, groupOf, type NoticeFacts, printFact } from './notice-facts.ts';
import type { Inline } from './rich-text.ts';

export type FoundFact = { name: string; text: string; times: number };

type Candidate = { name: string; words: string };

/** Words shorter than this stand in too many sentences by accident. */
const SHORTEST = 4;
/** Kinds of facts that are found by their words. A count is only a number: `5` may be anything. */
const KINDS = new Set(['identifier', 'date', 'phone', 'email', 'link']);
/** Facts in words that are names; what a product is or when support answers is said in many ways. */
const NAMES = new Set([
  'manufacturer.name',
  'manufacturer.address',
  'representative.name',
  'representative.address',
  'product.name',
  'package.name',
  'signer.name',
]);

/**
 * Makes a finder: it replaces the words of facts within a line and notes what it found.
 * Facts that come in rows are found where a single one is known, or where all of them are listed one after the other.
 */
export function factFinder(facts: NoticeFacts): (inlines: readonly Inline[], found: FoundFact[]) => Inline[] {
  const candidates = candidatesOf(facts);
  const pattern = patternOf(candidates);
  const names = new Map(candidates.map(({ name, words }) => [fold(words), name]));
  const find = (inlines: readonly Inline[], found: FoundFact[]): Inline[] =>
    tidy(
      inlines.flatMap((one): Inline[] => {
        if (one.kind === 'link') {
          const name = 'href' in one.to ? names.get(fold(one.to.href.replace(/^(mailto|tel):/, ''))) : undefined;
          if (name === undefined) return [one];
          note(found, name, 'href' in one.to ? one.to.href : '');
          const words = one.children.map((child) => (child.kind === 'text' ? child.text : '')).join('');
          return names.get(fold(words)) === name
            ? [{ kind: 'fact', name }]
            : [{ kind: 'link', to: { fact: name }, children: one.children }];
        }
        if (one.kind !== 'text') return 'children' in one ? [{ ...one, children: find(one.children, found) }] : [one];
        return pattern ? replaceIn(one.text, pattern, names, found) : [one];
      }),
    );
  return find;
}

function replaceIn(text: string, pattern: RegExp, names: ReadonlyMap<string, string>, found: FoundFact[]): Inline[] {
  const out: Inline[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    const name = names.get(fold(match[0]));
    if (name === undefined) continue;
    if (match.index > from) out.push({ kind: 'text', text: text.slice(from, match.index) });
    out.push({ kind: 'fact', name });
    note(found, name, match[0]);
    from = match.index + match[0].length;
  }
  if (from < text.length) out.push({ kind: 'text', text: text.slice(from) });
  return out;
}

function note(found: FoundFact[], name: string, text: string): void {
  const before = found.find((one) => one.name === name);
  if (before) before.times += 1;
  else found.push({ name, text: text.slice(0, 200), times: 1 });
}

function candidatesOf(facts: NoticeFacts): Candidate[] {
  const candidates: Candidate[] = [];
  for (const [name, definition] of Object.entries(factRegistry)) {
    if (definition.scope !== 'action' || !(KINDS.has(definition.type) || NAMES.has(name))) continue;
    for (const words of writtenForms(facts, name)) if (words.length >= SHORTEST) candidates.push({ name, words });
  }
  // The first of two facts with the same words is the one meant.
  return candidates.filter(
    (one, index) => candidates.findIndex((other) => fold(other.words) === fold(one.words)) === index,
  );
}

/** How a fact may be written in English: as we print it, dates in the usual ways, several of a kind as a list. */
function writtenForms(facts: NoticeFacts, name: string): string[] {
  const group = groupOf(name);
  const printed = printFact(facts, name, 'en')?.text;
  if (printed === undefined) return [];
  if (group === undefined) {
    const value = facts.values[name];
    return factRegistry[name]?.type === 'date' && typeof value === 'string' ? dateForms(value, printed) : [printed];
  }
  const field = name.slice(group.length + 1);
  const values = (facts.groups[group] ?? []).flatMap((row) => row[field] ?? []);
  const texts = [...new Set(values.filter((value): value is string => typeof value === 'string'))];
  const last = texts.at(-1);
  if (last === undefined) return [];
  return texts.length === 1 ? [last] : [printed, texts.join(', '), `${texts.slice(0, -1).join(', ')} and ${last}`];
}

/** Values of facts that come in rows, each with its fact: one of them alone cannot be a placeholder. */
export function oneOfSeveral(facts: NoticeFacts): Map<string, string> {
  const values = new Map<string, string>();
  for (const [group, rows] of Object.entries(facts.groups))
    for (const row of rows)
      for (const [field, value] of Object.entries(row))
        for (const one of [value].flat()) if (typeof one === 'string') values.set(one, `${group}.${field}`);
  return values;
}

function dateForms(day: string, printed: string): string[] {
  const date = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return [printed];
  const say = (locale: string, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' }).format(date);
  const house = say('en-GB', { day: '2-digit', month: 'short', year: 'numeric' }).replace(/[ .]/g, '').toUpperCase();
  return [
    printed,
    day,
    house.replace('SEPT', 'SEP'),
    say('en-US', { dateStyle: 'long' }),
    say('en-GB', { dateStyle: 'medium' }),
  ];
}

/** The longest first, so that an address is not read as the name within it. */
function patternOf(candidates: readonly Candidate[]): RegExp | undefined {
  if (candidates.length === 0) return undefined;
  const forms = [...candidates]
    .sort((a, b) => b.words.length - a.words.length)
    .map(({ words }) => words.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&').replace(/\s+/g, '\\s+'));
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${forms.join('|')})(?![\\p{L}\\p{N}]|[.-][\\p{L}\\p{N}])`, 'giu');
}

function fold(words: string): string {
  return words.replace(/\s+/g, ' ').toLowerCase();
}
