/**
 * GS1 element strings as scanners and people give them: `(01)…(21)…` in print, or raw with FNC1 (ASCII 29)
 * after values of variable length, with or without a symbology prefix. GS1 General Specifications, sections 3 and 7.
 */

import { lastDayOfMonth } from './date-text.ts';
import { type Refusal, refuse } from './refusal.ts';
import { emptyCarrier, resolveCentury, type UdiCarrier } from './udi-carrier.ts';
import { checkPair, GS1_CHARACTERS, hasValidCheckDigit } from './udi-check.ts';

const GS = '\u001d';

/**
 * Application identifiers → the parts of their value. A letter gives the characters: n digits, x the 82 of GS1,
 * y upper case, digits and # - /, z base64url, k a GMN with its check pair. Written small it is 1 up to so many, written
 * large exactly so many. Marks after it: c ends in a check digit, d date YYMMDD, e the same without day 00, D date YYYYMMDD,
 * ? may be left out. GS1 General Specifications, section 3.2.
 */
const FORMATS: Record<string, string> = {};
function define(identifiers: string, format: string): void {
  for (const range of identifiers.split(' ')) {
    const [from = '', to = from] = range.split('-');
    for (let ai = Number(from); ai <= Number(to); ai++) FORMATS[String(ai).padStart(from.length, '0')] = format;
  }
}
define('00 8017-8018', 'N18c');
define('01-03', 'N14c');
define('11-13 15-17', 'N6d');
define('10 21-22 243 254 7020-7022 710-717 7240 8002 8012', 'x20');
define('20 7241', 'N2');
define('235', 'x28');
define('240-241 250-251 400-401 403 7002 7023 8004 90', 'x30');
define('242', 'n6');
define('253', 'N13c x17?');
define('255', 'N13c n12?');
define('30 37', 'n8');
define('3100-3169 3200-3379 3400-3579 3600-3699 3950-3959 8005', 'N6');
define('3900-3909 3920-3929', 'n15');
define('3910-3919 3930-3939', 'N3 n15');
define('3940-3949 8111', 'N4');
define('402', 'N17c');
define('410-417', 'N13c');
define('420', 'x20');
define('421', 'N3 x9');
define('422 424 426', 'N3');
define('423', 'N3 N3? N3? N3? N3?');
define('425', 'N3 n12');
define('427', 'x3');
define('4300-4301 4310-4311', 'x35');
define('4302-4306 4312-4316 4318', 'x70');
define('4307 4317', 'X2');
define('4308', 'x30');
define('4309', 'N20');
define('4319', 'x30');
define('4320', 'x35');
define('4321-4323 7252', 'N1');
define('4324-4325', 'N6d N4');
define('4326', 'N6e');
define('4330-4333', 'N6 x1?');
define('7001', 'N13');
define('7003', 'N6d N4');
define('7004', 'n4');
define('7005', 'x12');
define('7006', 'N6d');
define('7007', 'N6d N6?');
define('7008', 'x3');
define('7009 8011', 'x12');
define('7010', 'x2');
define('7011', 'N6d N4?');
define('7030-7039', 'N3 x27');
define('7040', 'N1 X3');
define('7041', 'x4');
define('7230-7239', 'X2 x28');
define('7242 8020', 'x25');
define('7250', 'N8D');
define('7251', 'N8D N4');
define('7253-7254', 'x40');
define('7255', 'x10');
define('7256', 'x90');
define('7257', 'x70');
define('7258', 'X3');
define('7259', 'x40');
define('8001', 'N14');
define('8003', 'N14c x16?');
define('8006 8026', 'N14c N4');
define('8007', 'x34');
define('8008', 'N6d N2 N2? N2?');
define('8009', 'x50');
define('8010', 'y30');
define('8013', 'k25');
define('8014', 'x25');
define('8019', 'n10');
define('8030', 'z90');
define('8110 8112 8200', 'x70');
define('91-99', 'x90');

/** First two digits of the AIs whose value has a fixed length by rule: they need no FNC1 after them (GS1 GS, fig. 7.8.5-2). */
const FIXED = new Map<string, number>([
  ['00', 20],
  ['01', 16],
  ['02', 16],
  ['03', 16],
  ['04', 18],
  ['11', 8],
  ['12', 8],
  ['13', 8],
  ['14', 8],
  ['15', 8],
  ['16', 8],
  ['17', 8],
  ['18', 8],
  ['19', 8],
  ['20', 4],
  ['31', 10],
  ['32', 10],
  ['33', 10],
  ['34', 10],
  ['35', 10],
  ['36', 10],
  ['41', 16],
]);

const SETS: Record<string, RegExp> = {
  n: /^\d*$/,
  x: new RegExp(`^[${GS1_CHARACTERS.replace(/[-\]\\^]/g, '\\$&')}]*$`),
  y: /^[A-Z0-9#/-]*$/,
  z: /^[A-Za-z0-9_-]*={0,2}$/,
  k: /^.*$/,
};

type Part = { set: RegExp; letter: string; min: number; max: number; check: string };
const PARTS = new Map<string, Part[]>(
  Object.entries(FORMATS).map(([ai, format]) => [ai, format.split(' ').map(readPart)]),
);
function readPart(text: string): Part {
  const [, letter = 'x', length = '1', mark = ''] = /^([a-zA-Z])(\d+)(.?)$/.exec(text) ?? [];
  const lower = letter.toLowerCase();
  const max = Number(length);
  const exact = letter !== lower;
  return { set: SETS[lower] ?? /^.*$/, letter: lower, min: exact ? max : 1, max, check: mark };
}

/** One element of a GS1 string: the application identifier, without brackets, and its value. */
export type Element = { ai: string; value: string };

/**
 * Splits a GS1 element string and checks every value against its identifier: length, characters, check digit, date.
 * @returns the elements in their order, or a Refusal `udi.gs1-*` with the identifier it is about
 */
export function parseElementString(text: string): Element[] | Refusal {
  const body = text.trim().replace(/^\][A-Za-z]\d/, '');
  if (body === '') return refuse('udi.empty');
  const elements = /^\(\d{2,4}\)/.test(body) ? splitBracketed(body) : splitRaw(body);
  if (!Array.isArray(elements)) return elements;
  const seen = new Map<string, string>();
  for (const { ai, value } of elements) {
    const wrong = checkElement(ai, value);
    if (wrong) return wrong;
    const before = seen.get(ai);
    if (before !== undefined && before !== value) return refuse('udi.gs1-repeated', { ai });
    seen.set(ai, value);
  }
  return elements;
}

