/**
 * Device identifiers: what people paste, made into one normal form, and whole UDI carriers read into their parts.
 * EU MDR/IVDR Annex VI part C; FDA 21 CFR 830. Every refusal says what is wrong and how to mend it (`refusal.udi.*`).
 */

import { dateOfYearDay, isoDate } from './date-text.ts';
import { isRefusal, type Refusal, refuse } from './refusal.ts';
import { emptyCarrier, type Issuer, resolveCentury, type UdiCarrier } from './udi-carrier.ts';
import { checkPair, gtinCheckDigit, hasValidCheckDigit, hibcCheckCharacter, ifaCheckDigits } from './udi-check.ts';
import { parseGs1, readGs1Date } from './udi-gs1.ts';
import { parseHibc } from './udi-hibc.ts';

export type { Issuer, UdiCarrier } from './udi-carrier.ts';
export { checkPair, gtinCheckDigit, hasValidCheckDigit, hibcCheckCharacter, ifaCheckDigits } from './udi-check.ts';
export { parseElementString, parseGs1, readGs1Date } from './udi-gs1.ts';
export { parseHibc } from './udi-hibc.ts';

/**
 * A device identifier in its normal form. `scheme` eudamed is the EUDAMED DI or ID of a legacy device, which has no agency.
 * `printed` is how a label or form shows it: GTIN-14 for GS1, `+…check` for HIBC, `=/…` for ICCBBA, `PPN …` for IFA.
 */
export type DeviceIdentifier = { scheme: 'udi-di' | 'eudamed'; issuer: Issuer | ''; value: string; printed: string };

/** A Basic UDI-DI (the key of a device group in EUDAMED and certificates, never on a label), checked. */
export type BasicUdi = { issuer: 'GS1' | 'HIBC' | 'IFA'; value: string };

/** A GTIN-8, -12, -13 or -14, or one whose leading zeros a spreadsheet dropped, as 14 digits; undefined when it is none. */
export function normalizeGtin(digits: string): string | undefined {
  if (!/^\d{8,14}$/.test(digits) || !hasValidCheckDigit(digits) || /^0+$/.test(digits)) return undefined;
  return digits.padStart(14, '0');
}

/**
 * Reads a UDI-DI as people paste it: with spaces or hyphens, `(01)` or a whole UDI, a Digital Link address, `UDI-DI:` before it,
 * zeros lost in a spreadsheet, `="…"` of an export. Accepts GS1, HIBC, ICCBBA, IFA and the EUDAMED identifiers of legacy devices.
 * @returns the identifier, or a Refusal: `udi.empty`, `udi.rounded` (a spreadsheet made 8.16E+11 of it and its last digits are gone),
 * `udi.check-digit` {value, expected}, `udi.check-character`, `udi.check-pair`, `udi.length` {value, digits}, `udi.basic`, `udi.no-di`, `udi.form`
 */
export function parseDeviceIdentifier(text: string): DeviceIdentifier | Refusal {
  const typed = stripWrapping(text);
  if (typed === '') return refuse('udi.empty');
  if (/^[+-]?\d+([.,]\d+)?\s*E\s*\+?\d+$/i.test(typed)) return refuse('udi.rounded', { value: typed });
  const digits = typed.replace(/[\s-]/g, '').replace(/^(\d+)[.,]0+$/, '$1');
  if (/^\d+$/.test(digits) && digits.length < 16) return readGtin(digits, typed);
  if (typed.startsWith('++') || /^PP[A-Z0-9]{5}./i.test(typed)) return refuse('udi.basic', { value: typed });
  const upper = typed.toUpperCase();
  if (/^[BD]-/.test(upper)) return readEudamed(upper.replace(/\s/g, ''));
  const compact = typed.startsWith('+') || typed.startsWith('*') ? typed : typed.replace(/ /g, '');
  const carrier = parseUdi(compact, '2000-01-01');
  if (isRefusal(carrier)) return carrier;
  if (carrier.di === '') return refuse('udi.no-di', { value: typed });
  return {
    scheme: 'udi-di',
    issuer: carrier.issuer,
    value: carrier.di,
    printed: printIdentifier(carrier.issuer, carrier.di),
  };
}

/** How an identifier is printed, from its agency and its normal form. */
export function printIdentifier(issuer: Issuer | '', value: string): string {
  if (issuer === 'HIBC') return `+${value}${hibcCheckCharacter(`+${value}`) ?? ''}`;
  if (issuer === 'ICCBBA') return `=/${value}`;
  return issuer === 'IFA' ? `PPN ${value}` : value;
}

