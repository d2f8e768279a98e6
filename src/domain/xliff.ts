/**
 * A notice's text as translators' tools carry it: XLIFF 2.1 (OASIS, 13 February 2018) and 1.2 for older tools. Here: what
 * both have in common. A text is a unit under its own name; its headings, paragraphs, items and cells are its segments;
 * facts, references, links and emphasis are inline codes that a translator moves about and never types.
 */
import type { Inline } from './rich-text.ts';
import { parseRichText } from './rich-text.ts';

/** Versions that are written. 2.0 is read as well: 2.1 differs from it in modules only. */
export const xliffVersions = ['2.1', '1.2'] as const;
export type XliffVersion = (typeof xliffVersions)[number];

/** How far a segment is, in the words of XLIFF 2.1; those of 1.2 are mapped to them. */
export const segmentStates = ['initial', 'translated', 'reviewed', 'final'] as const;
export type SegmentState = (typeof segmentStates)[number];

/** Texts that are cut or refused elsewhere when they are longer: name without its variant → characters as printed. */
const textLimits: Readonly<Record<string, number>> = { subject: 150, title: 200 };

/** Most characters of a text as it is printed, its facts filled in; undefined where there is no limit. */
export function textLimit(name: string): number | undefined {
  return textLimits[name.split('-')[0] ?? ''];
}

/**
 * What stands in a segment: words, and codes by their number in the unit. `native` is the code as the source writes it:
 * `{action.reference}`, `{@contact}`, `\` for a line break; around words `****` (strong), `**` (emphasis), `[](address)`.
 */
export type Coded =
  | { kind: 'text'; text: string }
  /** `half`: one end of a span whose other end a tool has left in another segment; {@link joinPieces} pairs them. */
  | { kind: 'code'; id: string; native: string; half?: 'open' | 'close' }
  | { kind: 'span'; id: string; native: string; children: Coded[] };

/** What a file says about itself. Fields it does not have are left out. */
export type XliffHead = {
  version: '1.2' | '2.0' | '2.1';
  sourceLanguage: string;
  targetLanguage?: string;
  /** The notice it was made from. */
  noticeId?: number;
  /** {@link sourceHash} of the texts it was made from. */
  sourceHash?: string;
};

export type XliffSegment = {
  id: string;
  state: SegmentState;
  source: Coded[];
  target?: Coded[];
  /** What a tool left between two segments it made (`<ignorable>`): nobody translates it, and it has no state. */
  between?: true;
  /** Where among the targets of its unit its target stands, from 1 (0: not to be read); left out: where its source does. */
  order?: number;
  /** Parts into which a tool of 1.2 has cut it (`<mrk mtype="seg">`): how many, and how many of them have no words. */
  parts?: { all: number; open: number };
};
/** A file as it was read: name of the text → its segments, in the order of the file; and what its translator noted there. */
export type XliffFile = {
  head: XliffHead;
  units: ReadonlyMap<string, readonly XliffSegment[]>;
  notes: ReadonlyMap<string, readonly string[]>;
};
/** Marks the notes that go out with a text, so that those of a translator are told from them. */
export const OWN_NOTE = 'fieldfix';

const BREAK = '\\';
const STRONG = '****';
const EMPHASIS = '**';

/** The native form of a code. */
export function nativeOf(inline: Exclude<Inline, { kind: 'text' }>): string {
  switch (inline.kind) {
    case 'fact':
      return `{${inline.name}}`;
    case 'section':
      return `{@${inline.key}}`;
    case 'break':
      return BREAK;
    case 'strong':
      return STRONG;
    case 'emphasis':
      return EMPHASIS;
    case 'link':
      return `[](${'href' in inline.to ? inline.to.href : `{${inline.to.fact}}`})`;
  }
}

/** A code by its native form, or undefined when it is none: a link's address is checked as one that is typed. */
export function inlineOfNative(native: string, children: Inline[]): Inline | undefined {
  if (native === BREAK) return { kind: 'break' };
  if (native === STRONG) return { kind: 'strong', children };
  if (native === EMPHASIS) return { kind: 'emphasis', children };
  const parsed = parseRichText(native.replace(/^\[\]/, '[x]'));
  const block = parsed.ok ? parsed.blocks[0] : undefined;
  const inline = block?.kind === 'paragraph' && block.children.length === 1 ? block.children[0] : undefined;
  if (inline?.kind === 'fact' || inline?.kind === 'section') return inline;
  return inline?.kind === 'link' ? { ...inline, children } : undefined;
}

