/** Which questions of a form are put to whom, about what, given the answers so far. */
import {
  type AnswerSet,
  type Answers,
  type AnswerValue,
  emptyAnswers,
  type FormContext,
  type FormDefinition,
  type FormScope,
  type FormUnit,
  formScopes,
  type Question,
} from './form.ts';

/** One subject of the form: the party, a product, a unit, a correction, a row. */
export type Subject =
  | { scope: 'party' }
  | { scope: 'product'; id: number }
  | { scope: 'unit'; id: number }
  | { scope: 'correction'; id: number; unitId: number }
  | { scope: 'extra' | 'standalone'; index: number };

/** Every subject of a scope: those of the context, and the rows the sender has added. */
export function subjectsOf(context: FormContext, answers: Answers, scope: FormScope): Subject[] {
  switch (scope) {
    case 'party':
      return [{ scope }];
    case 'product':
      return context.products.map((product) => ({ scope, id: product.id }));
    case 'unit':
      return context.units.map((unit) => ({ scope, id: unit.id }));
    case 'correction':
      return context.units.flatMap((unit) =>
        unit.corrections.map((correction) => ({ scope, id: correction.id, unitId: unit.id })),
      );
    case 'extra':
    case 'standalone':
      return answers[scope].map((_, index) => ({ scope, index }));
  }
}

/** The answers about a subject; empty when there are none. */
export function answersOf(answers: Answers, subject: Subject): AnswerSet {
  switch (subject.scope) {
    case 'party':
      return answers.party;
    case 'product':
      return answers.products[subject.id] ?? {};
    case 'unit':
      return answers.units[subject.id] ?? {};
    case 'correction':
      return answers.corrections[subject.id] ?? {};
    case 'extra':
    case 'standalone':
      return answers[subject.scope][subject.index] ?? {};
  }
}

/** Whether an answer says anything. */
export function isAnswered(value: AnswerValue | undefined): value is AnswerValue {
  return typeof value === 'number' || (value !== undefined && value.length > 0);
}

/** A definition made ready for many look-ups. Forms are few and fixed, so each is indexed once. */
const indexes = new WeakMap<FormDefinition, Map<string, Question>>();
export function findQuestion(definition: FormDefinition, questionId: string): Question | undefined {
  let index = indexes.get(definition);
  if (!index) {
    index = new Map(definition.questions.map((question) => [question.id, question]));
    indexes.set(definition, index);
  }
  return index.get(questionId);
}

/** The same for the units of a party, which may have thousands. */
const unitIndexes = new WeakMap<FormContext, Map<number, FormUnit>>();
function findUnit(context: FormContext, unitId: number): FormUnit | undefined {
  let index = unitIndexes.get(context);
  if (!index) {
    index = new Map(context.units.map((unit) => [unit.id, unit]));
    unitIndexes.set(context, index);
  }
  return index.get(unitId);
}

/** Whether a question is put to this party about this subject, given the answers so far. */
export function isAsked(
  definition: FormDefinition,
  context: FormContext,
  answers: Answers,
  question: Question,
  subject: Subject,
): boolean {
  if (question.scope !== subject.scope) return false;
  if (question.roles && !question.roles.includes(context.role)) return false;
  const unitId = subject.scope === 'unit' ? subject.id : subject.scope === 'correction' ? subject.unitId : undefined;
  if (question.unitKinds && unitId !== undefined) {
    const unit = findUnit(context, unitId);
    if (!unit || !question.unitKinds.includes(unit.kind)) return false;
  }
  return (question.when ?? []).every((condition) => {
    const other = findQuestion(definition, condition.question);
    const about = other && relatedSubject(other.scope, subject);
    if (!other || !about || !isAsked(definition, context, answers, other, about)) return false;
    const value = answersOf(answers, about)[other.id];
    return Array.isArray(value)
      ? value.some((one) => condition.is.includes(one))
      : value !== undefined && condition.is.includes(String(value));
  });
}

/** From a correction one looks at itself, its unit and the party; from anything else at itself and the party. */
function relatedSubject(scope: FormScope, from: Subject): Subject | undefined {
  if (scope === from.scope) return from;
  if (scope === 'party') return { scope };
  if (scope === 'unit' && from.scope === 'correction') return { scope, id: from.unitId };
  return undefined;
}

/** Questions put about a subject, in order; those of one step if it is named. */
export function questionsFor(
  definition: FormDefinition,
  context: FormContext,
  answers: Answers,
  subject: Subject,
  step?: string,
): Question[] {
  return definition.questions.filter(
    (question) =>
      (step === undefined || question.step === step) && isAsked(definition, context, answers, question, subject),
  );
}

/** Steps of the wizard for this party: those with something to ask. Rows of one's own can always be added. */
export function stepsFor(definition: FormDefinition, context: FormContext, answers: Answers): string[] {
  return definition.steps
    .map((step) => step.key)
    .filter((step) =>
      definition.questions.some(
        (question) =>
          question.step === step &&
          (question.scope === 'extra' || question.scope === 'standalone'
            ? !question.roles || question.roles.includes(context.role)
            : subjectsOf(context, answers, question.scope).some((subject) =>
                isAsked(definition, context, answers, question, subject),
              )),
      ),
    );
}

/** Answers without those to questions that are no longer asked: what is sent and signed. */
export function pruneAnswers(definition: FormDefinition, context: FormContext, answers: Answers): Answers {
  const out = emptyAnswers();
  for (const scope of formScopes) {
    for (const subject of subjectsOf(context, answers, scope)) {
      const given = answersOf(answers, subject);
      const kept: AnswerSet = {};
      for (const question of questionsFor(definition, context, answers, subject)) {
        const value = given[question.id];
        if (isAnswered(value)) kept[question.id] = value;
      }
      putAnswers(out, subject, kept);
    }
  }
  return out;
}

const groupOf = { product: 'products', unit: 'units', correction: 'corrections' } as const;

/** Sets the answers about a subject; an empty set leaves no key, except in a list, where it keeps its place. */
export function putAnswers(answers: Answers, subject: Subject, set: AnswerSet): void {
  if (subject.scope === 'party') answers.party = set;
  else if ('index' in subject) answers[subject.scope][subject.index] = set;
  else {
    const group = answers[groupOf[subject.scope]];
    if (Object.keys(set).length > 0) group[subject.id] = set;
    else delete group[subject.id];
  }
}
