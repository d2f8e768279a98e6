import { changeKit, changeKitInput } from '../../../app/kit-requests.ts';
import { loadKitRecipients } from '../../../app/queries/kit-recipients.ts';
import type { KitPage } from '../../../app/queries/kits.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { Form, SubmitButton, TextArea } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card } from '../../ui/parts.tsx';
import { shellOf } from '../shell.ts';
import { AddressFields, addressField, readAddress } from './address-fields.tsx';
import { withKit } from './find.ts';

/** GET /kits/:id/change: where it goes, how, and to whom. */
export function showKitChange(c: C): Promise<Response> {
  return withKit(c, (kit) => changePage(c, kit, freshForm(), 200));
}

async function changePage(c: C, kit: KitPage, form: FormState, status: 200 | 422): Promise<Response> {
  const contacts = await loadKitRecipients(c.get('ctx').db, kit.party_id);
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title="Where the kit goes"
      lede={kit.party}
      crumbs={[
        { href: '/kits', label: 'Kits' },
        { href: `/kits/${kit.id}`, label: `Kit ${kit.id}` },
      ]}
      errors={form.errors}
    >
      <Card>
        <Form action={`/kits/${kit.id}/change`}>
          <AddressFields
            form={form}
            way={kit.way}
            address={kit.ship_to}
            // Once its papers are made, they are this person's.
            contacts={kit.state === 'requested' ? contacts : []}
            contactId={kit.contact_id}
            required
          />
          <TextArea form={form} name="note" label="Note" value={kit.note} rows={2} />
          <SubmitButton>Keep this</SubmitButton>
        </Form>
      </Card>
    </DeskPage>,
    status,
  );
}

/** POST /kits/:id/change */
export function postKitChange(c: C): Promise<Response> {
  return withKit(c, async (kit) => {
    const body = await readForm(c);
    const { shipTo = { name: '', street: '', city: '', country: '' }, ...rest } = readAddress(body);
    const input = changeKitInput.safeParse({ ...rest, shipTo, note: fieldText(body, 'note') });
    if (!input.success) return changePage(c, kit, refusedForm(body, errorsFromZod(input.error, addressField)), 422);
    const changed = await changeKit(c.get('ctx'), kit.id, input.data);
    if (isRefusal(changed)) return changePage(c, kit, refusedForm(body, [refusalError(changed)]), 422);
    setFlash(c, { tone: 'done', text: 'Changed.' });
    return seeOther(c, `/kits/${kit.id}`);
  });
}
