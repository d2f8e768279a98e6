import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { folderFiles } from '../src/adapters/files.ts';
import { backupDatabase, checkBackup, restoreDatabase } from '../src/app/backup.ts';
import { verifyEventChain } from '../src/app/event-chain.ts';
import { type DatabaseHandle, type DatabaseOptions, openDatabase } from '../src/db/client.ts';
import { createServerDatabase, databaseKind, openTestDatabase } from './helpers/database.ts';

const NOW = new Date('2022-05-04T10:00:00Z');

/** Everything in the database, as text, without what restoring writes by itself. */
async function readAll(handle: DatabaseHandle): Promise<string> {
  const { rows: tables } = await handle.run(
    "select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'migration' order by 1",
  );
  const texts: unknown[] = [];
  for (const { name } of tables) {
    texts.push(name, (await handle.run(`select t::text as row from ${name} t order by 1`)).rows);
  }
  texts.push(
    (await handle.run("select sequencename, last_value from pg_sequences where schemaname = 'public' order by 1")).rows,
  );
  return JSON.stringify(texts);
}

describe(`backup and restore (${databaseKind})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'fieldfix-backup-'));
  const source = { dataDir: join(folder, 'source'), filesDir: join(folder, 'source/files') };
  const backup = join(folder, 'backup.tar.gz');
  let handle: DatabaseHandle;
  let sha256 = '';
  before(async () => {
    handle = await openTestDatabase();
    sha256 = (
      await folderFiles(source.filesDir).put(
        (async function* () {
          yield Buffer.from('scan');
        })(),
      )
    ).sha256;
    writeFileSync(join(source.dataDir, 'secret'), 'x'.repeat(64));
    await handle.run(`
      insert into setting values ('odd', 'null', '2022-05-04T08:00:00.123456+02', E'tab\\t "quote" \\\\ line\\nü漢');
      insert into file (sha256, size, name, media_type, created_at) values ('${sha256}', 4, 'scan.pdf', 'application/pdf', now());
      insert into product (code, name, kind, created_at) select 'P' || n, repeat('name ', 100), 'instrument', now()
        from generate_series(1, 12000) n;
      delete from product where id = 12000;
      insert into event (at, actor_kind, actor_id, actor_name, action, subject, subject_id, after, reason)
        select now(), 'system', 's', 'system', 'test.write', 'test', n::text, '{"b":[1,null,"ü"],"a":1.50}', ''
        from generate_series(1, 50) n`);
  });
  after(async () => {
    await handle.close();
    rmSync(folder, { recursive: true });
  });

  async function restoreInto(database: DatabaseOptions, name: string): Promise<void> {
    const into = { dataDir: join(folder, name), filesDir: join(folder, name, 'files'), database };
    const summary = await restoreDatabase(backup, into);
    assert.equal(summary.files, 1);
    const restored = await openDatabase(database);
    assert.equal(await readAll(restored), await readAll(handle));
    assert.equal((await verifyEventChain(restored)).chain, 'ok');
    await assert.rejects(restored.run("update event set reason = 'x'"), { code: 'FF001' });
    await assert.rejects(
      restored.run(
        "insert into product_identifier (product_id, scheme, value, printed) values (0, 'catalogue', 'x', 'x')",
      ),
      {
        code: '23503',
      },
    );
    const { rows } = await restored.run(
      "insert into product (code, name, kind, created_at) values ('new', 'n', 'software', now()) returning id",
    );
    assert.equal(rows[0]?.id, 12001);
    await restored.close();
    assert.equal(readFileSync(join(into.filesDir, sha256.slice(0, 2), sha256.slice(2)), 'utf8'), 'scan');
    assert.equal(readFileSync(join(into.dataDir, 'secret'), 'utf8'), 'x'.repeat(64));
    await assert.rejects(restoreDatabase(backup, into), /database is not empty/);
  }

  it('makes one file of everything', async () => {
    const summary = await backupDatabase(handle, source, backup, NOW);
    assert.equal(summary.files, 1);
    assert.ok(summary.rows > 12_000);
    assert.equal((await checkBackup(backup)).madeAt, NOW.toISOString());
  });

  it('restores into an embedded database', async () => {
    await restoreInto({ kind: 'pglite', dataDir: join(folder, 'copy') }, 'copy');
  });

  it('restores into a PostgreSQL database', { skip: databaseKind !== 'postgresql' }, async () => {
    const { handle: empty, url } = await createServerDatabase();
    await restoreInto({ kind: 'postgresql', url, poolSize: 2 }, 'server-copy');
    await empty.close();
  });

  it('refuses a damaged file before anything is written', async () => {
    const whole = readFileSync(backup);
    const damaged = join(folder, 'damaged.tar.gz');
    const into = (name: string) => ({
      dataDir: join(folder, name),
      filesDir: join(folder, name, 'files'),
      database: { kind: 'pglite' as const, dataDir: join(folder, name) },
    });
    writeFileSync(damaged, whole.subarray(0, whole.length / 2));
    await assert.rejects(
      restoreDatabase(damaged, into('cut')),
      /cannot be restored: it (ends too early|cannot be unpacked)/,
    );
    const altered = Buffer.from(whole);
    altered.writeUInt8(altered.readUInt8(altered.length >> 1) ^ 0xff, altered.length >> 1);
    writeFileSync(damaged, altered);
    await assert.rejects(restoreDatabase(damaged, into('altered')), /cannot be restored/);
    writeFileSync(damaged, 'something else');
    await assert.rejects(checkBackup(damaged), /cannot be restored/);
    await assert.rejects(checkBackup(join(folder, 'none')), /does not exist/);
  });
});
