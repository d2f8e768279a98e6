/**
 * Segments that a translator's tool has cut or joined, put together again: most tools work sentence by sentence, and a text
 * here goes out paragraph by paragraph. Nothing is guessed: pieces belong together when their sources, one after the other,
 * are the source of a paragraph.
 */
import {
  type Coded,
  codesOf,
  inlinesOf,
  type SegmentState,
  segmentStates,
  wordsOf,
  type XliffSegment,
} from './xliff.ts';
import { divideTarget, type Languages } from './xliff-divide.ts';

/** What a file has for one paragraph. `target` is left out where there is none. */
export type Match = {
  state: SegmentState;
  target?: Coded[];
  /** Pieces it came in, and how many of them have no words. */
  parts: { all: number; open: number };
  /** It came in one piece with its neighbours; where it ends was found by counting sentences, or was not to be found. */
  joined?: 'divided' | 'undivided';
};

export type Matches = {
  /** For each paragraph, in order; undefined where the file has not its source. */
  found: (Match | undefined)[];
  /** Pieces with words that belong to no paragraph. */
  spare: number;
  /** The places of the targets contradict each other. */
  unclear: boolean;
};

/** Pieces past this are not one text's. */
const MOST_LEFT = 2_000;

/** Whether a language puts blanks between sentences. */
export function blanksBetweenSentences(language: string): boolean {
  return !/^(ja|zh)\b/.test(language);
}

/** One after the other, the ends of spans that lay in different pieces paired. A half without its other is no code of ours. */
export function joinPieces(pieces: readonly (readonly Coded[])[]): Coded[] {
  const root: Coded[] = [];
  const open: { id: string; native: string; children: Coded[] }[] = [];
  const add = (coded: Coded) => (open.at(-1)?.children ?? root).push(coded);
  const unknown = (id: string): Coded => ({ kind: 'code', id, native: '' });
  for (const one of pieces.flat()) {
    if (one.kind !== 'code' || !one.half) add(one);
    else if (one.half === 'open') open.push({ id: one.id, native: one.native, children: [] });
    else if (open.at(-1)?.id === one.id) {
      const { id, native, children } = open.pop() ?? { id: '', native: '', children: [] };
      add({ kind: 'span', id, native: native + one.native, children });
    } else add(unknown(one.id));
  }
  while (open.length > 0) {
    const left = open.pop();
    if (left) for (const one of [unknown(left.id), ...left.children]) add(one);
  }
  return root;
}

/**
 * Finds each paragraph of the source in the file: under its number when the words there are the same, else wherever they
 * are, whole or in pieces. A paragraph whose words have changed is not found.
 */
export function matchSegments(
  source: readonly Coded[][],
  unit: readonly XliffSegment[],
  languages: Languages,
): Matches {
  const placed = placeTargets(unit, languages.target);
  const pieces = placed ?? unit;
  const found = matchWhole(source, pieces);
  const taken = new Set(found.flatMap((at) => (at === undefined ? [] : [at])));
  const matches = found.map((at) => (at === undefined ? undefined : matchOf(pieces.slice(at, at + 1), languages)));
  const prints = pieces.map((piece) => printOf(piece.source));
  const left = pieces.flatMap((_, at) => (taken.has(at) || prints[at] === '' ? [] : [at]));
  if (left.length <= MOST_LEFT) {
    for (const run of runsOf(source, matches, pieces, prints, left, taken)) {
      const match = matchOf(pieces.slice(run.from, run.to + 1), languages);
      const own = source.slice(run.first, run.last + 1);
      divideMatch(match, own, languages).forEach((one, index) => {
        matches[run.first + index] = one;
      });
    }
  }
  return {
    found: matches,
    spare: left.filter((at) => !taken.has(at) && !pieces[at]?.between).length,
    unclear: placed === undefined,
  };
}

/** Whether these pieces say some of what a text says, and nothing else: then a tool has cut it into texts of its own. */
export function isPartOf(unit: readonly XliffSegment[], source: readonly Coded[][]): boolean {
  const print = printOf(joinPieces(unit.map((piece) => piece.source)));
  return (
    print.length >= SHORTEST_PART &&
    source
      .map((own) => printOf(own))
      .join('')
      .includes(print)
  );
}
const SHORTEST_PART = 8;

/**
 * The pieces with the targets that are to stand where they stand (`order`, XLIFF 2.1 §4.3.1.23), and what is between
 * segments the same in the target as in the source. Undefined when two targets have one place.
 */
function placeTargets(unit: readonly XliffSegment[], language: string): XliffSegment[] | undefined {
  const blank = blanksBetweenSentences(language);
  const whole = unit.map((piece): XliffSegment => {
    if (!piece.between || piece.target) return piece;
    return { ...piece, target: blank || printOf(piece.source) !== '' ? piece.source : [] };
  });
  if (whole.every((piece) => piece.order === undefined)) return whole;
  const at = new Map(whole.map((piece, index) => [piece.order ?? index + 1, piece]));
  const places = whole.map((piece, index) => ({ piece, from: at.get(index + 1) }));
  if (places.some(({ from }) => from === undefined)) return undefined;
  return places.map(({ piece: { id, source, between }, from }): XliffSegment => {
    const { state = 'initial', target, parts } = from ?? {};
    return {
      id,
      source,
      state,
      ...(target ? { target } : {}),
      ...(parts ? { parts } : {}),
      // What is between has no state and needs no translation, wherever it stands.
      ...(between && from?.between ? { between } : {}),
    };
  });
}

