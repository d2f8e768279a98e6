-- The data model of Fieldfix: what is out there, what is wrong, and the ledger of corrections.
-- Every table is described in src/db/schema.ts, the data model on one page.
-- Times come from the application's clock, never from the database's, so that a played action keeps its own calendar.

-- ── Settings ────────────────────────────────────────────────────────────────────────────────────────────────────────
create table setting (
  key text primary key,
  value jsonb not null,
  changed_at timestamptz not null,
  changed_by text not null
);

-- Legal data is data: an operator may override a country's rule with a reason (law 8).
create table country_override (
  id bigint generated always as identity primary key,
  country text not null check (country ~ '^[A-Z]{2}$'),
  topic text not null check (topic in ('languages', 'regime', 'holidays')),
  value jsonb not null,
  reason text not null check (reason <> ''),
  made_by text not null,
  made_at timestamptz not null,
  withdrawn_at timestamptz
);
create unique index country_override_current on country_override (country, topic) where withdrawn_at is null;

-- ── What is out there ───────────────────────────────────────────────────────────────────────────────────────────────
create table file (
  id bigint generated always as identity primary key,
  sha256 text not null,
  size bigint not null,
  name text not null,
  media_type text not null,
  created_at timestamptz not null,
  unique (sha256, name)
);

create table product (
  id bigint generated always as identity primary key,
  code text not null unique,
  name text not null,
  kind text not null check (kind in ('instrument', 'software', 'consumable')),
  description text not null default '',
  created_at timestamptz not null
);

-- A catalogue number may carry several UDI-DIs and the other way round: the pairs are data, not an assumption.
create table product_identifier (
  id bigint generated always as identity primary key,
  product_id bigint not null references product,
  scheme text not null check (scheme in ('udi-di', 'catalogue', 'basic-udi-di', 'eudamed')),
  issuer text not null default '' check (issuer in ('', 'GS1', 'HIBC', 'ICCBBA', 'IFA')),
  value text not null,
  printed text not null,
  unique (scheme, value, product_id)
);
create index product_identifier_value on product_identifier (value);
create table product_identifier_pair (
  catalogue_id bigint not null references product_identifier,
  udi_di_id bigint not null references product_identifier,
  primary key (catalogue_id, udi_di_id)
);

create table environment (
  id bigint generated always as identity primary key,
  product_id bigint not null references product,
  code text not null,
  name text not null,
  position int not null default 1,
  unique (product_id, code)
);

create table party (
  id bigint generated always as identity primary key,
  ref text not null unique,
  kind text not null check (kind in ('customer', 'distributor', 'importer', 'authorised-representative', 'authority')),
  name text not null,
  country text not null check (country ~ '^[A-Z]{2}$'),
  street text not null default '',
  postcode text not null default '',
  city text not null default '',
  region text not null default '',
  phone text not null default '',
  email text not null default '',
  account_no text not null default '',
  srn text not null default '',
  distributor_id bigint references party,
  status text not null default 'active' check (status in ('active', 'closed', 'merged')),
  created_at timestamptz not null,
  changed_at timestamptz not null
);
create index party_name on party (lower(name) text_pattern_ops);
create index party_country on party (country, kind);
create index party_distributor on party (distributor_id) where distributor_id is not null;

create table site (
  id bigint generated always as identity primary key,
  ref text not null unique,
  party_id bigint not null references party,
  name text not null,
  country text not null check (country ~ '^[A-Z]{2}$'),
  street text not null default '',
  postcode text not null default '',
  city text not null default '',
  region text not null default '',
  zone text not null default '',
  created_at timestamptz not null,
  changed_at timestamptz not null
);
create index site_party on site (party_id);

create table contact (
  id bigint generated always as identity primary key,
  party_id bigint not null references party,
  site_id bigint references site,
  key text not null,
  name text not null,
  title text not null default '',
  role text not null,
  languages text[] not null default '{}',
  email text not null default '',
  phone text not null default '',
  channel text not null check (channel in ('email', 'post', 'phone')),
  status text not null default 'active' check (status in ('active', 'unreachable', 'replaced', 'left')),
  replaced_by bigint references contact,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  unique (party_id, key)
);
create index contact_email on contact (lower(email) text_pattern_ops) where email <> '';

