/** Answers as a flat HTML form sends them, and back: the names of the fields are the same at every door. */
import { parseDateText } from './date-text.ts';
import {
  type AnswerSet,
  type Answers,
  type AnswerValue,
  emptyAnswers,
  type FormContext,
  type FormDefinition,
  type Question,
} from './form.ts';
import { answersOf, findQuestion, isAnswered, putAnswers, type Subject, subjectsOf } from './form-asked.ts';
import { isRefusal } from './refusal.ts';

export type FormFields = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Where an answer stands. `all`: the same answer for every correction that has none of its own. */
export type FieldPlace = Subject | { scope: 'correction'; id: number } | { scope: 'all' };

/**
 * The name of a field: `q.received`, `p7.quantity`, `u12.connected`, `c34.status`, `x0.serial`, `s0.name`,
 * `all.status`.
 */
export function fieldName(place: FieldPlace, questionId: string): string {
  switch (place.scope) {
    case 'party':
      return `q.${questionId}`;
    case 'product':
      return `p${place.id}.${questionId}`;
    case 'unit':
      return `u${place.id}.${questionId}`;
    case 'correction':
      return `c${place.id}.${questionId}`;
    case 'extra':
      return `x${place.index}.${questionId}`;
    case 'standalone':
      return `s${place.index}.${questionId}`;
    case 'all':
      return `all.${questionId}`;
  }
}

const FIELD = /^(q|all|[puc][1-9]\d{0,15}|[xs]\d{1,4})\.([a-z][a-z0-9-]{0,59})$/;
const LONGEST = 25_000;

/** Where a field stands and which question it answers; undefined for a name that is none of ours. */
export function readFieldName(name: string): { place: FieldPlace; questionId: string } | undefined {
  const match = FIELD.exec(name);
  const [, where = '', questionId = ''] = match ?? [];
  if (!match) return undefined;
  if (where === 'q') return { place: { scope: 'party' }, questionId };
  if (where === 'all') return { place: { scope: 'all' }, questionId };
  const number = Number(where.slice(1));
  switch (where[0]) {
    case 'p':
      return { place: { scope: 'product', id: number }, questionId };
    case 'u':
      return { place: { scope: 'unit', id: number }, questionId };
    case 'c':
      return { place: { scope: 'correction', id: number }, questionId };
    case 'x':
      return { place: { scope: 'extra', index: number }, questionId };
    default:
      return { place: { scope: 'standalone', index: number }, questionId };
  }
}

/**
 * Reads a sent form. Never throws: names we do not know, ids that are not this party's and questions of another step
 * are left out; an answer that cannot be read stays as typed and checkAnswers says what is wrong with it. Empty rows
 * are dropped and the others move up, so show the form again from {@link toFields}, not from the body.
 * @param step only this step's questions
 */
export function parseFormBody(
  definition: FormDefinition,
  context: FormContext,
  body: FormFields,
  step?: string,
): Answers {
  const sets = new Map<string, AnswerSet>();
  const rows = { extra: new Map<number, AnswerSet>(), standalone: new Map<number, AnswerSet>() };
  for (const [name, raw] of Object.entries(body)) {
    const field = readFieldName(name);
    const question = field && findQuestion(definition, field.questionId);
    if (!field || !question || (step !== undefined && question.step !== step)) continue;
    const { place } = field;
    if (question.scope !== (place.scope === 'all' ? 'correction' : place.scope)) continue;
    const value = readAnswer(question, raw);
    if (!isAnswered(value)) continue;
    if (place.scope === 'extra' || place.scope === 'standalone') setIn(rows[place.scope], place.index, question, value);
    else setIn(sets, fieldName(place, ''), question, value);
  }
  const answers = emptyAnswers();
  for (const scope of ['party', 'product', 'unit', 'correction'] as const) {
    for (const subject of subjectsOf(context, answers, scope)) {
      const set = sets.get(fieldName(subject, ''));
      if (set) putAnswers(answers, subject, set);
    }
  }
  fillFromAll(context, answers, sets.get('all.'));
  for (const scope of ['extra', 'standalone'] as const) {
    // One row more than allowed is kept, so that the check can say there are too many.
    answers[scope] = [...rows[scope]]
      .sort(([a], [b]) => a - b)
      .slice(0, definition.limits[scope] + 1)
      .map(([, set]) => set);
  }
  return answers;
}

