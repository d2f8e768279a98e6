/** Which letter somebody holds in their hand: by its number, its QR code, its tracking number or its party. */
import { sql } from 'kysely';
import { readFormCode } from '../domain/paper-form-code.ts';
import { letterReference, readLetterReference } from '../domain/post.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { Context, Reader } from './context.ts';
import { linkHash, normaliseToken } from './links.ts';

/** A letter on paper as the post knows it. */
export interface PostedLetter {
  id: number;
  action_id: number;
  party_id: number | null;
  contact_id: number | null;
  state: string;
  address: string;
  party: string;
  contact: string;
  tracking: string;
  dispatched_on: string | null;
}

/**
 * Finds the letter of an action that a scanned code or a typed word names. Where a name is of several letters (a link, a
 * party), the newest in one of the wanted states is meant.
 * Refuses `post.letter-unknown`, and `post.letter-ambiguous` where it cannot be told which of several.
 */
export async function findLetter(
  reader: Reader,
  ctx: Pick<Context, 'settings'>,
  actionId: number,
  typed: string,
  wanted: readonly string[],
): Promise<PostedLetter | Refusal> {
  const reference = readLetterReference(typed);
  const shown = typed.trim().slice(0, 80);
  const which = (() => {
    switch (reference.kind) {
      case 'delivery':
        // A short tracking number, or a party's, looks the same.
        return sql`(d.id = ${reference.id} or p.ref = ${shown} or (i.tracking <> '' and i.tracking = ${shown}))`;
      case 'link':
        return sql`l.token_hash = ${linkHash(normaliseToken(reference.token))}`;
      case 'form': {
        const code = readFormCode(reference.code, ctx.settings.secret);
        if (isRefusal(code)) return code;
        return sql`d.contact_id = (select f.contact_id from paper_form f where f.code = ${code.form} and f.action_id = d.action_id)`;
      }
      case 'text': {
        const number = reference.text.toUpperCase().replace(/[\s.\-/]/g, '');
        return sql`(p.ref = ${reference.text} or (i.tracking <> '' and i.tracking = ${number}))`;
      }
    }
  })();
  if (isRefusal(which)) return which;
  const { rows } = await sql<PostedLetter>`
    select d.id, d.action_id, d.party_id, d.contact_id, d.state, d.address, coalesce(p.name, '') as party,
        coalesce(c.name, '') as contact, coalesce(i.tracking, '') as tracking, i.dispatched_on::text
      from delivery d left join party p on p.id = d.party_id left join contact c on c.id = d.contact_id
      left join link l on l.id = d.link_id left join postal_item i on i.delivery_id = d.id
     where d.action_id = ${actionId} and d.channel = 'post' and ${which}
     order by (d.state = any(${[...wanted]}::text[])) desc, d.id desc limit 3`.execute(reader);
  const [first] = rows;
  if (!first) return refuse('post.letter-unknown', { reference: shown }, 'reference');
  const own = reference.kind === 'delivery' ? rows.find((row) => row.id === reference.id) : undefined;
  if (own) return own;
  const same = rows.filter((row) => wanted.includes(row.state));
  if (reference.kind !== 'link' && reference.kind !== 'form' && same.length > 1) {
    const letters = same.map((row) => letterReference(row.id)).join(', ');
    return refuse('post.letter-ambiguous', { reference: shown, letters }, 'reference');
  }
  return first;
}
