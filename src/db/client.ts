import { join } from 'node:path';
import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { StartError } from '../domain/start-error.ts';
import { lockFolder } from './lock.ts';
import { type PgliteServer, startPglite } from './pglite-server.ts';
import { keepPrepared } from './prepared.ts';
import type { Schema } from './schema.ts';
import { guardTransactions, refuseInsideTransaction } from './transaction-guard.ts';
import { valueTypes } from './values.ts';

/** Where the data lives: embedded in a folder (or in memory, for tests), or on a PostgreSQL server. */
export type DatabaseOptions =
  | { kind: 'pglite'; dataDir: string }
  | { kind: 'pglite'; memory: true; template?: string }
  | { kind: 'postgresql'; url: string; poolSize: number };

/** An open database. Both kinds take the same SQL and parameters and give the same values and error codes. */
export interface DatabaseHandle {
  db: Kysely<Schema>;
  kind: 'pglite' | 'postgresql';
  /** Runs one statement, or several without parameters, outside any transaction. */
  run(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
  /** What a server's own background processes do and the embedded database must be told: vacuum, analyze, checkpoint. */
  maintain(): Promise<void>;
  /** Called once when the database is lost for good: the process should end and be started again. */
  onFailure(listener: (error: Error) => void): void;
  close(): Promise<void>;
  /** The embedded database's thread; undefined on PostgreSQL. */
  server: PgliteServer | undefined;
}

/** The folder of the embedded database inside DATA_DIR. */
const DATABASE_FOLDER = 'database';
/** Both databases speak in UTC; zones belong to the reader. */
const SESSION_OPTIONS = '-c timezone=UTC';
const MAINTENANCE_EVERY_MS = 60_000;

/**
 * Opens the database; does not migrate it.
 * @throws StartError in one line when the folder is in use or the server cannot be reached
 */
export async function openDatabase(options: DatabaseOptions): Promise<DatabaseHandle> {
  return options.kind === 'postgresql' ? openServer(options.url, options.poolSize) : openEmbedded(options);
}

async function openEmbedded(options: Exclude<DatabaseOptions, { kind: 'postgresql' }>): Promise<DatabaseHandle> {
  const inMemory = 'memory' in options;
  const unlock = inMemory ? () => {} : lockFolder(options.dataDir);
  let server: PgliteServer;
  try {
    server = await startPglite(
      inMemory ? { template: options.template } : { folder: join(options.dataDir, DATABASE_FOLDER) },
    );
  } catch (error) {
    unlock();
    if (inMemory) throw error;
    throw new StartError(`The database in ${options.dataDir} cannot be opened. ${String(error)}`, { cause: error });
  }
  // One connection, handed out in the order it was asked for: the pool's queue is the fair lock on the single session.
  const pool = openPool({
    stream: () => server.connect(),
    user: 'postgres',
    database: 'postgres',
    ssl: false,
    max: 1,
    idleTimeoutMillis: 0,
  });
  const handle = makeHandle('pglite', pool, server);
  let timer: NodeJS.Timeout | undefined;
  if (!inMemory) {
    // A failure here shows at the next query as well, where somebody waits for it.
    timer = setInterval(() => void handle.maintain().catch(() => {}), MAINTENANCE_EVERY_MS);
    timer.unref();
  }
  return {
    ...handle,
    onFailure: (listener) => server.onFailure(listener),
    close: async () => {
      clearInterval(timer);
      await handle.close();
      await server.close();
      unlock();
    },
  };
}

async function openServer(url: string, poolSize: number): Promise<DatabaseHandle> {
  const pool = openPool({
    connectionString: url,
    max: poolSize,
    options: SESSION_OPTIONS,
    application_name: 'fieldfix',
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
  });
  try {
    const { rows } = await pool.query<{ version: number }>(
      `select current_setting('server_version_num')::int as version`,
    );
    const version = rows[0]?.version ?? 0;
    if (version < 150000) {
      throw new StartError(
        `DATABASE_URL leads to PostgreSQL ${Math.floor(version / 10000)}; Fieldfix needs 15 or newer.`,
      );
    }
  } catch (error) {
    await pool.end();
    if (error instanceof StartError) throw error;
    const reason = error instanceof AggregateError ? error.errors.map(String).join(', ') : String(error);
    throw new StartError(`DATABASE_URL: the PostgreSQL server at ${describeUrl(url)} cannot be used: ${reason}`);
  }
  return makeHandle('postgresql', pool, undefined);
}

/** Host, port and database of a connection string, without its credentials. */
function describeUrl(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || 5432}${pathname}`;
}

function openPool(options: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ ...options, types: valueTypes });
  // A connection that breaks while idle is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => {});
  pool.on('connect', keepPrepared);
  return pool;
}

function makeHandle(kind: DatabaseHandle['kind'], pool: pg.Pool, server: PgliteServer | undefined): DatabaseHandle {
  const db = new Kysely<Schema>({
    dialect: new PostgresDialect({
      pool: {
        options: pool.options,
        connect: async () => {
          refuseInsideTransaction(pool);
          return (await pool.connect()) as unknown as PostgresPoolClient;
        },
        end: () => pool.end(),
      },
    }),
  });
  guardTransactions(db, pool);
  const run: DatabaseHandle['run'] = async (text, values) => {
    refuseInsideTransaction(pool);
    const result: pg.QueryResult | pg.QueryResult[] = await pool.query(text, values);
    // Several statements give several results.
    return { rows: Array.isArray(result) ? result.flatMap((one: pg.QueryResult) => one.rows) : result.rows };
  };
  return {
    db,
    kind,
    run,
    server,
    maintain: kind === 'pglite' ? () => maintainEmbedded(run) : async () => {},
    onFailure: () => {},
    close: () => pool.end(),
  };
}

const CHECKPOINT_AFTER_BYTES = 32 * 1024 * 1024;

/** The embedded database runs none of PostgreSQL's background processes: no autovacuum, no checkpoints by size. */
async function maintainEmbedded(run: DatabaseHandle['run']): Promise<void> {
  const { rows: tables } = await run(`
    select format('%I.%I', schemaname, relname) as name from pg_stat_user_tables
    where n_mod_since_analyze > 500 + n_live_tup / 10 or n_dead_tup > 500 + n_live_tup / 5 or n_ins_since_vacuum > 1000 + n_live_tup / 5`);
  for (const { name } of tables) await run(`vacuum (analyze) ${name}`);
  const { rows } = await run(
    `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::bigint as bytes from pg_control_checkpoint()`,
  );
  if (Number(rows[0]?.bytes) > CHECKPOINT_AFTER_BYTES) await run('checkpoint');
}
