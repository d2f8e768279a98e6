import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql, type Transaction } from 'kysely';
import { StartError } from '../domain/start-error.ts';
import type { DatabaseHandle } from './client.ts';
import type { Schema } from './schema.ts';

const FOLDER = join(import.meta.dirname, '../../migrations');
/** Any number that nothing else in the database locks: two servers that start at once migrate one after the other. */
const ADVISORY_LOCK = 5_701_202_612;

export interface Migration {
  /** File name, e.g. '002-ledger.sql'; the number is the order. */
  name: string;
  sql: string;
  /** Hex, of the text with line feeds only, so that a checkout on Windows is the same migration. */
  sha256: string;
}

/** The numbered files of a folder, in order. */
export function readMigrations(folder: string = FOLDER): Migration[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => {
      if (!/^\d{3}-[a-z0-9-]+\.sql$/.test(name)) {
        throw new StartError(`${join(folder, name)}: a migration is named like 004-some-words.sql.`);
      }
      const text = readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n');
      return { name, sql: text, sha256: createHash('sha256').update(text).digest('hex') };
    });
}

/**
 * Brings the database to the newest data model: each missing migration in its own transaction, under a lock.
 * @returns the names applied now
 * @throws StartError when the database has a migration that the files do not have, in another order or another text
 */
export async function migrate(handle: Pick<DatabaseHandle, 'db'>, migrations = readMigrations()): Promise<string[]> {
  const applied: string[] = [];
  for (;;) {
    const step = await handle.db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(${ADVISORY_LOCK})`.execute(tx);
      const done = await readApplied(tx);
      checkHistory(done, migrations);
      const next = migrations[done.length];
      if (!next) return undefined;
      try {
        // No parameters: several statements in one go.
        await sql.raw(next.sql).execute(tx);
      } catch (error) {
        throw new StartError(`Migration ${next.name} failed: ${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
      }
      await sql`insert into migration (number, name, sha256, applied_at)
        values (${done.length + 1}, ${next.name}, ${next.sha256}, clock_timestamp())`.execute(tx);
      return next.name;
    });
    if (step === undefined) return applied;
    applied.push(step);
  }
}

async function readApplied(tx: Transaction<Schema>): Promise<{ name: string; sha256: string }[]> {
  await sql`create table if not exists migration (
    number int primary key, name text not null unique, sha256 text not null, applied_at timestamptz not null)`.execute(
    tx,
  );
  const { rows } = await sql<{ name: string; sha256: string }>`
    select name, sha256 from migration order by number`.execute(tx);
  return rows;
}

function checkHistory(done: { name: string; sha256: string }[], migrations: Migration[]): void {
  for (const [index, one] of done.entries()) {
    const file = migrations[index];
    if (!file) {
      throw new StartError(
        `The database is newer than this program: it has migration ${one.name}, which is not among the files. Start the newer program, or restore an older backup.`,
      );
    }
    if (file.name !== one.name) {
      throw new StartError(
        `Migrations are out of order: number ${index + 1} was ${one.name} when the database applied it, now it is ${file.name}. Give new migrations higher numbers.`,
      );
    }
    if (file.sha256 !== one.sha256) {
      throw new StartError(
        `Migration ${one.name} was changed after the database applied it. Restore the file and put the change into a new migration.`,
      );
    }
  }
}
