import type { VNode } from 'preact';
import type { PaperReplyDetail } from '../../../app/queries/paper-replies.ts';
import { Form, HiddenInput, Select, SubmitButton, TextInput } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Card } from '../../ui/parts.tsx';

/** Says whose pages these are: by the code at their foot, or by action and party. */
export function MatchForm({
  reply,
  form,
  actions,
}: {
  reply: PaperReplyDetail;
  form: FormState;
  actions: { id: number; reference: string }[];
}): VNode {
  return (
    <Card title={reply.code === null ? 'Whose is it?' : 'It is somebody else’s'}>
      <Form action={`/replies/read/${reply.id}`}>
        <HiddenInput name="how" value="match" />
        <TextInput
          form={form}
          name="code"
          label="Code at the foot of the page"
          hint="Ten letters and digits. If it can be read, nothing else is needed."
          maxLength={60}
          identifier
        />
        <Select
          form={form}
          name="actionId"
          label="Or the action"
          options={actions.map((one) => ({ value: String(one.id), label: one.reference }))}
          value={String(reply.action_id ?? actions[0]?.id ?? '')}
        />
        <TextInput
          form={form}
          name="party"
          label="and the party"
          hint="Its customer number or its whole name."
          value={reply.party ?? ''}
        />
        <SubmitButton tone={reply.code === null ? 'primary' : 'secondary'}>Type it as theirs</SubmitButton>
      </Form>
    </Card>
  );
}
