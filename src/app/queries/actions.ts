import { sql } from 'kysely';
import type { Stage } from '../../db/schema.ts';
import { type ListDefinition, likeAnywhere, likePrefix, where } from './list.ts';

export interface ActionListRow {
  id: number;
  reference: string;
  title: string;
  stage: Stage;
  since: Date;
  total: number;
  owed: number;
  verified: number;
  tasks: number;
}

export const stages: readonly Stage[] = [
  'draft',
  'in-review',
  'approved',
  'released',
  'monitoring',
  'completed',
  'closed',
];

/** All actions with where each stands. */
export const actionList: ListDefinition<ActionListRow> = {
  name: 'actions',
  rows: ({ filters, q }) => sql<ActionListRow>`
    select a.id, a.reference, a.title, a.stage, a.stage_since as since, coalesce(t.total, 0)::int as total,
        coalesce(t.owed, 0)::int as owed, coalesce(t.verified, 0)::int as verified,
        (select count(*)::int from task k where k.action_id = a.id and k.state = 'open') as tasks
      from action a left join lateral (select sum(n) as total, sum(n) filter (where state in ('open', 'blocked', 'isolated')) as owed,
          sum(n) filter (where state = 'verified') as verified from tally where action_id = a.id and subject = 'correction') t on true
    ${where(
      filters.stage &&
        (filters.stage === 'running' ? sql`a.stage not in ('completed', 'closed')` : sql`a.stage = ${filters.stage}`),
      q !== '' &&
        sql`(lower(a.reference) like ${likePrefix(q.toLowerCase())} or lower(a.title) like ${likeAnywhere(q.toLowerCase())})`,
    )}`,
  sortable: ['id', 'reference', 'title', 'stage', 'since', 'total', 'owed', 'tasks'],
  defaultSort: '-id',
  id: 'id',
  filters: { stage: [...stages, 'running'] },
  columns: [
    { title: 'Reference', value: (row) => row.reference },
    { title: 'Title', value: (row) => row.title },
    { title: 'Stage', value: (row) => row.stage },
    { title: 'Since', value: (row) => row.since.toISOString() },
    { title: 'Corrections', value: (row) => row.total },
    { title: 'Not yet fixed', value: (row) => row.owed },
    { title: 'Verified', value: (row) => row.verified },
    { title: 'Open tasks', value: (row) => row.tasks },
  ],
};
