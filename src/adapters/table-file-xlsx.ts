/**
 * XLSX sheets (ECMA-376), read as a stream: of a workbook only its list of sheets, its number formats and its shared texts are
 * held; rows are cut out of the sheet's XML one by one. Formulas give the value the file remembers and are never computed.
 */
import type { FileHandle } from 'node:fs/promises';
import { refuseTable, TABLE_LIMITS, type TableRow } from './table-file-error.ts';
import { attribute, decodeXml, dropPrefixes, tagsOf, textOf } from './table-file-xml.ts';
import { readZipPart, type ZipPart } from './table-file-zip.ts';

/** A workbook opened: its visible sheets in order, and what their cells refer to. */
export type Workbook = {
  sheets: { name: string; part: ZipPart }[];
  date1904: boolean;
  formats: CellFormat[];
  texts: SharedTexts;
};

/** How a number of a cell style is shown: as it is, as a date, as a time of day, or filled with zeros to so many digits. */
type CellFormat = { kind: 'number' | 'date' | 'time' } | { kind: 'zeros'; digits: number };
/** The shared texts by index. */
export type SharedTexts = (index: number) => string;

const META_LIMIT = 64 * 2 ** 20;
const TEXTS_LIMIT = 256 * 2 ** 20;
const ROW_LIMIT = 32 * 2 ** 20;

/** Opens a workbook from its archive's parts. Throws a TableFileError when it is none, or of another kind. */
export async function openWorkbook(file: FileHandle, parts: Map<string, ZipPart>): Promise<Workbook> {
  const read = async (name: string): Promise<string> => {
    const part = parts.get(name);
    if (!part) return '';
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of readZipPart(file, part, META_LIMIT)) text += decoder.decode(chunk, { stream: true });
    if (text.includes('<!DOCTYPE')) throw refuseTable('table.damaged');
    return dropPrefixes(text);
  };
  const root = tagsOf(await read('_rels/.rels'), 'Relationship').find((tag) =>
    attribute(tag, 'Type').endsWith('/officeDocument'),
  );
  const bookName = root ? attribute(root, 'Target').replace(/^\//, '') : 'xl/workbook.xml';
  const book = await read(bookName);
  if (!/<workbook[\s>]/.test(book)) throw refuseTable('table.not-workbook');
  const folder = bookName.slice(0, bookName.lastIndexOf('/') + 1);
  const targets = new Map<string, { type: string; part: ZipPart | undefined }>();
  for (const tag of tagsOf(await read(`${folder}_rels/${bookName.slice(folder.length)}.rels`), 'Relationship')) {
    const target = attribute(tag, 'Target');
    targets.set(attribute(tag, 'Id'), {
      type: attribute(tag, 'Type').split('/').at(-1) ?? '',
      part: parts.get(resolvePart(folder, target)),
    });
  }
  const sheets = tagsOf(book, 'sheet').flatMap((tag) => {
    const target = targets.get(attribute(tag, 'r:id') || attribute(tag, 'id'));
    const hidden = attribute(tag, 'state').toLowerCase().includes('hidden');
    return target?.type === 'worksheet' && target.part && !hidden
      ? [{ name: decodeXml(attribute(tag, 'name')), part: target.part }]
      : [];
  });
  const named = (type: string): ZipPart | undefined =>
    [...targets.values()].find((target) => target.type === type)?.part;
  const styles = named('styles');
  const texts = named('sharedStrings');
  return {
    sheets,
    date1904: tagsOf(book, 'workbookPr').some((tag) => /^(1|true)$/.test(attribute(tag, 'date1904'))),
    formats: styles ? readFormats(await read(styles.name)) : [],
    texts: texts ? await readTexts(file, texts) : () => '',
  };
}

/** The name of a part from a relationship's target: from the root with a slash before it, else from the folder it stands in. */
function resolvePart(folder: string, target: string): string {
  const steps: string[] = [];
  for (const step of (target.startsWith('/') ? target : folder + target).split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '' && step !== '.') steps.push(step);
  }
  return steps.join('/');
}

/**
 * Shared texts lie end to end in one buffer with their offsets beside it: a million serial numbers take some ten megabytes so,
 * several times less than as strings.
 */
async function readTexts(file: FileHandle, part: ZipPart): Promise<SharedTexts> {
  let bytes = Buffer.alloc(64 * 1024);
  let offsets = new Uint32Array(4096);
  let [used, count] = [0, 0];
  const add = (text: string): void => {
    const length = Buffer.byteLength(text);
    if (used + length > TEXTS_LIMIT) throw refuseTable('table.texts', { limit: TEXTS_LIMIT / 2 ** 20 });
    if (used + length > bytes.length) bytes = Buffer.concat([bytes, Buffer.alloc(Math.max(bytes.length, length))]);
    if (count + 2 > offsets.length) {
      const larger = new Uint32Array(offsets.length * 2);
      larger.set(offsets);
      offsets = larger;
    }
    used += bytes.write(text, used);
    offsets[++count] = used;
  };
  for await (const elements of cutElements(file, part, 'si')) for (const xml of elements) add(textOf(xml));
  return (index) => (index >= 0 && index < count ? bytes.toString('utf8', offsets[index], offsets[index + 1]) : '');
}

