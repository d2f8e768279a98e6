/** A prepared kit as a file: the same bytes each time, none of the package's kept in memory. */
import { createHash } from 'node:crypto';
import type { KitEntry } from '../adapters/kit.ts';
import type { KitPapers } from '../domain/kit.ts';
import { canonicalJson } from '../domain/notice.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { Context } from './context.ts';
import { makePapers, printTickets } from './kit-papers.ts';
import { startLinux, startWindows } from './kit-start.ts';
import { kitMetadata } from './trust-kit.ts';

/** A kit as a file: its name, and its bytes as they are made. `size` of them, where it is known beforehand. */
export interface KitFile {
  name: string;
  bytes: AsyncIterable<Uint8Array>;
  size: number | undefined;
}

/** All a kit is made of. */
export interface KitSource {
  id: number;
  linkId: number | null;
  papers: KitPapers;
  preparedAt: Date;
  goodUntil: Date;
  package: {
    id: number;
    file_name: string;
    version: string;
    size: number | null;
    sha256: string;
    storage_key: string;
    manifest: unknown;
    instructions: Record<string, string>;
  };
  /** Papers that were kept when it was prepared. */
  kept: readonly KitEntry[];
}

/** The files of a kit in their order, and the hash of their list, which names the kit's contents as a whole. */
export interface KitContents {
  entries: KitEntry[];
  sha256: string;
}

const day = (at: Date): string => at.toISOString().slice(0, 10);
const json = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, null, 1)}\n`);

/**
 * Makes the list of a kit's files: papers, package, metadata, verifier, tickets, and SHA256SUMS.txt over all of them. The
 * package is named, not read.
 */
export async function listKitFiles(ctx: Context, source: KitSource): Promise<KitContents | Refusal> {
  const { papers, preparedAt, goodUntil } = source;
  const file = source.package;
  const metadata = await kitMetadata(ctx, { packageId: file.id, asOf: preparedAt, until: goodUntil });
  if (isRefusal(metadata)) return metadata;
  const tickets = printTickets(ctx, papers.tickets);
  const facts = {
    format: 1,
    action: papers.reference,
    remedy: papers.remedy,
    version: papers.version,
    file: file.file_name,
    targets: metadata.targets,
    preparedOn: day(preparedAt),
    goodUntil: day(goodUntil),
    rootSha256: metadata.rootSha256,
    server: ctx.settings.publicUrl,
  };
  const size = file.size ?? 0;
  const entries: KitEntry[] = [
    ...(await makePapers(ctx, {
      kitId: source.id,
      papers,
      tickets,
      preparedOn: facts.preparedOn,
      goodUntil: facts.goodUntil,
      rootSha256: facts.rootSha256,
      linkId: source.linkId,
      instructions: file.instructions,
      kept: source.kept,
    })),
    { name: 'start.cmd', bytes: startWindows },
    { name: 'start.sh', bytes: startLinux, program: true },
    { name: 'kit.json', bytes: json(facts) },
    {
      name: 'tickets.json',
      bytes: json(
        tickets.map(({ number, key, serial, product, environment }) => ({ number, key, serial, product, environment })),
      ),
    },
    { name: 'manifest.json', bytes: Buffer.from(canonicalJson(file.manifest)) },
    ...[...metadata.files].map(([name, bytes]) => ({ name: `metadata/${name}`, bytes })),
    ...(await ctx.kits.verifierFiles()),
    {
      name: `package/${file.file_name}`,
      size,
      sha256: file.sha256,
      read: () => ctx.packages.read(file.storage_key, 0, size),
    },
  ];
  const sums: string[] = [];
  for (const entry of entries) sums.push(`${await hashOf(entry)}  ${entry.name}\n`);
  const list = Buffer.from(sums.join(''));
  return { entries: [{ name: 'SHA256SUMS.txt', bytes: list }, ...entries], sha256: hash(list) };
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function hashOf(entry: KitEntry): Promise<string> {
  if ('bytes' in entry) return hash(entry.bytes);
  if (entry.sha256) return entry.sha256;
  const sum = createHash('sha256');
  for await (const part of entry.read()) sum.update(part);
  return sum.digest('hex');
}

/**
 * The ZIP of a prepared kit. It is refused where it would not come out as it was prepared, e.g. after an update of the
 * server that brought another verifier: two sticks under one number must be the same.
 */
export async function makeKitFile(ctx: Context, kitId: number): Promise<KitFile | Refusal> {
  const no = forbid(ctx.actor, 'kit.work');
  if (no) return no;
  const kit = await ctx.db
    .selectFrom('kit as t')
    .innerJoin('package as k', 'k.id', 't.package_id')
    .selectAll('t')
    .select(['k.file_name', 'k.version', 'k.size', 'k.sha256', 'k.storage_key', 'k.manifest', 'k.instructions'])
    .where('t.id', '=', kitId)
    .executeTakeFirst();
  if (!kit?.prepared_at || !kit.good_until || kit.package_id === null) return refuse('kit.not-prepared', { id: kitId });
  if (!kit.papers) return refuse('kit.changed', { id: kitId });
  const made = await listKitFiles(ctx, {
    id: kit.id,
    linkId: kit.link_id,
    papers: kit.papers,
    preparedAt: kit.prepared_at,
    goodUntil: kit.good_until,
    package: { ...kit, id: kit.package_id },
    kept: await loadKept(ctx, kitId),
  });
  if (isRefusal(made)) return made;
  if (made.sha256 !== kit.contents_sha256) return refuse('kit.changed', { id: kitId });
  return { name: `kit-${kit.id}-${kit.papers.reference}.zip`, ...ctx.kits.zip(made.entries, kit.prepared_at) };
}

async function loadKept(ctx: Context, kitId: number): Promise<KitEntry[]> {
  const rows = await ctx.db
    .selectFrom('kit_paper as p')
    .innerJoin('file as f', 'f.id', 'p.file_id')
    .select(['p.path', 'f.sha256', 'f.size'])
    .where('p.kit_id', '=', kitId)
    .orderBy('p.path')
    .execute();
  return rows.map(({ path, sha256, size }) => ({ name: path, size, sha256, read: () => ctx.files.read(sha256) }));
}
