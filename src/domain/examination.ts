/** The guided examination of a suspected break-in: what is asked, in whose words, and what may be answered. */
import { z } from 'zod';

/** Steps every networked instrument can be asked; their words are `exam.step.<key>.title` and `.text` in each language. */
export const standardSteps = ['screen', 'accounts', 'programs', 'settings', 'results', 'logs', 'network'] as const;
export type StandardStep = (typeof standardSteps)[number];

/** Steps at the end of which somebody holds a picture or a file. */
const WITH_EVIDENCE: readonly StandardStep[] = ['screen', 'logs', 'network'];

/** `not-done`: nobody looked; said all the same, so that it is known. */
export const findings = ['nothing', 'found', 'unsure', 'not-done'] as const;
export type Finding = (typeof findings)[number];

export const entryKinds = ['note', 'call', 'answer', 'evidence'] as const;
export type EntryKind = (typeof entryKinds)[number];

export const incidentStates = ['open', 'examining', 'cleared', 'confirmed', 'closed'] as const;
export type IncidentState = (typeof incidentStates)[number];

/** From where an incident may go where. What is settled can be examined again; only what is cleared can be closed. */
export const incidentMoves: Readonly<Record<IncidentState, readonly IncidentState[]>> = {
  open: ['examining', 'cleared', 'confirmed'],
  examining: ['examining', 'cleared', 'confirmed'],
  cleared: ['examining', 'closed'],
  confirmed: ['examining', 'cleared'],
  closed: ['examining'],
};

const MOST_OWN_STEPS = 20;

export const ownStepSchema = z.object({
  key: z.string().regex(/^x-\d{1,3}$/),
  /** Asks for a picture or a file. */
  evidence: z.boolean(),
  /** Language → words. */
  texts: z.record(
    z.string(),
    z.object({ title: z.string().trim().min(1).max(200), text: z.string().trim().max(2_000) }),
  ),
});
/** A step that an action asks besides the standard ones. */
export type OwnStep = z.infer<typeof ownStepSchema>;
export const ownStepsSchema = z.array(ownStepSchema).max(MOST_OWN_STEPS);

export interface Guide {
  leftOut: readonly string[];
  steps: readonly OwnStep[];
}
export const standardGuide: Guide = { leftOut: [], steps: [] };

/** A step as it is put to a reader. */
export interface AskedStep {
  key: string;
  title: string;
  text: string;
  /** The language its words are in: not always the reader's. */
  language: string;
  evidence: boolean;
}

/**
 * The steps of an action in a reader's language. A step of the action's own that nobody wrote in it comes in the first of
 * the languages it has, English before others.
 * @param say words of locales/
 */
export function askSteps(guide: Guide, language: string, say: (key: string) => string): AskedStep[] {
  const standard = standardSteps
    .filter((key) => !guide.leftOut.includes(key))
    .map((key) => ({
      key,
      title: say(`exam.step.${key}.title`),
      text: say(`exam.step.${key}.text`),
      language,
      evidence: WITH_EVIDENCE.includes(key),
    }));
  const own = guide.steps.flatMap((step) => {
    const spoken = [language, language.split('-')[0] ?? '', 'en', ...Object.keys(step.texts)].find(
      (one) => step.texts[one],
    );
    const words = spoken === undefined ? undefined : step.texts[spoken];
    return spoken && words ? [{ key: step.key, ...words, language: spoken, evidence: step.evidence }] : [];
  });
  return [...standard, ...own];
}

/** The key the next step of an action's own gets: never one that was asked before under other words. */
export function nextStepKey(steps: readonly OwnStep[], used: readonly string[]): string {
  const numbers = [...steps.map((step) => step.key), ...used].map((key) => Number(/^x-(\d+)$/.exec(key)?.[1] ?? 0));
  return `x-${Math.max(0, ...numbers) + 1}`;
}
