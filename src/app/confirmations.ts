import { sql } from 'kysely';
import { z } from 'zod';
import type { CorrectionStateName, Day, Door } from '../db/schema.ts';
import { json } from '../db/values.ts';
import { type Claim, checkEvidence, currentState, type Evidence, type EvidenceKind } from '../domain/correction.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { actorColumns, type EventInput, recordEvent, recordEvents } from './event.ts';
import { carriedEvidence, findFixPairs, refreshFixPaths } from './interim-carry.ts';
import { refreshObligation } from './obligations.ts';
import { openTasks } from './tasks.ts';

/** One piece of evidence about one correction, before it is written. */
export interface NewConfirmation {
  correctionId: number;
  claim: Claim;
  doneOn: Day | null;
  backedUp: boolean | null;
  /** A reason of the form (e.g. `needs-web-interface`), or words of staff. */
  reason: string;
  detail: Record<string, unknown>;
  correctsId?: number;
  /** The confirmation of another correction of the unit that it is carried over from (app/interim-carry.ts). */
  carriedFromId?: number;
}

/** Where evidence comes from: the reply it was read in, the door, what kind of evidence it is. */
export interface ConfirmationSource {
  actionId: number;
  /** Whose corrections may be touched; null for staff, who may touch every one of the action. */
  partyId: number | null;
  replyId: number | null;
  door: Door | 'desk';
  kind: EvidenceKind;
}

export interface CorrectionChange {
  correctionId: number;
  unitId: number;
  partyId: number;
  from: CorrectionStateName;
  to: CorrectionStateName;
}

/** Evidence of all rows in one statement stays far below what a statement can carry. */
const CHUNK = 5_000;

/**
 * Writes evidence and derives the state of each correction it is about from all evidence there is, old and new
 * (domain/correction.ts): nothing is erased, a later answer only adds. One event per correction whose state changed.
 * Nothing is written when a correction does not belong to the source's action and party.
 */
export async function recordConfirmations(
  tx: Tx,
  ctx: Pick<Context, 'actor' | 'now'>,
  source: ConfirmationSource,
  fresh: readonly NewConfirmation[],
): Promise<CorrectionChange[] | Refusal> {
  const changes: CorrectionChange[] = [];
  for (let from = 0; from < fresh.length; from += CHUNK) {
    const part = await recordPart(tx, ctx, source, fresh.slice(from, from + CHUNK));
    if (isRefusal(part)) return part;
    changes.push(...part);
  }
  return changes;
}

async function recordPart(
  tx: Tx,
  ctx: Pick<Context, 'actor' | 'now'>,
  source: ConfirmationSource,
  fresh: readonly NewConfirmation[],
): Promise<CorrectionChange[] | Refusal> {
  for (const one of fresh) {
    const wrong = checkEvidence({ kind: source.kind, claim: one.claim, reason: one.reason });
    if (wrong) return wrong;
  }
  const ids = [...new Set(fresh.map((one) => one.correctionId))];
  // Locked in the order of their ids, so that two replies about the same units cannot wait for each other.
  const corrections = await tx
    .selectFrom('correction')
    .select(['id', 'unit_id', 'party_id', 'state', 'because_id', 'contradicted'])
    .where('action_id', '=', source.actionId)
    .where('id', '=', sql<number>`any(${ids}::bigint[])`)
    .$if(source.partyId !== null, (query) => query.where('party_id', '=', source.partyId))
    .orderBy('id')
    .forUpdate()
    .execute();
  if (corrections.length < ids.length) {
    return refuse('reply.correction-not-yours', { count: ids.length - corrections.length });
  }
  await insertConfirmations(tx, ctx, source, fresh);
  const evidence = await loadEvidence(tx, ids);
  const changed: { id: number; state: CorrectionStateName; because: number | null; contradicted: boolean }[] = [];
  const changes: CorrectionChange[] = [];
  const contradicted: { id: number; unitId: number; partyId: number }[] = [];
  for (const row of corrections) {
    const now = currentState(evidence.get(row.id) ?? []);
    if (now.state === row.state && now.becauseId === row.because_id && now.contradicted === row.contradicted) continue;
    changed.push({ id: row.id, state: now.state, because: now.becauseId, contradicted: now.contradicted });
    if (now.contradicted && !row.contradicted)
      contradicted.push({ id: row.id, unitId: row.unit_id, partyId: row.party_id });
    if (now.state !== row.state) {
      changes.push({
        correctionId: row.id,
        unitId: row.unit_id,
        partyId: row.party_id,
        from: row.state,
        to: now.state,
      });
    }
  }
  if (changed.length > 0) {
    await sql`
      update correction c set state = n.state, because_id = n.because, contradicted = n.contradicted,
          state_since = case when c.state = n.state then c.state_since else ${ctx.now()}::timestamptz end
        from jsonb_to_recordset(${json(changed)}::jsonb) as n (id bigint, state text, because bigint, contradicted boolean)
        where c.id = n.id`.execute(tx);
  }
  await recordEvents(
    tx,
    ctx,
    changes.map(
      (change): EventInput => ({
        action: 'correction.change',
        subject: 'correction',
        subjectId: change.correctionId,
        actionId: source.actionId,
        partyId: change.partyId,
        unitId: change.unitId,
        before: { state: change.from },
        after: { state: change.to, replyId: source.replyId, door: source.door },
      }),
    ),
  );
  await openTasks(
    tx,
    ctx,
    contradicted.map((one) => ({
      kind: 'contradiction',
      key: `contradiction:correction:${one.id}`,
      actionId: source.actionId,
      partyId: one.partyId,
      replyId: source.replyId,
      unitId: one.unitId,
      correctionId: one.id,
      detail: { code: 'evidence-disagrees', door: source.door },
      again: true,
    })),
  );
  const carried = await carryToInterim(tx, ctx, source, changed);
  return isRefusal(carried) ? carried : changes;
}

