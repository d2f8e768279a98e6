/** Where a translation ends that came back in one piece with its neighbours: found by counting sentences, or not at all. */
import { type Coded, wordsOf } from './xliff.ts';

export type Languages = { source: string; target: string };

/**
 * Cuts a translation of several paragraphs where they end.
 * @returns one for each of `source`; undefined when it has not as many sentences as they have, or a cut would fall in a span
 */
export function divideTarget(
  target: readonly Coded[],
  source: readonly Coded[][],
  languages: Languages,
): Coded[][] | undefined {
  const ends = sentenceEnds(target, languages.target);
  const counts = source.map((own) => sentenceEnds(own, languages.source).length);
  if (counts.reduce((sum, count) => sum + count, 0) !== ends.length) return undefined;
  const out: Coded[][] = [];
  let rest = [...target];
  let from = 0;
  let sentence = 0;
  for (const count of counts) {
    sentence += count;
    const end = ends[sentence - 1] ?? 0;
    const cut = cutAt(rest, end - from);
    if (!cut) return undefined;
    out.push(cut[0]);
    rest = cut[1];
    from = end;
  }
  return out;
}

/** Where the sentences end, in signs of the words with one sign for a code. */
function sentenceEnds(coded: readonly Coded[], language: string): number[] {
  const words = wordsOf(coded, CODE_SIGN);
  const ends = [...new Intl.Segmenter(language, { granularity: 'sentence' }).segment(words)].flatMap(
    ({ index, segment }) => {
      // Two sentences that a tool left no blank between.
      const close = [...segment.matchAll(/\p{Ll}\p{Ll}[.!?](?=\p{Lu}\p{Ll})/gu)].map((one) => index + one.index + 3);
      return [...close, index + segment.length];
    },
  );
  return ends.filter((end, index) => /\S/.test(words.slice(ends[index - 1] ?? 0, end)));
}
const CODE_SIGN = (native: string) => (native === '\\' ? '\n' : '\ufffc');

/** Cuts between two signs; undefined when that is within a span. */
function cutAt(coded: readonly Coded[], place: number): [Coded[], Coded[]] | undefined {
  let at = 0;
  for (const [index, one] of coded.entries()) {
    if (at === place) return [coded.slice(0, index), coded.slice(index)];
    const length = wordsOf([one], CODE_SIGN).length;
    if (at + length > place) {
      if (one.kind !== 'text') return undefined;
      const [before, after] = [one.text.slice(0, place - at), one.text.slice(place - at)];
      return [
        [...coded.slice(0, index), { kind: 'text', text: before }],
        [{ kind: 'text', text: after }, ...coded.slice(index + 1)],
      ];
    }
    at += length;
  }
  return at === place ? [[...coded], []] : undefined;
}
