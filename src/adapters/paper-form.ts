/** Makes typeset forms fillable, in threads of their own: a form of thousands of boxes takes seconds. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { FormLayout, PaperSize } from '../domain/paper-form.ts';
import type { Ink } from '../domain/paper-form-ink.ts';
import { type BoxPlace, makeLayout } from '../domain/paper-form-layout.ts';
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

/** Forms under way at once: the thread has the next one at hand while this one is asked about the last. */
const AT_ONCE = 3;
/** Shapes whose places are kept here, so that a form of theirs is a message of its words alone. */
const MOST_SHAPES = 200;

interface Job {
  form: FillableForm;
  resolve(form: FilledForm): void;
  reject(error: Error): void;
}

/** Where the boxes of a shape are, and on how many pages. */
export interface ShapePlaces {
  places: BoxPlace[];
  pages: number;
}

/**
 * Opens the way to threads that fill forms, as many as there are cores. Each starts when all others have work, and knows
 * the shapes it was given.
 */
export function openFormFiller(threads = availableParallelism()): FormFiller {
  const lanes = Array.from({ length: Math.max(1, threads) }, openLane);
  return {
    fill(form) {
      let free = lanes[0] as Lane;
      for (const lane of lanes) if (lane.busy() < free.busy()) free = lane;
      return free.fill(form);
    },
    async close() {
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}

interface Lane extends FormFiller {
  /** Forms that it has not given back yet. */
  busy(): number;
}

/** One thread, and what waits for it. */
function openLane(): Lane {
  let worker: Worker | undefined;
  let timer: NodeJS.Timeout | undefined;
  let number = 0;
  const current = new Map<number, Job>();
  const waiting: Job[] = [];
  const shapes = new Map<string, ShapePlaces>();
  let closed = false;

  const lose = (lost: Worker, error: Error): void => {
    if (worker !== lost) return;
    worker = undefined;
    clearTimeout(timer);
    // The next thread has seen no shape.
    shapes.clear();
    for (const job of current.values()) job.reject(error);
    current.clear();
    next();
  };
  const end = ({ form, resolve, reject }: Job, answer: FillAnswer): void => {
    if ('message' in answer) {
      reject(new Error(answer.message));
      return;
    }
    if ('missing' in answer) {
      // Others pushed it out there: once more with the pages.
      shapes.delete(form.shape);
      waiting.unshift({ form, resolve, reject });
      return;
    }
    if (answer.shape) keepShape(shapes, form.shape, answer.shape);
    const shape = answer.shape ?? shapes.get(form.shape);
    if (!shape) {
      reject(new Error('The thread that fills forms told no places.'));
      return;
    }
    const { places, pages } = shape;
    const { paper: size, direction } = form;
    try {
      // The thread looked at all of it.
      resolve({ pdf: answer.pdf, layout: makeLayout(form.boxes, places, { size, pages, direction, checked: 'all' }) });
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const start = (): Worker => {
    // Plain Node strips the types; the loader of the main program is not needed.
    const made = new Worker(WORKER_FILE, {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      // Each form leaves a megabyte behind that nobody needs: swept out less often, it is gone at once.
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    });
    made.on('message', (answer: FillAnswer) => {
      const job = current.get(answer.number);
      current.delete(answer.number);
      if (job) end(job, answer);
      next();
    });
    made.on('error', (error) => lose(made, error instanceof Error ? error : new Error(String(error))));
    made.on('exit', (code) => lose(made, new Error(`the thread that fills forms ended with code ${code}`)));
    made.unref();
    return made;
  };
  const next = (): void => {
    clearTimeout(timer);
    for (let job = current.size < AT_ONCE ? waiting.shift() : undefined; job; ) {
      worker ??= start();
      worker.ref();
      const { form } = job;
      const task: FillTask = { ...form, number: ++number, parts: shapes.has(form.shape) ? undefined : form.parts };
      current.set(number, job);
      worker.postMessage(task);
      job = current.size < AT_ONCE ? waiting.shift() : undefined;
    }
    const idle = current.size === 0;
    if (idle) worker?.unref();
    const busy = worker;
    timer = setTimeout(() => void busy?.terminate(), idle ? IDLE : TIME_LIMIT);
    if (idle) timer.unref();
  };
  return {
    busy: () => current.size + waiting.length,
    fill: (form) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error('No more forms are filled: the server ends.'));
        waiting.push({ form, resolve, reject });
        if (current.size < AT_ONCE) next();
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

function keepShape(shapes: Map<string, ShapePlaces>, name: string, shape: ShapePlaces): void {
  shapes.set(name, shape);
  const [oldest] = shapes.keys();
  if (shapes.size > MOST_SHAPES && oldest !== undefined) shapes.delete(oldest);
}
