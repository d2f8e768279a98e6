/**
 * Uploads by the tus protocol, version 1.0.0 with `creation` and `termination`, so that its many clients work here; and so
 * do our own page and the command line. Refusals stay problem+json; what tus wants is in the headers.
 */
import { z } from 'zod';
import {
  appendUpload,
  beginUpload,
  cancelUpload,
  readUploadState,
  type UploadState,
} from '../../app/package-uploads.ts';
import { isRefusal, type Refusal, refuse } from '../../domain/refusal.ts';
import { idOf, type Operation, operation } from './operation.ts';
import { refusalProblem } from './problem.ts';

const tag = 'Packages';
const VERSION = '1.0.0';
const BASE = '/api/v1/package-uploads';
const MOST_BYTES = Number.MAX_SAFE_INTEGER;
const TUS = { 'tus-resumable': VERSION };
const stateAnswer = z.object({
  id: z.number().int(),
  packageId: z.number().int(),
  fileName: z.string(),
  length: z.number().int().nullable(),
  received: z.number().int().describe('Bytes that are safely kept: go on here.'),
  state: z.enum(['open', 'done', 'broken', 'cancelled']),
  detail: z.string(),
});
const answer = { mediaTypes: ['application/json'], description: 'The upload; for tus clients, its headers.' };

/** The state as JSON, and as the headers a tus client reads. */
function tusAnswer(state: UploadState, status: 200 | 201 | 204, more: Record<string, string> = {}): Response {
  return new Response(status === 204 ? null : JSON.stringify(stateAnswer.parse(state)), {
    status,
    headers: {
      ...TUS,
      'upload-offset': String(state.received),
      ...(state.length === null ? {} : { 'upload-length': String(state.length) }),
      'cache-control': 'no-store',
      ...(status === 204 ? {} : { 'content-type': 'application/json' }),
      ...more,
    },
  });
}

/** A refusal as tus clients expect it: 409 for another place, 423 while somebody writes, 460 and 507 where they fit. */
const STATUS: Record<string, number> = {
  'upload.unknown': 404,
  'upload.ended': 410,
  'upload.lost': 410,
  'upload.offset-meanwhile': 409,
  'upload.busy-meanwhile': 423,
  'upload.other-open': 409,
  'upload.too-long': 413,
  'upload.no-room': 507,
  'upload.disk-full': 507,
  'upload.version': 412,
  'upload.wrong-hash': 460,
};

async function tusProblem(refusal: Refusal): Promise<Response> {
  const problem = refusalProblem(refusal);
  const status = STATUS[refusal.code] ?? problem.status;
  const headers = new Headers(problem.headers);
  headers.set('tus-resumable', VERSION);
  if (refusal.code === 'upload.version') headers.set('tus-version', VERSION);
  const text = JSON.stringify({ ...((await problem.json()) as object), status });
  return new Response(text, { status, headers });
}

function wrongVersion(headers: Headers): Refusal | undefined {
  return headers.get('tus-resumable') === VERSION ? undefined : refuse('upload.version');
}

/**
 * What a tus client asks first: OPTIONS /api/v1/package-uploads, without a key. Every size is taken that a number can say;
 * whether there is room for a file is told when it is begun.
 */
export function answerTusOptions(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...TUS,
      'tus-version': VERSION,
      'tus-extension': 'creation,termination',
      'tus-max-size': String(MOST_BYTES),
      allow: 'OPTIONS, POST, HEAD, GET, PATCH, DELETE',
    },
  });
}

/** `filename aGFsbG8=,sha256 …`: names with their values in base64. */
export function readUploadMetadata(header: string | null): Record<string, string> {
  return Object.fromEntries(
    (header ?? '')
      .split(',')
      .map((pair) => pair.trim().split(/\s+/))
      .filter(([name]) => name)
      .map(([name = '', value = '']) => [name.toLowerCase(), Buffer.from(value, 'base64').toString('utf8')]),
  );
}

