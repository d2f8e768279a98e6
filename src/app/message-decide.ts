import { z } from 'zod';
import { mailKinds } from '../domain/mail.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { acceptMessageIn, acceptMessageInput, endMessageIn } from './message-accept.ts';
import { readStored } from './message-proposal.ts';
import { findMessage } from './messages.ts';

const id = z.number().int().positive();
export const decideMessageInput = z.discriminatedUnion('how', [
  /** The guess is right: do what it says. */
  acceptMessageInput,
  /** The guess is wrong: it is this, and belongs there. It goes on waiting, as what it is. */
  z.object({
    how: z.literal('correct'),
    kind: z.enum(mailKinds).optional(),
    actionId: id.optional(),
    partyId: id.optional(),
    contactId: id.nullable().optional(),
    deliveryId: id.nullable().optional(),
  }),
  /** Whose it is; null gives it back to everybody, left out: the one who asks. */
  z.object({ how: z.literal('assign'), ownerId: z.string().nullable().optional() }),
  /** Nothing is to be done, or it was done elsewhere. */
  z.object({ how: z.literal('end'), outcome: z.string().trim().max(1_000).default('') }),
  /** It was ended too early. */
  z.object({ how: z.literal('reopen') }),
]);
export type MessageDecision = z.infer<typeof decideMessageInput>;
type Message = Exclude<Awaited<ReturnType<typeof findMessage>>, Refusal>;

/**
 * A person decides about a message that waits: accepts the guess, which does what it says – records the reply, the bounce,
 * the other contact, the suspected break-in –, corrects it, takes it on, ends it, or opens it again. What was done stays.
 */
export async function decideMessage(
  ctx: Context,
  messageId: number,
  input: MessageDecision,
): Promise<{ id: number; state: 'waiting' | 'done'; outcome: string } | Refusal> {
  const no = forbid(ctx.actor, 'message.decide');
  if (no) return no;
  const before = await findMessage(ctx.db, messageId);
  if (isRefusal(before)) return before;
  // The text is read outside the transaction: it takes a thread's time.
  const text =
    input.how === 'accept' && (before.kind === 'reply' || before.kind === 'problem')
      ? (await readStored(ctx, before)).text
      : '';
  return transact(ctx, async (tx) => {
    const message = await tx
      .selectFrom('message')
      .selectAll()
      .where('id', '=', messageId)
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (input.how === 'reopen') return reopen(tx, ctx, message);
    if (message.state !== 'waiting') return refuse('message.done', { outcome: message.outcome || 'it is being read' });
    switch (input.how) {
      case 'accept':
        return acceptMessageIn(tx, ctx, message, input, text);
      case 'correct':
        return correct(tx, ctx, message, input);
      case 'assign':
        return assign(tx, ctx, message, input.ownerId);
      case 'end':
        return endMessageIn(tx, ctx, message, input.outcome || 'Nothing to do.');
    }
  });
}

async function correct(
  tx: Tx,
  ctx: Context,
  message: Message,
  input: Extract<MessageDecision, { how: 'correct' }>,
): Promise<{ id: number; state: 'waiting'; outcome: string } | Refusal> {
  const place = await correctedPlace(tx, message, input);
  if (isRefusal(place)) return place;
  const kind = input.kind ?? message.kind ?? 'other';
  await tx
    .updateTable('message')
    .set({
      ...place,
      kind,
      failure: kind === 'failure' ? (message.failure ?? 'soft') : null,
      confidence: 100,
      ...(place.party_id === message.party_id ? {} : { matched_by: 'person' as const }),
    })
    .where('id', '=', message.id)
    .execute();
  await recordEvent(tx, ctx, {
    action: 'message.correct',
    subject: 'message',
    subjectId: message.id,
    actionId: place.action_id,
    partyId: place.party_id,
    before: {
      kind: message.kind,
      actionId: message.action_id,
      partyId: message.party_id,
      contactId: message.contact_id,
    },
    after: { kind, actionId: place.action_id, partyId: place.party_id, contactId: place.contact_id },
  });
  return { id: message.id, state: 'waiting', outcome: '' };
}

/** Where a message belongs after a correction: what does not fit together is refused. */
async function correctedPlace(
  tx: Tx,
  message: Message,
  input: Extract<MessageDecision, { how: 'correct' }>,
): Promise<
  { action_id: number | null; party_id: number | null; contact_id: number | null; delivery_id: number | null } | Refusal
> {
  const deliveryId = input.deliveryId === undefined ? message.delivery_id : input.deliveryId;
  const delivery =
    input.deliveryId == null
      ? undefined
      : await tx.selectFrom('delivery').selectAll().where('id', '=', input.deliveryId).executeTakeFirst();
  if (input.deliveryId != null && !delivery) return refuse('delivery.unknown', { id: input.deliveryId }, 'deliveryId');
  const partyId = input.partyId ?? delivery?.party_id ?? message.party_id;
  const moved = partyId !== message.party_id;
  const contactId =
    input.contactId === undefined ? (delivery?.contact_id ?? (moved ? null : message.contact_id)) : input.contactId;
  if (input.partyId !== undefined) {
    const party = await tx.selectFrom('party').select('id').where('id', '=', input.partyId).executeTakeFirst();
    if (!party) return refuse('message.no-party', {}, 'partyId');
  }
  if (contactId !== null) {
    const contact = await tx.selectFrom('contact').select('party_id').where('id', '=', contactId).executeTakeFirst();
    if (contact?.party_id !== partyId) return refuse('contact.unknown', { id: contactId }, 'contactId');
  }
  const actionId = input.actionId ?? delivery?.action_id ?? message.action_id;
  if (input.actionId !== undefined) {
    const action = await tx.selectFrom('action').select('id').where('id', '=', input.actionId).executeTakeFirst();
    if (!action) return refuse('message.no-action', {}, 'actionId');
  }
  const keepsLetter = !moved || delivery !== undefined;
  return {
    action_id: actionId,
    party_id: partyId,
    contact_id: contactId,
    delivery_id: keepsLetter ? deliveryId : null,
  };
}

async function assign(tx: Tx, ctx: Context, message: Message, asked: string | null | undefined) {
  const wanted = asked === undefined ? (ctx.actor.kind === 'staff' ? ctx.actor.id : null) : asked;
  const owner =
    wanted === null
      ? { id: null, name: '' }
      : await tx.selectFrom('staff').select(['id', 'name']).where('id', '=', wanted).executeTakeFirst();
  if (!owner) return refuse('message.owner-unknown', {}, 'ownerId');
  await tx
    .updateTable('message')
    .set({ owner_id: owner.id, owner_name: owner.name })
    .where('id', '=', message.id)
    .execute();
  await recordEvent(tx, ctx, {
    action: 'message.own',
    subject: 'message',
    subjectId: message.id,
    actionId: message.action_id,
    partyId: message.party_id,
    before: { owner: message.owner_name },
    after: { owner: owner.name },
  });
  return { id: message.id, state: 'waiting' as const, outcome: '' };
}

async function reopen(tx: Tx, ctx: Context, message: Message) {
  if (message.state !== 'done') return refuse('message.not-done', {});
  await tx
    .updateTable('message')
    .set({ state: 'waiting', state_since: ctx.now(), outcome: '', decided_by: '', decided_at: null })
    .where('id', '=', message.id)
    .execute();
  await recordEvent(tx, ctx, {
    action: 'message.reopen',
    subject: 'message',
    subjectId: message.id,
    actionId: message.action_id,
    partyId: message.party_id,
    before: { outcome: message.outcome },
  });
  return { id: message.id, state: 'waiting' as const, outcome: '' };
}
