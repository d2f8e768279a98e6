/** `kill -9` while a list of answers is checked and written: in the end each party has answered once, and nothing twice. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { SheetLine } from './helpers/crash-spreadsheet.ts';
import { databaseKind } from './helpers/database.ts';

const KILLS = 3;
const CHILD = join(import.meta.dirname, 'helpers/crash-spreadsheet.ts');
const folder = mkdtempSync(join(tmpdir(), 'fieldfix-list-'));
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function live(mode: 'make' | 'work' | 'finish', wanted: SheetLine['at']) {
  const child = spawn(process.execPath, [...process.execArgv, '--import', 'tsx', CHILD, mode], {
    env: {
      ...process.env,
      LOG_LEVEL: 'error',
      SECRET: 's'.repeat(40),
      MAIL_FROM: 'Safety <safety@maker.example>',
      DATA_DIR: join(folder, 'data'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => {
    stderr += text;
  });
  let text = '';
  const said = new Promise<SheetLine>((resolve, reject) => {
    child.stdout.on('data', (more: Buffer) => {
      text += more;
      for (const line of text.split('\n').slice(0, -1)) {
        const read = JSON.parse(line) as SheetLine;
        if (read.at === wanted) resolve(read);
      }
    });
    child.once('close', () => reject(new Error(`the house ended before it said ${wanted}: ${stderr}`)));
  });
  said.catch(() => {});
  const ended = once(child, 'close').then(() => children.delete(child));
  return { child, said, ended };
}

test(
  'a list is written once, however often the server dies',
  {
    skip: databaseKind === 'pglite' ? false : 'the embedded database is the one that dies with its server',
  },
  async () => {
    const maker = live('make', 'made');
    await maker.said;
    await maker.ended;
    for (let kill = 0; kill < KILLS; kill++) {
      const life = live('work', 'working');
      await life.said;
      await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 900));
      life.child.kill('SIGKILL');
      await life.ended;
    }
    const finisher = live('finish', 'report');
    const end = await finisher.said;
    await finisher.ended;
    assert.ok(end.at === 'report');
    assert.deepEqual(end.report, {
      state: 'applied',
      rows: 120,
      parties: 60,
      replies: 60,
      answered: 60,
      statements: 240,
      receipts: 1,
      chain: 'ok',
    });
  },
);
