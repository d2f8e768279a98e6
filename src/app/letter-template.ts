import type { Say } from '../domain/message.ts';
import type { Audience, NoticeDocument } from '../domain/notice.ts';
import { formatNoticeDate, type NoticeFacts, printFact } from '../domain/notice-facts.ts';
import { escapeHtml } from '../domain/notice-html.ts';
import { composeLetter, MOST_UNITS_IN_MAIL } from '../domain/notice-mail.ts';
import { renderNotice } from '../domain/notice-render.ts';

/** A unit as a letter lists it. */
export interface LetterUnit {
  product: string;
  serial: string;
  site: string;
  environments: string[];
}

/** What differs from letter to letter of the same notice. */
export interface PersonalValues {
  name: string;
  party: string;
  link: string;
  contactLink: string;
  paperLink: string;
  /** `YYYY-MM-DD` */
  replyOn: string;
  /** The first units, at most MOST_UNITS_IN_MAIL. */
  units: LetterUnit[];
}

/** What letters have in common: they are printed once for all of them. */
export interface LetterPlan {
  kind: 'notice' | 'reminder' | 'test';
  /** Of a reminder to a party that has answered: its corrections that are still open. */
  open: number | undefined;
  document: NoticeDocument;
  /** Facts known with the action; those of the recipient are filled in later. */
  facts: NoticeFacts;
  variant: Audience;
  languages: readonly string[];
  unitCount: number;
}

/** A letter with places left open for what is personal. */
export interface LetterTemplate {
  subject: Piece[];
  text: Passage[];
  html: Passage[];
  languages: readonly string[];
  dates: NoticeDocument['dates'];
  /** Facts without a value. Nothing is sent while there are any. */
  missing: string[];
  replyTo: string | undefined;
}

/** Words as they stand, or a place by its name. */
type Piece = string | { place: string };
/** Lines as they stand in every letter, or one line with places. */
type Passage = string | Piece[];

/**
 * Places are written with signs of Unicode's private use area, which no text of ours has, and with digits, which no
 * change of case alters. A place is as long as its value usually is, so that lines of text break where they should.
 */
const OPEN = '\ue000';
const CLOSE = '\ue001';
const FILL = '\ue002';
const PLACE = /(?:https:\/\/)?\ue000(\d+)\ue002*\ue001/g;

function makePlaces() {
  const names: string[] = [];
  return {
    names,
    /** A place of this name. Links have to look like links, or they would be printed as words. */
    place(name: string, length: number, isLink = false): string {
      names.push(name);
      const start = `${isLink ? 'https://' : ''}${OPEN}${names.length - 1}`;
      return start + FILL.repeat(Math.max(0, length - start.length - 1)) + CLOSE;
    },
  };
}

/** Prints what letters have in common, once. Costs some milliseconds; filling it in costs a fraction of one. */
export function makeTemplate(plan: LetterPlan, say: (language: string) => Say): LetterTemplate {
  const { document, variant } = plan;
  const { names, place } = makePlaces();
  const first = plan.languages[0] ?? document.sourceLanguage;
  const shown = Math.min(plan.unitCount, MOST_UNITS_IN_MAIL);
  const own = {
    name: place('name', 20),
    party: place('party', 30),
    link: place('link', 60, true),
    contactLink: place('contactLink', 60, true),
    paperLink: place('paperLink', 60, true),
    units: place('units', 60),
  };
  const parts = plan.languages.map((language) => ({
    notice: renderNotice(document, variant, language, {
      groups: plan.facts.groups,
      values: {
        ...plan.facts.values,
        'recipient.name': own.name,
        'recipient.party': own.party,
        'recipient.units': own.units,
        'portal.link': own.link,
        'portal.contact-link': own.contactLink,
        'deadline.reply': place(`replyOn ${language}`, 16),
      },
    }),
    say: say(language),
    languageName: nameOfLanguage(language),
  }));
  const helpline = (name: string): string => printFact(plan.facts, name, first)?.text ?? '';
  const letter = composeLetter(
    parts,
    {
      ...own,
      // An authority reads, and answers in its own way.
      ...(variant === 'authority' ? { paperLink: undefined } : {}),
      // Who has no unit of its own (a distributor, an authority) is asked for no form by a day.
      ...(plan.unitCount > 0 ? { replyBy: place(`replyOn ${first}`, 16) } : {}),
      units: Array.from({ length: shown }, (_, i) => ({
        product: place(`product ${i}`, 14),
        serial: place(`serial ${i}`, 10),
        site: place(`site ${i}`, 20),
        environments: [place(`environments ${i}`, 8)],
      })),
      unitCount: plan.unitCount,
      helpline: { phone: helpline('contact.phone'), email: helpline('contact.email') },
    },
    { kind: plan.kind, open: plan.open },
  );
  return {
    subject: cut(letter.subject, names),
    text: cutLines(letter.text, names),
    // One line of thousands of signs is more than mail servers take: a break between two blocks shows nowhere.
    html: cutLines(letter.html.replace(/(<\/(?:p|h[1-6]|li|ul|ol|tr|table|style|head)>)(?=<)/g, '$1\n'), names),
    languages: plan.languages,
    dates: document.dates,
    missing: [...new Set(parts.flatMap((part) => part.notice.missing))],
    replyTo: helpline('contact.corrections') || helpline('contact.email') || undefined,
  };
}

