import type { VNode } from 'preact';
import { SIGNERS, typedFacts } from '../../../app/notice-facts.ts';
import type { C } from '../../context.ts';
import { countryName } from '../../translate.ts';
import {
  ButtonRow,
  Checkbox,
  CheckboxGroup,
  DateInput,
  Form,
  Select,
  SubmitButton,
  TextArea,
  TextInput,
} from '../../ui/field.tsx';
import { type FormState, freshForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, More } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { shellOf } from '../shell.ts';
import { capital, plain } from '../words.ts';
import { type ActionRow, withAction } from './action-page.tsx';
import { ActionTabs, actionCrumbs } from './tabs.tsx';

const remedyKinds = [
  'interim-patch',
  'permanent-fix',
  'return',
  'destruction',
  'labelling',
  'inspection',
  'other',
] as const;
export const regimes = ['IVDR', 'MDR', 'IVDD', 'MDD', 'FDA', 'UK', 'CH', 'other'] as const;

/** Facts that the notice's placeholders are filled in from, with what a person calls them. */
export const factFields: readonly (readonly [name: string, label: string])[] = [
  ...typedFacts.map(({ name, about }) => [name, about] as const),
  ...Array.from({ length: SIGNERS }, (_, index) => index + 1).flatMap((number) => [
    [`signer.${number}.name`, `Signer ${number}: name`] as const,
    [`signer.${number}.title`, `Signer ${number}: title`] as const,
  ]),
];

/** GET /actions/:id/describe */
export async function showDescribe(c: C): Promise<Response> {
  return withAction(c, async (action) => html(c, await describePage(c, action, {})));
}

export type Forms = Partial<Record<'about' | 'regimes' | 'vulnerabilities' | 'environments' | 'remedy', FormState>>;

