/**
 * `npm run bench [name …] [-- --database pglite|postgresql] [--scale 0.1]`: how fast Fieldfix is, each figure a ratio of two
 * things measured side by side in this run, so that it means the same on every machine. Exits 1 when one is out of bounds.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { type DatabaseHandle, openDatabase } from '../../src/db/client.ts';
import { migrate } from '../../src/db/migrate.ts';
import { type PostgresServer, startPostgres } from '../helpers/postgres-server.ts';
import type { Bench, BenchContext, BenchResult } from './bench.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { database: { type: 'string' }, scale: { type: 'string', default: '1' }, json: { type: 'string' } },
});

async function loadBenches(): Promise<Bench[]> {
  const benches: Bench[] = [];
  for (const file of readdirSync(import.meta.dirname).sort()) {
    if (file === 'run.ts' || file === 'bench.ts' || !file.endsWith('.ts')) continue;
    const { bench } = (await import(join(import.meta.dirname, file))) as { bench?: Bench };
    if (bench && (positionals.length === 0 || positionals.includes(bench.name))) benches.push(bench);
  }
  return benches;
}

/** Of the databases made in this process: several benches share one server. */
let count = 0;

function makeContext(
  kind: DatabaseHandle['kind'],
  server: PostgresServer | undefined,
  folder: string,
): BenchContext & { close(): Promise<void> } {
  const opened: DatabaseHandle[] = [];
  return {
    kind,
    scale: Number(values.scale),
    say: (text) => process.stderr.write(`  ${text}\n`),
    async open() {
      const own = join(folder, `${kind}-${++count}`);
      mkdirSync(own, { recursive: true, mode: 0o755 });
      let handle: DatabaseHandle;
      let files = { here: own, there: own };
      if (kind === 'pglite') {
        handle = await openDatabase({ kind, dataDir: own });
        // Its whole world is its own folder.
        files = { here: join(own, 'database'), there: '/pglite/data' };
      } else {
        const client = new pg.Client({ connectionString: server?.url });
        await client.connect();
        await client.query(`create database bench_${count}`);
        await client.end();
        const url = new URL(server?.url ?? '');
        url.pathname = `/bench_${count}`;
        handle = await openDatabase({ kind, url: url.href, poolSize: 4 });
      }
      await migrate(handle);
      opened.push(handle);
      return { handle, folder: own, files };
    },
    async close() {
      for (const handle of opened) await handle.close();
    },
  };
}

function printTable(rows: readonly Row[]): void {
  const cells = rows.map(({ kind, label, ratio, limit, pass, detail }) => [
    pass ? 'ok' : 'TOO SLOW',
    kind,
    label,
    ratio >= 100 ? ratio.toFixed(0) : ratio.toPrecision(3),
    `${limit.kind === 'at-most' ? '≤' : '≥'} ${limit.value}`,
    detail,
  ]);
  const head = ['', 'database', 'what', 'ratio', 'bound', 'detail'];
  const widths = head.map((title, index) => Math.max(title.length, ...cells.map((row) => (row[index] ?? '').length)));
  for (const row of [head, ...cells])
    console.log(
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

type Row = BenchResult & { kind: string };

/** Runs the benches on one database. */
async function runOn(kind: DatabaseHandle['kind']): Promise<Row[]> {
  const server = kind === 'postgresql' ? await startPostgres() : undefined;
  if (kind === 'postgresql' && !server) {
    console.log('postgresql: npm carries no server for this platform; left out.');
    return [];
  }
  const results: Row[] = [];
  for (const bench of await loadBenches()) {
    const folder = mkdtempSync(join(tmpdir(), 'fieldfix-bench-'));
    // The server runs as another user and is to read files here.
    chmodSync(folder, 0o755);
    const context = makeContext(kind, server, folder);
    process.stderr.write(`${bench.name} on ${kind}\n`);
    try {
      for (const result of await bench.run(context)) results.push({ ...result, kind });
    } finally {
      await context.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }
  await server?.stop();
  return results;
}

/** Each database in a process of its own: what one leaves in memory must not count for the other. */
function runApart(kind: DatabaseHandle['kind']): Row[] {
  const folder = mkdtempSync(join(tmpdir(), 'fieldfix-bench-'));
  const file = join(folder, 'results.json');
  const args = [...positionals, '--database', kind, '--scale', values.scale, '--json', file];
  const { status } = spawnSync(process.execPath, [...process.execArgv, import.meta.filename, ...args], {
    stdio: 'inherit',
  });
  if (!existsSync(file)) throw new Error(`The benches on ${kind} ended with ${status}`);
  const rows = JSON.parse(readFileSync(file, 'utf8')) as Row[];
  rmSync(folder, { recursive: true });
  return rows;
}

const kinds = (['pglite', 'postgresql'] as const).filter((kind) => !values.database || values.database === kind);
const results: Row[] = [];
for (const kind of kinds) results.push(...(kinds.length === 1 ? await runOn(kind) : runApart(kind)));
if (values.json) writeFileSync(values.json, JSON.stringify(results));
else {
  printTable(results);
  if (results.some(({ pass }) => !pass)) process.exitCode = 1;
}
