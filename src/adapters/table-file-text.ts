/**
 * Text tables: encoding and separator found out, then records cut out of the stream. Lenient as spreadsheets are (a quotation
 * mark inside a value is only a character), strict where data would be lost (an open quotation mark, a line without end).
 */
import { isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import iconv from 'iconv-lite';
import { foldHeading } from '../domain/import-mapping.ts';
import { refuseTable, TABLE_LIMITS, type TableRow } from './table-file-error.ts';

export const DELIMITERS = [',', ';', '\t', '|'] as const;
const CHUNK = 512 * 1024;
const SAMPLE = 64 * 1024;

async function* readBytes(file: FileHandle): AsyncGenerator<Buffer> {
  for (let at = 0; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/**
 * The encoding of a text file, as iconv-lite names it: by its byte order mark; by the zero bytes of UTF-16 without one;
 * UTF-8 when every byte of the whole file fits it; else Windows-1252, in which any western ERP system writes.
 */
export async function detectEncoding(file: FileHandle): Promise<string> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(SAMPLE), 0, SAMPLE, 0);
  const head = buffer.subarray(0, bytesRead);
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  let [even, odd] = [0, 0];
  for (let i = 0; i < head.length; i++) if (head[i] === 0) i % 2 === 0 ? even++ : odd++;
  if (odd > head.length / 5 && even < odd / 10) return 'utf-16le';
  if (even > head.length / 5 && odd < even / 10) return 'utf-16be';
  let carried = Buffer.alloc(0);
  for await (const chunk of readBytes(file)) {
    const bytes = carried.length > 0 ? Buffer.concat([carried, chunk]) : chunk;
    const whole = bytes.length - cutCharacter(bytes);
    if (!isUtf8(bytes.subarray(0, whole))) return 'windows-1252';
    carried = Buffer.from(bytes.subarray(whole));
  }
  return carried.length === 0 ? 'utf-8' : 'windows-1252';
}

/** How many bytes at the end belong to a UTF-8 character that goes on in the next chunk. */
function cutCharacter(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

/** Streams the text of a file without its byte order mark. Throws `table.binary` at the first zero character. */
export async function* readText(file: FileHandle, encoding: string): AsyncGenerator<string> {
  const decoder = iconv.getDecoder(encoding);
  for await (const chunk of readBytes(file)) {
    const text = decoder.write(chunk);
    if (text.includes('\0')) throw refuseTable('table.binary');
    if (text !== '') yield text;
  }
  const rest = decoder.end();
  if (rest) yield rest;
}

/** The first piece of a text, for guessing; cut at a line end when there is one. */
export async function readSample(file: FileHandle, encoding: string): Promise<string> {
  let text = '';
  for await (const piece of readText(file, encoding)) {
    text += piece;
    if (text.length >= SAMPLE) break;
  }
  const cut = text.slice(0, SAMPLE);
  return cut.length < text.length ? cut.slice(0, cut.lastIndexOf('\n') + 1 || cut.length) : cut;
}

/** How a text is cut: the separator, whether a `sep=` line says so (it is no row then), and what ends a line. */
export type TextLayout = { delimiter: string; separatorLine: boolean; lineEnd: '\n' | '\r' };

/**
 * Finds the separator: the first line may name it (`sep=;`), else the one that cuts the sample into the most even columns wins,
 * with known headings counting for it. A file of one column gets a comma.
 */
export function detectLayout(sample: string, known: ReadonlySet<string>): TextLayout {
  const lineEnd = !sample.includes('\n') && sample.includes('\r') ? '\r' : '\n';
  const named = /^"?sep=(.)"?\r?(?:\n|$)/i.exec(sample);
  if (named?.[1]) return { delimiter: named[1], separatorLine: true, lineEnd };
  let best = { delimiter: ',', score: 0 };
  for (const delimiter of DELIMITERS) {
    const cutter = makeCutter({ delimiter, separatorLine: false, lineEnd }, Number.POSITIVE_INFINITY);
    const rows = [...cutter.push(sample), ...cutter.end(true)]
      .slice(0, 60)
      .map((row) => row.cells)
      .filter((cells) => cells.some((cell) => cell !== ''));
    const counts = new Map<number, number>();
    for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1);
    const [columns, same] = [...counts].reduce(
      (a, b) => (b[1] > a[1] || (b[1] === a[1] && b[0] > a[0]) ? b : a),
      [1, 0],
    );
    const hits = Math.max(
      0,
      ...rows.slice(0, 20).map((cells) => cells.filter((cell) => known.has(foldHeading(cell))).length),
    );
    const score = (same / Math.max(1, rows.length)) * (1 - 1 / columns) + (columns > 1 ? 0.1 * Math.min(hits, 5) : 0);
    if (score > best.score + 1e-9) best = { delimiter, score };
  }
  return { delimiter: best.delimiter, separatorLine: false, lineEnd };
}

/** Cuts records out of pieces of text. `push` gives those complete so far, `end` the last one (`cut`: the text itself was cut off). */
export type RecordCutter = { push(text: string): TableRow[]; end(cut?: boolean): TableRow[] };

/** Makes a cutter. Throws `table.quote-open`, `table.cell`, `table.columns` with the row's number; `cellLimit` in characters. */
export function makeCutter(layout: TextLayout, cellLimit: number = TABLE_LIMITS.cell): RecordCutter {
  const { delimiter, lineEnd } = layout;
  const separator = delimiter.charCodeAt(0);
  const newline = lineEnd.charCodeAt(0);
  let rest = '';
  // The `sep=` line is a row to the eye but not to a spreadsheet, which hides it.
  let number = layout.separatorLine ? -1 : 0;

  function cut(last: boolean, broken: boolean): TableRow[] {
    const rows: TableRow[] = [];
    let start = 0;
    let quote = rest.indexOf('"');
    while (start < rest.length) {
      if (quote >= 0 && quote < start) quote = rest.indexOf('"', start);
      let end = rest.indexOf(lineEnd, start);
      if (end < 0) {
        if (!last) break;
        end = rest.length;
      }
      let cells: string[];
      if (quote < 0 || quote > end) {
        const stop = lineEnd === '\n' && rest.charCodeAt(end - 1) === 13 && end > start ? end - 1 : end;
        cells = rest.slice(start, stop).split(delimiter);
        start = end + 1;
      } else {
        const record = cutQuoted(start, last, broken);
        if (record === undefined) break;
        cells = record.cells;
        start = record.next;
      }
      number++;
      if (number < 1) continue;
      checkSizes(cells, number);
      rows.push({ number, cells });
    }
    rest = rest.slice(start);
    if (rest.length > cellLimit * 100) throw refuseTable('table.cell', { row: number + 1, limit: cellLimit });
    return rows;
  }

  /** A record with a quotation mark somewhere; undefined when it goes on in the next piece. */
  function cutQuoted(from: number, last: boolean, broken: boolean): { cells: string[]; next: number } | undefined {
    const cells: string[] = [];
    let at = from;
    for (;;) {
      let value = '';
      if (rest.charCodeAt(at) === 34) {
        let open = at + 1;
        for (;;) {
          const close = rest.indexOf('"', open);
          if (close < 0 || (close === rest.length - 1 && !last)) {
            if (rest.length - at > cellLimit + 2 || (last && !broken))
              throw refuseTable('table.quote-open', { row: number + 1 });
            return undefined;
          }
          value += rest.slice(open, close);
          if (rest.charCodeAt(close + 1) !== 34) {
            at = close + 1;
            break;
          }
          value += '"';
          open = close + 2;
        }
      }
      // What stands between a closing quotation mark and the next separator belongs to the value: nothing is dropped.
      let end = at;
      while (end < rest.length && rest.charCodeAt(end) !== separator && rest.charCodeAt(end) !== newline) end++;
      if (end === rest.length && !last) return undefined;
      const done = end === rest.length || rest.charCodeAt(end) === newline;
      cells.push(
        value + rest.slice(at, done && newline === 10 && rest.charCodeAt(end - 1) === 13 && end > at ? end - 1 : end),
      );
      if (done) return { cells, next: end + 1 };
      at = end + 1;
      if (cells.length > TABLE_LIMITS.columns * 2)
        throw refuseTable('table.columns', { row: number + 1, limit: TABLE_LIMITS.columns });
    }
  }

  function checkSizes(cells: string[], row: number): void {
    while (cells.length > TABLE_LIMITS.columns && cells.at(-1) === '') cells.pop();
    if (cells.length > TABLE_LIMITS.columns) throw refuseTable('table.columns', { row, limit: TABLE_LIMITS.columns });
    for (const cell of cells) if (cell.length > cellLimit) throw refuseTable('table.cell', { row, limit: cellLimit });
  }

  return {
    push(text) {
      rest = rest === '' ? text : rest + text;
      return cut(false, false);
    },
    end(broken = false) {
      const rows = rest === '' ? [] : cut(true, broken);
      rest = '';
      return rows;
    },
  };
}

/** Streams the rows of a text file in batches. Blank rows keep their number and come as one empty cell. */
export async function* readTextRows(
  file: FileHandle,
  encoding: string,
  layout: TextLayout,
): AsyncGenerator<TableRow[]> {
  const cutter = makeCutter(layout);
  for await (const text of readText(file, encoding)) {
    const rows = cutter.push(text);
    if (rows.length > 0) yield rows;
  }
  const rows = cutter.end();
  if (rows.length > 0) yield rows;
}
