import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openDatabase } from '../src/db/client.ts';

const ROUNDS = 8;
/** Transactions that a round must have seen before its writer is killed. */
const EACH_ROUND = 20;
const WRITER = join(import.meta.dirname, 'helpers/write-until-killed.ts');
const folder = mkdtempSync(join(tmpdir(), 'fieldfix-durability-'));
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Writer {
  child: ChildProcess;
  /** The last number the child said it had committed; 0 before the first. */
  last(): number;
  ended: Promise<{ code: number | null; stderr: string }>;
}

function startWriter(dataDir: string): Writer {
  const child = spawn(process.execPath, [...process.execArgv, WRITER, dataDir]);
  children.push(child);
  let output = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => {
    output = (output + text).slice(-100);
  });
  child.stderr.on('data', (text: Buffer) => {
    stderr += text;
  });
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, stderr })),
  );
  // Only whole lines count: the kill may cut the last one.
  const last = (): number => Number(output.split('\n').at(-2) ?? 0);
  return { child, last, ended };
}

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('what was acknowledged', () => {
  it('survives kill -9 at any moment, whole', async () => {
    const dataDir = join(folder, 'killed');
    let written = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const writer = startWriter(dataDir);
      // The first rounds hit the making of the database, the others hit writing.
      if (round < 2) await wait(300 + 900 * round);
      else {
        const enough = written + EACH_ROUND;
        for (const begin = performance.now(); writer.last() < enough && performance.now() - begin < 60_000; )
          await wait(10);
        await wait(20 + 37 * round);
      }
      writer.child.kill('SIGKILL');
      await writer.ended;
      const acknowledged = Math.max(writer.last(), written);
      const handle = await openDatabase({ kind: 'pglite', dataDir });
      if ((await handle.run("select to_regclass('acknowledged') as made")).rows[0]?.made) {
        const { rows } = await handle.run(
          'select count(*) as rows, count(distinct n) as whole, coalesce(max(n), 0) as last from acknowledged',
        );
        const { last, rows: count } = rows[0] as { last: number; rows: number };
        assert.ok(last >= acknowledged, `round ${round}: ${acknowledged} was acknowledged, ${last} is there`);
        assert.deepEqual(rows[0], { rows: 2 * last, whole: last, last }, `round ${round}: ${count} rows`);
        written = last;
      }
      await handle.close();
    }
    assert.ok(written >= EACH_ROUND * (ROUNDS - 2), `${written} transactions`);
  });

  it('is safe from a second process on the same folder', async () => {
    const dataDir = join(folder, 'shared');
    const handle = await openDatabase({ kind: 'pglite', dataDir });
    const second = await startWriter(dataDir).ended;
    assert.equal(second.code, 1);
    assert.equal(
      second.stderr,
      `The folder ${dataDir} is in use by another Fieldfix (process ${process.pid}): stop that one first, or start this one with another DATA_DIR.`,
    );
    assert.equal((await handle.run('select 1 as one')).rows[0]?.one, 1);
    await handle.close();
  });
});
