/** A portal page with twenty units from the database against the same page rendered from constants. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ServerType, serve } from '@hono/node-server';
import { Hono } from 'hono';
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Database } from '../../src/app/context.ts';
import type { Schema } from '../../src/db/schema.ts';
import type { Env } from '../../src/http/context.ts';
import { portalRoutes } from '../../src/http/portal/routes.ts';
import { setSecurityHeaders } from '../../src/http/security.ts';
import { type House, openHouse, publicUrl } from '../helpers/house.ts';
import { addSampleAction, addSampleParty } from '../portal-sample.ts';
import { type Bench, type BenchContext, type BenchResult, judgeRatio } from './bench.ts';

const UNITS = 20;
const LIMIT = { postgresql: 0.25, pglite: 0.1 };
const ROUNDS = 5;
const ROUND_MS = 1_500;
const CONNECTIONS = 4;
const LOAD = join(import.meta.dirname, '../helpers/http-load.ts');

/** The portal's pages over a database, or what stands in for one. */
function portalApp(house: House, db: Database): Hono<Env> {
  const app = new Hono<Env>();
  app.use(setSecurityHeaders({ publicUrl }));
  app.use(async (c, next) => {
    c.set('ctx', { ...house.ctx, db });
    await next();
  });
  for (const [method, path, , handler] of portalRoutes) app.on(method, path, handler);
  return app;
}

/** A database that gives the same rows to whatever it is asked, without asking anybody. */
function constantDatabase(rows: readonly unknown[]): Database {
  const driver = new DummyDriver();
  const connection = {
    executeQuery: async <R>() => ({ rows }) as QueryResult<R>,
    streamQuery: () => {
      throw new Error('nothing is streamed here');
    },
  };
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => Object.assign(driver, { acquireConnection: async () => connection }),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}

/** The rows a page is made of, as its one query gives them once the texts are kept. */
async function recordRows(house: House, path: string): Promise<readonly unknown[]> {
  const asked: (readonly unknown[])[] = [];
  const db = house.ctx.db.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      asked.push(result.rows);
      return result;
    },
  });
  const app = portalApp(house, db);
  await (await app.request(path)).text();
  asked.length = 0;
  await (await app.request(path)).text();
  const [rows, ...more] = asked;
  if (!rows || more.length > 0) throw new Error(`The page asks ${asked.length} queries`);
  return rows;
}

async function listen(app: Hono<Env>): Promise<{ url: string; server: ServerType }> {
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
  if (!server.listening) await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** Pages a second, asked for by another process. */
async function load(url: string, milliseconds: number): Promise<{ bytes: number; perSecond: number }> {
  const args = ['--import', 'tsx', LOAD, url, String(CONNECTIONS), String(milliseconds)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  return JSON.parse(stdout) as { bytes: number; perSecond: number };
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function run(context: BenchContext): Promise<BenchResult[]> {
  const { handle } = await context.open();
  const house = await openHouse({ handle });
  const action = await addSampleAction(house.ctx);
  const party = await addSampleParty(house.ctx, action, { units: UNITS });
  const path = `/p/${party.token}/units`;
  const constant = constantDatabase(await recordRows(house, path));
  const pages = [portalApp(house, constant), portalApp(house, house.ctx.db)] as const;
  const [first, second] = [await (await pages[0].request(path)).text(), await (await pages[1].request(path)).text()];
  if (first !== second || !first.includes('<h2>')) throw new Error('The page from constants is not the same page');
  const [constants, database] = [await listen(pages[0]), await listen(pages[1])];
  const rates: Record<'constants' | 'database', number[]> = { constants: [], database: [] };
  try {
    for (const { url } of [constants, database]) await load(url + path, 500);
    for (let round = 0; round < ROUNDS; round++) {
      rates.constants.push((await load(constants.url + path, ROUND_MS)).perSecond);
      rates.database.push((await load(database.url + path, ROUND_MS)).perSecond);
    }
  } finally {
    for (const { server } of [constants, database]) server.close();
  }
  const [of, against] = [median(rates.database), median(rates.constants)];
  return [
    judgeRatio(
      `portal page with ${UNITS} units : the same from constants`,
      of / against,
      { kind: 'at-least', value: LIMIT[context.kind] },
      `${of.toFixed(0)} against ${against.toFixed(0)} pages a second`,
    ),
  ];
}

export const bench: Bench = { name: 'portal', run };
