/** What a label means, and what the form says about its unit by now. */
import type { ComponentChildren, VNode } from 'preact';
import type { BarcodeAnswer } from '../../../app/barcodes.ts';
import type { PortalUnit } from '../../../app/queries/portal.ts';
import { isRefusal, type Refusal } from '../../../domain/refusal.ts';
import { LinkButton } from '../../ui/field.tsx';
import { Alert } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { type PortalForm, pageOfUnit } from '../form/model.ts';
import { answerWords } from '../form/read-back.tsx';
import type { Portal } from '../gate.tsx';
import { unitLabel } from '../unit-label.ts';

export type LabelAnswerProps = {
  portal: Portal;
  form: PortalForm | undefined;
  /** As scanned. */
  text: string;
  answer: BarcodeAnswer | Refusal;
  /** The button that takes the scan back. */
  undo?: ComponentChildren;
};

export function LabelAnswer(props: LabelAnswerProps): VNode {
  const { portal, answer } = props;
  const { t, data } = portal;
  if (isRefusal(answer))
    return (
      <Alert tone="attention">
        <p>{t('portal.scan.unreadable')}</p>
        {props.undo}
      </Alert>
    );
  if (answer.outcome === 'listed') {
    const ids = new Set(answer.units.map((unit) => unit.id));
    return (
      <>
        {data.units
          .filter((unit) => ids.has(unit.id))
          .map((unit) => (
            <Listed key={unit.id} unit={unit} {...props} />
          ))}
      </>
    );
  }
  if (answer.outcome === 'not-affected')
    return (
      <Alert tone="done">
        <p>{t('portal.scan.not-affected', { product: productOf(answer, props.text) })}</p>
        {props.undo}
      </Alert>
    );
  return <Unknown {...props} answer={answer} />;
}

function productOf(answer: BarcodeAnswer, text: string): string {
  return answer.units[0]?.product ?? answer.product?.name ?? (answer.number || text);
}

function Unknown({ portal, answer, text, undo }: LabelAnswerProps & { answer: BarcodeAnswer }): VNode {
  const { t, base } = portal;
  return (
    <Alert tone="attention">
      <p>
        <strong>{t('portal.scan.unknown', { text: answer.number || text })}</strong>
      </p>
      <p>
        {answer.product
          ? t('portal.scan.unknown-affected', { product: answer.product.name })
          : t('portal.scan.unknown-next')}
      </p>
      <p>
        <LinkButton href={`${base}/form/others?add=extra#extra`} icon="plus">
          {t('portal.scan.tell')}
        </LinkButton>
      </p>
      {undo}
    </Alert>
  );
}

function Listed({ unit, portal, form, undo }: LabelAnswerProps & { unit: PortalUnit }): VNode {
  const { t } = portal;
  const said = unit.corrections.map((one) => (form ? statusWords(portal, form, one.id) : ''));
  const written = said.some((words) => words !== '');
  return (
    <Alert tone={written ? 'done' : 'note'}>
      <p>
        <strong>{t('portal.scan.listed', { unit: unitLabel(unit, t) })}</strong>
      </p>
      <ul class="ff-unit-states">
        {unit.corrections.map((one, index) => (
          <li key={one.id}>
            <span>
              {one.environmentName}: {one.remedy}
              {said[index] ? <span class="ff-hint">{t('portal.scan.written', { answer: said[index] })}</span> : null}
            </span>
            <StateBadge kind="correction" state={one.state} />
          </li>
        ))}
      </ul>
      <p>
        <LinkButton href={rowHref(portal, form, unit.id)} tone={written ? 'secondary' : 'primary'} icon="checklist">
          {t('portal.scan.report')}
        </LinkButton>
      </p>
      {undo}
    </Alert>
  );
}

/** Where the form asks about a unit. */
export function rowHref({ base }: Portal, form: PortalForm | undefined, unitId: number): string {
  const page = form ? pageOfUnit(form, unitId) : 1;
  return `${base}/form/corrections${page > 1 ? `?page=${page}` : ''}#unit-${unitId}`;
}

/** What the form says about a correction by now, in a word; '' for nothing. */
export function statusWords({ t }: Portal, form: PortalForm, correctionId: number): string {
  const question = form.definition.questions.find((one) => one.scope === 'correction' && one.type === 'choice');
  const value = question && form.answers.corrections[correctionId]?.[question.id];
  return question && value !== undefined ? answerWords(question, value, form.context, t) : '';
}
