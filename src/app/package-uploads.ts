import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { z } from 'zod';
import type { AppendEnd, StoredPackage } from '../adapters/packages.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { voidNoticeApprovals } from './actions.ts';
import { type Context, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { lockPackage } from './packages.ts';
import { voidSignatures } from './signatures.ts';

/** A disk is never filled to the brim by a package: the database lives on it too. */
const ROOM_LEFT = 512 * 2 ** 20;
/** A writer that has not been heard of for so long is gone, and its upload may be gone on with. */
const WRITER_MS = 45_000;
const HEARTBEAT_MS = 10_000;
/** An upload nobody goes on with. */
const FORGOTTEN_MS = 7 * 24 * 60 * 60 * 1000;

export const beginUploadInput = z.object({
  fileName: z.string().max(500).default('').describe('Name the file has where it comes from.'),
  length: z.int().min(1).max(Number.MAX_SAFE_INTEGER).nullable().describe('Bytes; null when not known beforehand.'),
  sha256: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^$|^[0-9a-f]{64}$/, 'A SHA-256 has 64 hexadecimal digits.')
    .default('')
    .describe('What the file is expected to be.'),
});

export interface UploadState {
  id: number;
  packageId: number;
  fileName: string;
  length: number | null;
  received: number;
  state: 'open' | 'done' | 'broken' | 'cancelled';
  detail: string;
}

/**
 * Begins an upload, or finds the one that was cut off: the same file (name and length) by whomever goes on where it
 * stopped. Another file while one is on its way is refused.
 */
