/** Whom to call: everybody a letter does not reach, who does not answer, or to whom a call was promised. */
import { type RawBuilder, sql } from 'kysely';
import { type CallOutcome, type CallReason, callOutcomes, callReasons, outcomeRules } from '../../domain/call.ts';
import { callHours } from '../../domain/call-hours.ts';
import type { Context, Reader } from '../context.ts';
import { loadCalendars } from '../deadlines.ts';
import {
  COUNT_LIMIT,
  idFilter,
  type ListDefinition,
  type ListPage,
  type ListRequest,
  likeAnywhere,
  order,
  where,
} from './list.ts';

/** Days without a word after which a party is called, unless the list is asked for others. */
export const SILENT_DAYS = 5;

export interface CallRow {
  id: number;
  party_id: number;
  party: string;
  ref: string;
  country: string;
  region: string;
  zone: string;
  /** Whether an office is open there now. */
  now: boolean;
  why: CallReason;
  /** Since when it has to be called. */
  since: Date;
  /** Not before this moment; null: at any time. */
  not_before: Date | null;
  contact_id: number | null;
  contact: string;
  phone: string;
  languages: string[];
  owed: number;
  calls: number;
  last_at: Date | null;
  last_outcome: string | null;
  last_by: string;
  call_back_at: Date | null;
  claimed_by: string | null;
  claimed_by_id: string | null;
  claimed_until: Date | null;
  /** The order of the list: due before later, then by urgency, then by age. */
  place: number;
}

/** What the list is about, with the places where an office is open at this moment. */
export interface CallScope {
  actionId: number;
  now: Date;
  /** `country|region|zone` of each place. */
  open: string[];
}

/** Looks up where offices are open now, one answer for each country, state and zone of the action. */
export async function callScope(ctx: Pick<Context, 'db' | 'calendar' | 'now'>, actionId: number): Promise<CallScope> {
  const now = ctx.now();
  const calendarOf = await loadCalendars(ctx.db, ctx);
  const { rows } = await sql<{ country: string; region: string; zone: string }>`
    select distinct p.country, p.region, ${zoneOf} as zone
      from obligation o join party p on p.id = o.party_id
     where o.action_id = ${actionId} and o.state <> 'done'`.execute(ctx.db);
  const open = rows.filter((place) => callHours(now, place, calendarOf(place.country)).open);
  return { actionId, now, open: open.map((place) => `${place.country}|${place.region}|${place.zone}`) };
}

/** The zone of a party: of its first site that names one. */
const zoneOf = sql`coalesce((select s.zone from site s where s.party_id = p.id and s.zone <> '' order by s.id limit 1), '')`;

/** When the party of a last call `l` may be called again, by the table of outcomes. */
const notBefore = sql`case ${sql.join(
  callOutcomes.flatMap((outcome: CallOutcome) => {
    const { againAfter } = outcomeRules[outcome];
    if (outcome === 'call-back') return [sql`when l.outcome = 'call-back' then l.call_back_at`];
    return againAfter ? [sql`when l.outcome = ${outcome} then l.at + make_interval(hours => ${againAfter}::int)`] : [];
  }),
  sql` `,
)} end`;

/** A number as `phoneDigits` of domain/call.ts writes it. */
export const phoneKey = (number: RawBuilder<unknown>): RawBuilder<string> => sql<string>`
  regexp_replace(regexp_replace(replace(${number}, '(0)', ''), '[^0-9+]', '', 'g'), '^00', '+')`;

/** Whether a number of party `p` can be dialled: there is one, and it has not proved wrong. */
const usable = (number: RawBuilder<unknown>): RawBuilder<unknown> => sql`(${number} <> '' and not exists (
  select 1 from reach_trouble r where r.party_id = p.id and r.kind = 'phone' and r.mended_at is null
     and r.value = ${phoneKey(number)}))`;

const taskOf = (kinds: RawBuilder<unknown>): RawBuilder<unknown> => sql`exists (
  select 1 from task t where t.party_id = o.party_id and t.action_id = o.action_id and t.state = 'open' and t.kind in (${kinds}))`;

