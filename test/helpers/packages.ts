import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderPackages, type PackageStore } from '../../src/adapters/packages.ts';
import { storedTrustKeys, type TrustKeys } from '../../src/adapters/tuf.ts';
import { samplePassword } from '../../src/app/accounts.ts';
import { type Context, transact } from '../../src/app/context.ts';
import { sendDueDeliveries } from '../../src/app/delivery-send.ts';
import { requestCode } from '../../src/app/download-codes.ts';
import { grantDownload } from '../../src/app/downloads.ts';
import { ensureLinks, linkToken } from '../../src/app/links.ts';
import { appendUpload, beginUpload } from '../../src/app/package-uploads.ts';
import { addPackage, hashOf, signPackage } from '../../src/app/packages.ts';
import { publishTrust } from '../../src/app/trust.ts';
import type { Role } from '../../src/domain/actor.ts';
import { isRefusal, type Refusal } from '../../src/domain/refusal.ts';

const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone when the tests end. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fieldfix-packages-'));
  folders.push(folder);
  return folder;
}

/** scrypt as weak as it goes: tests seal many keys. */
const cheap = { N: 2, r: 1, p: 1 };

/** A package store and keys for tests; both come to be when they are first used. */
export function testPackages(): { packages: PackageStore; trust: TrustKeys } {
  let store: PackageStore | undefined;
  const opened = (): PackageStore => {
    store ??= folderPackages(temporaryFolder());
    return store;
  };
  const packages = new Proxy({} as PackageStore, {
    get: (_, name) => Reflect.get(opened(), name),
    has: (_, name) => Reflect.has(opened(), name),
  });
  return { packages, trust: storedTrustKeys(Buffer.alloc(32, 9), cheap) };
}

/** What a gate stands on: one action with a remedy, parties of every kind, and a contact with a link at each. */
export interface Gate {
  actionId: number;
  remedyId: number;
  productCode: string;
  /** By name: `owner`, `other` (owner of another unit), `stranger` (no unit), `distributor`, `authority`. */
  people: Record<'owner' | 'other' | 'stranger' | 'distributor' | 'authority', Person>;
}

export interface Person {
  partyId: number;
  contactId: number;
  linkId: number;
  token: string;
  email: string;
  unitId?: number;
}

const AT = new Date('2022-05-01T00:00:00Z');

/** Plants the field of a gate; the action is released and its remedy has one correction for each owner. */
export async function plantGate(ctx: Context, reference = 'FSN-GATE-1'): Promise<Gate> {
  const { db } = ctx;
  const short = reference.toLowerCase();
  const productCode = `NB ${reference}`;
  const product = await one(
    db.insertInto('product').values({ code: productCode, name: 'NextBench 550', kind: 'instrument', created_at: AT }),
  );
  const environment = await one(
    db.insertInto('environment').values({ product_id: product, code: 'Dx', name: 'Diagnostic mode', position: 1 }),
  );
  const action = await one(
    db.insertInto('action').values({
      reference,
      title: 'Patch of the run manager',
      stage: 'released',
      stage_since: AT,
      released_at: AT,
      aware_on: null,
      reportability_aware_on: null,
      embargo_until: null,
      predecessor_id: null,
      facts: JSON.stringify({ 'manufacturer.name': 'Muster Sequencing', 'contact.phone': '+49 30 1234' }),
      created_at: AT,
      changed_at: AT,
    }),
  );
  await db.insertInto('action_environment').values({ action_id: action, environment_id: environment }).execute();
  const remedy = await one(
    db.insertInto('remedy').values({
      action_id: action,
      position: 1,
      kind: 'interim-patch',
      name: 'Patch 1.0',
      prerequisites: ['Back up your data.'],
      side_effects: ['Remote access stops.'],
      status: 'available',
      created_at: AT,
    }),
  );
  const names = ['owner', 'other', 'stranger', 'distributor', 'authority'] as const;
  const people = {} as Gate['people'];
  for (const name of names) {
    const kind = name === 'distributor' || name === 'authority' ? name : 'customer';
    const party = await one(
      db.insertInto('party').values({
        ref: `${short}-${name}`,
        name: `Labor ${name}`,
        country: 'DE',
        kind,
        distributor_id: null,
        created_at: AT,
        changed_at: AT,
      }),
    );
    const site = await one(
      db.insertInto('site').values({
        ref: `${short}-${name}`,
        party_id: party,
        name: 'Laboratory',
        country: 'DE',
        created_at: AT,
        changed_at: AT,
      }),
    );
    const email = `${name}@${short}.example`;
    const contact = await one(
      db.insertInto('contact').values({
        party_id: party,
        site_id: site,
        key: email,
        name: `Kim ${name}`,
        role: 'recall',
        languages: ['en'],
        email,
        channel: 'email',
        replaced_by: null,
        created_at: AT,
        changed_at: AT,
      }),
    );
    const links = await transact(ctx, (tx) =>
      ensureLinks(tx, { ...ctx, now: () => AT }, action, [{ contactId: contact, partyId: party }]),
    );
    const linkId = links.get(contact) ?? 0;
    const token = linkToken(ctx.settings.secret, linkId);
    people[name] = { partyId: party, contactId: contact, linkId, token, email };
    if (name !== 'owner' && name !== 'other') continue;
    const unit = await one(
      db.insertInto('unit').values({
        kind: 'serial',
        product_id: product,
        site_id: site,
        party_id: party,
        serial: `${reference}-${name}`,
        serial_key: name,
        shipped_on: null,
        connected: true,
        isolated_at: null,
        import_id: null,
        import_row: null,
        sold_through_id: null,
        created_at: AT,
        changed_at: AT,
      }),
    );
    people[name].unitId = unit;
    await db
      .insertInto('correction')
      .values({
        action_id: action,
        unit_id: unit,
        environment_id: environment,
        remedy_id: remedy,
        product_id: product,
        party_id: party,
        site_id: site,
        country: 'DE',
        state_since: AT,
        because_id: null,
        created_at: AT,
      })
      .execute();
  }
  return { actionId: action, remedyId: remedy, productCode, people };
}

