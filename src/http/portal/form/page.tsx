/** The form, one step a page. Every save is a draft; nothing counts before it is sent on the review page. */
import type { ComponentChildren, VNode } from 'preact';
import { answersHash, saveDraft } from '../../../app/reply-drafts.ts';
import { type Answers, answersSchema } from '../../../domain/form.ts';
import { checkAnswers } from '../../../domain/form-check.ts';
import { diffAnswers } from '../../../domain/form-evidence.ts';
import { answersOfStep, applyStep, toFields } from '../../../domain/form-fields.ts';
import { errorKey, stepKey } from '../../../domain/form-words.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type FormBody, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { ButtonRow, Form, HiddenInput, SubmitButton } from '../../ui/field.tsx';
import { formatMoment } from '../../ui/figures.ts';
import { setFlash } from '../../ui/flash.ts';
import type { FormErrors, FormState } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { Alert } from '../../ui/parts.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { type Portal, portalPage, zoneOf } from '../gate.tsx';
import { type PortalForm, portalForm, stepAfter, stepBefore, UNITS_PER_PAGE } from './model.ts';
import { StepQuestions } from './step.tsx';
import { fieldWords } from './words.ts';

const everything = { units: true, answers: true };

/** Where a step stands: its page among several when there are many units, and a blank row asked for. */
interface Place {
  step: string;
  page: number;
  pages: number;
  add: string;
}

/** GET /p/:token/form: where the reader left off. */
export const resumeForm = portalPage(everything, (portal) => {
  const form = portalForm(portal);
  if (!form) return showNoForm(portal);
  const kept = portal.data.draft?.step ?? '';
  return portal.c.redirect(`${portal.base}/form/${form.steps.includes(kept) ? kept : form.steps[0]}`, 303);
});

/** GET /p/:token/form/:step */
export const showStep = portalPage(everything, (portal) => {
  const form = portalForm(portal);
  if (!form) return showNoForm(portal);
  const place = placeOf(portal, form);
  if (!place) return portal.c.redirect(`${portal.base}/form`, 303);
  const seen = answersHash(answersOfStep(form.definition, form.context, form.answers, place.step));
  return html(
    portal.c,
    <StepPage
      portal={portal}
      form={form}
      place={place}
      state={{ values: toFields(form.answers), errors: [] }}
      answers={form.answers}
      seen={seen}
    />,
  );
});

/** POST /p/:token/form/:step */
export const saveStep = portalPage(everything, async (portal) => {
  const { c, ctx, base, t } = portal;
  const form = portalForm(portal);
  if (!form) return showNoForm(portal);
  const place = placeOf(portal, form);
  if (!place) return seeOther(c, `${base}/form`);
  const { definition, context } = form;
  const body = await readForm(c);
  const go = fieldText(body, 'go') || 'next';
  const typed = wholeStep(form, place, withoutRow(body, go));
  const change = (before: Answers): Answers => applyStep(definition, context, before, typed, place.step);
  const saved = await saveDraft(ctx, {
    step: place.step,
    seen: fieldText(body, 'seen'),
    part: (answers) => answersOfStep(definition, context, answers, place.step),
    merge: change,
    start: form.start,
  });
  const answers = isRefusal(saved) ? change(form.answers) : saved.answers;
  const again = (errors: FormErrors, status: 409 | 422, notice?: ComponentChildren): Response => {
    const stored = isRefusal(saved) ? latestAnswers(portal, form) : answers;
    const seen = answersHash(answersOfStep(definition, context, stored, place.step));
    return html(
      c,
      <StepPage
        portal={portal}
        form={form}
        place={place}
        state={{ values: toFields(answers), errors }}
        answers={answers}
        seen={seen}
        notice={notice}
      />,
      status,
    );
  };
  if (isRefusal(saved)) {
    if (saved.code !== 'reply.draft-changed-meanwhile') return again([refusalError(saved, t.language)], 422);
    return again(
      [],
      409,
      <Changed portal={portal} form={form} step={place.step} mine={answers} at={String(saved.params.at)} />,
    );
  }
  if (go === 'later') {
    setFlash(c, { tone: 'done', text: t('portal.form.saved') });
    return seeOther(c, base);
  }
  const errors = errorsOnPage(portal, form, place, answers);
  if (errors.length > 0) return again(errors, 422);
  return seeOther(c, `${base}/${nextPlace(form, place, go)}`);
});

