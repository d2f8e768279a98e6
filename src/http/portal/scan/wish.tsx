/** What a scan writes into the form: the form's own questions about one correction, asked once for all labels to come. */
import type { VNode } from 'preact';
import type { AnswerSet, Question } from '../../../domain/form.ts';
import { answersOf, putAnswers, questionsFor, type Subject } from '../../../domain/form-asked.ts';
import { checkAnswers } from '../../../domain/form-check.ts';
import { fieldName, parseFormBody } from '../../../domain/form-fields.ts';
import { errorKey } from '../../../domain/form-words.ts';
import type { LabelWish } from '../../../domain/label-round.ts';
import { type FormBody, fieldList } from '../../context.ts';
import { CheckboxGroup } from '../../ui/field.tsx';
import type { FormErrors, FormState, FormValues } from '../../ui/form.ts';
import { More } from '../../ui/parts.tsx';
import { mayBeAsked } from '../form/conditions.ts';
import type { PortalForm } from '../form/model.ts';
import { QuestionField } from '../form/question.tsx';
import { answerWords } from '../form/read-back.tsx';
import type { Portal } from '../gate.tsx';

/** Where the form asks about corrections; undefined where it does not, or where the reader has none. */
export interface CorrectionPlace {
  step: string;
  /** A correction that stands for all of them. */
  subject: Extract<Subject, { scope: 'correction' }>;
  /** The environments of the reader's corrections. */
  environments: { code: string; name: string }[];
}

export function correctionPlace(form: PortalForm): CorrectionPlace | undefined {
  const step = form.definition.questions.find((question) => question.scope === 'correction')?.step;
  const withRows = form.context.units.filter((unit) => unit.corrections.length > 0);
  // A lot is asked for quantities, too, which differ from label to label: those are typed on its row.
  const unit = withRows.find((one) => one.kind !== 'lot') ?? withRows[0];
  const first = unit?.corrections[0];
  if (step === undefined || !form.steps.includes(step) || !unit || !first) return undefined;
  const names = new Map(
    withRows.flatMap((one) => one.corrections.map((row) => [row.environment, row.environmentName])),
  );
  return {
    step,
    subject: { scope: 'correction', id: first.id, unitId: unit.id },
    environments: [...names].map(([code, name]) => ({ code, name })),
  };
}

const ALL = { scope: 'all' } as const;
const MODES = 'environment';

/** The wish as it was typed, and what is wrong with it. */
export function readWish(
  portal: Portal,
  form: PortalForm,
  place: CorrectionPlace,
  body: FormBody,
): { wish: LabelWish; errors: FormErrors } {
  const { definition, context } = form;
  const { subject, step, environments } = place;
  const typed: FormBody = {};
  for (const { id } of definition.questions) {
    const value = body[fieldName(ALL, id)];
    if (value !== undefined) typed[fieldName(subject, id)] = value;
  }
  const answers = structuredClone(form.answers);
  putAnswers(answers, subject, answersOf(parseFormBody(definition, context, typed, step), subject));
  const given = answersOf(answers, subject);
  const answer: AnswerSet = {};
  for (const { id } of questionsFor(definition, context, answers, subject, step))
    if (given[id] !== undefined) answer[id] = given[id];
  const own = fieldName(subject, '');
  const errors = checkAnswers(definition, context, answers, { today: form.today, step })
    .errors.filter((error) => error.field.startsWith(own) && Object.keys(answer).length > 0)
    .map((error) => ({
      field: fieldName(ALL, error.field.slice(own.length)),
      message: portal.t(errorKey(error.code), error.params),
    }));
  const ticked = fieldList(body, MODES);
  const wished = environments
    .map(({ code }) => code)
    .filter((code) => environments.length === 1 || ticked.includes(code));
  if (wished.length === 0 && Object.keys(answer).length > 0)
    errors.push({ field: MODES, message: portal.t(errorKey('required')) });
  return { wish: { answer, environments: wished }, errors };
}

/** The wish as values of its fields. */
export function wishFields(wish: LabelWish, place: CorrectionPlace): FormValues {
  const fields: Record<string, string | string[]> = {};
  for (const [id, value] of Object.entries(wish.answer))
    fields[fieldName(ALL, id)] = Array.isArray(value) ? [...value] : String(value);
  const known = place.environments.map(({ code }) => code).filter((code) => wish.environments.includes(code));
  fields[MODES] = known.length > 0 ? known : place.environments.map(({ code }) => code);
  return fields;
}

/** The fields of the wish, folded away once it is made. */
export function WishFields({
  portal,
  form,
  place,
  state,
  wish,
}: {
  portal: Portal;
  form: PortalForm;
  place: CorrectionPlace;
  state: FormState;
  wish: LabelWish;
}): VNode {
  const { t } = portal;
  const { definition, context, answers } = form;
  const questions = definition.questions.filter(
    (question) => question.step === place.step && mayBeAsked(definition, context, answers, question, place.subject),
  );
  const said = wishWords(portal, form, questions, wish, place);
  return (
    <More
      open={state.errors.length > 0 || said === ''}
      summary={
        <>
          {t('portal.scan.write')}
          {said === '' ? null : <strong class="ff-wish">{said}</strong>}
        </>
      }
    >
      <div class="ff-set-all ff-about-correction">
        <p class="ff-hint">{t('portal.scan.write-hint')}</p>
        {questions.map((question) => (
          <QuestionField
            key={question.id}
            definition={definition}
            context={context}
            question={question}
            place={ALL}
            form={state}
            t={t}
            today={form.today}
          />
        ))}
        {place.environments.length > 1 ? (
          <CheckboxGroup
            form={state}
            name={MODES}
            label={t('portal.scan.modes')}
            options={place.environments.map(({ code, name }) => ({ value: code, label: name }))}
            inline
          />
        ) : null}
      </div>
    </More>
  );
}

function wishWords(
  { t }: Portal,
  form: PortalForm,
  questions: readonly Question[],
  wish: LabelWish,
  place: CorrectionPlace,
): string {
  const [first] = questions;
  const value = first && wish.answer[first.id];
  if (!first || value === undefined) return '';
  const modes = place.environments.filter(({ code }) => wish.environments.includes(code)).map(({ name }) => name);
  return [answerWords(first, value, form.context, t), modes.join(', ')].join(' · ');
}
