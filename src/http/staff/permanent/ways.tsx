/** The two ways to a permanent fix: a second remedy of the same action, or an action of its own. */
import type { VNode } from 'preact';
import type { PermanentPage } from '../../../app/queries/permanent-fix.ts';
import { allows } from '../../../domain/permission.ts';
import type { C } from '../../context.ts';
import { Form, LinkButton, RadioGroup, Select, SubmitButton, TextArea, TextInput } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Card, More } from '../../ui/parts.tsx';
import type { ActionRow } from '../actions/action-page.tsx';

interface WayProps {
  action: ActionRow;
  page: PermanentPage;
  form: FormState | undefined;
}

/** Proposes that an announced remedy begins in this action. */
export function SecondRemedyCard({ c, action, page, form }: WayProps & { c: C }): VNode {
  const base = `/actions/${action.id}`;
  const announced = page.remedies.filter((remedy) => remedy.status === 'announced' && remedy.start === null);
  const available = page.remedies.filter((remedy) => remedy.status === 'available');
  return (
    <Card title="In this action" id="propose">
      <p>
        A second remedy for the same units, told by an update of this notice. Right where the action is still running
        and the words change little.
      </p>
      {announced.length === 0 || available.length === 0 ? (
        <p>
          <LinkButton href={`${base}/describe#remedies`} tone="secondary" icon="plus">
            Announce the remedy first
          </LinkButton>
        </p>
      ) : allows(c.get('ctx').actor, 'action.change') ? (
        <Form action={`${base}/permanent/propose`}>
          <RadioGroup
            form={form}
            name="remedyId"
            label="Which remedy begins"
            value={String(announced[0]?.id)}
            options={announced.map((remedy) => ({ value: String(remedy.id), label: remedy.name }))}
            required
          />
          <RadioGroup
            form={form}
            name="supersedesId"
            label="What it replaces"
            hint="It begins for every unit and environment of this one."
            value={String(available.at(-1)?.id)}
            options={available.map((remedy) => ({ value: String(remedy.id), label: remedy.name }))}
            required
          />
          <p class="ff-hint">Nothing changes before Quality and Regulatory affairs have signed.</p>
          <SubmitButton>Propose the start</SubmitButton>
        </Form>
      ) : (
        <p>Its start is proposed by Quality, Regulatory affairs or an administrator.</p>
      )}
    </Card>
  );
}

/** Starts an action that brings the permanent fix. */
export function SuccessorCard({ action, page, form }: WayProps): VNode {
  const available = page.remedies.filter((remedy) => remedy.status === 'available');
  return (
    <Card title="As an action of its own" id="successor">
      <p>
        A draft with the countries, products, scope rules, contacts, signers and form of {action.reference}; its units
        are found anew, each with what became of the interim patch. Right where authorities number it by itself.
      </p>
      <More summary="Start the successor" open={(form?.errors.length ?? 0) > 0}>
        <Form action={`/actions/${action.id}/permanent/successor`}>
          <TextInput form={form} name="reference" label="Reference" width={20} required identifier />
          <TextInput form={form} name="title" label="Title" required />
          <TextInput
            form={form}
            name="remedyName"
            label="What the permanent fix is called"
            value={page.remedies.find((remedy) => remedy.status === 'announced')?.name ?? ''}
            required
          />
          <TextArea form={form} name="remedyDescription" label="What it does" rows={3} />
          {available.length > 1 ? (
            <Select
              form={form}
              name="supersedesId"
              label="What it replaces"
              value={String(available.at(-1)?.id)}
              options={available.map((remedy) => ({ value: String(remedy.id), label: remedy.name }))}
            />
          ) : null}
          <SubmitButton tone="secondary">Start the successor</SubmitButton>
        </Form>
      </More>
    </Card>
  );
}
