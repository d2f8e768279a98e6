import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';

export const ownTaskInput = z.object({
  /** Whose it becomes; null gives it back to everybody. Left out: the one who asks. */
  ownerId: z.string().nullable().optional(),
});
export const endTaskInput = z.object({
  state: z.enum(['done', 'dismissed']),
  /** What came of it: kept with the task and in the record. */
  outcome: z.string().trim().min(3, 'Write what came of it, so that the next person understands.').max(2_000),
});

async function lockTask(tx: Tx, taskId: number) {
  return (
    (await tx.selectFrom('task').selectAll().where('id', '=', taskId).forUpdate().executeTakeFirst()) ??
    refuse('task.unknown', { id: taskId })
  );
}

/** Gives a task an owner, so that two people do not call the same laboratory. */
export async function ownTask(
  ctx: Context,
  taskId: number,
  input: z.infer<typeof ownTaskInput>,
): Promise<{ id: number; owner: string } | Refusal> {
  const no = forbid(ctx.actor, 'task.work');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const task = await lockTask(tx, taskId);
    if (isRefusal(task)) return task;
    if (task.state !== 'open') return refuse('task.ended', { state: task.state });
    const wanted = input.ownerId === undefined && ctx.actor.kind === 'staff' ? ctx.actor.id : (input.ownerId ?? null);
    const owner =
      wanted === null
        ? { id: null, name: '' }
        : await tx.selectFrom('staff').select(['id', 'name']).where('id', '=', wanted).executeTakeFirst();
    if (!owner) return refuse('task.owner-unknown', {}, 'ownerId');
    await tx.updateTable('task').set({ owner_id: owner.id, owner_name: owner.name }).where('id', '=', taskId).execute();
    await recordEvent(tx, ctx, {
      action: 'task.own',
      subject: 'task',
      subjectId: taskId,
      actionId: task.action_id,
      partyId: task.party_id,
      before: { owner: task.owner_name },
      after: { owner: owner.name },
    });
    return { id: taskId, owner: owner.name };
  });
}

/** Ends a task with its outcome. */
export async function endTask(
  ctx: Context,
  taskId: number,
  input: z.infer<typeof endTaskInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'task.work');
  if (no) return no;
  return transact(ctx, (tx) => endTaskIn(tx, ctx, taskId, input));
}

/** endTask inside a transaction that does more, e.g. the mend that the task asked for. */
export async function endTaskIn(
  tx: Tx,
  ctx: Context,
  taskId: number,
  input: z.infer<typeof endTaskInput>,
): Promise<{ id: number } | Refusal> {
  const task = await lockTask(tx, taskId);
  if (isRefusal(task)) return task;
  if (task.state !== 'open') return refuse('task.ended', { state: task.state });
  await tx
    .updateTable('task')
    .set({ state: input.state, outcome: input.outcome, ended_at: ctx.now(), ended_by: ctx.actor.name })
    .where('id', '=', taskId)
    .execute();
  await recordEvent(tx, ctx, {
    action: 'task.end',
    subject: 'task',
    subjectId: taskId,
    actionId: task.action_id,
    partyId: task.party_id,
    after: { kind: task.kind, state: input.state, outcome: input.outcome },
  });
  return { id: taskId };
}

/** Opens an ended task again: an outcome that proved wrong is not the end. */
export async function reopenTask(ctx: Context, taskId: number): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'task.work');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const task = await lockTask(tx, taskId);
    if (isRefusal(task)) return task;
    if (task.state === 'open') return { id: taskId };
    await tx
      .updateTable('task')
      .set({ state: 'open', outcome: '', ended_at: null, ended_by: null })
      .where('id', '=', taskId)
      .execute();
    await recordEvent(tx, ctx, {
      action: 'task.reopen',
      subject: 'task',
      subjectId: taskId,
      actionId: task.action_id,
      partyId: task.party_id,
      before: { state: task.state, outcome: task.outcome },
    });
    return { id: taskId };
  });
}
