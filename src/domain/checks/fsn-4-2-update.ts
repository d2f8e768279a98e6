import { factsOf, noticeLanguages, plainWords } from '../notice.ts';
import { updateSections } from '../notice-update.ts';
import { type Check, type Found, textsOf, writtenAudiences } from './check.ts';

/** Fewer words than these say that something is new, not what. */
const FEWEST_CHARACTERS = 40;

/** An update names the notice it follows by number and date, and says what is new, in every language it goes out in. */
export const fsnUpdate: Check = {
  rule: 'fsn-4-2-update',
  citation: 'EC field safety notice template, Rev 1 (September 2018), fields 4.2 and 4.3',
  severity: 'blocking',
  text: 'This is an update, and {fault}. Write the section that says what is new, with {notice.previous} and {notice.previous-date}.',
  find: ({ document, kind }) => {
    if (kind !== 'update') return [];
    const keys: readonly string[] = updateSections[document.layout];
    return writtenAudiences(document).flatMap((audience) =>
      noticeLanguages(document, audience).flatMap((language): Found[] => {
        const where = `${audience}, ${language}`;
        const texts = textsOf(document, audience, language).filter((one) => keys.includes(one.section));
        const facts = texts.flatMap((one) => factsOf(one.text));
        const words = texts.map((one) => plainWords(one.text)).join(' ');
        const faults = [
          ...(facts.includes('notice.previous') ? [] : ['it does not name the notice it follows']),
          ...(facts.includes('notice.previous-date') ? [] : ['it does not say of which date that is']),
          // A Japanese sentence says in a third of the signs what an English one does.
          ...(words.length >= FEWEST_CHARACTERS / (/[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]/.test(words) ? 3 : 1)
            ? []
            : ['it does not say what is new']),
        ];
        return faults.length === 0 ? [] : [{ where, params: { fault: faults.join(', and ') } }];
      }),
    );
  },
};
