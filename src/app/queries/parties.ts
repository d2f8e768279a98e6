import { sql } from 'kysely';
import { type ListDefinition, likeAnywhere, likePrefix, where } from './list.ts';

export interface PartyRow {
  id: number;
  ref: string;
  name: string;
  kind: string;
  country: string;
  city: string;
  status: string;
  distributor: string | null;
  units: number;
  owed: number;
}

const partyKinds = ['customer', 'distributor', 'importer', 'authorised-representative', 'authority'] as const;

/** Every party that is known, with its units and what it still owes over all actions. */
export const partyList: ListDefinition<PartyRow> = {
  name: 'parties',
  rows: ({ filters, q }) => sql<PartyRow>`
    select p.id, p.ref, p.name, p.kind, p.country, p.city, p.status, d.name as distributor,
        (select count(*)::int from unit u where u.party_id = p.id) as units,
        (select coalesce(sum(o.corrections_open), 0)::int from obligation o where o.party_id = p.id) as owed
      from party p left join party d on d.id = p.distributor_id
    ${where(
      filters.kind && sql`p.kind = ${filters.kind}`,
      filters.country && sql`p.country = ${filters.country}`,
      filters.status && sql`p.status = ${filters.status}`,
      filters.distributor && sql`p.distributor_id = ${Number(filters.distributor) || -1}`,
      q !== '' &&
        sql`(lower(p.name) like ${likeAnywhere(q.toLowerCase())} or p.ref like ${likePrefix(q)} or lower(p.city) like ${likePrefix(q.toLowerCase())})`,
    )}`,
  sortable: ['id', 'name', 'ref', 'kind', 'country', 'city', 'units', 'owed'],
  defaultSort: 'name',
  id: 'id',
  filters: { kind: partyKinds, country: 'text', status: ['active', 'closed', 'merged'], distributor: 'text' },
  columns: [
    { title: 'Number', value: (row) => row.ref },
    { title: 'Name', value: (row) => row.name },
    { title: 'Kind', value: (row) => row.kind },
    { title: 'Country', value: (row) => row.country },
    { title: 'City', value: (row) => row.city },
    { title: 'Served through', value: (row) => row.distributor },
    { title: 'Units', value: (row) => row.units },
    { title: 'Corrections owed', value: (row) => row.owed },
  ],
};

export interface ObligationRow {
  id: number;
  party_id: number;
  party: string;
  ref: string;
  country: string;
  audience: string;
  state: string;
  total: number;
  owed: number;
  notified_at: Date | null;
  received_at: Date | null;
  last_reply_at: Date | null;
  reminders: number;
  due_on: string | null;
  deadline: string | null;
}

/** The parties of one action by what they still owe: receipt, corrections, or nothing any more. */
export const obligationList: ListDefinition<ObligationRow, { actionId: number }> = {
  name: 'obligations',
  rows: ({ filters, q }, { actionId }) => sql<ObligationRow>`
    select o.id, o.party_id, p.name as party, p.ref, o.country, o.audience, o.state, o.corrections_total as total,
        o.corrections_open as owed, o.notified_at, o.received_at, o.last_reply_at, o.reminders_sent as reminders,
        d.due_on, d.state as deadline
      from obligation o join party p on p.id = o.party_id
      left join lateral (select due_on, state from deadline where action_id = o.action_id and party_id = o.party_id
          order by state = 'missed' desc, due_on nulls last limit 1) d on true
    ${where(
      sql`o.action_id = ${actionId}`,
      filters.state &&
        (filters.state === 'answered' ? sql`o.state in ('received', 'done')` : sql`o.state = ${filters.state}`),
      filters.country && sql`o.country = ${filters.country}`,
      filters.audience && sql`o.audience = ${filters.audience}`,
      filters.notified && (filters.notified === 'no' ? sql`o.notified_at is null` : sql`o.notified_at is not null`),
      filters.overdue && sql`d.state = 'missed'`,
      q !== '' && sql`(lower(p.name) like ${likeAnywhere(q.toLowerCase())} or p.ref like ${likePrefix(q)})`,
    )}`,
  sortable: ['id', 'party', 'country', 'state', 'owed', 'total', 'received_at', 'last_reply_at', 'reminders', 'due_on'],
  defaultSort: '-owed',
  id: 'id',
  filters: {
    state: ['silent', 'received', 'done', 'answered'],
    country: 'text',
    audience: ['dx-recall', 'ruo-quality', 'distributor', 'authority'],
    notified: ['yes', 'no'],
    overdue: ['yes'],
  },
  columns: [
    { title: 'Number', value: (row) => row.ref },
    { title: 'Party', value: (row) => row.party },
    { title: 'Country', value: (row) => row.country },
    { title: 'Told by', value: (row) => row.audience },
    { title: 'State', value: (row) => row.state },
    { title: 'Corrections', value: (row) => row.total },
    { title: 'Owed', value: (row) => row.owed },
    { title: 'Notified', value: (row) => row.notified_at?.toISOString() ?? null },
    { title: 'Receipt', value: (row) => row.received_at?.toISOString() ?? null },
    { title: 'Last reply', value: (row) => row.last_reply_at?.toISOString() ?? null },
    { title: 'Reminders', value: (row) => row.reminders },
    { title: 'Due', value: (row) => row.due_on },
  ],
};
