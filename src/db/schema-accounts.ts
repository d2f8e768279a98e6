import type { ColumnType, Generated } from 'kysely';
import type { Role } from '../domain/actor.ts';

/** Tables of migrations/001-accounts.sql: staff and their credentials, signatures, programs' keys. */
export interface AccountsSchema {
  staff: StaffTable;
  staff_session: StaffSessionTable;
  staff_account: StaffAccountTable;
  staff_verification: StaffVerificationTable;
  staff_two_factor: StaffTwoFactorTable;
  staff_passkey: StaffPasskeyTable;
  invitation: InvitationTable;
  /** Tries that were not (yet) right. */
  sign_in_attempt: { id: Generated<number>; account: string; address: string; at: Date };
  signature: SignatureTable;
  api_key: ApiKeyTable;
  idempotency_key: IdempotencyKeyTable;
  webhook: WebhookTable;
  webhook_delivery: WebhookDeliveryTable;
}

interface StaffTable {
  id: string;
  name: string;
  email: string;
  email_verified: Generated<boolean>;
  image: string | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  two_factor_enabled: Generated<boolean>;
  role: Generated<Role>;
  totp_exempt: Generated<boolean>;
  disabled_at: Date | null;
}

/** `password` alone is half a sign-in: the second step must be set up first, except for sample accounts. */
export type SignInMethod = 'password' | 'password+totp' | 'backup-code' | 'passkey' | 'oidc';

interface StaffSessionTable {
  id: string;
  expires_at: Date;
  token: string;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  ip_address: string | null;
  user_agent: string | null;
  user_id: string;
  /** How the person proved who they are. */
  method: SignInMethod;
}

interface StaffAccountTable {
  id: string;
  account_id: string;
  provider_id: string;
  user_id: string;
  access_token: string | null;
  refresh_token: string | null;
  id_token: string | null;
  access_token_expires_at: Date | null;
  refresh_token_expires_at: Date | null;
  scope: string | null;
  /** Hash by better-auth. */
  password: string | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

interface StaffVerificationTable {
  id: string;
  identifier: string;
  value: string;
  expires_at: Date;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

interface StaffTwoFactorTable {
  id: string;
  /** Encrypted by better-auth with the server's secret. */
  secret: string;
  backup_codes: string;
  user_id: string;
  verified: Generated<boolean>;
  failed_verification_count: Generated<number>;
  locked_until: Date | null;
  /** SHA-256 of the code accepted last, which is not accepted again. */
  last_code: Buffer | null;
  last_code_at: Date | null;
}

interface StaffPasskeyTable {
  id: string;
  name: string | null;
  public_key: string;
  user_id: string;
  credential_id: string;
  counter: number;
  device_type: string;
  backed_up: boolean;
  transports: string | null;
  created_at: Generated<Date>;
  aaguid: string | null;
}

interface InvitationTable {
  id: Generated<number>;
  token_hash: Buffer;
  role: Role;
  /** Empty: the invited person types it. */
  email: Generated<string>;
  name: Generated<string>;
  /** Set: the link gives this person a new password. */
  staff_id: string | null;
  created_by: string;
  created_at: Date;
  expires_at: Date;
  used_at: Date | null;
}

interface SignatureTable {
  id: Generated<number>;
  staff_id: string;
  /** Printed name at the time of signing (21 CFR 11.50(a)(1)). */
  staff_name: string;
  role: string;
  meaning: string;
  subject_kind: string;
  subject_id: string;
  /** SHA-256 of what was signed (21 CFR 11.70). */
  content_hash: string;
  signed_at: Date;
  zone: string;
  method: 'password' | 'password+totp' | 'passkey';
  /** What a passkey answered; unique, so that an answer signs once. */
  challenge: ColumnType<string | null, string | null | undefined, string | null>;
  voided_at: Date | null;
  voided_reason: Generated<string>;
}

interface ApiKeyTable {
  id: Generated<number>;
  name: string;
  /** The first characters, so that a person can tell keys apart. */
  prefix: string;
  hash: Buffer;
  scopes: string[];
  created_by: string;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
}

interface IdempotencyKeyTable {
  actor: string;
  key: string;
  method: string;
  path: string;
  request_hash: string;
  status: number | null;
  body: string | null;
  created_at: Date;
}

interface WebhookTable {
  id: Generated<number>;
  url: string;
  /** The signing secret is derived from this and the server's secret (app/webhooks.ts). */
  salt: string;
  /** Patterns such as `notice.*`. */
  events: string[];
  /** The last event that was looked at. */
  cursor_seq: number;
  created_by: string;
  created_at: Date;
  disabled_at: Date | null;
  disabled_reason: Generated<string>;
}

interface WebhookDeliveryTable {
  id: Generated<number>;
  webhook_id: number;
  event_seq: number;
  state: Generated<'queued' | 'sent' | 'failed'>;
  attempts: Generated<number>;
  next_attempt_at: Date | null;
  status: number | null;
  detail: Generated<string>;
  created_at: Date;
}
