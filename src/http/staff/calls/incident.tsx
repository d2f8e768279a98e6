/** A suspected break-in, told on the telephone: unplug first, then six lines in the caller's words. */
import type { VNode } from 'preact';
import { reportCompromise, reportCompromiseInput } from '../../../app/incidents.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldList, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { type Translate, translator } from '../../translate.ts';
import {
  ButtonRow,
  CheckboxGroup,
  Form,
  LinkButton,
  RadioGroup,
  SubmitButton,
  TextArea,
  TextInput,
} from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { type FormErrors, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert } from '../../ui/parts.tsx';
import { actionCrumbs } from '../actions/tabs.tsx';
import { shellOf } from '../shell.ts';
import { type Call, withCall } from './load.ts';

/** Units offered as boxes; of a longer list the number is typed. */
const MOST_UNITS = 60;

/** GET /actions/:id/calls/:partyId/incident */
export function showIncident(c: C): Promise<Response> {
  return withCall(c, async (call) =>
    html(
      c,
      await incidentPage(
        c,
        call,
        freshForm({ name: call.callee?.name ?? '', phone: call.callee?.phone || call.party.phone }),
      ),
    ),
  );
}

async function incidentPage(c: C, call: Call, form: FormState): Promise<VNode> {
  const base = `/actions/${call.action.id}/calls/${call.party.id}`;
  const units = (call.context?.units ?? []).slice(0, MOST_UNITS);
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Suspected break-in"
      lede={call.party.name}
      crumbs={[
        ...actionCrumbs(call.action),
        { href: `/actions/${call.action.id}/calls`, label: 'Calls' },
        { href: base, label: call.party.name },
      ]}
      errors={form.errors}
      styles={['calls.css']}
      width="narrow"
    >
      <Alert tone="danger" title="Say this first, and wait until it is done">
        <Said own={call.own} say="portal.incident.unplug" />
        <Said own={call.own} say="portal.incident.unplug-why" />
      </Alert>
      <Form action={`${base}/incident`}>
        <RadioGroup
          form={form}
          name="unplugged"
          label="Is the network cable out?"
          required
          options={[
            { value: 'yes', label: 'Yes, it is out', hint: 'The units below count as isolated.' },
            { value: 'no', label: 'No, not yet' },
          ]}
        />
        {units.length > 0 ? (
          <CheckboxGroup
            form={form}
            name="units"
            label="Which units"
            options={units.map((unit) => ({ value: String(unit.id), label: `${unit.product} ${unit.serial}` }))}
          />
        ) : null}
        <TextInput
          form={form}
          name="otherUnit"
          label="A unit that is not on the list"
          hint="Serial number, or what it is."
          width={30}
        />
        <TextArea form={form} name="summary" label="What they noticed, in their words" rows={5} required />
        <TextInput form={form} name="noticed" label="When they noticed it" width={30} />
        <div class="ff-row-fields">
          <TextInput form={form} name="name" label="Who is speaking" width={30} required />
          <TextInput form={form} name="phone" label="Number to call back" type="tel" width={20} required />
        </div>
        <ButtonRow>
          <SubmitButton tone="danger" icon="alert-octagon">
            Report it
          </SubmitButton>
          <LinkButton href={base} tone="quiet">
            Back to the call
          </LinkButton>
        </ButtonRow>
      </Form>
    </DeskPage>
  );
}

function Said({ own, say }: { own: Translate; say: string }): VNode {
  return (
    <>
      <p class="ff-call-said" lang={own.language} dir={own.direction}>
        {own(say)}
      </p>
      {own.language === 'en' ? null : <p class="ff-call-english">{translator('en')(say)}</p>}
    </>
  );
}

const words: Readonly<Record<string, string>> = {
  unplugged: 'Ask whether the network cable is out.',
  units: 'Choose a unit, or write which one it is.',
  summary: 'Write down what they noticed.',
  name: 'Write who is speaking.',
  phone: 'Write a number on which we reach them now.',
};

/** POST /actions/:id/calls/:partyId/incident: reports it at once; an urgent task stands from then on. */
export function postIncidentCall(c: C): Promise<Response> {
  return withCall(c, async (call) => {
    const body = await readForm(c);
    const again = async (errors: FormErrors) => html(c, await incidentPage(c, call, refusedForm(body, errors)), 422);
    const input = reportCompromiseInput.safeParse({
      unitIds: fieldList(body, 'units').map(Number),
      otherUnit: fieldText(body, 'otherUnit'),
      unplugged: fieldText(body, 'unplugged'),
      noticed: fieldText(body, 'noticed'),
      summary: fieldText(body, 'summary'),
      name: fieldText(body, 'name'),
      phone: fieldText(body, 'phone'),
    });
    if (!input.success) {
      const fields = new Set(input.error.issues.map((issue) => String(issue.path[0] ?? '')));
      // The schema asks for a unit only once all else is right; here everything is said at once.
      if (fieldList(body, 'units').length === 0 && fieldText(body, 'otherUnit').trim() === '') fields.add('units');
      return again(
        [...fields].map((field) => ({
          field:
            field === 'unitIds' || field === 'units' ? (call.context?.units.length ? 'units' : 'otherUnit') : field,
          message: words[field] ?? 'This is too long, or cannot be read.',
        })),
      );
    }
    const ctx = c.get('ctx');
    const about = { actionId: call.action.id, partyId: call.party.id, contactId: call.callee?.id ?? null };
    const done = await reportCompromise(ctx, about, input.data);
    if (isRefusal(done)) return again([refusalError(done)]);
    const task = await ctx.db
      .selectFrom('task')
      .select('id')
      .where('key', '=', `incident:${done.ids[0]}`)
      .executeTakeFirst();
    setFlash(c, { tone: 'done', text: 'Reported. The people who examine it see it now; here is what to ask next.' });
    return seeOther(c, task ? `/tasks/${task.id}` : `/actions/${call.action.id}/calls/${call.party.id}`);
  });
}
