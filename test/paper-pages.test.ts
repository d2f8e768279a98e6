/** Forms that came back at the desk, in the portal and by the API: uploaded, looked at, decided. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { completeAnswers, fillForm } from '../sample/fill.ts';
import { seededRandom } from '../sample/random.ts';
import { scanForm } from '../sample/scan.ts';
import { createStandardForm } from '../src/app/forms.ts';
import { ensureLinks, linkUrl } from '../src/app/links.ts';
import { ensurePaperForm, type KeptPaperForm, paperFormByCode } from '../src/app/paper-forms.ts';
import { readPaperFiles } from '../src/app/paper-replies.ts';
import { isRefusal, type Refusal } from '../src/domain/refusal.ts';
import { addParty, addReleased, type Released, type SampleParty } from './delivery-house.ts';
import { type House, openHouse, publicUrl } from './helpers/house.ts';

let house: House;
let released: Released;
let party: SampleParty;
let pdf: Uint8Array;
let form: KeptPaperForm;
let cookie: string;

const filler = {
  name: 'Erika Muster',
  title: 'Laborleitung',
  email: 'erika@lab.example',
  phone: '+49 30 5550421',
  day: '2022-05-06',
};

function ok<T>(answer: T | Refusal): T {
  assert.ok(!isRefusal(answer), isRefusal(answer) ? answer.code : '');
  return answer;
}

before(async () => {
  house = await openHouse();
  house.setNow('2022-05-06T08:00:00Z');
  released = await addReleased(house.ctx);
  const regulatory = await house.staff('regulatory');
  ok(await createStandardForm(regulatory, released.actionId, { software: 'Local Run Manager' }));
  party = await addParty(house.ctx, released);
  const order = { actionId: released.actionId, contactId: party.contactIds[0] ?? 0 };
  const file = ok(await ensurePaperForm(regulatory, order));
  pdf = file.pdf;
  const kept = await paperFormByCode(house.ctx.db, file.code);
  assert.ok(kept);
  form = kept;
  cookie = await house.signIn('support');
});
after(async () => {
  await house.ctx.paperReader.close();
  await house.close();
});

function upload(
  path: string,
  name: string,
  bytes: Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> {
  const body = new FormData();
  body.set('file', new File([new Uint8Array(bytes)], name));
  return Promise.resolve(house.app.request(path, { method: 'POST', body, headers: { origin: publicUrl, ...headers } }));
}

const get = (path: string): Promise<Response> => Promise.resolve(house.app.request(path, { headers: { cookie } }));

const post = (path: string, fields: Record<string, string>): Promise<Response> =>
  Promise.resolve(
    house.app.request(path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { cookie, origin: publicUrl, 'content-type': 'application/x-www-form-urlencoded' },
    }),
  );

async function oneScan(): Promise<Buffer> {
  const random = seededRandom(3);
  const pen = { values: completeAnswers(form.layout, filler), signature: 'x' };
  const [page] = await scanForm(pdf, form.layout, pen, { dpi: 150, tilt: 1 }, random.next);
  assert.ok(page);
  return page.jpeg;
}

describe('forms that came back, at the desk', () => {
  it('are uploaded, read by the job, shown beside their pieces, and taken', async () => {
    assert.match(await (await get('/replies/read')).text(), /No form waits/);
    const sent = await upload('/replies/read/new', 'scan.jpg', await oneScan(), { cookie });
    assert.equal(sent.status, 303);
    ok(await readPaperFiles(house.ctx));
    const row = await house.ctx.db.selectFrom('paper_reply').select('id').executeTakeFirstOrThrow();
    assert.match(await (await get('/replies/read')).text(), /scan\.jpg/);
    const page = await (await get(`/replies/read/${row.id}`)).text();
    assert.match(page, /ff-cutout/);
    assert.match(page, /name="q\.received"[^>]*checked|checked[^>]*name="q\.received"/);
    const picture = await get(`/replies/read/${row.id}/pages/1`);
    assert.equal(picture.headers.get('content-type'), 'image/jpeg');
    assert.equal((await get(`/replies/read/${row.id}/source`)).headers.get('content-type'), 'application/octet-stream');
    const correction = form.layout.fields.find(
      (field) => field.question === 'done-on' && field.subject.scope !== 'all',
    );
    const odd = await post(`/replies/read/${row.id}`, {
      how: 'accept',
      [`${correction?.name.split('.')[0]}.status`]: 'done',
      [correction?.name ?? '']: 'yesterday or so',
    });
    assert.equal(odd.status, 422);
    assert.match(await odd.text(), /yesterday or so/, 'what was typed is there again');
    const taken = await post(`/replies/read/${row.id}`, { how: 'accept', 'q.received': 'yes', 'q.understood': 'yes' });
    assert.equal(taken.status, 303);
    assert.match(await (await get(`/replies/read/${row.id}`)).text(), /Taken as/);
  });

  it('say what is wrong with an upload', async () => {
    const none = await post('/replies/read/new', {});
    assert.equal(none.status, 422);
    const empty = await upload('/replies/read/new', 'empty.pdf', new Uint8Array(), { cookie });
    assert.equal(empty.status, 422);
    assert.match(await empty.text(), /The file is empty/);
    await upload('/replies/read/new', 'letter.txt', Buffer.from('Dear Sirs'), { cookie });
    ok(await readPaperFiles(house.ctx));
    assert.match(await (await get('/replies/read')).text(), /letter\.txt.*not readable/s);
    const row = await house.ctx.db
      .selectFrom('paper_reply')
      .select('id')
      .where('paper_form_id', 'is', null)
      .executeTakeFirstOrThrow();
    const page = await (await get(`/replies/read/${row.id}`)).text();
    assert.match(page, /no PDF and no picture/);
    assert.equal(await (await get(`/replies/read/${row.id}/source`)).text(), 'Dear Sirs');
    await post(`/replies/read/${row.id}`, { how: 'aside', outcome: 'A letter; answered.' });
  });

  it('are matched by a person, with a clear word for a party nobody knows', async () => {
    await upload('/replies/read/new', 'blank.png', await blankPicture(), { cookie });
    ok(await readPaperFiles(house.ctx));
    const row = await house.ctx.db
      .selectFrom('paper_reply')
      .select('id')
      .where('paper_form_id', 'is', null)
      .where('state', '=', 'waiting')
      .executeTakeFirstOrThrow();
    assert.match(await (await get(`/replies/read/${row.id}`)).text(), /Whose is it/);
    const action = String(released.actionId);
    const unknown = await post(`/replies/read/${row.id}`, {
      how: 'match',
      code: '',
      actionId: action,
      party: 'Nobody',
    });
    assert.ok([404, 422].includes(unknown.status));
    const known = await post(`/replies/read/${row.id}`, { how: 'match', code: form.code, actionId: action, party: '' });
    assert.equal(known.status, 303);
    assert.match(await (await get(`/replies/read/${row.id}`)).text(), /Type what stands on the pages/);
  });
});

describe('a filled form', () => {
  it('is sent from the page where it was fetched', async () => {
    const contactId = party.contactIds[0] ?? 0;
    const links = await house.ctx.db
      .transaction()
      .execute((tx) => ensureLinks(tx, house.ctx, released.actionId, [{ contactId, partyId: party.partyId }]));
    const linkId = links.get(contactId) ?? 0;
    const base = new URL(linkUrl(house.ctx.settings, linkId)).pathname;
    assert.match(await (await house.app.request(`${base}/paper`)).text(), /Send the filled form here/);
    const none = await house.app.request(`${base}/paper/send`, {
      method: 'POST',
      body: new FormData(),
      headers: { origin: publicUrl },
    });
    assert.equal(none.status, 422);
    const filled = await fillForm(pdf, form.layout, completeAnswers(form.layout, filler));
    const sent = await upload(`${base}/paper/send`, 'form.pdf', filled);
    assert.equal(sent.status, 303);
    ok(await readPaperFiles(house.ctx));
    const reply = await house.ctx.db.selectFrom('reply').select('party_id').where('door', '=', 'pdf').execute();
    assert.deepEqual(reply, [{ party_id: party.partyId }]);
  });

  it('is handed in, listed and decided by a program', async () => {
    const key = await house.key('reply.record', 'reply.read', 'unit.read');
    const sent = await house.app.request('/api/v1/paper-files?name=blank.png', {
      method: 'POST',
      body: new Uint8Array(await blankPicture(9)),
      headers: { authorization: `Bearer ${key}`, 'content-type': 'image/png' },
    });
    assert.equal(sent.status, 201);
    ok(await readPaperFiles(house.ctx));
    const list = (await (await house.api(key, 'GET', '/paper-replies?state=waiting')).json()) as {
      rows: { id: number; reasons: string[] }[];
    };
    const waiting = list.rows.find((row) => row.reasons.includes('no-code'));
    assert.ok(waiting);
    const aside = await house.api(key, 'POST', `/paper-replies/${waiting.id}/aside`, { outcome: 'Blank.' });
    assert.equal(aside.status, 200);
    const code = await house.api(key, 'POST', '/barcodes', { text: 'NB-NOBODY' });
    assert.equal(((await code.json()) as { outcome: string }).outcome, 'unknown');
  });
});

async function blankPicture(shade = 255): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  return sharp({ create: { width: 900, height: 1200, channels: 3, background: { r: shade, g: 255, b: 255 } } })
    .png()
    .toBuffer();
}
