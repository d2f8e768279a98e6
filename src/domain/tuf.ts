/**
 * The signed repository (The Update Framework 1.0) as values: what each role says, the bytes that are signed, the file that
 * is served. Made with @tufjs/models, so that our bytes and an independent client's reading agree.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { Metadata, MetadataKind, Root, Signature, Snapshot, Targets, Timestamp } from '@tufjs/models';

const SPEC = '1.0.31';

/** A public key as TUF writes it: ed25519, 32 bytes in hex. */
export interface TufPublicKey {
  keytype: string;
  scheme: string;
  keyval: { public: string };
}

/** A key under its id. */
export interface TufKey {
  keyId: string;
  publicKey: TufPublicKey;
}

export const topRoles = ['root', 'targets', 'snapshot', 'timestamp'] as const;
export type TopRole = (typeof topRoles)[number];

/** Who may sign for a role, and how many of them have to. */
export interface TufRole {
  keys: readonly TufKey[];
  threshold: number;
}

/** A file of the repository: its name there, length and hashes, and what a reader wants to know of it. */
export interface TufTarget {
  path: string;
  length: number;
  sha256: string;
  sha512: string;
  custom: Readonly<Record<string, string | number | readonly string[]>>;
}

/** A role that the targets role hands part of its names to. */
export interface TufDelegation extends TufRole {
  name: string;
  /** Names it may speak for, e.g. `nextseq/*`. */
  paths: readonly string[];
}

type Signed = Root | Targets | Snapshot | Timestamp;
type Json = Parameters<typeof Root.fromJSON>[0];

const kinds = {
  root: MetadataKind.Root,
  targets: MetadataKind.Targets,
  snapshot: MetadataKind.Snapshot,
  timestamp: MetadataKind.Timestamp,
} as const;

/** Instants in metadata are whole seconds, UTC. */
function instant(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}

/** The id of a key: SHA-256 of its canonical form. */
export function tufKeyId(key: TufPublicKey): string {
  const { keytype, keyval, scheme } = key;
  const text = `{"keytype":${JSON.stringify(keytype)},"keyval":{"public":${JSON.stringify(keyval.public)}},"scheme":${JSON.stringify(scheme)}}`;
  return createHash('sha256').update(text).digest('hex');
}

/** A raw ed25519 public key in hex as TUF's. Undefined when it is none. */
export function tufKeyOf(publicHex: string): TufKey | undefined {
  if (!/^[0-9a-f]{64}$/.test(publicHex)) return undefined;
  const publicKey: TufPublicKey = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: publicHex } };
  return { keyId: tufKeyId(publicKey), publicKey };
}

function head(kind: MetadataKind, version: number, expires: Date) {
  return { _type: kind, spec_version: SPEC, version, expires: instant(expires) };
}

function keysOf(roles: Iterable<TufRole>): Record<string, TufPublicKey> {
  const keys = new Map<string, TufPublicKey>();
  for (const role of roles) for (const key of role.keys) keys.set(key.keyId, key.publicKey);
  return Object.fromEntries([...keys].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const roleOf = (role: TufRole) => ({ keyids: role.keys.map((key) => key.keyId), threshold: role.threshold });

/** The root: which keys may sign for which role. Everything hangs on it. */
export function makeRoot(version: number, expires: Date, roles: Readonly<Record<TopRole, TufRole>>): Metadata<Root> {
  return new Metadata(
    Root.fromJSON({
      ...head(MetadataKind.Root, version, expires),
      consistent_snapshot: true,
      keys: keysOf(Object.values(roles)),
      roles: Object.fromEntries(topRoles.map((name) => [name, roleOf(roles[name])])),
    } as unknown as Json),
  );
}

/** The files, or who speaks for which of them. */
export function makeTargets(
  version: number,
  expires: Date,
  content: { targets?: readonly TufTarget[]; delegations?: readonly TufDelegation[] },
): Metadata<Targets> {
  const sorted = [...(content.targets ?? [])].sort((a, b) => (a.path < b.path ? -1 : 1));
  return new Metadata(
    Targets.fromJSON({
      ...head(MetadataKind.Targets, version, expires),
      targets: Object.fromEntries(
        sorted.map(({ path, length, sha256, sha512, custom }) => [
          path,
          { length, hashes: { sha256, sha512 }, custom: custom as Json },
        ]),
      ),
      ...(content.delegations
        ? {
            delegations: {
              keys: keysOf(content.delegations),
              roles: content.delegations.map((role) => ({
                name: role.name,
                ...roleOf(role),
                terminating: true,
                paths: [...role.paths],
              })),
            },
          }
        : {}),
    } as unknown as Json),
  );
}

/** A file of metadata as another names it. */
export interface TufMeta {
  version: number;
  length: number;
  sha256: string;
}

const metaOf = (files: Readonly<Record<string, TufMeta>>) =>
  Object.fromEntries(
    Object.entries(files)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { version, length, sha256 }]) => [`${name}.json`, { version, length, hashes: { sha256 } }]),
  );

