/** Telephone calls: what was said, what came of it, and what goes out after it – in one transaction. */
import { z } from 'zod';
import { type CallOutcome, callOutcomes, outcomeRules } from '../domain/call.ts';
import { answersSchema } from '../domain/form.ts';
import type { Contradiction } from '../domain/form-contradictions.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { recordAttemptIn } from './attempts.ts';
import { endClaim } from './call-claims.ts';
import { sendNoticeAgain } from './call-letters.ts';
import { contactProposal, proposeContactChangeIn } from './contact-changes.ts';
import { type Context, type Tx, transact } from './context.ts';
import { markHandledIn } from './delivery-post.ts';
import { keepTrouble, mendTrouble } from './reach-troubles.ts';
import { planReceipt } from './receipts.ts';
import { takeReply } from './replies.ts';
import { endTaskIn } from './task-work.ts';
import { openTask } from './tasks.ts';

export const recordCallInput = z.object({
  actionId: z.number().int().positive(),
  partyId: z.number().int().positive(),
  /** Who was asked for; null: the switchboard. */
  contactId: z.number().int().positive().nullable().default(null),
  /** The task that asked for the call: ended when they answered. */
  taskId: z.number().int().positive().nullable().default(null),
  outcome: z.enum(callOutcomes),
  /** Who spoke, in the caller's words: `Ms Muster, laboratory`. */
  spokeWith: z.string().trim().max(200).default(''),
  phone: z.string().trim().max(60).default(''),
  /** Language of the call. */
  language: z.string().max(35).default('en'),
  note: z.string().trim().max(5_000).default(''),
  /** When another call is agreed: an instant with its offset. */
  callBackAt: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .optional(),
  answers: answersSchema.optional(),
  /** The confirmation in writing. `auto`: by mail or on paper, as far as there is an address. */
  confirm: z.enum(['auto', 'email', 'post', 'no']).default('auto'),
  /** How the letter goes that they asked for again. */
  letterBy: z.enum(['email', 'post']).default('email'),
  /** What they said about a contact: goes the way of every such proposal. */
  change: contactProposal.optional(),
  /** Makes one call of a form that is sent twice. */
  onceKey: z.string().min(1).max(200).optional(),
});
export type CallInput = z.input<typeof recordCallInput>;

export interface CallDone {
  /** The attempt. */
  id: number;
  replyId: number | null;
  /** What goes out after it: the confirmation, or the letter once more. */
  deliveryId: number | null;
  changeId: number | null;
  contradictions: Contradiction[];
  /** False when this very call had been recorded before. */
  fresh: boolean;
}

/**
 * Records a call: the attempt with its outcome, and with it all that follows – the answers as a reply by telephone, the
 * confirmation in writing in their language, the number that is not dialled again, the task for somebody, the letter
 * sent once more, the proposed contact. All of it or nothing.
 * Refuses `call.no-answers`, `call.answers-unsaid`, `call.no-time`, `call.time-passed`, `call.no-note` by outcome.
 */
export async function recordCall(ctx: Context, given: CallInput): Promise<CallDone | Refusal> {
  const no = forbid(ctx.actor, 'attempt.record') ?? (given.answers ? forbid(ctx.actor, 'reply.record') : undefined);
  if (no) return no;
  const input = recordCallInput.parse(given);
  const fault = faultOf(input, ctx.now());
  if (fault) return fault;
  return transact(ctx, async (tx) => {
    // One call of a party at a time: the second of two presses waits here and then finds the first.
    const owed = await tx
      .selectFrom('obligation')
      .select('id')
      .where('action_id', '=', input.actionId)
      .where('party_id', '=', input.partyId)
      .forUpdate()
      .executeTakeFirst();
    if (!owed) return refuse('call.unknown', { partyId: input.partyId });
    return (await findTwin(tx, input.onceKey)) ?? recordIn(tx, ctx, input);
  });
}

type Call = z.output<typeof recordCallInput>;

