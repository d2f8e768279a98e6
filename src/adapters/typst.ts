/**
 * Sets letters, envelopes and forms as PDF: Typst in a small pool of threads. Started by the first request, stopped when
 * idle; a thread that dies fails its own request only.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { LetterCommon, LetterPersonal } from '../domain/letter.ts';
import type { SetLetter } from './letter-run.ts';
import type { TypstAnswer, TypstTask } from './typst-worker.ts';

export interface TypesetRequest {
  /** A file of templates/, e.g. `letter.typ`. It reads what follows by `json("/data.json")`. */
  template: string;
  /** Anything JSON can say. Words of people come only this way, never as code. */
  data: unknown;
  /** Images and such by the path the template reads, e.g. `{'/files/qr.svg': bytes}`. */
  files?: Record<string, Uint8Array>;
  /** Labels whose metadata is wanted, e.g. `['<field>']` for `#metadata((name: "a")) <field>`. */
  query?: string[];
  /** PDF/A conformance; `a-1a` when left out. `1.7` where PDF/A cannot be kept. */
  standard?: 'a-1a' | '1.7';
  /** False: without the structure that screen readers go by, for files so large that nobody could hear them. Needs `1.7`. */
  tags?: boolean;
  /** True: before all that waits. For what a person looks at. */
  urgent?: boolean;
}

export interface Typeset {
  /** The same request gives the same bytes, if the template sets `document(date: …)`. */
  pdf: Uint8Array<ArrayBuffer>;
  pages: number;
  /** For each queried label the values of its metadata, in the order of the document. */
  values: Record<string, unknown[]>;
  /** What the file claims to be. The WebAssembly engine makes tagged PDF 1.7 only. */
  standard: 'a-1a' | '1.7';
}

export interface LettersRequest {
  common: LetterCommon;
  letters: LetterPersonal[];
  /** True: before all that waits. */
  urgent?: boolean;
}

/** A text that could not be set. `characters`: those that no face draws, where that was the reason. */
export class TypesetError extends Error {
  readonly characters: string[];
  constructor(message: string, characters: string[]) {
    super(message);
    this.characters = characters;
  }
}

export interface Typesetter {
  /** @throws TypesetError */
  typeset(request: TypesetRequest): Promise<Typeset>;
  /**
   * Sets the letters of one language for many readers, in their order, over all threads. What they share is set once.
   * @throws TypesetError naming characters that no face draws: then none of them is made
   */
  letters(request: LettersRequest): Promise<SetLetter[]>;
  /** The characters of a text that no face draws, each once. Line breaks and other signs without a picture are fine. */
  undrawable(text: string): Promise<string[]>;
  /** One file of many, for printing them in one go. */
  join(files: Uint8Array[]): Promise<Uint8Array<ArrayBuffer>>;
  /** How many requests can run at once. */
  readonly threads: number;
  close(): Promise<void>;
}

interface Job {
  task: TypstTask;
  resolve(value: unknown): void;
  reject(error: Error): void;
}
interface Thread {
  worker: Worker;
  job?: Job;
  timer?: NodeJS.Timeout;
}

const WORKER_FILE = new URL('./typst-worker.ts', import.meta.url);
/** A hundred letters take a second, on a busy machine a minute. What takes longer than this will not end. */
const TIME_LIMIT = 600_000;
/** Threads with nothing to do for so long give their memory back. */
const IDLE = 60_000;

export interface TypesetterOptions {
  /** One a core when left out. */
  threads?: number;
  /** True: the WebAssembly engine even where there is a native one. */
  wasm?: boolean;
}

/** Letters that are set in one go: few enough for a page to be answered between two, for memory, and for all threads. */
const MOST_LETTERS = 50;
const MOST_ROWS = 300;

function batchesOf(letters: LetterPersonal[], threads: number): LetterPersonal[][] {
  const most = Math.min(MOST_LETTERS, Math.max(5, Math.ceil(letters.length / threads)));
  const batches: LetterPersonal[][] = [];
  let rows = 0;
  for (const letter of letters) {
    const last = batches.at(-1);
    if (last && last.length < most && rows + letter.units.length <= MOST_ROWS) {
      last.push(letter);
      rows += letter.units.length;
    } else {
      batches.push([letter]);
      rows = letter.units.length;
    }
  }
  return batches;
}

