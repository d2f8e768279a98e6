import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { MailFacts } from '../domain/mail.ts';
import { factsOfHead } from './mail-facts.ts';
import type { MailAnswer, MailTask } from './mail-reader-worker.ts';

/** Bytes at hand, or where they lie on this machine: then the thread fetches them itself. */
export type MailSource = Uint8Array | { path: string };

/** Takes stored messages apart, in bounded time and memory, whatever they are made of. */
export interface MailReader {
  /** What the message says. Never throws: what cannot be read is answered by its head, with the trouble named. */
  read(source: MailSource): Promise<MailFacts>;
  /** The bytes of one attachment by its index; undefined when the message cannot be taken apart. */
  part(source: MailSource, index: number): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

export interface MailReaderOptions {
  /** Milliseconds one message may take. */
  timeLimit?: number;
  /** Bytes beyond which only the head is read. */
  sizeLimit?: number;
  /** Megabytes of the thread's heap. */
  memory?: number;
}

const WORKER_FILE = new URL('./mail-reader-worker.ts', import.meta.url);
/** An honest message of 40 MB takes a second. */
const TIME_LIMIT = 10_000;
const SIZE_LIMIT = 60_000_000;
const MEMORY = 384;
/** Messages handed to the thread ahead of the one it works on. */
const AHEAD = 8;
const IDLE = 30_000;
/** Bytes in which a head is looked for. */
const HEAD = 64_000;

interface Job {
  task: MailTask;
  resolve(value: MailFacts | Uint8Array | undefined): void;
}

/** Opens the reader. Its thread starts with the first message and rests when there are none. */
export function openMailReader(options: MailReaderOptions = {}): MailReader {
  const { timeLimit = TIME_LIMIT, sizeLimit = SIZE_LIMIT, memory = MEMORY } = options;
  const waiting: Job[] = [];
  /** In the order they were handed over: the thread answers them in that order. */
  let given: Job[] = [];
  let worker: Worker | undefined;
  let timer: NodeJS.Timeout | undefined;
  let lastId = 0;

  const start = (): Worker => {
    const fresh = new Worker(WORKER_FILE, {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      resourceLimits: { maxOldGenerationSizeMb: memory },
      stderr: true,
      stdout: true,
    });
    fresh.on('message', (answer: MailAnswer) => {
      const at = given.findIndex((job) => job.task.id === answer.id);
      const [job] = at < 0 ? [] : given.splice(at, 1);
      watch();
      if (job) job.resolve(answer.ok ? answer.value : failed(job, 'broken'));
      next();
    });
    // Out of memory, or ended: the task at hand did it. The others go to a new thread.
    fresh.on('error', () => abandon(fresh));
    fresh.on('exit', () => abandon(fresh));
    return fresh;
  };

  const abandon = (dead: Worker): void => {
    if (worker !== dead) return;
    worker = undefined;
    clearTimeout(timer);
    const [culprit, ...others] = given;
    given = [];
    waiting.unshift(...others);
    void dead.terminate();
    culprit?.resolve(failed(culprit, 'too-slow'));
    next();
  };

  const watch = (): void => {
    clearTimeout(timer);
    const at = worker;
    if (!at) return;
    if (given.length > 0) {
      at.ref();
      timer = setTimeout(() => abandon(at), timeLimit);
    } else {
      at.unref();
      timer = setTimeout(() => {
        worker = undefined;
        void at.terminate();
      }, IDLE).unref();
    }
  };

  const next = (): void => {
    while (waiting.length > 0 && given.length < AHEAD) {
      const job = waiting.shift();
      if (!job) return;
      worker ??= start();
      given.push(job);
      worker.postMessage(job.task);
      if (given.length === 1) watch();
    }
  };

  const run = (task: MailTask): Promise<MailFacts | Uint8Array | undefined> =>
    new Promise((resolve) => {
      waiting.push({ task, resolve });
      next();
    });

  return {
    async read(source) {
      if (sizeOf(source) > sizeLimit) return factsOfHead(headBytes(source), ['too-large']);
      // The thread answers a task of facts by facts.
      return (await run({ id: ++lastId, kind: 'facts', source })) as MailFacts;
    },
    async part(source, index) {
      if (sizeOf(source) > sizeLimit) return undefined;
      return (await run({ id: ++lastId, kind: 'part', source, index })) as Uint8Array | undefined;
    },
    async close() {
      clearTimeout(timer);
      const at = worker;
      worker = undefined;
      for (const job of [...given, ...waiting.splice(0)]) job.resolve(failed(job, 'broken'));
      given = [];
      await at?.terminate();
    },
  };
}

function failed({ task }: Job, trouble: 'too-slow' | 'broken'): MailFacts | undefined {
  return task.kind === 'part' ? undefined : factsOfHead(headBytes(task.source), [trouble]);
}

function sizeOf(source: MailSource): number {
  return 'path' in source ? (statSync(source.path, { throwIfNoEntry: false })?.size ?? 0) : source.byteLength;
}

/** The beginning, where the head stands; nothing when the file is gone. */
function headBytes(source: MailSource): Buffer {
  if (!('path' in source)) return Buffer.from(source.subarray(0, HEAD));
  const head = Buffer.alloc(HEAD);
  try {
    const file = openSync(source.path, 'r');
    const size = readSync(file, head, 0, HEAD, 0);
    closeSync(file);
    return head.subarray(0, size);
  } catch {
    return Buffer.alloc(0);
  }
}
