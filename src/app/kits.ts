import { sql } from 'kysely';
import { z } from 'zod';
import { checkKitMove, KIT_DAYS, type KitState } from '../domain/kit.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { ensureTickets } from './installation-tickets.ts';
import { kitMetadata } from './trust-kit.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export const requestKitInput = z.object({
  correctionIds: z
    .array(z.int().positive())
    .min(1, 'Choose at least one unit.')
    .max(500)
    .describe('Corrections of one party and one remedy: each gets a ticket in the kit.'),
  note: z.string().trim().max(500).default('').describe('Where it goes and who asked.'),
});

/** Sets down that a party needs a kit for these corrections. Nothing is made yet. */
export async function requestKit(
  ctx: Context,
  input: z.infer<typeof requestKitInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'kit.work');
  if (no) return no;
  const ids = [...new Set(input.correctionIds)].sort((a, b) => a - b);
  return transact(ctx, async (tx) => {
    const rows = await tx
      .selectFrom('correction')
      .select(['id', 'action_id', 'party_id', 'remedy_id'])
      .where('id', '=', sql<number>`any(${ids}::bigint[])`)
      .execute();
    const [first] = rows;
    if (!first || rows.length < ids.length) return refuse('correction.unknown', { count: ids.length - rows.length });
    if (rows.some((row) => row.party_id !== first.party_id || row.remedy_id !== first.remedy_id))
      return refuse('kit.mixed', {}, 'correctionIds');
    const { id } = await tx
      .insertInto('kit')
      .values({
        action_id: first.action_id,
        party_id: first.party_id,
        remedy_id: first.remedy_id,
        state_since: ctx.now(),
        note: input.note,
        language: await languageOf(tx, first.party_id),
        requested_at: ctx.now(),
        requested_by: ctx.actor.name,
        package_id: null,
        prepared_at: null,
        good_until: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await tx
      .insertInto('kit_correction')
      .values(ids.map((correction_id) => ({ kit_id: id, correction_id })))
      .execute();
    await recordEvent(tx, ctx, {
      action: 'kit.request',
      subject: 'kit',
      subjectId: id,
      actionId: first.action_id,
      partyId: first.party_id,
      after: { corrections: ids, note: input.note },
    });
    return { id };
  });
}

async function languageOf(tx: Tx, partyId: number): Promise<string> {
  const contact = await tx
    .selectFrom('contact')
    .select('languages')
    .where('party_id', '=', partyId)
    .where('status', '=', 'active')
    .orderBy('id')
    .executeTakeFirst();
  return contact?.languages[0] ?? 'en';
}

/** A kit as its use cases hold it. */
async function lockKit(tx: Tx, kitId: number) {
  const row = await tx.selectFrom('kit').selectAll().where('id', '=', kitId).forUpdate().executeTakeFirst();
  return row ?? refuse('kit.unknown', { id: kitId });
}

/**
 * Prepares a kit: the newest released package of its remedy, a ticket for each correction, metadata good for
 * {@link KIT_DAYS}. From now on it comes out the same byte for byte, however often it is made.
 */
export async function prepareKit(ctx: Context, kitId: number): Promise<{ id: number; goodUntil: Date } | Refusal> {
  const no = forbid(ctx.actor, 'kit.work');
  if (no) return no;
  // Metadata lives by the real clock, and says whole seconds.
  const asOf = ctx.wallClock();
  const until = new Date(Math.floor(asOf.getTime() / 1000) * 1000 + KIT_DAYS * DAY_MS);
  const found = await ctx.db
    .selectFrom('kit as t')
    .innerJoin('package as k', 'k.remedy_id', 't.remedy_id')
    .select('k.id')
    .where('t.id', '=', kitId)
    .where('k.state', '=', 'released')
    .orderBy('k.released_at', 'desc')
    .orderBy('k.id', 'desc')
    .executeTakeFirst();
  // Tried before anything is written: what cannot be signed is not promised.
  const metadata = found ? await kitMetadata(ctx, { packageId: found.id, asOf, until }) : undefined;
  if (metadata && isRefusal(metadata)) return metadata;
  return transact(ctx, async (tx) => {
    const kit = await lockKit(tx, kitId);
    if (isRefusal(kit)) return kit;
    const wrong = checkKitMove(kit.state, 'prepared');
    if (wrong) return wrong;
    if (!found) return refuse('kit.no-package');
    const corrections = await tx
      .selectFrom('kit_correction')
      .select('correction_id')
      .where('kit_id', '=', kitId)
      .execute();
    await ensureTickets(
      tx,
      ctx,
      kit.action_id,
      corrections.map((row) => row.correction_id),
    );
    await tx
      .updateTable('kit')
      .set({
        state: 'prepared',
        state_since: ctx.now(),
        package_id: found.id,
        prepared_at: asOf,
        good_until: until,
      })
      .where('id', '=', kitId)
      .execute();
    await recordEvent(tx, ctx, {
      action: 'kit.prepare',
      subject: 'kit',
      subjectId: kitId,
      actionId: kit.action_id,
      partyId: kit.party_id,
      before: { state: kit.state },
      after: { state: 'prepared', packageId: found.id, goodUntil: until },
    });
    return { id: kitId, goodUntil: until };
  });
}

export const moveKitInput = z.object({
  to: z.enum(['shipped', 'received', 'returned', 'destroyed', 'cancelled']),
  carrier: z.string().trim().max(100).default('').describe('Who carries it: a service, or the name of a technician.'),
  tracking: z.string().trim().max(100).default(''),
  reason: z.string().trim().max(500).default(''),
});

/** Moves a kit on its way: shipped, received, returned, destroyed; or cancels it before it leaves. */
export async function moveKit(
  ctx: Context,
  kitId: number,
  input: z.infer<typeof moveKitInput>,
): Promise<{ id: number; state: KitState } | Refusal> {
  const no = forbid(ctx.actor, 'kit.work');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const kit = await lockKit(tx, kitId);
    if (isRefusal(kit)) return kit;
    const wrong = checkKitMove(kit.state, input.to);
    if (wrong) return wrong;
    if (input.to === 'shipped' && input.carrier === '') return refuse('kit.carrier-missing', {}, 'carrier');
    await tx
      .updateTable('kit')
      .set({
        state: input.to,
        state_since: ctx.now(),
        ...(input.to === 'shipped' ? { carrier: input.carrier, tracking: input.tracking } : {}),
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
      after: {
        state: input.to,
        ...(input.to === 'shipped' ? { carrier: input.carrier, tracking: input.tracking } : {}),
      },
      reason: input.reason,
    });
    return { id: kitId, state: input.to };
  });
}
