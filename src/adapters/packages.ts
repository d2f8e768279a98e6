import { createHash, type Hash, randomBytes } from 'node:crypto';
import { access, type FileHandle, mkdir, open, rename, rm, stat, statfs, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Why an append ended. `done`: the source ended. `cut`: the sender went away; what came is kept. `full`: the disk has no
 * room. `too-long`: more came than was announced; nothing of this append is kept.
 */
export type AppendEnd = 'done' | 'cut' | 'full' | 'too-long';

export interface StoredPackage {
  /** What `read` and `path` ask for. */
  key: string;
  size: number;
  sha256: string;
  sha512: string;
}

/** Where packages lie: files of any size, written piece by piece, read from anywhere in them. */
export interface PackageStore {
  kind: 'folder' | 's3';
  /** Starts an upload. @returns the store's name for it */
  begin(): Promise<string>;
  /** Bytes that are safely kept of an upload; undefined when nothing is known of it any more. */
  received(upload: string): Promise<number | undefined>;
  /**
   * Writes what comes from `source` at `offset`, which must be what was received so far. What is counted in `received`
   * survives a power loss. Hashes run along, so that a whole upload is read only once.
   * @param most bytes the upload may have in all
   */
  append(
    upload: string,
    offset: number,
    source: AsyncIterable<Uint8Array>,
    most: number,
  ): Promise<{ received: number; end: AppendEnd }>;
  /** Ends an upload: its bytes are the package now. */
  finish(upload: string): Promise<StoredPackage>;
  /** Forgets an upload with all its bytes. */
  cancel(upload: string): Promise<void>;
  /** Bytes free for packages; undefined where nobody can say. */
  room(): Promise<number | undefined>;
  /** Streams bytes [first, past). A chunk is good until the next one is asked for: its memory is used again then. */
  read(key: string, first: number, past: number): AsyncGenerator<Uint8Array, void, undefined>;
  remove(key: string): Promise<void>;
  /** Where the bytes lie below the store's folder, for a web server in front that sends them itself. */
  path?(key: string): string;
}

/** SHA-256 and SHA-512 of what has gone by. */
export interface RunningHash {
  at: number;
  sha256: Hash;
  sha512: Hash;
}

export function freshHash(): RunningHash {
  return { at: 0, sha256: createHash('sha256'), sha512: createHash('sha512') };
}

export function feedHash(running: RunningHash, chunk: Uint8Array): void {
  running.sha256.update(chunk);
  running.sha512.update(chunk);
  running.at += chunk.byteLength;
}

export function endHash(running: RunningHash): { size: number; sha256: string; sha512: string } {
  return { size: running.at, sha256: running.sha256.digest('hex'), sha512: running.sha512.digest('hex') };
}

/** Large enough that a disk and a socket are kept busy, small enough that many downloads fit in memory: two each. */
export const READ_BYTES = 1 << 19;

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * Packages in a folder, finished ones under their SHA-256 as `ab/cdef…`: the layout of the file store, so that one folder
 * serves both and a backup takes it along.
 * @param options.room for tests: what the disk says is free
 */
export function folderPackages(root: string, options: { room?: () => Promise<number> } = {}): PackageStore {
  // Where the file store keeps what is still coming in: a backup leaves it out.
  const incoming = join(root, 'incoming');
  const running = new Map<string, RunningHash>();
  const uploadPath = (upload: string): string => {
    if (!/^[0-9a-f]{32}$/.test(upload)) throw new Error(`No upload of this store: ${upload}`);
    return join(incoming, upload);
  };
  const place = (key: string): string => {
    if (!/^[0-9a-f]{64}$/.test(key)) throw new Error(`No package of this store: ${key}`);
    return join(key.slice(0, 2), key.slice(2));
  };
  const forget = async (upload: string): Promise<void> => {
    running.delete(upload);
    await rm(uploadPath(upload), { force: true });
  };

  return {
    kind: 'folder',
    async begin() {
      await mkdir(incoming, { recursive: true });
      const upload = randomBytes(16).toString('hex');
      const handle = await open(uploadPath(upload), 'wx', 0o600);
      await handle.sync();
      await handle.close();
      await syncFolder(incoming);
      running.set(upload, freshHash());
      return upload;
    },
    received: async (upload) => {
      const found = await stat(uploadPath(upload)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      return found?.size;
    },
    async append(upload, offset, source, most) {
      const path = uploadPath(upload);
      // Bytes behind the offset came in a request that was never acknowledged.
      if ((await stat(path)).size > offset) await truncate(path, offset);
      // A hash that stands elsewhere is of no use: the file is read again at the end.
      const hash = running.get(upload);
      if (hash?.at !== offset) running.delete(upload);
      const handle = await open(path, 'r+');
      let drained: { at: number; end: AppendEnd };
      try {
        drained = await drain(source, {
          at: offset,
          most,
          write: async (chunk, position) => {
            await writeAll(handle, chunk, position);
            const mine = running.get(upload);
            if (mine) feedHash(mine, chunk);
          },
        });
        if (drained.end !== 'full') await handle.datasync();
      } finally {
        await handle.close();
      }
      const { at, end } = drained;
      if (end === 'too-long') {
        running.delete(upload);
        await truncate(path, offset);
        return { received: offset, end };
      }
      if (end === 'full') {
        // Half a package on a full disk helps nobody and stops the database: its room is given back.
        await forget(upload);
        return { received: 0, end };
      }
      return { received: at, end };
    },
    async finish(upload) {
      const path = uploadPath(upload);
      const { size } = await stat(path);
      const known = running.get(upload);
      const hashed = endHash(known && known.at === size ? known : await hashFile(path));
      running.delete(upload);
      const target = join(root, place(hashed.sha256));
      const there = await access(target).then(
        () => true,
        () => false,
      );
      // The same bytes may be a package already: they stay what they are.
      if (there) await rm(path, { force: true });
      else {
        await mkdir(dirname(target), { recursive: true });
        await rename(path, target);
        await syncFolder(dirname(target));
        await syncFolder(root);
      }
      return { key: hashed.sha256, ...hashed };
    },
    cancel: forget,
    async room() {
      if (options.room) return options.room();
      await mkdir(root, { recursive: true });
      const { bavail, bsize } = await statfs(root);
      return bavail * bsize;
    },
    read: (key, first, past) => readAhead(join(root, place(key)), first, past),
    remove: (key) => rm(join(root, place(key)), { force: true }),
    path: place,
  };
}

/** Takes a source to its end, a chunk at a time. @returns where it ended, and why */
export async function drain(
  source: AsyncIterable<Uint8Array>,
  to: {
    at: number;
    most: number;
    write(chunk: Uint8Array, position: number): Promise<void>;
  },
): Promise<{ at: number; end: AppendEnd }> {
  let at = to.at;
  const chunks = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      // Only the sender's own failure is a cut; what goes wrong on our side is not to be hidden as one.
      const next = await chunks.next().catch(() => undefined);
      if (next === undefined) return { at, end: 'cut' };
      if (next.done) return { at, end: 'done' };
      const chunk = next.value;
      if (at + chunk.byteLength > to.most) return { at, end: 'too-long' };
      try {
        await to.write(chunk, at);
      } catch (error) {
        if (!FULL.has((error as { code?: string }).code ?? '')) throw error;
        return { at, end: 'full' };
      }
      at += chunk.byteLength;
    }
  } finally {
    void chunks.return?.()?.catch(() => {});
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.byteLength; ) {
    const { bytesWritten } = await handle.write(chunk, done, chunk.byteLength - done, position + done);
    done += bytesWritten;
  }
}

async function hashFile(path: string): Promise<RunningHash> {
  const hash = freshHash();
  for await (const chunk of readAhead(path, 0, (await stat(path)).size)) feedHash(hash, chunk);
  return hash;
}

/** Two buffers in turn: while one goes out, the other is filled. No stream, no garbage. */
async function* readAhead(path: string, first: number, past: number): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await open(path, 'r');
  const buffers = [Buffer.allocUnsafeSlow(READ_BYTES), Buffer.allocUnsafeSlow(READ_BYTES)] as const;
  let turn: 0 | 1 = 0;
  const fill = (at: number) => handle.read(buffers[turn], 0, Math.min(READ_BYTES, past - at), at);
  let next = first < past ? fill(first) : undefined;
  try {
    for (let at = first; next; ) {
      const { bytesRead } = await next;
      if (bytesRead === 0) throw new Error('A package is shorter than it was');
      const chunk = buffers[turn].subarray(0, bytesRead);
      at += bytesRead;
      turn = turn === 0 ? 1 : 0;
      next = at < past ? fill(at) : undefined;
      yield chunk;
    }
  } finally {
    await next?.catch(() => {});
    await handle.close();
  }
}

/** A name survives power loss only once its folder is on disk. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync();
  await folder.close();
}
