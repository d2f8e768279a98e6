import type { Check } from './check.ts';

/** Each language that goes out has been read beside the source by somebody who stands for it. */
export const languagesReviewed: Check = {
  rule: 'languages-reviewed',
  citation: 'House rule: a language is signed off by a named reader',
  severity: 'reason',
  text: 'Nobody has signed off {languages}. Have each read beside the source by somebody who knows the language, or write why it goes out without.',
  find: ({ document, languages, signedOff }) => {
    // Without the record of sign-offs nothing can be said.
    if (!signedOff) return [];
    const needed = new Set(Object.values(languages).flat());
    const open = Object.keys(document.texts)
      .filter((code) => needed.has(code) && code !== document.sourceLanguage && !signedOff.includes(code))
      .sort();
    return open.length === 0 ? [] : [{ where: open.join(', '), params: { languages: open.join(', ') } }];
  },
};
