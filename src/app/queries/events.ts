import { sql } from 'kysely';
import { idFilter, type ListDefinition, likePrefix, where } from './list.ts';

export interface EventRow {
  seq: number;
  at: Date;
  actor_kind: string;
  actor_name: string;
  action: string;
  subject: string;
  subject_id: string;
  action_id: number | null;
  party_id: number | null;
  party: string | null;
  before: unknown;
  after: unknown;
  reason: string;
  hash: string;
}

/** The record of everything, newest first. A day is a day in UTC. */
export const eventList: ListDefinition<EventRow> = {
  name: 'events',
  rows: ({ filters, q }) => sql<EventRow>`
    select e.seq, e.at, e.actor_kind, e.actor_name, e.action, e.subject, e.subject_id, e.action_id, e.party_id,
        p.name as party, e.before, e.after, e.reason, encode(e.hash, 'hex') as hash
      from event e left join party p on p.id = e.party_id
    ${where(
      filters.case && sql`e.action_id = ${idFilter(filters.case)}`,
      filters.party && sql`e.party_id = ${idFilter(filters.party)}`,
      filters.unit && sql`e.unit_id = ${idFilter(filters.unit)}`,
      filters.actor && sql`e.actor_kind = ${filters.actor}`,
      filters.subject && sql`e.subject = ${filters.subject}`,
      filters.from && sql`e.at >= ${`${filters.from}T00:00:00Z`}::timestamptz`,
      filters.to && sql`e.at < ${`${filters.to}T00:00:00Z`}::timestamptz + interval '1 day'`,
      q !== '' &&
        sql`(e.action like ${likePrefix(q.toLowerCase())} or lower(e.actor_name) like ${likePrefix(q.toLowerCase())})`,
    )}`,
  sortable: ['seq'],
  defaultSort: '-seq',
  id: 'seq',
  filters: {
    case: 'text',
    party: 'text',
    unit: 'text',
    actor: ['staff', 'key', 'contact', 'system'],
    subject: 'text',
    from: 'text',
    to: 'text',
  },
  columns: [
    { title: 'Number', value: (row) => row.seq },
    { title: 'When (UTC)', value: (row) => row.at.toISOString() },
    { title: 'Who', value: (row) => row.actor_name },
    { title: 'Kind of actor', value: (row) => row.actor_kind },
    { title: 'What', value: (row) => row.action },
    { title: 'Subject', value: (row) => `${row.subject} ${row.subject_id}` },
    { title: 'Party', value: (row) => row.party },
    { title: 'Before', value: (row) => (row.before === null ? null : JSON.stringify(row.before)) },
    { title: 'After', value: (row) => (row.after === null ? null : JSON.stringify(row.after)) },
    { title: 'Reason', value: (row) => row.reason },
    { title: 'Hash', value: (row) => row.hash },
  ],
};
