/** Telephone calls: what can come of one, and what follows from it. Pure. */

export const callOutcomes = [
  'answered',
  'reached',
  'call-back',
  'no-answer',
  'wrong-number',
  'out-of-service',
  'refused',
  'language',
  'letter-wanted',
] as const;
export type CallOutcome = (typeof callOutcomes)[number];

/** What follows from one outcome. */
export interface OutcomeRule {
  /** As the desk says it. */
  word: string;
  hint: string;
  /** Somebody of the party heard what it is about: a contact who is told by telephone counts as told. */
  told: boolean;
  /** Hours until the party is offered for another call; null: not by itself, something else has to happen first. */
  againAfter: number | null;
  /** The number is not dialled any more. */
  badNumber: boolean;
  /** What has to be written down for it. */
  needs?: 'answers' | 'time' | 'note';
  /** A person has to do something: the kind of the task. */
  task?: 'call-number' | 'call-help';
}

/** Every outcome with what follows. The list of calls, the form and the record all read this table. */
export const outcomeRules: Readonly<Record<CallOutcome, OutcomeRule>> = {
  answered: {
    word: 'Reached and answered',
    hint: 'The answers are recorded as a reply by telephone.',
    told: true,
    againAfter: null,
    badNumber: false,
    needs: 'answers',
  },
  reached: {
    word: 'Reached, no answers yet',
    hint: 'They know of it now. Offered again after two days.',
    told: true,
    againAfter: 48,
    badNumber: false,
  },
  'call-back': {
    word: 'Another call is agreed',
    hint: 'Offered again at the time you write down.',
    told: false,
    againAfter: null,
    badNumber: false,
    needs: 'time',
  },
  'no-answer': {
    word: 'Not reached',
    hint: 'Nobody answered, or a machine did. Offered again after four hours.',
    told: false,
    againAfter: 4,
    badNumber: false,
  },
  'wrong-number': {
    word: 'Wrong number',
    hint: 'Somebody else answered. The number is not dialled any more.',
    told: false,
    againAfter: 0,
    badNumber: true,
    task: 'call-number',
  },
  'out-of-service': {
    word: 'Number not in service',
    hint: 'The number is not dialled any more.',
    told: false,
    againAfter: 0,
    badNumber: true,
    task: 'call-number',
  },
  refused: {
    word: 'Refuses to speak about it',
    hint: 'Becomes a task: somebody decides what is done.',
    told: false,
    againAfter: null,
    badNumber: false,
    needs: 'note',
    task: 'call-help',
  },
  language: {
    word: 'No common language',
    hint: 'Becomes a task: somebody who speaks it calls.',
    told: false,
    againAfter: 24,
    badNumber: false,
    task: 'call-help',
  },
  'letter-wanted': {
    word: 'Asked for the letter again',
    hint: 'It is sent once more. Offered again after a week.',
    told: false,
    againAfter: 168,
    badNumber: false,
  },
};

/** When a party may be called again after a call; undefined: at any time, null: not by itself. */
export function nextCallAt(outcome: string, at: Date, callBackAt: Date | null): Date | null | undefined {
  if (outcome === 'call-back') return callBackAt ?? undefined;
  const rule = Object.hasOwn(outcomeRules, outcome) ? outcomeRules[outcome as CallOutcome] : undefined;
  if (!rule) return undefined;
  return rule.againAfter === null ? null : new Date(at.getTime() + rule.againAfter * 3_600_000);
}

/** Why a party is on the list of calls, most urgent first. */
export const callReasons = ['urgent', 'call-back', 'by-telephone', 'no-address', 'asked', 'silent', 'later'] as const;
export type CallReason = (typeof callReasons)[number];

export const callReasonWords: Readonly<Record<CallReason, string>> = {
  urgent: 'Suspected break-in',
  'call-back': 'Call was promised',
  'by-telephone': 'Is told by telephone',
  'no-address': 'No letter reached them',
  asked: 'A task asks for a call',
  silent: 'Silent',
  later: 'Agreed for later',
};

/** A telephone number as numbers are compared: its digits, with 00 before them read as +. */
export function phoneDigits(number: string): string {
  const digits = number.replace(/\(0\)/g, '').replace(/[^+\d]/g, '');
  return digits.startsWith('00') ? `+${digits.slice(2)}` : digits;
}
