/** *I am not the right person*: pass the notice on, mend name or address, or say that somebody has left. */
import type { VNode } from 'preact';
import { contactProposal, proposeContactChange } from '../../../app/contact-changes.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type FormBody, fieldList, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { namedLanguages } from '../../translate.ts';
import { CheckboxGroup, Form, RadioGroup, SubmitButton, TextArea, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { type Portal, portalPage } from '../gate.tsx';

/** GET /p/:token/contact */
export const showContact = portalPage({}, (portal) =>
  html(portal.c, <ContactPage portal={portal} form={freshForm()} />),
);

/** POST /p/:token/contact: becomes a proposal; nothing about the contact changes before somebody has looked at it. */
export const sendContact = portalPage({}, async (portal) => {
  const { c, ctx, data, t } = portal;
  const body = await readForm(c);
  const parsed = contactProposal.safeParse(proposalOf(body));
  if (!parsed.success) {
    const errors = errorsFromZod(parsed.error).map(({ field, message }) => ({
      field,
      // The schema names the two rules of its own; what a browser would have caught is told in our words too.
      message: t(
        message.startsWith('contact-change.') ? `portal.contact.error.${message.slice(15)}` : wrongText(field),
      ),
    }));
    return html(c, <ContactPage portal={portal} form={refusedForm(body, errors)} />, 422);
  }
  const done = await proposeContactChange(
    ctx,
    { actionId: data.action.id, partyId: data.party.id, contactId: data.contact.id, door: 'web' },
    parsed.data,
  );
  if (isRefusal(done)) {
    return html(c, <ContactPage portal={portal} form={refusedForm(body, [refusalError(done, t.language)])} />, 422);
  }
  setFlash(c, { tone: 'done', text: t('portal.contact.thanks') });
  return seeOther(c, portal.base);
});

function proposalOf(body: FormBody) {
  return {
    kind: fieldText(body, 'kind'),
    name: fieldText(body, 'name'),
    title: fieldText(body, 'title'),
    email: fieldText(body, 'email').trim(),
    phone: fieldText(body, 'phone'),
    languages: fieldList(body, 'languages'),
    note: fieldText(body, 'note'),
  };
}

function wrongText(field: string): string {
  if (field === 'kind') return 'portal.contact.error.kind';
  return field === 'email' ? 'portal.contact.error.email' : 'portal.contact.error.long';
}

function ContactPage({ portal, form }: { portal: Portal; form: FormState }): VNode {
  const { t, shell, data, base } = portal;
  return (
    <PortalPage
      shell={shell}
      title={t('portal.contact.title')}
      lede={t('portal.contact.lede', { name: data.contact.name, email: data.contact.email || data.contact.phone })}
      back={{ href: base }}
      errors={form.errors}
    >
      <Form action={`${base}/contact`}>
        <RadioGroup
          form={form}
          name="kind"
          label={t('portal.contact.kind')}
          required
          options={(['forward', 'correct', 'left'] as const).map((kind) => ({
            value: kind,
            label: t(`portal.contact.kind.${kind}`),
            hint: t(`portal.contact.kind.${kind}.hint`),
          }))}
        />
        <h2>{t('portal.contact.who')}</h2>
        <TextInput form={form} name="name" label={t('portal.contact.name')} maxLength={200} autocomplete="off" />
        <TextInput form={form} name="title" label={t('portal.contact.job')} maxLength={200} autocomplete="off" />
        <TextInput
          form={form}
          name="email"
          type="email"
          label={t('portal.contact.email')}
          maxLength={254}
          autocomplete="off"
        />
        <TextInput
          form={form}
          name="phone"
          type="tel"
          label={t('portal.contact.phone')}
          maxLength={60}
          width={20}
          autocomplete="off"
        />
        <CheckboxGroup
          form={form}
          name="languages"
          label={t('portal.contact.languages')}
          inline
          options={namedLanguages().map(({ code, name }) => ({ value: code, label: name }))}
        />
        <TextArea form={form} name="note" label={t('portal.contact.note')} rows={3} maxLength={2000} />
        <p class="ff-hint">{t('portal.contact.nothing-yet', { manufacturer: shell.manufacturer })}</p>
        <SubmitButton>{t('portal.contact.send')}</SubmitButton>
      </Form>
    </PortalPage>
  );
}