/** Takes off what is around an identifier in mails and spreadsheets: quotes, `="…"`, an apostrophe, `UDI-DI:`, no-break spaces. */
function stripWrapping(text: string): string {
  let typed = text.replace(/[\u00a0\u2000-\u200b\u202f\u2060\ufeff\t\r\n]/g, ' ').trim();
  if (/^="?[^=].*"$/.test(typed)) typed = typed.slice(1);
  typed = typed.replace(/^["'’]+|["'’]+$/g, '').trim();
  typed = typed.replace(
    /^(UDI[\s-]*DI|UDI|GTIN([\s-]*\d{1,2})?|EAN|UPC|HIBC|DI)\s*[:=#]?\s+|^(UDI[\s-]*DI|UDI|GTIN|EAN|UPC|HIBC|DI)\s*[:#]\s*/i,
    '',
  );
  // A PPN is all digits and would pass for a GTIN: its word becomes its data identifier instead of going away.
  typed = typed.replace(/^PPN\s*[:=#]?\s*(?=\d)/i, '9N');
  const link = /^https?:\/\/[^/]+\/(?:[^?#]*\/)?01\/(\d{8,14})(?:[/?#]|$)/i.exec(typed);
  return link?.[1] ?? typed;
}

function readGtin(digits: string, typed: string): DeviceIdentifier | Refusal {
  if (digits.length < 8 || digits.length > 14) return refuse('udi.length', { value: typed, digits: digits.length });
  const value = normalizeGtin(digits);
  if (value === undefined)
    return refuse('udi.check-digit', { value: typed, expected: gtinCheckDigit(digits.slice(0, -1)) });
  return { scheme: 'udi-di', issuer: 'GS1', value, printed: value };
}

function readEudamed(code: string): DeviceIdentifier | Refusal {
  if (code.length > 25 || code.length < 6) return refuse('udi.form', { value: code });
  // Only the EUDAMED DI (B-) is known to close with a check pair; the EUDAMED ID (D-) is taken as it stands.
  if (code.startsWith('B-') && checkPair(code.slice(2, -2)) !== code.slice(-2))
    return refuse('udi.check-pair', { value: code });
  if (!/^[BD]-[A-Z0-9.\-_/]+$/.test(code)) return refuse('udi.form', { value: code });
  return { scheme: 'eudamed', issuer: '', value: code, printed: code };
}

/**
 * Reads a whole UDI as scanned or printed, of any agency.
 * @param today 'YYYY-MM-DD', decides the century of two-digit years
 * @returns its parts, or a Refusal `udi.*`
 */
export function parseUdi(text: string, today: string): UdiCarrier | Refusal {
  const code = text.trim();
  if (code === '') return refuse('udi.empty');
  const bare = code.replace(/^\][A-Za-z]\d/, '');
  if (bare.startsWith('+') || bare.startsWith('*+'))
    return parseHibc(text.trimStart().replace(/^\][A-Za-z]\d/, ''), today);
  if (/^(=\/|=,|=>|=}|&,1)/.test(bare)) return parseIccbba(bare, today);
  if (/^(\[\)>|9N)/i.test(bare)) return parseIfa(bare, today);
  if (/^\(?\d{2}/.test(bare) || bare.startsWith(GS)) return parseGs1(code, today);
  if (/^\d{10}$/.test(bare.slice(2)) && /^[A-Z0-9]{2}/.test(bare)) return parseIfa(`9N${bare}`, today);
  return refuse('udi.form', { value: code });
}

/** ISBT 128 (ICCBBA): data structures of fixed length after their identifier; `read` makes the value, null when it is none. */
type IsbtField = 'di' | 'serial' | 'expiry' | 'madeOn' | 'lot' | 'others';
const ISBT: {
  flag: string;
  length: number;
  field: IsbtField;
  read?: (value: string, today: string) => string | null;
}[] = [
  { flag: '=/', length: 16, field: 'di', read: (value) => (/^[A-Z0-9]+$/.test(value) ? value : null) },
  { flag: '=,', length: 6, field: 'serial' },
  { flag: '=>', length: 6, field: 'expiry', read: readIsbtDate },
  { flag: '=}', length: 6, field: 'madeOn', read: readIsbtDate },
  { flag: '&,1', length: 18, field: 'lot', read: (value) => value.replace(/^0+(?=.)/, '') },
  { flag: '=', length: 15, field: 'others' },
];

function readIsbtDate(digits: string, today: string): string | null {
  if (!/^\d{6}$/.test(digits)) return null;
  // First digit is the century (0 = 20xx), then year and day of the year (ISBT 128, data structure 004).
  const year = digits.startsWith('0')
    ? 2000 + Number(digits.slice(1, 3))
    : resolveCentury(Number(digits.slice(1, 3)), today);
  return dateOfYearDay(year, Number(digits.slice(3))) ?? null;
}

function parseIccbba(code: string, today: string): UdiCarrier | Refusal {
  const carrier = emptyCarrier('ICCBBA');
  let rest = code;
  while (rest !== '') {
    const structure = ISBT.find(({ flag }) => rest.startsWith(flag));
    if (!structure) return refuse('udi.form', { value: code });
    const start = structure.flag.length;
    const text = rest.slice(start, start + structure.length);
    const value = structure.read ? structure.read(text, today) : text;
    if (text.length < structure.length || value === null) return refuse('udi.form', { value: code });
    if (structure.field === 'others') carrier.others.push({ key: structure.flag, value });
    else carrier[structure.field] = value;
    rest = rest.slice(start + structure.length);
  }
  return carrier;
}

// Record separator, group separator and end of transmission: the frame of ISO/IEC 15434 around ASC data identifiers.
const [RS, GS, EOT] = ['\u001e', '\u001d', '\u0004'];
const ENVELOPE = new RegExp(`^\\[\\)>${RS}?0[56]${GS}?|[${RS}${EOT}]+$`, 'g');

/** IFA: ASC data identifiers in an ISO/IEC 15434 envelope, `9N` PPN first, fields parted by GS. */
function parseIfa(code: string, today: string): UdiCarrier | Refusal {
  const carrier = emptyCarrier('IFA');
  const body = code.replace(ENVELOPE, '');
  for (const field of body.split(GS)) {
    if (/^9N/i.test(field)) {
      const ppn = field.slice(2).toUpperCase();
      if (!/^[A-Z0-9.-]{4,22}\d\d$/.test(ppn)) return refuse('udi.form', { value: code });
      if (ifaCheckDigits(ppn.slice(0, -2)) !== ppn.slice(-2)) return refuse('udi.check-pair', { value: ppn });
      carrier.di = ppn;
    } else if (field.startsWith('1T')) carrier.lot = field.slice(2);
    else if (field.startsWith('16D') && field.length === 11) {
      carrier.madeOn = isoDate(Number(field.slice(3, 7)), Number(field.slice(7, 9)), Number(field.slice(9))) ?? null;
    } else if (field.startsWith('D')) {
      const expiry = readGs1Date(field.slice(1), today);
      if (expiry === undefined) return refuse('udi.gs1-date', { ai: 'D', value: field.slice(1) });
      carrier.expiry = expiry;
    } else if (field.startsWith('S')) carrier.serial = field.slice(1);
    else if (field !== '') carrier.others.push({ key: '', value: field });
  }
  return carrier;
}

/**
 * Checks a Basic UDI-DI: GS1 GMN, HIBC (`++…`) or IFA (`PP…`), at most 25 characters with its check pair (MDCG 2019-1).
 * @returns issuer and value, or a Refusal `udi.empty`, `udi.check-pair` {value, expected}, `udi.form`
 */
export function parseBasicUdi(text: string): BasicUdi | Refusal {
  const value = text.trim();
  if (value === '') return refuse('udi.empty');
  if (value.length > 25 || value.length < 6 || /\s/.test(value)) return refuse('udi.form', { value });
  const issuer = value.startsWith('++')
    ? 'HIBC'
    : /^PP[A-Z0-9]{5}/.test(value)
      ? 'IFA'
      : /^\d{5}/.test(value)
        ? 'GS1'
        : undefined;
  if (!issuer || (issuer === 'HIBC' && !/^\+\+[A-Z][A-Z0-9]{3}/.test(value))) return refuse('udi.form', { value });
  const body = value.slice(0, -2);
  const expected = issuer === 'IFA' ? ifaCheckDigits(body) : checkPair(body);
  if (expected !== value.slice(-2)) return refuse('udi.check-pair', { value, expected: expected ?? '' });
  return { issuer, value };
}
