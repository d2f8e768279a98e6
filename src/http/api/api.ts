/**
 * The API below /api/v1. Each operation is one row of operations.ts: method, path, permission, schemas and `run`. To add
 * some, write src/http/api/<noun>.ts that exports `<noun>Operations: readonly Operation[]` and spread it in operations.ts;
 * keys.ts is the example. `run` gets a Context whose actor is the key or the person, and what the schemas made of path,
 * query and body; it gives back what `answer` describes, a Refusal, or (with a FileAnswer) a Response.
 * Checked here, for all alike: who asks, the permission, the input, Idempotency-Key on writes, and errors as RFC 9457.
 */
import type { Hono } from 'hono';
import type { z } from 'zod';
import type { Auth } from '../../adapters/auth.ts';
import { findKeyActor } from '../../app/api-keys.ts';
import { asActor, type Context } from '../../app/context.ts';
import type { Actor } from '../../domain/actor.ts';
import { allows, forbid, type Permission } from '../../domain/permission.ts';
import { isRefusal, type Refusal } from '../../domain/refusal.ts';
import type { C, Env } from '../context.ts';
import { readSession } from '../session.ts';
import { answerOnce } from './idempotency.ts';
import { openApiDocument } from './openapi.ts';
import { isFile, type Operation, type OperationInput } from './operation.ts';
import { operations } from './operations.ts';
import { answerTusOptions } from './package-uploads.ts';
import { showApiPage } from './page.tsx';
import { inputProblem, problem, refusalProblem } from './problem.ts';

const BASE = '/api/v1';

/** Puts the API, its document (/api/openapi.json) and its page (/api) on the application. */
export function addApi(app: Hono<Env>, auth: Auth, rows: readonly Operation[] = operations): void {
  const document = JSON.stringify(openApiDocument(rows));
  app.get('/api/openapi.json', (c) => c.body(document, 200, { 'content-type': 'application/json' }));
  app.get('/api', async (c) => {
    const signedIn = await readSession(c, auth);
    if (signedIn && !signedIn.mustEnrol) c.set('ctx', asActor(c.get('ctx'), signedIn.actor));
    return showApiPage(c, rows);
  });
  for (const row of rows) app.on(row.method, BASE + row.path, (c) => handle(c, auth, row));
  for (const path of ['/package-uploads', '/package-uploads/:id']) app.on('OPTIONS', BASE + path, answerTusOptions);
  app.all(`${BASE}/*`, (c) => answerNoOperation(c, rows));
}

async function handle(c: C, auth: Auth, row: Operation): Promise<Response> {
  const actor = await whoAsks(c, auth);
  if (actor instanceof Response) return actor;
  const ctx = asActor(c.get('ctx'), actor);
  c.set('ctx', ctx);
  const no = forbidAll(actor, row.permission);
  if (no) return refusalProblem(no);
  const text = row.method === 'GET' || isFile(row.body) ? undefined : await c.req.text();
  const input = readInput(c, row, text);
  if (input instanceof Response) return input;
  const run = () => answer(c, ctx, row, input);
  if (row.method === 'GET') return run();
  return answerOnce(ctx, { headers: c.req.raw.headers, method: row.method, url: c.req.url, text }, run);
}

function forbidAll(actor: Actor, permission: Operation['permission']): Refusal | undefined {
  if (permission === 'any') return undefined;
  if (typeof permission === 'string') return forbid(actor, permission);
  return permission.some((one) => allows(actor, one)) ? undefined : forbid(actor, permission[0] as Permission);
}

const KEY_WORDS: Record<string, string> = {
  'api-key.revoked': 'This key was revoked. Ask an administrator for another one.',
  'api-key.expired': 'This key has ended. Ask an administrator for another one.',
  'api-key.wrong': 'This key is not known here. Check that it is complete and meant for this server.',
};

/** The key in the Authorization header, else the session of a person. A wrong key is never replaced by a session. */
async function whoAsks(c: C, auth: Auth): Promise<Actor | Response> {
  const header = c.req.header('authorization');
  const challenge = { headers: { 'www-authenticate': 'Bearer realm="Fieldfix"' } };
  if (header !== undefined) {
    const secret = /^Bearer +(\S+)$/i.exec(header)?.[1];
    if (!secret) return problem(401, 'api-key.malformed', 'Send the key as "Authorization: Bearer ff_…".', challenge);
    const actor = await findKeyActor(c.get('ctx'), secret);
    return isRefusal(actor) ? problem(401, actor.code, KEY_WORDS[actor.code] ?? '', challenge) : actor;
  }
  const signedIn = await readSession(c, auth);
  if (signedIn && !signedIn.mustEnrol) return signedIn.actor;
  const words = 'Send an API key as "Authorization: Bearer ff_…". An administrator makes keys under Settings.';
  return problem(401, 'sign-in.needed', words, challenge);
}

function readInput(c: C, row: Operation, text: string | undefined): OperationInput | Response {
  const found: { in: 'path' | 'query' | 'body'; error: z.ZodError }[] = [];
  const read = (place: 'path' | 'query' | 'body', schema: z.ZodType | undefined, value: unknown): unknown => {
    const result = schema?.safeParse(value);
    if (result?.error) found.push({ in: place, error: result.error });
    return result?.data;
  };
  const input: OperationInput = { params: undefined, query: undefined, body: undefined };
  input.params = read('path', row.params, c.req.param());
  input.query = read('query', row.query, Object.fromEntries(new URL(c.req.url).searchParams));
  if (row.body && !isFile(row.body)) {
    const type = c.req.header('content-type') ?? '';
    if (text && !/^application\/([a-z0-9.-]+\+)?json\b/i.test(type)) {
      return problem(415, 'body.not-json', 'Send JSON, with "Content-Type: application/json".');
    }
    let value: unknown = {};
    try {
      if (text) value = JSON.parse(text);
    } catch (error) {
      return problem(400, 'body.malformed', `The body is not JSON: ${(error as Error).message}`);
    }
    input.body = read('body', row.body, value);
  }
  return found.length > 0 ? inputProblem(found) : input;
}

async function answer(c: C, ctx: Context, row: Operation, input: OperationInput): Promise<Response> {
  const { headers, body, signal } = c.req.raw;
  const result = await row.run(ctx, input, { headers, body: body ?? noBytes(), signal });
  if (isRefusal(result)) return refusalProblem(result);
  if (result instanceof Response) return result;
  if (isFile(row.answer)) throw new Error(`${row.method} ${row.path} promises a file: run has to make the Response`);
  // Only what the schema names leaves the house; an answer that does not fit it is our mistake, and shown as one.
  const checked = row.answer.safeParse(result);
  if (!checked.success)
    throw new Error(`${row.method} ${row.path} answers otherwise than promised: ${checked.error.message}`);
  return c.body(JSON.stringify(checked.data), row.status ?? 200, { 'content-type': 'application/json' });
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}

/** 405 where only the method is wrong, else 404. */
function answerNoOperation(c: C, rows: readonly Operation[]): Response {
  const parts = c.req.path.slice(BASE.length).split('/');
  const methods = rows
    .filter((row) => {
      const own = row.path.split('/');
      return own.length === parts.length && own.every((part, index) => part.startsWith(':') || part === parts[index]);
    })
    .map((row) => row.method);
  if (methods.length === 0) {
    return problem(404, 'operation.unknown', `There is no operation at ${c.req.path}. The list is at /api.`);
  }
  const allow = [...new Set(methods)].join(', ');
  return problem(405, 'operation.method', `${c.req.path} takes ${allow}.`, { headers: { allow } });
}
