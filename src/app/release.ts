import { z } from 'zod';
import { json } from '../db/values.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { lockAction, moveActionIn } from './actions.ts';
import { type Context, transact } from './context.ts';
import { planDeliveries } from './deliveries.ts';
import { recordEvent } from './event.ts';
import { checkNotice } from './notice-checks.ts';
import { loadNoticeFacts } from './notice-facts.ts';
import { credentialInput } from './signatures.ts';

export const releaseActionInput = z.object({
  /** Asked for when a check found something that may be answered by a reason instead of a mend. */
  reason: z.string().trim().max(2_000).default(''),
  credential: credentialInput.optional(),
});

/**
 * Releases an action: its approved notice becomes the released version, with the facts its placeholders were filled
 * with, and each contact gets one delivery. Everything or nothing; the letters leave by the job that is queued here.
 */
export async function releaseAction(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof releaseActionInput>,
): Promise<{ id: number; deliveries: number; tasks: number } | Refusal> {
  const no = forbid(ctx.actor, 'delivery.release');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const action = await lockAction(tx, actionId);
    if (isRefusal(action)) return action;
    const notice = await tx
      .selectFrom('notice')
      .selectAll()
      .where('action_id', '=', actionId)
      .where('state', '=', 'approved')
      .orderBy('version', 'desc')
      .forUpdate()
      .executeTakeFirst();
    if (!notice) return refuse('action.no-approved-notice', { reference: action.reference });
    const form = await tx.selectFrom('form').select('id').where('action_id', '=', actionId).limit(1).executeTakeFirst();
    if (!form) return refuse('release.form-missing', { reference: action.reference });
    const findings = await checkNotice(tx, notice.id);
    const blocking = findings.filter((finding) => finding.severity === 'blocking');
    if (blocking.length > 0)
      return refuse('release.blocked', { count: blocking.length, rules: blocking.map((f) => f.rule).join(', ') });
    if (findings.length > 0 && input.reason === '')
      return refuse('release.reason-missing', { count: findings.length }, 'reason');
    if (action.stage !== 'released' && action.stage !== 'monitoring') {
      const moved = await moveActionIn(tx, ctx, actionId, {
        to: 'released',
        reason: input.reason,
        credential: input.credential,
      });
      if (isRefusal(moved)) return moved;
    }
    const at = ctx.now();
    await tx
      .updateTable('notice')
      .set({ state: 'superseded', state_since: at })
      .where('action_id', '=', actionId)
      .where('state', '=', 'released')
      .execute();
    await tx
      .updateTable('notice')
      .set({
        state: 'released',
        state_since: at,
        released_at: at,
        released_facts: json(await loadNoticeFacts(tx, actionId, notice.id)),
      })
      .where('id', '=', notice.id)
      .execute();
    await tx.updateTable('action').set({ delivery_state: 'running' }).where('id', '=', actionId).execute();
    await recordEvent(tx, ctx, {
      action: 'notice.release',
      subject: 'notice',
      subjectId: notice.id,
      actionId,
      after: { version: notice.version, number: notice.number, contentHash: notice.content_hash },
      reason: input.reason,
    });
    const planned = await planDeliveries(tx, ctx, actionId, notice.id);
    await ctx.queue.enqueue(tx, 'send-deliveries', { actionId });
    return { id: actionId, ...planned };
  });
}
