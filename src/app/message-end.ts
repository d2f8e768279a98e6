import { sql } from 'kysely';
import { z } from 'zod';
import type { MailKind } from '../domain/mail.ts';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, transact } from './context.ts';
import { endMessageIn } from './message-accept.ts';

/** Messages that are ended at once: a page of the list, at its longest. */
export const MOST_ENDED_AT_ONCE = 200;

const lookedIntoKinds: readonly MailKind[] = ['problem', 'reply', 'contact-change'];

/** Whether somebody has to look into it: an answer, a contact or a break-in would be lost with it. */
export const isLookedInto = (kind: MailKind | null): boolean => kind !== null && lookedIntoKinds.includes(kind);

export const endMessagesInput = z.object({
  messageIds: z
    .array(z.number().int().positive())
    .min(1, 'Choose at least one message.')
    .max(MOST_ENDED_AT_ONCE)
    .describe('Those that wait.'),
  outcome: z
    .string()
    .trim()
    .min(1, 'Say why nothing is to be done, or what was done.')
    .max(1_000)
    .describe('What is set down with each.'),
});
export type EndMessages = z.infer<typeof endMessagesInput>;

/** What became of the messages: those left wait on, or were ended by somebody else meanwhile. */
export interface EndedMessages {
  ended: number[];
  /** Taken for something that each has to be looked at for. */
  lookedInto: number[];
  /** Nothing waits under this number. */
  notWaiting: number[];
}

/**
 * Ends messages with one outcome, all of them or none. What is taken for an answer, another contact or a break-in is left
 * waiting: each of those is decided by itself.
 */
export async function endMessages(ctx: Context, input: EndMessages): Promise<EndedMessages | Refusal> {
  const no = forbid(ctx.actor, 'message.decide');
  if (no) return no;
  const asked = [...new Set(input.messageIds)];
  return transact(ctx, async (tx) => {
    const rows = await tx
      .selectFrom('message')
      .selectAll()
      .where('id', '=', sql<number>`any(${asked}::bigint[])`)
      .where('state', '=', 'waiting')
      .orderBy('id')
      .forUpdate()
      .execute();
    const ends = rows.filter((row) => !isLookedInto(row.kind));
    if (ends.length === 0)
      return rows.length > 0 ? refuse('message.looked-into', { count: rows.length }) : refuse('message.none-waiting');
    for (const row of ends) await endMessageIn(tx, ctx, row, input.outcome);
    const waiting = new Set(rows.map((row) => row.id));
    return {
      ended: ends.map((row) => row.id),
      lookedInto: rows.filter((row) => isLookedInto(row.kind)).map((row) => row.id),
      notWaiting: asked.filter((id) => !waiting.has(id)),
    };
  });
}
