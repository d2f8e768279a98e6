import type { VNode } from 'preact';
import {
  type DownloadRow,
  type DownloadScope,
  downloadList,
  downloadStates,
  downloadsOfParty,
  loadDownload,
} from '../../../app/queries/downloads.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, idParam } from '../../context.ts';
import { fileSize } from '../../portal/patch/words.tsx';
import { answerRefusal, refusalText } from '../../refusal.tsx';
import { countryName } from '../../translate.ts';
import { formatCount } from '../../ui/figures.ts';
import { DeskPage, type DeskPageProps } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, Columns, Identifier, KeyValue } from '../../ui/parts.tsx';
import { Badge, StateBadge } from '../../ui/state.tsx';
import { type Column, DataTable } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { withAction } from '../actions/action-page.tsx';
import { ActionTabs, actionCrumbs } from '../actions/tabs.tsx';
import { listPage } from '../list-page.tsx';
import { shellOf } from '../shell.ts';
import { withPackage } from './package.tsx';

const asWords: Record<string, string> = { owner: 'owner of a unit', permitted: 'permitted', authority: 'authority' };

function share(row: DownloadRow): string {
  if (row.handed_over) return 'handed to the web server';
  return row.started_at ? fileSize(row.sent, 'en-GB') : '–';
}

const columns = (withFile: boolean): Column<DownloadRow>[] => [
  {
    key: 'party',
    title: 'Party',
    cell: (row) => row.party,
    sortable: true,
    rowHeader: true,
  },
  { key: 'contact', title: 'Contact', cell: (row) => row.contact ?? '–' },
  { key: 'country', title: 'Country', cell: (row) => countryName(row.country, 'en'), sortable: true },
  ...(withFile
    ? [
        {
          key: 'file',
          title: 'File',
          cell: (row: DownloadRow) => <Identifier>{`${row.file} ${row.version}`}</Identifier>,
        },
      ]
    : []),
  { key: 'as', title: 'As', cell: (row) => asWords[row.granted_as ?? ''] ?? '–' },
  { key: 'state', title: 'State', cell: (row) => <StateBadge kind="download" state={row.state} />, sortable: true },
  { key: 'granted_at', title: 'Granted', cell: (row) => <Moment at={row.granted_at} />, sortable: true, nowrap: true },
  {
    key: 'finished_at',
    title: 'Finished',
    cell: (row) => (row.finished_at ? <Moment at={row.finished_at} /> : '–'),
    sortable: true,
    nowrap: true,
  },
  { key: 'sent', title: 'Sent', cell: share, sortable: true, align: 'number', nowrap: true },
];

function downloadPage(c: C, scope: DownloadScope, page: Omit<DeskPageProps, 'shell' | 'children'>): Promise<Response> {
  return listPage(c, {
    ...page,
    styles: ['package.css'],
    list: downloadList,
    scope,
    caption: 'Downloads',
    columns: columns(scope.packageId === undefined),
    rowHref: (row) => `/downloads/${row.id}`,
    search: 'Party or contact',
    filters: [
      {
        name: 'state',
        label: 'State',
        options: [
          { value: 'has', label: 'has the file, or a part' },
          ...downloadStates.map((state) => ({ value: state, label: state })),
        ],
      },
      {
        name: 'as',
        label: 'As',
        options: Object.entries(asWords).map(([value, label]) => ({ value, label })),
      },
    ],
    empty: {
      title: 'Nobody',
      text: 'No download is like this. Everybody who passes the gate is listed here, with what became of it.',
    },
  });
}

/** GET /actions/:id/downloads */
export function showActionDownloads(c: C): Promise<Response> {
  return withAction(c, (action) =>
    downloadPage(
      c,
      { actionId: action.id },
      {
        title: 'Downloads',
        lede: 'Every grant of this action and what became of it.',
        crumbs: [...actionCrumbs(action), { href: `/actions/${action.id}/packages`, label: 'Packages' }],
        tabs: <ActionTabs actionId={action.id} here="/packages" />,
      },
    ),
  );
}

/** GET /packages/:id/downloads */
export function showPackageDownloads(c: C): Promise<Response> {
  return withPackage(c, (row) =>
    downloadPage(
      c,
      { packageId: row.id },
      {
        title: `Who has ${row.fileName}`,
        lede: `Version ${row.version} of ${row.remedy}.`,
        crumbs: [
          ...actionCrumbs({ id: row.actionId, reference: row.reference }),
          { href: `/actions/${row.actionId}/packages`, label: 'Packages' },
          { href: `/packages/${row.id}`, label: row.fileName },
        ],
        tabs: <ActionTabs actionId={row.actionId} here="/packages" />,
      },
    ),
  );
}

