import { partyList } from '../../../app/queries/parties.ts';
import type { C } from '../../context.ts';
import { countryName } from '../../translate.ts';
import { LinkButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { Identifier } from '../../ui/parts.tsx';
import { listPage } from '../list-page.tsx';

export const partyKindWords: Record<string, string> = {
  customer: 'Customer',
  distributor: 'Distributor',
  importer: 'Importer',
  'authorised-representative': 'Authorised representative',
  authority: 'Authority',
};

/** Countries that have parties, for the filters of lists. */
export async function partyCountries(c: C): Promise<{ value: string; label: string }[]> {
  const rows = await c.get('ctx').db.selectFrom('party').select('country').distinct().execute();
  return rows
    .map((row) => ({ value: row.country, label: countryName(row.country, 'en') }))
    .sort((a, b) => a.label.localeCompare(b.label));
}

/** GET /parties */
export async function showParties(c: C): Promise<Response> {
  return listPage(c, {
    list: partyList,
    scope: undefined,
    title: 'Parties',
    lede: 'Customers, distributors, importers, representatives and authorities.',
    caption: 'Parties',
    columns: [
      { key: 'name', title: 'Name', cell: (row) => row.name, sortable: true, rowHeader: true },
      { key: 'ref', title: 'Number', cell: (row) => <Identifier>{row.ref}</Identifier>, sortable: true, nowrap: true },
      { key: 'kind', title: 'Kind', cell: (row) => partyKindWords[row.kind] ?? row.kind, sortable: true },
      { key: 'country', title: 'Country', cell: (row) => countryName(row.country, 'en'), sortable: true },
      { key: 'city', title: 'City', cell: (row) => row.city, sortable: true },
      { key: 'distributor', title: 'Served through', cell: (row) => row.distributor ?? '' },
      { key: 'units', title: 'Units', align: 'number', cell: (row) => formatCount(row.units), sortable: true },
      { key: 'owed', title: 'Owed', align: 'number', cell: (row) => formatCount(row.owed), sortable: true },
    ],
    rowHref: (row) => `/parties/${row.id}`,
    search: 'Name, number or city',
    filters: [
      {
        name: 'kind',
        label: 'Kind',
        options: Object.entries(partyKindWords).map(([value, label]) => ({ value, label })),
      },
      { name: 'country', label: 'Country', options: await partyCountries(c) },
    ],
    empty: {
      title: 'No parties yet',
      text: 'Parties come from your ERP system: import them from a CSV or XLSX file.',
      action: (
        <LinkButton href="/imports/new" tone="primary" icon="upload">
          Import parties
        </LinkButton>
      ),
    },
  });
}
