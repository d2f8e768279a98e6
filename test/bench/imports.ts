/** Import of a million units against a bare COPY of the same rows into a table without keys and indexes. */
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { sql } from 'kysely';
import { folderFiles } from '../../src/adapters/files.ts';
import type { Database } from '../../src/app/context.ts';
import { importFile } from '../../src/app/imports.ts';
import { isRefusal } from '../../src/domain/refusal.ts';
import { serialKey } from '../../src/domain/scope.ts';
import { openImportHouse } from '../helpers/imports-house.ts';
import { type Bench, type BenchContext, type BenchResult, judgeRatio } from './bench.ts';

const UNITS = 1_000_000;
const PARTIES = 20_000;
const MEMORY_MB = 512;

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

/** Writes the same units twice: as an ERP system exports them, and as COPY takes them. */
async function writeFiles(csv: string, copy: string, units: number, parties: number): Promise<void> {
  const files = [createWriteStream(csv), createWriteStream(copy)] as const;
  files[0].write('\ufeffMaterial;Seriennummer;Standort;Lieferdatum;Vernetzt;Software Dx;Software RUO\r\n');
  for (let from = 0; from < units; from += 10_000) {
    let text = '';
    let rows = '';
    for (let n = from; n < Math.min(units, from + 10_000); n++) {
      const serial = `NB${String(1_000_000 + n)}`;
      // A customer's instruments stand together in the export, as reports sorted by customer have them.
      const site = 1 + Math.floor((n * parties) / units);
      const day = `${2015 + (n % 7)}-${String(1 + (n % 12)).padStart(2, '0')}-${String(1 + (n % 28)).padStart(2, '0')}`;
      const version = ['1.3', '2.0', '2.4', '3.1'][n % 4];
      text += `20005715;${serial};S-${site};${day};${n % 3 === 0 ? 'nein' : 'ja'};${version};${version}\r\n`;
      rows += `serial\t1\t${site}\t${site}\t${serial}\t${serialKey(serial)}\t1\t${day}\t${n % 3 === 0 ? 'f' : 't'}\t{"Dx":"${version}","RUO":"${version}"}\tin-field\timport\t1\t${n + 2}\t\t2022-05-02 08:00:00+00\t2022-05-02 08:00:00+00\n`;
    }
    if (!files[0].write(text)) await new Promise((resolve) => files[0].once('drain', resolve));
    if (!files[1].write(rows)) await new Promise((resolve) => files[1].once('drain', resolve));
  }
  for (const file of files) await finished(file.end());
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

  // The embedded database lives in this process: what it takes before the import is its own.
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
      `memory of that import : ${MEMORY_MB} MB`,
      (context.kind === 'pglite' ? peak - before : peak) / 2 ** 20 / MEMORY_MB,
      { kind: 'at-most', value: 1 },
      `${Math.round(before / 2 ** 20)} → ${Math.round(peak / 2 ** 20)} MB`,
    ),
  ];
}

export const bench: Bench = { name: 'imports', run };
