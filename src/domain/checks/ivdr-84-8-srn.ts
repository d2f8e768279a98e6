import { factsOf, noticeLanguages } from '../notice.ts';
import { type Check, inUnion, isRecallAudience, textsOf, writtenAudiences } from './check.ts';

/** The manufacturer's single registration number is in the notice, if it has been issued. */
export const ivdr848Srn: Check = {
  rule: 'ivdr-84-8-srn',
  citation: 'IVDR Art. 84(8), MDR Art. 89(8)',
  severity: 'reason',
  text: 'The notice does not say the single registration number of the manufacturer. Add {manufacturer.srn}, or say that none has been issued.',
  find: (facts) => {
    if (!inUnion(facts)) return [];
    const { document } = facts;
    return writtenAudiences(document)
      .filter(isRecallAudience)
      .flatMap((audience) =>
        noticeLanguages(document, audience)
          .filter(
            (language) =>
              !textsOf(document, audience, language).some((one) => factsOf(one.text).includes('manufacturer.srn')),
          )
          .map((language) => ({ where: `${audience}, ${language}` })),
      );
  },
};
