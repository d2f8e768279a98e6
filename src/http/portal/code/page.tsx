/** The confirmation code in the portal: one field, and a clear word on what became of it. */
import { enterCode, enterCodeInput } from '../../../app/confirmation-codes.ts';
import { loadOwnTicket } from '../../../app/queries/kits.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { Form, LinkButton, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { Identifier } from '../../ui/parts.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { type Portal, portalPage } from '../gate.tsx';
import { takenText } from './words.ts';

/** GET /p/:token/code. `?ticket=` is the number of an installation ticket: its printed code leads here. */
export const showCode = portalPage({}, async (portal) => {
  const { c, ctx, data } = portal;
  const number = /^\d{1,9}$/.exec(c.req.query('ticket') ?? '')?.[0];
  const about = number === undefined ? undefined : await loadOwnTicket(ctx.db, data.party.id, Number(number));
  return codePage(portal, freshForm(), 200, about);
});

/** POST /p/:token/code: a right code confirms its correction. */
export const sendConfirmation = portalPage({}, async (portal) => {
  const { c, ctx, t, base } = portal;
  const body = await readForm(c);
  const input = enterCodeInput.safeParse({ code: fieldText(body, 'code') });
  if (!input.success)
    return codePage(portal, refusedForm(body, [{ field: 'code', message: t('portal.code.missing') }]), 422);
  const taken = await enterCode(ctx, input.data);
  if (isRefusal(taken)) {
    const status = taken.code === 'code.too-many' ? 429 : 422;
    return codePage(portal, refusedForm(body, [refusalError(taken, t.language)]), status);
  }
  const fine = taken.result === 'done' && taken.state !== 'isolated';
  setFlash(c, { tone: fine ? 'done' : 'attention', text: takenText(t, taken) });
  return seeOther(c, `${base}/code`);
});

function codePage(
  portal: Portal,
  form: FormState,
  status: 200 | 422 | 429,
  about?: Awaited<ReturnType<typeof loadOwnTicket>>,
): Response {
  const { c, t, shell, base } = portal;
  return html(
    c,
    <PortalPage
      shell={shell}
      title={t('portal.code.title')}
      lede={t('portal.code.lede')}
      back={{ href: base }}
      errors={form.errors}
    >
      {about ? (
        <p>
          <strong>
            <bdi>{about.product}</bdi> <Identifier>{about.serial}</Identifier>, <bdi>{about.environment}</bdi>
          </strong>
        </p>
      ) : null}
      <Form action={`${base}/code`}>
        <TextInput
          form={form}
          name="code"
          label={t('portal.code.field')}
          hint={t('portal.code.hint')}
          autocomplete="off"
          width={30}
          identifier
          required
        />
        <SubmitButton>{t('portal.code.send')}</SubmitButton>
      </Form>
      <p class="mt-3">
        <LinkButton href={`${base}/units`} icon="devices">
          {t('portal.code.units')}
        </LinkButton>
      </p>
    </PortalPage>,
    status,
  );
}
