import { sql } from 'kysely';
import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { carrierOf, postServices, readTracking } from '../domain/post.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { type Claimed, markNotified } from './delivery-outcomes.ts';
import { recordEvents } from './event.ts';

export const markHandledInput = z.object({
  /** Letters posted, or contacts told by telephone. */
  deliveryIds: z.array(z.number().int().positive()).min(1, 'Choose at least one letter.').max(2_000),
  /** Number of the registered letter or the courier; one for all of a consignment. */
  tracking: z.string().trim().max(100).default(''),
  /** What was said on the telephone, who took the letter. */
  note: z.string().trim().max(2_000).default(''),
  /** Who carries it; left out: as the number says. */
  carrier: z.string().trim().max(60).optional(),
  service: z.enum(postServices).optional(),
  /** The day it was handed in, if not today. */
  dispatchedOn: z.iso.date().optional(),
});

/**
 * Records that people did what no mail server does: put printed letters into the post, or read the notice out on the
 * telephone. From then on the party counts as told and its clocks run, as with a mail that was accepted.
 */
export async function markHandled(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof markHandledInput>,
): Promise<{ id: number; letters: number } | Refusal> {
  const no = forbid(ctx.actor, 'attempt.record');
  if (no) return no;
  return transact(ctx, (tx) => markHandledIn(tx, ctx, actionId, input));
}

/** The same as a part of another change: a list of tracking numbers, a call. */
export async function markHandledIn(
  tx: Tx,
  ctx: Context,
  actionId: number,
  input: z.input<typeof markHandledInput>,
  /** Numbers of single letters, checked already; `input.tracking` for the others. */
  numbers: ReadonlyMap<number, string> = new Map(),
): Promise<{ id: number; letters: number } | Refusal> {
  const { note = '' } = input;
  const tracking = input.tracking ? readTracking(input.tracking) : '';
  if (isRefusal(tracking)) return tracking;
  const today = ctx.now().toISOString().slice(0, 10);
  if ((input.dispatchedOn ?? today) > today) return refuse('post.in-future', {}, 'dispatchedOn');
  const rows = await tx
    .selectFrom('delivery')
    .select([
      'id',
      'action_id',
      'notice_id',
      'party_id',
      'contact_id',
      'kind',
      'address',
      'message_id',
      'attempts',
      'channel',
    ])
    .where('action_id', '=', actionId)
    .where('id', '=', sql<number>`any(${input.deliveryIds}::bigint[])`)
    .where('channel', 'in', ['post', 'phone'])
    .where('state', 'in', ['queued', 'bounced'])
    .orderBy('id')
    .forUpdate()
    .execute();
  if (rows.length === 0) return refuse('delivery.nothing-to-post', {}, 'deliveryIds');
  const at = ctx.now();
  const ids = rows.map((row) => row.id);
  const numberOf = (id: number): string => numbers.get(id) ?? tracking;
  const details = rows.map((row) =>
    [numberOf(row.id) === '' ? '' : `tracking ${numberOf(row.id)}`, note].filter((part) => part !== '').join('; '),
  );
  await sql`
    update delivery d set state = 'sent', state_since = ${at}, attempts = attempts + 1, detail = left(t.detail, 500)
      from unnest(${ids}::bigint[], ${details}::text[]) as t (id, detail) where d.id = t.id`.execute(tx);
  await sql`
    insert into delivery_attempt (delivery_id, number, at, outcome, detail)
    select id, number, ${at}, outcome, detail
      from unnest(${ids}::bigint[], ${rows.map((row) => row.attempts + 1)}::int[],
                  ${rows.map((row) => (row.channel === 'post' ? 'posted' : 'telephoned'))}::text[],
                  ${details}::text[]) as t (id, number, outcome, detail)`.execute(tx);
  const posted = rows.filter((row) => row.channel === 'post').map((row) => row.id);
  await keepPostalItems(tx, ctx, actionId, posted, {
    numberOf,
    carrier: input.carrier,
    service: input.service,
    dispatchedOn: input.dispatchedOn ?? today,
  });
  await markNotified(tx, ctx, rows satisfies Claimed[]);
  const called = await sql<{ id: number; party_id: number | null }>`
    update task set state = 'done', outcome = ${`told by telephone${note === '' ? '' : `: ${note}`}`},
           ended_at = ${at}, ended_by = ${ctx.actor.name}
     where kind = 'telephone' and state = 'open'
       and key = any(${rows.filter((row) => row.channel === 'phone').map((row) => `telephone:${row.id}`)}::text[])
    returning id, party_id`.execute(tx);
  await recordEvents(tx, ctx, [
    ...rows.map((row) => ({
      action: row.channel === 'post' ? 'delivery.posted' : 'delivery.telephoned',
      subject: 'delivery',
      subjectId: row.id,
      actionId,
      partyId: row.party_id,
      after: { address: row.address, tracking: numberOf(row.id), note },
    })),
    ...called.rows.map((task) => ({
      action: 'task.end',
      subject: 'task',
      subjectId: task.id,
      actionId,
      partyId: task.party_id,
      after: { kind: 'telephone', state: 'done' },
    })),
  ]);
  return { id: actionId, letters: rows.length };
}

/** Letters are in the post: what the carrier was given, one row a letter. */
async function keepPostalItems(
  tx: Tx,
  ctx: Context,
  actionId: number,
  ids: readonly number[],
  given: {
    numberOf: (id: number) => string;
    carrier: string | undefined;
    service: string | undefined;
    dispatchedOn: string;
  },
): Promise<void> {
  if (ids.length === 0) return;
  const numbers = ids.map(given.numberOf);
  await sql`
    insert into postal_item (delivery_id, action_id, service, carrier, tracking, dispatched_on, dispatched_by, changed_at)
    select id, ${actionId}::bigint, service, carrier, tracking, ${given.dispatchedOn}::date, ${ctx.actor.name},
           ${ctx.now()}::timestamptz
      from unnest(${ids}::bigint[], ${numbers.map((n) => given.service ?? (n === '' ? 'ordinary' : 'registered'))}::text[],
                  ${numbers.map((n) => given.carrier ?? carrierOf(n))}::text[], ${numbers}::text[])
        as t (id, service, carrier, tracking)
    on conflict (delivery_id) do update set service = excluded.service, carrier = excluded.carrier,
      tracking = excluded.tracking, dispatched_on = excluded.dispatched_on, dispatched_by = excluded.dispatched_by,
      returned_on = null, return_reason = '', changed_at = excluded.changed_at`.execute(tx);
}
