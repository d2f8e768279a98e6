import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { Server } from './server.ts';
import { CommandError, printTable, type Terminal } from './terminal.ts';

/** A piece of an upload: what a cut costs at most, and how often progress shows. */
const PIECE = 64 * 2 ** 20;
/** Cuts in a row after which it is given up; the next run goes on where it stopped. */
const MOST_CUTS = 6;

const TUS = { 'tus-resumable': '1.0.0' };

/**
 * Uploads a package's file, or goes on with an upload that was cut off. The file is hashed first, so that the server can
 * tell a damaged one.
 */
export async function uploadPackage(
  server: Server,
  terminal: Terminal,
  input: { packageId: number; file: string; folder: string; waitMs?: number },
): Promise<number> {
  const path = resolve(input.folder, input.file);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new CommandError(`${input.file} is no file that can be read.`);
  if (found.size === 0) throw new CommandError(`${input.file} is empty.`);
  const sha256 = await hashFile(path);
  const metadata = { package: String(input.packageId), filename: basename(path), sha256 };
  const made = await server.send('POST', '/package-uploads', {
    headers: {
      ...TUS,
      'upload-length': String(found.size),
      'upload-metadata': Object.entries(metadata)
        .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
        .join(','),
    },
  });
  const upload = ((await made.json()) as { id: number }).id;
  let offset = Number(made.headers.get('upload-offset'));
  if (offset > 0) terminal.err(`Going on at ${megabytes(offset)}.\n`);
  for (let cuts = 0; offset < found.size; ) {
    try {
      const past = Math.min(found.size, offset + PIECE);
      const answer = await server.send('PATCH', `/package-uploads/${upload}`, {
        headers: {
          ...TUS,
          'upload-offset': String(offset),
          'content-type': 'application/offset+octet-stream',
          'content-length': String(past - offset),
        },
        body: Readable.toWeb(createReadStream(path, { start: offset, end: past - 1 })) as ReadableStream,
        duplex: 'half',
      } as RequestInit);
      offset = Number(answer.headers.get('upload-offset'));
      cuts = 0;
      if (terminal.live) terminal.err(`\r\x1b[K${megabytes(offset)} of ${megabytes(found.size)}`);
    } catch (error) {
      const where = await server
        .json<{ received: number; state: string }>('GET', `/package-uploads/${upload}`)
        .catch(() => undefined);
      // What ended the upload for good has been said; a line that was cut is tried again.
      if ((where && where.state !== 'open') || ++cuts > MOST_CUTS) throw error;
      if (where) offset = where.received;
      await new Promise((done) => setTimeout(done, input.waitMs ?? 1_000 * 2 ** cuts));
    }
  }
  if (terminal.live) terminal.err('\r\x1b[K');
  terminal.out(`Uploaded ${basename(path)}, ${found.size} bytes, SHA-256 ${sha256}\n`);
  terminal.out(`Two people sign it next: ${server.url}/packages/${input.packageId}\n`);
  return 0;
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

interface Listed {
  id: number;
  remedy: string;
  version: string;
  fileName: string;
  size: number | null;
  state: string;
  sha256: string;
}

/** Prints the packages of an action. */
export async function listPackages(
  server: Server,
  terminal: Terminal,
  input: { reference: string; json: boolean },
): Promise<number> {
  const { rows } = await server.json<{ rows: Listed[] }>(
    'GET',
    `/actions/${encodeURIComponent(input.reference)}/packages`,
  );
  if (input.json) terminal.out(`${JSON.stringify(rows, null, 2)}\n`);
  else {
    terminal.out(
      printTable(
        ['NUMBER', 'FILE', 'VERSION', 'STATE', 'BYTES', 'SHA-256'],
        rows.map((row) => [row.id, row.fileName, row.version, row.state, row.size, row.sha256]),
      ),
    );
  }
  return 0;
}
