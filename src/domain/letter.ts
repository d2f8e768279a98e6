/** The letter on paper: what all readers of a language share, and what is printed for one reader alone. No Typst here. */
import type { Say } from './message.ts';
import type { Audience } from './notice.ts';
import { formatNoticeDate, type NoticeFacts, printFact } from './notice-facts.ts';
import { type LetterKind, leadOf } from './notice-mail.ts';
import { type Printed, type PrintedText, plainText, type RenderedNotice } from './notice-render.ts';
import { fontsFor } from './script-fonts.ts';

export type Paper = 'a4' | 'us-letter';

/** Countries that print on US Letter; the rest of the world prints on A4. */
export const usLetterCountries: ReadonlySet<string> = new Set([
  'US',
  'CA',
  'MX',
  'PR',
  'CO',
  'CL',
  'CR',
  'DO',
  'GT',
  'NI',
  'PA',
  'PH',
  'SV',
  'VE',
]);

export function paperOf(country: string): Paper {
  return usLetterCountries.has(country.toUpperCase()) ? 'us-letter' : 'a4';
}

/** ISO 639-2/T of our languages, as a document is tagged: `FSN2022-1230 DEU`. */
const TAGS = new Map(
  (
    'ar ARA bg BUL cs CES da DAN de DEU el ELL en ENG es SPA et EST fi FIN fr FRA ga GLE he HEB hr HRV hu HUN is ISL ' +
    'it ITA ja JPN ko KOR lt LIT lv LAV mt MLT nb NOB nl NLD no NOR pl POL pt POR ro RON sk SLK sl SLV sv SWE tr TUR ' +
    'uk UKR zh ZHO'
  )
    .match(/[a-z]{2} [A-Z]{3}/g)
    ?.map((pair) => [pair.slice(0, 2), pair.slice(3)] as const),
);

/** The three letters a document in this language is tagged with; a language we have no letters for is named by its code. */
export function languageTag(language: string): string {
  return TAGS.get(language.split('-')[0] ?? '') ?? language.toUpperCase();
}

/** A line that may be in another script than the letter, with the way it is written. */
export interface Line {
  text: string;
  direction: 'ltr' | 'rtl';
}

/** The part of a letter that is set once: templates/letter.typ reads it as it stands. */
export interface LetterCommon {
  lang: string;
  region?: string;
  direction: 'ltr' | 'rtl';
  fonts: string[];
  paper: Paper;
  /** Year, month, day of the file: the notice's date, so that the same letter is the same bytes. */
  date: [number, number, number];
  /** Title of the file. */
  title: string;
  head: { name: string; line: string; back: string };
  foot: { reference: string; document: string };
  letterhead: PrintedText;
  /** Above the title, e.g. that this is a reminder. */
  lead?: string;
  notice: Pick<RenderedNotice, 'title' | 'subtitle' | 'sections'>;
  words: { page: string; ivd: string; pageTitle: string; pageText: string; code: string; columns: string[] };
}

/** What is printed for one reader: templates/letter-personal.typ. */
export interface LetterPersonal {
  address: Line[];
  link: string;
  /** What is asked of this reader, in one line. */
  summary: string;
  /** Above the list of units. */
  title: string;
  /** Product, serial number, site, environments. */
  units: Line[][];
}

/** What a common part is made of. */
export interface LetterSubject {
  notice: RenderedNotice;
  facts: NoticeFacts;
  audience: Audience;
  kind: LetterKind;
  /** Of a reminder to a party that has answered: its corrections that are still open. */
  open?: number | undefined;
  paper: Paper;
  /** The document's number and version, as in its footer. */
  number: string;
  version: number;
  /** `YYYY-MM-DD`, where the facts have no date. */
  day: string;
  dates: 'language' | 'house';
  /** Whether the products are in vitro diagnostics: it then stands on each page, except for research use. */
  ivd: boolean;
}

