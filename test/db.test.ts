import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { type DatabaseHandle, openDatabase } from '../src/db/client.ts';
import { insertRows } from '../src/db/insert-rows.ts';
import { migrate, readMigrations } from '../src/db/migrate.ts';
import { PREPARED } from '../src/db/prepared.ts';
import type { Schema } from '../src/db/schema.ts';
import { json } from '../src/db/values.ts';
import { databaseKind, openTestDatabase } from './helpers/database.ts';

// A zone east of Greenwich shifts a date by a day where a driver reads it as local midnight.
process.env.TZ = 'Europe/Berlin';

/** A table that only this test knows. */
const SAMPLE = 'sample' as keyof Schema;

describe(`the database (${databaseKind})`, () => {
  let handle: DatabaseHandle;
  before(async () => {
    handle = await openTestDatabase();
    await handle.run(`create table sample (
      id bigint generated always as identity primary key, name text constraint sample_name unique, at timestamptz,
      day date, body jsonb, bytes bytea, words text[], numbers bigint[], yes boolean, amount numeric, ratio float8)`);
  });
  after(() => handle.close());

  it('keeps a statement that asks for it, and gives what its parameters ask for', async () => {
    await handle.db.connection().execute(async (db) => {
      const ask = async (n: number): Promise<number> => {
        const { rows } = await sql<{ n: number }>`${sql.raw(PREPARED)} select ${n}::int + 1 as n`.execute(db);
        return rows[0]?.n ?? 0;
      };
      const kept = async (): Promise<string[]> => {
        const { rows } = await sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(db);
        return rows.map((row) => row.statement);
      };
      for (let n = 0; n < 8; n++) assert.equal(await ask(n), n + 1);
      assert.deepEqual(
        (await kept()).filter((text) => text.includes('::int + 1')),
        [`${PREPARED} select $1::int + 1 as n`],
      );
      await assert.rejects(ask(Number.MAX_SAFE_INTEGER), { code: '22003' });
      assert.equal(await ask(1), 2);
    });
  });

  it('gives the same values on both databases', async () => {
    const { rows } = await handle.run(`select 9007199254740991::int8 as big, count(*) as count, sum(1::bigint) as sum,
      '2022-05-04'::date as day, '2022-05-04T10:00:00.123+02'::timestamptz as at, '\\x00ff'::bytea as bytes,
      '{"a":[1,null]}'::jsonb as body, 'null'::jsonb as nothing, array[1, null]::int8[] as numbers,
      array['2022-05-04']::date[] as days, array['a"b', null, 'NULL'] as words, true as yes, 0.5::float8 as ratio`);
    const { at, bytes, ...rest } = rows[0] ?? {};
    assert.ok(Buffer.isBuffer(bytes) && bytes.equals(Buffer.from([0, 255])));
    assert.equal((at as Date).toISOString(), '2022-05-04T08:00:00.123Z');
    assert.deepEqual(rest, {
      big: 9007199254740991,
      count: 1,
      sum: 1,
      day: '2022-05-04',
      body: { a: [1, null] },
      nothing: null,
      numbers: [1, null],
      days: ['2022-05-04'],
      words: ['a"b', null, 'NULL'],
      yes: true,
      ratio: 0.5,
    });
  });

  it('refuses an int8 that a number cannot hold', async () => {
    await assert.rejects(handle.run('select 9007199254740993::int8'), RangeError);
    assert.equal((await handle.run('select 1 as one')).rows[0]?.one, 1);
  });

  it('takes dates, JSON, arrays and bytes as parameters', async () => {
    const at = new Date('2022-05-04T08:00:00.123Z');
    const words = ['', 'a,b', '"', '\\', 'NULL', 'ü\n漢'];
    const { rows } = await sql<
      Record<string, unknown>
    >`insert into sample (name, at, day, body, bytes, words, numbers, yes, amount)
      values ('parameters', ${at}, ${'2022-05-04'}, ${json(['x', { y: null }])}, ${Buffer.from([1, 0, 2])}, ${words},
      ${[1, 9007199254740991]}, ${false}, ${12.25}) returning *`.execute(handle.db);
    const row = rows[0] ?? {};
    assert.deepEqual(row.at, at);
    assert.deepEqual(
      [row.day, row.body, row.words, row.numbers, row.yes, row.amount],
      ['2022-05-04', ['x', { y: null }], words, [1, 9007199254740991], false, 12.25],
    );
    assert.deepEqual([...(row.bytes as Buffer)], [1, 0, 2]);
    const found = await sql`select from sample where id = any(${[row.id, 5]}::bigint[])`.execute(handle.db);
    assert.equal(found.rows.length, 1);
    for (const value of ['text', 5, null, undefined, [1]]) {
      const read = await sql<{ j: unknown }>`select ${json(value)}::jsonb as j`.execute(handle.db);
      assert.deepEqual(read.rows[0]?.j, value ?? null);
    }
  });

  it('tells errors by code and constraint, and works on after them', async () => {
    const clash = sql`insert into sample (name) values ('same'), ('same')`;
    await assert.rejects(clash.execute(handle.db), { code: '23505', constraint: 'sample_name' });
    await assert.rejects(handle.run("insert into sample (name) values ('same'), ('same')"), { code: '23505' });
    await assert.rejects(
      handle.db.transaction().execute((tx) => clash.execute(tx)),
      { code: '23505', constraint: 'sample_name' },
    );
    await assert.rejects(handle.run('begin; select 1; select 1/0; commit'), { code: '22012' });
    assert.equal((await handle.run("select count(*) as n from sample where name = 'same'")).rows[0]?.n, 0);
  });

  it('runs transactions one after the other or apart, never mixed', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        handle.db
          .transaction()
          .execute(async (tx) => {
            await sql`insert into sample (name) values (${`mixed ${index}`})`.execute(tx);
            await new Promise((resolve) => setTimeout(resolve, 2));
            if (index % 2) throw new Error('back');
          })
          .catch(() => {}),
      ),
    );
    const { rows } = await handle.run("select count(*) as n from sample where name like 'mixed %'");
    assert.equal(rows[0]?.n, 10);
  });

  it('refuses the outer database inside a transaction, where it would wait for ever', async () => {
    const outer = /outer db was used inside a transaction/;
    const nested: (() => Promise<unknown>)[] = [
      () => sql`select 1`.execute(handle.db),
      () => handle.run('select 1'),
      () => handle.db.transaction().execute(async () => {}),
    ];
    for (const inner of nested) {
      await assert.rejects(
        handle.db.transaction().execute(() => inner()),
        outer,
      );
      await assert.rejects(
        handle.db
          .transaction()
          .setIsolationLevel('repeatable read')
          .execute(() => inner()),
        outer,
      );
    }
    let later: (() => Promise<unknown>) | undefined;
    await handle.db.transaction().execute(async () => {
      later = async () => sql`select 1`.execute(handle.db);
    });
    await later?.();
  });

  it('writes many rows at once', async () => {
    const count = 12_000;
    const names = Array.from({ length: count }, (_, index) => `bulk ${index}`);
    const columns = {
      name: ['text', names] as const,
      at: ['timestamptz', names.map((_, index) => (index % 3 ? new Date(index * 1000) : null))] as const,
      body: ['jsonb', names.map((name) => json({ name, quote: '"\\' }))] as const,
      words: ['text[]', names.map((name) => [name, 'a"b\\c', null])] as const,
      numbers: ['bigint[]', names.map((_, index) => (index % 2 ? [index] : null))] as const,
    };
    const write = () =>
      insertRows(handle.db, SAMPLE, Object.fromEntries(Object.entries(columns).map(([k, v]) => [k, [...v]])), {
        suffix: sql`on conflict (name) do nothing`,
      });
    assert.equal(await write(), count);
    assert.equal(await write(), 0);
    const { rows } = await handle.run("select at, body, words, numbers from sample where name = 'bulk 11'");
    assert.deepEqual(rows[0], {
      at: new Date(11_000),
      body: { name: 'bulk 11', quote: '"\\' },
      words: ['bulk 11', 'a"b\\c', null],
      numbers: [11],
    });
  });

  it('migrates once, and refuses a history that does not fit', async () => {
    assert.deepEqual(await migrate(handle), []);
    const files = readMigrations();
    const last = files.at(-1);
    assert.ok(last);
    await assert.rejects(migrate(handle, files.slice(0, -1)), /newer than this program/);
    await assert.rejects(migrate(handle, [...files.slice(0, -1), { ...last, sha256: 'x' }]), /was changed after/);
    await assert.rejects(migrate(handle, [...files.slice(0, -1), { ...last, name: '000-x.sql' }]), /out of order/);
    const broken = { name: '900-broken.sql', sql: 'create table half (id int); select 1/0', sha256: 'x' };
    await assert.rejects(migrate(handle, [...files, broken]), /900-broken.sql failed: division by zero/);
    const { rows } = await handle.run("select to_regclass('half') as half");
    assert.equal(rows[0]?.half, null);
  });

  it('migrates once when two servers start together', async () => {
    const files = [...readMigrations(), { name: '901-once.sql', sql: 'create table once (id int)', sha256: 'y' }];
    const applied = await Promise.all([migrate(handle, files), migrate(handle, files)]);
    assert.deepEqual(applied.flat(), ['901-once.sql']);
  });
});

