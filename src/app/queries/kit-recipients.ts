import type { Reader } from '../context.ts';

/** Contacts of a party that a kit can be for, in the order they became known; a hundred at most. */
export function loadKitRecipients(
  reader: Reader,
  partyId: number,
): Promise<{ id: number; name: string; languages: string[] }[]> {
  return reader
    .selectFrom('contact')
    .select(['id', 'name', 'languages'])
    .where('party_id', '=', partyId)
    .where('status', '=', 'active')
    .orderBy('id')
    .limit(100)
    .execute();
}
