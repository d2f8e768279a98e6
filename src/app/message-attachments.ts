import { z } from 'zod';
import type { MailKind } from '../domain/mail.ts';
import { SAYS_CHANGE, SAYS_LEFT, SAYS_QUESTION } from '../domain/mail-sort.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type AttachmentResult, readerOf } from './attachments.ts';
import { type Context, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { findMessage, type KeptMessage, keepMessage, sourceOf } from './messages.ts';
import { planReceipt } from './receipts.ts';

/**
 * Hands the attachments of new messages to their readers, message by message. Safe to run again: what a reader took, it
 * took under a key of its own. A message is done when all that could be read was read; else it waits, and says for what.
 */
export async function readAttachments(
  ctx: Context,
  options: { signal?: AbortSignal } = {},
): Promise<{ messages: number } | Refusal> {
  const no = forbid(ctx.actor, 'message.keep');
  if (no) return no;
  let messages = 0;
  for (let last = 0; !options.signal?.aborted; messages++) {
    const row = await ctx.db
      .selectFrom('message')
      .selectAll()
      .where('attachments_due', '=', true)
      .where('id', '>', last)
      .orderBy('id')
      .limit(1)
      .executeTakeFirst();
    if (!row) break;
    last = row.id;
    const results: AttachmentResult[] = [];
    const raw = await sourceOf(ctx, row.sha256);
    for (const attachment of row.attachments) {
      const reader = readerOf(attachment);
      const bytes = reader && (await ctx.mailReader.part(raw, attachment.index));
      if (!reader || !bytes) continue;
      const found = results.find((result) => result.place)?.place;
      try {
        results.push(
          await reader.read(ctx, {
            messageId: row.id,
            attachment,
            bytes,
            receivedAt: row.received_at,
            actionId: found?.actionId ?? row.action_id,
            partyId: found?.partyId ?? row.party_id,
            contactId: found?.contactId ?? row.contact_id,
          }),
        );
      } catch (error) {
        const words = `${reader.name} could not read ${attachment.name || 'an attachment'}: ${(error as Error).message}`;
        ctx.log('error', `message ${row.id}: ${words}`);
        results.push({ done: false, words: words.slice(0, 300), replyIds: [] });
      }
    }
    await settleAttachments(ctx, row, results);
  }
  return { messages };
}

type Row = Exclude<Awaited<ReturnType<typeof findMessage>>, Refusal>;

async function settleAttachments(ctx: Context, row: Row, results: readonly AttachmentResult[]): Promise<void> {
  await transact(ctx, async (tx) => {
    const at = ctx.now();
    const replyIds = results.flatMap((result) => result.replyIds);
    const place = results.find((result) => result.place)?.place;
    const read = results.length > 0 && results.every((result) => result.done);
    const besides = askedBesides(row);
    const done = read && besides === undefined;
    const outcome = results
      .map((result) => result.words)
      .join(' ')
      .slice(0, 1_000);
    const changed = await tx
      .updateTable('message')
      .set({
        attachments_due: false,
        ...(done ? { state: 'done' as const, state_since: at } : {}),
        ...(outcome === '' ? {} : { outcome }),
        ...(replyIds[0] === undefined ? {} : { reply_id: replyIds[0] }),
        ...(read ? { kind: besides ?? ('reply' as const) } : {}),
        ...(place
          ? {
              action_id: place.actionId,
              party_id: place.partyId,
              contact_id: place.contactId ?? row.contact_id,
              matched_by: 'form' as const,
            }
          : {}),
      })
      .where('id', '=', row.id)
      .where('attachments_due', '=', true)
      .returning('id')
      .executeTakeFirst();
    if (!changed) return;
    for (const replyId of row.automatic ? [] : replyIds) await planReceipt(tx, ctx, replyId);
    await recordEvent(tx, ctx, {
      action: 'message.read-attachments',
      subject: 'message',
      subjectId: row.id,
      actionId: place?.actionId ?? row.action_id,
      partyId: place?.partyId ?? row.party_id,
      after: { done, replyIds, outcome },
    });
  });
}

/** What a message is whose attachments say everything but its own words: undefined when they ask for nothing. */
function askedBesides({ kind, guess }: Row): MailKind | undefined {
  if (kind === 'problem') return kind;
  const says = new Set((guess.reasons ?? []).map((reason) => reason.says));
  if (says.has(SAYS_CHANGE) || says.has(SAYS_LEFT)) return 'contact-change';
  return says.has(SAYS_QUESTION) ? 'question' : undefined;
}

/** The bytes of one attachment, for whoever wants to see it. Programs are kept and never handed out. */
export async function readAttachment(
  ctx: Context,
  messageId: number,
  index: number,
): Promise<{ name: string; mediaType: string; bytes: Uint8Array } | Refusal> {
  const no = forbid(ctx.actor, 'message.read');
  if (no) return no;
  const message = await findMessage(ctx.db, messageId);
  if (isRefusal(message)) return message;
  const attachment = message.attachments.find((one) => one.index === index);
  if (!attachment) return refuse('message.no-attachment', { index });
  if (attachment.caution === 'executable') return refuse('message.executable', {});
  const bytes = await ctx.mailReader.part(await sourceOf(ctx, message.sha256), index);
  if (!bytes) return refuse('message.no-attachment', { index });
  return {
    name: attachment.name || `attachment-${index}`,
    mediaType: attachment.seenType || attachment.mediaType,
    bytes,
  };
}

export const keepAttachedInput = z.object({
  /** Number of the attachment. */
  index: z.coerce.number().int().min(0).max(10_000),
});

/**
 * Takes a message that is attached to another, as one is when somebody passes it on, in as a message of its own: it is read,
 * matched and decided about like any other. Its hour is that of the mail that brought it. Brought twice, it is one message.
 */
export async function keepAttachedMessage(
  ctx: Context,
  messageId: number,
  input: z.infer<typeof keepAttachedInput>,
): Promise<KeptMessage | Refusal> {
  const no = forbid(ctx.actor, 'message.keep');
  if (no) return no;
  const message = await findMessage(ctx.db, messageId);
  if (isRefusal(message)) return message;
  const attachment = message.attachments.find((one) => one.index === input.index);
  const bytes =
    attachment?.caution === 'message' && (await ctx.mailReader.part(await sourceOf(ctx, message.sha256), input.index));
  if (!bytes) return refuse('message.no-attachment', { index: input.index });
  const { door, mailbox, received_at: receivedAt } = message;
  return keepMessage(ctx, { raw: bytes, door, mailbox, receivedAt });
}