function nextPlace(form: PortalForm, place: Place, go: string): string {
  const [verb, value = ''] = go.split(':');
  const here = `form/${place.step}`;
  if (verb === 'add') return `${here}?add=${value === 'standalone' ? 'standalone' : 'extra'}#${value}`;
  if (verb === 'remove') return here;
  if (verb === 'all') return `${here}?page=${place.page}`;
  if (place.page < place.pages) return `${here}?page=${place.page + 1}`;
  const next = stepAfter(form, place.step);
  return next ? `form/${next}` : 'review';
}

function placeOf(portal: Portal, form: PortalForm): Place | undefined {
  const step = portal.c.req.param('step') ?? '';
  if (!form.steps.includes(step)) return undefined;
  const listsUnits = form.definition.questions.some(
    (question) => question.step === step && (question.scope === 'unit' || question.scope === 'correction'),
  );
  const pages = listsUnits ? Math.max(1, Math.ceil(form.context.units.length / UNITS_PER_PAGE)) : 1;
  const page = Math.min(pages, Math.max(1, Math.floor(Number(portal.c.req.query('page')) || 1)));
  return { step, page, pages, add: portal.c.req.query('add') ?? '' };
}

/** Units of this page of the step. */
export function unitsOn(form: PortalForm, place: Pick<Place, 'page'>): PortalForm['context']['units'] {
  return form.context.units.slice((place.page - 1) * UNITS_PER_PAGE, place.page * UNITS_PER_PAGE);
}

/** Names of fields that stand on this page: the others of the step keep what they have. */
function isOnPage(form: PortalForm, place: Place): (name: string) => boolean {
  if (place.pages === 1) return () => true;
  const units = unitsOn(form, place);
  const ids = new Set(units.map((unit) => `u${unit.id}`));
  for (const unit of units) for (const correction of unit.corrections) ids.add(`c${correction.id}`);
  const last = place.page === place.pages;
  return (name) => {
    const about = name.slice(0, name.indexOf('.'));
    return /^[uc]\d/.test(about)
      ? ids.has(about)
      : about === 'all'
        ? place.page === 1
        : /^p\d/.test(about)
          ? place.page === 1
          : last;
  };
}

/** The step as one body: this page as typed, the step's other pages as they are. */
function wholeStep(form: PortalForm, place: Place, body: FormBody): FormBody {
  const here = isOnPage(form, place);
  const whole: FormBody = {};
  for (const [name, value] of Object.entries(toFields(form.answers))) if (!here(name)) whole[name] = value;
  for (const [name, value] of Object.entries(body)) if (here(name)) whole[name] = value;
  return whole;
}

/** `remove:x1` takes that row out of what was typed. */
function withoutRow(body: FormBody, go: string): FormBody {
  const row = /^remove:([xs]\d{1,4})$/.exec(go)?.[1];
  if (!row) return body;
  return Object.fromEntries(Object.entries(body).filter(([name]) => !name.startsWith(`${row}.`)));
}

function errorsOnPage(portal: Portal, form: PortalForm, place: Place, answers: Answers): FormErrors {
  const here = isOnPage(form, place);
  return checkAnswers(form.definition, form.context, answers, { today: form.today, step: place.step })
    .errors.filter((error) => here(error.field))
    .map((error) => ({ field: error.field, message: portal.t(errorKey(error.code), error.params) }));
}

/** What another window saved, as loaded with this request. */
function latestAnswers(portal: Portal, form: PortalForm): Answers {
  const draft = answersSchema.safeParse(portal.data.draft?.answers);
  return draft.success ? draft.data : form.start;
}

