import { sql } from 'kysely';
import type { CorrectionStateName, Stage } from '../../db/schema.ts';
import type { Rung } from '../../domain/evidence-ladder.ts';
import type { Reader } from '../context.ts';
import { rungCounts } from './evidence-ladder.ts';

/** Counts of corrections in each state; states without rows are missing. */
export type StateCounts = Partial<Record<CorrectionStateName, number>>;

export interface Dashboard {
  action: {
    id: number;
    reference: string;
    title: string;
    stage: Stage;
    stage_since: Date;
    hazard: string;
    class_proposed: string;
    class_given: string;
    delivery_state: string;
    released_at: Date | null;
    embargo_until: Date | null;
  };
  corrections: StateCounts;
  total: number;
  /** Corrections by the best evidence there is, each counted once. */
  rungs: Record<Rung, number>;
  countries: { country: string; counts: StateCounts; total: number }[];
  products: { id: number; name: string; counts: StateCounts; total: number }[];
  environments: {
    id: number;
    product: string;
    name: string;
    counts: StateCounts;
    total: number;
    rungs: Record<Rung, number>;
  }[];
  remedies: { id: number; name: string; position: number; status: string; counts: StateCounts; total: number }[];
  /** Parties by what they owe: silent, received, done. */
  obligations: Record<string, number>;
  /** Deliveries of the notice by evidence; reminders likewise. */
  notices: Record<string, number>;
  reminders: Record<string, number>;
  /** Deadlines that run out next, and how many were missed. */
  deadlines: { missed: number; today: number; week: number; next: { due_on: string; n: number }[] };
  tasks: { kind: string; n: number; urgent: number; unowned: number }[];
  /** Parties with most open corrections. */
  owing: { party_id: number; party: string; country: string; owed: number; total: number; state: string }[];
  /** Change of each state per day: the curve is its running sum. */
  days: { day: string; state: CorrectionStateName; n: number }[];
  /** What happened in the last 24 hours and the minutes since the full hour before, by kind of event. */
  lately: { action: string; n: number }[];
  notice: { id: number; version: number; state: string; number: string } | null;
  scope: { id: number; state: string; units_in: number; units_out: number } | null;
}

const HOUR_MS = 3_600_000;

/**
 * Everything the dashboard of one action shows, in one round trip. Figures come from the tally that triggers keep, so
 * the cost does not grow with the number of corrections.
 * @returns undefined when there is no such action
 */
