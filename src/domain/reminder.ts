/** Reminders: when the next one goes to a party that has not answered, and when somebody must telephone instead. */

import type { Stage } from './action.ts';
import { addWorkingDays, atHour, type Day, dayIn, type WorkCalendar } from './calendar.ts';

export interface ReminderPlan {
  /** Working days after the due date on which a reminder goes, rising. */
  readonly afterDue: readonly number[];
  /** Working days after the due date on which a task to telephone is made. */
  readonly telephoneAfterDue: number;
  /** Stands in for the due date where there is none yet (not connected: it runs from installing): working days after
   * the notice left. Long enough for another medium to arrive by post. */
  readonly dueWithoutDate: number;
  /** Least working days between two reminders, also when a sweep comes late: nobody gets two letters in one day. */
  readonly gap: number;
  /** Hour of the party's morning at which letters leave, 0–23. */
  readonly hour: number;
}

/** Three attempts, a week apart, then the telephone. */
export const defaultReminderPlan: ReminderPlan = {
  afterDue: [1, 6, 11],
  telephoneAfterDue: 16,
  dueWithoutDate: 10,
  gap: 3,
  hour: 9,
};

/** What is known about one party in one action. */
export interface ReminderState {
  readonly stage: Stage;
  /** Sending of the action's letters. */
  readonly deliveryState: 'idle' | 'running' | 'paused' | 'stopped';
  /** When the party answered, by whatever door. */
  readonly answeredAt: Date | null;
  /** When its notice left; null while it has not. */
  readonly notifiedAt: Date | null;
  /** Its notice or last reminder came back, or there is no address: somebody has a task for it already. */
  readonly bounced: boolean;
  /** Reminders to this party were stopped by staff. */
  readonly stopped: boolean;
  readonly dueOn: Day | null;
  readonly remindersSent: number;
  readonly lastReminderAt: Date | null;
  /** A task to telephone exists, open or ended. */
  readonly telephoned: boolean;
  readonly calendar: WorkCalendar;
  /** IANA zone of the party. */
  readonly zone: string;
}

/** Why no reminder goes. */
export type ReminderRest =
  | 'not-released'
  | 'paused'
  | 'stopped'
  | 'answered'
  | 'not-notified'
  | 'bounced'
  | 'not-yet'
  | 'telephone-task-exists';

export type NextReminder =
  /** Reminder `n` (from 1) goes now; `plannedAt` is when it was due. */
  | { readonly do: 'send'; readonly n: number; readonly plannedAt: Date }
  /** All reminders went without an answer: a task to telephone is due. */
  | { readonly do: 'telephone'; readonly plannedAt: Date }
  /** Nothing now. `until` is when to look again; null when only news can change it. */
  | { readonly do: 'nothing'; readonly why: ReminderRest; readonly until: Date | null };

const rest = (why: ReminderRest, until: Date | null = null): NextReminder => ({ do: 'nothing', why, until });

/** Decides what happens next for a party. Never reminds one that answered, bounced or was stopped (law 3). */
export function nextReminder(state: ReminderState, now: Date, plan: ReminderPlan = defaultReminderPlan): NextReminder {
  if (state.answeredAt !== null) return rest('answered');
  if (state.stage !== 'released' && state.stage !== 'monitoring') return rest('not-released');
  if (state.deliveryState === 'stopped' || state.stopped) return rest('stopped');
  if (state.deliveryState === 'paused') return rest('paused');
  if (state.notifiedAt === null) return rest('not-notified');
  if (state.bounced) return rest('bounced');
  const due = anchorOf(state, plan);
  const after = plan.afterDue[state.remindersSent];
  const telephones = after === undefined;
  if (telephones && state.telephoned) return rest('telephone-task-exists');
  const plannedAt = later(
    morning(state, due, after ?? plan.telephoneAfterDue, plan),
    state.lastReminderAt && morning(state, dayIn(state.lastReminderAt, state.zone), plan.gap, plan),
  );
  if (now < plannedAt) return rest('not-yet', plannedAt);
  return telephones ? { do: 'telephone', plannedAt } : { do: 'send', n: state.remindersSent + 1, plannedAt };
}

function anchorOf(state: Pick<ReminderState, 'dueOn' | 'notifiedAt' | 'calendar' | 'zone'>, plan: ReminderPlan): Day {
  if (state.dueOn !== null) return state.dueOn;
  const left = dayIn(state.notifiedAt as Date, state.zone);
  return addWorkingDays(left, plan.dueWithoutDate, state.calendar).due;
}

function morning(place: Pick<ReminderState, 'calendar' | 'zone'>, day: Day, after: number, plan: ReminderPlan): Date {
  return atHour(addWorkingDays(day, after, place.calendar).due, plan.hour, place.zone);
}

const later = (a: Date, b: Date | null): Date => (b !== null && b > a ? b : a);
