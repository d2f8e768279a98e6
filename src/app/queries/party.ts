import { sql } from 'kysely';
import type { Reader } from '../context.ts';

export interface PartyPage {
  party: {
    id: number;
    ref: string;
    kind: string;
    name: string;
    country: string;
    street: string;
    postcode: string;
    city: string;
    region: string;
    phone: string;
    email: string;
    account_no: string;
    srn: string;
    status: string;
    distributor_id: number | null;
    distributor: string | null;
  };
  sites: {
    id: number;
    ref: string;
    name: string;
    country: string;
    street: string;
    postcode: string;
    city: string;
    units: number;
  }[];
  contacts: {
    id: number;
    name: string;
    title: string;
    role: string;
    languages: string[];
    email: string;
    phone: string;
    channel: string;
    status: string;
  }[];
  obligations: {
    action_id: number;
    reference: string;
    title: string;
    stage: string;
    audience: string;
    state: string;
    total: number;
    owed: number;
    notified_at: string | null;
    received_at: string | null;
    last_reply_at: string | null;
    reminders: number;
    deadlines: { rule: string; due_on: string | null; state: string; explanation: unknown }[];
  }[];
  units: { total: number };
  tasks: { id: number; kind: string; state: string; owner: string; created_at: string }[];
  served: { id: number; name: string; country: string }[];
  incidents: { id: number; kind: string; state: string; summary: string; aware_at: string }[];
}

/** Everything a party's page shows but its timeline, in one round trip. */
export async function loadParty(reader: Reader, partyId: number): Promise<PartyPage | undefined> {
  const { rows } = await sql<PartyPage>`
    select
      (select to_jsonb(x) from (select p.id, p.ref, p.kind, p.name, p.country, p.street, p.postcode, p.city, p.region, p.phone,
          p.email, p.account_no, p.srn, p.status, p.distributor_id,
          (select name from party where id = p.distributor_id) as distributor) x) as party,
      (select coalesce(jsonb_agg(x), '[]') from (select s.id, s.ref, s.name, s.country, s.street, s.postcode, s.city,
          (select count(*) from unit u where u.party_id = s.party_id and u.site_id = s.id) as units from site s where s.party_id = p.id order by s.name limit 200) x) as sites,
      (select coalesce(jsonb_agg(x), '[]') from (select id, name, title, role, languages, email, phone, channel, status
          from contact where party_id = p.id order by status = 'active' desc, id limit 200) x) as contacts,
      (select coalesce(jsonb_agg(x), '[]') from (select o.action_id, a.reference, a.title, a.stage, o.audience, o.state,
          o.corrections_total as total, o.corrections_open as owed, o.notified_at, o.received_at, o.last_reply_at,
          o.reminders_sent as reminders,
          (select coalesce(jsonb_agg(d), '[]') from (select rule, due_on::text, state, explanation from deadline
              where action_id = o.action_id and party_id = o.party_id order by due_on nulls last) d) as deadlines
          from obligation o join action a on a.id = o.action_id where o.party_id = p.id order by o.id desc) x) as obligations,
      (select to_jsonb(x) from (select count(*) as total from unit where party_id = p.id) x) as units,
      (select coalesce(jsonb_agg(x), '[]') from (select id, kind, state, owner_name as owner, created_at from task
          where party_id = p.id order by state = 'open' desc, id desc limit 20) x) as tasks,
      (select coalesce(jsonb_agg(x), '[]') from (select id, name, country from party d where d.distributor_id = p.id order by name limit 50) x) as served,
      (select coalesce(jsonb_agg(x), '[]') from (select id, kind, state, summary, aware_at from incident
          where party_id = p.id order by id desc limit 20) x) as incidents
    from party p where p.id = ${partyId}`.execute(reader);
  return rows[0];
}

export interface HistoryEntry {
  key: string;
  at: Date;
  kind: 'event' | 'delivery' | 'reply' | 'attempt' | 'confirmation';
  what: string;
  by: string;
  detail: Record<string, unknown>;
}

/**
 * A party's whole history, newest first: letters, what came back, calls and notes, and every recorded change.
 * @param before only what is older than this moment, for paging
 */
export async function loadPartyHistory(
  reader: Reader,
  partyId: number,
  before: Date,
  limit: number,
): Promise<HistoryEntry[]> {
  const { rows } = await sql<HistoryEntry>`
    select * from (
      (select 'event-' || min(seq) as key, at, 'event' as kind, action as what, actor_name as by,
          jsonb_build_object('count', count(*), 'reason', min(reason), 'states', array_agg(distinct after ->> 'state')) as detail
        from (select * from event where party_id = ${partyId} and at < ${before} order by seq desc limit ${limit * 20}) e
        group by at, action, actor_name order by at desc limit ${limit})
      union all
      (select 'attempt-' || t.id, t.at, 'attempt', t.kind, t.by_name, jsonb_build_object('outcome', t.outcome, 'text', t.text, 'tracking', t.tracking)
        from attempt t where t.party_id = ${partyId} and t.at < ${before} order by t.at desc limit ${limit})
      union all
      (select 'delivery-' || a.id, a.at, 'delivery', a.outcome, d.address, jsonb_build_object('delivery', d.id, 'kind', d.kind, 'detail', a.detail)
        from delivery_attempt a join delivery d on d.id = a.delivery_id
        where d.party_id = ${partyId} and a.at < ${before} order by a.at desc limit ${limit})
      union all
      (select 'reply-' || r.id, r.received_at, 'reply', r.door, r.recorded_by, jsonb_build_object('reply', r.id, 'contradictions', r.contradictions)
        from reply r where r.party_id = ${partyId} and r.received_at < ${before} order by r.received_at desc limit ${limit})
    ) history order by at desc, key desc limit ${limit}`.execute(reader);
  return rows;
}
