import { type KitRow, kitList } from '../../../app/queries/kits.ts';
import type { C } from '../../context.ts';
import { countryName } from '../../translate.ts';
import { formatCount } from '../../ui/figures.ts';
import { Identifier } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import type { Column } from '../../ui/table.tsx';
import { Day, Moment } from '../../ui/time.tsx';
import { listPage } from '../list-page.tsx';

const columns: Column<KitRow>[] = [
  { key: 'party', title: 'Party', cell: (row) => row.party, sortable: true, rowHeader: true },
  { key: 'country', title: 'Country', cell: (row) => countryName(row.country, 'en') },
  { key: 'reference', title: 'Action', cell: (row) => row.reference },
  { key: 'state', title: 'State', cell: (row) => <StateBadge kind="kit" state={row.state} />, sortable: true },
  { key: 'state_since', title: 'Since', cell: (row) => <Moment at={row.state_since} />, sortable: true, nowrap: true },
  {
    key: 'confirmed',
    title: 'Confirmed',
    cell: (row) => `${formatCount(row.confirmed)} of ${formatCount(row.corrections)}`,
    nowrap: true,
  },
  {
    key: 'good_until',
    title: 'Good until',
    cell: (row) => (row.good_until ? <Day value={row.good_until.toISOString().slice(0, 10)} /> : '–'),
    sortable: true,
    nowrap: true,
  },
  { key: 'tracking', title: 'Tracking', cell: (row) => <Identifier>{row.tracking || '–'}</Identifier> },
];

/** GET /kits: the queue of support. */
export function showKits(c: C): Promise<Response> {
  return listPage(c, {
    title: 'Kits',
    lede: (
      <>
        What goes to machines without a network: asked for, prepared, sent, and accounted for at the end. What comes
        back are <a href="/codes">confirmation codes</a>.
      </>
    ),
    list: kitList,
    scope: undefined,
    caption: 'Kits',
    columns,
    rowHref: (row) => `/kits/${row.id}`,
    search: 'Party or tracking number',
    preset: { state: 'open' },
    filters: [
      {
        name: 'state',
        label: 'State',
        options: [
          { value: 'open', label: 'still to do' },
          ...(kitList.filters.state as readonly string[])
            .filter((state) => state !== 'open')
            .map((state) => ({ value: state, label: state })),
        ],
      },
    ],
    empty: {
      title: 'No kits',
      text: 'No kit is like this. One is asked for on the page of a party whose machines have no network.',
    },
  });
}
