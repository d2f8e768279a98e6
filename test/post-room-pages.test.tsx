import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { serve } from '@hono/node-server';
import { sql } from 'kysely';
import { type AnsweredLetter, bounceMail, personMail } from '../sample/mails.ts';
import { proposeContactChange } from '../src/app/contact-changes.ts';
import { contactCheckToken } from '../src/app/contact-check-letters.ts';
import { transact } from '../src/app/context.ts';
import { planDeliveries } from '../src/app/deliveries.ts';
import { returnPath } from '../src/app/delivery-address.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { readMessages } from '../src/app/message-read.ts';
import { keepMessage } from '../src/app/messages.ts';
import { closeBrowser, withBrowser } from './helpers/browser.ts';
import { type House, openHouse, publicUrl } from './helpers/house.ts';
import { addSampleAction, addSampleParty, type SampleHouse, type SampleParty } from './portal-sample.ts';
import { ok } from './post-room-house.ts';

let house: House;
let action: SampleHouse;
let party: SampleParty;
let letter: AnsweredLetter & { serial: string };
let cookie: string;

before(async () => {
  house = await openHouse();
  house.setNow('2022-05-05T09:00:00Z');
  action = await addSampleAction(house.ctx);
  party = await addSampleParty(house.ctx, action, { units: 2 });
  await sql`update action set delivery_state = 'running' where id = ${action.actionId}`.execute(house.ctx.db);
  await transact(house.ctx, (tx) => planDeliveries(tx, house.ctx, action.actionId, action.noticeId ?? 0));
  await sendDueDeliveries(house.ctx);
  const sent = await house.ctx.db
    .selectFrom('delivery')
    .selectAll()
    .where('party_id', '=', party.partyId)
    .executeTakeFirstOrThrow();
  const unit = await house.ctx.db
    .selectFrom('unit')
    .select('serial')
    .where('party_id', '=', party.partyId)
    .orderBy('id')
    .executeTakeFirstOrThrow();
  letter = {
    messageId: sent.message_id,
    to: sent.address,
    returnPath: returnPath(house.ctx.settings, sent.id),
    from: 'notices@muster.example',
    subject: 'URGENT MEDICAL DEVICE RECALL',
    date: new Date('2022-05-04T08:00:00Z'),
    text: 'The notice itself',
    serial: unit.serial,
  };
  cookie = await house.signIn('support');
});
after(() => house.close());

let minute = 0;
async function bring(raw: Buffer): Promise<number> {
  const kept = ok(await keepMessage(house.ctx, { raw, door: 'smtp' }));
  ok(await readMessages(house.ctx));
  return kept.id;
}
const write = (text: string, rest: Partial<Parameters<typeof personMail>[1]> = {}) =>
  personMail(letter, {
    from: { name: 'Erika Muster', address: letter.to },
    at: new Date(Date.parse('2022-05-05T06:00:00Z') + ++minute * 60_000),
    text,
    ...rest,
  });
const get = (path: string) => house.app.request(path, { headers: { cookie } });
const post = (path: string, form: Record<string, string>) =>
  house.app.request(path, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { cookie, origin: publicUrl, 'content-type': 'application/x-www-form-urlencoded' },
  });
const message = (id: number) =>
  house.ctx.db.selectFrom('message').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

describe('the queue', () => {
  test('says how it is filled while it is empty, and shows what waits with its counts', async () => {
    const empty = await (await get('/postroom')).text();
    assert.match(empty, /No mail came in yet|Nothing here/);
    assert.match(empty, /IMAP_URL/);
    const id = await bring(write('Where can we get the patch?'));
    const page = await (await get('/postroom')).text();
    assert.match(page, new RegExp(`href="/postroom/${id}"`));
    assert.match(page, /Question/);
    assert.match(page, /Waiting<span class="ff-count">1</);
    assert.equal((await get('/postroom?kind=reply')).status, 200);
    assert.match(await (await get('/postroom?format=csv')).text(), /Received,Door/);
    const first = await get('/postroom/next');
    assert.equal(first.headers.get('location'), `/postroom/${id}`);
    assert.match(await (await get('/postroom/doors')).text(), /No mailbox is read/);
  });

  test('an uploaded file is kept; no file, and a file without mail, come back with words', async () => {
    const upload = (bytes: string | undefined) => {
      const body = new FormData();
      if (bytes !== undefined) body.append('file', new File([bytes], 'saved.eml'));
      return house.app.request('/postroom/new', { method: 'POST', body, headers: { cookie, origin: publicUrl } });
    };
    const kept = await upload('From: x@lab.example\r\nSubject: by hand\r\n\r\nhello\r\n');
    assert.equal(kept.status, 303);
    assert.match(kept.headers.get('location') ?? '', /^\/postroom\/\d+$/);
    assert.equal((await upload(undefined)).status, 422);
    const empty = await upload('');
    assert.equal(empty.status, 422);
    assert.match(await empty.text(), /holds no message|Choose a file/);
  });
});

