import type { VNode } from 'preact';
import { Form, HiddenInput, SubmitButton, TextInput } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Card } from '../../ui/parts.tsx';

/** The last way out, folded away: no root can be made any more, or none is to be believed. */
export function AnewCard({ form }: { form: FormState }): VNode {
  const asked = form.values.do === 'anew';
  return (
    <Card title="Begin anew">
      <details open={asked}>
        <summary>Too many root keys are lost or leaked</summary>
        <p>
          The repository ends, and another one begins with new keys. <strong>No client follows by itself:</strong> the
          new first root goes to each of them as the old one did, with a notice that prints its fingerprint. Kits that
          are prepared have to be prepared anew. docs/keys.md says when this is right.
        </p>
        <Form action="/settings/trust">
          <HiddenInput name="do" value="anew" />
          <TextInput
            form={form}
            name="rootSha256"
            label="Fingerprint of the root that ends"
            hint="SHA-256 of 1.root.json, as it stands on the public page of each action."
            identifier
            required
          />
          <TextInput form={form} name="anewReason" label="Why" required />
          <SubmitButton tone="danger">End this repository</SubmitButton>
        </Form>
      </details>
    </Card>
  );
}
