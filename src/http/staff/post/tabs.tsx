import type { VNode } from 'preact';
import { Tabs } from '../../ui/parts.tsx';

const places = [
  ['', 'Letters'],
  ['/hand-in', 'Hand in'],
  ['/arrived', 'Arrived'],
  ['/returned', 'Came back'],
  ['/list', 'List of numbers'],
] as const;

/** The places of the post of an action. */
export function PostTabs({ actionId, here }: { actionId: number; here: (typeof places)[number][0] }): VNode {
  return (
    <Tabs
      label="Post"
      tabs={places.map(([path, label]) => ({
        href: `/actions/${actionId}/post${path}`,
        label,
        current: path === here,
      }))}
    />
  );
}
