/** The packages that rows name, read whole from where they lie: a backup of the rows is worth little without the files. */
import { createHash } from 'node:crypto';
import type { PackageStore } from '../adapters/packages.ts';
import type { Database } from './context.ts';

/** What became of the files of packages. */
export interface PackageCheck {
  /** Packages that have a file. */
  packages: number;
  /** Those whose file is not there, or is not the one that was signed. */
  wrong: { id: number; file: string; version: string; problem: 'unreadable' | 'changed' }[];
}

/** Counts packages that have a file, wherever it lies. */
export async function countPackageFiles(db: Database): Promise<number> {
  const { n } = await db
    .selectFrom('package')
    .select((eb) => eb.cast<number>(eb.fn.countAll(), 'integer').as('n'))
    .where('storage_key', '<>', '')
    .executeTakeFirstOrThrow();
  return n;
}

/** Reads every package's file and compares its SHA-256 with its row. Takes as long as reading them all does. */
export async function checkPackageFiles(db: Database, store: Pick<PackageStore, 'read'>): Promise<PackageCheck> {
  const rows = await db
    .selectFrom('package')
    .select(['id', 'file_name', 'version', 'sha256', 'size', 'storage_key'])
    .where('storage_key', '<>', '')
    .orderBy('id')
    .execute();
  const wrong: PackageCheck['wrong'] = [];
  for (const { id, file_name, version, sha256, size, storage_key } of rows) {
    const seen = await hashOf(store, storage_key, size ?? 0);
    if (seen !== sha256)
      wrong.push({ id, file: file_name, version, problem: seen === undefined ? 'unreadable' : 'changed' });
  }
  return { packages: rows.length, wrong };
}

/** SHA-256 of a stored file; undefined when it is not there, not whole, or its store does not answer. */
async function hashOf(store: Pick<PackageStore, 'read'>, key: string, size: number): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of store.read(key, 0, size)) hash.update(chunk);
    return hash.digest('hex');
  } catch {
    return undefined;
  }
}
