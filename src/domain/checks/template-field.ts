/** Rules for single fields of the EC template: what a field must print, or the words it cannot do without. */
import { factsOf, plainWords } from '../notice.ts';
import { findSection } from '../notice-sections.ts';
import {
  type Check,
  type CheckFacts,
  inUnion,
  isRecallAudience,
  type PrintedText,
  textsOf,
  writtenAudiences,
} from './check.ts';

export type TemplateField = {
  rule: string;
  /** The template's number, e.g. `2.3`. */
  number: string;
  title: string;
  /** How to mend it. */
  mend: string;
  /** One of these facts says it … */
  facts?: readonly string[];
  /** … or words of these languages do. A language that is not here is left to the reader. */
  words?: Readonly<Record<string, RegExp>>;
  /** Looked for in the sections that answer this field only; else anywhere. */
  inSection?: boolean;
  /** Only where this holds, e.g. a follow-up is announced. */
  when?: (texts: readonly PrintedText[], facts: CheckFacts) => boolean;
};

const TEMPLATE = 'EC field safety notice template, Rev 1 (September 2018)';

/**
 * Makes the rule of one field. It reads the source language only: that the others say the same is the rule about equal
 * facts and the sign-off of each language. A rule cannot understand; it sees whether there is anything to read.
 */
export function templateField(field: TemplateField): Check {
  return {
    rule: field.rule,
    citation: `${TEMPLATE}, field ${field.number}`,
    severity: 'reason',
    text: `The notice does not say: ${field.title}. ${field.mend}`,
    find: (facts) => {
      if (!inUnion(facts)) return [];
      const { document } = facts;
      return writtenAudiences(document)
        .filter(isRecallAudience)
        .flatMap((audience) => {
          const language = document.sourceLanguage;
          const all = textsOf(document, audience, language);
          const texts = field.inSection
            ? all.filter((one) => findSection(one.section)?.covers.includes(field.number))
            : all;
          if (field.when && !field.when(all, facts)) return [];
          return answers(field, texts, language, document.layout) ? [] : [{ where: `${audience}, ${language}` }];
        });
    },
  };
}

function answers(field: TemplateField, texts: readonly PrintedText[], language: string, layout: string): boolean {
  const printed = new Set(texts.flatMap((one) => factsOf(one.text)));
  if (field.facts?.some((name) => printed.has(name))) return true;
  // In the template's layout a field has a section of its own: whatever stands under its heading is the answer.
  if (layout === 'ec' && field.inSection) return texts.some((one) => one.text.length > 1);
  const words = field.words?.[language.split('-')[0] ?? ''];
  if (words) return texts.some((one) => words.test(plainWords(one.text)));
  // Words of a language nobody has listed: a person looks at it.
  return field.words !== undefined && texts.length > 0;
}
