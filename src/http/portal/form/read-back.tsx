/** Answers read back: every step, unit by unit, in the words of the form. */
import type { VNode } from 'preact';
import type { AnswerSet, Answers, FormContext, FormDefinition, Question } from '../../../domain/form.ts';
import { answersOf, isAnswered, questionsFor, type Subject } from '../../../domain/form-asked.ts';
import { stepKey } from '../../../domain/form-words.ts';
import type { Translate } from '../../translate.ts';
import { formatDay } from '../../ui/figures.ts';
import { StateBadge } from '../../ui/state.tsx';
import { choiceLabel, questionLabel } from './question.tsx';

export type ReadBackProps = {
  definition: FormDefinition;
  context: FormContext;
  answers: Answers;
  steps: readonly string[];
  t: Translate;
  /** Where a step is changed; without, nothing can be. */
  changeHref?: (step: string) => string;
  /** Shows the ledger's state beside each correction. */
  states?: boolean;
};

export function ReadBack(props: ReadBackProps): VNode {
  const { steps, t, changeHref } = props;
  return (
    <>
      {steps.map((step) => {
        const rows = stepRows(props, step);
        return (
          <section key={step} aria-labelledby={`read-${step}`}>
            <div class="ff-read-head">
              <h2 id={`read-${step}`}>{t(stepKey(step))}</h2>
              {changeHref ? (
                <a class="ff-no-print" href={changeHref(step)}>
                  {t('portal.review.change')}
                  <span class="visually-hidden"> {t(stepKey(step))}</span>
                </a>
              ) : null}
            </div>
            {rows.length > 0 ? (
              <dl class="ff-read">
                {rows.map((row) => (
                  <div key={row.key}>
                    <dt>{row.label}</dt>
                    <dd>
                      {row.state ? <StateBadge kind="correction" state={row.state} /> : null}{' '}
                      {row.value === '' ? <span class="ff-muted">{t('portal.review.no-answer')}</span> : row.value}
                    </dd>
                  </div>
                ))}
              </dl>
            ) : (
              <p class="ff-muted">{t('portal.review.nothing')}</p>
            )}
          </section>
        );
      })}
    </>
  );
}

type ReadRow = { key: string; label: string; value: string; state?: string };

function stepRows(props: ReadBackProps, step: string): ReadRow[] {
  const { context, answers, t } = props;
  const ofSubject = (subject: Subject, label: string, key: string, state?: string): ReadRow[] => {
    const value = sentence(props, subject, step);
    return value === undefined ? [] : [{ key, label, value, ...(state ? { state } : {}) }];
  };
  return [
    ...context.units.flatMap((unit) => [
      ...ofSubject({ scope: 'unit', id: unit.id }, `${unit.product} ${unit.serial}`, `u${unit.id}`),
      ...unit.corrections.flatMap((one) =>
        ofSubject(
          { scope: 'correction', id: one.id, unitId: unit.id },
          `${unit.product} ${unit.serial}, ${one.environmentName}`,
          `c${one.id}`,
          props.states ? one.state : undefined,
        ),
      ),
    ]),
    ...context.products.flatMap((product) =>
      ofSubject({ scope: 'product', id: product.id }, product.name, `p${product.id}`),
    ),
    ...(['extra', 'standalone'] as const).flatMap((scope) =>
      answers[scope].flatMap((_, index) =>
        ofSubject({ scope, index }, t(`portal.form.row.${scope}`, { number: index + 1 }), `${scope}${index}`),
      ),
    ),
    ...partyRows(props, step),
  ];
}

/** The party's own questions, a row each: they are few, and each is a sentence of its own. */
function partyRows({ definition, context, answers, t }: ReadBackProps, step: string): ReadRow[] {
  return questionsFor(definition, context, answers, { scope: 'party' }, step).flatMap((question) => {
    const value = answers.party[question.id];
    // A statement that was signed is printed as what it is, not as one more question.
    const signed = question.type === 'tick' && question.mustBe !== undefined && step === definition.steps.at(-1)?.key;
    if (!isAnswered(value) || signed) return [];
    return [
      {
        key: question.id,
        label: questionLabel(question, definition, t),
        value: answerWords(question, value, context, t),
      },
    ];
  });
}

/** All answers about one subject in one line; empty where none was given, undefined where nothing is asked on this step. */
function sentence(
  { definition, context, answers, t }: ReadBackProps,
  subject: Subject,
  step: string,
): string | undefined {
  const questions = questionsFor(definition, context, answers, subject, step);
  if (questions.length === 0) return undefined;
  const given: AnswerSet = answersOf(answers, subject);
  const said = questions.flatMap((question, index) => {
    const value = given[question.id];
    if (!isAnswered(value)) return [];
    const words = answerWords(question, value, context, t);
    // The first answer speaks for itself (*patched*); the others say what they are.
    if (index === 0 && question.type === 'choice') return [words];
    const label = questionLabel(question, definition, t);
    return [/[?？؟]$/.test(label) ? `${label} ${words}` : `${label}: ${words}`];
  });
  return said.join(' · ');
}

/** One answer in words. */
export function answerWords(question: Question, value: AnswerSet[string], context: FormContext, t: Translate): string {
  if (Array.isArray(value)) return value.map((one) => choiceLabel(question, one, context, t)).join(', ');
  const text = String(value);
  if (question.type === 'date') return /^\d{4}-\d{2}-\d{2}$/.test(text) ? formatDay(text, t.language) : text;
  if (question.type === 'tick') return t('form.choice.yes');
  return question.type === 'choice' || question.type === 'yes-no' ? choiceLabel(question, text, context, t) : text;
}
