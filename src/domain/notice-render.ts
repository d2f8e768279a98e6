/** From source to printed tree: facts filled in, references resolved, rows of groups repeated. No HTML here. */
import { type Audience, type NoticeDocument, readText, textSource } from './notice.ts';
import { type FactRow, type FactType, groupOf, type NoticeFacts, printFact } from './notice-facts.ts';
import { findSection } from './notice-sections.ts';
import type { Block, Inline, ListItem, RichText } from './rich-text.ts';

/** What stands inside a printed line. */
export type Printed =
  | { kind: 'text'; text: string }
  | { kind: 'strong' | 'emphasis'; children: Printed[] }
  | { kind: 'link'; href: string; children: Printed[] }
  /** A fact's words, and its name. `missing`: it has no value; `text` then is its name. */
  | { kind: 'value'; text: string; type: FactType; href?: string; missing?: true; fact?: string }
  | { kind: 'section'; key: string; label: string }
  | { kind: 'break' };

export type PrintedText = RichText<Printed>;

export type RenderedSection = {
  key: string;
  /** The EC template's number, in that layout. */
  number?: string;
  heading?: Printed[];
  blocks: PrintedText;
};

export type RenderedNotice = {
  language: string;
  direction: 'ltr' | 'rtl';
  title: Printed[];
  subtitle?: Printed[];
  /** Plain words for the subject of a mail. */
  subject: string;
  sections: RenderedSection[];
  /** Names of facts without a value, each once. Nothing is sent while there are any. */
  missing: string[];
};

const RIGHT_TO_LEFT = new Set(['ar', 'dv', 'fa', 'he', 'ku', 'ps', 'sd', 'ug', 'ur', 'yi']);

/** Which way a language is written. */
export function directionOf(language: string): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.has(language.split('-')[0] ?? '') ? 'rtl' : 'ltr';
}

type Writer = {
  document: NoticeDocument;
  audience: Audience;
  language: string;
  facts: NoticeFacts;
  missing: Set<string>;
};

/**
 * Prints one variant in one language. Sections without a text in this language are left out: the checks say so before
 * anything is released.
 */
export function renderNotice(
  document: NoticeDocument,
  audience: Audience,
  language: string,
  facts: NoticeFacts,
): RenderedNotice {
  const writer: Writer = { document, audience, language, facts, missing: new Set() };
  const head = (name: string): Printed[] => printHead(writer, name);
  const subtitle = head('subtitle');
  const sections = (document.variants[audience]?.sections ?? []).flatMap((key) => {
    const section = renderSection(writer, key);
    return section ? [section] : [];
  });
  return {
    language,
    direction: directionOf(language),
    title: head('title'),
    ...(subtitle.length > 0 ? { subtitle } : {}),
    subject: plainText(head('subject')),
    sections,
    missing: [...writer.missing],
  };
}

/** A head text is one line: its first paragraph or heading. */
function printHead(writer: Writer, name: string): Printed[] {
  const source = textSource(writer.document, writer.audience, writer.language, name);
  const first = source === undefined ? undefined : readText(source)[0];
  return first?.kind === 'paragraph' || first?.kind === 'heading' ? printInlines(writer, first.children) : [];
}

function renderSection(writer: Writer, key: string): RenderedSection | undefined {
  const source = textSource(writer.document, writer.audience, writer.language, key);
  if (source === undefined) return undefined;
  const [first, ...rest] = readText(source);
  if (first === undefined) return undefined;
  const number = writer.document.layout === 'ec' ? findSection(key)?.number : undefined;
  const heading = first.kind === 'heading' ? printInlines(writer, first.children) : undefined;
  const blocks = (heading ? rest : [first, ...rest]).map((block) => printBlock(writer, block));
  return { key, ...(number === undefined ? {} : { number }), ...(heading ? { heading } : {}), blocks };
}

