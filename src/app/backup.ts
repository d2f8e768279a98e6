import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { sql } from 'kysely';
import { type DatabaseHandle, type DatabaseOptions, openDatabase } from '../db/client.ts';
import { migrate, readMigrations } from '../db/migrate.ts';
import { StartError } from '../domain/start-error.ts';
import {
  DamagedArchiveError,
  type PartRead,
  type PartToWrite,
  readArchive,
  readBody,
  verifyArchive,
  writeArchive,
} from './backup-archive.ts';
import type { Tx } from './context.ts';

/**
 * Backups in one format for both databases: a backup of the embedded database restores into PostgreSQL and the other way
 * round. The tables are JSON lines, one array of column texts per row, as PostgreSQL itself prints and reads them; beside
 * them the kept files and the secret that personal links hang on. Jobs are not in it: they are derived from the rows.
 */
export interface BackupSummary {
  rows: number;
  tables: number;
  files: number;
}

/** Where the parts that are not in the database lie: `secret` in dataDir, and the files. */
export interface BackupFolders {
  dataDir: string;
  filesDir: string;
}

interface Column {
  name: string;
  type: string;
}
interface TableDescription {
  name: string;
  columns: Column[];
}
/** The first part of a backup. */
interface Description {
  format: 'fieldfix-backup';
  version: 1;
  madeAt: string;
  migrations: { name: string; sha256: string }[];
  tables: TableDescription[];
  sequences: { name: string; value: number }[];
}

const DESCRIPTION = 'backup.json';
const SECRET = 'secret';
/** How the file store names what it keeps, by its hash; evidence lies in a store of its own below. */
const KEPT_FILE = /^files\/(?:evidence\/)?[0-9a-f]{2}\/[0-9a-f]{62}$/;
/** One part of a table: enough to be quick, little enough to lie in memory. */
const PART_BYTES = 4 * 1024 * 1024;
const BATCH_BYTES = 1024 * 1024;
const MOST_ROWS = 5_000;

/**
 * Writes a backup of everything as of one moment. On the embedded database nothing else is answered meanwhile, about ten
 * seconds per million rows.
 * @param now printed in the backup
 * @param toFile a new `.tar.gz`, readable by its owner only; it appears when it is whole and on disk
 */
export async function backupDatabase(
  handle: DatabaseHandle,
  folders: BackupFolders,
  toFile: string,
  now: Date,
): Promise<BackupSummary> {
  const summary: BackupSummary = { rows: 0, tables: 0, files: 0 };
  await handle.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      await writeArchive(toFile, listParts(tx, folders, now, summary));
    });
  return summary;
}

async function* listParts(
  tx: Tx,
  folders: BackupFolders,
  now: Date,
  summary: BackupSummary,
): AsyncGenerator<PartToWrite> {
  const description: Description = {
    format: 'fieldfix-backup',
    version: 1,
    madeAt: now.toISOString(),
    migrations: await readHistory(tx),
    tables: await describeTables(tx),
    sequences: await readSequences(tx),
  };
  yield partOf(DESCRIPTION, [`${JSON.stringify(description, null, 1)}\n`]);
  for (const table of description.tables) {
    summary.tables++;
    yield* dumpTable(tx, table, summary);
  }
  const secret = join(folders.dataDir, SECRET);
  if (existsSync(secret)) yield await filePart(SECRET, secret);
  // After the rows: every file that a row of the snapshot names is there by now, and files never change.
  for (const name of await listFiles(folders.filesDir)) {
    summary.files++;
    yield await filePart(`files/${name}`, join(folders.filesDir, name));
  }
}

function partOf(path: string, texts: string[]): PartToWrite {
  const body = texts.map((text) => Buffer.from(text));
  return { path, size: body.reduce((size, chunk) => size + chunk.length, 0), body };
}

async function filePart(path: string, file: string): Promise<PartToWrite> {
  const { size } = await stat(file);
  return { path, size, body: size === 0 ? [] : createReadStream(file, { end: size - 1 }) };
}

