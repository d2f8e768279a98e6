/**
 * Imports, from the file to what it changed: uploaded → (mapped) → checking → checked → applying → applied, or failed, or
 * discarded. A check changes nothing; applying is one transaction that comes to the verdicts of the check or to nothing.
 */
import { z } from 'zod';
import type { ImportDateOrder, ImportState } from '../db/schema-imports.ts';
import { json } from '../db/values.ts';
import { IMPORT_KINDS } from '../domain/import.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { TABLE_MEDIA_TYPES } from '../domain/table-format.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { checkMapping, keepMapping, keptMapping } from './import-mapping.ts';
import { lookInto } from './import-open.ts';
import { recordFile } from './stored-files.ts';

/** Bytes of an uploaded file at most. */
export const IMPORT_BYTES = 600 * 2 ** 20;

export const uploadImportInput = z.object({
  kind: z.enum(IMPORT_KINDS),
  name: z.string().trim().min(1).max(200),
});
export const readImportInput = z.object({
  id: z.number().int().positive(),
  sheet: z.string().max(200).default(''),
  encoding: z.string().max(40).default(''),
  delimiter: z.string().max(1).default(''),
});
export const mapImportInput = z.object({
  id: z.number().int().positive(),
  mapping: z.record(z.string().max(80), z.number().int().min(0).max(500)),
  dateOrder: z.enum(['', 'dmy', 'mdy']).default(''),
});
export const applyImportInput = z.object({
  id: z.number().int().positive(),
  mode: z.enum(['all', 'valid']).default('all'),
});

/** Names of the jobs that work on imports. */
export const importJobs = { check: 'check-import', apply: 'apply-import' } as const;

/**
 * Takes a file in and finds out what it is. When its headings were mapped before, its check starts at once.
 * Refuses `forbidden`, `import.too-large` and what `readTable` refuses (`table.*`); a refused file leaves no import.
 * @returns the import's id and its state
 */
export async function uploadImport(
  ctx: Context,
  input: z.input<typeof uploadImportInput> & { source: AsyncIterable<Uint8Array> },
): Promise<{ id: number; state: ImportState } | Refusal> {
  const no = forbid(ctx.actor, 'import.stage');
  if (no) return no;
  const { kind, name } = uploadImportInput.parse(input);
  let stored: { sha256: string; size: number };
  try {
    stored = await ctx.files.put(input.source, IMPORT_BYTES);
  } catch (error) {
    if (error instanceof RangeError)
      return refuse('import.too-large', { file: name, limit: IMPORT_BYTES / 2 ** 20 }, 'file');
    throw error;
  }
  const found = await lookInto(ctx, kind, { sha256: stored.sha256, name });
  if (isRefusal(found)) return { ...found, at: 'file' };
  return transact(ctx, async (tx) => {
    const fileId = await recordFile(tx, ctx, {
      ...stored,
      name,
      mediaType: TABLE_MEDIA_TYPES[found.format],
    });
    const kept = await keptMapping(tx, kind, found.header);
    const { id } = await tx
      .insertInto('import')
      .values({
        kind,
        file_id: fileId,
        state: kept ? 'checking' : 'uploaded',
        found: json(found),
        mapping: json(kept?.mapping ?? {}),
        mapping_kept: kept !== undefined,
        date_order: kept?.date_order ?? '',
        run: 1,
        beat_at: ctx.wallClock(),
        made_by: ctx.actor.name,
        created_at: ctx.now(),
        changed_at: ctx.now(),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, {
      action: 'import.upload',
      subject: 'import',
      subjectId: id,
      after: { kind, file: name, sha256: stored.sha256, size: stored.size },
    });
    if (kept) await ctx.queue.enqueue(tx, importJobs.check, { id }, { key: String(id) });
    return { id, state: kept ? 'checking' : 'uploaded' };
  });
}

/** Locks an import that stands in one of these states. Refuses `import.unknown` and `import.state` {state}. */
async function takeImport(tx: Tx, id: number, states: readonly ImportState[]) {
  const row = await tx.selectFrom('import').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (!row) return refuse('import.unknown', { id });
  if (!states.includes(row.state)) return refuse('import.state-meanwhile', { id, state: row.state });
  return row;
}

/** Reads the file anew with another sheet, encoding or separator; its columns are to be mapped again. */
export async function readImport(
  ctx: Context,
  input: z.input<typeof readImportInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'import.stage');
  if (no) return no;
  const { id, sheet, encoding, delimiter } = readImportInput.parse(input);
  const row = await ctx.db
    .selectFrom('import as i')
    .innerJoin('file as f', 'f.id', 'i.file_id')
    .select(['i.kind', 'f.sha256', 'f.name'])
    .where('i.id', '=', id)
    .executeTakeFirst();
  if (!row) return refuse('import.unknown', { id });
  const found = await lookInto(ctx, row.kind, { ...row, sheet, encoding, delimiter });
  if (isRefusal(found)) return found;
  return transact(ctx, async (tx) => {
    const taken = await takeImport(tx, id, ['uploaded', 'checked', 'failed']);
    if (isRefusal(taken)) return taken;
    await tx
      .updateTable('import')
      .set({
        state: 'uploaded',
        sheet,
        encoding,
        delimiter,
        found: json(found),
        mapping: json({}),
        mapping_kept: false,
        problem: null,
        changed_at: ctx.now(),
      })
      .where('id', '=', id)
      .execute();
    return { id };
  });
}

