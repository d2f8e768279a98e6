/** Reminding the parties behind rows of the follow-up, many at once: who gets the letter, who does not, and why. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Stage } from '../domain/action.ts';
import { followUpQueues } from '../domain/follow-up.ts';
import { findHindrance, type ReminderAsked, type ReminderHindrance } from '../domain/follow-up-reminder.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Reader, type Tx, transact } from './context.ts';
import { addressOf, loadRecipients, type Recipient } from './deliveries.ts';
import { recordEvent } from './event.ts';
import { followUpList } from './queries/follow-ups.ts';
import { writeReminderLetters } from './reminders.ts';

/** Rows that can be chosen one by one: more than a page of the list holds. */
export const MOST_ROWS_CHOSEN = 500;
/** Parties reminded at once. Whoever has more makes the filter narrower. */
export const MOST_REMINDED_AT_ONCE = 5_000;

const filterText = z.string().trim().max(200).optional();

export const chooseRemindersInput = z.object({
  queue: z.enum(followUpQueues, 'Choose the queue.').describe('Where they wait.'),
  correctionIds: z
    .array(z.int().positive())
    .min(1, 'Choose at least one row.')
    .max(MOST_ROWS_CHOSEN)
    .nullable()
    .default(null)
    .describe('Rows of the queue. Left out: every row that the filters find.'),
  filters: z
    .object({
      days: filterText.describe('Of the queue `downloaded`: days the file has been there.'),
      answered: z.enum(['yes', 'all']).optional(),
      outcome: filterText,
      country: filterText,
      environment: filterText.describe('Number of an environment.'),
      party: filterText.describe('Number of a party.'),
      q: filterText.describe('Serial number or party.'),
    })
    .default({})
    .describe('As in the list; without `correctionIds` they say whose parties are reminded.'),
});
export type ChooseReminders = z.infer<typeof chooseRemindersInput>;

export const remindFollowUpInput = chooseRemindersInput.extend({
  seen: z
    .string()
    .max(100)
    .optional()
    .describe('`seen` of the preview: refused if it would go to others by now. Left out: whoever it is.'),
});
export type RemindFollowUp = z.infer<typeof remindFollowUpInput>;

/** A party that gets no reminder, and why. */
export interface LeftOut {
  party_id: number;
  party: string;
  country: string;
  why: ReminderHindrance;
}

/** What a reminder of these rows would be. */
export interface ReminderPreview {
  /** Rows that were chosen and still stand in the queue. */
  rows: number;
  /** Parties that get it, and their contacts by the way it takes. */
  parties: number;
  contacts: { email: number; post: number; phone: number };
  /** Contacts of these parties that cannot be reached by their channel. */
  contactsWithoutAddress: number;
  leftOut: LeftOut[];
  /** Stands for whom it goes to: handed back when it is sent, so that nobody sends something else than they saw. */
  seen: string;
}

interface AskedParty extends Omit<ReminderAsked, 'contacts'> {
  party_id: number;
  party: string;
  country: string;
}

interface Plan {
  rows: number;
  parties: AskedParty[];
  recipients: Recipient[];
  contactsWithoutAddress: number;
  leftOut: LeftOut[];
  newest: number | null;
}

/** The chosen rows that stand in the queue at this moment, as a select of corrections with their parties. */
function chosenRows(ctx: Context, actionId: number, choice: ChooseReminders) {
  const { q = '', ...asked } = choice.filters;
  const scope = { actionId, now: ctx.now(), queue: choice.queue };
  if (choice.correctionIds === null) {
    const filters = Object.fromEntries(Object.entries(asked).filter((one): one is [string, string] => Boolean(one[1])));
    return followUpList.rows({ filters, q }, scope);
  }
  // A row that was chosen counts in whatever filter it was seen.
  const all = followUpList.rows({ filters: { answered: 'all', days: '0' }, q: '' }, scope);
  return sql`select * from (${all}) chosen where id = any(${choice.correctionIds}::bigint[])`;
}

