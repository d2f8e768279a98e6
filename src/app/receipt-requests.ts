import { sql } from 'kysely';
import type { Context, Tx } from './context.ts';
import { recordEvent } from './event.ts';

/**
 * An update asks the parties it was written to for their receipt anew: what they had confirmed before is kept beside the update, their
 * state is silent again, and their clocks and reminders start with the letter that goes now. Authorities are informed,
 * not asked; who is silent already is asked by the reminders that run. One event with the count.
 */
export async function askReceiptAnew(
  tx: Tx,
  ctx: Context,
  notice: { id: number; actionId: number },
): Promise<{ parties: number }> {
  const at = ctx.now();
  const { rows } = await sql<{ party_id: number }>`
    with asked as (
      select id, party_id, state, received_at from obligation
       where action_id = ${notice.actionId} and audience <> 'authority'
         and party_id in (select party_id from delivery where notice_id = ${notice.id} and kind = 'notice')
         and received_at is not null
       order by id for update),
    kept as (
      insert into receipt_request (notice_id, obligation_id, asked_at, earlier_received_at, earlier_state)
      select ${notice.id}::bigint, id, ${at}::timestamptz, received_at, state from asked)
    update obligation o set received_at = null, state = 'silent', asked_at = ${at}, reminders_sent = 0, next_reminder_at = null
      from asked where o.id = asked.id
    returning o.party_id`.execute(tx);
  if (rows.length === 0) return { parties: 0 };
  // A clock that was met runs anew: it waits, and the letter starts it (app/deadlines.ts). One that still runs, or was
  // missed, is about the work and goes on as it was.
  await sql`
    update deadline set state = 'waiting', state_since = ${at}, starts_at = null, due_on = null, due_at = null,
           explanation = explanation || '{"startOn": null, "dueOn": null, "skipped": []}'::jsonb
     where action_id = ${notice.actionId} and party_id = any(${rows.map((row) => row.party_id)}::bigint[])
       and rule = 'customer-reply-connected' and state = 'met'`.execute(tx);
  await recordEvent(tx, ctx, {
    action: 'obligation.ask-anew',
    subject: 'notice',
    subjectId: notice.id,
    actionId: notice.actionId,
    after: { parties: rows.length },
  });
  return { parties: rows.length };
}
