/** A child of durability.test.ts: writes two-row transactions and prints each number after its commit, until killed. */
import { sql } from 'kysely';
import { openDatabase } from '../../src/db/client.ts';
import { StartError } from '../../src/domain/start-error.ts';

const dataDir = process.argv[2] ?? '';
try {
  const handle = await openDatabase({ kind: 'pglite', dataDir });
  await handle.run('create table if not exists acknowledged (n bigint, half int, unique (n, half))');
  const { rows } = await handle.run('select coalesce(max(n), 0) as last from acknowledged');
  for (let n = Number(rows[0]?.last) + 1; ; n++) {
    await handle.db.transaction().execute(async (tx) => {
      await sql`insert into acknowledged values (${n}, 1)`.execute(tx);
      await sql`insert into acknowledged values (${n}, 2)`.execute(tx);
    });
    process.stdout.write(`${n}\n`);
  }
} catch (error) {
  process.stderr.write(error instanceof StartError ? error.message : String(error));
  process.exit(1);
}
