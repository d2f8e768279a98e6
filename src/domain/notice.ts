/** The notice: one structured source for every audience and language. What an approval signs is the hash of it. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Block, type Inline, type ParsedText, parseRichText, type RichText } from './rich-text.ts';

/** Whom a variant speaks to. The example went out in two: recall (Dx) and quality notification (RUO). */
export const audiences = ['dx-recall', 'ruo-quality', 'distributor', 'authority'] as const;
export type Audience = (typeof audiences)[number];

/** Texts every variant has besides its sections. `subject` is the subject of the mail and the words on the envelope. */
export const headTexts = ['title', 'subtitle', 'subject'] as const;

const key = z.string().regex(/^[a-z][a-z0-9-]{0,59}$/);
const language = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/);

const variantSchema = z.object({
  /** Sections in the order they are printed (notice-sections.ts). */
  sections: z.array(key).min(1).max(60),
  /** Where this variant says something of its own: section or head text → name of the text. All else is shared. */
  overrides: z.record(key, key).default({}),
});
export type NoticeVariant = z.infer<typeof variantSchema>;

/**
 * To whom an update goes: everyone; those who were sent a (faulty) language of an earlier version; variants; those who still
 * owe a correction; or those with a unit that is still on the interim patch while there is a permanent fix.
 */
export const reachSchema = z.discriminatedUnion('to', [
  z.object({ to: z.literal('everyone') }),
  z.object({ to: z.literal('languages'), languages: z.array(language).min(1).max(60) }),
  z.object({ to: z.literal('variants'), variants: z.array(z.enum(audiences)).min(1) }),
  z.object({ to: z.literal('owing') }),
  z.object({ to: z.literal('interim') }),
]);
export type NoticeReach = z.infer<typeof reachSchema>;

/** What makes a version an update: approved and hashed with its words, so that nobody widens it afterwards. */
export const noticeUpdateSchema = z.object({
  reach: reachSchema,
  /** Whether those it goes to are asked for their receipt anew. */
  asksReceipt: z.boolean().default(false),
});
export type NoticeUpdate = z.infer<typeof noticeUpdateSchema>;

export const noticeDocumentSchema = z.object({
  layout: z.enum(['letter', 'ec']),
  /** The language the others are translated from. */
  sourceLanguage: language.default('en'),
  /** Dates as each language writes them, or `04MAY2022` in all. */
  dates: z.enum(['language', 'house']).default('language'),
  variants: z.partialRecord(z.enum(audiences), variantSchema),
  /** Language → name of the text → its source (rich-text.ts). */
  texts: z.record(language, z.record(key, z.string().max(60_000))),
  /** Only in an update; without it an update goes to everyone and asks for no new receipt. */
  update: noticeUpdateSchema.optional(),
});
export type NoticeDocument = z.infer<typeof noticeDocumentSchema>;

/** The name of the text a variant prints for a section or a head text. */
export function textName(variant: NoticeVariant, section: string): string {
  return variant.overrides[section] ?? section;
}

/** The source of a section's text, or undefined when this language has none. */
export function textSource(
  document: NoticeDocument,
  audience: Audience,
  inLanguage: string,
  section: string,
): string | undefined {
  const variant = document.variants[audience];
  const source = variant && document.texts[inLanguage]?.[textName(variant, section)];
  return source === undefined || source.trim() === '' ? undefined : source;
}

/** Every text name a variant needs, head texts first. A subtitle may be left out by leaving it out in all languages. */
export function textNames(document: NoticeDocument, audience: Audience): string[] {
  const variant = document.variants[audience];
  if (!variant) return [];
  const names = [...headTexts, ...variant.sections].map((section) => textName(variant, section));
  const used = new Set(Object.values(document.texts).flatMap((texts) => Object.keys(texts)));
  return [...new Set(names)].filter((name) => name !== textName(variant, 'subtitle') || used.has(name));
}

