import type { VNode } from 'preact';
import { addContact, addContactInput, changeContact, changeContactInput } from '../../../app/contacts.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, type FormBody, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import { languageName } from '../../translate.ts';
import { ButtonRow, Form, LinkButton, RadioGroup, Select, SubmitButton, TextArea, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormErrors, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { shellOf } from '../shell.ts';
import { ContactFiles } from './contact-files.tsx';

interface Site {
  id: number;
  name: string;
}

/** The fields of a contact, on its own page and in the task that asks for one. */
export function ContactFields({ form, sites }: { form: FormState; sites: readonly Site[] }): VNode {
  return (
    <>
      <div class="ff-row-fields">
        <TextInput form={form} name="contactName" label="Name" hint="A person or an office." width={30} required />
        <TextInput form={form} name="title" label="Title" width={20} />
      </div>
      <TextInput
        form={form}
        name="role"
        label="What for"
        hint="The contact with the role recall gets letters first."
        value="recall"
        width={20}
        required
      />
      <div class="ff-row-fields">
        <TextInput form={form} name="email" label="E-mail address" type="email" width={30} />
        <TextInput form={form} name="phone" label="Telephone" type="tel" width={20} />
      </div>
      <RadioGroup
        form={form}
        name="channel"
        label="Gets letters by"
        value="email"
        inline
        options={[
          { value: 'email', label: 'E-mail' },
          { value: 'post', label: 'Post' },
          { value: 'phone', label: 'Telephone' },
        ]}
      />
      <TextInput
        form={form}
        name="languages"
        label="Reads and speaks"
        hint="Codes in order, best first, e.g. fr, nl. Empty: the languages of its country."
        width={20}
        identifier
      />
      {sites.length > 1 ? (
        <Select
          form={form}
          name="siteId"
          label="Site"
          placeholder="The whole party"
          options={sites.map((site) => ({ value: String(site.id), label: site.name }))}
        />
      ) : null}
    </>
  );
}

function fieldsOf(body: FormBody) {
  const site = fieldText(body, 'siteId');
  return {
    name: fieldText(body, 'contactName'),
    title: fieldText(body, 'title'),
    role: fieldText(body, 'role'),
    email: fieldText(body, 'email'),
    phone: fieldText(body, 'phone'),
    channel: fieldText(body, 'channel') || 'email',
    languages: fieldText(body, 'languages')
      .split(/[\s,;]+/)
      .filter(Boolean),
    siteId: site === '' ? null : Number(site),
  };
}

/** `languages.1` is a fault of the field `languages`; the name stands under `contactName`, apart from other names. */
const fieldOf = (path: string): string => (path === 'name' ? 'contactName' : (path.split('.')[0] ?? ''));

const faults = (errors: FormErrors): FormErrors => errors.map((error) => ({ ...error, field: fieldOf(error.field) }));

/** Reads the fields of a contact. */
export function readContactFields(body: FormBody) {
  const input = addContactInput.omit({ partyId: true, taskId: true }).safeParse(fieldsOf(body));
  return input.success ? { data: input.data } : { errors: faults(errorsFromZod(input.error)) };
}

function loadSites(c: C, partyId: number): Promise<Site[]> {
  return c
    .get('ctx')
    .db.selectFrom('site')
    .select(['id', 'name'])
    .where('party_id', '=', partyId)
    .orderBy('name')
    .limit(200)
    .execute();
}

async function withParty(c: C, page: (party: { id: number; name: string }) => Promise<Response>): Promise<Response> {
  const id = idParam(c, 'id');
  const party =
    id === undefined
      ? undefined
      : await c.get('ctx').db.selectFrom('party').select(['id', 'name']).where('id', '=', id).executeTakeFirst();
  if (!party) return answerRefusal(c, refuse('party.unknown', { id: c.req.param('id') ?? '' }), '/parties');
  return page(party);
}

/** GET /parties/:id/contacts/new */
export function showNewContact(c: C): Promise<Response> {
  return withParty(c, async (party) => html(c, await newContactPage(c, party, freshForm())));
}

async function newContactPage(c: C, party: { id: number; name: string }, form: FormState): Promise<VNode> {
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Add a contact"
      lede={party.name}
      crumbs={[
        { href: '/parties', label: 'Parties' },
        { href: `/parties/${party.id}`, label: party.name },
      ]}
      errors={form.errors}
      width="narrow"
    >
      <p>Whoever is added gets the notice of every released action the party has to be told about.</p>
      <Form action={`/parties/${party.id}/contacts`}>
        <ContactFields form={form} sites={await loadSites(c, party.id)} />
        <ButtonRow>
          <SubmitButton tone="primary" icon="plus">
            Add the contact
          </SubmitButton>
          <LinkButton href={`/parties/${party.id}`} tone="quiet">
            Back
          </LinkButton>
        </ButtonRow>
      </Form>
    </DeskPage>
  );
}

