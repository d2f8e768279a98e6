import { noticeLanguages } from '../notice.ts';
import { findSection } from '../notice-sections.ts';
import type { RichText } from '../rich-text.ts';
import { type Check, inUnion, textsOf, writtenAudiences } from './check.ts';

/** All actions to be taken by the user are stated clearly: a section for them, as a list of steps. */
export const ivdr848Actions: Check = {
  rule: 'ivdr-84-8-actions',
  citation: 'IVDR Art. 84(8), MDR Art. 89(8); 21 CFR 7.49(c)(1)(iv)',
  severity: 'blocking',
  text: '{fault} Write the actions as numbered steps.',
  find: (facts) => {
    const { document } = facts;
    if (!inUnion(facts) && !facts.action.regimes.includes('FDA')) return [];
    return writtenAudiences(document).flatMap((audience) =>
      noticeLanguages(document, audience).flatMap((language) => {
        // A tick list names the kind of action; it does not say what to do.
        const actions = textsOf(document, audience, language).filter(
          (one) => one.section !== 'action-types' && findSection(one.section)?.covers.includes('3.1'),
        );
        const where = `${audience}, ${language}`;
        if (actions.length === 0) return [{ where, params: { fault: 'No section says what the reader has to do.' } }];
        if (actions.some((one) => hasSteps(one.text))) return [];
        return [
          {
            where,
            severity: 'reason' as const,
            params: { fault: 'What the reader has to do is not a list of steps.' },
          },
        ];
      }),
    );
  },
};

function hasSteps(text: RichText): boolean {
  return text.some((block) => block.kind === 'list' || (block.kind === 'box' && hasSteps(block.blocks)));
}
