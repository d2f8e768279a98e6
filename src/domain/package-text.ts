/** Instructions of a package: the same small Markdown that notices are written in, without their facts. */
import { textHtml } from './notice-html.ts';
import type { Printed, PrintedText } from './notice-render.ts';
import { type Block, type Inline, type ListBlock, parseRichText } from './rich-text.ts';

/** Instructions as HTML, every word escaped. A text that cannot be read is shown as it was typed. */
export function renderInstructions(source: string, level = 2): string {
  return textHtml(printInstructions(source), level);
}

/** Instructions as a printed tree, for paper. A text that cannot be read is one paragraph, as it was typed. */
export function printInstructions(source: string): PrintedText {
  const parsed = parseRichText(source);
  return parsed.ok
    ? parsed.blocks.map(printBlock)
    : [{ kind: 'paragraph', children: [{ kind: 'text', text: source }] }];
}

function printBlock(block: Block): Block<Printed> {
  switch (block.kind) {
    case 'paragraph':
    case 'heading':
      return { ...block, children: block.children.map(printInline) };
    case 'list':
      return printList(block);
    case 'table':
      return {
        ...block,
        head: block.head.map((cell) => cell.map(printInline)),
        rows: block.rows.map((row) => row.map((cell) => cell.map(printInline))),
      };
    case 'box':
      return { ...block, blocks: block.blocks.map(printBlock) };
  }
}

function printList(list: ListBlock): ListBlock<Printed> {
  return {
    ...list,
    items: list.items.map((item) => ({
      children: item.children.map(printInline),
      ...(item.below ? { below: printList(item.below) } : {}),
    })),
  };
}

/** A fact has no value here: it stays as it was typed, for whoever looks to see. */
function printInline(node: Inline): Printed {
  switch (node.kind) {
    case 'text':
    case 'break':
      return node;
    case 'strong':
    case 'emphasis':
      return { ...node, children: node.children.map(printInline) };
    case 'link':
      return 'href' in node.to
        ? { kind: 'link', href: node.to.href, children: node.children.map(printInline) }
        : { kind: 'text', text: `{${node.to.fact}}` };
    case 'fact':
      return { kind: 'text', text: `{${node.name}}` };
    case 'section':
      return { kind: 'text', text: `{@${node.key}}` };
  }
}
