import { resolve } from 'node:path';
import { backupDatabase, restoreDatabase } from '../app/backup.ts';
import { checkPackageFiles, countPackageFiles } from '../app/package-check.ts';
import type { Config } from '../config.ts';
import { openDatabase } from '../db/client.ts';
import { StartError } from '../domain/start-error.ts';

/**
 * `backup FILE` and `restore FILE`, on the machine that has the data. The embedded database is backed up while no server
 * runs on its folder; PostgreSQL at any time.
 * @returns the exit code
 */
export async function runBackup(command: 'backup' | 'restore', args: string[], config: Config): Promise<number> {
  const [file, ...more] = args;
  if (!file || more.length > 0 || file.startsWith('-')) {
    process.stderr.write(`Usage: fieldfix ${command} FILE\n`);
    return 2;
  }
  const path = resolve(config.startedFrom, file);
  if (command === 'restore') {
    const summary = await restoreDatabase(path, {
      dataDir: config.dataDir,
      filesDir: config.filesDir,
      database: config.database,
    });
    process.stdout.write(`Restored ${summary.rows} rows of ${summary.tables} tables and ${summary.files} files.\n`);
    return checkRestored(config);
  }
  const handle = await openDatabase(config.database).catch((error: unknown) => {
    if (error instanceof StartError)
      throw new StartError(
        `${error.message} Stop the server first, or use PostgreSQL, which is backed up while it runs.`,
      );
    throw error;
  });
  try {
    const summary = await backupDatabase(handle, config, path, new Date());
    process.stdout.write(`${path}: ${summary.rows} rows of ${summary.tables} tables and ${summary.files} files.\n`);
    const packages = config.s3 ? await countPackageFiles(handle.db) : 0;
    if (packages > 0)
      process.stdout.write(
        `NOT in it: the files of ${packages} packages, which lie at S3_URL. Back that storage up by its own means.\n`,
      );
    return 0;
  } finally {
    await handle.close();
  }
}

/** Reads the packages of a restored database where this configuration keeps them. @returns the exit code */
async function checkRestored(config: Config): Promise<number> {
  const { openPackages } = await import('../main.ts');
  const handle = await openDatabase(config.database);
  try {
    const { packages, wrong } = await checkPackageFiles(handle.db, openPackages(config));
    if (packages === 0) return 0;
    if (wrong.length === 0) {
      process.stdout.write(`The files of all ${packages} packages are there, with the hashes that were signed.\n`);
      return 0;
    }
    process.stdout.write(
      `${wrong.length} of ${packages} packages cannot be given out${config.s3 ? ' from S3_URL' : ''}:\n`,
    );
    for (const { file, version, problem } of wrong)
      process.stdout.write(
        `  ${file} ${version}: ${problem === 'changed' ? 'not the file that was signed' : 'cannot be read'}\n`,
      );
    process.stdout.write('Bring back that storage from its own backup; everything else is restored.\n');
    return 1;
  } finally {
    await handle.close();
  }
}
