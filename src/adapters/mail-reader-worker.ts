/** The thread that takes messages apart. Hostile ones cost its time and memory; who started it ends it and goes on. */
import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { MailFacts } from '../domain/mail.ts';
import { readFacts, readPart } from './mail-facts.ts';
import { readMsg, readMsgPart } from './mail-msg.ts';
import type { MailSource } from './mail-reader.ts';

export type MailTask =
  | { id: number; kind: 'facts'; source: MailSource }
  | { id: number; kind: 'part'; source: MailSource; index: number };
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
  const raw = bytesOf(task.source);
  const msg = isMsg(raw);
  if (task.kind === 'facts') return msg ? readMsg(raw) : readFacts(raw);
  return msg ? readMsgPart(raw, task.index) : readPart(raw, task.index);
}

function bytesOf(source: MailSource): Buffer {
  return 'path' in source
    ? readFileSync(source.path)
    : Buffer.from(source.buffer, source.byteOffset, source.byteLength);
}

/** Outlook's `.msg` is a compound file; no mail begins like one. */
function isMsg(raw: Buffer): boolean {
  return raw.subarray(0, 8).toString('hex') === 'd0cf11e0a1b11ae1';
}
