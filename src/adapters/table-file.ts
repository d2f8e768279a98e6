/**
 * Tables in files, as ERP systems and spreadsheets write them: CSV of any separator and encoding, and XLSX. Read as streams, so
 * that a million rows take no more memory than a thousand. What is no table is refused with the reason and the mend
 * (`refusal.table.*`); what goes wrong in the middle is thrown as TableFileError.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import iconv from 'iconv-lite';
import { parseDateText } from '../domain/date-text.ts';
import { foldHeading } from '../domain/import-mapping.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { TableFormat } from '../domain/table-format.ts';
import { refuseTable, TABLE_LIMITS, TableFileError, type TableRow } from './table-file-error.ts';
import { detectEncoding, detectLayout, readSample, readTextRows } from './table-file-text.ts';
import { columnLetters, writeCsv, writeXlsx } from './table-file-write.ts';
import { openWorkbook, readSheetRows } from './table-file-xlsx.ts';
import { listZip } from './table-file-zip.ts';

export { TABLE_LIMITS, TableFileError, type TableRow } from './table-file-error.ts';
export { type CsvOptions, type OutputCell, type TableColumn, writeCsv, writeXlsx } from './table-file-write.ts';

/** What the reader is told about a file. `name` is the name it came with: refusals show it, its ending is not believed. */
export type TableOptions = {
  name: string;
  /** Sheet of a workbook; the first visible one when left out. */
  sheet?: string | undefined;
  /** Where the guess was wrong: encoding as iconv-lite names it, separator of one character. */
  encoding?: string | undefined;
  delimiter?: string | undefined;
  /** Headings that may occur (`knownHeadings` of the kind of import): they find the heading row below titles and blank lines. */
  known?: readonly string[];
};

/**
 * A table opened. `rows` can be read once and closes the file when it ends; `close` does so earlier. `batches` is the same stream
 * some hundred rows at a time, for those who import a million. Blank rows are skipped, `number` counts them.
 */
export type Table = {
  format: TableFormat;
  encoding: string;
  delimiter: string;
  sheets: string[];
  sheet: string;
  header: string[];
  headerRow: number;
  rows: AsyncIterable<TableRow>;
  batches: AsyncIterable<TableRow[]>;
  close(): Promise<void>;
};

type Opened = Pick<Table, 'format' | 'encoding' | 'delimiter' | 'sheets' | 'sheet'> & {
  source: AsyncGenerator<TableRow[]>;
};

/**
 * Opens a table. A stream is first kept in a temporary file: encodings and workbooks cannot be known from their beginning.
 * @param source path of a file, or its bytes
 * @returns the table, or a Refusal with the file's name as `file`: `table.empty`, `table.no-rows`, `table.no-header`, `table.binary`, `table.xls`, `table.ods`,
 * `table.pdf`, `table.html`, `table.xml`, `table.encrypted`, `table.not-workbook`, `table.damaged`, `table.bomb`, `table.sheet`
 * {sheet, sheets}, `table.too-large`, `table.columns` / `table.cell` / `table.quote-open` {row}, `table.texts`, `table.encoding`
 */
export async function readTable(
  source: string | AsyncIterable<Uint8Array>,
  options: TableOptions,
): Promise<Table | Refusal> {
  let file: FileHandle | undefined;
  try {
    file = typeof source === 'string' ? await open(source, 'r') : await keepTemporarily(source);
    const opened = await openSource(file, options);
    return await startTable(file, opened, options.known ?? []);
  } catch (error) {
    await file?.close();
    if (error instanceof TableFileError)
      return refuse(error.refusal.code, { ...error.refusal.params, file: options.name });
    throw error;
  }
}

/** Writes a stream to a file that is already unlinked: it goes away with its handle, whatever happens. */
async function keepTemporarily(source: AsyncIterable<Uint8Array>): Promise<FileHandle> {
  const path = join(tmpdir(), `table-${randomBytes(12).toString('hex')}`);
  const file = await open(path, 'wx+', 0o600);
  let bytes = 0;
  try {
    for await (const chunk of source) {
      bytes += chunk.byteLength;
      if (bytes > TABLE_LIMITS.bytes) throw refuseTable('table.too-large', { limit: TABLE_LIMITS.bytes / 2 ** 20 });
      await file.writeFile(chunk);
    }
  } catch (error) {
    await file.close();
    throw error;
  } finally {
    await unlink(path);
  }
  return file;
}

