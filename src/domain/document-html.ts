/** The HTML that a DOCX was turned into, as a notice's rich text. What the rich text does not know is left behind by name. */
import { SaxesParser } from 'saxes';
import type { Block, Inline, ListBlock, RichText } from './rich-text.ts';
import { isSafeAddress } from './rich-text-inline.ts';

type Node = { name: string; href: string; children: (Node | string)[] };

const DEEPEST = 80;
/** As deep as the text of a notice goes. */
const DEEPEST_LIST = 3;

/** Reads it. @returns undefined when it is not well-formed */
export function readDocumentHtml(html: string): { blocks: RichText; dropped: string[] } | undefined {
  const root = readTree(html);
  if (!root) return undefined;
  const dropped = new Set<string>();
  return { blocks: blocksOf(root.children, dropped), dropped: [...dropped] };
}

function readTree(html: string): Node | undefined {
  const root: Node = { name: '#', href: '', children: [] };
  const stack = [root];
  let broken = false;
  const parser = new SaxesParser({});
  parser.on('error', () => {
    broken = true;
  });
  parser.on('opentag', (tag) => {
    const node: Node = { name: tag.name, href: tag.attributes.href ?? '', children: [] };
    if (stack.length < DEEPEST) stack.at(-1)?.children.push(node);
    stack.push(node);
  });
  parser.on('closetag', () => {
    stack.pop();
  });
  parser.on('text', (text) => {
    stack.at(-1)?.children.push(text);
  });
  parser.write(`<div>${html}</div>`).close();
  return broken ? undefined : root;
}

function blocksOf(children: readonly (Node | string)[], dropped: Set<string>): RichText {
  return children.flatMap((child): Block[] => {
    if (typeof child === 'string') {
      const words = tidy([{ kind: 'text', text: child }]);
      return words.length === 0 ? [] : [{ kind: 'paragraph', children: words }];
    }
    switch (child.name) {
      case 'h1':
      case 'h2':
      case 'h3':
      case 'h4':
      case 'h5':
      case 'h6': {
        const words = withoutMarks(inlinesOf(child, dropped));
        const level = Math.min(3, Number(child.name.slice(1))) as 1 | 2 | 3;
        return words.length === 0 ? [] : [{ kind: 'heading', level, children: words }];
      }
      case 'p': {
        const words = inlinesOf(child, dropped);
        return words.length === 0 ? [] : [{ kind: 'paragraph', children: words }];
      }
      case 'ul':
      case 'ol': {
        const list = listOf(child, dropped, 1);
        return list.items.length === 0 ? [] : [list];
      }
      case 'table':
        return tableOf(child, dropped);
      default:
        return blocksOf(child.children, dropped);
    }
  });
}

function listOf(node: Node, dropped: Set<string>, depth: number): ListBlock {
  const list: ListBlock = { kind: 'list', ordered: node.name === 'ol', items: [] };
  for (const item of node.children) {
    if (typeof item === 'string' || item.name !== 'li') continue;
    const isList = (child: Node | string): child is Node =>
      typeof child !== 'string' && (child.name === 'ul' || child.name === 'ol');
    const words = inlinesOf({ ...item, children: item.children.filter((child) => !isList(child)) }, dropped);
    if (words.length > 0) list.items.push({ children: words });
    for (const child of item.children.filter(isList)) {
      const below = listOf(child, dropped, depth + 1);
      const above = list.items.at(-1);
      // What is nested deeper than a notice can say, or under nothing, comes up a level.
      if (above && !above.below && depth < DEEPEST_LIST && below.items.length > 0) above.below = below;
      else list.items.push(...below.items);
    }
  }
  return list;
}

function tableOf(node: Node, dropped: Set<string>): Block[] {
  const rows = rowsOf(node).map((row) =>
    row.children
      .filter((cell): cell is Node => typeof cell !== 'string' && (cell.name === 'td' || cell.name === 'th'))
      .map((cell) => tidy(inlinesOf(cell, dropped).map(breakToBlank))),
  );
  const width = Math.max(0, ...rows.map((row) => row.length));
  const [head, ...rest] = rows.filter((row) => row.some((cell) => cell.length > 0));
  if (!head || width === 0) return [];
  const full = (row: Inline[][]) => Array.from({ length: width }, (_, index) => row[index] ?? []);
  return [{ kind: 'table', head: full(head), rows: rest.map(full) }];
}

function rowsOf(node: Node): Node[] {
  return node.children.flatMap((child) => {
    if (typeof child === 'string') return [];
    return child.name === 'tr' ? [child] : rowsOf(child);
  });
}

/** A cell is one line. */
function breakToBlank(inline: Inline): Inline {
  return inline.kind === 'break' ? { kind: 'text', text: ' ' } : inline;
}

function inlinesOf(node: Node, dropped: Set<string>, within: readonly string[] = []): Inline[] {
  const out = node.children.flatMap((child): Inline[] => {
    if (typeof child === 'string') return [{ kind: 'text', text: child.replace(/\s+/g, ' ') }];
    const inner = () => inlinesOf(child, dropped, [...within, child.name]);
    switch (child.name) {
      case 'br':
        return within.length > 0 ? [{ kind: 'text', text: ' ' }] : [{ kind: 'break' }];
      case 'strong':
      case 'b':
        return within.some((one) => /^(strong|b|em|i)$/.test(one)) ? inner() : mark('strong', inner());
      case 'em':
      case 'i':
        return within.some((one) => /^(em|i)$/.test(one)) ? inner() : mark('emphasis', inner());
      case 'a': {
        const words = inner();
        if (child.href.startsWith('#'))
          return child.href.includes('footnote') ? left('footnote marks', dropped) : words;
        if (!isSafeAddress(child.href) || words.length === 0 || within.includes('a'))
          return child.href === '' ? words : [...left('addresses that are not safe', dropped), ...words];
        return [{ kind: 'link', to: { href: child.href }, children: words }];
      }
      case 'img':
        return left('pictures', dropped);
      case 'p':
        return [...inner(), { kind: 'text', text: ' ' }];
      default:
        return inner();
    }
  });
  return tidy(out);
}

function left(what: string, dropped: Set<string>): Inline[] {
  dropped.add(what);
  return [];
}

function mark(kind: 'strong' | 'emphasis', children: Inline[]): Inline[] {
  const words = children.some((child) => child.kind !== 'text' || child.text.trim() !== '');
  return words ? [{ kind, children }] : children;
}

/** A heading is emphasised as a whole. */
function withoutMarks(inlines: readonly Inline[]): Inline[] {
  return tidy(
    inlines.flatMap((one): Inline[] => {
      if (one.kind === 'strong' || one.kind === 'emphasis') return withoutMarks(one.children);
      return [breakToBlank(one)];
    }),
  );
}

/** Neighbouring words joined, single blanks, nothing at the ends: as the text of a notice is read. */
export function tidy(inlines: readonly Inline[]): Inline[] {
  const out: Inline[] = [];
  for (const one of inlines) {
    const last = out.at(-1);
    if (one.kind === 'text' && last?.kind === 'text') last.text = (last.text + one.text).replace(/ +/g, ' ');
    else if (one.kind === 'text') {
      const text = last === undefined || last.kind === 'break' ? one.text.replace(/^\s+/, '') : one.text;
      if (text !== '') out.push({ kind: 'text', text });
    } else out.push(one);
  }
  while (out.at(-1)?.kind === 'break') out.pop();
  const last = out.at(-1);
  if (last?.kind === 'text') last.text = last.text.trimEnd();
  return out.filter((one) => one.kind !== 'text' || one.text !== '');
}
