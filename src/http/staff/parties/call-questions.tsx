/** The questions of an action's form as somebody asks them on the telephone: both languages, nothing required. */
import type { ComponentChildren, VNode } from 'preact';
import type { Answers, FormContext, FormDefinition, FormUnit } from '../../../domain/form.ts';
import { type Subject, stepsFor } from '../../../domain/form-asked.ts';
import { type FieldPlace, parseFormBody } from '../../../domain/form-fields.ts';
import { stepKey } from '../../../domain/form-words.ts';
import { mayBeAsked } from '../../portal/form/conditions.ts';
import { QuestionField } from '../../portal/form/question.tsx';
import { type Translate, translator } from '../../translate.ts';
import { formatCount } from '../../ui/figures.ts';
import type { FormState } from '../../ui/form.ts';
import { Alert, Card, Identifier, More } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';

/** More than this nobody reads out on the telephone; the one answer for all covers the others. */
const UNITS_SHOWN = 40;
/** Speaks both languages at once: the caller reads out the one and understands the other. */
function bilingual(own: Translate): Translate {
  const english = translator('en');
  if (own.language === 'en') return english;
  const speak: Translate = Object.assign(
    (key: string, params?: Parameters<Translate>[1]) => {
      const [theirs, ours] = [own(key, params), english(key, params)];
      return theirs === ours ? theirs : `${theirs} / ${ours}`;
    },
    { language: own.language, direction: own.direction },
  );
  return speak;
}

export type CallQuestionsProps = {
  /** The contact's language. */
  own: Translate;
  /** 'YYYY-MM-DD'. */
  today: string;
  definition: FormDefinition;
  context: FormContext;
  state: FormState;
};

/** The questions of the form, step by step. What is typed on the telephone is not signed by the party: the sign step is left out. */
export function CallQuestions(props: CallQuestionsProps): VNode {
  const { definition, context, own } = props;
  const t = bilingual(own);
  const answers = answersOfState(props);
  const steps = stepsFor(definition, context, answers).filter((step) => step !== 'sign');
  const asked = (step: string, scope: string) =>
    definition.questions.some((question) => question.step === step && question.scope === scope);
  const ask = (step: string, subject: Subject, as?: FieldPlace) => (
    <Questions {...props} t={t} step={step} subject={subject} answers={answers} {...(as ? { as } : {})} />
  );
  const first = context.units.find((unit) => unit.corrections.length > 0);
  const shown = context.units.slice(0, UNITS_SHOWN);
  return (
    <>
      {steps.map((step) => (
        <Card key={step} title={t(stepKey(step))}>
          {ask(step, { scope: 'party' })}
          {asked(step, 'correction') && context.units.length > 1 && first?.corrections[0] ? (
            <fieldset class="ff-unit-form ff-about-correction">
              <legend>
                <h3>{`For all ${formatCount(context.units.length)} units, where nothing else is said below`}</h3>
              </legend>
              {ask(step, { scope: 'correction', id: first.corrections[0].id, unitId: first.id }, { scope: 'all' })}
            </fieldset>
          ) : null}
          {asked(step, 'unit') || asked(step, 'correction')
            ? shown.map((unit) => (
                <UnitQuestions key={unit.id} unit={unit}>
                  {asked(step, 'unit') ? ask(step, { scope: 'unit', id: unit.id }) : null}
                  {asked(step, 'correction')
                    ? unit.corrections.map((correction) => (
                        <fieldset class="ff-mode ff-about-correction" key={correction.id}>
                          <legend>
                            <span class="ff-mode-name">
                              {correction.environmentName} <StateBadge kind="correction" state={correction.state} />
                            </span>
                          </legend>
                          {ask(step, { scope: 'correction', id: correction.id, unitId: unit.id })}
                        </fieldset>
                      ))
                    : null}
                </UnitQuestions>
              ))
            : null}
          {(asked(step, 'unit') || asked(step, 'correction')) && context.units.length > shown.length ? (
            <Alert tone="note">{`${formatCount(context.units.length - shown.length)} more units are answered by the answer for all. Ask for the form to be filled in on the web if they differ.`}</Alert>
          ) : null}
          {asked(step, 'extra') ? (
            <More summary={t('portal.form.rows.extra')} open={answers.extra.some((row) => Object.keys(row).length > 0)}>
              <div class="ff-about-extra">{ask(step, { scope: 'extra', index: 0 })}</div>
            </More>
          ) : null}
          {asked(step, 'standalone') ? (
            <More
              summary={t('portal.form.rows.standalone')}
              open={answers.standalone.some((row) => Object.keys(row).length > 0)}
            >
              <div class="ff-about-standalone">{ask(step, { scope: 'standalone', index: 0 })}</div>
            </More>
          ) : null}
        </Card>
      ))}
    </>
  );
}

function UnitQuestions({ unit, children }: { unit: FormUnit; children: ComponentChildren }): VNode {
  return (
    <fieldset class="ff-unit-form ff-about-unit">
      <legend>
        <h3>
          {unit.product} <Identifier>{unit.serial}</Identifier>
        </h3>
      </legend>
      {children}
    </fieldset>
  );
}

/** The answers typed so far, with one blank row each for what is not on the list. */
function answersOfState({ definition, context, state }: CallQuestionsProps): Answers {
  const answers = parseFormBody(definition, context, state.values);
  return {
    ...answers,
    extra: answers.extra.length > 0 ? answers.extra : [{}],
    standalone: answers.standalone.length > 0 ? answers.standalone : [{}],
  };
}

type QuestionsProps = CallQuestionsProps & {
  t: Translate;
  step: string;
  subject: Subject;
  answers: Answers;
  as?: FieldPlace;
};

function Questions({ definition, context, today, state, t, step, subject, answers, as }: QuestionsProps): VNode {
  return (
    <>
      {definition.questions
        .filter((question) => question.step === step && mayBeAsked(definition, context, answers, question, subject))
        .map((question) => (
          <QuestionField
            key={question.id}
            definition={definition}
            context={context}
            // On the telephone nothing has to be answered: what was not said stays unsaid.
            question={{ ...question, required: undefined }}
            place={as ?? subject}
            form={state}
            t={t}
            today={today}
          />
        ))}
    </>
  );
}