create table unit (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('serial', 'lot', 'standalone')),
  product_id bigint not null references product,
  site_id bigint not null references site,
  party_id bigint not null references party,
  -- serial number, lot number or the instance's own id, as printed; unique within its product and kind
  serial text not null,
  -- sortable form of the serial (prefix, zero-padded number)
  serial_key text not null,
  quantity int not null default 1 check (quantity > 0),
  shipped_on date,
  connected boolean,
  -- environment code → software version, as last known
  software jsonb not null default '{}',
  status text not null default 'in-field' check (status in ('in-field', 'scrapped', 'moved', 'returned', 'unknown')),
  isolated_at timestamptz,
  source text not null default 'import' check (source in ('import', 'reply', 'staff', 'api')),
  import_id bigint,
  import_row int,
  created_at timestamptz not null,
  changed_at timestamptz not null
);
create unique index unit_identity on unit (product_id, kind, serial, site_id) where kind = 'lot';
create unique index unit_serial on unit (product_id, kind, serial) where kind <> 'lot';
-- Sites are looked up through their party: an import of a million units pays for every index.
create index unit_party on unit (party_id, site_id);
create index unit_search on unit (serial text_pattern_ops);

-- ── What is wrong and what fixes it ─────────────────────────────────────────────────────────────────────────────────
create table action (
  id bigint generated always as identity primary key,
  reference text not null unique,
  title text not null,
  kind text not null default 'correction' check (kind in ('correction', 'removal', 'security-patch', 'labelling', 'advisory')),
  stage text not null default 'draft'
    check (stage in ('draft', 'in-review', 'approved', 'released', 'monitoring', 'completed', 'closed')),
  stage_since timestamptz not null,
  description text not null default '',
  hazard text not null default '',
  class_proposed text not null default '',
  class_given text not null default '',
  device_law text not null default 'IVD' check (device_law in ('IVD', 'MD')),
  aware_on date,
  reportability_aware_on date,
  embargo_until timestamptz,
  -- what the notice's placeholders say: contacts, signers, dates (see domain/notice-facts.ts)
  facts jsonb not null default '{}',
  predecessor_id bigint references action,
  delivery_state text not null default 'idle' check (delivery_state in ('idle', 'running', 'paused', 'stopped')),
  released_at timestamptz,
  created_at timestamptz not null,
  changed_at timestamptz not null
);

create table action_country (
  action_id bigint not null references action,
  country text not null check (country ~ '^[A-Z]{2}$'),
  regime text not null check (regime in ('IVDR', 'MDR', 'IVDD', 'MDD', 'FDA', 'UK', 'CH', 'other')),
  authority_reference text not null default '',
  authority_reference_status text not null default 'pending'
    check (authority_reference_status in ('assigned', 'pending', 'unknown', 'not-applicable')),
  primary key (action_id, country)
);

create table action_vulnerability (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  cve text not null,
  cwe text not null default '',
  cvss_score numeric(3, 1),
  cvss_vector text not null default '',
  summary text not null default '',
  affected_versions text not null default '',
  unique (action_id, cve)
);

create table action_environment (
  action_id bigint not null references action,
  environment_id bigint not null references environment,
  primary key (action_id, environment_id)
);

-- Scope rules: which units are affected. Read by domain/scope.ts, computed set-based in app/scope.ts.
create table scope_rule (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  effect text not null check (effect in ('include', 'exclude')),
  product_id bigint references product,
  -- the other conditions: serialRanges, lots, softwareVersions, shippedFrom, shippedTo, countries, parties, serials
  conditions jsonb not null default '{}',
  reason text not null check (reason <> ''),
  created_at timestamptz not null
);
create index scope_rule_action on scope_rule (action_id);

create table remedy (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  position int not null,
  kind text not null check (kind in ('interim-patch', 'permanent-fix', 'return', 'destruction', 'labelling', 'inspection', 'other')),
  name text not null,
  description text not null default '',
  prerequisites text[] not null default '{}',
  side_effects text[] not null default '{}',
  status text not null default 'announced' check (status in ('announced', 'available', 'withdrawn')),
  created_at timestamptz not null,
  unique (action_id, position)
);

