import { sql } from 'kysely';
import type { MessageDoor } from '../../db/schema-messages.ts';
import { type FailureClass, failureClasses, type MailKind, mailKinds } from '../../domain/mail.ts';
import type { Reader } from '../context.ts';
import { idFilter, type ListDefinition, likeAnywhere, likePrefix, where } from './list.ts';

export interface MessageRow {
  id: number;
  received_at: Date;
  door: MessageDoor;
  mailbox: string;
  state: 'new' | 'waiting' | 'done';
  kind: MailKind | null;
  failure: FailureClass | null;
  confidence: number | null;
  from_name: string;
  from_address: string;
  subject: string;
  excerpt: string;
  party_id: number | null;
  party: string | null;
  country: string | null;
  action_id: number | null;
  reference: string | null;
  attachments: number;
  owner: string;
  owner_id: string | null;
  outcome: string;
  urgent: boolean;
  /** Sorts what cannot wait before all, and then what came first. */
  rank: string;
}

/** What came in by mail. Waiting ones: what speaks of a break-in first, then the oldest. */
export const messageList: ListDefinition<MessageRow, { me: string }> = {
  name: 'messages',
  rows: ({ filters, q }, { me }) => sql<MessageRow>`
    select m.id, m.received_at, m.door, m.mailbox, m.state, m.kind, m.failure, m.confidence, m.from_name, m.from_address,
        m.subject, m.excerpt, m.party_id, p.name as party, p.country, m.action_id, a.reference,
        jsonb_array_length(m.attachments)::int as attachments, m.owner_name as owner, m.owner_id, m.outcome,
        (m.kind = 'problem' and m.state = 'waiting') as urgent,
        case when m.kind = 'problem' and m.state = 'waiting' then '0' else '1' end ||
          to_char(m.received_at at time zone 'UTC', 'YYYYMMDDHH24MISSUS') as rank
      from message m left join party p on p.id = m.party_id left join action a on a.id = m.action_id
    ${where(
      filters.state && sql`m.state = ${filters.state}`,
      filters.kind && sql`m.kind = ${filters.kind}`,
      filters.failure && sql`m.failure = ${filters.failure}`,
      filters.door && sql`m.door = ${filters.door}`,
      filters.party && sql`m.party_id = ${idFilter(filters.party)}`,
      filters.action && sql`m.action_id = ${idFilter(filters.action)}`,
      filters.matched && (filters.matched === 'no' ? sql`m.party_id is null` : sql`m.party_id is not null`),
      filters.owner &&
        (filters.owner === 'me'
          ? sql`m.owner_id = ${me}`
          : filters.owner === 'nobody'
            ? sql`m.owner_id is null`
            : sql`m.owner_id is not null`),
      q !== '' &&
        sql`(lower(m.from_address) like ${likePrefix(q.toLowerCase())} or m.subject ilike ${likeAnywhere(q)}
             or m.excerpt ilike ${likeAnywhere(q)} or lower(p.name) like ${likePrefix(q.toLowerCase())} or m.message_id = ${q})`,
    )}`,
  sortable: ['id', 'rank', 'received_at', 'kind', 'from_address', 'subject', 'party', 'confidence'],
  defaultSort: 'rank',
  id: 'id',
  filters: {
    state: ['new', 'waiting', 'done'],
    kind: mailKinds,
    failure: failureClasses,
    door: ['imap', 'smtp', 'upload', 'api', 'sample'],
    party: 'text',
    action: 'text',
    matched: ['yes', 'no'],
    owner: ['me', 'nobody', 'somebody'],
  },
  columns: [
    { title: 'Number', value: (row) => row.id },
    { title: 'Received', value: (row) => row.received_at.toISOString() },
    { title: 'Door', value: (row) => row.door },
    { title: 'Mailbox', value: (row) => row.mailbox },
    { title: 'State', value: (row) => row.state },
    { title: 'Kind', value: (row) => row.kind },
    { title: 'Failure', value: (row) => row.failure },
    { title: 'Sure', value: (row) => row.confidence },
    { title: 'From', value: (row) => row.from_address },
    { title: 'Subject', value: (row) => row.subject },
    { title: 'Party', value: (row) => row.party },
    { title: 'Action', value: (row) => row.reference },
    { title: 'Owner', value: (row) => row.owner },
    { title: 'Outcome', value: (row) => row.outcome },
  ],
};

