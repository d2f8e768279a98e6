import { type RawBuilder, sql } from 'kysely';
import type { CorrectionStateName, Day } from '../../db/schema.ts';
import { type FollowUpOutcome, type FollowUpQueue, followUpQueues, readSilentDays } from '../../domain/follow-up.ts';
import type { Reader } from '../context.ts';
import { idFilter, type ListDefinition, likeAnywhere, likePrefix, where } from './list.ts';

export interface FollowUpRow {
  /** The correction. */
  id: number;
  serial: string;
  unit_id: number;
  product: string;
  environment: string;
  remedy: string;
  party_id: number;
  party: string;
  country: string;
  state: CorrectionStateName;
  /** Since when it stands in the queue. */
  since: Date;
  /** Whole days since then. */
  days: number;
  /** What is known beside: which mode is done, what was said. */
  detail: string | null;
  /** The answer that stands, if one does. */
  outcome: FollowUpOutcome | null;
  note: string | null;
  until: Day | null;
  answered_by: string | null;
  answered_at: Date | null;
}

/** What the list is about: one action, at a moment. The queue may come as a filter instead. */
export interface FollowUpScope {
  actionId: number;
  now: Date;
  queue?: FollowUpQueue;
}

/** How a queue is read: which corrections stand in it, since when, and what is known beside. */
interface QueueSelect {
  condition: (days: number, now: Date) => RawBuilder<unknown>;
  since: RawBuilder<unknown>;
  detail: RawBuilder<unknown>;
}

/** The state of the same unit and remedy in its other environments, where it is done. */
const doneElsewhere = sql`from correction c2 join environment e2 on e2.id = c2.environment_id
  where c2.action_id = c.action_id and c2.unit_id = c.unit_id and c2.remedy_id = c.remedy_id and c2.environment_id <> c.environment_id
    and c2.state in ('stated', 'confirmed', 'verified')`;

/** Who said what the state rests on, and until when they put it off. */
const saidBy = sql`(select concat_ws(', ', nullif(coalesce(y.signature ->> 'name', f.by_name), ''), 'planned on ' || (f.detail ->> 'plannedOn'))
  from (select 1) one left join reply y on y.id = f.reply_id)`;

const queues: Readonly<Record<FollowUpQueue, QueueSelect>> = {
  downloaded: {
    condition: (days, now) =>
      sql`c.has_file_at <= ${new Date(now.getTime() - days * 86_400_000)} and c.rung = 'downloaded' and c.state = 'open'`,
    since: sql`c.has_file_at`,
    detail: sql`nullif(concat_ws(', ', nullif(f.reason, ''), 'planned on ' || (f.detail ->> 'plannedOn')), '')`,
  },
  'stated-without-file': {
    condition: () => sql`c.state = 'stated' and c.has_file_at is null
      and exists (select 1 from package k where k.remedy_id = c.remedy_id and k.released_at is not null)`,
    since: sql`c.state_since`,
    detail: saidBy,
  },
  'one-environment': {
    condition: () => sql`c.state in ('open', 'blocked') and exists (select 1 ${doneElsewhere})`,
    since: sql`(select min(c2.state_since) ${doneElsewhere})`,
    detail: sql`(select string_agg(e2.name || ': ' || c2.state, ', ' order by e2.position) ${doneElsewhere})`,
  },
  'remote-interface': {
    condition: () => sql`c.state = 'blocked' and f.reason = 'needs-web-interface'`,
    since: sql`c.state_since`,
    detail: saidBy,
  },
};

/** Whether the last answer still holds: not taken back, its day not come, and nothing new was said since. */
const stands = (
  today: string,
) => sql`(a.id is not null and a.outcome <> 'back' and (a.until is null or a.until > ${today}::date)
  and a.because_id is not distinct from c.because_id)`;

/** The queue of this name; undefined when there is none. */
export function findQueue(name: string | undefined): FollowUpQueue | undefined {
  return followUpQueues.find((queue) => queue === name);
}

/**
 * Corrections of an action that stand still on the ladder of evidence, one queue at a time (domain/follow-up.ts). Those
 * that were asked about leave it until something new is said or the day comes that was given; `answered=yes` lists them.
 */
