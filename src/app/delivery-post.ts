import { sql } from 'kysely';
import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, transact } from './context.ts';
import { type Claimed, markNotified } from './delivery-outcomes.ts';
import { recordEvents } from './event.ts';

export const markHandledInput = z.object({
  /** Letters posted, or contacts told by telephone. */
  deliveryIds: z.array(z.number().int().positive()).min(1, 'Choose at least one letter.').max(2_000),
  /** Number of the registered letter or the courier; one for all of a consignment. */
  tracking: z.string().trim().max(100).default(''),
  /** What was said on the telephone, who took the letter. */
  note: z.string().trim().max(2_000).default(''),
});

/**
 * Records that people did what no mail server does: put printed letters into the post, or read the notice out on the
 * telephone. From then on the party counts as told and its clocks run, as with a mail that was accepted.
 */
export async function markHandled(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof markHandledInput>,
): Promise<{ id: number; letters: number } | Refusal> {
  const no = forbid(ctx.actor, 'attempt.record');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const rows = await tx
      .selectFrom('delivery')
      .select([
        'id',
        'action_id',
        'notice_id',
        'party_id',
        'contact_id',
        'kind',
        'address',
        'message_id',
        'attempts',
        'channel',
      ])
      .where('action_id', '=', actionId)
      .where('id', '=', sql<number>`any(${input.deliveryIds}::bigint[])`)
      .where('channel', 'in', ['post', 'phone'])
      .where('state', 'in', ['queued', 'bounced'])
      .orderBy('id')
      .forUpdate()
      .execute();
    if (rows.length === 0) return refuse('delivery.nothing-to-post', {}, 'deliveryIds');
    const at = ctx.now();
    const ids = rows.map((row) => row.id);
    const detail = [input.tracking === '' ? '' : `tracking ${input.tracking}`, input.note]
      .filter((part) => part !== '')
      .join('; ');
    await sql`
      update delivery set state = 'sent', state_since = ${at}, attempts = attempts + 1, detail = ${detail.slice(0, 500)}
       where id = any(${ids}::bigint[])`.execute(tx);
    await sql`
      insert into delivery_attempt (delivery_id, number, at, outcome, detail)
      select id, number, ${at}, outcome, ${detail}
        from unnest(${ids}::bigint[], ${rows.map((row) => row.attempts + 1)}::int[],
                    ${rows.map((row) => (row.channel === 'post' ? 'posted' : 'telephoned'))}::text[]) as t (id, number, outcome)`.execute(
      tx,
    );
    await markNotified(tx, ctx, rows satisfies Claimed[]);
    const called = await sql<{ id: number; party_id: number | null }>`
      update task set state = 'done', outcome = ${`told by telephone${input.note === '' ? '' : `: ${input.note}`}`},
             ended_at = ${at}, ended_by = ${ctx.actor.name}
       where kind = 'telephone' and state = 'open'
         and key = any(${rows.filter((row) => row.channel === 'phone').map((row) => `telephone:${row.id}`)}::text[])
      returning id, party_id`.execute(tx);
    await recordEvents(tx, ctx, [
      ...rows.map((row) => ({
        action: row.channel === 'post' ? 'delivery.posted' : 'delivery.telephoned',
        subject: 'delivery',
        subjectId: row.id,
        actionId,
        partyId: row.party_id,
        after: { address: row.address, tracking: input.tracking, note: input.note },
      })),
      ...called.rows.map((task) => ({
        action: 'task.end',
        subject: 'task',
        subjectId: task.id,
        actionId,
        partyId: task.party_id,
        after: { kind: 'telephone', state: 'done' },
      })),
    ]);
    return { id: actionId, letters: rows.length };
  });
}
