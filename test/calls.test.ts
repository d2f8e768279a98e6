/** Telephone calls: whom to call, two people never the same, what follows from each outcome, and what goes out after it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { recordAttempt } from '../src/app/attempts.ts';
import { claimCall, claimNextCall, releaseCall } from '../src/app/call-claims.ts';
import { type CallInput, recordCall } from '../src/app/calls.ts';
import type { Context } from '../src/app/context.ts';
import { transact } from '../src/app/context.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { createStandardForm } from '../src/app/forms.ts';
import { callList, callScope, countPromisedCalls, loadCallLine, readCalls } from '../src/app/queries/calls.ts';
import { readList } from '../src/app/queries/list.ts';
import { openTask } from '../src/app/tasks.ts';
import { workCalendar } from '../src/domain/calendar.ts';
import { callOutcomes, nextCallAt, outcomeRules, phoneDigits } from '../src/domain/call.ts';
import { callHours, placeZone } from '../src/domain/call-hours.ts';
import { type Answers, emptyAnswers } from '../src/domain/form.ts';
import { isRefusal, type Refusal } from '../src/domain/refusal.ts';
import { addParty, addReleased, plan, type Released, type SampleParty } from './delivery-house.ts';
import { type House, openHouse } from './helpers/house.ts';

function ok<T>(answer: T | Refusal): T {
  assert.ok(!isRefusal(answer), isRefusal(answer) ? answer.code : '');
  return answer;
}
const refused = (answer: unknown, code: string): void => {
  assert.ok(isRefusal(answer), `expected ${code}`);
  assert.equal(answer.code, code);
};

describe('outcomes and hours', () => {
  it('says of each outcome when the next call is', () => {
    const at = new Date('2022-05-06T10:00:00Z');
    const agreed = new Date('2022-05-09T09:00:00Z');
    const hours = (outcome: string) => {
      const next = nextCallAt(outcome, at, agreed);
      return next ? (next.getTime() - at.getTime()) / 3_600_000 : next;
    };
    assert.deepEqual(Object.fromEntries(callOutcomes.map((outcome) => [outcome, hours(outcome)])), {
      answered: null,
      reached: 48,
      'call-back': 71,
      'no-answer': 4,
      'wrong-number': 0,
      'out-of-service': 0,
      refused: null,
      language: 24,
      'letter-wanted': 168,
    });
    assert.equal(nextCallAt('note', at, null), undefined);
    for (const outcome of callOutcomes)
      assert.ok(outcomeRules[outcome].word.length > 3 && outcomeRules[outcome].hint.length > 10, outcome);
  });

  it('compares numbers by their digits', () => {
    assert.equal(phoneDigits('+49 (0)30 / 555-04 21'), '+49305550421');
    assert.equal(phoneDigits('0049 30 5550421'), '+49305550421');
  });

  it('knows where an office is open', () => {
    const calendar = (country: string) =>
      workCalendar(country, (_country, year) => new Map(year === 2022 ? [['2022-05-26', 'Ascension Day']] : []));
    const there = (iso: string, country: string, region = '', zone = '') =>
      callHours(new Date(iso), { country, region, zone }, calendar(country));
    assert.deepEqual(there('2022-05-06T08:30:00Z', 'DE'), {
      zone: 'Europe/Berlin',
      localTime: '10:30',
      localDay: '2022-05-06',
      open: true,
      why: 'open',
      opensAt: new Date('2022-05-06T08:30:00Z'),
    });
    const cases = [
      // [now, country, region, zone, why, opens at]
      ['2022-05-06T06:59:00Z', 'DE', '', '', 'early', '2022-05-06T07:00:00.000Z'],
      ['2022-05-06T15:00:00Z', 'DE', '', '', 'late', '2022-05-09T07:00:00.000Z'],
      ['2022-05-07T10:00:00Z', 'DE', '', '', 'weekend', '2022-05-09T07:00:00.000Z'],
      ['2022-05-26T10:00:00Z', 'DE', '', '', 'holiday', '2022-05-27T07:00:00.000Z'],
      ['2022-05-06T09:00:00Z', 'SA', '', '', 'weekend', '2022-05-08T06:00:00.000Z'],
      ['2022-05-06T14:00:00Z', 'US', 'US-CA', '', 'early', '2022-05-06T16:00:00.000Z'],
      ['2022-05-06T14:00:00Z', 'US', 'CA', 'America/New_York', 'open', '2022-05-06T14:00:00.000Z'],
    ] as const;
    for (const [now, country, region, zone, why, opens] of cases) {
      const hours = there(now, country, region, zone);
      assert.equal(hours.why, why, `${now} ${country}`);
      assert.equal(hours.opensAt.toISOString(), opens, `${now} ${country}`);
    }
    assert.equal(placeZone({ country: 'US', region: 'Somewhere', zone: '' }), 'America/New_York');
  });
});

describe('calls', () => {
  let house: House;
  let released: Released;
  let support: Context;
  let other: Context;

  before(async () => {
    house = await openHouse();
    house.setNow('2022-05-04T08:00:00Z');
    released = await addReleased(house.ctx);
    ok(await createStandardForm(await house.staff('regulatory'), released.actionId, { software: 'Local Run Manager' }));
    support = await house.staff('support');
    other = await house.staff('quality');
  });
  after(() => house.close());

  /** A party that was told on 4 May. */
  async function told(wishes: Parameters<typeof addParty>[2] = {}, notified = true): Promise<SampleParty> {
    const party = await addParty(house.ctx, released, wishes);
    if (notified) {
      await house.handle.db
        .updateTable('obligation')
        .set({ notified_at: new Date('2022-05-04T08:00:00Z') })
        .where('party_id', '=', party.partyId)
        .execute();
    }
    return party;
  }
  const scope = () => callScope(house.ctx, released.actionId);
  const lineOf = async (party: SampleParty) => loadCallLine(house.handle.db, await scope(), party.partyId);
  const call = (ctx: Context, party: SampleParty, input: Partial<CallInput> & Pick<CallInput, 'outcome'>) =>
    recordCall(ctx, {
      actionId: released.actionId,
      partyId: party.partyId,
      contactId: party.contactIds[0] ?? null,
      phone: '+49 30 555',
      ...input,
    });
  const received = (): Answers => ({ ...emptyAnswers(), party: { received: 'yes', understood: 'yes' } });
  const lastAttempt = (party: SampleParty) =>
    house.handle.db
      .selectFrom('attempt')
      .selectAll()
      .where('party_id', '=', party.partyId)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();

  it('lists whom to call and why, and hides who waits', async () => {
    const silent = await told();
    const early = await told({}, false);
    const nobody = await told({ contacts: [] }, false);
    const phone = await told({ contacts: [{ channel: 'phone', phone: '+39 06 1' }], country: 'IT' }, false);
    await plan(house.ctx, released);
    house.setNow('2022-05-04T09:00:00Z');
    assert.equal((await lineOf(silent))?.why, undefined, 'told an hour ago');
    assert.equal((await lineOf(early))?.why, undefined, 'its letter is on the way');
    assert.equal((await lineOf(nobody))?.why, 'no-address');
    assert.equal((await lineOf(phone))?.why, 'by-telephone');
    house.setNow('2022-05-10T09:00:00Z');
    const line = await lineOf(silent);
    assert.equal(line?.why, 'silent');
    assert.equal(line?.phone, '+49 30 555');
    assert.equal(line?.now, true);
    await transact(house.ctx, (tx) =>
      openTask(tx, house.ctx, {
        kind: 'suspected-compromise',
        key: 'test:urgent',
        actionId: released.actionId,
        partyId: early.partyId,
      }),
    );
    assert.equal((await lineOf(early))?.why, 'urgent');
    const request = { page: 1, size: 50, sort: 'place', direction: 'asc' as const, filters: {}, q: '' };
    const page = await readList(house.handle.db, callList, request, await scope());
    assert.deepEqual(
      page.rows.map((row) => row.why),
      ['urgent', 'by-telephone', 'no-address', 'silent'],
    );
    const italian = await readList(
      house.handle.db,
      callList,
      { ...request, filters: { country: 'IT' } },
      await scope(),
    );
    assert.equal(italian.rows.length, 1);
    const searched = await readList(house.handle.db, callList, { ...request, q: '06 1' }, await scope());
    assert.equal(searched.rows.length, 1);
    const later = await readList(house.handle.db, callList, { ...request, filters: { silent: '7' } }, await scope());
    assert.ok(!later.rows.some((row) => row.why === 'silent'));
    // The page of the list, its total and its figures come of one look; the figures do not heed what the list is asked for.
    const some = { ...request, size: 1, page: 2, filters: { due: 'now' } };
    const read = await readCalls(house.handle.db, some, await scope());
    assert.deepEqual(read.figures.why, { urgent: 1, 'by-telephone': 1, 'no-address': 1, silent: 1 });
    assert.deepEqual([read.figures.due, read.page.total], [4, 4]);
    assert.deepEqual(read.page.rows, page.rows.slice(1, 2));
    const none = await readCalls(house.handle.db, { ...request, q: 'nobody of this name' }, await scope());
    assert.deepEqual([none.page, none.figures], [{ rows: [], total: 0 }, read.figures]);
    const patient = await readCalls(house.handle.db, { ...request, filters: { silent: '7' } }, await scope());
    assert.equal(patient.figures.why.silent, undefined);
    assert.deepEqual(patient.figures.countries, ['DE', 'IT']);
  });

  it('gives two people two calls, and releases by itself', async () => {
    const [a, b] = await Promise.all([
      claimNextCall(support, released.actionId, { anyHour: false }),
      claimNextCall(other, released.actionId, { anyHour: false }),
    ]);
    assert.notEqual(ok(a).id, ok(b).id);
    refused(await claimCall(other, released.actionId, ok(a).id, { over: false }), 'call.taken');
    ok(await claimCall(other, released.actionId, ok(a).id, { over: true }));
    refused(await claimCall(support, released.actionId, ok(a).id, { over: false }), 'call.taken');
    house.setNow('2022-05-10T09:31:00Z');
    ok(await claimCall(support, released.actionId, ok(a).id, { over: false }));
    ok(await releaseCall(support, released.actionId, ok(a).id));
    const next = ok(await claimNextCall(support, released.actionId, { anyHour: false }));
    assert.notEqual(next.id, ok(a).id, 'what was put off comes later');
    ok(await releaseCall(support, released.actionId, next.id));
    house.setNow('2022-05-10T23:00:00Z');
    const night = await claimNextCall(support, released.actionId, { anyHour: false, country: 'IT' });
    refused(night, 'call.nobody-open');
    refused(await claimNextCall(support, released.actionId, { anyHour: false, country: 'JP' }), 'call.nobody');
    house.setNow('2022-05-10T09:45:00Z');
  });

  it('records the answers, confirms them in writing, and ends what asked for the call', async () => {
    const party = await told({ contacts: [{ languages: ['de'], email: 'lab@lab-7.example' }] });
    await transact(house.ctx, (tx) =>
      openTask(tx, house.ctx, {
        kind: 'telephone',
        key: 'test:telephone',
        actionId: released.actionId,
        partyId: party.partyId,
      }),
    );
    refused(await call(support, party, { outcome: 'answered' }), 'call.no-answers');
    refused(await call(support, party, { outcome: 'no-answer', answers: received() }), 'call.answers-unsaid');
    ok(await claimCall(support, released.actionId, party.partyId, { over: false }));
    const said = { outcome: 'answered' as const, answers: received(), spokeWith: 'Frau Muster', onceKey: 'call-1' };
    const done = ok(await call(support, party, { ...said, language: 'de' }));
    assert.ok(done.replyId && done.deliveryId && done.fresh);
    const again = ok(await call(support, party, said));
    assert.deepEqual([again.id, again.fresh], [done.id, false], 'two presses, one call');
    const attempt = await lastAttempt(party);
    assert.deepEqual(
      [attempt.outcome, attempt.spoke_with, attempt.reply_id, attempt.delivery_id, attempt.by_name],
      ['answered', 'Frau Muster', done.replyId, done.deliveryId, support.actor.name],
    );
    const task = await house.handle.db
      .selectFrom('task')
      .select('state')
      .where('key', '=', 'test:telephone')
      .executeTakeFirstOrThrow();
    assert.equal(task.state, 'done');
    const claim = await house.handle.db
      .selectFrom('call_claim')
      .select('until')
      .where('party_id', '=', party.partyId)
      .executeTakeFirstOrThrow();
    assert.ok(claim.until <= house.ctx.now());
    await sendDueDeliveries(house.ctx);
    const mail = await house.handle.db
      .selectFrom('mailbox_message')
      .select(['subject', 'raw'])
      .where('delivery_id', '=', done.deliveryId)
      .executeTakeFirstOrThrow();
    assert.match(mail.raw.toString('utf8'), /lab@lab-7\.example/);
    assert.equal((await lineOf(party))?.why, undefined);
  });

  it('confirms on paper who has no mail, and says where there is no address', async () => {
    const party = await told({ contacts: [{ email: '', channel: 'phone' }], street: 'Hauptstr. 1' });
    await house.handle.db.updateTable('contact').set({ email: '' }).where('party_id', '=', party.partyId).execute();
    const done = ok(await call(support, party, { outcome: 'answered', answers: received() }));
    const letter = await house.handle.db
      .selectFrom('delivery')
      .select(['channel', 'kind', 'state'])
      .where('id', '=', done.deliveryId)
      .executeTakeFirstOrThrow();
    assert.deepEqual(letter, { channel: 'post', kind: 'call-confirmation', state: 'queued' });
    const homeless = await told({ contacts: [{ channel: 'phone' }] });
    await house.handle.db.updateTable('contact').set({ email: '' }).where('party_id', '=', homeless.partyId).execute();
    refused(
      await call(support, homeless, { outcome: 'answered', answers: received(), confirm: 'post' }),
      'delivery.no-address',
    );
    assert.equal(ok(await call(support, homeless, { outcome: 'answered', answers: received() })).deliveryId, null);
  });

  it('offers a party again when its time has come', async () => {
    const party = await told();
    house.setNow('2022-05-10T10:00:00Z');
    ok(await call(support, party, { outcome: 'no-answer' }));
    assert.equal((await lineOf(party))?.not_before?.toISOString(), '2022-05-10T14:00:00.000Z');
    refused(await call(support, party, { outcome: 'call-back' }), 'call.no-time');
    refused(
      await call(support, party, { outcome: 'call-back', callBackAt: '2022-05-10T09:00:00Z' }),
      'call.time-passed',
    );
    ok(await call(support, party, { outcome: 'call-back', callBackAt: '2022-05-11T09:00:00Z' }));
    assert.equal((await lineOf(party))?.why, 'later');
    const promised = async (): Promise<number> =>
      countPromisedCalls(house.handle.db, released.actionId, house.ctx.now());
    assert.equal(await promised(), 0);
    house.setNow('2022-05-11T09:30:00Z');
    assert.equal((await lineOf(party))?.why, 'call-back');
    assert.equal((await lineOf(party))?.calls, 2);
    assert.equal(await promised(), 1);
    ok(await call(support, party, { outcome: 'no-answer' }));
    assert.equal(await promised(), 0);
  });

  it('does not dial a wrong number again, and asks for help where a call cannot help', async () => {
    const party = await told({ contacts: [{ phone: '+49 30 111' }, { phone: '+49 30 222', role: 'second' }] });
    ok(await call(support, party, { outcome: 'wrong-number', phone: '0049 30 111' }));
    assert.equal((await lineOf(party))?.phone, '+49 30 222');
    ok(await call(support, party, { outcome: 'out-of-service', phone: '+49 30 222' }));
    assert.equal((await lineOf(party))?.phone, '');
    assert.equal((await lineOf(party))?.why, 'asked', 'a task asks for another number');
    ok(await call(support, party, { outcome: 'reached', phone: '+49 (0)30 222' }));
    assert.equal((await lineOf(party))?.phone, '+49 30 222', 'a number on which they were reached is right');
    refused(await call(support, party, { outcome: 'refused' }), 'call.no-note');
    ok(await call(support, party, { outcome: 'refused', note: 'Wants to speak to the director.' }));
    assert.equal((await lineOf(party))?.why, undefined);
    const tasks = await house.handle.db
      .selectFrom('task')
      .select('kind')
      .where('party_id', '=', party.partyId)
      .where('state', '=', 'open')
      .orderBy('id')
      .execute();
    assert.deepEqual(
      tasks.map((task) => task.kind),
      ['call-number', 'call-number', 'call-help'],
    );
  });

  it('sends the letter again, tells who is told by telephone, and passes a proposal on', async () => {
    const party = await told({ contacts: [{}, { channel: 'phone', phone: '+49 30 9' }] });
    await plan(house.ctx, released);
    const again = ok(await call(support, party, { outcome: 'letter-wanted', letterBy: 'email' }));
    const letter = await house.handle.db
      .selectFrom('delivery')
      .select(['kind', 'channel', 'purpose'])
      .where('id', '=', again.deliveryId)
      .executeTakeFirstOrThrow();
    assert.equal(letter.kind, 'notice');
    assert.match(letter.purpose, /^notice:\d+:again:1$/);
    ok(await call(support, party, { outcome: 'letter-wanted', letterBy: 'email' }));
    refused(await call(support, party, { outcome: 'letter-wanted', letterBy: 'post' }), 'delivery.no-address');
    const second = party.contactIds[1] ?? 0;
    const change = { kind: 'correct' as const, name: 'Erika Neu', email: 'neu@lab.example' };
    const done = ok(await call(support, party, { outcome: 'reached', contactId: second, change }));
    assert.ok(done.changeId);
    const told_ = await house.handle.db
      .selectFrom('delivery')
      .select('state')
      .where('contact_id', '=', second)
      .where('channel', '=', 'phone')
      .executeTakeFirstOrThrow();
    assert.equal(told_.state, 'sent');
    refused(await call(support, party, { outcome: 'reached', contactId: null, change }), 'call.change-without-contact');
  });

  it('refuses what is not of this action, and who may not call', async () => {
    const party = await told();
    const elsewhere = await addReleased(house.ctx);
    refused(
      await recordCall(support, { actionId: elsewhere.actionId, partyId: party.partyId, outcome: 'no-answer' }),
      'call.unknown',
    );
    refused(await claimCall(support, elsewhere.actionId, party.partyId, { over: false }), 'call.unknown');
    refused(await call(await house.staff('viewer'), party, { outcome: 'no-answer' }), 'forbidden');
    assert.ok(
      ok(
        await recordAttempt(support, {
          partyId: party.partyId,
          contactId: null,
          actionId: null,
          taskId: null,
          kind: 'visit',
          outcome: 'language',
          text: '',
          tracking: '',
        }),
      ).id,
    );
  });
});
