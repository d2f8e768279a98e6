import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type DatabaseHandle, openDatabase } from '../../src/db/client.ts';
import { migrate, readMigrations } from '../../src/db/migrate.ts';

/** Which database this run of the tests is on: TEST_DATABASE=postgresql with TEST_DATABASE_URL, else embedded. */
export const databaseKind: DatabaseHandle['kind'] =
  process.env.TEST_DATABASE === 'postgresql' ? 'postgresql' : 'pglite';

/** A key of everything a template depends on: change a migration and the next test makes a new template. */
function templateKey(): string {
  const pglite = readFileSync(new URL('../../node_modules/@electric-sql/pglite/package.json', import.meta.url), 'utf8');
  const hash = createHash('sha256').update(JSON.parse(pglite).version);
  for (const migration of readMigrations()) hash.update(migration.name).update(migration.sha256);
  return hash.digest('hex').slice(0, 16);
}

/**
 * A fresh database with the whole data model, empty of data, on the kind this run is about. About half a second: copied
 * from a template that is made once. Share one per test file: `let handle; before(…openTestDatabase()); after(…close())`.
 * Closing it removes it.
 */
export async function openTestDatabase(): Promise<DatabaseHandle> {
  return databaseKind === 'postgresql' ? (await createServerDatabase()).handle : openFromTemplate();
}

/** Opens a fresh database for the time of `work`. */
export async function withDatabase<T>(work: (handle: DatabaseHandle) => Promise<T>): Promise<T> {
  const handle = await openTestDatabase();
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}

async function openFromTemplate(): Promise<DatabaseHandle> {
  const folder = join(tmpdir(), `fieldfix-test-${process.getuid?.() ?? 'user'}`);
  const template = join(folder, `${templateKey()}.tar`);
  if (!existsSync(template)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const handle = await openDatabase({ kind: 'pglite', memory: true });
    await migrate(handle);
    // Two test files may get here at once: each writes its own and the last one stays.
    const own = `${template}.${process.pid}`;
    await handle.server?.dump(own);
    renameSync(own, template);
    await handle.close();
  }
  return openDatabase({ kind: 'pglite', memory: true, template });
}

function serverUrl(database: string): string {
  const base = process.env.TEST_DATABASE_URL;
  if (!base) throw new Error('TEST_DATABASE=postgresql needs TEST_DATABASE_URL');
  const url = new URL(base);
  url.pathname = `/${database}`;
  return url.href;
}

async function withServer<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: serverUrl('postgres') });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * A fresh database on the test run's PostgreSQL server, with its address: for tests that open it several times, as
 * several servers do.
 */
export async function createServerDatabase(): Promise<{ handle: DatabaseHandle; url: string }> {
  const template = `template_${templateKey()}`;
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`;
  await withServer(async (client) => {
    await client.query('select pg_advisory_lock(1)');
    const { rowCount } = await client.query('select from pg_database where datname = $1', [template]);
    if (!rowCount) {
      const unfinished = `${template}_new`;
      await client.query(`drop database if exists ${unfinished}`);
      await client.query(`create database ${unfinished}`);
      const handle = await openDatabase({ kind: 'postgresql', url: serverUrl(unfinished), poolSize: 1 });
      await migrate(handle);
      await handle.close();
      await client.query(`alter database ${unfinished} rename to ${template}`);
    }
    await client.query(`create database ${name} template ${template}`);
  });
  const handle = await openDatabase({ kind: 'postgresql', url: serverUrl(name), poolSize: 4 });
  const close = async (): Promise<void> => {
    await handle.close();
    await withServer((client) => client.query(`drop database ${name} with (force)`));
  };
  return { handle: { ...handle, close }, url: serverUrl(name) };
}
