import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { httpWebhookSender, isPublicAddress } from '../src/adapters/webhook-sender.ts';
import { transact } from '../src/app/context.ts';
import { recordEvent } from '../src/app/event.ts';
import { deliverWebhooks, testWebhook } from '../src/app/webhook-delivery.ts';
import {
  changeWebhook,
  createWebhook,
  listWebhookMessages,
  listWebhooks,
  removeWebhook,
  rotateWebhookSecret,
} from '../src/app/webhooks.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { isEventPattern, isReceiverAddress, MAX_TRIES, waitAfter, wantsEvent } from '../src/domain/webhook.ts';
import { type House, openHouse } from './helpers/house.ts';

const HOUR = 3_600_000;

describe('rules of webhooks', () => {
  it('knows patterns of events', () => {
    for (const right of ['*', 'notice.*', 'notice.release', 'api_key.*']) assert.ok(isEventPattern(right), right);
    for (const wrong of ['', 'notice', '*.release', 'Notice.*', 'a.b.c', 'notice.re*'])
      assert.ok(!isEventPattern(wrong), wrong);
    assert.ok(wantsEvent(['notice.*'], 'notice.release'));
    assert.ok(!wantsEvent(['notice.*'], 'noticeboard.release'));
    assert.ok(!wantsEvent(['task.end'], 'task.ended'));
  });

  it('takes addresses without credentials, of the web only', () => {
    assert.ok(isReceiverAddress('https://erp.example/hook'));
    for (const wrong of [
      'erp.example',
      'ftp://erp.example',
      'https://user:pass@erp.example',
      'javascript:alert(1)',
      'file:///etc/passwd',
    ]) {
      assert.ok(!isReceiverAddress(wrong), wrong);
    }
  });

  it('waits longer after each try, and as long as the receiver asks up to a day', () => {
    const waits = Array.from({ length: MAX_TRIES - 1 }, (_, index) => waitAfter(index + 1));
    assert.equal(waits[0], 60_000);
    assert.equal(waits.at(-1), 24 * HOUR);
    assert.deepEqual(
      waits,
      waits.toSorted((a, b) => a - b),
    );
    assert.equal(waitAfter(1, 7_200), 2 * HOUR);
    assert.equal(waitAfter(1, 999_999), 24 * HOUR);
  });
});

describe('where a webhook may not lead', () => {
  const inside = [
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'not an address',
  ];
  for (const address of inside) it(`not to ${address}`, () => assert.equal(isPublicAddress(address), false));
  for (const address of ['93.184.216.34', '2606:2800:220:1::1'])
    it(`to ${address}`, () => assert.equal(isPublicAddress(address), true));

  let server: Server;
  let port: number;
  const seen: string[] = [];
  before(async () => {
    server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      if (request.url === '/slow') return;
      response.writeHead(request.url === '/away' ? 302 : 204, { location: '/elsewhere' }).end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it('refuses this machine by number, by name and by every spelling of it', async () => {
    const sender = httpWebhookSender({ allowPrivate: false });
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]']) {
      const result = await sender.post(`https://${host}:${port}/`, {}, '{}');
      assert.equal(result.status, null, host);
      assert.match(result.detail, /private network/, `${host}: ${result.detail}`);
    }
    assert.match((await sender.post(`http://93.184.216.34:${port}/`, {}, '{}')).detail, /https/);
    assert.deepEqual(seen, []);
  });

  it('posts when private addresses are allowed, and follows no redirect', async () => {
    const sender = httpWebhookSender({ allowPrivate: true });
    assert.deepEqual(await sender.post(`http://127.0.0.1:${port}/ok`, { 'content-type': 'application/json' }, '{}'), {
      status: 204,
      detail: '',
    });
    const away = await sender.post(`http://127.0.0.1:${port}/away`, {}, '{}');
    assert.equal(away.status, 302);
    assert.match(away.detail, /not followed/);
    assert.deepEqual(seen, ['POST /ok', 'POST /away']);
    assert.equal((await sender.post('http://127.0.0.1:1/', {}, '{}')).status, null);
  });
});

