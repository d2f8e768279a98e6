import { factsOf, noticeLanguages } from '../notice.ts';
import { type Check, textsOf, writtenAudiences } from './check.ts';

const MEANS = new Set(['portal.link', 'contact.phone', 'contact.email']);

/** The recipient has ready means to report whether it has any of the product: a section that asks, and a way that works without Internet. */
export const replyMeansPresent: Check = {
  rule: 'reply-means-present',
  citation: '21 CFR 7.49(c)(1)(v); EC field safety notice template 3.4',
  severity: 'blocking',
  text: 'The notice does not say how to reply. Add the section “Your reply” with {contact.phone} or {contact.email}.',
  find: ({ document }) =>
    writtenAudiences(document)
      .filter((audience) => audience !== 'authority')
      .flatMap((audience) =>
        noticeLanguages(document, audience)
          .filter(
            (language) =>
              !textsOf(document, audience, language).some(
                (one) =>
                  (one.section === 'reply' || one.section === 'ec-reply') &&
                  factsOf(one.text).some((fact) => MEANS.has(fact)),
              ),
          )
          .map((language) => ({ where: `${audience}, ${language}` })),
      ),
};
