import { factsOf, noticeLanguages } from '../notice.ts';
import { type Check, textsOf, writtenAudiences } from './check.ts';

/** Customers and distributors are told by when to act and to reply. */
export const deadlinePresent: Check = {
  rule: 'deadline-present',
  citation: 'EC field safety notice template 3.2, reply forms 4',
  severity: 'blocking',
  text: 'The notice does not say by when to act and reply. Use {deadline.reply-days} or {deadline.reply}.',
  find: ({ document }) =>
    writtenAudiences(document)
      .filter((audience) => audience !== 'authority')
      .flatMap((audience) =>
        noticeLanguages(document, audience)
          .filter((language) => {
            const facts = textsOf(document, audience, language).flatMap((one) => factsOf(one.text));
            return !facts.includes('deadline.reply-days') && !facts.includes('deadline.reply');
          })
          .map((language) => ({ where: `${audience}, ${language}` })),
      ),
};
