/** How large a mail a contact can get: whether its letters carry files or links. */
import type { VNode } from 'preact';
import { setContactFiles, setContactFilesInput } from '../../../app/delivery-files.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import { Form, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { freshForm } from '../../ui/form.ts';
import { Card } from '../../ui/parts.tsx';

/** The limit of one contact, on its page. */
export function ContactFiles({ contact }: { contact: { id: number; attachment_limit: number | null } }): VNode {
  const known = contact.attachment_limit;
  return (
    <Card title="Files with letters">
      <Form action={`/contacts/${contact.id}/files`}>
        <TextInput
          form={freshForm()}
          name="megabytes"
          label="Largest mail in megabytes"
          hint="The letter and the form go along as PDF as far as they fit. 0: links only. Empty: as its domain or the server has it."
          value={known === null ? '' : String(known / 1_000_000)}
          inputMode="decimal"
          width={4}
        />
        <SubmitButton tone="secondary">Save</SubmitButton>
      </Form>
    </Card>
  );
}

/** POST /contacts/:id/files */
export async function postContactFiles(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const typed = fieldText(await readForm(c), 'megabytes')
    .trim()
    .replace(',', '.');
  const input = setContactFilesInput.safeParse({ megabytes: typed === '' ? null : typed });
  if (!input.success) {
    setFlash(c, { tone: 'attention', text: input.error.issues[0]?.message ?? '' });
    return seeOther(c, `/contacts/${id}`);
  }
  const result = await setContactFiles(c.get('ctx'), id, input.data);
  if (isRefusal(result)) return answerRefusal(c, result, '/parties');
  setFlash(c, { tone: 'done', text: 'Saved. It holds for letters planned from now on.' });
  return seeOther(c, `/contacts/${id}`);
}
