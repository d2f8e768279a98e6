import type { VNode } from 'preact';
import { createAction, createActionInput } from '../../../app/actions.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError, statusOf } from '../../refusal.tsx';
import { Form, RadioGroup, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { shellOf } from '../shell.ts';

/** GET /actions/new */
export async function showNewAction(c: C): Promise<Response> {
  return html(c, await newActionPage(c, freshForm({ kind: 'security-patch', deviceLaw: 'IVD' })));
}

async function newActionPage(c: C, form: FormState): Promise<VNode> {
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Create an action"
      lede="It starts as a draft. Nothing leaves the house before two people have approved the notice and one has released it."
      crumbs={[{ href: '/actions', label: 'Actions' }]}
      errors={form.errors}
      width="narrow"
    >
      <Form action="/actions">
        <TextInput
          form={form}
          name="reference"
          label="Reference"
          hint="As customers and authorities will quote it, e.g. FSN2022-1230."
          required
          width={20}
          identifier
        />
        <TextInput form={form} name="title" label="Title" hint="What is wrong with what, in one line." required />
        <RadioGroup
          form={form}
          name="kind"
          label="What kind of action is it?"
          options={[
            { value: 'security-patch', label: 'Security patch', hint: 'Software is corrected where it stands.' },
            { value: 'correction', label: 'Correction in the field' },
            { value: 'removal', label: 'Removal', hint: 'Items come back or are destroyed.' },
            { value: 'labelling', label: 'Change of labelling or instructions' },
            { value: 'advisory', label: 'Advice only' },
          ]}
        />
        <RadioGroup
          form={form}
          name="deviceLaw"
          label="Which law governs the products in the EU?"
          options={[
            { value: 'IVD', label: 'In vitro diagnostic devices (IVDR, before it the IVDD)' },
            { value: 'MD', label: 'Medical devices (MDR, before it the MDD)' },
          ]}
        />
        <SubmitButton tone="primary">Create the draft</SubmitButton>
      </Form>
    </DeskPage>
  );
}

/** POST /actions */
export async function postAction(c: C): Promise<Response> {
  const body = await readForm(c);
  const input = createActionInput.safeParse({
    reference: fieldText(body, 'reference'),
    title: fieldText(body, 'title'),
    kind: fieldText(body, 'kind') || undefined,
    deviceLaw: fieldText(body, 'deviceLaw') || undefined,
  });
  if (!input.success) return html(c, await newActionPage(c, refusedForm(body, errorsFromZod(input.error))), 422);
  const result = await createAction(c.get('ctx'), input.data);
  if (isRefusal(result))
    return html(c, await newActionPage(c, refusedForm(body, [refusalError(result)])), statusOf(result));
  setFlash(c, { tone: 'done', text: `${result.reference} is created. Describe it, then say which units it affects.` });
  return seeOther(c, `/actions/${result.id}/describe`);
}
