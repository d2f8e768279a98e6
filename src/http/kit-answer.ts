import type { KitFile } from '../app/kit-files.ts';
import { fileAnswer } from './file-answer.ts';

/** A kit as the answer to a request: streamed, and in nobody's cache, for its tickets are keys. */
export function kitAnswer({ bytes, name, size }: KitFile): Response {
  return fileAnswer(bytes, { name, mediaType: 'application/zip', size });
}
