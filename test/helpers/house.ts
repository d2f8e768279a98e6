import type { Hono } from 'hono';
import { makeAuth } from '../../src/adapters/auth.ts';
import { fixedCalendar } from '../../src/adapters/calendar.ts';
import { storedCredentials } from '../../src/adapters/credentials.ts';
import { documentReader } from '../../src/adapters/document-reader.ts';
import { memoryFiles } from '../../src/adapters/files.ts';
import { kitMaker } from '../../src/adapters/kit.ts';
import { builtInMailbox } from '../../src/adapters/mail.ts';
import { openMailReader } from '../../src/adapters/mail-reader.ts';
import { openFormFiller } from '../../src/adapters/paper-form.ts';
import { openPaperReader } from '../../src/adapters/paper-reader.ts';
import { tableFiles } from '../../src/adapters/table-file.ts';
import { openTypesetter } from '../../src/adapters/typst.ts';
import { fakeWebhookSender, type SendResult } from '../../src/adapters/webhook-sender.ts';
import { createSampleAccounts, sampleAccounts, samplePassword } from '../../src/app/accounts.ts';
import { createApiKey } from '../../src/app/api-keys.ts';
import type { Context } from '../../src/app/context.ts';
import type { DatabaseHandle } from '../../src/db/client.ts';
import type { Actor, Role } from '../../src/domain/actor.ts';
import type { Permission } from '../../src/domain/permission.ts';
import { isRefusal } from '../../src/domain/refusal.ts';
import { makeApp } from '../../src/http/app.ts';
import type { Env } from '../../src/http/context.ts';
import { translator } from '../../src/http/translate.ts';
import { type FakeQueue, fakeQueue } from '../../src/jobs/fake-queue.ts';
import { openTestDatabase } from './database.ts';
import { testPackages } from './packages.ts';

/** The whole server in this process, on a database of its own, with people, clocks and ways out that tests hold. */
export interface House {
  handle: DatabaseHandle;
  app: Hono<Env>;
  ctx: Context;
  queue: FakeQueue;
  webhooks: ReturnType<typeof fakeWebhookSender>;
  /** What receivers of webhooks answer; to be changed by a test. */
  receiver: SendResult;
  /** What the server logged as errors. */
  errors: { message: string; detail: unknown }[];
  /** Moves both clocks: the action's and the real one. */
  setNow(iso: string): void;
  as(actor: Actor): Context;
  staff(role: Role): Promise<Context>;
  /** Cookie of a person who has signed in through the page. */
  signIn(role: Role): Promise<string>;
  /** Secret of a new key with these scopes. */
  key(...scopes: Permission[]): Promise<string>;
  /** Sends JSON to the API with a key. */
  api(key: string, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

export const publicUrl = 'http://localhost:3000';
const secret = Buffer.alloc(32, 7);

export interface HouseOptions {
  /** A database of the caller's own, in place of a fresh one. */
  handle?: DatabaseHandle;
  /** False: nobody has an account. */
  people?: boolean;
  /** False: a server on what a demo left behind. */
  demo?: boolean;
  /** A single sign-on service. */
  oidc?: { issuer: string; clientId: string; clientSecret: string };
  /** Where browsers reach it. */
  url?: string;
}

/** Opens a house with the five sample accounts. */
export async function openHouse({
  handle: given,
  people = true,
  demo = true,
  oidc,
  url = publicUrl,
}: HouseOptions = {}): Promise<House> {
  const handle = given ?? (await openTestDatabase());
  const queue = fakeQueue();
  const receiver: SendResult = { status: 200, detail: '' };
  const webhooks = fakeWebhookSender(() => ({ ...receiver }));
  const errors: House['errors'] = [];
  let now: Date | undefined;
  const clock = () => now ?? new Date();
  const ctx: Context = {
    db: handle.db,
    dbKind: handle.kind,
    now: clock,
    wallClock: clock,
    settings: {
      publicUrl: url,
      mailFrom: 'Muster Sequencing <notices@muster.example>',
      mailDomain: 'muster.example',
      secret,
      version: '0.0.0',
      demo,
      instance: 'test',
      pacePerDomain: 0,
      attachmentLimit: 0,
      trustProxy: 0,
    },
    queue,
    mailer: builtInMailbox(),
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
    webhooks,
    say: translator,
    credentials: storedCredentials({ publicUrl: url, secret }),
    log: (level, message, detail) => {
      if (level === 'error') errors.push({ message, detail });
    },
    actor: { kind: 'system', name: 'test' },
  };
  const auth = makeAuth({ db: handle.db, publicUrl: url, secret, demo, oidc });
  const app = makeApp(ctx, auth, { oidc: oidc !== undefined });
  if (people) {
    const made = await createSampleAccounts({ ...ctx, settings: { ...ctx.settings, demo: true } }, auth);
    if (isRefusal(made)) throw new Error(made.code);
  }

  const as = (actor: Actor): Context => ({ ...ctx, actor });
  async function staff(role: Role): Promise<Context> {
    const row = await handle.db
      .selectFrom('staff')
      .select(['id', 'name'])
      .where('role', '=', role)
      .executeTakeFirstOrThrow();
    return as({ kind: 'staff', ...row, role });
  }
  return {
    handle,
    app,
    ctx,
    queue,
    webhooks,
    receiver,
    errors,
    setNow: (iso) => {
      now = new Date(iso);
    },
    as,
    staff,
    async signIn(role) {
      const email = sampleAccounts.find((account) => account.role === role)?.email ?? '';
      const answer = await app.request('/sign-in', {
        method: 'POST',
        body: new URLSearchParams({ email, password: samplePassword }),
        headers: { origin: url },
      });
      if (answer.status !== 303) throw new Error(`Sign-in answered ${answer.status}`);
      return answer.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ');
    },
    async key(...scopes) {
      const key = await createApiKey(await staff('administrator'), {
        name: `test ${scopes.join(' ')} ${Math.random()}`.slice(0, 100),
        scopes,
      });
      if (isRefusal(key)) throw new Error(key.code);
      return key.secret;
    },
    api: async (key, method, path, body, headers = {}) =>
      app.request(`/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    async close() {
      await ctx.typesetter.close();
      await ctx.formFiller.close();
      await handle.close();
    },
  };
}
