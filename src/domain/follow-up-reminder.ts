/** A reminder that support sends from the follow-up: to whom it goes, and who is left out and why. */
import type { Stage } from './action.ts';

/** Why a party gets no reminder now, in the order in which it is asked. */
export const reminderHindrances = ['not-running', 'paused', 'done', 'not-told', 'just-reminded', 'no-address'] as const;
export type ReminderHindrance = (typeof reminderHindrances)[number];

/** Hours within which nobody is reminded twice, whoever asks for it: two letters on one day read as a mistake. */
export const REMINDER_REST_HOURS = 24;

/** What is known of a party that somebody wants to remind. */
export interface ReminderAsked {
  readonly stage: Stage;
  /** Sending of the action's letters. */
  readonly deliveryState: 'idle' | 'running' | 'paused' | 'stopped';
  /** Whether it is asked for anything: not one that only reads along, and not one that owes nothing any more. */
  readonly owes: boolean;
  /** When its notice left; null while it has not. */
  readonly notifiedAt: Date | null;
  readonly lastReminderAt: Date | null;
  /** Contacts that a letter, or a call, can reach. */
  readonly contacts: number;
}

/** Why a party gets no reminder at this moment; undefined when it gets one. */
export function findHindrance(party: ReminderAsked, now: Date): ReminderHindrance | undefined {
  if (party.stage !== 'released' && party.stage !== 'monitoring') return 'not-running';
  if (party.deliveryState !== 'running') return 'paused';
  if (!party.owes) return 'done';
  if (party.notifiedAt === null) return 'not-told';
  const rest = now.getTime() - REMINDER_REST_HOURS * 3_600_000;
  if (party.lastReminderAt !== null && party.lastReminderAt.getTime() > rest) return 'just-reminded';
  return party.contacts === 0 ? 'no-address' : undefined;
}
