import { sql } from 'kysely';
import type { Stage } from '../domain/action.ts';
import { countryZone } from '../domain/country.ts';
import { nextReminder, type ReminderState } from '../domain/reminder.ts';
import { type Context, type Tx, transact } from './context.ts';
import { loadCalendars, type PartyInAction } from './deadlines.ts';
import {
  deliveryTasks,
  languageChooser,
  loadRecipients,
  type Recipient,
  type WrittenDelivery,
  writeLetters,
} from './deliveries.ts';
import { recordEvent } from './event.ts';
import { noticesOfContacts } from './queries/holdings.ts';
import { openTasks, type TaskInput } from './tasks.ts';

/** What the database knows of one silent party. */
interface SilentParty {
  obligation_id: number;
  action_id: number;
  party_id: number;
  party: string;
  country: string;
  stage: Stage;
  delivery_state: ReminderState['deliveryState'];
  notice_id: number | null;
  answered_at: Date | null;
  notified_at: Date | null;
  /** When an update last asked for the receipt anew: what was answered before does not count for it. */
  asked_at: Date | null;
  reminders_sent: number;
  due_on: string | null;
  last_reminder_at: Date | null;
  /** A letter is on its way or arrived: some contact was not bounced. */
  reached: boolean;
  telephoned: boolean;
}

const silentColumns = sql`
  select o.id as obligation_id, o.action_id, o.party_id, p.name as party, o.country, a.stage, a.delivery_state,
         (select n.id from notice n where n.action_id = o.action_id and n.state = 'released' order by n.version desc limit 1) as notice_id,
         coalesce(o.received_at, case when o.last_reply_at > coalesce(o.asked_at, '-infinity') then o.last_reply_at end) as answered_at,
         o.notified_at, o.asked_at, o.reminders_sent,
         (select min(d.due_on) from deadline d where d.action_id = o.action_id and d.party_id = o.party_id
             and d.state in ('running', 'missed') and (o.asked_at is null or d.due_at > o.asked_at)) as due_on,
         (select max(d.created_at) from delivery d where d.action_id = o.action_id and d.party_id = o.party_id and d.kind = 'reminder') as last_reminder_at,
         exists (select 1 from delivery d where d.action_id = o.action_id and d.party_id = o.party_id and d.kind = 'notice'
             and d.state in ('sent', 'delivered', 'opened')) as reached,
         exists (select 1 from task t where t.key = 'telephone:' || o.action_id || ':' || o.party_id) as telephoned`;

function stateOf(row: SilentParty, calendar: ReminderState['calendar']): ReminderState {
  return {
    stage: row.stage,
    deliveryState: row.delivery_state,
    answeredAt: row.answered_at,
    notifiedAt:
      row.asked_at !== null && row.notified_at !== null && row.asked_at > row.notified_at
        ? row.asked_at
        : row.notified_at,
    bounced: !row.reached,
    stopped: false,
    dueOn: row.due_on,
    remindersSent: row.reminders_sent,
    lastReminderAt: row.last_reminder_at,
    telephoned: row.telephoned,
    calendar,
    zone: countryZone(row.country),
  };
}

/**
 * Letters have left: their parties count as told from now on, unless they did before, and it is worked out when the
 * first reminder would go to each. Authorities get none: they are informed, not asked.
 */
