import { factsOf } from '../notice.ts';
import { factRegistry, hasFact } from '../notice-facts.ts';
import { type Check, distinctTexts } from './check.ts';

/** Every placeholder is a fact we know, and has a value (law 7). */
export const factsKnown: Check = {
  rule: 'facts-known',
  citation: 'House rule: facts are locked across languages',
  severity: 'blocking',
  text: '{fact} {fault}. Fill it in on the page Description, or take it out of the text.',
  find: ({ document, facts }) =>
    distinctTexts(document).flatMap(({ text, where, language }) =>
      [...new Set(factsOf(text))].flatMap((fact) => {
        const definition = factRegistry[fact];
        if (!definition) return [{ where, params: { fact: `{${fact}}`, fault: 'is not a fact there is' } }];
        if (definition.scope === 'recipient' || hasFact(facts, fact, language)) return [];
        return [{ where, params: { fact: `{${fact}}`, fault: 'has no value' } }];
      }),
    ),
};
