import { type Selectable, sql } from 'kysely';
import { z } from 'zod';
import type { Schema } from '../db/schema.ts';
import { json } from '../db/values.ts';
import { type CalendarOverride, type WorkCalendar, workCalendar } from '../domain/calendar.ts';
import { countryZone } from '../domain/country.ts';
import {
  computeDeadline,
  type DeadlineRuleId,
  deadlineRules,
  explanationSchema,
  overrideDeadline,
} from '../domain/deadline.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Reader, type Tx, transact } from './context.ts';
import { recordEvent, recordEvents } from './event.ts';
import { openTasks } from './tasks.ts';

type DeadlineRow = Selectable<Schema['deadline']>;

/** A party as one action sees it. */
export interface PartyInAction {
  actionId: number;
  partyId: number;
}

const holidaysOverride = z.object({
  weekend: z.array(z.number().int().min(1).max(7)).optional(),
  add: z.record(z.string(), z.string()).optional(),
  remove: z.array(z.string()).optional(),
});

/** How operators say that the working days of countries differ from the data. */
export async function loadCalendarOverrides(
  reader: Reader,
): Promise<{ country: string; value: CalendarOverride; reason: string; by: string; at: Date }[]> {
  const rows = await reader
    .selectFrom('country_override')
    .select(['country', 'value', 'reason', 'made_by', 'made_at'])
    .where('topic', '=', 'holidays')
    .where('withdrawn_at', 'is', null)
    .orderBy('country')
    .execute();
  return rows.map((row) => ({
    country: row.country,
    value: holidaysOverride.parse(row.value) as CalendarOverride,
    reason: row.reason,
    by: row.made_by,
    at: row.made_at,
  }));
}

/** Working days of countries, with what operators know better (law 8). Loads the overrides once. */
export async function loadCalendars(
  reader: Reader,
  ctx: Pick<Context, 'calendar'>,
): Promise<(country: string) => WorkCalendar> {
  const overrides = new Map((await loadCalendarOverrides(reader)).map((row) => [row.country, row.value]));
  const calendars = new Map<string, WorkCalendar>();
  return (country) => {
    let calendar = calendars.get(country);
    if (!calendar) {
      const override = overrides.get(country);
      calendar = workCalendar(country, ctx.calendar.holidays, override ? { override } : {});
      calendars.set(country, calendar);
    }
    return calendar;
  };
}

/**
 * Letters have left: the clocks of their parties start. A party any of whose units is, or may be, connected has five
 * working days by its country's calendar; where all are known not to be, the form is due right after installing, so
 * that clock waits. Parties without units of their own (distributors, authorities) have no clock here. A clock that runs
 * already is left alone: the first letter counts.
 */