export interface PostRoomCounts {
  messages: number;
  unread: number;
  waiting: number;
  urgent: number;
  done: number;
  byKind: Record<string, number>;
}

/** The post room in figures. */
export async function countMessages(reader: Reader): Promise<PostRoomCounts> {
  const { rows } = await sql<PostRoomCounts>`
    select count(*)::int as messages, count(*) filter (where state = 'new')::int as unread,
        count(*) filter (where state = 'waiting')::int as waiting,
        count(*) filter (where state = 'waiting' and kind = 'problem')::int as urgent,
        count(*) filter (where state = 'done')::int as done,
        (select coalesce(jsonb_object_agg(kind, n), '{}') from (select kind, count(*) as n from message
          where kind is not null group by kind order by kind) x) as "byKind"
      from message`.execute(reader);
  return rows[0] ?? { messages: 0, unread: 0, waiting: 0, urgent: 0, done: 0, byKind: {} };
}

/** A mailbox that is read, and how it is. */
export interface MailboxDoorRow {
  name: string;
  state: 'waiting' | 'connected' | 'trouble';
  trouble: string;
  seen_at: Date | null;
  received_at: Date | null;
  received: number;
}

export async function listMailboxDoors(reader: Reader): Promise<MailboxDoorRow[]> {
  return reader
    .selectFrom('mailbox_door')
    .select(['name', 'state', 'trouble', 'seen_at', 'received_at', 'received'])
    .orderBy('name')
    .execute();
}

/**
 * The next message that waits behind this one, in the order of the queue: what cannot wait first, then what came first; from
 * its end the beginning again. What a colleague has taken is left to them.
 * @param after the message one comes from, whatever became of it; 0: from the beginning
 * @param me whose own messages are offered beside those that nobody has
 * @param only who works through one kind is offered that kind
 */
export async function nextWaiting(
  reader: Reader,
  after: number,
  me: string,
  only?: MailKind,
): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    select m.id from message m
      left join lateral (select kind is distinct from 'problem' as later, received_at, id from message where id = ${after}) h on true
     where m.state = 'waiting' and m.id <> ${after} and (m.owner_id is null or m.owner_id = ${me})
       and (${only ?? null}::text is null or m.kind = ${only ?? null}::text)
     order by coalesce((m.kind is distinct from 'problem', m.received_at, m.id) < (h.later, h.received_at, h.id), false),
              m.kind is distinct from 'problem', m.received_at, m.id
     limit 1`.execute(reader);
  return rows[0]?.id;
}

/** What speaks of a break-in or of harm and nobody has taken on yet, without this message: the oldest. */
export async function nextUrgent(reader: Reader, but: number): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    select id from message where state = 'waiting' and kind = 'problem' and owner_id is null and id <> ${but}
     order by received_at, id limit 1`.execute(reader);
  return rows[0]?.id;
}

/** A party as a person names it: by its number, its reference, or its whole name. */
export async function findParty(reader: Reader, typed: string): Promise<number | undefined> {
  const text = typed.trim();
  if (text === '') return undefined;
  const { rows } = await sql<{ id: number }>`
    select id from party where ref = ${text} or lower(name) = ${text.toLowerCase()}
        or id = ${idFilter(text.replace(/^#/, ''))} or lower(email) = ${text.toLowerCase()}
     order by (ref = ${text}) desc, (lower(name) = ${text.toLowerCase()}) desc, id limit 1`.execute(reader);
  return rows[0]?.id;
}
