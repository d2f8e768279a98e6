import { sql } from 'kysely';
import type { SendResult } from '../adapters/mail.ts';
import { nextTry } from '../domain/delivery.ts';
import type { Context, Tx } from './context.ts';
import { type PartyInAction, startDeadlines } from './deadlines.ts';
import { type EventInput, recordEvents } from './event.ts';
import { markTold } from './reminders.ts';
import { openTasks, type TaskInput } from './tasks.ts';

/** A delivery as a sender has claimed it. */
export interface Claimed {
  id: number;
  action_id: number;
  notice_id: number | null;
  party_id: number | null;
  contact_id: number | null;
  kind: string;
  address: string;
  message_id: string;
  /** The number of this try, 1 = first. */
  attempts: number;
}

export interface Outcome {
  delivery: Claimed;
  result: SendResult;
  at: Date;
}

type EndState = 'sent' | 'queued' | 'bounced' | 'failed' | 'unsure';

/** The state a try leads to, and when the next one is due. */
function stateAfter({ delivery, result, at }: Outcome): { state: EndState; next: Date | null } {
  switch (result.outcome) {
    case 'accepted':
      return { state: 'sent', next: null };
    case 'refused':
      return { state: 'bounced', next: null };
    case 'unknown':
      return { state: 'unsure', next: null };
    case 'later': {
      const next = nextTry(delivery.attempts, at, delivery.id);
      return next ? { state: 'queued', next } : { state: 'failed', next: null };
    }
  }
}

/**
 * Writes what became of tries, many at once: the state, the attempt (append-only evidence), events, tasks for
 * those a person must look at; and for letters that left, the clocks of their parties start. A delivery that somebody
 * decided about meanwhile is left alone, but the attempt is kept.
 */
export async function recordOutcomes(tx: Tx, ctx: Context, outcomes: Outcome[]): Promise<void> {
  if (outcomes.length === 0) return;
  const ends = outcomes.map(stateAfter);
  const ids = outcomes.map((outcome) => outcome.delivery.id);
  const details = outcomes.map((outcome) => outcome.result.detail);
  await sql`
    insert into delivery_attempt (delivery_id, number, at, outcome, detail)
    select * from unnest(${ids}::bigint[], ${outcomes.map((o) => o.delivery.attempts)}::int[],
                         ${outcomes.map((o) => o.at)}::timestamptz[], ${outcomes.map((o) => o.result.outcome)}::text[],
                         ${details}::text[])`.execute(tx);
  // A slow answer may arrive after the delivery was set down as unsure: it is the better knowledge.
  const updated = await sql<{ id: number }>`
    update delivery d
       set state = case when o.state = 'queued' and a.delivery_state = 'stopped' and d.kind in ('notice', 'reminder')
                        then 'stopped' else o.state end,
           state_since = o.at, next_attempt_at = o.next, detail = o.detail,
           claimed_by = case when o.state in ('queued', 'unsure') then d.claimed_by end
      from unnest(${ids}::bigint[], ${ends.map((end) => end.state)}::text[], ${outcomes.map((o) => o.at)}::timestamptz[],
                  ${ends.map((end) => end.next)}::timestamptz[], ${details}::text[]) as o (id, state, at, next, detail),
           action a
     where d.id = o.id and a.id = d.action_id
       and (d.state = 'sending' or (d.state in ('unsure', 'queued') and d.claimed_by = ${ctx.settings.instance}))
    returning d.id`.execute(tx);
  const written = new Set(updated.rows.map((row) => row.id));
  const kept = outcomes.flatMap((outcome, index) => {
    const end = ends[index];
    return end && written.has(outcome.delivery.id) ? [{ ...outcome, state: end.state }] : [];
  });
  const left = kept.filter((outcome) => outcome.state === 'sent').map((outcome) => outcome.delivery);
  await markNotified(tx, ctx, left);
  await openTasks(
    tx,
    ctx,
    kept.flatMap((outcome) => troubleTask(ctx, outcome)),
  );
  await recordEvents(tx, ctx, [...sentEvents(left), ...troubleEvents(kept)]);
}

/** Letters that left together are one change of many rows; each party's timeline has its own attempt. */
function sentEvents(left: Claimed[]): EventInput[] {
  return [...Map.groupBy(left, (delivery) => delivery.action_id)].map(([actionId, letters]) => {
    const [only] = letters;
    return letters.length === 1 && only
      ? {
          action: 'delivery.sent',
          subject: 'delivery',
          subjectId: only.id,
          actionId,
          partyId: only.party_id,
          after: { kind: only.kind, to: only.address, try: only.attempts },
        }
      : {
          action: 'delivery.sent',
          subject: 'action',
          subjectId: actionId,
          actionId,
          after: { letters: letters.length, deliveries: letters.map((delivery) => delivery.id) },
        };
  });
}

function troubleEvents(kept: (Outcome & { state: EndState })[]): EventInput[] {
  return kept
    .filter(({ state }) => state !== 'queued' && state !== 'sent')
    .map(({ delivery, result, state }) => ({
      action: `delivery.${state}`,
      subject: 'delivery',
      subjectId: delivery.id,
      actionId: delivery.action_id,
      partyId: delivery.party_id,
      after: { kind: delivery.kind, to: delivery.address, try: delivery.attempts, detail: result.detail },
    }));
}

/** Letters of a notice have left: their parties count as told, and their clocks and reminders start. */
export async function markNotified(tx: Tx, ctx: Context, left: Claimed[]): Promise<void> {
  const told = new Map<string, PartyInAction>();
  for (const { kind, action_id: actionId, party_id: partyId } of left) {
    if (kind === 'notice' && partyId !== null) told.set(`${actionId} ${partyId}`, { actionId, partyId });
  }
  const parties = [...told.values()];
  if (parties.length === 0) return;
  await startDeadlines(tx, ctx, parties);
  await markTold(tx, ctx, parties);
}

/** One unsure task per action and sender: a crash leaves one list to look through, not a hundred tasks. */
export function unsureTask(actionId: number, instance: string, deliveryId: number | null): TaskInput {
  return {
    kind: 'unsure-delivery',
    key: `unsure-delivery:${actionId}:${instance}`,
    actionId,
    deliveryId,
    priority: 1,
    again: true,
    detail: { list: `/actions/${actionId}/deliveries?state=unsure` },
  };
}

function troubleTask(ctx: Context, { delivery, result, state }: Outcome & { state: EndState }): TaskInput[] {
  const about = {
    actionId: delivery.action_id,
    partyId: delivery.party_id,
    contactId: delivery.contact_id,
    deliveryId: delivery.id,
    detail: { address: delivery.address, answer: result.detail },
  };
  // A test letter's sender is looking at it; a person's own receipt is on their screen.
  if (delivery.kind === 'test') return [];
  switch (state) {
    case 'bounced':
      return [{ ...about, kind: 'bounce', key: `bounce:${delivery.id}` }];
    case 'failed':
      return [{ ...about, kind: 'send-failed', key: `send-failed:${delivery.id}` }];
    case 'unsure':
      return [unsureTask(delivery.action_id, ctx.settings.instance, null)];
    default:
      return [];
  }
}
