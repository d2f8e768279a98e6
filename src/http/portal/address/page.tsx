import type { VNode } from 'preact';
import { type ContactCheck, confirmContactCheck, loadContactCheck } from '../../../app/contact-checks.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, seeOther } from '../../context.ts';
import { availableLanguages, chooseLanguage, translator } from '../../translate.ts';
import { Form, SubmitButton } from '../../ui/field.tsx';
import { html } from '../../ui/page.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { refuseLink } from '../gate.tsx';

/** The page in the reader's language: the one asked for, else the contact's, else the browser's. */
function addressPage(c: C, check: ContactCheck, status: 200 | 404 = 200): Response {
  const language = chooseLanguage({
    asked: c.req.query('lang'),
    known: check.languages,
    accept: c.req.header('accept-language'),
    available: availableLanguages(),
  });
  const t = translator(language);
  const { party, reference, email } = check;
  const said = answered(check);
  return html(
    c,
    <PortalPage
      shell={{ t, manufacturer: t('portal.link.manufacturer'), reference, url: c.req.path }}
      title={t('portal.address.title')}
      lede={said === undefined ? t('portal.address.lede', { party, reference, email }) : t(said)}
    >
      {said === undefined ? <Question path={c.req.path} t={t} /> : null}
    </PortalPage>,
    status,
  );
}

function Question({ path, t }: { path: string; t: ReturnType<typeof translator> }): VNode {
  return (
    <Form action={path}>
      <SubmitButton>{t('portal.address.yes')}</SubmitButton>
      <p>{t('portal.address.no')}</p>
    </Form>
  );
}

/** What is said in place of the question once it was answered. */
function answered(check: ContactCheck): string | undefined {
  if (check.state === 'applied' && check.confirmedAt !== null) return 'portal.address.applied';
  if (check.state !== 'proposed') return 'portal.address.ended';
  return check.confirmedAt === null ? undefined : 'portal.address.noted';
}

/** GET /address/:token: asks; opening it says nothing yet (mail scanners open links). */
export async function showAddress(c: C): Promise<Response> {
  const check = await loadContactCheck(c.get('ctx'), c.req.param('token') ?? '');
  return check ? addressPage(c, check) : refuseLink(c, 404);
}

/** POST /address/:token: the holder of the address says yes. */
export async function postAddress(c: C): Promise<Response> {
  const token = c.req.param('token') ?? '';
  const result = await confirmContactCheck(c.get('ctx'), token);
  if (isRefusal(result)) return refuseLink(c, 404);
  return seeOther(c, `/address/${token}`);
}
