import { type RawBuilder, sql } from 'kysely';
import type { CorrectionStateName } from '../../db/schema.ts';
import { type FixPath, fixPaths, startHash } from '../../domain/permanent-fix.ts';
import type { Reader } from '../context.ts';
import { idFilter, type ListDefinition, likeAnywhere, likePrefix, where } from './list.ts';

/** One permanent fix with how many corrections stand where. */
export interface FixFigures {
  remedyId: number;
  remedy: string;
  actionId: number;
  reference: string;
  /** What it replaces, and where that was. */
  supersedes: string;
  supersededActionId: number;
  supersededReference: string;
  paths: Record<FixPath, number>;
  total: number;
}

/**
 * The permanent fixes an action has a part in: its own remedies that supersede another, and those of the action that
 * follows it. Counts come from kept figures: the cost does not grow with the field.
 */
export async function loadFixFigures(reader: Reader, actionId: number): Promise<FixFigures[]> {
  const { rows } = await sql<Omit<FixFigures, 'paths' | 'total'> & { counted: Partial<Record<FixPath, number>> }>`
    select r.id as "remedyId", r.name as remedy, r.action_id as "actionId", a.reference, s.name as supersedes,
        s.action_id as "supersededActionId", b.reference as "supersededReference",
        (select coalesce(jsonb_object_agg(path, n), '{}') from (select path, sum(n) as n from tally_fix_path
          where action_id = r.action_id and remedy_id = r.id group by path) t) as counted
      from remedy r join remedy s on s.id = r.supersedes_id join action a on a.id = r.action_id join action b on b.id = s.action_id
     where r.action_id = ${actionId} or s.action_id = ${actionId} order by r.id`.execute(reader);
  return rows.map(({ counted, ...row }) => {
    const paths = Object.fromEntries(fixPaths.map((path) => [path, counted[path] ?? 0])) as Record<FixPath, number>;
    return { ...row, paths, total: Object.values(paths).reduce((sum, n) => sum + n, 0) };
  });
}

/** The action that this one follows, and the one that follows it. */
export async function loadActionChain(
  reader: Reader,
  actionId: number,
): Promise<{
  predecessor: { id: number; reference: string } | null;
  successor: { id: number; reference: string } | null;
}> {
  const rows = await reader
    .selectFrom('action as a')
    .leftJoin('action as p', 'p.id', 'a.predecessor_id')
    .leftJoin('action as s', 's.predecessor_id', 'a.id')
    .select([
      'p.id as predecessor_id',
      'p.reference as predecessor',
      's.id as successor_id',
      's.reference as successor',
    ])
    .where('a.id', '=', actionId)
    .limit(1)
    .execute();
  const row = rows[0];
  return {
    predecessor: row?.predecessor_id && row.predecessor ? { id: row.predecessor_id, reference: row.predecessor } : null,
    successor: row?.successor_id && row.successor ? { id: row.successor_id, reference: row.successor } : null,
  };
}

export interface FixPathRow {
  id: number;
  serial: string;
  unit_id: number;
  product: string;
  environment: string;
  party_id: number;
  party: string;
  country: string;
  connected: boolean | null;
  path: FixPath;
  permanent: string;
  state: CorrectionStateName;
  since: Date;
  interim_id: number | null;
  interim_state: CorrectionStateName | null;
  /** What was said last about the interim patch: the reason of the form, or words of staff. */
  interim_reason: string | null;
  /** The patch's own evidence was given, or it was carried over from the permanent fix. */
  interim_carried: boolean;
}

