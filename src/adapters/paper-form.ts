/** Makes typeset forms fillable, in a thread of its own: a form of thousands of boxes takes seconds. */
import { Worker } from 'node:worker_threads';
import type { FormLayout, PaperSize } from '../domain/paper-form.ts';
import type { Ink } from '../domain/paper-form-ink.ts';
import type { PaperBox } from '../domain/paper-form-parts.ts';
import type { FillAnswer, FillTask } from './paper-form-worker.ts';

/** A typeset form and what becomes of its boxes and blanks. */
export interface FillableForm {
  /** The same for forms whose parts are the same: they are taken apart once. */
  shape: string;
  /** As the typesetter made it, with a link over each box and blank; of a large form its parts, one behind the other. */
  parts: readonly Uint8Array[];
  paper: PaperSize;
  direction: 'ltr' | 'rtl';
  boxes: readonly PaperBox[];
  /** What is drawn into its blanks, by their numbers. */
  inks: readonly Ink[];
  /** Text of each page's QR code. */
  codes: readonly string[];
}

export interface FilledForm {
  pdf: Uint8Array<ArrayBuffer>;
  layout: FormLayout;
}

export interface FormFiller {
  /** The PDF with its fields and codes, and where they stand; the same form gives the same bytes. */
  fill(form: FillableForm): Promise<FilledForm>;
  close(): Promise<void>;
}

const WORKER_FILE = new URL('./paper-form-worker.ts', import.meta.url);
/** The largest form, two thousand units, takes some seconds. What takes longer will not end. */
const TIME_LIMIT = 120_000;
/** A thread with nothing to do for so long ends and gives its memory back. */
const IDLE = 60_000;

interface Job {
  task: FillTask;
  resolve(form: FilledForm): void;
  reject(error: Error): void;
}

/** Opens the way to the thread; it starts with the first form. */
export function openFormFiller(): FormFiller {
  let worker: Worker | undefined;
  let timer: NodeJS.Timeout | undefined;
  let current: Job | undefined;
  const waiting: Job[] = [];
  let closed = false;

  const lose = (lost: Worker, error: Error): void => {
    if (worker !== lost) return;
    worker = undefined;
    clearTimeout(timer);
    current?.reject(error);
    current = undefined;
    next();
  };
  const start = (): Worker => {
    // Plain Node strips the types; the loader of the main program is not needed.
    const made = new Worker(WORKER_FILE, { execArgv: ['--disable-warning=ExperimentalWarning'] });
    made.on('message', (answer: FillAnswer) => {
      const job = current;
      current = undefined;
      if ('pdf' in answer) job?.resolve(answer);
      else job?.reject(new Error(answer.message));
      next();
    });
    made.on('error', (error) => lose(made, error instanceof Error ? error : new Error(String(error))));
    made.on('exit', (code) => lose(made, new Error(`the thread that fills forms ended with code ${code}`)));
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
      timer = setTimeout(() => void resting?.terminate(), IDLE).unref();
      return;
    }
    worker ??= start();
    worker.ref();
    const busy = worker;
    timer = setTimeout(() => void busy.terminate(), TIME_LIMIT);
    worker.postMessage(current.task);
  };
  return {
    fill: (form) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error('No more forms are filled: the server ends.'));
        waiting.push({ task: form, resolve, reject });
        if (!current) next();
      }),
    async close() {
      closed = true;
      clearTimeout(timer);
      for (const job of waiting.splice(0)) job.reject(new Error('The server ends.'));
      worker?.ref();
      await worker?.terminate();
    },
  };
}
