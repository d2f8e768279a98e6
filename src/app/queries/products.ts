import { sql } from 'kysely';
import { type ListDefinition, likeAnywhere, likePrefix, where } from './list.ts';

export interface ProductRow {
  id: number;
  code: string;
  name: string;
  kind: string;
  udi_dis: string[];
  catalogue: string[];
  environments: string[];
  units: number;
}

/** The catalogue: products with their identifiers and environments. */
export const productList: ListDefinition<ProductRow> = {
  name: 'products',
  rows: ({ filters, q }) => sql<ProductRow>`
    select p.id, p.code, p.name, p.kind,
        array(select printed from product_identifier where product_id = p.id and scheme = 'udi-di' order by value) as udi_dis,
        array(select printed from product_identifier where product_id = p.id and scheme = 'catalogue' order by value) as catalogue,
        array(select name from environment where product_id = p.id order by position) as environments,
        (select count(*)::int from unit where product_id = p.id) as units
      from product p
    ${where(
      filters.kind && sql`p.kind = ${filters.kind}`,
      q !== '' &&
        sql`(lower(p.name) like ${likeAnywhere(q.toLowerCase())} or lower(p.code) like ${likePrefix(q.toLowerCase())}
          or exists (select from product_identifier i where i.product_id = p.id and (i.value = ${q} or i.printed = ${q})))`,
    )}`,
  sortable: ['id', 'code', 'name', 'kind', 'units'],
  defaultSort: 'name',
  id: 'id',
  filters: { kind: ['instrument', 'software', 'consumable'] },
  columns: [
    { title: 'Code', value: (row) => row.code },
    { title: 'Name', value: (row) => row.name },
    { title: 'Kind', value: (row) => row.kind },
    { title: 'UDI-DIs', value: (row) => row.udi_dis.join('; ') },
    { title: 'Catalogue numbers', value: (row) => row.catalogue.join('; ') },
    { title: 'Environments', value: (row) => row.environments.join('; ') },
    { title: 'Units', value: (row) => row.units },
  ],
};
