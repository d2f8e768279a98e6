import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fakeMailer, type SendResult } from '../src/adapters/mail.ts';
import { readMessage } from '../src/adapters/mail-message.ts';
import { readReturnPath } from '../src/app/delivery-address.ts';
import { recordBounce } from '../src/app/delivery-bounces.ts';
import { controlSending } from '../src/app/delivery-control.ts';
import { markHandled } from '../src/app/delivery-post.ts';
import { resolveBounce } from '../src/app/delivery-redirect.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { recoverDeliveries, resolveUnsure } from '../src/app/delivery-unsure.ts';
import { verifyEventChain } from '../src/app/event-chain.ts';
import { sendTestLetter } from '../src/app/letter-tests.ts';
import { isRefusal } from '../src/domain/refusal.ts';
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
before(async () => {
  house = await openDeliveryHouse();
});
after(() => house.close());

const deliveries = (released: Released) =>
  house.handle.db.selectFrom('delivery').selectAll().where('action_id', '=', released.actionId).orderBy('id').execute();
const tasks = (released: Released) =>
  house.handle.db.selectFrom('task').selectAll().where('action_id', '=', released.actionId).orderBy('id').execute();
const mailbox = (released: Released) =>
  house.handle.db
    .selectFrom('mailbox_message as m')
    .innerJoin('delivery as d', 'd.id', 'm.delivery_id')
    .selectAll('m')
    .where('d.action_id', '=', released.actionId)
    .orderBy('m.id')
    .execute();

describe('planning', () => {
  test('each active contact of each party gets one letter; planning again adds nobody twice', async () => {
    const released = await addReleased(house.ctx);
    const party = await addParty(house.ctx, released, { contacts: [{}, { role: 'recall' }] });
    await addParty(house.ctx, released);
    assert.deepEqual(await plan(house.ctx, released), { deliveries: 3, tasks: 0 });
    assert.deepEqual(await plan(house.ctx, released), { deliveries: 0, tasks: 0 });
    const rows = await deliveries(released);
    assert.equal(new Set(rows.map((row) => row.message_id)).size, 3);
    assert.match(rows[0]?.message_id ?? '', /^<delivery\.\d+\.[0-9a-f]{15}@muster\.example>$/);
    // The contact for recalls comes first.
    assert.equal(rows[0]?.contact_id, party.contactIds[1]);
    await addParty(house.ctx, released);
    assert.deepEqual(await plan(house.ctx, released), { deliveries: 1, tasks: 0 });
  });

  test('whoever cannot be reached becomes a task, not a gap', async () => {
    const released = await addReleased(house.ctx);
    await addParty(house.ctx, released, {
      contacts: [{ email: '' }, { email: 'no address' }, { channel: 'phone' }, { channel: 'post' }],
    });
    await addParty(house.ctx, released, { contacts: [] });
    await addParty(house.ctx, released, { contacts: [{ channel: 'post' }], street: 'Laborweg 1' });
    assert.deepEqual(await plan(house.ctx, released), { deliveries: 5, tasks: 5 });
    assert.deepEqual((await tasks(released)).map((task) => task.kind).sort(), [
      'missing-address',
      'missing-address',
      'missing-address',
      'no-contact',
      'telephone',
    ]);
    const rows = await deliveries(released);
    assert.deepEqual(
      rows.map((row) => row.state),
      ['failed', 'failed', 'queued', 'failed', 'queued'],
    );
    assert.match(rows[4]?.address ?? '', /^Hauptlabor \d+\nErika Muster\nLaborweg 1\n10115 Musterstadt\nDE$/);
    assert.deepEqual(
      rows.map((row) => row.next_attempt_at),
      [null, null, null, null, null],
    );
  });

  test('a contact in Belgium gets its own languages first, then those of the country, in one letter', async () => {
    const released = await addReleased(house.ctx);
    await addParty(house.ctx, released, { country: 'BE', contacts: [{ languages: ['fr'] }] });
    await plan(house.ctx, released);
    const [row] = await deliveries(released);
    assert.equal(row?.languages[0], 'fr');
    assert.ok(row?.languages.includes('nl'));
    await sendDueDeliveries(house.ctx);
    const [message] = await mailbox(released);
    const mail = await readMessage(message?.raw ?? Buffer.alloc(0));
    assert.match(mail.subject, /^RAPPEL URGENT: FSN2022-1230 \/ /);
    for (const language of row?.languages ?? []) assert.match(mail.html, new RegExp(`lang="${language}"`));
    assert.match(mail.text, /Français · /);
    assert.match(mail.text, /Nederlands: Erika Muster, Labor/);
  });
});

