import type { EnqueueOptions, JobHandler, Queue } from './queue.ts';

interface PendingJob {
  name: string;
  data: Record<string, unknown>;
  options: EnqueueOptions;
}

/** The queue of tests: jobs wait in memory until the test runs them. */
export interface FakeQueue extends Queue {
  /** What was enqueued and not yet run. A transaction that rolled back leaves its jobs here: they find nothing to do. */
  pending: PendingJob[];
  /** Runs due jobs in order, and those they enqueue, until none is left; an error of a handler is thrown. */
  runPending(now?: Date): Promise<number>;
  /** Runs a declared handler as its schedule would. */
  runScheduled(name: string): Promise<void>;
}

const MOST_RUNS = 10_000;

export function fakeQueue(): FakeQueue {
  const handlers = new Map<string, JobHandler>();
  const schedules = new Set<string>();
  const pending: PendingJob[] = [];
  let runs = 0;

  async function run(name: string, data: Record<string, unknown>): Promise<void> {
    const handler = handlers.get(name);
    if (!handler) throw new Error(`No handler declared for job '${name}'`);
    await handler(data, { id: `fake-${++runs}`, attempt: 1, signal: new AbortController().signal });
  }

  return {
    pending,
    work: (name, handler) => void handlers.set(name, handler),
    schedule: (name) => void schedules.add(name),
    async enqueue(_tx, name, data, options = {}) {
      const waits = pending.some((job) => job.name === name && job.options.key === options.key);
      if (options.key !== undefined && waits) return;
      // A copy by way of JSON, as the real queue keeps it.
      pending.push({ name, data: JSON.parse(JSON.stringify(data)), options });
    },
    async runPending(now) {
      let count = 0;
      for (;;) {
        const next = pending.findIndex(({ options }) => !options.startAfter || (now && options.startAfter <= now));
        const [job] = next < 0 ? [] : pending.splice(next, 1);
        if (!job) return count;
        if (++count > MOST_RUNS) throw new Error(`Jobs keep enqueuing jobs: ${job.name}`);
        await run(job.name, job.data);
      }
    },
    async runScheduled(name) {
      if (!schedules.has(name)) throw new Error(`No schedule for job '${name}'`);
      await run(name, {});
    },
    start: async () => {},
    stop: async () => {},
    depth: async () => pending.length,
  };
}
