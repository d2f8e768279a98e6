/** The verifier as an executable: made here, and run on the stand-in from a kit, with no Node anywhere. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { OUTSIDE } from '../sample/instrument/instrument.ts';
import { openKitMaker } from '../src/adapters/kit.ts';
import { NODE_LICENSE, type VerifierTarget, verifierPrograms } from '../src/adapters/verifier.ts';
import { buildProgram, runBuild } from '../verifier/build.ts';
import { isHere, keptNode, openPackage, removeSignature } from '../verifier/node-binary.ts';
import { openHouse } from './helpers/house.ts';
import { temporaryFolder } from './helpers/packages.ts';
import { plantStandIn, runOn, takeKit } from './helpers/stand-in.ts';

const here = (Object.keys(verifierPrograms) as VerifierTarget[]).find(isHere);
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
/** What Node turns from 0 to 1 where a script was put into it. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:';

/** A Windows program of nothing but headers, with a signature of `signed` bytes at its end. */
function windowsProgram(signed: number): Buffer {
  const program = Buffer.alloc(512 + signed, 1);
  program.fill(0, 0, 512);
  program.writeUInt32LE(128, 0x3c);
  if (signed > 0) {
    program.writeUInt32LE(512, 128 + 24 + 112 + 4 * 8);
    program.writeUInt32LE(signed, 128 + 24 + 112 + 4 * 8 + 4);
  }
  return program;
}

/** A tar archive as npm packs one. */
function tar(files: Record<string, Buffer>): Buffer {
  const blocks = Object.entries(files).flatMap(([name, bytes]) => {
    const head = Buffer.alloc(512);
    head.write(name, 0);
    head.write(bytes.length.toString(8).padStart(11, '0'), 124);
    return [head, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1_024)]);
}

describe('the making of a program', () => {
  it('takes the signature off a program of Windows, and leaves the rest', () => {
    const bare = removeSignature(windowsProgram(64));
    assert.equal(bare.length, 512);
    assert.deepEqual(bare, windowsProgram(0));
    assert.deepEqual(removeSignature(bare), bare);
    assert.throws(() => removeSignature(Buffer.concat([windowsProgram(64), Buffer.alloc(1)])), /at the end/);
  });

  it('takes the program out of the package that the lock names, and of no other', () => {
    const packed = gzipSync(
      tar({ 'package/README.md': Buffer.alloc(600, 2), 'package/bin/node': Buffer.from('program') }),
    );
    const integrity = `sha512-${createHash('sha512').update(packed).digest('base64')}`;
    assert.equal(openPackage(packed, integrity, 'bin/node').toString(), 'program');
    assert.throws(() => openPackage(packed, integrity, 'bin/node.exe'), /holds no bin\/node\.exe/);
    const other = gzipSync(tar({ 'package/bin/node': Buffer.from('another') }));
    assert.throws(() => openPackage(other, integrity, 'bin/node'), /not what package-lock\.json names/);
    const cut = packed.subarray(0, -5);
    assert.throws(() => openPackage(cut, integrity, 'bin/node'), /not what package-lock\.json names/);
  });

  it('names the systems it knows', async () => {
    assert.equal(await runBuild(['solaris'], temporaryFolder()), 2);
  });

  it('makes one for Windows, wherever it runs', { timeout: 60_000 }, async (t) => {
    // No test fetches anything: this one needs `fieldfix verifier win-x64` to have run here once.
    if (!keptNode('win-x64')) return t.skip('the Node of Windows was never fetched here');
    const path = await buildProgram('win-x64', temporaryFolder());
    const program = readFileSync(path);
    assert.equal(program.toString('latin1', 0, 2), 'MZ');
    assert.ok(program.includes(`${FUSE}1`), 'it starts the script');
    assert.ok(program.includes(Buffer.from('NODE_SEA_BLOB', 'utf16le')), 'the script is a resource');
    assert.deepEqual(removeSignature(program), program, 'no signature is left that does not fit');
    return undefined;
  });
});

const skip =
  here === undefined
    ? 'none can be made for this system'
    : process.env.TEST_DATABASE === 'postgresql' && 'a program knows no database: once is enough';

describe('the verifier as a program', { skip }, () => {
  let built = '';
  it('V1, V6, V9: goes from the stick to the code without any Node', { timeout: 120_000 }, async () => {
    const folder = temporaryFolder();
    assert.ok(here);
    const program = await buildProgram(here, folder);
    built = sha256(readFileSync(program));
    assert.deepEqual(readdirSync(folder).sort(), [NODE_LICENSE, verifierPrograms[here]], 'nothing else is left there');
    const house = await openHouse();
    house.ctx.kits = openKitMaker(folder);
    const standIn = await plantStandIn(house, 'FSN-PROGRAM');
    const { instrument } = standIn;
    try {
      const kit = await takeKit(standIn);
      const inKit = join(kit, 'verifier', verifierPrograms[here]);
      assert.equal(sha256(readFileSync(inKit)), built);
      assert.ok(readFileSync(join(kit, 'SHA256SUMS.txt'), 'utf8').includes(built));
      assert.match(
        readFileSync(join(kit, 'verifier/LICENSES.txt'), 'utf8'),
        /Node\.js\n\n[\s\S]*Copyright Node\.js contributors/,
      );
      await instrument.boot('Dx');
      // What NODE_OPTIONS says on somebody's machine is not the verifier's business.
      const env = { NODE_OPTIONS: '--require /nowhere.js', LANG: 'de_DE.UTF-8', PATH: '/usr/bin:/bin' };
      const first = await runOn(instrument, join(kit, 'start.sh'), ['--outside', OUTSIDE], ['ja', 'ja', 'ja'], env);
      assert.equal(first.status, 0, first.out);
      assert.match(first.out, /Das Paket ist echt/);
      assert.match(first.code, /^([0-9A-Z]{5}-){3}[0-9A-Z]{5}$/);
      assert.deepEqual(await instrument.reach(), { inside: 'open', outside: 'closed' });
      await instrument.boot('RUO');
      const second = await runOn(instrument, inKit, ['--outside', OUTSIDE], ['ja', 'ja', 'fertig'], env);
      assert.equal(second.status, 1, 'nothing was installed in this mode');
      assert.match(second.out, /NICHT IN ORDNUNG/);
    } finally {
      await instrument.stop();
      await house.close();
    }
    assert.deepEqual(house.errors, []);
  });

  it('V9: comes out the same byte for byte', { timeout: 60_000 }, async () => {
    assert.ok(here);
    const again = await buildProgram(here, temporaryFolder());
    assert.equal(sha256(readFileSync(again)), built);
    assert.equal(statSync(again).mode & 0o111, 0o111);
  });
});
