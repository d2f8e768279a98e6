/**
 * The text of a notice: a small safe tree, written in a small Markdown that people type into a plain text field.
 *
 *     # Heading                      (## and ### below it)
 *     Words in **strong** or *emphasis*, a [link](https://…), a fact {action.reference}, another section {@contact}.
 *     - item                         1. step           two blanks in front: one level down
 *     | Product | UDI-DI |           the line below the head is |---|---|
 *     > a note                       !> a warning
 *     a backslash at the end of a line breaks it; a backslash before a sign makes the sign plain: \*
 *
 * Whatever else is typed is plain text. There is no way to write HTML.
 */
import { type Inline, type LineError, parseInlines, refuseLine } from './rich-text-inline.ts';

export type { Inline, LineError } from './rich-text-inline.ts';

export type ListItem<I = Inline> = { children: I[]; below?: ListBlock<I> };
export type ListBlock<I = Inline> = { kind: 'list'; ordered: boolean; items: ListItem<I>[] };
export type TableBlock<I = Inline> = { kind: 'table'; head: I[][]; rows: I[][][] };
export type Block<I = Inline> =
  | { kind: 'paragraph'; children: I[] }
  | { kind: 'heading'; level: 1 | 2 | 3; children: I[] }
  | ListBlock<I>
  | TableBlock<I>
  | { kind: 'box'; tone: 'note' | 'warning'; blocks: Block<I>[] };

/** A text as a tree. `I` is what stands inside a line: as written ({@link Inline}), or with its facts filled in. */
export type RichText<I = Inline> = Block<I>[];

export type ParsedText = { ok: true; blocks: RichText } | { ok: false; errors: LineError[] };

/** A notice's section is a page or two; a text beyond this is a mistake or an attack. */
export const MOST_CHARACTERS = 60_000;
const DEEPEST_LIST = 3;
const MOST_ERRORS = 20;

type Line = { text: string; number: number };

const BULLET = /^( *)([-*]|\d{1,3}\.) +(\S.*)$/;
const BOX = /^(!?>) ?(.*)$/;
const HEADING = /^(#{1,3}) +(\S.*)$/;

/** Reads a text. Errors name the line as the editor counts it (from 1), what is wrong and how to mend it. */
export function parseRichText(source: string): ParsedText {
  if (source.length > MOST_CHARACTERS)
    return { ok: false, errors: [refuseLine(1, 'too-long', { most: MOST_CHARACTERS })] };
  const lines = source
    .split(/\r\n|\r|\n/)
    .map((text, index) => ({ text: text.replaceAll('\t', '  '), number: index + 1 }));
  const errors: LineError[] = [];
  const blocks = parseBlocks(lines, errors, false);
  return errors.length > 0 ? { ok: false, errors: errors.slice(0, MOST_ERRORS) } : { ok: true, blocks };
}

function parseBlocks(lines: Line[], errors: LineError[], inBox: boolean): RichText {
  const blocks: RichText = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at];
    if (line === undefined) break;
    if (line.text.trim() === '') {
      at += 1;
      continue;
    }
    const start = at;
    at = endOfBlock(lines, at);
    const block = parseBlock(lines.slice(start, at), errors, inBox);
    const before = blocks.at(-1);
    // Steps with empty lines between them are one list: the second must not start at 1 again.
    if (block?.kind === 'list' && before?.kind === 'list' && before.ordered === block.ordered)
      before.items.push(...block.items);
    else if (block) blocks.push(block);
  }
  return blocks;
}

type Shape = 'heading' | 'list' | 'table' | 'box' | 'paragraph';

function shapeOf(text: string): Shape {
  if (HEADING.test(text)) return 'heading';
  if (BOX.test(text)) return 'box';
  if (text.trimStart().startsWith('|')) return 'table';
  return BULLET.test(text) ? 'list' : 'paragraph';
}

/** A block runs to the next blank line or to a line of another shape; a list also takes in the lines indented under it. */
function endOfBlock(lines: Line[], start: number): number {
  const first = lines[start]?.text ?? '';
  const shape = shapeOf(first);
  const mark = BOX.exec(first)?.[1];
  let at = start + 1;
  if (shape === 'heading') return at;
  for (; at < lines.length; at += 1) {
    const text = lines[at]?.text ?? '';
    if (text.trim() === '') break;
    if (shape === 'list' && text.startsWith('  ')) continue;
    if (shapeOf(text) !== shape || BOX.exec(text)?.[1] !== mark) break;
  }
  return at;
}

