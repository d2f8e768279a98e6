import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { fixedCalendar } from '../src/adapters/calendar.ts';
import { documentReader } from '../src/adapters/document-reader.ts';
import { memoryFiles } from '../src/adapters/files.ts';
import { kitMaker } from '../src/adapters/kit.ts';
import { fakeMailer } from '../src/adapters/mail.ts';
import { openMailReader } from '../src/adapters/mail-reader.ts';
import { openFormFiller } from '../src/adapters/paper-form.ts';
import { openPaperReader } from '../src/adapters/paper-reader.ts';
import { tableFiles } from '../src/adapters/table-file.ts';
import { openTypesetter } from '../src/adapters/typst.ts';
import type { Context } from '../src/app/context.ts';
import type { DatabaseHandle } from '../src/db/client.ts';
import type { Actor } from '../src/domain/actor.ts';
import { addAssetRoutes } from '../src/http/assets.ts';
import type { Env } from '../src/http/context.ts';
import { forgetMisses } from '../src/http/portal/misses.ts';
import { portalRoutes } from '../src/http/portal/routes.ts';
import { setSecurityHeaders } from '../src/http/security.ts';
import { translator } from '../src/http/translate.ts';
import { type FakeQueue, fakeQueue } from '../src/jobs/fake-queue.ts';
import { openTestDatabase } from './helpers/database.ts';
import { testPackages } from './helpers/packages.ts';

export interface PortalHouse {
  handle: DatabaseHandle;
  ctx: Context;
  queue: FakeQueue;
  /** Moves the clock of the house. */
  setNow(iso: string): void;
  as(actor: Actor): Context;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, form: Record<string, string | string[]>): Promise<Response>;
  /** Listens on a free port and gives the address, for tests in a real browser. */
  listen(): Promise<string>;
  close(): Promise<void>;
}

export const supporter: Actor = { kind: 'staff', id: 'u1', name: 'Sam Support', role: 'support' };
export const qualityManager: Actor = { kind: 'staff', id: 'u2', name: 'Quinn Quality', role: 'quality' };

/** A house with a database of its own and the portal's routes, and a clock that stands still. */
export async function openPortalHouse(): Promise<PortalHouse> {
  const handle = await openTestDatabase();
  const queue = fakeQueue();
  let now = new Date('2022-05-04T08:00:00Z');
  const ctx: Context = {
    db: handle.db,
    dbKind: handle.kind,
    now: () => now,
    settings: {
      publicUrl: 'http://localhost',
      mailFrom: 'Muster Sequencing <notices@muster.example>',
      mailDomain: 'muster.example',
      secret: Buffer.alloc(32, 7),
      version: '0.0.0',
      demo: false,
      instance: 'test',
      pacePerDomain: 0,
      attachmentLimit: 0,
      trustProxy: 0,
    },
    queue,
    mailer: fakeMailer(),
    mailReader: openMailReader(),
    files: memoryFiles(),
    evidence: memoryFiles(),
    ...testPackages(),
    tables: tableFiles,
    documents: documentReader,
    typesetter: openTypesetter({ threads: 1 }),
    formFiller: openFormFiller(),
    kits: kitMaker,
    paperReader: openPaperReader(),
    calendar: fixedCalendar(),
    webhooks: { post: async () => ({ status: null, detail: 'no webhooks here' }) },
    say: translator,
    credentials: {
      passwordMatches: async () => false,
      codeMatches: async () => false,
      passkeyMatches: async () => undefined,
    },
    wallClock: () => new Date(),
    log: () => {},
    actor: { kind: 'system', name: 'test' },
  };
  forgetMisses();
  const app = new Hono<Env>();
  // A fault shows in the test's own words, not as a bare 500.
  app.onError((error) => {
    throw error;
  });
  app.use(async (c, next) => {
    c.set('ctx', ctx);
    await next();
  });
  app.use(setSecurityHeaders({ publicUrl: ctx.settings.publicUrl }));
  for (const [method, path, , handler] of portalRoutes) app.on(method, path, handler);
  let server: Server | undefined;
  return {
    handle,
    ctx,
    queue,
    setNow: (iso) => {
      now = new Date(iso);
    },
    as: (actor) => ({ ...ctx, actor }),
    get: async (path, headers = {}) => app.request(path, { headers }),
    post: async (path, form) => {
      const body = new URLSearchParams();
      for (const [name, value] of Object.entries(form)) for (const one of [value].flat()) body.append(name, one);
      return app.request(path, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'http://localhost' },
      });
    },
    listen: () =>
      new Promise((resolve) => {
        const outer = new Hono();
        addAssetRoutes(outer);
        outer.route('/', app);
        server = serve({ fetch: outer.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
          resolve(`http://127.0.0.1:${port}`),
        ) as Server;
      }),
    close: async () => {
      server?.closeAllConnections();
      server?.close();
      await handle.close();
    },
  };
}
