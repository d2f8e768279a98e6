/** The keys under which a form's words stand in locales/<lang>.json. */
import type { FormDefinition, Question } from './form.ts';
import { errorCodes } from './form-check.ts';
import { contradictionCodes } from './form-contradictions.ts';

/** What is asked. Words may use `{reference}` and the definition's params. */
export function questionKey(question: Question): string {
  return `form.question.${question.id}`;
}

/** A line of help below the question; only some have one. */
export function hintKey(question: Question): string {
  return `form.hint.${question.id}`;
}

/** One of the answers to choose from; `yes`, `no` and `unknown` are said the same everywhere. */
export function choiceKey(question: Question, value: string): string {
  return question.type === 'yes-no' ? `form.choice.${value}` : `form.choice.${question.id}.${value}`;
}

export function stepKey(step: string): string {
  return `form.step.${step}`;
}

export function errorKey(code: string): string {
  return `form.error.${code}`;
}

export function contradictionKey(code: string): string {
  return `form.contradiction.${code}`;
}

/** What the words of a form are filled with. */
export function wordParams(definition: FormDefinition): Record<string, string> {
  return { ...definition.params, reference: definition.reference };
}

/** Every key a form needs in every language (hints are optional). */
export function keysOf(definition: FormDefinition): string[] {
  const ofQuestions = definition.questions.flatMap((question) => {
    const values = question.type === 'yes-no' ? (question.options ?? ['yes', 'no']) : (question.options ?? []);
    return [questionKey(question), ...values.map((value) => choiceKey(question, value))];
  });
  return [
    ...new Set([
      ...definition.steps.map((step) => stepKey(step.key)),
      ...ofQuestions,
      ...errorCodes.map(errorKey),
      ...contradictionCodes.map(contradictionKey),
    ]),
  ];
}
