/** The procedures of docs/keys.md, each run before the eyes of an independent client. The tests are named by its headings. */
import assert from 'node:assert/strict';
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { storedTrustKeys } from '../src/adapters/tuf.ts';
import { enterCode } from '../src/app/confirmation-codes.ts';
import type { Context } from '../src/app/context.ts';
import { issueTicket } from '../src/app/installation-tickets.ts';
import { loadTrustKeys, publishTrust } from '../src/app/trust.ts';
import { startTrustAnew } from '../src/app/trust-anew.ts';
import { changeRoot, exportRootDraft, importRootSignatures, rotateProductKey } from '../src/app/trust-roots.ts';
import { computeCode, readTicketKey } from '../src/domain/confirmation-code.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { tufKeyOf } from '../src/domain/tuf.ts';
import { type House, openHouse } from './helpers/house.ts';
import { root } from './helpers/imports.ts';
import { type Gate, given, plantGate, releasePackage, sampleBytes } from './helpers/packages.ts';
import { lookUp, trusting } from './helpers/tuf-client.ts';

const TARGET = 'product-nb-fsn-gate-1/1.0/patch.msi';
const PRODUCT = 'product-nb-fsn-gate-1';
const cheap = { N: 2, r: 1, p: 1 } as const;

/** A person with a key on a machine of their own. */
interface Keeper {
  key: KeyObject;
  hex: string;
  keyId: string;
}

function makeKeepers(count: number): Keeper[] {
  return Array.from({ length: count }, () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const hex = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
    return { key: privateKey, hex, keyId: tufKeyOf(hex)?.keyId ?? '' };
  });
}

