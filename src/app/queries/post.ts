/** Letters on paper, from the printer to the letter box. */
import { type RawBuilder, sql } from 'kysely';
import {
  letterReference,
  OVERDUE_AFTER_DAYS,
  type PostService,
  type PostState,
  postStates,
} from '../../domain/post.ts';
import type { Reader } from '../context.ts';
import { type ListDefinition, likeAnywhere, where } from './list.ts';

export interface PostRow {
  id: number;
  party_id: number | null;
  party: string;
  contact: string;
  country: string;
  kind: string;
  address: string;
  languages: string[];
  post: PostState;
  since: Date;
  service: PostService | null;
  carrier: string;
  tracking: string;
  printed_at: Date | null;
  dispatched_on: string | null;
  delivered_on: string | null;
  signed_by: string;
  returned_on: string | null;
  return_reason: string;
  task_id: number | null;
}

export interface PostScope {
  actionId: number;
  /** `YYYY-MM-DD` */
  today: string;
}

/** Where a letter stands. One that its reader opened or answered has arrived; only silence makes one overdue. */
const stateOf = (today: string): RawBuilder<PostState> => sql<PostState>`
  case when d.state = 'bounced' then 'returned'
       when d.state in ('delivered', 'opened') then 'delivered'
       when d.state = 'queued' and i.printed_at is null then 'to-print'
       when d.state = 'queued' then 'printed'
       when coalesce(i.dispatched_on, (d.state_since at time zone 'UTC')::date) <= ${today}::date - ${OVERDUE_AFTER_DAYS}::int
         and (o.received_at is null or o.received_at < d.state_since)
         and (o.last_reply_at is null or o.last_reply_at < d.state_since) then 'overdue'
       else 'dispatched' end`;

const letters = ({ actionId, today }: PostScope): RawBuilder<PostRow> => sql<PostRow>`
  select d.id, d.party_id, coalesce(p.name, '') as party, coalesce(c.name, '') as contact, d.country, d.kind, d.address,
      d.languages, ${stateOf(today)} as post, d.state_since as since, i.service, coalesce(i.carrier, '') as carrier,
      coalesce(i.tracking, '') as tracking, i.printed_at, i.dispatched_on::text, i.delivered_on::text,
      coalesce(i.signed_by, '') as signed_by, i.returned_on::text, coalesce(i.return_reason, '') as return_reason,
      (select t.id from task t where t.delivery_id = d.id and t.kind = 'bounce' and t.state = 'open' limit 1) as task_id
    from delivery d left join party p on p.id = d.party_id left join contact c on c.id = d.contact_id
    left join postal_item i on i.delivery_id = d.id
    left join obligation o on o.action_id = d.action_id and o.party_id = d.party_id
   where d.action_id = ${actionId} and d.channel = 'post'
     and d.state in ('queued', 'sent', 'delivered', 'opened', 'bounced', 'unsure')`;

/** Every letter on paper of an action, by how far it came. */
export const postList: ListDefinition<PostRow, PostScope> = {
  name: 'post',
  rows: ({ filters, q }, scope) => sql<PostRow>`
    select * from (${letters(scope)}) posted
    ${where(
      filters.post && sql`post = ${filters.post}`,
      filters.country && sql`country = ${filters.country}`,
      q !== '' &&
        sql`(lower(party) like ${likeAnywhere(q.toLowerCase())} or lower(address) like ${likeAnywhere(q.toLowerCase())}
             or tracking like ${likeAnywhere(q.toUpperCase().replace(/[\s.-]/g, ''))} or 'L-' || id = ${q.toUpperCase()})`,
    )}`,
  sortable: ['id', 'party', 'country', 'since', 'dispatched_on', 'delivered_on', 'returned_on'],
  defaultSort: 'since',
  id: 'id',
  filters: { post: postStates, country: 'text' },
  columns: [
    { title: 'Letter', value: (row) => letterReference(row.id) },
    { title: 'Party', value: (row) => row.party },
    { title: 'Contact', value: (row) => row.contact },
    { title: 'Country', value: (row) => row.country },
    { title: 'Address', value: (row) => row.address.replaceAll('\n', ', ') },
    { title: 'Languages', value: (row) => row.languages.join(' ') },
    { title: 'State', value: (row) => row.post },
    { title: 'Service', value: (row) => row.service },
    { title: 'Carrier', value: (row) => row.carrier },
    { title: 'Tracking number', value: (row) => row.tracking },
    { title: 'Handed in', value: (row) => row.dispatched_on },
    { title: 'Arrived', value: (row) => row.delivered_on },
    { title: 'Signed by', value: (row) => row.signed_by },
    { title: 'Came back', value: (row) => row.returned_on },
    { title: 'Because', value: (row) => row.return_reason },
  ],
};

/** How many letters stand where: each figure is a filter of the list. */
export async function loadPostFigures(
  reader: Reader,
  scope: PostScope,
): Promise<{ states: Partial<Record<PostState, number>>; countries: string[] }> {
  const { rows } = await sql<{ post: PostState; n: number; countries: string[] }>`
    select post, count(*)::int as n, array_agg(distinct country) as countries from (${letters(scope)}) c group by post`.execute(
    reader,
  );
  return {
    states: Object.fromEntries(rows.map((row) => [row.post, row.n])),
    countries: [...new Set(rows.flatMap((row) => row.countries))].filter((code) => code !== '').sort(),
  };
}

/** One letter's way through the post; undefined for a letter that is not on paper. */
export async function loadPostRow(reader: Reader, scope: PostScope, deliveryId: number): Promise<PostRow | undefined> {
  const { rows } = await sql<PostRow>`select * from (${letters(scope)}) c where id = ${deliveryId}`.execute(reader);
  return rows[0];
}
