import { type RawBuilder, sql } from 'kysely';
import type { DeliveryState } from '../../db/schema.ts';
import type { Audience } from '../../domain/notice.ts';
import type { Reader } from '../context.ts';
import { type ListDefinition, likeAnywhere, where } from './list.ts';

/**
 * The newest version of an action's notice whose letter left for a contact, as a column. A letter that came back, failed,
 * was stopped or is in doubt puts nothing into anybody's hands.
 */
export function heldVersion(contact: RawBuilder<unknown>, action: RawBuilder<unknown>): RawBuilder<number | null> {
  return sql`(select held.version from delivery got join notice held on held.id = got.notice_id
    where got.contact_id = ${contact} and got.action_id = ${action} and got.kind in ('notice', 'reminder')
      and got.state in ('sent', 'delivered', 'opened')
    order by held.version desc limit 1)`;
}

/** The notice a contact holds; one that holds none: the newest written to it, e.g. a letter that waits to be posted. */
export function noticeOfContact(contact: RawBuilder<unknown>, action: RawBuilder<unknown>): RawBuilder<number | null> {
  return sql`(select held.id from delivery got join notice held on held.id = got.notice_id
    where got.contact_id = ${contact} and got.action_id = ${action} and got.kind in ('notice', 'reminder')
      and held.state in ('released', 'superseded')
    order by (got.state in ('sent', 'delivered', 'opened')) desc, held.version desc limit 1)`;
}

/** Contact → the notice it is spoken to about ({@link noticeOfContact}); contacts nothing was written to are left out. */
export async function noticesOfContacts(
  reader: Reader,
  actionId: number,
  contactIds: readonly number[],
): Promise<Map<number, number>> {
  const { rows } = await sql<{ contact_id: number; notice_id: number | null }>`
    select asked.contact as contact_id, ${noticeOfContact(sql`asked.contact`, sql`${actionId}::bigint`)} as notice_id
      from unnest(${[...contactIds]}::bigint[]) as asked (contact)`.execute(reader);
  return new Map(rows.flatMap((row) => (row.notice_id === null ? [] : [[row.contact_id, row.notice_id]])));
}

export interface HoldingRow {
  id: number;
  party_id: number;
  party: string;
  contact: string;
  country: string;
  audience: Audience;
  languages: string[];
  /** Version of the notice in this contact's hands; null: none yet. */
  holds: number | null;
  /** Newest version that was written to it, and how far that letter came. */
  sent: number | null;
  state: DeliveryState | null;
  since: Date | null;
}

/** Every contact of the parties that must be told, with the version it holds and the last one written to it. */
export const holdingList: ListDefinition<HoldingRow, { actionId: number }> = {
  name: 'holdings',
  rows: ({ filters, q }, { actionId }) => sql<HoldingRow>`
    select * from (
      select c.id, o.party_id, p.name as party, c.name as contact, coalesce(s.country, p.country) as country, o.audience,
             coalesce(last.languages, '{}') as languages, last.version as sent, last.state, last.state_since as since,
             ${heldVersion(sql`c.id`, sql`o.action_id`)} as holds
        from obligation o join party p on p.id = o.party_id join contact c on c.party_id = o.party_id and c.status <> 'replaced'
        left join site s on s.id = c.site_id
        left join lateral (
          select d.languages, n.version, d.state, d.state_since from delivery d join notice n on n.id = d.notice_id
           where d.contact_id = c.id and d.action_id = o.action_id and d.kind in ('notice', 'reminder')
           order by n.version desc, d.id desc limit 1) last on true
       where o.action_id = ${actionId}) held
    ${where(
      filters.holds &&
        (filters.holds === 'none'
          ? sql`holds is null`
          : sql`holds = ${/^\d{1,6}$/.test(filters.holds) ? Number(filters.holds) : -1}`),
      filters.behind === 'yes' && sql`sent is distinct from holds`,
      filters.country && sql`country = ${filters.country}`,
      filters.audience && sql`audience = ${filters.audience}`,
      filters.language && sql`${filters.language} = any(languages)`,
      q !== '' &&
        sql`(lower(party) like ${likeAnywhere(q.toLowerCase())} or lower(contact) like ${likeAnywhere(q.toLowerCase())})`,
    )}`,
  sortable: ['id', 'party', 'contact', 'country', 'holds', 'since'],
  defaultSort: 'party',
  id: 'id',
  filters: {
    // A version's number, or `none`.
    holds: 'text',
    // The last version written to it has not arrived.
    behind: ['yes'],
    country: 'text',
    audience: ['dx-recall', 'ruo-quality', 'distributor', 'authority'],
    language: 'text',
  },
  columns: [
    { title: 'Party', value: (row) => row.party },
    { title: 'Contact', value: (row) => row.contact },
    { title: 'Country', value: (row) => row.country },
    { title: 'Audience', value: (row) => row.audience },
    { title: 'Holds version', value: (row) => row.holds },
    { title: 'Last version written', value: (row) => row.sent },
    { title: 'Languages', value: (row) => row.languages.join(' ') },
    { title: 'State', value: (row) => row.state },
    { title: 'Since', value: (row) => row.since?.toISOString() ?? null },
  ],
};

export interface VersionRow {
  id: number;
  version: number;
  number: string;
  kind: 'new' | 'update';
  state: 'draft' | 'in-review' | 'approved' | 'released' | 'superseded';
  since: Date;
  released_at: Date | null;
  content_hash: string;
  seal: string | null;
  previous_id: number | null;
  previous: number | null;
  /** Contacts in whose hands this version is the newest. */
  holders: number;
  /** Letters of this version that left. */
  letters: number;
  /** Parties asked anew for their receipt, and how many of them have given it. */
  asked: number;
  received: number;
}

/** Every version of an action's notice, the newest first, with who holds it. */
export async function loadVersions(reader: Reader, actionId: number): Promise<VersionRow[]> {
  const { rows } = await sql<VersionRow>`
    with held as (
      select distinct on (d.contact_id) d.contact_id, n.id as notice_id
        from delivery d join notice n on n.id = d.notice_id
       where d.action_id = ${actionId} and d.kind in ('notice', 'reminder') and d.state in ('sent', 'delivered', 'opened')
         and d.contact_id is not null
       order by d.contact_id, n.version desc),
    holders as (select notice_id, count(*)::int as n from held group by 1),
    letters as (
      select notice_id, count(*)::int as n from delivery
       where action_id = ${actionId} and kind = 'notice' and state not in ('queued', 'sending', 'failed', 'stopped') group by 1)
    select n.id, n.version, n.number, n.kind, n.state, n.state_since as since, n.released_at, n.content_hash, n.seal,
           n.previous_id, b.version as previous, coalesce(h.n, 0) as holders, coalesce(l.n, 0) as letters,
           (select count(*)::int from receipt_request r where r.notice_id = n.id) as asked,
           (select count(*)::int from receipt_request r join obligation o on o.id = r.obligation_id
             where r.notice_id = n.id and o.received_at >= r.asked_at) as received
      from notice n left join notice b on b.id = n.previous_id
      left join holders h on h.notice_id = n.id left join letters l on l.notice_id = n.id
     where n.action_id = ${actionId} order by n.version desc`.execute(reader);
  return rows;
}
