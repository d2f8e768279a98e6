-- What the dashboard still counted over all rows of an action – deadlines, open tasks, what happened lately – kept by
-- triggers as the other figures are: two million corrections bring hundreds of thousands of these. `fieldfix verify`
-- recounts them.
create table tally_deadline (
  action_id bigint not null,
  state text not null,
  -- 'infinity': no date yet
  due_on date not null,
  n bigint not null,
  primary key (action_id, state, due_on)
);

-- Open tasks only. Action 0: those of no action.
create table tally_task (
  action_id bigint not null,
  kind text not null,
  urgent boolean not null,
  owned boolean not null,
  n bigint not null,
  primary key (action_id, kind, urgent, owned)
);

-- Events of an action by the hour (UTC) and what happened.
create table tally_hour (
  action_id bigint not null,
  hour timestamptz not null,
  action text not null,
  n bigint not null,
  primary key (action_id, hour, action)
);

insert into tally_deadline
  select action_id, state, coalesce(due_on, 'infinity'), count(*) from deadline group by 1, 2, 3;
insert into tally_task
  select coalesce(action_id, 0), kind, priority = 1, owner_id is not null, count(*) from task where state = 'open' group by 1, 2, 3, 4;
insert into tally_hour
  select action_id, date_trunc('hour', at, 'UTC'), action, count(*) from event where action_id is not null group by 1, 2, 3;

create function tally_deadlines() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into tally_deadline (action_id, state, due_on, n)
      select action_id, state, coalesce(due_on, 'infinity'), count(*) from new_rows group by 1, 2, 3 order by 1, 2, 3
      on conflict (action_id, state, due_on) do update set n = tally_deadline.n + excluded.n;
  else
    insert into tally_deadline (action_id, state, due_on, n)
      select action_id, state, coalesce(due_on, 'infinity'), sum(d)
        from (select action_id, state, due_on, 1 as d from new_rows
              union all select action_id, state, due_on, -1 from old_rows) c
        group by 1, 2, 3 having sum(d) <> 0 order by 1, 2, 3
      on conflict (action_id, state, due_on) do update set n = tally_deadline.n + excluded.n;
  end if;
  return null;
end $$;
create trigger deadline_tally_insert after insert on deadline referencing new table as new_rows
  for each statement execute function tally_deadlines();
create trigger deadline_tally_update after update on deadline referencing old table as old_rows new table as new_rows
  for each statement execute function tally_deadlines();

create function tally_tasks() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into tally_task (action_id, kind, urgent, owned, n)
      select coalesce(action_id, 0), kind, priority = 1, owner_id is not null, count(*) from new_rows
        where state = 'open' group by 1, 2, 3, 4 order by 1, 2, 3, 4
      on conflict (action_id, kind, urgent, owned) do update set n = tally_task.n + excluded.n;
  else
    insert into tally_task (action_id, kind, urgent, owned, n)
      select coalesce(action_id, 0), kind, priority = 1, owner_id is not null, sum(d)
        from (select action_id, kind, priority, owner_id, 1 as d from new_rows where state = 'open'
              union all select action_id, kind, priority, owner_id, -1 from old_rows where state = 'open') c
        group by 1, 2, 3, 4 having sum(d) <> 0 order by 1, 2, 3, 4
      on conflict (action_id, kind, urgent, owned) do update set n = tally_task.n + excluded.n;
  end if;
  return null;
end $$;
create trigger task_tally_insert after insert on task referencing new table as new_rows
  for each statement execute function tally_tasks();
create trigger task_tally_update after update on task referencing old table as old_rows new table as new_rows
  for each statement execute function tally_tasks();

create function tally_events() returns trigger language plpgsql as $$
begin
  insert into tally_hour (action_id, hour, action, n)
    select action_id, date_trunc('hour', at, 'UTC'), action, count(*) from new_rows
      where action_id is not null group by 1, 2, 3 order by 1, 2, 3
    on conflict (action_id, hour, action) do update set n = tally_hour.n + excluded.n;
  return null;
end $$;
create trigger event_tally after insert on event referencing new table as new_rows
  for each statement execute function tally_events();
