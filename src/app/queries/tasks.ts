import { sql } from 'kysely';
import { idFilter, type ListDefinition, likeAnywhere, where } from './list.ts';

export interface TaskRow {
  id: number;
  kind: string;
  priority: number;
  state: 'open' | 'done' | 'dismissed';
  action_id: number | null;
  reference: string | null;
  party_id: number | null;
  party: string | null;
  country: string | null;
  owner_id: string | null;
  owner: string;
  due_on: string | null;
  detail: Record<string, unknown>;
  outcome: string;
  created_at: Date;
  ended_at: Date | null;
}

/** What needs somebody: bounces, contradictions, contact changes, calls to make. Urgent ones first, then the oldest. */
export const taskList: ListDefinition<TaskRow, { me: string }> = {
  name: 'tasks',
  rows: ({ filters, q }, { me }) => sql<TaskRow>`
    select t.id, t.kind, t.priority, t.state, t.action_id, a.reference, t.party_id, p.name as party, p.country,
        t.owner_id, t.owner_name as owner, t.due_on, t.detail, t.outcome, t.created_at, t.ended_at
      from task t left join action a on a.id = t.action_id left join party p on p.id = t.party_id
    ${where(
      filters.state && sql`t.state = ${filters.state}`,
      filters.kind && sql`t.kind = ${filters.kind}`,
      filters.action && sql`t.action_id = ${idFilter(filters.action)}`,
      filters.party && sql`t.party_id = ${idFilter(filters.party)}`,
      filters.country && sql`p.country = ${filters.country}`,
      filters.owner &&
        (filters.owner === 'me'
          ? sql`t.owner_id = ${me}`
          : filters.owner === 'nobody'
            ? sql`t.owner_id is null`
            : sql`t.owner_id is not null`),
      filters.overdue && sql`t.state = 'open' and t.due_on < current_date`,
      q !== '' && sql`(lower(p.name) like ${likeAnywhere(q.toLowerCase())} or t.detail::text ilike ${likeAnywhere(q)})`,
    )}`,
  sortable: ['id', 'priority', 'kind', 'party', 'country', 'due_on', 'created_at', 'owner'],
  defaultSort: 'priority',
  id: 'id',
  filters: {
    state: ['open', 'done', 'dismissed'],
    kind: 'text',
    action: 'text',
    party: 'text',
    country: 'text',
    owner: ['me', 'nobody', 'somebody'],
    overdue: ['yes'],
  },
  columns: [
    { title: 'Number', value: (row) => row.id },
    { title: 'Kind', value: (row) => row.kind },
    { title: 'Priority', value: (row) => row.priority },
    { title: 'State', value: (row) => row.state },
    { title: 'Action', value: (row) => row.reference },
    { title: 'Party', value: (row) => row.party },
    { title: 'Country', value: (row) => row.country },
    { title: 'Owner', value: (row) => row.owner },
    { title: 'Due', value: (row) => row.due_on },
    { title: 'Outcome', value: (row) => row.outcome },
    { title: 'Since', value: (row) => row.created_at.toISOString() },
  ],
};