/**
 * Says which column is which, keeps that for the next file with these headings, and starts the check.
 * Refuses `import.column-missing` {label}, `import.column-twice` {label}, `import.column-unknown`, `import.date-order`.
 */
export async function mapImport(
  ctx: Context,
  input: z.input<typeof mapImportInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'import.stage');
  if (no) return no;
  const { id, mapping, dateOrder } = mapImportInput.parse(input);
  return transact(ctx, async (tx) => {
    const taken = await takeImport(tx, id, ['uploaded', 'checked', 'failed']);
    if (isRefusal(taken)) return taken;
    const wrong = checkMapping(taken.kind, mapping, taken.found, dateOrder);
    if (wrong) return wrong;
    await keepMapping(tx, ctx, taken.kind, taken.found.header, mapping, dateOrder);
    await startCheck(tx, ctx, id, { mapping: json(mapping), mapping_kept: false, date_order: dateOrder });
    return { id };
  });
}

/** Puts an import into the state of being checked and has the job do it. */
export async function startCheck(
  tx: Tx,
  ctx: Context,
  id: number,
  more: { mapping?: string; mapping_kept?: boolean; date_order?: ImportDateOrder; problem?: string | null } = {},
): Promise<void> {
  await tx
    .updateTable('import')
    .set((eb) => ({
      problem: null,
      ...more,
      state: 'checking' as const,
      run: eb('run', '+', 1),
      beat_at: ctx.wallClock(),
      rows_seen: 0,
      changed_at: ctx.now(),
    }))
    .where('id', '=', id)
    .execute();
  await ctx.queue.enqueue(tx, importJobs.check, { id }, { key: String(id) });
}

/** Stops a check that runs: the import waits for its mapping again. Nothing was changed. */
export async function cancelCheck(ctx: Context, input: { id: number }): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'import.stage');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const taken = await takeImport(tx, input.id, ['checking']);
    if (isRefusal(taken)) return taken;
    await tx
      .updateTable('import')
      .set({ state: 'uploaded', run: taken.run + 1, mapping_kept: false, changed_at: ctx.now() })
      .where('id', '=', input.id)
      .execute();
    return { id: input.id };
  });
}

/** Puts an import away that nobody will apply. The file stays, as the record says it came. */
export async function discardImport(ctx: Context, input: { id: number }): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'import.stage');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const taken = await takeImport(tx, input.id, ['uploaded', 'checking', 'checked', 'failed']);
    if (isRefusal(taken)) return taken;
    await tx
      .updateTable('import')
      .set({ state: 'discarded', run: taken.run + 1, changed_at: ctx.now() })
      .where('id', '=', input.id)
      .execute();
    await tx.deleteFrom('import_reject').where('import_id', '=', input.id).execute();
    await tx.deleteFrom('import_change').where('import_id', '=', input.id).execute();
    await recordEvent(tx, ctx, { action: 'import.discard', subject: 'import', subjectId: input.id });
    return { id: input.id };
  });
}

/**
 * Has an import applied: all its rows, or by explicit choice those that are valid.
 * Refuses `import.rejected-rows` {rejected} when mode is `all` and some rows are refused.
 */
export async function applyImport(
  ctx: Context,
  input: z.input<typeof applyImportInput>,
): Promise<{ id: number; state: ImportState } | Refusal> {
  const no = forbid(ctx.actor, 'import.apply');
  if (no) return no;
  const { id, mode } = applyImportInput.parse(input);
  return transact(ctx, async (tx) => {
    const taken = await takeImport(tx, id, ['checked']);
    if (isRefusal(taken)) return taken;
    if (mode === 'all' && taken.rows_rejected > 0)
      return refuse('import.rejected-rows', { rejected: taken.rows_rejected }, 'mode');
    if (taken.rows_created + taken.rows_changed + taken.rows_same === 0)
      return refuse('import.nothing-valid', {}, 'mode');
    await tx
      .updateTable('import')
      .set({ state: 'applying', mode, beat_at: ctx.wallClock(), changed_at: ctx.now(), applied_by: ctx.actor.name })
      .where('id', '=', id)
      .execute();
    await recordEvent(tx, ctx, { action: 'import.start', subject: 'import', subjectId: id, after: { mode } });
    await ctx.queue.enqueue(tx, importJobs.apply, { id }, { key: String(id) });
    return { id, state: 'applying' };
  });
}
