/** Packages: uploads that survive cuts and refuse what is wrong, two signatures, and both stores. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { folderPackages, type PackageStore } from '../src/adapters/packages.ts';
import { s3Packages } from '../src/adapters/packages-s3.ts';
import { samplePassword } from '../src/app/accounts.ts';
import { appendUpload, beginUpload, cancelUpload, forgetUploads } from '../src/app/package-uploads.ts';
import { addPackage, addPackageInput, changePackage, signPackage } from '../src/app/packages.ts';
import { runClient } from '../src/cli/client.ts';
import type { Terminal } from '../src/cli/terminal.ts';
import { isUnchanged, rangeHolds, readRange } from '../src/domain/byte-range.ts';
import { entitle, fileNameSchema, linesIn, maskAddress } from '../src/domain/package.ts';
import { packageManifestSchema } from '../src/domain/package-manifest.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { type House, openHouse } from './helpers/house.ts';
import {
  type Gate,
  given,
  hashOfPackage,
  inPieces,
  plantGate,
  releasePackage,
  sampleBytes,
  temporaryFolder,
} from './helpers/packages.ts';
import { type S3Server, startS3 } from './helpers/s3-server.ts';

const bytes = sampleBytes(700_000);
const hashes = {
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  sha512: createHash('sha512').update(bytes).digest('hex'),
};

/** A sender that goes away after so many bytes. */
async function* cutAfter(whole: Buffer, sent: number): AsyncGenerator<Uint8Array> {
  yield* inPieces(whole.subarray(0, sent), 10_000);
  throw new Error('the line was cut');
}