/** Kept files, as `ab/cdef…`; what is still coming in belongs to nothing yet. */
async function listFiles(filesDir: string): Promise<string[]> {
  if (!existsSync(filesDir)) return [];
  const entries = await readdir(filesDir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(filesDir.length + 1)
        .replaceAll(sep, '/'),
    )
    .filter((name) => !/^(?:evidence\/)?incoming\//.test(name))
    .sort();
}

async function readHistory(tx: Tx): Promise<Description['migrations']> {
  const { rows } = await sql<{ name: string; sha256: string }>`
    select name, sha256 from migration order by number`.execute(tx);
  return rows;
}

async function describeTables(tx: Tx): Promise<TableDescription[]> {
  const { rows } = await sql<TableDescription>`
    select c.relname as name,
      json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'migration'
      and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    group by c.relname order by c.relname`.execute(tx);
  return rows;
}

async function readSequences(tx: Tx): Promise<Description['sequences']> {
  const { rows } = await sql<{ name: string; value: number }>`
    select sequencename as name, last_value as value from pg_sequences
    where schemaname = 'public' and last_value is not null order by 1`.execute(tx);
  return rows;
}

/** A table's rows in parts of a few megabytes, read through a cursor. */
async function* dumpTable(tx: Tx, table: TableDescription, summary: BackupSummary): AsyncGenerator<PartToWrite> {
  const texts = table.columns.map(({ name }) => sql`${sql.ref(name)}::text`);
  await sql`declare dump no scroll cursor for
    select json_build_array(${sql.join(texts)})::text as line from ${sql.table(table.name)}`.execute(tx);
  let lines: string[] = [];
  let bytes = 0;
  let number = 0;
  const takePart = (): PartToWrite => {
    const part = partOf(`tables/${table.name}/${String(++number).padStart(6, '0')}.jsonl`, [`${lines.join('\n')}\n`]);
    lines = [];
    bytes = 0;
    return part;
  };
  for (let count = 100; ; ) {
    const { rows } = await sql<{ line: string }>`fetch ${sql.raw(String(count))} from dump`.execute(tx);
    if (rows.length === 0) break;
    const size = rows.reduce((sum, row) => sum + row.line.length, 0);
    for (const row of rows) lines.push(row.line);
    bytes += size;
    summary.rows += rows.length;
    // Rows differ in size by a thousand: the next batch is as many as make about a megabyte.
    count = Math.max(1, Math.min(MOST_ROWS, Math.floor((count * BATCH_BYTES) / Math.max(size, 1))));
    if (bytes >= PART_BYTES) yield takePart();
  }
  if (lines.length > 0) yield takePart();
  await sql`close dump`.execute(tx);
}

/**
 * Restores a backup into a database in which nothing has been recorded yet. The whole file is checked first; the rows are
 * written in one transaction; older backups are brought to the newest data model at the end.
 * @throws StartError in one line: damaged file, newer than this program, database not empty
 */
export async function restoreDatabase(
  fromFile: string,
  into: BackupFolders & { database: DatabaseOptions },
): Promise<BackupSummary> {
  const description = await checkBackup(fromFile);
  const migrations = readMigrations();
  const known = migrations.slice(0, description.migrations.length);
  const strange = description.migrations.find((one, index) => known[index]?.sha256 !== one.sha256);
  if (strange) {
    throw new StartError(
      `${fromFile} was made by another program version: its migration ${strange.name} is not among the files.`,
    );
  }
  const handle = await openDatabase(into.database);
  try {
    await refuseUsed(handle);
    await migrate(handle, known);
    const summary: BackupSummary = { rows: 0, tables: description.tables.length, files: 0 };
    await handle.db.transaction().execute(async (tx) => {
      // Names and types go into SQL: they are taken from this database, the file must only agree with them.
      const described = await describeTables(tx);
      if (JSON.stringify(described) !== JSON.stringify(description.tables)) {
        throw new StartError(`${fromFile} cannot be restored: its tables are not those of its migrations.`);
      }
      const restoreConstraints = await loosenTables(tx, described);
      const tables = new Map(described.map((table) => [table.name, table]));
      for await (const part of readArchive(fromFile)) {
        const [, name = ''] = /^tables\/(\w+)\//.exec(part.path) ?? [];
        const table = tables.get(name);
        if (table) summary.rows += await loadPart(tx, table, part);
        // Files first appear here and rows only at the commit: a row never names a file that is not there.
        else if (KEPT_FILE.test(part.path)) {
          await keepFile(part, join(into.filesDir, part.path.slice('files/'.length)));
          summary.files++;
        } else if (part.path === SECRET) await keepFile(part, join(into.dataDir, SECRET));
      }
      for (const { name, value } of description.sequences) {
        await sql`select setval(${`public.${name}`}::regclass, ${value})`.execute(tx);
      }
      await restoreConstraints();
    });
    await migrate(handle, migrations);
    await sql`analyze`.execute(handle.db);
    return summary;
  } finally {
    await handle.close();
  }
}

/** Reads a backup from end to end without restoring it. Throws a StartError that names what is wrong with it. */
export async function checkBackup(file: string): Promise<Description> {
  if (!existsSync(file)) throw new StartError(`${file} does not exist.`);
  try {
    await verifyArchive(file);
    for await (const part of readArchive(file)) {
      const description = JSON.parse((await readBody(part)).toString()) as Description;
      if (part.path !== DESCRIPTION || description.format !== 'fieldfix-backup') break;
      if (description.version !== 1) throw new DamagedArchiveError('it was made by a newer program');
      return description;
    }
    throw new DamagedArchiveError('it is no backup file');
  } catch (error) {
    if (!(error instanceof DamagedArchiveError || error instanceof SyntaxError)) throw error;
    throw new StartError(`${file} cannot be restored: ${error.message}.`);
  }
}

/** Every change writes an event: where none was written, there is nothing to lose. */
async function refuseUsed(handle: DatabaseHandle): Promise<void> {
  const { rows } = await handle.run("select to_regclass('public.event_head') is not null as made");
  if (!rows[0]?.made) return;
  const head = await handle.db.selectFrom('event_head').select('seq').executeTakeFirst();
  if (head && head.seq > 0) {
    throw new StartError('The database is not empty: restore into a new DATA_DIR or a new PostgreSQL database.');
  }
}

/**
 * Empties the tables and takes off what would stand in the way: triggers (the record of events refuses changes) and
 * foreign keys (so that any order will do).
 * @returns puts them back on; the foreign keys are checked then
 */
async function loosenTables(tx: Tx, tables: TableDescription[]): Promise<() => Promise<void>> {
  const names = tables.map(({ name }) => sql.table(name));
  const { rows: keys } = await sql<{ table: string; name: string; definition: string }>`
    select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
    where contype = 'f' and connamespace = 'public'::regnamespace and conparentid = 0`.execute(tx);
  for (const key of keys) await sql`alter table ${sql.raw(key.table)} drop constraint ${sql.ref(key.name)}`.execute(tx);
  for (const name of names) await sql`alter table ${name} disable trigger user`.execute(tx);
  await sql`truncate ${sql.join(names)}`.execute(tx);
  return async () => {
    for (const name of names) await sql`alter table ${name} enable trigger user`.execute(tx);
    for (const key of keys) {
      await sql`alter table ${sql.raw(key.table)} add constraint ${sql.ref(key.name)} ${sql.raw(key.definition)}`.execute(
        tx,
      );
    }
  };
}

/** Inserts the rows of one part; PostgreSQL reads each value from the text it printed itself. */
async function loadPart(tx: Tx, table: TableDescription, part: PartRead): Promise<number> {
  const lines = (await readBody(part)).toString().trimEnd().split('\n');
  const values = table.columns.map(({ type }, index) => sql`(line ->> ${sql.lit(index)})::${sql.raw(type)}`);
  await sql`insert into ${sql.table(table.name)} (${sql.join(table.columns.map(({ name }) => sql.ref(name)))})
    overriding system value
    select ${sql.join(values)} from json_array_elements(${`[${lines.join(',')}]`}::json) as line`.execute(tx);
  return lines.length;
}

/** Writes a part into a file and onto the disk. */
async function keepFile(part: PartRead, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const unfinished = `${file}.unfinished`;
  const target = await open(unfinished, 'w', 0o600);
  for await (const chunk of part.body) await target.writeFile(chunk);
  await target.sync();
  await target.close();
  await rename(unfinished, file);
  const folder = await open(dirname(file), 'r');
  await folder.sync();
  await folder.close();
}
