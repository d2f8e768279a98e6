import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import nodemailer from 'nodemailer';
import { mailboxName, watchMailbox } from '../src/adapters/imap-mailbox.ts';
import { openMailListener } from '../src/adapters/mail-listener.ts';
import { keeperOf, takeHandedOver } from '../src/app/mail-doors.ts';
import { uploadMessages } from '../src/app/message-upload.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { imapUser, openImapServer } from './helpers/imap-server.ts';
import { ok, openPostRoom, type PostRoom } from './post-room-house.ts';

let room: PostRoom;
before(async () => {
  room = await openPostRoom();
});
after(() => room.close());

const mail = (subject: string, body = 'text'): string =>
  `From: erika@lab.example\r\nTo: post@maker.example\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@lab.example>\r\n\r\n${body}\r\n`;
const kept = (mailbox: string) =>
  room.ctx.db.selectFrom('message').selectAll().where('mailbox', '=', mailbox).orderBy('id').execute();

async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.fail(`never: ${what}`);
}

describe('a mailbox by IMAP', () => {
  test('is read from its beginning, then as mail comes; nothing is marked before it is kept', async () => {
    const server = await openImapServer();
    const url = `imap://${encodeURIComponent(imapUser.name)}:${encodeURIComponent(imapUser.password)}@127.0.0.1:${server.port}/INBOX`;
    const name = mailboxName(url);
    assert.doesNotMatch(name, /pass/);
    for (let n = 0; n < 3; n++) server.deliver(mail(`old-${n}`));
    const keeper = keeperOf(room.ctx, name);
    const seenWhenKept: number[] = [];
    const watch = watchMailbox(
      { url },
      {
        ...keeper,
        async keep(messages, mark) {
          seenWhenKept.push(
            ...messages.map((one) => server.folders.get('INBOX')?.find((at) => at.uid === one.uid)?.flags.size ?? 0),
          );
          await keeper.keep(messages, mark);
        },
      },
      { most: 1_000_000, firstWait: 20 },
    );
    try {
      await until('old mail kept', async () => (await kept(name)).length === 3);
      await until('seen', async () => server.folders.get('INBOX')?.every((one) => one.flags.has('\\Seen')) ?? false);
      assert.deepEqual(seenWhenKept, [0, 0, 0]);
      server.deliver(mail('new'));
      await until('new mail kept', async () => (await kept(name)).length === 4);
      // A lost connection is made again, and what came meanwhile is found.
      server.cut();
      server.deliver(mail('meanwhile'));
      await until('mail of the gap kept', async () => (await kept(name)).length === 5);
      assert.ok(server.connections() >= 2);
      // Numbers that mean something else: everything is looked at anew, and nothing is there twice.
      server.renumber(2_000);
      server.cut();
      server.deliver(mail('after'));
      await until('mail under new numbers kept', async () => (await kept(name)).length === 6);
      const state = await room.ctx.db
        .selectFrom('mailbox_door')
        .selectAll()
        .where('name', '=', name)
        .executeTakeFirstOrThrow();
      assert.deepEqual([state.state, state.uid_validity, state.received], ['connected', '2000', 6]);
      assert.equal((await kept(name))[0]?.door, 'imap');
    } finally {
      await watch.stop();
      await server.close();
    }
  });

  test('moves what it kept where it is told to, and leaves what is too large', async () => {
    const server = await openImapServer();
    const url = `imap://${encodeURIComponent(imapUser.name)}:${encodeURIComponent(imapUser.password)}@127.0.0.1:${server.port}/INBOX?done=Done`;
    const name = `moving ${server.port}`;
    server.deliver(mail('small-1'));
    server.deliver(mail('huge', 'x'.repeat(5_000)));
    server.deliver(mail('small-2'));
    const watch = watchMailbox({ url }, keeperOf(room.ctx, name), { most: 2_000, firstWait: 20 });
    try {
      await until('moved', async () => server.folders.get('Done')?.length === 2);
      assert.equal(server.folders.get('INBOX')?.length, 1);
      assert.equal((await kept(name)).length, 2);
      const state = await room.ctx.db
        .selectFrom('mailbox_door')
        .select('trouble')
        .where('name', '=', name)
        .executeTakeFirstOrThrow();
      assert.match(state.trouble, /1 larger than/);
    } finally {
      await watch.stop();
      await server.close();
    }
  });

  test('a wrong password is told on the page, without it, and tried again', async () => {
    const server = await openImapServer();
    server.locked = true;
    const url = `imap://${encodeURIComponent(imapUser.name)}:${encodeURIComponent(imapUser.password)}@127.0.0.1:${server.port}/INBOX`;
    const name = `locked ${server.port}`;
    const state = async () =>
      room.ctx.db.selectFrom('mailbox_door').selectAll().where('name', '=', name).executeTakeFirst();
    const watch = watchMailbox({ url }, keeperOf(room.ctx, name), { most: 2_000, firstWait: 20 });
    try {
      await until('trouble', async () => (await state())?.state === 'trouble');
      assert.doesNotMatch((await state())?.trouble ?? '', /pass\/word/);
      server.locked = false;
      server.deliver(mail('unlocked'));
      await until('kept', async () => (await kept(name)).length === 1);
      assert.equal((await state())?.state, 'connected');
    } finally {
      await watch.stop();
      await server.close();
    }
  });
});