async function readAll(store: PackageStore, key: string, first: number, past: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of store.read(key, first, past)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

describe('a store of packages', () => {
  let s3: S3Server;
  before(async () => {
    s3 = await startS3();
  });
  after(() => s3.close());

  const open = {
    folder: () => folderPackages(temporaryFolder()),
    s3: () => s3Packages({ url: s3.url, region: 'eu', keyId: 'key', secret: 'secret' }, { partBytes: 100_000 }),
  };
  for (const kind of ['folder', 's3'] as const) {
    it(`${kind}: keeps what came in pieces, with cuts and a restart between, and gives any range`, async () => {
      const store = open[kind]();
      const upload = await store.begin();
      const cut = await store.append(upload, 0, cutAfter(bytes, 250_000), bytes.length);
      assert.deepEqual(cut, { received: 250_000, end: 'cut' });
      assert.equal(await store.received(upload), 250_000);
      const more = await store.append(upload, 250_000, inPieces(bytes.subarray(250_000, 300_001)), bytes.length);
      assert.equal(more.received, 300_001);
      // Another server goes on: it knows nothing of the hash so far.
      const other = kind === 's3' ? open.s3() : store;
      const rest = await other.append(upload, 300_001, inPieces(bytes.subarray(300_001), 7_777), bytes.length);
      assert.deepEqual(rest, { received: bytes.length, end: 'done' });
      const stored = await other.finish(upload);
      assert.deepEqual({ size: stored.size, sha256: stored.sha256, sha512: stored.sha512 }, hashes);
      assert.ok((await readAll(other, stored.key, 0, bytes.length)).equals(bytes));
      assert.ok((await readAll(other, stored.key, 123_456, 234_567)).equals(bytes.subarray(123_456, 234_567)));
      assert.equal((await readAll(other, stored.key, 5, 5)).length, 0);
      await other.remove(stored.key);
      await assert.rejects(readAll(other, stored.key, 0, 1));
    });

    it(`${kind}: keeps nothing of an upload that was cancelled, nor of a piece that is too long`, async () => {
      const store = open[kind]();
      const upload = await store.begin();
      await store.append(upload, 0, inPieces(bytes.subarray(0, 120_000)), 130_000);
      const long = await store.append(upload, 120_000, inPieces(bytes.subarray(120_000), 5_000), 130_000);
      assert.equal(long.end, 'too-long');
      await store.cancel(upload);
      assert.equal(await store.received(upload), undefined);
    });
  }

  it('s3: signs every request, tells a full storage, and bears a fault', async () => {
    const store = open.s3();
    const upload = await store.begin();
    s3.fail.push({ method: 'PUT', status: 507, code: 'InsufficientStorage' });
    s3.fail.push({ method: 'PUT', status: 507, code: 'InsufficientStorage' });
    s3.fail.push({ method: 'PUT', status: 507, code: 'InsufficientStorage' });
    s3.fail.push({ method: 'PUT', status: 507, code: 'InsufficientStorage' });
    const full = await store.append(upload, 0, inPieces(bytes), bytes.length);
    assert.equal(full.end, 'full');
    s3.fail.length = 0;
    assert.equal(s3.unsigned, 0);
    assert.equal(s3.uploads.size, 0, 'nothing half-written is left');
    assert.deepEqual([...s3.objects.keys()], []);
  });

  it('folder: gives a full disk its room back', async () => {
    const folder = temporaryFolder();
    const store = folderPackages(folder);
    const upload = await store.begin();
    const path = join(folder, 'incoming', upload);
    rmSync(path);
    symlinkSync('/dev/full', path);
    const full = await store.append(upload, 0, inPieces(bytes), bytes.length);
    assert.deepEqual(full, { received: 0, end: 'full' });
    assert.deepEqual(readdirSync(join(folder, 'incoming')), []);
  });

  it('takes no name that leads elsewhere', async () => {
    const store = open.folder();
    for (const name of ['../../etc/passwd', '/etc/passwd', '', 'a'.repeat(33)]) {
      await assert.rejects(store.received(name));
      await assert.rejects(readAll(store, name, 0, 1));
    }
  });
});

describe('packages', () => {
  let house: House;
  let gate: Gate;
  before(async () => {
    house = await openHouse();
    house.setNow('2022-05-04T08:00:00Z');
    gate = await plantGate(house.ctx);
  });
  after(async () => {
    await house.close();
    assert.deepEqual(house.errors, []);
  });
  let count = 0;
  async function draft(sha256 = ''): Promise<number> {
    const quality = await house.staff('quality');
    const input = { version: `0.${++count}`, fileName: 'patch.msi', sha256, sha512: '' };
    return given(await addPackage(quality, gate.remedyId, input)).id;
  }
  const row = (id: number) =>
    house.ctx.db.selectFrom('package').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const tus = (key: string, method: string, path: string, headers: Record<string, string> = {}, body?: Buffer) =>
    house.app.request(path.replace('http://localhost:3000', ''), {
      method,
      headers: { authorization: `Bearer ${key}`, 'tus-resumable': '1.0.0', ...headers },
      ...(body ? { body: new Uint8Array(body) } : {}),
    });
  const base64 = (text: string) => Buffer.from(text).toString('base64');

  it('takes an upload by the tus protocol, cut and gone on with', async () => {
    const key = await house.key('package.change');
    const id = await draft();
    const begin = () =>
      tus(key, 'POST', '/api/v1/package-uploads', {
        'upload-length': String(bytes.length),
        'upload-metadata': `package ${base64(String(id))},filename ${base64('patch.msi')},sha256 ${base64(hashes.sha256)}`,
      });
    const made = await begin();
    assert.equal(made.status, 201);
    const location = made.headers.get('location') ?? '';
    const type = { 'content-type': 'application/offset+octet-stream' };
    const first = await tus(key, 'PATCH', location, { ...type, 'upload-offset': '0' }, bytes.subarray(0, 300_000));
    assert.equal(first.status, 204);
    assert.equal(first.headers.get('upload-offset'), '300000');
    const wrong = await tus(key, 'PATCH', location, { ...type, 'upload-offset': '0' }, bytes.subarray(0, 10));
    assert.equal(wrong.status, 409);
    assert.match(await wrong.text(), /stands at byte 300,000/);
    const head = await tus(key, 'HEAD', location);
    assert.equal(head.headers.get('upload-offset'), '300000');
    assert.equal(head.headers.get('upload-length'), String(bytes.length));
    // Whoever begins the same file again is sent to where it stands.
    assert.equal((await begin()).headers.get('upload-offset'), '300000');
    const last = await tus(key, 'PATCH', location, { ...type, 'upload-offset': '300000' }, bytes.subarray(300_000));
    assert.equal(last.status, 204);
    assert.equal((await row(id)).sha256, hashes.sha256);
    assert.equal((await row(id)).sha512, hashes.sha512);
    assert.equal((await tus(key, 'HEAD', '/api/v1/package-uploads/99999')).status, 404);
    assert.equal((await tus(key, 'POST', '/api/v1/package-uploads', { 'tus-resumable': '0.2.2' })).status, 412);
    const none = await house.key('mailbox.read');
    assert.equal((await tus(none, 'POST', '/api/v1/package-uploads')).status, 403);
  });

  it('tells a tus client what it takes, before any key', async () => {
    for (const path of ['/api/v1/package-uploads', '/api/v1/package-uploads/4']) {
      const answer = await house.app.request(path, { method: 'OPTIONS' });
      assert.equal(answer.status, 204);
      assert.equal(answer.headers.get('tus-resumable'), '1.0.0');
      assert.equal(answer.headers.get('tus-version'), '1.0.0');
      assert.equal(answer.headers.get('tus-extension'), 'creation,termination');
      assert.equal(answer.headers.get('tus-max-size'), String(Number.MAX_SAFE_INTEGER));
    }
    const key = await house.key('package.change');
    const huge = { 'upload-length': '9999999999999999', 'upload-metadata': `package ${base64('1')}` };
    assert.equal((await tus(key, 'POST', '/api/v1/package-uploads', huge)).status, 413);
    assert.equal((await house.app.request('/api/v1/keys', { method: 'OPTIONS' })).status, 405);
  });

  it('takes an upload from the command line, which goes on after a cut', async () => {
    const id = await draft();
    const key = await house.key('package.change', 'package.read');
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'patch.msi'), bytes);
    const out: string[] = [];
    const err: string[] = [];
    const terminal = { out: (text: string) => out.push(text), err: (text: string) => err.push(text), live: false };
    const env = { url: 'http://localhost:3000', key, email: undefined, passwordFile: undefined, startedFrom: folder };
    let cuts = 1;
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      const request = { ...init, ...(init.body instanceof ReadableStream ? { duplex: 'half' } : {}) } as RequestInit;
      if (init.method === 'PATCH' && cuts-- > 0) {
        // Half of it arrives; the answer never does.
        const half = new ReadableStream<Uint8Array>({
          start(controller) {
            controller.enqueue(new Uint8Array(bytes.subarray(0, 250_000)));
            controller.error(new Error('cut'));
          },
        });
        await house.app.request(url, { ...request, body: half } as RequestInit);
        throw new Error('the line was cut');
      }
      return house.app.request(url, request);
    };
    const run = (...args: string[]) =>
      runClient(['package', ...args], env, { fetch, terminal: terminal as unknown as Terminal });
    assert.equal(await run('upload', 'patch.msi', '--package', String(id)), 0, err.join(''));
    assert.match(out.join(''), new RegExp(`SHA-256 ${hashes.sha256}`));
    assert.equal((await row(id)).sha256, hashes.sha256);
    out.length = 0;
    assert.equal(await run('list', 'FSN-GATE-1'), 0);
    assert.match(out.join(''), /patch\.msi/);
    assert.equal(await run('upload', 'nothing.msi', '--package', String(id)), 1);
    assert.equal(await run('upload', 'patch.msi'), 2);
  });

  it('takes a plain form of a browser without JavaScript, and keeps nothing of one that was cut off', async () => {
    const id = await draft();
    const cookie = await house.signIn('quality');
    const send = (body: Uint8Array | ReadableStream) =>
      house.app.request(`/packages/${id}/file`, {
        method: 'POST',
        headers: { cookie, origin: 'http://localhost:3000', 'content-type': 'multipart/form-data; boundary=XX' },
        body,
        duplex: 'half',
      } as RequestInit);
    const head = `--XX\r\ncontent-disposition: form-data; name="sha256"\r\n\r\n${hashes.sha256}\r\n--XX\r\ncontent-disposition: form-data; name="file"; filename="..\\\\..\\\\evil.msi"\r\ncontent-type: application/octet-stream\r\n\r\n`;
    const truncated = await send(new Uint8Array(Buffer.concat([Buffer.from(head), bytes.subarray(0, 100_000)])));
    assert.equal(truncated.status, 422);
    assert.match(await truncated.text(), /ended in the middle, after/);
    assert.equal((await row(id)).storage_key, '');
    const whole = await send(new Uint8Array(Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--XX--\r\n')])));
    assert.equal(whole.status, 303, await whole.text());
    assert.equal((await row(id)).sha256, hashes.sha256);
    assert.equal((await row(id)).file_name, 'patch.msi', 'the name the file came with names nothing');
  });

  it('refuses a file that is not the expected one, and forgets it', async () => {
    const quality = await house.staff('quality');
    const id = await draft(hashes.sha256);
    const other = sampleBytes(1_000, 9);
    const upload = given(await beginUpload(quality, id, { fileName: 'x', length: other.length, sha256: '' }));
    const refused = await appendUpload(quality, upload.id, 0, inPieces(other));
    assert.ok(isRefusal(refused) && refused.code === 'upload.wrong-hash');
    assert.equal(refused.params.expected, hashes.sha256);
    assert.equal((await row(id)).storage_key, '');
    const key = createHash('sha256').update(other).digest('hex');
    await assert.rejects(readAll(quality.packages, key, 0, 1), 'the bytes are gone');
    const again = given(await beginUpload(quality, id, { fileName: 'x', length: bytes.length, sha256: '' }));
    given(await appendUpload(quality, again.id, 0, inPieces(bytes)));
    assert.equal((await row(id)).sha256, hashes.sha256);
  });

  it('lets one write at a time, and one upload a package', async () => {
    const quality = await house.staff('quality');
    const id = await draft();
    const upload = given(await beginUpload(quality, id, { fileName: 'a', length: bytes.length, sha256: '' }));
    const begun = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const slow = (async function* () {
      yield bytes.subarray(0, 1_000);
      begun.resolve();
      await goOn.promise;
      yield bytes.subarray(1_000, 2_000);
    })();
    const first = appendUpload(quality, upload.id, 0, slow);
    await begun.promise;
    const second = await appendUpload(quality, upload.id, 0, inPieces(bytes));
    assert.ok(isRefusal(second) && second.code === 'upload.busy-meanwhile');
    goOn.resolve();
    assert.equal(given(await first).received, 2_000);
    const other = await beginUpload(quality, id, { fileName: 'b', length: 5, sha256: '' });
    assert.ok(isRefusal(other) && other.code === 'upload.other-open');
    given(await cancelUpload(quality, upload.id));
    const ended = await appendUpload(quality, upload.id, 2_000, inPieces(bytes));
    assert.ok(isRefusal(ended) && ended.code === 'upload.ended');
    const left = given(await beginUpload(quality, id, { fileName: 'b', length: 5, sha256: '' }));
    house.setNow('2022-05-20T08:00:00Z');
    assert.equal(await forgetUploads(house.ctx), 1);
    const gone = await appendUpload(quality, left.id, 0, inPieces(bytes));
    assert.ok(isRefusal(gone) && gone.code === 'upload.ended');
  });

  it('begins anew when what was uploaded is gone', async () => {
    const quality = await house.staff('quality');
    const id = await draft();
    const input = { fileName: 'a', length: bytes.length, sha256: '' };
    const upload = given(await beginUpload(quality, id, input));
    given(await appendUpload(quality, upload.id, 0, inPieces(bytes.subarray(0, 1_000))));
    const { store_ref } = await house.ctx.db
      .selectFrom('package_upload')
      .select('store_ref')
      .where('id', '=', upload.id)
      .executeTakeFirstOrThrow();
    // As after a crash between the store's last step and the row's.
    await quality.packages.cancel(store_ref);
    const lost = await appendUpload(quality, upload.id, 1_000, inPieces(bytes));
    assert.ok(isRefusal(lost) && lost.code === 'upload.lost');
    const again = given(await beginUpload(quality, id, input));
    assert.deepEqual([again.id === upload.id, again.received], [false, 0]);
    await quality.packages.cancel(
      (await house.ctx.db.selectFrom('package_upload').selectAll().where('id', '=', again.id).executeTakeFirstOrThrow())
        .store_ref,
    );
    const third = given(await beginUpload(quality, id, input));
    given(await appendUpload(quality, third.id, 0, inPieces(bytes)));
    assert.equal((await row(id)).sha256, hashes.sha256);
  });

  it('says beforehand that the disk has no room', async () => {
    const quality = {
      ...(await house.staff('quality')),
      packages: folderPackages(temporaryFolder(), { room: async () => 600_000_000 }),
    };
    const refused = await beginUpload(quality, await draft(), { fileName: 'a', length: 500_000_000, sha256: '' });
    assert.ok(isRefusal(refused) && refused.code === 'upload.no-room');
    assert.equal(refused.params.free, 600_000_000);
  });

  it('is released by two people who sign what they have read', async () => {
    const quality = await house.staff('quality');
    const regulatory = await house.staff('regulatory');
    const credential = { password: samplePassword };
    const id = await draft();
    const sign = async (who: typeof quality, as: 'quality' | 'regulatory', contentHash?: string) =>
      signPackage(who, id, { as, contentHash: contentHash ?? (await hashOfPackage(who, id)), credential });
    const early = await sign(quality, 'quality');
    assert.ok(isRefusal(early) && early.code === 'package.no-file');
    const upload = given(await beginUpload(quality, id, { fileName: 'a', length: bytes.length, sha256: '' }));
    given(await appendUpload(quality, upload.id, 0, inPieces(bytes)));
    const wrong = await signPackage(quality, id, {
      as: 'quality',
      contentHash: await hashOfPackage(quality, id),
      credential: { password: 'not mine' },
    });
    assert.ok(isRefusal(wrong) && wrong.code === 'credential.wrong-password');
    assert.equal(given(await sign(quality, 'quality')).state, 'draft');
    const old = await hashOfPackage(quality, id);
    const change = given(await changePackage(quality, id, { prerequisites: ['Back up your data twice.'] }));
    assert.equal(change.voided, 1, 'a signature does not cover what came after it');
    const stale = await sign(quality, 'quality', old);
    assert.ok(isRefusal(stale) && stale.code === 'package.changed-meanwhile');
    given(await sign(quality, 'quality'));
    const twice = await signPackage({ ...quality, actor: { ...quality.actor, role: 'regulatory' } as never }, id, {
      as: 'regulatory',
      contentHash: await hashOfPackage(quality, id),
      credential,
    });
    assert.ok(isRefusal(twice) && twice.code === 'package.same-person');
    assert.equal(given(await sign(regulatory, 'regulatory')).state, 'released');
    const late = await changePackage(quality, id, { prerequisites: [] });
    assert.ok(isRefusal(late) && late.code === 'package.not-draft');
    given(await changePackage(quality, id, { mostDownloads: 3 }));
    const over = await beginUpload(quality, id, { fileName: 'a', length: 5, sha256: '' });
    assert.ok(isRefusal(over) && over.code === 'package.not-draft');
    const support = await signPackage(await house.staff('support'), id, {
      as: 'quality',
      contentHash: old,
      credential,
    });
    assert.ok(isRefusal(support) && support.code === 'forbidden');
  });

  it('is described by products that exist, texts that can be read, and checks of known kinds', async () => {
    const quality = await house.staff('quality');
    const id = await draft();
    const applies = [{ product: gate.productCode, environments: ['Dx'], from: '1.3', to: '3.1' }];
    given(
      await changePackage(quality, id, {
        applies,
        translations: { de: { prerequisites: ['Sichern Sie Ihre Daten.'], sideEffects: [] } },
        instructions: { de: '1. Sichern\n2. Starten' },
      }),
    );
    const { prerequisites, side_effects: sideEffects, translations } = await row(id);
    const content = { prerequisites, sideEffects, translations };
    assert.deepEqual(linesIn(content, 'de'), {
      prerequisites: ['Sichern Sie Ihre Daten.'],
      sideEffects: ['Remote access stops.'],
    });
    assert.deepEqual(linesIn(content, 'it').prerequisites, ['Back up your data.']);
    const odd = await changePackage(quality, id, {
      applies: [{ product: 'Nothing', environments: [], from: '', to: '' }],
    });
    assert.ok(isRefusal(odd) && odd.code === 'package.unknown-product');
    const mode = await changePackage(quality, id, { applies: [{ ...applies[0], environments: ['XYZ'] } as never] });
    assert.ok(isRefusal(mode) && mode.code === 'package.unknown-environment');
    assert.ok(
      packageManifestSchema.safeParse({
        checks: [{ id: 'closed', kind: 'port', port: 80, remote: 'closed', local: 'open' }],
      }).success,
    );
    for (const check of [
      { id: 'a', kind: 'http', url: 'http://elsewhere.example/', status: 200 },
      { id: 'a', kind: 'shell', command: 'rm -rf /' },
      { id: 'a', kind: 'registry', key: 'C:\\Windows', value: '', equals: '' },
    ])
      assert.ok(!packageManifestSchema.safeParse({ checks: [check] }).success, check.kind);
  });

  it('is written to disk once, though two packages hold the same bytes', async () => {
    const second = await releasePackage(house, gate.remedyId, bytes, { version: '9.9', publish: false });
    const key = (await row(second)).storage_key;
    const quality = await house.staff('quality');
    const id = await draft(createHash('sha256').update('other').digest('hex'));
    const upload = given(await beginUpload(quality, id, { fileName: 'a', length: bytes.length, sha256: '' }));
    const refused = await appendUpload(quality, upload.id, 0, inPieces(bytes));
    assert.ok(isRefusal(refused), 'the hash that was named is another');
    assert.equal((await readAll(quality.packages, key, 0, 5)).length, 5, 'the other package keeps its file');
  });
});

