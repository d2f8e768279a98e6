/**
 * A round through the laboratory with a scanner: which labels were read, and what each of them wrote into the form that is
 * being filled in. It is part of the draft and goes with it.
 */
import { z } from 'zod';
import { type AnswerSet, type Answers, answerSetSchema, type FormUnit } from './form.ts';
import { putAnswers } from './form-asked.ts';

export const labelOutcomes = ['listed', 'not-affected', 'unknown', 'unreadable'] as const;

const scannedLabelSchema = z.object({
  /** Counts up within a round; a row is taken back by it. */
  number: z.number().int().positive(),
  /** As it was scanned or typed. */
  text: z.string().max(300),
  outcome: z.enum(labelOutcomes),
  unitId: z.number().int().positive().nullable(),
  /** Serial number or product, for the list of the round. */
  name: z.string().max(300),
  /** What the form said about its corrections before, by their ids; null when nothing was written. */
  before: z.record(z.string(), answerSetSchema).nullable(),
});
export type ScannedLabel = z.infer<typeof scannedLabelSchema>;

/** The answer a scan writes about each correction of the unit in these environments; empty: look up and write nothing. */
const labelWishSchema = z.object({
  answer: answerSetSchema.default({}),
  environments: z.array(z.string().max(60)).max(50).default([]),
});
export type LabelWish = z.infer<typeof labelWishSchema>;

/** What a draft keeps of a round. Newest label first. */
export const labelRoundSchema = z.object({
  wish: labelWishSchema.default({ answer: {}, environments: [] }),
  scanned: z.array(scannedLabelSchema).default([]),
});
export type LabelRound = z.infer<typeof labelRoundSchema>;

/** More than anybody scans in one go; the oldest rows go first. */
const LONGEST = 2_000;

/** The round of a draft; an empty one where none was begun. */
export function readRound(stored: unknown): LabelRound {
  const round = labelRoundSchema.safeParse(stored ?? {});
  return round.success ? round.data : labelRoundSchema.parse({});
}

/** What the form says about the corrections of a unit. */
function answersAbout(answers: Answers, unit: FormUnit): Record<string, AnswerSet> {
  return Object.fromEntries(unit.corrections.map((one) => [String(one.id), answers.corrections[one.id] ?? {}]));
}

/**
 * Puts a label on top of the round and writes the wished answer about its unit. A label that was read before moves up and
 * keeps what the form said before its first scan, so that taking it back leads there.
 * @param unit of the reader's own list; undefined for a label that is not on it
 */
export function addLabel(
  answers: Answers,
  round: LabelRound,
  label: Pick<ScannedLabel, 'text' | 'outcome' | 'name'>,
  unit: FormUnit | undefined,
): { answers: Answers; round: LabelRound; added: ScannedLabel } {
  const { wish } = round;
  const earlier = round.scanned.find((one) => (unit ? one.unitId === unit.id : one.text === label.text));
  const writes = unit !== undefined && Object.keys(wish.answer).length > 0;
  const changed = structuredClone(answers);
  if (writes) {
    for (const one of unit.corrections)
      if (wish.environments.includes(one.environment))
        putAnswers(changed, { scope: 'correction', id: one.id, unitId: unit.id }, { ...wish.answer });
  }
  const added: ScannedLabel = {
    ...label,
    number: 1 + Math.max(0, ...round.scanned.map((one) => one.number)),
    unitId: unit?.id ?? null,
    before: earlier?.before ?? (writes ? answersAbout(answers, unit) : null),
  };
  const rest = round.scanned.filter((one) => one !== earlier);
  return { answers: changed, round: { wish, scanned: [added, ...rest].slice(0, LONGEST) }, added };
}

/** Takes a label out of the round; the form says about its unit what it said before. */
export function takeLabelBack(
  answers: Answers,
  round: LabelRound,
  number: number,
): { answers: Answers; round: LabelRound; taken: ScannedLabel } | undefined {
  const taken = round.scanned.find((one) => one.number === number);
  if (!taken) return undefined;
  const changed = structuredClone(answers);
  for (const [id, set] of Object.entries(taken.before ?? {}))
    putAnswers(changed, { scope: 'correction', id: Number(id), unitId: taken.unitId ?? 0 }, set);
  return { answers: changed, round: { ...round, scanned: round.scanned.filter((one) => one !== taken) }, taken };
}
