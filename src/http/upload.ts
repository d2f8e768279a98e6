/**
 * A multipart form read as a stream: its fields first, then its one file, whose bytes never lie in memory whole. Forms put
 * their file input last for that reason (RFC 7578 keeps the order of the form).
 */
import { HTTPException } from 'hono/http-exception';
import type { C } from './context.ts';

export interface Upload {
  fields: Record<string, string>;
  /** Undefined when no file was chosen. To be read once, before the answer. */
  file?: UploadedFile;
  /** The next file, once the one before was read to its end; undefined after the last. */
  next: () => Promise<UploadedFile | undefined>;
}

export interface UploadedFile {
  name: string;
  bytes: AsyncIterable<Uint8Array>;
}

const HEADERS = 16_384;
const FIELD = 65_536;
const FIELDS = 50;

/** Reads a form up to its file. Undefined when the body is no multipart form, or a damaged one. */
export async function readUpload(c: C): Promise<Upload | undefined> {
  const boundary = /^multipart\/form-data\s*;.*\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(
    c.req.header('content-type') ?? '',
  );
  const body = c.req.raw.body;
  if (!boundary || !body) return undefined;
  const source = makeSource(body, Buffer.from(`\r\n--${boundary[1] ?? boundary[2]}`));
  const fields: Record<string, string> = {};
  let [ended, count] = [false, 0];
  /** Reads on to the next file; undefined at the end of the form, or where it is damaged. */
  const next = async (): Promise<UploadedFile | undefined> => {
    while (!ended && ++count <= FIELDS) {
      const end = await source.take(2);
      if (end?.toString('latin1') === '--') return undefined;
      const head = end?.toString('latin1') === '\r\n' ? await source.takeHeaders() : undefined;
      if (head === undefined) break;
      const name = /\bname="([^"]*)"/i.exec(head)?.[1] ?? '';
      const file = /\bfilename="((?:[^"\\]|\\.)*)"/i.exec(head)?.[1];
      if (file !== undefined && file !== '') return { name: baseName(file), bytes: source.body() };
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of source.body()) {
        size += chunk.byteLength;
        if (size > FIELD) break;
        chunks.push(chunk);
      }
      if (size > FIELD) break;
      if (file === undefined) fields[name] = Buffer.concat(chunks).toString('utf8');
    }
    ended = true;
    return undefined;
  };
  if ((await source.skipToDelimiter()) === undefined) return undefined;
  const file = await next();
  if (!file && ended) return undefined;
  return file ? { fields, file, next } : { fields, next };
}

/** Browsers send the bare name; others a path. */
function baseName(name: string): string {
  return (
    name
      .replace(/%22/g, '"')
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/\p{Cc}/gu, '')
      .slice(-200) || 'file'
  );
}

function makeSource(body: ReadableStream<Uint8Array>, delimiter: Buffer) {
  const reader = body.getReader();
  // The first delimiter stands at the very beginning, without a line break before it.
  let buffered: Buffer = Buffer.from('\r\n');
  const more = async (): Promise<boolean> => {
    const { value, done } = await reader.read();
    if (done) return false;
    buffered = buffered.length === 0 ? Buffer.from(value) : Buffer.concat([buffered, value]);
    return true;
  };
  /** Gives what comes before the next delimiter and steps over it. Throws when the body ends before it. */
  async function* part(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = buffered.indexOf(delimiter);
      if (at >= 0) {
        if (at > 0) yield buffered.subarray(0, at);
        buffered = buffered.subarray(at + delimiter.length);
        return;
      }
      const safe = buffered.length - delimiter.length;
      if (safe > 0) {
        yield buffered.subarray(0, safe);
        buffered = buffered.subarray(safe);
      }
      if (!(await more())) throw new UploadBrokenError();
    }
  }
  return {
    body: part,
    async skipToDelimiter(): Promise<true | undefined> {
      try {
        for await (const chunk of part()) if (chunk.byteLength > HEADERS) return undefined;
        return true;
      } catch {
        return undefined;
      }
    },
    async take(length: number): Promise<Buffer | undefined> {
      while (buffered.length < length) if (!(await more())) return undefined;
      const taken = buffered.subarray(0, length);
      buffered = buffered.subarray(length);
      return taken;
    },
    async takeHeaders(): Promise<string | undefined> {
      for (;;) {
        const end = buffered.indexOf('\r\n\r\n');
        if (end >= 0) {
          const head = buffered.subarray(0, end).toString('utf8');
          buffered = buffered.subarray(end + 4);
          return head;
        }
        if (buffered.length > HEADERS || !(await more())) return undefined;
      }
    },
  };
}

/** The sender went away in the middle of a field or a file; answered as a request that cannot be read. */
export class UploadBrokenError extends HTTPException {
  constructor() {
    super(400, { message: 'The upload ended in the middle. Send it again.' });
  }
}
