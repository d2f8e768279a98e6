/** The thread that sets texts: one request at a time, answered by id. */
import { parentPort, workerData } from 'node:worker_threads';
import type { LettersRequest, TypesetRequest } from './typst.ts';
import { type Engine, EngineError, openNativeEngine, openWasmEngine } from './typst-engine.ts';
import { undrawable } from './typst-glyphs.ts';

export type TypstTask =
  | { id: number; kind: 'typeset'; request: TypesetRequest }
  | { id: number; kind: 'letters'; request: LettersRequest }
  | { id: number; kind: 'undrawable'; text: string }
  | { id: number; kind: 'join'; files: Uint8Array[] }
  | { id: number; kind: 'forget' };
export type TypstAnswer =
  | { id: number; ok: true; value: unknown }
  | { id: number; ok: false; message: string; characters: string[] };

const port = parentPort;
if (!port) throw new Error('typst-worker runs as a worker thread');

let engine: Engine | undefined;

port.on('message', async (task: TypstTask) => {
  try {
    engine ??= (workerData.wasm ? undefined : openNativeEngine()) ?? (await openWasmEngine());
    const { value, transfer } = await run(engine, task);
    port.postMessage({ id: task.id, ok: true, value } satisfies TypstAnswer, transfer);
  } catch (error) {
    const characters = error instanceof EngineError ? error.characters : [];
    const message = error instanceof Error ? error.message : String(error);
    port.postMessage({ id: task.id, ok: false, message, characters } satisfies TypstAnswer);
  }
});

async function run(on: Engine, task: TypstTask): Promise<{ value: unknown; transfer: ArrayBuffer[] }> {
  switch (task.kind) {
    case 'typeset': {
      const value = await on.typeset(task.request);
      return { value, transfer: [value.pdf.buffer as ArrayBuffer] };
    }
    case 'letters': {
      // Loaded only where letters are set: what reads and writes PDF takes its time and memory.
      const { setLetters } = await import('./letter-run.ts');
      const value = await setLetters(on, task.request.common, task.request.letters);
      return { value, transfer: value.map((letter) => letter.pdf.buffer) };
    }
    case 'join': {
      const { joinFiles } = await import('./pdf-join.ts');
      const value = await joinFiles(task.files);
      return { value, transfer: [value.buffer] };
    }
    case 'undrawable':
      return { value: undrawable(task.text), transfer: [] };
    case 'forget':
      on.forget();
      return { value: undefined, transfer: [] };
  }
}