describe('mail handed over by a mail server', () => {
  for (const protocol of ['smtp', 'lmtp'] as const) {
    test(`by ${protocol}: 250 only once it is kept; foreign addresses and what is too large are refused`, async () => {
      let broken = true;
      const listener = await openMailListener({
        protocol,
        port: 0,
        domain: 'maker.example',
        most: 20_000,
        keep: async (message) => {
          if (broken) throw new Error('the disk is full');
          await takeHandedOver(room.ctx, protocol, message);
        },
      });
      const transport = nodemailer.createTransport({
        host: '127.0.0.1',
        port: listener.port,
        lmtp: protocol === 'lmtp',
        tls: { rejectUnauthorized: false },
      } as Parameters<typeof nodemailer.createTransport>[0]);
      const send = (to: string, raw: string) =>
        transport.sendMail({ envelope: { from: '', to }, raw }).then(
          (info) => info.response,
          (error: { responseCode?: number }) => String(error.responseCode),
        );
      try {
        const raw = mail(`handed-${protocol}`);
        assert.match(String(await send('bounce+1.abc@maker.example', raw)), /^451/);
        assert.equal((await kept(protocol)).length, 0);
        broken = false;
        assert.match(String(await send('bounce+1.abc@maker.example', raw)), /^250/);
        // A server that lost our answer comes again: it is the same message.
        assert.match(String(await send('bounce+1.abc@maker.example', raw)), /^250/);
        const rows = await kept(protocol);
        assert.equal(rows.length, 1);
        assert.deepEqual([rows[0]?.envelope_from, rows[0]?.envelope_to], ['', ['bounce+1.abc@maker.example']]);
        assert.match(String(await send('somebody@elsewhere.example', raw)), /^550/);
        assert.match(String(await send('post@maker.example', mail('large', 'x'.repeat(30_000)))), /^552/);
        assert.equal((await kept(protocol)).length, 1);
      } finally {
        transport.close();
        await listener.close();
      }
    });
  }
});

describe('uploaded files', () => {
  const upload = (bytes: Buffer | string, size = 1_000) =>
    uploadMessages(
      room.ctx,
      (async function* () {
        const all = Buffer.from(bytes);
        for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
      })(),
      { door: 'upload', mailbox: 'by hand' },
    );

  test('a mailbox of many messages is taken apart, whatever pieces it comes in', async () => {
    // Not every program hides such a line; what it begins is no message.
    const body = 'first line\n>From here on it is quoted\n\nFrom our side all 3 instruments are done.\nlast line';
    const one = `From erika@lab.example Wed May  4 10:00:00 2022\n${mail('m-1', body).replace(/\r/g, '')}\n`;
    const two = `From kim@lab.example Wed May  4 11:00:00 2022\n${mail('m-2').replace(/\r/g, '')}\n`;
    for (const size of [1, 7, 10_000]) {
      const result = ok(await upload(`${one}${two}`, size));
      assert.equal(result.fresh + result.known, 2);
    }
    const rows = await kept('by hand');
    assert.equal(rows.length, 2);
    const raw = Buffer.from(await room.ctx.files.bytes(rows[0]?.sha256 ?? '')).toString();
    assert.match(raw, /^From: erika/);
    assert.match(raw, /\nFrom here on it is quoted\n/);
    assert.match(raw, /\nFrom our side all 3 instruments are done\.\nlast line/);
  });

  test('one message is kept as it is; when it reached us is what our own server wrote into it', async () => {
    const raw = `Received: from mx.lab.example by mail.maker.example;\r\n Mon, 2 May 2022 09:30:00 +0200\r\n${mail('single')}`;
    const result = ok(await upload(raw));
    const row = await room.ctx.db
      .selectFrom('message')
      .selectAll()
      .where('id', '=', result.firstId)
      .executeTakeFirstOrThrow();
    assert.equal(row.received_at.toISOString(), '2022-05-02T07:30:00.000Z');
  });

  test('an empty file is refused', async () => {
    for (const bytes of ['', 'From nobody\n']) {
      const result = await upload(bytes);
      assert.ok(isRefusal(result) && result.code === 'message.empty', JSON.stringify(result));
    }
  });
});
