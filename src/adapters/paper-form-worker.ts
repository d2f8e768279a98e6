/** The thread that makes forms fillable: one at a time. */
import { parentPort } from 'node:worker_threads';
import type { FillableForm, FilledForm } from './paper-form.ts';
import { addFormFields } from './paper-form-pdf.ts';

export type FillTask = FillableForm;
export type FillAnswer = FilledForm | { message: string };

const port = parentPort;
if (!port) throw new Error('paper-form-worker runs as a worker thread');

port.on('message', async (task: FillTask) => {
  try {
    const filled = await addFormFields(task);
    port.postMessage(filled satisfies FillAnswer, [filled.pdf.buffer]);
  } catch (error) {
    port.postMessage({ message: error instanceof Error ? error.message : String(error) } satisfies FillAnswer);
  }
});
