/** What the pages of the form share: what is asked, what was answered so far, in which order the steps come. */
import { formContextOf } from '../../../app/queries/portal.ts';
import { dayOf } from '../../../app/replies.ts';
import {
  type Answers,
  answersSchema,
  emptyAnswers,
  type FormContext,
  type FormDefinition,
} from '../../../domain/form.ts';
import { stepsFor } from '../../../domain/form-asked.ts';
import { type Portal, zoneOf } from '../gate.tsx';

export interface PortalForm {
  definition: FormDefinition;
  context: FormContext;
  /** The draft, else what the party said last, else what we know. */
  answers: Answers;
  /** What a draft starts from. */
  start: Answers;
  steps: string[];
  /** The sender's day, 'YYYY-MM-DD'. */
  today: string;
}

/** Units on one page: enough to see the whole laboratory, few enough for any browser. */
export const UNITS_PER_PAGE = 25;

/** The form of this reader; undefined while the action has none. */
export function portalForm(portal: Portal): PortalForm | undefined {
  const definition = portal.texts.form?.definition;
  if (!definition) return undefined;
  const { data } = portal;
  const draft = answersSchema.safeParse(data.draft?.answers);
  // What a draft says about a patch that the permanent fix has replaced since is still read.
  const context = formContextOf(data, draft.success ? Object.keys(draft.data.corrections) : []);
  const today = dayOf(data.now, zoneOf(data));
  const start = startAnswers(portal, definition, today);
  const answers = draft.success ? draft.data : start;
  return { definition, context, answers, start, steps: stepsFor(definition, context, answers), today };
}

/** What the party has said so far, the latest word on each question, and the reader's own details. */
function startAnswers(portal: Portal, definition: FormDefinition, today: string): Answers {
  const { contact, party, units, replies } = portal.data;
  const answers = emptyAnswers();
  for (const unit of units) {
    if (unit.connected !== null) answers.units[unit.id] = { connected: unit.connected ? 'yes' : 'no' };
  }
  for (const reply of replies) {
    const said = answersSchema.safeParse(reply.answers);
    if (said.success) addAnswers(answers, said.data);
  }
  for (const unit of units)
    for (const one of unit.corrections) if (one.supersededBy !== null) delete answers.corrections[one.id];
  const own: Record<string, string> = {
    name: contact.name,
    'organization-title': contact.title,
    email: contact.email,
    tel: contact.phone,
  };
  for (const question of definition.questions) {
    if (question.scope !== 'party') continue;
    const known = own[question.autocomplete ?? ''];
    if (known) answers.party[question.id] = known;
    if (question.autocomplete === 'organization' && !answers.party[question.id])
      answers.party[question.id] = party.name;
    // A signature is given anew with each form; the day is today's until the sender says otherwise.
    if (question.step === 'sign' && question.type === 'tick') delete answers.party[question.id];
    if (question.id === 'signed-on') answers.party[question.id] = today;
  }
  return answers;
}

/** Later answers go over earlier ones, question by question; rows of one's own are taken as a whole. */
function addAnswers(into: Answers, later: Answers): void {
  Object.assign(into.party, later.party);
  for (const group of ['products', 'units', 'corrections'] as const) {
    for (const [id, set] of Object.entries(later[group])) into[group][id] = { ...into[group][id], ...set };
  }
  // One answer about a correction is one answer: its date must not stay when the status became another.
  for (const [id, set] of Object.entries(later.corrections)) into.corrections[id] = { ...set };
  if (later.extra.length > 0) into.extra = [...later.extra];
  if (later.standalone.length > 0) into.standalone = [...later.standalone];
}

/** The step after this one, or undefined after the last. */
export function stepAfter(form: PortalForm, step: string): string | undefined {
  return form.steps[form.steps.indexOf(step) + 1];
}

/** The step before this one, or undefined before the first. */
export function stepBefore(form: PortalForm, step: string): string | undefined {
  return form.steps[form.steps.indexOf(step) - 1];
}

/** Which page of a step a unit stands on, from 1. */
export function pageOfUnit(form: PortalForm, unitId: number): number {
  const index = form.context.units.findIndex((unit) => unit.id === unitId);
  return Math.floor(Math.max(0, index) / UNITS_PER_PAGE) + 1;
}
