/**
 * Readers of single cells, one for each type of column: text in, a typed value or a refusal out (codes of `importFindingText`).
 * A blank never gets here. Values that come again and again (countries, dates, yes and no) are remembered per column,
 * so that a million rows stay cheap.
 */
import { type DateOrder, parseDateText } from './date-text.ts';
import type { ColumnType, ImportColumn } from './import-columns.ts';
import { foldText, readCountry } from './import-country.ts';
import { readLanguage } from './import-language.ts';
import { isRefusal, type Refusal, refuse } from './refusal.ts';
import { type DeviceIdentifier, parseDeviceIdentifier } from './udi.ts';

/** A UDI-DI with the catalogue number that carries it. */
export type IdentifierPair = { di: DeviceIdentifier; catalogueNumber: string };
/** How a row names its product: as written, and normalised where it reads as a device identifier ('' where not). */
export type ProductReference = { text: string; di: string };
export type CellValue =
  | string
  | number
  | boolean
  | null
  | string[]
  | DeviceIdentifier[]
  | IdentifierPair[]
  | ProductReference;
export type CellReader = (text: string) => CellValue | Refusal;

/** Longest value of each type that is one word or line, in characters. What has none is cut by its own pattern. */
const LIMITS: Partial<Record<ColumnType, number>> = {
  text: 500,
  ref: 100,
  product: 100,
  email: 254,
  phone: 50,
  list: 4000,
  identifiers: 4000,
  pairs: 4000,
};
const REMEMBERED = 20_000;
const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const ROUNDED = /^[+-]?\d[.,]\d+E\+?\d{1,3}$/i;
const FORMULA_ERROR = /^#(REF!|N\/A|NV|VALUE!|WERT!|NAME\?|DIV\/0!|NULL!|NUM!|ZAHL!|BEZUG!|RIF!|VALORE!|NOME\?)$/;

/**
 * A cell without what spreadsheets put around it: outer blanks, the apostrophe or `="…"` that keeps a number a text,
 * line breaks inside (they become one space).
 */
export function cleanCell(cell: string): string {
  // Nearly every cell is clean: one look at both ends decides.
  const first = cell.charCodeAt(0);
  const last = cell.charCodeAt(cell.length - 1);
  const plain = first > 61 || (first >= 48 && first <= 57);
  if (plain && last > 32 && last < 160 && !cell.includes('\n') && !cell.includes('\u00a0')) return cell;
  let text = cell.replace(/[\s\u00a0\u200b\ufeff]+/g, ' ').trim();
  if (text.startsWith('="') && text.endsWith('"') && text.length > 2)
    text = text.slice(2, -1).replaceAll('""', '"').trim();
  return /^'[=+\-@0-9\uff1d\uff0b\uff0d\uff20]/.test(text) ? text.slice(1) : text;
}

/** What ERP systems print for nothing. */
export function isBlank(text: string): boolean {
  return (
    text === '' ||
    text === '-' ||
    text === '--' ||
    text === '—' ||
    text === 'NULL' ||
    text === '(null)' ||
    text === '(leer)' ||
    text === '#'
  );
}

/** Makes the reader of one column. `order` decides dates such as 04/05/2022. */
export function makeCellReader(column: ImportColumn, options: { order?: DateOrder | undefined }): CellReader {
  const limit = LIMITS[column.type];
  const read = READERS[column.type](column, options);
  const guarded: CellReader = (text) => {
    if (limit !== undefined && text.length > limit)
      return refuse('import.too-long', { label: column.label, length: text.length, limit });
    if (text.includes('\ufffd')) return refuse('import.broken-text', { label: column.label });
    if (CONTROL.test(text) && column.type !== 'identifiers') return refuse('import.control', { label: column.label });
    if (text.startsWith('#') && FORMULA_ERROR.test(text)) return refuse('import.formula-error', { value: text });
    return read(text);
  };
  return RARE.has(column.type) ? guarded : remember(guarded);
}

/** Types whose values hardly repeat: remembering them would cost more than reading. */
const RARE = new Set<ColumnType>(['text', 'ref', 'email', 'phone']);

function remember(read: CellReader): CellReader {
  const known = new Map<string, CellValue | Refusal>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const value = read(text);
    if (known.size >= REMEMBERED) known.clear();
    known.set(text, value);
    return value;
  };
}

type MakeReader = (column: ImportColumn, options: { order?: DateOrder | undefined }) => CellReader;

const READERS: Record<ColumnType, MakeReader> = {
  text: () => (text) => text,
  ref: () => (text) => (ROUNDED.test(text) ? refuse('import.rounded', { value: text }) : text),
  product: () => readProduct,
  country: () => (text) => readCountry(text) ?? refuse('import.country', { value: text }),
  email: () => readEmail,
  phone: () => readPhone,
  date:
    (_, { order }) =>
    (text) => {
      const date = parseDateText(text, { order });
      return isRefusal(date) && date.code === 'date.empty' ? null : date;
    },
  'yes-no': () => readYesNo,
  quantity: () => readQuantity,
  choice: readChoice,
  languages: () => readLanguages,
  list: () => (text) => [...new Set(splitList(text, text.includes(';') ? /[;|\n]/ : /[;|,\n]|\s\/\s/))],
  identifiers: () => readIdentifiers,
  pairs: () => readPairs,
  srn: () => (text) => {
    const srn = text.toUpperCase().replace(/[\s–—]/g, (c) => (c.trim() === '' ? '' : '-'));
    return /^[A-Z]{2}-(MF|AR|IM|PR)-\d{9}$/.test(srn) ? srn : refuse('import.srn', { value: text });
  },
  zone: () => readZone,
};

