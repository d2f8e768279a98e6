import type { VNode } from 'preact';
import { createStandardForm, createStandardFormInput } from '../../../app/forms.ts';
import { formDefinitionSchema } from '../../../domain/form.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalText } from '../../refusal.tsx';
import { Form, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { Alert, Card } from '../../ui/parts.tsx';
import { withAction } from '../actions/action-page.tsx';

/** What the page of the notice tells about the form that goes with it. */
export interface FormVersion {
  version: number;
  questions: number;
  software: string;
}

/** The newest version of an action's verification form. */
export async function loadFormVersion(c: C, actionId: number): Promise<FormVersion | undefined> {
  const row = await c
    .get('ctx')
    .db.selectFrom('form')
    .select(['version', 'definition'])
    .where('action_id', '=', actionId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row) return undefined;
  const definition = formDefinitionSchema.parse(row.definition);
  return { version: row.version, questions: definition.questions.length, software: definition.params.software ?? '' };
}

/** The form that customers answer: its version, or the one field that makes it. */
export function FormCard({
  actionId,
  form,
  mayEdit,
}: {
  actionId: number;
  form: FormVersion | undefined;
  mayEdit: boolean;
}): VNode {
  return (
    <Card title="Verification form">
      {form ? (
        <p>
          Version {form.version}, {form.questions} questions about {form.software}.
        </p>
      ) : (
        <Alert tone="attention" title="There is no form yet">
          Customers answer by it, so the action cannot be released without one.
        </Alert>
      )}
      {mayEdit && !form ? (
        <Form action={`/actions/${actionId}/form`} label="Verification form">
          <TextInput
            name="software"
            label="What is corrected"
            hint="As the questions call it: Is … installed on it? For example Local Run Manager."
            maxLength={100}
            required
          />
          <SubmitButton tone="primary">Make the form</SubmitButton>
        </Form>
      ) : null}
    </Card>
  );
}

/** POST /actions/:id/form: the standard questions, about this action's software. */
export async function postForm(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const body = await readForm(c);
    const back = `/actions/${action.id}/notice`;
    const input = createStandardFormInput.safeParse({ software: fieldText(body, 'software') });
    if (!input.success) {
      setFlash(c, {
        tone: 'attention',
        text: 'Write what is corrected, in up to 100 letters, e.g. Local Run Manager.',
      });
      return seeOther(c, back);
    }
    const result = await createStandardForm(c.get('ctx'), action.id, input.data);
    setFlash(
      c,
      isRefusal(result)
        ? { tone: 'attention', text: refusalText(result) }
        : { tone: 'done', text: `Version ${result.version} of the form is made.` },
    );
    return seeOther(c, back);
  });
}
