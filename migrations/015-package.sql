-- The package: its file, what it is for, who released it; the repository of signed metadata that proves it genuine; and
-- the gate: who was let to it, by which code, and every byte that left.

-- ── The package ─────────────────────────────────────────────────────────────────────────────────────────────────────
alter table package
  -- where the store keeps the bytes: '' = no file yet
  add column storage_key text not null default '',
  add column media_type text not null default 'application/octet-stream',
  -- products, environments and software versions it is for (domain/package.ts)
  add column applies jsonb not null default '[]',
  add column prerequisites text[] not null default '{}',
  add column side_effects text[] not null default '{}',
  -- language → the two lists above in its words; the columns hold the English ones
  add column translations jsonb not null default '{}',
  -- language → source of a rich text
  add column instructions jsonb not null default '{}',
  -- checks as data, read by whoever verifies an installation (domain/package-manifest.ts)
  add column manifest jsonb not null default '{"checks": []}',
  -- finished downloads one contact may have
  add column most_downloads int not null default 10 check (most_downloads between 1 and 1000),
  add column changed_at timestamptz,
  add column released_at timestamptz,
  add column withdrawn_at timestamptz,
  add column withdrawn_reason text not null default '';
create index package_remedy on package (remedy_id);

-- An upload on its way. The bytes lie in the store under store_ref; this row says how many belong to it.
create table package_upload (
  id bigint generated always as identity primary key,
  package_id bigint not null references package,
  file_name text not null,
  -- null: not told beforehand (a plain form)
  length bigint,
  received bigint not null default 0,
  expected_sha256 text not null default '',
  store_ref text not null,
  state text not null default 'open' check (state in ('open', 'done', 'broken', 'cancelled')),
  detail text not null default '',
  -- who writes to it now: two at once would mix their bytes
  writer text,
  writer_at timestamptz,
  by_name text not null,
  created_at timestamptz not null,
  changed_at timestamptz not null
);
create unique index package_upload_open on package_upload (package_id) where state = 'open';

-- ── Trust ───────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Keys of the repository. `sealed` is the private half, encrypted; null: it is kept elsewhere (offline, or by a command).
create table tuf_key (
  key_id text primary key,
  role text not null,
  public_key jsonb not null,
  holder text not null check (holder in ('stored', 'command', 'offline')),
  sealed bytea,
  created_at timestamptz not null,
  retired_at timestamptz,
  retired_reason text not null default '',
  check ((holder = 'stored') = (sealed is not null))
);
create index tuf_key_role on tuf_key (role) where retired_at is null;

-- Every version of every role that was ever published, as its bytes; and at most one next root that waits for signatures.
create table tuf_metadata (
  role text not null,
  version int not null,
  state text not null default 'published' check (state in ('published', 'draft')),
  bytes bytea not null,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  primary key (role, version)
);
create unique index tuf_metadata_draft on tuf_metadata (role) where state = 'draft';

-- ── The gate ────────────────────────────────────────────────────────────────────────────────────────────────────────
-- A distributor, or anybody without an affected unit, who may have the packages of an action all the same.
create table download_permission (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  party_id bigint not null references party,
  reason text not null check (reason <> ''),
  by_name text not null,
  given_at timestamptz not null,
  withdrawn_at timestamptz,
  withdrawn_reason text not null default ''
);
create unique index download_permission_current on download_permission (action_id, party_id) where withdrawn_at is null;

-- A one-time code on its way to a contact. The code itself is derived from the server's secret and the id, never stored.
create table download_code (
  id bigint generated always as identity primary key,
  package_id bigint not null references package,
  link_id bigint not null references link,
  contact_id bigint not null references contact,
  delivery_id bigint references delivery,
  sent_at timestamptz not null,
  expires_at timestamptz not null,
  tries int not null default 0,
  -- open · used: it let its contact in · spent: tried wrongly too often · replaced: by a newer one
  state text not null default 'open' check (state in ('open', 'used', 'spent', 'replaced')),
  ended_at timestamptz
);
create index download_code_link on download_code (link_id, sent_at);
create unique index download_code_open on download_code (link_id, package_id) where state = 'open';

-- A download is a grant first, then what became of it.
alter table download
  add column action_id bigint references action,
  add column code_id bigint references download_code,
  -- SHA-256 of the grant's own token, which stands in the address of the file
  add column token_hash bytea unique,
  add column expires_at timestamptz,
  add column started_at timestamptz,
  add column finished_at timestamptz,
  -- bytes that left, over all its ranges; counts repeated ones again
  add column sent bigint not null default 0,
  add column ranges int not null default 0,
  -- handed to the web server in front, which sends without telling how far it came
  add column handed_over boolean not null default false,
  add column ended_reason text not null default '';
create index download_package on download (package_id, state);
create index download_action on download (action_id, id);
create index download_contact on download (contact_id, package_id);

create table download_range (
  id bigint generated always as identity primary key,
  download_id bigint not null references download,
  -- asked for, [first, past)
  first bigint not null,
  past bigint not null,
  sent bigint not null default 0,
  address text not null default '',
  started_at timestamptz not null,
  ended_at timestamptz,
  outcome text not null default 'running' check (outcome in ('running', 'done', 'broken', 'stopped', 'handed-over'))
);
create index download_range_download on download_range (download_id);

-- Further kinds of mail. The list as it stands is lengthened, whatever came before.
do $$
declare listed text;
begin
  select string_agg(quote_literal(kind), ', ') into listed from (
    select distinct (regexp_matches(pg_get_constraintdef(oid), '''([a-z-]+)''::text', 'g'))[1] as kind
      from pg_constraint where conname = 'delivery_kind_check' and conrelid = 'delivery'::regclass
    union select 'download-code' union select 'package-withdrawn') kinds;
  alter table delivery drop constraint delivery_kind_check;
  execute format('alter table delivery add constraint delivery_kind_check check (kind in (%s))', listed);
end $$;
