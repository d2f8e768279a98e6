import { createHash } from 'node:crypto';
import { type Refusal, refuse } from '../domain/refusal.ts';
import {
  describeMeta,
  makeSnapshot,
  makeTargets,
  makeTimestamp,
  metadataBytes,
  type TufDelegation,
  type TufMeta,
} from '../domain/tuf.ts';
import type { Context, Reader } from './context.ts';
import { loadNewest, loadTrustKeys, metadataName, readMetadataFile, readRootRoles, signWith } from './trust.ts';
import { loadTargets, productRole, productsOf, targetPath } from './trust-targets.ts';

/** A set of metadata that stands by itself: for machines that never see the network. */
export interface KitMetadata {
  /** Name → bytes, as an updater asks for them below one address: `1.root.json` … `timestamp.json`. */
  files: Map<string, Buffer>;
  /** Names of the package in it, one for each product it is for. */
  targets: string[];
  /** SHA-256 of `1.root.json`, to be compared with what is printed. */
  rootSha256: string;
}

/** What the verifier shows of the repository's first root, for papers that come by another way than the kit. */
export async function readRootFingerprint(reader: Reader): Promise<string | undefined> {
  const root = await readMetadataFile(reader, '1.root.json');
  return root && createHash('sha256').update(root.bytes).digest('hex');
}

/**
 * The metadata of one released package, good until `until`: the same roots, and targets, snapshot and timestamp signed
 * for this lifetime with the versions they had online at `asOf`, naming this package and nothing else. The same package,
 * `asOf`, `until` and keys give the same bytes, for ed25519 signs alike each time.
 * @param input.asOf the real time (ctx.wallClock) at which the kit was prepared
 *
 * What the long life costs: a kit cannot learn that its package was withdrawn; the code it prints is refused then.
 */
export async function kitMetadata(
  ctx: Context,
  input: { packageId: number; asOf: Date; until: Date },
): Promise<KitMetadata | Refusal> {
  const row = await ctx.db.selectFrom('package').selectAll().where('id', '=', input.packageId).executeTakeFirst();
  if (!row) return refuse('package.unknown', { id: input.packageId });
  if (row.state !== 'released') return refuse('package.not-released', { state: row.state });
  const roots = await ctx.db
    .selectFrom('tuf_metadata')
    .select(['version', 'bytes', 'expires_at'])
    .where('role', '=', 'root')
    .where('state', '=', 'published')
    .where('created_at', '<=', input.asOf)
    .orderBy('version')
    .execute();
  const newest = await loadNewest(ctx.db, input.asOf);
  const root = roots.at(-1);
  const [targets, snapshot, timestamp] = [newest.get('targets'), newest.get('snapshot'), newest.get('timestamp')];
  if (!root || !targets || !snapshot || !timestamp) return refuse('trust.nothing-yet');
  if (root.expires_at < input.until) return refuse('trust.root-ends-before', { day: day(root.expires_at) });

  const roles = readRootRoles(root.bytes);
  const keys = await loadTrustKeys(ctx.db);
  const keysIn = (ids: readonly { keyId: string }[]) =>
    keys.filter((key) => ids.some((one) => one.keyId === key.keyId));
  const files = new Map<string, Buffer>();
  for (const one of roots) files.set(`${one.version}.root.json`, one.bytes);
  const described: Record<string, TufMeta> = {};
  const put = (role: string, version: number, bytes: Buffer): void => {
    files.set(metadataName({ role, version }), bytes);
    described[role] = describeMeta(version, bytes);
  };

  const all = await loadTargets(ctx.db);
  const paths: string[] = [];
  const delegations: TufDelegation[] = [];
  const products = productsOf({ applies: row.applies, products: [...all.keys()] });
  const wanted = new Set(products.map((product) => (all.has(product) ? product : productRole(product))));
  for (const role of [...wanted].sort()) {
    const own = (all.get(role) ?? []).filter((one) => one.path === targetPath(role, row.version, row.file_name));
    const published = newest.get(role);
    if (own.length === 0 || !published) continue;
    const roleKeys = keys.filter((key) => key.role === role);
    const metadata = makeTargets(published.version, input.until, { targets: own });
    await signWith(ctx, metadata, role, roleKeys);
    put(role, published.version, metadataBytes(metadata));
    paths.push(...own.map((one) => one.path));
    delegations.push({ name: role, keys: roleKeys, threshold: 1, paths: [`${role}/*/*`] });
  }
  if (paths.length === 0) return refuse('trust.not-published', { file: row.file_name });
  const top = makeTargets(targets.version, input.until, { delegations });
  await signWith(ctx, top, 'targets', keysIn(roles.targets.keys));
  put('targets', targets.version, metadataBytes(top));
  const snap = makeSnapshot(snapshot.version, input.until, described);
  await signWith(ctx, snap, 'snapshot', keysIn(roles.snapshot.keys));
  const snapBytes = metadataBytes(snap);
  files.set(metadataName(snapshot), snapBytes);
  const time = makeTimestamp(timestamp.version, input.until, describeMeta(snapshot.version, snapBytes));
  await signWith(ctx, time, 'timestamp', keysIn(roles.timestamp.keys));
  files.set('timestamp.json', metadataBytes(time));
  const first = roots[0]?.bytes ?? root.bytes;
  return { files, targets: paths, rootSha256: describeMeta(1, first).sha256 };
}

const day = (at: Date): string => at.toISOString().slice(0, 10);
