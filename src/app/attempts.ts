import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, transact } from './context.ts';
import { recordEvent } from './event.ts';

export const recordAttemptInput = z.object({
  partyId: z.number().int().positive(),
  contactId: z.number().int().positive().nullable().default(null),
  actionId: z.number().int().positive().nullable().default(null),
  taskId: z.number().int().positive().nullable().default(null),
  kind: z.enum(['call', 'note', 'letter', 'visit', 'email']),
  outcome: z.enum(['reached', 'no-answer', 'wrong-number', 'call-back', 'refused', 'note']),
  text: z.string().trim().max(5_000).default(''),
  tracking: z.string().trim().max(100).default(''),
});

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
  return transact(ctx, async (tx) => {
    const party = await tx.selectFrom('party').select('id').where('id', '=', input.partyId).executeTakeFirst();
    if (!party) return refuse('party.unknown', { id: input.partyId }, 'partyId');
    if (input.contactId !== null) {
      const contact = await tx
        .selectFrom('contact')
        .select('party_id')
        .where('id', '=', input.contactId)
        .executeTakeFirst();
      if (contact?.party_id !== input.partyId) return refuse('contact.unknown', { id: input.contactId }, 'contactId');
    }
    const actor = ctx.actor;
    const row = await tx
      .insertInto('attempt')
      .values({
        action_id: input.actionId,
        party_id: input.partyId,
        contact_id: input.contactId,
        task_id: input.taskId,
        kind: input.kind,
        outcome: input.kind === 'note' ? 'note' : input.outcome,
        text: input.text,
        tracking: input.tracking,
        by_id: actor.kind === 'staff' ? actor.id : actor.name,
        by_name: actor.name,
        at: ctx.now(),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, {
      action: `attempt.${input.kind}`,
      subject: 'attempt',
      subjectId: row.id,
      actionId: input.actionId,
      partyId: input.partyId,
      after: { outcome: input.outcome, text: input.text, tracking: input.tracking },
    });
    return row;
  });
}
