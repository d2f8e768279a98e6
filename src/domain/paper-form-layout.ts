/** From the typesetter's places of boxes to the layout of a form, and what must hold of every layout. */
import { readFieldName } from './form-fields.ts';
import {
  codeRectOf,
  type FormLayout,
  MARK_INSET,
  marksOf,
  type PaperField,
  type PaperRect,
  type PaperSize,
  paperKey,
  paperSizes,
  round,
} from './paper-form.ts';
import type { PaperBox } from './paper-form-parts.ts';

/** Where the typesetter put a box. */
export interface BoxPlace {
  /** Its number among the boxes of the content. */
  box: number;
  /** From 1. */
  page: number;
  rect: PaperRect;
}

/**
 * Puts boxes and places together.
 * @param paper `checked`: what was looked at before, the places in a form with the same ones, or all of this very form
 * @throws Error when a box has no place, or places that no pen could use: the template is at fault, and no such form may
 * leave
 */
export function makeLayout(
  boxes: readonly PaperBox[],
  places: readonly BoxPlace[],
  paper: { size: PaperSize; pages: number; direction: 'ltr' | 'rtl'; checked?: 'places' | 'all' },
): FormLayout {
  const placeOf = new Map(places.map((place) => [place.box, place]));
  if (placeOf.size !== places.length) throw new Error('a box of the form stands in two places');
  const fields = boxes.map((box, index): PaperField => {
    const place = placeOf.get(index);
    if (!place) throw new Error(`the box ${box.pdfName} is on no page`);
    const { label: _, exclusive: __, long: ___, maxLength: ____, ...field } = box;
    const { x, y, width, height } = place.rect;
    const rect = { x: round(x), y: round(y), width: round(width), height: round(height) };
    return { ...field, page: place.page, rect };
  });
  const layout: FormLayout = {
    paper: paper.size,
    pages: Array.from({ length: paper.pages }, () => ({ ...paperSizes[paper.size] })),
    marks: marksOf(paper.size),
    code: codeRectOf(paper.size, paper.direction),
    fields,
  };
  if (paper.checked === 'all') return layout;
  const [fault] = paper.checked === 'places' ? nameFaults(layout) : faultsOf(layout);
  if (fault) throw new Error(fault);
  return layout;
}

/**
 * What is wrong with a layout, in words: a box outside the page's margins or too small for a pen, two that overlap, one
 * that lies on the code, a name that no form knows, two boxes of one meaning.
 */
export function faultsOf(layout: FormLayout): string[] {
  const faults = nameFaults(layout);
  const byPage = Map.groupBy(layout.fields, (field) => field.page);
  for (const field of layout.fields) {
    const page = layout.pages[field.page - 1];
    const { rect } = field;
    const name = paperKey(field);
    const right = (page?.width ?? 0) - MARK_INSET;
    const bottom = (page?.height ?? 0) - MARK_INSET;
    if (rect.x < MARK_INSET || rect.y < MARK_INSET || rect.x + rect.width > right || rect.y + rect.height > bottom)
      faults.push(`${name} reaches over the margin of page ${field.page}`);
    const least = field.kind === 'tick' ? { width: 8, height: 8 } : { width: 20, height: 12 };
    if (rect.width < least.width || rect.height < least.height) faults.push(`${name} is too small for a pen`);
    if ([layout.code, ...layout.marks.map((mark) => mark.rect)].some((other) => overlap(rect, other)))
      faults.push(`${name} lies on the code or a mark`);
  }
  for (const fields of byPage.values()) {
    // Swept from left to right: a page has some hundreds of boxes, a form may have thousands of pages.
    const sorted = fields.toSorted((a, b) => a.rect.x - b.rect.x);
    const open: PaperField[] = [];
    for (const field of sorted) {
      for (let i = open.length - 1; i >= 0; i--) {
        const other = open[i];
        if (!other) continue;
        if (other.rect.x + other.rect.width <= field.rect.x) open.splice(i, 1);
        else if (overlap(field.rect, other.rect)) faults.push(`${paperKey(field)} overlaps ${paperKey(other)}`);
      }
      open.push(field);
    }
  }
  return faults;
}

function nameFaults(layout: FormLayout): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const field of layout.fields) {
    const name = paperKey(field);
    if (!readFieldName(field.name)) faults.push(`${name}: no name of a field`);
    if (seen.has(name)) faults.push(`${name} is there twice`);
    seen.add(name);
  }
  return faults;
}

function overlap(a: PaperRect, b: PaperRect): boolean {
  const slack = 0.05;
  return (
    a.x + a.width > b.x + slack &&
    b.x + b.width > a.x + slack &&
    a.y + a.height > b.y + slack &&
    b.y + b.height > a.y + slack
  );
}
