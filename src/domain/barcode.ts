/**
 * What a label says, as a camera or a scanner that types hands it over: with a symbology identifier in front or without,
 * FNC1 as the sign it is or as a program wrote it down.
 */
import { isRefusal, type Refusal } from './refusal.ts';
import { parseElementString, parseUdi, type UdiCarrier } from './udi.ts';

export type ReadLabel =
  | { kind: 'udi'; carrier: UdiCarrier; text: string }
  /** A serial or lot number by itself. */
  | { kind: 'plain'; text: string };

/** Longer than any carrier of a device; what is longer is something else. */
const LONGEST = 300;

/** Scanners and programs write the group separator in many ways; none of these stands on a label for itself. */
const SEPARATORS = /\u241d|<GS>|\{GS\}|\[GS\]|\(GS\)|\\x1d|\\u001d|\^\]|%1D|\u00e8|[<{[]FNC1[>}\]]/gi;
/** Letters and digits as wide as a sign of Chinese or Japanese, as keyboards there type them. */
const WIDE = /[\uff01-\uff5e]/g;

/** ISO/IEC 15424: `]`, a letter and a modifier. These carry GS1 element strings. */
const GS1_SYMBOLS = /^\](C1|e[0-3]|d2|Q3|J1|E[04])/;
const ANY_SYMBOL = /^\][A-Za-z][0-9A-Fa-f]/;

/** `SN:`, `S/N`, `(21)` stands for itself; a word before a number does not belong to it. */
const LABEL_WORD = /^(S\/?N|SER(IAL)?( ?N(O|R|UMBER)?)?|LOT|LOS|CH\.?-?B\.?)\s*[.:#]*\s+|^(S\/N|SN|LOT)\s*[:#]\s*/i;

/**
 * Reads the text of a label.
 * @param today 'YYYY-MM-DD', decides the century of two-digit years
 * @returns or a Refusal `udi.*` for a text that says that it is a carrier and is a damaged one
 */
export function readLabel(typed: string, today: string): ReadLabel | Refusal {
  const text = typed
    .slice(0, LONGEST)
    .replace(WIDE, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(SEPARATORS, '\u001d')
    .replace(/^[\s\p{Cc}]+|[\s\p{Cc}]+$/gu, '');
  const said = text.replace(ANY_SYMBOL, '');
  const isCarrier = GS1_SYMBOLS.test(text) || /^\(\d{2,4}\)|^\*?\+|^=[/,>}]|^\[\)>|^https?:\/\//i.test(said);
  const udi = parseUdi(linkless(GS1_SYMBOLS.test(text) ? text : said), today);
  if (!isRefusal(udi)) {
    // Digits alone might be a serial number: they are a carrier when they name a device.
    if (isCarrier || udi.di !== '') return { kind: 'udi', carrier: udi, text: said };
  } else if (isCarrier) return udi;
  return { kind: 'plain', text: said.replace(LABEL_WORD, '').trim() };
}

/** A GS1 Digital Link as element string: `https://…/01/0081…/21/NB55` → `(01)0081…(21)NB55`. */
function linkless(text: string): string {
  const path = /^https?:\/\/[^/]+\/((?:[^?#]*\/)?01\/\d{8,14}(?:\/[^?#]*)?)/i.exec(text)?.[1];
  if (path === undefined) return text;
  const parts = path.split('/').map(decodePart);
  const start = parts.lastIndexOf('01');
  let elements = '';
  for (let i = start; i + 1 < parts.length; i += 2) {
    const value = parts[i] === '01' ? (parts[i + 1] ?? '').padStart(14, '0') : parts[i + 1];
    elements += `(${parts[i]})${value}`;
  }
  return elements;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The numbers by which a label can name a unit, the likeliest first. */
export function numbersOf(label: ReadLabel): string[] {
  if (label.kind === 'plain') return label.text === '' ? [] : [label.text];
  return [label.carrier.serial, label.carrier.lot].filter((one): one is string => one !== null && one !== '');
}

/** What commonly follows a serial number on a label: lot, dates, version and what belongs to it. */
const AFTER_SERIAL = /^(10|11|13|15|17|20|240|241|250|30|9\d)./;

/**
 * Numbers a label may mean when the scanner swallowed the separator (FNC1) after its serial number: what follows was then
 * read as part of it. Guesses: to be looked for only when the whole number is nobody's.
 */
export function shorterNumbersOf(label: ReadLabel): string[] {
  if (label.kind !== 'udi' || label.carrier.issuer !== 'GS1' || label.text.includes('\u001d') || /^\(/.test(label.text))
    return [];
  const { serial } = label.carrier;
  if (!serial?.length || !label.text.endsWith(serial)) return [];
  const shorter: string[] = [];
  for (let end = 3; end < serial.length - 2; end++) {
    const rest = serial.slice(end);
    if (AFTER_SERIAL.test(rest) && !isRefusal(parseElementString(rest))) shorter.push(serial.slice(0, end));
  }
  return shorter;
}
