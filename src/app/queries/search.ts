import { sql } from 'kysely';
import { isRefusal } from '../../domain/refusal.ts';
import { parseDeviceIdentifier } from '../../domain/udi.ts';
import type { Reader } from '../context.ts';
import { likeAnywhere, likePrefix } from './list.ts';

export interface Found {
  kind: 'unit' | 'party' | 'contact' | 'product' | 'action' | 'site';
  id: number;
  /** The party or product to open for contacts, sites and identifiers. */
  open_id: number;
  title: string;
  detail: string;
}

const MOST = 20;

/**
 * Finds what somebody has in hand: a serial number, a UDI or catalogue number, a party's name or number, a mail address,
 * an action's reference. At most twenty of each kind, exact matches first.
 */
export async function search(reader: Reader, text: string): Promise<Found[]> {
  const q = text.trim();
  if (q.length < 2) return [];
  const lower = q.toLowerCase();
  const prefix = likePrefix(lower);
  const identifier = parseDeviceIdentifier(q);
  const normalised = isRefusal(identifier) ? q : identifier.value;
  const { rows } = await sql<Found>`
    (select 'action' as kind, id::int8, id::int8 as open_id, reference as title, title as detail from action
      where lower(reference) like ${prefix} or lower(title) like ${likeAnywhere(lower)} order by id desc limit ${MOST})
    union all
    (select 'unit', u.id, u.id, u.serial, p.name || ' · ' || pa.name || ', ' || pa.country from unit u
      join product p on p.id = u.product_id join party pa on pa.id = u.party_id
      where u.serial like ${likePrefix(q)} or u.serial like ${likePrefix(q.toUpperCase())} order by u.serial limit ${MOST})
    union all
    (select 'product', i.id, i.product_id, i.printed, i.scheme || ' of ' || p.name from product_identifier i
      join product p on p.id = i.product_id where i.value = ${normalised} or i.printed = ${q} limit ${MOST})
    union all
    (select 'product', id, id, name, code from product where lower(name) like ${likeAnywhere(lower)} or lower(code) like ${prefix} limit ${MOST})
    union all
    (select 'party', id, id, name, ref || ' · ' || city || ', ' || country from party
      where ref = ${q} or lower(name) like ${likeAnywhere(lower)} order by (ref = ${q}) desc, name limit ${MOST})
    union all
    (select 'site', s.id, s.party_id, s.name, s.ref || ' · ' || s.city || ', ' || s.country from site s
      where s.ref = ${q} limit ${MOST})
    union all
    (select 'contact', c.id, c.party_id, c.email, c.name || ' · ' || p.name from contact c join party p on p.id = c.party_id
      where c.email <> '' and lower(c.email) like ${prefix} order by c.email limit ${MOST})`.execute(reader);
  return rows;
}
