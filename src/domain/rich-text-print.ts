/** A tree of rich text written back as its source: `parseRichText(printRichText(tree))` is the tree again. */
import type { Block, Inline, ListBlock, RichText } from './rich-text.ts';

/** Writes the source of a text, one line a paragraph. */
export function printRichText(blocks: RichText): string {
  return blocks.map(printBlock).join('\n\n');
}

function printBlock(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return printLines(block.children);
    case 'heading':
      return `${'#'.repeat(block.level)} ${printInlines(block.children)}`;
    case 'list':
      return printList(block, '');
    case 'table': {
      const row = (cells: Inline[][]) => `| ${cells.map(printInlines).join(' | ')} |`;
      return [row(block.head), `|${'---|'.repeat(block.head.length)}`, ...block.rows.map(row)].join('\n');
    }
    case 'box': {
      const mark = block.tone === 'warning' ? '!>' : '>';
      return printRichText(block.blocks)
        .split('\n')
        .map((line) => (line === '' ? mark : `${mark} ${line}`))
        .join('\n');
    }
  }
}

function printList(list: ListBlock, indent: string): string {
  return list.items
    .map((item, index) => {
      const text = printLines(item.children).replaceAll('\n', `\n${indent}  `);
      const line = `${indent}${list.ordered ? `${(index % 999) + 1}.` : '-'} ${text}`;
      return item.below ? `${line}\n${printList(item.below, `${indent}  `)}` : line;
    })
    .join('\n');
}

/** Lines as they may stand at the start of a block: what would be read as a heading, list, table or box is escaped. */
function printLines(children: readonly Inline[]): string {
  return printInlines(children)
    .split('\n')
    .map((line) => line.replace(/^(#|-|>|!(?=>))/, '\\$1').replace(/^(\d{1,3})\./, '$1\\.'))
    .join('\n');
}

function printInlines(children: readonly Inline[]): string {
  return children.map(printInline).join('');
}

function printInline(node: Inline): string {
  switch (node.kind) {
    case 'text':
      return node.text.replace(/[\\*[\](){}|]/g, '\\$&');
    case 'strong':
      return `**${printInlines(node.children)}**`;
    case 'emphasis':
      return `*${printInlines(node.children)}*`;
    case 'link':
      return `[${printInlines(node.children)}](${'href' in node.to ? node.to.href : `{${node.to.fact}}`})`;
    case 'fact':
      return `{${node.name}}`;
    case 'section':
      return `{@${node.key}}`;
    case 'break':
      return '\\\n';
  }
}
