import type { PlainMail } from '../domain/plain-mail.ts';
import { composeContactChecks } from './contact-check-letters.ts';
import type { Context, Reader } from './context.ts';
import { composeDownloadMails } from './download-mails.ts';
import { composeKitMails } from './kit-mails.ts';
import { composeReceipts } from './receipts.ts';
import { composeAllReceipts } from './spreadsheet-receipts.ts';

/** A delivery that is no notice, with what every letter needs of its row. */
export interface OwnLetterRow {
  id: number;
  kind: string;
  purpose: string;
  message_id: string;
  address: string;
  action_id: number;
  party_id: number | null;
  contact_id: number | null;
  contact: string;
  link_id: number | null;
  languages: string[];
}

/** A letter with words of its own. `html` in whole lines. */
export interface OwnLetter extends PlainMail {
  language: string;
  replyTo?: string;
}

/** Makes the letters of some deliveries of one kind. One that cannot be made is left out of the answer. */
export type OwnComposer = (
  reader: Reader,
  ctx: Context,
  rows: readonly OwnLetterRow[],
) => Promise<ReadonlyMap<number, OwnLetter>>;

/** Letters that are no notices, by their kind: each is composed when it leaves, like every other. */
export const ownComposers: Readonly<Record<string, OwnComposer>> = {
  receipt: composeAllReceipts,
  'call-confirmation': composeReceipts,
  'contact-check': composeContactChecks,
  'download-code': composeDownloadMails,
  'package-withdrawn': composeDownloadMails,
  'kit-shipped': composeKitMails,
};
