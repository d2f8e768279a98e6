import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { CallOutcome } from '../domain/call.ts';
import type { ReleasedFinding } from '../domain/checks/check.ts';
import type { Rung } from '../domain/evidence-ladder.ts';
import type { FixPath } from '../domain/permanent-fix.ts';
import type { AccountsSchema } from './schema-accounts.ts';
import type { CallsSchema } from './schema-calls.ts';
import type { CodesSchema } from './schema-codes.ts';
import type { ImportsSchema } from './schema-imports.ts';
import type { IncidentSchema } from './schema-incidents.ts';
import type { LadderSchema } from './schema-ladder.ts';
import type { LettersSchema } from './schema-letters.ts';
import type { MessagesSchema } from './schema-messages.ts';
import type { NoticesSchema } from './schema-notices.ts';
import type { PackagesSchema } from './schema-packages.ts';
import type { PaperSchema } from './schema-paper.ts';
import type { PaperRepliesSchema } from './schema-paper-replies.ts';
import type { PermanentFixSchema } from './schema-permanent-fix.ts';
import type { SpreadsheetsSchema } from './schema-spreadsheets.ts';
import type { TranslationSchema } from './schema-translation.ts';

/**
 * The data model on one page, in the order data walks through the house: what is out there, what is wrong, the ledger,
 * the notice, deliveries, what comes back, the record of everything. Columns are those of migrations/*.sql.
 *
 * Ids are numbers (bigint identity). `Date` is an instant (timestamptz); `Day` is a calendar day `YYYY-MM-DD` (date).
 * jsonb columns are read as values and written as JSON text with `json()` from values.ts.
 */
export interface Schema
  extends AccountsSchema,
    CallsSchema,
    CodesSchema,
    ImportsSchema,
    IncidentSchema,
    LadderSchema,
    LettersSchema,
    MessagesSchema,
    NoticesSchema,
    PackagesSchema,
    PaperSchema,
    PaperRepliesSchema,
    PermanentFixSchema,
    SpreadsheetsSchema,
    TranslationSchema {
  setting: SettingTable;
  country_override: CountryOverrideTable;
  file: FileTable;
  product: ProductTable;
  product_identifier: ProductIdentifierTable;
  product_identifier_pair: { catalogue_id: number; udi_di_id: number };
  environment: EnvironmentTable;
  party: PartyTable;
  site: SiteTable;
  contact: ContactTable;
  unit: UnitTable;
  action: ActionTable;
  action_country: ActionCountryTable;
  action_vulnerability: ActionVulnerabilityTable;
  action_environment: { action_id: number; environment_id: number };
  scope_rule: ScopeRuleTable;
  scope_run: ScopeRunTable;
  scope_decision: ScopeDecisionTable;
  remedy: RemedyTable;
  correction: CorrectionTable;
  obligation: ObligationTable;
  tally: TallyTable;
  tally_day: { action_id: number; day: Day; state: string; n: number };
  tally_deadline: { action_id: number; state: string; due_on: Day; n: number };
  tally_task: { action_id: number; kind: string; urgent: boolean; owned: boolean; n: number };
  tally_hour: { action_id: number; hour: Date; action: string; n: number };
  notice: NoticeTable;
  form: FormTable;
  link: LinkTable;
  delivery: DeliveryTable;
  delivery_attempt: DeliveryAttemptTable;
  mailbox_message: MailboxMessageTable;
  reply: ReplyTable;
  reply_draft: ReplyDraftTable;
  confirmation: ConfirmationTable;
  contact_change: ContactChangeTable;
  task: TaskTable;
  attempt: AttemptTable;
  deadline: DeadlineTable;
  incident: IncidentTable;
  report: ReportTable;
  event: EventTable;
  event_head: { one: boolean; seq: number; hash: Buffer };
}

/** A calendar day, `YYYY-MM-DD`. */
export type Day = string;
type Id = Generated<number>;
/** A jsonb column: read as a value, written as JSON text. */
type Json<T = unknown> = ColumnType<T, string, string>;
/** A jsonb column with a default. */
type JsonDefault<T = unknown> = ColumnType<T, string | undefined, string>;

interface SettingTable {
  key: string;
  value: Json;
  changed_at: Date;
  changed_by: string;
}

interface CountryOverrideTable {
  id: Id;
  country: string;
  topic: 'languages' | 'regime' | 'holidays';
  value: Json;
  reason: string;
  made_by: string;
  made_at: Date;
  withdrawn_at: Date | null;
}

