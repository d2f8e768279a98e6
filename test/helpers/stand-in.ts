/** A stand-in instrument with its kit, and the verifier started on it as a person does. */
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import {
  buildInstrument,
  type Instrument,
  OUTSIDE,
  standInManifest,
  standInPatch,
} from '../../sample/instrument/instrument.ts';
import type { Context, Database } from '../../src/app/context.ts';
import { makeKitFile } from '../../src/app/kit-files.ts';
import { prepareKit, requestKit, requestKitInput } from '../../src/app/kits.ts';
import { appendUpload, beginUpload } from '../../src/app/package-uploads.ts';
import { addPackage, changePackage } from '../../src/app/packages.ts';
import { publishTrust } from '../../src/app/trust.ts';
import type { PackageManifest } from '../../src/domain/package-manifest.ts';
import type { House } from './house.ts';
import { type Gate, given, inPieces, plantGate, signBoth, temporaryFolder } from './packages.ts';

/** Gives the unit of a correction another mode with a correction of its own. @returns the new correction */
export async function addMode(db: Database, correctionId: number, code: string): Promise<number> {
  const like = await db
    .selectFrom('correction')
    .select(['action_id', 'unit_id', 'remedy_id', 'product_id', 'party_id', 'site_id', 'country'])
    .select(['state_since', 'because_id', 'created_at'])
    .where('id', '=', correctionId)
    .executeTakeFirstOrThrow();
  const mode =
    (await db
      .selectFrom('environment')
      .select('id')
      .where('product_id', '=', like.product_id)
      .where('code', '=', code)
      .executeTakeFirst()) ??
    (await db
      .insertInto('environment')
      .values({ product_id: like.product_id, code, name: `${code} mode`, position: 2 })
      .returning('id')
      .executeTakeFirstOrThrow());
  const { id } = await db
    .insertInto('correction')
    .values({ ...like, environment_id: mode.id })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

export interface StandIn {
  gate: Gate;
  support: Context;
  instrument: Instrument;
  packageId: number;
  /** Of the owner's instrument, by mode. */
  corrections: Record<'Dx' | 'RUO', number>;
  kitId: number;
}

/**
 * Plants an action with an instrument of two modes, releases the stand-in's patch for it, and asks for a kit.
 * @param change what its manifest says besides, or instead
 */
export async function plantStandIn(
  house: House,
  reference: string,
  change: Partial<PackageManifest> = {},
): Promise<StandIn> {
  const gate = await plantGate(house.ctx, reference);
  const { db } = house.ctx;
  await db
    .updateTable('link')
    .set({ expires_at: new Date('2099-01-01') })
    .execute();
  const instrument = await buildInstrument(temporaryFolder());
  const dx = await db
    .selectFrom('correction')
    .select('id')
    .where('party_id', '=', gate.people.owner.partyId)
    .executeTakeFirstOrThrow();
  const corrections = { Dx: dx.id, RUO: await addMode(db, dx.id, 'RUO') };
  const quality = await house.staff('quality');
  const fileName = 'patch.sh';
  const { id } = given(await addPackage(quality, gate.remedyId, { version: '1.0', fileName, sha256: '', sha512: '' }));
  const upload = given(await beginUpload(quality, id, { fileName, length: standInPatch.length, sha256: '' }));
  given(await appendUpload(quality, upload.id, 0, inPieces(standInPatch)));
  const manifest = { ...standInManifest(instrument.port), ...change };
  given(await changePackage(quality, id, { manifest, instructions: { en: 'Do it.' } }));
  await signBoth(quality, await house.staff('regulatory'), id);
  await publishTrust(quality);
  const support = await house.staff('support');
  const asked = requestKitInput.parse({ correctionIds: Object.values(corrections), note: 'By post.' });
  const kit = given(await requestKit(support, asked));
  return { gate, support, instrument, packageId: id, corrections, kitId: kit.id };
}

/** A prepared kit as the bytes of its ZIP. */
export async function zipOf(support: Context, kitId: number): Promise<Buffer> {
  const file = given(await makeKitFile(support, kitId));
  const parts: Uint8Array[] = [];
  for await (const part of file.bytes) parts.push(part);
  return Buffer.concat(parts);
}

/** Unpacks a kit as a person does. @returns the folder */
export function unpackKit(bytes: Buffer): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(unzipSync(bytes))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
    if (/^verifier\/[^.]+$|\.sh$/.test(name)) chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

/** Prepares the kit and unpacks it. */
export async function takeKit({ support, kitId }: StandIn): Promise<string> {
  given(await prepareKit(support, kitId));
  return unpackKit(await zipOf(support, kitId));
}

/** A copy of a kit, to be spoilt. */
export function copyKit(folder: string): string {
  const copy = temporaryFolder();
  cpSync(folder, copy, { recursive: true });
  return copy;
}

export interface Run {
  status: number | null;
  out: string;
  /** The code on the screen, or nothing. */
  code: string;
}

/** Starts a program on the stand-in's disk with these answers typed, and waits for its end. */
export function runOn(
  instrument: Instrument,
  program: string,
  args: readonly string[],
  answers: readonly string[],
  env: Record<string, string> = {},
): Promise<Run> {
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH, INSTRUMENT_DISK: instrument.disk(), ...env },
  });
  child.stdin.end(answers.map((line) => `${line}\n`).join(''));
  let out = '';
  child.stdout.on('data', (part) => (out += String(part)));
  child.stderr.on('data', (part) => (out += String(part)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) =>
      resolve({ status, out, code: /\b(?:[0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}\b/.exec(out)?.[0] ?? '' }),
    );
  });
}

/**
 * Starts the script of a kit under Node.
 * @param more.shift days that the machine's clock is wrong by
 */
export function runScript(
  instrument: Instrument,
  kit: string,
  answers: readonly string[],
  more: { args?: string[]; shift?: number } = {},
): Promise<Run> {
  const shim = join(temporaryFolder(), 'clock.cjs');
  writeFileSync(
    shim,
    `const Real = Date; const by = ${(more.shift ?? 0) * 86_400_000};
       global.Date = class extends Real { constructor(...a) { a.length ? super(...a) : super(Real.now() + by); } static now() { return Real.now() + by; } };`,
  );
  const script = join(kit, 'verifier/fieldfix-verifier.js');
  const args = ['--require', shim, script, '--language', 'en', '--outside', OUTSIDE, ...(more.args ?? [])];
  // Another Node can be named, e.g. the oldest that instruments have.
  return runOn(instrument, process.env.VERIFIER_NODE ?? process.execPath, args, answers);
}