const outcomes = {
  running: ['blue', 'running'],
  done: ['green', 'done'],
  broken: ['amber', 'broken off'],
  stopped: ['red', 'stopped by us'],
  'handed-over': ['blue', 'handed over'],
} as const;

/** GET /downloads/:id: one grant with every request under it. */
export async function showDownload(c: C): Promise<Response> {
  const id = idParam(c, 'id');
  const row = id === undefined ? undefined : await loadDownload(c.get('ctx').db, id);
  if (!row) return answerRefusal(c, refuse('download.unknown'), '/actions');
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title={`Download ${row.id}`}
      state={<StateBadge kind="download" state={row.state} />}
      crumbs={[{ href: `/packages/${row.package_id}/downloads`, label: row.file }]}
    >
      <Columns weight="main-side">
        <Card title="Requests" flush>
          <DataTable
            caption="Requests under this grant"
            columns={[
              {
                key: 'at',
                title: 'Began',
                cell: (one) => <Moment at={one.started_at} />,
                rowHeader: true,
                nowrap: true,
              },
              {
                key: 'first',
                title: 'From byte',
                cell: (one) => formatCount(one.first),
                align: 'number',
                nowrap: true,
              },
              { key: 'past', title: 'up to', cell: (one) => formatCount(one.past), align: 'number', nowrap: true },
              { key: 'sent', title: 'Sent', cell: (one) => formatCount(one.sent), align: 'number', nowrap: true },
              {
                key: 'ended',
                title: 'Ended',
                cell: (one) => (one.ended_at ? <Moment at={one.ended_at} /> : '–'),
                nowrap: true,
              },
              {
                key: 'outcome',
                title: 'Outcome',
                cell: (one) => <Badge tone={outcomes[one.outcome][0]}>{outcomes[one.outcome][1]}</Badge>,
              },
              { key: 'address', title: 'From address', cell: (one) => <Identifier>{one.address || '–'}</Identifier> },
            ]}
            rows={row.requests}
            rowKey={(one) => String(one.id)}
            empty={{ title: 'Not begun', text: 'The download was granted; no byte was asked for yet.' }}
          />
        </Card>
        <Card title="About">
          <KeyValue
            rows={[
              { label: 'Party', value: row.party, href: `/parties/${row.party_id}` },
              {
                label: 'Contact',
                value: row.contact ?? '',
                ...(row.contact_id ? { href: `/contacts/${row.contact_id}` } : {}),
              },
              { label: 'File', value: `${row.file} ${row.version}`, href: `/packages/${row.package_id}` },
              { label: 'As', value: asWords[row.granted_as ?? ''] ?? '' },
              { label: 'Granted', value: <Moment at={row.granted_at} zoned /> },
              { label: 'Finished', value: row.finished_at ? <Moment at={row.finished_at} zoned /> : '' },
              row.ended_reason !== '' && { label: 'Ended because', value: endedWords(row.ended_reason) },
            ]}
          />
        </Card>
      </Columns>
    </DeskPage>,
  );
}

function endedWords(code: string): string {
  return refusalText(refuse(code));
}

/** The downloads of a party, for its page. Nothing when there are none. */
export async function loadPartyDownloads(c: C, partyId: number): Promise<VNode | null> {
  const rows = await downloadsOfParty(c.get('ctx').db, partyId);
  if (rows.length === 0) return null;
  return (
    <Card title="Downloads" flush>
      <DataTable
        caption="Downloads of this party"
        columns={[
          {
            key: 'file',
            title: 'File',
            cell: (row) => <Identifier>{`${row.file} ${row.version}`}</Identifier>,
            rowHeader: true,
          },
          { key: 'contact', title: 'Contact', cell: (row) => row.contact ?? '–' },
          { key: 'state', title: 'State', cell: (row) => <StateBadge kind="download" state={row.state} /> },
          { key: 'granted', title: 'Granted', cell: (row) => <Moment at={row.granted_at} />, nowrap: true },
        ]}
        rows={rows}
        rowKey={(row) => String(row.id)}
        rowHref={(row) => `/downloads/${row.id}`}
        empty={{ title: '', text: '' }}
      />
    </Card>
  );
}
