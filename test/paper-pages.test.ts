/** The pages of the form on paper: the portal's, the desk's, the API's, and the settings of files with letters. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PDFDocument } from '@cantoo/pdf-lib';
import { createStandardForm } from '../src/app/forms.ts';
import { linkToken } from '../src/app/links.ts';
import { printPost } from '../src/app/paper-post.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { addParty, addReleased, plan, type Released } from './delivery-house.ts';
import { type House, openHouse } from './helpers/house.ts';

let house: House;
let released: Released;
let contactId = 0;
let postId = 0;
let partyId = 0;
let token = '';
let cookie = '';
before(async () => {
  house = await openHouse();
  released = await addReleased(house.ctx);
  const made = await createStandardForm(await house.staff('regulatory'), released.actionId, {
    software: 'Local Run Manager',
  });
  assert.ok(!isRefusal(made));
  const party = await addParty(house.ctx, released, {
    units: 2,
    street: 'Musterstraße 1',
    contacts: [{ languages: ['de'] }, { email: 'post@lab.example', channel: 'post', languages: ['en'] }],
  });
  [contactId = 0, postId = 0] = party.contactIds;
  partyId = party.partyId;
  await plan(house.ctx, released);
  const link = await house.ctx.db
    .selectFrom('link')
    .select('id')
    .where('contact_id', '=', contactId)
    .executeTakeFirstOrThrow();
  token = linkToken(house.ctx.settings.secret, link.id);
  cookie = await house.signIn('administrator');
});
after(() => house.close());

const get = (path: string, headers: Record<string, string> = {}) => house.app.request(path, { headers });
const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  house.app.request(path, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { 'sec-fetch-site': 'same-origin', ...headers },
  });
const countForms = async (): Promise<number> =>
  (await house.ctx.db.selectFrom('paper_form').select('id').execute()).length;

async function assertForm(answer: Response, name: RegExp): Promise<void> {
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'application/pdf');
  assert.match(answer.headers.get('content-disposition') ?? '', name);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  const form = (await PDFDocument.load(await answer.arrayBuffer())).getForm();
  assert.equal(form.getTextField('q.organisation').getText()?.startsWith('Labor'), true);
}

describe('the form on paper', () => {
  it('waits behind a button on the personal page: looking at it makes nothing', async () => {
    const page = await get(`/p/${token}/paper?lang=de`);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /Formular herunterladen/);
    assert.equal(await countForms(), 0);
    await assertForm(
      await post(`/p/${token}/paper`, { language: 'de' }),
      /attachment; filename="FSN\d+-\d+-form-de\.pdf"/,
    );
    await assertForm(await post(`/p/${token}/paper`, { language: 'it' }), /form-it\.pdf/);
    await assertForm(await post(`/p/${token}/paper`, { language: '<script>' }), /form-de\.pdf/);
    assert.equal(await countForms(), 2);
  });

  it('is told in words where the action has none', async () => {
    const other = await addReleased(house.ctx);
    const { contactIds } = await addParty(house.ctx, other);
    await plan(house.ctx, other);
    const link = await house.ctx.db
      .selectFrom('link')
      .select('id')
      .where('contact_id', '=', contactIds[0] ?? 0)
      .executeTakeFirstOrThrow();
    const strange = linkToken(house.ctx.settings.secret, link.id);
    assert.doesNotMatch(
      await (await get(`/p/${strange}/paper?lang=en`)).text(),
      /<button[^>]*>\s*<[^>]*>.*Download the form/s,
    );
    const answer = await post(`/p/${strange}/paper`, {});
    assert.equal(answer.status, 422);
    assert.match(await answer.text(), /There is no form for this notice yet/);
  });

  it('is made at the desk, from the letter and from the party', async () => {
    const delivery = await house.ctx.db
      .selectFrom('delivery')
      .select('id')
      .where('contact_id', '=', contactId)
      .executeTakeFirstOrThrow();
    for (const path of [`/deliveries/${delivery.id}`, `/parties/${partyId}`])
      assert.match(await (await get(path, { cookie })).text(), /action="\/paper-forms"/);
    const fields = { actionId: String(released.actionId), contactId: String(contactId), language: '' };
    await assertForm(await post('/paper-forms', fields, { cookie }), /form-de\.pdf/);
    assert.equal((await post('/paper-forms', { ...fields, contactId: '999999' }, { cookie })).status, 404);
    assert.equal((await post('/paper-forms', {}, { cookie })).status >= 400, true);
  });

  it('is given to programs, and its layout by its code', async () => {
    const key = await house.key('delivery.read', 'reply.read');
    const made = await house.api(key, 'POST', '/paper-forms', {
      actionId: released.actionId,
      contactId,
      language: 'de',
    });
    await assertForm(made, /form-de\.pdf/);
    const { code } = await house.ctx.db
      .selectFrom('paper_form')
      .select('code')
      .where('language', '=', 'de')
      .executeTakeFirstOrThrow();
    const answer = await house.api(key, 'GET', `/paper-forms/${code}`);
    const layout = (await answer.json()) as { contactId: number; layout: { fields: unknown[] } };
    assert.equal(layout.contactId, contactId);
    assert.ok(layout.layout.fields.length > 100);
    assert.equal((await house.api(key, 'GET', '/paper-forms/NOPE')).status, 404);
  });

  it('lies behind the letter for the post', async () => {
    const support = await house.staff('support');
    const { id } = await house.ctx.db
      .selectFrom('delivery')
      .select('id')
      .where('contact_id', '=', postId)
      .executeTakeFirstOrThrow();
    const file = await printPost(support, released.actionId, { deliveryIds: [id], what: 'letters', skip: 0 });
    assert.ok(!isRefusal(file), isRefusal(file) ? file.code : '');
    const form = await house.ctx.db
      .selectFrom('paper_form')
      .selectAll()
      .where('contact_id', '=', postId)
      .executeTakeFirstOrThrow();
    assert.equal(form.delivery_id, id);
    assert.equal(form.language, 'en');
    assert.ok((await PDFDocument.load(file.pdf)).getPageCount() > form.pages);
  });
});

describe('how large a mail somebody gets', () => {
  it('is set for a contact and for a domain, with a reason, and told when it is nonsense', async () => {
    const answer = await post(`/contacts/${contactId}/files`, { megabytes: '2,5' }, { cookie });
    assert.equal(answer.status, 303);
    const contact = await house.ctx.db
      .selectFrom('contact')
      .select('attachment_limit')
      .where('id', '=', contactId)
      .executeTakeFirst();
    assert.equal(contact?.attachment_limit, 2_500_000);
    assert.match(await (await get(`/contacts/${contactId}`, { cookie })).text(), /value="2.5"/);
    const bad = await post('/settings/mail', { domain: 'no domain', megabytes: 'much', reason: '' }, { cookie });
    assert.equal(bad.status, 422);
    const text = await bad.text();
    assert.match(text, /Write a domain such as hospital\.example/);
    assert.match(text, /Write a number of megabytes/);
    assert.match(text, /value="much"/, 'what was typed is still there');
    assert.equal(
      (await post('/settings/mail', { domain: 'Lab.Example', megabytes: '0', reason: 'Returned.' }, { cookie })).status,
      303,
    );
    const page = await (await get('/settings/mail', { cookie })).text();
    assert.match(page, /lab\.example/);
    assert.match(page, /links only/);
    assert.equal(
      (await post('/settings/mail', { domain: 'lab.example', megabytes: '', reason: 'Works again.' }, { cookie }))
        .status,
      303,
    );
    assert.equal((await house.ctx.db.selectFrom('mail_domain').selectAll().execute()).length, 0);
  });
});
