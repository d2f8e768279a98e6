/** What is wrong with a filled form, what is still owed, and what contradicts itself. */
import type { Answers, AnswerValue, FormContext, FormDefinition, FormScope, Question } from './form.ts';
import { formScopes } from './form.ts';
import { answersOf, isAnswered, questionsFor, subjectsOf } from './form-asked.ts';
import { type Contradiction, findContradictions } from './form-contradictions.ts';
import { fieldName } from './form-fields.ts';

/** Why an answer cannot be taken. Words: `form.error.<code>`. */
export const errorCodes = [
  'required',
  'must-be',
  'choice',
  'date',
  'count',
  'email',
  'too-long',
  'too-many-rows',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

export type FieldError = { field: string; step: string; code: ErrorCode; params: Record<string, string | number> };

export type FormCheck = {
  /** Block sending. */
  errors: FieldError[];
  /** Shown before sending; sent anyhow with a tick, they become tasks. */
  contradictions: Contradiction[];
  /** Fields of questions that are owed until the action is completed for this party. */
  missing: string[];
  /** Nothing is owed any more: every question answered, every correction done, not affected or gone. */
  complete: boolean;
};

const LONGEST: Partial<Record<Question['type'], number>> = { text: 200, 'long-text': 5_000, email: 254, phone: 60 };
const SETTLED: ReadonlySet<string> = new Set(['done', 'not-affected', 'gone']);

/**
 * Checks answers. Answers to questions that are not asked do not count.
 * @param options.today 'YYYY-MM-DD' where the sender is
 * @param options.step errors of this step's page alone; contradictions and completeness are always of the whole form
 */
export function checkAnswers(
  definition: FormDefinition,
  context: FormContext,
  answers: Answers,
  options: { today: string; step?: string },
): FormCheck {
  const errors: FieldError[] = [];
  const missing: string[] = [];
  let settled = true;
  for (const scope of formScopes) {
    for (const subject of subjectsOf(context, answers, scope)) {
      const given = answersOf(answers, subject);
      for (const question of questionsFor(definition, context, answers, subject)) {
        const value = given[question.id];
        const field = fieldName(subject, question.id);
        const fault = faultOf(question, value, optionsOf(question, context));
        if (fault && (options.step === undefined || question.step === options.step)) {
          errors.push({ field, step: question.step, code: fault.code, params: fault.params });
        }
        if (!isAnswered(value) && question.required) missing.push(field);
      }
      if (scope === 'correction' && !SETTLED.has(String(given.status ?? ''))) settled = false;
    }
  }
  errors.push(...tooManyRows(definition, answers, options.step));
  return {
    errors,
    contradictions: findContradictions(definition, context, answers, options.today),
    missing,
    complete: errors.length === 0 && missing.length === 0 && settled,
  };
}

/** Values one may choose among; undefined where the question is not a choice. */
export function optionsOf(question: Question, context: FormContext): string[] | undefined {
  switch (question.type) {
    case 'yes-no':
      return question.options ?? ['yes', 'no'];
    case 'tick':
      return ['yes'];
    case 'choice':
    case 'choices':
      if (question.optionsFrom === 'products') return context.products.map((product) => String(product.id));
      if (question.optionsFrom === 'environments') {
        return [...new Set(context.products.flatMap((product) => product.environments.map((one) => one.code)))];
      }
      return question.options ?? [];
    default:
      return undefined;
  }
}

type Fault = { code: ErrorCode; params: Record<string, string | number> };

function faultOf(question: Question, value: AnswerValue | undefined, options: string[] | undefined): Fault | undefined {
  if (!isAnswered(value)) {
    if (question.required !== 'receipt' && question.required !== 'asked') return undefined;
    return { code: question.mustBe === undefined ? 'required' : 'must-be', params: {} };
  }
  if (options) {
    const chosen = Array.isArray(value) ? value : [String(value)];
    if (chosen.some((one) => !options.includes(one))) return { code: 'choice', params: {} };
  } else {
    const most = question.maxLength ?? LONGEST[question.type];
    if (most !== undefined && String(value).length > most) return { code: 'too-long', params: { most } };
    if (question.type === 'date' && !isDay(String(value)))
      return { code: 'date', params: { typed: String(value).slice(0, 40) } };
    if (question.type === 'count' && typeof value !== 'number') return { code: 'count', params: {} };
    if (question.type === 'email' && !/^[^\s@<>"(),:;]+@[^\s@<>"(),:;]+\.[^\s@<>"(),:;.]+$/.test(String(value))) {
      return { code: 'email', params: {} };
    }
  }
  if (question.mustBe !== undefined && value !== question.mustBe) return { code: 'must-be', params: {} };
  return undefined;
}

/** A day of the calendar as 'YYYY-MM-DD'. parseFormBody makes them so; the API must send them so. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return (
    !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text) && text >= '1990-01-01' && text <= '2199-12-31'
  );
}

function tooManyRows(definition: FormDefinition, answers: Answers, step: string | undefined): FieldError[] {
  return (['extra', 'standalone'] as const).flatMap((scope): FieldError[] => {
    const most = definition.limits[scope];
    const first = firstQuestion(definition, scope);
    if (answers[scope].length <= most || !first || (step !== undefined && first.step !== step)) return [];
    const field = fieldName({ scope, index: most }, first.id);
    return [{ field, step: first.step, code: 'too-many-rows', params: { most } }];
  });
}

function firstQuestion(definition: FormDefinition, scope: FormScope): Question | undefined {
  return definition.questions.find((question) => question.scope === scope);
}
