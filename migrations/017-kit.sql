-- Kits: what goes to machines that never see a network.
create table kit (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  party_id bigint not null references party,
  remedy_id bigint not null references remedy,
  state text not null default 'requested'
    check (state in ('requested', 'prepared', 'shipped', 'received', 'returned', 'destroyed', 'cancelled')),
  state_since timestamptz not null,
  note text not null default '',
  language text not null,
  requested_at timestamptz not null,
  requested_by text not null,
  -- from here on the same bytes come out each time
  package_id bigint references package,
  prepared_at timestamptz,
  good_until timestamptz,
  carrier text not null default '',
  tracking text not null default '',
  check ((prepared_at is null) = (package_id is null))
);
create index kit_state on kit (state, id);
create index kit_party on kit (party_id);

-- The corrections a kit has tickets for.
create table kit_correction (
  kit_id bigint not null references kit,
  correction_id bigint not null references correction,
  primary key (kit_id, correction_id)
);
create index kit_correction_correction on kit_correction (correction_id);
