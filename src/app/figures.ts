import { type RawBuilder, sql } from 'kysely';
import type { Deps } from './context.ts';

/** One kept figure that is not what its rows count to. */
export interface FigureDifference {
  table:
    | 'tally'
    | 'correction'
    | 'tally_day'
    | 'tally_deadline'
    | 'tally_task'
    | 'tally_hour'
    | 'tally_fix_path'
    | 'obligation';
  actionId: number;
  /** Which figure, e.g. `correction DE product 1 environment 2 remedy 1 open`. */
  figure: string;
  kept: number;
  counted: number;
}

export type FiguresVerdict =
  | { figures: 'ok'; compared: number }
  | { figures: 'wrong'; compared: number; wrong: number; differences: FigureDifference[] };

/** Differences named at most: the first ones show what kind of trouble it is. */
const MOST_NAMED = 100;

/** What the tally must say, counted from the rows. */
const countedTally = sql`
  select action_id, 'correction' as subject, country, product_id, environment_id, remedy_id, state, count(*) as n
    from correction group by 1, 2, 3, 4, 5, 6, 7
  union all
  select action_id, 'rung', '', product_id, environment_id, remedy_id, rung, count(*) from correction group by 1, 4, 5, 6, 7
  union all
  select action_id, 'obligation', country, 0, 0, 0, state, count(*) from obligation group by 1, 3, 7
  union all
  select action_id, kind, country, 0, 0, 0, state, count(*) from delivery
   where kind in ('notice', 'reminder') group by 1, 2, 3, 7`;

/**
 * Counts every kept figure again from its rows and names those that differ: corrections, parties and letters by state,
 * corrections by rung of evidence and whether letters, downloads and kits put each there, what each party owes,
 * deadlines, open tasks, events by the hour, and the curve of each action. A correction keeps only its last change, so the curve's days cannot be counted again; what they
 * add up to can. Each comparison is one statement and sees one moment, so it may run while others work.
 */
export async function verifyFigures(ctx: Pick<Deps, 'db'>): Promise<FiguresVerdict> {
  const comparisons: RawBuilder<FigureDifference>[] = [
    sql`
      select 'tally' as "table", action_id as "actionId",
             concat_ws(' ', subject, nullif(country, ''), 'product ' || nullif(product_id, 0),
                       'environment ' || nullif(environment_id, 0), 'remedy ' || nullif(remedy_id, 0), state) as figure,
             coalesce(k.n, 0)::bigint as kept, coalesce(c.n, 0)::bigint as counted
        from (select * from tally where n <> 0) k
        full join (${countedTally}) c
          using (action_id, subject, country, product_id, environment_id, remedy_id, state)`,
    sql`
      select 'correction' as "table", c.action_id as "actionId", 'corrections on rung ' || c.rung as figure, count(*)::bigint as kept,
             count(*) filter (where (c.notified_at is null) = (r.notified_at is null)
               and (c.has_file_at is null) = (r.has_file_at is null))::bigint as counted
        from correction c join correction_reach r using (id) group by c.action_id, c.rung`,
    sql`
      select 'tally_day' as "table", action_id as "actionId", 'curve of ' || state as figure,
             coalesce(k.n, 0)::bigint as kept, coalesce(c.n, 0)::bigint as counted
        from (select action_id, state, sum(n) as n from tally_day group by 1, 2) k
        full join (select action_id, state, count(*) as n from correction group by 1, 2) c using (action_id, state)`,
    sql`
      select 'obligation' as "table", action_id as "actionId", f.name || ' of party ' || party_id as figure,
             coalesce(f.kept, 0)::bigint as kept, coalesce(f.counted, 0)::bigint as counted
        from obligation o
        full join (select action_id, party_id, count(*) as total,
                          count(*) filter (where state in ('open', 'blocked', 'isolated')) as owed
                     from correction group by 1, 2) c using (action_id, party_id)
        cross join lateral (values ('corrections', o.corrections_total, c.total),
                                   ('open corrections', o.corrections_open, c.owed)) f (name, kept, counted)`,
    sql`
      select 'tally_deadline' as "table", action_id as "actionId", 'deadlines ' || state || ' until ' || due_on as figure,
             coalesce(k.n, 0)::bigint as kept, coalesce(c.n, 0)::bigint as counted
        from (select * from tally_deadline where n <> 0) k
        full join (select action_id, state, coalesce(due_on, 'infinity') as due_on, count(*) as n
                     from deadline group by 1, 2, 3) c using (action_id, state, due_on)`,
    sql`
      select 'tally_task' as "table", action_id as "actionId",
             concat_ws(' ', 'open tasks', kind, case when urgent then 'urgent' end, case when owned then 'owned' end) as figure,
             coalesce(k.n, 0)::bigint as kept, coalesce(c.n, 0)::bigint as counted
        from (select * from tally_task where n <> 0) k
        full join (select coalesce(action_id, 0) as action_id, kind, priority = 1 as urgent, owner_id is not null as owned,
                          count(*) as n from task where state = 'open' group by 1, 2, 3, 4) c
          using (action_id, kind, urgent, owned)`,
    sql`
      select 'tally_fix_path' as "table", action_id as "actionId",
             concat_ws(' ', 'units', country, 'of remedy ' || remedy_id, 'on path ' || path) as figure,
             coalesce(k.n, 0)::bigint as kept, coalesce(c.n, 0)::bigint as counted
        from (select * from tally_fix_path where n <> 0) k
        full join (select action_id, remedy_id, country, fix_path as path, count(*) as n
                     from correction where fix_path is not null group by 1, 2, 3, 4) c
          using (action_id, remedy_id, country, path)`,
    sql`
      select 'tally_hour' as "table", action_id as "actionId", 'events ' || action || ' from ' || hour as figure,
             coalesce(k.n, 0)::bigint as kept, coalesce(c.n, 0)::bigint as counted
        from tally_hour k
        full join (select action_id, date_trunc('hour', at, 'UTC') as hour, action, count(*) as n
                     from event where action_id is not null group by 1, 2, 3) c using (action_id, hour, action)`,
  ];
  let compared = 0;
  let wrong = 0;
  const differences: FigureDifference[] = [];
  for (const comparison of comparisons) {
    const { rows } = await sql<FigureDifference & { compared: number; wrong: number }>`
      with figures as materialized (${comparison}),
           different as (select * from figures where kept <> counted)
      select d.*, t.compared, t.wrong
        from (select count(*) as compared, count(*) filter (where kept <> counted) as wrong from figures) t
        left join (select * from different order by "actionId", figure limit ${MOST_NAMED}) d on true`.execute(ctx.db);
    compared += rows[0]?.compared ?? 0;
    wrong += rows[0]?.wrong ?? 0;
    for (const { table, actionId, figure, kept, counted } of rows)
      if (table !== null && differences.length < MOST_NAMED)
        differences.push({ table, actionId, figure, kept, counted });
  }
  return wrong === 0 ? { figures: 'ok', compared } : { figures: 'wrong', compared, wrong, differences };
}
