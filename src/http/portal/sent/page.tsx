/** What we have from the party: read back unit by unit, to print and keep, with what is still owed and by when. */
import { loadKitChoices } from '../../../app/queries/kits.ts';
import type { ReplySignature } from '../../../app/replies.ts';
import { answersSchema, emptyAnswers } from '../../../domain/form.ts';
import { stepsFor } from '../../../domain/form-asked.ts';
import { LinkButton } from '../../ui/field.tsx';
import { formatMoment } from '../../ui/figures.ts';
import { html } from '../../ui/page.tsx';
import { Alert } from '../../ui/parts.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { DueDate } from '../due-date.tsx';
import { portalForm } from '../form/model.ts';
import { ReadBack } from '../form/read-back.tsx';
import { portalPage, zoneOf } from '../gate.tsx';

/** GET /p/:token/sent */
export const showSent = portalPage({ units: true, answers: true }, async (portal) => {
  const { c, ctx, t, data, shell, base } = portal;
  const last = data.replies.at(-1);
  const form = portalForm(portal);
  if (!last || !form) return c.redirect(base, 303);
  const parsed = answersSchema.safeParse(last.answers);
  const answers = parsed.success ? parsed.data : emptyAnswers();
  const zone = zoneOf(data);
  // Only takeReply writes signatures.
  const signature = last.signature as ReplySignature | null;
  const open = data.obligation?.open ?? 0;
  const state = data.obligation?.state ?? 'silent';
  const steps = stepsFor(form.definition, form.context, answers);
  // Whoever said that there is no Internet is led on from here.
  const choices =
    state === 'done' ? [] : await loadKitChoices(ctx.db, data.party.id, { now: ctx.now(), actionId: data.action.id });
  const offline = choices.some((one) => one.offline && one.kitId === null);
  return html(
    c,
    <PortalPage
      shell={shell}
      title={t('portal.sent.title')}
      lede={t('portal.sent.lede', { number: last.id, at: formatMoment(new Date(last.at), t.language, zone) })}
      back={{ href: base }}
    >
      {state === 'done' ? (
        <Alert tone="done" title={t('portal.sent.done')} />
      ) : (
        <>
          <Alert tone="note" title={t('portal.sent.owed', { open })}>
            <p>{t('portal.sent.owed-hint')}</p>
          </Alert>
          <DueDate data={data} t={t} />
        </>
      )}
      {offline ? (
        <Alert tone="attention" title={t('portal.sent.kit')}>
          <p class="ff-no-print">
            <LinkButton href={`${base}/kit`} tone="primary" icon="package">
              {t('portal.kit.ask')}
            </LinkButton>
          </p>
        </Alert>
      ) : null}
      {data.replies.length > 1 ? <p>{t('portal.sent.earlier', { count: data.replies.length - 1 })}</p> : null}
      {signature ? (
        <p class="ff-statement">
          {signature.meaning}
          <br />
          <strong>{signature.name}</strong>
          {signature.title ? `, ${signature.title}` : ''} ·{' '}
          {formatMoment(new Date(signature.at), t.language, signature.zone)}
        </p>
      ) : null}
      <ReadBack definition={form.definition} context={form.context} answers={answers} steps={steps} t={t} states />
      <p class="ff-no-print">{t('portal.sent.print')}</p>
      <p class="ff-no-print">
        <LinkButton href={`${base}/form`}>{t('portal.sent.again')}</LinkButton>
      </p>
    </PortalPage>,
  );
});
