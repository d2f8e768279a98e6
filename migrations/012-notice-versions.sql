-- Versions of the notice: what was released stays as it was, an update says to whom it goes, and a receipt can be asked
-- for anew.

-- SHA-256 over everything that was released (app/notice-seal.ts); null before the release, and for notices released
-- before seals were kept.
alter table notice add column seal text;
-- What the checks found at the release, each finding with the reason a person gave for releasing all the same.
alter table notice add column findings jsonb not null default '[]';

-- The words of a released notice, printed once and kept: a later version of Fieldfix may print the same source differently.
create table notice_print (
  notice_id bigint not null references notice,
  audience text not null check (audience in ('dx-recall', 'ruo-quality', 'distributor', 'authority')),
  language text not null,
  html text not null,
  sha256 text not null,
  primary key (notice_id, audience, language)
);

-- The application never changes a released notice; this holds also for whoever has the database's password.
create function keep_released_notice() returns trigger language plpgsql as $$
begin
  raise exception 'notice % is released and stays as it is', old.id;
end $$;
create trigger notice_released before update on notice for each row
  when (old.state in ('released', 'superseded') and
    (new.number, new.version, new.kind, new.previous_id, new.document, new.content_hash, new.released_facts, new.released_at,
     new.seal, new.findings)
    is distinct from
    (old.number, old.version, old.kind, old.previous_id, old.document, old.content_hash, old.released_facts, old.released_at,
     old.seal, old.findings))
  execute function keep_released_notice();

create trigger notice_print_keep before update or delete or truncate on notice_print
  for each statement execute function refuse_change();

-- When an update last asked this party for its receipt anew; null: only the first notice did.
alter table obligation add column asked_at timestamptz;
-- One row for each party an update asked anew, with the receipt it had given before: nothing is forgotten.
create table receipt_request (
  notice_id bigint not null references notice,
  obligation_id bigint not null references obligation,
  asked_at timestamptz not null,
  earlier_received_at timestamptz not null,
  earlier_state text not null,
  primary key (notice_id, obligation_id)
);
create index receipt_request_obligation on receipt_request (obligation_id);
-- Which version a contact holds is read from its letters.
create index delivery_notice on delivery (notice_id) where notice_id is not null;
