import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { burn } from '@kenjiuno/msgreader/lib/Burner.js';
import { openMailReader } from '../src/adapters/mail-reader.ts';
import { sortMail } from '../src/domain/mail-sort.ts';

const reader = openMailReader({ timeLimit: 2_000 });
after(() => reader.close());
const read = (text: string | Buffer) => reader.read(Buffer.from(text));
const head = 'From: Erika Muster <erika@lab.example>\r\nSubject: Recall\r\nMessage-ID: <1@lab.example>\r\n';

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work;
  assert.ok(performance.now() - started < milliseconds, `took ${Math.round(performance.now() - started)} ms`);
  return result;
}

describe('hostile mail costs a thread’s time, not the server’s', () => {
  test('nested a hundred deep, as bundles and as messages', async () => {
    let bundles = 'Content-Type: text/plain\r\n\r\ninnermost';
    for (let n = 0; n < 100; n++)
      bundles = `Content-Type: multipart/mixed; boundary="b${n}"\r\n\r\n--b${n}\r\n${bundles}\r\n--b${n}--\r\n`;
    const facts = await within(5_000, read(head + bundles));
    assert.ok(facts.troubles.includes('nested'));
    assert.equal(facts.from.address, 'erika@lab.example');
    let messages = `${head}\r\ninnermost`;
    for (let n = 0; n < 100; n++) messages = `${head}Content-Type: message/rfc822\r\n\r\n${messages}`;
    const outer = await within(5_000, read(messages));
    assert.ok(outer.troubles.includes('nested'));
    assert.equal(outer.attachments[0]?.caution, 'message');
  });

  test('ten thousand parts, a megabyte of headers, a hundred thousand recipients', async () => {
    const parts = `${head}Content-Type: multipart/mixed; boundary=x\r\n\r\n${'--x\r\nContent-Type: text/html\r\n\r\n<p>a\r\n'.repeat(10_000)}--x--`;
    const many = await within(10_000, read(parts));
    assert.equal(many.from.address, 'erika@lab.example');
    const wide = await within(5_000, read(`${head}X-Junk: ${'y'.repeat(2_000_000)}\r\n\r\ntext`));
    assert.equal(wide.subject, 'Recall');
    assert.ok(wide.troubles.length > 0);
    const crowd = await within(10_000, read(`${head}To: ${'a@b.example, '.repeat(100_000)}\r\n\r\ntext`));
    assert.ok(crowd.to.length <= 100);
  });

  test('one that never ends is stopped, and the next is read as ever', async () => {
    const slow = `${head}Content-Type: text/html\r\n\r\n${'<div><table><tr><td>'.repeat(90_000)}`;
    const [hung, next] = await within(20_000, Promise.all([read(slow), read(`${head}\r\nhello`)]));
    assert.ok(hung.troubles.includes('too-slow') || hung.troubles.includes('broken'), hung.troubles.join());
    assert.equal(hung.from.address, 'erika@lab.example');
    assert.match(next.text, /hello/);
  });

  test('one that is too large is known by its head alone', async () => {
    const small = openMailReader({ sizeLimit: 1_000 });
    const facts = await small.read(Buffer.from(`${head}\r\n${'x'.repeat(2_000)}`));
    assert.deepEqual([facts.troubles, facts.subject, facts.text], [['too-large'], 'Recall', '']);
    await small.close();
  });
});

describe('mail that is not what it says', () => {
  test('wrong and unknown alphabets, zero characters, broken encodings', async () => {
    const wrong = await read(
      Buffer.concat([
        Buffer.from(`${head}Content-Type: text/plain; charset=utf-8\r\n\r\n`),
        Buffer.from([0x47, 0x72, 0xfc, 0xdf, 0x65]),
      ]),
    );
    assert.ok(wrong.troubles.includes('charset'));
    assert.equal(wrong.text.trim(), 'Grüße', 'read as the program meant it');
    const said = Buffer.from('Der Patch wurde durchgef\xfchrt.', 'latin1');
    for (const type of ['Content-Type: text/plain; charset="us-ascii"\r\n', 'Content-Type: text/plain\r\n', '']) {
      const facts = await read(Buffer.concat([Buffer.from(`${head}${type}\r\n`), said]));
      assert.match(facts.text, /durchgeführt/, type);
    }
    const unknown = await read(`${head}Content-Type: text/plain; charset=klingon\r\n\r\nhello`);
    assert.match(unknown.text, /hello/);
    const zeros = await read(`${head}Content-Type: text/plain\r\n\r\na\0b`);
    assert.equal(zeros.text.trim(), 'ab');
    const base64 = await read(`${head}Content-Transfer-Encoding: base64\r\n\r\n!!!not base64!!!`);
    assert.equal(base64.subject, 'Recall');
  });

  test('parts without their boundary are read as they stand', async () => {
    const facts = await read(
      `${head}Content-Type: multipart/mixed; boundary="lost"\r\n\r\n--other\r\n\r\nThe patch was installed.\r\n`,
    );
    assert.ok(facts.troubles.includes('broken'));
    assert.match(facts.text, /installed/);
  });

  test('nothing at all, and bytes that are no mail', async () => {
    assert.equal((await read('')).subject, '');
    const noise = Buffer.from(Array.from({ length: 5_000 }, (_, n) => (n * 7919) % 256));
    assert.equal(sortMail(await read(noise)).kind, 'other');
  });
});

