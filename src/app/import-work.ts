/** The long part of imports, as jobs run it: the check, which changes nothing, and the one transaction that applies. */
import { sql } from 'kysely';
import { json } from '../db/values.ts';
import { type ImportKind, planImport } from '../domain/import.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Reader, type Tx, transact } from './context.ts';
import { type EventInput, recordEvent, recordEvents } from './event.ts';
import { keeperOf } from './import-kept.ts';
import { breakOff, openImport } from './import-open.ts';
import { type ImportCounts, type PassResult, runPass } from './import-pass.ts';
import { contactWriter, partyWriter, siteWriter } from './import-places.ts';
import { productWriter } from './import-products.ts';
import type { Judgement, KindWriter } from './import-records.ts';
import { importJobs, startCheck } from './import-steps.ts';
import { unitWriter } from './import-units.ts';

/** Changed rows up to which each is an event of its own; more are in import_change only. */
const EVENTS = 10_000;
/** Any number that nothing else in the database locks: imports are applied one after the other. */
const APPLY_LOCK = 5_701_202_613;

/** Rows the running imports of this process have come to: their own transactions cannot say so. */
const progress = new Map<number, ImportCounts>();
export function progressOf(id: number): ImportCounts | undefined {
  return progress.get(id);
}

export interface ImportRow {
  id: number;
  kind: ImportKind;
  state: string;
  run: number;
  sha256: string;
  name: string;
  sheet: string;
  encoding: string;
  delimiter: string;
  mapping: Record<string, number>;
  date_order: '' | 'dmy' | 'mdy';
  mode: 'all' | 'valid';
  outcome: string;
  rows_created: number;
  rows_changed: number;
  rows_same: number;
  rows_rejected: number;
}

export async function readRow(reader: Reader, id: number): Promise<ImportRow | undefined> {
  return reader
    .selectFrom('import as i')
    .innerJoin('file as f', 'f.id', 'i.file_id')
    .select(['i.id', 'i.kind', 'i.state', 'i.run', 'i.sheet', 'i.encoding', 'i.delimiter', 'i.mapping', 'i.date_order'])
    .select(['i.mode', 'i.outcome', 'i.rows_created', 'i.rows_changed', 'i.rows_same', 'i.rows_rejected'])
    .select(['f.sha256', 'f.name'])
    .where('i.id', '=', id)
    .executeTakeFirst();
}

/** Who writes the rows of each kind. */
const WRITERS: {
  [K in ImportKind]: (ctx: Context, row: ImportRow, options: { allNew: boolean }) => KindWriter<K>;
} = {
  parties: (ctx, row) => partyWriter(ctx, mappedIn(row)),
  sites: (ctx) => siteWriter(ctx),
  contacts: (ctx, row) => contactWriter(ctx, mappedIn(row)),
  products: (ctx, row) => productWriter(ctx, mappedIn(row)),
  units: (ctx, row, { allNew }) => unitWriter(ctx, mappedIn(row), { importId: row.id, allNew }),
};

export function makeWriter(ctx: Context, row: ImportRow, options: { allNew: boolean }): KindWriter<ImportKind> {
  return WRITERS[row.kind](ctx, row, options) as KindWriter<ImportKind>;
}

/** Where nothing is known yet, nothing need be compared. */
export async function noUnitKnown(reader: Reader): Promise<boolean> {
  const { rows } = await sql<{ empty: boolean }>`select not exists (select from unit) as empty`.execute(reader);
  return rows[0]?.empty === true;
}

function mappedIn(row: ImportRow): (key: string) => boolean {
  return (key) => row.mapping[key] !== undefined;
}

/** Reads the whole file once. */
export async function passOver<K extends ImportKind>(
  ctx: Context,
  row: ImportRow & { kind: K },
  reader: Reader,
  writer: KindWriter<K>,
  take: (judged: Judgement[], counts: ImportCounts) => Promise<void>,
): Promise<PassResult | Refusal> {
  const table = await openImport(ctx, row.kind, row);
  if (isRefusal(table)) return table;
  const check = planImport(row.kind, row.mapping, {
    header: table.header,
    dateOrder: row.date_order === '' ? undefined : row.date_order,
  });
  try {
    return await runPass({ table, mapping: row.mapping, check, writer, reader, take });
  } catch (error) {
    return breakOff(ctx, error, row.name);
  }
}

/** The check was cancelled or started anew: this run ends without a word. */
class SupersededError extends Error {}

