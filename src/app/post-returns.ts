/** Letters that the post brought back, and the address that is right. */
import { z } from 'zod';
import { postalAddress } from '../domain/delivery.ts';
import { forbid } from '../domain/permission.ts';
import { returnReasons, returnRules } from '../domain/post.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordBounces } from './delivery-bounces.ts';
import { resolveBounceIn } from './delivery-redirect.ts';
import { recordEvent } from './event.ts';
import { findLetter } from './post-letters.ts';
import { keepTrouble, mendTrouble } from './reach-troubles.ts';

export const recordReturnInput = z.object({
  /** `L-12`, the QR code of the letter or its form, its tracking number, the number of its party. */
  reference: z.string().trim().min(1, 'Scan the code of the letter, or type its number.').max(500),
  reason: z.enum(returnReasons, 'Choose what stands on the envelope.'),
  /** What else stands on it, e.g. the new address on a sticker. */
  detail: z.string().trim().max(1_000).default(''),
  returnedOn: z.iso.date().optional(),
});

/** Letters that can come back. */
const UNDERWAY = ['sent', 'delivered', 'opened', 'unsure'];

/**
 * Records a letter that came back, by the words on its envelope. It is a bounce like any other: a task with the party's
 * other contacts, who get the letter at once if they have none; an address nobody is known at is not written to again;
 * a party that no letter reached counts as not told. The same envelope scanned twice changes nothing.
 * @returns the letter, its task, and what somebody does next
 */
export async function recordReturn(
  ctx: Context,
  actionId: number,
  given: z.input<typeof recordReturnInput>,
): Promise<{ id: number; party: string; taskId: number | null; next: string } | Refusal> {
  const no = forbid(ctx.actor, 'attempt.record') ?? forbid(ctx.actor, 'task.work');
  if (no) return no;
  const input = recordReturnInput.parse(given);
  const today = ctx.now().toISOString().slice(0, 10);
  if ((input.returnedOn ?? today) > today) return refuse('post.in-future', {}, 'returnedOn');
  const rule = returnRules[input.reason];
  return transact(ctx, async (tx) => {
    const letter = await findLetter(tx, ctx, actionId, input.reference, UNDERWAY);
    if (isRefusal(letter)) return letter;
    if (letter.state !== 'bounced' && !UNDERWAY.includes(letter.state))
      return refuse('post.letter-state', { letter: letter.id, state: letter.state }, 'reference');
    if (letter.state !== 'bounced') {
      const words = input.detail === '' ? rule.word : `${rule.word}: ${input.detail}`;
      await keepReturn(tx, ctx, actionId, letter.id, { ...input, returnedOn: input.returnedOn ?? today });
      await recordBounces(tx, ctx, [{ deliveryId: letter.id, kind: rule.bounce, detail: words }]);
      if (rule.badAddress && letter.party_id !== null) {
        await keepTrouble(tx, ctx, {
          kind: 'post',
          partyId: letter.party_id,
          contactId: letter.contact_id,
          value: letter.address,
          reason: input.reason,
          deliveryId: letter.id,
        });
      }
    }
    const task = await tx.selectFrom('task').select('id').where('key', '=', `bounce:${letter.id}`).executeTakeFirst();
    return { id: letter.id, party: letter.party, taskId: task?.id ?? null, next: rule.next };
  });
}

async function keepReturn(
  tx: Tx,
  ctx: Context,
  actionId: number,
  deliveryId: number,
  given: { reason: string; detail: string; returnedOn: string },
): Promise<void> {
  const values = {
    returned_on: given.returnedOn,
    return_reason: given.reason,
    return_detail: given.detail,
    returned_by: ctx.actor.name,
    changed_at: ctx.now(),
  };
  await tx
    .insertInto('postal_item')
    .values({
      delivery_id: deliveryId,
      action_id: actionId,
      printed_at: null,
      dispatched_on: null,
      delivered_on: null,
      ...values,
    })
    .onConflict((clash) => clash.column('delivery_id').doUpdateSet(values))
    .execute();
}

export const mendAddressInput = z.object({
  street: z.string().trim().min(1, 'Write the street and number.').max(200),
  postcode: z.string().trim().max(20).default(''),
  city: z.string().trim().min(1, 'Write the town.').max(100),
  region: z.string().trim().max(100).default(''),
  reason: z.string().trim().min(3, 'Write how you know, so that the next person understands.').max(2_000),
});

/**
 * Puts the right address in the place of the one a letter came back from – of the contact's site, else of the party – and
 * sends the letter there, as a letter of its own. The contact counts as reachable again; the task is done.
 */
export async function mendAddress(
  ctx: Context,
  deliveryId: number,
  given: z.input<typeof mendAddressInput>,
): Promise<{ id: number; deliveryId: number } | Refusal> {
  const no = forbid(ctx.actor, 'party.change') ?? forbid(ctx.actor, 'contact.change');
  if (no) return no;
  const input = mendAddressInput.parse(given);
  return transact(ctx, async (tx) => {
    const letter = await tx
      .selectFrom('delivery as d')
      .innerJoin('contact as c', 'c.id', 'd.contact_id')
      .select([
        'd.id',
        'd.state',
        'd.address',
        'd.action_id',
        'c.id as contact_id',
        'c.party_id',
        'c.site_id',
        'c.status',
      ])
      .where('d.id', '=', deliveryId)
      .executeTakeFirst();
    if (!letter) return refuse('delivery.unknown', { id: deliveryId });
    if (letter.state !== 'bounced' && letter.state !== 'failed')
      return refuse('delivery.not-returned', { state: letter.state });
    const { reason, ...place } = input;
    const before = await changePlace(tx, ctx, letter, place);
    if (postalAddress({ ...before, ...place }) === postalAddress(before))
      return refuse('post.same-address', {}, 'street');
    await mendTrouble(tx, ctx, { kind: 'post', partyId: letter.party_id, value: letter.address });
    await tx
      .updateTable('contact')
      .set({ status: 'active', changed_at: ctx.now() })
      .where('id', '=', letter.contact_id)
      .where('status', '=', 'unreachable')
      .execute();
    await recordEvent(tx, ctx, {
      action: letter.site_id === null ? 'party.change' : 'site.change',
      subject: letter.site_id === null ? 'party' : 'site',
      subjectId: letter.site_id ?? letter.party_id,
      actionId: letter.action_id,
      partyId: letter.party_id,
      before: { street: before.street, postcode: before.postcode, city: before.city, region: before.region },
      after: place,
      reason,
    });
    return resolveBounceIn(tx, ctx, deliveryId, { how: 'post' });
  });
}

/** Changes the address of the contact's site, else of its party. Gives the place as it was. */
async function changePlace(
  tx: Tx,
  ctx: Context,
  letter: { party_id: number; site_id: number | null },
  place: { street: string; postcode: string; city: string; region: string },
): Promise<Parameters<typeof postalAddress>[0]> {
  const columns = ['name', 'street', 'postcode', 'city', 'region', 'country'] as const;
  const set = { ...place, changed_at: ctx.now() };
  if (letter.site_id !== null) {
    const site = await tx.selectFrom('site').select(columns).where('id', '=', letter.site_id).executeTakeFirstOrThrow();
    await tx.updateTable('site').set(set).where('id', '=', letter.site_id).execute();
    return { ...site, attention: '' };
  }
  const party = await tx
    .selectFrom('party')
    .select(columns)
    .where('id', '=', letter.party_id)
    .executeTakeFirstOrThrow();
  await tx.updateTable('party').set(set).where('id', '=', letter.party_id).execute();
  return { ...party, attention: '' };
}
