/** The thread that takes messages apart. Hostile ones cost its time and memory; who started it ends it and goes on. */
import { parentPort } from 'node:worker_threads';
import type { MailFacts } from '../domain/mail.ts';
import { readFacts, readPart } from './mail-facts.ts';
import { readMsg, readMsgPart } from './mail-msg.ts';

export type MailTask =
  | { id: number; kind: 'facts'; raw: Uint8Array; msg: boolean }
  | { id: number; kind: 'part'; raw: Uint8Array; msg: boolean; index: number };
export type MailAnswer =
  | { id: number; ok: true; value: MailFacts | Uint8Array | undefined }
  | { id: number; ok: false; message: string };

if (!parentPort) throw new Error('Runs in a worker thread only');
const port = parentPort;
// One after the other, so that the oldest unanswered task is the one that hangs.
let before = Promise.resolve();

port.on('message', (task: MailTask) => {
  before = before.then(async () => {
    try {
      port.postMessage({ id: task.id, ok: true, value: await work(task) } satisfies MailAnswer);
    } catch (error) {
      port.postMessage({ id: task.id, ok: false, message: String(error) } satisfies MailAnswer);
    }
  });
});

async function work(task: MailTask): Promise<MailFacts | Uint8Array | undefined> {
  const raw = Buffer.from(task.raw.buffer, task.raw.byteOffset, task.raw.byteLength);
  if (task.kind === 'facts') return task.msg ? readMsg(raw) : readFacts(raw);
  return task.msg ? readMsgPart(raw, task.index) : readPart(raw, task.index);
}
