/**
 * `kill -9` while the letters of an action are set. Each life goes on where the last one died; in the end every letter is
 * there once, with the file its row names.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import type { LettersLine } from './helpers/crash-letters.ts';
import { createServerDatabase, databaseKind } from './helpers/database.ts';

/**
 * Files each life keeps before it is killed: none, some of the first two claims, the last of one claim and the first of the
 * next, so that kills fall before, between and after the rows are told.
 */
const KILLS = databaseKind === 'pglite' ? [1, 205, 90] : [1, 205, 60];
const CHILD = join(import.meta.dirname, 'helpers/crash-letters.ts');
const folder = mkdtempSync(join(tmpdir(), 'fieldfix-letters-'));
const children = new Set<ChildProcess>();
const closing: (() => Promise<void>)[] = [];
after(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const close of closing) await close();
  rmSync(folder, { recursive: true, force: true });
});

const url =
  databaseKind === 'postgresql'
    ? await createServerDatabase().then(({ handle, url }) => {
        closing.push(handle.close);
        return url;
      })
    : undefined;

/** One life of a house. @returns `next`: what it says, line by line, until it is dead */
function live(mode: 'make' | 'work' | 'finish', nth: number, killedAfter = 0) {
  const child = spawn(process.execPath, [...process.execArgv, CHILD, mode], {
    env: {
      ...process.env,
      LOG_LEVEL: 'error',
      SECRET: 's'.repeat(40),
      MAIL_FROM: 'Safety <safety@maker.example>',
      DATA_DIR: join(folder, 'data'),
      NTH_LIFE: String(nth),
      KILLED_AFTER: String(killedAfter),
      ...(url ? { DATABASE_URL: url } : {}),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const ended = once(child, 'close').then(([, signal]: (string | null)[]) => {
    children.delete(child);
    return signal;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<LettersLine | undefined> => {
    const { done, value } = await lines.next();
    return done ? undefined : (JSON.parse(value) as LettersLine);
  };
  return { child, next, ended };
}

test('letters are set once each, however often the server dies', async () => {
  const maker = live('make', 0);
  const ordered = await maker.next();
  await maker.ended;
  assert.ok(ordered?.at === 'ordered');
  const seen: number[] = [];
  for (const [nth, files] of KILLS.entries()) {
    const life = live('work', nth + 1, files);
    const begun = await life.next();
    assert.ok(begun?.at === 'setting');
    seen.push(begun.made);
    assert.equal(await life.ended, 'SIGKILL', `life ${nth + 1} ends by itself before it has kept ${files} files`);
  }
  const last = live('finish', KILLS.length + 1);
  const report = await last.next();
  await last.ended;
  assert.ok(report?.at === 'report');
  assert.deepEqual(
    report.rows.filter((row) => row.state !== 'made'),
    [],
  );
  assert.equal(report.rows.length, ordered.letters);
  assert.equal(new Set(report.rows.map((row) => `${row.delivery} ${row.language}`)).size, ordered.letters);
  assert.equal(report.gaps, 0);
  assert.equal(report.wrongFiles, 0);
  assert.equal(report.chain, 'ok');
  // Otherwise nothing was gone on with, and the kills have proven nothing.
  assert.ok(
    (seen.at(-1) ?? 0) > 0 && report.madeLast > 0 && report.madeLast < ordered.letters,
    `${seen} ${report.madeLast}`,
  );
});
