/**
 * Tables written as CSV and XLSX, as streams. A cell that came from outside must never run: see `neutralize` for CSV; in XLSX a
 * text cell is typed as text and cannot be a formula.
 */
import { writeZip, type ZipSource } from './table-file-zip.ts';

/** What a cell may hold. A Date is an instant, written in UTC. */
export type OutputCell = string | number | boolean | Date | null | undefined;

/** One column: its heading and how its cell is taken from a row. `type` date takes 'YYYY-MM-DD' texts and makes them dates in XLSX. */
export type TableColumn<Row> = { heading: string; value: (row: Row) => OutputCell; type?: 'date'; width?: number };
export type CsvOptions = { delimiter?: ',' | ';' | '\t' };

type Rows<Row> = AsyncIterable<Row> | Iterable<Row>;
const PIECE = 64 * 1024;
/** Excel's own bounds: rows of a sheet, characters of a cell. */
const SHEET_ROWS = 1_048_576;
const CELL_LENGTH = 32_767;

/**
 * A text as it may stand in a CSV cell. Spreadsheets run what begins with = + - @ (their wide forms too), a tab or a line break as a
 * formula; an apostrophe before it stops that (OWASP, CSV Injection). Texts of digits and punctuation alone (-5, +49 351 000-12)
 * cannot call anything and stay as they are. Our own reader takes the apostrophe off again.
 */
export function neutralize(text: string): string {
  if (!/^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/.test(text)) return text;
  return /^[+-][\d\s().,/-]*$/.test(text) ? text : `'${text}`;
}

/** Writes RFC 4180 with a byte order mark, without which Excel takes UTF-8 for Windows-1252. */
export async function* writeCsv<Row>(
  rows: Rows<Row>,
  columns: readonly TableColumn<Row>[],
  options: CsvOptions = {},
): AsyncGenerator<Uint8Array> {
  const delimiter = options.delimiter ?? ',';
  const quote = (cell: OutputCell): string => {
    const text = typeof cell === 'string' ? neutralize(cell) : plainText(cell);
    return /["\r\n]/.test(text) || text.includes(delimiter) || text.trim() !== text
      ? `"${text.replaceAll('"', '""')}"`
      : text;
  };
  let piece = `\ufeff${columns.map((column) => quote(column.heading)).join(delimiter)}\r\n`;
  for await (const row of rows) {
    piece += `${columns.map((column) => quote(column.value(row))).join(delimiter)}\r\n`;
    if (piece.length < PIECE) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  yield Buffer.from(piece);
}

function plainText(cell: Exclude<OutputCell, string>): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  return cell instanceof Date ? cell.toISOString() : String(cell);
}

/**
 * Writes a workbook: headings bold, frozen and with filters. More rows than a sheet holds go on in the next one, headings repeated.
 * Memory stays the same for any number of rows.
 */
export async function* writeXlsx<Row>(
  rows: Rows<Row>,
  columns: readonly TableColumn<Row>[],
  options: { sheet?: string } = {},
): AsyncGenerator<Uint8Array> {
  yield* writeZip(workbookParts(rows, columns, (options.sheet ?? 'List').replace(/[[\]:*?/\\]/g, ' ').slice(0, 25)));
}

async function* workbookParts<Row>(
  rows: Rows<Row>,
  columns: readonly TableColumn<Row>[],
  name: string,
): AsyncGenerator<ZipSource> {
  const iterator = Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]();
  const state = { next: await iterator.next(), sheets: 0 };
  try {
    do {
      state.sheets++;
      yield { name: `xl/worksheets/sheet${state.sheets}.xml`, content: writeSheet(iterator, state, columns) };
    } while (!state.next.done);
  } finally {
    await iterator.return?.();
  }
  const numbers = Array.from({ length: state.sheets }, (_, index) => index + 1);
  const parts: Record<string, string> = {
    '[Content_Types].xml': `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPE}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${TYPE}.styles+xml"/>${numbers.map((n) => `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="${TYPE}.worksheet+xml"/>`).join('')}</Types>`,
    '_rels/.rels': relations([['officeDocument', 'xl/workbook.xml']]),
    'xl/_rels/workbook.xml.rels': relations([
      ...numbers.map((n): [string, string] => ['worksheet', `worksheets/sheet${n}.xml`]),
      ['styles', 'styles.xml'],
    ]),
    'xl/workbook.xml': `<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><sheets>${numbers.map((n) => `<sheet name="${encodeXml(n === 1 ? name : `${name} ${n}`)}" sheetId="${n}" r:id="rId${n}"/>`).join('')}</sheets></workbook>`,
    // Cell styles: 0 plain, 1 heading, 2 date, 3 instant.
    'xl/styles.xml': `<styleSheet xmlns="${MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf/><xf fontId="1" applyFont="1"/><xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/></cellXfs></styleSheet>`,
  };
  for (const [part, xml] of Object.entries(parts)) yield { name: part, content: [Buffer.from(HEAD + xml)] };
}

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

