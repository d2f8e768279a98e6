import type { VNode } from 'preact';
import { contactProposal } from '../../../app/contact-changes.ts';
import type { Context } from '../../../app/context.ts';
import { otherContacts } from '../../../app/delivery-bounces.ts';
import { allows } from '../../../domain/permission.ts';
import { languageName } from '../../translate.ts';
import { ButtonRow, Form, HiddenInput, RadioGroup, SubmitButton, TextArea, TextInput } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Alert, Card } from '../../ui/parts.tsx';
import { DataTable } from '../../ui/table.tsx';
import { ContactFields } from '../parties/contact.tsx';
import type { Task } from './tasks.tsx';

/** A letter that came back or could not leave: another address, another contact, or nobody there any more. */
export async function letterMend(ctx: Context, task: Task, form: FormState): Promise<VNode | null> {
  const delivery =
    task.delivery_id === null
      ? undefined
      : await ctx.db
          .selectFrom('delivery as d')
          .leftJoin('contact as k', 'k.id', 'd.contact_id')
          .select([
            'd.id',
            'd.state',
            'd.channel',
            'd.address',
            'd.detail',
            'd.contact_id',
            'k.name as contact',
            'k.role',
          ])
          .where('d.id', '=', task.delivery_id)
          .executeTakeFirst();
  if (!delivery || delivery.contact_id === null) return null;
  if (delivery.state !== 'bounced' && delivery.state !== 'failed') {
    return (
      <Alert tone="note" title="This letter is on its way by now">
        <p>
          <a href={`/deliveries/${delivery.id}`}>See how far it came</a>, then end the task.
        </p>
      </Alert>
    );
  }
  const others = await otherContacts(ctx.db, task.party_id, delivery.contact_id);
  return (
    <>
      {allows(ctx.actor, 'contact.change') ? (
        <Card title="Send the letter another way">
          <p>
            {delivery.address ? `It went to ${delivery.address.replaceAll('\n', ', ')}. ` : 'It could not leave: '}
            {delivery.detail}
          </p>
          {delivery.channel === 'post' ? (
            <p>
              <a href={`/deliveries/${delivery.id}`}>Put the postal address right</a>, or choose below.
            </p>
          ) : null}
          <Form action={`/tasks/${task.id}/redirect`}>
            <RadioGroup
              form={form}
              name="way"
              label="Who gets the letter now?"
              required
              options={[
                ...others.map((other) => ({
                  value: `contact-${other.id}`,
                  label: `${other.name}, ${other.role}`,
                  hint: other.channel === 'phone' ? other.phone : other.channel === 'post' ? 'by post' : other.email,
                })),
                { value: 'correct', label: `${delivery.contact ?? 'The same contact'}, at another e-mail address` },
                { value: 'new', label: 'Somebody new, instead of this contact' },
                { value: 'post', label: 'The same contact, by post' },
                ...(delivery.address
                  ? [{ value: 'again', label: 'The same address once more', hint: 'If the trouble was passing.' }]
                  : []),
              ]}
            />
            <TextInput
              form={form}
              name="email"
              label="E-mail address"
              hint="For another address or somebody new."
              type="email"
              width={30}
            />
            <TextInput
              form={form}
              name="name"
              label="Name"
              hint="For somebody new: a person or an office."
              width={30}
            />
            <SubmitButton tone="primary" icon="send">
              Send the letter this way
            </SubmitButton>
          </Form>
        </Card>
      ) : null}
      {allows(ctx.actor, 'contact.change') ? (
        <Card title={`${delivery.contact ?? 'This contact'} is not there any more`}>
          <Form action={`/tasks/${task.id}/left`}>
            <HiddenInput name="contactId" value={delivery.contact_id} />
            <TextInput form={form} name="leftReason" label="How do you know?" required />
            <SubmitButton tone="secondary">Mark as left, and end the task</SubmitButton>
          </Form>
        </Card>
      ) : null}
    </>
  );
}

/** A party nobody can be written to at. */
export async function noContactMend(ctx: Context, task: Task, form: FormState): Promise<VNode | null> {
  if (task.party_id === null || !allows(ctx.actor, 'contact.change')) return null;
  const sites = await ctx.db
    .selectFrom('site')
    .select(['id', 'name'])
    .where('party_id', '=', task.party_id)
    .orderBy('name')
    .limit(200)
    .execute();
  return (
    <Card title="Add a contact">
      <p>The notice is sent to it at once, and this task is done.</p>
      <Form action={`/tasks/${task.id}/contact`}>
        <ContactFields form={form} sites={sites} />
        <SubmitButton tone="primary" icon="plus">
          Add the contact
        </SubmitButton>
      </Form>
    </Card>
  );
}

const kinds = {
  forward: 'Another person is the right one',
  correct: 'The same person, with other details',
  left: 'This person is not there any more',
} as const;

/** A change somebody proposed by a link: nothing happens before a person has looked at it. */
export async function proposalMend(ctx: Context, task: Task, form: FormState): Promise<VNode | null> {
  const changeId = Number(task.detail.changeId);
  const change = Number.isInteger(changeId)
    ? await ctx.db
        .selectFrom('contact_change as h')
        .leftJoin('contact as k', 'k.id', 'h.contact_id')
        .select(['h.id', 'h.proposed', 'h.state', 'h.door', 'k.name', 'k.title', 'k.email', 'k.phone', 'k.languages'])
        .where('h.id', '=', changeId)
        .executeTakeFirst()
    : undefined;
  if (!change || change.state !== 'proposed') return null;
  const read = contactProposal.safeParse(change.proposed);
  const proposed = read.data;
  const languages = (codes: readonly string[] | null | undefined) =>
    (codes ?? []).map((code) => languageName(code, 'en')).join(', ');
  const rows = proposed
    ? [
        { what: 'Name', before: change.name ?? '', after: proposed.name },
        { what: 'Title', before: change.title ?? '', after: proposed.title },
        { what: 'E-mail', before: change.email ?? '', after: proposed.email },
        { what: 'Telephone', before: change.phone ?? '', after: proposed.phone },
        { what: 'Reads', before: languages(change.languages), after: languages(proposed.languages) },
      ]
    : [];
  return (
    <Card title={proposed ? kinds[proposed.kind] : 'This proposal cannot be read'}>
      {proposed?.note ? <blockquote class="ff-signature">{proposed.note}</blockquote> : null}
      <DataTable
        caption="The contact now, and as proposed"
        columns={[
          { key: 'what', title: 'What', cell: (row) => row.what, rowHeader: true },
          { key: 'before', title: 'Now', cell: (row) => row.before || '–' },
          {
            key: 'after',
            title: 'Proposed',
            cell: (row) =>
              row.after === '' ? 'as it is' : row.after === row.before ? row.after : <strong>{row.after}</strong>,
          },
        ]}
        rows={rows}
        rowKey={(row) => row.what}
        empty={{ title: 'Nothing readable', text: 'Refuse it, and ask the party.' }}
      />
      {allows(ctx.actor, 'party.change') ? (
        <Form action={`/tasks/${task.id}/proposal`}>
          <TextArea
            form={form}
            name="decision"
            label="Why"
            hint="Needed to refuse: it stays in the history. A call to the party’s known number is a good check."
            rows={2}
          />
          <ButtonRow>
            {proposed ? (
              <SubmitButton tone="primary" name="decide" value="apply">
                Apply the change
              </SubmitButton>
            ) : null}
            <SubmitButton tone="secondary" name="decide" value="refuse">
              Refuse it
            </SubmitButton>
          </ButtonRow>
        </Form>
      ) : null}
    </Card>
  );
}
