/** Forms that come by mail, from the mail server's door to the ledger and the receipt: filled in, scanned, photographed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PDFDocument } from '@cantoo/pdf-lib';
import nodemailer from 'nodemailer';
import { completeAnswers, fillForm } from '../sample/fill.ts';
import { personMail } from '../sample/mails.ts';
import { seededRandom } from '../sample/random.ts';
import { scanForm } from '../sample/scan.ts';
import { watchMailbox } from '../src/adapters/imap-mailbox.ts';
import { openMailListener } from '../src/adapters/mail-listener.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { keeperOf, takeHandedOver } from '../src/app/mail-doors.ts';
import { readAttachments } from '../src/app/message-attachments.ts';
import { readMessages } from '../src/app/message-read.ts';
import { acceptPaperReply } from '../src/app/paper-decide.ts';
import { ensurePaperForm, type KeptPaperForm, paperFormByCode } from '../src/app/paper-forms.ts';
import { paperKey } from '../src/domain/paper-form.ts';
import { regulatory, type SampleParty, support } from './delivery-house.ts';
import { imapUser, openImapServer } from './helpers/imap-server.ts';
import { photograph } from './helpers/photo.ts';
import { addTold, ok, openPostRoom, type PostRoom, type SentLetter } from './post-room-house.ts';

let room: PostRoom;
before(async () => {
  room = await openPostRoom();
});
after(async () => {
  await room.ctx.paperReader.close();
  await room.close();
});

const filler = {
  name: 'Erika Muster',
  title: 'Laborleitung',
  email: 'erika@lab.example',
  phone: '+49 30 5550421',
  day: '2022-05-04',
};
const random = seededRandom(11);

interface Told extends SampleParty {
  letter: SentLetter;
  pdf: Uint8Array;
  form: KeptPaperForm;
  answers: Map<string, string | true>;
}

async function tell(units = 1): Promise<Told> {
  const party = await addTold(room, { units });
  const [letter] = party.letters;
  assert.ok(letter);
  const order = { actionId: room.released.actionId, contactId: party.contactIds[0] ?? 0 };
  const file = ok(await ensurePaperForm(room.house.as(regulatory), order));
  const form = await paperFormByCode(room.ctx.db, file.code);
  assert.ok(form);
  return { ...party, letter, pdf: file.pdf, form, answers: completeAnswers(form.layout, filler) };
}

let minute = 0;
function mailOf(told: Told, attachments: { name: string; type: string; bytes: Uint8Array }[]): Buffer {
  return personMail(told.letter, {
    from: { name: 'Erika Muster', address: told.letter.to },
    at: new Date(Date.parse('2022-05-05T06:00:00Z') + ++minute * 60_000),
    text: 'Please find our form attached.',
    attachments: attachments.map(({ name, type, bytes }) => ({ name, type, content: Buffer.from(bytes) })),
  });
}

async function byLmtp(raw: Buffer): Promise<void> {
  const listener = await openMailListener({
    protocol: 'lmtp',
    port: 0,
    domain: 'muster.example',
    most: 20_000_000,
    keep: (message) => takeHandedOver(room.ctx, 'lmtp', message),
  });
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port: listener.port, lmtp: true } as Parameters<
    typeof nodemailer.createTransport
  >[0]);
  try {
    await transport.sendMail({ envelope: { from: '', to: 'notices@muster.example' }, raw });
  } finally {
    transport.close();
    await listener.close();
  }
}

async function byImap(raw: Buffer): Promise<void> {
  const server = await openImapServer();
  const url = `imap://${encodeURIComponent(imapUser.name)}:${encodeURIComponent(imapUser.password)}@127.0.0.1:${server.port}/INBOX`;
  const { length } = await messages();
  server.deliver(raw);
  const watch = watchMailbox({ url }, keeperOf(room.ctx, `post ${server.port}`), { most: 20_000_000, firstWait: 20 });
  try {
    for (let tries = 0; (await messages()).length === length; tries++) {
      assert.ok(tries < 400, 'the mail was never taken');
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  } finally {
    await watch.stop();
    await server.close();
  }
}

const messages = () => room.ctx.db.selectFrom('message').selectAll().orderBy('id').execute();

/** What the jobs do. */
async function readAll(): Promise<void> {
  ok(await readMessages(room.ctx));
  ok(await readAttachments(room.ctx));
}

