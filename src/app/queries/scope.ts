import { sql } from 'kysely';
import type { Reader } from '../context.ts';
import { idFilter, type ListDefinition, likeAnywhere, likePrefix, where } from './list.ts';

export interface ScopeDecisionRow {
  unit_id: number;
  serial: string;
  product: string;
  party_id: number;
  party: string;
  country: string;
  included: boolean;
  why: string;
  params: Record<string, string>;
  reason: string | null;
}

/** Every decided unit of a run, with its reason: what is in, and what was left out and why. */
export const scopeDecisionList: ListDefinition<ScopeDecisionRow, { runId: number }> = {
  name: 'scope',
  rows: ({ filters, q }, { runId }) => sql<ScopeDecisionRow>`
    select d.unit_id, u.serial, p.name as product, d.party_id, pa.name as party, d.country, d.included, d.why, d.params, r.reason
      from scope_decision d
      join unit u on u.id = d.unit_id
      join product p on p.id = d.product_id
      join party pa on pa.id = d.party_id
      left join scope_rule r on r.id = d.rule_id
    ${where(
      sql`d.run_id = ${runId}`,
      filters.included && sql`d.included = ${filters.included === 'yes'}`,
      filters.why && sql`d.why = ${filters.why}`,
      filters.country && sql`d.country = ${filters.country}`,
      filters.product && sql`d.product_id = ${idFilter(filters.product)}`,
      filters.party && sql`d.party_id = ${idFilter(filters.party)}`,
      q !== '' &&
        sql`(u.serial like ${likePrefix(q.toUpperCase())} or lower(pa.name) like ${likeAnywhere(q.toLowerCase())})`,
    )}`,
  sortable: ['unit_id', 'serial', 'product', 'party', 'country', 'why'],
  defaultSort: 'unit_id',
  id: 'unit_id',
  filters: { included: ['yes', 'no'], why: 'text', country: 'text', product: 'text', party: 'text' },
  columns: [
    { title: 'Serial number', value: (row) => row.serial },
    { title: 'Product', value: (row) => row.product },
    { title: 'Party', value: (row) => row.party },
    { title: 'Country', value: (row) => row.country },
    { title: 'Affected', value: (row) => (row.included ? 'yes' : 'no') },
    { title: 'Why', value: (row) => row.why },
    {
      title: 'Detail',
      value: (row) =>
        Object.entries(row.params)
          .map(([key, value]) => `${key}: ${value}`)
          .join('; '),
    },
  ],
};

export interface ScopeSummary {
  countries: { country: string; units: number; parties: number }[];
  products: { id: number; name: string; units: number }[];
  out: { why: string; product: string; product_id: number; units: number }[];
  /** Units of products that no rule names: never looked at one by one. */
  unnamed: { product: string; product_id: number; units: number }[];
  parties: number;
  /** Corrections that applying would add. */
  corrections: number;
}

/** Counts of a run per country, product and reason, and how many corrections applying it would add. */
export async function summarizeScope(reader: Reader, actionId: number, runId: number): Promise<ScopeSummary> {
  const { rows } = await sql<ScopeSummary>`
    select
      (select coalesce(jsonb_agg(x), '[]') from (select country, count(*) as units, count(distinct party_id) as parties
          from scope_decision where run_id = ${runId} and included group by country order by count(*) desc) x) as countries,
      (select coalesce(jsonb_agg(x), '[]') from (select p.id, p.name, count(*) as units from scope_decision d
          join product p on p.id = d.product_id where d.run_id = ${runId} and d.included group by p.id order by count(*) desc) x) as products,
      (select coalesce(jsonb_agg(x), '[]') from (select d.why, p.name as product, p.id as product_id, count(*) as units from scope_decision d
          join product p on p.id = d.product_id where d.run_id = ${runId} and not d.included group by d.why, p.id order by count(*) desc) x) as out,
      (select coalesce(jsonb_agg(x), '[]') from (select p.id as product_id, p.name as product, count(*) as units from unit u
          join product p on p.id = u.product_id where not exists (select from scope_rule r where r.action_id = ${actionId} and r.product_id = p.id)
          group by p.id order by count(*) desc limit 20) x) as unnamed,
      (select count(distinct party_id)::int from scope_decision where run_id = ${runId} and included) as parties,
      (select count(*)::int from scope_decision d
          join environment e on e.product_id = d.product_id
          join action_environment ae on ae.environment_id = e.id and ae.action_id = ${actionId}
          join remedy r on r.action_id = ${actionId} and r.status = 'available'
         where d.run_id = ${runId} and d.included
           and not exists (select from correction c where c.unit_id = d.unit_id and c.environment_id = e.id and c.remedy_id = r.id)) as corrections`.execute(
    reader,
  );
  const row = rows[0];
  if (!row) throw new Error('A select without a from gives one row');
  return row;
}
