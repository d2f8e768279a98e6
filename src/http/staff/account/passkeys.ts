import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import type { Auth } from '../../../adapters/auth.ts';
import { recordAccountEvent } from '../../../app/accounts.ts';
import { recordSignIn } from '../../../app/sessions.ts';
import { type C, type Handler, seeOther } from '../../context.ts';
import { readSession } from '../../session.ts';
import { setFlash } from '../../ui/flash.ts';
import { failureCode, keepCookies, libraryHeaders } from './library.ts';

type Paths = Record<'signInOptions' | 'signIn' | 'addOptions' | 'add' | 'remove', Handler>;

/** What assets/passkey.js asks for, and the form that takes a passkey away. */
export function passkeyPaths(auth: Auth): Paths {
  return {
    async signInOptions(c) {
      const headers = libraryHeaders(c, auth, '');
      const answer = await auth.api.generatePasskeyAuthenticationOptions({ headers, asResponse: true });
      // A passkey stands for two factors: the device has to ask who it is.
      const options = { ...((await answer.clone().json()) as object), userVerification: 'required' };
      keepCookies(c, answer);
      return c.json(options);
    },
    async signIn(c) {
      const before = (await readSession(c, auth))?.sessionId;
      const body = await readJson(c);
      const answer = await auth.api.verifyPasskeyAuthentication({
        body: { response: (body.response ?? {}) as AuthenticationResponseJSON },
        headers: libraryHeaders(c, auth),
        asResponse: true,
      });
      if (!answer.ok)
        return c.json(
          { problem: 'This passkey is not known here. Sign in another way, then add it to your account.' },
          422,
        );
      const { session } = (await answer.clone().json()) as { session: { userId: string } };
      await recordSignIn(c.get('ctx'), { staffId: session.userId, method: 'passkey', before });
      keepCookies(c, answer);
      return c.json({ ok: true });
    },
    async addOptions(c) {
      const answer = await auth.api.generatePasskeyRegistrationOptions({
        query: { name: c.get('signedIn')?.email ?? '' },
        headers: libraryHeaders(c, auth),
        asResponse: true,
      });
      if (!answer.ok) return refusePasskey(c, await failureCode(answer));
      keepCookies(c, answer);
      return c.json((await answer.clone().json()) as Record<string, unknown>);
    },
    async add(c) {
      const body = await readJson(c);
      const name =
        String(body.name ?? '')
          .trim()
          .slice(0, 60) || 'Passkey';
      const answer = await auth.api.verifyPasskeyRegistration({
        body: { response: body.response, name },
        headers: libraryHeaders(c, auth),
        asResponse: true,
      });
      if (!answer.ok) return refusePasskey(c, await failureCode(answer));
      const ctx = c.get('ctx');
      const { actor } = ctx;
      if (actor.kind === 'staff') await recordAccountEvent(ctx, 'account.add-passkey', actor.id, { name });
      const half = c.get('signedIn')?.mustEnrol === true;
      setFlash(c, {
        tone: 'done',
        text: half ? 'The passkey is saved. Sign in with it now.' : 'The passkey is saved.',
      });
      keepCookies(c, answer);
      return c.json({ next: half ? '/sign-in' : '/account' });
    },
    async remove(c) {
      const ctx = c.get('ctx');
      const { actor } = ctx;
      const id = c.req.param('key') ?? '';
      const answer = await auth.api.deletePasskey({ body: { id }, headers: libraryHeaders(c, auth), asResponse: true });
      if (answer.ok && actor.kind === 'staff') {
        await recordAccountEvent(ctx, 'account.remove-passkey', actor.id);
        setFlash(c, { tone: 'done', text: 'The passkey opens nothing here any more.' });
      }
      return seeOther(c, '/account');
    },
  };
}

function refusePasskey(c: C, code: string): Response {
  const problem =
    code === 'SESSION_NOT_FRESH'
      ? 'To add a passkey, sign out and in again first: your sign-in is more than 15 minutes old.'
      : 'This passkey could not be saved. Try again, or use another device.';
  return c.json({ problem }, 422);
}

async function readJson(c: C): Promise<Record<string, unknown>> {
  const body: unknown = await c.req.json().catch(() => undefined);
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
}
