/** Looks for what a PDF would unpack to before anything opens it: a kilobyte can hold gigabytes (ISO 32000-2, 7.4.4). */
import { constants, inflateSync } from 'node:zlib';

/** A picture of a sheet at 600 dpi in colour has 105 million bytes; text and objects have far fewer. */
const MOST_PICTURE = 150_000_000;
const MOST_OTHER = 30_000_000;
/** How far before its data a stream's dictionary is looked at. */
const DICTIONARY = 1_000;
/** Packed into itself more often than anybody has a reason to. */
const DEEPEST = 8;

/** The limit in bytes that a stream of the file goes beyond when unpacked; undefined for a file that stays within it. */
export function findPdfBomb(bytes: Uint8Array): number | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = file.indexOf('stream'); at >= 0; ) {
    const dictionary = file.toString('latin1', Math.max(0, at - DICTIONARY), at);
    const most = dictionary.slice(dictionary.lastIndexOf(' obj')).includes('/Image') ? MOST_PICTURE : MOST_OTHER;
    const start = at + 'stream'.length + (file[at + 6] === 0x0d ? 2 : 1);
    const found = file.indexOf('endstream', start);
    const end = found < 0 ? file.length : found;
    if (unpacksBeyond(file.subarray(start, end), most)) return most;
    at = file.indexOf('stream', end + 'endstream'.length);
  }
  return undefined;
}

function unpacksBeyond(packed: Uint8Array, most: number): boolean {
  let data = packed;
  for (let depth = 0; looksDeflated(data); depth++) {
    if (depth === DEEPEST) return true;
    try {
      data = inflateSync(data, { maxOutputLength: most, finishFlush: constants.Z_SYNC_FLUSH });
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    }
  }
  return false;
}

/** The two bytes before deflated data (RFC 1950). */
function looksDeflated(data: Uint8Array): boolean {
  const [first = 0, second = 0] = data;
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}