/** The units of the permanent fixes of an action, as {@link loadFixFigures} counts them: one row a unit and environment. */
export const fixPathList: ListDefinition<FixPathRow, { actionId: number }> = {
  name: 'permanent-fix',
  rows: ({ filters, q }, { actionId }) => sql<FixPathRow>`
    select c.id, u.serial, c.unit_id, p.name as product, e.name as environment, c.party_id, pa.name as party, c.country,
        u.connected, c.fix_path as path, r.name as permanent, c.state, c.state_since as since, i.id as interim_id,
        i.state as interim_state, f.reason as interim_reason, coalesce(f.carried_from_id is not null, false) as interim_carried
      from remedy r
      join remedy s on s.id = r.supersedes_id
      join correction c on c.remedy_id = r.id and c.fix_path is not null
      join unit u on u.id = c.unit_id
      join product p on p.id = c.product_id
      join environment e on e.id = c.environment_id
      join party pa on pa.id = c.party_id
      left join correction i on i.unit_id = c.unit_id and i.environment_id = c.environment_id and i.remedy_id = s.id
      left join confirmation f on f.id = i.because_id
    ${where(
      sql`(r.action_id = ${actionId} or s.action_id = ${actionId})`,
      filters.path && sql`c.fix_path = any(${pathsOf(filters.path)}::text[])`,
      filters.remedy && sql`r.id = ${idFilter(filters.remedy)}`,
      filters.country && sql`c.country = ${filters.country}`,
      filters.product && sql`c.product_id = ${idFilter(filters.product)}`,
      filters.party && sql`c.party_id = ${idFilter(filters.party)}`,
      filters.internet && sql`u.connected = ${filters.internet === 'yes'}`,
      q !== '' &&
        sql`(u.serial like ${likePrefix(q.toUpperCase())} or lower(pa.name) like ${likeAnywhere(q.toLowerCase())})`,
    )}`,
  sortable: ['id', 'serial', 'product', 'environment', 'party', 'country', 'path', 'since'],
  defaultSort: 'id',
  id: 'id',
  filters: {
    path: [...fixPaths, 'owed'],
    remedy: 'text',
    country: 'text',
    product: 'text',
    party: 'text',
    internet: ['yes', 'no'],
  },
  columns: [
    { title: 'Serial number', value: (row) => row.serial },
    { title: 'Product', value: (row) => row.product },
    { title: 'Environment', value: (row) => row.environment },
    { title: 'Party', value: (row) => row.party },
    { title: 'Country', value: (row) => row.country },
    { title: 'Stands', value: (row) => row.path },
    { title: 'Interim patch', value: (row) => row.interim_state },
    { title: 'Said about it', value: (row) => row.interim_reason },
    { title: 'Permanent fix', value: (row) => row.state },
    { title: 'Since', value: (row) => row.since.toISOString() },
    { title: 'Connected', value: (row) => (row.connected === null ? null : row.connected ? 'yes' : 'no') },
    { title: 'Remedy', value: (row) => row.permanent },
  ],
};

/** `owed` is everything that still needs the permanent fix; else one path. */
function pathsOf(filter: string): string[] {
  return filter === 'owed' ? ['neither', 'interim'] : [filter];
}

export interface RefusedRow {
  id: number;
  party_id: number;
  party: string;
  country: string;
  /** What was refused: to act or answer when asked, or to hand over the list of customers. */
  what: 'action' | 'customer-list';
  why: string;
  by: string;
  at: Date;
  reference: string;
  open: number | null;
}

/** Who refused, in this action or the one it follows, and why: whoever asks again should know. */
export const refusedList: ListDefinition<RefusedRow, { actionId: number }> = {
  name: 'refused',
  rows: ({ filters, q }, { actionId }) => sql<RefusedRow>`
    select x.id, x.party_id, p.name as party, p.country, x.what, x.why, x.by, x.at, a.reference,
        (select o.corrections_open from obligation o where o.action_id = ${actionId} and o.party_id = x.party_id) as open
      from (${refusedRows(actionId)}) x join party p on p.id = x.party_id join action a on a.id = x.action_id
    ${where(
      filters.what && sql`x.what = ${filters.what}`,
      filters.country && sql`p.country = ${filters.country}`,
      q !== '' && sql`(p.name ilike ${likeAnywhere(q)} or x.why ilike ${likeAnywhere(q)})`,
    )}`,
  sortable: ['id', 'party', 'country', 'at'],
  defaultSort: '-at',
  id: 'id',
  filters: { what: ['action', 'customer-list'], country: 'text' },
  columns: [
    { title: 'Party', value: (row) => row.party },
    { title: 'Country', value: (row) => row.country },
    { title: 'Refused', value: (row) => row.what },
    { title: 'Why', value: (row) => row.why },
    { title: 'By', value: (row) => row.by },
    { title: 'At', value: (row) => row.at.toISOString() },
    { title: 'Action', value: (row) => row.reference },
    { title: 'Owes now', value: (row) => row.open },
  ],
};

