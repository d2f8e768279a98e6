import { fileAnswer } from './file-answer.ts';

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
  return fileAnswer(file.bytes, {
    name: `${file.name}.evidence`,
    size: file.size,
    headers: {
      'content-security-policy': "default-src 'none'; sandbox",
      'repr-digest': `sha-256=:${Buffer.from(file.sha256, 'hex').toString('base64')}:`,
    },
  });
}
