/** Words with gaps: ICU MessageFormat, the one way sentences with numbers, choices and names are made (locales/<lang>.json). */
import { IntlMessageFormat } from 'intl-messageformat';

export type MessageParams = Readonly<Record<string, string | number | Date | boolean | null | undefined>>;

/** Says a key in one language. The edges hand it in: which words there are is none of the domain's business. */
export type Say = (key: string, params?: MessageParams) => string;

/** Locale for dates and numbers: our English is written for the world, so `4 May 2022`, never `5/4/2022`. */
export function localeOf(language: string): string {
  return language === 'en' ? 'en-GB' : language;
}

const compiled = new Map<string, IntlMessageFormat>();
/** Texts are few and fixed; the bound only keeps a caller that makes texts up from filling the memory. */
const MOST_COMPILED = 5_000;

/**
 * Fills one message.
 * @param text ICU MessageFormat, e.g. `{count, plural, one {# unit} other {# units}}`; tags are plain text
 * @throws SyntaxError when the text is no ICU message, and an Error when a gap has no value: both are faults of ours
 */
export function fillMessage(text: string, params: MessageParams = {}, language = 'en'): string {
  if (!/[{'}]/.test(text)) return text;
  const id = `${language}\n${text}`;
  let format = compiled.get(id);
  if (!format) {
    if (compiled.size >= MOST_COMPILED) compiled.clear();
    format = new IntlMessageFormat(text, localeOf(language), undefined, { ignoreTag: true });
    compiled.set(id, format);
  }
  return String(format.format(params));
}

/** Says `key` out of one language's words. A key without words is answered by itself, so that a gap shows but stops nobody. */
export function formatMessage(
  messages: Readonly<Record<string, string>>,
  key: string,
  params: MessageParams = {},
  language = 'en',
): string {
  const text = messages[key];
  return text === undefined ? key : fillMessage(text, params, language);
}

/** Makes a {@link Say} of one language's words. */
export function sayFrom(messages: Readonly<Record<string, string>>, language: string): Say {
  return (key, params) => formatMessage(messages, key, params, language);
}
