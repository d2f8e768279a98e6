/** A PDF of packed objects (ISO 32000-1, 7.5.7 and 7.5.8): small, and its unchanging part is packed once for many files. */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

const HEADER = Buffer.from('%PDF-1.7\n%\xc3\xa4\xc3\xb6\xc3\xbc\n', 'latin1');

/** How hard each file's own part is compressed: most of its time would go there. The base is, as hard as can be. */
const QUICK = 1;

/** Bytes of a stream below which compressing takes longer than it saves. */
const WORTH_PACKING = 8_192;

/** Bytes of a line of the table of places: kind, place, index. */
const ROW = 9;

/** An object's place: where it begins in the file, or which pack it lies in and as which of its objects. */
type Place = { at: number } | { pack: number; index: number };

/** What many files have in common, at their beginning. */
export interface PackedBase {
  bytes: Uint8Array;
  /** Its lines of the table of places. */
  rows: Uint8Array;
  /** The next number that is free. */
  next: number;
}

export interface Pack {
  /** An object without a stream. */
  put(number: number, text: string): void;
  /** One with a stream; `dict` without brackets, length and filter: what is large is compressed here. */
  stream(number: number, dict: string, bytes: Uint8Array): void;
  /** One as it stands in another file, from its number to its end. */
  copy(number: number, bytes: Uint8Array): void;
  /** A number that nothing has. */
  next(): number;
}

interface OpenPack extends Pack {
  close(level: number): { bytes: Buffer; places: Map<number, Place>; next: number };
}

function openPack(from: number, start: number): OpenPack {
  const objects: { number: number; text: string }[] = [];
  const chunks: Buffer[] = [];
  const places = new Map<number, Place>();
  let at = from;
  let next = start;
  const push = (chunk: Buffer): void => {
    chunks.push(chunk);
    at += chunk.length;
  };
  const pushStream = (number: number, dict: string, bytes: Uint8Array): void => {
    places.set(number, { at });
    push(Buffer.from(`${number} 0 obj\n<<${dict}/Length ${bytes.length}>>\nstream\n`, 'latin1'));
    push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    push(Buffer.from('\nendstream\nendobj\n', 'latin1'));
  };
  return {
    put: (number, text) => objects.push({ number, text }),
    stream(number, dict, bytes) {
      if (bytes.length < WORTH_PACKING) pushStream(number, dict, bytes);
      else pushStream(number, `${dict}/Filter/FlateDecode`, deflateSync(bytes, { level: QUICK }));
    },
    copy(number, bytes) {
      places.set(number, { at });
      push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    },
    next: () => next++,
    close(level) {
      const pack = next++;
      let [heads, body] = ['', ''];
      for (const [index, { number, text }] of objects.entries()) {
        heads += `${number} ${body.length} `;
        body += `${text}\n`;
        places.set(number, { pack, index });
      }
      const packed = deflateSync(Buffer.from(heads + body, 'latin1'), { level });
      pushStream(pack, `/Type/ObjStm/N ${objects.length}/First ${heads.length}/Filter/FlateDecode`, packed);
      return { bytes: Buffer.concat(chunks), places, next };
    },
  };
}

/** The table of places: a line for each number, those of `before` as they are there. */
function tableOf(places: ReadonlyMap<number, Place>, size: number, before?: Uint8Array): Buffer {
  const rows = Buffer.alloc(size * ROW);
  if (before) rows.set(before);
  for (const [number, place] of places) {
    const packed = 'pack' in place;
    rows[number * ROW] = packed ? 2 : 1;
    rows.writeUInt32BE(packed ? place.pack : place.at, number * ROW + 1);
    rows.writeUInt32BE(packed ? place.index : 0, number * ROW + 5);
  }
  return rows;
}

/** Packs what many files begin with. @param first the lowest number that is free */
export function packBase(first: number, write: (pack: Pack) => void): PackedBase {
  const pack = openPack(HEADER.length, first);
  write(pack);
  const { bytes, places, next } = pack.close(9);
  return { bytes: Buffer.concat([HEADER, bytes]), rows: tableOf(places, next), next };
}

/** One file: what it has in common with others, and its own. The same objects give the same bytes. */
export function packFile(base: PackedBase, root: number, write: (pack: Pack) => void): Uint8Array<ArrayBuffer> {
  const pack = openPack(base.bytes.length, base.next);
  write(pack);
  const own = pack.close(QUICK);
  const table = own.next;
  const start = base.bytes.length + own.bytes.length;
  const rows = tableOf(own.places.set(table, { at: start }), table + 1, base.rows);
  const id = createHash('sha256').update(own.bytes).digest('hex').slice(0, 32);
  const zipped = deflateSync(rows, { level: QUICK });
  const trailer = `/Type/XRef/Size ${table + 1}/W[1 4 4]/Root ${root} 0 R/ID[<${id}><${id}>]/Filter/FlateDecode`;
  const head = Buffer.from(`${table} 0 obj\n<<${trailer}/Length ${zipped.length}>>\nstream\n`, 'latin1');
  const end = Buffer.from(`\nendstream\nendobj\nstartxref\n${start}\n%%EOF\n`, 'latin1');
  const parts = [base.bytes, own.bytes, head, zipped, end];
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}
