import type { ReadMail } from '../adapters/mail.ts';
import type { Context, Reader, Tx } from './context.ts';
import type { Letter } from './letters.ts';

/**
 * Keeps letters in the built-in mailbox, in the transaction that marks them sent: same database, and a Message-ID is
 * there once, so a letter is there exactly once whatever happens in between.
 */
export async function keepInMailbox(tx: Tx, ctx: Pick<Context, 'now' | 'settings'>, letters: Letter[]): Promise<void> {
  if (letters.length === 0) return;
  const at = ctx.now();
  // One value a column: as an array the bytes would be escaped twice, at five times the cost.
  await tx
    .insertInto('mailbox_message')
    .values(
      letters.map((letter) => ({
        message_id: letter.messageId,
        delivery_id: letter.deliveryId,
        sender: ctx.settings.mailFrom,
        recipient: letter.recipient,
        subject: letter.subject,
        raw: letter.raw,
        at,
      })),
    )
    .onConflict((oc) => oc.column('message_id').doNothing())
    .execute();
}

/** A message of the mailbox with where it belongs, taken apart for reading. */
export interface MailboxReading {
  id: number;
  messageId: string;
  direction: 'out' | 'in';
  sender: string;
  recipient: string;
  subject: string;
  at: Date;
  readAt: Date | null;
  deliveryId: number | null;
  actionId: number | null;
  partyId: number | null;
  party: string | null;
  mail: ReadMail;
}

/** Reads one message; undefined when there is none. Reading changes nothing (law 1). */
export async function readMailboxMessage(
  reader: Reader,
  ctx: Pick<Context, 'mailer'>,
  id: number,
): Promise<MailboxReading | undefined> {
  const row = await reader
    .selectFrom('mailbox_message as m')
    .leftJoin('delivery as d', 'd.id', 'm.delivery_id')
    .leftJoin('party as p', 'p.id', 'd.party_id')
    .selectAll('m')
    .select(['d.action_id', 'd.party_id', 'p.name as party'])
    .where('m.id', '=', id)
    .executeTakeFirst();
  if (!row) return undefined;
  return {
    id: row.id,
    messageId: row.message_id,
    direction: row.direction,
    sender: row.sender,
    recipient: row.recipient,
    subject: row.subject,
    at: row.at,
    readAt: row.read_at,
    deliveryId: row.delivery_id,
    actionId: row.action_id,
    partyId: row.party_id,
    party: row.party,
    mail: await ctx.mailer.read(row.raw),
  };
}

/** The bytes of a message as they would have gone out. */
export async function mailboxSource(reader: Reader, id: number): Promise<Buffer | undefined> {
  const row = await reader.selectFrom('mailbox_message').select('raw').where('id', '=', id).executeTakeFirst();
  return row?.raw;
}
