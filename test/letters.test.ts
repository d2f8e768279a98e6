/** Letters on paper of an action: made once, resumed, refused where a character has no picture, and printed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PDFDocument } from '@cantoo/pdf-lib';
import { PDFiumLibrary } from '@hyzyla/pdfium';
import { Hono } from 'hono';
import { makeLetters, orderLetters, sweepLetters } from '../src/app/letter-making.ts';
import { checkNotice } from '../src/app/notice-checks.ts';
import { previewPaperLetter, readPaperLetter } from '../src/app/paper-letters.ts';
import { printPost } from '../src/app/paper-post.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import type { Env } from '../src/http/context.ts';
import {
  postMakeLetters,
  showPaperLetter,
  showPaperPreview,
  showPrintFile,
} from '../src/http/staff/delivery/paper.tsx';
import { showPrintQueue } from '../src/http/staff/delivery/print.tsx';
import {
  addParty,
  addReleased,
  type DeliveryHouse,
  openDeliveryHouse,
  plan,
  type Released,
  regulatory,
  support,
} from './delivery-house.ts';

let house: DeliveryHouse;
let released: Released;

before(async () => {
  house = await openDeliveryHouse();
  released = await addReleased(house.ctx);
  const post = (name: string, languages: string[]) => ({ name, languages, channel: 'post' as const });
  for (let i = 0; i < 4; i++) {
    await addParty(house.ctx, released, {
      street: `Laborweg ${i + 1}`,
      contacts: [post(`Person ${i}`, ['de'])],
      units: i + 1,
    });
  }
  await addParty(house.ctx, released, {
    country: 'BE',
    street: 'Rue 1',
    contacts: [post('Deux Langues', ['fr', 'nl'])],
  });
  await addParty(house.ctx, released, { contacts: [{ languages: ['de'] }] });
  await plan(house.ctx, released);
});
after(async () => {
  await house.ctx.typesetter.close();
  await house.close();
});

const rows = () =>
  house.handle.db.selectFrom('letter').selectAll().where('action_id', '=', released.actionId).orderBy('id').execute();

function done<T>(value: T): Exclude<T, { code: string }> {
  if (isRefusal(value)) assert.fail(JSON.stringify(value));
  return value as Exclude<T, { code: string }>;
}

test('are ordered once and made once, each language a file', async () => {
  const ctx = house.as(support);
  const ordered = done(await orderLetters(ctx, released.actionId, { of: 'post' }));
  const waiting = await rows();
  assert.equal(ordered.letters, waiting.length);
  assert.ok(waiting.length >= 6, 'four in German, two of one letter in two languages or more');
  assert.equal(done(await orderLetters(ctx, released.actionId, { of: 'post' })).letters, 0);
  const report = await makeLetters(house.ctx, { actionId: released.actionId });
  assert.deepEqual(report, { made: waiting.length, failed: 0 });
  for (const row of await rows()) {
    assert.equal(row.state, 'made');
    assert.ok(await house.ctx.files.has(row.sha256 ?? ''));
    assert.ok((row.pages ?? 0) >= 1);
  }
  assert.deepEqual(await makeLetters(house.ctx, { actionId: released.actionId }), { made: 0, failed: 0 });
  const events = await house.handle.db
    .selectFrom('event')
    .select('after')
    .where('action', '=', 'letter.make')
    .execute();
  assert.equal(events.length, 1);
});

test('are gone on with where a server died, without a double or a gap', async () => {
  const before = await rows();
  await house.handle.db
    .updateTable('letter')
    .set({ state: 'waiting', file_id: null, sha256: null, pages: null, claimed_by: 'dead', claimed_at: new Date(0) })
    .where(
      'id',
      'in',
      before.slice(0, 3).map((row) => row.id),
    )
    .execute();
  assert.deepEqual(await makeLetters(house.server('server-2')), { made: 3, failed: 0 });
  const again = await rows();
  assert.deepEqual(
    again.map((row) => [row.id, row.sha256, row.pages]),
    before.map((row) => [row.id, row.sha256, row.pages]),
    'the same letter is the same file',
  );
});

test('are read as they were made; of several languages one behind the other', async () => {
  const ctx = house.as(support);
  const bundle = (await rows()).filter(
    (row, _i, all) => all.filter((other) => other.delivery_id === row.delivery_id).length > 1,
  );
  const [first] = bundle;
  assert.ok(first);
  const whole = done(await readPaperLetter(ctx, first.delivery_id));
  const pages = (await PDFDocument.load(whole.pdf)).getPageCount();
  assert.equal(
    pages,
    bundle.filter((row) => row.delivery_id === first.delivery_id).reduce((sum, row) => sum + (row.pages ?? 0), 0),
  );
  const one = done(await readPaperLetter(ctx, first.delivery_id, first.language));
  assert.equal((await PDFDocument.load(one.pdf)).getPageCount(), first.pages);
  const unknown = await readPaperLetter(ctx, 999_999);
  assert.ok(isRefusal(unknown) && unknown.code === 'delivery.unknown');
  const stranger = await readPaperLetter(house.as({ ...support, role: 'viewer' } as typeof support), first.delivery_id);
  assert.ok(isRefusal(stranger));
});

test('with a name that no face draws are kept back, named, and made once it is mended', async () => {
  const { db } = house.handle;
  const { partyId, contactIds } = await addParty(house.ctx, released, {
    street: 'Laborweg 9',
    contacts: [{ name: 'สมชาย', languages: ['de'], channel: 'post' }],
  });
  await addParty(house.ctx, released, { street: 'Laborweg 10', contacts: [{ languages: ['de'], channel: 'post' }] });
  await plan(house.ctx, released);
  await sweepLetters(house.ctx);
  const failed = (await rows()).filter((row) => row.state === 'failed');
  assert.equal(failed.length, 1);
  assert.match(failed[0]?.detail ?? '', /no face draws ส/);
  const refused = await readPaperLetter(house.as(support), failed[0]?.delivery_id ?? 0);
  assert.ok(isRefusal(refused) && refused.code === 'letter.no-glyph');
  const [good] = (await rows()).filter((row) => row.state === 'made');
  const deliveryIds = [failed[0]?.delivery_id ?? 0, good?.delivery_id ?? 0];
  const others = done(await printPost(house.as(support), released.actionId, { deliveryIds, what: 'labels', skip: 0 }));
  assert.equal((await PDFDocument.load(others.pdf)).getPageCount(), 1, 'the other one is printed');
  // It is a finding before the next release, too, with whose name it is.
  const findings = (await checkNotice(house.ctx.db, released.noticeId, undefined, house.ctx.typesetter)).filter(
    (one) => one.rule === 'glyphs-drawable',
  );
  assert.equal(findings.length, 1);
  assert.match(findings[0]?.where ?? '', /party/);
  await db.updateTable('contact').set({ name: 'Somchai' }).where('id', 'in', contactIds).execute();
  await db
    .updateTable('delivery')
    .set({ address: 'Labor\nSomchai\nLaborweg 9\n10115 Musterstadt\nDE' })
    .where('party_id', '=', partyId)
    .execute();
  done(await orderLetters(house.as(support), released.actionId, { of: 'post' }));
  assert.deepEqual(await makeLetters(house.ctx), { made: 1, failed: 0 });
});

async function textsOf(pdf: Uint8Array): Promise<string[]> {
  const document = await (await PDFiumLibrary.init()).loadDocument(pdf);
  return [...document.pages()].map((page) => page.getText());
}

test('go into the printer together, with envelopes and labels', async () => {
  const ctx = house.as(regulatory);
  const deliveries = await house.handle.db
    .selectFrom('delivery')
    .select('id')
    .where('action_id', '=', released.actionId)
    .where('channel', '=', 'post')
    .orderBy('id')
    .execute();
  const deliveryIds = deliveries.map((row) => row.id);
  const pagesOf = async (what: 'letters' | 'envelopes' | 'labels', skip = 0) => {
    const file = done(await printPost(ctx, released.actionId, { deliveryIds, what, skip }));
    return (await PDFDocument.load(file.pdf)).getPages();
  };
  const letters = await pagesOf('letters');
  assert.equal(
    letters.length,
    (await rows()).reduce((sum, row) => sum + (row.pages ?? 0), 0),
  );
  const envelopes = await pagesOf('envelopes');
  assert.equal(envelopes.length, deliveryIds.length);
  assert.equal(Math.round(envelopes[0]?.getWidth() ?? 0), Math.round((220 / 25.4) * 72));
  const { pdf } = done(await printPost(ctx, released.actionId, { deliveryIds, what: 'envelopes', skip: 0 }));
  for (const words of await textsOf(pdf)) assert.match(words, /(URGENT|DRINGEND)[\s\S]*FSN2022-1230[\s\S]*L-\d+/);
  assert.equal((await pagesOf('labels')).length, 1);
  assert.equal((await pagesOf('labels', 23)).length, 2, 'the first sheet has one label left');
  const nothing = await printPost(ctx, released.actionId, { deliveryIds: [999_999], what: 'labels', skip: 0 });
  assert.ok(isRefusal(nothing));
});

test('can be seen before anything is sent, with a link that opens nothing', async () => {
  const file = done(
    await previewPaperLetter(house.as(support), released.noticeId, { audience: 'dx-recall', language: 'fr' }),
  );
  assert.equal(file.name, 'letter-preview-fr.pdf');
});

test('are pages of the desk', async () => {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    c.set('ctx', house.as(regulatory));
    await next();
  });
  app.get('/actions/:id/print', showPrintQueue);
  app.get('/actions/:id/print/labels.pdf', showPrintFile('labels'));
  app.post('/actions/:id/print/make', postMakeLetters);
  app.get('/deliveries/:id/letter.pdf', showPaperLetter);
  app.get('/notices/:id/letter.pdf', showPaperPreview);
  const [row] = await rows();
  const page = await (await app.request(`/actions/${released.actionId}/print`)).text();
  assert.match(page, /print\/letters\.pdf/);
  assert.match(page, /\d+ made, \d+ pages; 0 waiting/);
  for (const path of [
    `/actions/${released.actionId}/print/labels.pdf?from=3`,
    `/deliveries/${row?.delivery_id}/letter.pdf`,
    `/notices/${released.noticeId}/letter.pdf?language=de`,
  ]) {
    const answer = await app.request(path);
    assert.equal(answer.status, 200, path);
    assert.equal(answer.headers.get('content-type'), 'application/pdf');
    assert.equal(
      Buffer.from(await answer.arrayBuffer())
        .subarray(0, 5)
        .toString(),
      '%PDF-',
    );
  }
  assert.equal((await app.request('/deliveries/999999/letter.pdf')).status, 404);
  assert.equal((await app.request(`/actions/${released.actionId}/print/make`, { method: 'POST' })).status, 303);
});
