import { sql } from 'kysely';
import type { Reader } from '../context.ts';

/** Whom to call at a party, those with a telephone first, and what it still owes in an action. */
export async function loadCallSheet(reader: Reader, partyId: number, actionId: number | null) {
  const contacts = await reader
    .selectFrom('contact')
    .select(['id', 'name', 'role', 'phone', 'languages', 'status'])
    .where('party_id', '=', partyId)
    .where('status', 'in', ['active', 'unreachable'])
    .orderBy(sql`phone <> ''`, 'desc')
    .orderBy('id')
    .limit(20)
    .execute();
  const owed = await reader
    .selectFrom('obligation')
    .select(['state', 'corrections_open', 'corrections_total', 'reminders_sent'])
    .where('party_id', '=', partyId)
    .where('action_id', '=', actionId ?? 0)
    .executeTakeFirst();
  return { contacts, owed };
}

export interface UnsureLetter {
  id: number;
  address: string;
  message_id: string;
}

/** The first letters of an action in doubt, and how many there are. */
export async function loadUnsure(
  reader: Reader,
  actionId: number,
): Promise<{ letters: UnsureLetter[]; total: number }> {
  const { rows } = await sql<UnsureLetter & { n: number }>`
    select id, address, message_id, count(*) over ()::int as n from delivery
      where action_id = ${actionId} and state = 'unsure' order by id limit 5`.execute(reader);
  return { letters: rows, total: rows[0]?.n ?? 0 };
}
