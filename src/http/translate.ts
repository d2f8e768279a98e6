/**
 * Words of the portal, the forms and the mails. One file per language in locales/, flat keys, ICU MessageFormat;
 * adding a language is adding one file. English is the reference and the fallback.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillMessage, isRightToLeft, type MessageParams } from '../domain/message.ts';

/** Says a key in one language. */
export interface Translate {
  (key: string, params?: MessageParams): string;
  /** BCP 47 code of the language it speaks. */
  readonly language: string;
  readonly direction: 'ltr' | 'rtl';
}

export const referenceLanguage = 'en';

const folder = join(import.meta.dirname, '..', '..', 'locales');

type Dictionary = Record<string, string>;
let dictionaries: Map<string, Dictionary> | undefined;
const translators = new Map<string, Translate>();

function loadDictionaries(): Map<string, Dictionary> {
  dictionaries ??= new Map(
    readdirSync(folder)
      // Beside the languages lies review.json: who has read them.
      .filter((file) => /^[a-z]{2,3}(-[A-Za-z]+)*\.json$/.test(file))
      .sort()
      .map((file) => [file.slice(0, -5), JSON.parse(readFileSync(join(folder, file), 'utf8')) as Dictionary]),
  );
  return dictionaries;
}

/** Codes of the languages there are words in, e.g. `['de', 'en', 'it']`. */
export function availableLanguages(): string[] {
  return [...loadDictionaries().keys()];
}

/** What happens when a key has no text or a gap no value. Tests keep the default and fail; the server logs and goes on in English. */
let missing: (message: string) => void = (message) => {
  throw new Error(message);
};

/** @param report called with one line for each use of a missing key, instead of throwing */
export function onMissingText(report: (message: string) => void): void {
  missing = report;
}

function say(language: string, key: string, params: MessageParams): string {
  const all = loadDictionaries();
  const text = all.get(language)?.[key];
  if (text !== undefined) return fill(language, key, text, params);
  missing(`locales/${language}.json has no text for "${key}"`);
  const english = all.get(referenceLanguage)?.[key];
  return english === undefined ? key : fill(referenceLanguage, key, english, params);
}

/** A gap nobody fills is a fault of ours: the reader still gets the sentence, the log gets the fault. */
function fill(language: string, key: string, text: string, params: MessageParams): string {
  try {
    return fillMessage(text, params, language);
  } catch (error) {
    missing(`locales/${language}.json "${key}": ${String(error)}`);
    return text;
  }
}

/** How many of the texts that readers outside the desk meet a language has, and how many there are. */
export function coverageOf(language: string): { written: number; total: number } {
  const texts = loadDictionaries().get(language) ?? {};
  // Refusals that only staff meet need no other language than English.
  const keys = Object.keys(loadDictionaries().get(referenceLanguage) ?? {}).filter(
    (key) => !key.startsWith('refusal.'),
  );
  return { written: keys.filter((key) => texts[key] !== undefined).length, total: keys.length };
}

/** @returns whether `key` has a text in English */
export function hasText(key: string): boolean {
  return loadDictionaries().get(referenceLanguage)?.[key] !== undefined;
}

/** @param language one of {@link availableLanguages}; another code speaks English */
export function translator(language: string): Translate {
  const code = chooseLanguage({ asked: language });
  let known = translators.get(code);
  if (!known) {
    const speak = (key: string, params: MessageParams = {}) => say(code, key, params);
    known = Object.assign(speak, { language: code, direction: direction(code) });
    translators.set(code, known);
  }
  return known;
}

export type LanguageWishes = {
  /** What the reader just chose, e.g. `?lang=`. Not trusted: may be any text. */
  asked?: string | null | undefined;
  /** Languages of the contact, best first. */
  known?: readonly string[];
  /** The browser's Accept-Language header. */
  accept?: string | null | undefined;
  /** Languages to choose among; by default those of locales/. */
  available?: readonly string[];
};

/** The first wish that can be met: asked for, then the contact's own, then the browser's, then English. */
export function chooseLanguage(wishes: LanguageWishes): string {
  const available = wishes.available ?? availableLanguages();
  const wanted = [
    ...(wishes.asked ? [wishes.asked] : []),
    ...(wishes.known ?? []),
    ...acceptedLanguages(wishes.accept),
  ];
  for (const wish of wanted) {
    const found = matchLanguage(wish, available);
    if (found) return found;
  }
  return referenceLanguage;
}

/** `de-AT` is met by `de-AT`, else by `de`; `nb` and `nn` by `no`; `zh-TW` by `zh-Hant` and `zh` by `zh-Hans`. */
function matchLanguage(wish: string, available: readonly string[]): string | undefined {
  const code = wish.trim().toLowerCase().replaceAll('_', '-');
  for (const candidate of [code, withScript(code), code.split('-')[0] ?? '']) {
    const meant = norwegian.has(candidate) ? 'no' : candidate;
    const found = available.find((one) => one.toLowerCase() === meant);
    if (found) return found;
  }
  return undefined;
}

const norwegian = new Set(['nb', 'nn']);

/** `zh-tw` → `zh-hant`: the script a region writes, where that is what tells two languages apart. Other text stays. */
function withScript(code: string): string {
  if (!/^[a-z]{2,3}(-[a-z0-9]{2,8})*$/.test(code) || code.length > 35) return code;
  try {
    const { language, script } = new Intl.Locale(code).maximize();
    return `${language}-${script ?? ''}`.toLowerCase();
  } catch {
    return code;
  }
}

/** Language ranges of an Accept-Language header, best first (RFC 9110 §12.5.4). */
function acceptedLanguages(header: string | null | undefined): string[] {
  if (!header) return [];
  return header
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [range = '', ...rest] = part.split(';').map((piece) => piece.trim());
      const weight = rest.find((piece) => piece.startsWith('q='))?.slice(2);
      return { range, weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ range, weight }) => range !== '' && range !== '*' && weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ range }) => range);
}

/** Which way a language is written. */
export function direction(language: string): 'ltr' | 'rtl' {
  return isRightToLeft(language) ? 'rtl' : 'ltr';
}

/**
 * @param code the language to name, e.g. `de`
 * @param inLanguage the language of the answer; by default the named language itself
 * @returns e.g. `Deutsch`, or `German` in `en`
 */
export function languageName(code: string, inLanguage: string = code): string {
  const name = new Intl.DisplayNames([inLanguage], { type: 'language', fallback: 'code' }).of(code) ?? code;
  return name.charAt(0).toLocaleUpperCase(inLanguage) + name.slice(1);
}

/** Languages with their own names, in the order of those names: Latin script first, each script by its alphabet. */
export function namedLanguages(codes: readonly string[] = availableLanguages()): { code: string; name: string }[] {
  return codes
    .map((code) => ({ code, name: languageName(code) }))
    .sort((one, other) => nameOrder.compare(one.name, other.name));
}

const nameOrder = new Intl.Collator(referenceLanguage);

/** @returns e.g. `Germany` for `DE`; the code itself where there is no name */
export function countryName(code: string, language = referenceLanguage): string {
  if (!/^[A-Z]{2}$/.test(code)) return code;
  return new Intl.DisplayNames([language], { type: 'region', fallback: 'code' }).of(code) ?? code;
}
