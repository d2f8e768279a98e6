/** The form on paper: its reader downloads it, prints it or fills it in, and sends it back. */
import type { VNode } from 'preact';
import { ensurePaperForm } from '../../../app/paper-forms.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { fieldText, readForm } from '../../context.ts';
import { fileAnswer } from '../../file-answer.ts';
import { availableLanguages, namedLanguages } from '../../translate.ts';
import { Form, LinkButton, Select, SubmitButton } from '../../ui/field.tsx';
import { type FormState, freshForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { Alert } from '../../ui/parts.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { DueDate } from '../due-date.tsx';
import { type Portal, portalPage } from '../gate.tsx';
import { SendForm } from './send.tsx';

/** GET /p/:token/paper. Makes nothing: a form gets its code when a person asks for it. */
export const showPaper = portalPage({}, (portal) => html(portal.c, <PaperPage portal={portal} form={freshForm()} />));

/** POST /p/:token/paper: the form as PDF. The same form is the same file each time. */
export const sendPaper = portalPage({}, async (portal) => {
  const { c, ctx, data, t } = portal;
  const asked = fieldText(await readForm(c), 'language');
  const language = availableLanguages().find((code) => code === asked) ?? t.language;
  const file = await ensurePaperForm(ctx, {
    actionId: data.action.id,
    contactId: data.contact.id,
    language,
    urgent: true,
  });
  if (isRefusal(file)) {
    const why = file.code === 'paper-form.too-many-units' ? 'too-many' : 'none';
    return html(c, <PaperPage portal={portal} form={freshForm()} missing={why} />, 422);
  }
  return fileAnswer(file.pdf, { name: file.name, mediaType: 'application/pdf' });
});

/** The page, or the page again with what is wrong. */
export function PaperPage({
  portal,
  form,
  missing,
}: {
  portal: Portal;
  form: FormState;
  missing?: 'none' | 'too-many';
}): VNode {
  const { t, shell, data, facts, base } = portal;
  const languages = namedLanguages(availableLanguages());
  return (
    <PortalPage shell={shell} title={t('portal.paper.title')} lede={t('portal.paper.lede')} back={{ href: base }}>
      {missing || !data.form ? (
        <Alert tone="attention">
          <p>{missing === 'too-many' ? t('portal.paper.too-many') : t('portal.paper.none')}</p>
        </Alert>
      ) : (
        <Form action={`${base}/paper`}>
          <Select
            form={form}
            name="language"
            label={t('portal.paper.language')}
            value={t.language}
            options={languages.map(({ code, name }) => ({ value: code, label: name }))}
          />
          <p class="ff-portal-next">
            <SubmitButton icon="file-download">{t('portal.paper.get')}</SubmitButton>
          </p>
        </Form>
      )}
      <DueDate data={data} t={t} />
      <h2>{t('portal.paper.how')}</h2>
      <ol>
        <li>{t('portal.paper.how-1')}</li>
        <li>{t('portal.paper.how-2', { email: facts.email ?? '' })}</li>
        <li>{t('portal.paper.how-3')}</li>
      </ol>
      <p class="ff-hint">{t('portal.paper.own')}</p>
      {data.form ? <SendForm base={base} form={form} t={t} /> : null}
      <p>
        <LinkButton href={`${base}/form/receipt`} tone="quiet" icon="checklist">
          {t('portal.place.form')}
        </LinkButton>
      </p>
    </PortalPage>
  );
}