function setIn<K>(sets: Map<K, AnswerSet>, key: K, question: Question, value: AnswerValue): void {
  const set = sets.get(key);
  if (set) set[question.id] = value;
  else sets.set(key, { [question.id]: value });
}

/** A laboratory with twenty instruments says once what holds for all; what was said of one row goes first. */
function fillFromAll(context: FormContext, answers: Answers, all: AnswerSet | undefined): void {
  if (!all) return;
  for (const subject of subjectsOf(context, answers, 'correction')) {
    if (Object.keys(answersOf(answers, subject)).length === 0) putAnswers(answers, subject, { ...all });
  }
}

function readAnswer(question: Question, raw: string | readonly string[] | undefined): AnswerValue | undefined {
  const texts = (typeof raw === 'string' ? [raw] : (raw ?? [])).map(cleanText);
  if (question.type === 'choices')
    return [...new Set(texts.map((text) => text.slice(0, 200)).filter((text) => text !== ''))].slice(0, 100);
  // A hidden field and a tick of the same name: the last one counts, as browsers send them in order.
  const text = texts.at(-1) ?? '';
  if (question.type === 'count') return /^\d{1,7}$/.test(text) ? Number(text) : text;
  if (question.type === 'date' && text !== '') {
    const day = parseDateText(text);
    return isRefusal(day) ? text : day;
  }
  return question.type === 'long-text' ? text : text.replace(/\s+/g, ' ');
}

/** Line ends as one sign, no other control characters, no blanks around. */
function cleanText(text: string): string {
  return text
    .slice(0, LONGEST)
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]|\p{Cs}/gu, '')
    .trim();
}

/**
 * Puts one step's page into all answers: this step's questions are answered by the body alone, the others stay.
 * @param before the answers so far, e.g. of the draft
 */
export function applyStep(
  definition: FormDefinition,
  context: FormContext,
  before: Answers,
  body: FormFields,
  step: string,
): Answers {
  const given = parseFormBody(definition, context, body, step);
  const answers = structuredClone(before);
  const ofStep = (questionId: string) => findQuestion(definition, questionId)?.step === step;
  for (const scope of ['party', 'product', 'unit', 'correction'] as const) {
    for (const subject of subjectsOf(context, before, scope)) {
      const kept = Object.entries(answersOf(before, subject)).filter(([questionId]) => !ofStep(questionId));
      putAnswers(answers, subject, { ...Object.fromEntries(kept), ...answersOf(given, subject) });
    }
  }
  // The rows a sender adds stand on one step, as a whole.
  for (const scope of ['extra', 'standalone'] as const) {
    if (definition.questions.some((question) => question.scope === scope && question.step === step)) {
      answers[scope] = given[scope];
    }
  }
  return answers;
}

/** The part of the answers that one step shows. */
export function answersOfStep(
  definition: FormDefinition,
  context: FormContext,
  answers: Answers,
  step: string,
): Answers {
  return parseFormBody(definition, context, toFields(answers), step);
}

/** Answers as field values, for showing the form filled in. */
export function toFields(answers: Answers): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {};
  const put = (place: FieldPlace, set: AnswerSet) => {
    for (const [questionId, value] of Object.entries(set)) {
      fields[fieldName(place, questionId)] = Array.isArray(value) ? [...value] : String(value);
    }
  };
  put({ scope: 'party' }, answers.party);
  for (const [id, set] of Object.entries(answers.products)) put({ scope: 'product', id: Number(id) }, set);
  for (const [id, set] of Object.entries(answers.units)) put({ scope: 'unit', id: Number(id) }, set);
  for (const [id, set] of Object.entries(answers.corrections)) put({ scope: 'correction', id: Number(id) }, set);
  answers.extra.forEach((set, index) => {
    put({ scope: 'extra', index }, set);
  });
  answers.standalone.forEach((set, index) => {
    put({ scope: 'standalone', index }, set);
  });
  return fields;
}
