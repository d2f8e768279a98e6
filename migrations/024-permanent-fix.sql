-- The permanent fix: a remedy that supersedes another one, of the same action or of the action it follows. What is proven
-- about it on a unit closes the superseded correction too; units still on the interim patch stay a list and a figure.

-- The interim patch that this remedy makes superfluous.
alter table remedy add column supersedes_id bigint references remedy check (supersedes_id <> id);
create index remedy_supersedes on remedy (supersedes_id) where supersedes_id is not null;

-- Carried over from another correction of the same unit and environment: the confirmation it rests on there.
alter table confirmation add column carried_from_id bigint references confirmation;

-- How a unit stands between the interim patch and the permanent fix (domain/permanent-fix.ts); on corrections of a remedy
-- that supersedes another, null on all others. `interim` and `neither` still owe the permanent fix, `direct` and `both`
-- have it, `ended` needs none.
alter table correction add column fix_path text check (fix_path in ('neither', 'interim', 'direct', 'both', 'ended'));
create index correction_fix_path on correction (remedy_id, fix_path, id) where fix_path is not null;

-- The start of a second remedy in an action that is released: proposed, signed by two people, then made row by row.
create table remedy_start (
  id bigint generated always as identity primary key,
  remedy_id bigint not null references remedy,
  action_id bigint not null references action,
  state text not null default 'proposed' check (state in ('proposed', 'running', 'done', 'withdrawn')),
  -- SHA-256 over the remedy as it was proposed: what the approvals sign
  content_hash text not null,
  proposed_by text not null,
  proposed_at timestamptz not null,
  -- ids of corrections looked at so far: a crash goes on behind it
  last_id bigint not null default 0,
  made int not null default 0,
  ended_at timestamptz,
  reason text not null default ''
);
create unique index remedy_start_current on remedy_start (remedy_id) where state <> 'withdrawn';

-- Counts of paths, kept as tally is; `fieldfix verify` recounts them.
create table tally_fix_path (
  action_id bigint not null,
  remedy_id bigint not null,
  country text not null,
  path text not null,
  n bigint not null,
  primary key (action_id, remedy_id, country, path)
);

create function tally_fix_paths() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into tally_fix_path (action_id, remedy_id, country, path, n)
      select action_id, remedy_id, country, fix_path, count(*) from new_rows where fix_path is not null
        group by 1, 2, 3, 4 order by 1, 2, 3, 4
      on conflict (action_id, remedy_id, country, path) do update set n = tally_fix_path.n + excluded.n;
  else
    insert into tally_fix_path (action_id, remedy_id, country, path, n)
      select action_id, remedy_id, country, fix_path, sum(d)
        from (select action_id, remedy_id, country, fix_path, 1 as d from new_rows where fix_path is not null
              union all
              select action_id, remedy_id, country, fix_path, -1 from old_rows where fix_path is not null) c
        group by 1, 2, 3, 4 having sum(d) <> 0 order by 1, 2, 3, 4
      on conflict (action_id, remedy_id, country, path) do update set n = tally_fix_path.n + excluded.n;
  end if;
  return null;
end $$;
create trigger correction_fix_path_insert after insert on correction referencing new table as new_rows
  for each statement execute function tally_fix_paths();
create trigger correction_fix_path_update after update on correction referencing old table as old_rows new table as new_rows
  for each statement execute function tally_fix_paths();
