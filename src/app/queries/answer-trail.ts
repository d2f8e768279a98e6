/** Who answered for whom: every reply of a party with its speaker, and what became of its contacts. */
import { sql } from 'kysely';
import type { Door } from '../../db/schema.ts';
import type { Reader } from '../context.ts';

/** One reply: for which party, who said it, who wrote it down, and how it was confirmed. */
export interface AnswerLine {
  id: number;
  at: Date;
  door: Door;
  action_id: number;
  reference: string;
  party_id: number;
  party: string;
  /** Who signed it, spoke it on the telephone, or whose link or mail it came by; '' where nobody knows. */
  said_by: string;
  said_how: 'signed' | 'spoke' | 'contact' | '';
  /** The contact it came by, and the party of that contact where it is another one. */
  contact_id: number | null;
  contact: string;
  other_party_id: number | null;
  other_party: string;
  recorded_by: string;
  /** The call in which it was given. */
  attempt_id: number | null;
  phone: string;
  /** What went back in writing. */
  confirmations: { id: number; address: string; channel: string; state: string }[];
}

/** The replies of one party, newest first; or one reply. */
export async function loadAnswerTrail(
  reader: Reader,
  about: { partyId: number } | { replyId: number },
  limit = 20,
): Promise<AnswerLine[]> {
  const { rows } = await sql<AnswerLine>`
    select r.id, r.received_at as at, r.door, r.action_id, a.reference, r.party_id, p.name as party,
        coalesce(nullif(r.signature ->> 'name', ''), nullif(t.spoke_with, ''), k.name, '') as said_by,
        case when coalesce(r.signature ->> 'name', '') <> '' then 'signed' when coalesce(t.spoke_with, '') <> '' then 'spoke'
             when k.id is not null then 'contact' else '' end as said_how,
        k.id as contact_id, coalesce(k.name, '') as contact,
        case when k.party_id <> r.party_id then k.party_id end as other_party_id,
        case when k.party_id <> r.party_id then kp.name else '' end as other_party, r.recorded_by,
        t.id as attempt_id, coalesce(t.phone, '') as phone,
        (select coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'address', replace(d.address, E'\n', ', '),
                  'channel', d.channel, 'state', d.state) order by d.id), '[]')
           from delivery d where d.purpose in ('receipt:' || r.id, 'call-confirmation:' || r.id)
            and d.party_id = r.party_id and d.action_id = r.action_id) as confirmations
      from reply r join action a on a.id = r.action_id join party p on p.id = r.party_id
      left join contact k on k.id = r.contact_id left join party kp on kp.id = k.party_id
      left join lateral (select id, spoke_with, phone from attempt where reply_id = r.id order by id limit 1) t on true
     where ${'partyId' in about ? sql`r.party_id = ${about.partyId}` : sql`r.id = ${about.replyId}`}
     order by r.received_at desc, r.id desc limit ${limit}`.execute(reader);
  return rows;
}

/** What somebody said about a contact, and what became of it. */
export interface ContactChangeLine {
  id: number;
  at: Date;
  door: string;
  contact_id: number | null;
  contact: string;
  kind: string;
  name: string;
  reach: string;
  state: 'proposed' | 'applied' | 'refused';
  confirmed_at: Date | null;
  decided_at: Date | null;
  decided_by: string | null;
  reason: string;
}

/** The proposals about a party's contacts, newest first. */
export async function loadContactChanges(reader: Reader, partyId: number, limit = 20): Promise<ContactChangeLine[]> {
  const { rows } = await sql<ContactChangeLine>`
    select c.id, c.proposed_at as at, c.door, c.contact_id, coalesce(k.name, '') as contact,
        coalesce(c.proposed ->> 'kind', '') as kind, coalesce(c.proposed ->> 'name', '') as name,
        concat_ws(', ', nullif(c.proposed ->> 'email', ''), nullif(c.proposed ->> 'phone', '')) as reach,
        c.state, c.confirmed_at, c.decided_at, c.decided_by, c.reason
      from contact_change c left join contact k on k.id = c.contact_id
     where c.party_id = ${partyId} order by c.id desc limit ${limit}`.execute(reader);
  return rows;
}
