-- When the party of a correction was told, and since when it has the file: copied from the originals to each of its
-- corrections, as party, site and country are, so that the rungs of evidence are a count over the one table. Statements
-- that set down the originals move the copies by the triggers below; `fieldfix verify` holds them against each other.

-- Whether a package is for a product in an environment: `applies` as in domain/package.ts, nothing said means all.
create function package_is_for(applies jsonb, product_code text, environment_code text) returns boolean
language sql immutable as $$
  select applies = '[]' or exists (
    select 1 from jsonb_array_elements(applies) line
     where line ->> 'product' = product_code
       and (coalesce(line -> 'environments', '[]') = '[]' or line -> 'environments' ? environment_code))
$$;

-- The two moments, read from the originals. A kit counts for whom it was sent to, from when somebody said that it arrived.
create view correction_reach as
  select c.id,
    (select o.notified_at from obligation o where o.action_id = c.action_id and o.party_id = c.party_id) as notified_at,
    least(
      (select min(coalesce(d.finished_at, d.started_at, d.changed_at))
         from download d join package k on k.id = d.package_id
           join environment e on e.id = c.environment_id join product p on p.id = e.product_id
        where d.party_id = c.party_id and k.remedy_id = c.remedy_id and (d.state = 'finished' or d.handed_over)
          and package_is_for(k.applies, p.code, e.code)),
      (select min(t.received_at) from kit_correction x join kit t on t.id = x.kit_id
        where x.correction_id = c.id and t.party_id = c.party_id)
    ) as has_file_at
    from correction c;

update correction c set notified_at = r.notified_at, has_file_at = r.has_file_at from correction_reach r
 where r.id = c.id and (r.notified_at is not null or r.has_file_at is not null);

-- ── Counting large changes ──────────────────────────────────────────────────────────────────────────────────────────
-- A letter to a party now changes all of its corrections, hundreds of parties at a time. The plan of a trigger's statement
-- is made once a session, often for one row: joined by id, the two tables of a change would then be compared row by row
-- with each other. What changed is therefore summed up over both, which costs the same a row however many there are.
create or replace function tally_correction_update() returns trigger language plpgsql as $$
begin
  -- Most changes are of moments that are not counted here.
  if not exists (select id, action_id, party_id, country, product_id, environment_id, remedy_id, state from new_rows
                 except select id, action_id, party_id, country, product_id, environment_id, remedy_id, state from old_rows) then
    return null;
  end if;
  insert into tally (action_id, subject, country, product_id, environment_id, remedy_id, state, n)
    select action_id, 'correction', country, product_id, environment_id, remedy_id, state, sum(d)
      from (select action_id, country, product_id, environment_id, remedy_id, state, 1 as d from new_rows
            union all
            select action_id, country, product_id, environment_id, remedy_id, state, -1 from old_rows) c
      group by 1, 3, 4, 5, 6, 7 having sum(d) <> 0 order by 1, 3, 4, 5, 6, 7
    on conflict (action_id, subject, country, product_id, environment_id, remedy_id, state)
    do update set n = tally.n + excluded.n;
  insert into tally_day (action_id, day, state, n)
    select action_id, day, c.state, sum(c.d)
      from (select max(action_id) as action_id, (max(state_since) filter (where fresh) at time zone 'UTC')::date as day,
                   max(state) filter (where fresh) as after, max(state) filter (where not fresh) as before
              from (select id, action_id, state_since, state, true as fresh from new_rows
                    union all
                    select id, action_id, state_since, state, false from old_rows) x
              group by id) changed
      cross join lateral (values (after, 1), (before, -1)) c (state, d)
      where after <> before
      group by 1, 2, 3 having sum(c.d) <> 0 order by 1, 2, 3
    on conflict (action_id, day, state) do update set n = tally_day.n + excluded.n;
  update obligation o set corrections_total = o.corrections_total + c.total, corrections_open = o.corrections_open + c.owed
    from (select action_id, party_id, sum(d) as total, coalesce(sum(d) filter (where state in ('open', 'blocked', 'isolated')), 0) as owed
            from (select action_id, party_id, state, 1 as d from new_rows
                  union all select action_id, party_id, state, -1 from old_rows) x
            group by 1, 2 order by 1, 2) c
    where o.action_id = c.action_id and o.party_id = c.party_id and (c.total <> 0 or c.owed <> 0);
  return null;
end $$;

create or replace function tally_obligation() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into tally (action_id, subject, country, state, n)
      select action_id, 'obligation', country, state, count(*) from new_rows group by 1, 3, 4 order by 1, 3, 4
      on conflict (action_id, subject, country, product_id, environment_id, remedy_id, state)
      do update set n = tally.n + excluded.n;
  else
    insert into tally (action_id, subject, country, state, n)
      select action_id, 'obligation', country, state, sum(d)
        from (select action_id, country, state, 1 as d from new_rows
              union all select action_id, country, state, -1 from old_rows) c
        group by 1, 3, 4 having sum(d) <> 0 order by 1, 3, 4
      on conflict (action_id, subject, country, product_id, environment_id, remedy_id, state)
      do update set n = tally.n + excluded.n;
  end if;
  return null;
