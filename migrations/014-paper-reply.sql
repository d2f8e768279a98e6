-- A file that came back: a filled PDF, a scan, a photo. Kept whole before it is read; what was made of it stands below.
create table paper_file (
  id bigint generated always as identity primary key,
  file_id bigint not null references file,
  came_by text not null check (came_by in ('upload', 'portal', 'mail', 'api')),
  -- the same file by the same way is the same row
  once_key text not null unique,
  -- starts clocks
  received_at timestamptz not null,
  handed_in_by text not null,
  -- whom it came from, as far as the way says
  action_id bigint references action,
  party_id bigint references party,
  contact_id bigint references contact,
  message_id bigint references message,
  state text not null check (state in ('new', 'read', 'failed')),
  -- the code of a refusal with its parameters, where the file could not be read
  trouble text not null default '',
  trouble_params jsonb not null default '{}',
  pages int not null default 0,
  -- carries a program, which was not run
  program boolean not null default false,
  read_at timestamptz,
  created_at timestamptz not null
);
create index paper_file_new on paper_file (id) where state = 'new';
create index paper_file_message on paper_file (message_id) where message_id is not null;

-- One form in such a file, or its pages without a form. Waits for a person unless it is plain.
create table paper_reply (
  id bigint generated always as identity primary key,
  paper_file_id bigint not null references paper_file,
  -- position in the file
  position int not null,
  paper_form_id bigint references paper_form,
  action_id bigint references action,
  party_id bigint references party,
  contact_id bigint references contact,
  door text not null check (door in ('pdf', 'scan')),
  state text not null check (state in ('waiting', 'taken', 'aside')),
  -- why a person has to look, as codes
  reasons text[] not null default '{}',
  -- number in the file, page of the form, picture and where the form lies on it
  pages jsonb not null,
  -- every box with what was found in it
  boxes jsonb not null,
  reply_id bigint references reply,
  decided_by text not null default '',
  decided_at timestamptz,
  outcome text not null default '',
  created_at timestamptz not null,
  unique (paper_file_id, position)
);
create index paper_reply_waiting on paper_reply (id) where state = 'waiting';
create index paper_reply_reply on paper_reply (reply_id) where reply_id is not null;