/** The reply of a party, the states of its corrections, and what its receipt says. */
async function outcomeFor(told: Told) {
  await sendDueDeliveries(room.ctx);
  const { db } = room.ctx;
  const replies = await db.selectFrom('reply').selectAll().where('party_id', '=', told.partyId).execute();
  const states = await db.selectFrom('correction').select('state').where('unit_id', 'in', told.unitIds).execute();
  const receipts = await db
    .selectFrom('delivery as d')
    .innerJoin('mailbox_message as m', 'm.delivery_id', 'd.id')
    .select('m.raw')
    .where('d.party_id', '=', told.partyId)
    .where('d.kind', '=', 'receipt')
    .execute();
  const serials = await db.selectFrom('unit').select('serial').where('id', 'in', told.unitIds).execute();
  const source = await db
    .selectFrom('file')
    .select('sha256')
    .where('id', '=', replies[0]?.source_file_id ?? 0)
    .executeTakeFirst();
  assert.ok(source && (await room.ctx.files.has(source.sha256)), 'the original can be shown');
  const read = receipts[0] && (await room.ctx.mailReader.read(receipts[0].raw));
  for (const { serial } of serials) assert.ok(read?.text.includes(serial), `the receipt names ${serial}`);
  assert.equal(receipts.length, 1, 'one receipt');
  return { replies, states: states.map(({ state }) => state) };
}

test('a filled PDF by LMTP is a reply by itself, with its receipt', async () => {
  const told = await tell();
  const filled = await fillForm(told.pdf, told.form.layout, told.answers);
  await byLmtp(mailOf(told, [{ name: 'form.pdf', type: 'application/pdf', bytes: filled }]));
  await readAll();
  const { replies, states } = await outcomeFor(told);
  assert.deepEqual(
    replies.map((reply) => reply.door),
    ['pdf'],
  );
  assert.ok(states.every((state) => state !== 'open'));
  const message = (await messages()).at(-1);
  assert.deepEqual([message?.state, message?.kind, message?.matched_by], ['done', 'reply', 'form']);
});

test('a scan by IMAP waits for what was written by hand; typed, it is a reply with its receipt', async () => {
  const told = await tell();
  const pen = { values: told.answers, signature: 'x' };
  const pages = await scanForm(told.pdf, told.form.layout, pen, { dpi: 200, tilt: 2, noise: 4 }, random.next);
  const document = await PDFDocument.create();
  for (const { jpeg, width, height } of pages) {
    const page = document.addPage([(width * 72) / 200, (height * 72) / 200]);
    page.drawImage(await document.embedJpg(jpeg), { x: 0, y: 0, width: page.getWidth(), height: page.getHeight() });
  }
  await byImap(mailOf(told, [{ name: 'scan.pdf', type: 'application/pdf', bytes: await document.save() }]));
  await readAll();
  await typeAndTake(told);
  const { replies, states } = await outcomeFor(told);
  assert.deepEqual(
    replies.map((reply) => reply.door),
    ['scan'],
  );
  assert.ok(states.every((state) => state !== 'open'));
});

test('photos of the pages, each in a mail of its own, by both doors, are one form and one reply', async () => {
  const told = await tell(9);
  assert.ok(told.form.pages > 1);
  const pen = { values: told.answers, signature: 'x' };
  const pages = await scanForm(told.pdf, told.form.layout, pen, { dpi: 200, tilt: 1, noise: 4 }, random.next);
  for (const [index, page] of pages.entries()) {
    const bytes = await photograph(page.jpeg, { slant: 0.04, shadow: 0.2 }, random.next);
    const mail = mailOf(told, [{ name: `IMG_00${index}.jpg`, type: 'image/jpeg', bytes }]);
    await (index % 2 === 0 ? byLmtp(mail) : byImap(mail));
    await readAll();
  }
  const rows = await room.ctx.db
    .selectFrom('paper_reply')
    .select(['state', 'reasons'])
    .where('paper_form_id', '=', told.form.id)
    .orderBy('id')
    .execute();
  assert.deepEqual(
    rows.map((row) => row.state),
    pages.map((_, index) => (index === 0 ? 'waiting' : 'joined')),
  );
  assert.ok(!rows[0]?.reasons.includes('pages-missing'));
  await typeAndTake(told);
  const { replies, states } = await outcomeFor(told);
  assert.equal(replies.length, 1);
  assert.ok(states.every((state) => state !== 'open'));
});

/** Support types what was written by hand beside its picture; the ticks were read. */
async function typeAndTake(told: Told): Promise<void> {
  const row = await room.ctx.db
    .selectFrom('paper_reply')
    .select(['id', 'boxes', 'reasons'])
    .where('paper_form_id', '=', told.form.id)
    .where('state', '=', 'waiting')
    .executeTakeFirstOrThrow();
  assert.ok(row.reasons.includes('handwriting'), String(row.reasons));
  const body: Record<string, string> = {};
  for (const field of told.form.layout.fields) {
    const key = paperKey(field);
    const box = row.boxes.find((one) => one.key === key);
    if (field.kind === 'tick' && box?.value === true && box.sure) body[field.name] = field.value ?? 'yes';
    const typed = told.answers.get(key);
    if (field.kind === 'text' && typeof typed === 'string') body[field.name] = typed;
  }
  ok(await acceptPaperReply(room.house.as(support), row.id, body));
}
