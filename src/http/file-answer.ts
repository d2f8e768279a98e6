import { Readable } from 'node:stream';

/** A file as the answer to a request: nobody else's cache keeps it. */
export function fileAnswer(
  bytes: Uint8Array<ArrayBuffer>,
  file: { name: string; mediaType: string; download?: boolean },
): Response {
  return new Response(bytes, {
    headers: {
      'content-type': file.mediaType,
      'content-disposition': `${file.download ? 'attachment' : 'inline'}; filename="${file.name.replace(/[^\w.-]/g, '-')}"`,
      'content-length': String(bytes.byteLength),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  });
}

/** {@link fileAnswer} for a file that comes as a stream, always as a download. `size` where it is known before. */
export function streamAnswer(
  bytes: AsyncIterable<Uint8Array>,
  file: { name: string; mediaType: string; size?: number | undefined; headers?: Record<string, string> },
): Response {
  return new Response(Readable.toWeb(Readable.from(bytes)) as ReadableStream<Uint8Array>, {
    headers: {
      'content-type': file.mediaType,
      ...(file.size === undefined ? {} : { 'content-length': String(file.size) }),
      'content-disposition': `attachment; filename="${file.name.replace(/[^\w.-]/g, '-')}"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...file.headers,
    },
  });
}
