/**
 * The facts of a notice (law 7): what may stand in braces in its text, of which type, and how each is written in each
 * language. A translator moves a fact about in a sentence but never types it.
 */
import { isRightToLeft, localeOf } from './message.ts';

export type FactType = 'text' | 'date' | 'count' | 'identifier' | 'link' | 'email' | 'phone' | 'units';

/** Known with the action, or only when it is known to whom the letter goes. */
export type FactScope = 'action' | 'recipient';

export type FactDefinition = { type: FactType; scope: FactScope; about: string };

/** A text that each language says in its own way, e.g. the title of a signer. */
export type LocalText = Readonly<Record<string, string>>;
export type FactValue = string | number | LocalText;
/** One of several things of a kind: a product with its name, identifiers … */
export type FactRow = Readonly<Record<string, FactValue | readonly string[]>>;

/**
 * The values, as they are kept with a released notice: single facts by their full name (`action.reference`), groups by
 * their first word (`product`) as rows. Dates are 'YYYY-MM-DD'. A fact that is not known is left out.
 */
export type NoticeFacts = {
  readonly values: Readonly<Record<string, FactValue>>;
  readonly groups: Readonly<Record<string, readonly FactRow[]>>;
};

/** Dates as the reader's language writes them, or the same `04MAY2022` in all. */
export type DateStyle = 'language' | 'house';

const one = (type: FactType, about: string, scope: FactScope = 'action'): FactDefinition => ({ type, scope, about });

/**
 * Every fact there is. A name whose first word is one of {@link factGroups} is a field of each row of that group: in a
 * table, the row that uses it is repeated; in a sentence, the values are listed.
 */
export const factRegistry: Readonly<Record<string, FactDefinition>> = {
  'action.reference': one('identifier', 'Reference of the action and its notice, e.g. FSN2022-1230'),
  'action.fsca': one('identifier', 'Reference of the field safety corrective action at the authorities'),
  'action.date': one('date', 'Date of the notice'),
  'notice.number': one('identifier', 'Document control number'),
  'notice.revision': one('count', 'Version of the notice, from 1'),
  'notice.previous': one('identifier', 'Number of the notice this one updates'),
  'notice.previous-date': one('date', 'Date of the notice this one updates'),
  'manufacturer.name': one('text', 'Name of the manufacturer'),
  'manufacturer.address': one('text', 'Address of the manufacturer in one line'),
  'manufacturer.srn': one('identifier', 'Single registration number of the manufacturer'),
  'manufacturer.website': one('link', 'Website of the manufacturer'),
  'representative.name': one('text', 'Name of the authorised representative'),
  'representative.address': one('text', 'Address of the authorised representative in one line'),
  'representative.srn': one('identifier', 'Single registration number of the authorised representative'),
  'representative.email': one('email', 'E-mail address of the authorised representative'),
  'representative.phone': one('phone', 'Telephone number of the authorised representative'),
  'deadline.reply-days': one('count', 'Working days to reply'),
  'deadline.reply': one('date', 'Last day to reply, by the calendar of the recipient’s country', 'recipient'),
  'deadline.follow-up': one('date', 'When the follow-up notice is expected'),
  'contact.phone': one('phone', 'Telephone number of technical support'),
  'contact.hours': one('text', 'Hours of technical support, with the zone'),
  'contact.email': one('email', 'E-mail address of technical support'),
  'contact.corrections': one('email', 'Where wrong contacts are corrected'),
  'incident.phone': one('phone', 'Telephone number for suspected break-ins, day and night'),
  'adverse-event.link': one('link', 'Where adverse events are reported online (United States: MedWatch)'),
  'product.name': one('text', 'Name of each affected product'),
  'product.kind': one('text', 'What each product is, in plain language'),
  'product.udi-di': one('identifier', 'UDI-DIs of each product'),
  'product.catalogue': one('identifier', 'Catalogue numbers of each product'),
  'product.software': one('identifier', 'Affected software versions of each product'),
  'product.environments': one('text', 'Environments of each product that are corrected by themselves'),
  'product.purpose': one('text', 'Clinical purpose of each product'),
  'product.serials': one('text', 'Affected serial numbers or lots of each product'),
  'cve.id': one('identifier', 'Each vulnerability, e.g. CVE-2022-1517'),
  'cve.score': one('identifier', 'CVSS base score of each vulnerability'),
  'cve.versions': one('identifier', 'Software versions each vulnerability is in'),
  'package.name': one('text', 'Name of each package'),
  'package.file': one('identifier', 'File name of each package'),
  'package.version': one('identifier', 'Version of each package'),
  'package.sha256': one('identifier', 'SHA-256 of each package'),
  'signer.name': one('text', 'Name of each signer'),
  'signer.title': one('text', 'Title of each signer'),
  'recipient.name': one('text', 'The contact the letter goes to', 'recipient'),
  'recipient.party': one('text', 'The organisation the letter goes to', 'recipient'),
  'recipient.units': one('units', 'The recipient’s own units: product, serial number, environments', 'recipient'),
  'portal.link': one('link', 'The recipient’s personal page', 'recipient'),
  'portal.contact-link': one('link', '“I am not the right person”', 'recipient'),
};

