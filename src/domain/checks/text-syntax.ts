import { parseText } from '../notice.ts';
import type { Check } from './check.ts';

/** Every text can be read: a star that is not closed must not reach a customer. */
export const textSyntax: Check = {
  rule: 'text-syntax',
  citation: 'Language of notices',
  severity: 'blocking',
  text: 'Line {line}: {what} {mend}',
  find: ({ document }) =>
    Object.entries(document.texts).flatMap(([language, texts]) =>
      Object.entries(texts).flatMap(([name, source]) => {
        const parsed = parseText(source);
        if (parsed.ok) return [];
        return parsed.errors.map(({ line, what, mend }) => ({
          where: `${language}, ${name}`,
          params: { line, what, mend },
        }));
      }),
    ),
};
