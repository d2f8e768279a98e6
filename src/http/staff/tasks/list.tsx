import type { VNode } from 'preact';
import { type TaskRow, taskList } from '../../../app/queries/tasks.ts';
import { staffIdOf } from '../../../domain/actor.ts';
import type { C } from '../../context.ts';
import { countryName } from '../../translate.ts';
import { Badge, StateBadge } from '../../ui/state.tsx';
import type { Column, FilterField } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { listPage, ownerFilter } from '../list-page.tsx';
import { partyCountries } from '../parties/list.tsx';
import { taskKinds, taskTitle } from '../words.ts';

const columns: Column<TaskRow>[] = [
  { key: 'kind', title: 'What', cell: (row) => taskTitle(row.kind), sortable: true, rowHeader: true },
  { key: 'priority', title: 'Priority', cell: (row) => <Priority level={row.priority} />, sortable: true },
  {
    key: 'party',
    title: 'Party',
    cell: (row) => (row.party_id ? <a href={`/parties/${row.party_id}`}>{row.party}</a> : ''),
    sortable: true,
  },
  {
    key: 'country',
    title: 'Country',
    cell: (row) => (row.country ? countryName(row.country, 'en') : ''),
    sortable: true,
  },
  { key: 'owner', title: 'Owner', cell: (row) => row.owner || 'nobody', sortable: true },
  { key: 'state', title: 'State', cell: (row) => <StateBadge kind="task" state={row.state} /> },
  {
    key: 'created_at',
    title: 'Since',
    cell: (row) => <Moment at={row.created_at} />,
    sortable: true,
    nowrap: true,
  },
];

function Priority({ level }: { level: number }): VNode {
  if (level === 1)
    return (
      <Badge tone="red" icon="flame">
        urgent
      </Badge>
    );
  return <span>{level === 2 ? 'normal' : 'when there is time'}</span>;
}

const filters: FilterField[] = [
  {
    name: 'state',
    label: 'State',
    options: [
      { value: 'open', label: 'Open' },
      { value: 'done', label: 'Done' },
      { value: 'dismissed', label: 'Dismissed' },
    ],
  },
  { name: 'kind', label: 'Kind', options: taskKinds },
  ownerFilter,
];

/** What every list of tasks has, of all actions or of one. Open ones unless the URL says otherwise. */
export function taskListProps(c: C) {
  const { actor } = c.get('ctx');
  return {
    list: taskList,
    scope: { me: staffIdOf(actor) },
    preset: { state: 'open' },
    title: 'Tasks',
    columns,
    rowHref: (row: TaskRow) => `/tasks/${row.id}`,
    search: 'Party or detail',
    filters,
    empty: {
      title: 'No tasks',
      text: 'Bounced letters, contradictions, contact changes and calls to make appear here by themselves.',
    },
  };
}

/** GET /tasks: what needs somebody. */
export async function showTasks(c: C): Promise<Response> {
  return listPage(c, {
    ...taskListProps(c),
    lede: 'Everything that needs a person: urgent ones first, then the oldest.',
    caption: 'Tasks',
    filters: [...filters, { name: 'country', label: 'Country', options: await partyCountries(c) }],
  });
}
