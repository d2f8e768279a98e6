/** Who has a party on the telephone: two people never call the same laboratory. */
import { sql } from 'kysely';
import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { callScope, loadNextCalls } from './queries/calls.ts';

/** A call is one's own for this long; then it releases itself. */
export const CLAIM_MINUTES = 30;
/** A call that was put off is not offered to the same person again for this long. */
export const PASS_MINUTES = 30;

export const claimCallInput = z.object({
  /** Takes it although somebody else has it: they hung up and forgot. */
  over: z.boolean().default(false),
});
export const nextCallInput = z.object({
  country: z.string().length(2).optional(),
  language: z.string().max(20).optional(),
  /** Also where no office is open at this hour. */
  anyHour: z.boolean().default(false),
});

export interface Claim {
  staffId: string;
  staffName: string;
  until: Date;
}

const idOf = (ctx: Context): string => (ctx.actor.kind === 'staff' ? ctx.actor.id : ctx.actor.name);
const later = (at: Date, minutes: number): Date => new Date(at.getTime() + minutes * 60_000);

/** Writes the claim unless somebody else's still runs. */
async function claimIn(tx: Tx, ctx: Context, actionId: number, partyId: number, over: boolean): Promise<boolean> {
  const at = ctx.now();
  const me = idOf(ctx);
  const { rows } = await sql`
    insert into call_claim (action_id, party_id, staff_id, staff_name, claimed_at, until)
    values (${actionId}, ${partyId}, ${me}, ${ctx.actor.name}, ${at}::timestamptz, ${later(at, CLAIM_MINUTES)}::timestamptz)
    on conflict (action_id, party_id) do update
      set staff_id = excluded.staff_id, staff_name = excluded.staff_name, claimed_at = excluded.claimed_at,
          until = excluded.until, passed_at = null
      where call_claim.until <= ${at}::timestamptz or call_claim.staff_id = ${me} or ${over}::boolean
    returning party_id`.execute(tx);
  return rows.length > 0;
}

/** The claim that runs on a party, whoever has it. */
export async function runningClaim(
  reader: Pick<Context, 'db'>['db'] | Tx,
  actionId: number,
  partyId: number,
  now: Date,
): Promise<Claim | undefined> {
  const row = await reader
    .selectFrom('call_claim')
    .select(['staff_id', 'staff_name', 'until'])
    .where('action_id', '=', actionId)
    .where('party_id', '=', partyId)
    .where('until', '>', now)
    .executeTakeFirst();
  return row && { staffId: row.staff_id, staffName: row.staff_name, until: row.until };
}

/**
 * Takes the call of one party for half an hour. Refuses `call.taken` while somebody else has it, unless it is taken over.
 */
export async function claimCall(
  ctx: Context,
  actionId: number,
  partyId: number,
  input: z.infer<typeof claimCallInput>,
): Promise<{ id: number; until: Date } | Refusal> {
  const no = forbid(ctx.actor, 'attempt.record');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const owed = await tx
      .selectFrom('obligation')
      .select('id')
      .where('action_id', '=', actionId)
      .where('party_id', '=', partyId)
      .executeTakeFirst();
    if (!owed) return refuse('call.unknown', { partyId });
    const before = await runningClaim(tx, actionId, partyId, ctx.now());
    if (!(await claimIn(tx, ctx, actionId, partyId, input.over))) {
      const other = await runningClaim(tx, actionId, partyId, ctx.now());
      return refuse('call.taken', { name: other?.staffName ?? '' });
    }
    if (before && before.staffId !== idOf(ctx)) {
      await recordEvent(tx, ctx, {
        action: 'call.take-over',
        subject: 'party',
        subjectId: partyId,
        actionId,
        partyId,
        before: { by: before.staffName },
        after: { by: ctx.actor.name },
      });
    }
    return { id: partyId, until: later(ctx.now(), CLAIM_MINUTES) };
  });
}

/**
 * Takes the next call: the most urgent one that is due, that nobody has, and whose office is open now. What one had
 * before is released. Refuses `call.nobody` when nobody is to be called, `call.nobody-open` when all offices are closed.
 */
export async function claimNextCall(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof nextCallInput>,
): Promise<{ id: number; until: Date } | Refusal> {
  const no = forbid(ctx.actor, 'attempt.record');
  if (no) return no;
  const me = idOf(ctx);
  const scope = await callScope(ctx, actionId);
  return transact(ctx, async (tx) => {
    const had = await releaseIn(tx, ctx, actionId, undefined);
    const found = await loadNextCalls(tx, scope, { ...input, me, passedSince: later(ctx.now(), -PASS_MINUTES), had });
    for (const { party_id: partyId, now } of found) {
      if (!now && !input.anyHour) continue;
      if (await claimIn(tx, ctx, actionId, partyId, false))
        return { id: partyId, until: later(ctx.now(), CLAIM_MINUTES) };
    }
    return found.length > 0 ? refuse('call.nobody-open', { count: found.length }) : refuse('call.nobody');
  });
}

/** Ends the claims one has in an action: on one party, or on all. Gives the parties. */
async function releaseIn(tx: Tx, ctx: Context, actionId: number, partyId: number | undefined): Promise<number[]> {
  const rows = await tx
    .updateTable('call_claim')
    .set({ until: ctx.now() })
    .where('action_id', '=', actionId)
    .where('staff_id', '=', idOf(ctx))
    .where('until', '>', ctx.now())
    .$if(partyId !== undefined, (query) => query.where('party_id', '=', partyId ?? 0))
    .returning('party_id')
    .execute();
  return rows.map((row) => row.party_id);
}

/** Puts a call back: it is offered to others at once, and to the same person again after half an hour. */
export async function releaseCall(ctx: Context, actionId: number, partyId: number): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'attempt.record');
  if (no) return no;
  return transact(ctx, async (tx) => {
    await tx
      .updateTable('call_claim')
      .set({ until: ctx.now(), passed_at: ctx.now() })
      .where('action_id', '=', actionId)
      .where('party_id', '=', partyId)
      .where('staff_id', '=', idOf(ctx))
      .execute();
    return { id: partyId };
  });
}

/**
 * A call has been recorded: one's own claim is over. What was said is recorded even where somebody else has taken the call
 * meanwhile.
 */
export async function endClaim(tx: Tx, ctx: Context, actionId: number, partyId: number): Promise<void> {
  await releaseIn(tx, ctx, actionId, partyId);
}