export async function markTold(tx: Tx, ctx: Context, parties: readonly PartyInAction[]): Promise<void> {
  const { rows } = await sql<SilentParty & { audience: string; state: string; next_reminder_at: Date | null }>`
    ${silentColumns}, o.audience, o.state, o.next_reminder_at
    from unnest(${parties.map((party) => party.actionId)}::bigint[], ${parties.map((party) => party.partyId)}::bigint[])
         as t (action_id, party_id)
    join obligation o on o.action_id = t.action_id and o.party_id = t.party_id
    join action a on a.id = o.action_id join party p on p.id = o.party_id
   where o.notified_at is null or (o.next_reminder_at is null and o.state = 'silent' and o.audience <> 'authority')
   order by o.id`.execute(tx);
  if (rows.length === 0) return;
  const now = ctx.now();
  const calendarOf = await loadCalendars(tx, ctx);
  // Hundreds of letters leave at a time, and the parties of one country share their dates.
  const known = new Map<string, Date | null>();
  const told = rows.map((row) => {
    const notified = row.notified_at ?? now;
    if (row.audience === 'authority' || row.state !== 'silent') return { id: row.obligation_id, notified, at: null };
    if (row.next_reminder_at) return { id: row.obligation_id, notified, at: row.next_reminder_at };
    const { country, due_on, reminders_sent, reached, telephoned, last_reminder_at, answered_at, asked_at } = row;
    const key = [
      country,
      due_on,
      notified.getTime(),
      reminders_sent,
      reached,
      telephoned,
      last_reminder_at,
      answered_at,
      asked_at,
    ].join();
    let at = known.get(key);
    if (at === undefined) {
      const next = nextReminder(stateOf({ ...row, notified_at: notified }, calendarOf(country)), now);
      at = next.do === 'nothing' ? next.until : next.plannedAt;
      known.set(key, at);
    }
    return { id: row.obligation_id, notified, at };
  });
  await sql`
    update obligation o set notified_at = t.notified, next_reminder_at = t.at
      from unnest(${told.map((row) => row.id)}::bigint[], ${told.map((row) => row.notified)}::timestamptz[],
                  ${told.map((row) => row.at)}::timestamptz[]) as t (id, notified, at)
     where o.id = t.id`.execute(tx);
}

async function setNext(tx: Tx, changes: { id: number; at: Date | null; sent?: number }[]): Promise<void> {
  if (changes.length === 0) return;
  await sql`
    update obligation o set next_reminder_at = t.at, reminders_sent = coalesce(t.sent, o.reminders_sent)
      from unnest(${changes.map((c) => c.id)}::bigint[], ${changes.map((c) => c.at)}::timestamptz[],
                  ${changes.map((c) => c.sent ?? null)}::int[]) as t (id, at, sent)
     where o.id = t.id`.execute(tx);
}

const PARTIES_AT_A_TIME = 500;

export interface ReminderReport {
  reminders: number;
  calls: number;
}

/**
 * Sends reminders that are due, and turns silence after the last one into a task to telephone. What is due is derived
 * anew from the rows each time, so a sweep that came late, or twice, sends nothing twice; actions whose sending is
 * paused keep their dates.
 */
export async function sendReminders(ctx: Context): Promise<ReminderReport> {
  const report: ReminderReport = { reminders: 0, calls: 0 };
  for (;;) {
    const seen = await transact(ctx, async (tx) => {
      const { rows } = await sql<SilentParty>`${silentColumns}
        from obligation o join action a on a.id = o.action_id join party p on p.id = o.party_id
        where o.id in (select d.id from obligation d join action x on x.id = d.action_id
                        where d.next_reminder_at <= ${ctx.now()} and x.delivery_state = 'running'
                          and x.stage in ('released', 'monitoring')
                        order by d.next_reminder_at, d.id limit ${PARTIES_AT_A_TIME} for update of d skip locked)
        order by o.action_id, o.id`.execute(tx);
      const done = await remind(tx, ctx, rows);
      report.reminders += done.reminders;
      report.calls += done.calls;
      return rows.length;
    });
    if (seen < PARTIES_AT_A_TIME) return report;
  }
}

