import { isFile } from './api/operation.ts';
import { operations } from './api/operations.ts';

/**
 * Pages that take a file. What they are sent streams to the disk, and each use case says how large its file may be; every
 * other page takes no more than a form.
 */
export const pageUploads = [
  '/imports',
  '/postroom/new',
  '/replies/read/new',
  '/incidents/:id/evidence',
  '/actions/:id/post/list',
  '/actions/:id/spreadsheets',
  '/actions/:id/notice/start',
  '/notices/:id/languages/:language/upload',
  '/notices/:id/languages/:language/back-translation',
  '/p/:token/paper/send',
  '/p/:token/list',
  '/p/:token/incident/:incident/file',
] as const;

const patterns = [...pageUploads, ...operations.filter(({ body }) => isFile(body)).map(({ path }) => `/api/v1${path}`)];
const uploads = new RegExp(`^(${patterns.map((path) => path.replace(/:\w+/g, '[^/]+')).join('|')})$`);

/** Whether a page or an operation of the API takes a file. */
export function takesFile(path: string): boolean {
  return uploads.test(path);
}
