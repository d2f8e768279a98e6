/** The thread that makes forms fillable. */
import { parentPort } from 'node:worker_threads';
import type { FillableForm, ShapePlaces } from './paper-form.ts';
import { addFormFields, MissingShape } from './paper-form-pdf.ts';

export interface FillTask extends Omit<FillableForm, 'parts'> {
  number: number;
  /** Left out where the thread was given this shape before. */
  parts: FillableForm['parts'] | undefined;
}
export type FillAnswer = { number: number } & (
  | {
      pdf: Uint8Array<ArrayBuffer>;
      /** Where its boxes are, where the parts came with it. */
      shape: ShapePlaces | undefined;
    }
  /** Its shape is not known here any more. */
  | { missing: true }
  | { message: string }
);

const port = parentPort;
if (!port) throw new Error('paper-form-worker runs as a worker thread');

port.on('message', async (task: FillTask) => {
  const { number } = task;
  try {
    const { pdf, places } = await addFormFields(task);
    const shape = task.parts ? places : undefined;
    port.postMessage({ number, pdf, shape } satisfies FillAnswer, [pdf.buffer]);
  } catch (error) {
    const answer: FillAnswer =
      error instanceof MissingShape
        ? { number, missing: true }
        : { number, message: error instanceof Error ? error.message : String(error) };
    port.postMessage(answer);
  }
});
