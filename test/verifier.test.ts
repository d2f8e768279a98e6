/**
 * From the stick to the ledger: a kit, the verifier in it and nothing else, on the stand-in instrument. V1 to V6 are claims of
 * docs/threat-model.md.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { unzipSync } from 'fflate';
import {
  buildInstrument,
  type Instrument,
  OUTSIDE,
  standInManifest,
  standInPatch,
} from '../sample/instrument/instrument.ts';
import { enterCode } from '../src/app/confirmation-codes.ts';
import type { Context } from '../src/app/context.ts';
import { makeKitFile } from '../src/app/kit-files.ts';
import { moveKit, prepareKit, requestKit } from '../src/app/kits.ts';
import { appendUpload, beginUpload } from '../src/app/package-uploads.ts';
import { withdrawPackage } from '../src/app/package-withdrawal.ts';
import { addPackage, changePackage } from '../src/app/packages.ts';
import { publishTrust } from '../src/app/trust.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { type House, openHouse } from './helpers/house.ts';
import { asPerson, type Gate, given, inPieces, plantGate, signBoth, temporaryFolder } from './helpers/packages.ts';

const SERIAL = 'FSN-KIT-1-owner';

describe('a kit on the stand-in instrument', () => {
  let house: House;
  let gate: Gate;
  let support: Context;
  let instrument: Instrument;
  let kitId: number;
  let kit: string;
  const corrections: Record<string, number> = {};
  before(async () => {
    house = await openHouse();
    support = await house.staff('support');
    gate = await plantGate(house.ctx, 'FSN-KIT-1');
    const { db } = house.ctx;
    await db
      .updateTable('link')
      .set({ expires_at: new Date('2099-01-01') })
      .execute();
    instrument = await buildInstrument(temporaryFolder());
    const dx = await db
      .selectFrom('correction')
      .selectAll()
      .where('party_id', '=', gate.people.owner.partyId)
      .executeTakeFirstOrThrow();
    const ruo = await db
      .insertInto('environment')
      .values({ product_id: dx.product_id, code: 'RUO', name: 'Research mode', position: 2 })
      .returning('id')
      .executeTakeFirstOrThrow();
    const {
      action_id,
      unit_id,
      remedy_id,
      product_id,
      party_id,
      site_id,
      country,
      state_since,
      because_id,
      created_at,
    } = dx;
    const second = await db
      .insertInto('correction')
      .values({
        ...{
          action_id,
          unit_id,
          remedy_id,
          product_id,
          party_id,
          site_id,
          country,
          state_since,
          because_id,
          created_at,
        },
        environment_id: ruo.id,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    Object.assign(corrections, { Dx: dx.id, RUO: second.id });
    const quality = await house.staff('quality');
    const { id } = given(
      await addPackage(quality, gate.remedyId, { version: '1.0', fileName: 'patch.sh', sha256: '', sha512: '' }),
    );
    const upload = given(
      await beginUpload(quality, id, { fileName: 'patch.sh', length: standInPatch.length, sha256: '' }),
    );
    given(await appendUpload(quality, upload.id, 0, inPieces(standInPatch)));
    given(
      await changePackage(quality, id, { manifest: standInManifest(instrument.port), instructions: { en: 'Do it.' } }),
    );
    await signBoth(quality, await house.staff('regulatory'), id);
    await publishTrust(quality);
    kitId = given(await requestKit(support, { correctionIds: Object.values(corrections), note: 'By post.' })).id;
    const early = await makeKitFile(support, kitId);
    assert.ok(isRefusal(early) && early.code === 'kit.not-prepared');
    given(await prepareKit(support, kitId));
    kit = unpack(await zip());
  });
  after(async () => {
    await instrument.stop();
    await house.close();
    assert.deepEqual(house.errors, []);
  });

  async function zip(): Promise<Buffer> {
    const file = given(await makeKitFile(support, kitId));
    const parts: Uint8Array[] = [];
    for await (const part of file.bytes) parts.push(part);
    return Buffer.concat(parts);
  }
  function unpack(bytes: Buffer): string {
    const folder = temporaryFolder();
    for (const [name, content] of Object.entries(unzipSync(bytes))) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    return folder;
  }
  /** A copy of the kit to be spoilt. */
  function copyOf(folder: string): string {
    const copy = temporaryFolder();
    cpSync(folder, copy, { recursive: true });
    return copy;
  }

  /** Starts the verifier as a person does, with these answers typed. */
  function verify(
    folder: string,
    answers: readonly string[],
    more: { args?: string[]; shift?: number } = {},
  ): Promise<{ status: number | null; out: string; code: string }> {
    const shim = join(temporaryFolder(), 'clock.cjs');
    writeFileSync(
      shim,
      `const Real = Date; const by = ${(more.shift ?? 0) * 86_400_000};
       global.Date = class extends Real { constructor(...a) { a.length ? super(...a) : super(Real.now() + by); } static now() { return Real.now() + by; } };`,
    );
    const script = join(folder, 'verifier/fieldfix-verifier.js');
    const args = ['--require', shim, script, '--language', 'en', '--outside', OUTSIDE, ...(more.args ?? [])];
    // Another Node can be named, e.g. the oldest that instruments have.
    const child = spawn(process.env.VERIFIER_NODE ?? process.execPath, args, {
      env: { PATH: process.env.PATH, INSTRUMENT_DISK: instrument.disk() },
    });
    child.stdin.end(answers.map((line) => `${line}\n`).join(''));
    let out = '';
    child.stdout.on('data', (part) => (out += String(part)));
    child.stderr.on('data', (part) => (out += String(part)));
    return new Promise((resolve) => {
      child.on('exit', (status) =>
        resolve({ status, out, code: /\b(?:[0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}\b/.exec(out)?.[0] ?? '' }),
      );
    });
  }
  async function states(): Promise<Record<string, string>> {
    const rows = await house.ctx.db
      .selectFrom('correction as c')
      .innerJoin('environment as e', 'e.id', 'c.environment_id')
      .select(['e.code', 'c.state'])
      .where('c.id', 'in', Object.values(corrections))
      .execute();
    return Object.fromEntries(rows.map((row) => [row.code, row.state]));
  }
  async function typeInPortal(code: string): Promise<void> {
    const answer = await house.app.request(`/p/${gate.people.owner.token}/code`, {
      method: 'POST',
      body: new URLSearchParams({ code }),
      headers: { origin: 'http://localhost:3000' },
    });
    assert.equal(answer.status, 303, (await answer.text()).slice(0, 2_000));
  }

  it('V5: comes out the same byte for byte, and says what to do in plain text', async () => {
    assert.deepEqual(await zip(), await zip());
    const start = readFileSync(join(kit, 'START-HERE.txt'), 'utf8');
    assert.match(start, /Back up the data of the instrument\.\r\n/);
    assert.match(start, /FSN-KIT-1-owner {2}Dx {2}\d+ {2}(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}/);
  });

  it('V1, V2, V3: says what is wrong with a kit, and gives no code', async () => {
    await instrument.boot('Dx');
    const spoilt = async (spoil: (folder: string) => void, expected: RegExp, shift = 0) => {
      const folder = copyOf(kit);
      spoil(folder);
      const { status, out, code } = await verify(folder, ['yes', 'yes', 'no', ''], { shift });
      assert.match(out, expected);
      assert.equal(status, 3);
      assert.equal(code, '');
    };
    const nothing = () => {};
    const change = (name: string, from: string, to: string) => (folder: string) => {
      const path = join(folder, name);
      const before = readFileSync(path, 'utf8');
      assert.ok(before.includes(from), from);
      writeFileSync(path, before.replace(from, to));
    };
    await spoilt((folder) => appendFileSync(join(folder, 'package/patch.sh'), '#'), /STOP\. patch\.sh is not what/);
    await spoilt(change('manifest.json', '"closed"', '"open"'), /STOP\. manifest\.json/);
    await spoilt(change('metadata/timestamp.json', '"version": ', '"version": 1'), /STOP\. timestamp\.json/);
    await spoilt(change('metadata/1.root.json', '"threshold": 2', '"threshold": 1'), /STOP\. 1\.root\.json/);
    await spoilt(change('kit.json', '"patch.sh"', '"../patch.sh"'), /STOP\. \.\.\/patch\.sh/);
    await spoilt(change('tickets.json', SERIAL, 'ANOTHER'), /No ticket in this kit/);
    // A clock that is wrong by a year either way, and a kit whose time is over.
    await spoilt(nothing, /Set the clock right/, -365);
    await spoilt(nothing, /the kit was good until/, 365);
    await spoilt(nothing, /the kit was good until/, 121);
  });

  it('asks for a backup, and for the right machine', async () => {
    const none = await verify(kit, ['yes', 'no']);
    assert.equal(none.status, 2);
    assert.match(none.out, /Make a backup first/);
    const other = await verify(kit, [], { args: ['--serial', 'NB-1'] });
    assert.match(other.out, /No ticket in this kit is for NB-1. It has tickets for: FSN-KIT-1-owner/);
    assert.equal(other.code, '');
  });

  it('V4: gives a code that says failed where nothing was installed', async () => {
    const { status, out, code } = await verify(kit, ['yes', 'yes', 'done']);
    assert.equal(status, 1);
    assert.match(out, /NOT OK {2}The web page answers this machine only \(inside open, outside open\)/);
    const taken = given(await enterCode(support, { code }));
    assert.equal(taken.result, 'failed');
    assert.deepEqual(await states(), { Dx: 'open', RUO: 'open' });
  });

  it('V6: closes one mode, then the other, and the ledger shows exactly that', async () => {
    const open = { inside: 'open', outside: 'open' };
    const closed = { inside: 'open', outside: 'closed' };
    assert.deepEqual(await instrument.reach(), open);
    const dx = await verify(kit, ['yes', 'yes', 'yes']);
    assert.equal(dx.status, 0, dx.out);
    assert.match(dx.out, /Still to do on this machine: RUO/);
    assert.deepEqual(await instrument.reach(), closed);
    await typeInPortal(dx.code);
    assert.deepEqual(await states(), { Dx: 'confirmed', RUO: 'open' });
    await instrument.boot('RUO');
    assert.deepEqual(await instrument.reach(), open);
    const ruo = await verify(kit, ['yes', 'yes', 'yes']);
    assert.equal(ruo.status, 0, ruo.out);
    await typeInPortal(ruo.code.toLowerCase());
    assert.deepEqual(await states(), { Dx: 'confirmed', RUO: 'confirmed' });
    for (const mode of ['Dx', 'RUO'] as const) {
      await instrument.boot(mode);
      assert.deepEqual(await instrument.reach(), closed);
    }
    const again = await enterCode(asPerson(house.ctx, gate.people.owner), { code: dx.code });
    assert.ok(isRefusal(again) && again.code === 'code.used');
  });

  it('is taken from the machine itself when it has a network', async () => {
    const send = (code: string) =>
      house.app.request('/verifier/code', {
        method: 'POST',
        body: JSON.stringify({ code }),
        headers: { 'content-type': 'application/json', 'accept-language': 'de' },
      });
    await instrument.boot('RUO');
    const { code } = await verify(kit, ['yes', 'yes', 'done']);
    // The code of this day was typed in the portal already: the machine learns so, in its language.
    const answer = await send(code);
    assert.equal(answer.status, 422);
    assert.match(((await answer.json()) as { text: string }).text, /schon eingegeben, von Kim/);
    assert.equal((await send('')).status, 422);
  });

  it('is sent, and accounted for', async () => {
    const without = await moveKit(support, kitId, { to: 'shipped', carrier: '', tracking: '', reason: '' });
    assert.ok(isRefusal(without) && without.code === 'kit.carrier-missing');
    const early = await moveKit(support, kitId, { to: 'received', carrier: '', tracking: '', reason: '' });
    assert.ok(isRefusal(early) && early.code === 'kit.wrong-move');
    for (const to of ['shipped', 'received', 'destroyed'] as const)
      given(await moveKit(support, kitId, { to, carrier: 'Post', tracking: 'RR 1', reason: '' }));
  });

  it('goes through the desk and the API', async () => {
    const cookie = await house.signIn('support');
    const desk = (path: string, form?: [string, string][]) =>
      house.app.request(path, {
        method: form ? 'POST' : 'GET',
        ...(form ? { body: new URLSearchParams(form) } : {}),
        headers: { cookie, origin: 'http://localhost:3000' },
      });
    const { partyId } = gate.people.other;
    const { id } = await house.ctx.db
      .selectFrom('correction')
      .select('id')
      .where('party_id', '=', partyId)
      .executeTakeFirstOrThrow();
    assert.match(await (await desk(`/parties/${partyId}/kit`)).text(), /FSN-KIT-1-other, Dx/);
    assert.equal((await desk(`/parties/${partyId}/kit`, [])).status, 422);
    const asked = await desk(`/parties/${partyId}/kit`, [
      ['correctionIds', String(id)],
      ['note', 'By hand.'],
    ]);
    const own = asked.headers.get('location') ?? '';
    assert.match(own, /^\/kits\/\d+$/);
    assert.match(await (await desk('/kits')).text(), /Labor other/);
    assert.equal(
      (
        await desk(`${own}/move`, [
          ['to', 'shipped'],
          ['carrier', 'Post'],
        ])
      ).status,
      422,
    );
    assert.equal((await desk(`${own}/prepare`, [])).status, 303);
    assert.match(await (await desk(own)).text(), /Save the ZIP/);
    const file = await desk(`${own}/file`);
    assert.equal(file.headers.get('content-type'), 'application/zip');
    assert.ok(Object.keys(unzipSync(new Uint8Array(await file.arrayBuffer()))).includes('package/patch.sh'));
    const key = await house.key('kit.work', 'action.read');
    assert.equal((await house.api(key, 'POST', `${own}/moves`, { to: 'shipped', carrier: 'Post' })).status, 200);
    const list = (await (await house.api(key, 'GET', '/kits?state=open')).json()) as { rows: { state: string }[] };
    assert.deepEqual(
      list.rows.map((row) => row.state),
      ['shipped'],
    );
    assert.equal((await house.api(key, 'GET', `${own}/file`)).status, 200);
    assert.equal((await desk('/kits/99999')).status, 404);
    // The kit that is out was not downloaded by anybody: its holder is told all the same.
    const { id: packageId } = await house.ctx.db.selectFrom('package').select('id').executeTakeFirstOrThrow();
    const withdrawn = given(await withdrawPackage(await house.staff('quality'), packageId, { reason: 'It stops.' }));
    assert.equal(withdrawn.told, 1);
    const told = await house.ctx.db
      .selectFrom('delivery')
      .select('party_id')
      .where('kind', '=', 'package-withdrawn')
      .execute();
    assert.deepEqual(told, [{ party_id: partyId }]);
    assert.equal((await house.api(key, 'GET', `${own}/file`)).status, 422);
  });
});
