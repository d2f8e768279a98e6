/** One translated segment against its source: codes, figures, and what else a reader of one language cannot see. */

import { type Figure, figuresOf } from './translation-figures.ts';
import { figureFinding, makeFinding, type TranslationFinding } from './translation-findings.ts';
import { type Coded, codesOf, enclosesWords, isLocked, wordsOf } from './xliff.ts';
import type { SegmentKind } from './xliff-segments.ts';

/**
 * The translation with each code that the source has made the source's own: what a tool wrote beside its number is not
 * believed.
 * @param natives codes of the whole text by their numbers
 */
export function resolveCodes(target: readonly Coded[], natives: ReadonlyMap<string, string>): Coded[] {
  const resolve = (list: readonly Coded[]): Coded[] =>
    list.map((one): Coded => {
      if (one.kind === 'text') return one;
      const known = natives.get(one.id) ?? one.native;
      // A code around words that is none in the source would swallow them; one that lost its words cannot be put back.
      const native = enclosesWords(known) === (one.kind === 'span') ? known : '';
      return one.kind === 'span' ? { ...one, native, children: resolve(one.children) } : { ...one, native };
    });
  return resolve(target);
}

/**
 * Codes a translator has carried from one paragraph of a text to another: over the whole text each stands as often as in the
 * source. A table's cells are compared each by itself, for a figure in another cell says something else.
 */
export function movedCodes(
  segments: readonly { own: readonly Coded[]; target: readonly Coded[] | undefined; kind: SegmentKind }[],
): ReadonlySet<string> {
  const over = new Map<string, number>();
  const fixed = new Set<string>();
  for (const { own, target, kind } of segments) {
    const change = new Map<string, number>();
    for (const { native } of codesOf(own)) change.set(native, (change.get(native) ?? 0) - 1);
    for (const { native } of codesOf(target ?? [])) change.set(native, (change.get(native) ?? 0) + 1);
    for (const [native, by] of change) {
      over.set(native, (over.get(native) ?? 0) + by);
      if (by !== 0 && (kind === 'cell' || target === undefined)) fixed.add(native);
    }
  }
  return new Set([...over].flatMap(([native, by]) => (by === 0 && !fixed.has(native) ? [native] : [])));
}

/**
 * Compares a segment with its source.
 * @param number of the segment in its text, from 1
 * @param moved {@link movedCodes} of its text
 */
export function compareSegment(
  source: readonly Coded[],
  target: readonly Coded[],
  languages: { source: string; target: string },
  number: number,
  moved: ReadonlySet<string> = new Set(),
): TranslationFinding[] {
  const findings = [
    ...compareCodes(source, target, number, moved),
    ...compareFigures(source, target, languages, number),
  ];
  const words = wordsOf(target);
  if (hasTurningSigns(words)) findings.push(makeFinding('direction', {}, number));
  const own = wordsOf(source);
  // Two words or more: names and abbreviations are the same in many languages.
  if (normal(own) === normal(words) && (own.match(/\p{Ll}{3,}/gu)?.length ?? 0) > 1)
    findings.push(makeFinding('copied', {}, number));
  return findings;
}

const normal = (words: string): string => words.replace(/\s+/g, ' ').trim();

/**
 * Signs that turn the order of what follows (U+202A to U+202E): with them a serial number reads otherwise than it is. Isolates
 * and marks (U+2066 to U+2069, U+200E, U+200F) only say where a piece belongs; an isolate left open counts as well.
 */
export function hasTurningSigns(words: string): boolean {
  if (/[\u202a-\u202e]/.test(words)) return true;
  let open = 0;
  for (const sign of words) {
    if (/[\u2066-\u2068]/.test(sign)) open += 1;
    if (sign === '\u2069') open -= 1;
    if (open < 0) return true;
  }
  return open !== 0;
}

function compareCodes(
  source: readonly Coded[],
  target: readonly Coded[],
  number: number,
  moved: ReadonlySet<string>,
): TranslationFinding[] {
  const before = codesOf(source).map(({ native }) => native);
  const after = codesOf(target).map(({ native }) => native);
  const findings: TranslationFinding[] = [];
  if (after.includes('')) findings.push(makeFinding('code-unknown', {}, number));
  const locked = new Set([...before, ...after].filter((native) => native !== '' && isLocked(native)));
  for (const code of locked) {
    const was = before.filter((one) => one === code).length;
    const is = after.filter((one) => one === code).length;
    const shown = { code: code.replace(/^\[\]/, 'link ') };
    if (is !== was && moved.has(code)) findings.push(makeFinding('fact-moved', shown, number));
    else if (is < was) findings.push(makeFinding('fact-lost', shown, number));
    else if (is > was) findings.push(makeFinding(was === 0 ? 'fact-added' : 'fact-doubled', shown, number));
  }
  const looks = (list: string[]) =>
    list
      .filter((one) => one !== '' && !isLocked(one))
      .sort()
      .join(' ');
  if (looks(before) !== looks(after)) findings.push(makeFinding('emphasis-changed', {}, number));
  return findings;
}

function compareFigures(
  source: readonly Coded[],
  target: readonly Coded[],
  languages: { source: string; target: string },
  number: number,
): TranslationFinding[] {
  const before = figuresOf(wordsOf(source), languages.source);
  const after = figuresOf(wordsOf(target), languages.target);
  const lost = without(before, after);
  const added = without(after, before);
  const findings: TranslationFinding[] = [];
  // A date that became another date is a wrong date; one that cannot be found may be written in a way we do not read.
  const [lostDates, addedDates] = [lost, added].map((list) => list.filter((one) => one.kind === 'date'));
  for (const date of addedDates ?? []) {
    const was = lostDates?.shift();
    if (!was) findings.push(figureFinding('date', date.value, 'added', number));
    else findings.push(makeFinding('date', { value: date.value, source: was.value }, number));
  }
  for (const date of lostDates ?? []) findings.push(figureFinding('date', date.value, 'lost', number));
  for (const one of lost) if (one.kind !== 'date') findings.push(figureFinding(one.kind, one.value, 'lost', number));
  for (const one of added) if (one.kind !== 'date') findings.push(figureFinding(one.kind, one.value, 'added', number));
  return findings;
}

/** What is in the first list and not, or not as often, in the second. */
function without(list: readonly Figure[], other: readonly Figure[]): Figure[] {
  const rest = other.map(({ kind, value }) => `${kind} ${value}`);
  return list.filter(({ kind, value }) => {
    const at = rest.indexOf(`${kind} ${value}`);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}
