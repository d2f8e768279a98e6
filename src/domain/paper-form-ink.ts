/**
 * What differs from reader to reader on a form – whose it is, serial numbers, the code at the foot – is left blank by the
 * typesetter and drawn afterwards: pages of the same shape are then set once for all their readers.
 */
import type { PaperBlock, PaperPart } from './paper-form-parts.ts';

/** Words drawn into a blank of the page. */
export interface Ink {
  text: string;
  bold: boolean;
  /** In points, at most: longer words are drawn smaller. */
  size: number;
}

/** The blank, as the typesetter gets it; `width` in points, null: what is left of the line. */
export interface Blank {
  t: 'ink';
  ink: number;
  width: number | null;
  size: number;
  /** How far it stands from its neighbours. */
  style?: 'small';
}

/** Ranges of Unicode that the face of the fields draws: Latin, Greek and Cyrillic letters, their signs, figures. */
export const drawnRanges: readonly (readonly [from: number, to: number])[] = [
  [0x20, 0x7e],
  [0xa0, 0x17f],
  [0x18f, 0x18f],
  [0x192, 0x192],
  [0x1cd, 0x1dc],
  [0x1e6, 0x1e7],
  [0x218, 0x21b],
  [0x370, 0x3ff],
  [0x400, 0x45f],
  [0x490, 0x491],
  [0x1e80, 0x1e85],
  [0x1e9e, 0x1e9e],
  [0x1ea0, 0x1ef9],
  [0x2010, 0x2026],
  [0x20ac, 0x20ac],
  [0x2116, 0x2116],
];

/** Whether words can be drawn letter by letter. Others are shaped by the typesetter, each form by itself. */
export function isDrawable(text: string): boolean {
  return [...text].every((letter) => {
    const code = letter.codePointAt(0) ?? 0;
    return drawnRanges.some(([from, to]) => code >= from && code <= to);
  });
}

/** Room for words at a size, in steps so that like words get like room: rather too much than too little. */
export function roomFor(text: string, size: number, bold: boolean): number {
  let width = 0;
  for (const sign of text) {
    if (/[0-9]/.test(sign)) width += 0.58;
    else if (/[MWmw@%—]/.test(sign)) width += 0.98;
    else if (/\p{Lu}/u.test(sign)) width += 0.72;
    else if (/[ .,:;'|()\-il]/.test(sign)) width += 0.36;
    else width += 0.64;
  }
  const step = 6;
  return Math.ceil((width * size * (bold ? 1.04 : 1)) / step) * step;
}

const TEXT = 8;
const SMALL = 6.4;

/** A page's blocks with blanks in place of serial numbers and places, and what is drawn into them. */
export function blankBlocks(blocks: readonly PaperBlock[]): { blocks: BlankBlock[]; inks: Ink[] } {
  const inks: Ink[] = [];
  const blank = (part: PaperPart): PaperPart | Blank => {
    const own = part.t === 'words' && (part.style === 'identifier' || part.style === 'small');
    if (!own || !isDrawable(part.text)) return part;
    const bold = part.style === 'identifier';
    const size = bold ? TEXT : SMALL;
    inks.push({ text: part.text, bold, size });
    const width = roomFor(part.text, size, bold);
    return { t: 'ink', ink: inks.length - 1, width, size, ...(bold ? {} : { style: 'small' as const }) };
  };
  const blanked = blocks.map((block): BlankBlock => {
    if (block.kind !== 'units') return block;
    return { ...block, units: block.units.map((unit) => ({ ...unit, head: unit.head.map(blank) })) };
  });
  return { blocks: blanked, inks };
}

type UnitsBlock = Extract<PaperBlock, { kind: 'units' }>;
/** A block whose units' heads may have blanks. */
export type BlankBlock =
  | Exclude<PaperBlock, UnitsBlock>
  | (Omit<UnitsBlock, 'units'> & {
      units: (Omit<UnitsBlock['units'][number], 'head'> & { head: (PaperPart | Blank)[] })[];
    });

/** A line of the page with a blank in it, or as it is where its words cannot be drawn. */
export function blankLine(
  inks: Ink[],
  line: { before: string; own: string; after: string },
  look: { size: number; whole?: boolean },
): (string | Blank)[] {
  if (!isDrawable(line.own)) return [`${line.before}${line.own}${line.after}`];
  inks.push({ text: line.own, bold: false, size: look.size });
  const width = look.whole ? null : roomFor(line.own, look.size, false);
  return [line.before, { t: 'ink' as const, ink: inks.length - 1, width, size: look.size }, line.after].filter(
    (part) => part !== '',
  );
}
