/** Every attempt to reach somebody: when, by whom, whom, and what came of it. The proof that they were asked. */
import { sql } from 'kysely';
import { callOutcomes } from '../../domain/call.ts';
import type { Reader } from '../context.ts';
import { idFilter, type ListDefinition, likeAnywhere, where } from './list.ts';

export interface AttemptLine {
  id: number;
  at: Date;
  party_id: number;
  party: string;
  ref: string;
  country: string;
  contact: string;
  kind: string;
  outcome: string;
  spoke_with: string;
  phone: string;
  language: string;
  call_back_at: Date | null;
  text: string;
  tracking: string;
  by_name: string;
  reply_id: number | null;
  /** What went out after it, and how far it came. */
  delivery_id: number | null;
  delivery_state: string | null;
}

const columns = sql`
  t.id, t.at, t.party_id, p.name as party, p.ref, p.country, coalesce(c.name, '') as contact, t.kind, t.outcome, t.spoke_with,
  t.phone, t.language, t.call_back_at, t.text, t.tracking, t.by_name, t.reply_id, t.delivery_id, d.state as delivery_state
    from attempt t join party p on p.id = t.party_id left join contact c on c.id = t.contact_id
    left join delivery d on d.id = t.delivery_id`;

/** The attempts of one action, as an authority asks for them (21 CFR 7.49(c)(2), 7.53(b)(7): follow-up, its results). */
export const attemptList: ListDefinition<AttemptLine, { actionId: number }> = {
  name: 'attempts',
  rows: ({ filters, q }, { actionId }) => sql<AttemptLine>`
    select ${columns}
    ${where(
      sql`t.action_id = ${actionId}`,
      filters.kind && sql`t.kind = ${filters.kind}`,
      filters.outcome && sql`t.outcome = ${filters.outcome}`,
      filters.country && sql`p.country = ${filters.country}`,
      filters.party && sql`t.party_id = ${idFilter(filters.party)}`,
      q !== '' &&
        sql`(lower(p.name) like ${likeAnywhere(q.toLowerCase())} or lower(t.text) like ${likeAnywhere(q.toLowerCase())}
             or lower(t.spoke_with) like ${likeAnywhere(q.toLowerCase())})`,
    )}`,
  sortable: ['id', 'at', 'party', 'country', 'outcome'],
  defaultSort: '-at',
  id: 'id',
  filters: {
    kind: ['call', 'letter', 'email', 'visit', 'note'],
    outcome: [...callOutcomes, 'note'],
    country: 'text',
    party: 'text',
  },
  columns: [
    { title: 'Number', value: (row) => row.id },
    { title: 'When (UTC)', value: (row) => row.at.toISOString() },
    { title: 'Party', value: (row) => row.party },
    { title: 'Number of the party', value: (row) => row.ref },
    { title: 'Country', value: (row) => row.country },
    { title: 'What', value: (row) => row.kind },
    { title: 'Outcome', value: (row) => row.outcome },
    { title: 'Asked for', value: (row) => row.contact },
    { title: 'Spoke with', value: (row) => row.spoke_with },
    { title: 'Telephone', value: (row) => row.phone },
    { title: 'Language', value: (row) => row.language },
    { title: 'Call agreed for', value: (row) => row.call_back_at?.toISOString() ?? null },
    { title: 'What was said', value: (row) => row.text },
    { title: 'Tracking number', value: (row) => row.tracking },
    { title: 'By', value: (row) => row.by_name },
    { title: 'Reply', value: (row) => row.reply_id },
    { title: 'Letter after it', value: (row) => row.delivery_id },
    { title: 'State of that letter', value: (row) => row.delivery_state },
  ],
};

/** The attempts on one party, newest first. */
export async function loadAttempts(
  reader: Reader,
  about: { partyId: number; actionId?: number; limit: number },
): Promise<AttemptLine[]> {
  const { rows } = await sql<AttemptLine>`
    select ${columns}
    ${where(sql`t.party_id = ${about.partyId}`, about.actionId !== undefined && sql`t.action_id = ${about.actionId}`)}
     order by t.at desc, t.id desc limit ${about.limit}`.execute(reader);
  return rows;
}
