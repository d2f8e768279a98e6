/** Lists as answers: mapped once, checked row by row, one reply for each party, each with the file as its source. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { strToU8, zipSync } from 'fflate';
import { simpleParser } from 'mailparser';
import { readTable, writeCsv, writeXlsx } from '../src/adapters/table-file.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { createStandardForm } from '../src/app/forms.ts';
import { giveMandate } from '../src/app/mandates.ts';
import {
  applySpreadsheet,
  checkSpreadsheetAgain,
  discardSpreadsheet,
  keepSpreadsheet,
  mapSpreadsheet,
  workSpreadsheets,
} from '../src/app/spreadsheets.ts';
import { isRefusal, type Refusal } from '../src/domain/refusal.ts';
import { serialKey } from '../src/domain/scope.ts';
import {
  addReleased,
  addParty as addSampleParty,
  type DeliveryHouse,
  openDeliveryHouse,
  type PartyWishes,
  type Released,
  regulatory,
  type SampleParty,
  support,
} from './delivery-house.ts';

let house: DeliveryHouse;
let released: Released;
before(async () => {
  house = await openDeliveryHouse();
  released = await addReleased(house.ctx);
  await house.ctx.db
    .insertInto('action_environment')
    .values(released.environmentIds.map((id) => ({ action_id: released.actionId, environment_id: id })))
    .execute();
  ok(await createStandardForm(house.as(regulatory), released.actionId, { software: 'Local Run Manager' }));
  house.setNow('2022-05-20T10:00:00Z');
});
after(() => house.close());

function ok<T>(answer: T | Refusal): T {
  assert.ok(!isRefusal(answer), isRefusal(answer) ? `${answer.code} ${JSON.stringify(answer.params)}` : '');
  return answer;
}

function refused(answer: unknown, code: string): void {
  assert.equal(isRefusal(answer) ? answer.code : 'done', code);
}

type Row = Record<string, string>;

async function* csv(rows: Row[]): AsyncGenerator<Uint8Array> {
  const headings = Object.keys(rows[0] ?? {});
  const columns = headings.map((heading) => ({ heading, value: (row: Row) => row[heading] ?? '' }));
  yield* writeCsv(rows, columns, { delimiter: ';' });
}

/** A party whose units are found as an import would have written them. */
async function addParty(ctx: DeliveryHouse['ctx'], of: Released, wishes: PartyWishes): Promise<SampleParty> {
  const party = await addSampleParty(ctx, of, wishes);
  for (const id of party.unitIds) {
    const { serial } = await ctx.db.selectFrom('unit').select('serial').where('id', '=', id).executeTakeFirstOrThrow();
    await ctx.db
      .updateTable('unit')
      .set({ serial_key: serialKey(serial) })
      .where('id', '=', id)
      .execute();
  }
  return party;
}

async function serials(party: SampleParty): Promise<string[]> {
  const rows = await house.ctx.db
    .selectFrom('unit')
    .select('serial')
    .where('id', 'in', party.unitIds)
    .orderBy('id')
    .execute();
  return rows.map((row) => row.serial);
}

/** A hospital group with two houses, for which it has a mandate. */
async function addGroup(units = 2) {
  const group = await addParty(house.ctx, released, { units: 1, contacts: [{ languages: ['de'] }] });
  const houses = [await addParty(house.ctx, released, { units }), await addParty(house.ctx, released, { units })];
  ok(
    await giveMandate(house.as(support), group.partyId, {
      partyIds: houses.map((one) => one.partyId),
      reason: 'Letter of the group of 2 May 2022',
    }),
  );
  return { group, houses };
}

async function send(
  party: SampleParty,
  rows: Row[],
  more: { name?: string; receivedAt?: Date; way?: 'upload' | 'api' } = {},
) {
  return keepSpreadsheet(house.as(support), {
    actionId: released.actionId,
    partyId: party.partyId,
    contactId: party.contactIds[0] ?? null,
    name: more.name ?? 'liste.csv',
    way: more.way ?? 'upload',
    bytes: csv(rows),
    ...(more.receivedAt ? { receivedAt: more.receivedAt } : {}),
  });
}

