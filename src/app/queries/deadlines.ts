import { sql } from 'kysely';
import { deadlineRules, explainDeadline } from '../../domain/deadline.ts';
import type { Reader } from '../context.ts';
import { type ListDefinition, likeAnywhere, where } from './list.ts';

export const deadlineStates = ['waiting', 'running', 'met', 'missed', 'withdrawn'] as const;

export interface DeadlineListRow {
  id: number;
  party_id: number | null;
  party: string | null;
  country: string;
  rule: string;
  due_on: string | null;
  state: (typeof deadlineStates)[number];
  since: Date;
  explanation: unknown;
}

/** What a deadline asks for, in words. */
export function ruleWords(rule: string): string {
  return deadlineRules.find((known) => known.id === rule)?.what ?? rule;
}

/** The clocks of one action: whose, until when, and why that day. */
export const deadlineList: ListDefinition<DeadlineListRow, { actionId: number; today: string }> = {
  name: 'deadlines',
  rows: ({ filters, q }, { actionId, today }) => sql<DeadlineListRow>`
    select d.id, d.party_id, p.name as party, d.country, d.rule, d.due_on, d.state, d.state_since as since, d.explanation
      from deadline d left join party p on p.id = d.party_id
    ${where(
      sql`d.action_id = ${actionId}`,
      filters.state && sql`d.state = ${filters.state}`,
      filters.country && sql`d.country = ${filters.country}`,
      filters.due && sql`d.state = 'running' and d.due_on <= ${today}::date + ${filters.due === 'today' ? 0 : 7}::int`,
      filters.on &&
        /^\d{4}-\d{2}-\d{2}$/.test(filters.on) &&
        sql`d.state = 'running' and d.due_on = ${filters.on}::date`,
      q !== '' && sql`lower(p.name) like ${likeAnywhere(q.toLowerCase())}`,
    )}`,
  sortable: ['id', 'party', 'country', 'due_on', 'state', 'since'],
  defaultSort: 'due_on',
  id: 'id',
  filters: { state: deadlineStates, country: 'text', due: ['today', 'week'], on: 'text' },
  columns: [
    { title: 'Number', value: (row) => row.id },
    { title: 'Party', value: (row) => row.party },
    { title: 'Country', value: (row) => row.country },
    { title: 'What', value: (row) => ruleWords(row.rule) },
    { title: 'Due', value: (row) => row.due_on },
    { title: 'State', value: (row) => row.state },
    { title: 'Since', value: (row) => row.since.toISOString() },
    { title: 'Why this day', value: (row) => explainDeadline(row.explanation) },
  ],
};

/** One deadline with whose it is. */
export function loadDeadline(reader: Reader, id: number) {
  return reader
    .selectFrom('deadline as d')
    .innerJoin('action as a', 'a.id', 'd.action_id')
    .leftJoin('party as p', 'p.id', 'd.party_id')
    .selectAll('d')
    .select(['a.reference', 'p.name as party'])
    .where('d.id', '=', id)
    .executeTakeFirst();
}
export type DeadlineDetail = NonNullable<Awaited<ReturnType<typeof loadDeadline>>>;