/** Everybody who is to be called, with why; without filters. */
function calls(
  { actionId, now, open }: CallScope,
  silentDays: number,
  which: RawBuilder<unknown>,
): RawBuilder<CallRow> {
  const at = sql`${now}::timestamptz`;
  return sql<CallRow>`
    select *, (case when not_before is null or not_before <= ${at} then 0 else 10 end
        + array_position(${[...callReasons]}::text[], why))::bigint * 100000000000 + extract(epoch from since)::bigint as place
      from (
      select o.party_id as id, o.party_id, p.name as party, p.ref, p.country, p.region, z.zone,
          p.country || '|' || p.region || '|' || z.zone = any(${open}::text[]) as now,
          case when ${taskOf(sql`'suspected-compromise'`)} then 'urgent'
               when l.outcome = 'call-back' and l.call_back_at <= ${at} then 'call-back'
               when l.outcome = 'call-back' and l.call_back_at > ${at} then 'later'
               when o.state <> 'done' and exists (select 1 from delivery d where d.party_id = o.party_id
                 and d.action_id = o.action_id and d.channel = 'phone' and d.state = 'queued') then 'by-telephone'
               when o.state = 'silent' and o.notified_at is null and a.released_at is not null
                 and not exists (select 1 from delivery d where d.party_id = o.party_id and d.action_id = o.action_id
                   and d.state in ('queued', 'sending', 'sent', 'delivered', 'opened')) then 'no-address'
               when ${taskOf(sql`'telephone', 'call-number', 'package-withdrawn-call'`)} then 'asked'
               when o.state = 'silent' and o.notified_at <= ${at} - make_interval(days => ${silentDays}::int) then 'silent'
          end as why,
          coalesce(case when l.outcome = 'call-back' then l.call_back_at end, o.notified_at, a.released_at, o.created_at) as since,
          ${notBefore} as not_before, k.id as contact_id, coalesce(k.name, '') as contact,
          coalesce(nullif(k.phone, ''), case when ${usable(sql`p.phone`)} then p.phone else '' end) as phone,
          coalesce(k.languages, '{}') as languages, o.corrections_open as owed, coalesce(l.calls, 0)::int as calls,
          l.at as last_at, l.outcome as last_outcome, coalesce(l.by_name, '') as last_by, l.call_back_at,
          g.staff_name as claimed_by, g.staff_id as claimed_by_id, g.until as claimed_until
        from obligation o join party p on p.id = o.party_id join action a on a.id = o.action_id
        cross join lateral (select ${zoneOf} as zone) z
        left join lateral (select t.at, t.outcome, t.by_name, t.call_back_at, count(*) over () as calls
            from attempt t where t.action_id = o.action_id and t.party_id = o.party_id and t.kind = 'call'
            order by t.at desc, t.id desc limit 1) l on true
        left join lateral (select k.id, k.name, case when r.id is null then k.phone else '' end as phone, k.languages
            from contact k left join reach_trouble r on r.party_id = k.party_id and r.kind = 'phone'
                 and r.mended_at is null and k.phone <> '' and r.value = ${phoneKey(sql`k.phone`)}
            where k.party_id = o.party_id and k.status in ('active', 'unreachable')
            order by (k.phone <> '' and r.id is null) desc, k.status = 'active' desc, (k.role = 'recall') desc, k.id
            limit 1) k on true
        left join call_claim g on g.action_id = o.action_id and g.party_id = o.party_id and g.until > ${at}
       where o.action_id = ${actionId} and o.audience <> 'authority' and ${which}) listed
     where why is not null and not (why in ('asked', 'silent', 'no-address') and coalesce(last_outcome, '') = 'refused')`;
}

/** The conditions of the list. */
function asked({ filters, q }: Pick<ListRequest, 'filters' | 'q'>, scope: CallScope): RawBuilder<unknown> {
  return where(
    filters.why && sql`why = ${filters.why}`,
    filters.country && sql`country = ${filters.country}`,
    filters.language && sql`${filters.language} = any(languages)`,
    filters.hours === 'open' && sql`now`,
    filters.due === 'now' && sql`(not_before is null or not_before <= ${scope.now}::timestamptz)`,
    filters.taken === 'no' && sql`claimed_by is null`,
    filters.party && sql`party_id = ${idFilter(filters.party)}`,
    q !== '' &&
      sql`(lower(party) like ${likeAnywhere(q.toLowerCase())} or lower(contact) like ${likeAnywhere(q.toLowerCase())}
           or lower(ref) = ${q.toLowerCase()} or phone like ${likeAnywhere(q)})`,
  );
}

/** The list of calls. `silent`: after how many days without a word. */
export const callList: ListDefinition<CallRow, CallScope> = {
  name: 'calls',
  rows: (request, scope) => sql<CallRow>`
    select * from (${calls(scope, silentDays(request.filters.silent), sql`true`)}) found ${asked(request, scope)}`,
  sortable: ['place', 'party', 'country', 'since', 'calls', 'last_at', 'owed', 'id'],
  defaultSort: 'place',
  id: 'id',
  filters: {
    why: callReasons,
    country: 'text',
    language: 'text',
    hours: ['open'],
    due: ['now'],
    taken: ['no'],
    silent: 'text',
    party: 'text',
  },
  columns: [
    { title: 'Party', value: (row) => row.party },
    { title: 'Number', value: (row) => row.ref },
    { title: 'Country', value: (row) => row.country },
    { title: 'Why', value: (row) => row.why },
    { title: 'Since', value: (row) => row.since.toISOString() },
    { title: 'Contact', value: (row) => row.contact },
    { title: 'Telephone', value: (row) => row.phone },
    { title: 'Languages', value: (row) => row.languages.join(' ') },
    { title: 'Corrections not yet fixed', value: (row) => row.owed },
    { title: 'Calls', value: (row) => row.calls },
    { title: 'Last call', value: (row) => row.last_at?.toISOString() ?? null },
    { title: 'Outcome', value: (row) => row.last_outcome },
    { title: 'Call again at', value: (row) => row.not_before?.toISOString() ?? null },
  ],
};