describe('the built-in mailbox', () => {
  test('a letter is there exactly once, personal, and starts the clocks of its party', async () => {
    const released = await addReleased(house.ctx);
    const one = await addParty(house.ctx, released, { units: 2 });
    const two = await addParty(house.ctx, released, { connected: false });
    await plan(house.ctx, released);
    const report = await sendDueDeliveries(house.ctx);
    assert.deepEqual(report, { sent: 2, other: 0, more: false });
    assert.deepEqual(await sendDueDeliveries(house.ctx), { sent: 0, other: 0, more: false });
    const messages = await mailbox(released);
    assert.equal(messages.length, 2);
    const [first, second] = await Promise.all(messages.map((message) => readMessage(message.raw)));
    const link = /https:\/\/fieldfix\.example\/p\/[0-9a-z]{26}/;
    assert.notEqual(link.exec(first?.html ?? '')?.[0], link.exec(second?.html ?? '')?.[0]);
    assert.match(first?.html ?? '', /NB\d+0001/);
    assert.match(first?.text ?? '', /11 May 2022/);
    assert.doesNotMatch((first?.headers ?? []).map((header) => header.name).join(), /unsubscribe/i);
    assert.equal(first?.headers.find((header) => header.name === 'Reply-To')?.value, 'contacts@muster.example');
    const obligations = await house.handle.db
      .selectFrom('obligation')
      .selectAll()
      .where('action_id', '=', released.actionId)
      .orderBy('id')
      .execute();
    assert.deepEqual(
      obligations.map((row) => row.notified_at),
      [house.ctx.now(), house.ctx.now()],
    );
    assert.equal(obligations[0]?.next_reminder_at?.toISOString(), '2022-05-12T07:00:00.000Z');
    const clocks = await house.handle.db
      .selectFrom('deadline')
      .selectAll()
      .where('action_id', '=', released.actionId)
      .orderBy('party_id')
      .execute();
    assert.deepEqual(
      clocks.map((clock) => [clock.party_id, clock.rule, clock.due_on, clock.state]),
      [
        [one.partyId, 'customer-reply-connected', '2022-05-11', 'running'],
        [two.partyId, 'customer-reply-unconnected', null, 'waiting'],
      ],
    );
    assert.equal((await verifyEventChain(house.ctx)).chain, 'ok');
  });

  test('a letter that cannot be composed does not hold up the others', async () => {
    const released = await addReleased(house.ctx);
    await addParty(house.ctx, released, { kind: 'distributor', units: 0 });
    await addParty(house.ctx, released);
    await plan(house.ctx, released);
    await house.handle.db
      .updateTable('delivery')
      .set({ languages: ['xx-'.repeat(20)] })
      .where('action_id', '=', released.actionId)
      .where('variant', '=', 'distributor')
      .execute();
    const report = await sendDueDeliveries(house.ctx);
    assert.equal(report.sent, 1);
    assert.equal(report.other, 1);
    const [broken, good] = await deliveries(released);
    assert.equal(broken?.state, 'queued');
    assert.match(broken?.detail ?? '', /could not be composed/);
    assert.equal(good?.state, 'sent');
    // Out of the way of the tests that follow.
    await house.handle.db
      .updateTable('delivery')
      .set({ state: 'stopped' })
      .where('id', '=', broken?.id ?? 0)
      .execute();
  });

  test('a test letter is marked, and its links open nothing', async () => {
    const released = await addReleased(house.ctx);
    await addParty(house.ctx, released, { contacts: [{ languages: ['de'] }] });
    const result = await sendTestLetter(house.as(regulatory), released.noticeId, { address: 'rita@muster.example' });
    assert.ok(!isRefusal(result));
    await sendDueDeliveries(house.ctx);
    const [message] = await mailbox(released);
    assert.equal(message?.recipient, 'rita@muster.example');
    const mail = await readMessage(message?.raw ?? Buffer.alloc(0));
    assert.match(mail.subject, /^\[TEST\]: DRINGENDER RÜCKRUF/);
    assert.match(mail.html, /fieldfix\.example\/p\/preview/);
    assert.doesNotMatch(mail.html, /\/p\/[0-9a-z]{26}/);
    // Nobody was told by it.
    const told = await house.handle.db
      .selectFrom('obligation')
      .select('notified_at')
      .where('action_id', '=', released.actionId)
      .executeTakeFirstOrThrow();
    assert.equal(told.notified_at, null);
  });
});

