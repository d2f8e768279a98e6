/**
 * Questions that hang on another answer of the same page. The page carries them all; a style sheet made from the form's
 * definition shows each with the answer it hangs on. No script is needed, and a browser too old for `:has()` shows them
 * all.
 */
import type { Answers, Condition, FormContext, FormDefinition, FormScope, Question } from '../../../domain/form.ts';
import { findQuestion, isAsked, type Subject } from '../../../domain/form-asked.ts';

/** Whether a question stands on its step's page: asked, or asked as soon as another question of the page is answered so. */
export function mayBeAsked(
  definition: FormDefinition,
  context: FormContext,
  answers: Answers,
  question: Question,
  subject: Subject,
): boolean {
  const elsewhere = (question.when ?? []).filter((condition) => !isOfStep(definition, condition, question.step));
  return isAsked(definition, context, answers, { ...question, when: elsewhere }, subject);
}

function isOfStep(definition: FormDefinition, condition: Condition, step: string): boolean {
  return findQuestion(definition, condition.question)?.step === step;
}

/** Conditions on answers of the same page, with those that their own questions hang on. */
function conditionsOf(definition: FormDefinition, question: Question): Condition[] {
  return (question.when ?? [])
    .filter((condition) => isOfStep(definition, condition, question.step))
    .flatMap((condition) => {
      const other = findQuestion(definition, condition.question);
      return other ? [...conditionsOf(definition, other), condition] : [condition];
    });
}

/** Whether a question of the page hangs on another one of it. */
export function isConditional(definition: FormDefinition, question: Question): boolean {
  return conditionsOf(definition, question).length > 0;
}

const around: Readonly<Record<FormScope, string>> = {
  party: '.ff-form',
  product: '.ff-about-product',
  unit: '.ff-about-unit',
  correction: '.ff-about-correction',
  extra: '.ff-about-extra',
  standalone: '.ff-about-standalone',
};
const OUTSIDE_IN: readonly FormScope[] = ['party', 'unit', 'product', 'correction', 'extra', 'standalone'];

/** The style sheet of a form. Ids and values of a definition are lower-case words; others are left out, not quoted. */
export function conditionStyles(definition: FormDefinition): string {
  const rules = definition.questions.flatMap((question) => {
    const conditions = conditionsOf(definition, question);
    if (conditions.length === 0 || !conditions.every((one) => one.is.every((value) => /^[a-z0-9-]+$/i.test(value))))
      return [];
    const scopes = OUTSIDE_IN.map((scope) => {
      const own = conditions.filter((one) => findQuestion(definition, one.question)?.scope === scope);
      return own.length === 0 ? '' : around[scope] + own.map((one) => `:has(${chosen(one)})`).join('');
    }).filter(Boolean);
    const target = `.ff-q-${question.id}`;
    return [`${target}{display:none}`, `${scopes.join(' ')} ${target}{display:block}`];
  });
  return `@supports selector(:has(*)){\n${rules.join('\n')}\n.ff-q:has(.ff-field-wrong){display:block}\n}\n`;
}

function chosen(condition: Condition): string {
  const end = `[name$=".${condition.question}"]`;
  return condition.is
    .flatMap((value) => [`${end}[value="${value}"]:checked`, `${end} option[value="${value}"]:checked`])
    .join(',');
}