async function openSource(file: FileHandle, options: TableOptions): Promise<Opened> {
  const { size } = await file.stat();
  if (size === 0) throw refuseTable('table.empty');
  if (size > TABLE_LIMITS.bytes) throw refuseTable('table.too-large', { limit: TABLE_LIMITS.bytes / 2 ** 20 });
  const head = Buffer.alloc(Math.min(size, 8192));
  await file.read(head, 0, head.length, 0);
  const latin = head.toString('latin1');
  if (latin.startsWith('%PDF')) throw refuseTable('table.pdf');
  if (latin.startsWith('\u00d0\u00cf\u0011\u00e0')) await refuseOldOffice(file, size);
  if (latin.startsWith('PK\u0003\u0004') || latin.startsWith('PK\u0005\u0006')) return openXlsx(file, size, options);
  // Old systems name an HTML page or an XML document .xls, which spreadsheets open without a word.
  if (/^\W{0,5}\s*<(!doctype html|html|table|head|body|meta)/i.test(latin)) throw refuseTable('table.html');
  if (/^\W{0,5}<\?xml/i.test(latin)) throw refuseTable('table.xml');
  return openText(file, options);
}

/** OLE containers: a workbook with a password is one, and so are .xls files. Their directory names what they hold, in UTF-16. */
async function refuseOldOffice(file: FileHandle, size: number): Promise<void> {
  const name = Buffer.from('EncryptedPackage', 'utf16le');
  for (let at = 0; at < Math.min(size, 64 * 2 ** 20); at += 2 ** 20 - 64) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(2 ** 20), 0, 2 ** 20, at);
    if (buffer.subarray(0, bytesRead).includes(name)) throw refuseTable('table.encrypted');
  }
  throw refuseTable('table.xls');
}

async function openXlsx(file: FileHandle, size: number, options: TableOptions): Promise<Opened> {
  const parts = await listZip(file, size);
  if (parts.has('content.xml')) throw refuseTable('table.ods');
  if (parts.has('xl/workbook.bin')) throw refuseTable('table.xlsb');
  if (![...parts.keys()].some((name) => name.endsWith('workbook.xml'))) throw refuseTable('table.not-workbook');
  const workbook = await openWorkbook(file, parts);
  const sheets = workbook.sheets.map(({ name }) => name);
  const sheet =
    options.sheet === undefined ? workbook.sheets[0] : workbook.sheets.find(({ name }) => name === options.sheet);
  if (!sheet) throw refuseTable('table.sheet', { sheet: options.sheet ?? '', sheets: sheets.join(', ') });
  return {
    format: 'xlsx',
    encoding: 'utf-8',
    delimiter: '',
    sheets,
    sheet: sheet.name,
    source: readSheetRows(file, workbook, sheet.part),
  };
}

async function openText(file: FileHandle, options: TableOptions): Promise<Opened> {
  if (options.encoding !== undefined && !iconv.encodingExists(options.encoding))
    throw refuseTable('table.encoding', { encoding: options.encoding });
  const encoding = options.encoding ?? (await detectEncoding(file));
  const sample = await readSample(file, encoding);
  if (sample.trim() === '') throw refuseTable('table.empty');
  // Text has hardly any control characters; pictures and programs are full of them.
  const strange = sample.match(/(?![\t\r\n\f\v\u0085])\p{Cc}/gu)?.length ?? 0;
  if (strange > sample.length / 100) throw refuseTable('table.binary');
  const layout = detectLayout(sample, new Set((options.known ?? []).map(foldHeading)));
  if (options.delimiter) layout.delimiter = options.delimiter;
  const source = readTextRows(file, encoding, layout);
  return { format: 'csv', encoding, delimiter: layout.delimiter, sheets: [], sheet: '', source };
}

