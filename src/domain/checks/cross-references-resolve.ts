import { referencesOf } from '../notice.ts';
import { type Check, printedTexts, textsOf } from './check.ts';

/** A reference to a section finds it in the same variant and language, with a heading (the German copy of the example did not). */
export const crossReferencesResolve: Check = {
  rule: 'cross-references-resolve',
  citation: 'House rule: a reference is never typed',
  severity: 'blocking',
  text: '{reference} points to a section that {fault}. Add the section, give it a heading, or remove the reference.',
  find: ({ document }) =>
    printedTexts(document).flatMap(({ audience, language, text, where }) =>
      [...new Set(referencesOf(text))].flatMap((section) => {
        const target = textsOf(document, audience, language).find((one) => one.section === section);
        const reference = `{@${section}}`;
        if (!target) return [{ where, params: { reference, fault: 'this variant does not have in this language' } }];
        return target.text[0]?.kind === 'heading' ? [] : [{ where, params: { reference, fault: 'has no heading' } }];
      }),
    ),
};