/**
 * What changed about a permanent fix is carried to the correction it supersedes, which may be of another action; what
 * changed about either moves the unit on its path (domain/permanent-fix.ts). Never the other way.
 */
async function carryToInterim(
  tx: Tx,
  ctx: Pick<Context, 'actor' | 'now'>,
  source: ConfirmationSource,
  changed: readonly { id: number }[],
): Promise<undefined | Refusal> {
  if (changed.length === 0) return undefined;
  const ids = changed.map((row) => row.id);
  const pairs = await findFixPairs(tx, ids);
  if (pairs.length === 0) return undefined;
  const owed = await carriedEvidence(
    tx,
    pairs.filter((pair) => ids.includes(pair.permanent)),
  );
  for (const [actionId, group] of Map.groupBy(owed, (one) => one.actionId)) {
    for (const [kind, rows] of Map.groupBy(group, (one) => one.kind)) {
      const replyId = actionId === source.actionId ? source.replyId : null;
      const done = await recordPart(tx, ctx, { ...source, actionId, partyId: null, replyId, kind }, rows);
      if (isRefusal(done)) return done;
    }
    if (actionId === source.actionId) continue;
    // Callers look after the parties of their own action only.
    const parties = [...new Set(group.map((one) => one.partyId))].sort((a, b) => a - b);
    for (const partyId of parties) await refreshObligation(tx, ctx, actionId, partyId);
  }
  await refreshFixPaths(tx, pairs);
  return undefined;
}

async function insertConfirmations(
  tx: Tx,
  ctx: Pick<Context, 'actor' | 'now'>,
  source: ConfirmationSource,
  fresh: readonly NewConfirmation[],
): Promise<void> {
  const who = actorColumns(ctx.actor);
  const rows = fresh.map((one) => ({
    correction_id: one.correctionId,
    claim: one.claim,
    done_on: one.doneOn,
    backed_up: one.backedUp,
    reason: one.reason,
    detail: one.detail,
    corrects_id: one.correctsId ?? null,
    carried_from_id: one.carriedFromId ?? null,
  }));
  // One parameter however many rows: a reply about 400 units is one statement.
  await sql`
    insert into confirmation (correction_id, action_id, reply_id, kind, claim, done_on, backed_up, reason, detail, door,
        by_kind, by_id, by_name, at, corrects_id, carried_from_id)
      select n.correction_id, ${source.actionId}::bigint, ${source.replyId}::bigint, ${source.kind}::text, n.claim,
          n.done_on, n.backed_up, n.reason, n.detail, ${source.door}::text, ${who.actor_kind}::text,
          ${who.actor_id}::text, ${who.actor_name}::text, ${ctx.now()}::timestamptz, n.corrects_id,
          n.carried_from_id
        from rows from (jsonb_to_recordset(${json(rows)}::jsonb) as (correction_id bigint, claim text, done_on date,
          backed_up boolean, reason text, detail jsonb, corrects_id bigint, carried_from_id bigint)) with ordinality n
        order by n.ordinality`.execute(tx);
}

/** All evidence of these corrections, in the order it came. */
export async function loadEvidence(tx: Tx, ids: readonly number[]): Promise<Map<number, Evidence[]>> {
  const rows = await tx
    .selectFrom('confirmation as f')
    .leftJoin('confirmation as o', 'o.id', 'f.carried_from_id')
    .select(['f.id', 'f.correction_id', 'f.kind', 'f.claim', 'f.reason', 'f.at', 'f.corrects_id'])
    .select('o.correction_id as carried_from')
    .where('f.correction_id', '=', sql<number>`any(${ids}::bigint[])`)
    .orderBy('f.id')
    .execute();
  const evidence = new Map<number, Evidence[]>();
  for (const row of rows) {
    const one: Evidence = {
      id: row.id,
      kind: row.kind,
      claim: row.claim,
      reason: row.reason,
      at: row.at,
      correctsId: row.corrects_id,
      carriedFrom: row.carried_from ?? undefined,
    };
    const list = evidence.get(row.correction_id);
    if (list) list.push(one);
    else evidence.set(row.correction_id, [one]);
  }
  return evidence;
}

