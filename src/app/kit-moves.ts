/** What becomes of a kit: it leaves, arrives, comes back or is destroyed; or it is called off. */
import { sql } from 'kysely';
import { z } from 'zod';
import { checkKitMove, type KitState, kitMoves, LEAST_DAYS_LEFT, recipientMoves, stateBefore } from '../domain/kit.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { insertDeliveries } from './deliveries.ts';
import { recordEvent } from './event.ts';
import { checkOwners, type Kit, lockKit } from './kit-rows.ts';
import { endKitWatch } from './kit-watch.ts';
import { endTasks } from './tasks.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const carrier = z.string().trim().max(100).describe('Who carries it: a service, or the name of the engineer.');
const tracking = z.string().trim().max(200).describe('The number, or the address of the carrier’s page.');
const visitOn = z.iso.date().nullable().describe('Day the engineer comes.');

export const moveKitInput = z.object({
  to: z.enum(['shipped', 'received', 'returned', 'destroyed', 'cancelled']),
  carrier: carrier.default(''),
  tracking: tracking.default(''),
  visitOn: visitOn.optional(),
  reason: z.string().trim().max(500).default(''),
});
export type KitMove = z.infer<typeof moveKitInput>;

/**
 * Moves a kit on its way: shipped, received, returned, destroyed; or cancels it before it leaves. The holder of a personal
 * link does so for kits of their own party: they say what arrived and what became of it, and call off what waits still.
 */
export async function moveKit(
  ctx: Context,
  kitId: number,
  input: KitMove,
): Promise<{ id: number; state: KitState } | Refusal> {
  const no = forbid(ctx.actor, ctx.actor.kind === 'contact' ? 'kit.ask' : 'kit.work');
  if (no) return no;
  return transact(ctx, (tx) => moveIn(tx, ctx, kitId, input));
}

async function moveIn(
  tx: Tx,
  ctx: Context,
  kitId: number,
  input: KitMove,
): Promise<{ id: number; state: KitState } | Refusal> {
  const { actor } = ctx;
  const kit = await lockKit(tx, kitId);
  // Somebody else's kit is told as one that does not exist.
  if (isRefusal(kit)) return kit;
  if (actor.kind === 'contact' && !(await isOwn(tx, kit, actor))) return refuse('kit.unknown', { id: kitId });
  // Said twice is said once: a button pressed again changes nothing.
  if (kit.state === input.to && actor.kind === 'contact') return { id: kitId, state: kit.state };
  const wrong = checkKitMove(kit.state, input.to, actor.kind === 'contact' ? recipientMoves : kitMoves);
  if (wrong) return actor.kind === 'contact' ? refuse('kit.too-late') : wrong;
  if (input.to === 'shipped') {
    const stopped = await checkShipping(tx, ctx, kit, input);
    if (stopped) return stopped;
  }
  const at = ctx.now();
  const sent = { carrier: input.carrier, tracking: input.tracking, visit_on: input.visitOn ?? null };
  await tx
    .updateTable('kit')
    .set({
      state: input.to,
      state_since: at,
      ...(input.to === 'shipped' ? { ...sent, shipped_at: at } : {}),
      ...(input.to === 'received' ? { received_at: at } : {}),
      ...(kitMoves[input.to].length === 0 || input.to === 'returned' ? { ended_at: at } : {}),
    })
    .where('id', '=', kitId)
    .execute();
  await recordEvent(tx, ctx, {
    action: `kit.${input.to}`,
    subject: 'kit',
    subjectId: kitId,
    actionId: kit.action_id,
    partyId: kit.party_id,
    before: { state: kit.state },
    after: { state: input.to, ...(input.to === 'shipped' ? sent : {}) },
    reason: input.reason,
  });
  if (kit.state === 'shipped') await endKitWatch(tx, ctx, kit.id, `Kit ${kitId}: ${input.to}.`);
  if (input.to === 'shipped') {
    await endMediumTasks(tx, ctx, kit);
    await tellRecipient(tx, ctx, kit);
  }
  return { id: kitId, state: input.to };
}

