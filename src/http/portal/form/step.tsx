/** The questions of one step, in the order of the form: the party's, then product by product and unit by unit, then rows of one's own. */
import type { ComponentChildren, VNode } from 'preact';
import type { Answers, FormScope, FormUnit, Question } from '../../../domain/form.ts';
import type { Subject } from '../../../domain/form-asked.ts';
import type { FieldPlace } from '../../../domain/form-fields.ts';
import { wordParams } from '../../../domain/form-words.ts';
import { LinkButton, SubmitButton } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Alert, Identifier } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import type { Portal } from '../gate.tsx';
import { byProduct } from '../units/page.tsx';
import { mayBeAsked } from './conditions.ts';
import { type PortalForm, UNITS_PER_PAGE } from './model.ts';
import { QuestionField } from './question.tsx';

export type StepProps = {
  portal: Portal;
  form: PortalForm;
  place: { step: string; page: number; pages: number; add: string };
  state: FormState;
  answers: Answers;
};

/** A customer with more units than this gets one answer for all of them offered first. */
const ALL_AT_ONCE = 2;

export function StepQuestions(props: StepProps): VNode {
  const { form, place } = props;
  const asked = (scope: FormScope): boolean =>
    form.definition.questions.some((question) => question.step === place.step && question.scope === scope);
  const last = place.page === place.pages;
  const units = asked('unit') || asked('correction');
  return (
    <>
      {asked('correction') && form.context.units.length > 0 ? (
        <p>
          <LinkButton href={`${props.portal.base}/scan`} tone="quiet" icon="search">
            {props.portal.t('portal.place.scan')}
          </LinkButton>
        </p>
      ) : null}
      {place.page === 1 && asked('correction') && form.context.units.length > ALL_AT_ONCE ? (
        <AllAtOnce {...props} />
      ) : null}
      {place.page === 1 && asked('correction') ? <AskedFix {...props} /> : null}
      {units ? <Units {...props} /> : null}
      {place.page === 1 && asked('product') ? <Products {...props} /> : null}
      {asked('extra') ? <Rows {...props} scope="extra" /> : null}
      {asked('standalone') ? <Rows {...props} scope="standalone" /> : null}
      {last ? <Questions {...props} subject={{ scope: 'party' }} /> : null}
    </>
  );
}

/** Where a permanent fix is asked about, that is said first: whoever has only the interim patch would answer for that. */
function AskedFix({ form, portal }: StepProps): VNode | null {
  const fixes = form.context.units.flatMap((unit) =>
    unit.corrections.filter((one) => one.remedyKind === 'permanent-fix').map((one) => one.remedy),
  );
  const [remedy] = fixes;
  return remedy === undefined ? null : (
    <Alert tone="note">
      <p>{portal.t('portal.fix.asked', { remedy })}</p>
    </Alert>
  );
}

/** The questions about one subject. */
function Questions({
  subject,
  about,
  as,
  ...props
}: StepProps & { subject: Subject; about?: string; as?: FieldPlace }): VNode {
  const { form, place, state, answers, portal } = props;
  const questions = form.definition.questions.filter(
    (question: Question) =>
      question.step === place.step && mayBeAsked(form.definition, form.context, answers, question, subject),
  );
  return (
    <>
      {questions.map((question) => (
        <QuestionField
          key={question.id}
          definition={form.definition}
          context={form.context}
          question={question}
          place={as ?? subject}
          form={state}
          t={portal.t}
          today={form.today}
          {...(about ? { about } : {})}
        />
      ))}
    </>
  );
}

/** One answer for every row that has none of its own: typed once, then each row can still be changed. */
function AllAtOnce(props: StepProps): VNode | null {
  const { form, portal } = props;
  const first = form.context.units.find((unit) => unit.corrections.length > 0);
  const correction = first?.corrections[0];
  if (!first || !correction) return null;
  const count = form.context.units.reduce((sum, unit) => sum + unit.corrections.length, 0);
  return (
    <fieldset class="ff-set-all ff-about-correction">
      <legend class="visually-hidden">{portal.t('portal.form.all')}</legend>
      <h2>{portal.t('portal.form.all')}</h2>
      <p class="ff-hint">{portal.t('portal.form.all-hint', { count })}</p>
      <Questions
        {...props}
        subject={{ scope: 'correction', id: correction.id, unitId: first.id }}
        as={{ scope: 'all' }}
      />
      <SubmitButton name="go" value="all" tone="secondary" icon="copy">
        {portal.t('portal.form.all-apply')}
      </SubmitButton>
    </fieldset>
  );
}