create table package (
  id bigint generated always as identity primary key,
  remedy_id bigint not null references remedy,
  version text not null,
  file_name text not null,
  file_id bigint references file,
  size bigint,
  sha256 text not null default '',
  sha512 text not null default '',
  state text not null default 'draft' check (state in ('draft', 'released', 'withdrawn')),
  created_at timestamptz not null,
  unique (remedy_id, version, file_name)
);

-- ── The ledger ──────────────────────────────────────────────────────────────────────────────────────────────────────
-- unit × environment × remedy: the row that must become verified. party, site, product and country are copied from the
-- unit when the row is made and follow it when it moves, so that every figure is a count over this one table.
create table correction (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  unit_id bigint not null references unit,
  environment_id bigint not null references environment,
  remedy_id bigint not null references remedy,
  product_id bigint not null references product,
  party_id bigint not null references party,
  site_id bigint not null references site,
  country text not null,
  state text not null default 'open'
    check (state in ('open', 'stated', 'confirmed', 'verified', 'blocked', 'isolated', 'not-affected', 'gone')),
  state_since timestamptz not null,
  -- the confirmation this state rests on
  because_id bigint,
  contradicted boolean not null default false,
  created_at timestamptz not null,
  unique (unit_id, environment_id, remedy_id)
);
create index correction_action_state on correction (action_id, state, id);
create index correction_party on correction (party_id, action_id);
create index correction_country on correction (action_id, country, state);

-- What one party owes in one action: receipt, and its corrections. One row per party that must be told.
create table obligation (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  party_id bigint not null references party,
  country text not null,
  audience text not null check (audience in ('dx-recall', 'ruo-quality', 'distributor', 'authority')),
  -- silent: nothing heard · received: receipt given, corrections or completion still owed · done: nothing owed any more
  state text not null default 'silent' check (state in ('silent', 'received', 'done')),
  corrections_total int not null default 0,
  corrections_open int not null default 0,
  notified_at timestamptz,
  received_at timestamptz,
  completed_at timestamptz,
  last_reply_at timestamptz,
  reminders_sent int not null default 0,
  next_reminder_at timestamptz,
  created_at timestamptz not null,
  unique (action_id, party_id)
);
create index obligation_state on obligation (action_id, state, corrections_open desc);
create index obligation_party on obligation (party_id);
create index obligation_reminder on obligation (next_reminder_at) where next_reminder_at is not null;

-- Figures of the desk, kept in step by triggers in the same transaction, so that a dashboard costs the same for two
-- thousand rows and for two million. `fieldfix verify` recounts them.
create table tally (
  action_id bigint not null,
  subject text not null check (subject in ('correction', 'obligation', 'notice', 'reminder')),
  country text not null default '',
  product_id bigint not null default 0,
  environment_id bigint not null default 0,
  remedy_id bigint not null default 0,
  state text not null,
  n bigint not null,
  primary key (action_id, subject, country, product_id, environment_id, remedy_id, state)
);
-- One row per day, action and state with the change of that day: the curve of the action over time.
create table tally_day (
  action_id bigint not null,
  day date not null,
  state text not null,
  n bigint not null,
  primary key (action_id, day, state)
);

-- ── The notice ──────────────────────────────────────────────────────────────────────────────────────────────────────
create table notice (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  number text not null,
  version int not null,
  kind text not null default 'new' check (kind in ('new', 'update')),
  previous_id bigint references notice,
  state text not null default 'draft' check (state in ('draft', 'in-review', 'approved', 'released', 'superseded')),
  state_since timestamptz not null,
  -- the structured source of every variant and language (domain/notice.ts)
  document jsonb not null,
  content_hash text not null,
  -- what the placeholders said when it was released: a released version stays readable as it was
  released_facts jsonb,
  released_at timestamptz,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  unique (action_id, version)
);

create table form (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  version int not null,
  definition jsonb not null,
  created_at timestamptz not null,
  unique (action_id, version)
);

