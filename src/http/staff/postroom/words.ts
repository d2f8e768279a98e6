import type { MessageDoor, MessageMatch } from '../../../db/schema-messages.ts';
import type { AttachmentCaution, FailureClass, MailAttachment, MailKind } from '../../../domain/mail.ts';

/** What a message is, in words. */
export const kindWords: Readonly<Record<MailKind, string>> = {
  reply: 'Reply',
  failure: 'Letter came back',
  delay: 'Letter is late',
  delivered: 'Letter arrived',
  automatic: 'Automatic answer',
  question: 'Question',
  'contact-change': 'Another contact',
  problem: 'Problem',
  other: 'Something else',
};

export const failureWords: Readonly<Record<FailureClass, string>> = {
  hard: 'the address does not work',
  soft: 'for now',
  policy: 'turned away',
  'mailbox-full': 'mailbox full',
};

export const doorWords: Readonly<Record<MessageDoor, string>> = {
  imap: 'Mailbox',
  smtp: 'Mail server',
  upload: 'Uploaded',
  api: 'API',
  sample: 'Sample',
};

export const matchWords: Readonly<Record<MessageMatch, string>> = {
  'return-path': 'by the return path of the letter',
  reference: 'by the letter it answers',
  form: 'by the personal link or form it carries',
  address: 'by its address',
  serial: 'by serial numbers in it',
  person: 'by a person',
};

export const cautionWords: Readonly<Record<AttachmentCaution, string>> = {
  executable: 'a program: kept, never opened or handed out',
  archive: 'an archive: kept, never unpacked here',
  encrypted: 'encrypted',
  signature: 'a signature',
  message: 'a message of its own',
  '': '',
};

/** What to do with a file whose kind nobody here reads; '' for all others. */
export function unreadWords({ name, seenType, mediaType, caution }: MailAttachment): string {
  const says = (names: RegExp, types: RegExp): boolean => names.test(name) || types.test(mediaType);
  if (says(/^winmail\.dat$/i, /ms-tnef/))
    return 'Outlook packed the mail into this file, which is not read here: ask the sender for plain text or HTML.';
  if (says(/\.(?:xls|ods|numbers)$/i, /ms-excel$|opendocument\.spreadsheet/) && seenType !== 'application/pdf')
    return 'A table of a kind that is not read here: save it as XLSX or CSV, and upload it under Answers by spreadsheet.';
  if (caution === '' && says(/\.(?:docx?|rtf|odt|pages)$/i, /msword|wordprocessingml|\/rtf|opendocument\.text/))
    return 'A text document is not read here: open it, and tick what it says.';
  return '';
}

/** What accepting the guess does. */
export const acceptWords: Readonly<Record<MailKind, string>> = {
  reply: 'Record this reply',
  failure: 'Record that the letter came back',
  delay: 'Noted',
  delivered: 'Noted',
  automatic: 'Nothing to do',
  question: 'It was answered',
  'contact-change': 'Propose this contact',
  problem: 'Report a suspected break-in',
  other: 'Nothing to do',
};
