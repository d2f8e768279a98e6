/** The gate: who gets the package and who never does, and that every byte is accounted for. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { serve } from '@hono/node-server';
import { requestCode } from '../src/app/download-codes.ts';
import { grantDownload, permitDownloads, withdrawPermission } from '../src/app/downloads.ts';
import { revokeLink } from '../src/app/links.ts';
import { withdrawPackage } from '../src/app/package-withdrawal.ts';
import { moveUnit } from '../src/app/unit-moves.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { forgetMisses } from '../src/http/portal/misses.ts';
import { type House, openHouse } from './helpers/house.ts';
import {
  asPerson,
  type Gate,
  given,
  type Person,
  passGate,
  plantGate,
  readCode,
  releasePackage,
  sampleBytes,
} from './helpers/packages.ts';

const bytes = sampleBytes(3_000_000);
const sha256 = createHash('sha256').update(bytes).digest('hex');

describe('the gate', () => {
  let house: House;
  let gate: Gate;
  let packageId: number;
  before(async () => {
    house = await openHouse();
    house.setNow('2022-05-04T08:00:00Z');
    gate = await plantGate(house.ctx);
    packageId = await releasePackage(house, gate.remedyId, bytes);
    forgetMisses();
  });
  after(async () => {
    await house.close();
    assert.deepEqual(house.errors, []);
  });

  const filePath = (person: Person, token: string, name = 'patch.msi') => `/p/${person.token}/patch/${token}/${name}`;
  const get = async (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    house.app.request(path, { headers, method });
  const post = async (path: string, form: Record<string, string>) =>
    house.app.request(path, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { origin: 'http://localhost:3000' },
    });
  const body = async (answer: Response) => Buffer.from(await answer.arrayBuffer());
  const download = async (id: number) =>
    house.ctx.db.selectFrom('download').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const refusals = async () =>
    (
      await house.ctx.db
        .selectFrom('event')
        .select('after')
        .where('action', '=', 'download.refuse')
        .orderBy('seq')
        .execute()
    ).map((row) => (row.after as { why: string }).why);
  /** An answer without a byte of the package in it. */
  const nothingOf = async (answer: Response, status: number): Promise<string> => {
    const got = await body(answer);
    assert.equal(answer.status, status, got.toString('utf8').slice(0, 300));
    for (let at = 0; at + 16 <= bytes.length; at += 100_000)
      assert.equal(got.indexOf(bytes.subarray(at, at + 16)), -1, 'bytes of the package left');
    return got.toString('utf8');
  };

  it('lets the owner of an affected unit through by link and code, on plain pages', async () => {
    const { owner } = gate.people;
    const base = `/p/${owner.token}/patch`;
    const page = await (await get(base)).text();
    assert.match(page, /patch\.msi/);
    assert.match(page, /certutil -hashfile/);
    assert.match(page, /o•••@fsn-gate-1\.example/);
    assert.ok(!page.includes(owner.email), 'the page tells no whole address');
    const sent = await post(`${base}/code`, { package: String(packageId) });
    assert.equal(sent.status, 303);
    const code = await readCode(house.ctx, owner);
    const granted = await post(`${base}/grant`, { package: String(packageId), code });
    assert.equal(granted.status, 303, await granted.clone().text());
    const ready = await (await get(granted.headers.get('location') ?? '')).text();
    const href = /href="(\/p\/[^"]+\/patch\.msi)"/.exec(ready)?.[1] ?? '';
    const answer = await get(href);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-length'), String(bytes.length));
    assert.equal(answer.headers.get('cache-control'), 'private, no-store, no-transform');
    assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="patch\.msi"/);
    assert.ok((await body(answer)).equals(bytes));
    const row = await house.ctx.db.selectFrom('download').selectAll().orderBy('id', 'desc').executeTakeFirstOrThrow();
    assert.equal(row.state, 'finished');
    assert.equal(row.sent, bytes.length);
    const told = await house.ctx.db
      .selectFrom('event')
      .select('action')
      .where('subject', '=', 'download')
      .where('subject_id', '=', String(row.id))
      .orderBy('seq')
      .execute();
    assert.deepEqual(
      told.map((event) => event.action),
      ['download.grant', 'download.start', 'download.finish'],
    );
  });

  it('goes on after a cut: ranges, If-Range, and finished only when all of it has left', async () => {
    const { token, id } = await passGate(house.ctx, gate.people.owner, packageId);
    const path = filePath(gate.people.owner, token);
    const head = await get(path, {}, 'HEAD');
    assert.equal(head.status, 200);
    assert.equal(head.headers.get('accept-ranges'), 'bytes');
    const etag = head.headers.get('etag') ?? '';
    assert.equal(etag, `"sha256-${sha256}"`);
    assert.equal((await download(id)).state, 'granted', 'a HEAD starts nothing');
    const first = await get(path, { range: 'bytes=0-999999' });
    assert.equal(first.status, 206);
    assert.equal(first.headers.get('content-range'), `bytes 0-999999/${bytes.length}`);
    const part = await body(first);
    assert.equal((await download(id)).state, 'started');
    const rest = await body(await get(path, { range: 'bytes=1000000-', 'if-range': etag }));
    assert.ok(Buffer.concat([part, rest]).equals(bytes));
    const row = await download(id);
    assert.equal(row.state, 'finished');
    assert.equal(row.ranges, 2);
    const whole = await get(path, { range: 'bytes=5-9', 'if-range': '"another"' });
    assert.equal(whole.status, 200, 'another version is sent whole');
    await whole.body?.cancel();
    assert.deepEqual(await body(await get(path, { range: 'bytes=-5' })), bytes.subarray(-5));
    const behind = await get(path, { range: `bytes=${bytes.length}-` });
    assert.equal(behind.status, 416);
    assert.equal(behind.headers.get('content-range'), `bytes */${bytes.length}`);
    assert.equal((await get(path, { 'if-none-match': etag })).status, 304);
  });

  it('sets down a reader who goes away in the middle', async () => {
    const { token, id } = await passGate(house.ctx, gate.people.owner, packageId);
    const answer = await get(filePath(gate.people.owner, token));
    const reader = answer.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    const row = await download(id);
    assert.equal(row.state, 'broken');
    assert.ok(row.sent > 0 && row.sent < bytes.length);
  });

  it('refuses everybody without an entitlement, in words, and never sends a byte', async () => {
    for (const name of ['stranger', 'distributor'] as const) {
      const person = gate.people[name];
      const page = await (await get(`/p/${person.token}/patch`)).text();
      assert.match(page, /those who have an affected unit/);
      assert.ok(!page.includes('/patch/code'), 'there is nothing to press');
      const refused = await post(`/p/${person.token}/patch/code`, { package: String(packageId) });
      await nothingOf(refused, 422);
      const sent = await house.ctx.db
        .selectFrom('delivery')
        .select('id')
        .where('contact_id', '=', person.contactId)
        .execute();
      assert.deepEqual(sent, [], 'no mail was sent');
      const direct = await grantDownload(asPerson(house.ctx, person), { packageId, code: '12345678' });
      assert.ok(isRefusal(direct) && direct.code === 'download.not-entitled');
    }
    assert.ok((await refusals()).includes('download.not-entitled'));
  });

  it('lets a regulator in, and a distributor once staff permit it, until they take it back', async () => {
    const quality = await house.staff('quality');
    given(await requestCode(asPerson(house.ctx, gate.people.authority), { packageId }));
    const { distributor } = gate.people;
    const permission = given(
      await permitDownloads(quality, gate.actionId, {
        partyId: distributor.partyId,
        reason: 'Installs for its customers',
      }),
    );
    const { token } = await passGate(house.ctx, distributor, packageId);
    assert.equal((await get(filePath(distributor, token), { range: 'bytes=0-9' })).status, 206);
    given(await withdrawPermission(quality, permission.id, { reason: 'Contract ended' }));
    await nothingOf(await get(filePath(distributor, token)), 403);
  });

  it('does not let one link use the grant of another, guess grants, or walk about by names', async () => {
    forgetMisses();
    const { owner, other } = gate.people;
    const { token } = await passGate(house.ctx, owner, packageId);
    await nothingOf(await get(filePath(other, token)), 404);
    assert.ok((await refusals()).includes('download.other-link'));
    await nothingOf(await get(filePath(owner, '0'.repeat(26))), 404);
    for (const name of ['..%2f..%2f..%2fetc%2fpasswd', '%00', '..', 'other.exe']) {
      const answer = await get(filePath(owner, token, name));
      // The name in the address is for the reader's eyes: whatever it says, the granted file is what comes, or nothing.
      const got = await body(answer);
      assert.ok(answer.status === 404 || got.equals(bytes), name);
      assert.ok(!got.includes('root:'), name);
    }
    for (let tries = 0; tries < 40; tries++) await get(filePath(owner, `${tries}`.padStart(26, 'z')));
    assert.equal((await get(filePath(owner, '1'.repeat(26)))).status, 429, 'guessing is slowed down');
    forgetMisses();
  });

  it('sends codes only to the address on file, and takes a guesser to an end', async () => {
    const { other } = gate.people;
    const base = `/p/${other.token}/patch`;
    // What a visitor adds to the form changes nothing.
    await post(`${base}/code`, {
      package: String(packageId),
      email: 'thief@example.net',
      address: 'thief@example.net',
    });
    const code = await readCode(house.ctx, other);
    const stray = await house.ctx.db
      .selectFrom('mailbox_message')
      .select('id')
      .where('recipient', 'like', '%thief%')
      .execute();
    assert.deepEqual(stray, []);
    const guess = (code.startsWith('0') ? '1' : '0') + code.slice(1);
    for (let left = 4; left >= 1; left--) {
      const answer = await grantDownload(asPerson(house.ctx, other), { packageId, code: guess });
      assert.ok(isRefusal(answer));
      assert.deepEqual([answer.code, answer.params.left], ['download.code-wrong', left]);
    }
    const fifth = await grantDownload(asPerson(house.ctx, other), { packageId, code: guess });
    assert.ok(isRefusal(fifth) && fifth.code === 'download.code-spent');
    const late = await grantDownload(asPerson(house.ctx, other), { packageId, code });
    assert.ok(isRefusal(late) && late.code === 'download.code-over', 'the right one comes too late');
    for (let count = 0; count < 4; count++) given(await requestCode(asPerson(house.ctx, other), { packageId }));
    const many = await requestCode(asPerson(house.ctx, other), { packageId });
    assert.ok(isRefusal(many) && many.code === 'download.too-many-codes');
    house.setNow('2022-05-04T09:30:00Z');
  });

  it('takes a code once, for a quarter of an hour, and by its own link only', async () => {
    const { owner, other } = gate.people;
    given(await requestCode(asPerson(house.ctx, owner), { packageId }));
    const code = await readCode(house.ctx, owner);
    const foreign = await grantDownload(asPerson(house.ctx, other), { packageId, code });
    assert.ok(isRefusal(foreign));
    given(await grantDownload(asPerson(house.ctx, owner), { packageId, code }));
    const again = await grantDownload(asPerson(house.ctx, owner), { packageId, code });
    assert.ok(isRefusal(again) && again.code === 'download.code-over');
    house.setNow('2022-05-04T11:00:00Z');
    given(await requestCode(asPerson(house.ctx, owner), { packageId }));
    const slow = await readCode(house.ctx, owner);
    house.setNow('2022-05-04T11:15:01Z');
    const late = await grantDownload(asPerson(house.ctx, owner), { packageId, code: slow });
    assert.ok(isRefusal(late) && late.code === 'download.code-over');
    const stored = await house.ctx.db.selectFrom('download_code').selectAll().execute();
    assert.ok(!JSON.stringify(stored).includes(slow.replace(' ', '')), 'no code stands in the table');
  });

  it('counts finished downloads of a contact against its limit', async () => {
    const second = await plantGate(house.ctx, 'FSN-LIMIT');
    const id = await releasePackage(house, second.remedyId, sampleBytes(1_000, 2));
    await house.ctx.db.updateTable('package').set({ most_downloads: 1 }).where('id', '=', id).execute();
    const { token } = await passGate(house.ctx, second.people.owner, id);
    await body(await get(filePath(second.people.owner, token)));
    // Said before a code is sent, not after it was typed; and again for one that was sent before.
    const inVain = await requestCode(asPerson(house.ctx, second.people.owner), { packageId: id });
    assert.ok(isRefusal(inVain) && inVain.code === 'download.too-many');
    await house.ctx.db.updateTable('package').set({ most_downloads: 2 }).where('id', '=', id).execute();
    given(await requestCode(asPerson(house.ctx, second.people.owner), { packageId: id }));
    const code = await readCode(house.ctx, second.people.owner);
    await house.ctx.db.updateTable('package').set({ most_downloads: 1 }).where('id', '=', id).execute();
    const more = await grantDownload(asPerson(house.ctx, second.people.owner), { packageId: id, code });
    assert.ok(isRefusal(more) && more.code === 'download.too-many');
  });

  it('takes no more wrong codes at once than one after the other', async () => {
    const many = await plantGate(house.ctx, 'FSN-GUESS');
    const { owner } = many.people;
    const id = await releasePackage(house, many.remedyId, sampleBytes(1_000, 21));
    given(await requestCode(asPerson(house.ctx, owner), { packageId: id }));
    const code = await readCode(house.ctx, owner);
    const wrong = Array.from({ length: 30 }, (_, i) => String((Number(code) + 1 + i) % 100_000_000).padStart(8, '0'));
    const answers = await Promise.all(
      wrong.map((guess) => grantDownload(asPerson(house.ctx, owner), { packageId: id, code: guess })),
    );
    const codes = answers.map((answer) => (isRefusal(answer) ? answer.code : 'let in'));
    assert.equal(codes.filter((one) => one === 'download.code-wrong').length, 4);
    assert.equal(codes.filter((one) => one === 'download.code-spent').length, 1);
    assert.equal(codes.filter((one) => one === 'download.code-over').length, 25);
    const right = await grantDownload(asPerson(house.ctx, owner), { packageId: id, code });
    assert.ok(isRefusal(right) && right.code === 'download.code-over');
  });

  it('gives a contact no more than its limit by grants used side by side, nor by one used again and again', async () => {
    const wide = await plantGate(house.ctx, 'FSN-PARALLEL');
    const { owner } = wide.people;
    const id = await releasePackage(house, wide.remedyId, sampleBytes(400_000, 22));
    await house.ctx.db.updateTable('package').set({ most_downloads: 1 }).where('id', '=', id).execute();
    const first = await passGate(house.ctx, owner, id);
    const second = await passGate(house.ctx, owner, id);
    // One that runs takes the only place; cut off, it frees it.
    const running = await get(filePath(owner, first.token));
    const reader = running.body?.getReader();
    await reader?.read();
    await nothingOf(await get(filePath(owner, second.token)), 403);
    await reader?.cancel();
    const resumed = await get(filePath(owner, first.token), { range: 'bytes=100000-' });
    assert.equal(resumed.status, 206);
    await body(resumed);
    assert.equal((await body(await get(filePath(owner, first.token), { range: 'bytes=0-99999' }))).length, 100_000);
    assert.equal((await download(first.id)).state, 'finished');
    await nothingOf(await get(filePath(owner, second.token)), 403);
    const again: number[] = [];
    for (let time = 0; time < 4; time++) {
      const answer = await get(filePath(owner, first.token));
      await body(answer);
      again.push(answer.status);
    }
    assert.equal(again.at(-1), 403, `a grant is no well without a bottom: ${again}`);
    // Elsewhere there is room: what was fetched again counts as fetched.
    await house.ctx.db.updateTable('package').set({ most_downloads: 5 }).where('id', '=', id).execute();
    const roomy = await get(filePath(owner, second.token), { range: 'bytes=0-9' });
    assert.equal(roomy.status, 206);
    await body(roomy);
  });

  it('ends a download with the unit that moves away, and with a revoked link', async () => {
    const third = await plantGate(house.ctx, 'FSN-MOVE');
    const id = await releasePackage(house, third.remedyId, sampleBytes(200_000, 3));
    const { owner, other } = third.people;
    const mine = await passGate(house.ctx, owner, id);
    const theirs = await passGate(house.ctx, other, id);
    given(
      await moveUnit(await house.staff('support'), owner.unitId ?? 0, {
        to: 'party',
        partyRef: 'fsn-move-other',
        siteRef: '',
        reason: 'Sold to the other laboratory',
      }),
    );
    await nothingOf(await get(filePath(owner, mine.token)), 403);
    assert.equal((await get(filePath(other, theirs.token), { range: 'bytes=0-9' })).status, 206);
    given(await revokeLink(await house.staff('support'), other.linkId, { reason: 'Passed on to strangers' }));
    await nothingOf(await get(filePath(other, theirs.token)), 410);
  });

  it('stops downloads at once when the package is withdrawn, those under way too, and tells who has it', async () => {
    const fourth = await plantGate(house.ctx, 'FSN-WITHDRAW');
    const own = sampleBytes(6_000_000, 4);
    const id = await releasePackage(house, fourth.remedyId, own);
    const { owner } = fourth.people;
    const running = await passGate(house.ctx, owner, id);
    const answer = await get(filePath(owner, running.token));
    const reader = answer.body?.getReader();
    await reader?.read();
    given(
      await withdrawPackage(await house.staff('quality'), id, {
        reason: 'The service does not start after a restart.',
      }),
    );
    await assert.rejects(async () => {
      // The watch looks once a second.
      await new Promise((done) => setTimeout(done, 1_500));
      for (;;) {
        const next = await reader?.read();
        if (next?.done) break;
      }
    }, /download\.(revoked|withdrawn)/);
    assert.equal((await download(running.id)).state, 'revoked');
    await nothingOf(await get(filePath(owner, running.token)), 410);
    const again = await requestCode(asPerson(house.ctx, owner), { packageId: id });
    assert.ok(isRefusal(again) && again.code === 'download.withdrawn');
    const letter = await house.ctx.db
      .selectFrom('delivery')
      .select(['address', 'kind'])
      .where('kind', '=', 'package-withdrawn')
      .execute();
    assert.deepEqual(letter, [{ address: owner.email, kind: 'package-withdrawn' }]);
    const tasks = await house.ctx.db
      .selectFrom('task')
      .select('kind')
      .where('action_id', '=', fourth.actionId)
      .execute();
    assert.deepEqual(
      tasks.map((task) => task.kind),
      ['package-withdrawn'],
    );
    assert.match(await (await get(`/p/${owner.token}/patch`)).text(), /This file was withdrawn/);
  });

  it('hands the bytes to the server in front without opening another way', async () => {
    const { owner, stranger } = gate.people;
    house.setNow('2022-05-05T08:00:00Z');
    const { token, id } = await passGate(house.ctx, owner, packageId);
    house.ctx.settings.downloadAccel = '/_packages/';
    try {
      const answer = await get(filePath(owner, token), { range: 'bytes=0-9' });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('x-accel-redirect'), `/_packages/${sha256.slice(0, 2)}/${sha256.slice(2)}`);
      assert.equal((await body(answer)).length, 0);
      assert.equal((await download(id)).state, 'started');
      const refused = await get(filePath(stranger, token));
      assert.equal(refused.headers.get('x-accel-redirect'), null);
      await nothingOf(refused, 404);
    } finally {
      house.ctx.settings.downloadAccel = undefined;
    }
  });

  it('serves several connections over the network, goes on after a cut, and stops in the middle when withdrawn', async () => {
    const fifth = await plantGate(house.ctx, 'FSN-SOCKET');
    const own = sampleBytes(40_000_000, 5);
    const id = await releasePackage(house, fifth.remedyId, own);
    const { owner } = fifth.people;
    const server = serve({ fetch: house.app.fetch, hostname: '127.0.0.1', port: 0 });
    if (!server.listening) await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      const grant = await passGate(house.ctx, owner, id);
      const url = `http://127.0.0.1:${port}${filePath(owner, grant.token)}`;
      const head = await fetch(url, { method: 'HEAD' });
      assert.equal(head.status, 200);
      assert.equal(head.headers.get('content-length'), String(own.length));
      assert.equal(head.headers.get('etag'), `"sha256-${createHash('sha256').update(own).digest('hex')}"`);

      // The line is cut after the first pieces; the rest comes over four connections at once.
      const cut = new AbortController();
      const first = await fetch(url, { signal: cut.signal });
      assert.match(first.headers.get('content-security-policy') ?? '', /sandbox/);
      const reader = first.body?.getReader();
      const pieces: Uint8Array[] = [];
      for (let got = 0; got < 1_000_000; ) {
        const { value } = (await reader?.read()) ?? {};
        assert.ok(value);
        pieces.push(value);
        got += value.byteLength;
      }
      cut.abort();
      const begun = Buffer.concat(pieces);
      const quarter = Math.ceil((own.length - begun.length) / 4);
      const rest = await Promise.all(
        [0, 1, 2, 3].map(async (index) => {
          const from = begun.length + index * quarter;
          const to = Math.min(own.length, from + quarter) - 1;
          const answer = await fetch(url, { headers: { range: `bytes=${from}-${to}` } });
          assert.equal(answer.status, 206);
          return body(answer);
        }),
      );
      assert.ok(Buffer.concat([begun, ...rest]).equals(own));
      for (let tries = 0; (await download(grant.id)).state !== 'finished' && tries < 50; tries++)
        await new Promise((done) => setTimeout(done, 50));
      const row = await download(grant.id);
      assert.equal(row.state, 'finished');
      assert.equal(row.ranges, 5);
      const ranges = await house.ctx.db
        .selectFrom('download_range')
        .select(['outcome', 'address'])
        .where('download_id', '=', grant.id)
        .orderBy('id')
        .execute();
      assert.deepEqual(
        ranges.map((one) => one.outcome),
        ['broken', 'done', 'done', 'done', 'done'],
      );
      assert.ok(ranges.every((one) => one.address === '127.0.0.1'));

      // A slow reader is in the middle when the package is withdrawn: the connection ends before the file does.
      const second = await passGate(house.ctx, owner, id);
      const slow = await fetch(`http://127.0.0.1:${port}${filePath(owner, second.token)}`);
      const slowReader = slow.body?.getReader();
      await slowReader?.read();
      given(await withdrawPackage(await house.staff('quality'), id, { reason: 'It stops the wrong service.' }));
      await new Promise((done) => setTimeout(done, 1_500));
      let got = 0;
      await assert.rejects(async () => {
        for (;;) {
          const next = await slowReader?.read();
          if (!next || next.done) return;
          got += next.value.byteLength;
        }
      });
      assert.ok(got < own.length / 2, `${got} bytes came after all`);
      const stopped = await house.ctx.db
        .selectFrom('download_range')
        .select('outcome')
        .where('download_id', '=', second.id)
        .execute();
      assert.deepEqual(stopped, [{ outcome: 'stopped' }]);
    } finally {
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
    }
  });

  it('shows hash and commands to everybody, and nothing that is a secret', async () => {
    const page = await (await get('/public/FSN-GATE-1')).text();
    assert.ok(page.includes(sha256));
    assert.match(page, /Get-FileHash/);
    assert.match(page, /sha256sum/);
    assert.ok(!page.includes('/p/'), 'no personal link');
    assert.match(await (await get('/public/FSN-GATE-1?lang=de')).text(), /Ist Ihre Datei die echte/);
    assert.equal((await get('/public/FSN-NOTHING')).status, 404);
    await house.ctx.db
      .updateTable('action')
      .set({ embargo_until: new Date('2022-06-02T00:00:00Z') })
      .where('id', '=', gate.actionId)
      .execute();
    assert.equal((await get('/public/FSN-GATE-1')).status, 404, 'an embargo is kept');
  });
});
