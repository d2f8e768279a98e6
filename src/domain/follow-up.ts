/** Following up: corrections that stand still on the ladder of evidence, the queues they wait in, and what can come of asking. */
import { type Refusal, refuse } from './refusal.ts';

/**
 * Where a correction can wait for support. `downloaded`: its party has had the file for days and says nothing ·
 * `stated-without-file`: said to be done, but nobody here gave them the file · `one-environment`: done in one mode of the
 * unit, owed in the other · `remote-interface`: not done, because they need the remote interface that the remedy closes.
 */
export const followUpQueues = ['downloaded', 'stated-without-file', 'one-environment', 'remote-interface'] as const;
export type FollowUpQueue = (typeof followUpQueues)[number];

export const followUpOutcomes = [
  'waiting',
  'kit-from-colleague',
  'distributor-installed',
  'field-engineer',
  'mistaken',
  'way-found',
  'permanent-fix',
  'back',
] as const;
export type FollowUpOutcome = (typeof followUpOutcomes)[number];

export interface OutcomeRule {
  /** On the button and in lists. */
  readonly word: string;
  /** What happens then. */
  readonly hint: string;
  readonly note: 'needed' | 'optional';
  /** A day on which it comes back is asked for. */
  readonly until: boolean;
  /** Makes the correction open again: staff say that the fix is not in place. */
  readonly reopens: boolean;
  /** What becomes of an open task of help for the correction. */
  readonly task: 'ends' | 'waits' | 'stays';
}

/** Each outcome and what it does. */
export const outcomeRules: Readonly<Record<FollowUpOutcome, OutcomeRule>> = {
  waiting: {
    word: 'Will be done later',
    hint: 'It comes back on the day you give.',
    note: 'optional',
    until: true,
    reopens: false,
    task: 'waits',
  },
  'kit-from-colleague': {
    word: 'Had the file or kit from a colleague',
    hint: 'Kept with the correction, which stays stated.',
    note: 'optional',
    until: false,
    reopens: false,
    task: 'stays',
  },
  'distributor-installed': {
    word: 'The distributor installed it',
    hint: 'Kept with the correction, which stays stated.',
    note: 'optional',
    until: false,
    reopens: false,
    task: 'stays',
  },
  'field-engineer': {
    word: 'A field engineer installed it',
    hint: 'Kept with the correction. With the service report in hand, verify it on its own page.',
    note: 'optional',
    until: false,
    reopens: false,
    task: 'stays',
  },
  mistaken: {
    word: 'They were mistaken: it is not installed',
    hint: 'Makes the correction open again, with what you write as the reason.',
    note: 'needed',
    until: false,
    reopens: true,
    task: 'stays',
  },
  'way-found': {
    word: 'A way was found: they can install it',
    hint: 'Write which. Makes the correction open again and ends the task.',
    note: 'needed',
    until: false,
    reopens: true,
    task: 'ends',
  },
  'permanent-fix': {
    word: 'Only the permanent fix will do',
    hint: 'It stays owed and is listed under this answer until the permanent fix is there. Ends the task.',
    note: 'optional',
    until: false,
    reopens: false,
    task: 'ends',
  },
  back: {
    word: 'Put back in the queue',
    hint: 'What was answered before does not hold any more.',
    note: 'optional',
    until: false,
    reopens: false,
    task: 'stays',
  },
};

export interface QueueRule {
  /** On its tab. */
  readonly word: string;
  /** What stands in it, and what to find out. */
  readonly hint: string;
  readonly outcomes: readonly FollowUpOutcome[];
}

/** Each queue with what can come of asking. */
export const queueRules: Readonly<Record<FollowUpQueue, QueueRule>> = {
  downloaded: {
    word: 'Has the file, says nothing',
    hint: 'Their party has had the file for days, and nobody has said that it is installed. Ask what keeps them.',
    outcomes: ['waiting', 'back'],
  },
  'stated-without-file': {
    word: 'Stated without the file',
    hint: 'Said to be done, but nobody of the party downloaded the file or received a kit. Ask how they did it.',
    outcomes: ['kit-from-colleague', 'distributor-installed', 'field-engineer', 'mistaken', 'back'],
  },
  'one-environment': {
    word: 'One mode done, the other not',
    hint: 'Each mode of an instrument is corrected by itself. These are done in one and still owed in another: ask whether they know.',
    outcomes: ['waiting', 'back'],
  },
  'remote-interface': {
    word: 'Needs the remote interface',
    hint: 'Not installed, because they work with the instrument from elsewhere, which the remedy ends. Find a way with them.',
    outcomes: ['way-found', 'waiting', 'permanent-fix', 'back'],
  },
};

/** Days a party may have had the file before its silence is a matter for support, unless somebody asks otherwise. */
export const SILENT_DAYS = 7;
/** As many days as can be asked for. */
export const MOST_SILENT_DAYS = 365;

/** Reads a number of days; what is none is {@link SILENT_DAYS}. */
export function readSilentDays(text: string | undefined): number {
  const days = /^\d{1,3}$/.test(text ?? '') ? Number(text) : SILENT_DAYS;
  return Math.min(days, MOST_SILENT_DAYS);
}

/**
 * Refuses an answer that its queue does not have, that lacks the words it needs, or whose day is missing or past.
 * @param today `YYYY-MM-DD`
 */
export function checkFollowUp(
  answer: { queue: FollowUpQueue; outcome: FollowUpOutcome; note: string; until: string | null },
  today: string,
): Refusal | undefined {
  const { outcomes } = queueRules[answer.queue];
  if (!outcomes.includes(answer.outcome))
    return refuse(
      'follow-up.outcome-not-here',
      { outcome: answer.outcome, queue: answer.queue, outcomes: outcomes.join(', ') },
      'outcome',
    );
  const rule = outcomeRules[answer.outcome];
  if (rule.note === 'needed' && answer.note.trim().length < 3) return refuse('follow-up.note-missing', {}, 'note');
  if (rule.until && answer.until === null) return refuse('follow-up.until-missing', {}, 'until');
  if (rule.until && answer.until !== null && answer.until <= today)
    return refuse('follow-up.until-past', { until: answer.until }, 'until');
  return undefined;
}