export const followUpList: ListDefinition<FollowUpRow, FollowUpScope> = {
  name: 'follow-up',
  rows: ({ filters, q }, { actionId, now, ...scope }) => {
    const queue = scope.queue ?? findQueue(filters.queue) ?? 'downloaded';
    const { condition, since, detail } = queues[queue];
    const today = now.toISOString().slice(0, 10);
    // Left joins, though each row is there: those that a count does not need are then left out of its plan.
    return sql<FollowUpRow>`
      select x.*, greatest(0, floor(extract(epoch from ${now}::timestamptz - x.since) / 86400))::int as days from (
      select c.id, u.serial, c.unit_id, p.name as product, e.name as environment, r.name as remedy, c.party_id,
          pa.name as party, c.country, c.state, ${since} as since, ${detail} as detail,
          case when ${stands(today)} then a.outcome end as outcome, case when ${stands(today)} then a.note end as note,
          case when ${stands(today)} then a.until end as until, case when ${stands(today)} then a.by_name end as answered_by,
          case when ${stands(today)} then a.at end as answered_at
        from correction c
        left join unit u on u.id = c.unit_id
        left join product p on p.id = c.product_id
        left join environment e on e.id = c.environment_id
        left join remedy r on r.id = c.remedy_id
        left join party pa on pa.id = c.party_id
        left join confirmation f on f.id = c.because_id
        left join lateral (select * from follow_up where correction_id = c.id and queue = ${queue} order by id desc limit 1) a on true
      ${where(
        sql`c.action_id = ${actionId}`,
        condition(readSilentDays(filters.days), now),
        // Who asks for an answer means those that have it.
        (filters.answered === 'yes' || filters.outcome) && stands(today),
        filters.answered === undefined && !filters.outcome && sql`not ${stands(today)}`,
        filters.outcome && sql`a.outcome = ${filters.outcome}`,
        filters.country && sql`c.country = ${filters.country}`,
        filters.environment && sql`c.environment_id = ${idFilter(filters.environment)}`,
        filters.party && sql`c.party_id = ${idFilter(filters.party)}`,
        filters.correction && sql`c.id = ${idFilter(filters.correction)}`,
        q !== '' &&
          sql`(u.serial like ${likePrefix(q.toUpperCase())} or lower(pa.name) like ${likeAnywhere(q.toLowerCase())})`,
      )}) x`;
  },
  sortable: ['id', 'since', 'party', 'serial', 'environment', 'country', 'until'],
  defaultSort: 'since',
  id: 'id',
  filters: {
    queue: followUpQueues,
    // Only of the queue `downloaded`: days the file has been there.
    days: 'text',
    answered: ['yes', 'all'],
    outcome: 'text',
    country: 'text',
    environment: 'text',
    party: 'text',
    correction: 'text',
  },
  columns: [
    { title: 'Serial number', value: (row) => row.serial },
    { title: 'Product', value: (row) => row.product },
    { title: 'Environment', value: (row) => row.environment },
    { title: 'Remedy', value: (row) => row.remedy },
    { title: 'Party', value: (row) => row.party },
    { title: 'Country', value: (row) => row.country },
    { title: 'State', value: (row) => row.state },
    { title: 'Since', value: (row) => row.since.toISOString() },
    { title: 'Days', value: (row) => row.days },
    { title: 'Detail', value: (row) => row.detail },
    { title: 'Answer', value: (row) => row.outcome },
    { title: 'Note', value: (row) => row.note },
    { title: 'Until', value: (row) => row.until },
    { title: 'Answered by', value: (row) => row.answered_by },
    { title: 'Answered', value: (row) => row.answered_at?.toISOString() ?? null },
  ],
};

/** Counting further than this costs more than anybody gains from the figure. */
const MOST_COUNTED = 100_000;

/** How many wait in each queue of an action; {@link MOST_COUNTED} stands for that many or more. */
export async function countFollowUps(
  reader: Reader,
  scope: FollowUpScope,
  days?: string,
): Promise<Record<FollowUpQueue, number>> {
  const counts: Partial<Record<FollowUpQueue, number>> = {};
  for (const queue of followUpQueues) {
    const filters: Record<string, string> = days === undefined ? {} : { days };
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from (select 1 from (${followUpList.rows({ filters, q: '' }, { ...scope, queue })}) y limit ${MOST_COUNTED}) counted`.execute(
      reader,
    );
    counts[queue] = rows[0]?.n ?? 0;
  }
  return counts as Record<FollowUpQueue, number>;
}

/** The queues one correction stands in now, each with the answer that holds. Silence counts from its first day. */
export async function loadQueuesOf(
  reader: Reader,
  scope: FollowUpScope,
  correctionId: number,
): Promise<(FollowUpRow & { queue: FollowUpQueue })[]> {
  const found: (FollowUpRow & { queue: FollowUpQueue })[] = [];
  for (const queue of followUpQueues) {
    const filters = { answered: 'all', days: '0', correction: String(correctionId) };
    const { rows } = await followUpList.rows({ filters, q: '' }, { ...scope, queue }).execute(reader);
    for (const row of rows) found.push({ ...row, queue });
  }
  return found;
}

/** Other corrections of a party that wait in a queue unanswered, at most `most`: answered together with one of them. */
export async function findSameParty(
  reader: Reader,
  scope: FollowUpScope,
  about: { partyId: number; correctionId: number },
  most: number,
): Promise<number[]> {
  const filters = { party: String(about.partyId), days: '0' };
  const { rows } = await sql<{ id: number }>`
    select id from (${followUpList.rows({ filters, q: '' }, scope)}) y where id <> ${about.correctionId} order by id limit ${most}`.execute(
    reader,
  );
  return rows.map((row) => row.id);
}

export interface FollowUpEntry {
  id: number;
  queue: FollowUpQueue;
  outcome: FollowUpOutcome;
  note: string;
  until: Day | null;
  by_name: string;
  at: Date;
}

/** Everything that came of asking about one correction, the latest first. */
export async function loadFollowUps(reader: Reader, correctionId: number): Promise<FollowUpEntry[]> {
  return reader
    .selectFrom('follow_up')
    .select(['id', 'queue', 'outcome', 'note', 'until', 'by_name', 'at'])
    .where('correction_id', '=', correctionId)
    .orderBy('id', 'desc')
    .limit(100)
    .execute();
}