function sheet(id: number) {
  return house.ctx.db.selectFrom('spreadsheet').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

async function rowsOf(id: number) {
  return house.ctx.db
    .selectFrom('spreadsheet_row')
    .selectAll()
    .where('spreadsheet_id', '=', id)
    .orderBy('row')
    .execute();
}

function codes(rows: Awaited<ReturnType<typeof rowsOf>>): string[] {
  return rows.map((row) => `${row.verdict} ${row.findings.map((one) => one.code).join(',')}`.trim());
}

async function states(party: SampleParty): Promise<Record<string, string>> {
  const rows = await house.ctx.db
    .selectFrom('correction as k')
    .innerJoin('unit as u', 'u.id', 'k.unit_id')
    .innerJoin('environment as e', 'e.id', 'k.environment_id')
    .select(['u.serial', 'e.code', 'k.state'])
    .where('k.party_id', '=', party.partyId)
    .orderBy('k.id')
    .execute();
  return Object.fromEntries(rows.map((row) => [`${row.serial} ${row.code}`, row.state]));
}

describe('a list of a hospital group', () => {
  it('is read without a question when its words are known, and becomes a reply for each house', async () => {
    const { group, houses } = await addGroup();
    const [a = '', b = ''] = await serials(houses[0] as SampleParty);
    const [c = '', d = ''] = await serials(houses[1] as SampleParty);
    const received = new Date('2022-05-18T09:30:00Z');
    const kept = ok(
      await send(
        group,
        [
          { Seriennummer: a, Modus: 'Dx', Erledigt: 'ja', Datum: '12.05.2022', Bemerkung: '' },
          { Seriennummer: a, Modus: 'RUO', Erledigt: 'nein', Datum: '', Bemerkung: 'Termin folgt' },
          { Seriennummer: b, Modus: 'beide', Erledigt: '✓', Datum: '13. Mai 2022', Bemerkung: '' },
          { Seriennummer: c, Modus: 'Dx + RUO', Erledigt: 'x', Datum: '44694', Bemerkung: '' },
          { Seriennummer: d, Modus: 'alle', Erledigt: 'verschrottet', Datum: '', Bemerkung: '' },
        ],
        { receivedAt: received },
      ),
    );
    assert.equal(kept.state, 'checking');
    ok(await workSpreadsheets(house.ctx));
    assert.deepEqual(codes(await rowsOf(kept.id)), ['ready', 'ready', 'ready', 'ready', 'ready']);
    const before = await house.ctx.db.selectFrom('reply').select('id').execute();
    const applied = ok(await applySpreadsheet(house.as(support), { id: kept.id, receipt: true }));
    assert.equal(applied.state, 'applying');
    ok(await workSpreadsheets(house.ctx));
    const row = await sheet(kept.id);
    assert.equal(row.state, 'applied');
    const replies = await house.ctx.db
      .selectFrom('reply')
      .selectAll()
      .where('id', 'not in', [0, ...before.map((one) => one.id)])
      .orderBy('party_id')
      .execute();
    assert.deepEqual(
      replies.map((one) => [
        one.party_id,
        one.door,
        one.source_file_id,
        one.received_at.toISOString(),
        one.recorded_by,
      ]),
      houses.map((one) => [
        one.partyId,
        'spreadsheet',
        row.file_id,
        received.toISOString(),
        support.kind === 'staff' ? support.name : '',
      ]),
    );
    assert.deepEqual(await states(houses[0] as SampleParty), {
      [`${a} Dx`]: 'stated',
      [`${a} RUO`]: 'open',
      [`${b} Dx`]: 'stated',
      [`${b} RUO`]: 'stated',
    });
    assert.deepEqual(Object.values(await states(houses[1] as SampleParty)), ['stated', 'stated', 'gone', 'gone']);
    const obligations = await house.ctx.db
      .selectFrom('obligation')
      .select(['state', 'last_reply_at'])
      .where(
        'party_id',
        'in',
        houses.map((one) => one.partyId),
      )
      .orderBy('party_id')
      .execute();
    assert.deepEqual(
      obligations.map((one) => one.state),
      ['received', 'done'],
    );
    assert.equal(obligations[0]?.last_reply_at?.toISOString(), received.toISOString());
    const trail = await house.ctx.db
      .selectFrom('event')
      .select(['party_id', 'after', 'actor_name'])
      .where('action', '=', 'spreadsheet.answer')
      .where('party_id', '=', houses[0]?.partyId ?? 0)
      .executeTakeFirstOrThrow();
    assert.equal((trail.after as { speakerId: number }).speakerId, group.partyId);
    const receipt = await house.ctx.db
      .selectFrom('delivery')
      .selectAll()
      .where('id', '=', row.delivery_id)
      .executeTakeFirstOrThrow();
    assert.deepEqual([receipt.kind, receipt.contact_id, receipt.languages], ['receipt', group.contactIds[0], ['de']]);
  });

  it('is the list it was when the same bytes come again, and can be sent anew once put away', async () => {
    const { group, houses } = await addGroup(1);
    const [a = ''] = await serials(houses[0] as SampleParty);
    const rows = [{ Serial: a, Mode: 'Dx', Done: 'yes', Date: '2022-05-12' }];
    const first = ok(await send(group, rows));
    assert.deepEqual(ok(await send(group, rows, { name: 'other name.csv' })), {
      id: first.id,
      state: 'checking',
      fresh: false,
    });
    ok(await discardSpreadsheet(house.as(support), first.id));
    assert.equal(ok(await send(group, rows)).fresh, true);
  });

  it('asks once for words, dates and modes it does not know, and never again for the same headings', async () => {
    const { group, houses } = await addGroup(2);
    const [a = '', b = ''] = await serials(houses[0] as SampleParty);
    const rows = (day: string) => [
      { 'Geräte-Nr': a, Zustand: 'durch', am: day },
      { 'Geräte-Nr': b, Zustand: 'hammanich', am: '' },
    ];
    const kept = ok(await send(group, rows('03/04/2022')));
    assert.equal(kept.state, 'mapping');
    const mapping = { unit: 0, status: 1, date: 2 };
    const half = ok(await mapSpreadsheet(house.as(support), kept.id, { mapping }));
    assert.equal(half.state, 'mapping');
    assert.deepEqual(
      half.asks.status?.map((one) => one.word),
      ['durch', 'hammanich'],
    );
    assert.equal(half.asks.dateOrder, true);
    assert.equal(half.asks.noMode, 2);
    const words = { status: { durch: 'done', hammanich: 'not-ours' } as const, mode: {} };
    const whole = ok(
      await mapSpreadsheet(house.as(support), kept.id, { mapping, words, dateOrder: 'dmy', noMode: 'all' }),
    );
    assert.equal(whole.state, 'checking');
    ok(await workSpreadsheets(house.ctx));
    const judged = await rowsOf(kept.id);
    assert.deepEqual(codes(judged), ['ready before-notice', 'ready not-theirs']);
    assert.equal(judged[0]?.statements[0]?.date, '2022-04-03');
    ok(await applySpreadsheet(house.as(support), { id: kept.id }));
    ok(await workSpreadsheets(house.ctx));
    const tasks = await house.ctx.db
      .selectFrom('task')
      .select('kind')
      .where('kind', '=', 'not-theirs')
      .where('party_id', '=', houses[0]?.partyId ?? 0)
      .execute();
    assert.equal(tasks.length, 1, 'somebody looks for the device that is not theirs');
    const next = ok(await send(group, rows('04/05/2022')));
    assert.equal(next.state, 'checking', 'the next list is read without a question');
    const version = await house.ctx.db
      .selectFrom('spreadsheet_mapping')
      .select('version')
      .where('party_id', '=', group.partyId)
      .execute();
    assert.deepEqual(version, [{ version: 1 }]);
  });
});

describe('rows that are wrong', () => {
  it('are refused each with its reason, and the others can be taken alone', async () => {
    const { group, houses } = await addGroup(3);
    const stranger = await addParty(house.ctx, released, { units: 1 });
    const [foreign = ''] = await serials(stranger);
    const [a = '', b = '', c = ''] = await serials(houses[0] as SampleParty);
    const near = `${a.slice(0, -1)}X`;
    const line = (serial: string, mode: string, done: string, day: string) => ({
      Serial: serial,
      Mode: mode,
      Done: done,
      Date: day,
    });
    const kept = ok(
      await send(group, [
        line(a, 'Dx', 'yes', '2022-05-12'),
        line(a, 'Dx', 'yes', '2022-05-12'),
        line(near, 'Dx', 'yes', '2022-05-12'),
        line('QQ-99', 'Dx', 'yes', '2022-05-12'),
        line(foreign, 'Dx', 'yes', '2022-05-12'),
        line('', 'Dx', 'yes', '2022-05-12'),
        line(b, 'Dx', 'yes', '2031-01-01'),
        line(b, 'RUO', 'yes', '31.02.2022'),
        line(c, 'Dx', 'yes', '2022-05-12'),
        line(c, 'both', 'no', ''),
        line('1.23E+15', 'Dx', 'yes', '2022-05-12'),
        line(b, 'RUO', '#REF!', ''),
        line(b, 'RUO', '', ''),
      ]),
    );
    ok(await workSpreadsheets(house.ctx));
    assert.equal((await sheet(kept.id)).state, 'checked');
    assert.deepEqual(codes(await rowsOf(kept.id)), [
      'ready',
      'nothing same-as',
      'refused unknown-near',
      'refused unknown',
      'refused not-yours',
      'refused no-serial',
      'refused date-future',
      'refused date',
      'refused twice',
      'refused twice',
      'refused rounded',
      'refused formula-failed',
      'nothing says-nothing',
    ]);
    refused(await applySpreadsheet(house.as(support), { id: kept.id, mode: 'all' }), 'spreadsheet.refused-rows');
    ok(await applySpreadsheet(house.as(support), { id: kept.id, mode: 'valid' }));
    ok(await workSpreadsheets(house.ctx));
    const row = await sheet(kept.id);
    assert.equal(row.state, 'applied');
    const file = await house.ctx.db
      .selectFrom('delivery_file as d')
      .innerJoin('file as f', 'f.id', 'd.file_id')
      .select(['f.sha256', 'f.name'])
      .where('d.delivery_id', '=', row.delivery_id ?? 0)
      .executeTakeFirstOrThrow();
    assert.equal(file.name, 'liste zu berichtigen.xlsx');
    const table = ok(await readTable(house.ctx.files.read(file.sha256), { name: 'x' }));
    assert.deepEqual(table.header, ['Serial', 'Mode', 'Done', 'Date', 'Was nicht stimmt', 'Zeile']);
    const lines: string[][] = [];
    for await (const one of table.rows) lines.push(one.cells);
    assert.equal(lines.length, 10);
    assert.match(lines[0]?.[4] ?? '', new RegExp(`kennen wir nicht. Meinten Sie ${a}`));
    assert.equal(lines[0]?.[5], '4', 'the number the spreadsheet shows');
    const about = (line: string[] | undefined) => line?.[4]?.replace(line[0] ?? '', '…');
    assert.equal(about(lines[1]), about(lines[2]), 'whose device it is, if anybody’s, is not told');
    await sendDueDeliveries(house.ctx);
    const sent = await house.ctx.db
      .selectFrom('mailbox_message')
      .select('raw')
      .where('delivery_id', '=', row.delivery_id)
      .executeTakeFirstOrThrow();
    const mail = await simpleParser(Buffer.from(sent.raw));
    assert.equal(mail.attachments[0]?.filename, 'liste-zu-berichtigen.xlsx');
    assert.match(mail.text ?? '', /Was 1 Zeile Ihrer Liste uns sagt/);
    assert.match(mail.text ?? '', new RegExp(`${a}: Dx: Erledigt.*12\\. Mai 2022`));
    assert.match(mail.text ?? '', /10 Zeilen konnten wir nicht übernehmen/);
  });

  it('of parties the sender does not answer for are taken once staff say that it may', async () => {
    const group = await addParty(house.ctx, released, { units: 1 });
    const other = await addParty(house.ctx, released, { units: 1 });
    const [foreign = ''] = await serials(other);
    const kept = ok(await send(group, [{ Serial: foreign, Mode: 'both', Done: 'yes', Date: '2022-05-12' }]));
    ok(await workSpreadsheets(house.ctx));
    assert.deepEqual(codes(await rowsOf(kept.id)), ['refused not-yours']);
    refused(await applySpreadsheet(house.as(support), { id: kept.id, mode: 'valid' }), 'spreadsheet.nothing');
    ok(await giveMandate(house.as(support), group.partyId, { partyIds: [other.partyId], reason: 'They called us' }));
    ok(await checkSpreadsheetAgain(house.as(support), kept.id));
    ok(await workSpreadsheets(house.ctx));
    assert.deepEqual(codes(await rowsOf(kept.id)), ['ready']);
  });

  it('say what contradicts an earlier answer, which becomes a task', async () => {
    const { group, houses } = await addGroup(1);
    const [a = ''] = await serials(houses[0] as SampleParty);
    const say = (Done: string, day: string) => [{ Serial: a, Mode: 'Dx', Done, Date: day }];
    const first = ok(await send(group, say('yes', '2022-05-12')));
    ok(await workSpreadsheets(house.ctx));
    ok(await applySpreadsheet(house.as(support), { id: first.id }));
    ok(await workSpreadsheets(house.ctx));
    const again = ok(await send(group, say('done', '2022-05-12')));
    const second = ok(await send(group, say('not done', '')));
    ok(await workSpreadsheets(house.ctx));
    assert.deepEqual(codes(await rowsOf(again.id)), ['same']);
    assert.deepEqual(codes(await rowsOf(second.id)), ['ready contradicts']);
    ok(await applySpreadsheet(house.as(support), { id: second.id }));
    ok(await workSpreadsheets(house.ctx));
    assert.equal((await states(houses[0] as SampleParty))[`${a} Dx`], 'stated', 'what was said first stands');
    const tasks = await house.ctx.db
      .selectFrom('task')
      .select('detail')
      .where('kind', '=', 'contradiction')
      .where('party_id', '=', houses[0]?.partyId ?? 0)
      .execute();
    assert.equal(tasks.length, 1);
  });
});

describe('a hostile file', () => {
  it('has its formulas flagged, not run, and its links not followed', async () => {
    const party = await addParty(house.ctx, released, { units: 1 });
    const [a = ''] = await serials(party);
    const cell = (ref: string, text: string) => `<c r="${ref}" t="inlineStr"><is><t>${text}</t></is></c>`;
    const sheetXml = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
      <row r="1">${cell('A1', 'Serial')}${cell('B1', 'Mode')}${cell('C1', 'Done')}${cell('D1', 'Link')}</row>
      <row r="2">${cell('A2', a)}${cell('B2', 'both')}<c r="C2" t="str"><f>IF(1=1,"yes","no")</f><v>yes</v></c><c r="D2" t="str"><f>HYPERLINK("http://evil.example","click")</f><v>click</v></c></row>
      </sheetData><hyperlinks><hyperlink ref="D2" r:id="rId9"/></hyperlinks></worksheet>`;
    const bytes = zipSync({
      'xl/workbook.xml': strToU8(
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
      ),
      'xl/_rels/workbook.xml.rels': strToU8(
        '<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://x/externalLink" Target="http://evil.example/x" TargetMode="External"/></Relationships>',
      ),
      'xl/worksheets/sheet1.xml': strToU8(sheetXml),
    });
    const kept = ok(
      await keepSpreadsheet(house.as(support), {
        actionId: released.actionId,
        partyId: party.partyId,
        name: 'formulas.xlsx',
        way: 'upload',
        bytes: (async function* () {
          yield bytes;
        })(),
      }),
    );
    ok(await workSpreadsheets(house.ctx));
    const rows = await rowsOf(kept.id);
    assert.deepEqual(codes(rows), ['ready formula,no-date']);
    assert.deepEqual(
      rows[0]?.findings.map((one) => [one.code, one.column]),
      [
        ['formula', 'Done'],
        ['no-date', ''],
      ],
      'a formula in a column that does not count is nobody’s business',
    );
  });

  it('of too many rows, or that is none, is refused with the mend', async () => {
    const party = await addParty(house.ctx, released, { units: 1 });
    const many = Array.from({ length: 50_001 }, (_, i) => ({ Serial: `X${i}`, Done: 'yes' }));
    refused(await send(party, many), 'spreadsheet.too-many-rows');
    const bomb = zipSync({ 'xl/workbook.xml': new Uint8Array(80 * 2 ** 20) }, { level: 9 });
    const answer = await keepSpreadsheet(house.as(support), {
      actionId: released.actionId,
      partyId: party.partyId,
      name: 'bomb.xlsx',
      way: 'upload',
      bytes: (async function* () {
        yield bomb;
      })(),
    });
    assert.match(isRefusal(answer) ? answer.code : 'done', /^table\./);
    const kept = await house.ctx.db
      .selectFrom('spreadsheet')
      .select('id')
      .where('party_id', '=', party.partyId)
      .execute();
    assert.deepEqual(kept, [], 'a refused file leaves no list');
  });
});

describe('two servers at once', () => {
  it('write each reply once', async () => {
    const { group, houses } = await addGroup(1);
    const rows: Row[] = [];
    for (const one of houses)
      for (const serial of await serials(one))
        rows.push({ Serial: serial, Mode: 'both', Done: 'yes', Date: '2022-05-12' });
    const kept = ok(await send(group, rows));
    await Promise.all([workSpreadsheets(house.ctx), workSpreadsheets(house.server('server-2'))]);
    assert.equal((await sheet(kept.id)).state, 'checked');
    assert.equal((await rowsOf(kept.id)).length, 2);
    ok(await applySpreadsheet(house.as(support), { id: kept.id }));
    await Promise.all([workSpreadsheets(house.ctx), workSpreadsheets(house.server('server-2'))]);
    const replies = await house.ctx.db
      .selectFrom('reply')
      .select('party_id')
      .where(
        'party_id',
        'in',
        houses.map((one) => one.partyId),
      )
      .execute();
    assert.equal(replies.length, 2);
    assert.equal((await sheet(kept.id)).state, 'applied');
  });
});

describe('a distributor’s list', () => {
  it('answers for its customers, with a column for each mode and a workbook of formulas', async () => {
    const distributor = await addParty(house.ctx, released, {
      kind: 'distributor',
      units: 0,
      contacts: [{ languages: ['it'] }],
    });
    const customer = await addParty(house.ctx, released, { units: 2 });
    await house.ctx.db
      .updateTable('party')
      .set({ distributor_id: distributor.partyId })
      .where('id', '=', customer.partyId)
      .execute();
    const [a = '', b = ''] = await serials(customer);
    const rows = [
      { n: a, dx: 'fatto', ruo: '2022-05-11' },
      { n: b, dx: 'non fatto', ruo: '' },
    ];
    const kept = ok(
      await keepSpreadsheet(house.as(support), {
        actionId: released.actionId,
        partyId: distributor.partyId,
        contactId: distributor.contactIds[0] ?? null,
        name: 'clienti.xlsx',
        way: 'api',
        bytes: writeXlsx(rows, [
          { heading: 'Matricola', value: (row) => row.n },
          { heading: 'Dx fatto', value: (row) => row.dx },
          { heading: 'RUO fatto', value: (row) => row.ruo, type: 'date' },
        ]),
      }),
    );
    assert.equal(kept.state, 'checking');
    ok(await workSpreadsheets(house.ctx));
    const judged = await rowsOf(kept.id);
    assert.deepEqual(codes(judged), ['ready no-date', 'ready']);
    assert.deepEqual(
      judged[0]?.statements.map((one) => [one.mode, one.meaning, one.date]),
      [
        ['Dx', 'done', ''],
        ['RUO', 'done', '2022-05-11'],
      ],
    );
    ok(await applySpreadsheet(house.as(support), { id: kept.id }));
    ok(await workSpreadsheets(house.ctx));
    assert.deepEqual(await states(customer), {
      [`${a} Dx`]: 'stated',
      [`${a} RUO`]: 'stated',
      [`${b} Dx`]: 'open',
      [`${b} RUO`]: 'open',
    });
  });

  it('of ten thousand rows is checked and written', async () => {
    const big = await addParty(house.ctx, released, { units: 0 });
    const { sql } = await import('kysely');
    const site = await house.ctx.db
      .selectFrom('site')
      .select('id')
      .where('party_id', '=', big.partyId)
      .executeTakeFirstOrThrow();
    await sql`insert into unit (kind, product_id, site_id, party_id, serial, serial_key, created_at, changed_at)
      select 'serial', ${released.productId}, ${site.id}, ${big.partyId}, 'BIG' || n, 'BIG' || lpad(n::text, 20, '0'), now(), now()
        from generate_series(10001, 15000) n`.execute(house.ctx.db);
    await sql`insert into correction (action_id, unit_id, environment_id, remedy_id, product_id, party_id, site_id, country, state_since, created_at)
      select ${released.actionId}, u.id, e.id, ${released.remedyId}, u.product_id, u.party_id, u.site_id, 'DE', now(), now()
        from unit u cross join environment e where u.party_id = ${big.partyId} and e.product_id = u.product_id`.execute(
      house.ctx.db,
    );
    const rows = Array.from({ length: 10_000 }, (_, i) => ({
      Serial: `BIG${10_001 + (i >> 1)}`,
      Mode: i % 2 === 0 ? 'Dx' : 'RUO',
      Done: 'yes',
      Date: '2022-05-12',
    }));
    const kept = ok(await send(big, rows, { name: 'big.csv' }));
    ok(await workSpreadsheets(house.ctx));
    assert.equal((await sheet(kept.id)).rows_ready, 10_000);
    ok(await applySpreadsheet(house.as(support), { id: kept.id }));
    ok(await workSpreadsheets(house.ctx));
    assert.equal((await sheet(kept.id)).state, 'applied');
    const done = Object.values(await states(big)).filter((state) => state === 'stated');
    assert.equal(done.length, 10_000);
  });
});
