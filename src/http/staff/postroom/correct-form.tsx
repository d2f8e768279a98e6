import type { VNode } from 'preact';
import type { Context } from '../../../app/context.ts';
import { mailKinds } from '../../../domain/mail.ts';
import { Form, HiddenInput, Select, SubmitButton, TextInput } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Card } from '../../ui/parts.tsx';
import type { Message, MessageView } from './message.tsx';
import { messagePath } from './queue.ts';
import { kindWords } from './words.ts';

/** What a correction can choose from. */
export interface Choices {
  party: string | null;
  contacts: { id: number; name: string; email: string }[];
  actions: { id: number; reference: string }[];
  letters: { id: number; address: string; kind: string }[];
}

/** Letters of a party that a message can be about. */
const MOST_LETTERS = 50;

export async function loadChoices(db: Context['db'], message: Message): Promise<Choices> {
  const partyId = message.party_id ?? 0;
  const [party, contacts, actions, letters] = [
    await db.selectFrom('party').select('name').where('id', '=', partyId).executeTakeFirst(),
    await db
      .selectFrom('contact')
      .select(['id', 'name', 'email'])
      .where('party_id', '=', partyId)
      .orderBy('status')
      .orderBy('id')
      .execute(),
    await db
      .selectFrom('action')
      .select(['id', 'reference'])
      .where('stage', 'in', ['released', 'monitoring', 'completed'])
      .orderBy('id', 'desc')
      .limit(100)
      .execute(),
    await db
      .selectFrom('delivery')
      .select(['id', 'address', 'kind'])
      .where('party_id', '=', partyId)
      .where('channel', '=', 'email')
      .where('state', 'in', ['sent', 'delivered', 'opened', 'unsure'])
      .orderBy('id', 'desc')
      .limit(MOST_LETTERS)
      .execute(),
  ];
  return { party: party?.name ?? null, contacts, actions, letters };
}

/** Says what the message really is and where it belongs. It then waits as that. */
export function CorrectForm({ view, form }: { view: MessageView; form: FormState }): VNode {
  const { message, choices } = view;
  return (
    <Card title="No, it is something else" id="correct">
      <Form action={messagePath(message.id, view.only)} label="Correct">
        <HiddenInput name="how" value="correct" />
        <Select
          form={form}
          name="kind"
          label="It is"
          options={mailKinds.map((value) => ({ value, label: kindWords[value] }))}
          value={message.kind ?? 'other'}
        />
        <TextInput
          form={form}
          name="party"
          label="From the party"
          hint="Its customer number or its whole name."
          value={choices.party ?? ''}
        />
        {choices.contacts.length > 0 ? (
          <Select
            form={form}
            name="contactId"
            label="Contact"
            options={choices.contacts.map((one) => ({
              value: String(one.id),
              label: one.email ? `${one.name} (${one.email})` : one.name,
            }))}
            placeholder="Nobody we know"
            value={message.contact_id === null ? '' : String(message.contact_id)}
          />
        ) : null}
        <Select
          form={form}
          name="actionId"
          label="About the action"
          options={choices.actions.map((one) => ({ value: String(one.id), label: one.reference }))}
          placeholder="Not known"
          value={message.action_id === null ? '' : String(message.action_id)}
        />
        {choices.letters.length > 0 ? (
          <Select
            form={form}
            name="deliveryId"
            label="About the letter"
            options={choices.letters.map((one) => ({ value: String(one.id), label: `${one.kind} to ${one.address}` }))}
            placeholder="None"
            value={message.delivery_id === null ? '' : String(message.delivery_id)}
          />
        ) : null}
        <SubmitButton tone="secondary">Put it right</SubmitButton>
      </Form>
    </Card>
  );
}
