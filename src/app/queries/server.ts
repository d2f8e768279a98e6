import { sql } from 'kysely';
import type { Reader } from '../context.ts';

/** Counting stops here: past it the page says "more than". */
export const COUNTED_AT_MOST = 1_000_000;

export interface ServerFigures {
  /** Bytes on disk. */
  databaseSize: number;
  databaseVersion: string;
  migrations: number;
  actions: number;
  parties: number;
  /** At most {@link COUNTED_AT_MOST} + 1. */
  units: number;
  corrections: number;
  events: number;
  staff: number;
}

/** What this server holds, in one round trip that does not grow with it. */
export async function loadServerFigures(reader: Reader): Promise<ServerFigures> {
  const { rows } = await sql<ServerFigures>`
    select pg_database_size(current_database())::int8 as "databaseSize",
        split_part(current_setting('server_version'), ' ', 1) as "databaseVersion",
        (select count(*)::int from migration) as migrations,
        (select count(*)::int from action) as actions,
        (select count(*)::int from (select from party limit ${COUNTED_AT_MOST + 1}) counted) as parties,
        (select count(*)::int from (select from unit limit ${COUNTED_AT_MOST + 1}) counted) as units,
        (select coalesce(sum(n), 0)::int8 from tally where subject = 'correction') as corrections,
        (select seq from event_head) as events,
        (select count(*)::int from staff where disabled_at is null) as staff`.execute(reader);
  const row = rows[0];
  if (!row) throw new Error('A select without a from gives one row');
  return row;
}
