/** The file of an import, opened as a table. */
import type { Table } from '../adapters/table-file.ts';
import type { ImportFound } from '../db/schema-imports.ts';
import { type ImportKind, knownHeadings } from '../domain/import.ts';
import { isRefusal, type Refusal } from '../domain/refusal.ts';
import type { Context } from './context.ts';

/** Rows shown when columns are mapped, and asked what their values look like. */
const SAMPLES = 40;

/** Where the bytes are, and how to read them. */
export interface ImportFile {
  sha256: string;
  name: string;
  sheet?: string;
  encoding?: string;
  delimiter?: string;
}

/** Opens the file of an import as a table. */
export async function openImport(
  ctx: Pick<Context, 'files' | 'tables'>,
  kind: ImportKind,
  file: ImportFile,
): Promise<Table | Refusal> {
  return openTable(ctx, knownHeadings(kind), file);
}

/** Opens a stored file as a table. @param known headings that may occur: they find the heading row */
export async function openTable(
  ctx: Pick<Context, 'files' | 'tables'>,
  known: readonly string[],
  file: ImportFile,
): Promise<Table | Refusal> {
  return ctx.tables.read(ctx.files.path?.(file.sha256) ?? ctx.files.read(file.sha256), {
    name: file.name,
    sheet: file.sheet || undefined,
    encoding: file.encoding || undefined,
    delimiter: file.delimiter || undefined,
    known,
  });
}

/** The refusal of a file that broke off while it was read; any other error is thrown on. */
export function breakOff(ctx: Pick<Context, 'tables'>, error: unknown, name: string): Refusal {
  const refusal = ctx.tables.refusalOf(error);
  if (!refusal) throw error;
  return { ...refusal, params: { ...refusal.params, file: name } };
}

/** Headings, first rows and form of a file. */
export async function lookInto(
  ctx: Pick<Context, 'files' | 'tables'>,
  kind: ImportKind,
  file: ImportFile,
): Promise<ImportFound | Refusal> {
  return lookIntoTable(ctx, knownHeadings(kind), file);
}

/** The same for any table: see {@link openTable}. */
export async function lookIntoTable(
  ctx: Pick<Context, 'files' | 'tables'>,
  known: readonly string[],
  file: ImportFile,
): Promise<ImportFound | Refusal> {
  const table = await openTable(ctx, known, file);
  if (isRefusal(table)) return table;
  const samples: string[][] = [];
  try {
    for await (const row of table.rows) {
      samples.push(row.cells.slice(0, table.header.length).map((cell) => cell.slice(0, 200)));
      if (samples.length === SAMPLES) break;
    }
  } catch (error) {
    return breakOff(ctx, error, file.name);
  } finally {
    await table.close();
  }
  const { format, encoding, delimiter, sheets, sheet, header, headerRow } = table;
  return { format, encoding, delimiter, sheets, sheet, header, headerRow, samples };
}
