-- Accounts of staff (kept by better-auth under our names), what they sign, and the keys of programs.

create table staff (
  id text primary key,
  name text not null,
  email text not null unique,
  email_verified boolean not null default false,
  image text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  two_factor_enabled boolean default false,
  role text not null default 'viewer' check (role in ('administrator', 'quality', 'regulatory', 'support', 'viewer')),
  -- sample accounts of the demo sign in without a second step; set nowhere else
  totp_exempt boolean not null default false,
  disabled_at timestamptz
);

create table staff_session (
  id text primary key,
  expires_at timestamptz not null,
  token text not null unique,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  ip_address text,
  user_agent text,
  user_id text not null references staff on delete cascade,
  -- how the person proved who they are: password, password+totp, backup-code, passkey, oidc
  method text not null
);
create index staff_session_user on staff_session (user_id);

create table staff_account (
  id text primary key,
  account_id text not null,
  provider_id text not null,
  user_id text not null references staff on delete cascade,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  password text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index staff_account_user on staff_account (user_id);

create table staff_verification (
  id text primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index staff_verification_identifier on staff_verification (identifier);

create table staff_two_factor (
  id text primary key,
  secret text not null,
  backup_codes text not null,
  user_id text not null references staff on delete cascade,
  verified boolean default true,
  failed_verification_count bigint default 0,
  locked_until timestamptz,
  -- the code accepted last, hashed: a code works once (RFC 6238 section 5.2)
  last_code bytea,
  last_code_at timestamptz
);
create unique index staff_two_factor_user on staff_two_factor (user_id);

create table staff_passkey (
  id text primary key,
  name text,
  public_key text not null,
  user_id text not null references staff on delete cascade,
  credential_id text not null unique,
  counter bigint not null,
  device_type text not null,
  backed_up boolean not null,
  transports text,
  created_at timestamptz default now(),
  aaguid text
);
create index staff_passkey_user on staff_passkey (user_id);

-- One-time links: for the first administrator, for those whom an administrator invites, and (with staff_id) for those
-- who lost their password or their second step.
create table invitation (
  id bigint generated always as identity primary key,
  token_hash bytea not null unique,
  role text not null check (role in ('administrator', 'quality', 'regulatory', 'support', 'viewer')),
  email text not null default '',
  name text not null default '',
  staff_id text references staff on delete cascade,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

-- Wrong passwords and codes, by account and by address: counted here so that several servers share the count.
create table sign_in_attempt (
  id bigint generated always as identity primary key,
  account text not null,
  address text not null,
  at timestamptz not null
);
create index sign_in_attempt_account on sign_in_attempt (account, at);
create index sign_in_attempt_address on sign_in_attempt (address, at);

-- A signature names the bytes it was given on (21 CFR 11.50, 11.70). Voided, never deleted.
create table signature (
  id bigint generated always as identity primary key,
  staff_id text not null references staff,
  staff_name text not null,
  role text not null,
  meaning text not null,
  subject_kind text not null,
  subject_id text not null,
  content_hash text not null,
  signed_at timestamptz not null,
  zone text not null,
  method text not null check (method in ('password', 'password+totp', 'passkey')),
  -- the challenge a passkey answered: an answer signs once
  challenge text unique,
  voided_at timestamptz,
  voided_reason text not null default ''
);
create index signature_subject on signature (subject_kind, subject_id);

create table api_key (
  id bigint generated always as identity primary key,
  name text not null,
  prefix text not null,
  hash bytea not null unique,
  scopes text[] not null,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);

-- What a write with an Idempotency-Key was answered. status is null while the first one still runs.
create table idempotency_key (
  actor text not null,
  key text not null,
  method text not null,
  path text not null,
  request_hash text not null,
  status int,
  body text,
  created_at timestamptz not null,
  primary key (actor, key)
);
create index idempotency_key_age on idempotency_key (created_at);

create table webhook (
  id bigint generated always as identity primary key,
  url text not null,
  -- the signing secret is derived from this and the server's secret, never stored
  salt text not null,
  events text[] not null,
  cursor_seq bigint not null,
  created_by text not null,
  created_at timestamptz not null,
  disabled_at timestamptz,
  disabled_reason text not null default ''
);
create table webhook_delivery (
  id bigint generated always as identity primary key,
  webhook_id bigint not null references webhook,
  event_seq bigint not null,
  state text not null default 'queued' check (state in ('queued', 'sent', 'failed')),
  attempts int not null default 0,
  next_attempt_at timestamptz,
  status int,
  detail text not null default '',
  created_at timestamptz not null,
  unique (webhook_id, event_seq)
);
create index webhook_delivery_due on webhook_delivery (next_attempt_at) where state = 'queued';
create index webhook_delivery_log on webhook_delivery (webhook_id, id);
