import { factsOf } from '../notice.ts';
import { findSection } from '../notice-sections.ts';
import { type Check, type Found, isRecallAudience, textsOf, writtenAudiences } from './check.ts';

const IDENTIFIES = new Set(['product.catalogue', 'product.udi-di', 'product.serials', 'recipient.units']);

/** What a recall communication conveys: the product clearly, the reason with its hazard, and that others are told. */
export const cfr749Content: Check = {
  rule: 'cfr-7-49-content',
  citation: '21 CFR 7.49(a)(3), (c)(1)(ii) and (iii)',
  severity: 'reason',
  text: 'The notice {fault}. {mend}',
  find: ({ document, action }) => {
    if (!action.regimes.includes('FDA')) return [];
    const language = document.sourceLanguage;
    return writtenAudiences(document)
      .filter(isRecallAudience)
      .flatMap((audience): Found[] => {
        const texts = textsOf(document, audience, language);
        const covered = new Set(texts.flatMap((one) => findSection(one.section)?.covers ?? []));
        const facts = texts.flatMap((one) => factsOf(one.text));
        const where = `${audience}, ${language}`;
        const faults: [boolean, string, string][] = [
          [
            !facts.some((name) => IDENTIFIES.has(name)),
            'does not identify the product',
            'Print {product.catalogue} or {recipient.units}.',
          ],
          [
            !covered.has('2.1') || !covered.has('2.2'),
            'does not say what is wrong and what it can lead to',
            'Add a section for the problem and its hazard.',
          ],
          [!covered.has('5'), 'does not ask to be passed on', 'Add the section “Passing the notice on”.'],
        ];
        return faults.filter(([lacking]) => lacking).map(([, fault, mend]) => ({ where, params: { fault, mend } }));
      });
  },
};
