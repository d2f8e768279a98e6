import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Hono } from 'hono';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import type { Actor } from '../src/domain/actor.ts';
import type { Env, Handler } from '../src/http/context.ts';
import { postDeadline, showDeadline, showDeadlines } from '../src/http/staff/delivery/deadlines.tsx';
import { postBounce, postHandled, postLink, postResolve, showDelivery } from '../src/http/staff/delivery/delivery.tsx';
import { showDeliveries } from '../src/http/staff/delivery/list.tsx';
import { postPrintQueue, showLetter, showPrintLetters, showPrintQueue } from '../src/http/staff/delivery/print.tsx';
import { postSending, showSending } from '../src/http/staff/delivery/sending.tsx';
import { postUnsure, showUnsure } from '../src/http/staff/delivery/unsure.tsx';
import {
  showMailbox,
  showMailboxBody,
  showMailboxMessage,
  showMailboxSource,
} from '../src/http/staff/mailbox/mailbox.tsx';
import {
  addParty,
  addReleased,
  type DeliveryHouse,
  openDeliveryHouse,
  plan,
  type Released,
  regulatory,
} from './delivery-house.ts';

const pages: [method: 'GET' | 'POST', path: string, handler: Handler][] = [
  ['GET', '/actions/:id/deliveries', showDeliveries],
  ['GET', '/actions/:id/sending', showSending],
  ['POST', '/actions/:id/sending', postSending],
  ['GET', '/actions/:id/unsure', showUnsure],
  ['POST', '/actions/:id/unsure', postUnsure],
  ['GET', '/actions/:id/print', showPrintQueue],
  ['POST', '/actions/:id/print', postPrintQueue],
  ['GET', '/actions/:id/print/letters', showPrintLetters],
  ['GET', '/deliveries/:id', showDelivery],
  ['GET', '/deliveries/:id/letter', showLetter],
  ['POST', '/deliveries/:id/bounce', postBounce],
  ['POST', '/deliveries/:id/resolve', postResolve],
  ['POST', '/deliveries/:id/handled', postHandled],
  ['POST', '/deliveries/:id/link', postLink],
  ['GET', '/actions/:id/deadlines', showDeadlines],
  ['GET', '/deadlines/:id', showDeadline],
  ['POST', '/deadlines/:id', postDeadline],
  ['GET', '/mailbox', showMailbox],
  ['GET', '/mailbox/:id', showMailboxMessage],
  ['GET', '/mailbox/:id/body', showMailboxBody],
  ['GET', '/mailbox/:id/source', showMailboxSource],
];

let house: DeliveryHouse;
let app: Hono<Env>;
let released: Released;
const actor: Actor = regulatory;

before(async () => {
  house = await openDeliveryHouse();
  app = new Hono<Env>();
  app.use(async (c, next) => {
    c.set('ctx', house.as(actor));
    await next();
  });
  for (const [method, path, handler] of pages) app.on(method, path, handler);
  released = await addReleased(house.ctx);
  await addParty(house.ctx, released, { contacts: [{ name: '<b>Eve</b>' }], units: 2 });
  await addParty(house.ctx, released, { contacts: [{ channel: 'post' }], street: 'Laborweg 1' });
  await addParty(house.ctx, released, { contacts: [{}, { name: 'Zweite Person', role: 'recall' }] });
  await plan(house.ctx, released);
  await sendDueDeliveries(house.ctx);
});
after(() => house.close());

async function get(path: string, status = 200): Promise<string> {
  const response = await app.request(path);
  assert.equal(response.status, status, path);
  return response.text();
}
async function post(path: string, form: Record<string, string>, status: number): Promise<{ text: string; to: string }> {
  const response = await app.request(path, { method: 'POST', body: new URLSearchParams(form) });
  const text = await response.text();
  assert.equal(response.status, status, `${path}: ${text.slice(0, 300)}`);
  return { text, to: response.headers.get('location') ?? '' };
}
const deliveries = () =>
  house.handle.db.selectFrom('delivery').selectAll().where('action_id', '=', released.actionId).orderBy('id').execute();

test('the list of letters counts what it links to, filters, and exports', async () => {
  const page = await get(`/actions/${released.actionId}/deliveries`);
  assert.match(page, /kind=notice&amp;state=sent/);
  assert.match(page, /1 letter wait|1 letter.*printed/);
  const csv = await get(`/actions/${released.actionId}/deliveries?channel=post&format=csv`);
  assert.equal(csv.trim().split('\n').length, 2);
  await get('/actions/999/deliveries', 404);
});

test('a letter shows its tries and the ladder, and its words are escaped', async () => {
  const [first] = await deliveries();
  const page = await get(`/deliveries/${first?.id}`);
  assert.match(page, /Taken by the mail server/);
  assert.match(page, /&lt;b>Eve&lt;\/b>|&lt;b&gt;Eve/);
  const letter = await get(`/deliveries/${first?.id}/letter`);
  assert.match(letter, /&lt;b&gt;Eve&lt;\/b&gt;/);
  assert.doesNotMatch(letter, /<b>Eve/);
  await get('/deliveries/x', 404);
});

