/**
 * The embedded database in its own thread, so that pages stay quick while it works. It speaks PostgreSQL's wire protocol
 * over the thread's message port: one request is a run of protocol messages up to a Sync or a simple Query, the answer is
 * what a server would send back. pglite-server.ts is the other side.
 *
 * PGlite as shipped never syncs to disk; here it does (see syncToDisk), and a test counts it.
 */
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** What the thread is started with. Without a folder the database lives in memory. */
export interface WorkerOptions {
  folder?: string;
  /** Make the database in the folder and end: a thread of its own, whose memory goes with it. */
  create?: boolean;
  /** A dump (tar) to start from; in memory only. */
  template?: string;
}

/** What is posted to the thread is a request with the id that its answers carry. */
export type WorkerRequest =
  | { kind: 'startup' | 'messages'; bytes: Uint8Array }
  | { kind: 'dump'; file: string }
  | { kind: 'fsyncs' }
  | { kind: 'close' };

export type WorkerAnswer =
  | { kind: 'ready' }
  | { kind: 'data'; id: number; bytes: Uint8Array }
  | { kind: 'done'; id: number; value?: number }
  | { kind: 'failed'; id: number; message: string }
  | { kind: 'crashed'; message: string };

const FLUSH_BYTES = 256 * 1024;
/** How an error begins after which the session is gone; two fields, because no value can hold the zero between them. */
const LAST_WORDS = ['PANIC', 'FATAL'].map((severity) => `S${severity}\0V${severity}\0`);
/** Later settings win over PGlite's own `-F` (fsync off). Half the usual buffers, to stay small beside the server. */
const SETTINGS = ['fsync=on', 'wal_sync_method=fsync', 'shared_buffers=64MB'].flatMap((setting) => ['-c', setting]);
let fsyncs = 0;
/** The database has given up; nothing may be asked of it any more. */
let broken = false;

/** The parts of emscripten's file system that the missing fsync needs. */
interface EmscriptenStream {
  nfd?: number;
  node: unknown;
}
interface EmscriptenModule {
  NODEFS: { realPath(node: unknown): string; stream_ops: Record<string, unknown> };
}

/** PGlite's folder file system with an fsync that reaches the disk, for files and for folders. */
function durableFolder(folder: string): NodeFS {
  const fs = new NodeFS(folder);
  const init = fs.init.bind(fs);
  fs.init = async (pg, options) => {
    const { emscriptenOpts } = await init(pg, options);
    const preRun = [...(emscriptenOpts.preRun ?? []), (module: unknown) => syncToDisk(module as EmscriptenModule)];
    return { emscriptenOpts: { ...emscriptenOpts, preRun } };
  };
  return fs;
}

function syncToDisk(module: EmscriptenModule): void {
  const { NODEFS } = module;
  NODEFS.stream_ops.fsync = (stream: EmscriptenStream): number => {
    // A folder has no file descriptor of its own there; its entries must reach the disk too.
    const own = stream.nfd === undefined ? openSync(NODEFS.realPath(stream.node), 'r') : undefined;
    fsyncSync(own ?? stream.nfd ?? -1);
    if (own !== undefined) closeSync(own);
    fsyncs++;
    return 0;
  };
}

/** Syncs a folder with everything in it, contents first. */
function syncTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) syncTree(path);
    else if (entry.isFile()) syncPath(path);
  }
  syncPath(folder);
}

function syncPath(path: string): void {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
}

/** What PostgreSQL last wrote into its log: tells why it cannot start. */
let lastLog = '';
function keepLog(text: string): boolean {
  if (/FATAL|PANIC|ERROR/.test(text)) lastLog = text;
  return false;
}

/**
 * Makes a new database beside the folder and moves it in place when it is whole and on disk, so that a kill at any moment
 * leaves either none or a good one.
 */
async function createFolder(folder: string): Promise<void> {
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const fresh = await PGlite.create({ fs: new NodeFS(unfinished), onStderr: keepLog });
  await fresh.close();
  syncTree(unfinished);
  renameSync(unfinished, folder);
  syncPath(dirname(folder));
}

function openFolder(folder: string): Promise<PGlite> {
  return PGlite.create({
    fs: durableFolder(folder),
    startParams: [...PGlite.defaultStartParams, ...SETTINGS],
    onStderr: keepLog,
  });
}

const options = workerData as WorkerOptions;
if (!parentPort) throw new Error('This file is a worker thread of pglite-server.ts');
const port = parentPort;

const answer = (message: WorkerAnswer): void => port.postMessage(message);
const sendBytes = (id: number, chunks: Uint8Array[]): void => {
  if (chunks.length === 0) return;
  const joined = Buffer.concat(chunks);
  // E.g. the disk is full: PGlite would go on in a broken process, and hang.
  broken ||= LAST_WORDS.some((words) => joined.includes(words));
  const bytes = new Uint8Array(joined);
  port.postMessage({ kind: 'data', id, bytes } satisfies WorkerAnswer, [bytes.buffer]);
};

/** Runs protocol messages and sends the answer on in pieces, so that a large result never lies here whole. */
async function run(pg: PGlite, id: number, bytes: Uint8Array): Promise<void> {
  let chunks: Uint8Array[] = [];
  let size = 0;
  await pg.execProtocolRawStream(bytes, {
    syncToFs: false,
    onRawData: (data) => {
      chunks.push(data.slice());
      size += data.byteLength;
      if (size < FLUSH_BYTES) return;
      sendBytes(id, chunks);
      chunks = [];
      size = 0;
    },
  });
  sendBytes(id, chunks);
}

async function handle(pg: PGlite, id: number, request: WorkerRequest): Promise<void> {
  switch (request.kind) {
    case 'startup': {
      // A connection that is new to the driver starts as a new session would.
      await pg.exec('rollback');
      await pg.exec('discard all');
      sendBytes(id, [await pg.execProtocolRaw(request.bytes, { syncToFs: false })]);
      return answer({ kind: 'done', id });
    }
    case 'messages':
      await run(pg, id, request.bytes);
      if (broken)
        return answer({ kind: 'crashed', message: 'it met an error it cannot go on after; see the last one' });
      return answer({ kind: 'done', id });
    case 'dump': {
      const dump = await pg.dumpDataDir('none');
      await writeFile(request.file, dump.stream());
      return answer({ kind: 'done', id });
    }
    case 'fsyncs':
      return answer({ kind: 'done', id, value: fsyncs });
    case 'close':
      await pg.close();
      answer({ kind: 'done', id });
      return port.close();
  }
}

/** Opens what the options say and answers requests in their order until it is closed. */
async function serve(): Promise<void> {
  const { folder, template } = options;
  const pg = folder
    ? await openFolder(folder)
    : // Read at once: another process may put the same template in its place meanwhile.
      await PGlite.create(template ? { loadDataDir: new Blob([readFileSync(template)]) } : {});
  let turn: Promise<void> = Promise.resolve();
  port.on('message', ({ id, request }: { id: number; request: WorkerRequest }) => {
    turn = turn
      .then(() => handle(pg, id, request))
      .catch((error: unknown) => answer({ kind: 'failed', id, message: String(error) }));
  });
  answer({ kind: 'ready' });
}

try {
  if (options.create && options.folder) await createFolder(options.folder);
  else await serve();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  answer({ kind: 'crashed', message: [message, lastLog].filter(Boolean).join(': ') });
}
