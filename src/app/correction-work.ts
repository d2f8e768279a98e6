import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { z } from 'zod';
import type { CorrectionStateName } from '../db/schema.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { recordConfirmations, verifyCorrections } from './confirmations.ts';
import { type Context, type Reader, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { refreshObligation } from './obligations.ts';
import { correctionList } from './queries/corrections.ts';
import { endTaskIn } from './task-work.ts';

export const setRightInput = z.object({
  claim: z.enum(['done', 'not-yet', 'not-affected', 'gone', 'cleared'], 'Choose what is true.'),
  doneOn: z.iso.date().nullable().default(null),
  reason: z.string().trim().min(3, 'Write how you know: it stays in the history.').max(2_000),
  /** The task that asked for it: ended with it. */
  taskId: z.number().int().positive().optional(),
});

/**
 * Says what is true of one correction, by staff, with the reason. What was said before stays; staff decide the state and
 * settle contradictions. *Done* verifies the correction, so it needs the permission to verify.
 */
export async function setCorrectionRight(
  ctx: Context,
  correctionId: number,
  input: z.infer<typeof setRightInput>,
): Promise<{ id: number; state: CorrectionStateName } | Refusal> {
  const no =
    forbid(ctx.actor, 'reply.correct') ?? (input.claim === 'done' ? forbid(ctx.actor, 'correction.verify') : undefined);
  if (no) return no;
  return transact(ctx, async (tx) => {
    const before = await tx
      .selectFrom('correction')
      .selectAll()
      .where('id', '=', correctionId)
      .forUpdate()
      .executeTakeFirst();
    if (!before) return refuse('correction.unknown', { count: 1 });
    const changes = await recordConfirmations(
      tx,
      ctx,
      { actionId: before.action_id, partyId: null, replyId: null, door: 'desk', kind: 'staff' },
      [
        {
          correctionId,
          claim: input.claim,
          doneOn: input.doneOn,
          backedUp: null,
          reason: input.reason,
          detail: {},
          ...(before.because_id === null ? {} : { correctsId: before.because_id }),
        },
      ],
    );
    if (isRefusal(changes)) return changes;
    const after = await tx
      .selectFrom('correction')
      .select('state')
      .where('id', '=', correctionId)
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, {
      action: 'correction.set-right',
      subject: 'correction',
      subjectId: correctionId,
      actionId: before.action_id,
      partyId: before.party_id,
      unitId: before.unit_id,
      before: { state: before.state, contradicted: before.contradicted },
      after: { claim: input.claim, doneOn: input.doneOn, state: after.state },
      reason: input.reason,
    });
    await refreshObligation(tx, ctx, before.action_id, before.party_id);
    if (input.taskId !== undefined) {
      const ended = await endTaskIn(tx, ctx, input.taskId, {
        state: 'done',
        outcome: `set to ${after.state}: ${input.reason}`,
      });
      if (isRefusal(ended)) return ended;
    }
    return { id: correctionId, state: after.state };
  });
}

/** As many corrections as one confirmation page verifies at once. */
export const MOST_VERIFIED_AT_ONCE = 5_000;

export interface Verifiable {
  ids: number[];
  /** More match than are verified at once. */
  more: boolean;
  /** Stands for exactly these rows: what is verified is what was shown. */
  seen: string;
  parties: number;
  byState: { state: CorrectionStateName; n: number }[];
}

/** The corrections of the ledger's list that are not verified yet, for the filters the list was asked with. */
export async function findVerifiable(
  reader: Reader,
  actionId: number,
  request: { filters: Readonly<Record<string, string>>; q: string },
): Promise<Verifiable> {
  const { rows } = await sql<{ id: number; state: CorrectionStateName; party_id: number }>`
    select id, state, party_id from (${correctionList.rows(request, { actionId })}) matching
      where state <> 'verified' order by id limit ${MOST_VERIFIED_AT_ONCE + 1}`.execute(reader);
  const taken = rows.slice(0, MOST_VERIFIED_AT_ONCE);
  const ids = taken.map((row) => row.id);
  return {
    ids,
    more: rows.length > taken.length,
    seen: createHash('sha256').update(ids.join(',')).digest('base64url').slice(0, 22),
    parties: new Set(taken.map((row) => row.party_id)).size,
    byState: [...Map.groupBy(taken, (row) => row.state)].map(([state, of]) => ({ state, n: of.length })),
  };
}

export const verifyMatchingInput = z.object({
  seen: z.string(),
  reason: z.string().trim().min(3, 'Write what was looked at, e.g. the service report.').max(2_000),
  doneOn: z.iso.date().nullable().default(null),
});

/** Verifies what findVerifiable showed; refused when other rows match by now. */
export async function verifyMatching(
  ctx: Context,
  actionId: number,
  request: { filters: Readonly<Record<string, string>>; q: string },
  input: z.infer<typeof verifyMatchingInput>,
): Promise<{ verified: number; already: number } | Refusal> {
  const no = forbid(ctx.actor, 'correction.verify');
  if (no) return no;
  const found = await findVerifiable(ctx.db, actionId, request);
  if (found.ids.length === 0) return refuse('correction.nothing-to-verify');
  if (found.seen !== input.seen) return refuse('correction.changed-meanwhile', { count: found.ids.length });
  return verifyCorrections(ctx, { correctionIds: found.ids, reason: input.reason, doneOn: input.doneOn });
}
