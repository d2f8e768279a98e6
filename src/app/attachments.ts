import type { MailAttachment } from '../domain/mail.ts';
import type { Context } from './context.ts';
import { paperAttachments } from './paper-attachments.ts';
import { spreadsheetAttachments } from './spreadsheet-attachments.ts';

/** An attachment of a message with what is known of the message. */
export interface AttachmentInput {
  messageId: number;
  attachment: MailAttachment;
  bytes: Uint8Array;
  /** Starts clocks. */
  receivedAt: Date;
  /** Where the message belongs, as far as that is known. */
  actionId: number | null;
  partyId: number | null;
  contactId: number | null;
}

/** What became of an attachment. */
export interface AttachmentResult {
  /** False: a person has to look, and `words` say at what. */
  done: boolean;
  /** One line for the queue. */
  words: string;
  /** Replies that were taken from it: their senders get a receipt. */
  replyIds: readonly number[];
  /** Found by reading it, e.g. from the number of its form. */
  place?: { actionId: number; partyId: number; contactId: number | null };
}

/** Reads one kind of attachment. Safe to run twice: replies are written under a key of the message and the part. */
export interface AttachmentReader {
  name: string;
  /** By the type that its first bytes show, else the one its sender names. */
  takes(attachment: MailAttachment): boolean;
  /** @throws never for what is wrong with the bytes: that is a result which is not done */
  read(ctx: Context, input: AttachmentInput): Promise<AttachmentResult>;
}

/** Every reader of attachments, the first that takes one reads it. What none takes is a message for a person. */
export const attachmentReaders: AttachmentReader[] = [paperAttachments, spreadsheetAttachments];

/** The reader of an attachment; undefined when there is none, and for everything that is kept aside. */
export function readerOf(attachment: MailAttachment): AttachmentReader | undefined {
  if (attachment.caution !== '') return undefined;
  return attachmentReaders.find((reader) => reader.takes(attachment));
}
