import type { VNode } from 'preact';
import { recordAttempt, recordAttemptInput } from '../../../app/attempts.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import { Form, HiddenInput, Select, SubmitButton, TextArea, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { freshForm } from '../../ui/form.ts';
import { Card, More } from '../../ui/parts.tsx';

/** What an attempt is about, and the page to come back to. */
export interface AttemptPlace {
  partyId: number;
  contactId: number | null;
  actionId: number | null;
  taskId: number | null;
  back: string;
}

/** A call, a letter or a note, written down where it happened. */
export function AttemptForm({ place }: { place: AttemptPlace }): VNode {
  const form = freshForm();
  return (
    <Card>
      <More summary="Write down a call, letter or note">
        <Form action={`/parties/${place.partyId}/attempts`}>
          <HiddenInput name="back" value={place.back} />
          {place.contactId ? <HiddenInput name="contactId" value={place.contactId} /> : null}
          {place.actionId ? <HiddenInput name="actionId" value={place.actionId} /> : null}
          {place.taskId ? <HiddenInput name="taskId" value={place.taskId} /> : null}
          <Select
            form={form}
            name="attemptKind"
            label="What was it?"
            value="call"
            options={[
              { value: 'call', label: 'Telephone call' },
              { value: 'letter', label: 'Letter by post' },
              { value: 'email', label: 'E-mail from a person' },
              { value: 'visit', label: 'Visit' },
              { value: 'note', label: 'Note' },
            ]}
          />
          <Select
            form={form}
            name="attemptOutcome"
            label="Outcome"
            value="reached"
            options={[
              { value: 'reached', label: 'Reached' },
              { value: 'no-answer', label: 'No answer' },
              { value: 'call-back', label: 'Will call back' },
              { value: 'wrong-number', label: 'Wrong number or address' },
              { value: 'refused', label: 'Refused to speak about it' },
              { value: 'language', label: 'No common language' },
              { value: 'letter-wanted', label: 'Asked for the letter again' },
              { value: 'note', label: 'Only a note' },
            ]}
          />
          <TextArea form={form} name="attemptText" label="What was said" rows={3} />
          <TextInput form={form} name="tracking" label="Tracking number" hint="Of a letter sent by post." width={20} />
          <SubmitButton tone="secondary" icon="notes">
            Write it down
          </SubmitButton>
        </Form>
      </More>
    </Card>
  );
}

/** POST /parties/:id/attempts */
export async function postAttempt(c: C): Promise<Response> {
  const body = await readForm(c);
  const number = (name: string) => (fieldText(body, name) === '' ? null : Number(fieldText(body, name)));
  const partyId = Number(c.req.param('id'));
  const back = fieldText(body, 'back') || `/parties/${partyId}`;
  const input = recordAttemptInput.safeParse({
    partyId,
    contactId: number('contactId'),
    actionId: number('actionId'),
    taskId: number('taskId'),
    kind: fieldText(body, 'attemptKind'),
    outcome: fieldText(body, 'attemptOutcome'),
    text: fieldText(body, 'attemptText'),
    tracking: fieldText(body, 'tracking'),
  });
  if (!input.success) {
    setFlash(c, {
      tone: 'attention',
      text: `Not written down: ${input.error.issues[0]?.message ?? 'the form is incomplete'}`,
    });
    return seeOther(c, back);
  }
  const result = await recordAttempt(c.get('ctx'), input.data);
  if (isRefusal(result)) return answerRefusal(c, result, back);
  setFlash(c, { tone: 'done', text: 'Written down.' });
  return seeOther(c, back);
}
