/** A translator's file against the notice as it stands: what each text would become, and what speaks against it. */
import { isDeepStrictEqual } from 'node:util';
import { otherLanguage } from './language-guess.ts';
import { type NoticeDocument, parseText } from './notice.ts';
import type { NoticeFacts } from './notice-facts.ts';
import { type Refusal, refuse } from './refusal.ts';
import type { Inline } from './rich-text.ts';
import { makeFinding, type TranslationFinding } from './translation-findings.ts';
import { compareSegment, movedCodes, resolveCodes } from './translation-segment.ts';
import {
  codeSource,
  codesOf,
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
import { isPartOf, matchSegments } from './xliff-pieces.ts';
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
/** Texts under other names that are looked through for parts of ours. */
const STRANGERS_READ = 500;
/** What a file has that may be of one text. */
type Came = {
  unit: readonly XliffSegment[];
  notes: readonly string[];
  strangers: readonly { name: string; unit: readonly XliffSegment[] }[];
};

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
  const unknown = [...file.units.keys()].filter((name) => !names.includes(name));
  const strangers = unknown.slice(0, STRANGERS_READ).map((name) => ({ name, unit: file.units.get(name) ?? [] }));
  const texts: TextReport[] = [];
  for (const name of names) {
    const came = { unit: file.units.get(name) ?? [], notes: file.notes.get(name) ?? [], strangers };
    texts.push(reportText(name, came, document, facts, language));
    yield;
  }
  if (texts.every((text) => text.verdict === 'absent')) return refuse('xliff.nothing-known');
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
  { unit, notes, strangers }: Came,
  document: NoticeDocument,
  facts: NoticeFacts,
  language: string,
): TextReport {
  const before = document.texts[language]?.[name] ?? '';
  const parsed = parseText(document.texts[document.sourceLanguage]?.[name] ?? '');
  const base = { name, before, after: before, state: 'initial' as SegmentState, findings: [] as TranslationFinding[] };
  if (!parsed.ok) return { ...base, verdict: 'absent' };
  // Before anything is compared: what is too long is not worth the time.
  if (unit.reduce((sum, one) => sum + wordsOf(one.target ?? []).length, 0) > MOST_TEXT)
    return { ...base, after: '', findings: [makeFinding('text-long', { limit: MOST_TEXT })], verdict: 'refused' };
  const numbering: Numbering = { next: 1 };
  const segments = segmentsOf(parsed.blocks);
  const source = segments.map(({ inlines }) => codeSource(inlines, numbering));
  const present = presentSegments(before, parsed.blocks);
  const languages = { source: document.sourceLanguage, target: language };
  const { found, spare, unclear } = matchSegments(source, unit, languages);
  const findings: TranslationFinding[] = notes.map((note) => makeFinding('noted', { note }));
  if (unclear) findings.push(makeFinding('order-unclear'));
  const isWhole = found.every((one) => one !== undefined);
  const elsewhere = isWhole ? [] : strangers.filter((one) => isPartOf(one.unit, source));
  if (elsewhere.length > 0) findings.push(makeFinding('unit-split', { names: namesOf(elsewhere) }));
  else if (unit.length === 0) return { ...base, verdict: 'absent' };
  if (isWhole && spare > 0) findings.push(makeFinding('segments', { count: spare }));

  const natives = new Map(codesOf(source.flat()).map(({ id, native }) => [id, native]));
  const targets = found.map((match) => {
    const target = match?.target && match.parts.open === 0 ? resolveCodes(match.target, natives) : undefined;
    return target && inlinesOf(target)?.length !== 0 ? target : undefined;
  });
  const moved = movedCodes(
    source.map((own, index) => ({ own, target: targets[index], kind: segments[index]?.kind ?? 'paragraph' })),
  );
  const words = source.map((own, index): Inline[] => {
    const number = index + 1;
    const [match, target] = [found[index], targets[index]];
    if (match?.joined) findings.push(makeFinding(match.joined === 'divided' ? 'joined' : 'joined-unclear', {}, number));
    if (!match || !target) {
      if (!match) findings.push(makeFinding('source-changed', {}, number));
      else if (match.parts.open > 0 && match.parts.open < match.parts.all)
        findings.push(makeFinding('part-untranslated', { open: match.parts.open, all: match.parts.all }, number));
      const kept = present?.[index];
      findings.push(makeFinding(kept ? 'kept' : 'untranslated', {}, number));
      return kept ?? [];
    }
    if (match.state !== 'final') findings.push(makeFinding('not-final', { state: match.state }, number));
    findings.push(...compareSegment(own, target, languages, number, moved));
    return inlinesOf(target) ?? [];
  });

  const state = leastState(found.map((one) => one?.state ?? 'initial'));
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

/** Names for a sentence: the first few. */
function namesOf(list: readonly { name: string }[]): string {
  const shown = list.slice(0, 5).map(({ name }) => name.slice(0, 60));
  return [...shown, ...(list.length > shown.length ? ['…'] : [])].join(', ');
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
