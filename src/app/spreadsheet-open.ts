/** The file of a list, opened as a table, and what it leaves open. */
import type { Table } from '../adapters/table-file.ts';
import type { SpreadsheetTable } from '../db/schema-spreadsheets.ts';
import type { DateOrder } from '../domain/date-text.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type SheetMapping, type SheetWords, sheetHeadings } from '../domain/spreadsheet-columns.ts';
import { type SheetAsks, scanSheet } from '../domain/spreadsheet-scan.ts';
import type { Context, Reader } from './context.ts';
import { breakOff, type ImportFile, lookIntoTable, openTable } from './import-open.ts';

/** Rows of one list at most: as many answers as a person can look over. */
export const SPREADSHEET_ROWS = 50_000;

export interface SheetEnvironment {
  code: string;
  name: string;
}

/** The modes that an action's corrections are in, each once. */
export async function environmentsOf(reader: Reader, actionId: number): Promise<SheetEnvironment[]> {
  const rows = await reader
    .selectFrom('action_environment as a')
    .innerJoin('environment as e', 'e.id', 'a.environment_id')
    .select(['e.code', 'e.name', 'e.position'])
    .where('a.action_id', '=', actionId)
    .orderBy('e.position')
    .orderBy('e.code')
    .execute();
  return [...new Map(rows.map((row) => [row.code, { code: row.code, name: row.name }])).values()];
}

type Stores = Pick<Context, 'files' | 'tables'>;

const headings = (environments: readonly SheetEnvironment[]): string[] =>
  sheetHeadings(environments.map((one) => one.code));

/** Headings, first rows and form of a list. */
export function lookIntoSheet(ctx: Stores, environments: readonly SheetEnvironment[], file: ImportFile) {
  return lookIntoTable(ctx, headings(environments), file);
}

/** Opens a list as a table. */
export function openSheet(
  ctx: Stores,
  environments: readonly SheetEnvironment[],
  file: ImportFile,
): Promise<Table | Refusal> {
  return openTable(ctx, headings(environments), file);
}

/** What a list leaves open when it is read so, and the order of its dates where that is plain. Reads the whole file. */
export async function scanFile(
  ctx: Stores,
  file: ImportFile,
  reading: { mapping: SheetMapping; words: SheetWords; environments: readonly SheetEnvironment[] },
): Promise<{ asks: SheetAsks; order: DateOrder | undefined; rows: number } | Refusal> {
  const table = await openSheet(ctx, reading.environments, file);
  if (isRefusal(table)) return table;
  const scan = scanSheet(reading);
  let rows = 0;
  try {
    for await (const row of table.rows) {
      if (++rows > SPREADSHEET_ROWS)
        return refuse('spreadsheet.too-many-rows', { file: file.name, limit: SPREADSHEET_ROWS }, 'file');
      scan.take(row);
    }
  } catch (error) {
    return breakOff(ctx, error, file.name);
  } finally {
    await table.close();
  }
  return { asks: scan.asks(), order: scan.order(), rows };
}

export type SheetRow = Awaited<ReturnType<typeof readSheet>>;

/** A list with its file and what its sender is, as every step needs it; undefined when there is none of this number. */
export async function readSheet(reader: Reader, id: number) {
  return reader
    .selectFrom('spreadsheet as s')
    .innerJoin('file as f', 'f.id', 's.file_id')
    .innerJoin('party as p', 'p.id', 's.party_id')
    .innerJoin('action as a', 'a.id', 's.action_id')
    .selectAll('s')
    .select(['f.sha256', 'f.name', 'f.size', 'p.name as party', 'p.country', 'a.reference'])
    .where('s.id', '=', id)
    .executeTakeFirst();
}

/** How the bytes of a list are read. */
export function fileOf(row: {
  sha256: string;
  name: string;
  sheet: SpreadsheetTable['sheet']['__select__'];
  encoding: SpreadsheetTable['encoding']['__select__'];
  delimiter: SpreadsheetTable['delimiter']['__select__'];
}): ImportFile {
  return {
    sha256: row.sha256,
    name: row.name,
    sheet: row.sheet,
    encoding: row.encoding,
    delimiter: row.delimiter,
  };
}
