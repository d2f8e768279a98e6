import { noticeLanguages, textName } from '../notice.ts';
import { titleOf } from '../notice-variants.ts';
import { type Check, writtenAudiences } from './check.ts';

/** Each audience gets the notice in the languages its contacts need (MDR/IVDR Art. 89(8)/84(8), national law). */
export const languagesComplete: Check = {
  rule: 'languages-complete',
  citation: 'IVDR Art. 84(8), MDR Art. 89(8)',
  severity: 'blocking',
  text: '{audience}: contacts{where} need {language}, and the notice is not complete in it. Write the missing texts: {missing}; or, where the country takes another language, say so with the reason under Settings, Countries',
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
          const list = document.texts[language] ? titlesOf(missing) : 'all of them';
          return {
            where: `${audience}, ${language}`,
            params: { audience, where: askedBy[language] ? ` in ${askedBy[language]}` : '', language, missing: list },
          };
        });
    }),
};

/** The first few, by the titles they have in the editor. */
function titlesOf(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `“${titleOf(name)}”`);
  return names.length > shown.length ? `${shown.join(', ')} and ${names.length - shown.length} more` : shown.join(', ');
}