export const packageUploadOperations: readonly Operation[] = [
  operation({
    method: 'POST',
    path: '/package-uploads',
    permission: 'package.change',
    tag,
    summary: 'Begin an upload of a package',
    description:
      'By the tus protocol 1.0.0: `Upload-Length`, and in `Upload-Metadata` the names `package` (its number), `filename` and, to have it checked, `sha256`. Answers 201 with the `Location` to send the bytes to. The same file that was cut off before answers with its old place. Send `Tus-Resumable: 1.0.0`.',
    status: 201,
    answer,
    async run(ctx, _input, { headers }) {
      const wrong = wrongVersion(headers);
      if (wrong) return tusProblem(wrong);
      const metadata = readUploadMetadata(headers.get('upload-metadata'));
      const length = headers.get('upload-length') ?? '';
      if (!/^[1-9]\d{0,15}$/.test(length)) return tusProblem(refuse('upload.no-length'));
      if (Number(length) > MOST_BYTES)
        return new Response(`A file has at most ${MOST_BYTES} bytes.\n`, { status: 413, headers: TUS });
      const packageId = Number(metadata.package);
      if (!Number.isSafeInteger(packageId))
        return tusProblem(refuse('package.unknown', { id: metadata.package ?? '' }));
      const sha256 = (metadata.sha256 ?? '').trim().toLowerCase();
      if (sha256 !== '' && !/^[0-9a-f]{64}$/.test(sha256))
        return tusProblem(refuse('upload.wrong-hash', { expected: sha256, actual: 'no SHA-256 of 64 digits' }));
      const state = await beginUpload(ctx, packageId, {
        fileName: (metadata.filename ?? '').slice(0, 500),
        length: Number(length),
        sha256,
      });
      if (isRefusal(state)) return tusProblem(state);
      return tusAnswer(state, 201, { location: `${ctx.settings.publicUrl}${BASE}/${state.id}` });
    },
  }),
  operation({
    method: 'GET',
    path: '/package-uploads/:id',
    permission: 'package.change',
    tag,
    summary: 'Read how far an upload is',
    description: 'As HEAD, which tus clients send: `Upload-Offset` is the byte to go on at.',
    params: idOf('upload'),
    answer,
    example: { params: { id: '4' } },
    async run(ctx, { params }) {
      const state = await readUploadState(ctx, params.id);
      return isRefusal(state) ? tusProblem(state) : tusAnswer(state, 200);
    },
  }),
  operation({
    method: 'PATCH',
    path: '/package-uploads/:id',
    permission: 'package.change',
    tag,
    summary: 'Send bytes of an upload',
    description:
      'The bytes from `Upload-Offset` on, of any number, as `application/offset+octet-stream`. What had come when the line was cut is kept. With the last byte the file is hashed and becomes the package’s; a file that is not the expected one answers 460 and is forgotten.',
    params: idOf('upload'),
    body: { mediaTypes: ['application/offset+octet-stream'], description: 'The bytes.' },
    answer,
    example: { params: { id: '4' } },
    async run(ctx, { params }, { headers, body }) {
      const wrong = wrongVersion(headers);
      if (wrong) return tusProblem(wrong);
      if (!/^application\/offset\+octet-stream\b/i.test(headers.get('content-type') ?? ''))
        return new Response('Send application/offset+octet-stream.\n', { status: 415 });
      const offset = headers.get('upload-offset') ?? '';
      if (!/^\d{1,16}$/.test(offset)) return tusProblem(refuse('upload.offset-meanwhile', { offset: -1, received: 0 }));
      const state = await appendUpload(ctx, params.id, Number(offset), body);
      return isRefusal(state) ? tusProblem(state) : tusAnswer(state, 204);
    },
  }),
  operation({
    method: 'DELETE',
    path: '/package-uploads/:id',
    permission: 'package.change',
    tag,
    summary: 'Cancel an upload',
    description: 'Its bytes are forgotten.',
    params: idOf('upload'),
    answer,
    example: { params: { id: '4' } },
    async run(ctx, { params }) {
      const state = await cancelUpload(ctx, params.id);
      return isRefusal(state) ? tusProblem(state) : tusAnswer(state, 204);
    },
  }),
];
