import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Bytes kept under their SHA-256. What was stored never changes; storing the same bytes twice keeps one copy. */
export interface FileStore {
  /** Streams bytes in; on disk and synced before it resolves. Refuses more than `limit` bytes with a RangeError. */
  put(source: AsyncIterable<Uint8Array>, limit?: number): Promise<{ sha256: string; size: number }>;
  /** Streams bytes out. */
  read(sha256: string): AsyncIterable<Uint8Array>;
  /** Gives the bytes at once: for what is known to be small. */
  bytes(sha256: string): Promise<Uint8Array>;
  has(sha256: string): Promise<boolean>;
  /** Where the bytes lie on this machine, for readers that jump about in them; absent when they lie nowhere. */
  path?(sha256: string): string;
}

/** Files in a folder, two levels deep by hash: `ab/cdef…`. Several servers share it by a shared folder. */
export function folderFiles(root: string): FileStore {
  const pathOf = (sha256: string): string => {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`Not a SHA-256: ${sha256}`);
    return join(root, sha256.slice(0, 2), sha256.slice(2));
  };
  const has = (sha256: string) =>
    access(pathOf(sha256)).then(
      () => true,
      () => false,
    );
  return {
    async put(source, limit = Number.POSITIVE_INFINITY) {
      const temporary = join(root, 'incoming', randomBytes(12).toString('hex'));
      const hash = createHash('sha256');
      let size = 0;
      const handle = await open(temporary, 'wx', 0o600).catch(async (error: { code?: string }) => {
        if (error.code !== 'ENOENT') throw error;
        await mkdir(join(root, 'incoming'), { recursive: true });
        return open(temporary, 'wx', 0o600);
      });
      try {
        for await (const chunk of source) {
          size += chunk.byteLength;
          if (size > limit) throw new RangeError(`More than ${limit} bytes`);
          hash.update(chunk);
          await handle.writeFile(chunk);
        }
        await handle.sync();
      } catch (error) {
        await handle.close();
        await rm(temporary, { force: true });
        throw error;
      }
      await handle.close();
      const sha256 = hash.digest('hex');
      const target = pathOf(sha256);
      await rename(temporary, target).catch(async (error: { code?: string }) => {
        if (error.code !== 'ENOENT') throw error;
        await mkdir(dirname(target), { recursive: true });
        await rename(temporary, target);
      });
      // A rename survives power loss only once its folder is on disk.
      const folder = await open(dirname(target), 'r');
      await folder.sync();
      await folder.close();
      return { sha256, size };
    },
    read: (sha256) => createReadStream(pathOf(sha256)),
    bytes: (sha256) => readFile(pathOf(sha256)),
    has,
    path: pathOf,
  };
}

/** Files in memory, for tests. */
export function memoryFiles(): FileStore {
  const kept = new Map<string, Buffer>();
  return {
    async put(source, limit = Number.POSITIVE_INFINITY) {
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of source) {
        size += chunk.byteLength;
        if (size > limit) throw new RangeError(`More than ${limit} bytes`);
        chunks.push(chunk);
      }
      const bytes = Buffer.concat(chunks);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      kept.set(sha256, bytes);
      return { sha256, size };
    },
    async *read(sha256) {
      const bytes = kept.get(sha256);
      if (!bytes) throw new Error(`No file ${sha256}`);
      yield bytes;
    },
    async bytes(sha256) {
      const bytes = kept.get(sha256);
      if (!bytes) throw new Error(`No file ${sha256}`);
      return bytes;
    },
    has: async (sha256) => kept.has(sha256),
  };
}
