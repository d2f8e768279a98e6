import { resolve } from 'node:path';
import { backupDatabase, restoreDatabase } from '../app/backup.ts';
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
    return 0;
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
    return 0;
  } finally {
    await handle.close();
  }
}
