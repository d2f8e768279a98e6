/** Lists of answers at every door: desk, portal, mail, API. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { personMail } from '../sample/mails.ts';
import { readTable, writeXlsx } from '../src/adapters/table-file.ts';
import { giveMandate } from '../src/app/mandates.ts';
import { readAttachments } from '../src/app/message-attachments.ts';
import { readMessages } from '../src/app/message-read.ts';
import { keepMessage } from '../src/app/messages.ts';
import { workSpreadsheets } from '../src/app/spreadsheets.ts';
import { isRefusal, type Refusal } from '../src/domain/refusal.ts';
import { type House, openHouse, publicUrl } from './helpers/house.ts';
import { addSampleAction, addSampleParty, type SampleHouse, type SampleParty } from './portal-sample.ts';

let house: House;
let action: SampleHouse;
let group: SampleParty;
let first: SampleParty;
let second: SampleParty;
let stranger: SampleParty;
let cookie: string;
const serial = new Map<number, string>();

before(async () => {
  house = await openHouse();
  house.setNow('2022-05-20T09:00:00Z');
  action = await addSampleAction(house.ctx);
  group = await addSampleParty(house.ctx, action, { name: 'Klinikverbund Musterland', units: 1, languages: ['de'] });
  first = await addSampleParty(house.ctx, action, { units: 2 });
  second = await addSampleParty(house.ctx, action, { units: 2 });
  stranger = await addSampleParty(house.ctx, action, { units: 1 });
  for (const row of await house.ctx.db.selectFrom('unit').select(['id', 'serial']).execute())
    serial.set(row.id, row.serial);
  ok(
    await giveMandate(await house.staff('support'), group.partyId, {
      partyIds: [first.partyId, second.partyId],
      reason: 'Letter of 2 May',
    }),
  );
  cookie = await house.signIn('support');
});
after(async () => {
  await house.ctx.mailReader.close();
  await house.close();
});

function ok<T>(answer: T | Refusal): T {
  assert.ok(!isRefusal(answer), isRefusal(answer) ? answer.code : '');
  return answer;
}

const unit = (party: SampleParty, index = 0): string => serial.get(party.unitIds[index] ?? 0) ?? '';
const get = (path: string) => house.app.request(path, { headers: { cookie } });
const post = (path: string, form: Record<string, string> | [string, string][]) =>
  house.app.request(path, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { cookie, origin: publicUrl, 'content-type': 'application/x-www-form-urlencoded' },
  });

function upload(path: string, fields: Record<string, string>, file: { name: string; text: string } | undefined) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  if (file) body.append('file', new Blob([file.text]), file.name);
  return house.app.request(path, { method: 'POST', body, headers: { cookie, origin: publicUrl } });
}

const work = async () => ok(await workSpreadsheets(house.ctx));
const idIn = (answer: Response): number => Number(/(\d+)$/.exec(answer.headers.get('location') ?? '')?.[1]);

describe('at the desk', () => {
  test('a list is uploaded, mapped in two steps, looked over, and taken', async () => {
    const empty = await (await get(`/actions/${action.actionId}/spreadsheets`)).text();
    assert.match(empty, /No list came yet/);
    const list = `Haus;Geräte-Nr.;Zustand;am\nA;${unit(first)};durch;03/04/2022\nB;${unit(second)};wartet;\nC;${unit(stranger)};durch;04/05/2022\n`;
    const wrong = await upload(`/actions/${action.actionId}/spreadsheets`, { party: 'nobody' }, undefined);
    assert.equal(wrong.status, 422);
    assert.match(await wrong.text(), /Nobody has this number/);
    const sent = await upload(
      `/actions/${action.actionId}/spreadsheets`,
      { party: 'Klinikverbund Musterland', receivedOn: '2022-05-18' },
      { name: 'stand.csv', text: list },
    );
    assert.equal(sent.status, 303);
    const id = idIn(sent);
    const columns = await (await get(`/spreadsheets/${id}`)).text();
    assert.match(columns, /Geräte-Nr\./);
    assert.match(columns, /waits to be mapped/);
    const twice = await post(`/spreadsheets/${id}/mapping`, {
      'column-1': 'unit',
      'column-2': 'status',
      'column-3': 'status',
    });
    assert.equal(twice.status, 422);
    const mapped = { 'column-1': 'unit', 'column-2': 'status', 'column-3': 'date' };
    assert.equal((await post(`/spreadsheets/${id}/mapping`, mapped)).status, 303);
    const words = await (await get(`/spreadsheets/${id}`)).text();
    assert.match(words, /durch/);
    assert.match(words, /Month first: 4 March 2022/);
    assert.match(words, /3 rows name no mode/);
    await post(`/spreadsheets/${id}/mapping`, {
      ...mapped,
      'status-word-0': 'durch',
      'status-0': 'done',
      'status-word-1': 'wartet',
      'status-1': 'not-yet',
      dateOrder: 'dmy',
      noMode: 'all',
    });
    await work();
    const checked = await (await get(`/spreadsheets/${id}`)).text();
    assert.match(checked, /waits to be approved/);
    assert.match(checked, /May Klinikverbund Musterland answer for them\?/);
    const errors = await (await get(`/spreadsheets/${id}/rows?only=refused`)).text();
    assert.match(errors, /is not among the devices you answer for/);
    assert.doesNotMatch(errors, new RegExp(unit(first)));
    const csv = await (await get(`/spreadsheets/${id}/rows?only=refused&format=csv`)).text();
    assert.match(csv, /^Haus,Geräte-Nr\.,Zustand,am,Row,Comes to,Party,Why/);
    const bare = await post(`/spreadsheets/${id}/mandates`, { reason: '' });
    assert.equal(bare.status, 422);
    assert.match(await bare.text(), /Tick whom it may answer for/);
    const given = await post(`/spreadsheets/${id}/mandates`, {
      party: String(stranger.partyId),
      reason: 'They called us',
    });
    assert.equal(given.status, 303);
    await work();
    const right = await (await get(`/spreadsheets/${id}`)).text();
    assert.match(right, /Take all 3 rows as 3 replies/);
    await post(`/spreadsheets/${id}/apply`, { mode: 'all', contactId: String(group.contactId) });
    await work();
    const done = await (await get(`/spreadsheets/${id}`)).text();
    assert.match(done, /recorded/);
    const reply = await house.ctx.db
      .selectFrom('reply')
      .selectAll()
      .where('party_id', '=', first.partyId)
      .executeTakeFirstOrThrow();
    assert.match(done, new RegExp(`href="/replies/${reply.id}"`));
    const page = await (await get(`/replies/${reply.id}`)).text();
    assert.match(page, /From a list/);
    assert.match(page, /Klinikverbund Musterland/);
    assert.match(page, /Row 2/);
    assert.match(await (await get(`/replies/${reply.id}/source`)).text(), /Haus;Geräte-Nr/);
    assert.match(await (await get(`/parties/${group.partyId}`)).text(), /Answers for others/);
    assert.match(await (await get('/spreadsheets?state=applied')).text(), /stand\.csv/);
    assert.equal((await get(`/spreadsheets/${id}/source`)).status, 200);
  });

  test('a list that is none is refused with the mend, and one that is not there is not found', async () => {
    const path = `/actions/${action.actionId}/spreadsheets`;
    const pdf = await upload(path, { party: 'Klinikverbund Musterland' }, { name: 'a.xlsx', text: '%PDF-1.7' });
    assert.equal(pdf.status, 422);
    assert.match(await pdf.text(), /This is a PDF/);
    assert.match(await (await get('/spreadsheets/999999')).text(), /There is no list 999999/);
    const viewer = await house.signIn('viewer');
    const answer = await house.app.request(`${path}/new`, { headers: { cookie: viewer } });
    assert.equal(answer.status, 403);
  });
});

describe('in the portal', () => {
  const portal = (party: SampleParty, rest: string) => `/p/${party.token}${rest}`;
  const look = async (party: SampleParty, rest: string, language = 'de') =>
    (await house.app.request(portal(party, `${rest}${rest.includes('?') ? '&' : '?'}lang=${language}`))).text();

  test('who answers for several places sends a list, sees what was read, and sends the answers', async () => {
    assert.match(await look(group, '/list'), /Mit einer Liste antworten/);
    const template = await house.app.request(portal(group, '/list/devices.xlsx?lang=de'));
    const table = ok(
      await readTable(
        (async function* () {
          yield new Uint8Array(await template.arrayBuffer());
        })(),
        { name: 'x' },
      ),
    );
    assert.deepEqual(table.header, ['Seriennummer', 'Modus', 'Erledigt', 'Datum', 'Bemerkung']);
    await table.close();
    const bytes: Uint8Array[] = [];
    const rows = [
      { n: unit(group), m: 'Dx', s: 'ja', d: '2022-05-12' },
      { n: `${unit(second, 1)}9`, m: 'RUO', s: 'ja', d: '2022-05-12' },
      { n: unit(second, 1), m: 'beide', s: 'ja', d: '2031-05-12' },
    ];
    for await (const chunk of writeXlsx(rows, [
      { heading: 'Seriennummer', value: (row) => row.n },
      { heading: 'Modus', value: (row) => row.m },
      { heading: 'Erledigt', value: (row) => row.s },
      { heading: 'Datum', value: (row) => row.d, type: 'date' },
    ]))
      bytes.push(chunk);
    const body = new FormData();
    body.append('file', new Blob([Buffer.concat(bytes)]), 'haus.xlsx');
    const sent = await house.app.request(portal(group, '/list'), {
      method: 'POST',
      body,
      headers: { origin: publicUrl },
    });
    assert.equal(sent.status, 303);
    const id = idIn(sent);
    assert.match(await look(group, `/list/${id}`), /Wir lesen Ihre Liste/);
    await work();
    const read = await look(group, `/list/${id}`);
    assert.match(read, /1 Zeile sagt uns etwas Neues/);
    assert.match(read, /2 Zeilen stimmen nicht/);
    assert.match(read, /liegt in der Zukunft/);
    const file = await house.app.request(portal(group, `/list/${id}/refused.xlsx?lang=de`));
    assert.equal(file.status, 200);
    const before = await house.ctx.db.selectFrom('reply').select('id').where('party_id', '=', group.partyId).execute();
    await house.app.request(portal(group, `/list/${id}`), {
      method: 'POST',
      body: new URLSearchParams({ how: 'send', receipt: 'yes' }),
      headers: { origin: publicUrl, 'content-type': 'application/x-www-form-urlencoded' },
    });
    await work();
    assert.match(await look(group, `/list/${id}`), /Ihre Liste ist eingetragen, als Antwort von 1 Organisation/);
    const after = await house.ctx.db
      .selectFrom('reply')
      .select(['recorded_by', 'answers'])
      .where('party_id', '=', group.partyId)
      .orderBy('id', 'desc')
      .execute();
    assert.equal(after.length, before.length + 1);
    assert.equal(after[0]?.recorded_by, 'Erika Muster');
    assert.equal((after[0]?.answers as { party: { received?: string } }).party.received, 'yes');
    assert.match(await look(group, ''), /Mit einer Liste antworten/);
  });

  test('nobody sees the list of another, nor sends one where a form is enough', async () => {
    const other = await house.ctx.db
      .selectFrom('spreadsheet')
      .select('id')
      .where('party_id', '=', group.partyId)
      .executeTakeFirstOrThrow();
    const away = await house.app.request(portal(first, `/list/${other.id}`));
    assert.equal(away.status, 303);
    assert.match(await look(first, '/list'), /Listen sind für alle, die für mehrere Orte antworten/);
    const body = new FormData();
    body.append('file', new Blob([`Serial;Done\n${unit(first)};yes\n`]), 'a.csv');
    const sent = await house.app.request(portal(first, '/list'), {
      method: 'POST',
      body,
      headers: { origin: publicUrl },
    });
    assert.equal(sent.status, 403);
    const bad = new FormData();
    bad.append('file', new Blob(['']), 'empty.csv');
    const unread = await house.app.request(portal(group, '/list?lang=de'), {
      method: 'POST',
      body: bad,
      headers: { origin: publicUrl },
    });
    assert.equal(unread.status, 422);
    assert.match(await unread.text(), /Sie ist leer/);
  });
});

describe('by other doors', () => {
  test('an attachment of a known sender waits with its dry run', async () => {
    const contact = await house.ctx.db
      .selectFrom('contact')
      .select('email')
      .where('id', '=', group.contactId)
      .executeTakeFirstOrThrow();
    const raw = personMail(
      {
        messageId: '<none@muster.example>',
        to: contact.email,
        returnPath: '',
        from: 'notices@muster.example',
        subject: 'Rückruf',
        date: new Date('2022-05-04T08:00:00Z'),
        text: '',
      },
      {
        from: { name: 'Erika Muster', address: contact.email },
        at: new Date('2022-05-20T08:00:00Z'),
        text: 'Anbei unsere Liste.',
        attachments: [
          {
            name: 'liste.csv',
            type: 'text/csv',
            content: Buffer.from(`Seriennummer;Modus;Erledigt;Datum\n${unit(first, 1)};Dx;ja;2022-05-13\n`),
          },
        ],
      },
    );
    const kept = ok(await keepMessage(house.ctx, { raw, door: 'smtp', receivedAt: new Date('2022-05-20T08:01:00Z') }));
    ok(await readMessages(house.ctx));
    ok(await readAttachments(house.ctx));
    const message = await house.ctx.db
      .selectFrom('message')
      .selectAll()
      .where('id', '=', kept.id)
      .executeTakeFirstOrThrow();
    assert.equal(message.state, 'done');
    assert.match(message.outcome, /a list of 1 rows waits under Answers by spreadsheet: 1 right, 0 refused/);
    const sheet = await house.ctx.db
      .selectFrom('spreadsheet')
      .selectAll()
      .where('message_id', '=', kept.id)
      .executeTakeFirstOrThrow();
    assert.equal(sheet.received_at.toISOString(), '2022-05-20T08:01:00.000Z');
    assert.equal(sheet.contact_id, group.contactId);
    assert.match(await (await get(`/postroom/${kept.id}`)).text(), new RegExp(`href="/spreadsheets/${sheet.id}"`));
  });

  test('an attachment of a stranger waits until somebody says whose it is', async () => {
    const letter = {
      messageId: '<none@muster.example>',
      to: 'somebody@elsewhere.example',
      returnPath: '',
      from: 'notices@muster.example',
      subject: 'Liste',
      date: new Date('2022-05-04T08:00:00Z'),
      text: '',
    };
    const raw = personMail(letter, {
      from: { name: 'Somebody', address: 'somebody@elsewhere.example' },
      at: new Date('2022-05-20T08:30:00Z'),
      text: 'Our list.',
      attachments: [
        {
          name: 'ours.csv',
          type: 'text/csv',
          content: Buffer.from(`Seriennummer;Modus;Erledigt;Datum\n${unit(second)};RUO;ja;2022-05-14\n`),
        },
      ],
    });
    const kept = ok(await keepMessage(house.ctx, { raw, door: 'smtp' }));
    ok(await readMessages(house.ctx));
    ok(await readAttachments(house.ctx));
    assert.match(await (await get(`/postroom/${kept.id}`)).text(), /First say whose the mail is/);
    assert.equal((await post(`/postroom/${kept.id}/list`, { index: '0' })).status, 422);
    await house.ctx.db
      .updateTable('message')
      .set({ party_id: group.partyId, action_id: action.actionId })
      .where('id', '=', kept.id)
      .execute();
    const page = await (await get(`/postroom/${kept.id}`)).text();
    assert.match(page, /Read ours\.csv as their list of answers/);
    const index = /name="index" value="(\d+)"/.exec(page)?.[1] ?? '';
    const sent = await post(`/postroom/${kept.id}/list`, { index });
    assert.match(sent.headers.get('location') ?? '', /^\/spreadsheets\/\d+$/);
  });

  test('a program hands in, maps and applies a list', async () => {
    const key = await house.key('reply.record', 'reply.read');
    const path = `/spreadsheets?actionId=${action.actionId}&partyId=${group.partyId}&name=api.csv`;
    const kept = await house.app.request(`/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'text/csv' },
      body: `A;B\n${unit(second, 1)};fertich\n`,
    });
    assert.equal(kept.status, 202);
    const { id } = (await kept.json()) as { id: number };
    const columns = (await (await house.api(key, 'GET', `/spreadsheets/${id}/columns`)).json()) as {
      headings: string[];
    };
    assert.deepEqual(columns.headings, ['A', 'B']);
    const half = await house.api(key, 'POST', `/spreadsheets/${id}/mapping`, { mapping: { unit: 0, status: 1 } });
    const asks = ((await half.json()) as { asks: { status: { word: string }[]; noMode: number } }).asks;
    assert.equal(asks.status[0]?.word, 'fertich');
    assert.equal(asks.noMode, 1);
    const whole = await house.api(key, 'POST', `/spreadsheets/${id}/mapping`, {
      mapping: { unit: 0, status: 1 },
      words: { status: { fertich: 'done' } },
      noMode: 'all',
    });
    assert.equal(((await whole.json()) as { state: string }).state, 'checking');
    await work();
    const rows = (await (await house.api(key, 'GET', `/spreadsheets/${id}/rows`)).json()) as {
      rows: { verdict: string; statements: unknown[]; findings: { text: string }[] }[];
    };
    assert.equal(rows.rows[0]?.verdict, 'ready');
    assert.equal(rows.rows[0]?.statements.length, 2);
    const applied = await house.api(key, 'POST', `/spreadsheets/${id}/apply`, { mode: 'valid' });
    assert.equal(applied.status, 202);
    await work();
    const read = (await (await house.api(key, 'GET', `/spreadsheets/${id}`)).json()) as {
      state: string;
      replies: number;
    };
    assert.deepEqual([read.state, read.replies], ['applied', 1]);
  });
});
