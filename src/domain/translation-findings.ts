/** What can be wrong with a translation, in words for the desk. */
import { exactKinds, type FigureKind } from './translation-figures.ts';

/** `refused`: the text is not taken. `look`: somebody looks at it first. `note`: good to know. */
export type TranslationSeverity = 'refused' | 'look' | 'note';

const WORDS = {
  'fact-lost': ['refused', 'The placeholder {code} is missing.', 'Put it back where it belongs in the sentence.'],
  'fact-added': ['refused', 'The placeholder {code} is not in the source.', 'Remove it.'],
  'fact-doubled': ['refused', 'The placeholder {code} stands here more often than in the source.', 'Keep one of them.'],
  'fact-moved': [
    'look',
    'The placeholder {code} stands in another paragraph than in the source.',
    'Look whether both still say the same.',
  ],
  'code-unknown': [
    'refused',
    'A code in the file is none of the source’s.',
    'Copy the codes from the source and type none.',
  ],
  'emphasis-changed': ['look', 'Emphasis or line breaks differ from the source.', 'Compare which words stand out.'],
  exact: ['refused', '{kind} {value} {change}.', 'Write it exactly as in the source.'],
  date: ['refused', 'The date {value} is another than in the source ({source}).', 'Write the same day.'],
  figure: ['look', '{kind} {value} {change}.', 'Compare it with the source; a number in words is fine.'],
  'not-final': ['look', 'The translator left it as {state}.', 'Ask whether it is finished.'],
  untranslated: ['refused', 'It is not translated.', 'Translate it, and send the file again.'],
  kept: ['look', 'It is not translated in the file; the present translation stays.', 'Look whether that still fits.'],
  copied: ['look', 'The translation is the same as the source.', 'Look whether it was only copied.'],
  'too-long': [
    'look',
    'It takes {length} characters as printed, more than the {limit} there is room for.',
    'Shorten it.',
  ],
  'source-changed': [
    'look',
    'The source has changed since the file was made; this translation is of the old words.',
    'Export it again for the words that changed.',
  ],
  segments: [
    'refused',
    'The file has more parts than this text: {count} too many.',
    'Look for a part that is in the file twice.',
  ],
  'unit-split': [
    'refused',
    'It stands in the file under other names, whole or in parts: {names}.',
    'Join what was cut, give it the name it went out with, and send the file again.',
  ],
  'part-untranslated': [
    'look',
    'It was cut into {all} parts, and {open} of them have no translation.',
    'Translate each; where two became one, divide the words between them.',
  ],
  'order-unclear': [
    'refused',
    'The file gives two parts of this text the same place.',
    'Put each translated part in a place of its own (order).',
  ],
  joined: [
    'look',
    'It came back in one piece with its neighbours, and was cut where their sentences end.',
    'Look whether each paragraph has its own words.',
  ],
  'joined-unclear': [
    'refused',
    'It came back in one piece with its neighbours, and where it ends cannot be told.',
    'Cut the piece where the paragraphs of the source end, and send the file again.',
  ],
  noted: ['note', 'The translator writes: {note}', ''],
  unwritable: [
    'refused',
    'The words cannot be put back into the text: a line break or a code stands where none may.',
    'Keep line breaks out of headings and table cells.',
  ],
  'text-long': ['refused', 'The text is longer than {limit} characters.', 'Shorten it.'],
  direction: [
    'refused',
    'It holds invisible signs that turn the order of letters round.',
    'Remove them; the direction follows the language by itself.',
  ],
} as const satisfies Record<string, readonly [TranslationSeverity, string, string]>;

export type TranslationCode = keyof typeof WORDS;

export type TranslationFinding = {
  code: TranslationCode;
  severity: TranslationSeverity;
  /** The segment it is about, from 1; left out when it is the whole text. */
  segment?: number;
  what: string;
  mend: string;
};

/** Makes a finding. `{name}` in its words is filled from `params`; the braces of a placeholder stay. */
export function makeFinding(
  code: TranslationCode,
  params: Readonly<Record<string, string | number>> = {},
  segment?: number,
): TranslationFinding {
  const [severity, what, mend] = WORDS[code];
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
  return { code, severity, ...(segment === undefined ? {} : { segment }), what: fill(what), mend };
}

const kindWords: Readonly<Record<FigureKind, string>> = {
  cve: 'The CVE number',
  hash: 'The checksum',
  address: 'The address',
  identifier: 'The identifier',
  phone: 'The telephone number',
  date: 'The date',
  unit: 'The quantity',
  number: 'The number',
};

/** A figure that stands in one language only. */
export function figureFinding(kind: FigureKind, value: string, change: 'lost' | 'added', segment: number) {
  return makeFinding(
    exactKinds.has(kind) ? 'exact' : 'figure',
    {
      kind: kindWords[kind],
      value: value.slice(0, 100),
      change: change === 'lost' ? 'of the source is missing' : 'is not in the source',
    },
    segment,
  );
}
