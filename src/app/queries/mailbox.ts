import { sql } from 'kysely';
import { deliveryKinds } from './deliveries.ts';
import { type ListDefinition, likeAnywhere, likePrefix, where } from './list.ts';

export interface MailboxRow {
  id: number;
  direction: 'out' | 'in';
  sender: string;
  recipient: string;
  subject: string;
  at: Date;
  delivery_id: number | null;
  kind: string | null;
  state: string | null;
  party_id: number | null;
  party: string | null;
}

/** The built-in mailbox: what would have gone out, and what came in. */
export const mailboxList: ListDefinition<MailboxRow> = {
  name: 'mailbox',
  rows: ({ filters, q }) => sql<MailboxRow>`
    select m.id, m.direction, m.sender, m.recipient, m.subject, m.at, m.delivery_id, d.kind, d.state, d.party_id, p.name as party
      from mailbox_message m left join delivery d on d.id = m.delivery_id left join party p on p.id = d.party_id
    ${where(
      filters.direction && sql`m.direction = ${filters.direction}`,
      filters.kind && sql`d.kind = ${filters.kind}`,
      q !== '' &&
        sql`(lower(m.recipient) like ${likePrefix(q.toLowerCase())} or lower(m.subject) like ${likeAnywhere(q.toLowerCase())}
             or lower(p.name) like ${likePrefix(q.toLowerCase())} or m.message_id = ${q})`,
    )}`,
  sortable: ['id', 'at', 'recipient', 'subject'],
  defaultSort: '-id',
  id: 'id',
  filters: {
    direction: ['out', 'in'],
    kind: deliveryKinds,
  },
  columns: [
    { title: 'Number', value: (row) => row.id },
    { title: 'Direction', value: (row) => row.direction },
    { title: 'From', value: (row) => row.sender },
    { title: 'To', value: (row) => row.recipient },
    { title: 'Subject', value: (row) => row.subject },
    { title: 'At', value: (row) => row.at.toISOString() },
    { title: 'Party', value: (row) => row.party },
  ],
};
