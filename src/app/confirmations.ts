import { sql } from 'kysely';
import { z } from 'zod';
import type { CorrectionStateName, Day, Door } from '../db/schema.ts';
import { json } from '../db/values.ts';
import { currentState, type Evidence } from '../domain/correction.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { actorColumns, type EventInput, recordEvent, recordEvents } from './event.ts';
import { refreshObligation } from './obligations.ts';

export type Claim = 'done' | 'not-yet' | 'not-affected' | 'gone' | 'unknown' | 'isolated' | 'cleared';

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
}

/** Where evidence comes from: the reply it was read in, the door, what kind of evidence it is. */
export interface ConfirmationSource {
  actionId: number;
  /** Whose corrections may be touched; null for staff, who may touch every one of the action. */
  partyId: number | null;
  replyId: number | null;
  door: Door | 'desk';
  kind: 'statement' | 'code' | 'staff' | 'instrument' | 'import';
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
  for (const row of corrections) {
    const now = currentState(evidence.get(row.id) ?? []);
    if (now.state === row.state && now.becauseId === row.because_id && now.contradicted === row.contradicted) continue;
    changed.push({ id: row.id, state: now.state, because: now.becauseId, contradicted: now.contradicted });
    if (now.state !== row.state) {
      changes.push({ correctionId: row.id, unitId: row.unit_id, partyId: row.party_id, from: row.state, to: now.state });
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
        action: `correction.${change.to}`,
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
  return changes;
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
  }));
  // One parameter however many rows: a reply about 400 units is one statement.
  await sql`
    insert into confirmation (correction_id, action_id, reply_id, kind, claim, done_on, backed_up, reason, detail, door,
        by_kind, by_id, by_name, at, corrects_id)
      select n.correction_id, ${source.actionId}::bigint, ${source.replyId}::bigint, ${source.kind}::text, n.claim,
          n.done_on, n.backed_up, n.reason, n.detail, ${source.door}::text, ${who.actor_kind}::text,
          ${who.actor_id}::text, ${who.actor_name}::text, ${ctx.now()}::timestamptz, n.corrects_id
        from rows from (jsonb_to_recordset(${json(rows)}::jsonb) as (correction_id bigint, claim text, done_on date,
          backed_up boolean, reason text, detail jsonb, corrects_id bigint)) with ordinality n
        order by n.ordinality`.execute(tx);
}
