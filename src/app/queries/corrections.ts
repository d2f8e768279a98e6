import { type RawBuilder, sql } from 'kysely';
import type { CorrectionStateName } from '../../db/schema.ts';
import { ladder, type Rung, rungs, rungsFrom } from '../../domain/evidence-ladder.ts';
import { idFilter, type ListDefinition, likeAnywhere, likePrefix, where } from './list.ts';

export interface CorrectionRow {
  id: number;
  serial: string;
  unit_id: number;
  product: string;
  environment: string;
  remedy: string;
  party_id: number;
  party: string;
  site: string;
  country: string;
  state: CorrectionStateName;
  since: Date;
  contradicted: boolean;
  done_on: string | null;
  evidence: string | null;
  reason: string | null;
  /** The best evidence there is. */
  rung: Rung;
  notified_at: Date | null;
  has_file_at: Date | null;
}

export const correctionStates: readonly CorrectionStateName[] = [
  'open',
  'blocked',
  'isolated',
  'stated',
  'confirmed',
  'verified',
  'not-affected',
  'gone',
];

/** The ledger of one action: unit × environment × remedy, with the evidence each state rests on. */
export const correctionList: ListDefinition<CorrectionRow, { actionId: number }> = {
  name: 'corrections',
  rows: ({ filters, q }, { actionId }) => sql<CorrectionRow>`
    select c.id, u.serial, c.unit_id, p.name as product, e.name as environment, r.name as remedy, c.party_id,
        pa.name as party, s.name as site, c.country, c.state, c.state_since as since, c.contradicted,
        f.done_on, f.kind as evidence, f.reason, c.rung, c.notified_at, c.has_file_at
      from correction c
      join unit u on u.id = c.unit_id
      join product p on p.id = c.product_id
      join environment e on e.id = c.environment_id
      join remedy r on r.id = c.remedy_id
      join party pa on pa.id = c.party_id
      join site s on s.id = c.site_id
      left join confirmation f on f.id = c.because_id
    ${where(
      sql`c.action_id = ${actionId}`,
      filters.state && sql`c.state = any(${statesOf(filters.state)}::text[])`,
      filters.rung && onRungs([filters.rung as Rung]),
      filters.reached && onRungs(rungsFrom(filters.reached as (typeof ladder)[number])),
      filters.country && sql`c.country = ${filters.country}`,
      filters.product && sql`c.product_id = ${idFilter(filters.product)}`,
      filters.environment && sql`c.environment_id = ${idFilter(filters.environment)}`,
      filters.remedy && sql`c.remedy_id = ${idFilter(filters.remedy)}`,
      filters.party && sql`c.party_id = ${idFilter(filters.party)}`,
      filters.contradicted && sql`c.contradicted`,
      q !== '' &&
        sql`(u.serial like ${likePrefix(q.toUpperCase())} or lower(pa.name) like ${likeAnywhere(q.toLowerCase())})`,
    )}`,
  sortable: ['id', 'serial', 'product', 'environment', 'party', 'country', 'state', 'since'],
  defaultSort: 'id',
  id: 'id',
  filters: {
    state: [...correctionStates, 'owed', 'fixed', 'ended'],
    // Stands on exactly this rung; stands on it or higher.
    rung: rungs,
    reached: ladder,
    country: 'text',
    product: 'text',
    environment: 'text',
    remedy: 'text',
    party: 'text',
    contradicted: ['yes'],
  },
  columns: [
    { title: 'Serial number', value: (row) => row.serial },
    { title: 'Product', value: (row) => row.product },
    { title: 'Environment', value: (row) => row.environment },
    { title: 'Remedy', value: (row) => row.remedy },
    { title: 'Party', value: (row) => row.party },
    { title: 'Site', value: (row) => row.site },
    { title: 'Country', value: (row) => row.country },
    { title: 'State', value: (row) => row.state },
    { title: 'Since', value: (row) => row.since.toISOString() },
    { title: 'Evidence', value: (row) => row.evidence },
    { title: 'Done on', value: (row) => row.done_on },
    { title: 'Reason', value: (row) => row.reason },
    { title: 'Rung', value: (row) => row.rung },
    { title: 'Notified', value: (row) => row.notified_at?.toISOString() ?? null },
    { title: 'Has the file since', value: (row) => row.has_file_at?.toISOString() ?? null },
    { title: 'Contradicted', value: (row) => (row.contradicted ? 'yes' : 'no') },
  ],
};

/** `owed` is what the party still has to do, `fixed` what was stated or better, `ended` what is over; else one state. */
function statesOf(filter: string): string[] {
  if (filter === 'owed') return ['open', 'blocked', 'isolated'];
  if (filter === 'fixed') return ['stated', 'confirmed', 'verified'];
  if (filter === 'ended') return ['verified', 'not-affected', 'gone'];
  return [filter];
}

/** The upper rungs are states, and the one of the file has its moment: both have an index. */
function onRungs(wanted: readonly Rung[]): RawBuilder<unknown> {
  const rung = sql`c.rung = any(${[...wanted]}::text[])`;
  if (!wanted.some((one) => one === 'none' || one === 'notified' || one === 'downloaded'))
    return sql`c.state = any(${[...wanted]}::text[])`;
  return wanted.length === 1 && wanted[0] === 'downloaded' ? sql`c.has_file_at is not null and ${rung}` : rung;
}
