/** A printed notice as plain text: the text part of a mail, wrapped at 76 columns, tables as lists. */
import type { Printed, PrintedText, RenderedNotice } from './notice-render.ts';
import { plainText } from './notice-render.ts';
import type { Block, ListBlock } from './rich-text.ts';

/** Columns of a line of mail (RFC 5322 asks for 78 at most). */
export const COLUMNS = 76;

/** The whole notice as text, lines ended by \n. */
export function toText(notice: RenderedNotice): string {
  const title = plainText(notice.title).toLocaleUpperCase(notice.language);
  const isolate = notice.direction === 'rtl';
  const parts = [underline(title, '=')];
  if (notice.subtitle) parts.push(wrap(lineText(notice.subtitle, isolate)));
  for (const section of notice.sections) {
    if (section.heading) {
      const number = section.number === undefined ? '' : `${section.number} `;
      parts.push(underline(`${number}${lineText(section.heading, isolate)}`, '-'));
    }
    const body = blocksToText(section.blocks, { isolate });
    if (body !== '') parts.push(body);
  }
  return `${parts.join('\n\n')}\n`;
}

/** Blocks as text. @param options.isolate marks identifiers as left-to-right, for right-to-left languages */
export function blocksToText(blocks: PrintedText, options: { isolate?: boolean } = {}): string {
  return blocks.map((block) => blockText(block, options.isolate ?? false, COLUMNS)).join('\n\n');
}

function blockText(block: Block<Printed>, isolate: boolean, columns: number): string {
  switch (block.kind) {
    case 'paragraph':
      return wrap(lineText(block.children, isolate), '', '', columns);
    case 'heading':
      return wrap(lineText(block.children, isolate), '', '', columns);
    case 'list':
      return listText(block, isolate, '', columns);
    case 'box':
      return block.blocks
        .map((inner) => blockText(inner, isolate, columns - 2))
        .join('\n\n')
        .split('\n')
        .map((line) => (line === '' ? '|' : `| ${line}`))
        .join('\n');
    case 'table': {
      const heads = block.head.map((cell) => plainText(cell));
      const width = Math.max(0, ...heads.map(columnsOf)) + 2;
      return block.rows
        .map((row) =>
          row
            .map((cell, index) => {
              const label = heads[index] ? `${heads[index]}:` : '';
              const first = index === 0 ? '- ' : '  ';
              const pad = ' '.repeat(Math.max(1, width - columnsOf(label)));
              return wrap(
                lineText(cell, isolate),
                `${first}${label}${pad}`,
                ' '.repeat(Math.min(width + 2, 30)),
                columns,
              );
            })
            .join('\n'),
        )
        .join('\n');
    }
  }
}

function listText(list: ListBlock<Printed>, isolate: boolean, indent: string, columns: number): string {
  return list.items
    .map((item, index) => {
      const mark = list.ordered ? `${index + 1}. ` : '- ';
      const text = wrap(lineText(item.children, isolate), indent + mark, indent + ' '.repeat(mark.length), columns);
      return item.below
        ? `${text}\n${listText(item.below, isolate, `${indent}${' '.repeat(mark.length)}`, columns)}`
        : text;
    })
    .join('\n');
}

function lineText(nodes: readonly Printed[], isolate: boolean): string {
  return nodes
    .map((node): string => {
      switch (node.kind) {
        case 'text':
          return node.text;
        case 'break':
          return '\n';
        case 'section':
          return `“${node.label}”`;
        case 'value':
          return valueText(node, isolate);
        case 'link': {
          const text = lineText(node.children, isolate);
          const address = node.href.replace(/^(?:mailto|tel):/, '');
          return text === address ? text : `${text}: ${address}`;
        }
        default:
          return lineText(node.children, isolate);
      }
    })
    .join('');
}

function valueText(node: Extract<Printed, { kind: 'value' }>, isolate: boolean): string {
  // A telephone number broken over two lines is misread.
  const text = node.type === 'phone' ? node.text.replaceAll(' ', '\u00a0') : node.text;
  // U+2066 … U+2069: left-to-right isolate, so that a serial number is not turned around in Arabic or Hebrew.
  return isolate && node.type !== 'text' && node.type !== 'date' ? `\u2066${text}\u2069` : text;
}

/**
 * Breaks a text into lines. A word longer than a line stays whole: an address broken in two opens nothing.
 * @param first what the first line starts with
 * @param rest what the following lines start with
 */
export function wrap(text: string, first = '', rest = '', columns = COLUMNS): string {
  const lines: string[] = [];
  let start = first;
  for (const part of text.split('\n')) {
    let line = start;
    let words = 0;
    for (const word of part.split(/ +/).filter((one) => one !== '')) {
      if (words > 0 && columnsOf(line) + 1 + columnsOf(word) > columns) {
        lines.push(line);
        line = rest;
        words = 0;
      }
      line += words === 0 ? word : ` ${word}`;
      words += 1;
    }
    lines.push(line);
    start = rest;
  }
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** Columns a text takes in a fixed-width font: East Asian wide signs take two, marks and isolates none. */
function columnsOf(text: string): number {
  let columns = 0;
  for (const sign of text) {
    if (/[\p{M}\u2066-\u2069]/u.test(sign)) continue;
    columns += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
      sign,
    )
      ? 2
      : 1;
  }
  return columns;
}

function underline(text: string, sign: string): string {
  const wrapped = wrap(text);
  const longest = Math.max(...wrapped.split('\n').map(columnsOf));
  return `${wrapped}\n${sign.repeat(longest)}`;
}