/** Both answers, side by side, before one replaces the other. */
function Changed({
  portal,
  form,
  step,
  mine,
  at,
}: {
  portal: Portal;
  form: PortalForm;
  step: string;
  mine: Answers;
  at: string;
}): VNode {
  const { t } = portal;
  const part = (answers: Answers): Answers => answersOfStep(form.definition, form.context, answers, step);
  const differences = diffAnswers(part(latestAnswers(portal, form)), part(mine)).slice(0, 50);
  const say = (value: string | string[] | undefined): string =>
    value === undefined ? t('portal.form.nothing') : [value].flat().join(', ');
  return (
    <Alert
      tone="attention"
      title={t('portal.form.changed', { at: formatMoment(new Date(at), t.language, zoneOf(portal.data)) })}
    >
      <p>{t('portal.form.changed-what')}</p>
      <ul>
        {differences.map(({ field, before, after }) => (
          <li key={field}>
            {t('portal.form.changed-field', {
              question: fieldWords(form, field, t),
              theirs: say(before),
              yours: say(after),
            })}
          </li>
        ))}
      </ul>
    </Alert>
  );
}

type StepPageProps = {
  portal: Portal;
  form: PortalForm;
  place: Place;
  state: FormState;
  answers: Answers;
  seen: string;
  notice?: ComponentChildren;
};

function StepPage({ portal, form, place, state, answers, seen, notice }: StepPageProps): VNode {
  const { t, base, shell, texts } = portal;
  const before = stepBefore(form, place.step);
  const back =
    place.page > 1 ? `${base}/form/${place.step}?page=${place.page - 1}` : before ? `${base}/form/${before}` : base;
  const query = place.page > 1 ? `?page=${place.page}` : '';
  return (
    <PortalPage
      shell={shell}
      title={t(stepKey(place.step))}
      back={{ href: back }}
      step={{ number: form.steps.indexOf(place.step) + 1, of: form.steps.length }}
      errors={state.errors.map((error) => ({ ...error, message: summaryWords(portal, form, error) }))}
    >
      {/* Which question shows with which answer: made from this form's definition. */}
      <link rel="stylesheet" href={`/portal/forms/${texts.form?.id}.css`} />
      {notice}
      {place.pages > 1 ? (
        <p class="ff-lede">
          {t('portal.form.page', {
            page: place.page,
            pages: place.pages,
            from: (place.page - 1) * UNITS_PER_PAGE + 1,
            to: Math.min(form.context.units.length, place.page * UNITS_PER_PAGE),
            total: form.context.units.length,
          })}
        </p>
      ) : null}
      <Form action={`${base}/form/${place.step}${query}`} class="ff-form">
        <HiddenInput name="seen" value={seen} />
        {/* Enter in a field presses the first button of a form: it must be the one that goes on. */}
        <button type="submit" class="visually-hidden" name="go" value="next" tabIndex={-1} aria-hidden="true" />
        <StepQuestions portal={portal} form={form} place={place} state={state} answers={answers} />
        <ButtonRow>
          <SubmitButton name="go" value="next">
            {t('portal.form.next')}
          </SubmitButton>
          <SubmitButton name="go" value="later" tone="secondary">
            {t('portal.form.later')}
          </SubmitButton>
        </ButtonRow>
      </Form>
    </PortalPage>
  );
}

/** In the summary on top an error says which question it is about; beside the field that is plain to see. */
function summaryWords({ t }: Portal, form: PortalForm, error: FormErrors[number]): string {
  if (error.field === '') return error.message;
  return t('portal.form.error', { question: fieldWords(form, error.field, t), problem: error.message });
}

/** An action whose form is not there yet: say so, and whom to ask. */
export function showNoForm({ c, t, shell, base }: Portal): Response {
  return html(
    c,
    <PortalPage shell={shell} title={t('portal.form.none')} back={{ href: base }}>
      <p>{t('portal.form.none-why')}</p>
    </PortalPage>,
    404,
  );
}
