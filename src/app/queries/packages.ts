import { sql } from 'kysely';
import type { PackageApplies, PackageLines } from '../../domain/package.ts';
import type { PackageManifest } from '../../domain/package-manifest.ts';
import type { Reader } from '../context.ts';
import { hashOf } from '../packages.ts';

/** A package as lists show it. */
export interface PackageRow {
  id: number;
  actionId: number;
  remedyId: number;
  remedy: string;
  version: string;
  fileName: string;
  /** Bytes; null while there is no file. */
  size: number | null;
  sha256: string;
  sha512: string;
  state: 'draft' | 'released' | 'withdrawn';
  hasFile: boolean;
  signatures: number;
  /** Grants for which bytes have left. */
  holders: number;
}

/** The packages of an action, in the order of its remedies. */
export async function loadPackages(reader: Reader, actionId: number): Promise<PackageRow[]> {
  const { rows } = await sql<PackageRow>`
    select k.id, r.action_id as "actionId", k.remedy_id as "remedyId", r.name as remedy, k.version,
      k.file_name as "fileName", k.size, k.sha256, k.sha512, k.state, k.storage_key <> '' as "hasFile",
      (select count(*)::int from signature s where s.subject_kind = 'package' and s.subject_id = k.id::text
        and s.voided_at is null) as signatures,
      (select count(distinct contact_id)::int from download d where d.package_id = k.id and d.started_at is not null) as holders
      from package k join remedy r on r.id = k.remedy_id
     where r.action_id = ${actionId} order by r.position, k.id`.execute(reader);
  return rows;
}

/** One package with everything its page shows. */
export interface PackageDetail extends PackageRow {
  reference: string;
  contentHash: string;
  applies: PackageApplies[];
  prerequisites: string[];
  sideEffects: string[];
  translations: Record<string, PackageLines>;
  instructions: Record<string, string>;
  manifest: PackageManifest;
  mostDownloads: number;
  createdAt: Date;
  releasedAt: Date | null;
  withdrawnAt: Date | null;
  withdrawnReason: string;
  uploadId: number | null;
}

export async function loadPackage(reader: Reader, packageId: number): Promise<PackageDetail | undefined> {
  const row = await reader
    .selectFrom('package as k')
    .innerJoin('remedy as r', 'r.id', 'k.remedy_id')
    .innerJoin('action as a', 'a.id', 'r.action_id')
    .leftJoin('package_upload as u', (join) => join.onRef('u.package_id', '=', 'k.id').on('u.state', '=', 'open'))
    .selectAll('k')
    .select(['r.action_id', 'r.name as remedy', 'a.reference', 'u.id as upload_id'])
    .where('k.id', '=', packageId)
    .executeTakeFirst();
  if (!row) return undefined;
  const short = (await loadPackages(reader, row.action_id)).find((one) => one.id === packageId);
  if (!short) return undefined;
  return {
    ...short,
    reference: row.reference,
    contentHash: hashOf(row),
    applies: row.applies,
    prerequisites: row.prerequisites,
    sideEffects: row.side_effects,
    translations: row.translations,
    instructions: row.instructions,
    manifest: row.manifest,
    mostDownloads: row.most_downloads,
    createdAt: row.created_at,
    releasedAt: row.released_at,
    withdrawnAt: row.withdrawn_at,
    withdrawnReason: row.withdrawn_reason,
    uploadId: row.upload_id,
  };
}

/** Who may download without an affected unit, those whose permission was taken back too. */
export async function loadPermissions(reader: Reader, actionId: number) {
  return reader
    .selectFrom('download_permission as d')
    .innerJoin('party as p', 'p.id', 'd.party_id')
    .selectAll('d')
    .select(['p.name as party', 'p.ref', 'p.kind'])
    .where('d.action_id', '=', actionId)
    .orderBy('d.withdrawn_at', (order) => order.desc().nullsFirst())
    .orderBy('d.id', 'desc')
    .limit(200)
    .execute();
}
