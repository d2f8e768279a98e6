/**
 * HIBC carriers (ANSI/HIBC 2): primary `+LIC PCN U/M check`, secondary `+$…link check`, and both in one symbol
 * joined by `/`, where one check character closes the whole.
 */

import { dateOfYearDay, isoDate, lastDayOfMonth } from './date-text.ts';
import { type Refusal, refuse } from './refusal.ts';
import { emptyCarrier, resolveCentury, type UdiCarrier } from './udi-carrier.ts';
import { hibcCheckCharacter } from './udi-check.ts';

const PRIMARY = /^[A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}\d$/;

/**
 * Reads an HIBC carrier as scanned or typed (the `*` some labels print around it may stay).
 * A separate secondary symbol gives no `di`; its link character, the primary's check character, is in `others` as `link`.
 * @param today 'YYYY-MM-DD', decides the century of two-digit years
 * @returns the carrier, or a Refusal `udi.hibc-*` / `udi.check-character`
 */
export function parseHibc(text: string, today: string): UdiCarrier | Refusal {
  // A label prints spaces only to be read; the check character itself may be a space, and whoever pasted the text may have lost it.
  const bare = text
    .replace(/^\s*\*?/, '')
    .replace(/\*\s*$/, '')
    .toUpperCase();
  const typed = bare.trimEnd();
  const code = [bare, typed, `${typed} `].find(isClosed) ?? typed;
  if (!code.startsWith('+') || code.length < 4) return refuse('udi.hibc-form', { value: text });
  if (!isClosed(code)) {
    return refuse('udi.check-character', { value: code, expected: hibcCheckCharacter(code.slice(0, -1)) ?? '?' });
  }
  const body = code.slice(1, -1);
  const carrier = emptyCarrier('HIBC');
  if (/^[$\d]/.test(body)) {
    const wrong = readSecondary(body.slice(0, -1), today, carrier);
    if (wrong) return wrong;
    carrier.others.push({ key: 'link', value: body.slice(-1) });
    return carrier;
  }
  const [primary = '', ...rest] = body.split('/');
  if (!PRIMARY.test(primary)) return refuse('udi.hibc-form', { value: text });
  carrier.di = primary;
  for (const [index, field] of rest.entries()) {
    const wrong =
      index === 0 && /^[$\d]/.test(field) && !/^1[46]D/.test(field)
        ? readSecondary(field, today, carrier)
        : readExtra(field, carrier);
    if (wrong) return wrong;
  }
  return carrier;
}

function isClosed(code: string): boolean {
  return code.length > 1 && hibcCheckCharacter(code.slice(0, -1)) === code.at(-1);
}

/** Fields after the secondary, each with its data identifier (ANSI MH10.8.2). */
function readExtra(field: string, carrier: UdiCarrier): Refusal | undefined {
  const dated = /^(1[46]D)(\d{4})(\d\d)(\d\d)$/.exec(field);
  if (dated) {
    const date = isoDate(Number(dated[2]), Number(dated[3]), Number(dated[4]));
    if (date === undefined) return refuse('udi.hibc-date', { value: field });
    if (dated[1] === '14D') carrier.expiry = date;
    else carrier.madeOn = date;
  } else if (/^S./.test(field)) carrier.serial = field.slice(1);
  else carrier.others.push({ key: /^Q\d/.test(field) ? 'Q' : '/', value: field.replace(/^Q(?=\d)/, '') });
  return undefined;
}

/** Lengths of the dates that follow `$$` and their leading format digit. */
const DATES: Record<
  string,
  { length: number; read: (digits: string, year: (short: string) => number) => string | undefined }
> = {
  '2': { length: 6, read: (d, year) => isoDate(year(d.slice(4)), Number(d.slice(0, 2)), Number(d.slice(2, 4))) },
  '3': { length: 6, read: (d, year) => isoDate(year(d.slice(0, 2)), Number(d.slice(2, 4)), Number(d.slice(4))) },
  '4': { length: 8, read: (d, year) => isoDate(year(d.slice(0, 2)), Number(d.slice(2, 4)), Number(d.slice(4, 6))) },
  '5': { length: 5, read: (d, year) => dateOfYearDay(year(d.slice(0, 2)), Number(d.slice(2))) },
  '6': { length: 7, read: (d, year) => dateOfYearDay(year(d.slice(0, 2)), Number(d.slice(2, 5))) },
};

function readSecondary(field: string, today: string, carrier: UdiCarrier): Refusal | undefined {
  const year = (short: string): number => resolveCentury(Number(short), today);
  if (/^\d/.test(field)) {
    const date = /^\d{5}/.test(field) ? DATES['5']?.read(field.slice(0, 5), year) : undefined;
    if (date === undefined) return refuse('udi.hibc-date', { value: field });
    carrier.expiry = date;
    if (field.length > 5) carrier.lot = field.slice(5);
    return undefined;
  }
  const flag = /^\$\$?\+?/.exec(field)?.[0] ?? '';
  let rest = field.slice(flag.length);
  if (flag.startsWith('$$')) {
    const quantity = /^(?:8(\d\d)|9(\d{5}))/.exec(rest);
    if (quantity) {
      carrier.others.push({ key: 'quantity', value: String(Number(quantity[1] ?? quantity[2])) });
      rest = rest.slice(quantity[0].length);
    }
    const format = rest.charAt(0);
    const layout = DATES[format];
    if (layout) {
      const digits = rest.slice(1, 1 + layout.length);
      const date = /^\d+$/.test(digits) && digits.length === layout.length ? layout.read(digits, year) : undefined;
      if (date === undefined) return refuse('udi.hibc-date', { value: field });
      carrier.expiry = date;
      rest = rest.slice(1 + layout.length);
    } else if (format === '7') rest = rest.slice(1);
    else if (/^[01]\d{3}/.test(rest)) {
      const month = Number(rest.slice(0, 2));
      const full = year(rest.slice(2, 4));
      const date = isoDate(full, month, lastDayOfMonth(full, month));
      if (date === undefined) return refuse('udi.hibc-date', { value: field });
      carrier.expiry = date;
      rest = rest.slice(4);
    } else if (!quantity || rest !== '') return refuse('udi.hibc-date', { value: field });
  }
  if (rest !== '') {
    if (flag.endsWith('+')) carrier.serial = rest;
    else carrier.lot = rest;
  }
  return undefined;
}
