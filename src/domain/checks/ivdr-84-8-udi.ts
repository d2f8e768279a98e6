import { factsOf, noticeLanguages } from '../notice.ts';
import { type Check, inUnion, isRecallAudience, textsOf, writtenAudiences } from './check.ts';

/** The notice allows the device to be identified, in particular by its UDI. */
export const ivdr848Udi: Check = {
  rule: 'ivdr-84-8-udi',
  citation: 'IVDR Art. 84(8), MDR Art. 89(8)',
  severity: 'blocking',
  text: '{fault} Add a table row with {product.udi-di}, and the UDI-DI to each product.',
  find: (facts) => {
    if (!inUnion(facts)) return [];
    const { document } = facts;
    const printed = writtenAudiences(document)
      .filter(isRecallAudience)
      .flatMap((audience) =>
        noticeLanguages(document, audience)
          .filter(
            (language) =>
              !textsOf(document, audience, language).some((one) => factsOf(one.text).includes('product.udi-di')),
          )
          .map((language) => ({
            where: `${audience}, ${language}`,
            params: { fault: 'The notice does not say the UDI-DI.' },
          })),
      );
    // Devices of the old directives need not carry a UDI yet: there a missing one is answered by a reason.
    const udiRequired = facts.action.regimes.some((regime) => regime === 'IVDR' || regime === 'MDR');
    const products = (facts.facts.groups.product ?? [])
      .filter((product) => product['udi-di'] === undefined || String(product['udi-di']) === '')
      .map((product) => ({
        where: String(product.name),
        params: { fault: `${String(product.name)} has no UDI-DI.` },
        severity: udiRequired ? ('blocking' as const) : ('reason' as const),
      }));
    return [...printed, ...products];
  },
};