function Products(props: StepProps): VNode {
  const { form, portal } = props;
  const owned = form.context.products.filter((product) =>
    form.context.units.some((unit) => unit.productId === product.id),
  );
  return (
    <section>
      <h2>{portal.t('portal.form.counts')}</h2>
      {(owned.length > 0 ? owned : form.context.products).map((product) => (
        <div class="ff-about-product" key={product.id}>
          <h3>{product.name}</h3>
          <Questions {...props} subject={{ scope: 'product', id: product.id }} about={product.name} />
        </div>
      ))}
    </section>
  );
}

function Units(props: StepProps): VNode {
  const { form, place, portal } = props;
  const units = form.context.units.slice((place.page - 1) * UNITS_PER_PAGE, place.page * UNITS_PER_PAGE);
  if (form.context.units.length === 0) return <p>{portal.t('portal.form.no-units')}</p>;
  return (
    <>
      {byProduct(units).map(([product, group]) => (
        <section class="ff-group" key={product}>
          <h2>{product}</h2>
          {group.map((unit) => (
            <UnitQuestions key={unit.id} {...props} unit={unit} />
          ))}
        </section>
      ))}
    </>
  );
}

function UnitQuestions({ unit, ...props }: StepProps & { unit: FormUnit }): VNode {
  const { t } = props.portal;
  const kind = t(`portal.unit.kind.${unit.kind}`);
  const site = props.portal.data.units.find((one) => one.id === unit.id)?.site;
  const modes = props.form.definition.questions.some(
    (question) => question.step === props.place.step && question.scope === 'correction',
  );
  return (
    <fieldset class="ff-unit-form ff-about-unit" id={`unit-${unit.id}`}>
      <legend>
        <h3>
          {kind} <Identifier>{unit.serial}</Identifier>
        </h3>
      </legend>
      {site ? <p class="ff-hint">{site}</p> : null}
      <Questions {...props} subject={{ scope: 'unit', id: unit.id }} about={unit.serial} />
      {modes
        ? unit.corrections.map((correction) => (
            <fieldset class="ff-mode ff-about-correction" key={correction.id}>
              <legend>
                <span class="visually-hidden">{unit.serial}: </span>
                <span class="ff-mode-name">
                  {correction.environmentName}
                  <span class="ff-hint">
                    {correction.remedyKind === 'permanent-fix' ? `${t('portal.fix.permanent')}: ` : ''}
                    {correction.remedy}
                  </span>
                  {correction.state === 'open' ? null : <StateBadge kind="correction" state={correction.state} />}
                </span>
              </legend>
              <Questions
                {...props}
                subject={{ scope: 'correction', id: correction.id, unitId: unit.id }}
                about={`${unit.serial}, ${correction.environmentName}`}
              />
            </fieldset>
          ))
        : null}
    </fieldset>
  );
}

/** Rows the sender adds: units we did not know of, standalone instances. One blank row waits when it was asked for. */
function Rows({ scope, ...props }: StepProps & { scope: 'extra' | 'standalone' }): VNode {
  const { answers, form, place, portal } = props;
  const { t } = portal;
  const rows = answers[scope].length;
  const blank = place.add === scope && rows < form.definition.limits[scope] ? 1 : 0;
  const prefix = scope === 'extra' ? 'x' : 's';
  const list: ComponentChildren[] = Array.from({ length: rows + blank }, (_, index) => (
    <fieldset class={`ff-unit-form ff-about-${scope}`} key={index}>
      <legend>
        <h3>{t(`portal.form.row.${scope}`, { number: index + 1 })}</h3>
      </legend>
      <Questions {...props} answers={withRow(answers, scope, index)} subject={{ scope, index }} />
      <p>
        <SubmitButton name="go" value={`remove:${prefix}${index}`} tone="quiet" icon="trash" small>
          {t('portal.form.remove')}
          <span class="visually-hidden"> {t(`portal.form.row.${scope}`, { number: index + 1 })}</span>
        </SubmitButton>
      </p>
    </fieldset>
  ));
  const adder = (
    <p>
      <SubmitButton name="go" value={`add:${scope}`} tone="secondary" icon="plus">
        {t(`portal.form.add.${scope}`)}
      </SubmitButton>
    </p>
  );
  return (
    <section id={scope} aria-labelledby={`${scope}-title`}>
      <h2 id={`${scope}-title`}>{t(`portal.form.rows.${scope}`)}</h2>
      <p class="ff-hint">{t(`portal.form.rows.${scope}.hint`, wordParams(form.definition))}</p>
      {list}
      {adder}
    </section>
  );
}

/** The answers with one more, empty row: what a blank row is asked. */
function withRow(answers: Answers, scope: 'extra' | 'standalone', index: number): Answers {
  if (index < answers[scope].length) return answers;
  return { ...answers, [scope]: [...answers[scope], {}] };
}