/** @param lock takes the parties for the transaction that writes to them: two people at once remind each only once */
async function planReminders(
  reader: Reader,
  ctx: Context,
  actionId: number,
  choice: ChooseReminders,
  lock = false,
): Promise<Plan | Refusal> {
  const found = await sql<{ party_id: number; n: number }>`
    select party_id, count(*)::int as n from (${chosenRows(ctx, actionId, choice)}) x
     group by party_id order by party_id limit ${MOST_REMINDED_AT_ONCE + 1}`.execute(reader);
  if (found.rows.length > MOST_REMINDED_AT_ONCE)
    return refuse('follow-up.too-many-parties', { most: MOST_REMINDED_AT_ONCE });
  const ids = found.rows.map((row) => row.party_id);
  if (lock)
    await sql`select 1 from obligation where action_id = ${actionId} and party_id = any(${ids}::bigint[])
               order by id for update`.execute(reader);
  const { rows: asked } = await sql<AskedParty & { stage: Stage; newest: number | null }>`
    select p.id as party_id, p.name as party, p.country, a.stage, a.delivery_state as "deliveryState",
           coalesce(o.state <> 'done' and o.audience <> 'authority', false) as owes, o.notified_at as "notifiedAt",
           (select max(d.created_at) from delivery d where d.action_id = a.id and d.party_id = p.id
               and d.kind = 'reminder' and d.state not in ('failed', 'stopped')) as "lastReminderAt",
           (select n.id from notice n where n.action_id = a.id and n.state = 'released' order by n.version desc limit 1) as newest
      from party p join action a on a.id = ${actionId}
      left join obligation o on o.action_id = a.id and o.party_id = p.id
     where p.id = any(${ids}::bigint[]) order by p.name, p.id`.execute(reader);
  const reachable = new Map<number, Recipient[]>();
  const unreachable = new Map<number, number>();
  for (const to of await loadRecipients(reader, actionId, sql`o.party_id = any(${ids}::bigint[])`)) {
    if (to.contact_id === null) continue;
    if (addressOf(to).trouble === undefined) reachable.set(to.party_id, [...(reachable.get(to.party_id) ?? []), to]);
    else unreachable.set(to.party_id, (unreachable.get(to.party_id) ?? 0) + 1);
  }
  const plan: Plan = {
    rows: found.rows.reduce((sum, row) => sum + row.n, 0),
    parties: [],
    recipients: [],
    contactsWithoutAddress: 0,
    leftOut: [],
    newest: asked[0]?.newest ?? null,
  };
  for (const party of asked) {
    const contacts = reachable.get(party.party_id) ?? [];
    // Without a released notice there is nothing to remind of.
    const why =
      plan.newest === null ? 'not-running' : findHindrance({ ...party, contacts: contacts.length }, ctx.now());
    if (why) plan.leftOut.push({ party_id: party.party_id, party: party.party, country: party.country, why });
    else {
      plan.parties.push(party);
      plan.recipients.push(...contacts);
      plan.contactsWithoutAddress += unreachable.get(party.party_id) ?? 0;
    }
  }
  return plan;
}

function countByChannel(rows: readonly { channel: Recipient['channel'] }[]): ReminderPreview['contacts'] {
  const counts = { email: 0, post: 0, phone: 0 };
  for (const row of rows) counts[row.channel]++;
  return counts;
}

const seenOf = ({ recipients }: Plan): string =>
  createHash('sha256')
    .update(recipients.map((to) => `${to.contact_id} ${to.channel}`).join())
    .digest('base64url')
    .slice(0, 22);

/** Says to whom a reminder of these rows would go, and who would be left out and why. Changes nothing. */
export async function previewReminders(
  ctx: Context,
  actionId: number,
  choice: ChooseReminders,
): Promise<ReminderPreview | Refusal> {
  const no = forbid(ctx.actor, 'delivery.control');
  if (no) return no;
  const plan = await planReminders(ctx.db, ctx, actionId, choice);
  if (isRefusal(plan)) return plan;
  return {
    rows: plan.rows,
    parties: plan.parties.length,
    contacts: countByChannel(plan.recipients),
    contactsWithoutAddress: plan.contactsWithoutAddress,
    leftOut: plan.leftOut,
    seen: seenOf(plan),
  };
}

/**
 * Sends the reminder letter to the parties behind rows of a queue, to each of their contacts once, in its languages and
 * by its channel. Who was reminded within a day, owes nothing or cannot be reached is left out. It stands in for the next
 * reminder of the plan, so that nobody gets both. One event with the counts.
 */
export async function remindFollowUp(
  ctx: Context,
  actionId: number,
  input: RemindFollowUp,
): Promise<{ parties: number; letters: number; leftOut: number } | Refusal> {
  const no = forbid(ctx.actor, 'delivery.control');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const plan = await planReminders(tx, ctx, actionId, input, true);
    if (isRefusal(plan)) return plan;
    if (plan.parties.length === 0 || plan.newest === null) return refuse('follow-up.nobody-to-remind');
    if (input.seen !== undefined && input.seen !== seenOf(plan)) return refuse('follow-up.reminder-changed');
    const at = ctx.now().toISOString();
    const about = { actionId, newest: plan.newest };
    const written = await writeReminderLetters(tx, ctx, about, plan.recipients, () => `asked:${at}`);
    await countReminders(tx, actionId, plan.parties);
    await recordEvent(tx, ctx, {
      action: 'reminder.ask',
      subject: 'action',
      subjectId: actionId,
      actionId,
      after: {
        queue: input.queue,
        rows: plan.rows,
        parties: plan.parties.length,
        letters: written.length,
        ...countByChannel(written),
        leftOut: countHindrances(plan.leftOut),
      },
    });
    return { parties: plan.parties.length, letters: written.length, leftOut: plan.leftOut.length };
  });
}

/** It counts as one of the reminders of the plan: the next sweep reckons from it. */
async function countReminders(tx: Tx, actionId: number, parties: readonly AskedParty[]): Promise<void> {
  await sql`update obligation set reminders_sent = reminders_sent + 1
             where action_id = ${actionId} and party_id = any(${parties.map((one) => one.party_id)}::bigint[])`.execute(
    tx,
  );
}

/** How many are left out for each reason. */
export function countHindrances(leftOut: readonly LeftOut[]): Partial<Record<ReminderHindrance, number>> {
  const counts: Partial<Record<ReminderHindrance, number>> = {};
  for (const { why } of leftOut) counts[why] = (counts[why] ?? 0) + 1;
  return counts;
}
