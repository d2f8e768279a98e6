/** A text cut into segments, and put together again: the structure is the source's, the words are the translation's. */
import { isDeepStrictEqual } from 'node:util';
import type { Block, Inline, ListBlock, ListItem, RichText } from './rich-text.ts';
import { parseRichText } from './rich-text.ts';
import { printRichText } from './rich-text-print.ts';

export type SegmentKind = 'heading' | 'paragraph' | 'item' | 'cell';
export type TextSegment = { kind: SegmentKind; inlines: Inline[] };

/** The segments of a text in the order they are read. An empty cell is none: there is nothing to translate. */
export function segmentsOf(text: RichText): TextSegment[] {
  const segments: TextSegment[] = [];
  mapText(text, (inlines, kind) => {
    segments.push({ kind, inlines });
    return inlines;
  });
  return segments;
}

/** The text with each segment's words replaced, in order. */
export function fillSegments(text: RichText, words: readonly Inline[][]): RichText {
  let at = 0;
  return mapText(text, (inlines) => words[at++] ?? inlines);
}

/** Whether two texts have the same headings, paragraphs, items and cells, so that their segments stand for each other. */
export function sameShape(a: RichText, b: RichText): boolean {
  const mark = (_: Inline[], kind: SegmentKind): Inline[] => [{ kind: 'text', text: kind }];
  return isDeepStrictEqual(mapText(a, mark), mapText(b, mark));
}

/** The source of a text made of these blocks; undefined when it would not be read back as the same. */
export function writeText(text: RichText): string | undefined {
  const source = printRichText(text);
  // Most brackets need no backslash before them, and people read the source in the editor.
  return [source.replace(/\\([()])/g, '$1'), source].find((one) => {
    const read = parseRichText(one);
    return read.ok && isDeepStrictEqual(read.blocks, text);
  });
}

type Change = (inlines: Inline[], kind: SegmentKind) => Inline[];

function mapText(text: RichText, change: Change): RichText {
  return text.map((block) => mapBlock(block, change));
}

function mapBlock(block: Block, change: Change): Block {
  switch (block.kind) {
    case 'heading':
    case 'paragraph':
      return { ...block, children: change(block.children, block.kind) };
    case 'list':
      return mapList(block, change);
    case 'table': {
      const cells = (row: Inline[][]) => row.map((cell) => (cell.length === 0 ? cell : change(cell, 'cell')));
      return { kind: 'table', head: cells(block.head), rows: block.rows.map(cells) };
    }
    case 'box':
      return { ...block, blocks: mapText(block.blocks, change) };
  }
}

function mapList(list: ListBlock, change: Change): ListBlock {
  const items = list.items.map((item): ListItem => {
    const children = change(item.children, 'item');
    return item.below ? { children, below: mapList(item.below, change) } : { children };
  });
  return { ...list, items };
}
