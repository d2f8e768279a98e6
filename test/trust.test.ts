/** The signed repository, read by an independent client: what is genuine is taken, everything else is refused. */
import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { Updater } from 'tuf-js';
import { commandTrustKeys, storedTrustKeys } from '../src/adapters/tuf.ts';
import { withdrawPackage } from '../src/app/package-withdrawal.ts';
import { loadTrustKeys, publishTrust } from '../src/app/trust.ts';
import { kitMetadata } from '../src/app/trust-kit.ts';
import {
  changeRoot,
  discardRootDraft,
  exportRootDraft,
  importRootSignatures,
  rotateProductKey,
} from '../src/app/trust-roots.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { tufKeyOf } from '../src/domain/tuf.ts';
import { type House, openHouse } from './helpers/house.ts';
import { type Gate, given, plantGate, releasePackage, sampleBytes, temporaryFolder } from './helpers/packages.ts';
import { MapFetcher } from './helpers/tuf-client.ts';

const bytes = sampleBytes(100_000);
const WHY = 'A test of the procedure';

describe('the signed repository', () => {
  let house: House;
  let gate: Gate;
  let packageId: number;
  let path: string;
  before(async () => {
    house = await openHouse();
    gate = await plantGate(house.ctx);
    packageId = await releasePackage(house, gate.remedyId, bytes);
    path = 'product-nb-fsn-gate-1/1.0/patch.msi';
  });
  after(async () => {
    await house.close();
    assert.deepEqual(house.errors, []);
  });

  const online = async (name: string): Promise<Buffer | undefined> => {
    const answer = await house.app.request(`/tuf/${name}`);
    return answer.status === 200 ? Buffer.from(await answer.arrayBuffer()) : undefined;
  };
  const replaced =
    (change: Record<string, (old: Buffer) => Buffer | undefined>) =>
    async (name: string): Promise<Buffer | undefined> => {
      const old = await online(name);
      const role = name.replace(/^\d+\./, '').replace(/\.json$/, '');
      const with_ = change[role];
      return old && with_ ? with_(old) : old;
    };
  /** A client that trusts the first root, as one that came with a kit does. */
  async function client(folder = temporaryFolder()): Promise<string> {
    const first = await online('1.root.json');
    assert.ok(first);
    writeFileSync(join(folder, 'root.json'), first);
    return folder;
  }
  async function look(folder: string, serve = online, target = path) {
    const updater = new Updater({
      metadataDir: folder,
      metadataBaseUrl: 'http://repository',
      targetDir: folder,
      fetcher: new MapFetcher(serve),
    });
    await updater.refresh();
    return updater.getTargetInfo(target);
  }
  const administrator = () => house.staff('administrator');

  it('says of a released package what it is, and not where it is had', async () => {
    const info = await look(await client());
    assert.equal(info?.length, bytes.length);
    await assert.doesNotReject(async () => info?.verify(Readable.from([bytes])));
    assert.deepEqual(info?.custom.action, 'FSN-GATE-1');
    for (const name of ['timestamp.json', '1.root.json', '1.targets.json', '1.snapshot.json']) {
      const text = (await online(name))?.toString('utf8') ?? '';
      assert.ok(text.length > 100, name);
      assert.ok(!/\/p\/|http/.test(text), `${name} names an address`);
    }
    assert.equal((await house.app.request('/tuf/patch.msi')).status, 404);
    assert.equal((await house.app.request('/tuf/..%2f1.root.json')).status, 404);
  });

  it('lets a client see that a file was tampered with', async () => {
    const info = await look(await client());
    const changed = Buffer.from(bytes);
    changed[5_000] = (changed[5_000] ?? 0) ^ 1;
    await assert.rejects(async () => info?.verify(Readable.from([changed])), /hash/i);
    await assert.rejects(async () => info?.verify(Readable.from([bytes.subarray(1)])), /length/i);
  });

  it('is refused when any of its files was tampered with', async () => {
    const twisted = (old: Buffer) => Buffer.from(old.toString('utf8').replace(/"expires": "20/, '"expires": "21'));
    for (const role of ['timestamp', 'snapshot', 'targets', 'product-nb-fsn-gate-1']) {
      const folder = await client();
      await assert.rejects(async () => look(folder, replaced({ [role]: twisted })), Error, role);
    }
  });

  it('is refused once it has expired', async () => {
    const folder = await client();
    const RealDate = Date;
    // The client asks the clock of its machine.
    const later = RealDate.now() + 8 * 24 * 3_600_000;
    globalThis.Date = class extends RealDate {
      constructor(...given_: [] | [number | string | Date]) {
        super(...((given_.length === 0 ? [later] : given_) as [number]));
      }
    } as DateConstructor;
    try {
      await assert.rejects(look(folder), /expired/i);
    } finally {
      globalThis.Date = RealDate;
    }
  });

  it('is renewed by the job long before it expires', async () => {
    const before_ = Number(JSON.parse((await online('timestamp.json'))?.toString() ?? '').signed.version);
    assert.deepEqual(await publishTrust(house.ctx), [], 'nothing to do');
    house.setNow(new Date(Date.now() + 4 * 24 * 3_600_000).toISOString());
    assert.deepEqual(await publishTrust(house.ctx), ['timestamp.json']);
    const after_ = Number(JSON.parse((await online('timestamp.json'))?.toString() ?? '').signed.version);
    assert.equal(after_, before_ + 1);
    house.setNow(new Date().toISOString());
  });

  it('cannot be rolled back to an older state', async () => {
    const folder = await client();
    const old = new Map<string, Buffer>();
    for (const name of ['timestamp.json', '1.snapshot.json', '1.targets.json']) {
      const file = await online(name);
      if (file) old.set(name, file);
    }
    await look(folder);
    await releasePackage(house, gate.remedyId, sampleBytes(50_000, 2), { version: '1.1' });
    assert.ok(await look(folder, online, 'product-nb-fsn-gate-1/1.1/patch.msi'));
    await assert.rejects(
      look(folder, async (name) => old.get(name) ?? online(name)),
      /version|less than|rollback/i,
    );
  });

  it('cannot be mixed from files of different moments', async () => {
    const oldTargets = (await online('1.product-nb-fsn-gate-1.json')) ?? Buffer.alloc(0);
    const folder = await client();
    await assert.rejects(look(folder, replaced({ 'product-nb-fsn-gate-1': () => oldTargets })));
    const fresh = await client();
    const oldSnapshot = (await online('1.snapshot.json')) ?? Buffer.alloc(0);
    await assert.rejects(look(fresh, replaced({ snapshot: () => oldSnapshot })));
  });

  it('rotates the keys of a role by a new root that the old one signs', async () => {
    const folder = await client();
    await look(folder);
    const ctx = await administrator();
    const [old] = await loadTrustKeys(ctx.db, 'timestamp');
    const root = given(
      await changeRoot(ctx, { role: 'timestamp', retire: [old?.keyId ?? ''], make: 1, offline: [], reason: WHY }),
    );
    assert.deepEqual(root, { version: 2, state: 'published', missing: [] });
    await publishTrust(ctx);
    assert.ok(await look(folder), 'a client that knew the first root follows');
    assert.ok(await look(await client()), 'and one that starts there now');
    const kept = await ctx.db
      .selectFrom('tuf_key')
      .selectAll()
      .where('key_id', '=', old?.keyId ?? '')
      .executeTakeFirst();
    assert.equal(kept?.sealed, null, 'a key that signs no more is not kept');
    const [newKey] = await loadTrustKeys(ctx.db, 'timestamp');
    assert.notEqual(newKey?.keyId, old?.keyId);
  });

  it('does not follow a root that the old one has not signed', async () => {
    const folder = await client();
    await look(folder);
    const second = JSON.parse((await online('2.root.json'))?.toString('utf8') ?? '{}');
    const forged = { ...second, signed: { ...second.signed, version: 3 } };
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const own = tufKeyOf(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex'));
    assert.ok(own);
    forged.signed.keys = { ...forged.signed.keys, [own.keyId]: own.publicKey };
    forged.signed.roles.root = { keyids: [own.keyId], threshold: 1 };
    forged.signatures = [{ keyid: own.keyId, sig: sign(undefined, Buffer.from('x'), privateKey).toString('hex') }];
    await assert.rejects(
      look(folder, async (name) => (name === '3.root.json' ? Buffer.from(JSON.stringify(forged)) : online(name))),
    );
  });

  it('survives the loss of a root key, and moves root keys offline with signatures made elsewhere', async () => {
    const folder = await client();
    const ctx = await administrator();
    const keys = await loadTrustKeys(ctx.db, 'root');
    assert.equal(keys.length, 3);
    // One is lost: the two others are enough for a root without it.
    const lost = keys[0]?.keyId ?? '';
    await ctx.db.updateTable('tuf_key').set({ sealed: null, holder: 'offline' }).where('key_id', '=', lost).execute();
    given(await changeRoot(ctx, { role: 'root', retire: [lost], make: 1, offline: [], reason: 'A key is lost' }));
    await publishTrust(ctx);
    assert.ok(await look(folder));

    // Three people make keys on machines of their own and give their public halves.
    const people: { key: KeyObject; hex: string }[] = Array.from({ length: 3 }, () => {
      const { publicKey, privateKey } = generateKeyPairSync('ed25519');
      return { key: privateKey, hex: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex') };
    });
    const retire = (await loadTrustKeys(ctx.db, 'root')).map((key) => key.keyId);
    const draft = given(
      await changeRoot(ctx, {
        role: 'root',
        retire,
        make: 0,
        offline: people.map((one) => one.hex),
        threshold: 2,
        reason: 'Root keys belong offline',
      }),
    );
    assert.equal(draft.state, 'draft');
    const second = await changeRoot(ctx, { role: 'root', retire: [], make: 1, offline: [], reason: WHY });
    assert.ok(isRefusal(second) && second.code === 'trust.draft-open');
    const waiting = given(await exportRootDraft(ctx));
    const toSign = Buffer.from(waiting.bytes, 'base64');
    const signed = (who: { key: KeyObject; hex: string }, what: Buffer) => ({
      keyId: tufKeyOf(who.hex)?.keyId ?? '',
      signature: sign(undefined, what, createPrivateKey(who.key.export({ format: 'pem', type: 'pkcs8' }))).toString(
        'hex',
      ),
    });
    const [first, next] = people;
    assert.ok(first && next);
    const wrong = await importRootSignatures(ctx, { signatures: [signed(first, Buffer.from('something else'))] });
    assert.ok(isRefusal(wrong) && wrong.code === 'trust.signature-wrong');
    const one = given(await importRootSignatures(ctx, { signatures: [signed(first, toSign)] }));
    assert.equal(one.state, 'draft');
    const both = given(await importRootSignatures(ctx, { signatures: [signed(next, toSign)] }));
    assert.equal(both.state, 'published');
    await publishTrust(ctx);
    assert.ok(await look(folder), 'a client that knew the first root follows all the way');
    const here = (await loadTrustKeys(ctx.db, 'root')).filter((key) => key.sealed !== null);
    assert.deepEqual(here, [], 'this server can sign no root any more');
    // The next change waits for people, and can be taken back.
    const later = given(await changeRoot(ctx, { role: 'snapshot', retire: [], make: 1, offline: [], reason: WHY }));
    assert.equal(later.state, 'draft');
    given(await discardRootDraft(ctx));
    assert.ok(await look(folder));
  });

  it('gives a product a new key', async () => {
    const folder = await client();
    await look(folder);
    const ctx = await administrator();
    given(await rotateProductKey(ctx, { role: 'product-nb-fsn-gate-1', reason: 'It may have leaked' }));
    await publishTrust(ctx);
    assert.ok(await look(folder));
  });

  it('gives a set that is good for the lifetime of a kit, without a network, the same bytes each time', async () => {
    const asOf = new Date();
    const until = new Date(asOf.getTime() + 300 * 24 * 3_600_000);
    const kit = given(await kitMetadata(house.ctx, { packageId, asOf, until }));
    const again = given(await kitMetadata(house.ctx, { packageId, asOf, until }));
    assert.deepEqual([...again.files], [...kit.files]);
    assert.deepEqual(kit.targets, [path]);
    const folder = await client();
    const info = await look(folder, async (name) => kit.files.get(name));
    assert.ok(info);
    await info.verify(Readable.from([bytes]));
    for (const [name, file] of kit.files) {
      if (name.includes('root')) continue;
      const expires = new Date(JSON.parse(file.toString('utf8')).signed.expires);
      assert.ok(Math.abs(expires.getTime() - until.getTime()) < 1_000, name);
    }
    const long = await kitMetadata(house.ctx, {
      packageId,
      asOf,
      until: new Date(asOf.getTime() + 9 * 365 * 86_400_000),
    });
    assert.ok(isRefusal(long) && long.code === 'trust.root-ends-before');
  });

  it('drops a withdrawn package', async () => {
    const folder = await client();
    assert.ok(await look(folder));
    given(await withdrawPackage(await house.staff('quality'), packageId, { reason: 'It stops the wrong service.' }));
    await publishTrust(house.ctx);
    assert.equal(await look(folder), undefined);
    const kit = await kitMetadata(house.ctx, { packageId, asOf: new Date(), until: new Date(Date.now() + 86_400_000) });
    assert.ok(isRefusal(kit) && kit.code === 'package.not-released');
  });

  it('makes a task when it cannot be signed', async () => {
    const broken = {
      ...house.ctx,
      trust: { ...house.ctx.trust, sign: async () => Promise.reject(new Error('the card was taken out')) },
    };
    await assert.rejects(publishTrust(broken, { force: true }), /card was taken out/);
    const task = await house.ctx.db
      .selectFrom('task')
      .selectAll()
      .where('kind', '=', 'trust-failing')
      .executeTakeFirst();
    assert.equal(task?.detail.why, 'the card was taken out');
  });

  it('keeps keys sealed, each for itself', async () => {
    const rows = await house.ctx.db.selectFrom('tuf_key').selectAll().where('sealed', 'is not', null).execute();
    assert.ok(rows.length >= 3);
    const [a, b] = rows;
    assert.ok(a && b);
    const keep = (row: typeof a, sealed = row.sealed) => ({
      keyId: row.key_id,
      publicKey: row.public_key,
      holder: row.holder,
      sealed,
    });
    await assert.rejects(house.ctx.trust.sign(keep(a, b.sealed), a.role, bytes), /cannot be opened/);
    const other = storedTrustKeys(Buffer.alloc(32, 1), { N: 2, r: 1, p: 1 });
    await assert.rejects(other.sign(keep(a), a.role, bytes), /TRUST_SECRET/);
    const damaged = Buffer.from(a.sealed ?? '');
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
    await assert.rejects(house.ctx.trust.sign(keep(a, damaged), a.role, bytes), /cannot be opened/);
  });

  it('signs by a command that keeps the keys', async () => {
    const folder = temporaryFolder();
    const program = join(folder, 'signer.mjs');
    mkdirSync(join(folder, 'keys'));
    writeFileSync(
      program,
      `import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
const [what, name] = process.argv.slice(2);
const file = (hex) => new URL('keys/' + hex + '.pem', import.meta.url);
if (what === 'make') {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const hex = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  writeFileSync(file(hex), privateKey.export({ format: 'pem', type: 'pkcs8' }));
  process.stdout.write(createPublicKey(privateKey).export({ format: 'pem', type: 'spki' }));
} else process.stdout.write(sign(undefined, readFileSync(0), createPrivateKey(readFileSync(file(name)))).toString('hex'));
`,
    );
    const stored = storedTrustKeys(Buffer.alloc(32, 9), { N: 2, r: 1, p: 1 });
    const trust = commandTrustKeys([process.execPath, program], stored);
    const second = await openHouse();
    try {
      second.ctx.trust = trust;
      const planted = await plantGate(second.ctx, 'FSN-HSM');
      await releasePackage(
        { staff: async (role) => ({ ...(await second.staff(role)), trust }) },
        planted.remedyId,
        bytes,
      );
      const rows = await second.ctx.db.selectFrom('tuf_key').select(['holder', 'sealed']).execute();
      assert.ok(rows.length > 4 && rows.every((row) => row.holder === 'command' && row.sealed === null));
      assert.ok(readdirSync(join(folder, 'keys')).length >= 4);
      const own = temporaryFolder();
      const first = Buffer.from(await (await second.app.request('/tuf/1.root.json')).arrayBuffer());
      writeFileSync(join(own, 'root.json'), first);
      const updater = new Updater({
        metadataDir: own,
        metadataBaseUrl: 'http://repository',
        fetcher: new MapFetcher(async (name) => {
          const answer = await second.app.request(`/tuf/${name}`);
          return answer.status === 200 ? Buffer.from(await answer.arrayBuffer()) : undefined;
        }),
      });
      await updater.refresh();
      assert.ok(await updater.getTargetInfo('product-nb-fsn-hsm/1.0/patch.msi'));
    } finally {
      await second.close();
    }
    await assert.rejects(commandTrustKeys(['/nowhere/at/all'], stored).make('root'), /cannot be run/);
    await assert.rejects(
      commandTrustKeys([process.execPath, '-e', 'process.exit(3)'], stored).make('root'),
      /ended with 3/,
    );
  });
});