/** Composes what all letters of a notice in one language, variant and paper share. */
export function composeCommon(subject: LetterSubject, say: Say): LetterCommon {
  const { notice, facts } = subject;
  const { language } = notice;
  const fact = (name: string): string => printFact(facts, name, language)?.text ?? '';
  const known = facts.values['action.date'];
  const day = typeof known === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(known) ? known : subject.day;
  const own = (text: string): string => isolate(text, notice.direction);
  const reference = own(`${fact('action.reference')} ${languageTag(language)}`.trim());
  const document = say('letter.document', { number: own(subject.number), version: String(subject.version) });
  const letterhead = notice.sections.find((section) => section.key === 'letterhead');
  const maker = fact('manufacturer.name');
  const place = fact('manufacturer.address');
  const name = own(maker);
  const address = own(place);
  const words = (text: string): Printed => ({ kind: 'text', text });
  const region = /^zh/.test(language)
    ? /hant|tw|hk/i.test(language)
      ? 'TW'
      : 'CN'
    : /^pt-br/i.test(language)
      ? 'BR'
      : undefined;
  return {
    lang: language.split('-')[0] ?? language,
    ...(region ? { region } : {}),
    direction: notice.direction,
    fonts: fontsFor(language),
    paper: subject.paper,
    date: day.split('-').map(Number) as [number, number, number],
    title: notice.subject || plainText(notice.title),
    head: { name, line: address, back: own([maker, place].filter((part) => part !== '').join(', ')) },
    foot: { reference, document },
    letterhead: letterhead
      ? inOrder(letterhead.blocks, notice.direction)
      : [
          {
            kind: 'paragraph',
            children: [
              words(say('letter.date', { date: formatNoticeDate(day, language, subject.dates) })),
              { kind: 'break' },
              words(say('letter.reference', { reference: own(fact('action.reference')) })),
              { kind: 'break' },
              words(document),
            ],
          },
        ],
    ...(subject.kind === 'notice' ? {} : { lead: leadOf(say, subject.kind, subject.open) }),
    notice: {
      ...inOrder({ title: notice.title, ...(notice.subtitle ? { subtitle: notice.subtitle } : {}) }, notice.direction),
      sections: inOrder(
        notice.sections.filter((section) => section !== letterhead),
        notice.direction,
      ),
    },
    words: {
      page: say('letter.page', { page: '{page}', pages: '{pages}' }),
      ivd: subject.ivd && subject.audience !== 'ruo-quality' ? say('letter.ivd') : '',
      pageTitle: say('letter.page-title'),
      pageText: say('letter.page-text'),
      code: say('letter.code'),
      columns: ['product', 'serial', 'site', 'environments'].map((column) => say(`notice.personal.units.${column}`)),
    },
  };
}

export interface LetterReader {
  /** Lines of the postal address, the country's code last. */
  address: string;
  link: string;
  /** In words of the language; none where nothing is asked. */
  replyBy?: string;
  units: readonly { product: string; serial: string; site: string; environments: readonly string[] }[];
}

/** Composes what is printed for one reader. */
export function composePersonal(reader: LetterReader, say: Say): LetterPersonal {
  const count = reader.units.length;
  const unitsTitle = count > 0 ? say('notice.personal.units', { count }) : '';
  return {
    address: addressLines(reader.address).map(lineOf),
    link: reader.link,
    summary: reader.replyBy && count > 0 ? say('notice.personal.reply-by', { day: reader.replyBy }) : '',
    title: unitsTitle,
    units: reader.units.map((unit) => [unit.product, unit.serial, unit.site, unit.environments.join(', ')].map(lineOf)),
  };
}

const countryNames = new Intl.DisplayNames(['en'], { type: 'region' });

/** A kept address as the post reads it: the country's code becomes its name in capitals, in English. */
export function addressLines(address: string): string[] {
  const lines = address.split('\n').filter((line) => line.trim() !== '');
  const code = lines.at(-1) ?? '';
  return /^[A-Z]{2}$/.test(code) ? [...lines.slice(0, -1), (countryNames.of(code) ?? code).toUpperCase()] : lines;
}

/** Marks that turn the direction of writing: a name that carries one must not turn what stands beside it. */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const FIRST_LETTER = /\p{L}/u;
const RIGHT_TO_LEFT_LETTER = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** A person's words as one line: without marks that turn its neighbours, and with the way its first letter is written. */
export function lineOf(text: string): Line {
  const clean = text
    .replace(TURNING, '')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  const first = FIRST_LETTER.exec(clean)?.[0] ?? '';
  return { text: clean, direction: RIGHT_TO_LEFT_LETTER.test(first) ? 'rtl' : 'ltr' };
}

/**
 * An identifier, a telephone number or a name in Latin letters keeps its order in a text that runs from right to left:
 * it is set apart by Unicode's isolates. In other texts nothing is added.
 */
export function isolate(text: string, direction: 'ltr' | 'rtl'): string {
  return direction === 'rtl' && text !== '' && lineOf(text).direction === 'ltr' ? `\u2066${text}\u2069` : text;
}

/** The same tree with the words of every fact set apart ({@link isolate}). */
function inOrder<T>(tree: T, direction: 'ltr' | 'rtl'): T {
  if (direction === 'ltr') return tree;
  if (Array.isArray(tree)) return tree.map((item: unknown) => inOrder(item, direction)) as T;
  if (typeof tree !== 'object' || tree === null) return tree;
  const copy = Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, inOrder(value, direction)]));
  if (copy.kind === 'value' && typeof copy.text === 'string') copy.text = isolate(copy.text, direction);
  return copy as T;
}

/** Every word of a letter, for asking whether the faces have its characters. */
export function wordsOf(value: unknown): string {
  if (typeof value === 'string') return `${value}\n`;
  if (typeof value !== 'object' || value === null) return '';
  return Object.values(value).map(wordsOf).join('');
}