export async function startDeadlines(tx: Tx, ctx: Context, parties: readonly PartyInAction[]): Promise<void> {
  const { rows } = await sql<{ action_id: number; party_id: number; country: string; connected: boolean }>`
    select o.action_id, o.party_id, o.country,
           exists (select 1 from correction k join unit u on u.id = k.unit_id
                    where k.action_id = o.action_id and k.party_id = o.party_id and u.connected is distinct from false) as connected
      from unnest(${parties.map((party) => party.actionId)}::bigint[], ${parties.map((party) => party.partyId)}::bigint[])
           as d (action_id, party_id)
      join obligation o on o.action_id = d.action_id and o.party_id = d.party_id
     where o.state <> 'done' and o.corrections_total > 0`.execute(tx);
  if (rows.length === 0) return;
  const calendarOf = await loadCalendars(tx, ctx);
  const at = ctx.now();
  const computed = new Map<string, ReturnType<typeof computeDeadline>>();
  const clocks = rows.map((row) => {
    const rule: DeadlineRuleId = row.connected ? 'customer-reply-connected' : 'customer-reply-unconnected';
    const key = `${rule} ${row.country}`;
    let deadline = computed.get(key);
    if (!deadline) {
      deadline = computeDeadline({
        rule,
        start: row.connected ? at : null,
        calendar: calendarOf(row.country),
        zone: countryZone(row.country),
      });
      computed.set(key, deadline);
    }
    return { ...row, deadline };
  });
  await sql`
    insert into deadline (action_id, party_id, country, rule, starts_at, due_on, due_at, zone, explanation, state, state_since, created_at)
    select action_id, party_id, country, rule, starts_at, due_on, due_at, zone, explanation, state, ${at}, ${at}
      from unnest(${clocks.map((c) => c.action_id)}::bigint[], ${clocks.map((c) => c.party_id)}::bigint[],
                  ${clocks.map((c) => c.country)}::text[], ${clocks.map((c) => c.deadline.rule)}::text[],
                  ${clocks.map((c) => c.deadline.startsAt)}::timestamptz[], ${clocks.map((c) => c.deadline.dueOn)}::date[],
                  ${clocks.map((c) => c.deadline.dueAt)}::timestamptz[], ${clocks.map((c) => c.deadline.zone)}::text[],
                  ${clocks.map((c) => json(c.deadline.explanation))}::jsonb[], ${clocks.map((c) => c.deadline.state)}::text[])
        as t (action_id, party_id, country, rule, starts_at, due_on, due_at, zone, explanation, state)
    on conflict (action_id, rule, coalesce(party_id, 0), country) do update
      set starts_at = excluded.starts_at, due_on = excluded.due_on, due_at = excluded.due_at, zone = excluded.zone,
          explanation = excluded.explanation, state = excluded.state, state_since = excluded.state_since
      where deadline.state = 'waiting' and excluded.state = 'running'`.execute(tx);
}

/** Parties turned out not to have been told, e.g. after a batch of letters came back: their clocks wait for a letter that arrives. */
export async function haltDeadlinesOf(
  tx: Tx,
  ctx: Context,
  parties: readonly PartyInAction[],
  reason: string,
): Promise<void> {
  if (parties.length === 0) return;
  const { rows } = await sql<{ id: number; action_id: number; party_id: number; due_on: string | null }>`
    update deadline set state = 'waiting', state_since = ${ctx.now()}, starts_at = null, due_on = null, due_at = null,
           explanation = explanation || '{"startOn": null, "dueOn": null, "skipped": []}'::jsonb
      from (select d.id as old_id, d.due_on as old_due from deadline d
             where (d.action_id, d.party_id) in (select * from unnest(${parties.map((one) => one.actionId)}::bigint[],
                     ${parties.map((one) => one.partyId)}::bigint[]))
               and d.state in ('running', 'missed') order by d.id for update) old
     where deadline.id = old.old_id
    returning deadline.id, deadline.action_id, deadline.party_id, old.old_due as due_on`.execute(tx);
  await recordEvents(
    tx,
    ctx,
    rows.map((row) => ({
      action: 'deadline.halt',
      subject: 'deadline',
      subjectId: row.id,
      actionId: row.action_id,
      partyId: row.party_id,
      before: { dueOn: row.due_on },
      reason,
    })),
  );
}

/**
 * What a deadline asked for has happened: receipt was confirmed, or nothing is owed any more. A missed one is met late;
 * `state_since` beside `due_at` says by how much. No such deadline: nothing happens.
 */
export async function meetDeadline(
  tx: Tx,
  ctx: Pick<Context, 'actor' | 'now'>,
  actionId: number,
  partyId: number,
  metBy: 'receipt' | 'completion',
): Promise<void> {
  const rules = deadlineRules.filter((rule) => rule.metBy === metBy).map((rule) => rule.id);
  const { rows } = await sql<{ id: number; rule: string; due_on: string | null; late: boolean }>`
    update deadline set state = 'met', state_since = ${ctx.now()}
     where action_id = ${actionId} and party_id = ${partyId} and rule = any(${rules}::text[])
       and state in ('waiting', 'running', 'missed')
    returning id, rule, due_on, coalesce(due_at < ${ctx.now()}, false) as late`.execute(tx);
  await recordEvents(
    tx,
    ctx,
    rows.map((row) => ({
      action: 'deadline.meet',
      subject: 'deadline',
      subjectId: row.id,
      actionId,
      partyId,
      after: { rule: row.rule, dueOn: row.due_on, late: row.late },
    })),
  );
}

