import { sql } from 'kysely';
import type { DeliveryState } from '../../db/schema.ts';
import type { Reader } from '../context.ts';
import { heldVersion } from './holdings.ts';
import { idFilter, type ListDefinition, likeAnywhere, likePrefix, where } from './list.ts';

export const deliveryStates: readonly DeliveryState[] = [
  'queued',
  'sending',
  'sent',
  'delivered',
  'opened',
  'bounced',
  'failed',
  'stopped',
  'unsure',
];
export const deliveryKinds = [
  'notice',
  'reminder',
  'receipt',
  'contact-check',
  'test',
  'call-confirmation',
  'download-code',
  'package-withdrawn',
  'kit-shipped',
] as const;

export interface DeliveryRow {
  id: number;
  party_id: number | null;
  party: string | null;
  contact: string | null;
  country: string;
  kind: (typeof deliveryKinds)[number];
  channel: 'email' | 'post' | 'phone';
  address: string;
  variant: string;
  languages: string[];
  state: DeliveryState;
  since: Date;
  attempts: number;
  next_attempt_at: Date | null;
  detail: string;
  message_id: string;
  /** Version of the notice this letter carries, and the version its contact holds now. */
  version: number | null;
  holds: number | null;
}

/** The letters of one action: to whom, how far each came, and by what evidence. */
export const deliveryList: ListDefinition<DeliveryRow, { actionId: number }> = {
  name: 'deliveries',
  rows: ({ filters, q }, { actionId }) => sql<DeliveryRow>`
    select d.id, d.party_id, p.name as party, c.name as contact, d.country, d.kind, d.channel, d.address, d.variant,
        d.languages, d.state, d.state_since as since, d.attempts, d.next_attempt_at, d.detail, d.message_id,
        n.version, ${heldVersion(sql`d.contact_id`, sql`d.action_id`)} as holds
      from delivery d left join notice n on n.id = d.notice_id left join party p on p.id = d.party_id left join contact c on c.id = d.contact_id
    ${where(
      sql`d.action_id = ${actionId}`,
      filters.state &&
        (filters.state === 'left'
          ? sql`d.state not in ('queued', 'sending', 'failed', 'stopped')`
          : sql`d.state = ${filters.state}`),
      filters.kind && sql`d.kind = ${filters.kind}`,
      filters.country && sql`d.country = ${filters.country}`,
      filters.channel && sql`d.channel = ${filters.channel}`,
      filters.language && sql`${filters.language} = any(d.languages)`,
      filters.notice && sql`d.notice_id = ${idFilter(filters.notice)}`,
      filters.version && sql`n.version = ${idFilter(filters.version)}`,
      filters.holds && sql`${heldVersion(sql`d.contact_id`, sql`d.action_id`)} = ${idFilter(filters.holds)}`,
      q !== '' &&
        sql`(lower(p.name) like ${likeAnywhere(q.toLowerCase())} or lower(d.address) like ${likeAnywhere(q.toLowerCase())}
             or d.message_id like ${likePrefix(`<${q.replace(/^</, '')}`)})`,
    )}`,
  sortable: ['id', 'party', 'country', 'state', 'since', 'attempts', 'next_attempt_at', 'channel'],
  defaultSort: 'id',
  id: 'id',
  filters: {
    // `left`: taken by a mail server or the post, whatever became of it.
    state: [...deliveryStates, 'left'],
    kind: deliveryKinds,
    country: 'text',
    channel: ['email', 'post', 'phone'],
    language: 'text',
    notice: 'text',
    version: 'text',
    holds: 'text',
  },
  columns: [
    { title: 'Number', value: (row) => row.id },
    { title: 'Party', value: (row) => row.party },
    { title: 'Contact', value: (row) => row.contact },
    { title: 'Country', value: (row) => row.country },
    { title: 'Kind', value: (row) => row.kind },
    { title: 'Channel', value: (row) => row.channel },
    { title: 'Address', value: (row) => row.address.replaceAll('\n', ', ') },
    { title: 'Variant', value: (row) => row.variant },
    { title: 'Languages', value: (row) => row.languages.join(' ') },
    { title: 'Version', value: (row) => row.version },
    { title: 'Contact holds version', value: (row) => row.holds },
    { title: 'State', value: (row) => row.state },
    { title: 'Since', value: (row) => row.since.toISOString() },
    { title: 'Tries', value: (row) => row.attempts },
    { title: 'Detail', value: (row) => row.detail },
    { title: 'Message-ID', value: (row) => row.message_id },
  ],
};

/** What the page of an action's letters counts on top; each figure is a filter of the list. */
export interface DeliveryFigures {
  notice: Partial<Record<DeliveryState, number>>;
  reminder: Partial<Record<DeliveryState, number>>;
  /** Letters waiting to be printed and posted, calls to be made. */
  toPost: number;
  toCall: number;
  countries: string[];
  languages: string[];
}

