/** Reminding the parties behind rows of the follow-up: to whom it goes, who is left out, and that nobody gets it twice. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { readMessage } from '../src/adapters/mail-message.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import {
  type ChooseReminders,
  chooseRemindersInput,
  previewReminders,
  remindFollowUp,
  remindFollowUpInput,
} from '../src/app/follow-up-reminders.ts';
import { sendReminders } from '../src/app/reminders.ts';
import { recordReply } from '../src/app/replies.ts';
import { findHindrance, type ReminderAsked } from '../src/domain/follow-up-reminder.ts';
import { emptyAnswers } from '../src/domain/form.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { type House, openHouse, publicUrl } from './helpers/house.ts';
import { addDownload, addPackageRow, tell } from './helpers/ladder.ts';
import { given } from './helpers/packages.ts';
import { addSampleAction, addSampleParty, type SampleHouse, type SampleParty } from './portal-sample.ts';

describe('who is hindered', () => {
  const now = new Date('2022-05-20T12:00:00Z');
  const fine: ReminderAsked = {
    stage: 'monitoring',
    deliveryState: 'running',
    owes: true,
    notifiedAt: new Date('2022-05-04T08:00:00Z'),
    lastReminderAt: null,
    contacts: 1,
  };
  const cases: [string, Partial<ReminderAsked>, string | undefined][] = [
    ['nothing is in the way', {}, undefined],
    ['the action is over', { stage: 'closed' }, 'not-running'],
    ['sending is paused', { deliveryState: 'paused' }, 'paused'],
    ['sending was stopped', { deliveryState: 'stopped' }, 'paused'],
    ['it owes nothing', { owes: false }, 'done'],
    ['its letter has not left', { notifiedAt: null }, 'not-told'],
    ['reminded 23 hours ago', { lastReminderAt: new Date('2022-05-19T13:00:00Z') }, 'just-reminded'],
    ['reminded a day ago', { lastReminderAt: new Date('2022-05-19T12:00:00Z') }, undefined],
    ['nobody can be reached', { contacts: 0 }, 'no-address'],
  ];
  for (const [name, more, expected] of cases)
    it(`${name}: ${expected ?? 'it goes'}`, () => assert.equal(findHindrance({ ...fine, ...more }, now), expected));
});

describe('reminding from the follow-up', () => {
  let house: House;
  let action: SampleHouse;
  let office: Awaited<ReturnType<House['staff']>>;
  let support: typeof office;
  /** Silent, has the file. */
  let silent: SampleParty;
  /** Has answered and has the file: one correction is left. */
  let received: SampleParty;
  let deaf: SampleParty;
  let done: SampleParty;

  const choose = (more: object = {}): ChooseReminders => chooseRemindersInput.parse({ queue: 'downloaded', ...more });
  const preview = async (more: object = {}) => given(await previewReminders(office, action.actionId, choose(more)));
  const remind = (more: object = {}) =>
    remindFollowUp(office, action.actionId, remindFollowUpInput.parse({ queue: 'downloaded', ...more }));
  const remindersOf = (partyId: number) =>
    house.ctx.db
      .selectFrom('delivery')
      .select(['id', 'purpose', 'state'])
      .where('party_id', '=', partyId)
      .where('kind', '=', 'reminder')
      .orderBy('id')
      .execute();
  const events = () =>
    house.ctx.db.selectFrom('event').select('after').where('action', '=', 'reminder.ask').orderBy('at').execute();
  const setSending = (state: 'running' | 'paused') =>
    house.ctx.db.updateTable('action').set({ delivery_state: state }).where('id', '=', action.actionId).execute();

  before(async () => {
    house = await openHouse();
    house.setNow('2022-05-04T08:00:00Z');
    office = await house.staff('quality');
    support = await house.staff('support');
    action = await addSampleAction(house.ctx, { notice: true });
    await setSending('running');
    const packageId = await addPackageRow(house.ctx, action);
    const add = async (name: string) => {
      const party = await addSampleParty(house.ctx, action, { name, units: 1 });
      await addDownload(house.ctx, { actionId: action.actionId, packageId, partyId: party.partyId });
      return party;
    };
    silent = await add('Labor Still');
    received = await add('Labor <i>Antwort</i>');
    deaf = await add('Labor Ohne');
    done = await add('Labor Fertig');
    const ids = [silent, received, deaf, done].map((party) => party.partyId);
    await house.ctx.db
      .insertInto('obligation')
      .values(
        ids.map((party_id) => ({
          action_id: action.actionId,
          party_id,
          country: 'DE',
          audience: 'dx-recall' as const,
          corrections_total: 2,
          corrections_open: 2,
          created_at: house.ctx.now(),
        })),
      )
      .onConflict((oc) => oc.doNothing())
      .execute();
    await tell(house.ctx, action.actionId, ids);
    await sql`insert into delivery (action_id, notice_id, party_id, contact_id, country, kind, purpose, channel, address, domain,
        variant, languages, message_id, state, state_since, detail, created_at)
      select ${action.actionId}, ${action.noticeId}, party_id, id, 'DE', 'notice', 'notice:1', 'email', email, 'lab.example',
        'dx-recall', '{en}', 'm' || id, 'sent', ${house.ctx.now()}, '', ${house.ctx.now()}
        from contact where party_id = any(${ids}::bigint[])`.execute(house.ctx.db);
    await house.ctx.db.updateTable('contact').set({ email: '' }).where('party_id', '=', deaf.partyId).execute();
    await house.ctx.db.updateTable('obligation').set({ state: 'done' }).where('party_id', '=', done.partyId).execute();
    const answers = emptyAnswers();
    answers.party = { received: 'yes', understood: 'yes', 'all-patched': 'no' };
    answers.corrections = {
      [received.correctionIds[0] ?? 0]: { status: 'done', 'done-on': '2022-05-03', 'backed-up': 'yes' },
    };
    given(
      await recordReply(support, {
        actionId: action.actionId,
        partyId: received.partyId,
        contactId: received.contactId,
        door: 'telephone',
        language: 'en',
        answers,
        sourceFileId: null,
      }),
    );
    house.setNow('2022-05-12T12:00:00Z');
  });
  after(() => house.close());

  it('only those who control letters may', async () => {
    for (const ctx of [support, await house.staff('viewer')]) {
      const seen = await previewReminders(ctx, action.actionId, choose());
      assert.ok(isRefusal(seen) && seen.code === 'forbidden');
      const sent = await remindFollowUp(ctx, action.actionId, choose());
      assert.ok(isRefusal(sent) && sent.code === 'forbidden');
    }
  });

  it('says to whom it goes and who is left out and why, and changes nothing', async () => {
    const all = await preview();
    assert.deepEqual([all.parties, all.contacts, all.rows], [2, { email: 2, post: 0, phone: 0 }, 7]);
    assert.deepEqual(
      all.leftOut.map((one) => [one.party, one.why]),
      [
        ['Labor Fertig', 'done'],
        ['Labor Ohne', 'no-address'],
      ],
    );
    const one = await preview({ correctionIds: silent.correctionIds });
    assert.deepEqual([one.parties, one.rows, one.leftOut], [1, 2, []]);
    const filtered = await preview({ filters: { q: 'labor still' } });
    assert.deepEqual([filtered.parties, filtered.leftOut], [1, []]);
    await setSending('paused');
    const paused = await preview();
    assert.equal(paused.parties, 0);
    assert.deepEqual(new Set(paused.leftOut.map((party) => party.why)), new Set(['paused']));
    const refused = await remind();
    assert.ok(isRefusal(refused) && refused.code === 'follow-up.nobody-to-remind');
    await setSending('running');
    assert.deepEqual([await remindersOf(silent.partyId), await events()], [[], []]);
  });

  it('sends the letter once to each contact, with one event, and says what is true', async () => {
    const { seen } = await preview();
    const other = await remind({ seen: 'of another day' });
    assert.ok(isRefusal(other) && other.code === 'follow-up.reminder-changed');
    assert.deepEqual(given(await remind({ seen })), { parties: 2, letters: 2, leftOut: 2 });
    const [event, ...more] = await events();
    assert.deepEqual(more, []);
    assert.deepEqual(event?.after, {
      queue: 'downloaded',
      rows: 7,
      parties: 2,
      letters: 2,
      email: 2,
      post: 0,
      phone: 0,
      leftOut: { done: 1, 'no-address': 1 },
    });
    await sendDueDeliveries(house.ctx);
    const mailTo = async (party: SampleParty) => {
      const [letter, ...rest] = await remindersOf(party.partyId);
      assert.deepEqual([letter?.state, rest], ['sent', []]);
      const { raw } = await house.ctx.db
        .selectFrom('mailbox_message')
        .select('raw')
        .where('delivery_id', '=', letter?.id ?? 0)
        .executeTakeFirstOrThrow();
      return readMessage(raw);
    };
    const first = await mailTo(silent);
    assert.match(first.subject, /^Reminder: /);
    assert.match(first.text, /no answer from you yet/);
    // Who has answered is not told that there is no answer.
    const second = await mailTo(received);
    assert.match(second.subject, /^Reminder: /);
    assert.doesNotMatch(second.text, /no answer from you yet/);
    assert.match(
      second.text.replaceAll(/\s+/g, ' '),
      /We know that you received the notice\. One correction is still open\./,
    );
    assert.deepEqual(await remindersOf(done.partyId), []);
  });

  it('nobody is reminded twice within a day, by hand or by the plan', async () => {
    const again = await remind();
    assert.ok(isRefusal(again) && again.code === 'follow-up.nobody-to-remind');
    house.setNow('2022-05-13T11:00:00Z');
    assert.deepEqual(
      (await preview()).leftOut
        .filter((one) => one.why === 'just-reminded')
        .map((one) => one.party_id)
        .sort(),
      [silent.partyId, received.partyId].sort(),
    );
    await house.ctx.db
      .updateTable('obligation')
      .set({ next_reminder_at: house.ctx.now() })
      .where('party_id', '=', silent.partyId)
      .execute();
    assert.deepEqual(await sendReminders(house.ctx), { reminders: 0, calls: 0 });
    const { reminders_sent, next_reminder_at } = await house.ctx.db
      .selectFrom('obligation')
      .select(['reminders_sent', 'next_reminder_at'])
      .where('party_id', '=', silent.partyId)
      .executeTakeFirstOrThrow();
    assert.equal(reminders_sent, 1);
    assert.ok(next_reminder_at !== null && next_reminder_at > house.ctx.now());
    house.setNow('2022-05-13T13:00:00Z');
    assert.equal((await preview()).parties, 2);
  });

  it('the pages choose, ask and send without JavaScript', async () => {
    house.setNow('2022-05-16T12:00:00Z');
    const cookie = await house.signIn('quality');
    const get = async (path: string, as = cookie) => {
      const response = await house.app.request(path, { headers: { cookie: as } });
      return { status: response.status, text: await response.text() };
    };
    const base = `/actions/${action.actionId}/follow-up/downloaded`;
    const list = await get(`${base}?days=3&q=labor`);
    assert.match(list.text, /<input class="form-check-input" type="checkbox" form="remind" name="row" value="\d+"/);
    assert.match(list.text, /<input type="hidden" name="days" value="3"\/?>/);
    const readers = await get(base, await house.signIn('support'));
    assert.doesNotMatch(readers.text, /name="row"|Send a reminder/);
    assert.equal((await get(`${base}/remind?which=all`, await house.signIn('support'))).status, 403);

    assert.match((await get(`${base}/remind?which=ticked`)).text, /No row is ticked/);
    assert.match((await get(`/actions/${action.actionId}/follow-up/nonsense/remind`)).text, /There is no queue/);
    const one = await get(`${base}/remind?which=ticked&row=${received.correctionIds[1]}&row=x&row=-4`);
    assert.match(one.text, /Remind 1 party, 1 contact\?/);
    const page = await get(
      `${base}/remind?which=page&rows=${[...silent.correctionIds, ...deaf.correctionIds].join(',')}`,
    );
    assert.match(page.text, /Remind 1 party, 1 contact\?/);
    assert.match(page.text, /1 party: no contact with an address/);
    const address = `${base}/remind?which=all&days=3&q=labor&sort=since&size=50`;
    const all = await get(address);
    assert.match(all.text, /Remind 2 parties, 2 contacts\?/);
    const seen = /name="seen" value="([^"]+)"/.exec(all.text)?.[1] ?? '';
    const post = (value: string) =>
      house.app.request(address, {
        method: 'POST',
        body: new URLSearchParams({ seen: value }),
        headers: { cookie, origin: publicUrl },
      });
    const changed = await post('something else');
    assert.equal(changed.status, 422);
    assert.match(await changed.text(), /Since this page was loaded/);
    const sent = await post(seen);
    assert.equal(sent.status, 303);
    assert.match(sent.headers.get('location') ?? '', /follow-up\/downloaded\?q=labor&days=3/);
    assert.equal((await remindersOf(silent.partyId)).length, 2);
    const twice = await post(seen);
    assert.equal(twice.status, 422);
    assert.match(await twice.text(), /Nobody is left to remind/);
    assert.equal((await remindersOf(silent.partyId)).length, 2);
  });

  it('the API says and does the same', async () => {
    house.setNow('2022-05-18T12:00:00Z');
    const key = await house.key('delivery.control');
    const path = '/actions/FSN2022-1230/follow-up/reminders';
    const seen = await house.api(key, 'POST', `${path}/preview`, { queue: 'downloaded' });
    const body = (await seen.json()) as { parties: number; leftOut: { partyId: number; why: string }[]; seen: string };
    assert.deepEqual([seen.status, body.parties], [200, 2]);
    assert.ok(body.leftOut.some((one) => one.partyId === deaf.partyId && one.why === 'no-address'));
    const sent = await house.api(key, 'POST', path, { queue: 'downloaded', correctionIds: silent.correctionIds });
    assert.equal(sent.status, 201, await sent.clone().text());
    assert.deepEqual(await sent.json(), { parties: 1, letters: 1, leftOut: 0 });
    const other = await house.api(await house.key('task.work'), 'POST', path, { queue: 'downloaded' });
    assert.equal(other.status, 403);
  });
});
