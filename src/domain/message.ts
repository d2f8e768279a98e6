/** Words with gaps: ICU MessageFormat, the one way sentences with numbers, choices and names are made (locales/<lang>.json). */
import { IntlMessageFormat } from 'intl-messageformat';

export type MessageParams = Readonly<Record<string, string | number | Date | boolean | null | undefined>>;

/** Says a key in one language. The edges hand it in: which words there are is none of the domain's business. */
export type Say = (key: string, params?: MessageParams) => string;

/** Locale for dates and numbers: our English is written for the world, so `4 May 2022`, never `5/4/2022`. */
export function localeOf(language: string): string {
  return language === 'en' ? 'en-GB' : language;
}

const rightToLeft = new Set(['ar', 'dv', 'fa', 'he', 'ku', 'ps', 'sd', 'ug', 'ur', 'yi']);

/** Whether a language (BCP 47) is written from right to left. */
export function isRightToLeft(language: string): boolean {
  return rightToLeft.has(language.split('-')[0] ?? '');
}

type Part = ReturnType<IntlMessageFormat['getAst']>[number];

/** Kinds of a message's parts, as the parser numbers them. */
const LITERAL = 0;
const ARGUMENT = 1;

/** First strong isolate and its end (Unicode UAX #9): plain text's way of HTML's `bdi`. */
const ISOLATE = '\u2068';
const ISOLATE_END = '\u2069';

/** The same message with each gap for a text isolated; numbers stay as they are. */
function isolateGaps(parts: readonly Part[]): Part[] {
  return parts.flatMap((part): Part[] => {
    if (part.type === ARGUMENT) {
      return [{ type: LITERAL, value: ISOLATE }, part, { type: LITERAL, value: ISOLATE_END }];
    }
    if (!('options' in part)) return [part];
    const options = Object.fromEntries(
      Object.entries(part.options).map(([name, option]) => [name, { ...option, value: isolateGaps(option.value) }]),
    );
    return [{ ...part, options } as Part];
  });
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
    const read = new IntlMessageFormat(text, localeOf(language), undefined, { ignoreTag: true });
    // In a right-to-left sentence a name, serial number or date keeps its own order and disturbs nothing around it.
    format = isRightToLeft(language) ? new IntlMessageFormat(isolateGaps(read.getAst()), localeOf(language)) : read;
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