/**
 * Checks every row against the columns and against what is known, and keeps what a person decides by: refused rows with
 * reason and mend, changes field by field, the first rows that are new. Changes nothing else; safe to run twice.
 */
export async function checkImport(ctx: Context, id: number, signal?: AbortSignal): Promise<void> {
  const row = await claimCheck(ctx, id);
  if (!row) return;
  await ctx.db.deleteFrom('import_reject').where('import_id', '=', id).execute();
  await ctx.db.deleteFrom('import_change').where('import_id', '=', id).execute();
  // Where nothing is known yet, nothing need be compared; what comes in meanwhile is found when it is applied.
  const writer = makeWriter(ctx, row, { allNew: await noUnitKnown(ctx.db) });
  const keep = keeperOf(ctx.db, id, writer.subject);
  try {
    const result = await passOver(ctx, row, ctx.db, writer, async (judged, counts) => {
      signal?.throwIfAborted();
      await goOn(ctx, row, counts);
      await keep(judged);
    });
    await endCheck(ctx, row, result);
  } catch (error) {
    if (!(error instanceof SupersededError)) throw error;
  } finally {
    progress.delete(id);
  }
}

/** Takes the check over: an earlier run of it, should there be one, finds itself superseded. */
async function claimCheck(ctx: Context, id: number): Promise<ImportRow | undefined> {
  const claimed = await ctx.db
    .updateTable('import')
    .set((eb) => ({ run: eb('run', '+', 1), beat_at: ctx.wallClock() }))
    .where('id', '=', id)
    .where('state', '=', 'checking')
    .executeTakeFirst();
  return claimed.numUpdatedRows === 0n ? undefined : readRow(ctx.db, id);
}

/** Says how far it is; throws when the import is no longer this run's. */
async function goOn(ctx: Context, row: ImportRow, counts: ImportCounts): Promise<void> {
  progress.set(row.id, { ...counts });
  const result = await ctx.db
    .updateTable('import')
    .set({ rows_seen: counts.seen, ...tallied(counts), beat_at: ctx.wallClock() })
    .where('id', '=', row.id)
    .where('state', '=', 'checking')
    .where('run', '=', row.run)
    .executeTakeFirst();
  if (result.numUpdatedRows === 0n) throw new SupersededError();
}

export function tallied(counts: ImportCounts) {
  return {
    rows_created: counts.created,
    rows_changed: counts.changed,
    rows_same: counts.same,
    rows_rejected: counts.rejected,
  };
}

async function endCheck(ctx: Context, row: ImportRow, result: PassResult | Refusal): Promise<void> {
  await ctx.db
    .updateTable('import')
    .set(
      isRefusal(result)
        ? { state: 'failed', problem: json({ code: result.code, params: result.params }), changed_at: ctx.now() }
        : {
            state: 'checked',
            outcome: result.outcome,
            rows_seen: result.counts.seen,
            ...tallied(result.counts),
            checked_at: ctx.now(),
            changed_at: ctx.now(),
          },
    )
    .where('id', '=', row.id)
    .where('state', '=', 'checking')
    .where('run', '=', row.run)
    .execute();
}

/** What is known has changed since the check; a unique index may notice first. */
export const CHANGED = new Set(['23505', '23503']);

/**
 * Applies an import in one transaction: the file is read again, every row judged again, and written. When that does not
 * come to what the check showed, nothing is written and the import is checked anew. Safe to run twice.
 */
export async function runImport(ctx: Context, id: number, signal?: AbortSignal): Promise<void> {
  const row = await readRow(ctx.db, id);
  if (row?.state !== 'applying') return;
  progress.set(id, { seen: 0, created: 0, changed: 0, same: 0, rejected: 0 });
  const beating = ctx.dbKind === 'postgresql' ? setInterval(() => void beat(ctx, id), 2_000) : undefined;
  try {
    const result = await transact(ctx, (tx) => applyRows(ctx, tx, row, signal)).catch((error: unknown) => {
      if (!CHANGED.has((error as { code?: string }).code ?? '')) throw error;
      return refuse('import.outdated', {});
    });
    if (isRefusal(result)) await giveBack(ctx, id, result);
  } finally {
    clearInterval(beating);
    progress.delete(id);
  }
}

/** How far it is, from beside the transaction; on the embedded database nobody else could read it anyway. */
async function beat(ctx: Context, id: number): Promise<void> {
  await ctx.db
    .updateTable('import')
    .set({ beat_at: ctx.wallClock(), rows_seen: progress.get(id)?.seen ?? 0 })
    .where('id', '=', id)
    .where('state', '=', 'applying')
    .execute()
    // The next beat may come through; the import itself does not depend on it.
    .catch(() => {});
}