describe('webhooks', () => {
  let house: House;
  let secret: string;
  let id: number;
  before(async () => {
    house = await openHouse();
    house.setNow('2022-05-04T08:00:00Z');
    const made = await createWebhook(await house.staff('administrator'), {
      url: 'https://erp.example/hook',
      events: ['test.*'],
    });
    assert.ok(!isRefusal(made));
    ({ id, secret } = made);
  });
  after(() => house.close());

  const happen = (action: string) =>
    transact(house.ctx, (tx) =>
      recordEvent(tx, house.ctx, { action, subject: 'thing', subjectId: 7, after: { name: 'Erika Muster' } }),
    );
  const states = async () => {
    const rows = await listWebhookMessages(await house.staff('administrator'), id);
    assert.ok(!isRefusal(rows));
    return rows.map((row) => row.state);
  };

  it('belong to administrators', async () => {
    const quality = await house.staff('quality');
    for (const refused of [
      await listWebhooks(quality),
      await createWebhook(quality, { url: 'https://a.example', events: ['*'] }),
      await testWebhook(quality, id),
    ]) {
      assert.ok(isRefusal(refused) && refused.code === 'forbidden');
    }
  });

  it('tell what they are asked for, in order, signed, and nobody’s name', async () => {
    await happen('test.first');
    await happen('other.thing');
    await happen('test.second');
    assert.deepEqual(await deliverWebhooks(house.ctx), { sent: 2, failed: 0 });
    const messages = house.webhooks.sent.splice(0);
    assert.deepEqual(
      messages.map((message) => JSON.parse(message.body).type),
      ['test.first', 'test.second'],
    );
    for (const { url, headers, body } of messages) {
      assert.equal(url, 'https://erp.example/hook');
      assert.ok(!body.includes('Erika'));
      const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
      const expected = createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'))
        .update(signed)
        .digest('base64');
      assert.equal(headers['webhook-signature'], `v1,${expected}`);
    }
    assert.deepEqual(await deliverWebhooks(house.ctx), { sent: 0, failed: 0 });
  });

  it('try again later, keep the order meanwhile, and are given up after the last try with a task', async () => {
    house.receiver.status = 500;
    await happen('test.third');
    await happen('test.fourth');
    const clock = new Date('2022-05-04T09:00:00Z').getTime();
    house.setNow(new Date(clock).toISOString());
    assert.deepEqual(await deliverWebhooks(house.ctx), { sent: 0, failed: 1 });
    assert.deepEqual(await deliverWebhooks(house.ctx), { sent: 0, failed: 0 }, 'not before its time');
    for (let later = 1; later < MAX_TRIES; later++) {
      house.setNow(new Date(clock + later * 25 * HOUR).toISOString());
      await deliverWebhooks(house.ctx);
    }
    const tried = house.webhooks.sent.splice(0).map((message) => message.headers['webhook-id']);
    assert.equal(tried.length, MAX_TRIES);
    assert.equal(new Set(tried).size, 1, 'the later message waited');
    assert.deepEqual(await states(), ['queued', 'failed', 'sent', 'sent']);
    const [row] = (await listWebhooks(await house.staff('administrator'))) as {
      disabledAt: Date | null;
      disabledReason: string;
    }[];
    assert.ok(row?.disabledAt);
    assert.match(row.disabledReason, /8 tries failed/);
    const task = await house.handle.db
      .selectFrom('task')
      .select('state')
      .where('kind', '=', 'webhook-failing')
      .executeTakeFirst();
    assert.equal(task?.state, 'open');
  });

  it('miss nothing when switched on again', async () => {
    house.receiver.status = 200;
    await happen('test.fifth');
    assert.deepEqual(await deliverWebhooks(house.ctx), { sent: 0, failed: 0 });
    assert.ok(!isRefusal(await changeWebhook(await house.staff('administrator'), id, { enabled: true })));
    assert.deepEqual(await deliverWebhooks(house.ctx), { sent: 3, failed: 0 });
    assert.deepEqual(
      house.webhooks.sent.splice(0).map((message) => JSON.parse(message.body).type),
      ['test.third', 'test.fourth', 'test.fifth'],
    );
  });

  it('stop at once when the receiver is gone (410)', async () => {
    house.receiver.status = 410;
    await happen('test.sixth');
    await deliverWebhooks(house.ctx);
    assert.equal((await states())[0], 'failed');
    house.receiver.status = 200;
    await changeWebhook(await house.staff('administrator'), id, { enabled: true });
    await deliverWebhooks(house.ctx);
    assert.equal((await states())[0], 'sent');
  });

  it('have a test message, a new secret and an end', async () => {
    const administrator = await house.staff('administrator');
    house.webhooks.sent.splice(0);
    assert.deepEqual(await testWebhook(administrator, id), { ok: true, status: 200, detail: '' });
    assert.equal(JSON.parse(house.webhooks.sent[0]?.body ?? '{}').type, 'webhook.test');
    const rotated = await rotateWebhookSecret(administrator, id);
    assert.ok(!isRefusal(rotated) && rotated.secret !== secret);
    assert.ok(!isRefusal(await removeWebhook(administrator, id)));
    const gone = await removeWebhook(administrator, id);
    assert.ok(isRefusal(gone) && gone.code === 'webhook.unknown');
  });

  it('have a page: added, shown once with their secret, tested, switched off, removed', async () => {
    const cookie = await house.signIn('administrator');
    const post = (path: string, form: Record<string, string>) =>
      house.app.request(path, {
        method: 'POST',
        body: new URLSearchParams(form),
        headers: { cookie, origin: 'http://localhost:3000' },
      });
    const get = async (path: string) => (await house.app.request(path, { headers: { cookie } })).text();
    const wrong = await post('/settings/webhooks', { url: 'nonsense', events: 'Release!' });
    assert.equal(wrong.status, 422);
    assert.match(await wrong.text(), /Write an address like/);
    const made = await post('/settings/webhooks', {
      url: 'https://erp.example/hook',
      events: 'task.*\nnotice.release',
    });
    const page = await made.text();
    assert.match(page, /whsec_/);
    const path = /\/settings\/webhooks\/\d+/.exec(page)?.[0] ?? '';
    assert.doesNotMatch(await get('/settings/webhooks'), /whsec_/);
    assert.match(await get(path), /task\.\*, notice\.release/);
    assert.equal((await post(path, { do: 'test' })).status, 303);
    assert.match(await get(path), /webhook/i);
    assert.equal((await post(path, { do: 'off' })).status, 303);
    assert.match(await get(path), /Switched off by Adrian Sample/);
    assert.match(await (await post(path, { do: 'remove' })).text(), /Remove this webhook\?/);
    assert.equal((await post(path, { do: 'remove-surely' })).status, 303);
    assert.equal((await house.app.request(path, { headers: { cookie } })).status, 404);
    assert.equal((await house.app.request('/settings', { headers: { cookie } })).status, 200);
    assert.equal(
      (await house.app.request('/settings', { headers: { cookie: await house.signIn('viewer') } })).status,
      403,
    );
  });
});
