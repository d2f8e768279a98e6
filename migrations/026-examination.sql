-- A suspected break-in is examined step by step. What is asked is data: the house's own steps, whose words are in every
-- language, and those an action adds in the languages of its notice.
create table examination_guide (
  action_id bigint primary key references action,
  -- keys of the house's steps that this action does not ask
  left_out text[] not null default '{}',
  -- [{"key": "x-1", "evidence": true, "texts": {"en": {"title": "…", "text": "…"}}}], in the order they are asked
  steps jsonb not null default '[]',
  changed_by text not null,
  changed_at timestamptz not null
);

-- What is said, found and sent about an incident, in the order it came in. Rows are added and never changed.
create table incident_entry (
  id bigint generated always as identity primary key,
  incident_id bigint not null references incident,
  at timestamptz not null,
  kind text not null check (kind in ('note', 'call', 'answer', 'evidence')),
  by_kind text not null,
  by_name text not null,
  -- the step that is answered, and the question in the words and the language it was put in
  step text not null default '',
  asked text not null default '',
  language text not null default '',
  finding text check (finding in ('nothing', 'found', 'unsure', 'not-done')),
  words text not null default '',
  -- evidence lies in a store of its own by its hash and is never opened
  file_name text,
  sha256 text,
  size bigint,
  -- whether the customer sees it
  shown boolean not null,
  check ((kind = 'answer') = (finding is not null)),
  check ((kind = 'evidence') = (sha256 is not null))
);
create index incident_entry_incident on incident_entry (incident_id, id);
create index incident_state on incident (state, id);