/** Reads on until the heading row is known, then hands out what follows it. */
async function startTable(file: FileHandle, opened: Opened, known: readonly string[]): Promise<Table> {
  const { source, ...facts } = opened;
  const ahead: TableRow[] = [];
  for (;;) {
    const { value, done } = await source.next();
    if (done) break;
    for (const row of value) if (isFilled(row)) ahead.push(row);
    if (ahead.length >= 30) break;
  }
  if (ahead.length === 0) throw refuseTable('table.empty');
  const at = findHeader(ahead.slice(0, 20), known);
  const heading = ahead[at];
  if (!heading) throw refuseTable('table.no-header');
  const body = ahead.slice(at + 1);
  if (body.length === 0) throw refuseTable('table.no-rows', { row: heading.number });
  const batches = streamBatches(file, source, body);
  return {
    ...facts,
    header: nameColumns(heading.cells, body.slice(0, 30)),
    headerRow: heading.number,
    batches,
    rows: streamRows(batches),
    async close() {
      await batches.return(undefined);
      await source.return(undefined);
      await file.close();
    },
  };
}

function isFilled(row: TableRow): boolean {
  return row.cells.some((cell) => cell.trim() !== '');
}

/** Index of the heading row: the first with two known headings (or the only one), else the first as wide as the table. */
function findHeader(rows: TableRow[], known: readonly string[]): number {
  const names = new Set(known.map(foldHeading));
  const hits = rows.map(({ cells }) => cells.filter((cell) => names.has(foldHeading(cell))).length);
  const widths = rows.map(({ cells }) => cells.filter((cell) => cell.trim() !== '').length);
  const widest = Math.max(...widths);
  const sure = hits.findIndex((count) => count >= Math.min(2, widest));
  if (sure >= 0) return sure;
  const first = widths.findIndex((width) => width >= widest / 2);
  // A row of numbers, dates and addresses is the first of the data: the headings are missing.
  const cells = (rows[first]?.cells ?? []).map((cell) => cell.trim()).filter((cell) => cell !== '');
  const values = cells.filter((cell) => /^[\d\s.,+/-]+$|@/.test(cell) || !isRefusal(parseDateText(cell)));
  return values.length > cells.length / 2 ? -1 : first;
}

/** Headings as shown: trimmed, each different (`Name`, `Name (2)`); one that is empty is named after its letter when its column is filled. */
function nameColumns(cells: string[], rows: TableRow[]): string[] {
  const filled = Math.max(
    cells.findLastIndex((cell) => cell.trim() !== ''),
    ...rows.map((row) => row.cells.findLastIndex((cell) => cell.trim() !== '')),
  );
  const seen = new Map<string, number>();
  return Array.from({ length: filled + 1 }, (_, index) => {
    const heading = (cells[index] ?? '').replace(/\s+/g, ' ').trim() || `Column ${columnLetters(index)}`;
    const times = (seen.get(heading) ?? 0) + 1;
    seen.set(heading, times);
    return times === 1 ? heading : `${heading} (${times})`;
  });
}

async function* streamBatches(
  file: FileHandle,
  source: AsyncGenerator<TableRow[]>,
  first: TableRow[],
): AsyncGenerator<TableRow[], undefined> {
  let count = 0;
  try {
    let rows = first;
    for (;;) {
      count += rows.length;
      if (count > TABLE_LIMITS.rows) throw refuseTable('table.rows', { limit: TABLE_LIMITS.rows });
      if (rows.length > 0) yield rows;
      const { value, done } = await source.next();
      if (done) return undefined;
      rows = value.every(isFilled) ? value : value.filter(isFilled);
    }
  } finally {
    await source.return(undefined);
    await file.close();
  }
}

async function* streamRows(batches: AsyncIterable<TableRow[]>): AsyncGenerator<TableRow> {
  for await (const batch of batches) yield* batch;
}

/** Reading and writing tables, as the use cases see it. */
export interface TableFiles {
  read: typeof readTable;
  csv: typeof writeCsv;
  xlsx: typeof writeXlsx;
  /** What a table that was opened refused in mid-stream; undefined when the error is another one. */
  refusalOf(error: unknown): Refusal | undefined;
}
export const tableFiles: TableFiles = {
  read: readTable,
  csv: writeCsv,
  xlsx: writeXlsx,
  refusalOf: (error) => (error instanceof TableFileError ? error.refusal : undefined),
};