/** Paragraphs that came back as they went: for each, the place of its piece. */
function matchWhole(source: readonly Coded[][], pieces: readonly XliffSegment[]): (number | undefined)[] {
  const free = new Map<string, number[]>();
  pieces.forEach((piece, at) => {
    if (piece.between) return;
    const print = fingerprint(joinPieces([piece.source]));
    const same = free.get(print);
    if (same) same.push(at);
    else free.set(print, [at]);
  });
  const prints = source.map(fingerprint);
  const take = (print: string, id?: string): number | undefined => {
    const left = free.get(print) ?? [];
    const at = id === undefined ? 0 : left.findIndex((one) => pieces[one]?.id === id);
    return at < 0 ? undefined : left.splice(at, 1)[0];
  };
  const atPlace = prints.map((print, index) => take(print, `s${index + 1}`));
  return atPlace.map((found, index) => found ?? take(prints[index] ?? ''));
}

type Run = { first: number; last: number; from: number; to: number };

/** Neighbouring pieces whose sources together are those of neighbouring paragraphs; the fewest each time. */
function* runsOf(
  source: readonly Coded[][],
  matches: readonly (Match | undefined)[],
  pieces: readonly XliffSegment[],
  prints: readonly string[],
  left: readonly number[],
  taken: Set<number>,
): Generator<Run> {
  const own = source.map((one) => printOf(one));
  const grow = (first: number, from: number): Run | undefined => {
    let [last, to] = [first, from];
    let [words, cut] = [own[first] ?? '', prints[from] ?? ''];
    while (words !== cut) {
      if (words.startsWith(cut)) {
        to += 1;
        if (to >= pieces.length || taken.has(to)) return undefined;
        cut += prints[to];
      } else if (cut.startsWith(words)) {
        last += 1;
        if (last >= own.length || matches[last]) return undefined;
        words += own[last];
      } else return undefined;
    }
    const codes = (list: readonly Coded[]) => codesOf(list).map(({ native }) => native);
    const joined = joinPieces(pieces.slice(from, to + 1).map((piece) => piece.source));
    const same = codes(joined).join('\n') === codes(source.slice(first, last + 1).flat()).join('\n');
    return same ? { first, last, from, to } : undefined;
  };
  for (let first = 0; first < own.length; first += 1) {
    if (matches[first]) continue;
    const from = left.find((at) => !taken.has(at) && grow(first, at));
    const run = from === undefined ? undefined : grow(first, from);
    if (!run) continue;
    for (let at = run.from; at <= run.to; at += 1) taken.add(at);
    yield run;
  }
}

function matchOf(pieces: readonly XliffSegment[], { target: language }: Languages): Match {
  const segments = pieces.filter((piece) => !piece.between);
  const states = segments.map((piece) => piece.state);
  const isOpen = (piece: XliffSegment) => printOf(piece.target ?? []) === '';
  const parts = {
    all: segments.reduce((sum, piece) => sum + (piece.parts?.all ?? 1), 0),
    open: segments.reduce((sum, piece) => sum + (piece.parts?.open ?? (isOpen(piece) ? 1 : 0)), 0),
  };
  const blank = blanksBetweenSentences(language);
  const targets = pieces.flatMap((piece, index): Coded[][] => {
    const before = pieces[index - 1];
    const target = piece.target ?? [];
    // A tool that kept the blank with neither sentence would have the words run into each other.
    const seam = before && blank && touches(before.source, piece.source) && !touches(before.target ?? [], target);
    return seam ? [[{ kind: 'text', text: ' ' }], target] : [target];
  });
  return {
    state: segmentStates.find((state) => states.includes(state)) ?? 'initial',
    ...(segments.some((piece) => piece.target) ? { target: joinPieces(targets) } : {}),
    parts,
  };
}

/** Whether a blank stands where two pieces meet. */
function touches(before: readonly Coded[], after: readonly Coded[]): boolean {
  return /\s$/.test(wordsOf(before, () => 'x')) || /^\s/.test(wordsOf(after, () => 'x'));
}

/** One match for each paragraph it stands for. */
function divideMatch(match: Match, source: readonly Coded[][], languages: Languages): Match[] {
  if (source.length === 1) return [match];
  const pieces = match.parts.open === 0 && match.target ? divideTarget(match.target, source, languages) : undefined;
  return source.map((_, index): Match => {
    const { target: __, ...rest } = match;
    const target = pieces?.[index];
    return target ? { ...rest, target, joined: 'divided' } : { ...rest, joined: 'undivided' };
  });
}

/** A source's words and codes, whatever numbers its codes have and however a tool has wrapped it. */
function fingerprint(coded: readonly Coded[]): string {
  const inlines = inlinesOf(coded);
  return inlines ? JSON.stringify(inlines).toWellFormed() : '?';
}

/** Words and codes as one line without blanks, the same for a paragraph in pieces as for the whole. */
function printOf(coded: readonly Coded[]): string {
  return coded
    .map((one): string => {
      if (one.kind === 'text') return one.text.replace(/\s+/g, '');
      if (one.kind === 'span') return `\u0003${printOf(one.children)}\u0004`;
      if (one.half) return one.half === 'open' ? '\u0003' : '\u0004';
      return `\u0001${one.native}\u0002`;
    })
    .join('');
}
