/** Files that come in: streamed into the store, and recorded under the name they came with. */
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Context, Tx } from './context.ts';

export interface StoredFile {
  sha256: string;
  size: number;
}

/**
 * Streams a file into the store.
 * @param limit bytes at most
 * @returns a Refusal `file.too-large` {file, limit in MB}
 */
export async function storeFile(
  ctx: Context,
  name: string,
  source: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<StoredFile | Refusal> {
  try {
    return await ctx.files.put(source, limit);
  } catch (error) {
    if (error instanceof RangeError) return refuse('file.too-large', { file: name, limit: limit / 2 ** 20 }, 'file');
    throw error;
  }
}

/** Bytes that lie in memory, as the stream that a store takes. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Records a stored file under the name it came with. @returns its id */
export async function recordFile(
  tx: Tx,
  ctx: Pick<Context, 'now'>,
  file: StoredFile & { name: string; mediaType: string },
): Promise<number> {
  const { id } = await tx
    .insertInto('file')
    .values({
      sha256: file.sha256,
      size: file.size,
      name: file.name,
      media_type: file.mediaType,
      created_at: ctx.now(),
    })
    .onConflict((oc) => oc.columns(['sha256', 'name']).doUpdateSet({ size: file.size }))
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/**
 * A file's name as it is kept and shown: without a path, and without invisible signs that turn its letters round (a name
 * that looks like `report.xlf` could end in something else).
 */
export function plainFileName(name: string): string {
  const base = name.split(/[\\/]/).at(-1) ?? '';
  return base.replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '').slice(-200) || 'file';
}