/** Opens the pool. Nothing is loaded before the first request. */
export function openTypesetter({
  threads: most = availableParallelism(),
  wasm = false,
}: TypesetterOptions = {}): Typesetter {
  const threads = new Set<Thread>();
  const waiting: Job[] = [];
  let lastId = 0;
  let closed = false;

  const start = (): Thread => {
    const worker = new Worker(WORKER_FILE, {
      workerData: { wasm },
      // Plain Node strips the types; the loader of the main program is not needed.
      execArgv: ['--disable-warning=ExperimentalWarning'],
      // Letters are put together from many short pieces: swept out less often, they are gone at once.
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    });
    const thread: Thread = { worker };
    threads.add(thread);
    const ended = (error: Error): void => {
      threads.delete(thread);
      clearTimeout(thread.timer);
      thread.job?.reject(error);
      delete thread.job;
      next();
    };
    worker.on('message', (answer: TypstAnswer) => {
      const job = thread.job;
      delete thread.job;
      clearTimeout(thread.timer);
      if (answer.ok) job?.resolve(answer.value);
      else job?.reject(new TypesetError(answer.message, answer.characters));
      next();
    });
    worker.on('error', (error) => ended(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', (code) => ended(new Error(`the typesetter's thread ended with code ${code}`)));
    worker.unref();
    return thread;
  };

  const give = (thread: Thread, job: Job): void => {
    clearTimeout(thread.timer);
    thread.job = job;
    thread.worker.ref();
    thread.timer = setTimeout(() => void thread.worker.terminate(), TIME_LIMIT);
    thread.worker.postMessage(job.task);
  };

  const rest = (thread: Thread): void => {
    thread.worker.unref();
    thread.timer = setTimeout(() => {
      // The native compiler's memory belongs to the process, not to the thread: it is told before.
      const task: TypstTask = { id: ++lastId, kind: 'forget' };
      give(thread, { task, resolve: () => void thread.worker.terminate(), reject: () => {} });
    }, IDLE).unref();
  };

  const next = (): void => {
    while (waiting.length > 0) {
      const free = [...threads].find((thread) => !thread.job) ?? (threads.size < most ? start() : undefined);
      const job = free && waiting.shift();
      if (!job) return;
      give(free, job);
    }
    for (const thread of threads) {
      if (thread.job) continue;
      clearTimeout(thread.timer);
      rest(thread);
    }
  };

  const ask = (task: TypstTask, urgent: boolean): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (closed) {
        reject(new Error('The typesetter is closed.'));
        return;
      }
      const job: Job = { task, resolve, reject };
      if (urgent) waiting.unshift(job);
      else waiting.push(job);
      next();
    });

  return {
    threads: most,
    typeset: async (request) =>
      (await ask({ id: ++lastId, kind: 'typeset', request }, request.urgent ?? false)) as Typeset,
    letters: async ({ common, letters, urgent = false }) => {
      const made = await Promise.all(
        batchesOf(letters, most).map(
          async (batch) =>
            (await ask({ id: ++lastId, kind: 'letters', request: { common, letters: batch } }, urgent)) as SetLetter[],
        ),
      );
      return made.flat();
    },
    undrawable: async (text) => (await ask({ id: ++lastId, kind: 'undrawable', text }, true)) as string[],
    join: async (files) => (await ask({ id: ++lastId, kind: 'join', files }, true)) as Uint8Array<ArrayBuffer>,
    async close() {
      closed = true;
      for (const job of waiting.splice(0)) job.reject(new Error('The typesetter is closed.'));
      // Threads at rest hold nobody up; while they are being ended, this does.
      const awake = setInterval(() => {}, 1_000);
      await Promise.all([...threads].map((thread) => thread.worker.terminate()));
      clearInterval(awake);
    },
  };
}