/** Cuts a text at its places. */
function cut(text: string, names: readonly string[]): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(PLACE)) {
    if (match.index > from) pieces.push(text.slice(from, match.index));
    pieces.push({ place: names[Number(match[1])] ?? '' });
    from = match.index + match[0].length;
  }
  pieces.push(text.slice(from));
  return pieces;
}

/** Cuts a text into passages: what has no place is kept together, so that it can be encoded once for all letters. */
function cutLines(text: string, names: readonly string[]): Passage[] {
  const passages: Passage[] = [];
  let still: string[] = [];
  for (const line of text.split('\n')) {
    if (!line.includes(OPEN)) {
      still.push(line);
      continue;
    }
    if (still.length > 0) passages.push(still.join('\n'));
    still = [];
    passages.push(cut(line, names));
  }
  if (still.length > 0) passages.push(still.join('\n'));
  return passages;
}

/** A letter filled in. Text and HTML come in passages of whole lines, to be joined by line breaks. */
export interface FilledLetter {
  subject: string;
  text: string[];
  html: string[];
}

/** Fills in what is personal: as words in the text and the subject, made safe in the HTML. */
export function fillTemplate(template: LetterTemplate, personal: PersonalValues): FilledLetter {
  const values = new Map<string, string>([
    ['name', personal.name],
    ['party', personal.party],
    ['link', personal.link],
    ['contactLink', personal.contactLink],
    ['paperLink', personal.paperLink],
    ['units', personal.units.map((unit) => `${unit.product} ${unit.serial}`).join('; ') || '–'],
  ]);
  for (const language of template.languages) {
    values.set(`replyOn ${language}`, formatDay(personal.replyOn, language, template.dates));
  }
  for (const [i, unit] of personal.units.entries()) {
    values.set(`product ${i}`, unit.product);
    values.set(`serial ${i}`, unit.serial);
    values.set(`site ${i}`, unit.site);
    values.set(`environments ${i}`, unit.environments.join(', '));
  }
  const fill = (pieces: readonly Piece[], write: (value: string) => string): string => {
    let filled = '';
    for (const piece of pieces) filled += typeof piece === 'string' ? piece : write(values.get(piece.place) ?? '');
    return filled;
  };
  // A line break in a name would be a line of the letter: in text it becomes a blank, as HTML shows it anyway.
  const asWords = (value: string): string => value.replace(/\s+/g, ' ');
  const fillLines = (passages: readonly Passage[], write: (value: string) => string): string[] =>
    passages.map((passage) => (typeof passage === 'string' ? passage : fill(passage, write)));
  return {
    subject: fill(template.subject, asWords),
    text: fillLines(template.text, asWords),
    html: fillLines(template.html, (value) => escapeHtml(asWords(value))),
  };
}

const writtenDays = new Map<string, string>();

/** A day in a language. The same few days stand in thousands of letters, and writing one makes a formatter. */
function formatDay(day: string, language: string, dates: NoticeDocument['dates']): string {
  const key = `${day} ${language} ${dates}`;
  let written = writtenDays.get(key);
  if (written === undefined) {
    written = formatNoticeDate(day, language, dates);
    if (writtenDays.size > 1_000) writtenDays.clear();
    writtenDays.set(key, written);
  }
  return written;
}

const languageNames = new Map<string, string>();

/** A language's name in itself, as it stands above a letter in several: `Deutsch`, `Français`. */
function nameOfLanguage(language: string): string {
  let name = languageNames.get(language);
  if (name === undefined) {
    const own = new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language;
    name = own.charAt(0).toLocaleUpperCase(language) + own.slice(1);
    languageNames.set(language, name);
  }
  return name;
}