end $$;

create or replace function tally_delivery() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into tally (action_id, subject, country, state, n)
      select action_id, kind, country, state, count(*) from new_rows where kind in ('notice', 'reminder')
        group by 1, 2, 3, 4 order by 1, 2, 3, 4
      on conflict (action_id, subject, country, product_id, environment_id, remedy_id, state)
      do update set n = tally.n + excluded.n;
  else
    insert into tally (action_id, subject, country, state, n)
      select action_id, kind, country, state, sum(d)
        from (select action_id, kind, country, state, 1 as d from new_rows
              union all select action_id, kind, country, state, -1 from old_rows) c
        where kind in ('notice', 'reminder')
        group by 1, 2, 3, 4 having sum(d) <> 0 order by 1, 2, 3, 4
      on conflict (action_id, subject, country, product_id, environment_id, remedy_id, state)
      do update set n = tally.n + excluded.n;
  end if;
  return null;
end $$;

-- ── Following the originals ─────────────────────────────────────────────────────────────────────────────────────────
-- Statement triggers fire for no rows, too, and these lead to each other: each looks first whether there is anything to do.
-- Two transactions that do not see each other yet – one makes a correction, the other sets down that its party has the
-- file – meet at the party's obligation: who comes second waits there, and then reads what the first one wrote. Triggers
-- of corrections lock it while they count (correction_tally_…), so those that read the originals come after by their names.

-- Parties are told, or no letter reached them after all. Letters leave some hundreds at a time: each party's corrections
-- are looked up by its index, where the planner, who has seen only small tables yet, would read all of the action's.
create function carry_notified() returns trigger language plpgsql
set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  if exists (select action_id, party_id, notified_at from new_rows except select action_id, party_id, notified_at from old_rows) then
    update correction c set notified_at = n.notified_at
      from (select action_id, party_id, notified_at from new_rows
            except select action_id, party_id, notified_at from old_rows) n
     where c.party_id = n.party_id and c.action_id = n.action_id and c.notified_at is distinct from n.notified_at;
  end if;
  return null;
end $$;
create trigger obligation_notified after update on obligation referencing old table as old_rows new table as new_rows
  for each statement execute function carry_notified();

-- A correction is made after its party was told or had the file: nothing of that before the release of its action.
create function reach_new_correction() returns trigger language plpgsql as $$
begin
  if exists (select 1 from obligation where action_id in (select distinct action_id from new_rows) and notified_at is not null)
     or exists (select 1 from download where action_id in (select distinct action_id from new_rows)) then
    update correction c set notified_at = r.notified_at, has_file_at = r.has_file_at
      from new_rows n join correction_reach r using (id)
     where c.id = n.id and (r.notified_at, r.has_file_at) is distinct from (n.notified_at, n.has_file_at);
  end if;
  return null;
end $$;
create trigger correction_told_insert after insert on correction referencing new table as new_rows
  for each statement execute function reach_new_correction();

-- A unit goes to another party, which may know nothing yet.
create function reach_moved_correction() returns trigger language plpgsql as $$
begin
  if exists (select id, party_id from new_rows except select id, party_id from old_rows) then
    update correction c set notified_at = r.notified_at, has_file_at = r.has_file_at
      from (select id, party_id from new_rows except select id, party_id from old_rows) n join correction_reach r using (id)
     where c.id = n.id and (r.notified_at, r.has_file_at) is distinct from (c.notified_at, c.has_file_at);
  end if;
  return null;
end $$;
create trigger correction_told_move after update on correction referencing old table as old_rows new table as new_rows
  for each statement execute function reach_moved_correction();

-- A download is whole: it counts for everything of its party that the package is for.
create function carry_download() returns trigger language plpgsql as $$
begin
  perform 1 from obligation o join remedy r on r.action_id = o.action_id join package k on k.remedy_id = r.id
    where k.id = new.package_id and o.party_id = new.party_id for no key update of o;
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

-- A kit arrived, or that was a mistake.
create function carry_kit() returns trigger language plpgsql as $$
begin
  perform 1 from obligation where action_id = new.action_id and party_id = new.party_id for no key update;
  update correction c set has_file_at = r.has_file_at
    from kit_correction x join correction_reach r on r.id = x.correction_id
   where x.kit_id = new.id and c.id = x.correction_id and c.has_file_at is distinct from r.has_file_at;
  return null;
end $$;
create trigger kit_file after update on kit
  for each row when (new.received_at is distinct from old.received_at) execute function carry_kit();
