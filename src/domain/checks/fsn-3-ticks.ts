import { plainWords } from '../notice.ts';
import { findSection } from '../notice-sections.ts';
import { type Check, type Found, inUnion, isRecallAudience, textsOf, writtenAudiences } from './check.ts';

/** A ticked box as it is typed: (x), or the sign itself. */
const TICKED = /\(x\)|[☒☑]/i;

const FIELDS = [
  { number: '3.1', title: 'action to be taken by the user' },
  { number: '3.5', title: 'action being taken by the manufacturer' },
] as const;

/** The kinds of action stand as a tick list, so that an authority and a clerk see at a glance what is asked. */
export const fsnTicks: Check = {
  rule: 'fsn-3-ticks',
  citation: 'EC field safety notice template, Rev 1 (September 2018), fields 3.1 and 3.5',
  severity: 'reason',
  text: 'Field {number}, {title}, has no tick list. Add the section “Kinds of action”, with (x) before what applies and ( ) before what does not.',
  find: (facts) => {
    if (!inUnion(facts)) return [];
    const { document } = facts;
    const language = document.sourceLanguage;
    return writtenAudiences(document)
      .filter(isRecallAudience)
      .flatMap((audience): Found[] => {
        const texts = textsOf(document, audience, language);
        return FIELDS.filter(
          ({ number }) =>
            !texts.some(
              (one) => findSection(one.section)?.covers.includes(number) && TICKED.test(plainWords(one.text)),
            ),
        ).map((field) => ({ where: `${audience}, ${language}`, params: field }));
      });
  },
};
