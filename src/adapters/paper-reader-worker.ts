/** The thread that reads files that came back: one at a time. It asks for the layout of each code it finds. */
import { parentPort } from 'node:worker_threads';
import type { FoundFile, PageLayout } from '../domain/paper-reading.ts';
import type { Refusal } from '../domain/refusal.ts';
import { readPages } from './paper-reader-pages.ts';

/** To the thread: a file, or the answer about a code. */
export type ReaderTask = { bytes: Uint8Array } | { code: string; layout: PageLayout | undefined };
/** From the thread: a question, or what was read. */
export type ReaderAnswer = { ask: string } | { done: FoundFile | Refusal } | { message: string };

const port = parentPort;
if (!port) throw new Error('paper-reader-worker runs as a worker thread');

const asked = new Map<string, (layout: PageLayout | undefined) => void>();

function layoutOf(code: string): Promise<PageLayout | undefined> {
  return new Promise((resolve) => {
    asked.set(code, resolve);
    port?.postMessage({ ask: code } satisfies ReaderAnswer);
  });
}

port.on('message', async (task: ReaderTask) => {
  if ('code' in task) {
    asked.get(task.code)?.(task.layout);
    asked.delete(task.code);
    return;
  }
  try {
    port.postMessage({ done: await readPages(task.bytes, layoutOf) } satisfies ReaderAnswer);
  } catch (error) {
    port.postMessage({ message: error instanceof Error ? error.message : String(error) } satisfies ReaderAnswer);
  }
});
