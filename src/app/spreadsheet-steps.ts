/** How a list is read, said by a person: columns, words, dates. What is said once serves the sender's next list. */
import { z } from 'zod';
import type { SpreadsheetState } from '../db/schema-spreadsheets.ts';
import { json } from '../db/values.ts';
import { forbid, forbidContact } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { isWhole, type SheetMapping, sheetColumn } from '../domain/spreadsheet-columns.ts';
import { isOpen, type SheetAsks } from '../domain/spreadsheet-scan.ts';
import { foldWord, sheetMeanings } from '../domain/spreadsheet-words.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { openAsks, remediesOf, studied, studySheet } from './spreadsheet-keep.ts';
import { type KeptReading, keepReading } from './spreadsheet-mapping.ts';
import { environmentsOf, fileOf, readSheet, type SheetRow, scanFile } from './spreadsheet-open.ts';

/** A list in the hands of who may have it: the holder of a link sees those of their own party and action. */
export async function takeSheet(ctx: Context, id: number): Promise<NonNullable<SheetRow> | Refusal> {
  const row = await readSheet(ctx.db, id);
  if (!row) return refuse('spreadsheet.unknown', { id });
  if (ctx.actor.kind !== 'contact') return row;
  const link = await ctx.db
    .selectFrom('link')
    .select('action_id')
    .where('id', '=', ctx.actor.linkId)
    .executeTakeFirst();
  return row.party_id === ctx.actor.partyId && row.action_id === link?.action_id
    ? row
    : refuse('spreadsheet.unknown', { id });
}

/** Locks a list that stands in one of these states. */
export async function lockSheet(tx: Tx, id: number, states: readonly SpreadsheetState[]): Promise<undefined | Refusal> {
  const row = await tx.selectFrom('spreadsheet').select('state').where('id', '=', id).forUpdate().executeTakeFirst();
  if (!row) return refuse('spreadsheet.unknown', { id });
  return states.includes(row.state) ? undefined : refuse('spreadsheet.state-meanwhile', { id, state: row.state });
}

/** States in which a list can be mapped, read or put away. */
const IDLE: readonly SpreadsheetState[] = ['mapping', 'checked', 'failed'];

export const mapSpreadsheetInput = z.object({
  /** Key of a column (`unit`, `status`, `status:Dx` …) → place of the list's column, from 0. */
  mapping: z.record(z.string().max(80), z.number().int().min(0).max(500)),
  /** The sender's own words and their meaning; '' is an empty cell. */
  words: z
    .object({
      status: z.record(z.string().max(120), z.enum(sheetMeanings)).default({}),
      mode: z.record(z.string().max(120), z.string().max(60)).default({}),
    })
    .default({ status: {}, mode: {} }),
  /** Which comes first in 04/05/2022. */
  dateOrder: z.enum(['', 'dmy', 'mdy']).default(''),
  /** Rows without a mode: they speak of every mode, or are refused. */
  noMode: z.enum(['', 'all', 'refuse']).default(''),
  /** The remedy it speaks of, where the action has several. */
  remedyId: z.number().int().positive().nullable().default(null),
});

/**
 * Says how a list is read, keeps that for the sender's next one, and starts the check. Where something is still open (a
 * word nobody knows), what was said is kept and `asks` says what is missing.
 * Refuses `spreadsheet.columns`, `spreadsheet.column-unknown`, `spreadsheet.column-twice` {heading}, `spreadsheet.mode`.
 */
export async function mapSpreadsheet(
  ctx: Context,
  id: number,
  input: z.input<typeof mapSpreadsheetInput>,
): Promise<{ id: number; state: SpreadsheetState; asks: SheetAsks } | Refusal> {
  const no = forbidContact(ctx.actor, 'reply.record');
  if (no) return no;
  const { mapping, words, dateOrder, noMode, remedyId } = mapSpreadsheetInput.parse(input);
  const row = await takeSheet(ctx, id);
  if (isRefusal(row)) return row;
  const environments = await environmentsOf(ctx.db, row.action_id);
  const wrong = checkSheetMapping(
    mapping,
    row.found.header,
    environments.map((one) => one.code),
  );
  if (wrong) return wrong;
  const modes = new Set(['all', '', ...environments.map((one) => one.code)]);
  const stray = Object.values(words.mode).find((mode) => !modes.has(mode));
  if (stray !== undefined) return refuse('spreadsheet.mode', { mode: stray }, 'words');
  const reading: KeptReading = { mapping, words: foldWords(words), dateOrder, noMode };
  const remedies = await remediesOf(ctx.db, row.action_id);
  if (remedyId !== null && !remedies.some((one) => one.id === remedyId))
    return refuse('spreadsheet.remedy', {}, 'remedyId');
  const scan = await scanFile(ctx, fileOf(row), { ...reading, environments });
  if (isRefusal(scan)) return scan;
  // Whoever says the order of the dates has seen them.
  const asks = openAsks({ ...scan, order: undefined }, reading, remedies.length > 1 && remedyId === null);
  const settled: KeptReading = { ...reading, dateOrder: reading.dateOrder || (scan.order ?? '') };
  return transact(ctx, async (tx) => {
    const locked = await lockSheet(tx, id, IDLE);
    if (locked) return locked;
    const open = isOpen(asks);
    const version = open ? row.mapping_version : await keepReading(tx, ctx, row.party_id, row.found.header, settled);
    const study = { found: row.found, reading: settled, version, asks, remedyId };
    await tx
      .updateTable('spreadsheet')
      .set({ ...studied(study), state: 'mapping', problem: null, changed_at: ctx.now() })
      .where('id', '=', id)
      .execute();
    if (open) return { id, state: 'mapping' as const, asks };
    await recordEvent(tx, ctx, {
      action: 'spreadsheet.map',
      subject: 'spreadsheet',
      subjectId: id,
      actionId: row.action_id,
      partyId: row.party_id,
      after: { version, mapping, words: settled.words, dateOrder: settled.dateOrder, noMode },
    });
    await startSheetCheck(tx, ctx, id);
    return { id, state: 'checking' as const, asks };
  });
}

