/**
 * What every answer and every request goes through: headers that keep a page to itself, a check that a change was
 * asked for by one of our own pages, and a limit to how much anybody may send.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { h } from 'preact';
import { html } from './ui/page.tsx';
import { MessagePage } from './ui/plain-page.tsx';

/**
 * Everything a page may load comes from this server; nothing inline runs; nobody may frame it. `frame-src 'self'` is
 * for the mailbox, which shows a letter in a frame that may do nothing (see {@link letterPolicy}).
 */
export const pagePolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/**
 * For the HTML of a letter, shown in a frame of ours: its own styles, pictures it carries, no script, no form, no
 * request to anybody. Set it as `content-security-policy` on that answer; it then stays as it is.
 */
export const letterPolicy = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "form-action 'none'",
  "frame-ancestors 'self'",
  "base-uri 'none'",
  'sandbox allow-popups allow-popups-to-escape-sandbox',
].join('; ');

/** For the one page that reads codes by the camera: its reader is WebAssembly of ours (CSP level 3, section 6.7). */
export const scannerPolicy = pagePolicy.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'");

/** For a PDF that a page of ours shows in a frame: it is no document that a policy of sources could guard. */
export const framedFilePolicy = "frame-ancestors 'self'";

const permissions =
  'accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), midi=(), payment=(), usb=(), ' +
  'publickey-credentials-get=(self), publickey-credentials-create=(self)';

/** Headers of every answer. One that a handler has set itself stays. */
export function setSecurityHeaders({ publicUrl }: { publicUrl: string }): MiddlewareHandler {
  const headers: Record<string, string> = {
    'content-security-policy': pagePolicy,
    'x-content-type-options': 'nosniff',
    // Links of the portal are keys: no other site may see them. Not `no-referrer`: browsers then send `Origin: null`
    // with our own forms, and the check below could no longer tell them from a stranger's.
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': permissions,
    'cache-control': 'no-store',
    'x-robots-tag': 'noindex, nofollow',
  };
  if (publicUrl.startsWith('https:')) headers['strict-transport-security'] = 'max-age=31536000; includeSubDomains';
  return async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(headers)) if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    // For browsers that do not know frame-ancestors.
    if (!c.res.headers.has('x-frame-options')) {
      const framed = c.res.headers.get('content-security-policy')?.includes("frame-ancestors 'self'");
      c.res.headers.set('x-frame-options', framed ? 'SAMEORIGIN' : 'DENY');
    }
  };
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);
const formTypes = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/i;

/** Where a request came from, as far as its headers tell. */
export type RequestOrigin = 'ours' | 'foreign' | 'unknown';

/**
 * @param headers of the request
 * @param ownOrigins origins our pages live at
 * @returns `unknown` only when the browser sent none of Sec-Fetch-Site, Origin and Referer
 */
export function originOf(headers: Pick<Headers, 'get'>, ownOrigins: ReadonlySet<string>): RequestOrigin {
  // Every browser since 2023; a page cannot forge it.
  const site = headers.get('sec-fetch-site');
  if (site) return site === 'same-origin' || site === 'none' ? 'ours' : 'foreign';
  // Every browser since 2020.
  const origin = headers.get('origin');
  if (origin) return ownOrigins.has(origin.toLowerCase()) ? 'ours' : 'foreign';
  // Older ones. They do not know our referrer policy and send the whole address.
  const referer = headers.get('referer');
  if (!referer) return 'unknown';
  try {
    return ownOrigins.has(new URL(referer).origin) ? 'ours' : 'foreign';
  } catch {
    return 'foreign';
  }
}

/**
 * Refuses a change that another site asked for in the reader's name (CSRF). A browser always says where a form came
 * from by one of three headers; a form that says nothing is refused too, because a hostile page can make an old
 * browser silent. There is no token in the forms: it would guard nothing more, and every page could forget it.
 * Not checked: requests with an Authorization header (no other site can add one), and those that are neither a form
 * nor carry a cookie, such as a mail server's call.
 */
export function refuseCrossSite({ publicUrl }: { publicUrl: string }): MiddlewareHandler {
  const publicOrigin = new URL(publicUrl).origin;
  return async (c, next) => {
    if (safeMethods.has(c.req.method) || c.req.header('authorization')) return next();
    const fromForm = formTypes.test(c.req.header('content-type') ?? '');
    if (!fromForm && !c.req.header('cookie')) return next();
    // The address the browser used counts as ours as well: a foreign page cannot choose the Host of its request.
    const own = new Set([
      publicOrigin,
      new URL(c.req.url).origin,
      `https://${(c.req.header('host') ?? '').toLowerCase()}`,
    ]);
    if (originOf(c.req.raw.headers, own) === 'ours') return next();
    return refuse(c, 403, {
      code: 'cross-site',
      title: 'This was not sent from a page of Fieldfix',
      text:
        'Nothing was changed. Open the page again, at the address you always use, and send the form from there. ' +
        'If this comes back, something between your browser and us removes the headers Origin and Referer.',
    });
  };
}

export const bodyLimits = { page: 1_000_000, upload: 600_000_000 } as const;

/**
 * Refuses a body that is too large before it is read.
 * @param maxBytes see {@link bodyLimits}; uploads stream to disk and may be larger
 */
export function limitBody(maxBytes: number): MiddlewareHandler {
  const size = new Intl.NumberFormat('en-GB', { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 });
  return bodyLimit({
    maxSize: maxBytes,
    onError: (c) =>
      refuse(c, 413, {
        code: 'too-large',
        title: 'That is too much to send at once',
        text: `This page takes up to ${size.format(maxBytes / 1_000_000)}. Nothing was changed.`,
      }),
  });
}

/** A refusal before any handler ran: a page for people, problem+json for programs. */
function refuse(c: Context, status: 403 | 413, problem: { code: string; title: string; text: string }): Response {
  const { code, title, text } = problem;
  if (c.req.path.startsWith('/api/') || c.req.header('accept')?.includes('json')) {
    return c.body(JSON.stringify({ type: `about:blank#${code}`, title, status, detail: text, code }), status, {
      'content-type': 'application/problem+json',
    });
  }
  return html(c, h(MessagePage, { title, text }), status);
}
