-- A run of the scope rules over the units: what is in, what is out and why, kept so that it can be read before anything
-- is created. Only the last run of an action is kept in rows; its counts and rules stay in the event that applied it.
create table scope_run (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  state text not null default 'running' check (state in ('running', 'done', 'applied', 'failed', 'discarded')),
  -- the rules, environments and remedies the run was made with: applying is refused when they have changed since
  basis_hash text not null,
  seen int not null default 0,
  units_in int not null default 0,
  units_out int not null default 0,
  detail text not null default '',
  made_by text not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  applied_at timestamptz
);
create unique index scope_run_current on scope_run (action_id) where state in ('running', 'done');
create table scope_decision (
  run_id bigint not null references scope_run on delete cascade,
  unit_id bigint not null references unit,
  included boolean not null,
  rule_id bigint,
  why text not null,
  params jsonb not null default '{}',
  product_id bigint not null,
  party_id bigint not null,
  country text not null,
  primary key (run_id, unit_id)
);
create index scope_decision_list on scope_decision (run_id, included, country, party_id);
