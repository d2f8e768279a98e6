-- The rung of evidence of each correction (domain/evidence-ladder.ts), counted by triggers; and what came of asking about
-- those that stand still. What moves the two moments is in 025-evidence-reach.sql.
alter table correction
  -- since when its party counts as told (obligation.notified_at)
  add column notified_at timestamptz,
  -- since when its party has the file: a whole download of a package for it, or a kit with its ticket that arrived
  add column has_file_at timestamptz,
  -- the best evidence there is; domain/evidence-ladder.ts says the same outside the database
  add column rung text not null generated always as (
    case when state in ('stated', 'confirmed', 'verified') then state
         when has_file_at is not null then 'downloaded'
         when notified_at is not null then 'notified'
         else 'none' end) stored;
-- Each letter changes the rows of those it tells, and no column of an index: with room on its page a row stays in it.
alter table correction set (fillfactor = 80);
create index correction_has_file on correction (action_id, has_file_at) where has_file_at is not null;

-- ── Counting rungs ──────────────────────────────────────────────────────────────────────────────────────────────────
alter table tally drop constraint tally_subject_check;
alter table tally add constraint tally_subject_check
  check (subject in ('correction', 'obligation', 'notice', 'reminder', 'rung'));
insert into tally (action_id, subject, product_id, environment_id, remedy_id, state, n)
  select action_id, 'rung', product_id, environment_id, remedy_id, rung, count(*) from correction group by 1, 3, 4, 5, 6;

create function tally_rung() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into tally (action_id, subject, product_id, environment_id, remedy_id, state, n)
      select action_id, 'rung', product_id, environment_id, remedy_id, rung, count(*)
        from new_rows group by 1, 3, 4, 5, 6 order by 1, 3, 4, 5, 6
      on conflict (action_id, subject, country, product_id, environment_id, remedy_id, state)
      do update set n = tally.n + excluded.n;
  else
    insert into tally (action_id, subject, product_id, environment_id, remedy_id, state, n)
      select action_id, 'rung', product_id, environment_id, remedy_id, rung, sum(d)
        from (select action_id, product_id, environment_id, remedy_id, rung, 1 as d from new_rows
              union all
              select action_id, product_id, environment_id, remedy_id, rung, -1 from old_rows) c
        group by 1, 3, 4, 5, 6 having sum(d) <> 0 order by 1, 3, 4, 5, 6
      on conflict (action_id, subject, country, product_id, environment_id, remedy_id, state)
      do update set n = tally.n + excluded.n;
  end if;
  return null;
end $$;
create trigger correction_rung_insert after insert on correction referencing new table as new_rows
  for each statement execute function tally_rung();
create trigger correction_rung_update after update on correction referencing old table as old_rows new table as new_rows
  for each statement execute function tally_rung();

-- ── Following up ────────────────────────────────────────────────────────────────────────────────────────────────────
-- What came of asking about a correction that stands in a queue (domain/follow-up.ts). Append-only: the last one counts,
-- as long as the correction rests on what it rested on then.
create table follow_up (
  id bigint generated always as identity primary key,
  action_id bigint not null references action,
  correction_id bigint not null references correction,
  queue text not null,
  outcome text not null,
  note text not null default '',
  -- it comes back on this day
  until date,
  because_id bigint references confirmation,
  by_id text not null,
  by_name text not null,
  at timestamptz not null
);
create index follow_up_correction on follow_up (correction_id, queue, id desc);
create trigger follow_up_keep before update or delete or truncate on follow_up for each statement execute function refuse_change();
