import type { VNode } from 'preact';
import { type IncidentPage, lastAnswers } from '../../../app/queries/incidents.ts';
import { type AskedStep, findings } from '../../../domain/examination.ts';
import { languageName } from '../../translate.ts';
import { RadioGroup } from '../../ui/choice.tsx';
import { Form, SubmitButton, TextArea } from '../../ui/field.tsx';
import { type FormState, freshForm } from '../../ui/form.ts';
import { Card } from '../../ui/parts.tsx';
import { Moment } from '../../ui/time.tsx';

export const findingWords = {
  nothing: 'nothing unusual',
  found: 'found something',
  unsure: 'not sure',
  'not-done': 'not checked',
} as const;

/** The steps with what was found at each: as the customer answered them, and to be answered for them. */
export function ExaminationCard(props: {
  incident: IncidentPage;
  steps: readonly AskedStep[];
  form: FormState | undefined;
}): VNode {
  const { incident, steps } = props;
  const said = lastAnswers(incident.entries);
  const before: Record<string, string> = {};
  for (const entry of said.values()) {
    before[`finding.${entry.step}`] = entry.finding ?? '';
    before[`words.${entry.step}`] = entry.words;
  }
  const form = props.form ?? freshForm(before);
  const gone = [...said.values()].filter((entry) => !steps.some((step) => step.key === entry.step));
  const action = incident.action_id;
  return (
    <Card
      title="The examination"
      id="examination"
      action={action === null ? undefined : <a href={`/actions/${action}/examination`}>Which steps are asked</a>}
    >
      <p class="ff-hint">
        {said.size} of {steps.length} steps answered. The customer sees the same steps in their own language and may
        answer there; on the telephone, answer here.
      </p>
      <Form action={`/incidents/${incident.id}/examination`}>
        {steps.map((step, place) => {
          const entry = said.get(step.key);
          return (
            <section key={step.key} class="mb-4">
              <RadioGroup
                form={form}
                name={`finding.${step.key}`}
                label={`${place + 1}. ${step.title}`}
                hint={step.text}
                inline
                options={findings.map((value) => ({ value, label: findingWords[value] }))}
              />
              <TextArea form={form} name={`words.${step.key}`} label="What exactly?" rows={1} maxLength={5000} />
              {entry ? (
                <p class="ff-hint">
                  {entry.by_name}, <Moment at={entry.at} />
                  {entry.language === '' || entry.language === 'en'
                    ? ''
                    : `, asked in ${languageName(entry.language, 'en')}`}
                </p>
              ) : null}
            </section>
          );
        })}
        {incident.state === 'closed' ? null : <SubmitButton>Save the answers</SubmitButton>}
      </Form>
      {gone.map((entry) => (
        <p key={entry.step} class="ff-hint">
          Not asked any more: {entry.asked.split('\n')[0]} – {entry.finding ? findingWords[entry.finding] : ''}.{' '}
          {entry.words}
        </p>
      ))}
    </Card>
  );
}