-- ── Delivery ────────────────────────────────────────────────────────────────────────────────────────────────────────
-- A contact's personal way into one action. The token itself is not stored: it is derived from the server's secret,
-- only its hash is here, so that a retried letter is byte for byte the same and a stolen table opens nothing.
create table link (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  party_id bigint not null references party,
  contact_id bigint not null references contact,
  token_hash bytea not null unique,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_reason text not null default '',
  opened_at timestamptz,
  unique (action_id, contact_id)
);

create table delivery (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  notice_id bigint references notice,
  party_id bigint references party,
  contact_id bigint references contact,
  link_id bigint references link,
  country text not null default '',
  kind text not null check (kind in ('notice', 'reminder', 'receipt', 'contact-check', 'test', 'call-confirmation')),
  -- what makes a letter the same letter: one per contact and purpose, for ever (law 3)
  purpose text not null,
  channel text not null check (channel in ('email', 'post', 'phone')),
  address text not null,
  domain text not null default '',
  variant text not null default '',
  languages text[] not null default '{}',
  message_id text not null unique,
  state text not null default 'queued'
    check (state in ('queued', 'sending', 'sent', 'delivered', 'opened', 'bounced', 'failed', 'stopped', 'unsure')),
  state_since timestamptz not null,
  attempts int not null default 0,
  next_attempt_at timestamptz,
  claimed_by text,
  claimed_at timestamptz,
  detail text not null default '',
  created_at timestamptz not null
);
create unique index delivery_once on delivery (contact_id, purpose);
create index delivery_due on delivery (next_attempt_at) where state = 'queued';
create index delivery_claimed on delivery (claimed_at) where state = 'sending';
create index delivery_list on delivery (action_id, state, id);
create index delivery_party on delivery (party_id);

create table delivery_attempt (
  id bigint generated always as identity primary key,
  delivery_id bigint not null references delivery,
  number int not null,
  at timestamptz not null,
  outcome text not null,
  detail text not null default ''
);
create index delivery_attempt_delivery on delivery_attempt (delivery_id);

-- The built-in mailbox: where messages go without SMTP_URL, readable by staff.
create table mailbox_message (
  id bigint generated always as identity primary key,
  message_id text not null unique,
  delivery_id bigint references delivery,
  direction text not null default 'out' check (direction in ('out', 'in')),
  sender text not null,
  recipient text not null,
  subject text not null,
  raw bytea not null,
  at timestamptz not null,
  read_at timestamptz
);
create index mailbox_recipient on mailbox_message (lower(recipient) text_pattern_ops);

-- ── What comes back ─────────────────────────────────────────────────────────────────────────────────────────────────
create table reply (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  party_id bigint not null references party,
  contact_id bigint references contact,
  link_id bigint references link,
  form_id bigint references form,
  door text not null check (door in ('web', 'pdf', 'email', 'scan', 'spreadsheet', 'telephone', 'post', 'api', 'instrument')),
  source_file_id bigint references file,
  received_at timestamptz not null,
  language text not null default '',
  answers jsonb not null,
  -- what the sender saw and signed: name, title, e-mail, meaning in their language, time with zone, hash of the answers
  signature jsonb,
  contradictions jsonb not null default '[]',
  recorded_by text not null,
  -- a form sent twice by an impatient hand is one reply
  once_key text unique
);
create index reply_party on reply (party_id, action_id);
create index reply_action on reply (action_id, received_at);

create table reply_draft (
  link_id bigint primary key references link,
  answers jsonb not null,
  step text not null default '',
  saved_at timestamptz not null
);

-- Evidence about one correction. Append-only: later answers do not erase earlier ones.
create table confirmation (
  id bigint generated always as identity primary key,
  correction_id bigint not null references correction,
  action_id bigint not null references action,
  reply_id bigint references reply,
  kind text not null check (kind in ('statement', 'code', 'staff', 'instrument', 'import')),
  claim text not null check (claim in ('done', 'not-yet', 'not-affected', 'gone', 'unknown', 'isolated', 'cleared')),
  done_on date,
  backed_up boolean,
  reason text not null default '',
  detail jsonb not null default '{}',
  door text not null,
  by_kind text not null,
  by_id text not null,
  by_name text not null,
  at timestamptz not null,
  -- a staff correction names the confirmation it sets right
  corrects_id bigint references confirmation
);
create index confirmation_correction on confirmation (correction_id);
create index confirmation_reply on confirmation (reply_id) where reply_id is not null;

