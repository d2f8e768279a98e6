/** Countries: their names, their law, their time zone, the languages their readers must get. */
import {
  type Confidence,
  type LanguageNeed,
  type LanguageRow,
  languageRows,
  type NoticeReader,
} from './country-rules.ts';

/** ISO 3166-1 alpha-2 codes in force, and Kosovo's user-assigned one. */
export const countryCodes: readonly string[] = `
  AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
  CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
  GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
  KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
  MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
  SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
  UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW`
  .trim()
  .split(/\s+/);

const KNOWN = new Set(countryCodes);

/** Whether this is the code of a country, in capitals. */
export function isCountry(code: string): boolean {
  return KNOWN.has(code);
}

const names = new Map<string, Intl.DisplayNames>();

/** The name of a country in a language (BCP 47); the code itself where the language has no name for it. */
export function countryName(code: string, language = 'en'): string {
  let list = names.get(language);
  if (!list) {
    list = new Intl.DisplayNames([language, 'en'], { type: 'region' });
    names.set(language, list);
  }
  return list.of(code) ?? code;
}

/** All countries with their names, in the order that language sorts them. */
export function countries(language = 'en'): { code: string; name: string }[] {
  const order = new Intl.Collator(language);
  return countryCodes
    .map((code) => ({ code, name: countryName(code, language) }))
    .sort((a, b) => order.compare(a.name, b.name));
}

// ── Law ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const EU: ReadonlySet<string> = new Set(
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE'.split(' '),
);
const EEA_BESIDES_EU: ReadonlySet<string> = new Set(['NO', 'LI', 'IS']);

/** Territories with a code of their own where another country's device law applies. */
const TERRITORIES: Readonly<Record<string, string>> = {
  ...{ GP: 'FR', MQ: 'FR', GF: 'FR', RE: 'FR', YT: 'FR', MF: 'FR', AX: 'FI' },
  ...{ PR: 'US', GU: 'US', VI: 'US', AS: 'US', MP: 'US' },
};

/** The country whose device law applies: itself, or for a territory the country it belongs to (Réunion → France). */
export function lawOf(country: string): string {
  return TERRITORIES[country] ?? country;
}

/** Whether the country is a Member State of the European Union. */
export function isEu(country: string): boolean {
  return EU.has(lawOf(country));
}

/** The Union market: EU, Norway, Liechtenstein, Iceland, and Türkiye by the customs union (MDCG 2023-3 Rev. 2, fn 32). */
export function isUnionMarket(country: string): boolean {
  return isEu(country) || EEA_BESIDES_EU.has(country) || country === 'TR';
}

export type DeviceLaw = 'IVD' | 'MD';
export type Regime = 'IVDR' | 'MDR' | 'IVDD' | 'MDD' | 'FDA' | 'UK' | 'CH' | 'other';

/** Dates of application (IVDR Art. 113(2), MDR Art. 123(2)), and the end of the United Kingdom's transition period. */
const IVDR_APPLIES = '2022-05-26';
const MDR_APPLIES = '2021-05-26';
const UK_APART = '2021-01-01';

/**
 * The legal regime of a country for a kind of device on a day (`YYYY-MM-DD`). An operator may set another one for an
 * action: a legacy device, say, whose vigilance follows the IVDR all the same (IVDR Art. 110(3)).
 */
export function defaultRegime(country: string, law: DeviceLaw, on: string): Regime {
  const lawCountry = lawOf(country);
  if (isUnionMarket(lawCountry) || (lawCountry === 'GB' && on < UK_APART)) {
    if (law === 'IVD') return on < IVDR_APPLIES ? 'IVDD' : 'IVDR';
    return on < MDR_APPLIES ? 'MDD' : 'MDR';
  }
  if (lawCountry === 'US') return 'FDA';
  if (lawCountry === 'GB') return 'UK';
  if (lawCountry === 'CH') return 'CH';
  return 'other';
}