/** Columns that are there, each once, and enough of them. */
function checkSheetMapping(
  mapping: SheetMapping,
  header: readonly string[],
  environments: readonly string[],
): Refusal | undefined {
  const taken = new Set<number>();
  for (const [key, index] of Object.entries(mapping)) {
    const mode = /^(?:status|date):(.+)$/.exec(key)?.[1];
    const known = sheetColumn(key) !== undefined && (mode === undefined || environments.includes(mode));
    if (!known || index >= header.length) return refuse('spreadsheet.column-unknown', { column: key }, 'mapping');
    if (taken.has(index))
      return refuse('spreadsheet.column-twice', { heading: header[index] ?? '' }, `column-${index}`);
    taken.add(index);
  }
  return isWhole(mapping) ? undefined : refuse('spreadsheet.columns', {}, 'mapping');
}

function foldWords(words: KeptReading['words']): KeptReading['words'] {
  const fold = (set: Record<string, string>) =>
    Object.fromEntries(Object.entries(set).map(([word, meaning]) => [foldWord(word), meaning]));
  return { status: fold(words.status), mode: fold(words.mode) };
}

export const readSpreadsheetInput = z.object({
  sheet: z.string().max(200).default(''),
  encoding: z.string().max(40).default(''),
  delimiter: z.string().max(1).default(''),
});

/** Reads the file anew with another sheet, encoding or separator; its columns are to be mapped again. */
export async function readSpreadsheetAnew(
  ctx: Context,
  id: number,
  input: z.input<typeof readSpreadsheetInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'reply.record');
  if (no) return no;
  const how = readSpreadsheetInput.parse(input);
  const row = await takeSheet(ctx, id);
  if (isRefusal(row)) return row;
  const study = await studySheet(ctx, {
    actionId: row.action_id,
    partyId: row.party_id,
    file: { sha256: row.sha256, name: row.name, ...how },
  });
  if (isRefusal(study)) return study;
  study.asks.columns = true;
  return transact(ctx, async (tx) => {
    const locked = await lockSheet(tx, id, IDLE);
    if (locked) return locked;
    await tx
      .updateTable('spreadsheet')
      .set({ ...studied(study), ...how, state: 'mapping', problem: null, changed_at: ctx.now() })
      .where('id', '=', id)
      .execute();
    return { id };
  });
}

/** Has a list checked (again): what is known may have changed, or a mandate was given. */
export async function checkSpreadsheetAgain(ctx: Context, id: number): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'reply.record');
  if (no) return no;
  const row = await takeSheet(ctx, id);
  if (isRefusal(row)) return row;
  return transact(ctx, async (tx) => {
    const locked = await lockSheet(tx, id, ['checked', 'failed']);
    if (locked) return locked;
    await startSheetCheck(tx, ctx, id);
    return { id };
  });
}

/** Puts a list into the state of being checked and has the job do it. */
export async function startSheetCheck(tx: Tx, ctx: Context, id: number, problem: Refusal | null = null): Promise<void> {
  await tx
    .updateTable('spreadsheet')
    .set((eb) => ({
      state: 'checking' as const,
      asks: json({}),
      run: eb('run', '+', 1),
      beat_at: null,
      problem: problem ? json({ code: problem.code, params: problem.params }) : null,
      changed_at: ctx.now(),
    }))
    .where('id', '=', id)
    .execute();
  await ctx.queue.enqueue(tx, 'work-spreadsheets', {}, { key: 'due' });
}
