/** A translator's file against the notice as it stands: what each text would become, and what speaks against it. */
import { isDeepStrictEqual } from 'node:util';
import { otherLanguage } from './language-guess.ts';
import { type NoticeDocument, parseText } from './notice.ts';
import type { NoticeFacts } from './notice-facts.ts';
import { type Refusal, refuse } from './refusal.ts';
import type { Inline } from './rich-text.ts';
import { makeFinding, type TranslationFinding } from './translation-findings.ts';
import { compareSegment, resolveCodes } from './translation-segment.ts';
import {
  type Coded,
  codeSource,
  inlinesOf,
  type Numbering,
  type SegmentState,
  segmentStates,
  textLimit,
  wordsOf,
  type XliffFile,
  type XliffSegment,
} from './xliff.ts';
import { showCode, sourceHash, translatableNames } from './xliff-export.ts';
import { fillSegments, sameShape, segmentsOf, writeText } from './xliff-segments.ts';

/** What becomes of a text: as it is, another wording, not taken, not in the file. */
export type TextVerdict = 'same' | 'change' | 'refused' | 'absent';

export type TextReport = {
  name: string;
  verdict: TextVerdict;
  /** The text now and as the file has it, as they are written in the editor; '' where there is none. */
  before: string;
  after: string;
  /** The least of its segments. */
  state: SegmentState;
  findings: TranslationFinding[];
};

export type TranslationReport = {
  language: string;
  /** The file was made from the texts as they are. */
  current: boolean;
  /** The version of the notice it was made from; undefined when the file does not say. */
  noticeId?: number;
  texts: TextReport[];
  /** Names in the file that are no text of this notice: the first fifty, and how many there are. */
  unknown: string[];
  unknownCount: number;
  /** Another language the words are plainly in; '' when they fit. */
  looksLike: string;
};

const UNKNOWN_SHOWN = 50;

/**
 * Checks a file against a notice.
 * @param file as xliff-read.ts read it
 * @param known.noticeIds the versions of this action's notice
 * @returns a Refusal `xliff.language` {found, expected}, `xliff.source-language` {found, expected}, `xliff.no-target`,
 * `xliff.other-notice`, `xliff.nothing-known` when not one text of the file is of this notice
 */
export function reportTranslation(...input: ReportInput): TranslationReport | Refusal {
  const steps = reportInSteps(...input);
  for (;;) {
    const { value, done } = steps.next();
    if (done) return value;
  }
}

type ReportInput = [
  file: XliffFile,
  document: NoticeDocument,
  facts: NoticeFacts,
  language: string,
  known: { noticeIds: readonly number[] },
];

/** {@link reportTranslation}, one text a step: whoever serves others as well lets them go between two. */
export function* reportInSteps(
  ...[file, document, facts, language, known]: ReportInput
): Generator<undefined, TranslationReport | Refusal> {
  const { head } = file;
  if (!head.targetLanguage) return refuse('xliff.no-target');
  if (!meets(head.targetLanguage, language))
    return refuse('xliff.language', { found: head.targetLanguage, expected: language });
  if (!meets(head.sourceLanguage, document.sourceLanguage))
    return refuse('xliff.source-language', { found: head.sourceLanguage, expected: document.sourceLanguage });
  if (head.noticeId !== undefined && !known.noticeIds.includes(head.noticeId)) return refuse('xliff.other-notice');
  const names = translatableNames(document);
  if (!names.some((name) => file.units.has(name))) return refuse('xliff.nothing-known');
  const texts: TextReport[] = [];
  for (const name of names) {
    texts.push(reportText(name, file.units.get(name), document, facts, language));
    yield;
  }
  const unknown = [...file.units.keys()].filter((name) => !names.includes(name));
  const words = [...file.units.values()].flatMap((unit) => unit.map((one) => wordsOf(one.target ?? [])));
  return {
    language,
    current: head.sourceHash === sourceHash(document),
    ...(head.noticeId === undefined ? {} : { noticeId: head.noticeId }),
    texts,
    unknown: unknown.slice(0, UNKNOWN_SHOWN).map((name) => name.slice(0, 60)),
    unknownCount: unknown.length,
    looksLike: otherLanguage(words.join(' ').slice(0, 200_000), language) ?? '',
  };
}

/** `de-DE` in a file is `de` here; `pt-PT` is not `pt-BR`. */
function meets(found: string, expected: string): boolean {
  return found === expected || found.split('-')[0] === expected || expected.split('-')[0] === found;
}

