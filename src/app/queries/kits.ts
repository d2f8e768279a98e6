import { type RawBuilder, sql } from 'kysely';
import { KIT_WAITS, type KitState, type KitWay, kitStates, type ShipTo } from '../../domain/kit.ts';
import type { Reader } from '../context.ts';
import { idFilter, type ListDefinition, likeAnywhere, where } from './list.ts';

/** States in which support has something to do or to wait for. */
export const openKitStates: readonly KitState[] = ['requested', 'prepared', 'shipped'];

export interface KitRow {
  id: number;
  state: KitState;
  state_since: Date;
  requested_at: Date;
  party_id: number;
  party: string;
  country: string;
  city: string;
  reference: string;
  remedy: string;
  way: KitWay;
  corrections: number;
  confirmed: number;
  good_until: Date | null;
  carrier: string;
  tracking: string;
  visit_on: string | null;
  /** Longer in its state than it should be: domain/kit.ts, KIT_WAITS. */
  overdue: boolean;
  /** It holds a package that was withdrawn, and is not accounted for. */
  withdrawn: boolean;
}

/** What a list of kits is reckoned by. */
export interface KitClock {
  now: Date;
}

/** Whether a kit of the table `t` has been in its state for too long. An engineer's visit counts from its day. */
export function kitOverdue(now: Date): RawBuilder<boolean> {
  const since = sql`greatest(t.state_since, t.visit_on::timestamptz)`;
  const late = Object.entries(KIT_WAITS).map(
    ([state, days]) => sql`(t.state = ${state} and ${since} < ${new Date(now.getTime() - days * 86_400_000)})`,
  );
  return sql<boolean>`(${sql.join(late, sql` or `)})`;
}

/** Whether a kit of the table `t` will bring something: it waits, or is on its way and not for so long that it may be lost. */
export function kitOnItsWay(now: Date): RawBuilder<boolean> {
  return sql<boolean>`(t.state = any(${[...openKitStates]}::text[]) and not (t.state = 'shipped' and ${kitOverdue(now)}))`;
}

/** Whether a kit of the table `t` is out there with a package that was withdrawn. */
const isWithdrawn = sql<boolean>`(t.state in ('prepared', 'shipped', 'received') and exists (
  select 1 from package w where w.id = t.package_id and w.state = 'withdrawn'))`;

/** Every kit, with how many of its corrections have come as far as a code. */
export const kitList: ListDefinition<KitRow, KitClock> = {
  name: 'kits',
  rows: ({ filters, q }, { now }) => {
    const like = likeAnywhere(q);
    const state = filters.state;
    return sql<KitRow>`select t.id, t.state, t.state_since, t.requested_at, t.party_id, p.name as party,
        coalesce(nullif(t.ship_to ->> 'country', ''), p.country) as country, coalesce(t.ship_to ->> 'city', '') as city,
        a.reference, r.name as remedy, t.way, t.good_until, t.carrier, t.tracking, t.visit_on,
        ${kitOverdue(now)} as overdue, ${isWithdrawn} as withdrawn,
        (select count(*)::int from kit_correction x where x.kit_id = t.id) as corrections,
        (select count(*)::int from kit_correction x join correction c on c.id = x.correction_id
          where x.kit_id = t.id and c.state in ('confirmed', 'verified')) as confirmed
      from kit t join party p on p.id = t.party_id join action a on a.id = t.action_id join remedy r on r.id = t.remedy_id
      ${where(
        state === 'open' && sql`t.state = any(${[...openKitStates]}::text[])`,
        state !== undefined && state !== 'open' && sql`t.state = ${state}`,
        filters.attention === 'overdue' && kitOverdue(now),
        filters.attention === 'withdrawn' && isWithdrawn,
        filters.way !== undefined && sql`t.way = ${filters.way}`,
        filters.action !== undefined && sql`a.reference = ${filters.action}`,
        filters.party !== undefined && sql`t.party_id = ${idFilter(filters.party)}`,
        filters.package !== undefined && sql`t.package_id = ${idFilter(filters.package)}`,
        q !== '' &&
          sql`(p.name ilike ${like} or t.tracking ilike ${like} or t.carrier ilike ${like} or t.id::text = ${q}
            or exists (select 1 from kit_correction x join correction c on c.id = x.correction_id
                         join unit u on u.id = c.unit_id where x.kit_id = t.id and u.serial ilike ${like}))`,
      )}`;
  },
  sortable: ['state', 'state_since', 'requested_at', 'party', 'good_until'],
  defaultSort: 'state_since',
  id: 'id',
  filters: {
    state: ['open', ...kitStates],
    attention: ['overdue', 'withdrawn'],
    way: ['post', 'visit'],
    action: 'text',
    party: 'text',
    package: 'text',
  },
  columns: [
    { title: 'Kit', value: (row) => row.id },
    { title: 'State', value: (row) => row.state },
    { title: 'Since', value: (row) => row.state_since.toISOString() },
    { title: 'Asked for', value: (row) => row.requested_at.toISOString() },
    { title: 'Overdue', value: (row) => (row.overdue ? 'yes' : 'no') },
    { title: 'Party', value: (row) => row.party },
    { title: 'Town', value: (row) => row.city },
    { title: 'Country', value: (row) => row.country },
    { title: 'Action', value: (row) => row.reference },
    { title: 'Way', value: (row) => row.way },
    { title: 'Corrections', value: (row) => row.corrections },
    { title: 'Confirmed', value: (row) => row.confirmed },
    { title: 'Good until', value: (row) => row.good_until?.toISOString().slice(0, 10) ?? null },
    { title: 'Carrier', value: (row) => row.carrier },
    { title: 'Tracking', value: (row) => row.tracking },
    { title: 'Visit', value: (row) => row.visit_on },
  ],
};

