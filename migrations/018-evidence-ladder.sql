-- The ladder of evidence of each correction (domain/evidence-ladder.ts), and what support does about those that stand
-- still on it. When the party was told and when it had the file is copied to each of its corrections, as party, site and
-- country are, so that the rungs are a count over the one table. Statements that set down the originals move the copies,
-- by the triggers below; `fieldfix verify` holds them against each other.
alter table correction
  -- since when its party counts as told (obligation.notified_at)
  add column notified_at timestamptz,
  -- since when its party has the file: a whole download of a package for it, or a kit with its ticket
  add column has_file_at timestamptz,
  -- the best evidence there is; domain/evidence-ladder.ts says the same outside the database
  add column rung text not null generated always as (
    case when state in ('stated', 'confirmed', 'verified') then state
         when has_file_at is not null then 'downloaded'
         when notified_at is not null then 'notified'
         else 'none' end) stored;
create index correction_has_file on correction (action_id, has_file_at) where has_file_at is not null;

-- Whether a package is for a product in an environment: `applies` as in domain/package.ts, nothing said means all.
create function package_is_for(applies jsonb, product_code text, environment_code text) returns boolean
language sql immutable as $$
  select applies = '[]' or exists (
    select 1 from jsonb_array_elements(applies) line
     where line ->> 'product' = product_code
       and (coalesce(line -> 'environments', '[]') = '[]' or line -> 'environments' ? environment_code))
$$;

-- The two moments of each correction, read from the originals. A kit counts for whom it was sent to, once it arrived.
create view correction_reach as
  select c.id,
    (select o.notified_at from obligation o where o.action_id = c.action_id and o.party_id = c.party_id) as notified_at,
    least(
      (select min(coalesce(d.finished_at, d.started_at, d.changed_at))
         from download d join package k on k.id = d.package_id
           join environment e on e.id = c.environment_id join product p on p.id = e.product_id
        where d.party_id = c.party_id and k.remedy_id = c.remedy_id and (d.state = 'finished' or d.handed_over)
          and package_is_for(k.applies, p.code, e.code)),
      (select min(coalesce((select min(v.at) from event v where v.subject = 'kit' and v.subject_id = t.id::text
                               and v.action in ('kit.received', 'kit.returned', 'kit.destroyed')), t.state_since))
         from kit_correction x join kit t on t.id = x.kit_id
        where x.correction_id = c.id and t.party_id = c.party_id and t.state in ('received', 'returned', 'destroyed'))
    ) as has_file_at
    from correction c;

-- What is there already.
update correction c set notified_at = r.notified_at, has_file_at = r.has_file_at from correction_reach r
 where r.id = c.id and (r.notified_at is not null or r.has_file_at is not null);
alter table tally drop constraint tally_subject_check;
alter table tally add constraint tally_subject_check
  check (subject in ('correction', 'obligation', 'notice', 'reminder', 'rung'));
insert into tally (action_id, subject, product_id, environment_id, remedy_id, state, n)
  select action_id, 'rung', product_id, environment_id, remedy_id, rung, count(*) from correction group by 1, 3, 4, 5, 6;

-- ── Counting rungs ──────────────────────────────────────────────────────────────────────────────────────────────────
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
      select n.action_id, 'rung', n.product_id, n.environment_id, n.remedy_id, c.rung, sum(c.d)
        from new_rows n join old_rows o using (id)
        cross join lateral (values (n.rung, 1), (o.rung, -1)) c (rung, d)
        where n.rung <> o.rung
        group by 1, 3, 4, 5, 6 having sum(c.d) <> 0 order by 1, 3, 4, 5, 6
      on conflict (action_id, subject, country, product_id, environment_id, remedy_id, state)
      do update set n = tally.n + excluded.n;
  end if;
  return null;
end $$;
create trigger correction_rung_insert after insert on correction referencing new table as new_rows
  for each statement execute function tally_rung();
create trigger correction_rung_update after update on correction referencing old table as old_rows new table as new_rows
  for each statement execute function tally_rung();

-- ── Following the originals ─────────────────────────────────────────────────────────────────────────────────────────
-- Statement triggers fire for no rows, too, and these two lead to each other: each looks first whether there is anything
-- to do.

-- Parties are told, or no letter reached them after all.
create function carry_notified() returns trigger language plpgsql as $$
begin
  if exists (select 1 from new_rows n join old_rows o using (id) where n.notified_at is distinct from o.notified_at) then
    update correction c set notified_at = n.notified_at
      from new_rows n join old_rows o using (id)
     where n.notified_at is distinct from o.notified_at and c.party_id = n.party_id and c.action_id = n.action_id
       and c.notified_at is distinct from n.notified_at;
  end if;
  return null;
end $$;
create trigger obligation_notified after update on obligation referencing old table as old_rows new table as new_rows
  for each statement execute function carry_notified();

-- A correction is made after its party was told or had the file.
create function reach_new_correction() returns trigger language plpgsql as $$
begin
  if exists (select 1 from new_rows n join obligation o using (action_id, party_id)
              where o.notified_at is distinct from n.notified_at)
     or exists (select 1 from new_rows n join download d using (party_id) where d.state = 'finished' or d.handed_over) then
    update correction c set notified_at = r.notified_at, has_file_at = r.has_file_at
      from new_rows n join correction_reach r using (id)
     where c.id = n.id and (r.notified_at, r.has_file_at) is distinct from (n.notified_at, n.has_file_at);
  end if;
  return null;
end $$;
create trigger correction_reach_insert after insert on correction referencing new table as new_rows
  for each statement execute function reach_new_correction();

-- A unit goes to another party, which may know nothing yet.
create function reach_moved_correction() returns trigger language plpgsql as $$
begin
  if exists (select 1 from new_rows n join old_rows o using (id) where n.party_id <> o.party_id) then
    update correction c set notified_at = r.notified_at, has_file_at = r.has_file_at
      from new_rows n join old_rows o using (id) join correction_reach r using (id)
     where c.id = n.id and n.party_id <> o.party_id
       and (r.notified_at, r.has_file_at) is distinct from (n.notified_at, n.has_file_at);
  end if;
  return null;
end $$;
create trigger correction_reach_move after update on correction referencing old table as old_rows new table as new_rows
  for each statement execute function reach_moved_correction();

-- A download is whole: it counts for everything of its party that the package is for.
create function carry_download() returns trigger language plpgsql as $$
begin
  update correction c set has_file_at = coalesce(new.finished_at, new.started_at, new.changed_at)
    from package k, remedy r, environment e, product p
   where k.id = new.package_id and r.id = k.remedy_id
     and c.party_id = new.party_id and c.action_id = r.action_id and c.remedy_id = k.remedy_id
     and e.id = c.environment_id and p.id = e.product_id and package_is_for(k.applies, p.code, e.code)
     and c.has_file_at is null;
  return null;
end $$;
create trigger download_file_insert after insert on download
  for each row when (new.state = 'finished' or new.handed_over) execute function carry_download();
create trigger download_file_update after update on download
  for each row when ((new.state = 'finished' or new.handed_over) and not (old.state = 'finished' or old.handed_over))
  execute function carry_download();

-- A kit arrived.
create function carry_kit() returns trigger language plpgsql as $$
begin
  update correction c set has_file_at = new.state_since
    from kit_correction x
   where x.kit_id = new.id and c.id = x.correction_id and c.party_id = new.party_id and c.has_file_at is null;
  return null;
end $$;
create trigger kit_file after update on kit
  for each row when (new.state in ('received', 'returned', 'destroyed')
                     and old.state not in ('received', 'returned', 'destroyed')) execute function carry_kit();

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
