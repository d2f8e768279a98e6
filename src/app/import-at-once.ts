/** An import whose outcome nobody looks at before it is applied: judged and written in one reading of the file. */
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent, recordEvents } from './event.ts';
import { keeperOf } from './import-kept.ts';
import type { PassResult } from './import-pass.ts';
import {
  beginApply,
  CHANGED,
  changeEvents,
  endApply,
  type ImportRow,
  makeWriter,
  noUnitKnown,
  passOver,
  readRow,
  tallied,
} from './import-work.ts';

/** A row was refused where all rows are wanted: what was written so far is taken back. */
class RejectedRowError extends Error {}

/**
 * Applies an import that waits to be checked, in one transaction and one pass. With mode `all` the first refused row takes
 * everything back, and so does whatever came in between: the import then waits for its check as before, which says what
 * is wrong.
 * @returns whether it is applied
 */
export async function applyAtOnce(ctx: Context, id: number, mode: 'all' | 'valid'): Promise<boolean> {
  try {
    const result = await transact(ctx, async (tx) => {
      await beginApply(tx);
      const row = await readRow(tx, id);
      if (row?.state !== 'checking') return refuse('import.state-meanwhile', { id, state: row?.state ?? '' });
      return writeRows(ctx, tx, row, mode);
    });
    return !isRefusal(result);
  } catch (error) {
    if (error instanceof RejectedRowError || CHANGED.has((error as { code?: string }).code ?? '')) return false;
    throw error;
  }
}

async function writeRows(ctx: Context, tx: Tx, row: ImportRow, mode: 'all' | 'valid'): Promise<PassResult | Refusal> {
  await recordEvent(tx, ctx, { action: 'import.start', subject: 'import', subjectId: row.id, after: { mode } });
  const writer = makeWriter(ctx, row, { allNew: await noUnitKnown(tx) });
  const keep = keeperOf(tx, row.id, writer.subject);
  const events = changeEvents(row, writer.subject);
  const result = await passOver(ctx, row, tx, writer, async (judged, counts) => {
    if (mode === 'all' && counts.rejected > 0) throw new RejectedRowError();
    await keep(judged);
    await writer.write(tx, judged);
    events.add(judged);
  });
  if (isRefusal(result)) return result;
  const { counts, outcome } = result;
  if (counts.created + counts.changed + counts.same === 0) return refuse('import.nothing-valid', {}, 'mode');
  await writer.finish?.(tx);
  await recordEvents(tx, ctx, events.all());
  await tx
    .updateTable('import')
    .set({
      mode,
      outcome,
      rows_seen: counts.seen,
      ...tallied(counts),
      checked_at: ctx.now(),
      applied_by: ctx.actor.name,
    })
    .where('id', '=', row.id)
    .execute();
  await endApply(ctx, tx, { ...row, mode }, result);
  return result;
}
