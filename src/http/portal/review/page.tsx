/** Everything read back before it is sent, with what contradicts itself first. */
import type { VNode } from 'preact';
import { contradictionKey, sendReply } from '../../../app/replies.ts';
import { answersHash } from '../../../app/reply-drafts.ts';
import { pruneAnswers } from '../../../domain/form-asked.ts';
import { checkAnswers, type FormCheck } from '../../../domain/form-check.ts';
import type { Contradiction } from '../../../domain/form-contradictions.ts';
import { readFieldName } from '../../../domain/form-fields.ts';
import { contradictionKey as contradictionText, errorKey } from '../../../domain/form-words.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { fieldList, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { ButtonRow, Form, HiddenInput, SubmitButton } from '../../ui/field.tsx';
import { formatDay } from '../../ui/figures.ts';
import { type FormErrors, fieldId } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { Alert } from '../../ui/parts.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { type PortalForm, pageOfUnit, portalForm } from '../form/model.ts';
import { showNoForm } from '../form/page.tsx';
import { questionLabel } from '../form/question.tsx';
import { ReadBack } from '../form/read-back.tsx';
import { fieldWords } from '../form/words.ts';
import { type Portal, portalPage } from '../gate.tsx';

const everything = { units: true, answers: true };

/** GET /p/:token/review */
export const showReview = portalPage(everything, (portal) => {
  const form = portalForm(portal);
  return form ? html(portal.c, <ReviewPage portal={portal} form={form} errors={[]} ticked={[]} />) : showNoForm(portal);
});

/** POST /p/:token/review: sends what was read back. */
export const sendReview = portalPage(everything, async (portal) => {
  const { c, ctx, t, base } = portal;
  const form = portalForm(portal);
  if (!form) return showNoForm(portal);
  const body = await readForm(c);
  const answers = pruneAnswers(form.definition, form.context, form.answers);
  const sendAnyhow = fieldList(body, 'anyhow');
  const done = await sendReply(ctx, {
    answers,
    language: t.language,
    meaning: { key: 'form.question.statement', text: meaningOf(form, t) },
    sendAnyhow,
    seen: fieldText(body, 'seen'),
    onceKey: fieldText(body, 'once').slice(0, 100),
  });
  if (!isRefusal(done)) return seeOther(c, `${base}/sent`);
  const errors = done.code === 'reply.incomplete' ? [] : [refusalError({ ...done, at: '' }, t.language)];
  if (done.code === 'reply.contradictions') {
    const check = checkAnswers(form.definition, form.context, answers, { today: form.today });
    const unseen = check.contradictions.find((one) => !sendAnyhow.includes(contradictionKey(one)));
    for (const error of errors) error.field = unseen ? anyhowName(unseen) : '';
  }
  return html(
    c,
    <ReviewPage portal={portal} form={form} errors={errors} ticked={sendAnyhow} />,
    done.code === 'reply.changed-meanwhile' ? 409 : 422,
  );
});

/** What the signature means: the statements of the sign step, as the signer read them. */
function meaningOf(form: PortalForm, t: Portal['t']): string {
  return form.definition.questions
    .filter((question) => question.step === 'sign' && question.type === 'tick' && question.mustBe !== undefined)
    .map((question) => questionLabel(question, form.definition, t))
    .join(' ');
}

/** Field names of the ticks differ, so that an error can point at one; all send the same name. */
function anyhowName(contradiction: Contradiction): string {
  return `anyhow-${contradictionKey(contradiction)}`;
}

