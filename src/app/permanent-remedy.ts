import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { Schema } from '../db/schema.ts';
import { staffIdOf } from '../domain/actor.ts';
import { startHash, startRoles } from '../domain/permanent-fix.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { lockAction, voidNoticeApprovals } from './actions.ts';
import { type Context, type Reader, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { runStart } from './remedy-start-run.ts';
import { credentialInput, sign, voidSignatures } from './signatures.ts';

/*
 * The permanent fix comes in one of two ways.
 *
 * In the same action, after its release, as a second remedy:
 *   addRemedy(ctx, actionId, { kind: 'permanent-fix', … })        announced, as it may have been from the beginning
 *   proposeStart(ctx, remedyId, { supersedesId })                 what it replaces; the hash to sign comes back
 *   signStart(quality, remedyId, { as: 'quality', contentHash, credential })
 *   signStart(regulatory, remedyId, { as: 'regulatory', … })      the second signature starts it
 *   runStart(ctx, startId)                                        a large field: the job `run-remedy-start` (remedy-start-run.ts)
 *
 * Or as an action of its own (app/successors.ts):
 *   startSuccessor(ctx, actionId, { reference, title, remedyName })
 * whose scope is found, applied and released like any other's.
 *
 * From then on evidence about the permanent fix closes the interim correction of the same unit and environment by itself
 * (app/interim-carry.ts); app/queries/permanent-fix.ts reads who stands where.
 */

type StartRow = Selectable<Schema['remedy_start']>;

/** Up to this many corrections of the action are done while the second signer waits; more by a job. */
const AT_ONCE = 20_000;

export const proposeStartInput = z.object({
  supersedesId: z
    .int('Choose the remedy it replaces.')
    .positive()
    .describe('The remedy of the same action it replaces.'),
});

/**
 * Proposes that a remedy announced in a released action begins: for every unit and environment of the remedy it
 * supersedes. Nothing changes before two people have signed.
 * @returns the hash they sign
 */
export async function proposeStart(
  ctx: Context,
  remedyId: number,
  input: z.infer<typeof proposeStartInput>,
): Promise<{ id: number; contentHash: string } | Refusal> {
  const no = forbid(ctx.actor, 'action.change');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const remedy = await tx.selectFrom('remedy').selectAll().where('id', '=', remedyId).forUpdate().executeTakeFirst();
    if (!remedy) return refuse('remedy.unknown', { id: remedyId });
    const action = await lockAction(tx, remedy.action_id);
    if (isRefusal(action)) return action;
    if (action.stage === 'closed') return refuse('action.closed', { reference: action.reference });
    if (action.released_at === null) return refuse('remedy.start-unreleased', { reference: action.reference });
    if (remedy.status !== 'announced') return refuse('remedy.start-status', { status: remedy.status });
    const old = await tx
      .selectFrom('remedy')
      .select(['id', 'action_id', 'status'])
      .where('id', '=', input.supersedesId)
      .executeTakeFirst();
    if (!old || old.action_id !== action.id || old.id === remedyId || old.status !== 'available')
      return refuse('remedy.start-of-what', {}, 'supersedesId');
    const other = await tx
      .selectFrom('remedy')
      .select('name')
      .where('supersedes_id', '=', old.id)
      .where('id', '<>', remedyId)
      .executeTakeFirst();
    if (other) return refuse('remedy.superseded-already', { by: other.name }, 'supersedesId');
    const current = await findStart(tx, remedyId);
    if (current) return refuse('remedy.start-there', {});
    const contentHash = hashOf(remedy, old.id);
    await tx.updateTable('remedy').set({ supersedes_id: old.id }).where('id', '=', remedyId).execute();
    const { id } = await tx
      .insertInto('remedy_start')
      .values({
        remedy_id: remedyId,
        action_id: action.id,
        content_hash: contentHash,
        proposed_by: ctx.actor.name,
        proposed_at: ctx.now(),
        ended_at: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, {
      action: 'remedy.propose-start',
      subject: 'remedy',
      subjectId: remedyId,
      actionId: action.id,
      after: { supersedesId: old.id, name: remedy.name, contentHash },
    });
    return { id, contentHash };
  });
}

function hashOf(remedy: Selectable<Schema['remedy']>, supersedesId: number): string {
  return startHash({
    remedyId: remedy.id,
    supersedesId,
    kind: remedy.kind,
    name: remedy.name,
    description: remedy.description,
    prerequisites: remedy.prerequisites,
    sideEffects: remedy.side_effects,
  });
}

/** The start of a remedy that is proposed, running or done. */
export async function findStart(reader: Reader, remedyId: number): Promise<StartRow | undefined> {
  return reader
    .selectFrom('remedy_start')
    .selectAll()
    .where('remedy_id', '=', remedyId)
    .where('state', '<>', 'withdrawn')
    .executeTakeFirst();
}

