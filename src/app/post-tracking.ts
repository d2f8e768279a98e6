/** Letters on paper on their way: printed, handed in with their numbers, arrived. */
import { sql } from 'kysely';
import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { carrierOf, MOST_LINES, postServices, readTracking } from '../domain/post.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { markHandledIn } from './delivery-post.ts';
import { recordEvents } from './event.ts';
import { findLetter, type PostedLetter } from './post-letters.ts';
import { mendTrouble } from './reach-troubles.ts';

const reference = z.string().trim().min(1, 'Scan the code of the letter, or type its number.').max(500);

/** What every list of letters can say of itself. */
const listed = {
  /** Says what would be done, and does nothing. */
  dry: z.boolean().default(false),
  /** Does what is right although other lines are wrong. */
  skipFaults: z.boolean().default(false),
};

export const recordTrackingInput = z.object({
  rows: z
    .array(
      z.object({
        /** `L-12`, the QR code of the letter, the number of its party. */
        reference,
        tracking: z.string().trim().min(1, 'Scan or type the tracking number.').max(60),
        /** Line of the list it stood on. */
        line: z.number().int().positive().optional(),
      }),
    )
    .min(1, 'Write at least one letter.')
    .max(MOST_LINES),
  carrier: z.string().trim().max(60).default(''),
  service: z.enum(postServices).default('registered'),
  dispatchedOn: z.iso.date().optional(),
  ...listed,
});

export const recordArrivalsInput = z.object({
  rows: z
    .array(
      z.object({
        reference,
        deliveredOn: z.iso.date().optional(),
        /** Who signed for it, as the carrier says. */
        signedBy: z.string().trim().max(200).default(''),
        line: z.number().int().positive().optional(),
      }),
    )
    .min(1, 'Write at least one letter.')
    .max(MOST_LINES),
  ...listed,
});

/** What a list did, or would do. */
export interface PostDone {
  /** The action. */
  id: number;
  letters: { line: number; id: number; party: string; contact: string; tracking: string; fresh: boolean }[];
  faults: { line: number; refusal: Refusal }[];
  /** Whether it was written. */
  done: boolean;
}

/** Letters that can still go, and those that are under way. */
const WAITING = ['queued'];
const UNDERWAY = ['sent', 'delivered', 'opened', 'unsure'];

/**
 * Gives letters their tracking numbers. One that waits counts as handed in with it: its party counts as told, and its
 * clocks run. One that is under way gets the number alone. Nothing is written while a line is wrong, unless that was asked
 * for.
 */
export async function recordTracking(
  ctx: Context,
  actionId: number,
  given: z.input<typeof recordTrackingInput>,
): Promise<PostDone | Refusal> {
  const no = forbid(ctx.actor, 'attempt.record');
  if (no) return no;
  const input = recordTrackingInput.parse(given);
  return transact(ctx, async (tx) => {
    const plan: PostDone = { id: actionId, letters: [], faults: [], done: false };
    const fresh = new Map<number, string>();
    const changed = new Map<number, PostedLetter & { number: string }>();
    for (const [place, row] of input.rows.entries()) {
      const line = row.line ?? place + 1;
      const number = readTracking(row.tracking);
      const letter = isRefusal(number)
        ? number
        : await findLetter(tx, ctx, actionId, row.reference, [...WAITING, ...UNDERWAY]);
      const fault = isRefusal(letter) ? letter : faultOf(letter, fresh, changed);
      if (fault || isRefusal(letter) || isRefusal(number)) {
        plan.faults.push({ line, refusal: fault ?? refuse('post.letter-unknown', { reference: row.reference }) });
        continue;
      }
      if (WAITING.includes(letter.state)) fresh.set(letter.id, number);
      else changed.set(letter.id, { ...letter, number });
      const { id, party, contact } = letter;
      plan.letters.push({ line, id, party, contact, tracking: number, fresh: fresh.has(id) });
    }
    if (input.dry || plan.letters.length === 0 || (plan.faults.length > 0 && !input.skipFaults)) return plan;
    if (fresh.size > 0) {
      const sent = await markHandledIn(
        tx,
        ctx,
        actionId,
        {
          deliveryIds: [...fresh.keys()],
          service: input.service,
          ...(input.carrier === '' ? {} : { carrier: input.carrier }),
          ...(input.dispatchedOn ? { dispatchedOn: input.dispatchedOn } : {}),
        },
        fresh,
      );
      if (isRefusal(sent)) return sent;
    }
    await changeNumbers(tx, ctx, actionId, [...changed.values()], input);
    return { ...plan, done: true };
  });
}

