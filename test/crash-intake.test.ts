/**
 * `kill -9` while mail comes in: bounces, questions, filled forms, photos of forms. The mail server in front does what mail
 * servers do: what was not acknowledged it hands over again. In the end every message is there once, each letter came back
 * once, each form is one reply with one receipt or waits once for a person, nothing waits unread, and the chain verifies.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import nodemailer from 'nodemailer';
import { type AnsweredLetter, bounceMail, personMail } from '../sample/mails.ts';
import type { IntakeLine, IntakeReport } from './helpers/crash-intake.ts';
import { createServerDatabase, databaseKind } from './helpers/database.ts';

const KILLS = 4;
const CHILD = join(import.meta.dirname, 'helpers/crash-intake.ts');
const folder = mkdtempSync(join(tmpdir(), 'fieldfix-intake-'));
const children = new Set<ChildProcess>();
// The embedded database dies with its server; the other one goes on, with what the dead left open in it.
const server = databaseKind === 'postgresql' ? await createServerDatabase() : undefined;
after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await server?.handle.close();
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
      ...(server ? { DATABASE_URL: server.url } : {}),
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

/** Hands mails over in turn until the house dies; those it acknowledged are taken off, and `taken` is told how many. */
async function handOver(
  port: number,
  waiting: Buffer[],
  to: (raw: Buffer) => string,
  taken: (count: number) => void = () => {},
): Promise<void> {
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port, lmtp: true } as Parameters<
    typeof nodemailer.createTransport
  >[0]);
  try {
    for (let count = 0; waiting.length > 0; taken(++count)) {
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

test('no message is lost and none is there twice, however often the server dies', async () => {
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
  const forms = made.at === 'letters' ? made.forms : [];
  for (const [index, form] of forms.entries()) {
    const letter = letters.find((one) => one.to === form.address);
    assert.ok(letter);
    const photo = form.kind === 'photo';
    const mail = personMail(letter, {
      from: { name: 'Erika Muster', address: letter.to },
      at: new Date(at.getTime() + (1_000 + index) * 1_000),
      text: 'Our form is attached.',
      attachments: [
        {
          name: photo ? 'IMG_1.jpg' : 'form.pdf',
          type: photo ? 'image/jpeg' : 'application/pdf',
          content: readFileSync(form.file),
        },
      ],
    });
    // Between the others: one of them is at hand whenever the server dies.
    waiting.splice(index * 12, 0, mail);
  }
  const sent = waiting.length;
  const to = (raw: Buffer): string => /^To: (\S+)/m.exec(raw.toString('latin1'))?.[1] ?? 'post@maker.example';
  for (let kill = 0; kill < KILLS; kill++) {
    const life = live('work');
    const line = await life.first;
    assert.ok(line.at === 'port');
    // After some were taken, in the middle of the next, while those before are being read.
    const most = 1 + Math.floor((Math.random() * 2 * sent) / KILLS);
    let timer: NodeJS.Timeout | undefined;
    await handOver(line.port, waiting, to, (count) => {
      if (count === most) timer = setTimeout(() => life.child.kill('SIGKILL'), Math.random() * 120);
    }).catch(() => {});
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
  assert.equal(report.forms.length, forms.length);
  for (const form of forms) {
    const { replies, receipts, waiting, files } = report.forms.find((one) => one.address === form.address) ?? {};
    assert.deepEqual(
      { replies, receipts, waiting, files },
      form.kind === 'pdf'
        ? { replies: 1, receipts: 1, waiting: 0, files: 1 }
        : { replies: 0, receipts: 0, waiting: 1, files: 1 },
      form.kind,
    );
  }
  assert.deepEqual(
    report.letters.filter((one) => one.state !== 'bounced' || one.bounces !== 1 || one.tasks !== 1),
    [],
  );
});
