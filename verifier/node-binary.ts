/**
 * The Node that an executable is made from: the one this runs on, one that npm has installed, or the package of another
 * system fetched once and held against the hash in package-lock.json.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { VerifierTarget } from '../src/adapters/verifier.ts';
import { StartError } from '../src/domain/start-error.ts';

const root = join(import.meta.dirname, '..');
const BLOCK = 512;

const fileOf = (target: VerifierTarget): string => (target.startsWith('win-') ? 'bin/node.exe' : 'bin/node');

/** Node's license: beside the Node this runs on, as npm and Node's own archives lay it. One version has one license. */
export function nodeLicense(): string | undefined {
  return ['LICENSE', '../LICENSE']
    .map((name) => join(dirname(process.execPath), name))
    .find((path) => existsSync(path));
}

/** Whether an executable for this system can be made without any network. */
export function isHere(target: VerifierTarget): boolean {
  return target === `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
}

/** What package-lock.json says of a package: its version, and the hash npm checks it by. */
function lockedPackage(name: string): { version: string; integrity: string } {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; integrity: string } | undefined>;
  };
  const locked = lock.packages[`node_modules/${name}`];
  if (!locked) throw new Error(`package-lock.json does not name ${name}`);
  return locked;
}

/** Where the Node of a system was kept; undefined while it was never fetched. */
export function keptNode(target: VerifierTarget): string | undefined {
  const name = `node-${target}`;
  const installed = join(root, 'node_modules', name, fileOf(target));
  if (existsSync(installed)) return installed;
  const kept = cachePath(target);
  return existsSync(kept) ? kept : undefined;
}

function cachePath(target: VerifierTarget): string {
  const name = `node-${target}`;
  return join(root, '.cache/node', `${name}-${lockedPackage(name).version}`, fileOf(target));
}

/**
 * The path of the Node of a system.
 * @throws StartError when npm cannot fetch it, or what came is not what the lock names
 */
export function findNode(target: VerifierTarget): string {
  if (isHere(target)) return process.execPath;
  return keptNode(target) ?? fetchNode(target);
}

function fetchNode(target: VerifierTarget): string {
  const name = `node-${target}`;
  const { version, integrity } = lockedPackage(name);
  const kept = cachePath(target);
  mkdirSync(dirname(kept), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache/fetch-'));
  try {
    const npm = process.env.npm_execpath;
    const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
    const args = [...first, 'pack', `${name}@${version}`, '--silent', '--pack-destination', folder];
    const done = spawnSync(command, args, {
      encoding: 'utf8',
      shell: process.platform === 'win32' && command === 'npm',
    });
    const packed = join(folder, `${name}-${version}.tgz`);
    if (done.status !== 0 || !existsSync(packed))
      throw new StartError(`npm could not fetch ${name} ${version}: ${done.error?.message ?? done.stderr}`);
    const binary = openPackage(readFileSync(packed), integrity, fileOf(target));
    const fresh = join(folder, 'node');
    writeFileSync(fresh, binary, { mode: 0o755 });
    renameSync(fresh, kept);
    return kept;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * One file of a package as npm packs it.
 * @param integrity `sha512-…` as package-lock.json has it
 * @throws StartError when the package is another one, or the file is not in it
 */
export function openPackage(packed: Buffer, integrity: string, file: string): Buffer {
  const [algorithm = '', expected] = integrity.split('-', 2);
  if (createHash(algorithm).update(packed).digest('base64') !== expected)
    throw new StartError('What npm brought is not what package-lock.json names. Nothing was built from it.');
  const found = readTarFile(gunzipSync(packed), `package/${file}`);
  if (!found) throw new StartError(`The package holds no ${file}.`);
  return found;
}

/** One file of a tar archive, as npm packs them; undefined when it is not in it. */
function readTarFile(tar: Buffer, wanted: string): Buffer | undefined {
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const name = tar.toString('utf8', at, at + 100).replace(/\0.*$/s, '');
    if (name === '') return undefined;
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8) || 0;
    if (name === wanted) return tar.subarray(at + BLOCK, at + BLOCK + size);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return undefined;
}

const PE_HEADER_AT = 0x3c;
/** From the PE signature to the optional header. */
const OPTIONAL_HEADER = 24;
/** Where the data directories of a 64-bit program start in it, and which of them is the signature. */
const DIRECTORIES = 112;
const SIGNATURE = 4;

/**
 * A Windows program without its maker's signature, which no longer fits once something was put into it, and would stand
 * where the operator's own belongs. The same bytes when it has none.
 */
export function removeSignature(program: Buffer): Buffer {
  const header = program.readUInt32LE(PE_HEADER_AT);
  const entry = header + OPTIONAL_HEADER + DIRECTORIES + SIGNATURE * 8;
  const at = program.readUInt32LE(entry);
  const size = program.readUInt32LE(entry + 4);
  if (at === 0) return program;
  if (at + size !== program.length) throw new Error('The signature does not stand at the end of the program');
  const bare = Buffer.from(program.subarray(0, at));
  bare.fill(0, entry, entry + 8);
  return bare;
}