/** Days of silence as typed into the URL: 1–365, else the usual ones. */
export function silentDays(text: string | undefined): number {
  const days = Number(text);
  return Number.isInteger(days) && days >= 1 && days <= 365 ? days : SILENT_DAYS;
}

/** The calls that are due and that nobody has, in the order they are to be made: those of open offices first. */
export async function loadNextCalls(
  reader: Reader,
  scope: CallScope,
  wish: {
    country?: string | undefined;
    language?: string | undefined;
    me: string;
    passedSince: Date;
    /** Parties one has just had. */
    had: readonly number[];
  },
): Promise<{ party_id: number; now: boolean }[]> {
  const { rows } = await sql<{ party_id: number; now: boolean }>`
    select party_id, now from (${calls(scope, SILENT_DAYS, sql`true`)}) found
    ${where(
      sql`(not_before is null or not_before <= ${scope.now}::timestamptz)`,
      sql`claimed_by is null and phone <> ''`,
      sql`party_id <> all(${[...wish.had]}::bigint[])`,
      sql`not exists (select 1 from call_claim c where c.action_id = ${scope.actionId} and c.party_id = found.party_id
            and c.staff_id = ${wish.me} and c.passed_at > ${wish.passedSince}::timestamptz)`,
      wish.country && sql`country = ${wish.country}`,
      wish.language && sql`${wish.language} = any(languages)`,
    )} order by (why = 'urgent') desc, now desc, place, id limit 20`.execute(reader);
  return rows;
}

/** One party's line of the list, whether or not it is to be called. */
export async function loadCallLine(reader: Reader, scope: CallScope, partyId: number): Promise<CallRow | undefined> {
  const { rows } = await sql<CallRow>`${calls(scope, SILENT_DAYS, sql`o.party_id = ${partyId}`)}`.execute(reader);
  return rows[0];
}

/** What the page of the list counts on top: each figure is a filter. */
export interface CallFigures {
  why: Partial<Record<CallReason, number>>;
  due: number;
  open: number;
  countries: string[];
  languages: string[];
}

/**
 * The page of the list in one look: the rows asked for, how many there are, and the figures of the whole list. Who is to be
 * called is worked out once for all three.
 */
export async function readCalls(
  reader: Reader,
  request: ListRequest,
  scope: CallScope,
): Promise<{ page: ListPage<CallRow>; figures: CallFigures }> {
  const conditions = asked(request, scope);
  // Without a row on this page there is one line all the same: the figures.
  const { rows } = await sql<Partial<CallRow> & { total: number; figures: CallFigures }>`
    with listed as materialized (${calls(scope, silentDays(request.filters.silent), sql`true`)}),
      marked as (select *, (not_before is null or not_before <= ${scope.now}::timestamptz) as due from listed),
      counted as (select
        (select count(*)::int from (select 1 from listed ${conditions} limit ${COUNT_LIMIT + 1}) c) as total,
        json_build_object(
          'why', (select coalesce(json_object_agg(why, n), '{}') from (select why, count(*)::int as n from listed group by why) w),
          'due', (select count(*)::int from marked where due),
          'open', (select count(*)::int from marked where due and now),
          'countries', (select coalesce(json_agg(distinct country), '[]') from listed),
          'languages', (select coalesce(json_agg(distinct languages[1]) filter (where languages[1] is not null), '[]')
            from listed)) as figures),
      page as (select *, row_number() over (${order(callList, request)})::int as nth from listed ${conditions}
        order by nth limit ${request.size} offset ${(request.page - 1) * request.size})
    select counted.total, counted.figures, page.* from counted left join page on true order by nth`.execute(reader);
  const total = rows[0]?.total ?? 0;
  const empty: CallFigures = { why: {}, due: 0, open: 0, countries: [], languages: [] };
  return {
    page: {
      rows: rows.filter((row) => row.id !== null).map(rowOf),
      total: total > COUNT_LIMIT ? { atLeast: COUNT_LIMIT } : total,
    },
    figures: rows[0]?.figures ?? empty,
  };
}

/** A line of the joined answer without what belongs to all of them. */
function rowOf(line: Partial<CallRow> & { total: number; figures: CallFigures; nth?: number }): CallRow {
  const { total: _total, figures: _figures, nth: _nth, ...row } = line;
  // The left join found a row: all its columns are there.
  return row as CallRow;
}

/** Parties of the list because a call was promised for an hour that has come: those who suspect a break-in stand elsewhere. */
export async function countPromisedCalls(reader: Reader, actionId: number, now: Date): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from (
      select distinct on (t.party_id) t.outcome, t.call_back_at from attempt t
        join obligation o on o.action_id = t.action_id and o.party_id = t.party_id and o.audience <> 'authority'
       where t.action_id = ${actionId} and t.kind = 'call' and not ${taskOf(sql`'suspected-compromise'`)}
       order by t.party_id, t.at desc, t.id desc) last
     where outcome = 'call-back' and call_back_at <= ${now}::timestamptz`.execute(reader);
  return rows[0]?.n ?? 0;
}