const MISSED_AT_A_TIME = 1_000;

/**
 * Marks deadlines that ran out. A customer who is late is reminded and telephoned (reminders.ts); a deadline of our own
 * towards an authority becomes an urgent task.
 * @returns how many ran out
 */
export async function missDeadlines(ctx: Context): Promise<number> {
  let missed = 0;
  for (;;) {
    const count = await transact(ctx, async (tx) => {
      const { rows } = await sql<DeadlineRow>`
        update deadline set state = 'missed', state_since = ${ctx.now()}
         where id in (select id from deadline where state = 'running' and due_at < ${ctx.now()}
                       order by id limit ${MISSED_AT_A_TIME} for update skip locked)
        returning *`.execute(tx);
      await recordEvents(
        tx,
        ctx,
        rows.map((row) => ({
          action: 'deadline.miss',
          subject: 'deadline',
          subjectId: row.id,
          actionId: row.action_id,
          partyId: row.party_id,
          after: { rule: row.rule, dueOn: row.due_on },
        })),
      );
      await openTasks(
        tx,
        ctx,
        rows
          .filter((row) => row.party_id === null)
          .map((row) => ({
            kind: 'deadline',
            key: `deadline:${row.id}`,
            actionId: row.action_id,
            priority: 1,
            dueOn: row.due_on,
            detail: { rule: row.rule, country: row.country, dueOn: row.due_on },
          })),
      );
      return rows.length;
    });
    missed += count;
    if (count < MISSED_AT_A_TIME) return missed;
  }
}

export const setDeadlineInput = z.object({
  dueOn: z.iso.date('Write the day as YYYY-MM-DD.'),
  reason: z.string().trim().min(3, 'Write why the date is another one.').max(2_000),
});

/** Sets another date than the rule's, with a reason. What the rule said stays in the explanation. */
export async function setDeadline(
  ctx: Context,
  deadlineId: number,
  input: z.infer<typeof setDeadlineInput>,
): Promise<{ id: number; dueOn: string } | Refusal> {
  const no = forbid(ctx.actor, 'deadline.override');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const row = await tx.selectFrom('deadline').selectAll().where('id', '=', deadlineId).forUpdate().executeTakeFirst();
    if (!row) return refuse('deadline.unknown', { id: deadlineId });
    if (row.state === 'met' || row.state === 'withdrawn') return refuse('deadline.ended', { state: row.state });
    const changed = overrideDeadline(
      {
        rule: row.rule as DeadlineRuleId,
        startsAt: row.starts_at,
        dueOn: row.due_on,
        dueAt: row.due_at,
        zone: row.zone,
        state: row.state === 'waiting' ? 'waiting' : 'running',
        explanation: explanationSchema.parse(row.explanation),
      },
      { dueOn: input.dueOn, reason: input.reason, by: ctx.actor.name, at: ctx.now() },
    );
    if (isRefusal(changed)) return changed;
    await tx
      .updateTable('deadline')
      .set({
        due_on: changed.dueOn,
        due_at: changed.dueAt,
        state: 'running',
        state_since: ctx.now(),
        explanation: json(changed.explanation),
        override: json(changed.explanation.override),
      })
      .where('id', '=', deadlineId)
      .execute();
    await recordEvent(tx, ctx, {
      action: 'deadline.override',
      subject: 'deadline',
      subjectId: deadlineId,
      actionId: row.action_id,
      partyId: row.party_id,
      before: { dueOn: row.due_on, state: row.state },
      after: { dueOn: input.dueOn },
      reason: input.reason,
    });
    return { id: deadlineId, dueOn: input.dueOn };
  });
}