function faultOf(
  letter: PostedLetter,
  fresh: ReadonlyMap<number, string>,
  changed: ReadonlyMap<number, unknown>,
): Refusal | undefined {
  if (fresh.has(letter.id) || changed.has(letter.id))
    return refuse('post.letter-twice', { letter: letter.id }, 'reference');
  return [...WAITING, ...UNDERWAY].includes(letter.state)
    ? undefined
    : refuse('post.letter-state', { letter: letter.id, state: letter.state }, 'reference');
}

async function changeNumbers(
  tx: Tx,
  ctx: Context,
  actionId: number,
  letters: readonly (PostedLetter & { number: string })[],
  given: { carrier: string; service: string; dispatchedOn?: string | undefined },
): Promise<void> {
  const other = letters.filter((letter) => letter.number !== letter.tracking);
  if (other.length === 0) return;
  await sql`
    insert into postal_item (delivery_id, action_id, service, carrier, tracking, dispatched_on, dispatched_by, changed_at)
    select t.id, ${actionId}::bigint, ${given.service}, t.carrier, t.tracking,
           coalesce(${given.dispatchedOn ?? null}::date, (d.state_since at time zone 'UTC')::date), ${ctx.actor.name},
           ${ctx.now()}::timestamptz
      from unnest(${other.map((one) => one.id)}::bigint[], ${other.map((one) => one.number)}::text[],
                  ${other.map((one) => given.carrier || carrierOf(one.number))}::text[]) as t (id, tracking, carrier)
      join delivery d on d.id = t.id
    on conflict (delivery_id) do update set tracking = excluded.tracking, carrier = excluded.carrier,
      service = excluded.service, changed_at = excluded.changed_at`.execute(tx);
  await recordEvents(
    tx,
    ctx,
    other.map((one) => ({
      action: 'delivery.tracking',
      subject: 'delivery',
      subjectId: one.id,
      actionId,
      partyId: one.party_id,
      before: { tracking: one.tracking },
      after: { tracking: one.number },
    })),
  );
}

/**
 * Letters arrived, as their carrier says: the delivery climbs to `delivered`, with the day and whoever signed for it. That
 * the letter was opened or answered is another rung, and stays as it is.
 */
export async function recordArrivals(
  ctx: Context,
  actionId: number,
  given: z.input<typeof recordArrivalsInput>,
): Promise<PostDone | Refusal> {
  const no = forbid(ctx.actor, 'attempt.record');
  if (no) return no;
  const input = recordArrivalsInput.parse(given);
  const today = ctx.now().toISOString().slice(0, 10);
  return transact(ctx, async (tx) => {
    const plan: PostDone = { id: actionId, letters: [], faults: [], done: false };
    const found: { letter: PostedLetter; day: string; signedBy: string }[] = [];
    for (const [place, row] of input.rows.entries()) {
      const line = row.line ?? place + 1;
      const letter = await findLetter(tx, ctx, actionId, row.reference, UNDERWAY);
      const day = row.deliveredOn ?? today;
      const fault = isRefusal(letter) ? letter : arrivalFault(letter, day, today, found);
      if (fault || isRefusal(letter)) {
        plan.faults.push({ line, refusal: fault ?? refuse('post.letter-unknown', { reference: row.reference }) });
        continue;
      }
      found.push({ letter, day, signedBy: row.signedBy });
      const { id, party, contact, tracking } = letter;
      plan.letters.push({ line, id, party, contact, tracking, fresh: letter.state === 'sent' });
    }
    if (input.dry || found.length === 0 || (plan.faults.length > 0 && !input.skipFaults)) return plan;
    await writeArrivals(tx, ctx, actionId, found);
    return { ...plan, done: true };
  });
}

