/**
 * From the stick to the ledger: a kit, the verifier in it and nothing else, on the stand-in instrument. V1 to V6 are claims of
 * docs/threat-model.md.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { serve } from '@hono/node-server';
import { unzipSync } from 'fflate';
import { type Instrument, OUTSIDE } from '../sample/instrument/instrument.ts';
import { openKitMaker } from '../src/adapters/kit.ts';
import { enterCode } from '../src/app/confirmation-codes.ts';
import type { Context } from '../src/app/context.ts';
import { makeKitFile } from '../src/app/kit-files.ts';
import { moveKit } from '../src/app/kits.ts';
import { withdrawPackage } from '../src/app/package-withdrawal.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { type Machine, thisMachine } from '../verifier/machine.ts';
import { verify as verifyKit } from '../verifier/verify.ts';
import { type House, openHouse } from './helpers/house.ts';
import { asPerson, type Gate, given, temporaryFolder } from './helpers/packages.ts';
import { copyKit, plantStandIn, type Run, runOn, runScript, takeKit, zipOf } from './helpers/stand-in.ts';

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
    const planted = await plantStandIn(house, 'FSN-KIT-1');
    ({ gate, support, instrument, kitId } = planted);
    Object.assign(corrections, planted.corrections);
    const early = await makeKitFile(support, kitId);
    assert.ok(isRefusal(early) && early.code === 'kit.not-prepared');
    kit = await takeKit(planted);
  });
  after(async () => {
    await instrument.stop();
    await house.close();
    assert.deepEqual(house.errors, []);
  });

  /** Starts the verifier as a person does, with these answers typed. */
  const verify = (folder: string, answers: readonly string[], more = {}): Promise<Run> =>
    runScript(instrument, folder, answers, more);
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
    assert.deepEqual(await zipOf(support, kitId), await zipOf(support, kitId));
    const start = readFileSync(join(kit, 'START-HERE.txt'), 'utf8');
    assert.match(start, /Back up the data of the instrument\.\r\n/);
    assert.match(start, /FSN-KIT-1-owner {2}Dx {2}\d+ {2}(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}/);
  });

  it('V5: is refused where it would come out otherwise than it was prepared', async () => {
    const { kits } = house.ctx;
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'fieldfix-verifier.exe'), 'built since');
    const later = { ...support, kits: openKitMaker(folder) };
    const changed = await makeKitFile(later, kitId);
    assert.ok(isRefusal(changed) && changed.code === 'kit.changed');
    assert.ok(!isRefusal(await makeKitFile({ ...support, kits }, kitId)));
  });

  it('V11: gives no code where neither program nor Node runs, and shows the hash by what the system brings', async () => {
    const bin = temporaryFolder();
    for (const name of ['sh', 'dirname', 'grep', 'sha256sum']) symlinkSync(whereIs(name), join(bin, name));
    const sha256 = createHash('sha256')
      .update(readFileSync(join(kit, 'package/patch.sh')))
      .digest('hex');
    const showsHash = async () => {
      const { status, out, code } = await runOn(instrument, 'sh', [join(kit, 'start.sh')], [], { PATH: bin });
      assert.equal(status, 1);
      assert.equal(code, '');
      assert.equal(out.split(`${sha256}  package/patch.sh`).length, 3, out);
      assert.doesNotMatch(out, /SyntaxError/);
    };
    await showsHash();
    // A Node that is too old for the script is as good as none.
    const older = join(bin, 'older.cjs');
    writeFileSync(older, "Object.defineProperty(process, 'versions', { value: { node: '10.24.1' } });\n");
    const old = `#!/bin/sh\ncase "$1" in\n--version) echo v10.24.1 ;;\n-e) exec "${process.execPath}" -r "${older}" "$@" ;;\n*) echo SyntaxError; exit 1 ;;\nesac\n`;
    writeFileSync(join(bin, 'node'), old, { mode: 0o755 });
    await showsHash();
    const windows = readFileSync(join(kit, 'start.cmd'), 'utf8');
    assert.ok(windows.includes('certutil -hashfile') && !/[^\r]\n/.test(windows));
  });

  it('V1, V2, V3, V7: says what is wrong with a kit, and gives no code', async () => {
    await instrument.boot('Dx');
    const spoilt = async (spoil: (folder: string) => void, expected: RegExp, shift = 0) => {
      const folder = copyKit(kit);
      spoil(folder);
      // The same program without a process of its own: there are many of these.
      const words: string[] = [];
      const person = { language: 'en', say: (text: string) => words.push(text), ask: async () => 'yes' };
      const now = () => new Date(Date.now() + shift * 86_400_000);
      const disk = { env: (name: string) => (name === 'INSTRUMENT_DISK' ? instrument.disk() : undefined) };
      const verdict = await verifyKit(folder, { ...thisMachine([OUTSIDE]), ...disk, now }, person);
      assert.match(words.join('\n'), expected);
      assert.deepEqual(verdict, { status: 3 });
    };
    const nothing = () => {};
    const cut = (name: string) => (folder: string) => truncateSync(join(folder, name), 40);
    const gone = (name: string) => (folder: string) => rmSync(join(folder, name));
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
    // Names that lead out of the kit, in each of the places that name a file.
    for (const name of ['../patch.sh', '..\\\\patch.sh', '/etc/passwd', 'C:patch.sh', '..', ''])
      await spoilt(change('kit.json', '"patch.sh"', `"${name}"`), /(STOP\. |not complete: ).*/);
    await spoilt(change('tickets.json', SERIAL, 'ANOTHER'), /No ticket in this kit/);
    // What a full stick or a cut copy leaves behind.
    await spoilt(cut('package/patch.sh'), /patch\.sh is cut off: \d+ of \d+ bytes are there.*make room first/);
    for (const name of ['kit.json', 'tickets.json', 'manifest.json', 'metadata/timestamp.json', 'metadata/1.root.json'])
      await spoilt(cut(name), new RegExp(`not complete: ${name.replaceAll('.', '\\.')}`));
    const signed = readdirSync(join(kit, 'metadata')).filter((name) => /^\d+\.(?!root)/.test(name));
    assert.ok(signed.length >= 3, signed.join());
    for (const name of signed)
      await spoilt(
        cut(`metadata/${name}`),
        new RegExp(`^${name.replaceAll('.', '\\.')} is cut off: 40 of \\d+ bytes`, 'm'),
      );
    await spoilt(gone('package/patch.sh'), /not complete: patch\.sh/);
    await spoilt(gone('manifest.json'), /not complete: manifest\.json/);
    await spoilt(gone('metadata/timestamp.json'), /not complete: metadata\/timestamp\.json/);
    await spoilt((folder) => writeFileSync(join(folder, 'tickets.json'), '[{}]'), /not complete: tickets\.json/);
    await spoilt((folder) => writeFileSync(join(folder, 'kit.json'), '{"format":2}'), /not complete: kit\.json/);
    // A clock that is wrong by a year either way, or by much more, and a kit whose time is over.
    await spoilt(nothing, /Set the clock right/, -365);
    await spoilt(nothing, /Set the clock right/, -15_000);
    await spoilt(nothing, /the kit was good until/, 365);
    await spoilt(nothing, /the kit was good until/, 15_000);
    await spoilt(nothing, /the kit was good until .* ask us for a new kit/, 121);
    const late = await verify(kit, ['yes', 'yes', 'yes'], { shift: 365 });
    assert.deepEqual([late.status, late.code], [3, '']);
    const today = new Date(Date.now() + 365 * 86_400_000).toISOString().slice(0, 7);
    await spoilt(nothing, new RegExp(`clock says ${today}`), 365);
  });

  it('asks for a backup, and for the right machine', async () => {
    const none = await verify(kit, ['yes', 'no']);
    assert.equal(none.status, 2);
    assert.match(none.out, /Make a backup first/);
    const other = await verify(kit, [], { args: ['--serial', 'NB-1'] });
    assert.match(other.out, /No ticket in this kit is for NB-1. It has tickets for: FSN-KIT-1-owner/);
    assert.equal(other.code, '');
  });

  it('guides a person where it does not install, and goes on where the installer fails', async () => {
    await instrument.boot('Dx');
    const go = async (answers: Record<string, string>, more: Partial<Machine> = {}) => {
      const words: string[] = [];
      const asked: string[] = [];
      const ask = async (option: string, question: string) => {
        asked.push(option);
        words.push(question);
        return answers[option] ?? 'yes';
      };
      const env = (name: string) => (name === 'INSTRUMENT_DISK' ? instrument.disk() : undefined);
      const machine = { ...thisMachine([]), env, ...more };
      const person = { language: 'it', say: (text: string) => words.push(text), ask };
      const verdict = await verifyKit(kit, machine, person);
      return { ...verdict, said: words.join('\n'), asked };
    };
    const byHand = await go({ install: 'no' });
    assert.match(byHand.said, /Come procedere: .*instructions.en\.txt/, 'in a language there is');
    assert.match(byHand.said, /Installate ora il pacchetto a mano: .*package.patch\.sh/);
    assert.deepEqual(byHand.asked, ['right-serial', 'backup', 'install', 'installed'], 'no network: nothing to send');
    assert.equal(byHand.status, 1);
    const failed = await go({}, { install: async () => ({ status: 5 }) });
    assert.match(failed.said, /L’installazione è terminata con un errore/);
    assert.equal(failed.status, 1);
    const missing = await go({}, { install: async () => ({ error: 'spawn sh ENOENT' }) });
    assert.match(missing.said, /spawn sh ENOENT\nL’installazione/);
    const restart = await go({}, { install: async () => ({ status: 3010 }) });
    assert.doesNotMatch(restart.said, /errore/, 'Windows asks for a restart');
    const windows = await go({}, { platform: 'win32' });
    assert.match(windows.said, /a mano/, 'this package has no installer for Windows');
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
    assert.match(dx.out, /in mode RUO, if that is not done yet/);
    // Something that came by another way than the kit: a comparison with its own papers would prove nothing.
    assert.match(dx.out, /on the packing slip, at \S+\/public\/\S+, or ask us for it on the telephone/);
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

  it('V10: sends its code where a person wants it, and says when it cannot', async () => {
    const server = await serving(house.app.fetch);
    try {
      const connected = copyKit(kit);
      const facts = JSON.parse(readFileSync(join(kit, 'kit.json'), 'utf8'));
      const at = (url: string) => writeFileSync(join(connected, 'kit.json'), JSON.stringify({ ...facts, server: url }));
      at(server.url);
      const sent = await verify(connected, ['yes', 'yes', 'done', 'yes']);
      assert.match(
        sent.out,
        /Send the code to http:\/\/127\.0\.0\.1:\d+ from here\? .*The code was sent: .*entered already/,
      );
      const unasked = await verify(connected, ['yes', 'yes', 'done', 'no']);
      assert.doesNotMatch(unasked.out, /The code was sent/);
      for (const url of ['http://127.0.0.1:9', 'ftp://127.0.0.1', `${server.url}/nowhere`]) {
        at(url);
        const { status, out } = await verify(connected, ['yes', 'yes', 'done'], { args: ['--post'] });
        assert.match(out, /could not be sent from here\. Type it on your page/);
        assert.equal(status, 0);
      }
    } finally {
      await server.close();
    }
  });

  it('V8: is offered with its hash on the public page and on the page of the patch', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'fieldfix-verifier.exe'), 'signed by the operator');
    const { kits } = house.ctx;
    house.ctx.kits = openKitMaker(folder);
    try {
      const fetchFile = (name: string, headers = {}) => house.app.request(`/verifier/${name}`, { headers });
      const script = await fetchFile('fieldfix-verifier.js');
      assert.equal(script.status, 200);
      assert.deepEqual(
        Buffer.from(await script.arrayBuffer()),
        readFileSync(join(kit, 'verifier/fieldfix-verifier.js')),
        'the one that lies in the kit',
      );
      const program = await fetchFile('fieldfix-verifier.exe');
      assert.match(program.headers.get('content-disposition') ?? '', /^attachment; filename="fieldfix-verifier\.exe"/);
      assert.equal(program.headers.get('content-length'), '22');
      const etag = program.headers.get('etag') ?? '';
      assert.equal(await program.text(), 'signed by the operator');
      assert.equal((await fetchFile('fieldfix-verifier.exe', { 'if-none-match': etag })).status, 304);
      const licenses = await (await fetchFile('LICENSES.txt')).text();
      for (const part of ['@tufjs/models', 'lean-qr']) assert.ok(licenses.includes(`${part}\n\n`), part);
      for (const name of ['fieldfix-verifier', '..%2Fsecret', 'kit.json'])
        assert.equal((await fetchFile(name)).status, 404, name);
      const hash = /sha256-([0-9a-f]{64})/.exec(etag)?.[1] ?? '';
      for (const page of ['/public/FSN-KIT-1', `/p/${gate.people.owner.token}/patch`]) {
        const html = await (await house.app.request(page)).text();
        assert.ok(html.includes(hash), page);
        assert.match(html, /href="\/verifier\/fieldfix-verifier\.js"/);
      }
    } finally {
      house.ctx.kits = kits;
    }
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

/** The house on a port of its own. */
async function serving(fetch: House['app']['fetch']): Promise<{ url: string; close(): Promise<void> }> {
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const listening = serve({ fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(listening));
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, close: () => new Promise((done) => server.close(() => done())) };
}

function whereIs(program: string): string {
  const found = ['/usr/bin', '/bin'].map((folder) => join(folder, program)).find((path) => existsSync(path));
  assert.ok(found, program);
  return found;
}
