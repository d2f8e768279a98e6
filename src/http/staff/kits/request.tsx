import { requestKit, requestKitInput } from '../../../app/kits.ts';
import { loadKitChoices } from '../../../app/queries/kits.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldList, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import { CheckboxGroup } from '../../ui/choice.tsx';
import { Form, SubmitButton, TextArea } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card } from '../../ui/parts.tsx';
import { shellOf } from '../shell.ts';

/** GET /parties/:id/kit: for which of a party's units a kit is needed. */
export function showKitRequest(c: C): Promise<Response> {
  return requestPage(c, freshForm(), 200);
}

async function requestPage(c: C, form: FormState, status: 200 | 422): Promise<Response> {
  const { db } = c.get('ctx');
  const id = idParam(c, 'id') ?? 0;
  const party = await db.selectFrom('party').select(['id', 'name']).where('id', '=', id).executeTakeFirst();
  if (!party) return answerRefusal(c, refuse('party.unknown', { id }), '/parties');
  const choices = await loadKitChoices(db, party.id);
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title="Ask for a kit"
      lede="A stick with the package, its proof, the verifier and one ticket for each correction."
      crumbs={[{ href: `/parties/${party.id}`, label: party.name }]}
      errors={form.errors}
    >
      {choices.length === 0 ? (
        <Alert tone="note" title="Nothing a kit could help with">
          <p>No correction is owed here whose remedy has a released package.</p>
        </Alert>
      ) : (
        <Card title="For which units">
          <Form action={`/parties/${party.id}/kit`}>
            <CheckboxGroup
              form={form}
              name="correctionIds"
              label="Corrections"
              hint="Those that are known to have no network are ticked."
              value={choices.filter((one) => one.connected === false).map((one) => String(one.id))}
              options={choices.map((one) => ({
                value: String(one.id),
                label: `${one.serial}, ${one.environment}`,
                hint: one.remedy,
              }))}
            />
            <TextArea form={form} name="note" label="Note" hint="Where it goes, who asked, who brings it." rows={2} />
            <SubmitButton>Ask for the kit</SubmitButton>
          </Form>
        </Card>
      )}
    </DeskPage>,
    status,
  );
}

/** POST /parties/:id/kit */
export async function postKitRequest(c: C): Promise<Response> {
  const body = await readForm(c);
  const input = requestKitInput.safeParse({
    correctionIds: fieldList(body, 'correctionIds').map(Number),
    note: fieldText(body, 'note'),
  });
  if (!input.success) return requestPage(c, refusedForm(body, errorsFromZod(input.error)), 422);
  const asked = await requestKit(c.get('ctx'), input.data);
  if (isRefusal(asked)) return requestPage(c, refusedForm(body, [refusalError(asked)]), 422);
  setFlash(c, { tone: 'done', text: 'The kit is in the queue.' });
  return seeOther(c, `/kits/${asked.id}`);
}
