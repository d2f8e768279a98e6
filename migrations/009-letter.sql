-- Letters on paper: one row for each letter and language, made by whoever claims it, kept in the file store.
create table letter (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  delivery_id bigint not null references delivery,
  notice_id bigint not null references notice,
  language text not null,
  -- its place in a letter of several languages, from 1
  position int not null,
  paper text not null check (paper in ('a4', 'us-letter')),
  state text not null default 'waiting' check (state in ('waiting', 'made', 'failed')),
  -- the server that makes it now; a claim older than some minutes is nobody's
  claimed_by text,
  claimed_at timestamptz,
  file_id bigint references file,
  sha256 text,
  pages int,
  -- why it could not be made, e.g. which character no face draws
  detail text not null default '',
  created_at timestamptz not null,
  made_at timestamptz,
  unique (delivery_id, language),
  check ((state = 'made') = (file_id is not null and sha256 is not null and pages is not null))
);
create index letter_waiting on letter (action_id, notice_id, language, paper, id) where state = 'waiting';
create index letter_action on letter (action_id, state);