describe('a mail server', () => {
  const answers =
    (outcome: SendResult['outcome'], detail = 'as told'): (() => SendResult) =>
    () => ({ outcome, detail });

  test('two senders at once: every letter leaves once, each with a return path that names it', async () => {
    const released = await addReleased(house.ctx);
    for (let i = 0; i < 60; i++) await addParty(house.ctx, released, { units: 1 });
    await plan(house.ctx, released);
    const slow = (): Promise<SendResult> =>
      new Promise((resolve) => setTimeout(() => resolve({ outcome: 'accepted', detail: '250 ok' }), 2));
    const mailers = [fakeMailer(slow), fakeMailer(slow)];
    await Promise.all(mailers.map((mailer, i) => sendDueDeliveries(house.server(`server-${i + 1}`, mailer))));
    const sent = mailers.flatMap((mailer) => mailer.sent);
    assert.equal(sent.length, 60);
    assert.equal(new Set(sent.map((mail) => mail.recipient)).size, 60);
    const rows = await deliveries(released);
    assert.ok(rows.every((row) => row.state === 'sent' && row.attempts === 1 && row.claimed_by === null));
    const byAddress = new Map(rows.map((row) => [row.address, row.id]));
    for (const mail of sent) {
      assert.match(mail.sender, /^bounce\+\d+\.[0-9a-f]{15}@muster\.example$/);
      assert.equal(readReturnPath(house.ctx.settings, mail.sender), byAddress.get(mail.recipient));
    }
    assert.equal(readReturnPath(house.ctx.settings, (sent[0]?.sender ?? '').replace(/\.[0-9a-f]/, '.x')), undefined);
    const attempts = await house.handle.db
      .selectFrom('delivery_attempt as a')
      .innerJoin('delivery as d', 'd.id', 'a.delivery_id')
      .select('a.outcome')
      .where('d.action_id', '=', released.actionId)
      .execute();
    assert.equal(attempts.length, 60);
  });

  test('for now refused is tried again later, six times, then a task', async () => {
    const released = await addReleased(house.ctx);
    await addParty(house.ctx, released);
    await plan(house.ctx, released);
    const mailer = fakeMailer(answers('later', '452 mailbox full'));
    const start = house.ctx.now().getTime();
    for (let i = 0; i < 40 && mailer.sent.length < 6; i++) {
      await sendDueDeliveries(house.server('server-1', mailer));
      const [row] = await deliveries(released);
      if (!row?.next_attempt_at) break;
      assert.equal((await sendDueDeliveries(house.server('server-1', mailer))).sent, 0);
      house.setNow(row.next_attempt_at.toISOString());
    }
    assert.equal(mailer.sent.length, 6);
    const hours = (house.ctx.now().getTime() - start) / 3_600_000;
    assert.ok(hours > 20 && hours < 32, `${hours} hours`);
    house.setNow('2022-05-04T08:00:00Z');
    const [row] = await deliveries(released);
    assert.equal(row?.state, 'failed');
    assert.deepEqual(
      (await tasks(released)).map((task) => task.kind),
      ['send-failed'],
    );
  });

  test('a refusal for good is a bounce with a task, and the party was not told', async () => {
    const released = await addReleased(house.ctx);
    await addParty(house.ctx, released);
    await plan(house.ctx, released);
    await sendDueDeliveries(house.server('server-1', fakeMailer(answers('refused', '550 no such user'))));
    const [row] = await deliveries(released);
    assert.equal(row?.state, 'bounced');
    assert.deepEqual(
      (await tasks(released)).map((task) => task.kind),
      ['bounce'],
    );
    const told = await house.handle.db
      .selectFrom('obligation')
      .select('notified_at')
      .where('action_id', '=', released.actionId)
      .executeTakeFirstOrThrow();
    assert.equal(told.notified_at, null);
  });

  test('a server that cannot be reached is left alone after a few tries, and the rest waits untouched', async () => {
    const released = await addReleased(house.ctx);
    for (let i = 0; i < 120; i++) await addParty(house.ctx, released, { units: 0 });
    await plan(house.ctx, released);
    const mailer = fakeMailer(() => ({ outcome: 'later', detail: 'ECONNREFUSED', unreachable: true }));
    const report = await sendDueDeliveries(house.server('server-1', mailer));
    assert.equal(report.more, true);
    const untouched = (await deliveries(released)).filter((row) => row.attempts === 0);
    assert.ok(untouched.length >= 20, `${untouched.length} letters keep all their tries`);
    await house.handle.db
      .updateTable('delivery')
      .set({ state: 'stopped' })
      .where('action_id', '=', released.actionId)
      .execute();
  });

  test('pause holds letters, resume lets them go; stop takes them out and resume brings them back', async () => {
    const released = await addReleased(house.ctx);
    await addParty(house.ctx, released);
    await plan(house.ctx, released);
    const staff = house.as(regulatory);
    const mailer = fakeMailer();
    const server = house.server('server-1', mailer);
    const control = async (command: 'pause' | 'resume' | 'stop') => {
      const result = await controlSending(staff, released.actionId, { command, reason: 'a test' });
      assert.ok(!isRefusal(result), command);
      await sendDueDeliveries(server);
    };
    assert.equal(
      isRefusal(await controlSending(house.as(support), released.actionId, { command: 'pause', reason: 'a test' })),
      true,
    );
    await control('pause');
    assert.equal(mailer.sent.length, 0);
    assert.equal((await deliveries(released))[0]?.state, 'queued');
    await control('stop');
    assert.equal((await deliveries(released))[0]?.state, 'stopped');
    assert.equal(
      isRefusal(await controlSending(staff, released.actionId, { command: 'pause', reason: 'a test' })),
      true,
    );
    await control('resume');
    assert.equal(mailer.sent.length, 1);
    assert.equal((await deliveries(released))[0]?.state, 'sent');
  });

  test('a domain gets no more than its share a minute, from all servers together', async () => {
    const released = await addReleased(house.ctx);
    for (let i = 0; i < 12; i++) {
      await addParty(house.ctx, released, { units: 0, contacts: [{ email: `lab${i}@one.example` }] });
    }
    await addParty(house.ctx, released, { units: 0, contacts: [{ email: 'lab@other.example' }] });
    await plan(house.ctx, released);
    const mailer = fakeMailer();
    const servers = ['server-1', 'server-2'].map((name) => house.server(name, mailer, { pacePerDomain: 5 }));
    await Promise.all(servers.map((server) => sendDueDeliveries(server)));
    const toOne = () => mailer.sent.filter((mail) => mail.recipient.endsWith('@one.example')).length;
    assert.equal(toOne(), 5);
    assert.equal(mailer.sent.length, 6);
    house.setNow('2022-05-04T08:01:01Z');
    await Promise.all(servers.map((server) => sendDueDeliveries(server)));
    assert.equal(toOne(), 10);
    house.setNow('2022-05-04T08:02:05Z');
    await Promise.all(servers.map((server) => sendDueDeliveries(server)));
    assert.equal(toOne(), 12);
    house.setNow('2022-05-04T08:00:00Z');
  });

  test('a server that dies leaves its letters in doubt: one task, nobody written to twice, a person settles it', async () => {
    const released = await addReleased(house.ctx);
    for (let i = 0; i < 3; i++) await addParty(house.ctx, released);
    await plan(house.ctx, released);
    await house.handle.db
      .updateTable('delivery')
      .set({
        state: 'sending',
        claimed_by: 'server-dead',
        claimed_at: house.ctx.now(),
        attempts: 1,
        next_attempt_at: null,
      })
      .where('action_id', '=', released.actionId)
      .execute();
    assert.equal(await recoverDeliveries(house.ctx), 0, 'another server may still be at it');
    assert.equal(await recoverDeliveries(house.ctx, { alone: true }), 3);
    assert.equal(await recoverDeliveries(house.ctx, { alone: true }), 0);
    const mailer = fakeMailer();
    await sendDueDeliveries(house.server('server-2', mailer));
    assert.equal(mailer.sent.length, 0);
    assert.deepEqual(
      (await tasks(released)).map((task) => [task.kind, task.state]),
      [['unsure-delivery', 'open']],
    );
    const [first] = await deliveries(released);
    const staff = house.as(regulatory);
    const left = await resolveUnsure(staff, released.actionId, {
      answer: 'left',
      reason: 'in the log of the mail server',
      deliveryId: first?.id ?? 0,
    });
    assert.ok(!isRefusal(left));
    const again = await resolveUnsure(staff, released.actionId, { answer: 'again', reason: 'not in the log' });
    assert.deepEqual(again, { id: released.actionId, letters: 2 });
    await sendDueDeliveries(house.server('server-2', mailer));
    assert.equal(mailer.sent.length, 2);
    assert.ok((await deliveries(released)).every((row) => row.state === 'sent'));
    assert.deepEqual(
      (await tasks(released)).map((task) => task.state),
      ['done'],
    );
  });

  test('the line breaks after the data was handed over: in doubt, and not tried again by itself', async () => {
    const released = await addReleased(house.ctx);
    await addParty(house.ctx, released);
    await plan(house.ctx, released);
    const mailer = fakeMailer(answers('unknown', 'connection lost'));
    await sendDueDeliveries(house.server('server-1', mailer));
    await sendDueDeliveries(house.server('server-1', mailer));
    assert.equal(mailer.sent.length, 1);
    assert.equal((await deliveries(released))[0]?.state, 'unsure');
    assert.deepEqual(
      (await tasks(released)).map((task) => task.kind),
      ['unsure-delivery'],
    );
  });
});