// ── Time ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Where a country has several zones: the one of its capital's or main market's offices. A site may name its own. */
const MAIN_ZONES: Readonly<Record<string, string>> = {
  AR: 'America/Argentina/Buenos_Aires',
  AQ: 'UTC',
  AU: 'Australia/Sydney',
  BR: 'America/Sao_Paulo',
  CA: 'America/Toronto',
  CD: 'Africa/Kinshasa',
  CL: 'America/Santiago',
  CN: 'Asia/Shanghai',
  CY: 'Asia/Nicosia',
  DE: 'Europe/Berlin',
  EC: 'America/Guayaquil',
  ES: 'Europe/Madrid',
  FM: 'Pacific/Pohnpei',
  GL: 'America/Nuuk',
  ID: 'Asia/Jakarta',
  KI: 'Pacific/Tarawa',
  KZ: 'Asia/Almaty',
  MH: 'Pacific/Majuro',
  MN: 'Asia/Ulaanbaatar',
  MX: 'America/Mexico_City',
  MY: 'Asia/Kuala_Lumpur',
  NZ: 'Pacific/Auckland',
  PF: 'Pacific/Tahiti',
  PG: 'Pacific/Port_Moresby',
  PS: 'Asia/Hebron',
  PT: 'Europe/Lisbon',
  RU: 'Europe/Moscow',
  UA: 'Europe/Kyiv',
  US: 'America/New_York',
  UZ: 'Asia/Tashkent',
  XK: 'Europe/Belgrade',
};

const zones = new Map<string, string>();

/** The IANA time zone in which a country's dates end; UTC for places without one. */
export function countryZone(country: string): string {
  let zone = zones.get(country);
  if (zone === undefined) {
    zone = MAIN_ZONES[country] ?? new Intl.Locale(`und-${country}`).getTimeZones()?.[0] ?? 'UTC';
    zones.set(country, zone);
  }
  return zone;
}

// ── Languages of the notice ─────────────────────────────────────────────────────────────────────────────────────────

/** An operator's own rule for a country, with its reason (law 8). It wins over the data. */
export interface LanguageOverride {
  country: string;
  languages: readonly string[];
  reason: string;
  by: string;
  at: Date;
}

/** The languages a country asks for, and where that is from. */
export interface LanguageRule {
  country: string;
  need: LanguageNeed;
  /** What is sent when nothing is known about the reader. */
  send: readonly string[];
  text: string;
  source: string;
  revision: string;
  /** `override`: an operator's. `other-regulation`: the row of the sister regulation. `none`: no rule on file. */
  confidence: Confidence | 'override' | 'other-regulation' | 'none';
}

/**
 * The language rule of a country for a notice: the operator's override, else the row for this regime and reader, else
 * the row for any reader, else the row of the sister regulation (marked so), else English (marked as no rule on file).
 */
export function languageRule(
  country: string,
  regime: Regime,
  options: { reader?: NoticeReader; overrides?: readonly LanguageOverride[] } = {},
): LanguageRule {
  const override = options.overrides?.find((candidate) => candidate.country === country);
  if (override) {
    return {
      country,
      need: { allOf: override.languages },
      send: override.languages,
      text: override.reason,
      source: `${override.by}, ${override.at.toISOString().slice(0, 10)}`,
      revision: '',
      confidence: 'override',
    };
  }
  const rows = languageRows.filter((row) => row.country === lawOf(country));
  const regulation = regime === 'MDR' || regime === 'MDD' ? 'MDR' : 'IVDR';
  const pick = (same: boolean, reader: NoticeReader): LanguageRow | undefined =>
    rows.find((row) => (row.regulation === regulation) === same && row.reader === reader);
  const reader = options.reader ?? 'any';
  const found = pick(true, reader) ?? pick(true, 'any');
  const sister = found ? undefined : (pick(false, reader) ?? pick(false, 'any'));
  const row = found ?? sister;
  if (!row) {
    return {
      country,
      need: { allOf: ['en'] },
      send: ['en'],
      text: 'No rule on file: English until somebody enters one with its source',
      source: '',
      revision: '',
      confidence: 'none',
    };
  }
  const confidence = sister && row.confidence === 'stated' ? 'other-regulation' : row.confidence;
  return {
    country,
    need: row.need,
    send: row.send,
    text: row.text,
    source: row.source,
    revision: row.revision,
    confidence,
  };
}

/** The part of a language tag that decides who can read it: `de-AT` → `de`, `nb` and `nn` → `no`. */
function primary(language: string): string {
  const subtag = (language.split(/[-_]/)[0] ?? '').toLowerCase();
  return subtag === 'nb' || subtag === 'nn' ? 'no' : subtag;
}