/** The action itself and the one it follows. */
const chain = (actionId: number) => sql`select id from action where id = ${actionId}
  union select predecessor_id from action where id = ${actionId} and predecessor_id is not null`;

function refusedRows(actionId: number): RawBuilder<unknown> {
  return sql`
    select t.id * 2 as id, t.party_id, t.action_id, 'action' as what, t.text as why, t.by_name as by, t.at
      from attempt t where t.action_id in (${chain(actionId)}) and t.outcome = 'refused'
    union all
    select t.id * 2 + 1, t.party_id, t.action_id, 'customer-list', coalesce(t.detail ->> 'customer-list-reason', ''),
        coalesce(y.signature ->> 'name', y.recorded_by, ''), t.created_at
      from task t left join reply y on y.id = t.reply_id
     where t.action_id in (${chain(actionId)}) and t.kind = 'customer-list-refused' and t.party_id is not null`;
}

/** Where the permanent fix of an action stands: what its page shows besides the figures. */
export async function loadPermanentPage(reader: Reader, actionId: number) {
  const { rows } = await sql<{
    predecessor: { id: number; reference: string } | null;
    successor: { id: number; reference: string; stage: string } | null;
    remedies: {
      id: number;
      kind: string;
      name: string;
      status: string;
      supersedesId: number | null;
      description: string;
      prerequisites: string[];
      sideEffects: string[];
      start: { id: number; state: string; made: number; by: string; at: string; hash: string } | null;
      packages: number;
      /** Signatures on the start that stand. */
      signatures: { role: string; name: string; at: string }[];
    }[];
    refused: number;
    kits: number;
  }>`
    select
      (select to_jsonb(x) from (select b.id, b.reference from action b where b.id = a.predecessor_id) x) as predecessor,
      (select to_jsonb(x) from (select b.id, b.reference, b.stage from action b where b.predecessor_id = a.id order by b.id limit 1) x) as successor,
      (select coalesce(jsonb_agg(x order by x.position), '[]') from (
        select r.id, r.position, r.kind, r.name, r.status, r.supersedes_id as "supersedesId",
            r.description, r.prerequisites, r.side_effects as "sideEffects",
            (select count(*)::int from package k where k.remedy_id = r.id and k.state = 'released') as packages,
            (select coalesce(jsonb_agg(jsonb_build_object('role', g.role, 'name', g.staff_name, 'at', g.signed_at) order by g.id), '[]')
              from signature g where g.subject_kind = 'remedy' and g.subject_id = r.id::text and g.voided_at is null) as signatures,
            (select jsonb_build_object('id', s.id, 'state', s.state, 'made', s.made, 'by', s.proposed_by, 'at', s.proposed_at,
                'hash', s.content_hash) from remedy_start s where s.remedy_id = r.id and s.state <> 'withdrawn') as start
          from remedy r where r.action_id = a.id) x) as remedies,
      (select count(distinct party_id)::int from (${refusedRows(actionId)}) f) as refused,
      (select count(*)::int from kit t where t.action_id = a.id and t.state in ('requested', 'prepared', 'shipped')) as kits
    from action a where a.id = ${actionId}`.execute(reader);
  const row = rows[0];
  // What a signature on the start would cover as the remedy is now.
  return (
    row && {
      ...row,
      remedies: row.remedies.map((remedy) => ({
        ...remedy,
        hash:
          remedy.supersedesId === null
            ? null
            : startHash({ ...remedy, remedyId: remedy.id, supersedesId: remedy.supersedesId }),
      })),
    }
  );
}
export type PermanentPage = NonNullable<Awaited<ReturnType<typeof loadPermanentPage>>>;
