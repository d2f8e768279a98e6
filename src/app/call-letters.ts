/** The notice once more, for somebody who asked for it on the telephone. */
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Context, Tx } from './context.ts';
import { addressOf, insertDeliveries } from './deliveries.ts';
import { wantFiles } from './delivery-files.ts';
import { firstPurpose, loadPlace } from './delivery-redirect.ts';
import { recordEvent } from './event.ts';
import { ensureLinks } from './links.ts';

/**
 * Plans the letter once more: as the contact had it last, else as another contact of the party had it. Another letter
 * beside the first (law 3 is about letters nobody asked for). Refuses `call.no-letter` when the party never had one,
 * `delivery.no-address` when there is nowhere to send it.
 * @returns the delivery
 */
export async function sendNoticeAgain(
  tx: Tx,
  ctx: Context,
  wish: { actionId: number; partyId: number; contactId: number | null; channel: 'email' | 'post' },
): Promise<number | Refusal> {
  const { actionId, partyId, channel } = wish;
  const last = await tx
    .selectFrom('delivery')
    .selectAll()
    .where('action_id', '=', actionId)
    .where('party_id', '=', partyId)
    .where('kind', '=', 'notice')
    .where('contact_id', 'is not', null)
    .orderBy((eb) => eb('contact_id', '=', wish.contactId ?? 0), 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const contactId = wish.contactId ?? last?.contact_id;
  if (!last || !contactId) return refuse('call.no-letter', {}, 'outcome');
  const place = await loadPlace(tx, contactId);
  const { address, trouble } = addressOf({ ...place, channel });
  if (trouble) return refuse('delivery.no-address', { why: trouble }, 'letterBy');
  const links = await ensureLinks(tx, ctx, actionId, [{ contactId, partyId }]);
  const purpose = `${firstPurpose(last.purpose).replace(/:again:\d+$/, '')}:again`;
  const { n } = await tx
    .selectFrom('delivery')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('contact_id', '=', contactId)
    .where('purpose', 'like', `${purpose}:%`)
    .executeTakeFirstOrThrow();
  const [written] = await insertDeliveries(tx, ctx, [
    {
      actionId,
      noticeId: last.notice_id,
      partyId,
      contactId,
      linkId: links.get(contactId) ?? null,
      country: last.country,
      kind: 'notice',
      purpose: `${purpose}:${Number(n) + 1}`,
      channel,
      address,
      variant: last.variant,
      languages: last.languages,
    },
  ]);
  if (!written) return refuse('call.no-letter', {}, 'outcome');
  await wantFiles(tx, ctx, [written.id]);
  await recordEvent(tx, ctx, {
    action: 'delivery.again',
    subject: 'delivery',
    subjectId: written.id,
    actionId,
    partyId,
    after: { channel, address, asBefore: last.id },
  });
  if (channel === 'email') await ctx.queue.enqueue(tx, 'send-deliveries', { actionId }, { key: 'due' });
  return written.id;
}
