import { sql } from 'kysely';
import type { Reader } from '../../src/app/context.ts';

/**
 * Waits until PostgreSQL has noticed that the servers before this process were killed: until then their sessions hold
 * the rows they were at, and whoever skips what others hold skips those.
 * @throws when one of them is still there after half a minute
 */
export async function awaitEndOfTheDead(db: Reader): Promise<void> {
  const born = new Date(performance.timeOrigin);
  for (const until = Date.now() + 30_000; Date.now() < until; ) {
    const { rows } = await sql`
      select from pg_stat_activity
       where datname = current_database() and backend_type = 'client backend' and backend_start < ${born}::timestamptz
         and xact_start is not null and pid <> pg_backend_pid()`.execute(db);
    if (rows.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('Sessions of servers that were killed do not end');
}
