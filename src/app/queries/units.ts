import { sql } from 'kysely';
import { idFilter, type ListDefinition, likeAnywhere, likePrefix, where } from './list.ts';

export interface UnitRow {
  id: number;
  serial: string;
  kind: string;
  product: string;
  party_id: number;
  party: string;
  site: string;
  country: string;
  shipped_on: string | null;
  connected: boolean | null;
  software: Record<string, string>;
  status: string;
  isolated: boolean;
}

/** Everything in the field that is known. */
export const unitList: ListDefinition<UnitRow> = {
  name: 'units',
  rows: ({ filters, q }) => sql<UnitRow>`
    select u.id, u.serial, u.kind, p.name as product, u.party_id, pa.name as party, s.name as site, s.country,
        u.shipped_on, u.connected, u.software, u.status, u.isolated_at is not null as isolated
      from unit u
      join product p on p.id = u.product_id
      join party pa on pa.id = u.party_id
      join site s on s.id = u.site_id
    ${where(
      filters.product && sql`u.product_id = ${idFilter(filters.product)}`,
      filters.party && sql`u.party_id = ${idFilter(filters.party)}`,
      filters.country && sql`s.country = ${filters.country}`,
      filters.kind && sql`u.kind = ${filters.kind}`,
      filters.status && sql`u.status = ${filters.status}`,
      filters.connected &&
        (filters.connected === 'unknown'
          ? sql`u.connected is null`
          : sql`u.connected = ${filters.connected === 'yes'}`),
      filters.isolated && sql`u.isolated_at is not null`,
      q !== '' &&
        sql`(u.serial like ${likePrefix(q.toUpperCase())} or lower(pa.name) like ${likeAnywhere(q.toLowerCase())})`,
    )}`,
  sortable: ['id', 'serial', 'product', 'party', 'country', 'shipped_on', 'status'],
  defaultSort: 'id',
  id: 'id',
  filters: {
    product: 'text',
    party: 'text',
    country: 'text',
    kind: ['serial', 'lot', 'standalone'],
    status: ['in-field', 'scrapped', 'moved', 'returned', 'unknown'],
    connected: ['yes', 'no', 'unknown'],
    isolated: ['yes'],
  },
  columns: [
    { title: 'Serial number', value: (row) => row.serial },
    { title: 'Kind', value: (row) => row.kind },
    { title: 'Product', value: (row) => row.product },
    { title: 'Party', value: (row) => row.party },
    { title: 'Site', value: (row) => row.site },
    { title: 'Country', value: (row) => row.country },
    { title: 'Shipped on', value: (row) => row.shipped_on },
    { title: 'Connected', value: (row) => (row.connected === null ? 'unknown' : row.connected ? 'yes' : 'no') },
    {
      title: 'Software',
      value: (row) =>
        Object.entries(row.software)
          .map(([environment, version]) => `${environment} ${version}`)
          .join('; '),
    },
    { title: 'Status', value: (row) => row.status },
  ],
};
