/**
 * A verification form on paper: where each answer stands on which page. A filled PDF, a scan and a photo are read by
 * this layout; what is found goes through {@link bodyOfPaper} into `parseFormBody` like a form sent by the web.
 */
import type { AnswerType } from './form.ts';
import type { FieldPlace, FormFields } from './form-fields.ts';
import { usLetterCountries } from './letter.ts';

export const paperSizes = {
  /** 210 × 297 mm */
  a4: { width: 595.28, height: 841.89 },
  /** 8.5 × 11 in */
  letter: { width: 612, height: 792 },
} as const;
export type PaperSize = keyof typeof paperSizes;

/** @param country ISO 3166-1 alpha-2 */
export function paperOf(country: string): PaperSize {
  return usLetterCountries.has(country.toUpperCase()) ? 'letter' : 'a4';
}

/** In points (1/72 inch) from the top left corner of the page. */
export interface PaperRect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export type PaperFieldKind = 'tick' | 'text' | 'date' | 'signature';

/** One box to tick or to write into. */
export interface PaperField {
  /** `fieldName(subject, question)`, e.g. `c34.status`. Ticks of the same name answer the same question. */
  name: string;
  /** Name of the field in the PDF: the name, and for a tick of a question that takes several answers `.<value>` after it. */
  pdfName: string;
  /** Id of the question; `signature` for the place to sign. */
  question: string;
  subject: FieldPlace;
  kind: PaperFieldKind;
  /** How the question is answered; a `count` or an `email` is read more strictly than free text. */
  type: AnswerType | 'signature';
  /** What a tick says, e.g. `done`. */
  value?: string;
  /** What is printed in it already, and stands unless it is struck out or changed. */
  preset?: string;
  /** From 1. */
  page: number;
  rect: PaperRect;
}

/** A mark in the corner of each page: `odd` is the one that is a ring, at the bottom right; the others are solid. */
export interface PaperMark {
  corner: 'top-left' | 'top-right' | 'bottom-left' | 'bottom-right';
  odd: boolean;
  rect: PaperRect;
}

/** Where everything stands on a printed form. Kept as JSON with the form; a new way of printing is a new form. */
export interface FormLayout {
  paper: PaperSize;
  pages: { width: number; height: number }[];
  /** The same on each page, and where a page's code stands with its quiet zone. */
  marks: PaperMark[];
  code: PaperRect;
  /** In the order of the keyboard's Tab: as a reader goes through the form. */
  fields: PaperField[];
}

/** Side of a corner mark, and its distance from the edges: a fax machine loses up to 5 mm there. */
export const MARK_SIDE = 15;
export const MARK_INSET = 20;
/** Side of the QR code with its quiet zone, and its distance from top and side. 48 pt over 29 + 8 modules: 0.46 mm each. */
export const CODE_SIDE = 50;
export const CODE_TOP = 20;
/** Distance of everything that is written into from the sides. */
export const PAGE_MARGIN = 34;
/** Room for the head and the foot of each page. */
export const PAGE_TOP = 72;
export const PAGE_BOTTOM = 38;
/** Head and foot keep clear of the marks. */
export const HEAD_INSET = 12;

/** The marks of a page of this paper. */
export function marksOf(paper: PaperSize): PaperMark[] {
  const { width, height } = paperSizes[paper];
  const [near, right, low] = [MARK_INSET, width - MARK_INSET - MARK_SIDE, height - MARK_INSET - MARK_SIDE];
  const mark = (corner: PaperMark['corner'], x: number, y: number): PaperMark => ({
    corner,
    odd: corner === 'bottom-right',
    rect: { x: round(x), y: round(y), width: MARK_SIDE, height: MARK_SIDE },
  });
  return [
    mark('top-left', near, near),
    mark('top-right', right, near),
    mark('bottom-left', near, low),
    mark('bottom-right', right, low),
  ];
}

/** Where a page's code stands: at the end of the first line, which is left where a language is written from the right. */
export function codeRectOf(paper: PaperSize, direction: 'ltr' | 'rtl'): PaperRect {
  const side = PAGE_MARGIN + HEAD_INSET;
  const x = direction === 'rtl' ? side : paperSizes[paper].width - side - CODE_SIDE;
  return { x: round(x), y: CODE_TOP, width: CODE_SIDE, height: CODE_SIDE };
}

/** Hundredths of a point: finer than any printer, and the same on every machine. */
export function round(points: number): number {
  return Math.round(points * 100) / 100;
}

/**
 * What was found on paper or in a PDF as a form sends it, for `parseFormBody`. Two ticks where one answer is asked are
 * handed over together, as an answer that is not offered: the check then asks, and nobody guesses.
 * @param found by {@link paperKey}: the text written, or `true` for a tick
 */
export function bodyOfPaper(layout: FormLayout, found: ReadonlyMap<string, string | true>): FormFields {
  const body: Record<string, string | string[]> = {};
  for (const field of layout.fields) {
    const said = field.kind === 'signature' ? undefined : found.get(paperKey(field));
    if (said === undefined || said === '') continue;
    const value = said === true ? (field.value ?? 'yes') : said;
    const before = body[field.name];
    if (field.type === 'choices') body[field.name] = [...(Array.isArray(before) ? before : []), value];
    else body[field.name] = before === undefined ? value : `${before} / ${value}`;
  }
  return body;
}

/** One box among all of a form: several ticks share a name, so the value belongs to it. */
export function paperKey(field: Pick<PaperField, 'pdfName' | 'kind' | 'value'>): string {
  return field.kind === 'tick' ? `${field.pdfName}=${field.value ?? 'yes'}` : field.pdfName;
}