describe('the embedded database on disk', { skip: databaseKind !== 'pglite' }, () => {
  it('syncs every commit, and checkpoints when told', async (t) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'fieldfix-db-'));
    const handle = await openDatabase({ kind: 'pglite', dataDir });
    t.after(async () => {
      await handle.close();
      rmSync(dataDir, { recursive: true });
    });
    await handle.run('create table counted (n int)');
    const before = (await handle.server?.countFsyncs()) ?? 0;
    for (let n = 0; n < 50; n++) await sql`insert into counted values (${n})`.execute(handle.db);
    const after = (await handle.server?.countFsyncs()) ?? 0;
    assert.ok(after - before >= 50, `50 commits, ${after - before} syncs`);
    await handle.run(`insert into counted select generate_series(1, 1000000)`);
    await handle.maintain();
    const { rows } = await handle.run(
      'select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::bigint as bytes from pg_control_checkpoint()',
    );
    assert.ok(Number(rows[0]?.bytes) < 1_000_000, `${rows[0]?.bytes} bytes since the last checkpoint`);
  });

  it('rejects what is waiting and what comes later when its thread dies', async () => {
    const handle = await openDatabase({ kind: 'pglite', memory: true });
    const told = new Promise<Error>((resolve) => handle.onFailure(resolve));
    const waiting = assert.rejects(handle.run('select pg_sleep(0.2)'), /stopped/);
    await handle.server?.kill();
    await waiting;
    assert.match((await told).message, /embedded database stopped/);
    await assert.rejects(handle.run('select 1'), /stopped/);
    await handle.close();
  });
});
