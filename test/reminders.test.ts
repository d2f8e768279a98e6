import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readMessage } from '../src/adapters/mail-message.ts';
import { transact } from '../src/app/context.ts';
import { missDeadlines, setDeadline } from '../src/app/deadlines.ts';
import { controlSending } from '../src/app/delivery-control.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { refreshObligation } from '../src/app/obligations.ts';
import { sendReminders } from '../src/app/reminders.ts';
import { explainDeadline } from '../src/domain/deadline.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import {
  addParty,
  addReleased,
  type DeliveryHouse,
  openDeliveryHouse,
  plan,
  type Released,
  regulatory,
} from './delivery-house.ts';

let house: DeliveryHouse;
before(async () => {
  house = await openDeliveryHouse();
});
after(() => house.close());

async function released(parties: number): Promise<{ released: Released; partyIds: number[] }> {
  house.setNow('2022-05-04T08:00:00Z');
  const action = await addReleased(house.ctx);
  const partyIds: number[] = [];
  for (let i = 0; i < parties; i++) partyIds.push((await addParty(house.ctx, action)).partyId);
  await plan(house.ctx, action);
  await sendDueDeliveries(house.ctx);
  return { released: action, partyIds };
}

/** A day of the house: reminders are planned, letters leave, deadlines run out. */
async function liveThrough(from: string, to: string): Promise<void> {
  for (let day = Temporal.PlainDate.from(from); Temporal.PlainDate.compare(day, to) <= 0; day = day.add({ days: 1 })) {
    house.setNow(`${day}T12:00:00Z`);
    await sendReminders(house.ctx);
    await sendReminders(house.ctx);
    await sendDueDeliveries(house.ctx);
    await missDeadlines(house.ctx);
  }
}

const remindersOf = (partyId: number) =>
  house.handle.db
    .selectFrom('delivery')
    .select(['purpose', 'state', 'created_at', 'id'])
    .where('party_id', '=', partyId)
    .where('kind', '=', 'reminder')
    .orderBy('id')
    .execute();

test('the silent get three reminders after their day, then somebody telephones; those who answered get none', async () => {
  const { released: action, partyIds } = await released(2);
  const [silent = 0, answered = 0] = partyIds;
  house.setNow('2022-05-06T08:00:00Z');
  await transact(house.ctx, (tx) =>
    refreshObligation(tx, house.ctx, action.actionId, answered, {
      receivedAt: house.ctx.now(),
      repliedAt: house.ctx.now(),
    }),
  );
  await liveThrough('2022-05-07', '2022-06-10');
  assert.deepEqual(await remindersOf(answered), []);
  const sent = await remindersOf(silent);
  assert.deepEqual(
    sent.map((row) => [row.purpose, row.state, row.created_at.toISOString().slice(0, 10)]),
    [
      [`reminder:${action.noticeId}:1`, 'sent', '2022-05-12'],
      [`reminder:${action.noticeId}:2`, 'sent', '2022-05-19'],
      // Ascension Day, 26 May, is no working day in Germany.
      [`reminder:${action.noticeId}:3`, 'sent', '2022-05-27'],
    ],
  );
  const calls = await house.handle.db.selectFrom('task').selectAll().where('action_id', '=', action.actionId).execute();
  assert.deepEqual(
    calls.map((task) => [task.kind, task.party_id]),
    [['telephone', silent]],
  );
  const clocks = await house.handle.db
    .selectFrom('deadline')
    .select(['party_id', 'state'])
    .where('action_id', '=', action.actionId)
    .orderBy('party_id')
    .execute();
  assert.equal(clocks[0]?.state, 'missed');
  const message = await house.handle.db
    .selectFrom('mailbox_message')
    .selectAll()
    .where('delivery_id', '=', sent[0]?.id ?? 0)
    .executeTakeFirstOrThrow();
  const mail = await readMessage(message.raw);
  assert.match(mail.subject, /^Reminder: URGENT/);
  assert.match(mail.text, /no answer from you yet/);
});

test('a reminder that waits is taken back when the answer comes first', async () => {
  const { released: action, partyIds } = await released(1);
  const [partyId = 0] = partyIds;
  house.setNow('2022-05-12T12:00:00Z');
  assert.deepEqual(await sendReminders(house.ctx), { reminders: 1, calls: 0 });
  await transact(house.ctx, (tx) =>
    refreshObligation(tx, house.ctx, action.actionId, partyId, {
      receivedAt: house.ctx.now(),
      repliedAt: house.ctx.now(),
    }),
  );
  await sendDueDeliveries(house.ctx);
  assert.deepEqual(
    (await remindersOf(partyId)).map((row) => row.state),
    ['stopped'],
  );
});

test('while sending is paused nobody is reminded; afterwards one reminder goes, not a heap', async () => {
  const { released: action, partyIds } = await released(1);
  const [partyId = 0] = partyIds;
  const staff = house.as(regulatory);
  assert.ok(!isRefusal(await controlSending(staff, action.actionId, { command: 'pause', reason: 'a test' })));
  await liveThrough('2022-05-11', '2022-05-25');
  assert.equal((await remindersOf(partyId)).length, 0);
  assert.ok(!isRefusal(await controlSending(staff, action.actionId, { command: 'resume', reason: 'a test' })));
  await liveThrough('2022-05-25', '2022-05-25');
  assert.equal((await remindersOf(partyId)).length, 1);
});

test('a date explains itself, and another one needs a reason and says what the rule had said', async () => {
  const { released: action } = await released(1);
  const clock = await house.handle.db
    .selectFrom('deadline')
    .selectAll()
    .where('action_id', '=', action.actionId)
    .executeTakeFirstOrThrow();
  assert.equal(
    explainDeadline(clock.explanation),
    '5 working days in Germany from 4 May 2022; skipped Sat 7 May, Sun 8 May: due Wed 11 May 2022, end of day Europe/Berlin',
  );
  const staff = house.as(regulatory);
  assert.ok(
    isRefusal(
      await setDeadline(house.as({ ...regulatory, role: 'viewer' } as typeof regulatory), clock.id, {
        dueOn: '2022-05-20',
        reason: 'agreed',
      }),
    ),
  );
  assert.deepEqual(await setDeadline(staff, clock.id, { dueOn: '2022-05-20', reason: 'agreed with the hospital' }), {
    id: clock.id,
    dueOn: '2022-05-20',
  });
  const changed = await house.handle.db
    .selectFrom('deadline')
    .selectAll()
    .where('id', '=', clock.id)
    .executeTakeFirstOrThrow();
  assert.match(
    explainDeadline(changed.explanation),
    /set by Rita Regulatory \(agreed with the hospital\); the rule said Wed 11 May 2022/,
  );
  house.setNow('2022-05-20T23:00:00Z');
  assert.equal(await missDeadlines(house.ctx), 1);
  assert.equal(await missDeadlines(house.ctx), 0);
});
