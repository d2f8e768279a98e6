import { unitList } from '../../../app/queries/units.ts';
import type { C } from '../../context.ts';
import { countryName } from '../../translate.ts';
import { LinkButton } from '../../ui/field.tsx';
import { Identifier } from '../../ui/parts.tsx';
import { Badge, StateBadge } from '../../ui/state.tsx';
import { Day } from '../../ui/time.tsx';
import { listPage } from '../list-page.tsx';
import { partyCountries } from '../parties/list.tsx';

/** `Dx 2.4, RUO 2.4` */
export function softwareWords(software: Record<string, string>): string {
  return Object.entries(software)
    .map(([environment, version]) => `${environment} ${version}`)
    .join(', ');
}

/** GET /units */
export async function showUnits(c: C): Promise<Response> {
  const products = await c.get('ctx').db.selectFrom('product').select(['id', 'name']).orderBy('name').execute();
  return listPage(c, {
    list: unitList,
    scope: undefined,
    title: 'Units',
    lede: 'Everything in the field: instruments, lots and standalone software.',
    caption: 'Units',
    columns: [
      {
        key: 'serial',
        title: 'Serial number',
        cell: (row) => <Identifier>{row.serial}</Identifier>,
        sortable: true,
        rowHeader: true,
        nowrap: true,
      },
      { key: 'product', title: 'Product', cell: (row) => row.product, sortable: true },
      {
        key: 'party',
        title: 'Party',
        cell: (row) => <a href={`/parties/${row.party_id}`}>{row.party}</a>,
        sortable: true,
      },
      { key: 'country', title: 'Country', cell: (row) => countryName(row.country, 'en'), sortable: true },
      { key: 'software', title: 'Software', cell: (row) => softwareWords(row.software) },
      {
        key: 'connected',
        title: 'Connected',
        cell: (row) => (row.connected === null ? 'not known' : row.connected ? 'yes' : 'no'),
      },
      {
        key: 'shipped_on',
        title: 'Shipped on',
        cell: (row) => (row.shipped_on ? <Day value={row.shipped_on} /> : ''),
        sortable: true,
        nowrap: true,
      },
      {
        key: 'status',
        title: 'Where it is',
        cell: (row) =>
          row.isolated ? (
            <Badge tone="amber" icon="plug-connected-x">
              isolated
            </Badge>
          ) : (
            <StateBadge kind="unit" state={row.status} />
          ),
        sortable: true,
      },
    ],
    rowHref: (row) => `/units/${row.id}`,
    search: 'Serial number or party',
    filters: [
      {
        name: 'product',
        label: 'Product',
        options: products.map((row) => ({ value: String(row.id), label: row.name })),
      },
      { name: 'country', label: 'Country', options: await partyCountries(c) },
      {
        name: 'connected',
        label: 'Connected',
        options: [
          { value: 'yes', label: 'Yes' },
          { value: 'no', label: 'No' },
          { value: 'unknown', label: 'Not known' },
        ],
      },
      {
        name: 'status',
        label: 'Where it is',
        options: [
          { value: 'in-field', label: 'In the field' },
          { value: 'scrapped', label: 'Scrapped' },
          { value: 'moved', label: 'Moved' },
          { value: 'returned', label: 'Returned' },
        ],
      },
      { name: 'isolated', label: 'Isolated', options: [{ value: 'yes', label: 'Only these' }] },
    ],
    empty: {
      title: 'No units yet',
      text: 'Units come from your ERP system: import products and parties first, then the units.',
      action: (
        <LinkButton href="/imports/new" tone="primary" icon="upload">
          Import units
        </LinkButton>
      ),
    },
  });
}