/** A start that waits for signatures, locked, with its remedy. */
async function lockProposed(tx: Tx, remedyId: number) {
  const remedy = await tx.selectFrom('remedy').selectAll().where('id', '=', remedyId).forUpdate().executeTakeFirst();
  if (!remedy) return refuse('remedy.unknown', { id: remedyId });
  const start = await findStart(tx, remedyId);
  if (!start || remedy.supersedes_id === null) return refuse('remedy.start-none', {});
  if (start.state !== 'proposed') return refuse('remedy.start-there', {});
  return { remedy, start, contentHash: hashOf(remedy, remedy.supersedes_id) };
}

export const withdrawStartInput = z.object({
  reason: z.string().trim().min(3, 'Write why, in a few words.').max(1_000),
});

/** Takes a proposal back before it has begun. Signatures given on it are void. */
export async function withdrawStart(
  ctx: Context,
  remedyId: number,
  input: z.infer<typeof withdrawStartInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'action.change');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const found = await lockProposed(tx, remedyId);
    if (isRefusal(found)) return found;
    await tx
      .updateTable('remedy_start')
      .set({ state: 'withdrawn', ended_at: ctx.now(), reason: input.reason })
      .where('id', '=', found.start.id)
      .execute();
    await tx.updateTable('remedy').set({ supersedes_id: null }).where('id', '=', remedyId).execute();
    const actionId = found.remedy.action_id;
    await voidSignatures(tx, ctx, { subjectKind: 'remedy', subjectId: remedyId, reason: input.reason, actionId });
    await recordEvent(tx, ctx, {
      action: 'remedy.withdraw-start',
      subject: 'remedy',
      subjectId: remedyId,
      actionId,
      reason: input.reason,
    });
    return { id: remedyId };
  });
}

export const signStartInput = z.object({
  as: z.enum(['quality', 'regulatory']),
  contentHash: z.string().length(64).describe('The hash that was read: a remedy changed meanwhile is refused.'),
  credential: credentialInput,
});

/**
 * Signs that the remedy begins. Two people sign, for Quality and for Regulatory affairs; the second signature starts it.
 * Words changed after the first signature void it.
 */
export async function signStart(
  ctx: Context,
  remedyId: number,
  input: z.infer<typeof signStartInput>,
): Promise<{ id: number; state: 'proposed' | 'running' | 'done' } | Refusal> {
  const no = forbid(ctx.actor, `remedy.sign.${input.as}`);
  if (no) return no;
  const signed = await transact(ctx, (tx) => signIn(tx, ctx, remedyId, input));
  if (isRefusal(signed) || signed.state === 'proposed' || signed.later) return signed;
  return { id: signed.id, state: await runStart(ctx, signed.id) };
}

async function signIn(tx: Tx, ctx: Context, remedyId: number, input: z.infer<typeof signStartInput>) {
  const found = await lockProposed(tx, remedyId);
  if (isRefusal(found)) return found;
  const { remedy, start, contentHash } = found;
  const actionId = remedy.action_id;
  const action = await lockAction(tx, actionId);
  if (isRefusal(action)) return action;
  if (action.stage === 'closed') return refuse('action.closed', { reference: action.reference });
  if (contentHash !== input.contentHash) return refuse('remedy.changed-meanwhile', {}, 'contentHash');
  if (contentHash !== start.content_hash) {
    await voidSignatures(tx, ctx, {
      subjectKind: 'remedy',
      subjectId: remedyId,
      actionId,
      reason: 'the remedy has changed since it was signed',
    });
    await tx.updateTable('remedy_start').set({ content_hash: contentHash }).where('id', '=', start.id).execute();
  }
  const given = await tx
    .selectFrom('signature')
    .select(['staff_id', 'role'])
    .where('subject_kind', '=', 'remedy')
    .where('subject_id', '=', String(remedyId))
    .where('voided_at', 'is', null)
    .execute();
  if (given.some((one) => one.role === input.as)) return refuse('remedy.already-signed', { as: input.as });
  const self = staffIdOf(ctx.actor);
  if (given.some((one) => one.staff_id === self)) return refuse('remedy.same-person', {});
  const signature = await sign(ctx, tx, {
    meaning: startRoles[input.as],
    role: input.as,
    subjectKind: 'remedy',
    subjectId: remedyId,
    contentHash,
    actionId,
    credential: input.credential,
  });
  if (isRefusal(signature)) return signature;
  if (given.length === 0) return { id: start.id, state: 'proposed' as const, later: false };
  await tx.updateTable('remedy_start').set({ state: 'running' }).where('id', '=', start.id).execute();
  await tx.updateTable('remedy').set({ status: 'available' }).where('id', '=', remedyId).execute();
  await recordEvent(tx, ctx, {
    action: 'remedy.start',
    subject: 'remedy',
    subjectId: remedyId,
    actionId,
    after: { supersedesId: remedy.supersedes_id, name: remedy.name, contentHash },
  });
  // What the notice says about remedies is filled in from them: an approval given before is void.
  await voidNoticeApprovals(tx, ctx, actionId, `the remedy “${remedy.name}” begins`);
  const large = await tx
    .selectFrom('correction')
    .select('id')
    .where('action_id', '=', actionId)
    .offset(AT_ONCE)
    .limit(1)
    .executeTakeFirst();
  if (large) await ctx.queue.enqueue(tx, 'run-remedy-start', { id: start.id });
  return { id: start.id, state: 'running' as const, later: large !== undefined };
}
