-- Translations: what went out to translators, what came back, and who stands for each language.

-- A file for a translator, kept as it went out.
create table translation_export (
  id bigint generated always as identity primary key,
  notice_id bigint not null references notice,
  language text not null,
  format text not null check (format in ('2.1', '1.2')),
  file_id bigint not null references file,
  -- hash of the source's texts it was made from
  source_hash text not null,
  made_by text not null,
  made_at timestamptz not null
);
create index translation_export_notice on translation_export (notice_id, language, id);

-- A file that came back. Its report is made anew from the kept file whenever the notice has changed meanwhile.
create table translation_import (
  id bigint generated always as identity primary key,
  notice_id bigint not null references notice,
  language text not null,
  file_id bigint not null references file,
  state text not null check (state in ('checked', 'applied', 'discarded')),
  -- content hash of the notice the report was made on
  based_on text not null,
  report jsonb not null,
  -- names of the texts that were taken
  taken text[] not null default '{}',
  made_by text not null,
  created_at timestamptz not null,
  ended_by text not null default '',
  ended_at timestamptz
);
create index translation_import_notice on translation_import (notice_id, language, id);

-- How far a text of a language is, as its translator said; holds while neither the text nor its source changes.
create table text_state (
  notice_id bigint not null references notice,
  language text not null,
  name text not null,
  source_hash text not null,
  text_hash text not null,
  state text not null check (state in ('initial', 'translated', 'reviewed', 'final')),
  primary key (notice_id, language, name)
);

-- Somebody stands for a language. The signature falls when the language's texts or the source change.
create table language_signoff (
  id bigint generated always as identity primary key,
  notice_id bigint not null references notice,
  language text not null,
  -- hash of the source's and the language's texts that were read
  texts_hash text not null,
  reviewer_name text not null,
  reviewer_title text not null,
  native_reader boolean not null,
  signature_id bigint not null unique references signature,
  signed_at timestamptz not null
);
create index language_signoff_notice on language_signoff (notice_id, language, id);

-- The translation put back into the source language by somebody else, to be read beside it.
create table back_translation (
  id bigint generated always as identity primary key,
  notice_id bigint not null references notice,
  language text not null,
  file_id bigint not null references file,
  texts_hash text not null,
  translator text not null,
  made_by text not null,
  added_at timestamptz not null
);
create index back_translation_notice on back_translation (notice_id, language, id);

-- A document somebody had written already, read as the start of a notice; nothing is made before a person has looked.
create table notice_start (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  file_id bigint not null references file,
  state text not null check (state in ('read', 'drafted', 'discarded')),
  -- what was recognised (domain/notice-start.ts)
  found jsonb not null,
  notice_id bigint references notice,
  made_by text not null,
  created_at timestamptz not null,
  ended_at timestamptz
);
create index notice_start_action on notice_start (action_id, id);
