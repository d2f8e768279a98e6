/** Forms on paper and files with letters, from the rows to the mail: who gets what, and that nobody waits for it. */
import assert from 'node:assert/strict';
import { createHash, createVerify, generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { simpleParser } from 'mailparser';
import sharp from 'sharp';
import { fakeMailer, smtpMailer } from '../src/adapters/mail.ts';
import { dkimSigner } from '../src/adapters/mail-dkim.ts';
import { composeMessage } from '../src/adapters/mail-message.ts';
import type { Context } from '../src/app/context.ts';
import { setContactFiles, setDomainFiles } from '../src/app/delivery-files.ts';
import { makeMailFiles } from '../src/app/delivery-files-make.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { createStandardForm } from '../src/app/forms.ts';
import { ensurePaperForm, type PaperFormFile, paperFormByCode } from '../src/app/paper-forms.ts';
import { readConfig } from '../src/config.ts';
import { readFormCode } from '../src/domain/paper-form-code.ts';
import { isRefusal, type Refusal } from '../src/domain/refusal.ts';
import { addParty, addReleased, type DeliveryHouse, openDeliveryHouse, plan, regulatory } from './delivery-house.ts';
import { readCodes, renderPages } from './helpers/paper.ts';

let house: DeliveryHouse;
before(async () => {
  house = await openDeliveryHouse();
});
after(() => house.close());

const administrator = { kind: 'staff', id: 's9', name: 'Ada Administrator', role: 'administrator' } as const;

function made(answer: PaperFormFile | Refusal): PaperFormFile {
  assert.ok(!isRefusal(answer), isRefusal(answer) ? answer.code : '');
  return answer;
}

async function releasedWithForm() {
  const released = await addReleased(house.ctx);
  const form = await createStandardForm(house.as(regulatory), released.actionId, { software: 'Local Run Manager' });
  assert.ok(!isRefusal(form));
  return released;
}

describe('a form on paper', () => {
  it('is the same file until something on it changes; then it is another, and the first stays readable', async () => {
    const released = await releasedWithForm();
    const party = await addParty(house.ctx, released, { units: 2, contacts: [{ languages: ['de'] }] });
    const [contactId = 0] = party.contactIds;
    const order = { actionId: released.actionId, contactId };
    const first = made(await ensurePaperForm(house.as(regulatory), order));
    assert.match(first.name, /-form-de\.pdf$/);
    const again = made(await ensurePaperForm(house.as(regulatory), order));
    assert.equal(again.code, first.code);
    assert.ok(Buffer.from(first.pdf).equals(again.pdf));
    const english = made(await ensurePaperForm(house.as(regulatory), { ...order, language: 'en' }));
    assert.notEqual(english.code, first.code);
    await house.ctx.db
      .updateTable('unit')
      .set({ serial: 'NB-OTHER' })
      .where('id', '=', party.unitIds[0] ?? 0)
      .execute();
    const changed = made(await ensurePaperForm(house.as(regulatory), order));
    assert.notEqual(changed.code, first.code);
    const kept = await paperFormByCode(house.ctx.db, first.code);
    assert.equal(kept?.contactId, contactId);
    assert.equal(kept?.pages, kept?.layout.pages.length);
    assert.ok(kept?.layout.fields.some((field) => field.name === 'q.received' && field.value === 'yes'));
    const events = await house.ctx.db
      .selectFrom('event')
      .select('action')
      .where('action', '=', 'paper-form.make')
      .where('party_id', '=', party.partyId)
      .execute();
    assert.equal(events.length, 3, 'one event for each form, none for a copy');
  });

  it('of a laboratory with many instruments is set in parts and counted as one', async () => {
    const released = await releasedWithForm();
    const { contactIds } = await addParty(house.ctx, released, { units: 65 });
    const form = made(
      await ensurePaperForm(house.as(regulatory), { actionId: released.actionId, contactId: contactIds[0] ?? 0 }),
    );
    const kept = await paperFormByCode(house.ctx.db, form.code);
    assert.equal(kept?.layout.pages.length, form.pages);
    assert.equal(new Set(kept?.layout.fields.map((field) => field.page)).size, form.pages, 'no page without a box');
    assert.ok(
      kept?.layout.fields.some((field) => field.name === 'all.status'),
      'one row answers for all',
    );
    const pages = await renderPages(form.pdf, 150);
    const { data, width, height } = pages.at(-1) ?? { data: Buffer.alloc(0), width: 0, height: 0 };
    const picture = await sharp(data, { raw: { width, height, channels: 1 } })
      .png()
      .toBuffer();
    const [code] = await readCodes(picture);
    const read = readFormCode(code ?? '', house.ctx.settings.secret);
    assert.ok(!isRefusal(read));
    assert.deepEqual(read, { form: form.code, page: form.pages, pages: form.pages, language: 'en' });
  });

  it('is made once when two ask at the same moment', async () => {
    const released = await releasedWithForm();
    const { contactIds } = await addParty(house.ctx, released);
    const order = { actionId: released.actionId, contactId: contactIds[0] ?? 0 };
    const both = await Promise.all([1, 2].map(() => ensurePaperForm(house.as(regulatory), order)));
    const [one, other] = both.map(made);
    assert.equal(one?.code, other?.code);
  });

  it('is refused to another contact, and where there is no form', async () => {
    const released = await addReleased(house.ctx);
    const { contactIds, partyId } = await addParty(house.ctx, released, { contacts: [{}, { email: 'b@lab.example' }] });
    const [own = 0, other = 0] = contactIds;
    const none = await ensurePaperForm(house.as(regulatory), { actionId: released.actionId, contactId: own });
    assert.ok(isRefusal(none) && none.code === 'paper-form.no-form');
    const reader = house.as({ kind: 'contact', contactId: own, partyId, linkId: 1, name: 'Erika Muster' });
    const strange = await ensurePaperForm(reader, { actionId: released.actionId, contactId: other });
    assert.ok(isRefusal(strange) && strange.code === 'forbidden');
  });
});

describe('files with letters', () => {
  const sentTo = async (ctx: Context & { mailer: ReturnType<typeof fakeMailer> }) => {
    await sendDueDeliveries(ctx);
    return new Map(
      await Promise.all(ctx.mailer.sent.map(async (mail) => [mail.recipient, await simpleParser(mail.raw)] as const)),
    );
  };
  const server = (attachmentLimit: number) => {
    const mailer = fakeMailer();
    return { ...house.server('server-1', mailer, { attachmentLimit }), mailer };
  };

  it('go to those whose mail server takes them; a plain letter does not wait, the others wait until they are made', async () => {
    const released = await releasedWithForm();
    const wishes = ['a@takes.example', 'b@takes-not.example', 'c@takes.example'];
    const parties = [];
    for (const email of wishes) parties.push(await addParty(house.ctx, released, { contacts: [{ email }] }));
    const domain = await setDomainFiles(house.as(administrator), {
      domain: 'takes-not.example',
      megabytes: 0,
      reason: 'Their server returns them.',
    });
    assert.ok(!isRefusal(domain));
    const contact = await setContactFiles(house.as(regulatory), parties[2]?.contactIds[0] ?? 0, { megabytes: 0 });
    assert.ok(!isRefusal(contact));
    const ctx = server(5_000_000);
    await plan(ctx, released);
    const first = await sentTo(ctx);
    assert.deepEqual([...first.keys()].sort(), ['b@takes-not.example', 'c@takes.example']);
    for (const mail of first.values()) assert.equal(mail.attachments.length, 0);
    assert.deepEqual(await makeMailFiles(ctx), { made: 1, without: 0 });
    const mail = (await sentTo(ctx)).get('a@takes.example');
    assert.deepEqual(
      mail?.attachments.map((file) => file.contentType),
      ['application/pdf', 'application/pdf'],
    );
    for (const file of mail?.attachments ?? []) {
      assert.equal(file.content.subarray(0, 5).toString(), '%PDF-');
      assert.match(file.filename ?? '', /^(letter-\d+|FSN\d+-\d+-form-en)\.pdf$/);
    }
    assert.ok(mail?.text && mail.html, 'the words are there as well');
    assert.equal(mail?.headers.get('auto-submitted'), 'auto-generated');
  });

  it('are left out where they do not fit, and where they cannot be made: the letter goes all the same', async () => {
    const small = await releasedWithForm();
    const { contactIds } = await addParty(house.ctx, small, { contacts: [{ email: 'a@small.example' }] });
    await setContactFiles(house.as(regulatory), contactIds[0] ?? 0, { megabytes: 0.15 });
    const ctx = server(0);
    await plan(ctx, small);
    assert.deepEqual(await makeMailFiles(ctx), { made: 0, without: 1 });
    const without = await addReleased(house.ctx);
    await addParty(house.ctx, without, { contacts: [{ email: 'a@formless.example' }] });
    const large = server(5_000_000);
    await plan(large, without);
    await makeMailFiles(large);
    const mails = await sentTo(large);
    assert.equal(mails.get('a@small.example')?.attachments.length, 0);
    assert.equal(mails.get('a@formless.example')?.attachments.length, 1, 'the letter without the form');
  });

  it('cost a server that sends none a single look', async () => {
    const released = await releasedWithForm();
    await house.ctx.db.updateTable('contact').set({ attachment_limit: null }).execute();
    await addParty(house.ctx, released, { contacts: [{ email: 'a@plain.example' }] });
    await plan(house.ctx, released);
    const rows = await house.ctx.db
      .selectFrom('delivery')
      .select('files')
      .where('action_id', '=', released.actionId)
      .execute();
    assert.deepEqual(rows, [{ files: 'none' }]);
  });
});

describe('a letter as a mail', () => {
  const message = {
    from: { name: 'Safety team', address: 'safety@maker.example' },
    to: { name: 'Erika Muster', address: 'a@lab.example' },
    messageId: '<1@maker.example>',
    date: new Date('2022-05-04T08:00:00Z'),
    subject: 'DRINGENDER RÜCKRUF',
    text: 'Grüße\nZeile',
    html: '<p>Grüße</p>',
    languages: ['de'],
  };

  it('keeps words and files apart, whatever a file is called', async () => {
    const raw = await composeMessage({
      ...message,
      files: [{ name: 'a"\r\nX-Evil: 1.pdf', mediaType: 'application/pdf', content: Buffer.alloc(10_000, 65) }],
    });
    assert.ok(!/^X-Evil/m.test(raw.toString()));
    assert.ok(
      raw
        .toString('latin1')
        .split('\r\n')
        .every((line) => line.length <= 998),
    );
    const mail = await simpleParser(raw);
    assert.equal(mail.text?.trim(), 'Grüße\nZeile');
    assert.equal(String(mail.html).trim(), '<p>Grüße</p>');
    assert.equal(mail.attachments[0]?.size, 10_000);
  });

  it('is signed so that anybody can check it, files and all (RFC 6376)', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const sign = dkimSigner({
      domain: 'maker.example',
      selector: 'test',
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    });
    const files = [{ name: 'letter.pdf', mediaType: 'application/pdf', content: Buffer.alloc(5_000, 7) }];
    const signed = await sign(await composeMessage({ ...message, files }));
    assert.deepEqual(verifyDkim(signed, publicKey.export({ type: 'spki', format: 'pem' }) as string), {
      domain: 'maker.example',
      selector: 'test',
      body: true,
      headers: true,
    });
    const changed = Buffer.from(signed.toString('latin1').replace('Subject:', 'Subject: not'), 'latin1');
    assert.equal(verifyDkim(changed, publicKey.export({ type: 'spki', format: 'pem' }) as string).headers, false);
    const torn = Buffer.from(signed.toString('latin1').replace('BwcH', 'CAgI'), 'latin1');
    assert.equal(verifyDkim(torn, publicKey.export({ type: 'spki', format: 'pem' }) as string).body, false);
  });

  it('is signed by what leaves through a mail server, if the settings say so, and the settings say what is wrong', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const mail = { SMTP_URL: 'smtp://localhost:2525', MAIL_FROM: 'safety@maker.example' };
    const config = readConfig({ ...mail, DKIM_DOMAIN: 'maker.example', DKIM_SELECTOR: 'test', DKIM_KEY: key });
    assert.ok(!('problems' in config));
    assert.equal(config.attachmentLimit, 5_000_000);
    const mailer = smtpMailer({ url: mail.SMTP_URL, dkim: config.dkim });
    assert.equal(mailer.signs, 'test._domainkey.maker.example');
    assert.match((await mailer.compose(message)).toString(), /^DKIM-Signature: v=1; a=rsa-sha256;/);
    await mailer.close();
    const half = readConfig({ ...mail, DKIM_DOMAIN: 'maker.example' });
    assert.ok('problems' in half && /DKIM_SELECTOR and DKIM_KEY not set/.test(half.problems.join()));
    const broken = readConfig({ ...mail, DKIM_DOMAIN: 'maker.example', DKIM_SELECTOR: 'test', DKIM_KEY: 'secret?' });
    assert.ok('problems' in broken && /DKIM_KEY is \(not shown\)/.test(broken.problems.join()));
    const size = readConfig({ MAIL_ATTACHMENT_MB: 'much' });
    assert.ok(
      'problems' in size && /MAIL_ATTACHMENT_MB is "much": expected a number such as 5/.test(size.problems.join()),
    );
  });

  it('fetches nothing: no picture, no style sheet from elsewhere, no script', async () => {
    const released = await releasedWithForm();
    await addParty(house.ctx, released, { contacts: [{ email: 'a@pixel.example', languages: ['de', 'en'] }] });
    const mailer = fakeMailer();
    const ctx = { ...house.server('server-1', mailer), mailer };
    await plan(ctx, released);
    await sendDueDeliveries(ctx);
    const raw = mailer.sent.find((mail) => mail.recipient === 'a@pixel.example')?.raw ?? Buffer.alloc(0);
    const mail = await simpleParser(raw);
    const html = String(mail.html);
    assert.doesNotMatch(html, /<(?:img|link|script|iframe|object|video)\b|url\(|@import|background=/i);
    // The one style of its own is for narrow windows: whoever drops it reads the same mail.
    const styles = [...html.matchAll(/<style\b[^>]*>([^<]*)<\/style>/g)].map(([, rules = '']) => rules);
    assert.equal(styles.length, 1);
    assert.match(styles[0] ?? '', /^@media \(max-width:\d+px\)\{(?:[^{}]+\{[^{}]*\})+\}$/);
    assert.match(html, /<div style="[^"]*mso-hide:all[^"]*">[^<]*2022[^<]*<\/div>/, 'the preview text says until when');
    assert.ok(html.indexOf('Deutsch') < html.indexOf('English'), 'the languages in the reader’s order');
    assert.match(html, /\/p\/[0-9a-z]{26}\/paper"/);
    assert.ok(
      (mail.text ?? '').split('\n').every((line) => line.length <= 120),
      'text for a narrow window',
    );
    assert.ok(raw.byteLength < 60_000, `${raw.byteLength} bytes`);
  });
});

/** Checks a signature by the standard alone: relaxed headers, relaxed body, rsa-sha256. */
function verifyDkim(
  raw: Buffer,
  publicKey: string,
): { domain: string; selector: string; body: boolean; headers: boolean } {
  const text = raw.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const headers = text.slice(0, end).split(/\r\n(?![ \t])/);
  const relaxed = (header: string): string => {
    const colon = header.indexOf(':');
    const value = header
      .slice(colon + 1)
      .replace(/\r\n/g, '')
      .replace(/[ \t]+/g, ' ')
      .trim();
    return `${header.slice(0, colon).toLowerCase().trim()}:${value}`;
  };
  const signature = headers.find((header) => /^dkim-signature:/i.test(header)) ?? '';
  const tag = (name: string): string =>
    (new RegExp(`[;:\\s]${name}=([^;]*)`).exec(signature.replace(/\r\n/g, ''))?.[1] ?? '').replace(/\s/g, '');
  assert.equal(tag('a'), 'rsa-sha256');
  assert.equal(tag('c'), 'relaxed/relaxed');
  const body = `${text
    .slice(end + 4)
    .split('\r\n')
    .map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''))
    .join('\r\n')
    .replace(/(\r\n)*$/, '')}\r\n`;
  const bodyHash = createHash('sha256').update(body, 'latin1').digest('base64');
  const left = [...headers];
  const signed = tag('h')
    .split(':')
    .map((name) => {
      const at = left.findLastIndex((header) => header.toLowerCase().startsWith(`${name.toLowerCase()}:`));
      return at === -1 ? '' : `${relaxed(left.splice(at, 1)[0] ?? '')}\r\n`;
    })
    .join('');
  const own = relaxed(signature).replace(/([;:\s])b=[^;]*/, '$1b=');
  return {
    domain: tag('d'),
    selector: tag('s'),
    body: bodyHash === tag('bh'),
    headers: createVerify('sha256')
      .update(signed + own, 'latin1')
      .verify(publicKey, tag('b'), 'base64'),
  };
}
