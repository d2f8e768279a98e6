import { sql } from 'kysely';
import type { CorrectionStateName, Stage } from '../../db/schema.ts';
import type { Reader } from '../context.ts';

export interface HomeAction {
  id: number;
  reference: string;
  title: string;
  stage: Stage;
  counts: Partial<Record<CorrectionStateName, number>>;
  total: number;
  owed: number;
  silent: number;
  missed: number;
  tasks: number;
}

export interface HomeTask {
  id: number;
  kind: string;
  priority: number;
  party: string | null;
  country: string | null;
  reference: string | null;
  owner: string;
  created_at: string;
}

export interface Home {
  actions: HomeAction[];
  mine: HomeTask[];
  mineTotal: number;
  urgent: HomeTask[];
  /** Open tasks by kind. */
  open: { kind: string; n: number }[];
  /** Whether there is anything at all: products, parties, units. An empty house begins with its imports. */
  units: boolean;
  /** Actions that have ended. */
  ended: number;
}

const taskColumns = sql`t.id, t.kind, t.priority, p.name as party, p.country, a.reference, t.owner_name as owner, t.created_at`;

/**
 * What needs one person over all actions, in one round trip: their tasks, what is urgent, and the running actions with
 * how far each has come. Figures come from the tally, so that large actions cost no more than small ones.
 * @param me id of the member of staff
 */
export async function loadHome(reader: Reader, me: string): Promise<Home> {
  const { rows } = await sql<Home>`
    select
      (select coalesce(jsonb_agg(x), '[]') from (select a.id, a.reference, a.title, a.stage,
          coalesce((select jsonb_object_agg(state, n) from (select state, sum(n) as n from tally
            where action_id = a.id and subject = 'correction' group by state) s), '{}') as counts,
          coalesce((select sum(n) from tally where action_id = a.id and subject = 'correction'), 0) as total,
          coalesce((select sum(n) from tally where action_id = a.id and subject = 'correction'
            and state in ('open', 'blocked', 'isolated')), 0) as owed,
          coalesce((select sum(n) from tally where action_id = a.id and subject = 'obligation' and state = 'silent'), 0) as silent,
          (select count(*) from deadline where action_id = a.id and state = 'missed') as missed,
          (select count(*) from task where action_id = a.id and state = 'open') as tasks
        from action a where a.stage not in ('completed', 'closed') order by a.id desc limit 20) x) as actions,
      (select coalesce(jsonb_agg(x), '[]') from (select ${taskColumns} from task t left join party p on p.id = t.party_id
          left join action a on a.id = t.action_id where t.state = 'open' and t.owner_id = ${me}
          order by t.priority, t.id limit 10) x) as mine,
      (select count(*)::int from task where state = 'open' and owner_id = ${me}) as "mineTotal",
      (select coalesce(jsonb_agg(x), '[]') from (select ${taskColumns} from task t left join party p on p.id = t.party_id
          left join action a on a.id = t.action_id where t.state = 'open' and t.priority = 1
          order by t.id limit 10) x) as urgent,
      (select coalesce(jsonb_agg(x), '[]') from (select kind, count(*) as n from task where state = 'open'
          group by kind order by count(*) desc, kind) x) as open,
      exists (select from unit) as units,
      (select count(*)::int from action where stage in ('completed', 'closed')) as ended`.execute(reader);
  const [home] = rows;
  if (!home) throw new Error('A select without a table gives one row');
  return home;
}