describe('rules of packages', () => {
  it('let a file name be only a name', () => {
    for (const name of ['patch.msi', 'Fix 2.0 (Dx).zip', 'Änderung.tar.gz'])
      assert.ok(fileNameSchema.safeParse(name).success, name);
    for (const name of [
      '../x',
      'a/b',
      'a\\b',
      'con',
      'NUL.txt',
      '.hidden',
      'x.',
      'a:b',
      'a\r\nb',
      'a\u202egpj.exe',
      '',
    ])
      assert.ok(!fileNameSchema.safeParse(name).success, JSON.stringify(name));
    assert.ok(!addPackageInput.safeParse({ version: '../1', fileName: 'a' }).success);
  });

  it('read ranges as the rule has them', () => {
    assert.deepEqual(readRange(undefined, 10), { first: 0, past: 10, partial: false });
    assert.deepEqual(readRange('bytes=2-4', 10), { first: 2, past: 5, partial: true });
    assert.deepEqual(readRange('bytes=2-', 10), { first: 2, past: 10, partial: true });
    assert.deepEqual(readRange('bytes=-3', 10), { first: 7, past: 10, partial: true });
    assert.deepEqual(readRange('bytes=-30', 10), { first: 0, past: 10, partial: true });
    assert.deepEqual(readRange('bytes=2-400', 10), { first: 2, past: 10, partial: true });
    for (const odd of ['bytes=1-2,5-6', 'items=1-2', 'bytes=5-2', 'bytes=a-b', 'bytes=-', ''])
      assert.deepEqual(readRange(odd, 10), { first: 0, past: 10, partial: false }, odd);
    for (const behind of ['bytes=10-', 'bytes=99-100', 'bytes=-0'])
      assert.equal(readRange(behind, 10), 'unsatisfiable');
    assert.ok(rangeHolds(undefined, '"a"') && rangeHolds('"a"', '"a"'));
    assert.ok(!rangeHolds('"b"', '"a"') && !rangeHolds('W/"a"', '"a"') && !rangeHolds('Wed, 04 May 2022', '"a"'));
    assert.ok(isUnchanged('"x", W/"a"', '"a"') && isUnchanged('*', '"a"') && !isUnchanged('"b"', '"a"'));
  });

  it('entitle owners, regulators and those permitted, and nobody else', () => {
    const facts = {
      packageState: 'released' as const,
      hasFile: true,
      action: 'open' as 'before' | 'open' | 'over',
      linkLive: true,
      contactActive: true,
      corrections: 0,
      authority: false,
      permitted: false,
    };
    assert.equal(entitle({ ...facts, corrections: 1 }), 'owner');
    assert.equal(entitle({ ...facts, authority: true }), 'authority');
    assert.equal(entitle({ ...facts, permitted: true }), 'permitted');
    const why = (more: Partial<typeof facts> | { packageState: 'draft' | 'withdrawn' }) => {
      const verdict = entitle({ ...facts, corrections: 1, ...more });
      return isRefusal(verdict) ? verdict.code : verdict;
    };
    assert.equal(why({ corrections: 0 }), 'download.not-entitled');
    assert.equal(why({ linkLive: false }), 'download.link-ended');
    assert.equal(why({ packageState: 'withdrawn' }), 'download.withdrawn');
    assert.equal(why({ packageState: 'draft' }), 'download.not-released');
    assert.equal(why({ hasFile: false }), 'download.not-released');
    assert.equal(why({ action: 'before' }), 'download.not-released');
    // It will not be released any more: nobody is told to wait for it.
    assert.equal(why({ action: 'over' }), 'download.revoked');
    assert.equal(why({ contactActive: false }), 'download.contact-ended');
    assert.equal(maskAddress('labor@x.example'), 'l•••@x.example');
    assert.equal(maskAddress('@x'), '•••');
  });
});
