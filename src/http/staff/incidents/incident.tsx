import type { VNode } from 'preact';
import { loadGuide } from '../../../app/examination-guides.ts';
import { type IncidentPage, loadIncident } from '../../../app/queries/incidents.ts';
import { askSteps, type IncidentState, incidentMoves } from '../../../domain/examination.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, idParam } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import { translator } from '../../translate.ts';
import { Checkbox, RadioGroup } from '../../ui/choice.tsx';
import { Form, Select, SubmitButton, TextArea } from '../../ui/field.tsx';
import { type FormState, freshForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Columns, Identifier, KeyValue } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { Moment, Timeline } from '../../ui/time.tsx';
import { shellOf } from '../shell.ts';
import { TelephoneLink } from '../tasks/mend-call.tsx';
import { EvidenceCard } from './evidence-card.tsx';
import { ExaminationCard } from './examination-card.tsx';
import { incidentTimeline } from './timeline.tsx';

/** Finds the incident of the path, or answers that it is not there. */
export async function withIncident(c: C, page: (incident: IncidentPage) => Promise<Response>): Promise<Response> {
  const id = idParam(c, 'id');
  const incident = id === undefined ? undefined : await loadIncident(c.get('ctx').db, id);
  return incident ? page(incident) : answerRefusal(c, refuse('incident.unknown'), '/incidents');
}

/** Which form of the page was refused, with what was typed. */
export type IncidentForms = Partial<Record<'move' | 'note' | 'steps' | 'file', FormState>>;

/** GET /incidents/:id */
export function showIncident(c: C): Promise<Response> {
  return withIncident(c, (incident) => incidentPage(c, incident, {}));
}

/** The page, or the page again with what is wrong. */
export async function incidentPage(c: C, incident: IncidentPage, forms: IncidentForms): Promise<Response> {
  const { db } = c.get('ctx');
  const steps = askSteps(await loadGuide(db, incident.action_id), 'en', translator('en'));
  const staff = await db
    .selectFrom('staff')
    .select(['id', 'name'])
    .where('disabled_at', 'is', null)
    .orderBy('name')
    .limit(200)
    .execute();
  const errors = Object.values(forms).flatMap((form) => form.errors);
  const open = incident.state !== 'closed';
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title={`Incident ${incident.id}`}
      lede={
        <>
          {incident.serial ? (
            <a href={`/units/${incident.unit_id}`}>{incident.serial}</a>
          ) : (
            'A unit that is not on the list'
          )}
          {incident.party ? (
            <>
              {' at '}
              <a href={`/parties/${incident.party_id}`}>{incident.party}</a>
            </>
          ) : null}
        </>
      }
      crumbs={[{ href: '/incidents', label: 'Incidents' }]}
      state={<StateBadge kind="incident" state={incident.state} />}
      errors={errors}
    >
      <Connected incident={incident} />
      <Columns weight="main-side">
        <div>
          <Card title="What was seen">
            <blockquote class="ff-signature">{incident.summary}</blockquote>
          </Card>
          <ExaminationCard incident={incident} steps={steps} form={forms.steps} />
          <EvidenceCard incident={incident} form={open ? (forms.file ?? freshForm()) : undefined} />
          <Card title="What has happened" id="timeline">
            {open ? <NoteForm incident={incident} form={forms.note ?? freshForm({ kind: 'call' })} /> : null}
            <Timeline entries={incidentTimeline(incident)} empty="Nothing yet." />
          </Card>
        </div>
        <div>
          <About incident={incident} />
          <Card title="Owner">
            <Form action={`/incidents/${incident.id}/owner`}>
              <Select
                form={freshForm({ staffId: incident.owner_id ?? '' })}
                name="staffId"
                label="Whose it is"
                placeholder="nobody yet"
                options={staff.map((one) => ({ value: one.id, label: one.name }))}
              />
              <SubmitButton>Give it to them</SubmitButton>
            </Form>
          </Card>
          <Move incident={incident} form={forms.move ?? freshForm()} />
        </div>
      </Columns>
    </DeskPage>,
    errors.length > 0 ? 422 : 200,
  );
}

const detailOf = (incident: IncidentPage, key: string): string => {
  const value = (incident.detail as Record<string, unknown>)[key];
  return typeof value === 'string' ? value : '';
};

function Connected({ incident }: { incident: IncidentPage }): VNode | null {
  const settled = incident.state === 'cleared' || incident.state === 'closed';
  if (settled || incident.isolated_at || detailOf(incident, 'unplugged') === 'yes') return null;
  return (
    <Alert tone="danger" title="It may still be on the network">
      <p>Call them. The first words: “Please unplug the network cable of the instrument now. I will wait.”</p>
    </Alert>
  );
}

function About({ incident }: { incident: IncidentPage }): VNode {
  const phone = detailOf(incident, 'phone');
  return (
    <Card title="About">
      <KeyValue
        rows={[
          { label: 'Unit', value: <Identifier>{incident.serial ?? detailOf(incident, 'otherUnit')}</Identifier> },
          {
            label: 'Off the network',
            value: incident.isolated_at ? <Moment at={incident.isolated_at} /> : 'not that we know',
          },
          { label: 'Known since', value: <Moment at={incident.aware_at} /> },
          { label: 'Noticed', value: detailOf(incident, 'noticed') || '–' },
          { label: 'Told by', value: detailOf(incident, 'name') || '–' },
          phone !== '' && { label: 'Call', value: <TelephoneLink number={phone} /> },
          incident.reference !== null && {
            label: 'Action',
            value: incident.reference,
            href: `/actions/${incident.action_id}`,
          },
          incident.reply_id !== null && {
            label: 'Reply',
            value: `${incident.reply_id}`,
            href: `/replies/${incident.reply_id}`,
          },
        ]}
      />
    </Card>
  );
}

const moveLooks: Readonly<Record<IncidentState, { label: string; hint: string }>> = {
  open: { label: 'Open', hint: '' },
  examining: { label: 'Somebody examines it', hint: 'The unit stays isolated.' },
  cleared: {
    label: 'Cleared: the unit is safe',
    hint: 'It may go back to the network; its corrections show again what they showed before.',
  },
  confirmed: {
    label: 'Confirmed: there was a break-in',
    hint: 'The unit stays isolated. Reports to authorities have clocks.',
  },
  closed: { label: 'Closed', hint: 'Nothing more will come. It can be examined again.' },
};

function Move({ incident, form }: { incident: IncidentPage; form: FormState }): VNode {
  return (
    <Card title="What is known by now?">
      <Form action={`/incidents/${incident.id}/state`}>
        <RadioGroup
          form={form}
          name="state"
          label="It becomes"
          required
          options={incidentMoves[incident.state].map((value) => ({ value, ...moveLooks[value] }))}
        />
        <TextArea form={form} name="reason" label="What was found, and how" rows={3} maxLength={5000} required />
        <SubmitButton tone="primary">Record it</SubmitButton>
      </Form>
    </Card>
  );
}

function NoteForm({ incident, form }: { incident: IncidentPage; form: FormState }): VNode {
  return (
    <Form action={`/incidents/${incident.id}/notes`}>
      <RadioGroup
        form={form}
        name="kind"
        label="Add"
        inline
        options={[
          { value: 'call', label: 'A call' },
          { value: 'note', label: 'A note' },
        ]}
      />
      <TextArea
        form={form}
        name="words"
        label="With whom, and what was said or done"
        rows={2}
        maxLength={5000}
        required
      />
      <Checkbox form={form} name="shown" label="The customer sees it on their page" />
      <SubmitButton>Add it</SubmitButton>
    </Form>
  );
}