test('pausing asks first, and wants a reason', async () => {
  const path = `/actions/${released.actionId}/sending`;
  assert.match(await get(`${path}?command=pause`), /Pause the letters of this action\?/);
  await post(path, { command: 'pause', reason: '' }, 422);
  assert.equal(
    (await post(path, { command: 'pause', reason: 'the telephone is down' }, 303)).to,
    `/actions/${released.actionId}/deliveries`,
  );
  assert.match(await get(`/actions/${released.actionId}/deliveries`), /Sending is paused/);
  await post(path, { command: 'resume', reason: 'it works again' }, 303);
});

test('a bounce is recorded on the page of its letter and goes to another contact from there', async () => {
  const row = (await deliveries()).at(-1);
  await post(`/deliveries/${row?.id}/bounce`, { kind: 'hard', detail: '' }, 422);
  await post(`/deliveries/${row?.id}/bounce`, { kind: 'hard', detail: '550 unknown user' }, 303);
  const page = await get(`/deliveries/${row?.id}`);
  assert.match(page, /Find another way/);
  assert.match(page, /Zweite Person/);
  await post(`/deliveries/${row?.id}/resolve`, {}, 422);
  const wrong = await post(`/deliveries/${row?.id}/resolve`, { way: 'correct', email: 'no address' }, 422);
  assert.match(wrong.text, /aria-describedby/);
  const sent = await post(`/deliveries/${row?.id}/resolve`, { way: 'correct', email: 'right@lab.example' }, 303);
  assert.match(sent.to, /^\/deliveries\/\d+$/);
});

test('a personal link is closed and opened again, with a reason', async () => {
  const [first] = await deliveries();
  await post(`/deliveries/${first?.id}/link`, { command: 'revoke', linkReason: '' }, 422);
  await post(`/deliveries/${first?.id}/link`, { command: 'revoke', linkReason: 'passed on' }, 303);
  assert.match(await get(`/deliveries/${first?.id}`), /Closed on .*passed on/);
  await post(`/deliveries/${first?.id}/link`, { command: 'renew', linkReason: 'it was a mistake' }, 303);
});

test('letters for the post are printed with address and link in words, and recorded as posted', async () => {
  const path = `/actions/${released.actionId}/print`;
  const letter = (await deliveries()).find((row) => row.channel === 'post');
  assert.match(await get(path), /Laborweg 1/);
  const sheets = await get(`${path}/letters`);
  assert.match(sheets, /Laborweg 1/);
  assert.match(sheets, /<b[^>]*>https:\/\/fieldfix\.example\/p\/[0-9a-z]{26}<\/b>/);
  await post(path, { tracking: 'RR1' }, 422);
  await post(path, { delivery: String(letter?.id), tracking: 'RR123456785DE' }, 303);
  assert.match(await get(path), /Nothing to post/);
  assert.match(await get(`/deliveries/${letter?.id}`), /RR123456785DE/);
});

test('letters in doubt are settled with a reason', async () => {
  const [first] = await deliveries();
  await house.handle.db
    .updateTable('delivery')
    .set({ state: 'unsure' })
    .where('id', '=', first?.id ?? 0)
    .execute();
  const path = `/actions/${released.actionId}/unsure`;
  assert.match(await get(path), /delivery\.\d+\./);
  await post(path, { which: 'all', answer: 'left', reason: '' }, 422);
  await post(path, { answer: 'left', reason: 'in the log' }, 422);
  await post(path, { which: 'all', answer: 'left', reason: 'in the log of mail-1' }, 303);
  assert.match(await get(path), /No letter is in doubt/);
});

test('deadlines say why, and another day can be set', async () => {
  const page = await get(`/actions/${released.actionId}/deadlines`);
  assert.match(page, /5 working days in Germany from 4 May 2022/);
  const clock = await house.handle.db
    .selectFrom('deadline')
    .select('id')
    .where('state', '=', 'running')
    .executeTakeFirstOrThrow();
  assert.match(await get(`/deadlines/${clock.id}`), /Set another day/);
  await post(`/deadlines/${clock.id}`, { dueOn: '2022-05-20', reason: '' }, 422);
  await post(`/deadlines/${clock.id}`, { dueOn: '2022-05-20', reason: 'agreed by telephone' }, 303);
  assert.match(await get(`/deadlines/${clock.id}`), /set by Rita Regulatory/);
});

test('the mailbox lists messages and shows one in a frame that may do nothing', async () => {
  assert.match(await get('/mailbox?q=leitung'), /URGENT MEDICAL DEVICE RECALL/);
  const message = await house.handle.db
    .selectFrom('mailbox_message')
    .select('id')
    .orderBy('id')
    .executeTakeFirstOrThrow();
  assert.match(await get(`/mailbox/${message.id}`), /<iframe[^>]*sandbox/);
  const body = await app.request(`/mailbox/${message.id}/body`);
  assert.match(body.headers.get('content-security-policy') ?? '', /sandbox/);
  assert.match(body.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  assert.equal(body.headers.get('x-frame-options'), 'SAMEORIGIN');
  assert.match(await get(`/mailbox/${message.id}/source`), /^From: /);
  await get('/mailbox/999', 404);
});
