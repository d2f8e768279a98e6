/** Confirmation codes: what the signs carry, and every wrong code told apart. C1 to C14 are claims of docs/threat-model.md. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { enterCode } from '../src/app/confirmation-codes.ts';
import { verifyCorrections } from '../src/app/confirmations.ts';
import { asActor, type Context } from '../src/app/context.ts';
import { reportCompromise } from '../src/app/incidents.ts';
import { issueTicket } from '../src/app/installation-tickets.ts';
import { withdrawPackage } from '../src/app/package-withdrawal.ts';
import {
  type CodeFacts,
  codeMatches,
  computeCode,
  printTicketKey,
  type ReadCode,
  readCode,
  readTicketKey,
  ticketKey,
  ticketNumber,
} from '../src/domain/confirmation-code.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { type House, openHouse } from './helpers/house.ts';
import { asPerson, type Gate, given, plantGate, releasePackage, sampleBytes } from './helpers/packages.ts';

const SIGNS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const secret = Buffer.alloc(32, 7);
const subject = { serial: 'NB 550-0421', environment: 'Dx', sha256: 'ab'.repeat(32) };
const facts: CodeFacts = { ticket: 4711, result: 'done', backedUp: true, doneOn: '2022-05-09' };

function read(code: string): ReadCode {
  const got = readCode(code);
  assert.ok(!('fault' in got), JSON.stringify(got));
  return got;
}

describe('the signs of a code', () => {
  const key = ticketKey(secret, 4711);
  const code = computeCode(key, facts, subject);

  it('are twenty, in four groups, and carry what they say', () => {
    assert.match(code, /^([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}$/);
    const { tag, ...said } = read(code);
    assert.deepEqual(said, facts);
    assert.ok(tag < 2 ** 40);
    assert.ok(codeMatches(key, read(code), subject));
  });

  it('C1: any one wrong sign is found, and in its group', () => {
    for (let at = 0; at < code.length; at++) {
      if (code[at] === '-') continue;
      for (const sign of SIGNS) {
        if (sign === code[at]) continue;
        const got = readCode(code.slice(0, at) + sign + code.slice(at + 1));
        assert.deepEqual(got, { fault: 'groups', groups: [Math.floor(at / 6) + 1] });
      }
    }
  });

  it('C1: any two exchanged signs are found, over many codes', () => {
    for (let ticket = 0; ticket < 200; ticket++) {
      const signs = computeCode(key, { ...facts, ticket }, subject).replaceAll('-', '');
      for (let a = 0; a < 20; a++) {
        for (let b = a + 1; b < 20; b++) {
          if (signs[a] === signs[b]) continue;
          const swapped = [...signs];
          [swapped[a], swapped[b]] = [swapped[b] ?? '', swapped[a] ?? ''];
          assert.ok('fault' in readCode(swapped.join('')), `${signs} ${a} ${b}`);
        }
      }
    }
  });

  it('C1: exchanged groups are found', () => {
    const [one, two, three, four] = code.split('-');
    const got = readCode([two, one, three, four].join('-'));
    assert.deepEqual(got, { fault: 'groups', groups: [1, 2] });
  });

  it('C2: may be typed in any case, with any gaps, with O for 0 and I or L for 1', () => {
    const loose = code.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l').replaceAll('-', ' – ');
    assert.deepEqual(readCode(loose), readCode(code));
  });

  it('say what is wrong with them otherwise', () => {
    assert.deepEqual(readCode(code.slice(0, -1)), { fault: 'length', signs: 19 });
    assert.deepEqual(readCode(`${code}7`), { fault: 'length', signs: 21 });
    assert.deepEqual(readCode(`U${code.slice(1)}`), { fault: 'sign', sign: 'U', group: 1 });
    assert.deepEqual(readCode(''), { fault: 'length', signs: 0 });
    assert.throws(() => computeCode(key, { ...facts, doneOn: '1999-12-31' }, subject), RangeError);
    assert.throws(() => computeCode(key, { ...facts, doneOn: '2099-12-31' }, subject), RangeError);
  });

  it('C14: are not those of a key', () => {
    assert.deepEqual(readCode(printTicketKey(key)), { fault: 'key' });
    assert.deepEqual(readTicketKey(printTicketKey(key)), key);
    assert.deepEqual(readTicketKey(code), { fault: 'key' });
  });

  it('depend on unit, environment, package, result, backup and day', () => {
    const got = read(code);
    assert.ok(codeMatches(key, got, { ...subject, serial: 'nb 550-0421' }));
    assert.ok(!codeMatches(key, got, { ...subject, serial: 'NB550-0422' }));
    assert.ok(!codeMatches(key, got, { ...subject, environment: 'RUO' }));
    assert.ok(!codeMatches(key, got, { ...subject, sha256: 'ac'.repeat(32) }));
    assert.ok(!codeMatches(key, { ...got, result: 'failed' }, subject));
    assert.ok(!codeMatches(key, { ...got, backedUp: false }, subject));
    assert.ok(!codeMatches(key, { ...got, doneOn: '2022-05-10' }, subject));
    assert.ok(!codeMatches(ticketKey(secret, 4712), got, subject));
  });
});

describe('giving a code in', () => {
  let house: House;
  let gate: Gate;
  let support: Context;
  let owner: Context;
  let packageId: number;
  let sha256: string;
  let round = 0;
  before(async () => {
    house = await openHouse();
    support = await house.staff('support');
  });
  after(async () => {
    await house.close();
    assert.deepEqual(house.errors, []);
  });
  beforeEach(async () => {
    house.setNow('2022-05-09T08:00:00Z');
    gate = await plantGate(house.ctx, `FSN-CODE-${++round}`);
    owner = asPerson(house.ctx, gate.people.owner);
    packageId = await releasePackage(house, gate.remedyId, sampleBytes(1_000, round), { publish: false });
    const row = await house.ctx.db
      .selectFrom('package')
      .select('sha256')
      .where('id', '=', packageId)
      .executeTakeFirst();
    sha256 = row?.sha256 ?? '';
  });

  const correctionOf = (name: 'owner' | 'other') =>
    house.ctx.db
      .selectFrom('correction')
      .selectAll()
      .where('party_id', '=', gate.people[name].partyId)
      .where('action_id', '=', gate.actionId)
      .executeTakeFirstOrThrow();
  /** A ticket and the code a verifier would show for it. */
  async function codeOf(
    name: 'owner' | 'other',
    more: Partial<CodeFacts & { serial: string; environment: string; sha256: string }> = {},
  ): Promise<string> {
    const correction = await correctionOf(name);
    const ticket = given(await issueTicket(support, { correctionId: correction.id, replace: '' }));
    const key = readTicketKey(ticket.key);
    assert.ok(Buffer.isBuffer(key));
    return computeCode(
      key,
      { ticket: ticket.number, result: 'done', backedUp: true, doneOn: '2022-05-09', ...more },
      { serial: `FSN-CODE-${round}-${name}`, environment: 'Dx', sha256, ...more },
    );
  }
  async function refused(
    ctx: Context,
    code: string,
    expected: string,
    correctionId?: number,
  ): Promise<Record<string, unknown>> {
    const got = await enterCode(ctx, correctionId === undefined ? { code } : { code, correctionId });
    assert.ok(isRefusal(got), JSON.stringify(got));
    assert.equal(got.code, expected);
    return got.params;
  }
  const page = (path: string, form?: Record<string, string>) =>
    house.app.request(`/p/${gate.people.owner.token}${path}`, {
      method: form ? 'POST' : 'GET',
      ...(form ? { body: new URLSearchParams(form) } : {}),
      headers: { origin: 'http://localhost:3000' },
    });

  it('confirms its correction, by a plain page, and C12: no more than that', async () => {
    assert.match(await (await page('/code')).text(), /four groups of five signs/);
    const answer = await page('/code', { code: (await codeOf('owner')).toLowerCase() });
    assert.equal(answer.status, 303);
    const row = await correctionOf('owner');
    assert.equal(row.state, 'confirmed');
    const evidence = await house.ctx.db
      .selectFrom('confirmation')
      .selectAll()
      .where('correction_id', '=', row.id)
      .executeTakeFirstOrThrow();
    assert.equal(evidence.kind, 'code');
    assert.equal(evidence.door, 'web');
    assert.equal(evidence.done_on, '2022-05-09');
    assert.equal(evidence.backed_up, true);
    const quality = await house.staff('quality');
    given(await verifyCorrections(quality, { correctionIds: [row.id], reason: 'seen', doneOn: null }));
    assert.equal((await correctionOf('owner')).state, 'verified');
    given(await enterCode(owner, { code: await codeOf('owner', { backedUp: false }) }));
    assert.equal((await correctionOf('owner')).state, 'verified');
  });

  it('C6: takes a code once, and says who entered it and when', async () => {
    const code = await codeOf('owner');
    given(await enterCode(owner, { code }));
    house.setNow('2022-05-10T08:00:00Z');
    assert.deepEqual(await refused(support, code, 'code.used'), { who: 'Kim', day: '2022-05-09' });
  });

  it('shows on the page what was mistyped, with what was typed', async () => {
    const code = await codeOf('owner');
    const wrong = (code[7] === 'A' ? 'B' : 'A') + code.slice(8);
    const answer = await page('/code', { code: code.slice(0, 7) + wrong });
    assert.equal(answer.status, 422);
    const text = await answer.text();
    assert.match(text, /Group 2 was mistyped/);
    assert.ok(text.includes(code.slice(0, 7) + wrong));
    assert.equal((await correctionOf('owner')).state, 'open');
  });

  it('C3: refuses a code computed on another unit, and names both', async () => {
    const { partyId } = gate.people.owner;
    const first = await correctionOf('owner');
    await house.ctx.db
      .insertInto('unit')
      .values({
        kind: 'serial',
        product_id: first.product_id,
        site_id: first.site_id,
        party_id: partyId,
        serial: `SECOND-${round}`,
        serial_key: 'second',
        shipped_on: null,
        connected: false,
        isolated_at: null,
        import_id: null,
        import_row: null,
        sold_through_id: null,
        created_at: house.ctx.now(),
        changed_at: house.ctx.now(),
      })
      .execute();
    const told = await refused(owner, await codeOf('owner', { serial: `SECOND-${round}` }), 'code.other-serial');
    assert.equal(told.serial, `SECOND-${round}`);
    assert.equal(told.ticketSerial, `FSN-CODE-${round}-owner`);
  });

  it('C4: refuses a code computed in the other mode, and names both', async () => {
    const { product_id } = await correctionOf('owner');
    await house.ctx.db
      .insertInto('environment')
      .values({ product_id, code: 'RUO', name: 'Research', position: 2 })
      .execute();
    const told = await refused(owner, await codeOf('owner', { environment: 'RUO' }), 'code.other-environment');
    assert.equal(told.environment, 'RUO');
    assert.equal(told.ticketEnvironment, 'Dx');
  });

  it('C5: refuses a code at another correction than its own; another party learns nothing', async () => {
    const code = await codeOf('other');
    const mine = await correctionOf('owner');
    assert.equal((await refused(support, code, 'code.belongs-elsewhere', mine.id)).serial, `FSN-CODE-${round}-other`);
    assert.deepEqual(await refused(owner, code, 'code.not-yours'), {});
    assert.equal((await correctionOf('other')).state, 'open');
  });

  it('C7: refuses a code for a withdrawn package, and tells our people', async () => {
    const code = await codeOf('owner');
    given(await withdrawPackage(await house.staff('quality'), packageId, { reason: 'It stops the scanner.' }));
    await refused(owner, code, 'code.withdrawn');
    const task = await house.ctx.db
      .selectFrom('task')
      .select('detail')
      .where('kind', '=', 'code-withdrawn')
      .executeTakeFirst();
    assert.equal((task?.detail as { environment?: string }).environment, 'Dx');
  });

  it('C8: refuses what no ticket of ours made, and after thirty of them everything', async () => {
    for (let tries = 0; tries < 30; tries++) {
      const guess = computeCode(Buffer.alloc(10, tries), { ...facts, ticket: ticketNumber(tries) }, subject);
      await refused(owner, guess, 'code.forged');
    }
    await refused(owner, await codeOf('owner'), 'code.too-many');
    house.setNow('2022-05-09T09:00:01Z');
    given(await enterCode(owner, { code: await codeOf('owner') }));
  });

  it('C6: is taken once, though the machine sends it while people type it', async () => {
    const code = await codeOf('owner');
    const machine = asActor(house.ctx, { kind: 'system', name: 'verifier' });
    const answers = await Promise.all([
      enterCode(owner, { code }),
      enterCode(support, { code }),
      enterCode(machine, { code }, '192.0.2.7'),
    ]);
    assert.deepEqual(answers.map((answer) => (isRefusal(answer) ? answer.code : 'taken')).sort(), [
      'code.used',
      'code.used',
      'taken',
    ]);
  });

  it('C8: takes no more of them sent side by side', async () => {
    house.setNow('2022-05-02T11:00:00Z');
    const guesses = Array.from({ length: 60 }, (_, i) =>
      computeCode(Buffer.alloc(10, i), { ...facts, ticket: ticketNumber(i) }, subject),
    );
    const answers = await Promise.all(guesses.map((code) => enterCode(owner, { code })));
    const codes = answers.map((answer) => (isRefusal(answer) ? answer.code : 'taken'));
    assert.equal(codes.filter((code) => code === 'code.forged').length, 30);
    assert.equal(codes.filter((code) => code === 'code.too-many').length, 30);
  });

  it('of a unit that is isolated is kept, and the reader is told that the unit stays off the network', async () => {
    const code = await codeOf('owner');
    const correction = await correctionOf('owner');
    given(
      await reportCompromise(
        support,
        { actionId: gate.actionId, partyId: gate.people.owner.partyId, contactId: gate.people.owner.contactId },
        {
          unitIds: [correction.unit_id],
          otherUnit: '',
          unplugged: 'yes',
          noticed: '',
          summary: 'Somebody else is in the system.',
          name: 'Kim',
          phone: '+49 30 5',
        },
      ),
    );
    const answer = await page('/code', { code });
    assert.equal(answer.status, 303);
    const cookie = answer.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    const shown = await house.app.request(`/p/${gate.people.owner.token}/code`, { headers: { cookie } });
    assert.match(await shown.text(), /Leave the unit off the network/);
    assert.equal((await correctionOf('owner')).state, 'isolated');
  });

  it('C9: refuses a day before the ticket or in the future', async () => {
    for (const doneOn of ['2021-05-09', '2022-05-06', '2022-05-11', '2023-05-09'])
      await refused(owner, await codeOf('owner', { doneOn }), 'code.clock');
    given(await enterCode(owner, { code: await codeOf('owner', { doneOn: '2022-05-10' }) }));
  });

  it('takes the day of a machine for today where the calendar of the house is played', async () => {
    const played = { ...owner, wallClock: () => new Date('2027-03-01T20:00:00Z') };
    await refused(played, await codeOf('owner'), 'code.clock');
    await refused(played, await codeOf('owner', { doneOn: '2027-03-03' }), 'code.clock');
    const taken = given(await enterCode(played, { code: await codeOf('owner', { doneOn: '2027-03-01' }) }));
    assert.equal(taken.doneOn, '2022-05-09');
  });

  it('C10: refuses a code of a replaced ticket', async () => {
    const code = await codeOf('owner');
    given(await issueTicket(support, { correctionId: (await correctionOf('owner')).id, replace: 'It was lost.' }));
    await refused(owner, code, 'code.ticket-replaced');
    given(await enterCode(owner, { code: await codeOf('owner') }));
  });

  it('C11: a code that says failed confirms nothing, and opens a task', async () => {
    const taken = given(await enterCode(owner, { code: await codeOf('owner', { result: 'failed' }) }));
    assert.equal(taken.result, 'failed');
    assert.equal((await correctionOf('owner')).state, 'open');
    const tasks = await house.ctx.db.selectFrom('task').select('id').where('kind', '=', 'code-failed').execute();
    assert.equal(tasks.length, 1);
  });

  it('C6, C11: says again that the installation failed where that code is given in again', async () => {
    const code = await codeOf('owner', { result: 'failed' });
    const first = given(await enterCode(owner, { code }));
    assert.deepEqual(given(await enterCode(owner, { code })), first);
    const { id } = await correctionOf('owner');
    const taken = await house.ctx.db
      .selectFrom('confirmation_code as k')
      .innerJoin('installation_ticket as t', 't.id', 'k.ticket_id')
      .select('k.outcome')
      .where('t.correction_id', '=', id)
      .orderBy('k.id')
      .execute();
    assert.deepEqual(
      taken.map((row) => row.outcome),
      ['accepted', 'used'],
    );
    const again = await page('/code', { code });
    assert.equal(again.status, 303);
  });

  it('C13: leaves neither code nor key in the database', async () => {
    const code = await codeOf('owner');
    const ticket = given(await issueTicket(support, { correctionId: (await correctionOf('owner')).id, replace: '' }));
    given(await enterCode(owner, { code }));
    for (const table of ['confirmation_code', 'installation_ticket', 'confirmation', 'event'] as const) {
      const rows = JSON.stringify(await house.ctx.db.selectFrom(table).selectAll().execute());
      for (const text of [code, ticket.key, String(code).replaceAll('-', '')]) assert.ok(!rows.includes(text), table);
    }
  });

  it('is read out on the telephone, and given in by a program; every try is on the list', async () => {
    const cookie = await house.signIn('support');
    const desk = (path: string, form?: Record<string, string>) =>
      house.app.request(path, {
        method: form ? 'POST' : 'GET',
        ...(form ? { body: new URLSearchParams(form) } : {}),
        headers: { cookie, origin: 'http://localhost:3000' },
      });
    assert.equal((await desk('/codes', { code: 'nonsense' })).status, 422);
    const done = await desk('/codes', { code: await codeOf('owner') });
    assert.equal(done.status, 303);
    assert.match(await (await desk('/codes')).text(), /confirmed[\s\S]*telephone/);
    const { id } = await correctionOf('other');
    assert.match(await (await desk(`/corrections/${id}/ticket`)).text(), /No ticket yet/);
    assert.equal((await desk(`/corrections/${id}/ticket`, {})).status, 303);
    assert.match(await (await desk(`/corrections/${id}/ticket`)).text(), /([0-9A-Z]{5}-){3}[0-9A-Z]{5}/);
    assert.equal((await desk(`/corrections/${id}/ticket`, { replace: '' })).status, 422);
    const key = await house.key('code.enter', 'action.read');
    const answer = await house.api(key, 'POST', '/codes', { code: await codeOf('other') });
    assert.equal(answer.status, 200);
    assert.equal(((await answer.json()) as { state: string }).state, 'confirmed');
    assert.equal((await house.api(key, 'GET', '/codes')).status, 200);
  });
});

describe('the threat model', () => {
  it('has a test for every claim', () => {
    const folder = join(import.meta.dirname, '..');
    const claims = [...readFileSync(join(folder, 'docs/threat-model.md'), 'utf8').matchAll(/^\| ([CV]\d+) \|/gm)];
    const tests = ['confirmation-codes', 'permanent-fix-doors', 'verifier', 'verifier-programs']
      .map((name) => readFileSync(join(import.meta.dirname, `${name}.test.ts`), 'utf8'))
      .join('\n');
    assert.equal(claims.length, 26);
    for (const [, claim = ''] of claims) assert.match(tests, new RegExp(`it\\('[^']*\\b${claim}\\b[^']*:`));
  });
});
