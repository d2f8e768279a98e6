/** Suspected compromise: first the cable, then the telephone, then a few questions. */
import type { VNode } from 'preact';
import { reportCompromise, reportCompromiseInput } from '../../../app/incidents.ts';
import { loadPartyIncidents, type PartyIncident } from '../../../app/queries/incidents.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { fieldList, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { CheckboxGroup, Form, LinkButton, RadioGroup, SubmitButton, TextArea, TextInput } from '../../ui/field.tsx';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { Icon } from '../../ui/icons.tsx';
import { html } from '../../ui/page.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { Moment } from '../../ui/time.tsx';
import { type Portal, portalPage } from '../gate.tsx';
import { unitLabel } from '../unit-label.ts';
import { unitName } from './examination.tsx';

/** GET /p/:token/incident: what to do now, before any question. */
export const showIncident = portalPage({}, async (portal) => {
  const { c, t, shell, base, facts } = portal;
  const reported = await loadReported(portal);
  const { helpline } = shell;
  return html(
    c,
    <PortalPage shell={{ ...shell, incidentHref: undefined }} title={t('portal.incident.title')} back={{ href: base }}>
      <ol class="ff-emergency">
        <li>
          <Icon name="plug-connected-x" />
          <strong>{t('portal.incident.unplug')}</strong>
          <p>{t('portal.incident.unplug-why')}</p>
        </li>
        <li>
          <Icon name="phone" />
          <strong>{t('portal.incident.call')}</strong>
          {facts.incidentPhone ? (
            <p>
              <a class="ff-phone" dir="ltr" href={`tel:${facts.incidentPhone.replace(/[^+\d]/g, '')}`}>
                {facts.incidentPhone}
              </a>
            </p>
          ) : null}
          {helpline?.email ? (
            <p>
              <a dir="ltr" href={`mailto:${helpline.email}`}>
                {helpline.email}
              </a>
            </p>
          ) : null}
        </li>
        <li>
          <Icon name="message-report" />
          <strong>{t('portal.incident.tell')}</strong>
          <p>{t('portal.incident.tell-why')}</p>
          <LinkButton href={`${base}/incident/report`} tone="primary">
            {t('portal.incident.go')}
          </LinkButton>
        </li>
      </ol>
      <p>{t('portal.incident.patients')}</p>
      <Reported incidents={reported} portal={portal} />
    </PortalPage>,
  );
});

/** GET /p/:token/incident/report */
export const showIncidentReport = portalPage({ units: true }, (portal) =>
  html(
    portal.c,
    <ReportPage
      portal={portal}
      form={freshForm({ name: portal.data.contact.name, phone: portal.data.contact.phone })}
    />,
  ),
);

/** POST /p/:token/incident/report */
export const sendIncidentReport = portalPage({ units: true }, async (portal) => {
  const { c, ctx, data, t } = portal;
  const body = await readForm(c);
  const parsed = reportCompromiseInput.safeParse({
    unitIds: fieldList(body, 'units')
      .filter((value) => value !== 'other')
      .map(Number),
    otherUnit:
      fieldList(body, 'units').includes('other') || data.units.length === 0 ? fieldText(body, 'other') || '?' : '',
    unplugged: fieldText(body, 'unplugged'),
    noticed: fieldText(body, 'noticed'),
    summary: fieldText(body, 'summary'),
    name: fieldText(body, 'name'),
    phone: fieldText(body, 'phone'),
  });
  if (!parsed.success) {
    const errors = errorsFromZod(parsed.error, (path) => (path.startsWith('unitIds') ? 'units' : path)).map(
      ({ field }) => ({
        field,
        message: t(`portal.incident.error.${field}`),
      }),
    );
    return html(c, <ReportPage portal={portal} form={refusedForm(body, errors)} />, 422);
  }
  const done = await reportCompromise(
    ctx,
    { actionId: data.action.id, partyId: data.party.id, contactId: data.contact.id },
    parsed.data,
  );
  if (isRefusal(done)) {
    return html(c, <ReportPage portal={portal} form={refusedForm(body, [refusalError(done, t.language)])} />, 422);
  }
  return seeOther(c, `${portal.base}/incident/thanks`);
});

