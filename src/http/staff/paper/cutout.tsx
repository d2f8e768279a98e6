/** A piece of a page, cut out of its picture and set upright: what the pen wrote, beside the field that says it. */
import type { VNode } from 'preact';
import type { KeptPage } from '../../../db/schema-paper-replies.ts';
import type { PaperField, PaperRect } from '../../../domain/paper-form.ts';
import { pictureMatrix } from '../../../domain/paper-reading.ts';

/** Points around the boxes that are shown with them. */
const AROUND = 5;
/** Pixels a point, and the widest. */
const SHOWN = 2;
const WIDEST = 460;

/** @returns null where the page is not there or could not be laid over the form */
export function Cutout({
  fields,
  pages,
  base,
}: {
  fields: readonly PaperField[];
  pages: readonly KeptPage[];
  base: string;
}): VNode | null {
  const [first] = fields;
  const page = first && pages.find((one) => one.page === first.page);
  if (!first || !page?.matrix) return null;
  const rect = around(fields.filter((field) => field.page === first.page).map((field) => field.rect));
  const middle = { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 };
  const scale = Math.min(SHOWN, WIDEST / rect.width);
  const matrix = pictureMatrix(page.matrix, middle).map((part) => Number(part.toFixed(5)));
  return (
    <svg
      class="ff-cutout"
      role="img"
      aria-label={`As it stands on page ${first.page}`}
      viewBox={`${rect.x} ${rect.y} ${rect.width} ${rect.height}`}
      width={Math.round(rect.width * scale)}
      height={Math.round(rect.height * scale)}
    >
      <image
        href={`${base}/pages/${page.number}`}
        width={page.width}
        height={page.height}
        preserveAspectRatio="none"
        transform={`matrix(${matrix.join(' ')})`}
      />
    </svg>
  );
}

function around(rects: readonly PaperRect[]): PaperRect {
  const x = Math.min(...rects.map((rect) => rect.x)) - AROUND;
  const y = Math.min(...rects.map((rect) => rect.y)) - AROUND;
  return {
    x,
    y,
    width: Math.max(...rects.map((rect) => rect.x + rect.width)) + AROUND - x,
    height: Math.max(...rects.map((rect) => rect.y + rect.height)) + AROUND - y,
  };
}