async function remind(tx: Tx, ctx: Context, rows: SilentParty[]): Promise<ReminderReport> {
  if (rows.length === 0) return { reminders: 0, calls: 0 };
  const calendarOf = await loadCalendars(tx, ctx);
  const now = ctx.now();
  const changes: { id: number; at: Date | null; sent?: number }[] = [];
  const calls: TaskInput[] = [];
  const due: (SilentParty & { n: number })[] = [];
  for (const row of rows) {
    const state = stateOf(row, calendarOf(row.country));
    const next = row.notice_id === null ? undefined : nextReminder(state, now);
    if (next?.do === 'send') {
      due.push({ ...row, n: next.n });
      const then = nextReminder({ ...state, remindersSent: next.n, lastReminderAt: now }, now);
      changes.push({ id: row.obligation_id, at: then.do === 'nothing' ? then.until : then.plannedAt, sent: next.n });
    } else if (next?.do === 'telephone') {
      calls.push(callTask(row));
      changes.push({ id: row.obligation_id, at: null });
    } else {
      changes.push({ id: row.obligation_id, at: next?.until ?? null });
    }
  }
  await setNext(tx, changes);
  await openTasks(tx, ctx, calls);
  let reminders = 0;
  for (const [actionId, parties] of Map.groupBy(due, (row) => row.action_id)) {
    reminders += await writeReminders(tx, ctx, actionId, parties);
  }
  return { reminders, calls: calls.length };
}

function callTask(row: SilentParty): TaskInput {
  return {
    kind: 'telephone',
    key: `telephone:${row.action_id}:${row.party_id}`,
    actionId: row.action_id,
    partyId: row.party_id,
    detail: { why: `no answer after ${row.reminders_sent} reminders`, party: row.party, dueOn: row.due_on },
  };
}

async function writeReminders(
  tx: Tx,
  ctx: Context,
  actionId: number,
  parties: (SilentParty & { n: number })[],
): Promise<number> {
  const newest = parties[0]?.notice_id;
  if (!newest) return 0;
  const nth = new Map(parties.map((party) => [party.party_id, party.n]));
  const recipients = await loadRecipients(
    tx,
    actionId,
    sql`o.party_id = any(${parties.map((party) => party.party_id)}::bigint[])`,
  );
  const written = await writeReminderLetters(tx, ctx, { actionId, newest }, recipients, (to) =>
    String(nth.get(to.party_id) ?? 0),
  );
  await recordEvent(tx, ctx, {
    action: 'reminder.plan',
    subject: 'action',
    subjectId: actionId,
    actionId,
    after: { parties: parties.length, letters: written.length },
  });
  return written.length;
}

/**
 * Writes a reminder to each recipient, of the version of the notice that it holds, and sees to it that they leave.
 * @param about.newest the newest released notice, for who holds none
 * @param which tells this reminder from the others to the same contact: the end of its purpose
 */
export async function writeReminderLetters(
  tx: Tx,
  ctx: Context,
  about: { actionId: number; newest: number },
  recipients: readonly Recipient[],
  which: (to: Recipient) => string,
): Promise<WrittenDelivery[]> {
  const { actionId, newest } = about;
  // Each contact is reminded of the version it holds: an update may have gone to others only.
  const held = await noticesOfContacts(
    tx,
    actionId,
    recipients.flatMap((to) => to.contact_id ?? []),
  );
  const written: WrittenDelivery[] = [];
  const byNotice = Map.groupBy(
    recipients,
    (to) => (to.contact_id === null ? undefined : held.get(to.contact_id)) ?? newest,
  );
  for (const [noticeId, group] of byNotice) {
    const rows = await writeLetters(tx, ctx, group, await languageChooser(tx, ctx, actionId, noticeId), {
      actionId,
      noticeId,
      kind: 'reminder',
      purpose: (to) => `reminder:${noticeId}:${which(to)}`,
    });
    written.push(...rows);
  }
  // A contact without an address has its task from the notice: only calls are new.
  await openTasks(
    tx,
    ctx,
    deliveryTasks(
      actionId,
      written.filter((row) => row.state !== 'failed'),
    ),
  );
  if (written.some((row) => row.channel === 'email'))
    await ctx.queue.enqueue(tx, 'send-deliveries', { actionId }, { key: 'due' });
  return written;
}
