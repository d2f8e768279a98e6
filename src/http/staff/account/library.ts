/** How our pages speak with the sign-in library: what it is told of the request, and what of its answers goes on. */
import type { Auth } from '../../../adapters/auth.ts';
import { clientAddress } from '../../client-address.ts';
import { type C, seeOther } from '../../context.ts';

/**
 * What the library may know of a request: cookies, browser and address.
 * @param cookie instead of the request's own, right after a sign-in
 */
export function libraryHeaders(c: C, auth: Auth, cookie: string = c.req.header('cookie') ?? ''): Headers {
  const headers = new Headers({
    [auth.addressHeader]: clientAddress(c),
    'user-agent': (c.req.header('user-agent') ?? '').slice(0, 300),
  });
  if (cookie) headers.set('cookie', cookie);
  return headers;
}

/** Hands the cookies the library set on to the browser. */
export function keepCookies(c: C, from: Response): void {
  for (const cookie of from.headers.getSetCookie()) c.header('set-cookie', cookie, { append: true });
}

/** A redirect that carries the cookies the library set. */
export function goOn(c: C, from: Response, path: string): Response {
  keepCookies(c, from);
  return seeOther(c, path);
}

/** The cookies an answer sets, as the browser would send them with its next request. */
export function cookiesAfter(from: Response): string {
  return from.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0] ?? '')
    .filter((pair) => !pair.endsWith('='))
    .join('; ');
}

/** The library's name for what went wrong, or ''. */
export async function failureCode(answer: Response): Promise<string> {
  const body = (await answer
    .clone()
    .json()
    .catch(() => undefined)) as { code?: string } | undefined;
  return body?.code ?? '';
}

/** Only a path of this server: a link that comes with a sign-in must not lead to a stranger's page. */
export function localPath(text: string | undefined): string {
  if (!text || !/^\/(?![/\\])[^\s\\]*$/.test(text)) return '/';
  return /^\/(sign-|welcome|auth)/.test(text) ? '/' : text;
}