describe('messages as Outlook saves them', () => {
  test('are read like any other; a damaged one is named', async () => {
    const wide = (text: string): Buffer => Buffer.from(text, 'utf16le');
    const streams: [name: string, bytes: Buffer][] = [
      ['__substg1.0_0037001F', wide('Recall')],
      ['__substg1.0_1000001F', wide('The patch was installed on NB550001.')],
      ['__substg1.0_007D001F', wide(head)],
      ['__properties_version1.0', Buffer.alloc(32)],
    ];
    const bytes = burn([
      { name: 'Root Entry', type: 5, children: streams.map((_, index) => index + 1), length: 0 },
      ...streams.map(([name, content]) => ({
        name,
        type: 2,
        length: content.length,
        binaryProvider: () => new Uint8Array(content),
      })),
    ]);
    const facts = await read(Buffer.from(bytes));
    assert.deepEqual(
      [facts.subject, facts.from.address, facts.messageId],
      ['Recall', 'erika@lab.example', '<1@lab.example>'],
    );
    assert.equal(sortMail(facts).kind, 'reply');
    const damaged = await read(Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(2_000, 7)]));
    assert.deepEqual(damaged.troubles, ['broken']);
  });
});

describe('protected and dangerous mail', () => {
  const part = (type: string, name: string, content: string | Buffer): string =>
    `--m\r\nContent-Type: ${type}; name="${name}"\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(content).toString('base64')}\r\n`;
  const mixed = (...parts: string[]): string =>
    `${head}Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\nSee attached.\r\n${parts.join('')}--m--\r\n`;

  test('an S/MIME signature is kept and shown; what is encrypted is flagged', async () => {
    const signed = await read(
      `${head}Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=s\r\n\r\n--s\r\nContent-Type: text/plain\r\n\r\nThe patch was installed.\r\n--s\r\nContent-Type: application/pkcs7-signature; name="smime.p7s"\r\nContent-Transfer-Encoding: base64\r\n\r\nMIAGCSqGSIb3\r\n--s--\r\n`,
    );
    assert.deepEqual([signed.signed, signed.encrypted], ['smime', '']);
    assert.equal(signed.attachments[0]?.caution, 'signature');
    assert.equal(sortMail(signed).kind, 'reply');
    const sealed = await read(
      `${head}Content-Type: application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"\r\nContent-Transfer-Encoding: base64\r\n\r\nMIAGCSqGSIb3\r\n`,
    );
    assert.deepEqual([sealed.signed, sealed.encrypted, sealed.troubles], ['smime', '', ['sealed']]);
    const locked = await read(
      `${head}Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\r\nContent-Transfer-Encoding: base64\r\n\r\nMIAGCSqGSIb3\r\n`,
    );
    assert.equal(locked.encrypted, 'smime');
    assert.ok(locked.troubles.includes('encrypted'));
    assert.ok(sortMail(locked).confidence < 80);
    const pgp = await read(`${head}\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nabc\r\n-----END PGP MESSAGE-----\r\n`);
    assert.equal(pgp.encrypted, 'pgp');
  });

  test('programs, by name or by their first bytes, are kept aside; archives are never unpacked', async () => {
    const facts = await read(
      mixed(
        part('application/pdf', 'form.pdf.exe', 'x'),
        part('application/pdf', 'form.pdf', 'MZ program'),
        part('application/zip', 'bomb.zip', Buffer.from('504b0304ffffffff', 'hex')),
        part(
          'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
          'list.xlsx',
          Buffer.from('504b0304', 'hex'),
        ),
        part('application/pdf', 'real.pdf', '%PDF-1.7'),
      ),
    );
    assert.deepEqual(
      facts.attachments.map((one) => one.caution),
      ['executable', 'executable', 'archive', '', ''],
    );
    assert.ok(facts.troubles.includes('executable'));
    const bytes = await reader.part(Buffer.from(mixed(part('application/pdf', 'real.pdf', '%PDF-1.7 whole'))), 0);
    assert.equal(Buffer.from(bytes ?? []).toString(), '%PDF-1.7 whole');
  });
});