function ReviewPage({
  portal,
  form,
  errors,
  ticked,
}: {
  portal: Portal;
  form: PortalForm;
  errors: FormErrors;
  ticked: readonly string[];
}): VNode {
  const { t, shell, base, data } = portal;
  const { definition, context } = form;
  const answers = pruneAnswers(definition, context, form.answers);
  const check = checkAnswers(definition, context, answers, { today: form.today });
  const href = (field: string): string => hrefOf(portal, form, field);
  const seen = answersHash(answers);
  const once = `${seen.slice(0, 40)}-${data.draft ? Date.parse(data.draft.savedAt) : 0}`;
  return (
    <PortalPage
      shell={shell}
      title={t('portal.review.title')}
      lede={t('portal.review.lede')}
      back={{ href: `${base}/form/${form.steps.at(-1)}` }}
      errors={errors}
    >
      <Unanswered portal={portal} form={form} check={check} href={href} />
      <Form action={`${base}/review`}>
        {check.contradictions.length > 0 ? (
          <section aria-labelledby="clashes">
            <h2 id="clashes">{t('portal.review.clashes')}</h2>
            {check.contradictions.map((one) => (
              <div class="ff-clash" key={contradictionKey(one)}>
                <p>{contradictionWords(one, t)}</p>
                <p>
                  <a href={href(one.field)}>{t('portal.review.mend')}</a>
                </p>
                <Anyhow one={one} ticked={ticked} errors={errors} t={t} />
              </div>
            ))}
          </section>
        ) : null}
        <ReadBack
          definition={definition}
          context={context}
          answers={answers}
          steps={form.steps}
          t={t}
          changeHref={(step) => `${base}/form/${step}`}
        />
        {check.errors.length === 0 ? (
          <>
            <p class="ff-statement">{meaningOf(form, t)}</p>
            <p>
              {t('portal.review.signs', { name: String(answers.party['signer-name'] ?? ''), party: data.party.name })}
            </p>
            <HiddenInput name="seen" value={seen} />
            <HiddenInput name="once" value={once} />
            <ButtonRow>
              <SubmitButton icon="send">{t('portal.review.send')}</SubmitButton>
            </ButtonRow>
          </>
        ) : null}
      </Form>
    </PortalPage>
  );
}

function Anyhow({
  one,
  ticked,
  errors,
  t,
}: {
  one: Contradiction;
  ticked: readonly string[];
  errors: FormErrors;
  t: Portal['t'];
}): VNode {
  const name = anyhowName(one);
  const error = errors.find((candidate) => candidate.field === name);
  const id = fieldId(name);
  return (
    <div class={error ? 'ff-field ff-field-wrong' : 'ff-field'}>
      {error ? (
        <p class="ff-error" id={`${id}-error`}>
          {error.message}
        </p>
      ) : null}
      <div class="ff-choice">
        <input
          class="form-check-input"
          type="checkbox"
          id={id}
          name="anyhow"
          value={contradictionKey(one)}
          checked={ticked.includes(contradictionKey(one))}
          aria-describedby={error ? `${id}-error` : undefined}
        />
        <label for={id}>{t('portal.review.anyhow')}</label>
      </div>
    </div>
  );
}

/** What must still be answered, and what may follow later. */
function Unanswered({
  portal,
  form,
  check,
  href,
}: {
  portal: Portal;
  form: PortalForm;
  check: FormCheck;
  href: (field: string) => string;
}): VNode {
  const { t } = portal;
  const must = check.errors;
  const later = check.missing.filter((field) => !must.some((error) => error.field === field));
  return (
    <>
      {must.length > 0 ? (
        <Alert tone="attention" title={t('portal.review.must', { count: must.length })}>
          <ul>
            {must.slice(0, 40).map((error) => (
              <li key={error.field}>
                <a href={href(error.field)}>{fieldWords(form, error.field, t)}</a>:{' '}
                {t(errorKey(error.code), error.params)}
              </li>
            ))}
          </ul>
        </Alert>
      ) : null}
      {later.length > 0 ? (
        <Alert tone="note" title={t('portal.review.later', { count: later.length })}>
          <p>{t('portal.review.later-hint')}</p>
          <ul>
            {later.slice(0, 10).map((field) => (
              <li key={field}>
                <a href={href(field)}>{fieldWords(form, field, t)}</a>
              </li>
            ))}
          </ul>
          {later.length > 10 ? <p>{t('portal.review.later-more', { count: later.length - 10 })}</p> : null}
        </Alert>
      ) : null}
    </>
  );
}

/** The page and the field where an answer is changed. */
function hrefOf({ base }: Portal, form: PortalForm, field: string): string {
  const parsed = readFieldName(field);
  const question = form.definition.questions.find((one) => one.id === parsed?.questionId);
  if (!parsed || !question) return `${base}/form`;
  const { place } = parsed;
  const unit =
    place.scope === 'unit'
      ? place.id
      : place.scope === 'correction'
        ? form.context.units.find((one) => one.corrections.some((correction) => correction.id === place.id))?.id
        : undefined;
  const page = unit === undefined ? 1 : pageOfUnit(form, unit);
  return `${base}/form/${question.step}${page > 1 ? `?page=${page}` : ''}#${fieldId(field)}`;
}

/** Dates inside a contradiction are written as the reader's language writes them. */
function contradictionWords(one: Contradiction, t: Portal['t']): string {
  const params = Object.fromEntries(
    Object.entries(one.params).map(([name, value]) => [
      name,
      typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? formatDay(value, t.language) : value,
    ]),
  );
  return t(contradictionText(one.code), params);
}
