import { type IncidentRow, incidentList } from '../../../app/queries/incidents.ts';
import { incidentStates } from '../../../domain/examination.ts';
import type { C } from '../../context.ts';
import { countryName } from '../../translate.ts';
import { Identifier } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import type { Column } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { listPage } from '../list-page.tsx';

const columns: Column<IncidentRow>[] = [
  { key: 'aware_at', title: 'Known since', cell: (row) => <Moment at={row.aware_at} />, sortable: true, nowrap: true },
  { key: 'party', title: 'Party', cell: (row) => row.party ?? '–', sortable: true, rowHeader: true },
  { key: 'country', title: 'Country', cell: (row) => (row.country ? countryName(row.country, 'en') : '–') },
  {
    key: 'unit',
    title: 'Unit',
    cell: (row) => <Identifier>{row.serial ?? 'not on the list'}</Identifier>,
    nowrap: true,
  },
  { key: 'state', title: 'State', cell: (row) => <StateBadge kind="incident" state={row.state} />, sortable: true },
  { key: 'isolated', title: 'Off the network', cell: (row) => (row.isolated ? 'yes' : 'not that we know') },
  { key: 'owner', title: 'Owner', cell: (row) => row.owner_name || 'nobody yet' },
  { key: 'summary', title: 'What was seen', cell: (row) => row.summary.slice(0, 120) },
];

/** GET /incidents */
export function showIncidents(c: C): Promise<Response> {
  return listPage(c, {
    title: 'Incidents',
    lede: 'Suspected break-ins, from the first word to cleared. Their units count as isolated until then.',
    list: incidentList,
    scope: undefined,
    caption: 'Incidents',
    columns,
    rowHref: (row) => `/incidents/${row.id}`,
    search: 'Party, serial number or words',
    preset: { state: 'running' },
    filters: [
      {
        name: 'state',
        label: 'State',
        options: [
          { value: 'running', label: 'not settled' },
          ...incidentStates.map((state) => ({ value: state, label: state })),
        ],
      },
      { name: 'owner', label: 'Owner', options: [{ value: 'nobody', label: 'nobody yet' }] },
    ],
    empty: {
      title: 'No incidents',
      text: 'Nothing like this was reported. Customers report on their page, by mail or by telephone: the call screen has the questions.',
    },
  });
}
