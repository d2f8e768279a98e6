/** What the template of a form on paper is given: its words, its measures and its blocks. */
import {
  CODE_SIDE,
  CODE_TOP,
  HEAD_INSET,
  marksOf,
  PAGE_BOTTOM,
  PAGE_MARGIN,
  PAGE_TOP,
  type PaperSize,
  paperSizes,
} from './paper-form.ts';
import { type BlankBlock, blankBlocks, blankLine, type Ink } from './paper-form-ink.ts';
import type { PaperContent } from './paper-form-parts.ts';
import { fontsFor } from './script-fonts.ts';

export interface PaperPage {
  language: string;
  direction: 'ltr' | 'rtl';
  paper: PaperSize;
  title: string;
  /** Reference of the action. */
  reference: string;
  /** Whose form it is: party and contact. */
  who: string;
  /** Until when and whereto it goes back, and how it is filled in. */
  back: string;
  /** At the foot: version of the form and its `{code}`, for who has to type it. */
  foot: string;
  /** With `{page}` and `{pages}`, which the typesetter counts. */
  pageWords: string;
  /** Day of the form, 'YYYY-MM-DD': in the file's metadata. */
  day: string;
  content: PaperContent;
}

/** Which of a form's blocks are set together, and how their pages count among all. */
export interface PaperPart {
  blocks: readonly BlankBlock[];
  pagesBefore: number;
  /** Of the whole form; null: this is the whole form. */
  pages: number | null;
}

/** Units set together at most: the typesetter's time grows faster than a table. */
const UNITS_IN_PART = 60;

/** The blocks of a form in parts: one, unless there are so many units that their table is cut. */
export function partsOf(blocks: readonly BlankBlock[]): BlankBlock[][] {
  const parts: BlankBlock[][] = [[]];
  for (const block of blocks) {
    if (block.kind !== 'units' || block.units.length <= UNITS_IN_PART) {
      parts.at(-1)?.push(block);
      continue;
    }
    for (let from = 0; from < block.units.length; from += UNITS_IN_PART) {
      const some = { ...block, units: block.units.slice(from, from + UNITS_IN_PART) };
      if (from === 0) parts.at(-1)?.push(some);
      else parts.push([some]);
    }
  }
  return parts;
}

/** A page of one shape: what the typesetter is given, and what is drawn into its blanks for one reader. */
export interface Plate {
  data: Record<string, unknown>;
  /** In the order of their numbers, of all parts. */
  inks: Ink[];
  /** The blocks with blanks, for parts of a large form. */
  blocks: BlankBlock[];
}

const WHO = 8.4;
const FOOT = 6.4;

/** Takes a reader's own words out of a form, so that the rest can be set once for all readers of the same shape. */
export function plateOf(page: PaperPage, code: string): Plate {
  const { blocks, inks } = blankBlocks(page.content.blocks);
  const [before = '', after = ''] = page.foot.split('{code}');
  const who = blankLine(inks, { before: '', own: page.who, after: '' }, { size: WHO, whole: true });
  const foot = blankLine(inks, { before, own: code, after }, { size: FOOT });
  return { data: { ...pageData(page), blocks, who, foot }, inks, blocks };
}

/** Data for templates/paper-form.typ. */
export function pageData(
  page: PaperPage,
  part: PaperPart = { blocks: page.content.blocks, pagesBefore: 0, pages: null },
): Record<string, unknown> {
  const [lang = 'en', ...rest] = page.language.split('-');
  const [year = 0, month = 1, day = 1] = page.day.split('-').map(Number);
  return {
    lang,
    region: rest.find((part) => /^[A-Z]{2}$/.test(part)) ?? (rest.includes('Hant') ? 'TW' : null),
    rtl: page.direction === 'rtl',
    fonts: fontsFor(page.language),
    title: page.title,
    reference: page.reference,
    who: [page.who],
    back: page.back,
    foot: [page.foot],
    pageWords: page.pageWords,
    year,
    month,
    day,
    ...paperSizes[page.paper],
    top: PAGE_TOP,
    bottom: PAGE_BOTTOM,
    side: PAGE_MARGIN,
    headInset: HEAD_INSET,
    headTop: CODE_TOP,
    codeSide: CODE_SIDE,
    marks: marksOf(page.paper),
    ...part,
  };
}
