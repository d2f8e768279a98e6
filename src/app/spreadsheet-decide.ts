/** What becomes of a checked list: it is applied, or put away. */
import { sql } from 'kysely';
import { z } from 'zod';
import type { SpreadsheetState } from '../db/schema-spreadsheets.ts';
import { json } from '../db/values.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { outdatedRows } from './spreadsheet-check.ts';
import { knowSender } from './spreadsheet-keep.ts';
import { type KeptReading, keepReading } from './spreadsheet-mapping.ts';
import type { SheetRow } from './spreadsheet-open.ts';
import { lockSheet, startSheetCheck, takeSheet } from './spreadsheet-steps.ts';

export const applySpreadsheetInput = z.object({
  mode: z.enum(['all', 'valid']).default('all'),
  /** With the list its sender confirms for everybody in it that the notice was received and understood. */
  receipt: z.boolean().default(false),
  /** Who gets the receipt of what was read; the contact it came from unless told. */
  contactId: z.number().int().positive().nullable().optional(),
});

/**
 * Has the replies of a checked list written: all its rows, or by explicit choice those that are right. When what is known
 * has changed since the check, it is checked again and nothing is written.
 * Refuses `spreadsheet.refused-rows` {refused} for `all`, `spreadsheet.nothing`, `spreadsheet.outdated`.
 */
export async function applySpreadsheet(
  ctx: Context,
  input: z.input<typeof applySpreadsheetInput> & { id: number },
): Promise<{ id: number; state: SpreadsheetState } | Refusal> {
  const no = forbid(ctx.actor, 'reply.record');
  if (no) return no;
  const { id } = input;
  const { mode, receipt, contactId } = applySpreadsheetInput.parse(input);
  const row = await takeSheet(ctx, id);
  if (isRefusal(row)) return row;
  if (contactId) {
    const whose = await knowSender(ctx, { actionId: row.action_id, partyId: row.party_id, contactId });
    if (whose) return whose;
  }
  type Done = { id: number; state: SpreadsheetState } | { outdated: Refusal } | Refusal;
  const result = await transact(ctx, async (tx): Promise<Done> => {
    const locked = await lockSheet(tx, id, ['checked']);
    if (locked) return locked;
    const { rows_ready: ready, rows_same: same, rows_refused: refused } = row;
    if (mode === 'all' && refused > 0) return refuse('spreadsheet.refused-rows', { refused }, 'mode');
    if (ready + same === 0) return refuse('spreadsheet.nothing', {}, 'mode');
    if ((await outdatedRows(tx, row)) > 0) {
      const outdated = refuse('spreadsheet.outdated', { id });
      await startSheetCheck(tx, ctx, id, outdated);
      return { outdated };
    }
    const version =
      row.mapping_version > 0
        ? row.mapping_version
        : await keepReading(tx, ctx, row.party_id, row.found.header, of(row));
    await tx
      .updateTable('spreadsheet')
      .set({
        state: 'applying',
        mode,
        receipt,
        mapping_version: version,
        ...(contactId === undefined ? {} : { contact_id: contactId }),
        decided_by: json(ctx.actor),
        beat_at: null,
        problem: null,
        changed_at: ctx.now(),
      })
      .where('id', '=', id)
      .execute();
    await recordEvent(tx, ctx, {
      action: 'spreadsheet.apply',
      subject: 'spreadsheet',
      subjectId: id,
      actionId: row.action_id,
      partyId: row.party_id,
      after: { mode, receipt, ready, same, refused },
    });
    await ctx.queue.enqueue(tx, 'work-spreadsheets', {}, { key: 'due' });
    return { id, state: 'applying' as const };
  });
  return 'outdated' in result ? result.outdated : result;
}

const of = (row: NonNullable<SheetRow>): KeptReading => ({
  mapping: row.mapping,
  words: row.words,
  dateOrder: row.date_order,
  noMode: row.no_mode,
});

/** Puts a list away that nobody will apply. The file stays; the same file can be sent again. */
export async function discardSpreadsheet(ctx: Context, id: number): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'reply.record');
  if (no) return no;
  const row = await takeSheet(ctx, id);
  if (isRefusal(row)) return row;
  return transact(ctx, async (tx) => {
    const locked = await lockSheet(tx, id, ['mapping', 'checking', 'checked', 'failed']);
    if (locked) return locked;
    await sql`
      update spreadsheet set state = 'discarded', run = run + 1, once_key = once_key || ':discarded:' || id,
          changed_at = ${ctx.now()}::timestamptz where id = ${id}`.execute(tx);
    await recordEvent(tx, ctx, {
      action: 'spreadsheet.discard',
      subject: 'spreadsheet',
      subjectId: id,
      actionId: row.action_id,
      partyId: row.party_id,
    });
    return { id };
  });
}
