/** Calls and the post at the desk: nothing typed is lost, the frequent ends are one press, scanners stay in place. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { serve } from '@hono/node-server';
import type { Page } from 'playwright-core';
import { recordCall } from '../src/app/calls.ts';
import { transact } from '../src/app/context.ts';
import { planDeliveries } from '../src/app/deliveries.ts';
import { linkUrl } from '../src/app/links.ts';
import { emptyAnswers } from '../src/domain/form.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { addParty, type Released } from './delivery-house.ts';
import { closeBrowser, withBrowser } from './helpers/browser.ts';
import { type House, openHouse, publicUrl } from './helpers/house.ts';
import { addSampleAction } from './portal-sample.ts';

describe('calls and the post at the desk', () => {
  let house: House;
  let released: Released;
  let cookie: string;
  let base: string;

  before(async () => {
    house = await openHouse();
    house.setNow('2022-05-04T08:00:00Z');
    const sample = await addSampleAction(house.ctx);
    const environments = await house.handle.db.selectFrom('environment').select('id').orderBy('id').execute();
    released = {
      ...sample,
      noticeId: sample.noticeId ?? 0,
      environmentIds: environments.map((environment) => environment.id),
    };
    base = `/actions/${released.actionId}`;
    cookie = await house.signIn('support');
  });
  after(() => house.close());

  const plan = () => transact(house.ctx, (tx) => planDeliveries(tx, house.ctx, released.actionId, released.noticeId));
  async function get(path: string, status = 200, as = cookie): Promise<string> {
    const answer = await house.app.request(path, { headers: { cookie: as } });
    const text = await answer.text();
    assert.equal(answer.status, status, `${path}: ${text.slice(0, 300)}`);
    return text;
  }
  async function send(path: string, body: Record<string, string>, status: number): Promise<Response> {
    const answer = await house.app.request(path, {
      method: 'POST',
      body: new URLSearchParams(body),
      headers: { cookie, origin: publicUrl },
    });
    assert.equal(answer.status, status, path);
    return answer;
  }
  const silent = async (languages: string[] = ['de']) => {
    const party = await addParty(house.ctx, released, { units: 2, contacts: [{ languages, phone: '+49 30 555' }] });
    await house.handle.db
      .updateTable('obligation')
      .set({ notified_at: new Date('2022-05-04T08:00:00Z') })
      .where('party_id', '=', party.partyId)
      .execute();
    return party;
  };
  const attemptsOf = (partyId: number) =>
    house.handle.db.selectFrom('attempt').selectAll().where('party_id', '=', partyId).orderBy('id').execute();

  it('lists whom to call, takes the next one, and says when nobody is', async () => {
    assert.match(await get(`${base}/calls`), /Nobody has to be called/);
    const none = await send(`${base}/calls/next`, {}, 303);
    assert.equal(none.headers.get('location'), `${base}/calls`);
    const party = await silent();
    house.setNow('2022-05-10T08:30:00Z');
    const list = await get(`${base}/calls`);
    assert.match(list, /10:30 there, open/);
    assert.match(list, /\+49 30 555/);
    assert.match(await get(`${base}/calls?why=urgent`), /Nothing matches/);
    const next = await send(`${base}/calls/next`, { country: 'DE' }, 303);
    assert.equal(next.headers.get('location'), `${base}/calls/${party.partyId}`);
    assert.match(await get(`${base}/calls`), /you have this call/);
    const quality = await house.signIn('quality');
    assert.match(await get(`${base}/calls/${party.partyId}`, 200, quality), /is calling this party/);
    await get(`${base}/calls/${party.partyId}`, 403, await house.signIn('viewer'));
    await get(`${base}/calls`, 200, await house.signIn('viewer'));
    await get(`${base}/calls/99999`, 404);
    await send(`${base}/calls/${party.partyId}/release`, {}, 303);
    const csv = await get(`${base}/calls?format=csv`);
    assert.match(csv, /silent/);
  });

  it('keeps what was typed when the language changes and when something is wrong', async () => {
    const party = await silent(['it']);
    const path = `${base}/calls/${party.partyId}`;
    const page = await get(path);
    assert.match(page, /Buongiorno/);
    assert.match(page, /Good day, my name is Sunny Sample/, 'the English under it');
    assert.match(page, /2 unità/);
    const typed = {
      once: 'one',
      whom: `contact-${party.contactIds[0]}`,
      language: 'it',
      spokeWith: 'Dott.ssa Esempio',
      note: 'Has <questions>',
      'q.received': 'yes',
      changeKind: 'correct',
      changeName: 'Anna Esempio',
      changeEmail: 'no address',
      written: 'email',
    };
    const german = await (await send(path, { ...typed, show: 'de' }, 200)).text();
    assert.match(german, /Guten Tag/);
    assert.match(german, /value="Dott\.ssa Esempio"/);
    assert.equal((await attemptsOf(party.partyId)).length, 0, 'nothing was recorded');
    const wrong = await (await send(path, typed, 422)).text();
    assert.match(wrong, /Choose how the call ended/);
    for (const kept of [/Dott\.ssa Esempio/, /Has &lt;questions/, /Anna Esempio/, /no address/, /Buongiorno/])
      assert.match(wrong, kept);
    assert.match(await (await send(path, { ...typed, outcome: 'answered' }, 422)).text(), /Write an e-mail address/);
    const mail = { changeEmail: 'anna@lab.example' };
    const unsaid = await (await send(path, { ...typed, ...mail, outcome: 'no-answer' }, 422)).text();
    assert.match(unsaid, /the outcome is not/);
    const done = await send(path, { ...typed, ...mail, outcome: 'answered' }, 303);
    assert.match(done.headers.get('location') ?? '', /^\/replies\/\d+$/);
    const [attempt] = await attemptsOf(party.partyId);
    assert.deepEqual(
      [attempt?.outcome, attempt?.spoke_with, attempt?.phone, attempt?.language],
      ['answered', 'Dott.ssa Esempio', '+49 30 555', 'it'],
    );
    const reply = await get(done.headers.get('location') ?? '');
    assert.match(reply, /Who answered for whom/);
    assert.match(reply, /Spoken by Dott\.ssa Esempio/);
    assert.match(reply, /Confirmed in writing/);
    const about = await get(`/parties/${party.partyId}`);
    assert.match(about, /Who answered for them/);
    assert.match(about, /What was said about contacts/);
    assert.match(about, /Attempts to reach them/);
  });

  it('records a call nobody answered by one press, and an agreed hour in the time of the place', async () => {
    const party = await silent();
    const path = `${base}/calls/${party.partyId}`;
    const typed = { whom: `contact-${party.contactIds[0]}`, language: 'de' };
    const gone = await send(path, { ...typed, quick: 'no-answer', once: 'q1' }, 303);
    assert.equal(gone.headers.get('location'), `${base}/calls`);
    const later = { ...typed, outcome: 'call-back', once: 'q2' };
    assert.match(await (await send(path, later, 422)).text(), /day of the next call/);
    const hour = { ...later, callBackDay: '2022-05-11', callBackTime: '25:00' };
    assert.match(await (await send(path, hour, 422)).text(), /no time of the day/);
    await send(path, { ...hour, callBackTime: '14:30' }, 303);
    const [, agreed] = await attemptsOf(party.partyId);
    assert.equal(agreed?.call_back_at?.toISOString(), '2022-05-11T12:30:00.000Z', '14:30 in Berlin');
    assert.doesNotMatch(await get(`${base}/tasks`), /promised call/);
    house.setNow('2022-05-11T12:45:00Z');
    assert.match(await get(`${base}/tasks`), /One promised call is due.*calls\?why=call-back/s);
    house.setNow('2022-05-10T08:30:00Z');
    await send(path, { ...typed, quick: 'wrong-number', once: 'q3' }, 303);
    assert.match(await get(path), /proved wrong/);
    const attempts = await get(`${base}/attempts?party=${party.partyId}`);
    assert.match(attempts, /Another call is agreed/);
    assert.match(await get(`${base}/attempts?format=csv&party=${party.partyId}`), /call-back,/);
  });

  it('reports a suspected break-in with the words of the caller', async () => {
    const party = await silent();
    const path = `${base}/calls/${party.partyId}/incident`;
    assert.match(await get(path), /Ziehen Sie jetzt das Netzwerkkabel/);
    const wrong = await (await send(path, { summary: 'Files are gone' }, 422)).text();
    for (const words of [/whether the network cable is out/, /Choose a unit/, /Files are gone/])
      assert.match(wrong, words);
    const told = {
      unplugged: 'yes',
      units: String(party.unitIds[0]),
      summary: 'Files are gone',
      name: 'Erika Muster',
      phone: '+49 30 555',
    };
    const done = await send(path, told, 303);
    assert.match(done.headers.get('location') ?? '', /^\/tasks\/\d+$/);
    assert.match(await get(`${base}/calls`), /suspected break-in/);
  });

  it('takes letters one after the other by a scanner, and keeps what stays the same', async () => {
    const party = await addParty(house.ctx, released, {
      street: 'Hauptstr. 1',
      contacts: [{ channel: 'post', languages: ['de'] }],
    });
    await plan();
    const letter = await house.handle.db
      .selectFrom('delivery')
      .select(['id', 'link_id'])
      .where('party_id', '=', party.partyId)
      .executeTakeFirstOrThrow();
    const code = linkUrl(house.ctx.settings, letter.link_id ?? 0);
    assert.match(await get(`${base}/post`), /1 letter to print/);
    await send(`${base}/post/printed?post=to-print`, {}, 303);
    assert.match(await get(`${base}/post`), /1 letter printed and not handed in/);
    const place = `${base}/post/hand-in`;
    assert.match(await (await send(place, { reference: code }, 422)).text(), /Now scan its tracking number/);
    const mistyped = await (await send(place, { reference: code, tracking: 'RR123456789DE' }, 422)).text();
    assert.match(mistyped, /its last digit should be 5/);
    assert.match(mistyped, /RR123456789DE/);
    const next = await send(place, { reference: code, tracking: 'RR123456785DE', service: 'signature' }, 303);
    assert.equal(next.headers.get('location'), `${place}?service=signature`);
    assert.match(await get(`${place}?service=signature`), /value="signature" selected/);
    const unknown = await (await send(`${base}/post/returned`, { reference: 'L-1', reason: 'moved' }, 422)).text();
    assert.match(unknown, /There is no letter on paper/);
    const back = { reference: 'RR123456785DE', reason: 'moved', detail: 'Nebenstr. 2' };
    await send(`${base}/post/returned`, back, 303);
    const page = await get(`/deliveries/${letter.id}`);
    assert.match(page, /Another postal address/);
    assert.doesNotMatch(page, /The same address once more/, 'nobody is known there');
    const address = { street: 'Nebenstr. 2', postcode: '10117', city: 'Musterstadt', addressReason: '' };
    assert.match(await (await send(`/deliveries/${letter.id}/address`, address, 422)).text(), /Nebenstr\. 2/);
    const sent = await send(`/deliveries/${letter.id}/address`, { ...address, addressReason: 'Sticker' }, 303);
    const fresh = sent.headers.get('location') ?? '';
    assert.match(await get(fresh), /Nebenstr\. 2/);
    const number = fresh.split('/').at(-1) ?? '';
    await send(place, { reference: `L-${number}`, tracking: '12345678' }, 303);
    await send(`${base}/post/arrived`, { reference: '12345678', signedBy: 'E. Muster' }, 303);
    const arrived = await get(fresh);
    assert.match(arrived, /signed by E\. Muster/);
    assert.match(await get(`${base}/post?format=csv`), /E\. Muster/);
  });

  it('shows what a list of numbers would do before it does it', async () => {
    const parties = [];
    for (let n = 0; n < 2; n++)
      parties.push(
        await addParty(house.ctx, released, {
          street: 'Hauptstr. 1',
          contacts: [{ channel: 'post', languages: ['de'] }],
        }),
      );
    await plan();
    const letters = await house.handle.db
      .selectFrom('delivery')
      .select('id')
      .where(
        'party_id',
        'in',
        parties.map((party) => party.partyId),
      )
      .orderBy('id')
      .execute();
    const list = `${letters.map(({ id }, n) => `L-${id};8765432${n}`).join('\n')}\nL-999999;87654329`;
    async function post(fields: Record<string, string>, file?: string): Promise<Response> {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
      if (file !== undefined) form.set('file', new File([file], 'numbers.csv', { type: 'text/csv' }));
      return house.app.request(`${base}/post/list`, {
        method: 'POST',
        body: form,
        headers: { cookie, origin: publicUrl },
      });
    }
    assert.equal((await post({ list: '' })).status, 422);
    assert.equal((await post({ list: '' }, 'a\0b')).status, 422, 'no text');
    const look = await post({ command: 'look', list: '' }, list);
    assert.equal(look.status, 200);
    const shown = await look.text();
    assert.match(shown, /One line is wrong/);
    assert.match(shown, /2 letters count as handed in/);
    assert.match(shown, /Record the 2 that are right/);
    const waiting = () =>
      house.handle.db
        .selectFrom('delivery')
        .select('state')
        .where(
          'id',
          'in',
          letters.map(({ id }) => id),
        )
        .execute();
    assert.deepEqual(new Set((await waiting()).map((row) => row.state)), new Set(['queued']));
    assert.equal((await post({ command: 'record', list })).status, 303);
    assert.deepEqual(new Set((await waiting()).map((row) => row.state)), new Set(['sent']));
  });

  it('prints a confirmation for somebody without mail, with its letters', async () => {
    const party = await addParty(house.ctx, released, {
      street: 'Hauptstr. 7',
      contacts: [{ channel: 'phone', languages: ['de'] }],
    });
    await house.handle.db.updateTable('contact').set({ email: '' }).where('party_id', '=', party.partyId).execute();
    const done = await recordCall(await house.staff('support'), {
      actionId: released.actionId,
      partyId: party.partyId,
      contactId: party.contactIds[0] ?? 0,
      outcome: 'answered',
      language: 'de',
      answers: { ...emptyAnswers(), party: { received: 'yes' } },
    });
    assert.ok(!isRefusal(done) && done.deliveryId);
    assert.match(await get(`/deliveries/${done.deliveryId}/letter`), /Hauptstr\. 7/);
    const answer = await house.app.request(`/deliveries/${done.deliveryId}/letter.pdf`, { headers: { cookie } });
    assert.equal(answer.status, 200);
    assert.equal(
      Buffer.from(await answer.arrayBuffer())
        .subarray(0, 5)
        .toString(),
      '%PDF-',
    );
  });

  it('is worked by keyboard and by scanner, and reads well to everybody', async () => {
    const party = await silent(['de']);
    const posted = await addParty(house.ctx, released, {
      street: 'Hauptstr. 1',
      contacts: [{ channel: 'post', languages: ['de'] }],
    });
    await plan();
    const letter = await house.handle.db
      .selectFrom('delivery')
      .select('id')
      .where('party_id', '=', posted.partyId)
      .executeTakeFirstOrThrow();
    const server = serve({ fetch: house.app.fetch, port: 0, hostname: 'localhost' });
    await new Promise((resolve) => server.once('listening', resolve));
    const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    const axe = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
    const expectReadable = async (page: Page) => {
      const found = await page.evaluate(`${axe};axe.run(document, {resultTypes: ['violations']}).then((result) =>
        result.violations.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => one.id + ' ' + one.nodes[0].html))`);
      assert.deepEqual(found, [], page.url());
      const sideways = await page.evaluate('document.documentElement.scrollWidth > innerWidth + 1');
      assert.equal(sideways, false, `${page.url()} scrolls sideways`);
    };
    const cookies = cookie.split('; ').map((one) => ({
      name: one.slice(0, one.indexOf('=')),
      value: one.slice(one.indexOf('=') + 1),
      url: origin,
    }));
    try {
      for (const width of [1280, 390]) {
        await withBrowser({ width }, async (page, context) => {
          await context.addCookies(cookies);
          for (const path of [
            '/calls',
            `/calls/${party.partyId}`,
            `/calls/${party.partyId}/incident`,
            '/attempts',
            '/post',
            '/post/hand-in',
            '/post/returned',
            '/post/list',
          ]) {
            await page.goto(`${origin}${base}${path}`);
            await expectReadable(page);
          }
        });
      }
      await withBrowser({}, async (page, context) => {
        await context.addCookies(cookies);
        await page.goto(`${origin}${base}/post/hand-in`);
        await page.locator('[name="reference"]:focus').waitFor();
        // As a scanner types: the code, then Enter.
        await page.keyboard.type(`L-${letter.id}`);
        await page.keyboard.press('Enter');
        await page.locator('[name="tracking"]:focus').waitFor();
        await page.keyboard.type('RR473124829FI');
        await page.route('**/post/hand-in', (route) =>
          route.continue({ headers: { ...route.request().headers(), origin: publicUrl } }),
        );
        await page.keyboard.press('Enter');
        await page.getByText('RR473124829FI').waitFor();
        // Ready for the next letter.
        await page.locator('[name="reference"]:focus').waitFor();
        // Enter in a field of the call presses what is said, never a button that stands before it.
        await page.goto(`${origin}${base}/calls/${party.partyId}`);
        const name = await page.evaluate(
          `[...document.querySelector('.ff-call').elements].find((one) => one.type === 'submit').name`,
        );
        assert.equal(name, '');
      });
    } finally {
      await closeBrowser();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