/** Number formats Excel has built in that show a date or a time (ECMA-376 part 1, 18.8.30, East Asian ones included). */
function builtinFormat(id: number): CellFormat {
  if ((id >= 14 && id <= 17) || id === 22 || (id >= 27 && id <= 31) || id === 36 || (id >= 50 && id <= 58))
    return { kind: 'date' };
  if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47)) return { kind: 'time' };
  return { kind: 'number' };
}

function readFormats(styles: string): CellFormat[] {
  const custom = new Map<number, CellFormat>();
  for (const tag of tagsOf(styles, 'numFmt'))
    custom.set(Number(attribute(tag, 'numFmtId')), formatOf(decodeXml(attribute(tag, 'formatCode'))));
  const cellXfs = /<cellXfs[\s>].*?<\/cellXfs>/s.exec(styles)?.[0] ?? '';
  return tagsOf(cellXfs, 'xf').map((tag) => {
    const id = Number(attribute(tag, 'numFmtId'));
    return custom.get(id) ?? builtinFormat(id);
  });
}

function formatOf(code: string): CellFormat {
  // Only the first section counts; literals, escapes, colours and locales are no placeholders.
  const bare = (code.replace(/"[^"]*"|\\.|_.|\*./g, '').split(';')[0] ?? '').replace(
    /\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi,
    '',
  );
  // A number kept at a fixed length (a GTIN, a postcode) loses its zeros otherwise.
  if (/^0{2,}$/.test(bare)) return { kind: 'zeros', digits: bare.length };
  if (/general|standard/i.test(bare)) return { kind: 'number' };
  if (/[ydjgt]|m{3}/i.test(bare) || (/m/i.test(bare) && !/[hs]/i.test(bare))) return { kind: 'date' };
  return /[hs]/i.test(bare) ? { kind: 'time' } : { kind: 'number' };
}

/** Cuts every `<name …>…</name>` out of a part, as it streams: those of one piece together. An empty one comes as ''. */
async function* cutElements(file: FileHandle, part: ZipPart, name: string): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = '';
  let prefix: string | undefined;
  for await (const chunk of readZipPart(file, part)) {
    rest += decoder.decode(chunk, { stream: true });
    if (prefix === undefined) {
      // The first element tells the prefix of all; entities of an own DTD are how XML bombs are made.
      const root = /<(?:([A-Za-z_][\w.-]*):)?(?:worksheet|sst)[\s>]/.exec(rest);
      if (rest.includes('<!DOCTYPE') || (!root && rest.length > 65_536)) throw refuseTable('table.damaged');
      if (!root) continue;
      prefix = root[1] ?? '';
    }
    if (prefix !== '') rest = dropPrefixes(rest);
    let at = 0;
    const elements: string[] = [];
    for (;;) {
      const start = rest.indexOf(`<${name}`, at);
      if (start < 0) {
        // A tag's name may be cut: keep as many characters as it has.
        at = Math.max(at, rest.length - name.length - 64);
        break;
      }
      const next = rest.charCodeAt(start + name.length + 1);
      const open = rest.indexOf('>', start);
      if (open < 0) {
        at = start;
        break;
      }
      if (next !== 62 && next !== 32 && next !== 47 && next !== 10 && next !== 13 && next !== 9) {
        at = open + 1;
        continue;
      }
      if (rest.charCodeAt(open - 1) === 47) {
        elements.push('');
        at = open + 1;
        continue;
      }
      const close = rest.indexOf(`</${name}>`, open);
      if (close < 0) {
        at = start;
        break;
      }
      at = close + name.length + 3;
      elements.push(rest.slice(start, at));
    }
    if (elements.length > 0) yield elements;
    rest = rest.slice(at);
    if (rest.length > ROW_LIMIT) throw refuseTable('table.damaged');
  }
}

/** Streams the rows of one sheet in batches. Rows the file leaves out are left out; `number` is that of the spreadsheet. */
export async function* readSheetRows(file: FileHandle, workbook: Workbook, part: ZipPart): AsyncGenerator<TableRow[]> {
  let number = 0;
  for await (const elements of cutElements(file, part, 'row')) {
    const batch: TableRow[] = [];
    for (const xml of elements) {
      const tag = xml.slice(0, xml.indexOf('>') + 1);
      number = Number(attribute(tag, 'r')) || number + 1;
      const cells = readCells(xml, tag.length, number, workbook);
      if (cells.length === 0) continue;
      const formulas = xml.includes('<f') ? formulaColumns(xml) : [];
      batch.push(formulas.length > 0 ? { number, cells, formulas } : { number, cells });
    }
    if (batch.length > 0) yield batch;
  }
}

