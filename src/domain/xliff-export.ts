/** What a file for a translator holds: every text of a notice in one language, with what it is and where it is printed. */
import { createHash } from 'node:crypto';
import {
  type Audience,
  audiences,
  canonicalJson,
  factsOf,
  headTexts,
  type NoticeDocument,
  parseText,
  textName,
  textNames,
} from './notice.ts';
import { factRegistry, type NoticeFacts, printFact } from './notice-facts.ts';
import { findSection } from './notice-sections.ts';
import { type Refusal, refuse } from './refusal.ts';
import type { RichText } from './rich-text.ts';
import { type Coded, codeSource, codeTarget, type Numbering, type SegmentState, textLimit } from './xliff.ts';
import { type SegmentKind, sameShape, segmentsOf } from './xliff-segments.ts';

/** One text to translate. `target` is left out where there is none yet. */
export type ExportSegment = { kind: SegmentKind; state: SegmentState; source: Coded[]; target?: Coded[] };
export type ExportUnit = {
  name: string;
  /** What it is, where it is printed, what each code stands for. */
  notes: string[];
  /** Most characters as printed. */
  limit?: number;
  segments: ExportSegment[];
};

export type XliffExport = {
  noticeId: number;
  number: string;
  noticeVersion: number;
  sourceLanguage: string;
  targetLanguage: string;
  sourceHash: string;
  /** What a code says where it is printed, for the translator to see. */
  shown: (native: string) => string;
  units: ExportUnit[];
};

/** SHA-256 (hex) of the texts in the source language: a file made from other texts is told by it. */
export function sourceHash(document: NoticeDocument): string {
  return textsHash(document.texts[document.sourceLanguage] ?? {});
}

/** SHA-256 (hex) of the texts of one language. */
export function textsHash(texts: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(canonicalJson(texts)).digest('hex');
}

/** Every text of the source language that has words, in the order it is printed. */
export function translatableNames(document: NoticeDocument): string[] {
  const source = document.texts[document.sourceLanguage] ?? {};
  const printed = audiences.flatMap((audience) => textNames(document, audience));
  const names = new Set([...headTexts, ...printed, ...Object.keys(source)]);
  return [...names].filter((name) => {
    const parsed = parseText(source[name] ?? '');
    return !parsed.ok || segmentsOf(parsed.blocks).length > 0;
  });
}

/**
 * Makes the content of a file.
 * @param input.states how far each text of the language is; what is not named is `translated`
 * @returns a Refusal `xliff.source-faulty` {name} when a text of the source cannot be read
 */
export function exportTexts(input: {
  noticeId: number;
  number: string;
  noticeVersion: number;
  document: NoticeDocument;
  facts: NoticeFacts;
  language: string;
  states: Readonly<Record<string, SegmentState>>;
}): XliffExport | Refusal {
  const { document, facts, language } = input;
  const source = document.texts[document.sourceLanguage] ?? {};
  const units: ExportUnit[] = [];
  for (const name of translatableNames(document)) {
    const parsed = parseText(source[name] ?? '');
    if (!parsed.ok) return refuse('xliff.source-faulty', { name, line: parsed.errors[0]?.line ?? 1 });
    const present = (document.texts[language]?.[name] ?? '').trim();
    units.push(exportUnit(name, parsed.blocks, present, input.states[name] ?? 'translated', document, facts, language));
  }
  return {
    noticeId: input.noticeId,
    number: input.number,
    noticeVersion: input.noticeVersion,
    sourceLanguage: document.sourceLanguage,
    targetLanguage: language,
    sourceHash: sourceHash(document),
    shown: (native) => showCode(native, document, facts, language),
    units,
  };
}

function exportUnit(
  name: string,
  source: RichText,
  present: string,
  state: SegmentState,
  document: NoticeDocument,
  facts: NoticeFacts,
  language: string,
): ExportUnit {
  const parsed = present === '' ? undefined : parseText(present);
  const target = parsed?.ok && sameShape(source, parsed.blocks) ? segmentsOf(parsed.blocks) : undefined;
  const numbering: Numbering = { next: 1 };
  const coded = segmentsOf(source).map(({ kind, inlines }) => ({ kind, source: codeSource(inlines, numbering) }));
  const segments = coded.map((segment, index): ExportSegment => {
    const words = target?.[index];
    return words
      ? { ...segment, state, target: codeTarget(words.inlines, segment.source, numbering) }
      : { ...segment, state: 'initial' };
  });
  const limit = textLimit(name);
  const notes = [
    `${describeText(name, document)} Segments: ${segments.map(({ kind }, index) => `${index + 1} ${kind}`).join(', ')}.`,
    ...[...new Set(factsOf(source))].map((fact) => describeFact(fact, facts, language)),
    ...(limit === undefined ? [] : [`At most ${limit} characters as printed.`]),
    ...(present !== '' && !target ? [`Present translation, built otherwise than the source:\n${present}`] : []),
  ];
  return { name, notes, ...(limit === undefined ? {} : { limit }), segments };
}

/** What a text is, in words, and the variants that print it. */
export function placeOfText(name: string, document: NoticeDocument): { title: string; audiences: Audience[] } {
  const places: Audience[] = [];
  let title = headTitles[name] ?? findSection(name)?.title;
  for (const audience of audiences) {
    const variant = document.variants[audience];
    const section = variant && [...headTexts, ...variant.sections].find((one) => textName(variant, one) === name);
    if (!section) continue;
    places.push(audience);
    title ??= headTitles[section] ?? findSection(section)?.title;
  }
  return { title: title ?? name, audiences: places };
}

function describeText(name: string, document: NoticeDocument): string {
  const { title, audiences: places } = placeOfText(name, document);
  return `${title}. ${places.length > 0 ? `Printed in: ${places.join(', ')}.` : 'Printed in no variant at present.'}`;
}

const headTitles: Readonly<Record<string, string>> = {
  title: 'Title of the letter',
  subtitle: 'Line below the title',
  subject: 'Subject of the mail and words on the envelope',
};

function describeFact(name: string, facts: NoticeFacts, language: string): string {
  const printed = printFact(facts, name, language)?.text;
  const about = factRegistry[name]?.about ?? 'A fact that is filled in';
  return `{${name}}: ${about}.${printed ? ` Printed as: ${printed}` : ' Filled in when the letter is printed.'}`;
}

/** What a code says where it is printed; the code itself where that is not known yet. */
export function showCode(native: string, document: NoticeDocument, facts: NoticeFacts, language: string): string {
  const [, reference, name] = /^\{(@?)([^}]+)\}$/.exec(native) ?? [];
  if (!name) return native;
  if (reference) return findSection(name)?.title ?? name;
  return printFact(facts, name, language, { dates: document.dates })?.text ?? native;
}
