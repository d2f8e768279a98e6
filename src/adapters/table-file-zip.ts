/**
 * Just enough ZIP (APPNOTE 6.3) for spreadsheets: the central directory is read first, then single parts are inflated as streams,
 * so that a workbook of a million rows never is in memory. Sizes a file claims are not believed; what comes out is counted.
 */
import type { FileHandle } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { crc32, createDeflateRaw, createInflateRaw } from 'node:zlib';
import { refuseTable } from './table-file-error.ts';

/** One part of an archive. Sizes in bytes, `offset` of its local header. */
export type ZipPart = { name: string; method: number; encrypted: boolean; packed: number; offset: number };

const LIMITS = {
  parts: 10_000,
  directory: 16 * 2 ** 20,
  /** Most bytes one part may inflate to: 5 million rows of a wide sheet stay below. */
  part: 8 * 2 ** 30,
  /** Honest sheets shrink 10 to 60 times; beyond this ratio (and 64 MiB) it is a bomb. */
  ratio: 300,
  ratioFrom: 64 * 2 ** 20,
};
const CHUNK = 256 * 1024;

async function readRange(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  if (!Number.isSafeInteger(offset + length) || offset < 0) throw refuseTable('table.damaged');
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, offset);
  if (bytesRead < length) throw refuseTable('table.damaged');
  return buffer;
}

/** Lists the parts of an archive by name. Throws a TableFileError when it is damaged. */
export async function listZip(file: FileHandle, size: number): Promise<Map<string, ZipPart>> {
  const tailLength = Math.min(size, 65_557);
  const tail = await readRange(file, size - tailLength, tailLength);
  const end = tail.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'));
  if (end < 0 || end + 22 > tail.length) throw refuseTable('table.damaged');
  let length = tail.readUInt32LE(end + 12);
  let offset = tail.readUInt32LE(end + 16);
  if (offset === 0xffffffff || length === 0xffffffff || tail.readUInt16LE(end + 10) === 0xffff) {
    const locator = end - 20;
    if (locator < 0 || tail.readUInt32LE(locator) !== 0x07064b50) throw refuseTable('table.damaged');
    const record = await readRange(file, Number(tail.readBigUInt64LE(locator + 8)), 56);
    length = Number(record.readBigUInt64LE(40));
    offset = Number(record.readBigUInt64LE(48));
  }
  if (length > LIMITS.directory || offset + length > size) throw refuseTable('table.damaged');
  return readDirectory(await readRange(file, offset, length));
}

function readDirectory(directory: Buffer): Map<string, ZipPart> {
  const parts = new Map<string, ZipPart>();
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50; ) {
    const nameLength = directory.readUInt16LE(at + 28);
    const extraLength = directory.readUInt16LE(at + 30);
    const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
    let packed = directory.readUInt32LE(at + 20);
    const unpacked = directory.readUInt32LE(at + 24);
    let offset = directory.readUInt32LE(at + 42);
    const extra = directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    for (let e = 0; e + 4 <= extra.length; e += 4 + extra.readUInt16LE(e + 2)) {
      if (extra.readUInt16LE(e) !== 1) continue;
      // The ZIP64 field holds only those values that are all ones in the record, in this order.
      let value = e + 4 + (unpacked === 0xffffffff ? 8 : 0);
      if (packed === 0xffffffff && value + 8 <= extra.length) {
        packed = Number(extra.readBigUInt64LE(value));
        value += 8;
      }
      if (offset === 0xffffffff && value + 8 <= extra.length) offset = Number(extra.readBigUInt64LE(value));
    }
    if (parts.size >= LIMITS.parts) throw refuseTable('table.damaged');
    const encrypted = (directory.readUInt16LE(at + 8) & 1) === 1;
    parts.set(name.replaceAll('\\', '/'), { name, method: directory.readUInt16LE(at + 10), encrypted, packed, offset });
    at += 46 + nameLength + extraLength + directory.readUInt16LE(at + 32);
  }
  return parts;
}

