-- Telephone calls with what came of each, who calls whom at the moment, letters in the post, and numbers and addresses
-- that proved wrong.

alter table attempt drop constraint attempt_outcome_check;
alter table attempt add constraint attempt_outcome_check check (outcome in (
  'answered', 'reached', 'call-back', 'no-answer', 'wrong-number', 'out-of-service', 'refused', 'language',
  'letter-wanted', 'note'));
-- who spoke, on which number, in which language; when we promised to call again; what the call led to
alter table attempt add column spoke_with text not null default '';
alter table attempt add column phone text not null default '';
alter table attempt add column language text not null default '';
alter table attempt add column call_back_at timestamptz;
alter table attempt add column reply_id bigint references reply;
alter table attempt add column delivery_id bigint references delivery;
-- a form sent twice by an impatient hand is one call
alter table attempt add column once_key text unique;
create index attempt_action on attempt (action_id, party_id, at);
create index attempt_reply on attempt (reply_id) where reply_id is not null;

-- Who has a party on the telephone: released by itself when its time runs out.
create table call_claim (
  action_id bigint not null references action,
  party_id bigint not null references party,
  staff_id text not null,
  staff_name text not null,
  claimed_at timestamptz not null,
  until timestamptz not null,
  -- put off by this person: not offered to them again for a while
  passed_at timestamptz,
  primary key (action_id, party_id)
);

-- A letter on its way through the post, beside its delivery.
create table postal_item (
  delivery_id bigint primary key references delivery,
  action_id bigint not null references action,
  printed_at timestamptz,
  printed_by text not null default '',
  service text not null default 'ordinary' check (service in ('ordinary', 'registered', 'signature', 'courier')),
  carrier text not null default '',
  -- as it is compared: capitals and digits only
  tracking text not null default '',
  dispatched_on date,
  dispatched_by text not null default '',
  delivered_on date,
  -- who took it, as the carrier says; empty: put into the letter box
  signed_by text not null default '',
  delivered_by text not null default '',
  returned_on date,
  return_reason text not null default '',
  return_detail text not null default '',
  returned_by text not null default '',
  changed_at timestamptz not null
);
create index postal_item_action on postal_item (action_id);
create index postal_item_tracking on postal_item (tracking) where tracking <> '';

-- A telephone number or a postal address that proved wrong, until it is mended.
create table reach_trouble (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('phone', 'post')),
  party_id bigint not null references party,
  contact_id bigint references contact,
  -- digits of the number; lines of the address
  value text not null,
  reason text not null,
  attempt_id bigint references attempt,
  delivery_id bigint references delivery,
  found_at timestamptz not null,
  found_by text not null,
  mended_at timestamptz,
  mended_by text not null default ''
);
create unique index reach_trouble_open on reach_trouble (party_id, kind, value) where mended_at is null;
