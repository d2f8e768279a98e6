import { z } from 'zod';
import { type CallOutcome, callOutcomes } from '../domain/call.ts';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';

export const recordAttemptInput = z.object({
  partyId: z.number().int().positive(),
  contactId: z.number().int().positive().nullable().default(null),
  actionId: z.number().int().positive().nullable().default(null),
  taskId: z.number().int().positive().nullable().default(null),
  kind: z.enum(['call', 'note', 'letter', 'visit', 'email']),
  outcome: z.enum([...callOutcomes, 'note']),
  text: z.string().trim().max(5_000).default(''),
  tracking: z.string().trim().max(100).default(''),
});

/** An attempt with all that a call knows of itself. */
export interface AttemptRow {
  partyId: number;
  contactId: number | null;
  actionId: number | null;
  taskId: number | null;
  kind: 'call' | 'note' | 'letter' | 'visit' | 'email';
  outcome: CallOutcome | 'note';
  text: string;
  tracking: string;
  spokeWith?: string;
  phone?: string;
  language?: string;
  callBackAt?: Date | null;
  replyId?: number | null;
  deliveryId?: number | null;
  onceKey?: string | null;
}

/**
 * Records one attempt to reach a party: a call, a letter, a visit, or a note. Attempts are what proves that somebody who
 * never answered was asked (21 CFR 7.49(c)(2): follow-up communications).
 */
export async function recordAttempt(
  ctx: Context,
  input: z.infer<typeof recordAttemptInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'attempt.record');
  if (no) return no;
  if (input.kind === 'note' && input.text === '') return refuse('attempt.note-empty', {}, 'text');
  return transact(ctx, (tx) => recordAttemptIn(tx, ctx, input));
}

/** The same as a part of another change: a call with its answers. */
export async function recordAttemptIn(tx: Tx, ctx: Context, row: AttemptRow): Promise<{ id: number } | Refusal> {
  const party = await tx.selectFrom('party').select('id').where('id', '=', row.partyId).executeTakeFirst();
  if (!party) return refuse('party.unknown', { id: row.partyId }, 'partyId');
  if (row.contactId !== null) {
    const contact = await tx
      .selectFrom('contact')
      .select('party_id')
      .where('id', '=', row.contactId)
      .executeTakeFirst();
    if (contact?.party_id !== row.partyId) return refuse('contact.unknown', { id: row.contactId }, 'contactId');
  }
  const { actor } = ctx;
  const outcome = row.kind === 'note' ? 'note' : row.outcome;
  const more = {
    spoke_with: row.spokeWith ?? '',
    phone: row.phone ?? '',
    language: row.language ?? '',
    call_back_at: row.callBackAt ?? null,
    reply_id: row.replyId ?? null,
    delivery_id: row.deliveryId ?? null,
  };
  const written = await tx
    .insertInto('attempt')
    .values({
      action_id: row.actionId,
      party_id: row.partyId,
      contact_id: row.contactId,
      task_id: row.taskId,
      kind: row.kind,
      outcome,
      text: row.text,
      tracking: row.tracking,
      by_id: actor.kind === 'staff' ? actor.id : actor.name,
      by_name: actor.name,
      at: ctx.now(),
      once_key: row.onceKey ?? null,
      ...more,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await recordEvent(tx, ctx, {
    action: `attempt.${row.kind}`,
    subject: 'attempt',
    subjectId: written.id,
    actionId: row.actionId,
    partyId: row.partyId,
    after: {
      outcome,
      text: row.text,
      tracking: row.tracking,
      ...Object.fromEntries(Object.entries(more).filter(([, value]) => value !== '' && value !== null)),
    },
  });
  return written;
}