function splitBracketed(text: string): Element[] | Refusal {
  const found = text.split(/\((\d{2,4})\)/);
  const elements: Element[] = [];
  for (let i = 1; i < found.length; i += 2) {
    // Spaces between elements are how labels print them; inside a value no space is allowed in GS1.
    const value = (found[i + 1] ?? '').replaceAll(GS, '').trim();
    elements.push({ ai: found[i] ?? '', value });
  }
  return elements;
}

function splitRaw(text: string): Element[] | Refusal {
  const elements: Element[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === GS) {
      at++;
      continue;
    }
    const ai = [2, 3, 4].map((n) => text.slice(at, at + n)).find((candidate) => PARTS.has(candidate));
    if (ai === undefined) return refuse('udi.gs1-unknown-ai', { at: text.slice(at, at + 4), position: at + 1 });
    const fixed = FIXED.get(ai.slice(0, 2));
    const stop = text.indexOf(GS, at);
    const end = Math.min(fixed === undefined ? text.length : at + fixed, stop < 0 ? text.length : stop);
    elements.push({ ai, value: text.slice(at + ai.length, end) });
    at = end;
  }
  return elements;
}

function checkElement(ai: string, value: string): Refusal | undefined {
  const parts = PARTS.get(ai);
  if (!parts) return refuse('udi.gs1-unknown-ai', { at: ai, position: 1 });
  let at = 0;
  for (const part of parts) {
    const piece = value.slice(at, at + part.max);
    at += piece.length;
    if (piece.length < part.min && !(part.check === '?' && piece === ''))
      return refuse('udi.gs1-too-short', { ai, value, length: part.min });
    if (!part.set.test(piece))
      return refuse(part.letter === 'n' ? 'udi.gs1-not-digits' : 'udi.gs1-character', { ai, value });
    if (part.check === 'c' && !hasValidCheckDigit(piece)) return refuse('udi.check-digit', { value: piece });
    if (part.check === 'e' && piece.endsWith('00')) return refuse('udi.gs1-date', { ai, value });
    if ((part.check === 'd' || part.check === 'e') && readGs1Date(piece, '2000-01-01') === undefined)
      return refuse('udi.gs1-date', { ai, value });
    if (part.check === 'D' && !isFullDate(piece)) return refuse('udi.gs1-date', { ai, value });
    if (part.letter === 'k' && checkPair(piece.slice(0, -2)) !== piece.slice(-2))
      return refuse('udi.check-pair', { value: piece });
  }
  if (at < value.length) return refuse('udi.gs1-too-long', { ai, value, length: at });
  return undefined;
}

/**
 * A GS1 date YYMMDD as 'YYYY-MM-DD'. The century is the one nearest to today (51-year window, GS1 GS 7.12);
 * day 00 means the last day of the month. Undefined for a date that does not exist.
 */
export function readGs1Date(digits: string, today: string): string | undefined {
  if (!/^\d{6}$/.test(digits)) return undefined;
  const year = resolveCentury(Number(digits.slice(0, 2)), today);
  const month = Number(digits.slice(2, 4));
  if (month < 1 || month > 12) return undefined;
  const last = lastDayOfMonth(year, month);
  const day = Number(digits.slice(4)) || last;
  return day > last ? undefined : `${year}-${digits.slice(2, 4)}-${String(day).padStart(2, '0')}`;
}

function isFullDate(digits: string): boolean {
  const month = Number(digits.slice(4, 6));
  const day = Number(digits.slice(6));
  return month >= 1 && month <= 12 && day >= 1 && day <= lastDayOfMonth(Number(digits.slice(0, 4)), month);
}

/**
 * Reads a GS1 UDI. AI 01 is the device identifier; 10, 11, 17, 21 and 8012 its production identifiers;
 * everything else (a catalogue number in 240, a quantity in 30) comes back in `others`.
 * @param today 'YYYY-MM-DD', decides the century of two-digit years
 */
export function parseGs1(text: string, today: string): UdiCarrier | Refusal {
  const elements = parseElementString(text);
  if (!Array.isArray(elements)) return elements;
  const carrier = emptyCarrier('GS1');
  for (const { ai, value } of elements) {
    if (ai === '01') carrier.di = value;
    else if (ai === '10') carrier.lot = value;
    else if (ai === '21') carrier.serial = value;
    else if (ai === '11') carrier.madeOn = readGs1Date(value, today) ?? null;
    else if (ai === '17') carrier.expiry = readGs1Date(value, today) ?? null;
    else if (ai === '8012') carrier.softwareVersion = value;
    else carrier.others.push({ key: ai, value });
  }
  return carrier;
}
