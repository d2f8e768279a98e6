import { sql } from 'kysely';
import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, transact } from './context.ts';
import { type Claimed, markNotified, unsureTask } from './delivery-outcomes.ts';
import { type recordEvent, recordEvents } from './event.ts';
import { openTasks } from './tasks.ts';

/** No hand-over takes this long: the mail server's silence ends it after a minute. */
const LOST_AFTER_MS = 10 * 60_000;

/**
 * Finds letters that a server claimed and then died with. Whether they left is not known here: sending them again could
 * be the second time, leaving them could be never. So they become *unsure*, with one task per action and dead server;
 * the mail server's log knows them by their Message-ID.
 *
 * @param options.alone no other server can be running on this database (the embedded one): at start, whatever another
 *   process had claimed is lost at once instead of after ten minutes
 * @returns how many letters are in doubt
 */
export async function recoverDeliveries(ctx: Context, options: { alone?: boolean } = {}): Promise<number> {
  const no = forbid(ctx.actor, 'delivery.control');
  if (no) return 0;
  const before = new Date(ctx.now().getTime() - LOST_AFTER_MS);
  return transact(ctx, async (tx) => {
    const { rows } = await sql<{
      id: number;
      action_id: number;
      party_id: number | null;
      instance: string;
      attempts: number;
    }>`
      update delivery d set state = 'unsure', state_since = ${ctx.now()},
             detail = 'the server stopped while this letter was being handed over'
       where id in (select id from delivery where state = 'sending'
                       and (claimed_at < ${before} or ${options.alone ?? false} and claimed_by <> ${ctx.settings.instance})
                     order by id for update skip locked)
      returning id, action_id, party_id, coalesce(claimed_by, '') as instance, attempts`.execute(tx);
    if (rows.length === 0) return 0;
    await sql`
      insert into delivery_attempt (delivery_id, number, at, outcome, detail)
      select id, number, ${ctx.now()}, 'unknown', 'the server stopped before the answer'
        from unnest(${rows.map((row) => row.id)}::bigint[], ${rows.map((row) => row.attempts)}::int[]) as t (id, number)`.execute(
      tx,
    );
    await openTasks(
      tx,
      ctx,
      rows.map((row) => unsureTask(row.action_id, row.instance, null)),
    );
    await recordEvents(
      tx,
      ctx,
      rows.map((row) => ({
        action: 'delivery.unsure',
        subject: 'delivery',
        subjectId: row.id,
        actionId: row.action_id,
        partyId: row.party_id,
      })),
    );
    return rows.length;
  });
}

export const resolveUnsureInput = z.object({
  /** `left`: the mail server's log has it. `again`: it has not, so it is sent now. */
  answer: z.enum(['left', 'again']),
  reason: z.string().trim().min(3, 'Write how this is known, e.g. which log was read.').max(2_000),
  /** One letter; left out: every unsure letter of the action. */
  deliveryId: z.number().int().positive().optional(),
});

/** Settles letters in doubt. Either answer is a person's, with how it is known, on the record. */
export async function resolveUnsure(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof resolveUnsureInput>,
): Promise<{ id: number; letters: number } | Refusal> {
  const no = forbid(ctx.actor, 'delivery.control');
  if (no) return no;
  return transact(ctx, async (tx) => {
    let wanted = tx
      .selectFrom('delivery')
      .select(['id', 'action_id', 'notice_id', 'party_id', 'contact_id', 'kind', 'address', 'message_id', 'attempts'])
      .where('action_id', '=', actionId)
      .where('state', '=', 'unsure');
    if (input.deliveryId !== undefined) wanted = wanted.where('id', '=', input.deliveryId);
    const rows: Claimed[] = await wanted.orderBy('id').forUpdate().execute();
    if (rows.length === 0) return refuse('delivery.not-unsure');
    const ids = rows.map((row) => row.id);
    const at = ctx.now();
    await sql`
      update delivery set state = ${input.answer === 'left' ? 'sent' : 'queued'}, state_since = ${at},
             next_attempt_at = ${input.answer === 'left' ? null : at}::timestamptz,
             detail = ${input.answer === 'left' ? `settled by ${ctx.actor.name}: it left` : ''}
       where id = any(${ids}::bigint[])`.execute(tx);
    if (input.answer === 'left') await markNotified(tx, ctx, rows);
    else await ctx.queue.enqueue(tx, 'send-deliveries', { actionId }, { key: 'due' });
    await recordEvents(
      tx,
      ctx,
      rows.map((row) => ({
        action: input.answer === 'left' ? 'delivery.sent' : 'delivery.again',
        subject: 'delivery',
        subjectId: row.id,
        actionId,
        partyId: row.party_id,
        before: { state: 'unsure' },
        reason: input.reason,
      })),
    );
    await endUnsureTasks(ctx, tx, actionId);
    return { id: actionId, letters: rows.length };
  });
}

/** With the last letter in doubt settled, the tasks that asked for it are done. */
async function endUnsureTasks(ctx: Context, tx: Parameters<typeof recordEvent>[0], actionId: number): Promise<void> {
  const ended = await sql<{ id: number }>`
    update task set state = 'done', outcome = 'every letter in doubt was settled', ended_at = ${ctx.now()},
           ended_by = ${ctx.actor.name}
     where action_id = ${actionId} and kind = 'unsure-delivery' and state = 'open'
       and not exists (select 1 from delivery where action_id = ${actionId} and state = 'unsure')
    returning id`.execute(tx);
  await recordEvents(
    tx,
    ctx,
    ended.rows.map((task) => ({
      action: 'task.end',
      subject: 'task',
      subjectId: task.id,
      actionId,
      after: { state: 'done' },
    })),
  );
}