/** First words of facts that come in rows. */
export const factGroups: ReadonlySet<string> = new Set(['product', 'cve', 'package', 'signer']);

/** The group a fact is a field of, or undefined. */
export function groupOf(name: string): string | undefined {
  const first = name.slice(0, Math.max(0, name.indexOf('.')));
  return factGroups.has(first) ? first : undefined;
}

/** A fact as it is printed: its words, and how they are to be treated. `href` when it can be followed. */
export type PrintedFact = { text: string; type: FactType; href?: string };

/**
 * Writes a fact in a language.
 * @param row the row of the group that is being printed, inside a table
 * @returns undefined when the fact is unknown or has no value
 */
export function printFact(
  facts: NoticeFacts,
  name: string,
  language: string,
  options: { dates?: DateStyle; row?: FactRow } = {},
): PrintedFact | undefined {
  const definition = factRegistry[name];
  if (!definition) return undefined;
  const texts = valuesOf(facts, name, options.row).flatMap((value) => {
    const text = printValue(value, definition.type, language, options.dates ?? 'language');
    return text === '' ? [] : [text];
  });
  const first = texts[0];
  if (first === undefined) return undefined;
  const text = texts.length === 1 ? first : listText([...new Set(texts)], language);
  const href = texts.length === 1 ? hrefOf(definition.type, first) : undefined;
  return { text, type: definition.type, ...(href === undefined ? {} : { href }) };
}

/** Whether a fact has a value that can be printed in a language. */
export function hasFact(facts: NoticeFacts, name: string, language = 'en'): boolean {
  return printFact(facts, name, language) !== undefined;
}

type Formats = { number: Intl.NumberFormat; date: Intl.DateTimeFormat; list: Intl.ListFormat };
const formats = new Map<string, Formats>();

/** Making a format costs more than printing a letter with it. */
function formatsOf(language: string): Formats {
  let known = formats.get(language);
  if (!known) {
    const locale = localeOf(language);
    known = {
      number: new Intl.NumberFormat(locale),
      date: new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }),
      // Where a list of units is written with blanks alone, identifiers would run into one another.
      list: new Intl.ListFormat(locale, { type: /^(ja|ko|zh)/.test(language) ? 'conjunction' : 'unit', style: 'long' }),
    };
    formats.set(language, known);
  }
  return known;
}

function valuesOf(facts: NoticeFacts, name: string, row: FactRow | undefined): FactValue[] {
  const group = groupOf(name);
  if (group === undefined) {
    const value = Object.hasOwn(facts.values, name) ? facts.values[name] : undefined;
    return value === undefined ? [] : [value];
  }
  const field = name.slice(group.length + 1);
  const rows = row ? [row] : (facts.groups[group] ?? []);
  return rows.flatMap((each): FactValue[] => {
    const value = Object.hasOwn(each, field) ? each[field] : undefined;
    if (value === undefined) return [];
    return isList(value) ? [...value] : [value];
  });
}

function isList(value: FactValue | readonly string[]): value is readonly string[] {
  return Array.isArray(value);
}

function printValue(value: FactValue, type: FactType, language: string, dates: DateStyle): string {
  if (typeof value === 'number') {
    return type === 'count' ? formatsOf(language).number.format(value) : String(value);
  }
  const text = typeof value === 'string' ? value : localText(value, language);
  return type === 'date' ? formatNoticeDate(text, language, dates) : text.trim();
}

/** The language's own words, else those of its base language, else English, else whatever there is. */
function localText(value: LocalText, language: string): string {
  return value[language] ?? value[language.split('-')[0] ?? ''] ?? value.en ?? Object.values(value)[0] ?? '';
}

const HOUSE_MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/** A day 'YYYY-MM-DD' in words: `4 May 2022`, `4. Mai 2022`; in house style `04MAY2022`. Another text is left as it is. */
export function formatNoticeDate(day: string, language: string, style: DateStyle = 'language'): string {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (!parts) return day;
  if (style === 'house') return `${parts[3]}${HOUSE_MONTHS[Number(parts[2]) - 1] ?? '???'}${parts[1]}`;
  return formatsOf(language).date.format(new Date(`${day}T00:00:00Z`));
}

/** Arabic and Hebrew write their “and” into the word that follows: an identifier must stay as it is, so a comma is all. */
function listText(texts: string[], language: string): string {
  if (isRightToLeft(language)) return texts.join(language.startsWith('he') ? ', ' : '، ');
  return formatsOf(language).list.format(texts);
}

function hrefOf(type: FactType, text: string): string | undefined {
  if (type === 'link') return /^https?:\/\/\S+$/.test(text) ? text : undefined;
  if (type === 'email') return /^[^\s@<>"]+@[^\s@<>"]+$/.test(text) ? `mailto:${text}` : undefined;
  if (type === 'phone') return /\d/.test(text) ? `tel:${text.replace(/[^+\d]/g, '')}` : undefined;
  return undefined;
}