/** A stored file: its bytes live in the files folder under their SHA-256. */
interface FileTable {
  id: Id;
  sha256: string;
  size: number;
  name: string;
  media_type: string;
  created_at: Date;
}

interface ProductTable {
  id: Id;
  code: string;
  name: string;
  kind: 'instrument' | 'software' | 'consumable';
  description: Generated<string>;
  /** Versions in the field, as the catalogue knows them. */
  software_versions: Generated<string[]>;
  created_at: Date;
}

interface ProductIdentifierTable {
  id: Id;
  product_id: number;
  scheme: 'udi-di' | 'catalogue' | 'basic-udi-di' | 'eudamed';
  issuer: Generated<'' | 'GS1' | 'HIBC' | 'ICCBBA' | 'IFA'>;
  /** Normalised: GTINs have 14 digits. */
  value: string;
  printed: string;
}

/** A boot mode (Dx, RUO) or the one default of a product. */
interface EnvironmentTable {
  id: Id;
  product_id: number;
  code: string;
  name: string;
  position: Generated<number>;
}

interface PartyTable {
  id: Id;
  /** The party's number in the manufacturer's ERP system. */
  ref: string;
  kind: 'customer' | 'distributor' | 'importer' | 'authorised-representative' | 'authority';
  name: string;
  country: string;
  street: Generated<string>;
  postcode: Generated<string>;
  city: Generated<string>;
  region: Generated<string>;
  phone: Generated<string>;
  email: Generated<string>;
  account_no: Generated<string>;
  srn: Generated<string>;
  /** The distributor through whom this party is served. */
  distributor_id: number | null;
  status: Generated<'active' | 'closed' | 'merged'>;
  created_at: Date;
  changed_at: Date;
}

interface SiteTable {
  id: Id;
  ref: string;
  party_id: number;
  name: string;
  country: string;
  street: Generated<string>;
  postcode: Generated<string>;
  city: Generated<string>;
  region: Generated<string>;
  /** IANA time zone; empty = the country's. */
  zone: Generated<string>;
  created_at: Date;
  changed_at: Date;
}

interface ContactTable {
  id: Id;
  party_id: number;
  site_id: number | null;
  /** Identity within the party: e-mail in lower case, else the name. */
  key: string;
  name: string;
  title: Generated<string>;
  role: string;
  /** BCP 47 codes in the contact's own order. */
  languages: Generated<string[]>;
  email: Generated<string>;
  phone: Generated<string>;
  channel: 'email' | 'post' | 'phone';
  status: Generated<'active' | 'unreachable' | 'replaced' | 'left'>;
  replaced_by: number | null;
  created_at: Date;
  changed_at: Date;
  /** Bytes of a whole message that its mail server takes; null: as its domain or the server has it; 0: links only. */
  attachment_limit: Generated<number | null>;
}

interface UnitTable {
  id: Id;
  kind: 'serial' | 'lot' | 'standalone';
  product_id: number;
  site_id: number;
  party_id: number;
  serial: string;
  serial_key: string;
  quantity: Generated<number>;
  shipped_on: Day | null;
  /** Connected to the Internet? null = not known. */
  connected: boolean | null;
  /** Environment code → software version as last known. */
  software: JsonDefault<Record<string, string>>;
  status: Generated<'in-field' | 'scrapped' | 'moved' | 'returned' | 'unknown'>;
  isolated_at: Date | null;
  source: Generated<'import' | 'reply' | 'staff' | 'api'>;
  import_id: number | null;
  import_row: number | null;
  /** Lot of a unit that has a serial number as well. */
  lot: Generated<string>;
  /** The distributor it was sold through. */
  sold_through_id: number | null;
  created_at: Date;
  changed_at: Date;
}

export type Stage = 'draft' | 'in-review' | 'approved' | 'released' | 'monitoring' | 'completed' | 'closed';

interface ActionTable {
  id: Id;
  reference: string;
  title: string;
  kind: Generated<'correction' | 'removal' | 'security-patch' | 'labelling' | 'advisory'>;
  stage: Generated<Stage>;
  stage_since: Date;
  description: Generated<string>;
  hazard: Generated<string>;
  class_proposed: Generated<string>;
  class_given: Generated<string>;
  device_law: Generated<'IVD' | 'MD'>;
  aware_on: Day | null;
  reportability_aware_on: Day | null;
  embargo_until: Date | null;
  /** What the notice's placeholders say (domain/notice-facts.ts). */
  facts: JsonDefault<Record<string, unknown>>;
  predecessor_id: number | null;
  delivery_state: Generated<'idle' | 'running' | 'paused' | 'stopped'>;
  released_at: Date | null;
  created_at: Date;
  changed_at: Date;
}

