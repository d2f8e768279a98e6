import { Readable } from 'node:stream';
import { TABLE_MEDIA_TYPES, type TableFormat } from '../domain/table-format.ts';
import { contentDisposition } from './content-disposition.ts';

interface AnsweredFile {
  name: string;
  /** Default: bytes nobody looks into, which is right for whatever came from outside. */
  mediaType?: string | undefined;
  /** Of a stream, in bytes, where it is known before. */
  size?: number | undefined;
  /** Shown by the browser and not kept as a file. */
  inline?: boolean;
  headers?: Record<string, string>;
}

/** A file as the answer to a request, whole or as a stream: nobody else's cache keeps it. */
export function fileAnswer(bytes: Uint8Array | AsyncIterable<Uint8Array>, file: AnsweredFile): Response {
  const whole = bytes instanceof Uint8Array;
  const body = whole ? (bytes as Uint8Array<ArrayBuffer>) : (Readable.toWeb(Readable.from(bytes)) as ReadableStream);
  const size = whole ? bytes.byteLength : file.size;
  return new Response(body, {
    headers: {
      'content-type': file.mediaType ?? 'application/octet-stream',
      ...(size === undefined ? {} : { 'content-length': String(size) }),
      'content-disposition': contentDisposition(file.inline ? 'inline' : 'attachment', file.name),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...file.headers,
    },
  });
}

/** {@link fileAnswer} for a table of ours. `name` without its ending. */
export function tableAnswer(bytes: AsyncIterable<Uint8Array>, name: string, format: TableFormat): Response {
  const mediaType = format === 'csv' ? `${TABLE_MEDIA_TYPES.csv}; charset=utf-8` : TABLE_MEDIA_TYPES.xlsx;
  return fileAnswer(bytes, { name: `${name}.${format}`, mediaType });
}