function parseBlock(lines: Line[], errors: LineError[], inBox: boolean): Block | undefined {
  const first = lines[0];
  if (first === undefined) return undefined;
  const heading = HEADING.exec(first.text);
  if (heading) {
    const children = parseInlines([{ text: heading[2] ?? '', number: first.number }], errors);
    return { kind: 'heading', level: (heading[1]?.length ?? 1) as 1 | 2 | 3, children };
  }
  const box = BOX.exec(first.text);
  if (box) {
    if (inBox) {
      errors.push(refuseLine(first.number, 'box-in-box'));
      return undefined;
    }
    const inner = lines.map((line) => ({ text: BOX.exec(line.text)?.[2] ?? '', number: line.number }));
    const blocks = parseBlocks(inner, errors, true);
    if (blocks.length > 0) return { kind: 'box', tone: box[1] === '!>' ? 'warning' : 'note', blocks };
    errors.push(refuseLine(first.number, 'box-empty'));
    return undefined;
  }
  const shape = shapeOf(first.text);
  if (shape === 'table') return parseTable(lines, errors);
  if (shape === 'list') return parseList(lines, errors);
  return { kind: 'paragraph', children: parseInlines(lines, errors) };
}

// ── Tables ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function parseTable(lines: Line[], errors: LineError[]): TableBlock | undefined {
  const [head, rule, ...rest] = lines;
  if (head === undefined || rule === undefined || !/^\s*\|(\s*:?-+:?\s*\|)+\s*$/.test(rule.text)) {
    errors.push(refuseLine((rule ?? head)?.number ?? 1, 'table-rule'));
    return undefined;
  }
  const read = (line: Line) =>
    splitCells(line.text).map((cell) => parseInlines([{ text: cell, number: line.number }], errors));
  const headCells = read(head);
  const rows = rest.map((line) => {
    const cells = read(line);
    if (cells.length !== headCells.length) {
      errors.push(refuseLine(line.number, 'table-cells', { found: cells.length, expected: headCells.length }));
    }
    return cells;
  });
  if (splitCells(rule.text).length !== headCells.length) errors.push(refuseLine(rule.number, 'table-rule'));
  return { kind: 'table', head: headCells, rows };
}

/** Cells between the bars; a bar after a backslash belongs to the cell. */
function splitCells(text: string): string[] {
  const cells: string[] = [];
  let cell = '';
  const body = text.trim().slice(1);
  for (let at = 0; at < body.length; at += 1) {
    const sign = body[at] ?? '';
    if (sign === '\\') {
      cell += sign + (body[at + 1] ?? '');
      at += 1;
    } else if (sign === '|') {
      cells.push(cell.trim());
      cell = '';
    } else cell += sign;
  }
  if (cell.trim() !== '') cells.push(cell.trim());
  return cells;
}

// ── Lists ───────────────────────────────────────────────────────────────────────────────────────────────────────────

type Entry = { indent: number; ordered: boolean; lines: Line[] };

function parseList(lines: Line[], errors: LineError[]): ListBlock | undefined {
  const entries: Entry[] = [];
  for (const line of lines) {
    const bullet = BULLET.exec(line.text);
    if (bullet) {
      const indent = bullet[1]?.length ?? 0;
      entries.push({
        indent,
        ordered: bullet[2] !== '-' && bullet[2] !== '*',
        lines: [{ text: bullet[3] ?? '', number: line.number }],
      });
    } else entries.at(-1)?.lines.push(line);
  }
  const reader = { entries, at: 0 };
  const list = readLevel(reader, errors, 1);
  const stray = entries[reader.at];
  if (stray) errors.push(refuseLine(stray.lines[0]?.number ?? 1, 'list-mixed'));
  return list;
}

/** Reads the items of one level; a deeper item starts a list below the item before it. */
function readLevel(
  reader: { entries: Entry[]; at: number },
  errors: LineError[],
  depth: number,
): ListBlock | undefined {
  const first = reader.entries[reader.at];
  if (first === undefined) return undefined;
  const list: ListBlock = { kind: 'list', ordered: first.ordered, items: [] };
  while (reader.at < reader.entries.length) {
    const entry = reader.entries[reader.at];
    if (entry === undefined || entry.indent < first.indent) break;
    if (entry.indent < first.indent + 2) {
      if (entry.ordered !== first.ordered) break;
      list.items.push({ children: parseInlines(entry.lines, errors) });
      reader.at += 1;
      continue;
    }
    const above = list.items.at(-1);
    if (depth >= DEEPEST_LIST || above === undefined || above.below) {
      errors.push(
        refuseLine(entry.lines[0]?.number ?? 1, above?.below ? 'list-mixed' : 'list-deep', { most: DEEPEST_LIST }),
      );
      reader.at = reader.entries.length;
      break;
    }
    const below = readLevel(reader, errors, depth + 1);
    if (below) above.below = below;
  }
  return list;
}
