import type { ColumnType, Generated } from 'kysely';
import type {
  FailureClass,
  MailAttachment,
  MailKind,
  MailReason,
  MailTrouble,
  ReportedRecipient,
} from '../domain/mail.ts';
import type { ProposedContact } from '../domain/mail-automatic.ts';

type Id = Generated<number>;

/** By which way a message came in. `sample`: made by the sample's play. */
export type MessageDoor = 'imap' | 'smtp' | 'upload' | 'api' | 'sample';
/** What showed where a message belongs. */
export type MessageMatch = 'return-path' | 'reference' | 'form' | 'address' | 'serial' | 'person';

/** The guess as it was made: what led to it, whom a report speaks of, who is named in somebody's place. */
export interface StoredGuess {
  kind?: MailKind;
  reasons?: MailReason[];
  recipients?: ReportedRecipient[];
  contact?: ProposedContact;
}

/** A message that came in, and what became of it. Its bytes lie in the file store. */
export interface MessageTable {
  id: Id;
  received_at: Date;
  door: MessageDoor;
  mailbox: Generated<string>;
  file_id: number;
  sha256: string;
  size: number;
  envelope_from: Generated<string>;
  envelope_to: Generated<string[]>;
  state: Generated<'new' | 'waiting' | 'done'>;
  state_since: Date;
  message_id: Generated<string>;
  from_name: Generated<string>;
  from_address: Generated<string>;
  subject: Generated<string>;
  written_at: Date | null;
  excerpt: Generated<string>;
  kind: MailKind | null;
  failure: FailureClass | null;
  confidence: number | null;
  automatic: Generated<boolean>;
  signed: Generated<'' | 'smime' | 'pgp'>;
  encrypted: Generated<'' | 'smime' | 'pgp'>;
  troubles: Generated<MailTrouble[]>;
  attachments: ColumnType<MailAttachment[], string | undefined, string>;
  /** Its attachments wait for their readers. */
  attachments_due: Generated<boolean>;
  guess: ColumnType<StoredGuess, string | undefined, string>;
  matched_by: Generated<'' | MessageMatch>;
  action_id: number | null;
  party_id: number | null;
  contact_id: number | null;
  delivery_id: number | null;
  reply_id: number | null;
  task_id: number | null;
  /** The same mail that came by another mailbox before. */
  twin_id: number | null;
  outcome: Generated<string>;
  owner_id: string | null;
  owner_name: Generated<string>;
  decided_by: Generated<string>;
  decided_at: Date | null;
}

/** How far a mailbox was read, and how it is. */
export interface MailboxDoorTable {
  name: string;
  uid_validity: Generated<string>;
  last_uid: Generated<number>;
  state: Generated<'waiting' | 'connected' | 'trouble'>;
  trouble: Generated<string>;
  seen_at: Date | null;
  received_at: Date | null;
  received: Generated<number>;
}

export interface MessagesSchema {
  message: MessageTable;
  mailbox_door: MailboxDoorTable;
}
