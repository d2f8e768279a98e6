/** Serial numbers that differ from a typed one by one sign: a wrong, missing, additional or two swapped ones. */

/** More numbers than this are not looked through: a suggestion is a help, not a search. */
const MOST = 20_000;
const FEW = 3;

/**
 * Prepares the search in a list of numbers.
 * @returns up to three numbers that are one mistake away; none where the list is too long
 */
export function nearSerials(serials: readonly string[]): (typed: string) => string[] {
  if (serials.length > MOST) return () => [];
  // Two texts that are one mistake apart have a text in common when a sign is taken out of either (or of both).
  const shorter = new Map<string, string[]>();
  const add = (key: string, serial: string): void => {
    const list = shorter.get(key);
    if (list) list.push(serial);
    else shorter.set(key, [serial]);
  };
  for (const serial of new Set(serials)) for (const key of cuts(fold(serial))) add(key, serial);
  return (typed) => {
    const text = fold(typed);
    if (text.length < 3 || text.length > 60) return [];
    const found = new Set<string>();
    for (const key of cuts(text))
      for (const serial of shorter.get(key) ?? []) if (isNear(text, fold(serial))) found.add(serial);
    return [...found].sort().slice(0, FEW);
  };
}

const fold = (text: string): string => text.toUpperCase().replace(/[\s-]+/g, '');

function cuts(text: string): Set<string> {
  const all = new Set([text]);
  for (let at = 0; at < text.length && at < 60; at++) all.add(text.slice(0, at) + text.slice(at + 1));
  return all;
}

/** One sign wrong, missing, added, or two neighbours swapped. */
function isNear(a: string, b: string): boolean {
  if (a === b) return true;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const rest = (text: string, skip: number): string => text.slice(at + skip);
  if (a.length === b.length) {
    if (rest(a, 1) === rest(b, 1)) return true;
    return a[at] === b[at + 1] && a[at + 1] === b[at] && rest(a, 2) === rest(b, 2);
  }
  return rest(a, a.length > b.length ? 1 : 0) === rest(b, b.length > a.length ? 1 : 0);
}
