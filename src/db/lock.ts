import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StartError } from '../domain/start-error.ts';

/**
 * Takes the folder for this process alone. Two processes on one embedded database lose acknowledged rows without a word,
 * so the second must not get in. The kernel frees the lock when the holder dies, however it dies.
 * @returns frees the lock
 * @throws StartError naming the folder and the holder's process id
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const holderFile = join(folder, 'lock.pid');
  const file = new DatabaseSync(join(folder, 'lock'));
  try {
    // No journal beside it: nothing is ever written, only the lock on the file counts.
    file.exec('pragma journal_mode = off; begin exclusive');
  } catch (error) {
    file.close();
    if (!(error instanceof Error) || !/locked/.test(error.message)) throw error;
    throw new StartError(
      `The folder ${folder} is in use by another Fieldfix (process ${readHolder(holderFile)}): stop that one first, or start this one with another DATA_DIR.`,
    );
  }
  writeFileSync(holderFile, `${process.pid}\n`);
  return () => file.close();
}

function readHolder(holderFile: string): string {
  try {
    return readFileSync(holderFile, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