/** What is missing for an outcome, or does not go with it. */
function faultOf(input: Call, now: Date): Refusal | undefined {
  const { needs } = outcomeRules[input.outcome];
  if (needs === 'answers' && !input.answers) return refuse('call.no-answers', {}, 'outcome');
  if (needs !== 'answers' && input.answers) return refuse('call.answers-unsaid', {}, 'outcome');
  if (needs === 'time' && !input.callBackAt) return refuse('call.no-time', {}, 'callBackDay');
  if (input.callBackAt && input.callBackAt <= now) return refuse('call.time-passed', {}, 'callBackDay');
  if (needs === 'note' && input.note === '') return refuse('call.no-note', {}, 'note');
  if (input.change && input.contactId === null) return refuse('call.change-without-contact', {}, 'changeKind');
  return undefined;
}

async function findTwin(tx: Tx, onceKey: string | undefined): Promise<CallDone | undefined> {
  if (onceKey === undefined) return undefined;
  const row = await tx
    .selectFrom('attempt')
    .select(['id', 'reply_id', 'delivery_id'])
    .where('once_key', '=', onceKey)
    .executeTakeFirst();
  return (
    row && {
      id: row.id,
      replyId: row.reply_id,
      deliveryId: row.delivery_id,
      changeId: null,
      contradictions: [],
      fresh: false,
    }
  );
}

async function recordIn(tx: Tx, ctx: Context, input: Call): Promise<CallDone | Refusal> {
  const { actionId, partyId, contactId } = input;
  const rule = outcomeRules[input.outcome];
  const reply = input.answers ? await takeAnswers(tx, ctx, input, input.answers) : undefined;
  if (isRefusal(reply)) return reply;
  const written = await writeAfter(tx, ctx, input, reply?.id);
  if (isRefusal(written)) return written;
  const attempt = await recordAttemptIn(tx, ctx, {
    partyId,
    contactId,
    actionId,
    taskId: input.taskId,
    kind: 'call',
    outcome: input.outcome,
    text: input.note,
    tracking: '',
    spokeWith: input.spokeWith,
    phone: input.phone,
    language: input.language,
    callBackAt: input.outcome === 'call-back' ? (input.callBackAt ?? null) : null,
    replyId: reply?.id ?? null,
    deliveryId: written,
    onceKey: input.onceKey ?? null,
  });
  if (isRefusal(attempt)) return attempt;
  if (rule.badNumber) await dropNumber(tx, ctx, input, attempt.id);
  else if (rule.told && input.phone !== '') await mendTrouble(tx, ctx, { kind: 'phone', partyId, value: input.phone });
  if (rule.task === 'call-help') await askForHelp(tx, ctx, input, rule.word);
  if (rule.told) {
    const told = await markTold(tx, ctx, input);
    if (isRefusal(told)) return told;
  }
  if (reply) {
    const ended = await endCallTasks(tx, ctx, input, reply.id);
    if (isRefusal(ended)) return ended;
  }
  const change =
    input.change && contactId !== null
      ? await proposeContactChangeIn(tx, ctx, { actionId, partyId, contactId, door: 'telephone' }, input.change)
      : undefined;
  if (isRefusal(change)) return change;
  await endClaim(tx, ctx, actionId, partyId);
  return {
    id: attempt.id,
    replyId: reply?.id ?? null,
    deliveryId: written,
    changeId: change?.id ?? null,
    contradictions: reply?.contradictions ?? [],
    fresh: true,
  };
}

/** The answers as a reply by telephone: recorded by the caller, said by the party. */
function takeAnswers(tx: Tx, ctx: Context, input: Call, answers: NonNullable<Call['answers']>) {
  return takeReply(tx, ctx, {
    actionId: input.actionId,
    partyId: input.partyId,
    contactId: input.contactId,
    linkId: null,
    door: 'telephone',
    language: input.language,
    answers,
    meaning: null,
    sendAnyhow: null,
    strict: false,
    seen: null,
    onceKey: input.onceKey ? `telephone:${input.onceKey}` : null,
    sourceFileId: null,
    receivedAt: ctx.now(),
  });
}

