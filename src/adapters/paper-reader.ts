/**
 * Reads forms that came back as PDF, scan or photo. In a thread of its own, with limits to its time and memory: what
 * comes in may be anything, and the server goes on whatever it is.
 */
import { Worker } from 'node:worker_threads';
import type { FoundFile, PageLayout } from '../domain/paper-reading.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { ReaderAnswer, ReaderTask } from './paper-reader-worker.ts';

export interface PaperReader {
  /**
   * @param layoutOf which form and page the text of a code stands for; undefined for one that is none of ours
   * @returns its pages, or a Refusal `paper-file.damaged`, `paper-file.encrypted`, `paper-file.bomb`, `paper-file.kind`, `paper-file.too-large`,
   * `paper-file.too-many-pages`, `paper-file.slow`
   */
  read(bytes: Uint8Array, layoutOf: (code: string) => Promise<PageLayout | undefined>): Promise<FoundFile | Refusal>;
  close(): Promise<void>;
}

const WORKER_FILE = new URL('./paper-reader-worker.ts', import.meta.url);
/** Two hundred pages take half a minute. What takes longer will not end. */
const TIME_LIMIT = 90_000;
/** A thread with nothing to do for so long ends and gives its memory back. */
const IDLE = 60_000;

interface Job {
  bytes: Uint8Array;
  layoutOf(code: string): Promise<PageLayout | undefined>;
  resolve(found: FoundFile | Refusal): void;
}

/** Opens the way to the thread; it starts with the first file. */
export function openPaperReader(options: { timeLimit?: number } = {}): PaperReader {
  const limit = options.timeLimit ?? TIME_LIMIT;
  const waiting: Job[] = [];
  let worker: Worker | undefined;
  let current: Job | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const settle = (found: FoundFile | Refusal): void => {
    const job = current;
    current = undefined;
    job?.resolve(found);
    next();
  };
  /** A thread that died took nothing along but the file it was at. */
  const lose = (lost: Worker, found: Refusal): void => {
    if (worker !== lost) return;
    worker = undefined;
    settle(found);
  };
  const start = (): Worker => {
    const made = new Worker(WORKER_FILE, {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      resourceLimits: { maxOldGenerationSizeMb: 1_024, stackSizeMb: 8 },
      stderr: true,
      stdout: true,
    });
    made.on('message', async (answer: ReaderAnswer) => {
      if ('done' in answer) settle(answer.done);
      else if ('message' in answer) settle(refuse('paper-file.damaged'));
      else {
        const layout = await current?.layoutOf(answer.ask).catch(() => undefined);
        made.postMessage({ code: answer.ask, layout } satisfies ReaderTask);
      }
    });
    made.on('error', () => lose(made, refuse('paper-file.damaged')));
    made.on('exit', () => lose(made, refuse('paper-file.slow', { seconds: Math.round(limit / 1_000) })));
    made.unref();
    return made;
  };
  const next = (): void => {
    clearTimeout(timer);
    if (current) return;
    current = waiting.shift();
    if (!current) {
      worker?.unref();
      const resting = worker;
      timer = setTimeout(() => {
        if (worker === resting) worker = undefined;
        void resting?.terminate();
      }, IDLE).unref();
      return;
    }
    worker ??= start();
    worker.ref();
    const busy = worker;
    timer = setTimeout(() => void busy.terminate(), limit);
    busy.postMessage({ bytes: current.bytes } satisfies ReaderTask);
  };
  return {
    read: (bytes, layoutOf) =>
      new Promise((resolve) => {
        if (closed) return resolve(refuse('paper-file.slow', { seconds: 0 }));
        waiting.push({ bytes, layoutOf, resolve });
        if (!current) next();
      }),
    async close() {
      closed = true;
      clearTimeout(timer);
      for (const job of waiting.splice(0)) job.resolve(refuse('paper-file.slow', { seconds: 0 }));
      worker?.ref();
      await worker?.terminate();
    },
  };
}
