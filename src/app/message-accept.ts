import { z } from 'zod';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { contactProposal, proposeContactChangeIn } from './contact-changes.ts';
import type { Context, Tx } from './context.ts';
import { recordBounces } from './delivery-bounces.ts';
import { recordEvent } from './event.ts';
import { reportCompromiseIn } from './incidents.ts';
import { answersOf, isHarmOnly, proposeProblem, proposeReply } from './message-proposal.ts';
import type { findMessage } from './messages.ts';
import { planReceipt } from './receipts.ts';
import { takeReply } from './replies.ts';
import { endTaskIn } from './task-work.ts';

const id = z.number().int().positive();
const acceptedCorrection = z.object({
  id,
  claim: z.enum(['done', 'not-yet', 'gone']),
  doneOn: z.iso.date().optional(),
});

/** What a person says of a suspected break-in that came by mail. */
export const reportedProblem = z.object({
  unitIds: z.array(id).max(200).default([]),
  unplugged: z.enum(['yes', 'no']),
  phone: z.string().trim().max(60).default(''),
  name: z.string().trim().max(200).default(''),
});

/** The guess is right: do what it says. */
export const acceptMessageInput = z.object({
  how: z.literal('accept'),
  /** For replies: what it says; left out, what was read in it. */
  received: z.boolean().optional(),
  corrections: z.array(acceptedCorrection).max(2_000).optional(),
  /** For suspected break-ins: what of; left out, what was read in it. */
  problem: reportedProblem.optional(),
  /** For contact changes: whom it names. */
  contact: contactProposal.optional(),
  /** What came of it, where that is not plain. */
  outcome: z.string().trim().max(1_000).default(''),
});
type Accept = z.infer<typeof acceptMessageInput>;
type Message = Exclude<Awaited<ReturnType<typeof findMessage>>, Refusal>;

/**
 * Does what the guess about a message says: records the reply, the bounce, the other contact, the suspected break-in; what
 * asks for nothing is ended.
 * @param text of the message, where it is a reply or a problem
 */
export async function acceptMessageIn(tx: Tx, ctx: Context, message: Message, input: Accept, text: string) {
  switch (message.kind) {
    case 'reply':
      return acceptReply(tx, ctx, message, input, text);
    case 'failure':
      return acceptFailure(tx, ctx, message);
    case 'contact-change':
      return acceptContact(tx, ctx, message, input);
    case 'problem':
      return acceptProblem(tx, ctx, message, input, text);
    default:
      return endMessageIn(
        tx,
        ctx,
        message,
        input.outcome || plainOutcome[message.kind ?? 'other'] || 'Seen; nothing to do.',
      );
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
    // Opened again after it was accepted: what is said now is said besides.
    onceKey: `email:message:${message.id}${message.reply_id === null ? '' : `:after-${message.reply_id}`}`,
    sourceFileId: message.file_id,
    receivedAt: message.received_at,
  });
  if (isRefusal(reply)) return reply;
  // Never to a machine: two of them would thank each other for ever.
  const receipt =
    !message.automatic && contact && contact.email !== '' ? await planReceipt(tx, ctx, reply.id) : undefined;
  await tx.updateTable('message').set({ reply_id: reply.id }).where('id', '=', message.id).execute();
  const told = typeof receipt === 'number' ? ' A receipt goes to its sender.' : '';
  return endMessageIn(tx, ctx, message, `Recorded as reply ${reply.id}.${told}`);
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
  return endMessageIn(tx, ctx, message, `Letter ${message.delivery_id} came back.`);
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
  return endMessageIn(tx, ctx, message, `Proposed as contact change ${change.id}: its task decides.`);
}

async function acceptProblem(tx: Tx, ctx: Context, message: Message, input: Accept, text: string) {
  if (!input.problem && isHarmOnly(message)) return handOver(tx, ctx, message, input);
  const place = placeOf(message);
  if (isRefusal(place)) return place;
  const said = input.problem ?? { name: '', ...(await proposeProblem(tx, place.partyId, text)) };
  const report = await reportCompromiseIn(
    tx,
    ctx,
    { ...place, contactId: message.contact_id },
    {
      unitIds: said.unitIds,
      otherUnit: said.unitIds.length > 0 ? '' : '?',
      unplugged: said.unplugged,
      noticed: '',
      summary: `${message.subject}\n${message.excerpt}`.slice(0, 5_000),
      name: said.name || message.from_name || message.from_address || '?',
      phone: said.phone || '?',
    },
  );
  if (isRefusal(report)) return report;
  if (message.task_id !== null) {
    const outcome = 'Reported as a suspected break-in; its own task asks for the call.';
    await endTaskIn(tx, ctx, message.task_id, { state: 'done', outcome });
  }
  return endMessageIn(tx, ctx, message, input.outcome || `Reported as incident ${report.ids.join(', ')}.`);
}

/**
 * Harm is no break-in: what is reported to whom is decided by Regulatory affairs, so that the task outlives the mail.
 */
async function handOver(tx: Tx, ctx: Context, message: Message, input: Accept) {
  const task = message.task_id === null ? '' : ` Task ${message.task_id} asks for the decision.`;
  return endMessageIn(tx, ctx, { ...message, task_id: null }, input.outcome || `Handed on as possible harm.${task}`);
}

/** Ends a message, and the task that was opened because of it. */
export async function endMessageIn(tx: Tx, ctx: Context, message: Message, outcome: string) {
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
