import { sql } from 'kysely';
import type { Audience } from '../../domain/notice.ts';
import type { Reader } from '../context.ts';
import { likeAnywhere } from './list.ts';

/** Somebody a letter can be shown as. */
export interface PreviewRecipient {
  id: number;
  name: string;
  party: string;
  country: string;
  audience: Audience;
  languages: string[];
}

/** Recipients shown to choose from; more are found by typing more. */
export const MOST_RECIPIENTS = 12;

/** Contacts of an action whose name, address or party holds a text; the exact address first. */
export async function findRecipients(reader: Reader, actionId: number, text: string): Promise<PreviewRecipient[]> {
  const typed = text.trim().toLowerCase();
  if (typed === '') return [];
  const like = likeAnywhere(typed);
  const { rows } = await sql<PreviewRecipient>`
    select c.id, c.name, p.name as party, coalesce(s.country, p.country) as country, o.audience, c.languages
      from obligation o join party p on p.id = o.party_id join contact c on c.party_id = o.party_id and c.status = 'active'
      left join site s on s.id = c.site_id
     where o.action_id = ${actionId}
       and (lower(c.name) like ${like} or lower(c.email) like ${like} or lower(p.name) like ${like} or lower(p.ref) = ${typed})
     order by (lower(c.email) = ${typed} or lower(c.name) = ${typed}) desc, p.name, c.id limit ${MOST_RECIPIENTS + 1}`.execute(
    reader,
  );
  return rows;
}

/** One recipient of an action by its contact, or undefined. */
export async function loadRecipient(
  reader: Reader,
  actionId: number,
  contactId: number,
): Promise<PreviewRecipient | undefined> {
  const { rows } = await sql<PreviewRecipient>`
    select c.id, c.name, p.name as party, coalesce(s.country, p.country) as country, o.audience, c.languages
      from obligation o join party p on p.id = o.party_id join contact c on c.party_id = o.party_id
      left join site s on s.id = c.site_id
     where o.action_id = ${actionId} and c.id = ${contactId}`.execute(reader);
  return rows[0];
}