function reportText(
  name: string,
  unit: readonly XliffSegment[] | undefined,
  document: NoticeDocument,
  facts: NoticeFacts,
  language: string,
): TextReport {
  const before = document.texts[language]?.[name] ?? '';
  const parsed = parseText(document.texts[document.sourceLanguage]?.[name] ?? '');
  const base = { name, before, after: before, state: 'initial' as SegmentState, findings: [] as TranslationFinding[] };
  if (!unit || !parsed.ok) return { ...base, verdict: 'absent' };
  // Before anything is compared: what is too long is not worth the time.
  if (unit.reduce((sum, one) => sum + wordsOf(one.target ?? []).length, 0) > MOST_TEXT)
    return { ...base, after: '', findings: [makeFinding('text-long', { limit: MOST_TEXT })], verdict: 'refused' };
  const numbering: Numbering = { next: 1 };
  const source = segmentsOf(parsed.blocks).map(({ inlines }) => codeSource(inlines, numbering));
  const present = presentSegments(before, parsed.blocks);
  const matched = matchSegments(source, unit);
  const findings: TranslationFinding[] = [];
  if (unit.length !== source.length && matched.every((one) => one !== undefined))
    findings.push(makeFinding('segments', { found: unit.length, expected: source.length }));

  const words = source.map((own, index): Inline[] => {
    const number = index + 1;
    const segment = matched[index];
    const target = segment?.target && resolveCodes(segment.target, own);
    if (!segment || !target || inlinesOf(target)?.length === 0) {
      if (!segment) findings.push(makeFinding('source-changed', {}, number));
      const kept = present?.[index];
      findings.push(makeFinding(kept ? 'kept' : 'untranslated', {}, number));
      return kept ?? [];
    }
    if (segment.state !== 'final') findings.push(makeFinding('not-final', { state: segment.state }, number));
    findings.push(...compareSegment(own, target, { source: document.sourceLanguage, target: language }, number));
    return inlinesOf(target) ?? [];
  });

  const state = leastState(matched.map((one) => one?.state ?? 'initial'));
  const written = present && isDeepStrictEqual(words, present) ? before : writeText(fillSegments(parsed.blocks, words));
  const after = (written ?? '').slice(0, MOST_TEXT + 1);
  if (written === undefined && !findings.some((one) => one.severity === 'refused'))
    findings.push(makeFinding('unwritable'));
  if (after.length > MOST_TEXT) findings.push(makeFinding('text-long', { limit: MOST_TEXT }));
  const limit = textLimit(name);
  const length = [...shownWords(words, document, facts, language)].length;
  if (limit !== undefined && length > limit) findings.push(makeFinding('too-long', { length, limit }));
  const refused = findings.some((one) => one.severity === 'refused');
  const verdict = refused ? 'refused' : after === before ? 'same' : 'change';
  return { name, before, after, state, findings: findings.slice(0, MOST_FINDINGS), verdict };
}

/** The schema of a notice takes no longer text. */
const MOST_TEXT = 60_000;
/** Past this nobody reads on: the text is plainly another. */
const MOST_FINDINGS = 100;

/** The present translation's segments, when it is built as the source is. */
function presentSegments(before: string, source: Parameters<typeof sameShape>[0]): Inline[][] | undefined {
  const parsed = before.trim() === '' ? undefined : parseText(before);
  if (!parsed?.ok || !sameShape(source, parsed.blocks)) return undefined;
  return segmentsOf(parsed.blocks).map(({ inlines }) => inlines);
}

/**
 * Finds each segment of the source in the file: under its number when the words there are the same, else wherever they are.
 * A segment whose words have changed is not found.
 */
function matchSegments(source: readonly Coded[][], unit: readonly XliffSegment[]): (XliffSegment | undefined)[] {
  const free = new Map<string, XliffSegment[]>();
  for (const segment of unit) {
    const print = fingerprint(segment.source);
    const same = free.get(print);
    if (same) same.push(segment);
    else free.set(print, [segment]);
  }
  const prints = source.map(fingerprint);
  const take = (print: string, id?: string): XliffSegment | undefined => {
    const left = free.get(print) ?? [];
    const at = id === undefined ? 0 : left.findIndex((one) => one.id === id);
    return at < 0 ? undefined : left.splice(at, 1)[0];
  };
  const atPlace = prints.map((print, index) => take(print, `s${index + 1}`));
  return atPlace.map((found, index) => found ?? take(prints[index] ?? ''));
}

/** A source's words and codes, whatever numbers its codes have and however a tool has wrapped it. */
function fingerprint(coded: readonly Coded[]): string {
  const inlines = inlinesOf(coded);
  return inlines ? JSON.stringify(inlines).toWellFormed() : '?';
}

function leastState(states: readonly SegmentState[]): SegmentState {
  return segmentStates.find((state) => states.includes(state)) ?? 'initial';
}

function shownWords(
  words: readonly Inline[][],
  document: NoticeDocument,
  facts: NoticeFacts,
  language: string,
): string {
  return words
    .map((inlines) =>
      wordsOf(codeSource(inlines, { next: 1 }), (native) => showCode(native, document, facts, language)),
    )
    .join(' ');
}

/** How many texts of a report come to what. */
export function countVerdicts(report: TranslationReport): Record<TextVerdict | 'look', number> {
  const counts = { same: 0, change: 0, refused: 0, absent: 0, look: 0 };
  for (const text of report.texts) {
    counts[text.verdict] += 1;
    if (text.verdict === 'change' && text.findings.some((one) => one.severity === 'look')) counts.look += 1;
  }
  return counts;
}