/**
 * What goes out after a call: the confirmation of the answers, or the letter they asked for. Where the caller left the way
 * to us and there is no address, the call is recorded all the same.
 */
async function writeAfter(
  tx: Tx,
  ctx: Context,
  input: Call,
  replyId: number | undefined,
): Promise<number | null | Refusal> {
  if (input.outcome === 'letter-wanted') return sendNoticeAgain(tx, ctx, { ...input, channel: input.letterBy });
  if (replyId === undefined || input.confirm === 'no') return null;
  const channel = input.confirm === 'auto' ? undefined : input.confirm;
  const planned = await planReceipt(tx, ctx, replyId, input.contactId ?? undefined, channel);
  if (!isRefusal(planned)) return planned;
  return input.confirm === 'auto' ? null : { ...planned, at: 'confirm' };
}

/** The number is not dialled again; when the party has no other, somebody finds one. */
async function dropNumber(tx: Tx, ctx: Context, input: Call, attemptId: number): Promise<void> {
  if (input.phone === '') return;
  const { partyId, contactId, phone: value, outcome: reason } = input;
  await keepTrouble(tx, ctx, { kind: 'phone', partyId, contactId, value, reason, attemptId });
  await openTask(tx, ctx, {
    kind: 'call-number',
    key: `call-number:${partyId}:${value}`,
    actionId: input.actionId,
    partyId,
    contactId,
    again: true,
    detail: { number: value, why: outcomeRules[reason].word, note: input.note },
  });
}

async function askForHelp(tx: Tx, ctx: Context, input: Call, word: string): Promise<void> {
  await openTask(tx, ctx, {
    kind: 'call-help',
    key: `call-help:${input.actionId}:${input.partyId}`,
    actionId: input.actionId,
    partyId: input.partyId,
    contactId: input.contactId,
    again: true,
    detail: { why: word, language: input.language, spokeWith: input.spokeWith, note: input.note },
  });
}

/** A contact who gets no mail and no letter is told by the call itself. */
async function markTold(tx: Tx, ctx: Context, input: Call): Promise<undefined | Refusal> {
  if (input.contactId === null) return undefined;
  const waiting = await tx
    .selectFrom('delivery')
    .select('id')
    .where('action_id', '=', input.actionId)
    .where('contact_id', '=', input.contactId)
    .where('channel', '=', 'phone')
    .where('state', '=', 'queued')
    .execute();
  if (waiting.length === 0) return undefined;
  const note = [input.spokeWith, input.note]
    .filter((part) => part !== '')
    .join(': ')
    .slice(0, 2_000);
  const done = await markHandledIn(tx, ctx, input.actionId, { deliveryIds: waiting.map((row) => row.id), note });
  return isRefusal(done) ? done : undefined;
}

/** They answered: whatever asked for a call is done. */
async function endCallTasks(tx: Tx, ctx: Context, input: Call, replyId: number): Promise<undefined | Refusal> {
  const tasks = await tx
    .selectFrom('task')
    .select('id')
    .where('party_id', '=', input.partyId)
    .where('action_id', '=', input.actionId)
    .where('kind', 'in', ['telephone', 'call-help'])
    .where('state', '=', 'open')
    .orderBy('id')
    .execute();
  for (const { id } of tasks) {
    const ended = await endTaskIn(tx, ctx, id, { state: 'done', outcome: `Answered by telephone: reply ${replyId}.` });
    if (isRefusal(ended)) return ended;
  }
  return undefined;
}

/** An outcome as the desk says it, for old and new attempts of every kind. */
export function outcomeWord(outcome: string): string {
  const known = Object.hasOwn(outcomeRules, outcome) ? outcomeRules[outcome as CallOutcome].word : undefined;
  return known ?? outcome.replaceAll('-', ' ');
}