function relations(targets: [string, string][]): string {
  const list = targets.map(
    ([type, target], index) => `<Relationship Id="rId${index + 1}" Type="${RELATIONS}/${type}" Target="${target}"/>`,
  );
  return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${list.join('')}</Relationships>`;
}

type Cursor<Row> = { next: IteratorResult<Row> };

async function* writeSheet<Row>(
  iterator: AsyncIterator<Row> | Iterator<Row>,
  cursor: Cursor<Row>,
  columns: readonly TableColumn<Row>[],
): AsyncGenerator<Uint8Array> {
  const letters = columns.map((_, index) => columnLetters(index));
  const widths = columns.map(
    ({ heading, width }, i) =>
      `<col min="${i + 1}" max="${i + 1}" width="${width ?? Math.min(40, Math.max(12, heading.length + 4))}" customWidth="1"/>`,
  );
  let piece = `${HEAD}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>${columns.length > 0 ? `<cols>${widths.join('')}</cols>` : ''}<sheetData>`;
  piece += `<row r="1">${columns.map(({ heading }, i) => textCell(`${letters[i]}1`, heading, 1)).join('')}</row>`;
  let number = 1;
  while (!cursor.next.done && number < SHEET_ROWS) {
    number++;
    const row = cursor.next.value;
    piece += `<row r="${number}">`;
    for (const [i, column] of columns.entries())
      piece += writeCell(`${letters[i]}${number}`, column.value(row), column.type);
    piece += '</row>';
    if (piece.length >= PIECE) {
      yield Buffer.from(piece);
      piece = '';
    }
    cursor.next = await iterator.next();
  }
  const filter = columns.length > 0 ? `<autoFilter ref="A1:${letters.at(-1)}${number}"/>` : '';
  yield Buffer.from(`${piece}</sheetData>${filter}</worksheet>`);
}

function writeCell(reference: string, value: OutputCell, type: 'date' | undefined): string {
  if (value === null || value === undefined || value === '') return '';
  if (typeof value === 'number') return Number.isFinite(value) ? `<c r="${reference}"><v>${value}</v></c>` : '';
  if (typeof value === 'boolean') return textCell(reference, plainText(value), 0);
  if (value instanceof Date) return `<c r="${reference}" s="3"><v>${value.getTime() / 86_400_000 + 25_569}</v></c>`;
  if (type === 'date' && /^\d{4}-\d\d-\d\d$/.test(value)) {
    const serial = Date.parse(value) / 86_400_000 + 25_569;
    // Before March 1900 Excel's calendar is wrong; such a day stays a text.
    if (serial > 60) return `<c r="${reference}" s="2"><v>${serial}</v></c>`;
  }
  return textCell(reference, value, 0);
}

function textCell(reference: string, text: string, style: number): string {
  const cut = text.length > CELL_LENGTH ? `${text.slice(0, CELL_LENGTH - 1)}…` : text;
  return `<c r="${reference}"${style ? ` s="${style}"` : ''} t="inlineStr"><is><t${cut.trim() === cut ? '' : ' xml:space="preserve"'}>${encodeXml(cut)}</t></is></c>`;
}

/** XML text. Characters XML cannot hold are dropped; `_x0041_` would be read as A, so its underscore is written out. */
function encodeXml(text: string): string {
  if (!/[&<>"_\p{Cc}\ud800-\udfff\ufffe\uffff]/u.test(text)) return text;
  return text
    .toWellFormed()
    .replace(/[^\P{Cc}\t\n\r\u0080-\u009f]|[\ufffe\uffff]/gu, '')
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    .replace(/[&<>"\r]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? '&#13;');
}

/** 0 → A, 27 → AB: how a spreadsheet names its columns. */
export function columnLetters(index: number): string {
  return index < 26
    ? String.fromCharCode(65 + index)
    : columnLetters(Math.floor(index / 26) - 1) + String.fromCharCode(65 + (index % 26));
}
