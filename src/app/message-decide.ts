import { z } from 'zod';
import { mailKinds } from '../domain/mail.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { contactProposal, proposeContactChangeIn } from './contact-changes.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordBounces } from './delivery-bounces.ts';
import { recordEvent } from './event.ts';
import { reportCompromiseIn } from './incidents.ts';
import { answersOf, proposeReply, readStored } from './message-proposal.ts';
import { findMessage } from './messages.ts';
import { planReceipt } from './receipts.ts';
import { takeReply } from './replies.ts';
import { endTaskIn } from './task-work.ts';

const id = z.number().int().positive();
const day = z.iso.date();

const acceptedCorrection = z.object({ id, claim: z.enum(['done', 'not-yet', 'gone']), doneOn: day.optional() });

export const decideMessageInput = z.discriminatedUnion('how', [
  /** The guess is right: do what it says. */
  z.object({
    how: z.literal('accept'),
    /** For replies: what it says; left out, what was read in it. */
    received: z.boolean().optional(),
    corrections: z.array(acceptedCorrection).max(2_000).optional(),
    /** For contact changes: whom it names. */
    contact: contactProposal.optional(),
    /** What came of it, where that is not plain. */
    outcome: z.string().trim().max(1_000).default(''),
  }),
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
type Accept = Extract<MessageDecision, { how: 'accept' }>;
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
  const text = input.how === 'accept' && before.kind === 'reply' ? (await readStored(ctx, before)).text : '';
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
        return accept(tx, ctx, message, input, text);
      case 'correct':
        return correct(tx, ctx, message, input);
      case 'assign':
        return assign(tx, ctx, message, input.ownerId);
      case 'end':
        return end(tx, ctx, message, input.outcome || 'Nothing to do.');
    }
  });
}

async function accept(tx: Tx, ctx: Context, message: Message, input: Accept, text: string) {
  switch (message.kind) {
    case 'reply':
      return acceptReply(tx, ctx, message, input, text);
    case 'failure':
      return acceptFailure(tx, ctx, message);
    case 'contact-change':
      return acceptContact(tx, ctx, message, input);
    case 'problem':
      return acceptProblem(tx, ctx, message, input);
    default:
      return end(tx, ctx, message, input.outcome || plainOutcome[message.kind ?? 'other'] || 'Seen; nothing to do.');
  }
}

const plainOutcome: Readonly<Record<string, string>> = {
  delay: 'The letter is late; its server keeps trying.',
  delivered: 'The letter arrived.',
  automatic: 'An automatic answer; nothing to do.',
  question: 'The question was answered.',
  other: 'Seen; nothing to do.',
};

function placeOf(message: Message): { actionId: number; partyId: number } | Refusal {
  if (message.party_id === null) return refuse('message.no-party', {}, 'partyId');
  if (message.action_id === null) return refuse('message.no-action', {}, 'actionId');
  return { actionId: message.action_id, partyId: message.party_id };
}

async function acceptReply(tx: Tx, ctx: Context, message: Message, input: Accept, text: string) {
  const place = placeOf(message);
  if (isRefusal(place)) return place;
  const proposal = await proposeReply(tx, ctx, place, text);
  const said = proposal?.lines.flatMap((line) =>
    line.claim === '' ? [] : [{ id: line.correctionId, claim: line.claim, doneOn: line.doneOn ?? undefined }],
  );
  const corrections = input.corrections ?? said ?? [];
  const received = input.received ?? proposal?.received ?? false;
  if (!received && corrections.length === 0) return refuse('message.nothing-said', {}, 'received');
  const contact = message.contact_id === null ? undefined : await findContact(tx, message.contact_id);
  const reply = await takeReply(tx, ctx, {
    ...place,
    contactId: message.contact_id,
    linkId: null,
    door: 'email',
    language: contact?.languages[0] ?? 'en',
    answers: answersOf({ received, corrections }),
    meaning: null,
    sendAnyhow: null,
    strict: false,
    seen: null,
    onceKey: `email:message:${message.id}`,
    sourceFileId: message.file_id,
    receivedAt: message.received_at,
  });
  if (isRefusal(reply)) return reply;
  // Never to a machine: two of them would thank each other for ever.
  const receipt =
    !message.automatic && contact && contact.email !== '' ? await planReceipt(tx, ctx, reply.id) : undefined;
  await tx.updateTable('message').set({ reply_id: reply.id }).where('id', '=', message.id).execute();
  const told = typeof receipt === 'number' ? ' A receipt goes to its sender.' : '';
  return end(tx, ctx, message, `Recorded as reply ${reply.id}.${told}`);
}