function printBlock(writer: Writer, block: Block): Block<Printed> {
  switch (block.kind) {
    case 'paragraph':
      return { kind: 'paragraph', children: printInlines(writer, block.children) };
    case 'heading':
      return { kind: 'heading', level: block.level, children: printInlines(writer, block.children) };
    case 'list':
      return { kind: 'list', ordered: block.ordered, items: block.items.map((item) => printItem(writer, item)) };
    case 'box':
      return { kind: 'box', tone: block.tone, blocks: block.blocks.map((inner) => printBlock(writer, inner)) };
    case 'table':
      return {
        kind: 'table',
        head: block.head.map((cell) => printInlines(writer, cell)),
        rows: block.rows.flatMap((row) => printRow(writer, row)),
      };
  }
}

function printItem(writer: Writer, item: ListItem): ListItem<Printed> {
  const children = printInlines(writer, item.children);
  if (!item.below) return { children };
  const items = item.below.items.map((inner) => printItem(writer, inner));
  return { children, below: { kind: 'list', ordered: item.below.ordered, items } };
}

/** A row that uses facts of a group is printed once for each row of the group. */
function printRow(writer: Writer, cells: Inline[][]): Printed[][][] {
  const group = cells.flatMap((cell) => cell.flatMap(groupsIn))[0];
  const rows = group === undefined ? undefined : writer.facts.groups[group];
  if (!rows || rows.length === 0) return [cells.map((cell) => printInlines(writer, cell))];
  return rows.map((row) => cells.map((cell) => printInlines(writer, cell, row)));
}

function groupsIn(inline: Inline): string[] {
  if (inline.kind === 'fact') return [groupOf(inline.name) ?? []].flat();
  return 'children' in inline ? inline.children.flatMap(groupsIn) : [];
}

function printInlines(writer: Writer, inlines: readonly Inline[], row?: FactRow): Printed[] {
  return inlines.map((inline) => printInline(writer, inline, row));
}

function printInline(writer: Writer, inline: Inline, row: FactRow | undefined): Printed {
  switch (inline.kind) {
    case 'text':
    case 'break':
      return inline;
    case 'strong':
    case 'emphasis':
      return { kind: inline.kind, children: printInlines(writer, inline.children, row) };
    case 'fact':
      return printValue(writer, inline.name, row);
    case 'section':
      return { kind: 'section', key: inline.key, label: headingOf(writer, inline.key) };
    case 'link': {
      const children = printInlines(writer, inline.children, row);
      const href = 'href' in inline.to ? inline.to.href : printValue(writer, inline.to.fact, row).href;
      return href === undefined ? { kind: 'strong', children } : { kind: 'link', href, children };
    }
  }
}

type PrintedValue = Extract<Printed, { kind: 'value' }>;

function printValue(writer: Writer, name: string, row: FactRow | undefined): PrintedValue {
  const { facts, language, document } = writer;
  const printed = printFact(facts, name, language, row ? { dates: document.dates, row } : { dates: document.dates });
  if (printed) return { kind: 'value', ...printed, fact: name };
  // One product without a software version leaves its cell empty; a fact that nobody knows is missing.
  if (row && printFact(facts, name, language)) return { kind: 'value', text: '–', type: 'text' };
  writer.missing.add(name);
  return { kind: 'value', text: `{${name}}`, type: 'text', missing: true, fact: name };
}

/** The heading of the section a reference points to, so that the words of a reference are always the heading's. */
function headingOf(writer: Writer, key: string): string {
  const source = textSource(writer.document, writer.audience, writer.language, key);
  const first = source === undefined ? undefined : readText(source)[0];
  if (first?.kind !== 'heading') return `{@${key}}`;
  // A heading that refers to a section could refer to itself: only its words and facts are said.
  return plainText(
    printInlines(
      writer,
      first.children.filter((inline) => inline.kind !== 'section'),
    ),
  );
}

/** The words of printed lines, without marks. */
export function plainText(inlines: readonly Printed[]): string {
  return inlines
    .map((inline): string => {
      if (inline.kind === 'break') return ' ';
      if (inline.kind === 'section') return inline.label;
      return 'children' in inline ? plainText(inline.children) : inline.text;
    })
    .join('')
    .replace(/\s+/g, ' ')
    .trim();
}