/** How many kits are in each state, and how many need somebody. */
export async function countKits(
  reader: Reader,
  now: Date,
): Promise<Record<KitState | 'overdue' | 'withdrawn', number>> {
  const { rows } = await sql<Record<KitState | 'overdue' | 'withdrawn', number>>`select
      ${sql.join(kitStates.map((state) => sql`count(*) filter (where t.state = ${state})::int as ${sql.ref(state)}`))},
      count(*) filter (where ${kitOverdue(now)})::int as overdue, count(*) filter (where ${isWithdrawn})::int as withdrawn
    from kit t`.execute(reader);
  const [row] = rows;
  if (!row) throw new Error('A count gave no row');
  return row;
}

/** A kit with what is in it. */
export async function loadKit(reader: Reader, id: number, now: Date) {
  const kit = await reader
    .selectFrom('kit as t')
    .innerJoin('party as p', 'p.id', 't.party_id')
    .innerJoin('remedy as r', 'r.id', 't.remedy_id')
    .innerJoin('action as a', 'a.id', 't.action_id')
    .leftJoin('package as k', 'k.id', 't.package_id')
    .leftJoin('contact as c', 'c.id', 't.contact_id')
    .selectAll('t')
    .select(['p.name as party', 'r.name as remedy', 'a.reference', 'k.file_name as file', 'k.version'])
    .select(['k.state as package_state', 'c.name as contact', 'c.email as contact_email'])
    .select([kitOverdue(now).as('overdue'), isWithdrawn.as('withdrawn')])
    .where('t.id', '=', id)
    .executeTakeFirst();
  if (!kit) return undefined;
  const corrections = await reader
    .selectFrom('kit_correction as x')
    .innerJoin('correction as c', 'c.id', 'x.correction_id')
    .innerJoin('unit as u', 'u.id', 'c.unit_id')
    .innerJoin('product as p', 'p.id', 'c.product_id')
    .innerJoin('environment as e', 'e.id', 'c.environment_id')
    .select(['c.id', 'c.state', 'u.serial', 'p.name as product', 'e.code as environment'])
    .where('x.kit_id', '=', id)
    .orderBy('u.serial_key')
    .orderBy('e.position')
    .execute();
  return { ...kit, corrections };
}
export type KitPage = NonNullable<Awaited<ReturnType<typeof loadKit>>>;

/** A correction that a kit could be for. */
export interface KitChoice {
  id: number;
  actionId: number;
  unitId: number;
  siteId: number;
  kind: 'serial' | 'lot' | 'standalone';
  serial: string;
  quantity: number;
  product: string;
  site: string;
  environment: string;
  remedy: string;
  /** The party said that it has no Internet, of the unit or as the reason why it is not done. */
  offline: boolean;
  /** The kit that is on its way for it already. */
  kitId: number | null;
}

