import type { KeptKey } from '../adapters/tuf.ts';
import {
  addSignature,
  describeMeta,
  isSignedFor,
  makeRoot,
  makeSnapshot,
  makeTargets,
  makeTimestamp,
  metadataBytes,
  readMetadata,
  signedBytes,
  type TopRole,
  type TufDelegation,
  type TufMeta,
  type TufRole,
  topRoles,
} from '../domain/tuf.ts';
import { type Context, type Reader, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { openTasks } from './tasks.ts';
import { loadTargets } from './trust-targets.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long each role's metadata holds. The timestamp is what tells an old repository from a new one. */
export const TRUST_DAYS = { root: 5 * 365, targets: 365, snapshot: 30, timestamp: 7 } as const;
/** Root keys made at the start, and how many have to sign: the loss of one is borne. */
const ROOT_KEYS = 3;
const ROOT_THRESHOLD = 2;

type SignedMetadata = Parameters<typeof signedBytes>[0];

/** A key in use, as the table has it. */
export type TrustKey = KeptKey & { role: string; createdAt: Date };

/** The keys in use, oldest first; of one role when it is named. */
export async function loadTrustKeys(reader: Reader, role?: string): Promise<TrustKey[]> {
  const rows = await reader
    .selectFrom('tuf_key')
    .selectAll()
    .where('retired_at', 'is', null)
    .$if(role !== undefined, (query) => query.where('role', '=', role ?? ''))
    .orderBy('created_at')
    .orderBy('key_id')
    .execute();
  return rows.map((row) => ({
    keyId: row.key_id,
    publicKey: row.public_key,
    holder: row.holder,
    sealed: row.sealed,
    role: row.role,
    createdAt: row.created_at,
  }));
}

/** One file of the repository. */
export interface MetadataFile {
  role: string;
  version: number;
  bytes: Buffer;
  expiresAt: Date;
}

/** The newest published file of every role; as it was at a moment when one is given. */
export async function loadNewest(reader: Reader, asOf?: Date): Promise<Map<string, MetadataFile>> {
  const rows = await reader
    .selectFrom('tuf_metadata')
    .distinctOn('role')
    .select(['role', 'version', 'bytes', 'expires_at'])
    .where('state', '=', 'published')
    .$if(asOf !== undefined, (query) => query.where('created_at', '<=', asOf ?? new Date(0)))
    .orderBy('role')
    .orderBy('version', 'desc')
    .execute();
  return new Map(
    rows.map((row) => [
      row.role,
      { role: row.role, version: row.version, bytes: row.bytes, expiresAt: row.expires_at },
    ]),
  );
}

/** The names a file of the repository is served under: `7.root.json`, `3.targets.json`, `timestamp.json`. */
export function metadataName(file: Pick<MetadataFile, 'role' | 'version'>): string {
  return file.role === 'timestamp' ? 'timestamp.json' : `${file.version}.${file.role}.json`;
}

/** A file of the repository by its name; undefined when there is none. */
export async function readMetadataFile(reader: Reader, name: string): Promise<MetadataFile | undefined> {
  const match = /^(?:([1-9]\d{0,8})\.)?([a-z0-9-]{1,100})\.json$/.exec(name);
  if (!match) return undefined;
  const [, version, role = ''] = match;
  if ((role === 'timestamp') !== (version === undefined)) return undefined;
  const row = await reader
    .selectFrom('tuf_metadata')
    .select(['role', 'version', 'bytes', 'expires_at'])
    .where('role', '=', role)
    .where('state', '=', 'published')
    .$if(version !== undefined, (query) => query.where('version', '=', Number(version)))
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && { role: row.role, version: row.version, bytes: row.bytes, expiresAt: row.expires_at };
}

/** Puts the signatures of every key of these that we can sign with under it. */
export async function signWith(
  ctx: Pick<Context, 'trust'>,
  metadata: SignedMetadata,
  role: string,
  keys: readonly KeptKey[],
): Promise<void> {
  const bytes = signedBytes(metadata);
  for (const key of keys) {
    if (key.holder === 'offline') continue;
    addSignature(metadata, key.keyId, await ctx.trust.sign(key, role, bytes));
  }
}

/** What holds of the top roles by the newest published root. */
export function readRootRoles(bytes: Buffer): Record<TopRole, TufRole> {
  const { signed } = readMetadata('root', bytes);
  const of = (name: TopRole): TufRole => ({
    threshold: signed.roles[name]?.threshold ?? 1,
    keys: (signed.roles[name]?.keyIDs ?? []).flatMap((keyId) => {
      const key = signed.keys[keyId];
      const hex = key?.keyVal.public;
      return key && hex !== undefined
        ? [{ keyId, publicKey: { keytype: key.keyType, scheme: key.scheme, keyval: { public: hex } } }]
        : [];
    }),
  });
  return { root: of('root'), targets: of('targets'), snapshot: of('snapshot'), timestamp: of('timestamp') };
}

/**
 * The repository as it has to be: makes it when there is none, and publishes what has changed — packages released or
 * withdrawn, keys rotated — and what would soon run out. Nothing to do gives an empty list. Keys sign outside of any
 * transaction; two servers at once cannot publish one version twice.
 * @param options.force a new timestamp whatever its age
 * @returns names of the files that are new
 */
export async function publishTrust(ctx: Context, options: { force?: boolean } = {}): Promise<string[]> {
  try {
    return await publish(ctx, options.force === true);
  } catch (error) {
    // What is published runs out in days: somebody has to know before clients do.
    const why = (error as Error).message.slice(0, 500);
    await transact(ctx, (tx) =>
      openTasks(tx, ctx, [{ kind: 'trust-failing', key: 'trust-failing', detail: { why }, priority: 1, again: true }]),
    );
    throw error;
  }
}

async function publish(ctx: Context, force: boolean): Promise<string[]> {
  if (!(await loadNewest(ctx.db)).has('root')) await foundRepository(ctx);
  for (let attempt = 1; ; attempt++) {
    const files = await composeFiles(ctx, force);
    if (files.length === 0) return [];
    const written = await transact(ctx, (tx) => writeFiles(tx, ctx, files));
    if (written) return files.map(metadataName);
    // Another server was quicker; what it left may be all there is to do.
    if (attempt === 3) throw new Error('the repository changed again and again while it was written');
  }
}

/** Keys of the top roles and the first root. */
async function foundRepository(ctx: Context): Promise<void> {
  const made: { role: TopRole; key: KeptKey }[] = [];
  for (let count = 0; count < ROOT_KEYS; count++) made.push({ role: 'root', key: await ctx.trust.make('root') });
  for (const role of ['targets', 'snapshot', 'timestamp'] as const)
    made.push({ role, key: await ctx.trust.make(role) });
  const keysOf = (role: TopRole) => made.filter((one) => one.role === role).map((one) => one.key);
  const root = makeRoot(1, new Date(ctx.wallClock().getTime() + TRUST_DAYS.root * DAY_MS), {
    root: { keys: keysOf('root'), threshold: ROOT_THRESHOLD },
    targets: { keys: keysOf('targets'), threshold: 1 },
    snapshot: { keys: keysOf('snapshot'), threshold: 1 },
    timestamp: { keys: keysOf('timestamp'), threshold: 1 },
  });
  await signWith(ctx, root, 'root', keysOf('root'));
  await transact(ctx, async (tx) => {
    // Only the first of several servers founds it; the keys of the others are never seen by anybody.
    const first = await insertFile(tx, ctx, {
      role: 'root',
      version: 1,
      bytes: metadataBytes(root),
      expiresAt: new Date(root.signed.expires),
    });
    if (!first) return;
    for (const { role, key } of made) await insertKey(tx, ctx, role, key);
    await recordEvent(tx, ctx, {
      action: 'trust.found',
      subject: 'trust',
      subjectId: 'root',
      after: { version: 1, keys: made.map(({ role, key }) => `${role} ${key.keyId}`), threshold: ROOT_THRESHOLD },
    });
  });
}

export async function insertKey(tx: Tx, ctx: Pick<Context, 'wallClock'>, role: string, key: KeptKey): Promise<void> {
  await tx
    .insertInto('tuf_key')
    .values({
      key_id: key.keyId,
      role,
      public_key: JSON.stringify(key.publicKey),
      holder: key.holder,
      sealed: key.sealed,
      created_at: ctx.wallClock(),
      retired_at: null,
    })
    .execute();
}

export async function insertFile(tx: Tx, ctx: Pick<Context, 'wallClock'>, file: MetadataFile): Promise<boolean> {
  const written = await tx
    .insertInto('tuf_metadata')
    .values({
      role: file.role,
      version: file.version,
      bytes: file.bytes,
      expires_at: file.expiresAt,
      created_at: ctx.wallClock(),
    })
    .onConflict((conflict) => conflict.columns(['role', 'version']).doNothing())
    .returning('version')
    .executeTakeFirst();
  return written !== undefined;
}

async function writeFiles(tx: Tx, ctx: Context, files: readonly MetadataFile[]): Promise<boolean> {
  for (const file of files) if (!(await insertFile(tx, ctx, file))) return false;
  await recordEvent(tx, ctx, {
    action: 'trust.publish',
    subject: 'trust',
    subjectId: 'repository',
    after: Object.fromEntries(files.map((file) => [file.role, file.version])),
  });
  return true;
}

/** Half its life is behind it: a server that was down for a while must not find it run out. */
function isWorn(file: MetadataFile, days: number, now: Date): boolean {
  return file.expiresAt.getTime() - now.getTime() < (days * DAY_MS) / 2;
}

async function composeFiles(ctx: Context, force: boolean): Promise<MetadataFile[]> {
  const newest = await loadNewest(ctx.db);
  const rootFile = newest.get('root');
  if (!rootFile) throw new Error('there is no root');
  const roles = readRootRoles(rootFile.bytes);
  const keys = await loadTrustKeys(ctx.db);
  const products = await loadTargets(ctx.db);
  const delegations = await ensureDelegations(
    ctx,
    [...new Set([...products.keys(), ...delegatedNames(newest)])].sort(),
    keys,
  );
  const fresh: MetadataFile[] = [];
  const context: Composing = { ctx, newest, keys: await loadTrustKeys(ctx.db), now: ctx.wallClock(), fresh };

  for (const delegation of delegations) {
    await compose(context, delegation.name, 'targets', delegation, (version, expires) =>
      makeTargets(version, expires, { targets: products.get(delegation.name) ?? [] }),
    );
  }
  await compose(context, 'targets', 'targets', roles.targets, (version, expires) =>
    makeTargets(version, expires, { delegations }),
  );
  const described: Record<string, TufMeta> = {};
  for (const name of ['targets', ...delegations.map((one) => one.name)]) {
    const file = fresh.find((one) => one.role === name) ?? newest.get(name);
    if (file) described[name] = describeMeta(file.version, file.bytes);
  }
  await compose(context, 'snapshot', 'snapshot', roles.snapshot, (version, expires) =>
    makeSnapshot(version, expires, described),
  );
  const snapshot = fresh.find((one) => one.role === 'snapshot') ?? newest.get('snapshot');
  if (!snapshot) throw new Error('there is no snapshot');
  const meta = describeMeta(snapshot.version, snapshot.bytes);
  await compose(
    context,
    'timestamp',
    'timestamp',
    roles.timestamp,
    (version, expires) => makeTimestamp(version, expires, meta),
    force,
  );
  return fresh;
}

interface Composing {
  ctx: Context;
  newest: Map<string, MetadataFile>;
  keys: readonly TrustKey[];
  now: Date;
  fresh: MetadataFile[];
}

/** Makes the next version of a role's file when the newest says something else, is worn, or is signed by an old key. */
async function compose(
  { ctx, newest, keys, now, fresh }: Composing,
  role: string,
  kind: 'targets' | 'snapshot' | 'timestamp',
  who: TufRole,
  make: (version: number, expires: Date) => SignedMetadata,
  force = false,
): Promise<void> {
  const days = TRUST_DAYS[kind];
  const old = newest.get(role);
  if (old && !force && !isWorn(old, days, now)) {
    const standing = readRole(kind, old.bytes);
    const again = make(old.version, new Date(standing.signed.expires));
    if (signedBytes(standing).equals(signedBytes(again)) && isSignedBy(standing, who)) return;
  }
  const version = (old?.version ?? 0) + 1;
  const expires = new Date(now.getTime() + days * DAY_MS);
  const metadata = make(version, expires);
  const ids = new Set(who.keys.map((key) => key.keyId));
  await signWith(
    ctx,
    metadata,
    role,
    keys.filter((key) => ids.has(key.keyId)),
  );
  if (!isSignedBy(metadata, who))
    throw new Error(`${role} is not signed by enough of its keys: rotate it to keys that this server can sign with`);
  fresh.push({ role, version, bytes: metadataBytes(metadata), expiresAt: new Date(metadata.signed.expires) });
}

function readRole(kind: 'targets' | 'snapshot' | 'timestamp', bytes: Buffer): SignedMetadata {
  if (kind === 'targets') return readMetadata(kind, bytes);
  return kind === 'snapshot' ? readMetadata(kind, bytes) : readMetadata(kind, bytes);
}

function isSignedBy(metadata: SignedMetadata, who: TufRole): boolean {
  return who.keys.filter((key) => metadata.signatures[key.keyId] !== undefined).length >= who.threshold;
}

function delegatedNames(newest: ReadonlyMap<string, unknown>): string[] {
  return [...newest.keys()].filter((name) => !topRoles.some((role) => role === name));
}

/** Each product's role has a key of its own, made when its first package is released. */
async function ensureDelegations(
  ctx: Context,
  names: readonly string[],
  keys: readonly TrustKey[],
): Promise<TufDelegation[]> {
  const delegations: TufDelegation[] = [];
  for (const name of names) {
    let own: KeptKey[] = keys.filter((key) => key.role === name);
    if (own.length === 0) {
      const key = await ctx.trust.make(name);
      await transact(ctx, async (tx) => {
        await insertKey(tx, ctx, name, key);
        await recordEvent(tx, ctx, {
          action: 'trust.key',
          subject: 'trust',
          subjectId: name,
          after: { keyId: key.keyId, holder: key.holder },
        });
      });
      own = [key];
    }
    delegations.push({ name, keys: own, threshold: 1, paths: [`${name}/*/*`] });
  }
  return delegations;
}

/** Whether a root is signed by enough keys of the root before it, and by enough of its own. */
export function rootIsComplete(before: Buffer | undefined, root: Parameters<typeof isSignedFor>[0]): boolean {
  const byOld = before === undefined || isSignedFor(readMetadata('root', before), 'root', root);
  return byOld && isSignedFor(root, 'root', root);
}