export async function loadDashboard(reader: Reader, actionId: number, now: Date): Promise<Dashboard | undefined> {
  const today = now.toISOString().slice(0, 10);
  const since = new Date(Math.floor(now.getTime() / HOUR_MS - 24) * HOUR_MS);
  const { rows } = await sql<{
    action: Omit<Dashboard['action'], 'stage_since' | 'released_at' | 'embargo_until'> &
      Record<'stage_since' | 'released_at' | 'embargo_until', string | null>;
    tally: {
      subject: string;
      country: string;
      product_id: number;
      environment_id: number;
      remedy_id: number;
      state: string;
      n: number;
    }[];
    products: { id: number; name: string }[];
    environments: { id: number; product: string; name: string }[];
    remedies: { id: number; name: string; position: number; status: string }[];
    deadlines: { missed: number; today: number; week: number };
    due: Dashboard['deadlines']['next'];
    tasks: Dashboard['tasks'];
    owing: Dashboard['owing'];
    days: Dashboard['days'];
    lately: Dashboard['lately'];
    notice: Dashboard['notice'];
    scope: Dashboard['scope'];
  }>`
    select
      (select to_jsonb(x) from (select id, reference, title, stage, stage_since, hazard, class_proposed, class_given,
          delivery_state, released_at, embargo_until) x) as action,
      (select coalesce(jsonb_agg(t), '[]') from (select subject, country, product_id, environment_id, remedy_id, state, n
          from tally where action_id = a.id and n <> 0) t) as tally,
      (select coalesce(jsonb_agg(x), '[]') from (select distinct p.id, p.name from product p join environment e on e.product_id = p.id
          join action_environment ae on ae.environment_id = e.id where ae.action_id = a.id) x) as products,
      (select coalesce(jsonb_agg(x), '[]') from (select e.id, p.name as product, e.name from environment e
          join action_environment ae on ae.environment_id = e.id join product p on p.id = e.product_id
          where ae.action_id = a.id order by p.name, e.position) x) as environments,
      (select coalesce(jsonb_agg(x), '[]') from (select id, name, position, status from remedy where action_id = a.id order by position) x) as remedies,
      (select to_jsonb(x) from (select coalesce(sum(n) filter (where state = 'missed'), 0) as missed,
          coalesce(sum(n) filter (where state = 'running' and due_on <= ${today}::date), 0) as today,
          coalesce(sum(n) filter (where state = 'running' and due_on <= ${today}::date + 7), 0) as week
          from tally_deadline where action_id = a.id) x) as deadlines,
      (select coalesce(jsonb_agg(x), '[]') from (select due_on::text, n from tally_deadline
          where action_id = a.id and state = 'running' and due_on < 'infinity' and n > 0 order by due_on limit 5) x) as due,
      (select coalesce(jsonb_agg(x), '[]') from (select kind, sum(n) as n, coalesce(sum(n) filter (where urgent), 0) as urgent,
          coalesce(sum(n) filter (where not owned), 0) as unowned from tally_task where action_id = a.id
          group by kind having sum(n) > 0 order by coalesce(sum(n) filter (where urgent), 0) > 0 desc, sum(n) desc) x) as tasks,
      (select coalesce(jsonb_agg(x), '[]') from (select o.party_id, p.name as party, o.country, o.corrections_open as owed,
          o.corrections_total as total, o.state from obligation o join party p on p.id = o.party_id
          where o.id in (
            (select id from obligation where action_id = a.id and state = 'silent' order by corrections_open desc limit 8)
            union all
            (select id from obligation where action_id = a.id and state = 'received' order by corrections_open desc limit 8))
          order by o.corrections_open desc, o.id limit 8) x) as owing,
      (select coalesce(jsonb_agg(x), '[]') from (select day::text, state, n from tally_day where action_id = a.id and n <> 0 order by day) x) as days,
      (select coalesce(jsonb_agg(x), '[]') from (select action, sum(n) as n from tally_hour
          where action_id = a.id and hour >= ${since} group by action order by 2 desc limit 12) x) as lately,
      (select to_jsonb(x) from (select id, version, state, number from notice where action_id = a.id order by version desc limit 1) x) as notice,
      (select to_jsonb(x) from (select id, state, units_in, units_out from scope_run where action_id = a.id order by id desc limit 1) x) as scope
    from action a where a.id = ${actionId}`.execute(reader);
  const row = rows[0];
  if (!row) return undefined;
  const corrections = row.tally.filter((line) => line.subject === 'correction');
  const onRungs = row.tally.filter((line) => line.subject === 'rung');
  const named = <T extends { id: number }>(list: T[], key: 'product_id' | 'environment_id' | 'remedy_id') =>
    list.map((item) => ({ ...item, ...countStates(corrections.filter((line) => line[key] === item.id)) }));
  const countries = [...Map.groupBy(corrections, (line) => line.country)].map(([country, lines]) => ({
    country,
    ...countStates(lines),
  }));
  return {
    action: {
      ...row.action,
      stage_since: new Date(row.action.stage_since ?? 0),
      released_at: row.action.released_at ? new Date(row.action.released_at) : null,
      embargo_until: row.action.embargo_until ? new Date(row.action.embargo_until) : null,
    },
    corrections: countStates(corrections).counts,
    total: countStates(corrections).total,
    rungs: rungCounts(onRungs),
    countries: countries.sort((a, b) => b.total - a.total || a.country.localeCompare(b.country)),
    products: named(row.products, 'product_id'),
    environments: named(row.environments, 'environment_id').map((environment) => ({
      ...environment,
      rungs: rungCounts(onRungs.filter((line) => line.environment_id === environment.id)),
    })),
    remedies: named(row.remedies, 'remedy_id'),
    obligations: countBy(row.tally, 'obligation'),
    notices: countBy(row.tally, 'notice'),
    reminders: countBy(row.tally, 'reminder'),
    deadlines: { ...row.deadlines, next: row.due },
    tasks: row.tasks,
    owing: row.owing,
    days: row.days,
    lately: row.lately,
    notice: row.notice,
    scope: row.scope,
  };
}

function countStates(lines: { state: string; n: number }[]): { counts: StateCounts; total: number } {
  const counts: StateCounts = {};
  let total = 0;
  for (const line of lines) {
    const state = line.state as CorrectionStateName;
    counts[state] = (counts[state] ?? 0) + line.n;
    total += line.n;
  }
  return { counts, total };
}

function countBy(tally: { subject: string; state: string; n: number }[], subject: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of tally) if (line.subject === subject) counts[line.state] = (counts[line.state] ?? 0) + line.n;
  return counts;
}
