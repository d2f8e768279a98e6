import { type EventRow, eventList } from '../../../app/queries/events.ts';
import type { C } from '../../context.ts';
import { LinkButton } from '../../ui/field.tsx';
import { Identifier, More } from '../../ui/parts.tsx';
import type { Column } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { withAction } from '../actions/action-page.tsx';
import { ActionTabs, actionCrumbs } from '../actions/tabs.tsx';
import { listPage } from '../list-page.tsx';
import { capital, eventWord } from '../words.ts';

const columns: Column<EventRow>[] = [
  { key: 'seq', title: 'Number', align: 'number', cell: (row) => row.seq, sortable: true },
  { key: 'at', title: 'When', cell: (row) => <Moment at={row.at} />, nowrap: true },
  { key: 'action', title: 'What', cell: (row) => capital(eventWord(row.action)), rowHeader: true },
  { key: 'who', title: 'Who', cell: (row) => row.actor_name },
  {
    key: 'party',
    title: 'Party',
    cell: (row) => (row.party_id ? <a href={`/parties/${row.party_id}`}>{row.party}</a> : ''),
  },
  {
    key: 'detail',
    title: 'Before and after',
    cell: (row) => (
      <More summary={row.reason || `${row.subject} ${row.subject_id}`}>
        {row.before === null ? null : <pre class="ff-json">{JSON.stringify(row.before, null, 1)}</pre>}
        {row.after === null ? null : <pre class="ff-json">{JSON.stringify(row.after, null, 1)}</pre>}
        <Identifier>{row.hash.slice(0, 16)}…</Identifier>
      </More>
    ),
  },
];

const filters = [
  {
    name: 'actor',
    label: 'Done by',
    options: [
      { value: 'staff', label: 'Staff' },
      { value: 'contact', label: 'A contact' },
      { value: 'key', label: 'A program (API key)' },
      { value: 'system', label: 'Fieldfix itself' },
    ],
  },
  { name: 'from', label: 'From (YYYY-MM-DD)' },
  { name: 'to', label: 'To (YYYY-MM-DD)' },
];

const empty = { title: 'Nothing recorded yet', text: 'Every change is written here with who, when, before and after.' };

/** GET /history: the record of everything. */
export async function showHistory(c: C): Promise<Response> {
  return listPage(c, {
    list: eventList,
    scope: undefined,
    title: 'History',
    lede: 'Every change with who, when, before and after. The rows are chained by their hashes: tampering shows.',
    actions: (
      <LinkButton href="/history/verify" tone="secondary" icon="shield-check">
        Verify the chain
      </LinkButton>
    ),
    caption: 'Recorded changes',
    columns,
    search: 'Kind of change or person',
    filters,
    empty,
  });
}

/** GET /actions/:id/history */
export async function showActionHistory(c: C): Promise<Response> {
  return withAction(c, (action) => {
    const ofAction = {
      ...eventList,
      rows: (request, scope) =>
        eventList.rows({ ...request, filters: { ...request.filters, case: String(action.id) } }, scope),
    } satisfies typeof eventList;
    return listPage(c, {
      list: ofAction,
      scope: undefined,
      title: 'History',
      crumbs: actionCrumbs(action),
      tabs: <ActionTabs actionId={action.id} here="/history" />,
      caption: `Recorded changes of ${action.reference}`,
      columns,
      search: 'Kind of change or person',
      filters,
      empty,
    });
  });
}
