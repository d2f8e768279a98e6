/** A list attached to a message that nobody could place by itself: read once a person has said whose it is. */
import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { Context } from './context.ts';
import { readAttachment } from './message-attachments.ts';
import { findMessage } from './messages.ts';
import { type KeptSpreadsheet, keepSpreadsheet } from './spreadsheet-keep.ts';

export const readMessageListInput = z.object({
  /** Number of the attachment. */
  index: z.coerce.number().int().min(0).max(10_000),
});

/**
 * Takes an attachment of a message as a list of answers of the message's party about its action. Its hour is that of the
 * message. Refuses `spreadsheet.whose` while party or action are not known, and what keepSpreadsheet refuses.
 */
export async function readMessageList(
  ctx: Context,
  messageId: number,
  input: z.infer<typeof readMessageListInput>,
): Promise<KeptSpreadsheet | Refusal> {
  const no = forbid(ctx.actor, 'message.decide');
  if (no) return no;
  const message = await findMessage(ctx.db, messageId);
  if (isRefusal(message)) return message;
  const { action_id: actionId, party_id: partyId } = message;
  if (actionId === null || partyId === null) return refuse('spreadsheet.whose', {}, 'index');
  const part = await readAttachment(ctx, messageId, input.index);
  if (isRefusal(part)) return part;
  return keepSpreadsheet(ctx, {
    actionId,
    partyId,
    contactId: message.contact_id,
    name: part.name,
    way: 'mail',
    receivedAt: message.received_at,
    messageId,
    bytes: (async function* () {
      yield part.bytes;
    })(),
  });
}
