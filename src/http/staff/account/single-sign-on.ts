import { h } from 'preact';
import type { Auth } from '../../../adapters/auth.ts';
import { recordSignIn } from '../../../app/sessions.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, type Handler, readForm, seeOther } from '../../context.ts';
import { refusalText } from '../../refusal.tsx';
import { readSession } from '../../session.ts';
import { setFlash } from '../../ui/flash.ts';
import { MessagePage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { cookiesAfter, goOn, keepCookies, libraryHeaders, localPath } from './library.ts';

/** POST /sign-in/oidc and GET /auth/callback/oidc: to the organisation's sign-in service and back. */
export function singleSignOnPages(auth: Auth): Record<'start' | 'callback', Handler> {
  return {
    async start(c) {
      const next = localPath(fieldText(await readForm(c), 'next'));
      return startSingleSignOn(c, auth, next);
    },
    async callback(c) {
      const service = await auth.singleSignOn();
      if (!service) return unreachable(c);
      const before = (await readSession(c, auth))?.sessionId;
      const request = new Request(c.req.url, { headers: libraryHeaders(c, auth) });
      const answer = await service.handler(request);
      const made = await auth.api.getSession({ headers: libraryHeaders(c, auth, cookiesAfter(answer)) });
      const goal = new URL(answer.headers.get('location') ?? '/', c.get('ctx').settings.publicUrl);
      if (!made || made.session.method !== 'oidc' || goal.searchParams.has('error')) {
        return goOn(c, answer, `/sign-in?error=${encodeURIComponent(goal.searchParams.get('error') ?? 'unknown')}`);
      }
      await recordSignIn(c.get('ctx'), { staffId: made.user.id, method: 'oidc', before });
      return goOn(c, answer, localPath(goal.pathname + goal.search));
    },
  };
}

/**
 * Sends the browser to the service. By a page that moves on, not by a redirect: our policy lets forms lead to ourselves
 * only, and browsers apply it to redirects as well.
 */
export async function startSingleSignOn(c: C, auth: Auth, next: string): Promise<Response> {
  const service = await auth.singleSignOn();
  if (!service) return unreachable(c);
  const answer = await service.api.signInSocial({
    body: { provider: 'oidc', callbackURL: next, errorCallbackURL: '/sign-in', disableRedirect: true },
    headers: libraryHeaders(c, auth),
    asResponse: true,
  });
  const { url } = (await answer.clone().json()) as { url?: string };
  if (!answer.ok || !url) return unreachable(c);
  keepCookies(c, answer);
  c.header('refresh', `0; url=${url}`);
  return html(
    c,
    h(MessagePage, {
      title: 'One moment',
      text: 'The sign-in service of your organisation opens.',
      href: url,
      label: 'Go on',
    }),
  );
}

function unreachable(c: C): Response {
  setFlash(c, { tone: 'attention', text: refusalText(refuse('sign-in.oidc-unreachable')) });
  return seeOther(c, '/sign-in');
}

/** Words for what the library reports in the address when single sign-on failed. */
export function singleSignOnProblem(error: string | undefined): string | undefined {
  if (!error) return undefined;
  const unknown = ['signup_disabled', 'account_not_linked', 'email_not_found'].includes(error);
  return refusalText(refuse(unknown ? 'sign-in.oidc-unknown' : 'sign-in.oidc-failed', { error: error.slice(0, 60) }));
}
