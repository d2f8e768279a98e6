import { Readable } from 'node:stream';

/**
 * Evidence as the answer to a request: a download under a name that no double click opens. No browser shows it and
 * nobody's cache keeps it.
 */
export function evidenceAnswer(file: {
  name: string;
  size: number;
  sha256: string;
  bytes: AsyncIterable<Uint8Array>;
}): Response {
  return new Response(Readable.toWeb(Readable.from(file.bytes)) as ReadableStream<Uint8Array>, {
    headers: {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${file.name.replace(/[^\w.-]/g, '-')}.evidence"`,
      'content-length': String(file.size),
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'repr-digest': `sha-256=:${Buffer.from(file.sha256, 'hex').toString('base64')}:`,
    },
  });
}