describe('a message', () => {
  test('shows its words with those that led to the guess marked, and nothing of its HTML', async () => {
    const id = await bring(
      write(`<script>alert(1)</script> The patch was installed on ${letter.serial} in Dx on 4 May 2022.`, {
        html: true,
        quote: true,
      }),
    );
    const page = await (await get(`/postroom/${id}`)).text();
    assert.doesNotMatch(page, /<script>alert/);
    assert.match(page, /<mark>[^<]*installed/);
    assert.match(page, /data-key="a"/);
    assert.match(page, new RegExp(`${letter.serial}, Dx`));
    assert.match(page, /value="2022-05-04"/);
    const source = await get(`/postroom/${id}/source`);
    assert.equal(source.headers.get('content-type'), 'application/octet-stream');
    assert.match(await source.text(), /^Return-Path/);
  });

  test('is accepted by one press without anything typed, and the next one opens', async () => {
    const next = await bring(write('How do we install it?'));
    const id = await bring(write(`Installed on ${letter.serial} in Dx and RUO on 4 May 2022.`));
    const answer = await post(`/postroom/${id}`, { how: 'accept' });
    assert.equal(answer.status, 303);
    assert.match(answer.headers.get('location') ?? '', /^\/postroom\/\d+$/);
    const row = await message(id);
    assert.equal(row.state, 'done');
    const stated = await house.ctx.db
      .selectFrom('correction')
      .select('id')
      .where('party_id', '=', party.partyId)
      .where('state', '=', 'stated')
      .execute();
    assert.equal(stated.length, 2);
    const reply = await (await get(`/replies/${row.reply_id}`)).text();
    assert.match(reply, /Receipt/);
    assert.match(reply, new RegExp(letter.to));
    assert.equal((await message(next)).state, 'waiting');
  });

  test('is accepted with what a person mended in it', async () => {
    const id = await bring(write(`All done on ${letter.serial}.`));
    const corrections = await house.ctx.db
      .selectFrom('correction')
      .select(['id', 'state'])
      .where('party_id', '=', party.partyId)
      .orderBy('id')
      .execute();
    const open = corrections.filter((one) => one.state === 'open');
    assert.ok(open[0]);
    const answer = await post(`/postroom/${id}`, {
      how: 'accept',
      filled: 'yes',
      received: 'yes',
      [`c${open[0].id}`]: 'not-yet',
    });
    assert.equal(answer.status, 303);
    const reply = await house.ctx.db
      .selectFrom('reply')
      .select('answers')
      .where('id', '=', (await message(id)).reply_id ?? 0)
      .executeTakeFirstOrThrow();
    assert.deepEqual((reply.answers as { corrections: unknown }).corrections, {
      [String(open[0].id)]: { status: 'not-yet' },
    });
  });

  test('is put right: the page comes back with what was typed when no party has that name', async () => {
    const id = await bring(
      write('Installed.', {
        from: { name: 'Somebody', address: 'private@home.example' },
        loose: true,
        subject: 'Hello',
      }),
    );
    const wrong = await post(`/postroom/${id}`, { how: 'correct', kind: 'reply', party: 'Nobody GmbH' });
    assert.equal(wrong.status, 422);
    const page = await wrong.text();
    assert.match(page, /No party has this number or name/);
    assert.match(page, /value="Nobody GmbH"/);
    const { name } = await house.ctx.db
      .selectFrom('party')
      .select('name')
      .where('id', '=', party.partyId)
      .executeTakeFirstOrThrow();
    const right = await post(`/postroom/${id}`, {
      how: 'correct',
      kind: 'question',
      party: name,
      actionId: String(action.actionId),
    });
    assert.equal(right.status, 303);
    const row = await message(id);
    assert.deepEqual(
      [row.kind, row.party_id, row.matched_by, row.state],
      ['question', party.partyId, 'person', 'waiting'],
    );
    assert.equal((await post(`/postroom/${id}`, { how: 'assign' })).status, 303);
    assert.notEqual((await message(id)).owner_name, '');
    assert.equal((await post(`/postroom/${id}`, { how: 'end', outcome: 'Called back' })).status, 303);
    assert.equal((await message(id)).outcome, 'Called back');
    assert.equal((await post(`/postroom/${id}`, { how: 'reopen' })).status, 303);
  });

  test('with a program attached says so and hands it to nobody; a viewer sees nothing of the post room', async () => {
    const id = await bring(
      write('See attached.', {
        attachments: [
          { name: 'setup.exe', type: 'application/x-msdownload', content: Buffer.from('MZ') },
          { name: 'note.txt', type: 'text/plain', content: Buffer.from('hello') },
        ],
      }),
    );
    const page = await (await get(`/postroom/${id}`)).text();
    assert.match(page, /It carries a program/);
    assert.doesNotMatch(page, /attachments\/0"/);
    assert.equal((await get(`/postroom/${id}/attachments/0`)).status, 422);
    const text = await get(`/postroom/${id}/attachments/1`);
    assert.equal(await text.text(), 'hello');
    assert.match(text.headers.get('content-disposition') ?? '', /^attachment/);
    const viewer = await house.signIn('viewer');
    assert.equal((await house.app.request(`/postroom/${id}`, { headers: { cookie: viewer } })).status, 403);
    assert.equal((await get('/postroom/999999')).status, 404);
  });

  test('of one kind are worked through one after the other, with what was answered', async () => {
    const asked = [await bring(write('Where is the patch?')), await bring(write('How long does it take?'))];
    const list = await (await get('/postroom?state=waiting&kind=question')).text();
    assert.match(list, /href="\/postroom\/next\?only=question".*Work through: question/s);
    const page = await (await get(`/postroom/${asked[0]}?only=question`)).text();
    assert.match(page, new RegExp(`mailto:${encodeURIComponent(letter.to)}\\?subject=Re`));
    const done = await post(`/postroom/${asked[0]}?only=question`, { how: 'accept', answered: 'By its page.' });
    const next = done.headers.get('location') ?? '';
    assert.match(next, /^\/postroom\/\d+\?only=question$/);
    assert.equal((await message(asked[0] ?? 0)).outcome, 'Answered: By its page.');
    const kind = (await message(Number(/\d+/.exec(next)?.[0]))).kind;
    assert.equal(kind, 'question');
    await post(`/postroom/${asked[1]}`, { how: 'accept' });
  });

  test('that speaks of a break-in asks for what is known, and reports it', async () => {
    const id = await bring(write(`An unknown user was signed in on ${letter.serial}. Cable disconnected.`));
    const page = await (await get(`/postroom/${id}`)).text();
    const { id: unitId } = await house.ctx.db
      .selectFrom('unit')
      .select('id')
      .where('serial', '=', letter.serial)
      .executeTakeFirstOrThrow();
    assert.match(page, new RegExp(`name="unit${unitId}"[^>]*checked`));
    assert.match(page, /<option value="yes" selected/);
    const other = await bring(write('Thank you.'));
    assert.match(await (await get(`/postroom/${other}`)).text(), new RegExp(`/postroom/${id}">look at it first`));
    const said = { problem: 'yes', [`unit${unitId}`]: 'yes', unplugged: 'yes', name: 'Kim', phone: '+49 30 1' };
    const done = await post(`/postroom/${id}`, { how: 'accept', ...said });
    assert.equal(done.status, 303);
    const incident = await house.ctx.db
      .selectFrom('incident')
      .selectAll()
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow();
    assert.deepEqual(
      [incident.unit_id, (incident.detail as { phone: string }).phone, incident.party_id],
      [unitId, '+49 30 1', party.partyId],
    );
    await post(`/postroom/${other}`, { how: 'end', outcome: '' });
  });

  test('a letter that came back shows in the record what the server said', async () => {
    const id = await bring(bounceMail(letter, { failure: 'mailbox-full', at: new Date('2022-05-05T08:00:00Z') }));
    const page = await (await get(`/postroom/${id}`)).text();
    assert.match(page, /mailbox full/);
    assert.match(page, /by the return path of the letter/);
    const row = await message(id);
    const delivery = await (await get(`/deliveries/${row.delivery_id}`)).text();
    assert.match(delivery, /the mailbox is full/);
  });
});

describe('several messages at once', () => {
  const list = '/postroom?state=waiting&kind=question';
  const press = (outcome: string, row: (number | string)[], page: Record<string, string> = { which: 'ticked' }) => {
    const form = new URLSearchParams({ ...page, outcome });
    for (const one of row) form.append('row', String(one));
    return house.app.request(list, { method: 'POST', body: form, headers: { cookie, origin: publicUrl } });
  };
  const said = async (answer: Promise<Response> | Response): Promise<string> => (await answer).text();

  test('are ended with one word, but for those that have to be looked at', async () => {
    const [one, two, three] = [await bring(write('Where?')), await bring(write('When?')), await bring(write('Who?'))];
    const urgent = await bring(write('An unknown user was signed in this morning.'));
    const page = await (await get('/postroom')).text();
    for (const id of [one, two, three]) assert.match(page, new RegExp(`name="row" value="${id}"`));
    assert.doesNotMatch(page, new RegExp(`name="row" value="${urgent}"`));

    const refused = await press(' ', [one, two, urgent]);
    assert.equal(refused.status, 422);
    const again = await refused.text();
    assert.match(again, /Say why nothing is to be done/);
    assert.match(again, new RegExp(`value="${one}" checked`), 'the ticks stay');
    assert.equal((await message(one)).state, 'waiting');

    const sent = await press('Answered together', [one, two, urgent]);
    assert.equal(sent.status, 303, await sent.clone().text());
    assert.match(sent.headers.get('location') ?? '', /^\/postroom\?state=waiting&kind=question/);
    const states = await Promise.all([one, two, three, urgent].map(message));
    assert.deepEqual(
      states.map(({ state, outcome }) => [state, outcome]),
      [
        ['done', 'Answered together'],
        ['done', 'Answered together'],
        ['waiting', ''],
        ['waiting', ''],
      ],
    );
    assert.match(await said(press('x', [])), /Choose at least one message/);
    assert.match(await said(press('x', [urgent])), /Open each/);
    assert.match(await said(press('x', [one])), /None of these messages waits/);
    assert.equal((await press('x', ['x; drop'])).status, 422);

    const shown = /name="rows" value="([\d,]+)"/.exec(await (await get(list)).text())?.[1] ?? '';
    const later = await bring(write('And how?'));
    assert.equal((await press('The rest', [], { which: 'page', rows: shown })).status, 303);
    assert.equal((await message(later)).state, 'waiting', 'nobody has seen it yet');
    assert.equal((await message(three)).outcome, 'The rest');
    assert.equal((await message(urgent)).state, 'waiting', 'not of the page that was shown');
    await post(`/postroom/${urgent}`, { how: 'end', outcome: 'tried' });
  });

  test('are ended by a program, which hears what became of each', async () => {
    const id = await bring(write('Which form?'));
    const key = await house.key('message.read', 'message.decide');
    const ended = await house.api(key, 'POST', '/messages/end', { messageIds: [id, 999_999], outcome: 'By a program' });
    assert.deepEqual(await ended.json(), { ended: [id], lookedInto: [], notWaiting: [999_999] });
    assert.equal((await house.api(key, 'POST', '/messages/end', { messageIds: [], outcome: 'x' })).status, 422);
  });
});

describe('the keyboard', () => {
  after(closeBrowser);
  test('takes, accepts and goes on, one key each; typing in a field does none of it', async () => {
    const first = await bring(write('Where can we get the patch?'));
    const second = await bring(write('Where can we get the patch for the other one?'));
    const server = serve({ fetch: house.app.fetch, port: 0, hostname: 'localhost' });
    await new Promise((resolve) => server.once('listening', resolve));
    const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    try {
      await withBrowser({}, async (page, context) => {
        await context.addCookies(
          cookie.split('; ').map((pair) => ({
            name: pair.slice(0, pair.indexOf('=')),
            value: pair.slice(pair.indexOf('=') + 1),
            url: origin,
          })),
        );
        await page.goto(`${origin}/postroom/${first}`);
        await page.keyboard.press('c');
        const focused = await page.evaluate('document.activeElement.tagName');
        assert.equal(focused, 'SELECT', 'c goes to what is to be corrected');
        await page.keyboard.press('a');
        assert.equal((await message(first)).state, 'waiting', 'in a field a letter is a letter');
        await page.evaluate('document.activeElement.blur()');
        await Promise.all([page.waitForNavigation(), page.keyboard.press('t')]);
        assert.notEqual((await message(first)).owner_id, null);
        await page.goto(`${origin}/postroom/${first}`);
        await Promise.all([page.waitForNavigation(), page.keyboard.press('n')]);
        assert.doesNotMatch(page.url(), new RegExp(`/postroom/${first}$`));
        await page.goto(`${origin}/postroom/${second}`);
        await Promise.all([page.waitForNavigation(), page.keyboard.press('a')]);
        assert.equal((await message(second)).state, 'done');
      });
    } finally {
      server.close();
    }
  });
});

describe('two doors that contradict each other', () => {
  test('become one task with both originals side by side', async () => {
    const other = await addSampleParty(house.ctx, action, { units: 1 });
    await transact(house.ctx, (tx) => planDeliveries(tx, house.ctx, action.actionId, action.noticeId ?? 0));
    await sendDueDeliveries(house.ctx);
    const sent = await house.ctx.db
      .selectFrom('delivery')
      .selectAll()
      .where('party_id', '=', other.partyId)
      .executeTakeFirstOrThrow();
    const { serial } = await house.ctx.db
      .selectFrom('unit')
      .select('serial')
      .where('party_id', '=', other.partyId)
      .executeTakeFirstOrThrow();
    const own = { ...letter, messageId: sent.message_id, to: sent.address };
    const say = async (text: string): Promise<void> => {
      const at = new Date(Date.parse('2022-05-05T07:00:00Z') + ++minute * 60_000);
      const id = await bring(personMail(own, { from: { name: 'Erika Muster', address: sent.address }, at, text }));
      assert.equal((await post(`/postroom/${id}`, { how: 'accept' })).status, 303);
    };
    await say(`The patch was installed on ${serial} in Dx on 4 May 2022.`);
    await say(`On ${serial} Dx the patch is not yet installed.`);
    await say(`As we said: on ${serial} Dx it is not yet installed.`);
    const tasks = await house.ctx.db
      .selectFrom('task')
      .select('id')
      .where('party_id', '=', other.partyId)
      .where('key', 'like', 'contradiction:correction:%')
      .execute();
    assert.equal(tasks.length, 1);
    const page = await (await get(`/tasks/${tasks[0]?.id}`)).text();
    assert.match(page, /installed on/);
    assert.match(page, /is not yet installed/);
    assert.match(page, /href="\/postroom\/\d+">mail of/);
  });
});

describe('the holder of a proposed address', () => {
  test('is asked in their language; opening says nothing, one press does', async () => {
    const staff = await house.staff('support');
    const change = ok(
      await proposeContactChange(
        staff,
        { actionId: action.actionId, partyId: party.partyId, contactId: party.contactId, door: 'telephone' },
        {
          kind: 'forward',
          name: 'Kim Beispiel',
          title: '',
          email: `kim@${letter.to.split('@')[1]}`,
          phone: '',
          languages: ['de'],
          note: '',
        },
      ),
    );
    const path = `/address/${contactCheckToken(house.ctx.settings, change.id)}`;
    const page = await (await house.app.request(`${path}?lang=de`)).text();
    assert.match(page, /Ist das die richtige Adresse/);
    assert.match(page, /<form[^>]*method="post"/);
    const before = await house.ctx.db
      .selectFrom('contact_change')
      .selectAll()
      .where('id', '=', change.id)
      .executeTakeFirstOrThrow();
    assert.equal(before.confirmed_at, null);
    const yes = await house.app.request(path, { method: 'POST', headers: { origin: publicUrl } });
    assert.equal(yes.status, 303);
    const after = await house.ctx.db
      .selectFrom('contact_change')
      .selectAll()
      .where('id', '=', change.id)
      .executeTakeFirstOrThrow();
    assert.equal(after.state, 'applied');
    assert.match(await (await house.app.request(`${path}?lang=it`)).text(), /D’ora in poi/);
    assert.equal((await house.app.request('/address/1.00000000000000000000000000')).status, 404);
  });
});

describe('the API', () => {
  test('takes mail, lists it, and decides', async () => {
    const key = await house.key('message.keep', 'message.read', 'message.decide', 'reply.record');
    const sent = await house.app.request('/api/v1/messages?mailbox=archive&envelopeTo=post@muster.example', {
      method: 'POST',
      body: new Uint8Array(write('Where is the manual?')),
      headers: { authorization: `Bearer ${key}`, 'content-type': 'message/rfc822' },
    });
    assert.equal(sent.status, 201);
    const { firstId } = (await sent.json()) as { firstId: number };
    ok(await readMessages(house.ctx));
    const list = (await (await house.api(key, 'GET', '/messages?kind=question')).json()) as { rows: { id: number }[] };
    assert.ok(list.rows.some((row) => row.id === firstId));
    const one = (await (await house.api(key, 'GET', `/messages/${firstId}`)).json()) as { reasons: unknown[] };
    assert.ok(one.reasons.length > 0);
    const decided = await house.api(key, 'POST', `/messages/${firstId}/decision`, { how: 'end', outcome: 'Answered' });
    assert.deepEqual(await decided.json(), { id: firstId, state: 'done', outcome: 'Answered' });
    assert.equal((await house.api(key, 'POST', `/messages/${firstId}/decision`, { how: 'end' })).status, 422);
    assert.match(await (await house.api(key, 'GET', `/messages/${firstId}/source`)).text(), /^Return-Path/);
  });
});

test('the server logged no error', () => {
  assert.deepEqual(house.errors, []);
});
