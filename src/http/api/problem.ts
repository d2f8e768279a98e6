import type { ZodError } from 'zod';
import type { Refusal } from '../../domain/refusal.ts';
import { refusalText, statusOf } from '../refusal.tsx';

/** An error as RFC 9457 has it, with our code, its parameters, and where in the request it is. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  /** What is wrong and how to mend it. */
  detail: string;
  /** The reason's name: programs decide by this, never by the words. */
  code: string;
  params?: Refusal['params'];
  errors?: { in: 'path' | 'query' | 'body'; pointer: string; detail: string }[];
}

const TITLES: Record<number, string> = {
  400: 'The request cannot be read',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Not this method',
  409: 'In the way of something else',
  413: 'Too large',
  415: 'Not this kind of body',
  422: 'Refused',
  429: 'Too many attempts',
};

/** Answers with problem+json. */
export function problem(
  status: number,
  code: string,
  detail: string,
  more: Pick<Problem, 'params' | 'errors'> & { headers?: Record<string, string> } = {},
): Response {
  const { headers, ...members } = more;
  const title = TITLES[status] ?? 'Refused';
  const body: Problem = { type: `urn:fieldfix:problem:${code}`, title, status, detail, code, ...members };
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  });
}

/** A use case's refusal as problem+json, in English. The field it is about becomes a pointer. */
export function refusalProblem(refusal: Refusal): Response {
  const detail = refusalText(refusal);
  return problem(statusOf(refusal), refusal.code, detail, {
    params: refusal.params,
    ...(refusal.at ? { errors: [{ in: 'body', pointer: pointerOf(refusal.at.split('.')), detail }] } : {}),
  });
}

/** What the schemas found wrong, each with a JSON pointer to the place. */
export function inputProblem(found: readonly { in: 'path' | 'query' | 'body'; error: ZodError }[]): Response {
  const errors = found.flatMap((part) =>
    part.error.issues.map((issue) => ({ in: part.in, pointer: pointerOf(issue.path), detail: issue.message })),
  );
  const first = errors[0];
  const detail = first
    ? `In the ${first.in}, ${first.pointer || '/'}: ${first.detail}`
    : 'The input is not as described.';
  return problem(422, 'input', errors.length > 1 ? `${detail} (and ${errors.length - 1} more)` : detail, { errors });
}

/** A JSON pointer (RFC 6901) to a place. */
function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
