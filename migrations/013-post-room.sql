-- The post room: what came in by mail, kept whole before it is understood.
create table message (
  id bigint generated always as identity primary key,
  -- starts clocks: when it reached us, whatever its own date says
  received_at timestamptz not null,
  door text not null check (door in ('imap', 'smtp', 'upload', 'api', 'sample')),
  mailbox text not null default '',
  -- the bytes as they came; the same bytes are the same message, by whichever door and however often
  file_id bigint not null references file,
  sha256 text not null unique,
  size bigint not null,
  envelope_from text not null default '',
  envelope_to text[] not null default '{}',
  -- new: kept, not yet understood · waiting: for a person · done
  state text not null default 'new' check (state in ('new', 'waiting', 'done')),
  state_since timestamptz not null,
  -- what was read out of it
  message_id text not null default '',
  from_name text not null default '',
  from_address text not null default '',
  subject text not null default '',
  written_at timestamptz,
  -- the beginning of its text, for lists and searches
  excerpt text not null default '',
  kind text check (kind in ('reply', 'failure', 'delay', 'delivered', 'automatic', 'question', 'contact-change', 'problem', 'other')),
  failure text check (failure in ('hard', 'soft', 'policy', 'mailbox-full')),
  confidence int check (confidence between 0 and 100),
  automatic boolean not null default false,
  signed text not null default '' check (signed in ('', 'smime', 'pgp')),
  encrypted text not null default '' check (encrypted in ('', 'smime', 'pgp')),
  troubles text[] not null default '{}',
  attachments jsonb not null default '[]',
  -- its attachments wait for their readers
  attachments_due boolean not null default false,
  -- the guess as it was made, with the words that led to it; a person's decision stands beside it, never over it
  guess jsonb not null default '{}',
  -- where it belongs, and how that was found
  matched_by text not null default ''
    check (matched_by in ('', 'return-path', 'reference', 'form', 'address', 'serial', 'person')),
  action_id bigint references action,
  party_id bigint references party,
  contact_id bigint references contact,
  delivery_id bigint references delivery,
  -- what came of it
  reply_id bigint references reply,
  task_id bigint references task,
  twin_id bigint references message,
  outcome text not null default '',
  owner_id text,
  owner_name text not null default '',
  decided_by text not null default '',
  decided_at timestamptz
);
create index message_new on message (id) where state = 'new';
create index message_attachments on message (id) where attachments_due;
create index message_queue on message (id) where state = 'waiting';
create index message_party on message (party_id, id) where party_id is not null;
create index message_message_id on message (message_id) where message_id <> '';

-- How far each mailbox was read. Marks are moved in the transaction that keeps the messages.
create table mailbox_door (
  name text primary key,
  -- IMAP: numbers of messages mean something only under one UIDVALIDITY
  uid_validity text not null default '',
  last_uid bigint not null default 0,
  state text not null default 'waiting' check (state in ('waiting', 'connected', 'trouble')),
  trouble text not null default '',
  seen_at timestamptz,
  received_at timestamptz,
  received bigint not null default 0
);

-- What a bounce of a message says about a letter is found by its number, and by the address it went to.
create index delivery_address on delivery (lower(address)) where channel = 'email';

-- When the holder of a proposed address said that letters should come there.
alter table contact_change add column confirmed_at timestamptz;
