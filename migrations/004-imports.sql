-- Imports: what was uploaded, how it was read, what it would do and what it did. The file itself is kept under its hash;
-- rows are read from it again when the import is applied, so that nothing is staged but what a person looks at.
create table import (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('parties', 'sites', 'contacts', 'products', 'units')),
  file_id bigint not null references file,
  state text not null check (state in ('uploaded', 'checking', 'checked', 'applying', 'applied', 'failed', 'discarded')),
  -- how the file is read: sheet and encoding as chosen ('' = found out), then what was found
  sheet text not null default '',
  encoding text not null default '',
  delimiter text not null default '',
  found jsonb not null,
  -- column key → index of the file's column; dates such as 04/05/2022 are read in date_order
  mapping jsonb not null default '{}',
  mapping_kept boolean not null default false,
  date_order text not null default '' check (date_order in ('', 'dmy', 'mdy')),
  -- every start of a check gets the next number; a run that is not the latest stops
  run int not null default 0,
  mode text not null default 'all' check (mode in ('all', 'valid')),
  rows_seen int not null default 0,
  rows_created int not null default 0,
  rows_changed int not null default 0,
  rows_same int not null default 0,
  rows_rejected int not null default 0,
  -- fingerprint of every verdict of the check: applying must come to the same
  outcome text not null default '',
  -- why it failed or was checked anew: a refusal's code and params
  problem jsonb,
  -- when its job last showed that it lives, by the real clock; one that fell silent is started again
  beat_at timestamptz,
  made_by text not null,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  checked_at timestamptz,
  applied_at timestamptz,
  applied_by text not null default ''
);
create index import_list on import (created_at desc);
create index import_at_work on import (id) where state in ('checking', 'applying');

-- A mapping once confirmed serves every file with the same headings.
create table import_mapping (
  kind text not null,
  -- SHA-256 of the headings as they are compared
  signature text not null,
  mapping jsonb not null,
  date_order text not null default '',
  confirmed_by text not null,
  confirmed_at timestamptz not null,
  primary key (kind, signature)
);

create table import_reject (
  import_id bigint not null references import on delete cascade,
  -- as the spreadsheet shows it
  row int not null,
  cells text[] not null,
  findings jsonb not null,
  primary key (import_id, row)
);

-- Every row that changes something known, field by field, and the first rows that create something.
create table import_change (
  import_id bigint not null references import on delete cascade,
  row int not null,
  verdict text not null check (verdict in ('create', 'change')),
  subject text not null,
  subject_id bigint,
  label text not null,
  party_id bigint,
  before jsonb not null,
  after jsonb not null,
  primary key (import_id, row)
);
create index import_change_subject on import_change (subject, subject_id) where subject_id is not null;

-- What lists of units know beside the serial number.
alter table unit add column lot text not null default '';
alter table unit add column sold_through_id bigint references party;
alter table product add column software_versions text[] not null default '{}';