const writings = new Map<string, string>();
/** Tags come from headers, too: the bound only keeps a stranger from filling the memory. */
const MOST_WRITINGS = 2_000;

/** Language and script a tag stands for: `zh-TW` → `zh-Hant`, `zh` → `zh-Hans`, `de-AT` → `de-Latn`, `nb` → `no-Latn`. */
export function writingOf(language: string): string {
  let writing = writings.get(language);
  if (writing === undefined) {
    if (writings.size >= MOST_WRITINGS) writings.clear();
    try {
      const full = new Intl.Locale(language.replaceAll('_', '-')).maximize();
      writing = `${primary(full.language)}-${full.script ?? ''}`;
    } catch {
      writing = primary(language);
    }
    writings.set(language, writing);
  }
  return writing;
}

/**
 * Whichever of the available languages a reader of `wanted` gets: the very one, else one in the same script, else one
 * with the same primary tag.
 */
export function matchLanguage(wanted: string, available: readonly string[]): string | undefined {
  return (
    available.find((language) => language === wanted) ??
    available.find((language) => writingOf(language) === writingOf(wanted)) ??
    available.find((language) => primary(language) === primary(wanted))
  );
}

/**
 * Which of the available languages answers what a law asks for: the very one, else one in the same script. Another script
 * (Simplified where Traditional Chinese is asked for) is better than nothing for a reader, and is not what was asked.
 */
export function meetLanguage(wanted: string, available: readonly string[]): string | undefined {
  return (
    available.find((language) => language === wanted) ??
    available.find((language) => writingOf(language) === writingOf(wanted))
  );
}

const covers = (have: readonly string[], set: readonly string[]): boolean =>
  set.every((language) => meetLanguage(language, have) !== undefined);

export interface ContactLanguages {
  /** The languages of this contact's bundle, in order; only languages the notice has. */
  languages: string[];
  /** Languages the country asks for that the notice lacks. They block the release. */
  missing: string[];
  /** Languages the contact reads that the notice lacks, where the law does not ask for them. */
  unmet: string[];
}

/**
 * The languages one contact gets the notice in, as one bundle: its own first, in its order, then those the country asks
 * for. Where the country leaves a choice and the contact's own languages make one, nothing is added. Where a language is
 * missing, English is added so that the warning arrives all the same; a contact never gets nothing.
 *
 * @param available languages the notice is written in, in the manufacturer's order
 */
export function languagesForContact(
  contactLanguages: readonly string[],
  rule: LanguageRule,
  available: readonly string[],
): ContactLanguages {
  const own = contactLanguages.flatMap((language) => matchLanguage(language, available) ?? []);
  const required = requiredSet(rule, own, available);
  const languages = [...new Set([...own, ...required.flatMap((language) => matchLanguage(language, available) ?? [])])];
  const missing = required.filter((language) => meetLanguage(language, available) === undefined);
  const unmet = contactLanguages.filter(
    (language) => matchLanguage(language, available) === undefined && !missing.includes(language),
  );
  if (missing.length > 0 || languages.length === 0) {
    const fallback = matchLanguage('en', available) ?? available[0];
    if (fallback !== undefined && !languages.includes(fallback)) languages.push(fallback);
  }
  return { languages, missing, unmet };
}

/** Which languages the rule asks of this bundle: the choice the contact's own make, else what we send, else a choice we have. */
function requiredSet(rule: LanguageRule, own: readonly string[], available: readonly string[]): readonly string[] {
  if ('allOf' in rule.need) return rule.need.allOf;
  const chosen = rule.need.anyOf.find((set) => covers(own, set));
  if (chosen) return chosen;
  if (covers(available, rule.send)) return rule.send;
  return rule.need.anyOf.find((set) => covers(available, set)) ?? rule.send;
}

/** What a notice in these languages lacks for a country: nothing where the rule, or one of its choices, is met. */
export function missingLanguages(rule: LanguageRule, available: readonly string[]): string[] {
  if ('anyOf' in rule.need && rule.need.anyOf.some((set) => covers(available, set))) return [];
  const asked = 'allOf' in rule.need ? rule.need.allOf : rule.send;
  return asked.filter((language) => meetLanguage(language, available) === undefined);
}
