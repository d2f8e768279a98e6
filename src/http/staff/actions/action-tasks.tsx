import { countPromisedCalls } from '../../../app/queries/calls.ts';
import { taskList } from '../../../app/queries/tasks.ts';
import type { C } from '../../context.ts';
import { formatCount } from '../../ui/figures.ts';
import type { NextStep } from '../../ui/layout.tsx';
import { listPage } from '../list-page.tsx';
import { taskListProps } from '../tasks/list.tsx';
import { withAction } from './action-page.tsx';
import { ActionTabs, actionCrumbs } from './tabs.tsx';

/** A promised call is no task, but it waits for a person like one. */
export function promisedCalls(count: number, actionId: number): NextStep {
  return {
    text: count === 1 ? 'One promised call is due' : `${formatCount(count)} promised calls are due`,
    href: `/actions/${actionId}/calls?why=call-back`,
    label: count === 1 ? 'Call now' : 'Call them',
    tone: 'attention',
  };
}

/** GET /actions/:id/tasks: what needs somebody in one action. Open ones unless the URL says otherwise. */
export function showActionTasks(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const { db, now } = c.get('ctx');
    const promised = await countPromisedCalls(db, action.id, now());
    return listPage(c, {
      ...taskListProps(c),
      list: {
        ...taskList,
        rows: (request, scope) =>
          taskList.rows({ ...request, filters: { ...request.filters, action: String(action.id) } }, scope),
      },
      lede: 'What needs a person in this action: urgent ones first, then the oldest.',
      crumbs: actionCrumbs(action),
      tabs: <ActionTabs actionId={action.id} here="/tasks" />,
      ...(promised > 0 ? { next: [promisedCalls(promised, action.id)] } : {}),
      caption: `Tasks of ${action.reference}`,
    });
  });
}