/** Readies a transaction for writing an import: one after the other. */
export async function beginApply(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${APPLY_LOCK}::bigint)`.execute(tx);
  // The planner's figures are old while a million rows come in: it must not read the whole table for each batch.
  await sql`set local enable_seqscan = off`.execute(tx);
}

async function applyRows(ctx: Context, tx: Tx, row: ImportRow, signal?: AbortSignal): Promise<PassResult | Refusal> {
  await beginApply(tx);
  const now = await readRow(tx, row.id);
  if (now?.state !== 'applying') return refuse('import.state-meanwhile', { id: row.id, state: now?.state ?? '' });
  const writer = makeWriter(ctx, row, { allNew: row.rows_changed + row.rows_same === 0 });
  const events = changeEvents(row, writer.subject);
  const result = await passOver(ctx, row, tx, writer, async (judged, counts) => {
    signal?.throwIfAborted();
    progress.set(row.id, { ...counts });
    await writer.write(tx, judged);
    events.add(judged);
  });
  if (isRefusal(result)) return result;
  if (result.outcome !== row.outcome) return refuse('import.outdated', {});
  await writer.finish?.(tx);
  await recordEvents(tx, ctx, events.all());
  await endApply(ctx, tx, row, result);
  return result;
}

/** The import is applied: said in its row and in the record. */
export async function endApply(ctx: Context, tx: Tx, row: ImportRow, { counts }: PassResult): Promise<void> {
  await recordEvent(tx, ctx, {
    action: 'import.apply',
    subject: 'import',
    subjectId: row.id,
    after: {
      kind: row.kind,
      file: row.name,
      sha256: row.sha256,
      mode: row.mode,
      created: counts.created,
      changed: counts.changed,
      same: counts.same,
      rejected: counts.rejected,
    },
  });
  await tx
    .updateTable('import')
    .set({ state: 'applied', applied_at: ctx.now(), changed_at: ctx.now(), problem: null })
    .where('id', '=', row.id)
    .execute();
}

/** An event per changed row, or none when there are too many. */
export function changeEvents(row: ImportRow, subject: string): { add(judged: Judgement[]): void; all(): EventInput[] } {
  const events: EventInput[] = [];
  return {
    add(judged) {
      if (events.length > EVENTS) return;
      for (const one of judged) if (one.verdict === 'change') events.push(changeEvent(row, subject, one));
    },
    all: () => (events.length > EVENTS ? [] : events),
  };
}

function changeEvent(row: ImportRow, subject: string, one: Judgement): EventInput {
  return {
    action: `${subject}.change`,
    subject,
    subjectId: one.id,
    partyId: one.partyId,
    unitId: subject === 'unit' ? one.id : null,
    before: one.before,
    after: one.after,
    reason: `Import ${row.id}, row ${one.number}`,
  };
}

/** After a refusal nothing is written: outdated checks run again, a file that cannot be read ends the import. */
async function giveBack(ctx: Context, id: number, refusal: Refusal): Promise<void> {
  if (refusal.code === 'import.state-meanwhile') return;
  const problem = json({ code: refusal.code, params: refusal.params });
  await transact(ctx, async (tx) => {
    if (refusal.code === 'import.outdated') return startCheck(tx, ctx, id, { problem });
    await tx
      .updateTable('import')
      .set({ state: 'failed', problem, changed_at: ctx.now() })
      .where('id', '=', id)
      .execute();
  });
}

/** A job silent for this long is dead: its server was stopped. */
const SILENT_MS = 120_000;

/**
 * Gives imports whose server stopped their job again.
 * @param everything also those that gave a sign a moment ago: at the start of the only server of a database
 */
export async function resumeImports(ctx: Context, everything = false): Promise<void> {
  const since = new Date(ctx.wallClock().getTime() - (everything ? 0 : SILENT_MS));
  await transact(ctx, async (tx) => {
    const rows = await tx
      .selectFrom('import')
      .select(['id', 'state'])
      .where('state', 'in', ['checking', 'applying'])
      .where((eb) => eb.or([eb('beat_at', 'is', null), eb('beat_at', '<=', since)]))
      .execute();
    for (const { id, state } of rows)
      await ctx.queue.enqueue(
        tx,
        state === 'checking' ? importJobs.check : importJobs.apply,
        { id },
        { key: String(id) },
      );
  });
}
