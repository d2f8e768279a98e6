/** The labels scanned so far, what each of them did, and the units that are still to be found. */
import type { VNode } from 'preact';
import type { LabelRound, ScannedLabel } from '../../../domain/label-round.ts';
import { Form, HiddenInput, LinkButton, SubmitButton } from '../../ui/field.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Identifier, More } from '../../ui/parts.tsx';
import type { PortalForm } from '../form/model.ts';
import type { Portal } from '../gate.tsx';
import { unitLabel } from '../unit-label.ts';
import { rowHref, statusWords } from './answer.tsx';

/** Rows shown at once; the others are counted, and stand in the form. */
const MOST = 100;

export function RoundList({
  portal,
  form,
  round,
}: {
  portal: Portal;
  form: PortalForm;
  round: LabelRound;
}): VNode | null {
  const { t, base } = portal;
  if (round.scanned.length === 0) return null;
  const seen = new Set(round.scanned.map((one) => one.unitId));
  const left = portal.data.units.filter((unit) => !seen.has(unit.id));
  return (
    <section aria-labelledby="scanned-title">
      <h2 id="scanned-title">{t('portal.scan.list', { count: round.scanned.length })}</h2>
      <ol class="ff-scanned" reversed>
        {round.scanned.slice(0, MOST).map((one) => (
          <Row key={one.number} portal={portal} form={form} label={one} />
        ))}
      </ol>
      {left.length === 0 ? (
        <p>{t('portal.scan.left', { count: 0 })}</p>
      ) : (
        <More summary={t('portal.scan.left', { count: left.length })}>
          <ul>
            {left.slice(0, MOST).map((unit) => (
              <li key={unit.id}>
                <a href={rowHref(portal, form, unit.id)}>{unitLabel(unit, t)}</a>
              </li>
            ))}
            {left.length > MOST ? <li>… {left.length - MOST}</li> : null}
          </ul>
        </More>
      )}
      <p class="ff-portal-next">
        <LinkButton href={`${base}/form`} tone="secondary" icon="checklist">
          {t('portal.place.form')}
        </LinkButton>
      </p>
    </section>
  );
}

const looks = {
  listed: { class: 'ff-green', icon: 'circle-check' },
  'not-affected': { class: 'ff-grey', icon: 'info-circle' },
  unknown: { class: 'ff-amber', icon: 'alert-triangle' },
  unreadable: { class: 'ff-amber', icon: 'alert-triangle' },
} as const;

function Row({ portal, form, label }: { portal: Portal; form: PortalForm; label: ScannedLabel }): VNode {
  const look = looks[label.outcome];
  return (
    <li>
      <span class={look.class}>
        <Icon name={look.icon} />
      </span>
      <WhatItIs portal={portal} form={form} label={label} />
      <Undo portal={portal} number={label.number} name={label.name} />
    </li>
  );
}

function WhatItIs({ portal, form, label }: { portal: Portal; form: PortalForm; label: ScannedLabel }): VNode {
  const { t, data } = portal;
  const unit = data.units.find((one) => one.id === label.unitId);
  if (!unit) {
    if (label.outcome === 'unreadable')
      return (
        <span class="ff-scanned-what">
          <Identifier>{label.text}</Identifier>
          <span class="ff-hint">{t('portal.scan.unreadable')}</span>
        </span>
      );
    return (
      <span class="ff-scanned-what">
        {label.outcome === 'not-affected'
          ? t('portal.scan.not-affected', { product: label.name })
          : t('portal.scan.unknown', { text: label.name })}
      </span>
    );
  }
  const said = unit.corrections
    .map((one) => ({ id: one.id, mode: one.environmentName, words: statusWords(portal, form, one.id) }))
    .filter(({ words }) => words !== '');
  return (
    <span class="ff-scanned-what">
      <Identifier>{unit.serial}</Identifier> {unit.product}
      {said.map(({ id, mode, words }) => (
        <span class="ff-hint" key={id}>
          <bdi>{mode}</bdi>: <bdi>{words}</bdi>
        </span>
      ))}
    </span>
  );
}

/** Takes one scan back. */
export function Undo({ portal, number, name }: { portal: Portal; number: number; name: string }): VNode {
  const { t, base } = portal;
  return (
    <Form action={`${base}/scan/undo`}>
      <HiddenInput name="number" value={number} />
      <SubmitButton tone="quiet" small icon="arrow-back-up">
        {t('portal.scan.undo')}
        <span class="visually-hidden"> {name}</span>
      </SubmitButton>
    </Form>
  );
}