/** Languages in which a variant is complete, the source language first. Only these may be sent. */
export function noticeLanguages(document: NoticeDocument, audience: Audience): string[] {
  const names = textNames(document, audience);
  if (names.length === 0) return [];
  return Object.keys(document.texts)
    .filter((code) => names.every((name) => (document.texts[code]?.[name] ?? '').trim() !== ''))
    .sort(
      (a, b) => Number(b === document.sourceLanguage) - Number(a === document.sourceLanguage) || a.localeCompare(b),
    );
}

/** Texts of a variant that a language does not have yet, head texts first. */
export function missingTexts(document: NoticeDocument, audience: Audience, language: string): string[] {
  return textNames(document, audience).filter((name) => (document.texts[language]?.[name] ?? '').trim() === '');
}

/** Languages in which a variant has any text, those it is complete in first: a draft can be looked at before it is whole. */
export function startedLanguages(document: NoticeDocument, audience: Audience): string[] {
  const names = textNames(document, audience);
  const complete = noticeLanguages(document, audience);
  const started = Object.keys(document.texts)
    .filter((code) => missingTexts(document, audience, code).length < names.length && !complete.includes(code))
    .sort(
      (a, b) => Number(b === document.sourceLanguage) - Number(a === document.sourceLanguage) || a.localeCompare(b),
    );
  return [...complete, ...started];
}

/** What approval and signature hold on to: SHA-256 (hex) of the document with its keys in order. */
export function contentHash(document: NoticeDocument): string {
  return createHash('sha256').update(canonicalJson(document)).digest('hex');
}

/** JSON with the keys of every object sorted: the same content always gives the same bytes. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${canonicalJson(item)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** Names of the facts a text uses, as often as it uses them, sorted: languages are compared by this (law 7). */
export function factsOf(text: RichText): string[] {
  const names: string[] = [];
  visitInlines(text, (inline) => {
    if (inline.kind === 'fact') names.push(inline.name);
    if (inline.kind === 'link' && 'fact' in inline.to) names.push(inline.to.fact);
  });
  return names.sort();
}

/** Keys of the sections a text refers to, sorted. */
export function referencesOf(text: RichText): string[] {
  const keys: string[] = [];
  visitInlines(text, (inline) => {
    if (inline.kind === 'section') keys.push(inline.key);
  });
  return keys.sort();
}

/** The words of a text without its marks: facts and references left out, a line for each block. */
export function plainWords(text: RichText): string {
  const words: string[] = [];
  visitInlines(text, (inline) => {
    if (inline.kind === 'text') words.push(inline.text);
    else if (inline.kind === 'break') words.push(' ');
  });
  return words.join(' ').replace(/\s+/g, ' ').trim();
}

const parsed = new Map<string, ParsedText>();
/** A letter has some twenty texts; ten thousand letters need them read once. */
const MOST_PARSED = 2_000;

/** Reads a source, once. The tree is kept and shared: do not change it. */
export function parseText(source: string): ParsedText {
  let text = parsed.get(source);
  if (!text) {
    text = parseRichText(source);
    if (parsed.size >= MOST_PARSED) parsed.clear();
    parsed.set(source, text);
  }
  return text;
}

/** Reads a source that has been checked; a faulty one gives its plain source as a paragraph, so that a preview shows it. */
export function readText(source: string): RichText {
  const text = parseText(source);
  return text.ok ? text.blocks : [{ kind: 'paragraph', children: [{ kind: 'text', text: source }] }];
}

function visitInlines(blocks: RichText, visit: (inline: Inline) => void): void {
  const into = (inlines: readonly Inline[]): void => {
    for (const inline of inlines) {
      visit(inline);
      if ('children' in inline) into(inline.children);
    }
  };
  const intoBlock = (block: Block): void => {
    switch (block.kind) {
      case 'paragraph':
      case 'heading':
        into(block.children);
        return;
      case 'list':
        for (const item of block.items) {
          into(item.children);
          if (item.below) intoBlock(item.below);
        }
        return;
      case 'table':
        for (const cells of [block.head, ...block.rows]) for (const cell of cells) into(cell);
        return;
      case 'box':
        block.blocks.forEach(intoBlock);
    }
  };
  blocks.forEach(intoBlock);
}
