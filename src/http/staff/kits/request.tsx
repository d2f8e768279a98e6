import { proposeFirstShipTo, requestKit, requestKitInput } from '../../../app/kit-requests.ts';
import { loadKitRecipients } from '../../../app/queries/kit-recipients.ts';
import { type KitChoice, loadKitChoices } from '../../../app/queries/kits.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldList, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import { CheckboxGroup, Form, SubmitButton, TextArea } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Columns } from '../../ui/parts.tsx';
import { shellOf } from '../shell.ts';
import { AddressFields, addressField, readAddress } from './address-fields.tsx';

/** GET /parties/:id/kit: for which of a party's units a kit is needed. `?unit=` ticks the corrections of one. */
export function showKitRequest(c: C): Promise<Response> {
  return requestPage(c, freshForm(), 200);
}

async function requestPage(c: C, form: FormState, status: 200 | 422): Promise<Response> {
  const { db } = c.get('ctx');
  const id = idParam(c, 'id') ?? 0;
  const party = await db.selectFrom('party').select(['id', 'name']).where('id', '=', id).executeTakeFirst();
  if (!party) return answerRefusal(c, refuse('party.unknown', { id }), '/parties');
  const choices = await loadKitChoices(db, party.id, { now: c.get('ctx').now() });
  const free = choices.filter((one) => one.kitId === null);
  const ticked = tickedOf(c, free);
  const contacts = await loadKitRecipients(db, party.id);
  const contactId = contacts[0]?.id ?? null;
  const address = await proposeFirstShipTo(db, { partyId: party.id, contactId }, choices, ticked);
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title="Ask for a kit"
      lede="A stick with the package, its proof, the verifier, its papers and one ticket for each correction."
      crumbs={[{ href: `/parties/${party.id}`, label: party.name }]}
      errors={form.errors}
    >
      {free.length === 0 ? (
        <Alert tone="note" title="Nothing a kit could help with">
          <p>
            {choices.length > 0 ? (
              <>
                <a href={`/kits?party=${party.id}`}>A kit is on its way</a> for everything that is still owed here.
              </>
            ) : (
              'No correction is owed here whose remedy has a package.'
            )}
          </p>
        </Alert>
      ) : (
        <Form action={`/parties/${party.id}/kit`}>
          <Columns>
            <Card title="For which units">
              <CheckboxGroup
                form={form}
                name="correctionIds"
                label="Corrections"
                hint="Those that are known to have no network are ticked."
                value={ticked}
                options={choices.map((one) => ({
                  value: String(one.id),
                  label: `${one.serial}, ${one.environment}`,
                  hint: one.kitId === null ? `${one.product}, ${one.remedy}` : `Kit ${one.kitId} is for it already.`,
                  ...(one.kitId === null ? {} : { disabled: true }),
                }))}
              />
              <TextArea form={form} name="note" label="Note" hint="Who asked, what to mind." rows={2} />
            </Card>
            <Card title="Where it goes">
              <AddressFields form={form} way="post" address={address} contacts={contacts} contactId={contactId} />
              <SubmitButton>Ask for the kit</SubmitButton>
            </Card>
          </Columns>
        </Form>
      )}
    </DeskPage>,
    status,
  );
}

function tickedOf(c: C, free: readonly KitChoice[]): string[] {
  const unit = Number(c.req.query('unit'));
  const own = free.filter((one) => one.unitId === unit);
  return (own.length > 0 ? own : free.filter((one) => one.offline)).map((one) => String(one.id));
}

/** POST /parties/:id/kit */
export async function postKitRequest(c: C): Promise<Response> {
  const body = await readForm(c);
  const input = requestKitInput.safeParse({
    correctionIds: fieldList(body, 'correctionIds').map(Number),
    note: fieldText(body, 'note'),
    ...readAddress(body),
  });
  if (!input.success) return requestPage(c, refusedForm(body, errorsFromZod(input.error, addressField)), 422);
  const asked = await requestKit(c.get('ctx'), input.data);
  if (isRefusal(asked)) return requestPage(c, refusedForm(body, [refusalError(asked)]), 422);
  setFlash(c, { tone: 'done', text: 'The kit is in the queue.' });
  return seeOther(c, `/kits/${asked.id}`);
}