export async function describePage(c: C, action: ActionRow, forms: Forms): Promise<VNode> {
  const { db } = c.get('ctx');
  const countries = await db
    .selectFrom('action_country')
    .selectAll()
    .where('action_id', '=', action.id)
    .orderBy('country')
    .execute();
  const cves = await db
    .selectFrom('action_vulnerability')
    .selectAll()
    .where('action_id', '=', action.id)
    .orderBy('id')
    .execute();
  const remedies = await db
    .selectFrom('remedy')
    .selectAll()
    .where('action_id', '=', action.id)
    .orderBy('position')
    .execute();
  const environments = await db
    .selectFrom('environment as e')
    .innerJoin('product as p', 'p.id', 'e.product_id')
    .select(['e.id', 'e.name', 'p.name as product'])
    .orderBy('p.name')
    .orderBy('e.position')
    .limit(500)
    .execute();
  const chosen = await db
    .selectFrom('action_environment')
    .select('environment_id')
    .where('action_id', '=', action.id)
    .execute();
  const base = `/actions/${action.id}`;
  const about = forms.about ?? freshForm();
  const vulnerabilities = forms.vulnerabilities ?? freshForm();
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Description"
      crumbs={actionCrumbs(action)}
      tabs={<ActionTabs actionId={action.id} here="/describe" />}
      errors={Object.values(forms).flatMap((form) => form?.errors ?? [])}
      width="narrow"
    >
      <Card title="What it is about" id="about">
        <Form action={`${base}/describe`}>
          <TextInput form={about} name="title" label="Title" value={action.title} required />
          <TextArea form={about} name="description" label="What is wrong" value={action.description} rows={5} />
          <TextArea
            form={about}
            name="hazard"
            label="Hazard to patients, users and others"
            hint="Without playing it down: IVDR Art. 84(8), MDR Art. 89(8)."
            value={action.hazard}
          />
          <TextInput
            form={about}
            name="classProposed"
            label="Class proposed by us"
            hint="FDA: I, II or III. The class is given by the authority (21 CFR 7.41)."
            value={action.class_proposed}
            width={8}
          />
          <TextInput
            form={about}
            name="classGiven"
            label="Class given by the authority"
            value={action.class_given}
            width={8}
          />
          <DateInput form={about} name="awareOn" label="Aware of the problem since" value={action.aware_on ?? ''} />
          <DateInput
            form={about}
            name="reportabilityAwareOn"
            label="Aware that it must be reported since"
            value={action.reportability_aware_on ?? ''}
          />
          <DateInput
            form={about}
            name="embargoUntil"
            label="Not public before"
            hint="Until this day only affected customers and authorities may know."
            value={action.embargo_until?.toISOString().slice(0, 10) ?? ''}
          />
          <More summary="What the notice is filled in from" open={about.errors.length > 0}>
            {factFields
              .filter(([name]) => typeof action.facts[name] !== 'object')
              .map(([name, label]) => (
                <TextInput
                  key={name}
                  form={about}
                  name={`facts.${name}`}
                  label={label}
                  value={factText(action.facts[name])}
                />
              ))}
          </More>
          <SubmitButton tone="primary">Save</SubmitButton>
        </Form>
      </Card>
      <Card title="Environments" id="environments">
        <p>Each environment is corrected by itself: an instrument that boots into two modes has two.</p>
        <Form action={`${base}/environments`}>
          <CheckboxGroup
            form={forms.environments}
            name="environment"
            label="Covered by this action"
            value={chosen.map((row) => String(row.environment_id))}
            options={environments.map((row) => ({ value: String(row.id), label: `${row.product}, ${row.name}` }))}
          />
          <SubmitButton tone="secondary">Save the environments</SubmitButton>
        </Form>
      </Card>
      <Card title="Remedies, in order" id="remedies">
        {remedies.length === 0 ? (
          <p>No remedy yet. The first is often an interim patch, with the permanent fix to follow.</p>
        ) : null}
        {remedies.map((remedy) => (
          <section key={remedy.id}>
            <h3>
              {remedy.position}. {remedy.name} <StateBadge kind="remedy" state={remedy.status} />
            </h3>
            <p>{remedy.description}</p>
            {remedy.prerequisites.length > 0 ? <p>Before: {remedy.prerequisites.join('; ')}</p> : null}
            {remedy.side_effects.length > 0 ? <p>Side effects: {remedy.side_effects.join('; ')}</p> : null}
            {remedy.status === 'announced' && action.released_at !== null ? (
              <p>
                <a href={`${base}/permanent`}>Propose that it begins</a>
              </p>
            ) : remedy.status !== 'available' ? (
              <Form action={`${base}/remedies/${remedy.id}/status`}>
                <SubmitButton tone="secondary" small name="status" value="available">
                  It is available now
                </SubmitButton>
              </Form>
            ) : null}
          </section>
        ))}
        <More summary="Add a remedy" open={Boolean(forms.remedy)}>
          <Form action={`${base}/remedies`}>
            <Select
              form={forms.remedy}
              name="kind"
              label="Kind"
              options={remedyKinds.map((value) => ({ value, label: capital(plain(value)) }))}
            />
            <TextInput form={forms.remedy} name="name" label="Name" required />
            <TextArea form={forms.remedy} name="remedyDescription" label="What it does" rows={3} />
            <TextArea
              form={forms.remedy}
              name="prerequisites"
              label="To be done before"
              hint="One a line, e.g. Back up your data."
              rows={2}
            />
            <TextArea
              form={forms.remedy}
              name="sideEffects"
              label="Side effects"
              hint="One a line, e.g. Remote access to the web interface stops."
              rows={2}
            />
            {action.released_at === null ? (
              <Checkbox form={forms.remedy} name="available" label="It is available now" />
            ) : (
              <p class="ff-hint">It is announced; on the page Permanent fix its start is proposed.</p>
            )}
            <SubmitButton tone="secondary">Add the remedy</SubmitButton>
          </Form>
        </More>
      </Card>
      <Card title="Vulnerabilities" id="vulnerabilities">
        <Form action={`${base}/vulnerabilities`}>
          {[...cves, ...Array.from({ length: cves.length === 0 ? 3 : 1 }, () => undefined)].map((row, index) => (
            <fieldset key={index} class="ff-row-fields">
              <legend class="visually-hidden">Vulnerability {index + 1}</legend>
              <TextInput
                form={vulnerabilities}
                name={`cve-${index}`}
                label="CVE number"
                value={row?.cve}
                width={20}
                identifier
              />
              <TextInput
                form={vulnerabilities}
                name={`cwe-${index}`}
                label="CWE"
                value={row?.cwe}
                width={12}
                identifier
              />
              <TextInput
                form={vulnerabilities}
                name={`score-${index}`}
                label="CVSS"
                value={row?.cvss_score ?? undefined}
                width={4}
                inputMode="decimal"
              />
              <TextInput
                form={vulnerabilities}
                name={`versions-${index}`}
                label="Affected versions"
                value={row?.affected_versions}
                width={20}
              />
              <TextInput form={vulnerabilities} name={`summary-${index}`} label="What it allows" value={row?.summary} />
            </fieldset>
          ))}
          <SubmitButton tone="secondary">Save the vulnerabilities</SubmitButton>
        </Form>
      </Card>
      <Card title="Regime of each country" id="regimes">
        <Form action={`${base}/regimes`}>
          <TextArea
            form={forms.regimes}
            name="regimes"
            label="One country a line: code and regime"
            hint={`Regimes: ${regimes.join(', ')}. Behind them the authority's reference, once it is known. Example: DE IVDD BfArM-12345`}
            rows={Math.min(20, Math.max(6, countries.length + 1))}
            value={countries.map((row) => `${row.country} ${row.regime} ${row.authority_reference}`.trim()).join('\n')}
          />
          <ButtonRow>
            <SubmitButton tone="secondary">Save the regimes</SubmitButton>
            <SubmitButton tone="quiet" name="fill" value="yes">
              Fill in from the affected units
            </SubmitButton>
          </ButtonRow>
        </Form>
        {countries.length > 0 ? <p>{countries.map((row) => countryName(row.country, 'en')).join(', ')}</p> : null}
      </Card>
    </DeskPage>
  );
}

export function factText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
