import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

/**
 * A gzipped tar file as a backup is kept in: any tar program lists it. Every part is hashed; the last part, manifest.json,
 * lists them all, so that a file that is cut off or altered is found before anything is restored from it.
 */
export interface ArchivePart {
  path: string;
  size: number;
  /** Hex. */
  sha256: string;
}

/** A part to write: its size must be known before its bytes. */
export interface PartToWrite {
  path: string;
  size: number;
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** A part as it is read. What is left of the body when the next part is asked for is skipped. */
export interface PartRead {
  path: string;
  size: number;
  body: AsyncIterable<Buffer>;
}

const MANIFEST = 'manifest.json';
const BLOCK = 512;

/** Why a file is no backup to restore from. */
export class DamagedArchiveError extends Error {
  override readonly name = 'DamagedArchiveError';
}

/**
 * Writes parts into a new archive, beside its final name until it is whole and on disk.
 * @returns its parts, without the manifest
 */
export async function writeArchive(file: string, parts: AsyncIterable<PartToWrite>): Promise<ArchivePart[]> {
  const manifest: ArchivePart[] = [];
  const unfinished = `${file}.unfinished`;
  try {
    await pipeline(
      Readable.from(tarBlocks(parts, manifest), { objectMode: false }),
      createGzip(),
      createWriteStream(unfinished, { mode: 0o600, flush: true }),
    );
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  const folder = await open(dirname(file), 'r');
  await folder.sync();
  await folder.close();
  return manifest;
}

async function* tarBlocks(parts: AsyncIterable<PartToWrite>, manifest: ArchivePart[]): AsyncGenerator<Uint8Array> {
  for await (const { path, size, body } of parts) {
    yield tarHeader(path, size);
    const hash = createHash('sha256');
    let written = 0;
    for await (const chunk of body) {
      hash.update(chunk);
      written += chunk.byteLength;
      yield chunk;
    }
    if (written !== size) throw new Error(`${path} has ${written} bytes, announced were ${size}`);
    yield padding(size);
    manifest.push({ path, size, sha256: hash.digest('hex') });
  }
  const list = Buffer.from(`${JSON.stringify({ parts: manifest }, null, 1)}\n`);
  yield tarHeader(MANIFEST, list.length);
  yield list;
  yield padding(list.length);
  yield Buffer.alloc(2 * BLOCK);
}

const padding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

/** One header of the POSIX ustar format. */
function tarHeader(path: string, size: number): Buffer {
  if (Buffer.byteLength(path) > 100) throw new Error(`Too long for the archive: ${path}`);
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;
  header.write(path, 0);
  header.write(octal(0o600, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  // Sizes from 8 GiB on do not fit into octal digits: the base-256 form of GNU tar, which every tar reads.
  if (size < 8 ** 11) header.write(octal(size, 12), 124);
  else {
    header.writeUInt8(0x80, 124);
    header.writeBigUInt64BE(BigInt(size), 128);
  }
  header.write(octal(0, 12), 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** Reads the parts of an archive in order, the manifest among them, in bounded memory. */
export async function* readArchive(file: string): AsyncGenerator<PartRead> {
  const source = createReadStream(file);
  const unzipped = createGunzip();
  // The error must reach whoever reads; pipe alone would swallow it.
  source.on('error', (error) => unzipped.destroy(error));
  const chunks = source.pipe(unzipped)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);
  const take = async (most: number): Promise<Buffer> => {
    if (rest.length === 0) {
      const next = await chunks.next().catch((error: Error) => {
        throw new DamagedArchiveError(`it cannot be unpacked: ${error.message}`);
      });
      if (next.done) throw new DamagedArchiveError('it ends too early');
      rest = next.value;
    }
    const taken = rest.subarray(0, most);
    rest = rest.subarray(taken.length);
    return taken;
  };
  const takeExactly = async (size: number): Promise<Buffer> => {
    const taken: Buffer[] = [];
    for (let left = size; left > 0; left -= taken.at(-1)?.length ?? 0) taken.push(await take(left));
    return Buffer.concat(taken);
  };
  try {
    for (;;) {
      const header = await takeExactly(BLOCK);
      if (header.every((byte) => byte === 0)) return;
      if (header.toString('latin1', 257, 262) !== 'ustar') throw new DamagedArchiveError('it is no backup file');
      const path = header.toString('utf8', 0, 100).replace(/\0.*$/s, '');
      const size =
        header[124] === 0x80
          ? Number(header.readBigUInt64BE(128))
          : Number.parseInt(header.toString('latin1', 124, 135), 8);
      let left = size;
      async function* readBody(): AsyncGenerator<Buffer> {
        while (left > 0) {
          const chunk = await take(left);
          left -= chunk.length;
          yield chunk;
        }
      }
      yield { path, size, body: readBody() };
      while (left > 0) left -= (await take(left)).length;
      await takeExactly(padding(size).length);
    }
  } finally {
    source.destroy();
    unzipped.destroy();
  }
}

/** A small part whole. */
export async function readBody(part: PartRead): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of part.body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * Reads the whole archive and compares every part with the manifest.
 * @throws DamagedArchiveError naming the first part that is missing, altered or too much
 */
export async function verifyArchive(file: string): Promise<ArchivePart[]> {
  const found: ArchivePart[] = [];
  let manifest: ArchivePart[] | undefined;
  for await (const part of readArchive(file)) {
    if (part.path === MANIFEST) {
      manifest = parseManifest(await readBody(part));
      continue;
    }
    const hash: Hash = createHash('sha256');
    for await (const chunk of part.body) hash.update(chunk);
    found.push({ path: part.path, size: part.size, sha256: hash.digest('hex') });
  }
  if (!manifest) throw new DamagedArchiveError('its list of contents is missing');
  for (const [index, wanted] of manifest.entries()) {
    const got = found[index];
    if (got?.path !== wanted.path) throw new DamagedArchiveError(`${wanted.path} is missing`);
    if (got.sha256 !== wanted.sha256) throw new DamagedArchiveError(`${wanted.path} was altered`);
  }
  const extra = found[manifest.length];
  if (extra) throw new DamagedArchiveError(`${extra.path} is not in its list of contents`);
  return found;
}

function parseManifest(text: Buffer): ArchivePart[] {
  try {
    return (JSON.parse(text.toString()) as { parts: ArchivePart[] }).parts;
  } catch {
    throw new DamagedArchiveError('its list of contents cannot be read');
  }
}
