/**
 * The package against the signed metadata of the kit, without a network: the chain of roots, then timestamp, snapshot,
 * targets and the role of the product, each signed by the one before, none expired, each with the length and hash that the
 * one above it names (TUF 1.0, section 5).
 */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Metadata, MetadataKind, type Root, type Snapshot, type Targets, type Timestamp } from '@tufjs/models';
import { type Kit, plainName, Stop } from './kit.ts';

type Signed = Root | Snapshot | Targets | Timestamp;
type MetaFile = { version: number; length?: number; hashes?: Record<string, string> };
type SignedJson = {
  signed: {
    _type: string;
    version: number;
    meta?: Record<string, MetaFile>;
    targets?: Record<string, { length: number; hashes: Record<string, string>; custom?: Record<string, unknown> }>;
  };
};
type Verifier = { verifyDelegate(role: string, metadata: unknown): void };

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** What the metadata says of the package. */
export interface Proven {
  sha256: string;
  length: number;
  /** SHA-256 of manifest.json. */
  manifestSha256: string;
}

function read(folder: string, name: string): Buffer {
  try {
    return readFileSync(join(folder, 'metadata', plainName(name)));
  } catch {
    throw new Stop('kit-broken', { file: `metadata/${name}` });
  }
}

function parse(
  kind: MetadataKind,
  bytes: Buffer,
  name: string,
): { metadata: Metadata<Signed>; json: SignedJson['signed'] } {
  try {
    const json = JSON.parse(bytes.toString('utf8')) as SignedJson;
    const from = Metadata.fromJSON as unknown as (kind: MetadataKind, data: unknown) => Metadata<Signed>;
    return { metadata: from(kind, json), json: json.signed };
  } catch {
    throw new Stop('kit-broken', { file: `metadata/${name}` });
  }
}

/** The role's own keys have signed it, enough of them. `file`: what it is called in the kit. */
function demand(role: Verifier, name: string, metadata: unknown, file: string): void {
  try {
    role.verifyDelegate(name, metadata);
  } catch {
    throw new Stop('forged', { file });
  }
}

function fresh(metadata: Metadata<Signed>, now: Date): void {
  if (metadata.signed.isExpired(now))
    throw new Stop('expired', { day: metadata.signed.expires.slice(0, 10), today: now.toISOString().slice(0, 10) });
}

function below(
  folder: string,
  meta: Record<string, MetaFile> | undefined,
  role: string,
): { bytes: Buffer; name: string } {
  const file = meta?.[`${role}.json`];
  if (!file) throw new Stop('forged', { file: role });
  const name = `${file.version}.${role}.json`;
  const bytes = read(folder, name);
  if (file.length !== undefined && bytes.length < file.length)
    throw new Stop('cut-off', { file: name, has: String(bytes.length), length: String(file.length) });
  if ((file.length !== undefined && file.length !== bytes.length) || file.hashes?.sha256 !== sha256(bytes))
    throw new Stop('forged', { file: name });
  return { bytes, name };
}

/** The newest root of the kit: each is signed by the one before and by itself. @returns it and the first one's hash */
function walkRoots(folder: string, kit: Kit): Metadata<Root> {
  const first = read(folder, '1.root.json');
  // What is no metadata at all was cut off or damaged, and is told apart from what somebody changed.
  let root = parse(MetadataKind.Root, first, '1.root.json').metadata as Metadata<Root>;
  if (sha256(first) !== kit.rootSha256) throw new Stop('forged', { file: '1.root.json' });
  demand(root, 'root', root, '1.root.json');
  for (let version = 2; ; version++) {
    let bytes: Buffer;
    try {
      bytes = readFileSync(join(folder, 'metadata', `${version}.root.json`));
    } catch {
      return root;
    }
    const next = parse(MetadataKind.Root, bytes, `${version}.root.json`).metadata as Metadata<Root>;
    demand(root, 'root', next, `${version}.root.json`);
    demand(next, 'root', next, `${version}.root.json`);
    if (next.signed.version !== version) throw new Stop('forged', { file: `${version}.root.json` });
    root = next;
  }
}

/**
 * What the signed metadata of a kit says of its package.
 * @throws Stop when a signature, a hash or a date is not in order
 */
export function proveMetadata(folder: string, kit: Kit, now: Date): Proven {
  const root = walkRoots(folder, kit);
  fresh(root as unknown as Metadata<Signed>, now);
  const timestamp = parse(MetadataKind.Timestamp, read(folder, 'timestamp.json'), 'timestamp.json');
  demand(root, 'timestamp', timestamp.metadata, 'timestamp.json');
  fresh(timestamp.metadata, now);
  const snapshotFile = below(folder, timestamp.json.meta, 'snapshot');
  const snapshot = parse(MetadataKind.Snapshot, snapshotFile.bytes, snapshotFile.name);
  demand(root, 'snapshot', snapshot.metadata, snapshotFile.name);
  fresh(snapshot.metadata, now);
  const targetsFile = below(folder, snapshot.json.meta, 'targets');
  const targets = parse(MetadataKind.Targets, targetsFile.bytes, targetsFile.name);
  demand(root, 'targets', targets.metadata, targetsFile.name);
  fresh(targets.metadata, now);
  for (const path of kit.targets) {
    const role = path.split('/')[0] ?? '';
    const file = below(folder, snapshot.json.meta, role);
    const own = parse(MetadataKind.Targets, file.bytes, file.name);
    demand(targets.metadata as unknown as Verifier, role, own.metadata, file.name);
    fresh(own.metadata, now);
    const target = own.json.targets?.[path];
    if (!target || path.split('/').pop() !== kit.file) continue;
    return {
      sha256: target.hashes.sha256 ?? '',
      length: target.length,
      manifestSha256: String(target.custom?.manifestSha256 ?? ''),
    };
  }
  throw new Stop('forged', { file: kit.file });
}

/** SHA-256 of a file of any size, hexadecimal. */
export function hashFile(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    createReadStream(path)
      .on('data', (chunk) => hash.update(chunk))
      .on('error', reject)
      .on('end', () => resolve(hash.digest('hex')));
  });
}
