import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/notice.ts';
import type { PackageApplies } from '../domain/package.ts';
import type { PackageManifest } from '../domain/package-manifest.ts';
import { type TufTarget, tufSlug } from '../domain/tuf.ts';
import type { Reader } from './context.ts';

/** The role of a product: what stands before the first slash of its files' names. */
export function productRole(productCode: string): string {
  return `product-${tufSlug(productCode)}`;
}

/** The name a package has in the repository, under the role of a product. It says nothing of where the file is had. */
export function targetPath(role: string, version: string, fileName: string): string {
  return `${role}/${version}/${fileName}`;
}

interface ReleasedPackage {
  id: number;
  version: string;
  file_name: string;
  size: number;
  sha256: string;
  sha512: string;
  applies: PackageApplies[];
  manifest: PackageManifest;
  reference: string;
  products: string[] | null;
}

/** The products a package is for: those it names, else every product its action covers. */
export function productsOf(row: Pick<ReleasedPackage, 'applies' | 'products'>): string[] {
  const named = [...new Set(row.applies.map((one) => one.product))];
  return named.length > 0 ? named : (row.products ?? []);
}

/** What each product's role has to say: its released packages. A withdrawn one is gone from here. */
export async function loadTargets(reader: Reader): Promise<Map<string, TufTarget[]>> {
  const rows = (await reader
    .selectFrom('package as k')
    .innerJoin('remedy as r', 'r.id', 'k.remedy_id')
    .innerJoin('action as a', 'a.id', 'r.action_id')
    .select((eb) => [
      'k.id',
      'k.version',
      'k.file_name',
      'k.size',
      'k.sha256',
      'k.sha512',
      'k.applies',
      'k.manifest',
      'a.reference',
      eb
        .selectFrom('action_environment as ae')
        .innerJoin('environment as e', 'e.id', 'ae.environment_id')
        .innerJoin('product as p', 'p.id', 'e.product_id')
        .select((inner) => inner.fn<string[]>('array_agg', ['p.code']).as('codes'))
        .whereRef('ae.action_id', '=', 'a.id')
        .as('products'),
    ])
    .where('k.state', '=', 'released')
    .where('k.storage_key', '<>', '')
    .orderBy('k.id')
    .execute()) as ReleasedPackage[];
  const byRole = new Map<string, TufTarget[]>();
  for (const row of rows) {
    for (const product of new Set(productsOf(row))) {
      const role = productRole(product);
      const lines = row.applies.filter((one) => one.product === product);
      const targets = byRole.get(role) ?? [];
      byRole.set(role, targets);
      targets.push({
        path: targetPath(role, row.version, row.file_name),
        length: row.size,
        sha256: row.sha256,
        sha512: row.sha512,
        custom: {
          action: row.reference,
          package: row.id,
          version: row.version,
          product,
          environments: [...new Set(lines.flatMap((one) => one.environments))],
          // The checks, too, come to a machine without a network: signed like the file.
          manifestSha256: createHash('sha256').update(canonicalJson(row.manifest)).digest('hex'),
        },
      });
    }
  }
  // A product may take two names that slug alike: its paths are still its own, and the first of equal paths stays.
  for (const [role, targets] of byRole)
    byRole.set(role, [...new Map(targets.toReversed().map((one) => [one.path, one])).values()].toReversed());
  return byRole;
}