-- Proposed changes of a contact ("I am not the right person", "has left, write to …"): applied when confirmed.
create table contact_change (
  id bigint generated always as identity primary key,
  action_id bigint references action,
  party_id bigint not null references party,
  contact_id bigint references contact,
  proposed jsonb not null,
  door text not null,
  state text not null default 'proposed' check (state in ('proposed', 'applied', 'refused')),
  proposed_at timestamptz not null,
  decided_at timestamptz,
  decided_by text,
  reason text not null default ''
);
create index contact_change_party on contact_change (party_id);

create table task (
  id bigint generated always as identity primary key,
  action_id bigint references action,
  kind text not null,
  -- the same trouble makes one task, however often it is noticed
  key text not null unique,
  party_id bigint references party,
  contact_id bigint references contact,
  delivery_id bigint references delivery,
  reply_id bigint references reply,
  unit_id bigint references unit,
  correction_id bigint references correction,
  detail jsonb not null default '{}',
  priority int not null default 2 check (priority between 1 and 3),
  state text not null default 'open' check (state in ('open', 'done', 'dismissed')),
  owner_id text,
  owner_name text not null default '',
  due_on date,
  outcome text not null default '',
  created_at timestamptz not null,
  ended_at timestamptz,
  ended_by text
);
create index task_list on task (state, priority, created_at);
create index task_action on task (action_id, state, kind);
create index task_party on task (party_id) where party_id is not null;

-- Telephone calls, notes and letters: each attempt to reach somebody, and what came of it.
create table attempt (
  id bigint generated always as identity primary key,
  action_id bigint references action,
  party_id bigint not null references party,
  contact_id bigint references contact,
  task_id bigint references task,
  kind text not null check (kind in ('call', 'note', 'letter', 'visit', 'email')),
  outcome text not null check (outcome in ('reached', 'no-answer', 'wrong-number', 'call-back', 'refused', 'note')),
  text text not null default '',
  tracking text not null default '',
  by_id text not null,
  by_name text not null,
  at timestamptz not null
);
create index attempt_party on attempt (party_id, at);

create table deadline (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  party_id bigint references party,
  country text not null default '',
  rule text not null,
  starts_at timestamptz,
  due_on date,
  due_at timestamptz,
  zone text not null default 'UTC',
  -- rule, start, calendar, days skipped: a date explains itself (law 6)
  explanation jsonb not null,
  state text not null default 'running' check (state in ('waiting', 'running', 'met', 'missed', 'withdrawn')),
  state_since timestamptz not null,
  override jsonb,
  created_at timestamptz not null
);
create unique index deadline_once on deadline (action_id, rule, coalesce(party_id, 0), country);
create index deadline_due on deadline (state, due_at);

create table incident (
  id bigint generated always as identity primary key,
  action_id bigint references action,
  party_id bigint references party,
  unit_id bigint references unit,
  reply_id bigint references reply,
  kind text not null check (kind in ('suspected-compromise', 'adverse-event', 'problem')),
  state text not null default 'open' check (state in ('open', 'examining', 'cleared', 'confirmed', 'closed')),
  aware_at timestamptz not null,
  reportability_aware_at timestamptz,
  summary text not null default '',
  detail jsonb not null default '{}',
  owner_id text,
  owner_name text not null default '',
  created_at timestamptz not null,
  changed_at timestamptz not null
);
create index incident_party on incident (party_id);

create table report (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  kind text not null,
  country text not null default '',
  as_of timestamptz not null,
  event_seq bigint not null,
  file_id bigint references file,
  content_hash text not null,
  state text not null default 'frozen' check (state in ('frozen', 'submitted', 'superseded')),
  created_at timestamptz not null
);

create table download (
  id bigint generated always as identity primary key,
  package_id bigint not null references package,
  party_id bigint not null references party,
  contact_id bigint references contact,
  link_id bigint references link,
  state text not null check (state in ('granted', 'started', 'finished', 'broken', 'revoked')),
  granted_at timestamptz not null,
  changed_at timestamptz not null,
  detail jsonb not null default '{}'
);
create index download_party on download (party_id);

