import type { ImapKeeper } from '../adapters/imap-mailbox.ts';
import type { HandedOver } from '../adapters/mail-listener.ts';
import { isRefusal } from '../domain/refusal.ts';
import type { Context } from './context.ts';
import { keepMessage, keepMessages, loadMark, markMailbox } from './messages.ts';

/** What a watched mailbox is connected with: rows and marks of the post room. */
export function keeperOf(ctx: Context, name: string): ImapKeeper {
  return {
    since: (uidValidity) => loadMark(ctx, name, uidValidity),
    async keep(messages, mark) {
      const incoming = messages.map((message) => ({
        raw: message.raw,
        door: 'imap' as const,
        mailbox: name,
        ...(message.receivedAt ? { receivedAt: message.receivedAt } : {}),
      }));
      const kept = await keepMessages(ctx, incoming, { name, ...mark });
      if (isRefusal(kept)) throw new Error(kept.code);
    },
    tell: (state, trouble) => markMailbox(ctx, name, state, trouble),
  };
}

/** Keeps what a mail server hands over; throws when it could not be kept, so that the server comes again. */
export async function takeHandedOver(ctx: Context, mailbox: string, message: HandedOver): Promise<void> {
  const kept = await keepMessage(ctx, { ...message, door: 'smtp', mailbox });
  if (isRefusal(kept)) throw new Error(kept.code);
}