/** Streams one part, inflated. Throws a TableFileError: `table.encrypted`, `table.bomb`, `table.damaged`. */
export async function* readZipPart(file: FileHandle, part: ZipPart, limit = LIMITS.part): AsyncGenerator<Buffer> {
  if (part.encrypted) throw refuseTable('table.encrypted');
  const local = await readRange(file, part.offset, 30);
  if (local.readUInt32LE(0) !== 0x04034b50) throw refuseTable('table.damaged');
  const start = part.offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  const packed = readChunks(file, start, part.packed);
  if (part.method !== 0 && part.method !== 8) throw refuseTable('table.damaged');
  let bytes = 0;
  const source = part.method === 0 ? packed : inflate(packed);
  try {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > limit || (bytes > LIMITS.ratioFrom && bytes > part.packed * LIMITS.ratio))
        throw refuseTable('table.bomb', { part: part.name });
      yield chunk;
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))
      throw refuseTable('table.damaged');
    throw error;
  }
}

function inflate(packed: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const stream = createInflateRaw({ chunkSize: CHUNK });
  // Whoever reads `stream` meets its errors; stopping early destroys both ends, which is no error.
  pipeline(Readable.from(packed), stream, () => {});
  return stream;
}

async function* readChunks(file: FileHandle, start: number, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < length; at += CHUNK) yield await readRange(file, start + at, Math.min(CHUNK, length - at));
}

/** One part to write: its name and its bytes as they come. */
export type ZipSource = { name: string; content: AsyncIterable<Uint8Array> | Iterable<Uint8Array> };

/**
 * Writes an archive as a stream: each part is deflated while it is made, its size and checksum follow it in a data descriptor.
 * Throws a RangeError when a part or the archive passes 4 GiB, which a reader without ZIP64 could not open.
 */
export async function* writeZip(parts: AsyncIterable<ZipSource> | Iterable<ZipSource>): AsyncGenerator<Uint8Array> {
  const directory: Buffer[] = [];
  let offset = 0;
  for await (const { name, content } of parts) {
    const nameBytes = Buffer.from(name, 'utf8');
    // Version 2.0, flags: descriptor follows + UTF-8 names, deflate, 1 January 1980 (equal content gives equal bytes).
    const common = Buffer.from([20, 0, 0x08, 0x08, 8, 0, 0, 0, 0x21, 0]);
    const header = Buffer.concat([
      Buffer.from('PK\u0003\u0004', 'latin1'),
      common,
      Buffer.alloc(12),
      shorts(nameBytes.length, 0),
      nameBytes,
    ]);
    yield header;
    const sums = { crc: 0, unpacked: 0, packed: 0 };
    const deflate = createDeflateRaw({ level: 4, chunkSize: CHUNK });
    // An error of the source destroys `deflate` with it, so that the loop below throws it.
    pipeline(Readable.from(countBytes(content, sums)), deflate, () => {});
    for await (const chunk of deflate as AsyncIterable<Buffer>) {
      sums.packed += chunk.length;
      yield chunk;
    }
    if (Math.max(sums.unpacked, sums.packed + offset) >= 0xffffffff)
      throw new RangeError('A spreadsheet of more than 4 GiB cannot be written');
    const numbers = longs(sums.crc, sums.packed, sums.unpacked);
    yield Buffer.concat([Buffer.from('PK\u0007\u0008', 'latin1'), numbers]);
    directory.push(
      Buffer.concat([
        Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'),
        common,
        numbers,
        shorts(nameBytes.length, 0, 0, 0, 0),
        longs(0, offset),
        nameBytes,
      ]),
    );
    offset += header.length + sums.packed + 16;
  }
  const bytes = Buffer.concat(directory);
  yield bytes;
  yield Buffer.concat([
    Buffer.from('PK\u0005\u0006', 'latin1'),
    shorts(0, 0, directory.length, directory.length),
    longs(bytes.length, offset),
    shorts(0),
  ]);
}

async function* countBytes(
  content: ZipSource['content'],
  sums: { crc: number; unpacked: number },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    sums.crc = crc32(chunk, sums.crc);
    sums.unpacked += chunk.length;
    yield chunk;
  }
}

function shorts(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) buffer.writeUInt16LE(value, i * 2);
  return buffer;
}

function longs(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) buffer.writeUInt32LE(value, i * 4);
  return buffer;
}