-- ── The record of everything ────────────────────────────────────────────────────────────────────────────────────────
create table event (
  seq bigint primary key,
  at timestamptz not null,
  actor_kind text not null,
  actor_id text not null,
  actor_name text not null,
  action text not null,
  subject text not null,
  subject_id text not null,
  action_id bigint,
  party_id bigint,
  unit_id bigint,
  before jsonb,
  after jsonb,
  reason text not null default '',
  prev_hash bytea not null,
  hash bytea not null
);
create index event_action on event (action_id, seq);
create index event_party on event (party_id, seq) where party_id is not null;
create index event_unit on event (unit_id, seq) where unit_id is not null;
create index event_subject on event (subject, subject_id, seq);
create index event_at on event (at);

-- The head of the chain. Its row lock puts concurrent writers in one order.
create table event_head (
  one boolean primary key default true check (one),
  seq bigint not null,
  hash bytea not null
);
insert into event_head (seq, hash) values (0, sha256('fieldfix'::bytea));

-- hash = sha256(prev_hash || canonical JSON array of the row). app/event-chain.ts computes the same outside the database.
create function chain_event() returns trigger language plpgsql as $$
declare head event_head%rowtype;
begin
  select * into head from event_head for update;
  new.seq := head.seq + 1;
  new.prev_hash := head.hash;
  new.hash := sha256(head.hash || convert_to(jsonb_build_array(
    new.seq, to_char(new.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), new.actor_kind, new.actor_id,
    new.actor_name, new.action, new.subject, new.subject_id, new.action_id, new.party_id, new.unit_id, new.before,
    new.after, new.reason)::text, 'UTF8'));
  update event_head set seq = new.seq, hash = new.hash;
  return new;
end $$;
create trigger event_chain before insert on event for each row execute function chain_event();

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: write a new row that corrects the old one', tg_table_name using errcode = 'FF001';
end $$;
create trigger event_keep before update or delete or truncate on event for each statement execute function refuse_change();
create trigger reply_keep before update or delete or truncate on reply for each statement execute function refuse_change();
create trigger confirmation_keep before update or delete or truncate on confirmation for each statement execute function refuse_change();
create trigger delivery_attempt_keep before update or delete or truncate on delivery_attempt for each statement execute function refuse_change();

-- ── Figures kept in step ────────────────────────────────────────────────────────────────────────────────────────────
-- Statement-level with transition tables: one pass per statement, whether it touched one row or a million.
create function tally_correction_insert() returns trigger language plpgsql as $$
begin
  insert into tally (action_id, subject, country, product_id, environment_id, remedy_id, state, n)
    select action_id, 'correction', country, product_id, environment_id, remedy_id, state, count(*)
      from new_rows group by 1, 3, 4, 5, 6, 7 order by 1, 3, 4, 5, 6, 7
    on conflict (action_id, subject, country, product_id, environment_id, remedy_id, state)
    do update set n = tally.n + excluded.n;
  insert into tally_day (action_id, day, state, n)
    select action_id, (state_since at time zone 'UTC')::date, state, count(*) from new_rows group by 1, 2, 3 order by 1, 2, 3
    on conflict (action_id, day, state) do update set n = tally_day.n + excluded.n;
  update obligation o set corrections_total = o.corrections_total + c.total, corrections_open = o.corrections_open + c.owed
    from (select action_id, party_id, count(*) as total, count(*) filter (where state in ('open', 'blocked', 'isolated')) as owed
            from new_rows group by 1, 2 order by 1, 2) c
    where o.action_id = c.action_id and o.party_id = c.party_id;
  return null;
end $$;
create trigger correction_tally_insert after insert on correction referencing new table as new_rows
  for each statement execute function tally_correction_insert();

