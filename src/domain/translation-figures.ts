/**
 * Figures typed into a text, so that two languages can be compared whatever digits, separators and order they write them
 * in: `1,014` and `1.014` and `١٬٠١٤` are one number; `4 May 2022` and `2022年5月4日` one day; `5 MB` and `5 Mo` one size.
 */
import { localeOf } from './message.ts';

export type FigureKind = 'cve' | 'hash' | 'address' | 'identifier' | 'phone' | 'date' | 'unit' | 'number';
export type Figure = { kind: FigureKind; value: string };

/** Kinds that are the same sign for sign in every language; the others a language may say in words. */
export const exactKinds: ReadonlySet<FigureKind> = new Set(['cve', 'hash', 'address', 'identifier', 'phone']);

type Rule = {
  kind: FigureKind;
  pattern: RegExp;
  value: (match: RegExpExecArray, language: string) => string | undefined;
};

/** Every figure of a text, in no order. `language` says how its dates are written. */
export function figuresOf(words: string, language: string): Figure[] {
  const figures: Figure[] = [];
  // One blank for many: a pattern that may skip blanks in two places would try each way to share them.
  let rest = plainDigits(words).replace(/(\s)\s+/g, '$1');
  for (const rule of [...RULES, ...dateRules(language), ...LAST_RULES]) {
    rest = rest.replace(new RegExp(rule.pattern.source, `${rule.pattern.flags.replace('g', '')}g`), (...args) => {
      const match = args.slice(0, -2) as unknown as RegExpExecArray;
      const value = rule.value(match, language);
      if (value === undefined) return match[0];
      figures.push({ kind: rule.kind, value });
      // What was read is gone, and its neighbours do not grow together.
      return ' \u0001 ';
    });
  }
  return figures;
}

/** Full-width signs made plain, and the digits of every script made 0 to 9. */
export function plainDigits(text: string): string {
  return text
    .replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(/\p{Nd}/gu, (sign) => digitValues().get(sign) ?? sign);
}

let digits: Map<string, string> | undefined;

/** Digits of every script stand in rows of ten in Unicode (§4.6). */
function digitValues(): Map<string, string> {
  if (digits) return digits;
  digits = new Map();
  let inRow = 0;
  for (let code = 0x30; code <= 0x1ffff; code += 1) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const sign = String.fromCodePoint(code);
    if (/\p{Nd}/u.test(sign)) digits.set(sign, String(inRow++ % 10));
    else inRow = 0;
  }
  return digits;
}

const upper = (match: RegExpExecArray): string => match[0].toUpperCase();

