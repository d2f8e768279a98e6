/** Import of a million units against a bare COPY of the same rows into a table without keys and indexes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { folderFiles } from '../../src/adapters/files.ts';
import type { Database } from '../../src/app/context.ts';
import { importFile } from '../../src/app/imports.ts';
import { isRefusal } from '../../src/domain/refusal.ts';
import { openImportHouse } from '../helpers/imports-house.ts';
import { type Bench, type BenchContext, type BenchResult, judgeRatio } from './bench.ts';

const UNITS = 1_000_000;
const PARTIES = 20_000;
const MEMORY_MB = 512;
const WRITER = join(import.meta.dirname, '../helpers/unit-files.ts');

/** The places and products the units refer to. */
async function seedField(db: Database, parties: number): Promise<void> {
  const at = new Date('2022-05-01T00:00:00Z');
  await sql`insert into product (code, name, kind, created_at) values ('NX', 'Sequencer', 'instrument', ${at})`.execute(
    db,
  );
  await sql`insert into product_identifier (product_id, scheme, value, printed) values (1, 'catalogue', '20005715', '20005715')`.execute(
    db,
  );
  await sql`insert into environment (product_id, code, name, position) values (1, 'Dx', 'Dx', 1), (1, 'RUO', 'RUO', 2)`.execute(
    db,
  );
  await sql`insert into party (ref, kind, name, country, created_at, changed_at)
    select 'C-' || n, 'customer', 'Laboratory ' || n, 'DE', ${at}, ${at} from generate_series(1, ${parties}::int) n`.execute(
    db,
  );
  await sql`insert into site (ref, party_id, name, country, created_at, changed_at)
    select 'S-' || n, n, 'Laboratory ' || n, 'DE', ${at}, ${at} from generate_series(1, ${parties}::int) n`.execute(db);
  await sql`analyze`.execute(db);
}

/** Writes both files in a process of its own: what that leaves in memory must not count for the import. */
async function writeFiles(csv: string, copy: string, units: number, parties: number): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', WRITER, csv, copy, String(units), String(parties)], {
    stdio: 'inherit',
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`The files were not written: ${code}`);
}

/** Milliseconds of a bare COPY into a table without keys and indexes. */
async function timeCopy(db: Database, file: string): Promise<number> {
  await sql`create table bare (kind text, product_id bigint, site_id bigint, party_id bigint, serial text, serial_key text,
    quantity int, shipped_on date, connected boolean, software jsonb, status text, source text, import_id bigint,
    import_row int, lot text, created_at timestamptz, changed_at timestamptz)`.execute(db);
  const started = performance.now();
  await sql`copy bare from ${sql.lit(file)}`.execute(db);
  const took = performance.now() - started;
  await sql`drop table bare`.execute(db);
  return took;
}

async function run(context: BenchContext): Promise<BenchResult[]> {
  const units = Math.round(UNITS * context.scale);
  const parties = Math.round(PARTIES * context.scale);
  const { handle, folder, files } = await context.open();
  const house = await openImportHouse(handle, folderFiles(join(folder, 'files')));
  const { db } = handle;
  await seedField(db, parties);
  const csv = join(folder, 'units.csv');
  const rows = join(files.here, 'rows.txt');
  await writeFiles(csv, rows, units, parties);
  await chmod(rows, 0o644);
  const copies = [await timeCopy(db, `${files.there}/rows.txt`), await timeCopy(db, `${files.there}/rows.txt`)];

  // What the house takes before anything is imported, the embedded database with it, is not the import's.
  const before = process.memoryUsage().rss;
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 100);
  const importStarted = performance.now();
  const result = await importFile(house.ctx, {
    kind: 'units',
    name: 'units.csv',
    stream: createReadStream(csv),
    mode: 'all',
  });
  const imported = performance.now() - importStarted;
  clearInterval(watch);
  if (isRefusal(result) || result.created !== units)
    throw new Error(`The import went wrong: ${JSON.stringify(result)}`);
  context.say(
    `import: ${(imported / 1000).toFixed(1)} s, memory ${Math.round(before / 2 ** 20)} → ${Math.round(peak / 2 ** 20)} MB`,
  );
  // Before and after, the middle one counts: a machine is not equally fast all the time.
  copies.push(await timeCopy(db, `${files.there}/rows.txt`));
  await rm(rows);
  const copied = copies.sort((a, b) => a - b)[1] ?? 0;
  context.say(`COPY: ${copies.map((one) => (one / 1000).toFixed(1)).join(', ')} s`);
  const seconds = `${(imported / 1000).toFixed(1)} s against ${(copied / 1000).toFixed(1)} s`;
  return [
    judgeRatio(`import of ${units} units : COPY`, imported / copied, { kind: 'at-most', value: 5 }, seconds),
    judgeRatio(
      `memory that import takes : ${MEMORY_MB} MB`,
      (peak - before) / 2 ** 20 / MEMORY_MB,
      { kind: 'at-most', value: 1 },
      `${Math.round(before / 2 ** 20)} → ${Math.round(peak / 2 ** 20)} MB`,
    ),
  ];
}

export const bench: Bench = { name: 'imports', run };
