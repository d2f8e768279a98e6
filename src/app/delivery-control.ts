import { sql } from 'kysely';
import { z } from 'zod';
import { commandSending, sendingCommands } from '../domain/delivery.ts';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';

export const controlSendingInput = z.object({
  command: z.enum(sendingCommands),
  reason: z.string().trim().min(3, 'Write why, so that the next person understands.').max(2_000),
});

/**
 * Pauses, resumes or stops the letters and reminders of an action. Pausing leaves what waits where it is. Stopping takes
 * it out of the queue; resuming puts that back. What has been handed to a mail server cannot be called back.
 */
export async function controlSending(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof controlSendingInput>,
): Promise<{ id: number; state: string; letters: number } | Refusal> {
  const no = forbid(ctx.actor, 'delivery.control');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const action = await tx
      .selectFrom('action')
      .select(['id', 'reference', 'delivery_state'])
      .where('id', '=', actionId)
      .forUpdate()
      .executeTakeFirst();
    if (!action) return refuse('action.unknown', { id: actionId });
    const to = commandSending(action.delivery_state, input.command);
    if (to === undefined) return refuse('delivery.command', { command: input.command, state: action.delivery_state });
    await tx.updateTable('action').set({ delivery_state: to }).where('id', '=', actionId).execute();
    const letters =
      input.command === 'stop'
        ? await moveLetters(tx, ctx, actionId, 'queued', 'stopped')
        : input.command === 'resume' && action.delivery_state === 'stopped'
          ? await moveLetters(tx, ctx, actionId, 'stopped', 'queued')
          : 0;
    await recordEvent(tx, ctx, {
      action: `delivery.${input.command}`,
      subject: 'action',
      subjectId: actionId,
      actionId,
      before: { state: action.delivery_state },
      after: { state: to, letters },
      reason: input.reason,
    });
    if (to === 'running') await ctx.queue.enqueue(tx, 'send-deliveries', { actionId }, { key: 'due' });
    return { id: actionId, state: to, letters };
  });
}

/** What a stop marks its letters with: only these come back when sending is resumed. */
const STOPPED = 'stopped with the action';

async function moveLetters(
  tx: Tx,
  ctx: Context,
  actionId: number,
  from: 'queued' | 'stopped',
  to: 'queued' | 'stopped',
): Promise<number> {
  const at = ctx.now();
  const { numAffectedRows } = await sql`
    update delivery set state = ${to}, state_since = ${at}, detail = ${to === 'stopped' ? STOPPED : ''},
           next_attempt_at = case when ${to} = 'queued' and channel = 'email' then ${at}::timestamptz end
     where action_id = ${actionId} and state = ${from} and kind in ('notice', 'reminder')
       and (${from} = 'queued' or detail = ${STOPPED})`.execute(tx);
  return Number(numAffectedRows ?? 0);
}
