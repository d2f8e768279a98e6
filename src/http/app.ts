import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { h } from 'preact';
import type { Auth } from '../adapters/auth.ts';
import { asActor, type Deps } from '../app/context.ts';
import { forbid, type Permission } from '../domain/permission.ts';
import { addApi } from './api/api.ts';
import { problem } from './api/problem.ts';
import { addAssetRoutes } from './assets.ts';
import type { C, Env, Handler } from './context.ts';
import { answerRefusal } from './refusal.tsx';
import { type Access, makeRoutes } from './routes.ts';
import { bodyLimits, limitBody, refuseCrossSite, setSecurityHeaders } from './security.ts';
import { readSession } from './session.ts';
import { MessagePage } from './ui/layout.tsx';
import { html } from './ui/page.tsx';
import { takesFile } from './upload-paths.ts';

/** Packages are of any size: streamed to their store, which knows what it has room for. */
const PACKAGE_UPLOADS = /^\/(packages\/\d+\/file|api\/v1\/package-uploads\/\d+)$/;

/** Everything Fieldfix answers over HTTP: pages, the portal, the API, files. Tests call its `request()`. */
export function makeApp(deps: Deps, auth: Auth, options: { oidc: boolean }): Hono<Env> {
  const app = new Hono<Env>();
  const settings = { publicUrl: deps.settings.publicUrl };
  app.use(setSecurityHeaders(settings));
  app.use(async (c, next) => {
    c.set('ctx', asActor(deps, { kind: 'visitor', name: 'visitor' }));
    await next();
  });
  addAssetRoutes(app as unknown as Hono);
  app.get('/healthz', (c) => answerHealth(c));
  app.use(refuseCrossSite(settings));
  const pageLimit = limitBody(bodyLimits.page);
  const uploadLimit = limitBody(bodyLimits.upload);
  app.use((c, next) =>
    PACKAGE_UPLOADS.test(c.req.path) ? next() : takesFile(c.req.path) ? uploadLimit(c, next) : pageLimit(c, next),
  );

  addApi(app, auth);
  for (const [method, path, access, handler] of makeRoutes(auth, options)) {
    app.on(method, path, (c) => enter(c, auth, access, handler));
  }

  app.notFound((c) =>
    html(
      c,
      h(MessagePage, {
        title: 'Not found',
        text: 'There is no page at this address.',
        href: '/',
        label: 'To the start',
      }),
      404,
    ),
  );
  app.onError((error, c) => {
    const unreadable = unreadableOf(error);
    if (unreadable) return answerUnreadable(c, unreadable);
    const id = randomUUID().slice(0, 8);
    deps.log('error', `${c.req.method} ${routeOf(c)} failed (${id})`, { error: error.stack ?? String(error) });
    const text = `Nothing was changed by this request. Try again; if it happens once more, tell your administrator the number ${id}.`;
    if (c.req.path.startsWith('/api/')) {
      return c.json(
        { type: 'about:blank#internal', title: 'Internal error', status: 500, detail: text, code: 'internal' },
        500,
        {
          'content-type': 'application/problem+json',
        },
      );
    }
    return html(c, h(MessagePage, { title: 'Something went wrong', text, href: '/', label: 'To the start' }), 500);
  });
  return app;
}

/** SQLSTATEs of texts that no table can hold: zero characters and broken Unicode. */
const UNSTORABLE = new Set(['22021', '22P05']);

/** Why the request itself cannot be read, when that is what went wrong; its transaction was rolled back. */
function unreadableOf(error: Error & { code?: string }): string | undefined {
  if (error instanceof HTTPException && error.status === 400) return error.message;
  if (UNSTORABLE.has(error.code ?? ''))
    return 'There is a character in it that cannot be stored (such as a zero character). Type the text again instead of pasting it.';
  return undefined;
}

function answerUnreadable(c: C, why: string): Response | Promise<Response> {
  const text = `${why} Nothing was changed.`;
  if (c.req.path.startsWith('/api/')) return problem(400, 'request.unreadable', text);
  return html(c, h(MessagePage, { title: 'This cannot be read', text, href: '/', label: 'To the start' }), 400);
}

/** The path without what may be a secret in it: personal links and invitations never reach the log. */
function routeOf(c: { req: { path: string } }): string {
  return c.req.path.replace(/^\/(p|welcome|address)\/[^/]+/, '/$1/…').replace(/^(\/p\/…\/patch)\/[^/]+/, '$1/…');
}

/** Lets a request into a page: whoever may open it, everybody else to the sign-in or a clear refusal. */
async function enter(c: C, auth: Auth, access: Access, handler: Handler): Promise<Response> {
  if (access === 'public' || access === 'link') return handler(c);
  const signedIn = await readSession(c, auth);
  if (!signedIn) {
    const next = c.req.method === 'GET' ? c.req.path + new URL(c.req.url).search : '/';
    return c.redirect(next === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`, 303);
  }
  c.set('ctx', asActor(c.get('ctx'), signedIn.actor));
  c.set('signedIn', signedIn);
  if (signedIn.mustEnrol && access !== 'signed-in') return c.redirect('/account/second-step', 303);
  if (access !== 'signed-in') {
    const no = forbid(signedIn.actor, access satisfies Permission);
    if (no) return answerRefusal(c, no);
  }
  return handler(c);
}

/** GET /healthz: for load balancers and monitoring. */
async function answerHealth(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  try {
    const depth = await ctx.queue.depth();
    return c.json({
      status: 'ok',
      version: ctx.settings.version,
      database: ctx.dbKind,
      queueDepth: depth,
      mail: ctx.mailer.kind,
    });
  } catch {
    return c.json({ status: 'failing', version: ctx.settings.version, database: ctx.dbKind, queueDepth: null }, 503);
  }
}
