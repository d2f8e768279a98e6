import type { Context, Tx } from './context.ts';
import { meetDeadline } from './deadlines.ts';
import { recordEvent } from './event.ts';

/** What has just been learnt about a party, besides the states of its corrections. */
export interface ObligationNews {
  /** Somebody confirmed receipt and understanding at this moment. */
  receivedAt?: Date;
  /** A reply of any kind came in at this moment. */
  repliedAt?: Date;
  /** Whether the form leaves a distributor's part unanswered: that customers were told, or that there are none. */
  cascadeOwed?: boolean;
}

/**
 * Derives what a party still owes in an action, after a reply or a change by staff: silent → received (receipt and
 * understanding were confirmed) → done (nothing owed any more). It goes back when something is owed again, e.g. when a
 * unit was found that nobody knew of. Writes one event when the state changes, ends reminders once the party has
 * answered, and meets the deadlines of receipt and completion.
 *
 * A party without an obligation in this action owes nothing: then nothing happens.
 */
export async function refreshObligation(
  tx: Tx,
  ctx: Pick<Context, 'actor' | 'now'>,
  actionId: number,
  partyId: number,
  news: ObligationNews = {},
): Promise<void> {
  const before = await tx
    .selectFrom('obligation')
    .selectAll()
    .where('action_id', '=', actionId)
    .where('party_id', '=', partyId)
    .forUpdate()
    .executeTakeFirst();
  if (!before) return;
  const at = ctx.now();
  const receivedAt = before.received_at ?? news.receivedAt ?? null;
  const nothingOpen = before.corrections_open === 0;
  // A distributor who owns no affected unit still owes that its customers are told.
  const cascadeOwed = before.audience === 'distributor' && (news.cascadeOwed ?? before.completed_at === null);
  const state = receivedAt === null ? 'silent' : nothingOpen && !cascadeOwed ? 'done' : 'received';
  const completedAt = state === 'done' ? (before.completed_at ?? at) : null;
  await tx
    .updateTable('obligation')
    .set({
      state,
      received_at: receivedAt,
      completed_at: completedAt,
      last_reply_at: news.repliedAt ?? before.last_reply_at,
      // Reminders go to those who have not answered, and to nobody else.
      ...(state === 'silent' ? {} : { next_reminder_at: null }),
    })
    .where('id', '=', before.id)
    .execute();
  if (state !== 'silent') await stopReminders(tx, ctx, actionId, partyId);
  if (state === before.state) return;
  const verb = state === 'done' ? 'complete' : before.state === 'silent' ? 'receive' : 'reopen';
  await recordEvent(tx, ctx, {
    action: `obligation.${verb}`,
    subject: 'obligation',
    subjectId: before.id,
    actionId,
    partyId,
    before: { state: before.state },
    after: { state, correctionsOpen: before.corrections_open },
  });
  if (receivedAt !== null && before.received_at === null) await meetDeadline(tx, ctx, actionId, partyId, 'receipt');
  if (state === 'done') await meetDeadline(tx, ctx, actionId, partyId, 'completion');
}

/** Reminders that still wait to be sent are stopped: the party has answered. */
async function stopReminders(tx: Tx, ctx: Pick<Context, 'now'>, actionId: number, partyId: number): Promise<void> {
  await tx
    .updateTable('delivery')
    .set({ state: 'stopped', state_since: ctx.now(), next_attempt_at: null, detail: 'the party has answered' })
    .where('action_id', '=', actionId)
    .where('party_id', '=', partyId)
    .where('kind', '=', 'reminder')
    .where('state', '=', 'queued')
    .execute();
}
