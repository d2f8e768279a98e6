import { parseText } from '../notice.ts';
import { hasTurningSigns } from '../translation-segment.ts';
import type { Check } from './check.ts';

/** Every text can be read: neither a star that is not closed nor a sign that turns numbers round must reach a customer. */
export const textSyntax: Check = {
  rule: 'text-syntax',
  citation: 'Language of notices',
  severity: 'blocking',
  text: 'Line {line}: {what} {mend}',
  find: ({ document }) =>
    Object.entries(document.texts).flatMap(([language, texts]) =>
      Object.entries(texts).flatMap(([name, source]) => {
        const parsed = parseText(source);
        return [...(parsed.ok ? [] : parsed.errors), ...turnedLines(source)].map(({ line, what, mend }) => ({
          where: `${language}, ${name}`,
          params: { line, what, mend },
        }));
      }),
    ),
};

/** Lines with invisible signs that turn the order of letters: with them a serial number reads otherwise than it is. */
function turnedLines(source: string): { line: number; what: string; mend: string }[] {
  return source.split('\n').flatMap((text, index) =>
    hasTurningSigns(text)
      ? [
          {
            line: index + 1,
            what: 'it holds invisible signs that turn the order of letters round.',
            mend: 'Type the line anew; the direction follows the language by itself.',
          },
        ]
      : [],
  );
}