interface ActionCountryTable {
  action_id: number;
  country: string;
  regime: 'IVDR' | 'MDR' | 'IVDD' | 'MDD' | 'FDA' | 'UK' | 'CH' | 'other';
  authority_reference: Generated<string>;
  authority_reference_status: Generated<'assigned' | 'pending' | 'unknown' | 'not-applicable'>;
}

interface ActionVulnerabilityTable {
  id: Id;
  action_id: number;
  cve: string;
  cwe: Generated<string>;
  cvss_score: number | null;
  cvss_vector: Generated<string>;
  summary: Generated<string>;
  affected_versions: Generated<string>;
}

interface ScopeRuleTable {
  id: Id;
  action_id: number;
  effect: 'include' | 'exclude';
  product_id: number | null;
  /** Conditions as domain/scope.ts reads them. */
  conditions: JsonDefault;
  reason: string;
  created_at: Date;
}

/** One run of the scope rules over the units, to be read before it is applied. */
interface ScopeRunTable {
  id: Id;
  action_id: number;
  state: Generated<'running' | 'done' | 'applied' | 'failed' | 'discarded'>;
  basis_hash: string;
  seen: Generated<number>;
  units_in: Generated<number>;
  units_out: Generated<number>;
  detail: Generated<string>;
  made_by: string;
  started_at: Date;
  finished_at: Date | null;
  applied_at: Date | null;
}

interface ScopeDecisionTable {
  run_id: number;
  unit_id: number;
  included: boolean;
  rule_id: number | null;
  why: string;
  params: JsonDefault<Record<string, string | number>>;
  product_id: number;
  party_id: number;
  country: string;
}

interface RemedyTable {
  id: Id;
  action_id: number;
  position: number;
  kind: 'interim-patch' | 'permanent-fix' | 'return' | 'destruction' | 'labelling' | 'inspection' | 'other';
  name: string;
  description: Generated<string>;
  prerequisites: Generated<string[]>;
  side_effects: Generated<string[]>;
  status: Generated<'announced' | 'available' | 'withdrawn'>;
  /** The remedy it makes superfluous, of this action or of the one it follows. */
  supersedes_id: Generated<number | null>;
  created_at: Date;
}

/**
 * open · blocked (needs somebody) · isolated (suspected compromise): still owed.
 * stated · confirmed · verified: the rungs of evidence. not-affected · gone: ended without a fix.
 */
export type CorrectionStateName =
  | 'open'
  | 'stated'
  | 'confirmed'
  | 'verified'
  | 'blocked'
  | 'isolated'
  | 'not-affected'
  | 'gone';

/** The ledger: unit × environment × remedy. */
interface CorrectionTable {
  id: Id;
  action_id: number;
  unit_id: number;
  environment_id: number;
  remedy_id: number;
  product_id: number;
  party_id: number;
  site_id: number;
  country: string;
  state: Generated<CorrectionStateName>;
  state_since: Date;
  /** The confirmation this state rests on. */
  because_id: number | null;
  contradicted: Generated<boolean>;
  created_at: Date;
  /** Since when its party counts as told, and has the file; copied by triggers. */
  notified_at: Generated<Date | null>;
  has_file_at: Generated<Date | null>;
  rung: GeneratedAlways<Rung>;
  /** On corrections of a remedy that supersedes another: how the unit stands between the two. */
  fix_path: Generated<FixPath | null>;
}

/** What one party owes in one action. corrections_* are kept by a trigger. */
interface ObligationTable {
  id: Id;
  action_id: number;
  party_id: number;
  country: string;
  audience: 'dx-recall' | 'ruo-quality' | 'distributor' | 'authority';
  state: Generated<'silent' | 'received' | 'done'>;
  corrections_total: Generated<number>;
  corrections_open: Generated<number>;
  notified_at: Date | null;
  received_at: Date | null;
  completed_at: Date | null;
  last_reply_at: Date | null;
  reminders_sent: Generated<number>;
  next_reminder_at: Date | null;
  /** When an update last asked for the receipt anew. */
  asked_at: Generated<Date | null>;
  created_at: Date;
}

/** Counts kept by triggers; never written by hand. Dimensions that do not apply are '' or 0. */
interface TallyTable {
  action_id: number;
  subject: 'correction' | 'obligation' | 'notice' | 'reminder' | 'rung';
  country: string;
  product_id: number;
  environment_id: number;
  remedy_id: number;
  state: string;
  n: number;
}