function splitList(text: string, separator: RegExp): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function readProduct(text: string): ProductReference | Refusal {
  if (ROUNDED.test(text)) return refuse('import.rounded', { value: text });
  const di = parseDeviceIdentifier(text);
  // A catalogue number may look like a wrong GTIN; whether the product exists is asked of the database.
  return { text, di: isRefusal(di) ? '' : di.value };
}

const EMAIL =
  /^[^\s@<>()[\],;:"\\]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+(?:\p{L}{2,24}|xn--[a-z0-9-]{2,59})$/iu;

function readEmail(text: string): string | Refusal {
  const bare = /<([^<>\s]+@[^<>\s]+)>\s*$/.exec(text)?.[1] ?? text.replace(/^mailto:\s*/i, '');
  if (EMAIL.test(bare) && !/^\.|\.\.|\.@/.test(bare)) return bare;
  return (bare.match(/@/g)?.length ?? 0) > 1 ? refuse('import.email-several') : refuse('import.email', { value: text });
}

function readPhone(text: string): string | Refusal {
  const digits = text.replace(/\D/g, '').length;
  const shaped = /^\+?[\d\s()./\-–]+((ext|x|int|dw|durchwahl|ap)[\s.:]*\d+)?$/i.test(
    text.replace(/^(tel|telefon|phone|t)[\s.:]+/i, ''),
  );
  if (ROUNDED.test(text)) return refuse('import.rounded', { value: text });
  return shaped && digits >= 3 && digits <= 22 ? text : refuse('import.phone', { value: text });
}

const YES = new Set(
  'yes y ja j si s x 1 true wahr vero connected online verbunden vernetzt connesso collegato'.split(' '),
);
const NO = new Set(
  'no,n,nein,0,false,falsch,falso,offline,not connected,nicht verbunden,nicht vernetzt,non connesso,non collegato'.split(
    ',',
  ),
);
const UNKNOWN = new Set([
  'unknown',
  'unbekannt',
  'sconosciuto',
  'non noto',
  'ignoto',
  'u',
  '',
  'n a',
  'na',
  'k a',
  'nd',
  'n d',
  'keine angabe',
  'not known',
  'nicht bekannt',
]);

/** true, false, or null for unknown. */
function readYesNo(text: string): boolean | null | Refusal {
  const word = foldText(text);
  if (YES.has(word) || text === '✓' || text === '✔') return true;
  if (NO.has(word)) return false;
  return UNKNOWN.has(word) ? null : refuse('import.yes-no', { value: text });
}

function readQuantity(text: string): number | Refusal {
  const bare = text
    .replace(/\s*(st|stk|stück|ea|pc|pcs|pz|pezzi|n|nr)\.?$/i, '')
    .replace(/(?<=\d)[ '’](?=\d{3}\b)/g, '');
  if (/^\d{1,3}([.,]\d{3})+$/.test(bare)) {
    // Two different separators, or the same one twice, can only part thousands.
    return /[.,].*[.,]/.test(bare)
      ? Number(bare.replace(/[.,]/g, ''))
      : refuse('import.quantity-unclear', { value: text });
  }
  const whole = /^0*(\d{1,9})([.,]0{1,2})?$/.exec(bare);
  const quantity = Number(whole?.[1] ?? 0);
  return quantity >= 1 ? quantity : refuse('import.quantity', { value: text });
}

function readChoice(column: ImportColumn): CellReader {
  const words = new Map<string, string>();
  for (const [choice, names] of Object.entries(column.choices ?? {})) {
    for (const name of [choice, ...names]) words.set(foldText(name), choice);
  }
  const allowed = Object.keys(column.choices ?? {}).join(', ');
  return (text) => words.get(foldText(text)) ?? refuse('import.choice', { value: text, allowed });
}

function readLanguages(text: string): string[] | Refusal {
  const languages = new Set<string>();
  for (const part of splitList(text, /[,;/|+&\n]|\s(?:and|und|e|et)\s|\s+(?=[a-z]{2}(?:\s|$))/i)) {
    const language = readLanguage(part);
    if (language === undefined) return refuse('import.language', { value: part });
    languages.add(language);
  }
  return [...languages];
}

function readIdentifiers(text: string): DeviceIdentifier[] | Refusal {
  const found = new Map<string, DeviceIdentifier>();
  for (const part of splitList(text, /[;|\n]|,(?!\d+E)|\s\/\s|(?<=\d{8})\s+(?=\d{8})/i)) {
    const identifier = parseDeviceIdentifier(part);
    if (isRefusal(identifier)) return identifier;
    found.set(identifier.value, identifier);
  }
  return [...found.values()];
}

function readPairs(text: string): IdentifierPair[] | Refusal {
  const pairs: IdentifierPair[] = [];
  // A comma parts two pairs when another pair follows it; catalogue numbers may hold one themselves.
  for (const part of splitList(text, /[;|\n]|,(?=\s*[\d()\s+-]{8,}\s*(?::|=|→|->))/)) {
    const [, before = '', after = ''] = /^(.+?)\s*(?::|=|→|->)\s*([^:=]+)$/.exec(part) ?? [];
    if (before === '') return refuse('import.pair', { value: part });
    const di = parseDeviceIdentifier(before);
    if (isRefusal(di)) return di;
    pairs.push({ di, catalogueNumber: after });
  }
  return pairs;
}

function readZone(text: string): string | Refusal {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    return refuse('import.zone', { value: text });
  }
}
