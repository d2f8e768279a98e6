import assert from 'node:assert/strict';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type Server } from 'node:net';
import { after, test } from 'node:test';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { type OutgoingMail, smtpMailer } from '../src/adapters/mail.ts';
import { composeMessage, readMessage } from '../src/adapters/mail-message.ts';

const raw = Buffer.from(
  'From: a@maker.example\r\nTo: b@lab.example\r\nSubject: x\r\nMessage-ID: <1@maker.example>\r\n\r\nHello\r\n',
);
const mail: OutgoingMail = { sender: 'bounce+1.abc@maker.example', recipient: 'b@lab.example', raw, envelopeId: '1.1' };

const open: { close(): unknown }[] = [];
after(() => {
  for (const server of open) server.close();
});

async function sink(options: SMTPServerOptions): Promise<{ url: string; server: SMTPServer }> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    ...options,
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(server);
  return { url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`, server };
}

/** A server of a few hand-written lines, for what a real one never does on purpose. */
async function rawServer(speak: (line: string, socket: Socket) => void): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('220 hello\r\n');
    let rest = '';
    socket.on('data', (data) => {
      rest += data.toString('latin1');
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        speak(line, socket);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(server);
  return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('lines that begin with dots arrive as they were written', async () => {
  const got: Buffer[] = [];
  const { url } = await sink({
    onData(stream, _session, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        got.push(Buffer.concat(parts));
        done();
      });
    },
  });
  const mailer = smtpMailer({ url });
  const head = 'From: a@maker.example\r\nTo: b@lab.example\r\n\r\n';
  const bodies = [
    '.\r\n',
    '..\r\n.\r\n',
    'a\r\n.\r\n.b\r\n\r\n..\r\n',
    'no end',
    '\r\n',
    '.',
    'ends in a dot\r\n.',
    '',
  ];
  const letters = [...bodies.map((body) => Buffer.from(head + body)), Buffer.from('.From: x\r\n\r\nHello\r\n')];
  for (const letter of letters)
    assert.equal((await mailer.send({ ...mail, raw: letter })).outcome, 'accepted', JSON.stringify(letter.toString()));
  await mailer.close();
  // What does not end its last line has it ended by the protocol (RFC 5321 section 4.1.1.4).
  const ended = (text: string): string => (text.endsWith('\r\n') ? text : `${text}\r\n`);
  assert.deepEqual(
    got.map((bytes) => bytes.toString()),
    letters.map((letter) => ended(letter.toString())),
  );
});

test('a letter is handed over once, with its return path as the envelope sender', async () => {
  const got: { from: string; to: string[]; text: string }[] = [];
  const { url } = await sink({
    onData(stream, session, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const from = session.envelope.mailFrom;
        got.push({
          from: from ? from.address : '',
          to: session.envelope.rcptTo.map((to) => to.address),
          text: Buffer.concat(parts).toString(),
        });
        done();
      });
    },
  });
  const mailer = smtpMailer({ url });
  assert.equal(await mailer.check(), undefined);
  const results = await Promise.all(Array.from({ length: 20 }, () => mailer.send(mail)));
  assert.ok(results.every((result) => result.outcome === 'accepted'));
  assert.equal(got.length, 20);
  assert.equal(got[0]?.from, 'bounce+1.abc@maker.example');
  assert.deepEqual(got[0]?.to, ['b@lab.example']);
  assert.match(got[0]?.text ?? '', /Message-ID: <1@maker\.example>/);
  await mailer.close();
});

test('a 4xx means later, a 5xx about the recipient means refused, and the connection goes on', async () => {
  let connections = 0;
  const { url } = await sink({
    onConnect(_session, done) {
      connections++;
      done();
    },
    onRcptTo(address, _session, done) {
      if (address.address.startsWith('full'))
        return done(Object.assign(new Error('mailbox full'), { responseCode: 452 }));
      if (address.address.startsWith('gone'))
        return done(Object.assign(new Error('no such user'), { responseCode: 550 }));
      done();
    },
    onData(stream, _session, done) {
      stream.resume();
      stream.on('end', () => done());
    },
  });
  const mailer = smtpMailer({ url, connections: 1 });
  const later = await mailer.send({ ...mail, recipient: 'full@lab.example' });
  assert.equal(later.outcome, 'later');
  assert.match(later.detail, /mailbox full/);
  const refused = await mailer.send({ ...mail, recipient: 'gone@lab.example' });
  assert.equal(refused.outcome, 'refused');
  assert.match(refused.detail, /no such user/);
  assert.equal((await mailer.send(mail)).outcome, 'accepted');
  assert.equal(connections, 1);
  await mailer.close();
});

test('a 5xx after the data is a refusal; a 5xx about our own sender or sign-in is not the recipient’s fault', async () => {
  const { url } = await sink({
    onMailFrom(address, _session, done) {
      done(
        address.address.startsWith('bad')
          ? Object.assign(new Error('sender not allowed'), { responseCode: 553 })
          : null,
      );
    },
    onData(stream, _session, done) {
      stream.resume();
      stream.on('end', () => done(Object.assign(new Error('looks like spam'), { responseCode: 554 })));
    },
  });
  const mailer = smtpMailer({ url });
  assert.equal((await mailer.send(mail)).outcome, 'refused');
  assert.equal((await mailer.send({ ...mail, sender: 'bad@maker.example' })).outcome, 'later');
  await mailer.close();
});

test('a connection lost before the data is later; lost after the data was handed over it is unknown', async () => {
  const beforeData = await rawServer((line, socket) => {
    if (/^EHLO/.test(line)) socket.write('250 ok\r\n');
    else if (/^MAIL/.test(line)) socket.write('250 ok\r\n');
    else if (/^RCPT/.test(line)) socket.destroy();
  });
  let mailer = smtpMailer({ url: beforeData });
  assert.deepEqual((({ outcome, unreachable }) => ({ outcome, unreachable }))(await mailer.send(mail)), {
    outcome: 'later',
    unreachable: true,
  });
  await mailer.close();

  const afterData = await rawServer((line, socket) => {
    if (/^(EHLO|MAIL|RCPT)/.test(line)) socket.write('250 ok\r\n');
    else if (line === 'DATA') socket.write('354 go ahead\r\n');
    else if (line === '.') socket.destroy();
  });
  mailer = smtpMailer({ url: afterData });
  const lost = await mailer.send(mail);
  assert.equal(lost.outcome, 'unknown');
  await mailer.close();
});

test('a server that never answers is given up after a while, as unknown', async () => {
  const silent = await rawServer((line, socket) => {
    if (/^(EHLO|MAIL|RCPT)/.test(line)) socket.write('250 ok\r\n');
    else if (line === 'DATA') socket.write('354 go ahead\r\n');
  });
  const mailer = smtpMailer({ url: silent, socketTimeout: 300 });
  assert.equal((await mailer.send(mail)).outcome, 'unknown');
  await mailer.close();
});

test('nobody at the address: later and unreachable, and check says so in one line', async () => {
  const mailer = smtpMailer({ url: 'smtp://127.0.0.1:1' });
  const result = await mailer.send(mail);
  assert.equal(result.outcome, 'later');
  assert.equal(result.unreachable, true);
  assert.match((await mailer.check()) ?? '', /ECONNREFUSED/);
  await mailer.close();
});

test('a wrong password is later, never a bounce', async () => {
  const { url } = await sink({
    disabledCommands: ['STARTTLS'],
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: (_auth, _session, done) => done(new Error('wrong')),
  });
  const mailer = smtpMailer({ url: url.replace('smtp://', 'smtp://me:secret@') });
  const result = await mailer.send(mail);
  assert.equal(result.outcome, 'later');
  assert.doesNotMatch(result.detail, /secret/);
  await mailer.close();
});

test('names and subjects cannot start a header', async () => {
  const bytes = await composeMessage({
    from: { name: 'Maker', address: 'safety@maker.example' },
    to: { name: 'Eve\r\nBcc: victim@other.example', address: 'lab@lab.example' },
    replyTo: 'help@maker.example\r\nX-Evil: 1',
    messageId: '<1@maker.example>',
    date: new Date('2022-05-04T08:00:00Z'),
    subject: 'URGENT\r\nX-Evil: 2\n\nbody',
    text: 'Grüße',
    html: '<p>Grüße</p>',
    languages: ['de', 'en'],
  });
  const head = bytes.toString('latin1').split('\r\n\r\n')[0] ?? '';
  assert.doesNotMatch(head, /^(bcc|x-evil):/im);
  assert.match(head, /^Auto-Submitted: auto-generated$/m);
  assert.match(head, /^Content-Language: de, en$/m);
  assert.doesNotMatch(head, /list-unsubscribe/i);
  const read = await readMessage(bytes);
  assert.equal(read.text.trim(), 'Grüße');
  assert.equal(read.html.trim(), '<p>Grüße</p>');
  assert.equal(read.subject, 'URGENT X-Evil: 2 body');
});
