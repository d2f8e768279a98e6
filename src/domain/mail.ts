/** A message that came in, as plain facts: what the reader of mail found in its bytes. Pure; no word here decides anything. */

export interface MailAddress {
  name: string;
  /** In lower case; '' when there is none, as in the return path of a report. */
  address: string;
}

/** Why a part of a message is kept aside. */
export type AttachmentCaution = 'executable' | 'archive' | 'encrypted' | 'signature' | 'message' | '';

/** A part of a message that is not its text. `index` finds it again in the stored bytes. */
export interface MailAttachment {
  index: number;
  name: string;
  /** As the sender says. */
  mediaType: string;
  /** As the first bytes say; '' when they say nothing. */
  seenType: string;
  size: number;
  sha256: string;
  caution: AttachmentCaution;
}

/** What was wrong with the bytes, each a plain line in the queue (`troubleWords`). */
export const mailTroubles = [
  'too-large',
  'too-slow',
  'too-many-parts',
  'nested',
  'broken',
  'charset',
  'cut',
  'encrypted',
  'sealed',
  'executable',
  'remote-only',
] as const;
export type MailTrouble = (typeof mailTroubles)[number];

/** The same in words, for whoever finds the message in the queue. */
export const troubleWords: Readonly<Record<MailTrouble, string>> = {
  'too-large': 'Larger than what is read; kept whole.',
  'too-slow': 'Reading it took too long and was stopped; only its head was read.',
  'too-many-parts': 'It has more parts than any honest message; only its head was read.',
  nested: 'Messages within messages, deeper than is read; the inner ones were left closed.',
  broken: 'Its structure is damaged; its text was read as it stands.',
  charset: 'It names an alphabet that it does not keep to; some letters may be wrong.',
  cut: 'Its text is longer than what is shown; the whole is in the original.',
  encrypted: 'It is encrypted; nobody here can read it without the key.',
  sealed:
    'Its words and its S/MIME signature are one piece, which is not opened here: open the original in a mail program.',
  executable: 'It carries a program. It was kept aside and never opened.',
  'remote-only': 'It has no text of its own, only pictures from elsewhere, which are not fetched.',
};

export interface MailFacts {
  /** In the order of the message; names in lower case, values decoded and on one line. */
  headers: readonly { name: string; value: string }[];
  from: MailAddress;
  replyTo: MailAddress | null;
  to: readonly MailAddress[];
  subject: string;
  /** With angle brackets; '' when there is none. */
  messageId: string;
  /** In-Reply-To first, then References from the last: with angle brackets. */
  references: readonly string[];
  /** When the sender says it was written, ISO; null when unreadable. */
  writtenAt: string | null;
  /** The plain text, or what the HTML says. */
  text: string;
  /** The text came from HTML only. */
  fromHtml: boolean;
  /** Machine-readable part of a report: its type without `message/`, e.g. `delivery-status`. */
  report: { type: string; fields: string } | null;
  /** Of the message that a report gives back: its headers, its Message-ID and to whom it went. */
  returned: { messageId: string; to: string; headers: readonly { name: string; value: string }[] } | null;
  attachments: readonly MailAttachment[];
  signed: '' | 'smime' | 'pgp';
  encrypted: '' | 'smime' | 'pgp';
  troubles: readonly MailTrouble[];
}

/** The first value of a header; '' when there is none. */
export function headerOf(mail: Pick<MailFacts, 'headers'>, name: string): string {
  return mail.headers.find((header) => header.name === name)?.value ?? '';
}

/** Every value of a header. */
export function headersOf(mail: Pick<MailFacts, 'headers'>, name: string): string[] {
  return mail.headers.filter((header) => header.name === name).map((header) => header.value);
}

/** What a message is. */
export const mailKinds = [
  'reply',
  'failure',
  'delay',
  'delivered',
  'automatic',
  'question',
  'contact-change',
  'problem',
  'other',
] as const;
export type MailKind = (typeof mailKinds)[number];

/**
 * Why a letter did not arrive. `hard`: this address will never work · `mailbox-full` · `policy`: the address exists and
 * the letter was turned away · `soft`: it may work another time.
 */
export const failureClasses = ['hard', 'soft', 'policy', 'mailbox-full'] as const;
export type FailureClass = (typeof failureClasses)[number];

/** What led to a decision: a header, a code or words, exactly as they stand in the message. */
export interface MailReason {
  what: 'header' | 'code' | 'words' | 'sender' | 'report' | 'attachment';
  text: string;
  /** What it says about the message, e.g. `failure: hard`. */
  says: string;
}

/** One recipient that a report speaks of. */
export interface ReportedRecipient {
  address: string;
  /** Enhanced status code (RFC 3463), `5.1.1`; '' when none was given. */
  status: string;
  /** SMTP reply code, `550`; '' when none. */
  reply: string;
  action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';
  failure: FailureClass | null;
  /** What the mail server said, one line. */
  diagnostic: string;
}

/** The guess about a message, with everything that led to it. */
export interface MailGuess {
  kind: MailKind;
  /** 0 to 100; below {@link SURE} a person decides. */
  confidence: number;
  reasons: readonly MailReason[];
  /** Class of a failure, that of the first recipient who failed. */
  failure: FailureClass | null;
  recipients: readonly ReportedRecipient[];
  /** Sent by a machine: it is never answered. */
  automatic: boolean;
}

/** From here on nobody has to look. */
export const SURE = 80;
