/**
 * `kill -9` while mail comes in. The mail server in front does what mail servers do: what was not acknowledged it hands over
 * again. In the end every message is there once, each letter came back once, nothing waits unread, and the chain verifies.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import nodemailer from 'nodemailer';
import { type AnsweredLetter, bounceMail, personMail } from '../sample/mails.ts';
import type { IntakeLine, IntakeReport } from './helpers/crash-intake.ts';
import { databaseKind } from './helpers/database.ts';

const KILLS = 5;
const CHILD = join(import.meta.dirname, 'helpers/crash-intake.ts');
const folder = mkdtempSync(join(tmpdir(), 'fieldfix-intake-'));
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function live(mode: 'make' | 'work' | 'finish') {
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
  let rest = '';
  const first = new Promise<IntakeLine>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => {
      rest += text;
      const at = rest.indexOf('\n');
      if (at >= 0) resolve(JSON.parse(rest.slice(0, at)) as IntakeLine);
    });
    child.once('close', () => reject(new Error(`the house ended before it said anything: ${stderr}`)));
  });
  first.catch(() => {});
  const ended = once(child, 'close').then(() => children.delete(child));
  return { child, first, ended };
}

/** Hands mails over in turn until the house dies; those it acknowledged are taken off. */
async function handOver(port: number, waiting: Buffer[], to: (raw: Buffer) => string): Promise<void> {
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port, lmtp: true } as Parameters<
    typeof nodemailer.createTransport
  >[0]);
  try {
    while (waiting.length > 0) {
      const [raw] = waiting;
      if (!raw) return;
      const { response } = await transport.sendMail({ envelope: { from: '', to: to(raw) }, raw });
      if (!response.startsWith('250')) throw new Error(response);
      waiting.shift();
    }
  } finally {
    transport.close();
  }
}

test(
  'no message is lost and none is there twice, however often the server dies',
  {
    skip: databaseKind === 'pglite' ? false : 'the embedded database is the one that dies with its server',
  },
  async () => {
    const maker = live('make');
    const made = await maker.first;
    await maker.ended;
    assert.equal(made.at, 'letters');
    const letters: AnsweredLetter[] =
      // JSON knows no dates.
      made.at === 'letters' ? made.letters.map((letter) => ({ ...letter, date: new Date(letter.date) })) : [];
    const at = new Date('2022-05-05T06:00:00Z');
    const waiting = letters.flatMap((letter, index) => [
      bounceMail(letter, { failure: index % 3 === 0 ? 'mailbox-full' : 'hard', words: index, at }),
      personMail(letter, {
        from: { name: 'Erika Muster', address: letter.to },
        at: new Date(at.getTime() + index * 1_000),
        text: 'Where can we get the patch?',
      }),
    ]);
    const sent = waiting.length;
    const to = (raw: Buffer): string => /^To: (\S+)/m.exec(raw.toString('latin1'))?.[1] ?? 'post@maker.example';
    for (let kill = 0; kill < KILLS; kill++) {
      const life = live('work');
      const line = await life.first;
      assert.ok(line.at === 'port');
      const timer = setTimeout(() => life.child.kill('SIGKILL'), 60 + Math.random() * 500);
      await handOver(line.port, waiting, to).catch(() => {});
      // What was handed over before the kill is being read now: that is killed, too.
      if (waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
      clearTimeout(timer);
      life.child.kill('SIGKILL');
      await life.ended;
    }
    const last = live('work');
    const line = await last.first;
    assert.ok(line.at === 'port');
    await handOver(line.port, waiting, to);
    last.child.kill('SIGKILL');
    await last.ended;
    const finisher = live('finish');
    const end = await finisher.first;
    await finisher.ended;
    assert.ok(end.at === 'report');
    const report: IntakeReport = end.report;
    assert.equal(report.chain, 'ok');
    assert.equal(report.lost, 0);
    assert.equal(report.messages.length, sent);
    assert.deepEqual(
      report.messages.filter((one) => one.copies !== 1 || one.state === 'new'),
      [],
    );
    assert.deepEqual(
      report.letters.filter((one) => one.state !== 'bounced' || one.bounces !== 1 || one.tasks !== 1),
      [],
    );
  },
);
