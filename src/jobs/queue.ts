import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { fromKysely, PgBoss } from 'pg-boss';
import type { DatabaseHandle } from '../db/client.ts';
import type { Schema } from '../db/schema.ts';

type Data = Record<string, unknown>;

/** What a handler learns about its run beside the data. */
export interface JobRun {
  id: string;
  /** 1 at the first try. */
  attempt: number;
  /** Aborted when the server stops or the run takes longer than it may. */
  signal: AbortSignal;
}
export type JobHandler = (data: Data, run: JobRun) => Promise<void>;

export interface EnqueueOptions {
  /** Not before. */
  startAfter?: Date;
  /** While a job of the same name and key waits, another one is not added: it would do the same. */
  key?: string;
}

export interface WorkOptions {
  /** Runs at once in this process; 1 unless told. */
  concurrency?: number;
  /** After this long a run counts as failed and is tried again; 900 unless told. */
  expireInSeconds?: number;
  /** Further tries after a failure, at growing intervals; 5 unless told. */
  retries?: number;
}

/**
 * Jobs, on the same database as the data. Rows are the truth and jobs only a clock: a handler looks up what is due, and
 * is safe to run twice. Every name is declared by `work` before `start`.
 */
export interface Queue {
  /** Adds a job in the caller's transaction: it exists if and only if the transaction commits. */
  enqueue(tx: Transaction<Schema>, name: string, data: Data, options?: EnqueueOptions): Promise<void>;
  /** Adds a job at every time of a cron expression (five fields, to the minute, UTC). Before `start`. */
  schedule(name: string, cron: string): void;
  /** Declares a name and what runs its jobs. Before `start`. */
  work(name: string, handler: JobHandler, options?: WorkOptions): void;
  start(): Promise<void>;
  /** Waits for running jobs, up to 20 seconds; what does not end by then is tried again after the next start. */
  stop(): Promise<void>;
  /** Jobs that wait or run now. */
  depth(): Promise<number>;
}

const POLLING_SECONDS = 2;
/** A committed job starts this soon in the process that enqueued it; other servers find it by polling. */
const WAKE_AFTER_MS = [30, 250];
const DAY_SECONDS = 24 * 60 * 60;

/**
 * The real queue: pg-boss through the house's own connections.
 * @param options.consume false: this process only enqueues
 * @param options.onError told what goes wrong in the background, and each failed run
 */
export function bossQueue(
  handle: DatabaseHandle,
  options: { consume?: boolean; onError: (message: string, error: unknown) => void },
): Queue {
  const boss = new PgBoss({
    db: { executeSql: (text, values) => handle.run(text, values) },
    backend: handle.kind === 'pglite' ? 'pglite' : 'postgres',
  });
  boss.on('error', (error) => options.onError('the job queue', error));
  const declared = new Map<string, { handler: JobHandler; options: WorkOptions }>();
  const schedules = new Map<string, string>();
  const workers = new Map<string, string[]>();
  let started = false;

  async function declareQueue(name: string, work: WorkOptions): Promise<void> {
    const settings = {
      retryLimit: work.retries ?? 5,
      retryDelay: 2,
      retryBackoff: true,
      retryDelayMax: 600,
      expireInSeconds: work.expireInSeconds ?? 900,
      deleteAfterSeconds: DAY_SECONDS,
    };
    // `short`: one waiting job per key; enqueue gives every job without a key its own.
    await boss.createQueue(name, { policy: 'short', ...settings });
    await boss.updateQueue(name, settings);
  }

  async function startWorkers(name: string, handler: JobHandler, work: WorkOptions): Promise<void> {
    const ids: string[] = [];
    for (let n = 0; n < (work.concurrency ?? 1); n++) {
      const own: { id?: string } = {};
      const id = await boss.work<Data>(
        name,
        { pollingIntervalSeconds: POLLING_SECONDS, batchSize: 1, includeMetadata: true },
        async ([job]) => {
          if (!job) return;
          try {
            await handler(job.data ?? {}, { id: job.id, attempt: job.retryCount + 1, signal: job.signal });
          } catch (error) {
            options.onError(`job ${name}`, error);
            throw error;
          } finally {
            // There may be more: look again at once instead of after the polling interval.
            if (own.id) boss.notifyWorker(own.id);
          }
        },
      );
      own.id = id;
      ids.push(id);
    }
    workers.set(name, ids);
  }

  function wake(name: string): void {
    for (const id of workers.get(name) ?? []) boss.notifyWorker(id);
  }

  return {
    work(name, handler, workOptions = {}) {
      if (started) throw new Error(`work('${name}') after start`);
      declared.set(name, { handler, options: workOptions });
    },
    schedule(name, cron) {
      if (started) throw new Error(`schedule('${name}') after start`);
      schedules.set(name, cron);
    },
    async enqueue(tx, name, data, { startAfter, key } = {}) {
      // Checked here because pg-boss would ask the database for an unknown name, outside the transaction.
      if (!started || !declared.has(name)) throw new Error(`No queue '${name}': declare it by work() before start()`);
      await boss.send(name, data, {
        db: fromKysely(tx),
        singletonKey: key ?? randomUUID(),
        ...(startAfter ? { startAfter } : {}),
      });
      for (const delay of WAKE_AFTER_MS) setTimeout(() => wake(name), delay).unref();
    },
    async start() {
      await boss.start();
      for (const [name, work] of declared) await declareQueue(name, work.options);
      for (const { name } of await boss.getSchedules()) if (!schedules.has(name)) await boss.unschedule(name);
      for (const [name, cron] of schedules) await boss.schedule(name, cron, {}, { singletonKey: 'schedule' });
      // Puts every queue into pg-boss's cache, so that enqueuing never needs a second connection.
      for (const name of declared.keys()) await boss.findJobs(name, { id: randomUUID() });
      started = true;
      if (options.consume === false) return;
      for (const [name, work] of declared) await startWorkers(name, work.handler, work.options);
    },
    async stop() {
      started = false;
      await boss.stop({ graceful: true, timeout: 20_000 });
    },
    async depth() {
      const { rows } = await handle.run(
        "select count(*) as n from pgboss.job where state < 'completed' and name not like '\\_\\_pgboss%'",
      );
      return Number(rows[0]?.n ?? 0);
    },
  };
}