const RULES: readonly Rule[] = [
  { kind: 'cve', pattern: /\bCVE[-‐-―\s]?(\d{4})[-‐-―\s]?(\d{4,7})\b/iu, value: (m) => `CVE-${m[1]}-${m[2]}` },
  { kind: 'hash', pattern: /\b[0-9a-f]{32,128}\b/i, value: (m) => m[0].toLowerCase() },
  {
    kind: 'address',
    pattern: /\bhttps?:\/\/[^\s<>"'、。，)\]]+|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/i,
    value: (m) => m[0].replace(/[.,;:]+$/, ''),
  },
  {
    kind: 'phone',
    pattern: /(?<![\w.])\+ ?\d[\d ()/.\u00a0\u2009\u202f‐-―-]{5,24}\d(?!\w)/u,
    value: (m) => `+${m[0].replace(/\D/g, '')}`,
  },
];

const LAST_RULES: readonly Rule[] = [
  // Letters and digits in one word, or joined by dashes: references, serial and catalogue numbers.
  {
    kind: 'identifier',
    pattern:
      /(?<![\p{L}\d])(?=[A-Z0-9-]{0,40}[A-Z])(?=[A-Z0-9-]{0,40}\d)[A-Z0-9]+(?:-[A-Z0-9]+)*(?![\p{Script=Latin}\d])/u,
    value: (m) => (UNIT_AFTER_NUMBER.test(m[0]) ? undefined : upper(m)),
  },
  {
    kind: 'unit',
    pattern:
      /(?<![\d.,])((?:[1-9]\d{0,2}(?:[ \u00a0\u2009\u202f]\d{3})+(?:[.,٫]\d+)?(?!\d)|\d+(?:[.,٫٬'’]\d+)*))[\s\u00a0\u2009\u202f]?(%|٪|°\s?[CF]|[\p{L}µμ]{1,4}\b)/u,
    value: (m) => {
      const unit = UNITS.get((m[2] ?? '').replace(/\s/g, ''));
      return unit === undefined ? undefined : `${numberValue(m[1] ?? '')} ${unit}`;
    },
  },
  {
    kind: 'number',
    pattern: /(?:[1-9]\d{0,2}(?:[ \u00a0\u2009\u202f]\d{3})+(?:[.,٫]\d+)?(?!\d)|\d+(?:[.,٫٬'’]\d+)*)/u,
    value: (m) => numberValue(m[0]),
  },
];

const UNIT_AFTER_NUMBER = /^\d+(?:K|M|G|T)?(?:B|O)$/;

/** Ways to write a unit → the unit. Languages that have their own letters for it are listed with them. */
const UNITS = new Map(
  Object.entries({
    '%': '% ٪',
    '°C': '°C ℃',
    '°F': '°F ℉',
    KB: 'KB kB Ko ko КБ кБ',
    MB: 'MB Mo МБ Мб',
    GB: 'GB Go ГБ Гб',
    TB: 'TB To ТБ',
    ms: 'ms мс',
    min: 'min мин хв',
    mm: 'mm мм',
    cm: 'cm см',
    km: 'km км',
    mg: 'mg мг',
    kg: 'kg кг',
    µl: 'µl μl µL μL',
    ml: 'ml mL мл',
    kHz: 'kHz кГц',
    MHz: 'MHz МГц',
    GHz: 'GHz ГГц',
    kV: 'kV кВ',
  }).flatMap(([unit, forms]) => forms.split(' ').map((form) => [form, unit] as const)),
);

/** A number without the signs that set its thousands apart: `1.014` is `1014`, `2,4` is `2.4`. */
function numberValue(written: string): string {
  const [first = '', ...groups] = written.split(/\D+/);
  let whole = first;
  while (/^[1-9]\d{0,2}$/.test(first) && groups[0]?.length === 3) whole += groups.shift();
  return [whole.replace(/^0+(?=\d)/, ''), ...groups].join('.');
}

// ── Dates ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const HOUSE_MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const known = new Map<string, readonly Rule[]>();

function dateRules(language: string): readonly Rule[] {
  let rules = known.get(language);
  if (!rules) {
    rules = makeDateRules(language);
    if (known.size > 100) known.clear();
    known.set(language, rules);
  }
  return rules;
}

function makeDateRules(language: string): readonly Rule[] {
  const names = monthNames(language);
  const name = [...names.keys()]
    .sort((a, b) => b.length - a.length)
    .map((one) => one.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'))
    .join('|');
  const monthOf = (text = ''): number => names.get(text.toLocaleLowerCase(language)) ?? 0;
  const date = (pattern: RegExp, value: Rule['value']): Rule => ({ kind: 'date', pattern, value });
  return [
    date(/\b(\d{4})-(\d{2})-(\d{2})\b/, (m) => dayOf(m[1], m[2], m[3])),
    date(/\b(\d{2})([A-Z]{3})(\d{4})\b/, (m) => dayOf(m[3], HOUSE_MONTHS.indexOf(m[2] ?? '') + 1, m[1])),
    date(/(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일号號]?/u, (m) => dayOf(m[1], m[2], m[3])),
    // "4 May 2022", "4. Mai 2022", "1er juin 2022", "4 de mayo de 2022", "٤ مايو ٢٠٢٢"
    date(
      new RegExp(
        `(\\d{1,2})(?:\\.|er|º|ª|st|nd|rd|th)?\\s*(?:de|of|a|ta’)?\\s*(${name})\\.?,?\\s*(?:de|del)?\\s*(\\d{4})`,
        'iu',
      ),
      (m) => dayOf(m[3], monthOf(m[2]), m[1]),
    ),
    date(new RegExp(`(${name})\\.?\\s*(\\d{1,2})(?:st|nd|rd|th)?,?\\s+(\\d{4})`, 'iu'), (m) =>
      dayOf(m[3], monthOf(m[1]), m[2]),
    ),
    // "2022. május 4.", "2022 m. gegužės 4 d."
    date(new RegExp(`(\\d{4})\\.?\\s*(?:m\\.|gada)?\\s*(?:(\\d{1,2})\\.\\s*)?(${name})\\s*(\\d{1,2})?`, 'iu'), (m) =>
      dayOf(m[1], monthOf(m[3]), m[4] ?? m[2]),
    ),
    // In figures alone: day first, as everybody but the United States writes it.
    date(/\b(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4})\b/, (m) => dayOf(m[4], m[3], m[1])),
  ];
}

function dayOf(
  year: string | undefined,
  month: string | number | undefined,
  day: string | undefined,
): string | undefined {
  const [m, d] = [Number(month), Number(day)];
  if (!(m >= 1 && m <= 12 && d >= 1 && d <= 31)) return undefined;
  return `${year}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`;
}

/** Names of months in lower case, alone and as they stand in a date, long and short. */
function monthNames(language: string): Map<string, number> {
  const names = new Map<string, number>();
  const locale = Intl.DateTimeFormat.supportedLocalesOf(localeOf(language)).length > 0 ? localeOf(language) : 'en-GB';
  for (const style of ['long', 'short'] as const) {
    for (const options of [{ month: style }, { day: 'numeric', month: style, year: 'numeric' }] as const) {
      const format = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC', numberingSystem: 'latn' });
      for (let month = 0; month < 12; month += 1) {
        const part = format.formatToParts(Date.UTC(2022, month, 4)).find((one) => one.type === 'month')?.value ?? '';
        const word = part.toLocaleLowerCase(language).replace(/\.$/, '').normalize('NFKC');
        if (/\p{L}/u.test(word)) names.set(word, month + 1);
      }
    }
  }
  return names;
}
