-- Installation tickets and the confirmation codes that come back on them.

-- Lets one correction be confirmed by a code. Its key is derived from the server's secret and the id, never stored.
create table installation_ticket (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  correction_id bigint not null references correction,
  -- id modulo 2^24: what a code has room for
  number int not null,
  issued_at timestamptz not null,
  issued_by text not null,
  replaced_at timestamptz,
  replaced_reason text not null default ''
);
create index installation_ticket_number on installation_ticket (number);
create unique index installation_ticket_current on installation_ticket (correction_id) where replaced_at is null;

-- Every code that was tried, right or wrong. The code itself is not kept: its MAC is enough to know it again.
create table confirmation_code (
  id bigint generated always as identity primary key,
  -- null: the signs name no ticket of ours
  ticket_id bigint references installation_ticket,
  action_id bigint references action,
  -- accepted, or the end of the refusal's code
  outcome text not null,
  tag bigint,
  result text check (result in ('done', 'failed')),
  backed_up boolean,
  done_on date,
  package_id bigint references package,
  confirmation_id bigint references confirmation,
  door text not null,
  -- who is counted for wrong tries: a link, a key, a person, an address
  source text not null,
  by_kind text not null,
  by_id text not null,
  by_name text not null,
  at timestamptz not null
);
create unique index confirmation_code_used on confirmation_code (ticket_id, tag) where outcome = 'accepted';
create index confirmation_code_source on confirmation_code (source, at);
create index confirmation_code_action on confirmation_code (action_id, id);