/** POST /parties/:id/contacts */
export function postContact(c: C): Promise<Response> {
  return withParty(c, async (party) => {
    const body = await readForm(c);
    const input = readContactFields(body);
    if ('errors' in input) return html(c, await newContactPage(c, party, refusedForm(body, input.errors ?? [])), 422);
    const result = await addContact(c.get('ctx'), { ...input.data, partyId: party.id });
    if (isRefusal(result))
      return html(c, await newContactPage(c, party, refusedForm(body, faults([refusalError(result)]))), 422);
    setFlash(c, {
      tone: 'done',
      text: result.letters > 0 ? 'The contact is added, and its letter is on its way.' : 'The contact is added.',
    });
    return seeOther(c, `/parties/${party.id}`);
  });
}

type Contact = NonNullable<Awaited<ReturnType<typeof loadContact>>>;

function loadContact(c: C) {
  return c
    .get('ctx')
    .db.selectFrom('contact as k')
    .innerJoin('party as p', 'p.id', 'k.party_id')
    .selectAll('k')
    .select('p.name as party')
    .where('k.id', '=', idParam(c, 'id') ?? 0)
    .executeTakeFirst();
}

async function withContact(c: C, page: (contact: Contact) => Promise<Response>): Promise<Response> {
  const contact = await loadContact(c);
  return contact ? page(contact) : answerRefusal(c, refuse('contact-number.unknown'), '/parties');
}

/** GET /contacts/:id: corrects a contact, or says that it is not there any more. */
export function showContact(c: C): Promise<Response> {
  return withContact(c, async (contact) => {
    const known = freshForm({
      contactName: contact.name,
      title: contact.title,
      role: contact.role,
      email: contact.email,
      phone: contact.phone,
      channel: contact.channel,
      languages: contact.languages.join(', '),
      siteId: contact.site_id === null ? '' : String(contact.site_id),
      status: contact.status === 'replaced' ? 'left' : contact.status,
    });
    return html(c, await contactPage(c, contact, known));
  });
}

async function contactPage(c: C, contact: Contact, form: FormState): Promise<VNode> {
  return (
    <DeskPage
      shell={await shellOf(c)}
      title={contact.name}
      lede={<a href={`/parties/${contact.party_id}`}>{contact.party}</a>}
      crumbs={[
        { href: '/parties', label: 'Parties' },
        { href: `/parties/${contact.party_id}`, label: contact.party },
      ]}
      state={<StateBadge kind="contact" state={contact.status} />}
      errors={form.errors}
      width="narrow"
    >
      {contact.languages.length > 0 ? (
        <p>Reads {contact.languages.map((code) => languageName(code, 'en')).join(', ')}.</p>
      ) : null}
      <Form action={`/contacts/${contact.id}`}>
        <ContactFields form={form} sites={await loadSites(c, contact.party_id)} />
        <RadioGroup
          form={form}
          name="status"
          label="Is this contact there?"
          options={[
            { value: 'active', label: 'Yes' },
            {
              value: 'unreachable',
              label: 'Cannot be reached',
              hint: 'Gets no more letters until another address is known.',
            },
            { value: 'left', label: 'Not there any more', hint: 'Letters that wait for it are stopped.' },
          ]}
        />
        <TextArea form={form} name="reason" label="How do you know?" rows={2} required />
        <ButtonRow>
          <SubmitButton tone="primary">Change the contact</SubmitButton>
          <LinkButton href={`/parties/${contact.party_id}`} tone="quiet">
            Back
          </LinkButton>
        </ButtonRow>
      </Form>
      <div class="mt-4">
        <ContactFiles contact={contact} />
      </div>
    </DeskPage>
  );
}

/** POST /contacts/:id */
export function postContactChange(c: C): Promise<Response> {
  return withContact(c, async (contact) => {
    const body = await readForm(c);
    const input = changeContactInput.safeParse({
      ...fieldsOf(body),
      status: fieldText(body, 'status'),
      reason: fieldText(body, 'reason'),
    });
    if (!input.success)
      return html(c, await contactPage(c, contact, refusedForm(body, faults(errorsFromZod(input.error)))), 422);
    const result = await changeContact(c.get('ctx'), contact.id, input.data);
    if (isRefusal(result))
      return html(c, await contactPage(c, contact, refusedForm(body, faults([refusalError(result)]))), 422);
    setFlash(c, { tone: 'done', text: result.letters > 0 ? 'Changed, and a letter is on its way.' : 'Changed.' });
    return seeOther(c, `/parties/${contact.party_id}`);
  });
}
