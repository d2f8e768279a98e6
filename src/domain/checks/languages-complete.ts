import { noticeLanguages, textName } from '../notice.ts';
import { type Check, writtenAudiences } from './check.ts';

/** Each audience gets the notice in the languages its contacts need (MDR/IVDR Art. 89(8)/84(8), national law). */
export const languagesComplete: Check = {
  rule: 'languages-complete',
  citation: 'IVDR Art. 84(8), MDR Art. 89(8)',
  severity: 'blocking',
  text: '{audience} has contacts{where} who need {language}, and the notice is not complete in it. Write the missing texts: {missing}; or, where the country takes another language, say so with the reason under Settings, Countries',
  find: ({ document, languages, askedBy = {} }) =>
    Object.entries(languages).flatMap(([audience, needed]) => {
      const written = writtenAudiences(document).find((one) => one === audience);
      const variant = written && document.variants[written];
      if (!written || !variant) {
        return [
          {
            where: audience,
            params: { audience, where: '', language: needed.join(', '), missing: 'the whole variant' },
          },
        ];
      }
      const complete = new Set(noticeLanguages(document, written));
      return needed
        .filter((language) => !complete.has(language))
        .map((language) => {
          const texts = document.texts[language] ?? {};
          const missing = ['title', 'subject', ...variant.sections]
            .map((section) => textName(variant, section))
            .filter((name) => (texts[name] ?? '').trim() === '');
          const list = document.texts[language] ? missing.join(', ') : 'all of them';
          return {
            where: `${audience}, ${language}`,
            params: { audience, where: askedBy[language] ? ` in ${askedBy[language]}` : '', language, missing: list },
          };
        });
    }),
};
