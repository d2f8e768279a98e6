/** A letter that did not come back after all: scanned in the wrong pile, or mixed up with another. */
import { sql } from 'kysely';
import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, transact } from './context.ts';
import { type Claimed, markNotified } from './delivery-outcomes.ts';
import { recordEvent } from './event.ts';
import { mendTrouble } from './reach-troubles.ts';
import { endTaskIn } from './task-work.ts';

export const takeBackReturnInput = z.object({
  reason: z.string().trim().min(3, 'Write why, so that the next person understands.').max(2_000),
});

/**
 * Takes the return of a letter on paper back: it is on its way again, as far as it had come; its contact and its address
 * are right again; its task is dismissed; and a party that counted as not told because of it counts as told from now.
 * What was recorded stays in the record. Refuses `post.not-returned` for a letter that did not come back by the post.
 */
export async function takeBackReturn(
  ctx: Context,
  deliveryId: number,
  given: z.input<typeof takeBackReturnInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'attempt.record') ?? forbid(ctx.actor, 'task.work');
  if (no) return no;
  const { reason } = takeBackReturnInput.parse(given);
  return transact(ctx, async (tx) => {
    const { rows } = await sql<
      Claimed & { state: string; return_reason: string | null; arrived: boolean; opened: boolean }
    >`
      select d.id, d.action_id, d.notice_id, d.party_id, d.contact_id, d.kind, d.address, d.message_id, d.attempts, d.state,
             i.return_reason, i.delivered_on is not null as arrived,
             exists (select 1 from link l where l.id = d.link_id and l.opened_at is not null) as opened
        from delivery d left join postal_item i on i.delivery_id = d.id
       where d.id = ${deliveryId} for update of d`.execute(tx);
    const [letter] = rows;
    if (!letter) return refuse('delivery.unknown', { id: deliveryId });
    if (letter.state !== 'bounced' || !letter.return_reason) return refuse('post.not-returned', { letter: deliveryId });
    const state = letter.opened ? 'opened' : letter.arrived ? 'delivered' : 'sent';
    const at = ctx.now();
    await tx.updateTable('delivery').set({ state, state_since: at, detail: '' }).where('id', '=', deliveryId).execute();
    await tx
      .insertInto('delivery_attempt')
      .values({ delivery_id: deliveryId, number: letter.attempts, at, outcome: 'return-withdrawn', detail: reason })
      .execute();
    await tx
      .updateTable('postal_item')
      .set({ returned_on: null, return_reason: '', return_detail: '', returned_by: '', changed_at: at })
      .where('delivery_id', '=', deliveryId)
      .execute();
    if (letter.party_id !== null)
      await mendTrouble(tx, ctx, { kind: 'post', partyId: letter.party_id, value: letter.address });
    await tx
      .updateTable('contact')
      .set({ status: 'active', changed_at: at })
      .where('id', '=', letter.contact_id ?? 0)
      .where('status', '=', 'unreachable')
      .execute();
    const task = await tx
      .selectFrom('task')
      .select('id')
      .where('key', '=', `bounce:${deliveryId}`)
      .where('state', '=', 'open')
      .executeTakeFirst();
    const ended =
      task && (await endTaskIn(tx, ctx, task.id, { state: 'dismissed', outcome: `It did not come back: ${reason}` }));
    if (isRefusal(ended)) return ended;
    await markNotified(tx, ctx, [letter]);
    await recordEvent(tx, ctx, {
      action: 'delivery.return-withdrawn',
      subject: 'delivery',
      subjectId: deliveryId,
      actionId: letter.action_id,
      partyId: letter.party_id,
      before: { state: 'bounced', because: letter.return_reason },
      after: { state },
      reason,
    });
    return { id: deliveryId };
  });
}
