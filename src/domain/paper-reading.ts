/** What a reader finds on the pages of a file that came back, before anybody decides what it means. */
import { type FormLayout, type PaperField, paperKey } from './paper-form.ts';

/** From form points to pixels of the page's picture, row by row; the last row makes it a perspective. */
export type PaperMatrix = readonly [number, number, number, number, number, number, number, number, number];

/** One box as found. */
export interface FoundBox {
  /** {@link paperKey} of the field. */
  key: string;
  /** `true` for a tick, the text of a field of a PDF, `null` where nothing is. Handwriting is `''`: a person types it. */
  value: string | true | null;
  /** False: a person has to look. */
  sure: boolean;
  /** 0 to 100. */
  confidence: number;
  /** Whether the file said it (a field of a PDF) or ink was measured. */
  by: 'field' | 'ink';
}

/** One page of a file. */
export interface FoundPage {
  /** In the file, from 1. */
  number: number;
  /** Text of our QR code; '' where none was found. */
  code: string;
  /** In pixels of the picture. */
  width: number;
  height: number;
  /** Undefined where the page could not be laid over the form. */
  matrix?: PaperMatrix;
  boxes: FoundBox[];
  /** JPEG, grey. */
  picture: Uint8Array;
  /** What was written beside the fields with the tools of a viewer; '' for a drawing. */
  notes: string[];
}

export interface FoundFile {
  kind: 'pdf' | 'image';
  pages: FoundPage[];
  /** Carries a program, which was never run. */
  program: boolean;
}

/** What is measured against: the layout of a form and which of its pages this one is. */
export interface PageLayout {
  layout: FormLayout;
  /** From 1. */
  page: number;
}

/**
 * What was read of one form, its pages put together: a box found twice (the same page sent twice) stands only where both
 * agree, and two certain ticks where one answer is asked make all of them doubtful.
 */
export function joinPages(layout: FormLayout, pages: readonly (readonly FoundBox[])[]): FoundBox[] {
  const found = new Map<string, FoundBox>();
  for (const boxes of pages) {
    for (const box of boxes) {
      const before = found.get(box.key);
      if (!before) found.set(box.key, box);
      else if (before.value !== box.value) {
        const said = before.value === null ? box : before;
        found.set(box.key, { ...said, sure: false, confidence: Math.min(said.confidence, 50) });
      }
    }
  }
  const byName = Map.groupBy(
    layout.fields.filter((field) => field.kind === 'tick' && field.type !== 'choices'),
    (field) => field.name,
  );
  for (const fields of byName.values()) {
    const ticked = fields.map(paperKey).filter((key) => found.get(key)?.value === true);
    if (ticked.length < 2) continue;
    for (const key of ticked) {
      const box = found.get(key);
      if (box) found.set(key, { ...box, sure: false, confidence: Math.min(box.confidence, 50) });
    }
  }
  return [...found.values()];
}

/** The answers that are certain, by {@link paperKey}, for `bodyOfPaper`. */
export function certainAnswers(boxes: readonly FoundBox[]): Map<string, string | true> {
  const answers = new Map<string, string | true>();
  for (const box of boxes) if (box.sure && box.value !== null && box.value !== '') answers.set(box.key, box.value);
  return answers;
}

/** Which of a form's pages are not there. */
export function missingPages(pages: number, there: Iterable<number>): number[] {
  const seen = new Set(there);
  return Array.from({ length: pages }, (_, i) => i + 1).filter((page) => !seen.has(page));
}

/**
 * The affine map that a page's matrix is around a place: what draws a piece of the picture upright.
 * @returns `[a, b, c, d, e, f]` from pixels of the picture to form points, as SVG writes a matrix
 */
export function pictureMatrix(matrix: PaperMatrix, at: { x: number; y: number }): number[] {
  const [x0, y0] = mapPoint(matrix, at.x, at.y);
  const [xr, yr] = mapPoint(matrix, at.x + 1, at.y);
  const [xd, yd] = mapPoint(matrix, at.x, at.y + 1);
  const [a, b, c, d] = [xr - x0, yr - y0, xd - x0, yd - y0];
  const det = a * d - b * c || 1;
  const inverse: [number, number, number, number] = [d / det, -b / det, -c / det, a / det];
  const [ia, ib, ic, id] = inverse;
  return [ia, ib, ic, id, at.x - (ia * x0 + ic * y0), at.y - (ib * x0 + id * y0)];
}

/** A point of the form in pixels of the picture. */
export function mapPoint(m: PaperMatrix, x: number, y: number): [number, number] {
  const w = m[6] * x + m[7] * y + m[8];
  return [(m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w];
}

/** Fields of one page. */
export function fieldsOfPage({ layout, page }: PageLayout): PaperField[] {
  return layout.fields.filter((field) => field.page === page);
}
