/**
 * Dates as people and ERP systems write them, made into 'YYYY-MM-DD'. The example notice itself prints `04MAY2022` in every
 * language, so month names of English, German, Italian, French and Spanish are read wherever they stand.
 */
import { isRefusal, type Refusal, refuse } from './refusal.ts';

/** Which comes first in `04/05/2022`: the day or the month. */
export type DateOrder = 'dmy' | 'mdy';

const MONTH_WORDS = [
  'january jan januar janner gennaio gen janvier janv enero ene',
  'february feb februar feber febbraio fevrier fev fevr febrero',
  'march mar marz maerz mrz marzo mars',
  'april apr aprile avril avr abril abr',
  'may mai maggio mag mayo',
  'june jun juni giugno giu juin junio',
  'july jul juli luglio lug juillet juil julio',
  'august aug agosto ago aout aou',
  'september sep sept settembre set septembre septiembre',
  'october oct oktober okt ottobre ott octobre octubre',
  'november nov novembre noviembre',
  'december dec dezember dez dicembre dic decembre diciembre',
];
const MONTHS = new Map<string, number>(
  MONTH_WORDS.flatMap((words, index) => words.split(' ').map((word): [string, number] => [word, index + 1])),
);

const TIME = /[T\s]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s*([ap]m|Z|[+-]\d{2}:?\d{2})?$/i;
const YEAR_FIRST = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/;
const THREE_NUMBERS = /^(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})$/;
const DAY_NAME_YEAR = /^(\d{1,2})(?:st|nd|rd|th|er)?[\s.\-/º°]*([\p{L}]+)[\s.\-/,']*(\d{4}|\d{2})$/u;
const NAME_DAY_YEAR = /^([\p{L}]+)[\s.\-/]*(\d{1,2})(?:st|nd|rd|th|er)?[\s.\-/,]+(\d{4})$/u;

/** Days from Excel's 30 December 1899 to 1 January 1970; its serial numbers count from there (its day 60 never was). */
const EXCEL_EPOCH = 25569;

/**
 * Reads a date: `2022-05-04`, `20220504`, `04MAY2022`, `4. Mai 2022`, `04.05.2022`, `04/05/2022`, with or without a time behind it,
 * and the five-digit serial number a spreadsheet shows when its date format got lost.
 * @param order needed only for numbers with slashes or hyphens where both could be the month
 * @returns 'YYYY-MM-DD', or a Refusal: `date.empty` (also `00.00.0000`, SAP's way of saying nothing), `date.form`,
 * `date.impossible` (no such day), `date.ambiguous` (day or month first?), `date.year` (before 1900 or after 2199)
 */
export function parseDateText(text: string, options: { order?: DateOrder | undefined } = {}): string | Refusal {
  const typed = text.trim();
  if (typed === '' || /^0{1,4}[./-]?0{0,2}[./-]?0{0,4}$/.test(typed)) return refuse('date.empty');
  const bare = typed.length > 10 ? typed.replace(TIME, '') : typed;
  const first = YEAR_FIRST.exec(bare);
  if (first) return build(typed, Number(first[1]), Number(first[3]), Number(first[4]));
  if (/^\d{8}$/.test(bare)) return readEightDigits(typed, bare);
  const numbers = THREE_NUMBERS.exec(bare);
  if (numbers) {
    const [a, b] = [Number(numbers[1]), Number(numbers[3])];
    const year = fullYear(numbers[4] ?? '');
    if (numbers[2] === '.') return build(typed, year, b, a);
    const order = options.order ?? decideOrder(a, b);
    if (order === undefined) return refuse('date.ambiguous', { value: typed });
    return order === 'dmy' ? build(typed, year, b, a) : build(typed, year, a, b);
  }
  const named = DAY_NAME_YEAR.exec(bare);
  if (named) return build(typed, fullYear(named[3] ?? ''), readMonth(named[2] ?? ''), Number(named[1]));
  const american = NAME_DAY_YEAR.exec(bare);
  if (american) return build(typed, Number(american[3]), readMonth(american[1] ?? ''), Number(american[2]));
  if (/^[2-9]\d{4}([.,]\d+)?$/.test(bare)) {
    return new Date((Number.parseInt(bare, 10) - EXCEL_EPOCH) * 86_400_000).toISOString().slice(0, 10);
  }
  return refuse('date.form', { value: typed });
}

/**
 * Looks at the dates of one column and says which order they are in.
 * `none`: no date needs it. `ask`: some do and no row decides. `mixed`: rows contradict each other, so the column cannot be right.
 */
export function detectDateOrder(samples: Iterable<string>): DateOrder | 'none' | 'ask' | 'mixed' {
  let [unclear, dmy, mdy] = [false, false, false];
  for (const sample of samples) {
    const numbers = THREE_NUMBERS.exec(sample.trim().replace(TIME, ''));
    if (!numbers || numbers[2] === '.') continue;
    const [a, b] = [Number(numbers[1]), Number(numbers[3])];
    if (a > 12 && b <= 12) dmy = true;
    else if (b > 12 && a <= 12) mdy = true;
    else if (a !== b) unclear = true;
  }
  if (dmy && mdy) return 'mixed';
  if (dmy) return 'dmy';
  if (mdy) return 'mdy';
  return unclear ? 'ask' : 'none';
}

/** Whether a text is a day in some order. */
export function isDay(text: string): boolean {
  if (text.length > 40 || !/\d/.test(text)) return false;
  return (['dmy', 'mdy'] as const).some((order) => !isRefusal(parseDateText(text, { order })));
}

function decideOrder(a: number, b: number): DateOrder | undefined {
  if (a > 12 || a === b) return 'dmy';
  return b > 12 ? 'mdy' : undefined;
}

/** YYYYMMDD as SAP stores it, or DDMMYYYY when only that is a year of ours. */
function readEightDigits(typed: string, digits: string): string | Refusal {
  const year = Number(digits.slice(0, 4));
  if (year >= 1900 && year < 2200) return build(typed, year, Number(digits.slice(4, 6)), Number(digits.slice(6)));
  const last = Number(digits.slice(4));
  if (last >= 1900 && last < 2200) return build(typed, last, Number(digits.slice(2, 4)), Number(digits.slice(0, 2)));
  return refuse('date.form', { value: typed });
}

/** Two digits: 70 to 99 are of the last century. Devices are younger than that. */
function fullYear(digits: string): number {
  const year = Number(digits);
  return digits.length === 4 ? year : year < 70 ? 2000 + year : 1900 + year;
}

function readMonth(word: string): number {
  return MONTHS.get(word.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '')) ?? 0;
}

function build(typed: string, year: number, month: number, day: number): string | Refusal {
  if (month === 0 && /\p{L}/u.test(typed.replace(TIME, ''))) return refuse('date.form', { value: typed });
  const date = isoDate(year, month, day);
  if (date === undefined) return refuse('date.impossible', { value: typed });
  return year < 1900 || year > 2199 ? refuse('date.year', { value: typed }) : date;
}

/** Number of days of a month, 1 to 12, in the Gregorian calendar. */
export function lastDayOfMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** 'YYYY-MM-DD' of a year and its day number, 1 to 365 or 366 (Julian day of HIBC and ISBT 128). Undefined when the year has no such day. */
export function dateOfYearDay(year: number, dayOfYear: number): string | undefined {
  if (dayOfYear < 1) return undefined;
  let day = dayOfYear;
  for (let month = 1; month <= 12; month++) {
    const length = lastDayOfMonth(year, month);
    if (day <= length) return isoDate(year, month, day);
    day -= length;
  }
  return undefined;
}

/** 'YYYY-MM-DD' of a date that exists, else undefined. */
export function isoDate(year: number, month: number, day: number): string | undefined {
  if (month < 1 || month > 12 || day < 1 || day > lastDayOfMonth(year, month)) return undefined;
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}
