import type { VNode } from 'preact';
import type { Crumb } from '../../ui/layout.tsx';
import { Tabs } from '../../ui/parts.tsx';

/** The places of one action. `/actions/7/deliveries` etc. are known to these tabs only. */
const places = [
  ['', 'Dashboard'],
  ['/describe', 'Description'],
  ['/scope', 'Scope'],
  ['/notice', 'Notice'],
  ['/packages', 'Packages'],
  ['/deliveries', 'Deliveries'],
  ['/calls', 'Calls'],
  ['/parties', 'Parties'],
  ['/corrections', 'Corrections'],
  ['/permanent', 'Permanent fix'],
  ['/follow-up', 'Follow-up'],
  ['/replies', 'Replies'],
  ['/deadlines', 'Deadlines'],
  ['/tasks', 'Tasks'],
  ['/history', 'History'],
] as const;

export type ActionPlace = (typeof places)[number][0];

/** The navigation of one action. */
export function ActionTabs({ actionId, here }: { actionId: number; here: ActionPlace }): VNode {
  return (
    <Tabs
      label="This action"
      tabs={places.map(([path, label]) => ({ href: `/actions/${actionId}${path}`, label, current: path === here }))}
    />
  );
}

/** Crumbs of a page inside an action. */
export function actionCrumbs(action: { id: number; reference: string }): Crumb[] {
  return [
    { href: '/actions', label: 'Actions' },
    { href: `/actions/${action.id}`, label: action.reference },
  ];
}