async function one(query: { returningAll(): { executeTakeFirstOrThrow(): Promise<{ id: number }> } }) {
  return (await query.returningAll().executeTakeFirstOrThrow()).id;
}

/** The contact of a gate as the actor of use cases. */
export function asPerson(ctx: Context, person: Person): Context {
  const { linkId, contactId, partyId } = person;
  return { ...ctx, actor: { kind: 'contact', linkId, contactId, partyId, name: 'Kim' } };
}

/** Bytes that are the same every time and compress badly. */
export function sampleBytes(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed >>> 0;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** Bytes as a source in pieces. */
export async function* inPieces(bytes: Buffer, piece = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}

/** What a use case gave, or the test ends with why it refused. */
export function given<T>(result: T | Refusal): T {
  if (isRefusal(result)) throw new Error(`refused: ${result.code} ${JSON.stringify(result.params)}`);
  return result;
}

const credential = { password: samplePassword };

/** Adds a package with these bytes and has it signed by two people: it is released. */
export async function releasePackage(
  house: { staff(role: Role): Promise<Context> },
  remedyId: number,
  bytes: Buffer,
  more: { version?: string; fileName?: string; publish?: boolean } = {},
): Promise<number> {
  const quality = await house.staff('quality');
  const regulatory = await house.staff('regulatory');
  const { id } = given(
    await addPackage(quality, remedyId, {
      version: more.version ?? '1.0',
      fileName: more.fileName ?? 'patch.msi',
      sha256: '',
      sha512: '',
    }),
  );
  const upload = given(await beginUpload(quality, id, { fileName: 'patch.msi', length: bytes.length, sha256: '' }));
  given(await appendUpload(quality, upload.id, 0, inPieces(bytes)));
  await signBoth(quality, regulatory, id);
  if (more.publish !== false) await publishTrust(quality);
  return id;
}

/** Signs a package by both. */
export async function signBoth(quality: Context, regulatory: Context, packageId: number): Promise<void> {
  for (const [ctx, as] of [
    [quality, 'quality'],
    [regulatory, 'regulatory'],
  ] as const) {
    const contentHash = await hashOfPackage(ctx, packageId);
    given(await signPackage(ctx, packageId, { as, contentHash, credential }));
  }
}

/** What a signature under the package covers now. */
export async function hashOfPackage(ctx: Context, packageId: number): Promise<string> {
  const row = await ctx.db.selectFrom('package').selectAll().where('id', '=', packageId).executeTakeFirstOrThrow();
  return hashOf(row);
}

/** The newest code that was sent to a person, read out of the mailbox as a person would. */
export async function readCode(ctx: Context, person: Person): Promise<string> {
  await sendDueDeliveries(ctx);
  const message = await ctx.db
    .selectFrom('mailbox_message')
    .select('raw')
    .where('recipient', '=', person.email)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  const mail = await ctx.mailer.read(message.raw);
  const code = /\b(\d{4} \d{4})\b/.exec(mail.text ?? '')?.[1];
  if (!code) throw new Error(`No code in: ${mail.text}`);
  return code;
}

/** Takes a person through the gate. @returns the path of the file */
export async function passGate(
  ctx: Context,
  person: Person,
  packageId: number,
): Promise<{ token: string; id: number }> {
  const own = asPerson(ctx, person);
  given(await requestCode(own, { packageId }));
  return given(await grantDownload(own, { packageId, code: await readCode(ctx, person) }));
}