/** GET /p/:token/incident/thanks: what to keep in mind, and on to the examination. */
export const showIncidentThanks = portalPage({}, async (portal) => {
  const { c, t, shell, base } = portal;
  return html(
    c,
    <PortalPage
      shell={shell}
      title={t('portal.incident.thanks')}
      lede={t('portal.incident.thanks-lede', { manufacturer: shell.manufacturer })}
    >
      <ul>
        <li>{t('portal.incident.keep-unplugged')}</li>
        <li>{t('portal.incident.keep-evidence')}</li>
        <li>{t('portal.incident.authority')}</li>
      </ul>
      <Reported incidents={await loadReported(portal)} portal={portal} />
      <p>
        <LinkButton href={base}>{t('portal.incident.home')}</LinkButton>
      </p>
    </PortalPage>,
  );
});

const loadReported = ({ ctx, data }: Portal): Promise<PartyIncident[]> =>
  loadPartyIncidents(ctx.db, { actionId: data.action.id, partyId: data.party.id });

/** What this party reported in this action, each with the way to its examination. */
function Reported({ incidents, portal }: { incidents: readonly PartyIncident[]; portal: Portal }): VNode | null {
  const { t, base } = portal;
  if (incidents.length === 0) return null;
  return (
    <>
      <h2>{t('portal.exam.yours')}</h2>
      <ul class="ff-exam-list">
        {incidents.map((incident) => (
          <li key={incident.id}>
            <strong>{unitName(incident, t)}</strong>
            <p>
              {t('portal.exam.reported')} <Moment at={incident.aware_at} />. {t(`portal.exam.state.${incident.state}`)}
            </p>
            <LinkButton href={`${base}/incident/${incident.id}`} tone="primary">
              {t('portal.exam.open')}
            </LinkButton>
          </li>
        ))}
      </ul>
    </>
  );
}

function ReportPage({ portal, form }: { portal: Portal; form: FormState }): VNode {
  const { t, shell, data, base } = portal;
  return (
    <PortalPage
      shell={shell}
      title={t('portal.incident.report')}
      lede={t('portal.incident.report-lede')}
      back={{ href: `${base}/incident` }}
      errors={form.errors}
    >
      <Form action={`${base}/incident/report`}>
        {data.units.length > 0 ? (
          <CheckboxGroup
            form={form}
            name="units"
            label={t('portal.incident.units')}
            required
            options={[
              ...data.units.map((unit) => ({ value: String(unit.id), label: unitLabel(unit, t) })),
              { value: 'other', label: t('portal.incident.other-unit') },
            ]}
          />
        ) : null}
        <TextInput
          form={form}
          name="other"
          label={t('portal.incident.other')}
          hint={t('portal.incident.other-hint')}
          maxLength={200}
          identifier
        />
        <RadioGroup
          form={form}
          name="unplugged"
          label={t('portal.incident.unplugged')}
          required
          options={(['yes', 'no'] as const).map((value) => ({ value, label: t(`portal.incident.unplugged.${value}`) }))}
        />
        <TextInput
          form={form}
          name="noticed"
          label={t('portal.incident.noticed')}
          hint={t('portal.incident.noticed-hint')}
          maxLength={200}
        />
        <TextArea
          form={form}
          name="summary"
          label={t('portal.incident.summary')}
          hint={t('portal.incident.summary-hint')}
          rows={5}
          maxLength={5000}
          required
        />
        <TextInput
          form={form}
          name="name"
          label={t('portal.incident.name')}
          maxLength={200}
          autocomplete="name"
          required
        />
        <TextInput
          form={form}
          name="phone"
          type="tel"
          label={t('portal.incident.phone')}
          maxLength={60}
          width={20}
          autocomplete="tel"
          required
        />
        <SubmitButton tone="danger" icon="shield-exclamation">
          {t('portal.incident.send')}
        </SubmitButton>
      </Form>
    </PortalPage>
  );
}