/** A kit of this party in the action of this link. */
async function isOwn(tx: Tx, kit: Kit, actor: { partyId: number; linkId: number }): Promise<boolean> {
  const link = await tx.selectFrom('link').select('action_id').where('id', '=', actor.linkId).executeTakeFirst();
  return kit.party_id === actor.partyId && kit.action_id === link?.action_id;
}

/** What must not leave: a withdrawn package, a dead ticket, metadata that ends before anybody gets to it. */
async function checkShipping(tx: Tx, ctx: Context, kit: Kit, input: KitMove): Promise<Refusal | undefined> {
  if (input.carrier === '') return refuse('kit.carrier-missing', {}, 'carrier');
  const file = await tx
    .selectFrom('package')
    .select(['state', 'file_name'])
    .where('id', '=', kit.package_id ?? 0)
    .executeTakeFirst();
  if (file?.state !== 'released') return refuse('kit.package-withdrawn', { file: file?.file_name ?? '' });
  const moved = await checkOwners(tx, kit);
  if (moved) return moved;
  const dead = await tx
    .selectFrom('installation_ticket')
    .select('number')
    .where('id', '=', sql<number>`any(${(kit.papers?.tickets ?? []).map((one) => one.id)}::bigint[])`)
    .where('replaced_at', 'is not', null)
    .executeTakeFirst();
  if (dead) return refuse('kit.ticket-replaced', { ticket: dead.number });
  const left = ((kit.good_until?.getTime() ?? 0) - ctx.wallClock().getTime()) / DAY_MS;
  if (left < LEAST_DAYS_LEFT)
    return refuse('kit.expired', { day: kit.good_until?.toISOString().slice(0, 10) ?? '', days: LEAST_DAYS_LEFT });
  return undefined;
}

/** What a task was ended with because a kit left: the same words open it again when it did not leave after all. */
const outcomeOf = (kitId: number): string => `Kit ${kitId} is on its way.`;

/** The requests for another medium that this kit answers. */
function endMediumTasks(tx: Tx, ctx: Context, kit: Kit): Promise<void> {
  return endTasks(
    tx,
    ctx,
    sql`kind = 'medium' and action_id = ${kit.action_id} and party_id = ${kit.party_id}
       and unit_id in (select c.unit_id from kit_correction x join correction c on c.id = x.correction_id
                        where x.kit_id = ${kit.id})`,
    outcomeOf(kit.id),
  );
}

const purposeOf = (kitId: number): string => `kit-shipped:${kitId}:`;

/** A mail that it is on its way, to who gets it. Who reads no mail finds the slip in the parcel. */
async function tellRecipient(tx: Tx, ctx: Context, kit: Kit): Promise<void> {
  const to = await tx
    .selectFrom('contact as c')
    .innerJoin('party as p', 'p.id', 'c.party_id')
    .select(['c.id', 'c.party_id', 'c.email', 'c.languages', 'p.country'])
    .where('c.id', '=', kit.contact_id ?? 0)
    .where('c.status', '=', 'active')
    .where('c.email', '<>', '')
    .executeTakeFirst();
  if (!to) return;
  await insertDeliveries(tx, ctx, [
    {
      actionId: kit.action_id,
      noticeId: null,
      partyId: to.party_id,
      contactId: to.id,
      linkId: kit.link_id,
      country: to.country,
      kind: 'kit-shipped',
      // A kit that was taken back and left again is told again.
      purpose: `${purposeOf(kit.id)}${ctx.now().toISOString()}`,
      channel: 'email',
      address: to.email,
      variant: '',
      languages: to.languages,
    },
  ]);
  await ctx.queue.enqueue(tx, 'send-deliveries', { actionId: kit.action_id }, { key: 'due' });
}

/** The kit leaves: with a carrier and its number, or with an engineer who comes on a day. */
export function shipKit(
  ctx: Context,
  kitId: number,
  how: { carrier: string; tracking?: string; visitOn?: string },
): Promise<{ id: number; state: KitState } | Refusal> {
  const { carrier: by, tracking: number = '', visitOn: day = null } = how;
  return moveKit(ctx, kitId, { to: 'shipped', carrier: by, tracking: number, visitOn: day, reason: '' });
}