/** Choices shown at most: who has more asks twice. */
const MOST_CHOICES = 500;

/**
 * What a kit for a party could be for: corrections that are still owed, of remedies with a package that is not withdrawn.
 * @param scope.actionId only those of this action
 */
export async function loadKitChoices(
  reader: Reader,
  partyId: number,
  { now, actionId }: KitClock & { actionId?: number },
): Promise<KitChoice[]> {
  const { rows } = await sql<KitChoice>`
    select c.id, c.action_id as "actionId", c.unit_id as "unitId", c.site_id as "siteId", u.kind, u.serial, u.quantity,
        p.name as product, s.name as site, e.code as environment, r.name as remedy,
        u.connected is false or coalesce(b.reason = 'no-internet', false) as offline,
        (select min(t.id) from kit_correction x join kit t on t.id = x.kit_id
          where x.correction_id = c.id and ${kitOnItsWay(now)}) as "kitId"
      from correction c join unit u on u.id = c.unit_id join environment e on e.id = c.environment_id
        join site s on s.id = c.site_id join product p on p.id = c.product_id join remedy r on r.id = c.remedy_id
        left join confirmation b on b.id = c.because_id
     where c.party_id = ${partyId} and c.state in ('open', 'stated', 'blocked')
       ${actionId === undefined ? sql`` : sql`and c.action_id = ${actionId}`}
       and exists (select 1 from package k where k.remedy_id = r.id and k.state <> 'withdrawn')
     order by r.id, p.name, u.serial_key, u.id, e.position limit ${MOST_CHOICES}`.execute(reader);
  return rows;
}

/** A kit as those who get it see it. */
export interface OwnKit {
  id: number;
  state: KitState;
  since: Date;
  way: KitWay;
  carrier: string;
  tracking: string;
  visitOn: string | null;
  goodUntil: Date | null;
  withdrawn: boolean;
  shipTo: Partial<ShipTo>;
  corrections: { serial: string; environment: string; product: string }[];
}

/** The kits of a party in an action, the newest first; a hundred at most. */
export async function loadOwnKits(reader: Reader, partyId: number, actionId: number): Promise<OwnKit[]> {
  const { rows } = await sql<OwnKit>`
    select t.id, t.state, t.state_since as since, t.way, t.carrier, t.tracking, t.visit_on as "visitOn",
        t.good_until as "goodUntil", ${isWithdrawn} as withdrawn, t.ship_to as "shipTo",
        (select coalesce(json_agg(json_build_object('serial', u.serial, 'environment', e.name, 'product', p.name)
            order by u.serial_key, e.position), '[]')
          from kit_correction x join correction c on c.id = x.correction_id join unit u on u.id = c.unit_id
            join environment e on e.id = c.environment_id join product p on p.id = c.product_id
         where x.kit_id = t.id) as corrections
      from kit t where t.party_id = ${partyId} and t.action_id = ${actionId} order by t.id desc limit 100`.execute(
    reader,
  );
  return rows;
}

/** The units of a request for another medium, as its task knows them, with the kits that are for them. */
export async function loadMediumRequest(
  reader: Reader,
  task: { party_id: number; action_id: number; unit_id: number },
) {
  const { rows } = await sql<{ id: number; state: KitState }>`
    select distinct t.id, t.state from kit t join kit_correction x on x.kit_id = t.id
        join correction c on c.id = x.correction_id
     where t.party_id = ${task.party_id} and t.action_id = ${task.action_id} and c.unit_id = ${task.unit_id}
       and t.state <> 'cancelled' order by t.id desc`.execute(reader);
  return rows;
}

/** What a ticket of a party is for, by its number as printed: whose code is about to be typed. */
export async function loadOwnTicket(reader: Reader, partyId: number, number: number) {
  return reader
    .selectFrom('installation_ticket as t')
    .innerJoin('correction as c', 'c.id', 't.correction_id')
    .innerJoin('unit as u', 'u.id', 'c.unit_id')
    .innerJoin('product as p', 'p.id', 'c.product_id')
    .innerJoin('environment as e', 'e.id', 'c.environment_id')
    .select(['u.serial', 'p.name as product', 'e.name as environment'])
    .where('t.number', '=', number)
    .where('c.party_id', '=', partyId)
    .orderBy('t.id', 'desc')
    .executeTakeFirst();
}
