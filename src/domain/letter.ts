/** The letter on paper: what all readers of a language share, and what is printed for one reader alone. No Typst here. */
import { localeOf, type Say } from './message.ts';
import type { Audience } from './notice.ts';
import { formatNoticeDate, type NoticeFacts, printFact } from './notice-facts.ts';
import { type Printed, type PrintedText, plainText, type RenderedNotice } from './notice-render.ts';
import { fontsFor } from './script-fonts.ts';

export type Paper = 'a4' | 'us-letter';

/** Countries that print on US Letter; the rest of the world prints on A4. */
const LETTER_COUNTRIES = new Set(['US', 'CA', 'MX', 'PR', 'CO', 'CL', 'CR', 'DO', 'GT', 'NI', 'PA', 'PH', 'SV', 'VE']);

export function paperOf(country: string): Paper {
  return LETTER_COUNTRIES.has(country.toUpperCase()) ? 'us-letter' : 'a4';
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
  kind: 'notice' | 'reminder' | 'test';
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
  const reference = `${fact('action.reference')} ${languageTag(language)}`.trim();
  const document = say('letter.document', { number: subject.number, version: String(subject.version) });
  const letterhead = notice.sections.find((section) => section.key === 'letterhead');
  const name = fact('manufacturer.name');
  const address = fact('manufacturer.address');
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
    head: { name, line: address, back: [name, address].filter((part) => part !== '').join(', ') },
    foot: { reference, document },
    letterhead: letterhead?.blocks ?? [
      {
        kind: 'paragraph',
        children: [
          words(say('letter.date', { date: formatNoticeDate(day, language, subject.dates) })),
          { kind: 'break' },
          words(say('letter.reference', { reference: fact('action.reference') })),
          { kind: 'break' },
          words(document),
        ],
      },
    ],
    ...(subject.kind === 'notice' ? {} : { lead: say(`notice.personal.lead.${subject.kind}`) }),
    notice: {
      title: notice.title,
      ...(notice.subtitle ? { subtitle: notice.subtitle } : {}),
      sections: notice.sections.filter((section) => section !== letterhead),
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
export function composePersonal(reader: LetterReader, language: string, say: Say): LetterPersonal {
  const count = reader.units.length;
  const unitsTitle = count > 0 ? say('notice.personal.units', { count }) : '';
  return {
    address: addressLines(reader.address).map(lineOf),
    link: reader.link,
    summary: reader.replyBy && count > 0 ? say('notice.personal.reply-by', { day: reader.replyBy }) : '',
    title: unitsTitle,
    units: reader.units.map((unit) =>
      [unit.product, unit.serial, unit.site, formatList(unit.environments, language)].map(lineOf),
    ),
  };
}

function formatList(names: readonly string[], language: string): string {
  return new Intl.ListFormat(localeOf(language), { type: 'unit', style: 'short' }).format(names);
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

/** Every word of a letter, for asking whether the faces have its characters. */
export function wordsOf(value: unknown): string {
  if (typeof value === 'string') return `${value}\n`;
  if (typeof value !== 'object' || value === null) return '';
  return Object.values(value).map(wordsOf).join('');
}
