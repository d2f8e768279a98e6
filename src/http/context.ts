import type { Context as HonoContext } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { Context } from '../app/context.ts';
import type { SignedIn } from './session.ts';

/**
 * What a handler finds on the request: the use cases' context, with the actor the request came from; and, on pages of
 * staff, the session.
 */
export interface Env {
  Variables: { ctx: Context; signedIn: SignedIn | undefined };
}
export type C = HonoContext<Env>;
export type Handler = (c: C) => Response | Promise<Response>;

/** A form's fields as they came: a repeated name gives every value. Files are left out (see readUpload). */
export type FormBody = Record<string, string | string[]>;

/**
 * Reads a urlencoded or multipart form into plain strings; unknown names are kept, files are not.
 * @throws HTTPException 400 when the body is not the form it says it is
 */
export async function readForm(c: C): Promise<FormBody> {
  const parsed = await c.req.parseBody({ all: true }).catch((error: unknown) => {
    throw new HTTPException(400, { message: 'This is not a form, or it was cut off on its way.', cause: error });
  });
  const body: FormBody = {};
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value === 'string') body[name] = value;
    else if (Array.isArray(value)) body[name] = value.filter((item): item is string => typeof item === 'string');
  }
  return body;
}

/** First value of a field, or ''. */
export function fieldText(body: FormBody, name: string): string {
  const value = body[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

/** Every value of a field. */
export function fieldList(body: FormBody, name: string): string[] {
  const value = body[name];
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/** A numeric path parameter, or undefined when it is not a positive whole number. */
export function idParam(c: C, name: string): number | undefined {
  const text = c.req.param(name) ?? '';
  return /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined;
}

/** After a change: 303, so that a reload does not send the form again. Only paths of this server. */
export function seeOther(c: C, path: string): Response {
  return c.redirect(path.startsWith('/') && !path.startsWith('//') ? path : '/', 303);
}