interface NoticeTable {
  id: Id;
  action_id: number;
  /** Document control number, as printed. */
  number: string;
  version: number;
  kind: Generated<'new' | 'update'>;
  previous_id: number | null;
  state: Generated<'draft' | 'in-review' | 'approved' | 'released' | 'superseded'>;
  state_since: Date;
  /** NoticeDocument of domain/notice.ts: every variant and language. */
  document: Json;
  /** SHA-256 of the canonical document: what an approval signs. */
  content_hash: string;
  released_facts: ColumnType<unknown, string | null | undefined, string | null>;
  released_at: Date | null;
  /** SHA-256 over all that was released (app/notice-seal.ts). */
  seal: Generated<string | null>;
  /** What the checks found at the release, with the reasons given. */
  findings: JsonDefault<ReleasedFinding[]>;
  created_at: Date;
  changed_at: Date;
}

interface FormTable {
  id: Id;
  action_id: number;
  version: number;
  /** FormDefinition of domain/form.ts. */
  definition: Json;
  created_at: Date;
}

interface LinkTable {
  id: Id;
  action_id: number;
  party_id: number;
  contact_id: number;
  /** SHA-256 of the token; the token is derived, never stored (app/links.ts). */
  token_hash: Buffer;
  created_at: Date;
  expires_at: Date;
  revoked_at: Date | null;
  revoked_reason: Generated<string>;
  /** First time a person pressed the button on the link's page. A GET does not count. */
  opened_at: Date | null;
}

export type DeliveryState =
  | 'queued'
  | 'sending'
  | 'sent'
  | 'delivered'
  | 'opened'
  | 'bounced'
  | 'failed'
  | 'stopped'
  | 'unsure';

interface DeliveryTable {
  id: Id;
  action_id: number;
  notice_id: number | null;
  party_id: number | null;
  contact_id: number | null;
  link_id: number | null;
  country: Generated<string>;
  kind:
    | 'notice'
    | 'reminder'
    | 'receipt'
    | 'contact-check'
    | 'test'
    | 'call-confirmation'
    | 'download-code'
    | 'package-withdrawn'
    | 'kit-shipped';
  /** e.g. `notice:12`, `reminder:12:1`, `receipt:55`: unique per contact, for ever. */
  purpose: string;
  channel: 'email' | 'post' | 'phone';
  address: string;
  domain: Generated<string>;
  variant: Generated<string>;
  languages: Generated<string[]>;
  message_id: string;
  state: Generated<DeliveryState>;
  state_since: Date;
  attempts: Generated<number>;
  next_attempt_at: Date | null;
  claimed_by: string | null;
  claimed_at: Date | null;
  detail: Generated<string>;
  created_at: Date;
  /** Files that go with it: none, still to be made, or there (`delivery_file`). */
  files: Generated<'none' | 'wanted' | 'ready'>;
}

interface DeliveryAttemptTable {
  id: Id;
  delivery_id: number;
  number: number;
  at: Date;
  outcome: string;
  detail: Generated<string>;
}

interface MailboxMessageTable {
  id: Id;
  message_id: string;
  delivery_id: number | null;
  direction: Generated<'out' | 'in'>;
  sender: string;
  recipient: string;
  subject: string;
  raw: Buffer;
  at: Date;
  read_at: Date | null;
}

export type Door = 'web' | 'pdf' | 'email' | 'scan' | 'spreadsheet' | 'telephone' | 'post' | 'api' | 'instrument';

interface ReplyTable {
  id: Id;
  action_id: number;
  party_id: number;
  contact_id: number | null;
  link_id: number | null;
  form_id: number | null;
  door: Door;
  source_file_id: number | null;
  received_at: Date;
  language: Generated<string>;
  /** Answers of domain/form.ts. */
  answers: Json;
  signature: ColumnType<unknown, string | null | undefined, string | null>;
  contradictions: JsonDefault<unknown[]>;
  recorded_by: string;
  once_key: string | null;
}

interface ReplyDraftTable {
  link_id: number;
  answers: Json;
  step: Generated<string>;
  saved_at: Date;
  /** LabelRound of domain/label-round.ts. */
  label_round: JsonDefault<Record<string, unknown>>;
}