async function findContact(tx: Tx, contactId: number) {
  return tx.selectFrom('contact').select(['id', 'email', 'languages']).where('id', '=', contactId).executeTakeFirst();
}

async function acceptFailure(tx: Tx, ctx: Context, message: Message) {
  if (message.delivery_id === null) return refuse('message.no-delivery', {}, 'deliveryId');
  const failed = message.guess.recipients?.find((one) => one.action === 'failed');
  const detail = (failed?.diagnostic || message.subject || 'The letter came back.').slice(0, 2_000);
  const kind = message.failure ?? 'soft';
  const states = await recordBounces(tx, ctx, [{ deliveryId: message.delivery_id, kind, detail }]);
  const state = states.get(message.delivery_id);
  if (state === undefined) return refuse('delivery.unknown', { id: message.delivery_id }, 'deliveryId');
  if (state !== 'bounced') return refuse('delivery.not-sent', { state }, 'deliveryId');
  return end(tx, ctx, message, `Letter ${message.delivery_id} came back.`);
}

async function acceptContact(tx: Tx, ctx: Context, message: Message, input: Accept) {
  const place = placeOf(message);
  if (isRefusal(place)) return place;
  if (message.contact_id === null) return refuse('message.no-contact', {}, 'contactId');
  const guessed = message.guess.contact;
  const proposal = contactProposal.safeParse(
    input.contact ?? {
      kind: guessed?.kind ?? 'left',
      name: guessed?.name || guessed?.email || '',
      email: guessed?.email ?? '',
      phone: guessed?.phone ?? '',
      note: guessed?.words ?? '',
    },
  );
  if (!proposal.success) return refuse('message.nothing-said', {}, 'contact');
  const about = { ...place, contactId: message.contact_id, door: 'email' as const };
  const change = await proposeContactChangeIn(tx, ctx, about, proposal.data);
  if (isRefusal(change)) return change;
  return end(tx, ctx, message, `Proposed as contact change ${change.id}: its task decides.`);
}

async function acceptProblem(tx: Tx, ctx: Context, message: Message, input: Accept) {
  const place = placeOf(message);
  if (isRefusal(place)) return place;
  const report = await reportCompromiseIn(
    tx,
    ctx,
    { ...place, contactId: message.contact_id },
    {
      unitIds: [],
      otherUnit: '?',
      unplugged: 'no',
      noticed: '',
      summary: `${message.subject}\n${message.excerpt}`.slice(0, 5_000),
      name: message.from_name || message.from_address || '?',
      phone: '?',
    },
  );
  if (isRefusal(report)) return report;
  if (message.task_id !== null) {
    const outcome = 'Reported as a suspected break-in; its own task asks for the call.';
    await endTaskIn(tx, ctx, message.task_id, { state: 'done', outcome });
  }
  return end(tx, ctx, message, input.outcome || `Reported as incident ${report.ids.join(', ')}.`);
}

/** Ends a message, and the task that was opened because of it. */
async function end(tx: Tx, ctx: Context, message: Message, outcome: string) {
  const at = ctx.now();
  await tx
    .updateTable('message')
    .set({
      state: 'done',
      state_since: at,
      outcome,
      decided_by: ctx.actor.name,
      decided_at: at,
      attachments_due: false,
    })
    .where('id', '=', message.id)
    .execute();
  if (message.task_id !== null) await endTaskIn(tx, ctx, message.task_id, { state: 'done', outcome });
  await recordEvent(tx, ctx, {
    action: 'message.decide',
    subject: 'message',
    subjectId: message.id,
    actionId: message.action_id,
    partyId: message.party_id,
    after: { kind: message.kind, outcome },
  });
  return { id: message.id, state: 'done' as const, outcome };
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
