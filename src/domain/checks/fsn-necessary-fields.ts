import { findSection, necessaryFields } from '../notice-sections.ts';
import { type Check, inUnion, isRecallAudience, textsOf, writtenAudiences } from './check.ts';

/** Fields that facts carry as well as sections do: the letter's title and table. */
const BY_HEAD = new Set(['1.2']);

/** Every field the EC template marks as necessary is answered by some section, in the source language. */
export const fsnNecessaryFields: Check = {
  rule: 'fsn-necessary-fields',
  citation: 'EC field safety notice template, Rev 1 (September 2018)',
  severity: 'reason',
  text: 'Field {number}, {title}, is necessary in every field safety notice and nothing answers it. Add a section that does.',
  find: (facts) => {
    if (!inUnion(facts)) return [];
    const { document } = facts;
    return writtenAudiences(document)
      .filter(isRecallAudience)
      .flatMap((audience) => {
        const sections = textsOf(document, audience, document.sourceLanguage)
          // A heading alone asks and does not answer.
          .filter((one) => one.text.length > 1 || one.text[0]?.kind !== 'heading')
          .map((one) => findSection(one.section));
        const covered = new Set([...BY_HEAD, ...sections.flatMap((section) => section?.covers ?? [])]);
        return necessaryFields()
          .filter((field) => !covered.has(field.number))
          .map((field) => ({ where: `${audience}, ${document.sourceLanguage}`, params: field }));
      });
  },
};