export async function loadDeliveryFigures(reader: Reader, actionId: number): Promise<DeliveryFigures> {
  const { rows } = await sql<{
    tally: { subject: 'notice' | 'reminder'; country: string; state: DeliveryState; n: number }[];
    to_post: number;
    to_call: number;
    languages: string[] | null;
  }>`
    select (select coalesce(jsonb_agg(t), '[]') from (select subject, country, state, n from tally
             where action_id = ${actionId} and subject in ('notice', 'reminder') and n <> 0) t) as tally,
           (select count(*)::int from delivery where action_id = ${actionId} and state = 'queued' and channel = 'post') as to_post,
           (select count(*)::int from delivery where action_id = ${actionId} and state = 'queued' and channel = 'phone') as to_call,
           (select array_agg(distinct language order by language)
              from (select languages from delivery where action_id = ${actionId} order by id limit 5000) d, unnest(d.languages) language) as languages`.execute(
    reader,
  );
  const row = rows[0];
  if (!row) throw new Error('A select without a from gives one row');
  const figures: DeliveryFigures = {
    notice: {},
    reminder: {},
    toPost: row.to_post,
    toCall: row.to_call,
    countries: [...new Set(row.tally.map((line) => line.country))].filter((country) => country !== '').sort(),
    languages: row.languages ?? [],
  };
  for (const line of row.tally) {
    figures[line.subject][line.state] = (figures[line.subject][line.state] ?? 0) + line.n;
  }
  return figures;
}

/** One letter with everything that is known about its way. */
export async function loadDelivery(reader: Reader, deliveryId: number) {
  const delivery = await reader
    .selectFrom('delivery as d')
    .innerJoin('action as a', 'a.id', 'd.action_id')
    .leftJoin('party as p', 'p.id', 'd.party_id')
    .leftJoin('contact as c', 'c.id', 'd.contact_id')
    .leftJoin('link as l', 'l.id', 'd.link_id')
    .leftJoin('mailbox_message as m', 'm.delivery_id', 'd.id')
    .leftJoin('obligation as o', (join) =>
      join.onRef('o.action_id', '=', 'd.action_id').onRef('o.party_id', '=', 'd.party_id'),
    )
    .selectAll('d')
    .select([
      'a.reference',
      'a.delivery_state',
      'p.name as party',
      'c.name as contact',
      'c.role',
      'c.status as contact_status',
      'c.email as contact_email',
      'c.phone as contact_phone',
      'l.opened_at',
      'l.revoked_at',
      'l.revoked_reason',
      'l.expires_at',
      'm.id as mailbox_id',
      'o.received_at',
    ])
    .where('d.id', '=', deliveryId)
    .executeTakeFirst();
  if (!delivery) return undefined;
  const attempts = await reader
    .selectFrom('delivery_attempt')
    .selectAll()
    .where('delivery_id', '=', deliveryId)
    .orderBy('id')
    .execute();
  const tasks = await reader
    .selectFrom('task')
    .select(['id', 'kind', 'state'])
    .where('delivery_id', '=', deliveryId)
    .orderBy('id')
    .execute();
  return { ...delivery, tries: attempts, tasks };
}
export type DeliveryDetail = NonNullable<Awaited<ReturnType<typeof loadDelivery>>>;

export interface PrintRow {
  id: number;
  party_id: number | null;
  party: string;
  contact: string;
  country: string;
  kind: string;
  address: string;
  languages: string[];
  since: Date;
}

/** Letters that wait to be printed and posted. */
export const printList: ListDefinition<PrintRow, { actionId: number }> = {
  name: 'letters to post',
  rows: ({ filters, q }, { actionId }) => sql<PrintRow>`
    select d.id, d.party_id, p.name as party, c.name as contact, d.country, d.kind, d.address, d.languages,
        d.state_since as since
      from delivery d join party p on p.id = d.party_id join contact c on c.id = d.contact_id
    ${where(
      sql`d.action_id = ${actionId}`,
      sql`d.channel = 'post'`,
      sql`d.state = 'queued'`,
      filters.country && sql`d.country = ${filters.country}`,
      q !== '' && sql`lower(p.name) like ${likeAnywhere(q.toLowerCase())}`,
    )}`,
  sortable: ['id', 'party', 'country', 'since'],
  defaultSort: 'country',
  id: 'id',
  filters: { country: 'text' },
  columns: [
    { title: 'Number', value: (row) => row.id },
    { title: 'Party', value: (row) => row.party },
    { title: 'Contact', value: (row) => row.contact },
    { title: 'Country', value: (row) => row.country },
    { title: 'Address', value: (row) => row.address },
    { title: 'Languages', value: (row) => row.languages.join(' ') },
  ],
};
