import { existsSync } from 'node:fs';
import { Duplex } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { WorkerAnswer, WorkerOptions, WorkerRequest } from './pglite-worker.ts';

/** The embedded database as a server that node-postgres connects to: `connect()` is its socket. */
export interface PgliteServer {
  /** A socket of the wire protocol. One at a time: the database has a single session. */
  connect(): Duplex;
  /** Writes the whole data folder as a tar file, e.g. as a template for tests. */
  dump(file: string): Promise<void>;
  /** How often the database has synced to disk since it was opened. */
  countFsyncs(): Promise<number>;
  /** Called once if the thread dies by itself; every waiting query is rejected with the same error. */
  onFailure(listener: (error: Error) => void): void;
  /** Ends the thread at once without closing the database, as a crash would. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

interface Waiting {
  data(bytes: Uint8Array): void;
  done(value: number | undefined): void;
  fail(error: Error): void;
}

/** Plain `.ts`: Node strips the types itself, without the loader's start-up time. */
const WORKER_FILE = new URL('./pglite-worker.ts', import.meta.url);

/** Starts the thread and resolves when the database answers. A folder that is not there yet is made. */
export async function startPglite(options: WorkerOptions): Promise<PgliteServer> {
  if (options.folder && !existsSync(options.folder)) await createFolder(options.folder);
  const worker = new Worker(WORKER_FILE, {
    workerData: options,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stderr: true,
    stdout: true,
  });
  const waiting = new Map<number, Waiting>();
  const listeners: ((error: Error) => void)[] = [];
  let lastId = 0;
  let failure: Error | undefined;
  let closing = false;
  // The database's own chatter; its errors come as answers. Kept for the message of a crash.
  let chatter = '';
  for (const output of [worker.stdout, worker.stderr]) {
    output.on('data', (text: Buffer) => {
      chatter = (chatter + text).slice(-2000);
    });
  }

  const fail = (message: string): void => {
    if (failure) return;
    failure = new Error(`The embedded database stopped: ${message}${chatter ? `\n${chatter.trim()}` : ''}`);
    for (const one of [...waiting.values()]) one.fail(failure);
    waiting.clear();
    if (!closing) for (const listener of listeners) listener(failure);
    void worker.terminate();
  };
  const ready = new Promise<void>((resolve, reject) => {
    listeners.push(reject);
    worker.on('message', (answer: WorkerAnswer) => {
      if (answer.kind === 'ready') return resolve();
      if (answer.kind === 'crashed') return fail(answer.message);
      const one = waiting.get(answer.id);
      if (answer.kind === 'data') return one?.data(answer.bytes);
      waiting.delete(answer.id);
      if (answer.kind === 'done') return one?.done(answer.value);
      one?.fail(new Error(answer.message));
      fail(answer.message);
    });
  });
  worker.on('error', (error) => fail(String(error)));
  worker.on('exit', (code) => fail(closing ? 'it was closed' : `its thread ended with code ${code}`));

  const ask = (request: WorkerRequest, one: Waiting): void => {
    if (failure) {
      one.fail(failure);
      return;
    }
    const id = ++lastId;
    waiting.set(id, one);
    worker.postMessage({ id, request });
  };
  /** For requests that are answered without data. */
  const askOnce = (request: WorkerRequest): Promise<number | undefined> =>
    new Promise((resolve, reject) => ask(request, { data: () => {}, done: resolve, fail: reject }));

  await ready;
  return {
    connect: () => openSocket(ask),
    dump: async (file) => {
      await askOnce({ kind: 'dump', file });
    },
    countFsyncs: async () => (await askOnce({ kind: 'fsyncs' })) ?? 0,
    onFailure: (listener) => listeners.push(listener),
    kill: async () => {
      await worker.terminate();
    },
    close: async () => {
      if (failure || closing) return;
      closing = true;
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      await askOnce({ kind: 'close' });
      await worker.terminate();
      await ended;
    },
  };
}

/** Makes a database in a thread that ends afterwards, for the memory it takes. */
async function createFolder(folder: string): Promise<void> {
  const worker = new Worker(WORKER_FILE, {
    workerData: { folder, create: true },
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  await new Promise<void>((resolve, reject) => {
    worker.once('message', (answer: WorkerAnswer) =>
      reject(new Error('message' in answer ? answer.message : answer.kind)),
    );
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
}

const SYNC = 'S'.charCodeAt(0);
const SIMPLE_QUERY = 'Q'.charCodeAt(0);
const TERMINATE = 'X'.charCodeAt(0);

/**
 * What node-postgres takes for a TCP socket. It collects written messages until one after which a server answers, and
 * sends them to the thread as one request: a query costs one message there and one back.
 */
function openSocket(ask: (request: WorkerRequest, one: Waiting) => void): Duplex {
  let started = false;
  let collected: Buffer[] = [];
  const send = (kind: 'startup' | 'messages'): void => {
    const bytes = new Uint8Array(Buffer.concat(collected));
    collected = [];
    ask(
      { kind, bytes },
      {
        data: (data) => socket.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
        done: () => {},
        fail: (error) => socket.destroy(error),
      },
    );
  };
  const take = (chunk: Buffer): void => {
    collected.push(chunk);
    if (!started) {
      started = true;
      send('startup');
      return;
    }
    // node-postgres writes whole messages; the last one in a write decides whether an answer is due.
    let type = 0;
    for (let at = 0; at + 5 <= chunk.length; at += 1 + chunk.readInt32BE(at + 1)) type = chunk[at] ?? 0;
    if (type === TERMINATE) collected = [];
    else if (type === SYNC || type === SIMPLE_QUERY) send('messages');
  };
  const socket = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      take(chunk);
      done();
    },
    writev: (chunks, done) => {
      for (const { chunk } of chunks) take(chunk as Buffer);
      done();
    },
    final: (done) => {
      socket.push(null);
      done();
    },
  });
  const connect = (): Duplex => {
    process.nextTick(() => socket.emit('connect'));
    return socket;
  };
  const same = (): Duplex => socket;
  return Object.assign(socket, { connect, setNoDelay: same, setKeepAlive: same, ref: same, unref: same });
}
