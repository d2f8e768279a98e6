import { Readable } from 'node:stream';
import type { KitFile } from '../app/kit-files.ts';

/** A kit as the answer to a request: streamed, and in nobody's cache, for its tickets are keys. */
export function kitAnswer(file: KitFile): Response {
  return new Response(Readable.toWeb(Readable.from(file.bytes)) as ReadableStream<Uint8Array>, {
    headers: {
      'content-type': 'application/zip',
      ...(file.size === undefined ? {} : { 'content-length': String(file.size) }),
      'content-disposition': `attachment; filename="${file.name.replace(/[^\w.-]/g, '-')}"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  });
}