create function tally_correction_update() returns trigger language plpgsql as $$
begin
  insert into tally (action_id, subject, country, product_id, environment_id, remedy_id, state, n)
    select action_id, 'correction', country, product_id, environment_id, remedy_id, state, sum(d)
      from (select action_id, country, product_id, environment_id, remedy_id, state, 1 as d from new_rows
            union all
            select action_id, country, product_id, environment_id, remedy_id, state, -1 from old_rows) c
      group by 1, 3, 4, 5, 6, 7 having sum(d) <> 0 order by 1, 3, 4, 5, 6, 7
    on conflict (action_id, subject, country, product_id, environment_id, remedy_id, state)
    do update set n = tally.n + excluded.n;
  insert into tally_day (action_id, day, state, n)
    select action_id, day, state, sum(d)
      from (select n.action_id, (n.state_since at time zone 'UTC')::date as day, n.state, 1 as d
              from new_rows n join old_rows o using (id) where n.state <> o.state
            union all
            select o.action_id, (n.state_since at time zone 'UTC')::date, o.state, -1
              from new_rows n join old_rows o using (id) where n.state <> o.state) c
      group by 1, 2, 3 having sum(d) <> 0 order by 1, 2, 3
    on conflict (action_id, day, state) do update set n = tally_day.n + excluded.n;
  update obligation o set corrections_total = o.corrections_total + c.total, corrections_open = o.corrections_open + c.owed
    from (select action_id, party_id, sum(d) as total, coalesce(sum(d) filter (where state in ('open', 'blocked', 'isolated')), 0) as owed
            from (select action_id, party_id, state, 1 as d from new_rows
                  union all select action_id, party_id, state, -1 from old_rows) x
            group by 1, 2 order by 1, 2) c
    where o.action_id = c.action_id and o.party_id = c.party_id and (c.total <> 0 or c.owed <> 0);
  return null;
end $$;
create trigger correction_tally_update after update on correction referencing old table as old_rows new table as new_rows
  for each statement execute function tally_correction_update();

create function tally_obligation() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into tally (action_id, subject, country, state, n)
      select action_id, 'obligation', country, state, count(*) from new_rows group by 1, 3, 4 order by 1, 3, 4
      on conflict (action_id, subject, country, product_id, environment_id, remedy_id, state)
      do update set n = tally.n + excluded.n;
  else
    insert into tally (action_id, subject, country, state, n)
      select n.action_id, 'obligation', c.country, c.state, sum(c.d)
        from new_rows n join old_rows o using (id)
        cross join lateral (values (n.country, n.state, 1), (o.country, o.state, -1)) c (country, state, d)
        where (n.country, n.state) is distinct from (o.country, o.state)
        group by 1, 3, 4 having sum(c.d) <> 0 order by 1, 3, 4
      on conflict (action_id, subject, country, product_id, environment_id, remedy_id, state)
      do update set n = tally.n + excluded.n;
  end if;
  return null;
end $$;
create trigger obligation_tally_insert after insert on obligation referencing new table as new_rows
  for each statement execute function tally_obligation();
create trigger obligation_tally_update after update on obligation referencing old table as old_rows new table as new_rows
  for each statement execute function tally_obligation();

create function tally_delivery() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into tally (action_id, subject, country, state, n)
      select action_id, kind, country, state, count(*) from new_rows where kind in ('notice', 'reminder')
        group by 1, 2, 3, 4 order by 1, 2, 3, 4
      on conflict (action_id, subject, country, product_id, environment_id, remedy_id, state)
      do update set n = tally.n + excluded.n;
  else
    insert into tally (action_id, subject, country, state, n)
      select n.action_id, n.kind, n.country, c.state, sum(c.d)
        from new_rows n join old_rows o using (id)
        cross join lateral (values (n.state, 1), (o.state, -1)) c (state, d)
        where n.kind in ('notice', 'reminder') and n.state <> o.state
        group by 1, 2, 3, 4 having sum(c.d) <> 0 order by 1, 2, 3, 4
      on conflict (action_id, subject, country, product_id, environment_id, remedy_id, state)
      do update set n = tally.n + excluded.n;
  end if;
  return null;
end $$;
create trigger delivery_tally_insert after insert on delivery referencing new table as new_rows
  for each statement execute function tally_delivery();
create trigger delivery_tally_update after update on delivery referencing old table as old_rows new table as new_rows
  for each statement execute function tally_delivery();