function arrivalFault(
  letter: PostedLetter,
  day: string,
  today: string,
  found: readonly { letter: PostedLetter }[],
): Refusal | undefined {
  if (found.some((one) => one.letter.id === letter.id))
    return refuse('post.letter-twice', { letter: letter.id }, 'reference');
  if (!UNDERWAY.includes(letter.state))
    return refuse('post.letter-state', { letter: letter.id, state: letter.state }, 'reference');
  if (day > today) return refuse('post.in-future', {}, 'deliveredOn');
  if (letter.dispatched_on && day < letter.dispatched_on)
    return refuse('post.before-dispatch', { letter: letter.id, day: letter.dispatched_on }, 'deliveredOn');
  return undefined;
}

async function writeArrivals(
  tx: Tx,
  ctx: Context,
  actionId: number,
  found: readonly { letter: PostedLetter; day: string; signedBy: string }[],
): Promise<void> {
  const at = ctx.now();
  const ids = found.map((one) => one.letter.id);
  const details = found.map(({ day, signedBy }) =>
    signedBy === '' ? `on ${day}` : `on ${day}, signed by ${signedBy}`,
  );
  await sql`
    insert into postal_item (delivery_id, action_id, delivered_on, signed_by, delivered_by, changed_at)
    select id, ${actionId}::bigint, day, signed, ${ctx.actor.name}, ${at}::timestamptz
      from unnest(${ids}::bigint[], ${found.map((one) => one.day)}::date[], ${found.map((one) => one.signedBy)}::text[])
        as t (id, day, signed)
    on conflict (delivery_id) do update set delivered_on = excluded.delivered_on, signed_by = excluded.signed_by,
      delivered_by = excluded.delivered_by, changed_at = excluded.changed_at`.execute(tx);
  await sql`
    insert into delivery_attempt (delivery_id, number, at, outcome, detail)
    select d.id, d.attempts, ${at}::timestamptz, 'delivered', t.detail
      from unnest(${ids}::bigint[], ${details}::text[]) as t (id, detail) join delivery d on d.id = t.id`.execute(tx);
  await sql`
    update delivery set state = 'delivered', state_since = ${at}::timestamptz
     where id = any(${ids}::bigint[]) and state in ('sent', 'unsure')`.execute(tx);
  for (const { letter } of found)
    if (letter.party_id !== null)
      await mendTrouble(tx, ctx, { kind: 'post', partyId: letter.party_id, value: letter.address });
  await recordEvents(
    tx,
    ctx,
    found.map(({ letter, day, signedBy }) => ({
      action: 'delivery.delivered',
      subject: 'delivery',
      subjectId: letter.id,
      actionId,
      partyId: letter.party_id,
      before: { state: letter.state },
      after: { deliveredOn: day, signedBy, tracking: letter.tracking },
    })),
  );
}

export const markPrintedInput = z.object({
  deliveryIds: z.array(z.number().int().positive()).min(1, 'Choose at least one letter.').max(2_000),
});

/** Letters came out of the printer: they wait to be handed in. */
export async function markPrinted(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof markPrintedInput>,
): Promise<{ id: number; letters: number } | Refusal> {
  const no = forbid(ctx.actor, 'attempt.record');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const { rows } = await sql<{ delivery_id: number }>`
      insert into postal_item (delivery_id, action_id, printed_at, printed_by, changed_at)
      select d.id, d.action_id, ${ctx.now()}::timestamptz, ${ctx.actor.name}, ${ctx.now()}::timestamptz
        from delivery d
       where d.id = any(${input.deliveryIds}::bigint[]) and d.action_id = ${actionId} and d.channel = 'post'
         and d.state = 'queued'
      on conflict (delivery_id) do update set printed_at = excluded.printed_at, printed_by = excluded.printed_by,
        changed_at = excluded.changed_at
      returning delivery_id`.execute(tx);
    if (rows.length === 0) return refuse('delivery.nothing-to-post', {}, 'deliveryIds');
    await recordEvents(tx, ctx, [
      {
        action: 'delivery.printed',
        subject: 'action',
        subjectId: actionId,
        actionId,
        after: { letters: rows.length, deliveries: rows.map((row) => row.delivery_id) },
      },
    ]);
    return { id: actionId, letters: rows.length };
  });
}