export const correctConfirmationInput = z.object({
  claim: z.enum(['done', 'not-yet', 'not-affected', 'gone', 'unknown', 'cleared']),
  doneOn: z.iso.date().nullable().default(null),
  reason: z.string().trim().min(3).max(2_000),
});

/**
 * Sets a confirmation right, with the reason: the old one stays, a new one by staff names it and decides the state. Also
 * settles a contradiction (the claim that is true is said again) and clears a suspected break-in (`cleared`).
 */
export async function correctConfirmation(
  ctx: Context,
  confirmationId: number,
  input: z.infer<typeof correctConfirmationInput>,
): Promise<{ correctionId: number; state: CorrectionStateName } | Refusal> {
  // Staff who say *done* verify: that is for those who may.
  const no =
    forbid(ctx.actor, 'reply.correct') ?? (input.claim === 'done' ? forbid(ctx.actor, 'correction.verify') : undefined);
  if (no) return no;
  return transact(ctx, async (tx) => {
    const old = await tx
      .selectFrom('confirmation')
      .innerJoin('correction', 'correction.id', 'confirmation.correction_id')
      .select([
        'confirmation.correction_id',
        'confirmation.action_id',
        'confirmation.claim',
        'confirmation.done_on',
        'correction.party_id',
        'correction.unit_id',
      ])
      .where('confirmation.id', '=', confirmationId)
      .executeTakeFirst();
    if (!old) return refuse('confirmation.unknown', { id: confirmationId });
    const changes = await recordConfirmations(tx, ctx, staffSource(old.action_id), [
      {
        correctionId: old.correction_id,
        claim: input.claim,
        doneOn: input.doneOn,
        backedUp: null,
        reason: input.reason,
        detail: {},
        correctsId: confirmationId,
      },
    ]);
    if (isRefusal(changes)) return changes;
    await recordEvent(tx, ctx, {
      action: 'confirmation.correct',
      subject: 'confirmation',
      subjectId: confirmationId,
      actionId: old.action_id,
      partyId: old.party_id,
      unitId: old.unit_id,
      before: { claim: old.claim, doneOn: old.done_on },
      after: { claim: input.claim, doneOn: input.doneOn },
      reason: input.reason,
    });
    await refreshObligation(tx, ctx, old.action_id, old.party_id);
    const row = await tx
      .selectFrom('correction')
      .select('state')
      .where('id', '=', old.correction_id)
      .executeTakeFirstOrThrow();
    return { correctionId: old.correction_id, state: row.state };
  });
}

export const verifyCorrectionsInput = z.object({
  correctionIds: z.array(z.number().int().positive()).min(1).max(10_000),
  /** What was looked at, e.g. *version read from the instrument in the service call 4711*. */
  reason: z.string().trim().min(3).max(2_000),
  doneOn: z.iso.date().nullable().default(null),
});

/**
 * Verifies corrections by staff evidence. All of them or none; those that are verified already are left as they are.
 * One event per correction, and the obligations of their parties follow.
 */
export async function verifyCorrections(
  ctx: Context,
  input: z.infer<typeof verifyCorrectionsInput>,
): Promise<{ verified: number; already: number } | Refusal> {
  const no = forbid(ctx.actor, 'correction.verify');
  if (no) return no;
  const ids = [...new Set(input.correctionIds)];
  return transact(ctx, async (tx) => {
    const rows = await tx
      .selectFrom('correction')
      .select(['id', 'action_id', 'party_id', 'state'])
      .where('id', '=', sql<number>`any(${ids}::bigint[])`)
      .orderBy('id')
      .execute();
    if (rows.length < ids.length) return refuse('correction.unknown', { count: ids.length - rows.length });
    const open = rows.filter((row) => row.state !== 'verified');
    for (const [actionId, ofAction] of Map.groupBy(open, (row) => row.action_id)) {
      const changes = await recordConfirmations(
        tx,
        ctx,
        staffSource(actionId),
        ofAction.map((row) => ({
          correctionId: row.id,
          claim: 'done',
          doneOn: input.doneOn,
          backedUp: null,
          reason: input.reason,
          detail: {},
        })),
      );
      if (isRefusal(changes)) return changes;
      const parties = [...new Set(ofAction.map((row) => row.party_id))].sort((a, b) => a - b);
      for (const partyId of parties) await refreshObligation(tx, ctx, actionId, partyId);
    }
    return { verified: open.length, already: rows.length - open.length };
  });
}

function staffSource(actionId: number): ConfirmationSource {
  return { actionId, partyId: null, replyId: null, door: 'desk', kind: 'staff' };
}
