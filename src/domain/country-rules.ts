/**
 * Languages of the field safety notice per country, as data (law 8). The defaults come from the Commission's overview of
 * language requirements, which the Commission itself disclaims: it is a default, not law. An operator overrides a row
 * with a reason; see domain/country.ts.
 */

/** Who reads the notice. Some countries accept other languages where only health professionals do. */
export type NoticeReader = 'any' | 'professional' | 'lay';
export type LanguageRegulation = 'IVDR' | 'MDR';

/** All of these languages, or any one of these sets. */
export type LanguageNeed = { readonly allOf: readonly string[] } | { readonly anyOf: readonly (readonly string[])[] };

/** How sure the row is: `stated` read in the source · `uncertain` unclear there · `dated` the source says so itself ·
 * `unsourced` general knowledge, no text at hand. */
export type Confidence = 'stated' | 'uncertain' | 'dated' | 'unsourced';

export interface LanguageRow {
  readonly country: string;
  readonly regulation: LanguageRegulation;
  readonly document: 'FSN';
  readonly reader: NoticeReader;
  readonly need: LanguageNeed;
  /** The languages Fieldfix sends when nothing else is known about the reader. */
  readonly send: readonly string[];
  /** What the source says, in short. */
  readonly text: string;
  readonly source: string;
  readonly revision: string;
  readonly confidence: Confidence;
}

const IVDR_TABLE = 'European Commission, overview of language requirements for manufacturers (IVDR), Art. 84(8) column';
const MDR_TABLE = 'European Commission, overview of language requirements for manufacturers (MDR), Art. 89(8) column';
const IVDR_REVISION = 'Rev. 2, August 2024';

const row = (
  country: string,
  need: LanguageNeed,
  send: readonly string[],
  text: string,
  confidence: Confidence = 'stated',
  more: Partial<LanguageRow> = {},
): LanguageRow => ({
  country,
  regulation: 'IVDR',
  document: 'FSN',
  reader: 'any',
  need,
  send,
  text,
  source: IVDR_TABLE,
  revision: IVDR_REVISION,
  confidence,
  ...more,
});

const one = (country: string, language: string, text: string, confidence: Confidence = 'stated'): LanguageRow =>
  row(country, { allOf: [language] }, [language], text, confidence);

const outside = (country: string, need: LanguageNeed, send: readonly string[], text: string): LanguageRow =>
  row(country, need, send, text, 'unsourced', {
    source: 'General knowledge: name the source when you confirm it',
    revision: '',
  });

export const languageRows: readonly LanguageRow[] = [
  one('AT', 'de', 'German (s. 7(6))', 'dated'),
  row('BE', { allOf: ['fr', 'nl', 'de'] }, ['fr', 'nl', 'de'], 'French, Dutch and German (Art. 64)'),
  row(
    'BE',
    { anyOf: [['fr', 'nl', 'de'], ['en']] },
    ['fr', 'nl', 'de'],
    'English is accepted where the user is a health professional (Art. 64)',
    'stated',
    { reader: 'professional' },
  ),
  one('BG', 'bg', 'No cell for the notice; Bulgarian for the label', 'uncertain'),
  row('HR', { anyOf: [['hr'], ['en']] }, ['hr'], 'Croatian and/or English (Art. 30)'),
  row('CY', { anyOf: [['el'], ['en']] }, ['el'], 'Greek or English'),
  one('CZ', 'cs', 'Czech (s. 8(2))'),
  one('DK', 'da', 'Danish (Ch. II s. 3(3))'),
  one('EE', 'et', 'Estonian; the first notice of an urgent case may be in English (s. 27(2))'),
  row('FI', { allOf: ['fi', 'sv'] }, ['fi', 'sv'], 'The languages necessary for safety (s. 5)'),
  one('FR', 'fr', 'French (decree pending)'),
  one('DE', 'de', 'German (s. 73(1) MPDG)'),
  one('GR', 'el', 'Greek; the cell is unclear', 'uncertain'),
  one('HU', 'hu', 'Hungarian', 'dated'),
  row('IE', { anyOf: [['en'], ['en', 'ga']] }, ['en'], 'English, or English and Irish'),
  one('IT', 'it', 'Italian (Art. 13)'),
  one('LV', 'lv', 'Latvian'),
  one('LT', 'lt', 'Lithuanian', 'dated'),
  row('LU', { anyOf: [['fr'], ['de'], ['lb']] }, ['fr', 'de'], 'French, German or Luxembourgish'),
  row('MT', { anyOf: [['en'], ['mt']] }, ['en'], 'Maltese and/or English'),
  row('NL', { anyOf: [['nl'], ['en']] }, ['nl'], 'Dutch or English (Art. 1(3))'),
  one('PL', 'pl', 'Polish (Art. 49(3))'),
  one('PT', 'pt', 'Portuguese; English is accepted in the current procedure (to be checked)', 'uncertain'),
  row('PT', { allOf: ['pt'] }, ['pt'], 'Portuguese (Art. 40(3) Decree-Law 29/2024)', 'stated', {
    regulation: 'MDR',
    source: MDR_TABLE,
    revision: 'Rev. 3, August 2025',
  }),
  row('RO', { allOf: ['ro', 'en'] }, ['ro', 'en'], 'English and Romanian (Art. 7(7))'),
  row(
    'RO',
    { anyOf: [['ro', 'en'], ['en']] },
    ['ro', 'en'],
    'English alone only for health professionals and at their request (Art. 7(8))',
    'stated',
    { reader: 'professional' },
  ),
  row('SK', { anyOf: [['sk'], ['en']] }, ['sk', 'en'], 'English or Slovak; the cell is unclear', 'uncertain'),
  one('SI', 'sl', 'Slovene'),
  one('ES', 'es', 'Spanish'),
  one('SE', 'sv', 'Swedish (Ch. 3 s. 1)'),
  row('IS', { anyOf: [['is'], ['en']] }, ['is'], 'Icelandic or English (to be checked)', 'uncertain'),
  one('LI', 'de', 'German (Art. 11(3))'),
  one('NO', 'no', 'Norwegian (Ch. III s. 8); English may be accepted until the translation is ready'),
  one('TR', 'tr', 'Turkish (TR-IVDR Art. 84(8)(a))'),
  outside(
    'CH',
    { anyOf: [['de'], ['fr'], ['it']] },
    ['de', 'fr', 'it'],
    'German, French or Italian by the customer’s region',
  ),
  outside('GB', { allOf: ['en'] }, ['en'], 'English'),
  outside('US', { allOf: ['en'] }, ['en'], 'English'),
  outside('CA', { allOf: ['en', 'fr'] }, ['en', 'fr'], 'English and French'),
  outside('CN', { allOf: ['zh'] }, ['zh'], 'Chinese'),
  outside('JP', { allOf: ['ja'] }, ['ja'], 'Japanese'),
  outside('KR', { allOf: ['ko'] }, ['ko'], 'Korean'),
  outside('BR', { allOf: ['pt'] }, ['pt'], 'Portuguese'),
];
