import type { VNode } from 'preact';
import { spreadsheetList } from '../../../app/queries/spreadsheets.ts';
import type { C } from '../../context.ts';
import { LinkButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { StateBadge } from '../../ui/state.tsx';
import type { Column } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { withAction } from '../actions/action-page.tsx';
import { ActionTabs, actionCrumbs } from '../actions/tabs.tsx';
import { listPage } from '../list-page.tsx';
import { sheetStateWords, sheetWayWords } from './words.ts';

type Row = Parameters<(typeof spreadsheetList)['columns'][number]['value']>[0];

const columns: Column<Row>[] = [
  { key: 'name', title: 'File', cell: (row) => row.name, sortable: true, rowHeader: true },
  {
    key: 'party',
    title: 'Sent by',
    cell: (row) => <a href={`/parties/${row.party_id}`}>{row.party}</a>,
    sortable: true,
  },
  { key: 'state', title: 'State', cell: (row) => <StateBadge kind="spreadsheet" state={row.state} />, sortable: true },
  { key: 'rows_seen', title: 'Rows', align: 'number', cell: (row) => formatCount(row.rows_seen), sortable: true },
  { key: 'ready', title: 'New', align: 'number', cell: (row) => formatCount(row.rows_ready) },
  {
    key: 'rows_refused',
    title: 'Refused',
    align: 'number',
    cell: (row) => formatCount(row.rows_refused),
    sortable: true,
  },
  { key: 'replies', title: 'Replies', align: 'number', cell: (row) => formatCount(row.replies) },
  { key: 'way', title: 'It came', cell: (row) => sheetWayWords[row.came_by] },
  {
    key: 'received_at',
    title: 'Received',
    sortable: true,
    nowrap: true,
    cell: (row) => <Moment at={row.received_at} />,
  },
];

const filters = [
  {
    name: 'state',
    label: 'State',
    options: [
      { value: 'waiting', label: 'Waits for a person' },
      ...Object.entries(sheetStateWords).map(([value, label]) => ({ value, label })),
    ],
  },
  {
    name: 'way',
    label: 'It came',
    options: Object.entries(sheetWayWords).map(([value, label]) => ({ value, label })),
  },
];

const about =
  'Lists of a hospital group or a distributor: mapped once for each sender, looked over row by row, then one reply for each party they speak for.';

function uploadButton(actionId: number): VNode {
  return (
    <LinkButton href={`/actions/${actionId}/spreadsheets/new`} tone="primary" icon="upload">
      Upload a list
    </LinkButton>
  );
}

/** GET /actions/:id/spreadsheets: the lists that came as answers to one action. */
export function showActionSheets(c: C): Promise<Response> {
  return withAction(c, (action) =>
    listPage(c, {
      list: spreadsheetList,
      scope: { actionId: action.id },
      title: 'Answers by spreadsheet',
      lede: about,
      crumbs: [...actionCrumbs(action), { href: `/actions/${action.id}/replies`, label: 'Replies' }],
      tabs: <ActionTabs actionId={action.id} here="/replies" />,
      actions: uploadButton(action.id),
      caption: `Lists that came as answers to ${action.reference}`,
      columns,
      rowHref: (row) => `/spreadsheets/${row.id}`,
      search: 'File or sender',
      filters,
      empty: {
        title: 'No list came yet',
        text: 'They come as attachments of mails, through the portal of those who answer for several places, by the API, or are uploaded here.',
        action: uploadButton(action.id),
      },
    }),
  );
}

/** GET /spreadsheets: the lists of every action; what waits for a person unless the URL says otherwise. */
export async function showSheets(c: C): Promise<Response> {
  const any = await c.get('ctx').db.selectFrom('spreadsheet').select('id').limit(1).executeTakeFirst();
  return listPage(c, {
    list: spreadsheetList,
    scope: undefined,
    ...(any ? { preset: { state: 'waiting' } } : {}),
    title: 'Answers by spreadsheet',
    lede: about,
    crumbs: [{ href: '/postroom', label: 'Post room' }],
    caption: 'Lists that came as answers',
    columns: [
      ...columns.slice(0, 2),
      {
        key: 'reference',
        title: 'Action',
        cell: (row: Row) => <a href={`/actions/${row.action_id}/spreadsheets`}>{row.reference}</a>,
      },
      ...columns.slice(2),
    ],
    rowHref: (row) => `/spreadsheets/${row.id}`,
    search: 'File or sender',
    filters,
    empty: {
      title: any ? 'No list waits' : 'No list came yet',
      text: 'They come as attachments of mails, through the portal of those who answer for several places, by the API, or are uploaded at their action.',
    },
  });
}