/** Places of the cells of a row that hold a formula. Formulas are never looked into. */
function formulaColumns(row: string): number[] {
  const columns: number[] = [];
  let formula = row.indexOf('<f');
  for (let cell = row.indexOf('<c '); cell >= 0 && formula >= 0 && columns.length < TABLE_LIMITS.columns; ) {
    const next = row.indexOf('<c ', cell + 3);
    if (formula < cell) formula = row.indexOf('<f', cell);
    if (formula >= 0 && (next < 0 || formula < next) && /[\s>/]/.test(row.charAt(formula + 2))) {
      const column = columnOf(attribute(row.slice(cell, row.indexOf('>', cell)), 'r'));
      if (column !== undefined) columns.push(column);
    }
    cell = next;
  }
  return columns;
}

function readCells(row: string, from: number, number: number, workbook: Workbook): string[] {
  const cells: string[] = [];
  let column = 0;
  for (let at = row.indexOf('<c', from); at >= 0; at = row.indexOf('<c', at)) {
    const next = row.charCodeAt(at + 2);
    const open = row.indexOf('>', at);
    if (open < 0) break;
    if (next !== 32 && next !== 62 && next !== 47 && next !== 10) {
      at = open;
      continue;
    }
    const tag = row.slice(at, open);
    column = columnOf(attribute(tag, 'r')) ?? column;
    if (row.charCodeAt(open - 1) === 47) at = open;
    else {
      const close = row.indexOf('</c>', open);
      if (close < 0) break;
      const value = readValue(tag, row, open + 1, close, workbook);
      at = close;
      if (value !== '') {
        if (column >= TABLE_LIMITS.columns)
          throw refuseTable('table.columns', { row: number, limit: TABLE_LIMITS.columns });
        if (value.length > TABLE_LIMITS.cell)
          throw refuseTable('table.cell', { row: number, limit: TABLE_LIMITS.cell });
        while (cells.length < column) cells.push('');
        cells[column] = value;
      }
    }
    column++;
  }
  return cells;
}

/** 'AB12' → 27; undefined without letters. */
function columnOf(reference: string): number | undefined {
  let column = 0;
  let at = 0;
  for (; at < 4; at++) {
    const code = reference.charCodeAt(at);
    if (!(code >= 65 && code <= 90)) break;
    column = column * 26 + code - 64;
  }
  return at === 0 ? undefined : column - 1;
}

function readValue(tag: string, row: string, from: number, to: number, workbook: Workbook): string {
  const type = attribute(tag, 't');
  if (type === 'inlineStr') return textOf(row.slice(from, to));
  let open = row.indexOf('<v', from);
  if (open < 0 || open >= to) return '';
  open = row.indexOf('>', open) + 1;
  const close = row.indexOf('</v>', open);
  if (close < 0 || close > to) return '';
  const raw = row.slice(open, close);
  if (type === 's') return workbook.texts(Number(raw));
  if (type === 'b') return raw === '1' ? 'TRUE' : 'FALSE';
  if (type === 'd') return raw.replace(/T00:00:00(\.0+)?Z?$/, '');
  if (type !== '' && type !== 'n') return decodeXml(raw);
  const format = workbook.formats[Number(attribute(tag, 's') || 0)];
  return showNumber(raw, format, workbook.date1904);
}

/**
 * A number as its reader means it: no exponent, no binary dust, dates as ISO. From 10^15 on Excel has already dropped digits:
 * those keep an exponent, so that the checks say so instead of importing a wrong serial number.
 */
function showNumber(raw: string, format: CellFormat | undefined, date1904: boolean): string {
  if (format?.kind === 'zeros' && /^\d+$/.test(raw)) return raw.padStart(format.digits, '0');
  if (format === undefined || format.kind === 'number' || format.kind === 'zeros') {
    if (/^-?\d{1,15}$/.test(raw)) return raw;
    const value = Number(raw);
    if (!Number.isFinite(value)) return raw.trim();
    if (Math.abs(value) >= 1e15) return value.toExponential().replace('e', 'E');
    if (Number.isInteger(value)) return String(value);
    const plain = Number(value.toPrecision(15));
    return Math.abs(plain) < 1e-6 ? plain.toFixed(15).replace(/0+$/, '') : String(plain);
  }
  const serial = Number(raw);
  if (!Number.isFinite(serial) || serial < 0 || serial > 2_958_466) return raw;
  // Excel counts from 31 December 1899 and believes in 29 February 1900; the 1904 system begins on 1 January 1904.
  const days = date1904 ? serial + 1462 : serial < 60 ? serial + 1 : serial;
  const iso = new Date(Math.round((days - 25_569) * 86_400) * 1000).toISOString();
  if (format.kind === 'time' && serial < 1) return iso.slice(11, 19);
  return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
}
