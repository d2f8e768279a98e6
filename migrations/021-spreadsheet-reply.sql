-- Answers by spreadsheet: a hospital group or a distributor sends a list about units of many parties.

-- Who may answer for whom, beside a distributor for those it serves: a hospital group for its houses.
create table mandate (
  id bigint generated always as identity primary key,
  speaker_id bigint not null references party,
  party_id bigint not null references party,
  reason text not null,
  made_by text not null,
  made_at timestamptz not null,
  withdrawn_by text not null default '',
  withdrawn_at timestamptz,
  check (speaker_id <> party_id)
);
create unique index mandate_once on mandate (speaker_id, party_id) where withdrawn_at is null;
create index mandate_party on mandate (party_id);
create index unit_sold_through on unit (sold_through_id) where sold_through_id is not null;

-- How one sender writes its lists: columns, its own words for done and for modes, the order of its dates. Never changed:
-- a mend is the next version.
create table spreadsheet_mapping (
  id bigint generated always as identity primary key,
  party_id bigint not null references party,
  -- SHA-256 of the headings as they are compared
  signature text not null,
  version int not null,
  mapping jsonb not null,
  words jsonb not null,
  date_order text not null default '' check (date_order in ('', 'dmy', 'mdy')),
  -- what a row without a mode speaks of
  no_mode text not null default '' check (no_mode in ('', 'all', 'refuse')),
  confirmed_by text not null,
  confirmed_at timestamptz not null,
  unique (party_id, signature, version)
);

create table spreadsheet (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  -- who sent it
  party_id bigint not null references party,
  contact_id bigint references contact,
  file_id bigint not null references file,
  came_by text not null check (came_by in ('upload', 'portal', 'mail', 'api')),
  -- the same bytes of the same sender about the same action are the same list
  once_key text not null unique,
  -- starts clocks
  received_at timestamptz not null,
  handed_in_by text not null,
  message_id bigint references message,
  state text not null check (state in ('mapping', 'checking', 'checked', 'applying', 'applied', 'failed', 'discarded')),
  -- how the file is read as chosen ('' = found out), then what was found
  sheet text not null default '',
  encoding text not null default '',
  delimiter text not null default '',
  found jsonb not null,
  mapping jsonb not null default '{}',
  words jsonb not null default '{"status": {}, "mode": {}}',
  date_order text not null default '' check (date_order in ('', 'dmy', 'mdy')),
  no_mode text not null default '' check (no_mode in ('', 'all', 'refuse')),
  -- the remedy it speaks of, where there are several
  remedy_id bigint references remedy,
  mapping_version int not null default 0,
  -- what a person has to say before it can be checked
  asks jsonb not null default '{}',
  -- every start of a check gets the next number; a run that is not the latest stops
  run int not null default 0,
  beat_at timestamptz,
  mode text not null default 'all' check (mode in ('all', 'valid')),
  -- receipt and understanding are confirmed with it
  receipt boolean not null default false,
  rows_seen int not null default 0,
  rows_ready int not null default 0,
  rows_same int not null default 0,
  rows_nothing int not null default 0,
  rows_refused int not null default 0,
  rows_warned int not null default 0,
  problem jsonb,
  -- who decided, so that the work of the job carries that name
  decided_by jsonb,
  delivery_id bigint references delivery,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  checked_at timestamptz,
  applied_at timestamptz
);
create index spreadsheet_action on spreadsheet (action_id, id);
create index spreadsheet_party on spreadsheet (party_id, id);
create index spreadsheet_message on spreadsheet (message_id) where message_id is not null;
create index spreadsheet_at_work on spreadsheet (id) where state in ('checking', 'applying');

-- Every row of a list: what it says, what that would do, what is wrong with it.
create table spreadsheet_row (
  spreadsheet_id bigint not null references spreadsheet,
  -- as the spreadsheet shows it
  row int not null,
  cells text[] not null,
  verdict text not null check (verdict in ('ready', 'same', 'nothing', 'refused')),
  warned boolean not null,
  label text not null,
  unit_id bigint,
  party_id bigint,
  statements jsonb not null,
  findings jsonb not null,
  primary key (spreadsheet_id, row)
);
create index spreadsheet_row_verdict on spreadsheet_row (spreadsheet_id, verdict, row);
create index spreadsheet_row_party on spreadsheet_row (spreadsheet_id, party_id, row);

-- One answer for each party a list speaks for. A row without a reply is still to be done.
create table spreadsheet_answer (
  spreadsheet_id bigint not null references spreadsheet,
  party_id bigint not null references party,
  rows int not null,
  statements int not null,
  reply_id bigint references reply,
  problem jsonb,
  taken_at timestamptz,
  primary key (spreadsheet_id, party_id)
);
create index spreadsheet_answer_reply on spreadsheet_answer (reply_id) where reply_id is not null;