export async function beginUpload(
  ctx: Context,
  packageId: number,
  input: z.infer<typeof beginUploadInput>,
): Promise<UploadState | Refusal> {
  const no = forbid(ctx.actor, 'package.change');
  if (no) return no;
  const room = await ctx.packages.room();
  if (room !== undefined && room < (input.length ?? 0) + ROOM_LEFT)
    return refuse('upload.no-room', { free: room, needed: (input.length ?? 0) + ROOM_LEFT });
  await forgetLost(ctx, packageId);
  const ref = await ctx.packages.begin();
  const result = await transact(ctx, async (tx) => {
    const row = await lockPackage(tx, packageId);
    if (isRefusal(row)) return row;
    if (row.state !== 'draft') return refuse('package.not-draft', { state: row.state });
    const open = await tx
      .selectFrom('package_upload')
      .selectAll()
      .where('package_id', '=', packageId)
      .where('state', '=', 'open')
      .executeTakeFirst();
    if (open) {
      const same = input.length !== null && open.length === input.length && open.file_name === input.fileName;
      return same
        ? { upload: open, made: false }
        : refuse('upload.other-open', { file: open.file_name, by: open.by_name, received: open.received });
    }
    const at = ctx.now();
    const upload = await tx
      .insertInto('package_upload')
      .values({
        package_id: packageId,
        file_name: input.fileName,
        length: input.length,
        expected_sha256: input.sha256,
        store_ref: ref,
        writer: null,
        writer_at: null,
        by_name: ctx.actor.name,
        created_at: at,
        changed_at: at,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, {
      action: 'package.upload-begin',
      subject: 'package',
      subjectId: packageId,
      actionId: row.action_id,
      after: { file: input.fileName, length: input.length, expectedSha256: input.sha256 },
    });
    return { upload, made: true };
  });
  if (isRefusal(result) || !result.made) await ctx.packages.cancel(ref);
  if (isRefusal(result)) return result;
  return toState(result.upload);
}

/** An open upload whose bytes are gone stands in nobody's way. */
async function forgetLost(ctx: Context, packageId: number): Promise<void> {
  const open = await ctx.db
    .selectFrom('package_upload')
    .selectAll()
    .where('package_id', '=', packageId)
    .where('state', '=', 'open')
    .where('writer', 'is', null)
    .executeTakeFirst();
  if (open && (await isLost(ctx, open.store_ref))) await fail(ctx, open, refuse('upload.lost'));
}

type UploadRow = {
  id: number;
  package_id: number;
  file_name: string;
  length: number | null;
  received: number;
  state: UploadState['state'];
  detail: string;
};

function toState(row: UploadRow): UploadState {
  const { id, length, received, state, detail } = row;
  return { id, packageId: row.package_id, fileName: row.file_name, length, received, state, detail };
}

/** How far an upload is. */
export async function readUploadState(ctx: Context, uploadId: number): Promise<UploadState | Refusal> {
  const no = forbid(ctx.actor, 'package.change');
  if (no) return no;
  const row = await ctx.db.selectFrom('package_upload').selectAll().where('id', '=', uploadId).executeTakeFirst();
  return row ? toState(row) : refuse('upload.unknown', { id: uploadId });
}

/**
 * Writes a piece of an upload at the place it stands at. Two at once, or a piece for another place, are refused before a
 * byte is read. With the last byte the file is hashed, held against what was expected, and becomes the package's file.
 * @param options.whole the source is the rest of the file, whatever its length: its end is the file's end
 */
export async function appendUpload(
  ctx: Context,
  uploadId: number,
  offset: number,
  source: AsyncIterable<Uint8Array>,
  options: { whole?: boolean } = {},
): Promise<UploadState | Refusal> {
  const no = forbid(ctx.actor, 'package.change');
  if (no) return no;
  const claimed = await claim(ctx, uploadId, offset);
  if (isRefusal(claimed)) return claimed;
  const { row, writer } = claimed;
  const alive = setInterval(() => void beat(ctx, uploadId, writer), HEARTBEAT_MS);
  let appended: { received: number; end: AppendEnd };
  try {
    appended = await ctx.packages.append(row.store_ref, offset, source, row.length ?? Number.MAX_SAFE_INTEGER);
  } catch (error) {
    const lost = await isLost(ctx, row.store_ref);
    if (lost) return fail(ctx, row, refuse('upload.lost'));
    await release(ctx, uploadId, writer, offset);
    throw error;
  } finally {
    clearInterval(alive);
  }
  const { received, end } = appended;
  if (end === 'full') return fail(ctx, row, refuse('upload.disk-full', { length: row.length ?? 0 }));
  await release(ctx, uploadId, writer, received);
  if (end === 'too-long') return refuse('upload.too-long', { length: row.length ?? 0 });
  const complete = row.length === null ? options.whole === true && end === 'done' : received === row.length;
  if (complete) return finish(ctx, { ...row, received });
  if (options.whole === true) {
    // A plain form cannot go on where it stopped.
    await ctx.packages.cancel(row.store_ref);
    return fail(ctx, row, refuse('upload.cut', { received }));
  }
  return toState({ ...row, received });
}

/** Whether the store knows nothing of an upload any more: a server died while it made a file of it. */
async function isLost(ctx: Context, ref: string): Promise<boolean> {
  // A store that does not answer has not lost anything.
  return (await ctx.packages.received(ref).catch(() => 0)) === undefined;
}

/** Takes the right to write: one request at a time, at the place the upload stands at. */
async function claim(ctx: Context, uploadId: number, offset: number) {
  const writer = `${ctx.settings.instance} ${randomUUID()}`;
  return transact(ctx, async (tx) => {
    const row = await tx
      .selectFrom('package_upload')
      .selectAll()
      .where('id', '=', uploadId)
      .forUpdate()
      .executeTakeFirst();
    if (!row) return refuse('upload.unknown', { id: uploadId });
    if (row.state !== 'open') return refuse('upload.ended', { state: row.state, why: row.detail });
    const stale = new Date(ctx.wallClock().getTime() - WRITER_MS);
    if (row.writer !== null && row.writer_at !== null && row.writer_at > stale)
      return refuse('upload.busy-meanwhile', { by: row.by_name });
    if (row.received !== offset) return refuse('upload.offset-meanwhile', { offset, received: row.received });
    await tx
      .updateTable('package_upload')
      .set({ writer, writer_at: ctx.wallClock() })
      .where('id', '=', uploadId)
      .execute();
    return { row, writer };
  });
}

async function beat(ctx: Context, uploadId: number, writer: string): Promise<void> {
  await ctx.db
    .updateTable('package_upload')
    .set({ writer_at: ctx.wallClock() })
    .where('id', '=', uploadId)
    .where('writer', '=', writer)
    .execute()
    .catch(() => {});
}

async function release(ctx: Context, uploadId: number, writer: string, received: number): Promise<void> {
  await ctx.db
    .updateTable('package_upload')
    .set({ writer: null, writer_at: null, received, changed_at: ctx.now() })
    .where('id', '=', uploadId)
    .where('writer', '=', writer)
    .execute();
}

type OpenUpload = UploadRow & { store_ref: string; expected_sha256: string };

async function finish(ctx: Context, row: OpenUpload): Promise<UploadState | Refusal> {
  const stored = await ctx.packages.finish(row.store_ref);
  const before = await ctx.db
    .selectFrom('package')
    .select('storage_key')
    .where('id', '=', row.package_id)
    .executeTakeFirst();
  const attached = await attach(ctx, row, stored);
  if (!isRefusal(attached)) {
    // A draft's file that was replaced is nobody's any more.
    if (before && before.storage_key !== '' && before.storage_key !== stored.key)
      await removeUnused(ctx, before.storage_key);
    return attached;
  }
  await removeUnused(ctx, stored.key);
  return fail(ctx, row, attached);
}

async function attach(ctx: Context, upload: OpenUpload, stored: StoredPackage): Promise<UploadState | Refusal> {
  return transact(ctx, async (tx) => {
    const row = await lockPackage(tx, upload.package_id);
    if (isRefusal(row)) return row;
    if (row.state !== 'draft') return refuse('package.not-draft', { state: row.state });
    // Until there is a file, the hash that was named beforehand is what is expected of it.
    const expected = upload.expected_sha256 || (row.storage_key === '' ? row.sha256 : '');
    if (expected !== '' && expected !== stored.sha256)
      return refuse('upload.wrong-hash', { expected, actual: stored.sha256 }, 'sha256');
    await tx
      .updateTable('package')
      .set({
        storage_key: stored.key,
        size: stored.size,
        sha256: stored.sha256,
        sha512: stored.sha512,
        changed_at: ctx.now(),
      })
      .where('id', '=', row.id)
      .execute();
    await tx
      .updateTable('package_upload')
      .set({ state: 'done', received: stored.size, changed_at: ctx.now() })
      .where('id', '=', upload.id)
      .execute();
    const reason = 'the file was uploaded after this signature';
    await voidSignatures(tx, ctx, { subjectKind: 'package', subjectId: row.id, reason });
    await recordEvent(tx, ctx, {
      action: 'package.upload',
      subject: 'package',
      subjectId: row.id,
      actionId: row.action_id,
      before: { size: row.size, sha256: row.sha256 },
      after: { size: stored.size, sha256: stored.sha256, sha512: stored.sha512 },
    });
    if (row.sha256 !== stored.sha256)
      await voidNoticeApprovals(tx, ctx, row.action_id, `the package of “${row.remedy}” has changed`);
    return toState({ ...upload, received: stored.size, state: 'done', detail: '' });
  });
}

/** The same bytes may be another package's file: only what no row names is removed. */
async function removeUnused(ctx: Context, key: string): Promise<void> {
  const used = await ctx.db
    .selectFrom('package')
    .select('id')
    .where('storage_key', '=', key)
    .limit(1)
    .executeTakeFirst();
  const kept =
    used ?? (await ctx.db.selectFrom('file').select('id').where('sha256', '=', key).limit(1).executeTakeFirst());
  if (!kept) await ctx.packages.remove(key);
}

/** Ends an upload that cannot become a file; its bytes are gone already. */
async function fail(ctx: Context, upload: UploadRow, refusal: Refusal): Promise<Refusal> {
  await transact(ctx, async (tx) => {
    await tx
      .updateTable('package_upload')
      .set({ state: 'broken', detail: refusal.code, writer: null, writer_at: null, changed_at: ctx.now() })
      .where('id', '=', upload.id)
      .execute();
    await recordEvent(tx, ctx, {
      action: 'package.upload-fail',
      subject: 'package',
      subjectId: upload.package_id,
      after: { file: upload.file_name, why: refusal.code, ...refusal.params },
    });
  });
  return refusal;
}

/** Gives an upload up and forgets its bytes. */
export async function cancelUpload(ctx: Context, uploadId: number): Promise<UploadState | Refusal> {
  const no = forbid(ctx.actor, 'package.change');
  if (no) return no;
  const result = await transact(ctx, async (tx) => {
    const row = await tx
      .selectFrom('package_upload')
      .selectAll()
      .where('id', '=', uploadId)
      .forUpdate()
      .executeTakeFirst();
    if (!row) return refuse('upload.unknown', { id: uploadId });
    if (row.state !== 'open') return row;
    await tx
      .updateTable('package_upload')
      .set({ state: 'cancelled', writer: null, writer_at: null, changed_at: ctx.now() })
      .where('id', '=', uploadId)
      .execute();
    await recordEvent(tx, ctx, {
      action: 'package.upload-cancel',
      subject: 'package',
      subjectId: row.package_id,
      after: { file: row.file_name, received: row.received },
    });
    return { ...row, state: 'cancelled' as const, was: 'open' as const };
  });
  if (isRefusal(result)) return result;
  if ('was' in result) await ctx.packages.cancel(result.store_ref);
  return toState(result);
}

/** Forgets uploads that nobody has gone on with for a week. For a job. @returns how many */
export async function forgetUploads(ctx: Context): Promise<number> {
  const { rows } = await sql<{ id: number; store_ref: string }>`
    update package_upload set state = 'cancelled', detail = 'nobody went on with it', changed_at = ${ctx.now()}
     where state = 'open' and changed_at < ${new Date(ctx.now().getTime() - FORGOTTEN_MS)}
    returning id, store_ref`.execute(ctx.db);
  for (const row of rows) await ctx.packages.cancel(row.store_ref);
  return rows.length;
}
