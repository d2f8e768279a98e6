/**
 * The objects of a PDF as the typesetter writes it: one plain table of places at the end, no compressed objects, each of
 * generation 0. Only that dialect; files from elsewhere are read by the library. Three times as quick as that, which
 * makes a quarter of a run of letters.
 */

export interface PdfRef {
  readonly ref: number;
}
export type PdfDict = Map<string, PdfValue>;
/** Names, strings, booleans and null stay as they are written, e.g. `/Page`, `(de)`, `<FEFF…>`. */
export type PdfValue = string | number | PdfRef | PdfDict | PdfValue[];

export interface PdfObject {
  value: PdfValue;
  stream?: Uint8Array;
}

export interface PdfFile {
  /** Objects by number; an unknown one is `null`. */
  get(number: number): PdfObject;
  /** Follows a reference, and what is none stays itself. */
  follow(value: PdfValue | undefined): PdfValue | undefined;
  /** Numbers in use. */
  numbers: number[];
  trailer: PdfDict;
  /** The first line and the one of signs that says the file is not text. */
  header: string;
  /** The file as it is, from one object to where the next begins. */
  raw(number: number): Uint8Array;
}

export const isRef = (value: PdfValue | undefined): value is PdfRef =>
  typeof value === 'object' && value !== null && 'ref' in value;
export const isDict = (value: PdfValue | undefined): value is PdfDict => value instanceof Map;

/** @throws Error for a file that is not of the typesetter's dialect */
export function readPdf(bytes: Uint8Array): PdfFile {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const start = Number(/startxref\s+(\d+)\s+%%EOF\s*$/.exec(text.slice(-64))?.[1]);
  const table = /^xref\s+0 (\d+)\s+/.exec(text.slice(start, start + 40));
  if (!table) throw new Error('This PDF has no plain table of places.');
  const count = Number(table[1]);
  const first = start + table[0].length;
  const places: number[] = [];
  for (let i = 1; i < count; i++) places[i] = Number(text.slice(first + i * 20, first + i * 20 + 10));
  const ends = new Map<number, number>();
  const sorted = places.filter((place) => place > 0).sort((a, b) => a - b);
  for (const [i, place] of sorted.entries()) ends.set(place, sorted[i + 1] ?? start);
  const known = new Map<number, PdfObject>();
  const get = (number: number): PdfObject => {
    let object = known.get(number);
    if (!object) {
      const place = places[number];
      object = place === undefined ? { value: 'null' } : readObject(bytes, text, place);
      known.set(number, object);
    }
    return object;
  };
  const trailer = readValue(text, text.indexOf('<<', first + count * 20)).value;
  if (!isDict(trailer)) throw new Error('This PDF has no trailer.');
  return {
    get,
    follow: (value) => (isRef(value) ? get(value.ref).value : value),
    numbers: places.flatMap((_place, number) => (number > 0 ? [number] : [])),
    trailer,
    header: text.slice(0, sorted[0] ?? 0),
    raw: (number) => bytes.subarray(places[number] ?? 0, ends.get(places[number] ?? 0) ?? 0),
  };
}

function readObject(bytes: Uint8Array, text: string, place: number): PdfObject {
  const { value, end } = readValue(text, text.indexOf('obj', place) + 3);
  const stream = /\s*stream\r?\n/y;
  stream.lastIndex = end;
  if (!isDict(value) || !stream.test(text)) return { value };
  const length = value.get('/Length');
  if (typeof length !== 'number') throw new Error('A stream of this PDF does not say its length.');
  return { value, stream: bytes.subarray(stream.lastIndex, stream.lastIndex + length) };
}

const TOKEN =
  /\s*(?:(\d+) 0 R|(<<)|(>>)|(\[)|(\])|(\/[^\s/<>[\]()]*)|(<[0-9A-Fa-f\s]*>)|([-+]?(?:\d+\.?\d*|\.\d+))|(true|false|null)|(\())/y;

/** Reads one value; `end` is where it ends. */
function readValue(text: string, from: number): { value: PdfValue; end: number } {
  let at = from;
  // `undefined`: a closing bracket.
  const next = (): PdfValue | undefined => {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text);
    if (!token) throw new Error(`This PDF has something unexpected at ${at}.`);
    at = TOKEN.lastIndex;
    if (token[1] !== undefined) return { ref: Number(token[1]) };
    if (token[2]) return readDict();
    if (token[4]) return readArray();
    if (token[8] !== undefined) return Number(token[8]);
    if (token[10]) return readString();
    return token[6] ?? token[7] ?? token[9];
  };
  const readArray = (): PdfValue[] => {
    const array: PdfValue[] = [];
    for (let item = next(); item !== undefined; item = next()) array.push(item);
    return array;
  };
  const readDict = (): PdfDict => {
    const dict: PdfDict = new Map();
    for (let key = next(); key !== undefined; key = next()) dict.set(String(key), next() ?? 'null');
    return dict;
  };
  /** Brackets inside are balanced or escaped. */
  const readString = (): string => {
    const begin = at - 1;
    for (let depth = 1; depth > 0; at++) {
      const sign = text[at];
      if (sign === undefined) throw new Error('A string of this PDF does not end.');
      if (sign === '\\') at++;
      else if (sign === '(') depth++;
      else if (sign === ')') depth--;
    }
    return text.slice(begin, at);
  };
  const value = next();
  if (value === undefined) throw new Error(`This PDF has a bracket too many at ${at}.`);
  return { value, end: at };
}

/** The number another object has in the new file. */
export type Refer = (ref: number) => number;
/** Entries written otherwise, ready as text; `undefined` leaves one out. */
export type Changes = Record<string, string | undefined>;

/** Writes a value with the numbers of another file. */
export function printValue(value: PdfValue, refer: Refer): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) {
    let text = '[';
    for (const item of value) text += `${printValue(item, refer)} `;
    return `${text}]`;
  }
  return isRef(value) ? `${refer(value.ref)} 0 R` : printDict(value, refer);
}

/** Writes a dictionary with some entries changed. */
export function printDict(dict: PdfDict, refer: Refer, changes: Changes = {}): string {
  let text = '<<';
  for (const [key, value] of dict) if (!(key in changes)) text += `${key} ${printValue(value, refer)}\n`;
  for (const key in changes) if (changes[key] !== undefined) text += `${key} ${changes[key]}\n`;
  return `${text}>>`;
}

// ── The tree of a file ──────────────────────────────────────────────────────────────────────────────────────────────

/** The dictionary that a value is or points at. @throws Error where it is none */
export function dictOf(file: PdfFile, value: PdfValue | undefined): PdfDict {
  const found = file.follow(value);
  if (!isDict(found)) throw new Error('The typesetter wrote another kind of PDF than is known here.');
  return found;
}

/** The number that a value points at. @throws Error where it does not point */
export function numberOf(value: PdfValue | undefined): number {
  if (!isRef(value)) throw new Error('The typesetter wrote another kind of PDF than is known here.');
  return value.ref;
}

/** One or many, as an array; nothing as none. */
export function listOf(value: PdfValue | undefined): PdfValue[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** Numbers of the pages below a node of the tree of pages, in their order. */
export function pagesBelow(file: PdfFile, node: number): number[] {
  const dict = dictOf(file, { ref: node });
  if (dict.get('/Type') === '/Page') return [node];
  return listOf(file.follow(dict.get('/Kids'))).flatMap((kid) => pagesBelow(file, numberOf(kid)));
}