interface ConfirmationTable {
  id: Id;
  correction_id: number;
  action_id: number;
  reply_id: number | null;
  kind: 'statement' | 'code' | 'staff' | 'instrument' | 'import';
  claim: 'done' | 'not-yet' | 'not-affected' | 'gone' | 'unknown' | 'isolated' | 'cleared';
  done_on: Day | null;
  backed_up: boolean | null;
  reason: Generated<string>;
  detail: JsonDefault<Record<string, unknown>>;
  door: Door | 'desk';
  by_kind: string;
  by_id: string;
  by_name: string;
  at: Date;
  corrects_id: number | null;
  /** The confirmation of another correction of the unit that this one was carried over from. */
  carried_from_id: Generated<number | null>;
}

interface ContactChangeTable {
  id: Id;
  action_id: number | null;
  party_id: number;
  contact_id: number | null;
  proposed: Json<Record<string, unknown>>;
  door: Door | 'desk';
  state: Generated<'proposed' | 'applied' | 'refused'>;
  proposed_at: Date;
  decided_at: Date | null;
  decided_by: string | null;
  reason: Generated<string>;
  /** When the holder of the proposed address said yes. */
  confirmed_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

interface TaskTable {
  id: Id;
  action_id: number | null;
  kind: string;
  key: string;
  party_id: number | null;
  contact_id: number | null;
  delivery_id: number | null;
  reply_id: number | null;
  unit_id: number | null;
  correction_id: number | null;
  detail: JsonDefault<Record<string, unknown>>;
  /** 1 urgent (suspected compromise) · 2 normal · 3 when there is time. */
  priority: Generated<number>;
  state: Generated<'open' | 'done' | 'dismissed'>;
  owner_id: string | null;
  owner_name: Generated<string>;
  due_on: Day | null;
  outcome: Generated<string>;
  created_at: Date;
  ended_at: Date | null;
  ended_by: string | null;
}

interface AttemptTable {
  id: Id;
  action_id: number | null;
  party_id: number;
  contact_id: number | null;
  task_id: number | null;
  kind: 'call' | 'note' | 'letter' | 'visit' | 'email';
  outcome: CallOutcome | 'note';
  text: Generated<string>;
  tracking: Generated<string>;
  by_id: string;
  by_name: string;
  at: Date;
  /** Who answered the telephone, in the words of the caller. */
  spoke_with: Generated<string>;
  /** The number that was called. */
  phone: Generated<string>;
  language: Generated<string>;
  call_back_at: Date | null;
  /** The answer that was written down in it. */
  reply_id: number | null;
  /** What was sent after it: the confirmation in writing, or the letter once more. */
  delivery_id: number | null;
  once_key: string | null;
}

interface DeadlineTable {
  id: Id;
  action_id: number;
  party_id: number | null;
  country: Generated<string>;
  /** Rule id of domain/deadline.ts. */
  rule: string;
  starts_at: Date | null;
  due_on: Day | null;
  due_at: Date | null;
  zone: Generated<string>;
  explanation: Json;
  state: Generated<'waiting' | 'running' | 'met' | 'missed' | 'withdrawn'>;
  state_since: Date;
  override: ColumnType<unknown, string | null | undefined, string | null>;
  created_at: Date;
}

interface IncidentTable {
  id: Id;
  action_id: number | null;
  party_id: number | null;
  unit_id: number | null;
  reply_id: number | null;
  kind: 'suspected-compromise' | 'adverse-event' | 'problem';
  state: Generated<'open' | 'examining' | 'cleared' | 'confirmed' | 'closed'>;
  aware_at: Date;
  reportability_aware_at: Date | null;
  summary: Generated<string>;
  detail: JsonDefault<Record<string, unknown>>;
  owner_id: string | null;
  owner_name: Generated<string>;
  created_at: Date;
  changed_at: Date;
}

interface ReportTable {
  id: Id;
  action_id: number;
  kind: string;
  country: Generated<string>;
  as_of: Date;
  event_seq: number;
  file_id: number | null;
  content_hash: string;
  state: Generated<'frozen' | 'submitted' | 'superseded'>;
  created_at: Date;
}

/** The audit record. seq, prev_hash and hash are made by the database's trigger. */
interface EventTable {
  seq: ColumnType<number, never, never>;
  at: Date;
  actor_kind: string;
  actor_id: string;
  actor_name: string;
  action: string;
  subject: string;
  subject_id: string;
  action_id: number | null;
  party_id: number | null;
  unit_id: number | null;
  before: ColumnType<unknown, string | null | undefined, never>;
  after: ColumnType<unknown, string | null | undefined, never>;
  reason: Generated<string>;
  prev_hash: ColumnType<Buffer, never, never>;
  hash: ColumnType<Buffer, never, never>;
}