describe('docs/keys.md', () => {
  let house: House;
  let gate: Gate;
  let ctx: Context;
  let known: string;
  beforeEach(async () => {
    house = await openHouse();
    house.ctx.trust = storedTrustKeys(Buffer.alloc(32, 3), cheap);
    gate = await plantGate(house.ctx);
    await releasePackage(house, gate.remedyId, sampleBytes(10_000));
    ctx = await house.staff('administrator');
    known = trusting(await fileOf('1.root.json'));
    assert.ok(await seen(), 'a client that knows the first root');
  });
  afterEach(() => house.close());

  const online = async (name: string): Promise<Buffer | undefined> => {
    const answer = await house.app.request(`/tuf/${name}`);
    return answer.status === 200 ? Buffer.from(await answer.arrayBuffer()) : undefined;
  };
  async function fileOf(name: string): Promise<Buffer> {
    const file = await online(name);
    assert.ok(file, name);
    return file;
  }
  const seen = (folder = known) => lookUp(folder, online, TARGET);

  /** A key that cannot be opened any more: its bytes on the disk have turned. */
  async function loseKeys(role: string, count: number): Promise<string[]> {
    const keys = (await loadTrustKeys(ctx.db, role)).slice(0, count);
    for (const key of keys) {
      const sealed = Buffer.from(key.sealed ?? '');
      sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
      await ctx.db.updateTable('tuf_key').set({ sealed }).where('key_id', '=', key.keyId).execute();
    }
    return keys.map((key) => key.keyId);
  }

  /** The root keys go to people; two of three sign from now on. */
  async function putOffline(): Promise<Keeper[]> {
    const keepers = makeKeepers(3);
    const retire = (await loadTrustKeys(ctx.db, 'root')).map((key) => key.keyId);
    const offline = keepers.map((one) => one.hex);
    given(
      await changeRoot(ctx, { role: 'root', retire, make: 0, offline, threshold: 2, reason: 'Root keys go offline' }),
    );
    await signAll(keepers.slice(0, 2));
    return keepers;
  }
  async function signAll(keepers: readonly Keeper[]): Promise<void> {
    const draft = given(await exportRootDraft(ctx));
    const signatures = keepers.map(({ key, keyId }) => ({
      keyId,
      signature: sign(
        undefined,
        Buffer.from(draft.bytes, 'base64'),
        createPrivateKey(key.export({ format: 'pem', type: 'pkcs8' })),
      ).toString('hex'),
    }));
    assert.equal(given(await importRootSignatures(ctx, { signatures })).state, 'published');
  }
  async function rotate(role: 'root' | 'targets' | 'snapshot' | 'timestamp', signers: readonly Keeper[] = []) {
    const retire = (await loadTrustKeys(ctx.db, role)).map((key) => key.keyId);
    const made = given(await changeRoot(ctx, { role, retire, make: retire.length, offline: [], reason: 'A test' }));
    if (made.state === 'draft') await signAll(signers);
  }

  it('Rotate a key: each role in its turn, and a product', async () => {
    for (const role of ['timestamp', 'snapshot', 'targets', 'root'] as const) {
      await rotate(role);
      await publishTrust(ctx);
      assert.ok(await seen(), role);
    }
    given(await rotateProductKey(ctx, { role: PRODUCT, reason: 'A test' }));
    await publishTrust(ctx);
    assert.ok(await seen());
    assert.ok(await online('5.root.json'), 'a root for each of the four');
    assert.equal(await online('6.root.json'), undefined, 'and none for the product');
  });

  it('A key that signs by itself is lost: another one takes its place, and clients follow', async () => {
    for (const role of ['timestamp', 'snapshot', 'targets'] as const) {
      const [lost = ''] = await loseKeys(role, 1);
      // Only what has to be signed now shows that its key is gone.
      if (role === 'timestamp') await assert.rejects(publishTrust(ctx, { force: true }), /cannot be opened/);
      given(await changeRoot(ctx, { role, retire: [lost], make: 1, offline: [], reason: 'Lost' }));
      await publishTrust(ctx, { force: true });
      assert.ok(await seen(), role);
    }
    await loseKeys(PRODUCT, 1);
    given(await rotateProductKey(ctx, { role: PRODUCT, reason: 'Lost' }));
    await publishTrust(ctx);
    assert.ok(await seen());
  });
  it('A root key is lost: the two others are enough, and a third comes', async () => {
    const [lost = ''] = await loseKeys('root', 1);
    const unnamed = await changeRoot(ctx, { role: 'timestamp', retire: [], make: 1, offline: [], reason: 'A test' });
    assert.ok(isRefusal(unnamed) && unnamed.code === 'trust.cannot-sign', 'while nobody says that it is lost');
    const made = given(await changeRoot(ctx, { role: 'root', retire: [lost], make: 1, offline: [], reason: 'Lost' }));
    assert.equal(made.state, 'published');
    await publishTrust(ctx);
    assert.ok(await seen());
    assert.equal((await loadTrustKeys(ctx.db, 'root')).length, 3);
    await rotate('timestamp');
    await publishTrust(ctx);
    assert.ok(await seen());
  });

  it('Too many root keys are lost: what is published lives on; another repository is trusted by nobody unasked', async () => {
    const lost = await loseKeys('root', 2);
    const stuck = given(
      await changeRoot(ctx, { role: 'root', retire: lost, make: 2, offline: [], reason: 'Two are lost' }),
    );
    assert.equal(stuck.state, 'draft', 'one signature of the old root is too few');
    await publishTrust(ctx, { force: true });
    assert.ok(await seen(), 'the other keys go on signing');
    const first = await fileOf('1.root.json');
    const rootSha256 = createHash('sha256').update(first).digest('hex');
    const wrong = await startTrustAnew(ctx, { rootSha256: '0'.repeat(64), reason: 'A slip' });
    assert.ok(isRefusal(wrong) && wrong.code === 'trust.fingerprint-wrong');
    const slip = await house.app.request('/settings/trust', {
      method: 'POST',
      body: new URLSearchParams({ do: 'anew', rootSha256: 'ab', anewReason: '' }),
      headers: { cookie: await house.signIn('administrator'), origin: 'http://localhost:3000' },
    });
    assert.equal(slip.status, 422);
    assert.match(await slip.text(), /A fingerprint has 64 hexadecimal digits/);
    const no = await startTrustAnew(await house.staff('quality'), { rootSha256, reason: 'Not theirs to do' });
    assert.ok(isRefusal(no) && no.code === 'forbidden');
    given(await startTrustAnew(ctx, { rootSha256, reason: 'Two of three root keys are lost' }));
    assert.equal(await online('timestamp.json'), undefined);
    await publishTrust(ctx);
    await assert.rejects(seen(), Error, 'who trusts the old root follows no other');
    const next = await fileOf('1.root.json');
    assert.notDeepEqual(next, first);
    assert.ok(await seen(trusting(next)), 'who was given the new one does');
    const event = await ctx.db
      .selectFrom('event')
      .select(['reason', 'before'])
      .where('action', '=', 'trust.anew')
      .executeTakeFirstOrThrow();
    assert.equal(event.reason, 'Two of three root keys are lost');
    const kept = await ctx.db.selectFrom('tuf_key').selectAll().where('retired_at', 'is not', null).execute();
    assert.ok(kept.length >= 7 && kept.every((key) => key.sealed === null));
  });

  it('A key leaked: timestamp, snapshot and targets, in three roots', async () => {
    for (const role of ['targets', 'snapshot', 'timestamp'] as const) await rotate(role);
    await publishTrust(ctx);
    assert.ok(await seen());
    assert.ok(await online('4.root.json'));
  });

  it('`TRUST_SECRET` is lost: with root keys offline, every other key is made anew under another secret', async () => {
    const keepers = await putOffline();
    await publishTrust(ctx);
    ctx = { ...ctx, trust: storedTrustKeys(Buffer.alloc(32, 4), cheap) };
    await assert.rejects(publishTrust(ctx, { force: true }), /TRUST_SECRET/);
    for (const role of ['targets', 'snapshot', 'timestamp'] as const) await rotate(role, keepers.slice(1));
    given(await rotateProductKey(ctx, { role: PRODUCT, reason: 'Its secret is lost' }));
    await publishTrust(ctx, { force: true });
    assert.ok(await seen());
  });

  it('The secret changes: root offline first, then the secret, then every other key', async () => {
    const keepers = await putOffline();
    await publishTrust(ctx);
    assert.ok(await seen(), 'as before the change');
    ctx = { ...ctx, trust: storedTrustKeys(Buffer.alloc(32, 5), cheap) };
    for (const role of ['timestamp', 'targets', 'snapshot'] as const) await rotate(role, keepers.slice(0, 2));
    given(await rotateProductKey(ctx, { role: PRODUCT, reason: 'Another secret' }));
    await publishTrust(ctx, { force: true });
    assert.ok(await seen());
  });

  it('Put the root keys offline: no key here can make another root', async () => {
    const keepers = await putOffline();
    await publishTrust(ctx);
    assert.ok(await seen());
    const waiting = given(
      await changeRoot(ctx, { role: 'snapshot', retire: [], make: 1, offline: [], reason: 'A test' }),
    );
    assert.equal(waiting.state, 'draft');
    await signAll(keepers.slice(0, 2));
    await publishTrust(ctx);
    assert.ok(await seen());
  });

  it('The secret of confirmation codes changes: old tickets end, new ones go on', async () => {
    const { id: correctionId } = await ctx.db
      .selectFrom('correction')
      .select('id')
      .where('party_id', '=', gate.people.owner.partyId)
      .executeTakeFirstOrThrow();
    const { sha256 } = await ctx.db.selectFrom('package').select('sha256').executeTakeFirstOrThrow();
    const support = await house.staff('support');
    const { serial } = await ctx.db
      .selectFrom('unit')
      .select('serial')
      .where('id', '=', gate.people.owner.unitId ?? 0)
      .executeTakeFirstOrThrow();
    const doneOn = support.now().toISOString().slice(0, 10);
    const codeBy = async (who: Context) => {
      const ticket = given(await issueTicket(who, { correctionId, replace: '' }));
      const key = readTicketKey(ticket.key);
      assert.ok(!('fault' in key));
      const facts = { ticket: ticket.number, result: 'done', backedUp: true, doneOn } as const;
      return computeCode(key, facts, { serial, environment: 'Dx', sha256 });
    };
    const before = await codeBy(support);
    const changed = { ...support, settings: { ...support.settings, secret: Buffer.alloc(32, 77) } };
    const refused = await enterCode(changed, { code: before });
    assert.ok(isRefusal(refused), 'no code of an old ticket is taken');
    const after = await codeBy(changed);
    assert.notEqual(after, before);
    assert.equal(given(await enterCode(changed, { code: after })).result, 'done');
  });
});

describe('each procedure of docs/keys.md', () => {
  it('has a test here', () => {
    const own = readFileSync(join(root, 'test/trust-loss.test.ts'), 'utf8');
    const headings = [...readFileSync(join(root, 'docs/keys.md'), 'utf8').matchAll(/^## (.+)$/gm)];
    assert.ok(headings.length >= 8);
    for (const [, heading = ''] of headings) assert.ok(own.includes(`it('${heading}:`), heading);
  });
});