/** It arrived: said by who got it, or by us. */
export function receiveKit(ctx: Context, kitId: number): Promise<{ id: number; state: KitState } | Refusal> {
  return moveKit(ctx, kitId, { to: 'received', carrier: '', tracking: '', reason: '' });
}

/** Kits of one round to the post. */
export const shipKitsInput = z.object({
  carrier: carrier.min(1, 'Write who carries them.'),
  kits: z
    .array(z.object({ id: z.int().positive(), tracking: tracking.default('') }))
    .min(1, 'Choose at least one kit.')
    .max(200)
    .describe('Each with its own tracking number.'),
});

/** Marks several kits as shipped by one carrier: all of them, or none if one cannot leave. */
export async function shipKits(
  ctx: Context,
  input: z.infer<typeof shipKitsInput>,
): Promise<{ shipped: number } | Refusal> {
  const no = forbid(ctx.actor, 'kit.work');
  if (no) return no;
  // In one order, so that two rounds at once do not wait for each other for ever.
  const kits = [...new Map(input.kits.map((one) => [one.id, one])).values()].sort((a, b) => a.id - b.id);
  return transact(ctx, async (tx) => {
    for (const one of kits) {
      const moved = await moveIn(tx, ctx, one.id, {
        to: 'shipped',
        carrier: input.carrier,
        tracking: one.tracking,
        reason: '',
      });
      if (isRefusal(moved)) return refuse('kit.not-shipped', { kit: one.id, why: moved.code }, `tracking.${one.id}`);
    }
    return { shipped: kits.length };
  });
}

export const undoKitMoveInput = z.object({
  reason: z.string().trim().min(3, 'Write what was wrong.').max(500),
});

/** Takes back the last move of a kit that was made by mistake; what it set off and has not left the house is stopped. */
export async function undoKitMove(
  ctx: Context,
  kitId: number,
  input: z.infer<typeof undoKitMoveInput>,
): Promise<{ id: number; state: KitState } | Refusal> {
  const no = forbid(ctx.actor, 'kit.work');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const kit = await lockKit(tx, kitId);
    if (isRefusal(kit)) return kit;
    const to = stateBefore(kit);
    if (!to) return refuse('kit.no-undo', { state: kit.state });
    const gone = { shipped_at: null, visit_on: null, carrier: '', tracking: '' };
    await tx
      .updateTable('kit')
      .set({
        state: to,
        state_since: ctx.now(),
        ended_at: null,
        ...(kit.state === 'received' ? { received_at: null } : {}),
        ...(kit.state === 'shipped' ? gone : {}),
      })
      .where('id', '=', kitId)
      .execute();
    if (kit.state === 'shipped') {
      await endKitWatch(tx, ctx, kit.id, `Kit ${kitId} had not left.`);
      await sql`update delivery set state = 'stopped', state_since = ${ctx.now()}, next_attempt_at = null
                 where kind = 'kit-shipped' and starts_with(purpose, ${purposeOf(kitId)}) and state = 'queued'`.execute(
        tx,
      );
      await sql`update task set state = 'open', outcome = '', ended_at = null, ended_by = null
                 where kind = 'medium' and state = 'done' and outcome = ${outcomeOf(kitId)}`.execute(tx);
    }
    // It did not arrive after all: what rests on that alone is worked out anew.
    if (to === 'shipped')
      await sql`update correction c set has_file_at = r.has_file_at from correction_reach r
                 where r.id = c.id and c.id in (select correction_id from kit_correction where kit_id = ${kitId})`.execute(
        tx,
      );
    await recordEvent(tx, ctx, {
      action: 'kit.undo',
      subject: 'kit',
      subjectId: kitId,
      actionId: kit.action_id,
      partyId: kit.party_id,
      before: { state: kit.state, carrier: kit.carrier, tracking: kit.tracking },
      after: { state: to },
      reason: input.reason,
    });
    return { id: kitId, state: to };
  });
}
