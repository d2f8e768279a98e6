import { sql } from 'kysely';
import type { KitState } from '../../domain/kit.ts';
import type { Reader } from '../context.ts';
import { type ListDefinition, likeAnywhere, where } from './list.ts';

/** States in which support has something to do or to wait for. */
const OPEN = ['requested', 'prepared', 'shipped'] as const;
const states = [...OPEN, 'received', 'returned', 'destroyed', 'cancelled'] as const;

export interface KitRow {
  id: number;
  state: KitState;
  state_since: Date;
  party_id: number;
  party: string;
  country: string;
  reference: string;
  remedy: string;
  corrections: number;
  confirmed: number;
  good_until: Date | null;
  carrier: string;
  tracking: string;
}

/** Every kit, with how many of its corrections have come as far as a code. */
export const kitList: ListDefinition<KitRow> = {
  name: 'kits',
  rows: ({ filters, q }) => {
    const like = likeAnywhere(q);
    const state = filters.state;
    return sql<KitRow>`select t.id, t.state, t.state_since, t.party_id, p.name as party, p.country, a.reference,
        r.name as remedy, t.good_until, t.carrier, t.tracking,
        (select count(*)::int from kit_correction x where x.kit_id = t.id) as corrections,
        (select count(*)::int from kit_correction x join correction c on c.id = x.correction_id
          where x.kit_id = t.id and c.state in ('confirmed', 'verified')) as confirmed
      from kit t join party p on p.id = t.party_id join action a on a.id = t.action_id join remedy r on r.id = t.remedy_id
      ${where(
        state === 'open' && sql`t.state = any(${[...OPEN]}::text[])`,
        state !== undefined && state !== 'open' && sql`t.state = ${state}`,
        filters.action !== undefined && sql`a.reference = ${filters.action}`,
        q !== '' && sql`(p.name ilike ${like} or t.tracking ilike ${like})`,
      )}`;
  },
  sortable: ['state', 'state_since', 'party', 'good_until'],
  defaultSort: 'state_since',
  id: 'id',
  filters: { state: ['open', ...states], action: 'text' },
  columns: [
    { title: 'Kit', value: (row) => row.id },
    { title: 'State', value: (row) => row.state },
    { title: 'Since', value: (row) => row.state_since.toISOString() },
    { title: 'Party', value: (row) => row.party },
    { title: 'Country', value: (row) => row.country },
    { title: 'Action', value: (row) => row.reference },
    { title: 'Corrections', value: (row) => row.corrections },
    { title: 'Confirmed', value: (row) => row.confirmed },
    { title: 'Good until', value: (row) => row.good_until?.toISOString().slice(0, 10) ?? null },
    { title: 'Carrier', value: (row) => row.carrier },
    { title: 'Tracking', value: (row) => row.tracking },
  ],
};

/** A kit with what is in it. */
export async function loadKit(reader: Reader, id: number) {
  const kit = await reader
    .selectFrom('kit as t')
    .innerJoin('party as p', 'p.id', 't.party_id')
    .innerJoin('remedy as r', 'r.id', 't.remedy_id')
    .innerJoin('action as a', 'a.id', 't.action_id')
    .leftJoin('package as k', 'k.id', 't.package_id')
    .selectAll('t')
    .select(['p.name as party', 'r.name as remedy', 'a.reference', 'k.file_name as file', 'k.version'])
    .where('t.id', '=', id)
    .executeTakeFirst();
  if (!kit) return undefined;
  const corrections = await reader
    .selectFrom('kit_correction as x')
    .innerJoin('correction as c', 'c.id', 'x.correction_id')
    .innerJoin('unit as u', 'u.id', 'c.unit_id')
    .innerJoin('environment as e', 'e.id', 'c.environment_id')
    .select(['c.id', 'c.state', 'u.serial', 'e.code as environment'])
    .where('x.kit_id', '=', id)
    .orderBy('u.serial')
    .orderBy('e.position')
    .execute();
  return { ...kit, corrections };
}
export type KitPage = NonNullable<Awaited<ReturnType<typeof loadKit>>>;

/** What a kit for a party could be for: corrections that are still owed, of remedies with a released package. */
export async function loadKitChoices(reader: Reader, partyId: number) {
  const { rows } = await sql<{
    id: number;
    serial: string;
    environment: string;
    remedy: string;
    remedyId: number;
    connected: boolean | null;
  }>`
    select c.id, u.serial, e.code as environment, r.name as remedy, r.id as "remedyId", u.connected
      from correction c join unit u on u.id = c.unit_id join environment e on e.id = c.environment_id
        join remedy r on r.id = c.remedy_id
     where c.party_id = ${partyId} and c.state in ('open', 'stated', 'blocked')
       and exists (select 1 from package k where k.remedy_id = r.id and k.state = 'released')
     order by r.id, u.serial, e.position limit 500`.execute(reader);
  return rows;
}
