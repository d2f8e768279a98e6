/** The form on paper at the desk: made for a letter that is printed, or for a party that asks for one. */
import type { VNode } from 'preact';
import { ensurePaperForm, paperFormInput } from '../../../app/paper-forms.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm } from '../../context.ts';
import { fileAnswer } from '../../file-answer.ts';
import { answerRefusal } from '../../refusal.tsx';
import { availableLanguages, languageName } from '../../translate.ts';
import { Form, HiddenInput, Select, SubmitButton } from '../../ui/field.tsx';
import { freshForm } from '../../ui/form.ts';
import { Card } from '../../ui/parts.tsx';

/** Makes the form of a contact: one of the given ones, in any language there are words in. */
export function PaperFormCard({
  actionId,
  contacts,
  deliveryId,
  language,
  title = 'Form on paper',
}: {
  actionId: number;
  contacts: readonly { id: number; name: string }[];
  deliveryId?: number;
  /** The reader's first language. */
  language?: string | undefined;
  title?: string;
}): VNode | null {
  const [only] = contacts;
  if (!only) return null;
  const form = freshForm();
  const known = availableLanguages();
  const own = known.find((code) => code === language) ?? known.find((code) => code === language?.split('-')[0]);
  return (
    <Card title={title}>
      <p>With its units printed ready, to be filled in with a pen or on the screen.</p>
      <Form action="/paper-forms" label={title}>
        <HiddenInput name="actionId" value={actionId} />
        {deliveryId === undefined ? null : <HiddenInput name="deliveryId" value={deliveryId} />}
        {contacts.length === 1 ? (
          <HiddenInput name="contactId" value={only.id} />
        ) : (
          <Select
            form={form}
            name="contactId"
            label="For"
            options={contacts.map((contact) => ({ value: String(contact.id), label: contact.name }))}
          />
        )}
        <Select
          form={form}
          name="language"
          label="Language"
          value={own ?? ''}
          {...(own === undefined ? { placeholder: 'The reader’s own' } : {})}
          options={known.map((code) => ({ value: code, label: languageName(code, 'en') }))}
        />
        <SubmitButton tone="secondary" icon="file-download">
          Make the form
        </SubmitButton>
      </Form>
    </Card>
  );
}

/** POST /paper-forms: the form as PDF. */
export async function postPaperForm(c: C): Promise<Response> {
  const body = await readForm(c);
  const text = (name: string): string | undefined => fieldText(body, name) || undefined;
  const input = paperFormInput.safeParse({
    actionId: text('actionId'),
    contactId: text('contactId'),
    deliveryId: text('deliveryId'),
    language: text('language'),
  });
  if (!input.success) return answerRefusal(c, refuse('contact-number.unknown'), '/parties');
  const file = await ensurePaperForm(c.get('ctx'), { ...input.data, urgent: true });
  if (isRefusal(file)) return answerRefusal(c, file, '/parties');
  return fileAnswer(file.pdf, { name: file.name, mediaType: 'application/pdf' });
}
