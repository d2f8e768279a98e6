import { z } from 'zod';
import type { Context } from '../../app/context.ts';
import type { Permission } from '../../domain/permission.ts';
import type { Refusal } from '../../domain/refusal.ts';

type Shape = z.ZodObject;
type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;
type Awaitable<T> = T | Promise<T>;

/** A body that is not JSON: a file, read as a stream. */
export interface FileBody {
  /** Media types it may have, for the document. */
  mediaTypes: readonly string[];
  description: string;
}

/** An answer that is not JSON: a file. `run` then makes the Response itself. */
export interface FileAnswer {
  mediaTypes: readonly string[];
  description: string;
}

/** What `run` learns beside its input. */
export interface OperationRequest {
  headers: Headers;
  /** The bytes sent, for operations with a FileBody; none where none were sent. */
  body: AsyncIterable<Uint8Array>;
  /** Aborted when the client went away. */
  signal: AbortSignal;
}

/** Inputs to show, for the curl example. */
interface Example {
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
}

interface Named {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below /api/v1, e.g. `/actions/:reference/status`. Each `:name` has its field in `params`. */
  path: `/${string}`;
  /** Asked before `run`; of several, one is enough (the use case then asks for the right one). `any`: every key and person. */
  permission: Permission | readonly Permission[] | 'any';
  /** The noun it belongs to, as the page groups operations, e.g. `Actions`. */
  tag: string;
  /** A few words, verb first, without a full stop. */
  summary: string;
  /** What it does, what it changes, what a caller must know. One to three sentences. */
  description: string;
  /** 200 unless told. */
  status?: 200 | 201 | 202;
  example?: Example;
}

/**
 * One operation of the API: one row, from which the handler, the document (/api/openapi.json) and the readable page
 * (/api) are made.
 */
export interface OperationRow<
  P extends Shape | undefined,
  Q extends Shape | undefined,
  B extends z.ZodType | FileBody | undefined,
  A extends z.ZodType | FileAnswer,
> extends Named {
  params?: P;
  /** Texts of the query string: numbers by `z.coerce`. */
  query?: Q;
  body?: B;
  /** What comes back with success. Fields it does not name are left out of the answer. */
  answer: A;
  run(
    ctx: Context,
    input: { params: Parsed<P>; query: Parsed<Q>; body: B extends z.ZodType ? z.output<B> : undefined },
    request: OperationRequest,
  ): Awaitable<(A extends z.ZodType ? z.input<A> : Response) | Refusal>;
}

/** A row of any types, as the tables and the handler see it. */
export interface Operation extends Named {
  params?: Shape | undefined;
  query?: Shape | undefined;
  body?: z.ZodType | FileBody | undefined;
  answer: z.ZodType | FileAnswer;
  run(ctx: Context, input: OperationInput, request: OperationRequest): Awaitable<unknown>;
}

/** The input of an operation after its schemas have read it. */
export interface OperationInput {
  params: unknown;
  query: unknown;
  body: unknown;
}

/** Makes a row whose `run` is checked against its own schemas. */
export function operation<
  P extends Shape | undefined = undefined,
  Q extends Shape | undefined = undefined,
  B extends z.ZodType | FileBody | undefined = undefined,
  A extends z.ZodType | FileAnswer = z.ZodType,
>(row: OperationRow<P, Q, B, A>): Operation {
  // Sound: the handler gives `run` exactly what these schemas made of the request.
  return row as unknown as Operation;
}

/** True for a file instead of JSON. */
export function isFile(body: z.ZodType | FileBody | FileAnswer | undefined): body is FileBody | FileAnswer {
  return body !== undefined && 'mediaTypes' in body;
}

/** An id in a path. */
export const idOf = (noun: string) =>
  z.object({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER).describe(`Number of the ${noun}.`) });

/** The query of every list: page 1 first, 50 rows unless told, at most 500. */
export const pageQuery = z.object({
  page: z.coerce.number().int().min(1).max(100_000).default(1).describe('Page, from 1.'),
  size: z.coerce.number().int().min(1).max(500).default(50).describe('Rows on a page.'),
});

/** The answer of every list. */
export function pageOf<T extends z.ZodType>(row: T) {
  return z.object({
    rows: z.array(row),
    page: z.number().int(),
    size: z.number().int(),
    total: z.number().int().describe('Rows on all pages.'),
    totalIsAtLeast: z.boolean().describe('True when counting stopped early: there are at least `total` rows.'),
  });
}

/** Puts a page read by app/queries/list.ts into the shape of {@link pageOf}. */
export function toPage<Row>(
  query: { page: number; size: number },
  list: { rows: Row[]; total: number | { atLeast: number } },
): { rows: Row[]; page: number; size: number; total: number; totalIsAtLeast: boolean } {
  return {
    rows: list.rows,
    page: query.page,
    size: query.size,
    total: typeof list.total === 'number' ? list.total : list.total.atLeast,
    totalIsAtLeast: typeof list.total !== 'number',
  };
}

/** An instant in an answer: RFC 3339, UTC. */
export const instant = z.date().describe('Instant, RFC 3339.');