/** Whether a code stands for something that must be the same in every language (law 7), and not for how words look. */
export function isLocked(native: string): boolean {
  return native !== BREAK && native !== STRONG && native !== EMPHASIS;
}

/** Whether a code stands around words: emphasis and links do. */
export function enclosesWords(native: string): boolean {
  return native === STRONG || native === EMPHASIS || native.startsWith('[');
}

/** Gives codes of a unit their numbers: 1, 2, 3 … over all its segments. */
export type Numbering = { next: number };

/** A source with its codes numbered. */
export function codeSource(inlines: readonly Inline[], numbering: Numbering): Coded[] {
  return inlines.map((inline): Coded => {
    if (inline.kind === 'text') return inline;
    const id = String(numbering.next++);
    const native = nativeOf(inline);
    return 'children' in inline
      ? { kind: 'span', id, native, children: codeSource(inline.children, numbering) }
      : { kind: 'code', id, native };
  });
}

/** A translation with the numbers of the source's codes; a code the source does not have gets the next number. */
export function codeTarget(inlines: readonly Inline[], source: readonly Coded[], numbering: Numbering): Coded[] {
  const free = codesOf(source);
  const take = (native: string): string => {
    const at = free.findIndex((code) => code.native === native);
    return at < 0 ? String(numbering.next++) : (free.splice(at, 1)[0]?.id ?? '');
  };
  const code = (list: readonly Inline[]): Coded[] =>
    list.map((inline): Coded => {
      if (inline.kind === 'text') return inline;
      const native = nativeOf(inline);
      const id = take(native);
      return 'children' in inline
        ? { kind: 'span', id, native, children: code(inline.children) }
        : { kind: 'code', id, native };
    });
  return code(inlines);
}

/** Every code of a segment, those within others too, in order. */
export function codesOf(coded: readonly Coded[]): { id: string; native: string }[] {
  return coded.flatMap((one) => {
    if (one.kind === 'text') return [];
    const { id, native } = one;
    return one.kind === 'span' ? [{ id, native }, ...codesOf(one.children)] : [{ id, native }];
  });
}

/** The words of a segment, with `between` for each code. */
export function wordsOf(coded: readonly Coded[], between: (native: string) => string = () => ' '): string {
  return coded
    .map((one) => {
      if (one.kind === 'text') return one.text;
      return one.kind === 'span' ? wordsOf(one.children, between) : between(one.native);
    })
    .join('');
}

/** Back to what a text is made of; undefined when a code is none of ours. */
export function inlinesOf(coded: readonly Coded[]): Inline[] | undefined {
  const inlines = inlinesWithin(coded);
  return inlines && trimEnds(inlines);
}

function inlinesWithin(coded: readonly Coded[]): Inline[] | undefined {
  const out: Inline[] = [];
  for (const one of coded) {
    const last = out.at(-1);
    if (one.kind === 'text') {
      // Line ends and runs of blanks are a tool's way of wrapping; a text has single blanks.
      const text = one.text
        .replace(/[ \t\r\n]+/g, ' ')
        .replace(/^ +/, (blanks) => (last?.kind === 'break' ? '' : blanks));
      if (last?.kind === 'text') last.text = (last.text + text).replace(/ +/g, ' ');
      else if (text !== '') out.push({ kind: 'text', text });
      continue;
    }
    const children = one.kind === 'span' ? inlinesWithin(one.children) : [];
    const inline = children && inlineOfNative(one.native, children);
    if (!inline) return undefined;
    // Signs for strong words around nothing cannot be written.
    if (one.kind === 'span' && children.every((child) => child.kind === 'text' && child.text.trim() === '')) continue;
    out.push(inline);
  }
  return out;
}

function trimEnds(inlines: Inline[]): Inline[] {
  const first = inlines[0];
  if (first?.kind === 'text') first.text = first.text.replace(/^ +/, '');
  const last = inlines.at(-1);
  if (last?.kind === 'text') last.text = last.text.replace(/ +$/, '');
  return inlines.filter((one) => one.kind !== 'text' || one.text !== '');
}
