import { actionList, stages } from '../../../app/queries/actions.ts';
import { forbid } from '../../../domain/permission.ts';
import type { C } from '../../context.ts';
import { LinkButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { StateBadge } from '../../ui/state.tsx';
import { Moment } from '../../ui/time.tsx';
import { listPage } from '../list-page.tsx';
import { capital } from '../words.ts';

/** GET /actions: all actions, the newest first. */
export async function showActions(c: C): Promise<Response> {
  const mayCreate = !forbid(c.get('ctx').actor, 'action.create');
  const create = mayCreate ? (
    <LinkButton href="/actions/new" tone="primary" icon="plus">
      Create an action
    </LinkButton>
  ) : undefined;
  return listPage(c, {
    list: actionList,
    scope: undefined,
    title: 'Actions',
    lede: 'Field safety corrective actions, from the first notice to the last verified fix.',
    actions: create,
    caption: 'Actions',
    columns: [
      {
        key: 'reference',
        title: 'Reference',
        cell: (row) => row.reference,
        sortable: true,
        rowHeader: true,
        nowrap: true,
      },
      { key: 'title', title: 'Title', cell: (row) => row.title, sortable: true },
      { key: 'stage', title: 'Stage', cell: (row) => <StateBadge kind="action" state={row.stage} />, sortable: true },
      { key: 'since', title: 'Since', cell: (row) => <Moment at={row.since} />, sortable: true, nowrap: true },
      { key: 'total', title: 'Corrections', align: 'number', cell: (row) => formatCount(row.total), sortable: true },
      { key: 'owed', title: 'Not yet fixed', align: 'number', cell: (row) => formatCount(row.owed), sortable: true },
      { key: 'tasks', title: 'Open tasks', align: 'number', cell: (row) => formatCount(row.tasks), sortable: true },
    ],
    rowHref: (row) => `/actions/${row.id}`,
    search: 'Reference or title',
    filters: [
      {
        name: 'stage',
        label: 'Stage',
        options: [
          { value: 'running', label: 'Still running' },
          ...stages.map((stage) => ({ value: stage, label: capital(stage.replace('-', ' ')) })),
        ],
      },
    ],
    empty: {
      title: 'No actions yet',
      text: 'An action starts as a draft: its reference, what is wrong, and which products it is about.',
      action: create,
    },
  });
}
