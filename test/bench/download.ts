/** A large package taken by eight clients at once through the gate, against a web server that only sends the file. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serve } from '@hono/node-server';
import { folderPackages } from '../../src/adapters/packages.ts';
import { openHouse } from '../helpers/house.ts';
import { type Gate, passGate, plantGate } from '../helpers/packages.ts';
import { type Bench, type BenchContext, type BenchResult, judgeRatio } from './bench.ts';

const LARGE = 2_000_000_000;
const SMALL = 200_000_000;
const CLIENTS = 8;
const ROUNDS = 3;
const LOAD = join(import.meta.dirname, '../helpers/download-load.ts');

/** A server to compare with, sending `file` at `url`. */
interface Other {
  name: string;
  url: string;
  stop(): void;
}

/** nginx where the machine has it; else a server of some lines that sends by the system's sendfile; else a bare stream. */
async function openOther(folder: string, file: string): Promise<Other> {
  if (spawnSync('nginx', ['-v']).status === 0) return openNginx(folder, file);
  if (spawnSync('python3', ['--version']).status === 0) return openSendfile(file);
  const { createReadStream, statSync } = await import('node:fs');
  const server: Server = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': statSync(file).size });
    createReadStream(file, { highWaterMark: 1 << 20 }).pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { name: 'a bare Node stream (no nginx here)', url: `http://127.0.0.1:${port}/`, stop: () => server.close() };
}

async function openNginx(folder: string, file: string): Promise<Other> {
  const port = 20_000 + (process.pid % 20_000);
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `pid ${folder}/nginx.pid; error_log stderr; daemon off; worker_processes 1; user root; events {}
http { access_log off; sendfile on; tcp_nopush on; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
 fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
 server { listen 127.0.0.1:${port}; location = /file { alias ${file}; } } }`,
  );
  const child = spawn('nginx', ['-c', config], { stdio: 'ignore' });
  await answering(port, child);
  return { name: 'nginx', url: `http://127.0.0.1:${port}/file`, stop: () => void child.kill() };
}

const SENDFILE = `
import os, socket, sys, threading
path = sys.argv[1]
listener = socket.create_server(('127.0.0.1', 0), backlog=64)
print(listener.getsockname()[1], flush=True)
def answer(client):
    client.recv(65536)
    size = os.path.getsize(path)
    client.sendall(b'HTTP/1.1 200 OK\\r\\ncontent-length: %d\\r\\n\\r\\n' % size)
    with open(path, 'rb') as file:
        client.sendfile(file)
    client.close()
while True:
    client, _ = listener.accept()
    threading.Thread(target=answer, args=(client,), daemon=True).start()
`;

async function openSendfile(file: string): Promise<Other> {
  const child = spawn('python3', ['-c', SENDFILE, file], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    name: 'sendfile(2) by a server of ten lines (no nginx here)',
    url: `http://127.0.0.1:${Number(line.toString())}/`,
    stop: () => void child.kill(),
  };
}

async function answering(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 100 && child.exitCode === null; tries++) {
    const up = await fetch(`http://127.0.0.1:${port}/`, { method: 'HEAD' }).catch(() => undefined);
    if (up) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('nginx did not start');
}

/** Megabytes a second that eight clients in another process get. */
async function load(url: string): Promise<number> {
  const args = ['--import', 'tsx', LOAD, url, String(CLIENTS)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 600_000 });
  const { bytes, seconds } = JSON.parse(stdout) as { bytes: number; seconds: number };
  return bytes / seconds / 1e6;
}

/** The most memory this process had while work was done, over what it had before, in MB. */
async function memoryOf(work: () => Promise<unknown>): Promise<number> {
  global.gc?.();
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 50);
  await work();
  clearInterval(timer);
  return (most - before) / 1e6;
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** A package of this size, released, its file written without hashing two gigabytes first. */
async function addLarge(house: Awaited<ReturnType<typeof openHouse>>, gate: Gate, folder: string, size: number) {
  const key = size.toString(16).padStart(64, '0');
  const path = join(folder, key.slice(0, 2), key.slice(2));
  mkdirSync(join(folder, key.slice(0, 2)), { recursive: true });
  const file = openSync(path, 'w');
  const block = Buffer.alloc(1 << 24, 7);
  for (let at = 0; at < size; at += block.length) writeSync(file, block);
  closeSync(file);
  truncateSync(path, size);
  const { id } = await house.ctx.db
    .insertInto('package')
    .values({
      remedy_id: gate.remedyId,
      version: String(size),
      file_name: 'large.bin',
      file_id: null,
      size,
      sha256: key,
      sha512: '',
      state: 'released',
      storage_key: key,
      most_downloads: 1_000,
      created_at: new Date(),
      changed_at: null,
      released_at: new Date(),
      withdrawn_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id, path };
}

async function run(context: BenchContext): Promise<BenchResult[]> {
  const { handle, folder } = await context.open();
  const house = await openHouse({ handle });
  house.setNow('2022-05-04T08:00:00Z');
  const files = join(folder, 'packages');
  house.ctx.packages = folderPackages(files);
  const gate = await plantGate(house.ctx);
  const { owner } = gate.people;
  const [large, small] = [
    await addLarge(house, gate, files, Math.round(LARGE * context.scale)),
    await addLarge(house, gate, files, Math.round(SMALL * context.scale)),
  ];
  const server = serve({ fetch: house.app.fetch, hostname: '127.0.0.1', port: 0 });
  if (!server.listening) await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const address = async (packageId: number) => {
    const { token } = await passGate(house.ctx, owner, packageId);
    return `http://127.0.0.1:${port}/p/${owner.token}/patch/${token}/large.bin`;
  };
  const [largeUrl, smallUrl] = [await address(large.id), await address(small.id)];
  const other = await openOther(folder, large.path);
  const rates = { gate: [] as number[], other: [] as number[] };
  try {
    // The first run warms up both, and the system's memory of the file.
    await load(other.url);
    const less = await memoryOf(() => load(smallUrl));
    const more = await memoryOf(() => load(largeUrl));
    for (let round = 0; round < ROUNDS; round++) {
      rates.other.push(await load(other.url));
      rates.gate.push(await load(largeUrl));
    }
    const [of, against] = [median(rates.gate), median(rates.other)];
    const megabytes = (LARGE * context.scale) / 1e6;
    return [
      judgeRatio(
        `${megabytes.toFixed(0)} MB to ${CLIENTS} clients at once : ${other.name}`,
        of / against,
        { kind: 'at-least', value: 0.5 },
        `${of.toFixed(0)} against ${against.toFixed(0)} MB/s`,
      ),
      judgeRatio(
        `memory for ten times the size : for the size (MB, and 40 to spare)`,
        (more + 40) / (less + 40),
        { kind: 'at-most', value: 1.5 },
        `${more.toFixed(0)} against ${less.toFixed(0)} MB more while sending`,
      ),
    ];
  } finally {
    other.stop();
    server.close();
  }
}

export const bench: Bench = { name: 'download', run };