describe('what came back', () => {
  async function bounced() {
    const released = await addReleased(house.ctx);
    const party = await addParty(house.ctx, released, { contacts: [{}], street: 'Laborweg 1' });
    await plan(house.ctx, released);
    await sendDueDeliveries(house.ctx);
    const [delivery] = await deliveries(released);
    const result = await recordBounce(house.as(regulatory), {
      deliveryId: delivery?.id ?? 0,
      kind: 'hard',
      detail: '550 5.1.1 unknown user',
    });
    assert.ok(!isRefusal(result));
    return { released, party, deliveryId: delivery?.id ?? 0 };
  }

  test('is a task, makes the contact unreachable, and halts the clocks of a party that was never told', async () => {
    const { released, party, deliveryId } = await bounced();
    const again = await recordBounce(house.as(regulatory), { deliveryId, kind: 'hard', detail: 'once more' });
    assert.ok(!isRefusal(again));
    assert.deepEqual(
      (await tasks(released)).map((task) => [task.kind, task.state]),
      [['bounce', 'open']],
    );
    const contact = await house.handle.db
      .selectFrom('contact')
      .select('status')
      .where('id', '=', party.contactIds[0] ?? 0)
      .executeTakeFirst();
    assert.equal(contact?.status, 'unreachable');
    const [clock] = await house.handle.db
      .selectFrom('deadline')
      .selectAll()
      .where('party_id', '=', party.partyId)
      .execute();
    assert.deepEqual([clock?.state, clock?.due_on], ['waiting', null]);
    const owed = await house.handle.db
      .selectFrom('obligation')
      .selectAll()
      .where('party_id', '=', party.partyId)
      .executeTakeFirst();
    assert.deepEqual([owed?.notified_at, owed?.next_reminder_at], [null, null]);
  });

  test('goes to the corrected address as another letter, and the clocks start anew with it', async () => {
    const { released, party, deliveryId } = await bounced();
    const staff = house.as(support);
    const same = await resolveBounce(staff, deliveryId, {
      how: 'correct',
      email: (await deliveries(released))[0]?.address ?? '',
    });
    assert.ok(isRefusal(same) && same.code === 'delivery.same-address');
    const result = await resolveBounce(staff, deliveryId, { how: 'correct', email: 'right@lab.example' });
    assert.ok(!isRefusal(result));
    house.setNow('2022-05-05T08:00:00Z');
    await sendDueDeliveries(house.ctx);
    house.setNow('2022-05-04T08:00:00Z');
    const rows = await deliveries(released);
    assert.deepEqual(rows.map((row) => [row.address, row.state]).at(-1), ['right@lab.example', 'sent']);
    assert.notEqual(rows[0]?.message_id, rows[1]?.message_id);
    assert.equal(rows[0]?.link_id, rows[1]?.link_id);
    assert.deepEqual(
      (await tasks(released)).map((task) => task.state),
      ['done'],
    );
    const [clock] = await house.handle.db
      .selectFrom('deadline')
      .selectAll()
      .where('party_id', '=', party.partyId)
      .execute();
    assert.deepEqual([clock?.state, clock?.due_on], ['running', '2022-05-12']);
  });

  test('goes to somebody new, or by post', async () => {
    const one = await bounced();
    const result = await resolveBounce(house.as(support), one.deliveryId, {
      how: 'new',
      name: 'Neue Leitung',
      email: 'neu@lab.example',
      languages: ['de'],
    });
    assert.ok(!isRefusal(result));
    const old = await house.handle.db
      .selectFrom('contact')
      .selectAll()
      .where('id', '=', one.party.contactIds[0] ?? 0)
      .executeTakeFirst();
    assert.equal(old?.status, 'replaced');
    const two = await bounced();
    const posted = await resolveBounce(house.as(support), two.deliveryId, { how: 'post' });
    assert.ok(!isRefusal(posted));
    const letter = (await deliveries(two.released)).at(-1);
    assert.deepEqual([letter?.channel, letter?.state], ['post', 'queued']);
    const handled = await markHandled(house.as(support), two.released.actionId, {
      deliveryIds: [letter?.id ?? 0],
      tracking: 'RR123456785DE',
      note: '',
    });
    assert.deepEqual(handled, { id: two.released.actionId, letters: 1 });
    assert.deepEqual((await deliveries(two.released)).at(-1)?.state, 'sent');
    const owed = await house.handle.db
      .selectFrom('obligation')
      .select('notified_at')
      .where('party_id', '=', two.party.partyId)
      .executeTakeFirst();
    assert.deepEqual(owed?.notified_at, house.ctx.now());
  });
});