/** Which versions belong together. @param files by role, without `.json` */
export function makeSnapshot(
  version: number,
  expires: Date,
  files: Readonly<Record<string, TufMeta>>,
): Metadata<Snapshot> {
  return new Metadata(
    Snapshot.fromJSON({ ...head(MetadataKind.Snapshot, version, expires), meta: metaOf(files) } as unknown as Json),
  );
}

/** Which snapshot is the newest; short-lived, so that an old one cannot be passed off as new. */
export function makeTimestamp(version: number, expires: Date, snapshot: TufMeta): Metadata<Timestamp> {
  return new Metadata(
    Timestamp.fromJSON({
      ...head(MetadataKind.Timestamp, version, expires),
      meta: metaOf({ snapshot }),
    } as unknown as Json),
  );
}

/** The bytes a signature covers. */
export function signedBytes(metadata: Metadata<Signed>): Buffer {
  let bytes = Buffer.alloc(0);
  const probe = new Metadata(metadata.signed);
  probe.sign((data) => {
    bytes = Buffer.from(data);
    return new Signature({ keyID: 'none', sig: '' });
  });
  return bytes;
}

/** Puts a signature (hex) under it. */
export function addSignature(metadata: Metadata<Signed>, keyId: string, signature: string): void {
  metadata.signatures[keyId] = new Signature({ keyID: keyId, sig: signature });
}

/** The file as it is served. */
export function metadataBytes(metadata: Metadata<Signed>): Buffer {
  return Buffer.from(`${JSON.stringify(metadata.toJSON(), null, 1)}\n`);
}

/** Reads a file of metadata. @throws when it is none of this kind */
export function readMetadata(kind: 'root', bytes: Buffer): Metadata<Root>;
export function readMetadata(kind: 'targets', bytes: Buffer): Metadata<Targets>;
export function readMetadata(kind: 'snapshot', bytes: Buffer): Metadata<Snapshot>;
export function readMetadata(kind: 'timestamp', bytes: Buffer): Metadata<Timestamp>;
export function readMetadata(kind: TopRole, bytes: Buffer): Metadata<Signed> {
  const data = JSON.parse(bytes.toString('utf8')) as Json;
  // One overload a kind: fromJSON reads each by its own rules.
  return (Metadata.fromJSON as (kind: MetadataKind, data: Json) => Metadata<Signed>)(kinds[kind], data);
}

/** Name, version, length and hash of a file, as the one above it writes them. */
export function describeMeta(version: number, bytes: Buffer): TufMeta {
  return { version, length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Whether enough of a root's own keys have signed what it says of a role. */
export function isSignedFor(root: Metadata<Root>, role: TopRole, metadata: Metadata<Signed>): boolean {
  try {
    root.verifyDelegate(role, metadata);
    return true;
  } catch {
    return false;
  }
}

/** Whether a signature (hex) over these bytes is by this key. */
export function signatureMatches(key: TufPublicKey, bytes: Buffer, signature: string): boolean {
  if (!/^[0-9a-f]{128}$/.test(signature) || !/^[0-9a-f]{64}$/.test(key.keyval.public)) return false;
  // An ed25519 key in the form OpenSSL reads: a fixed head and the 32 bytes.
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(key.keyval.public, 'hex')]);
  return verify(
    undefined,
    bytes,
    createPublicKey({ key: der, format: 'der', type: 'spki' }),
    Buffer.from(signature, 'hex'),
  );
}

/** A word as it may stand in names of roles and paths. */
export function tufSlug(text: string): string {
  return (
    text
      .toLowerCase()
      .normalize('NFKD')
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'x'
  );
}
