import type { VNode } from 'preact';
import type { Auth } from '../../../adapters/auth.ts';
import { sampleAccounts, samplePassword } from '../../../app/accounts.ts';
import { accountKey, claimAttempt, claimCode, forgiveAttempts } from '../../../app/credentials.ts';
import { endSession, recordSignIn } from '../../../app/sessions.ts';
import { refuse } from '../../../domain/refusal.ts';
import { clientAddress } from '../../client-address.ts';
import { type C, fieldText, type Handler, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { readSession } from '../../session.ts';
import { Form, HiddenInput, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash, takeFlash } from '../../ui/flash.ts';
import { type FormState, freshForm, refusedForm, textOf } from '../../ui/form.ts';
import { PlainPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { cookiesAfter, failureCode, goOn, libraryHeaders, localPath } from './library.ts';
import { singleSignOnProblem } from './single-sign-on.ts';

type Pages = Record<'show' | 'post' | 'showCode' | 'postCode' | 'signOut', Handler>;

/** The pages of /sign-in, /sign-in/code and /sign-out. */
export function signInPages(auth: Auth, options: { oidc: boolean }): Pages {
  const page = (c: C, form: FormState) => <SignIn c={c} form={form} oidc={options.oidc} />;
  return {
    async show(c) {
      const signedIn = await readSession(c, auth);
      const next = localPath(c.req.query('next'));
      if (signedIn && !signedIn.mustEnrol) return seeOther(c, next);
      const problem = singleSignOnProblem(c.req.query('error'));
      return html(c, page(c, { values: { next }, errors: problem ? [{ field: '', message: problem }] : [] }));
    },

    async post(c) {
      const ctx = c.get('ctx');
      const body = await readForm(c);
      const email = fieldText(body, 'email').trim().toLowerCase();
      const next = localPath(fieldText(body, 'next'));
      const place = { account: accountKey(email), address: clientAddress(c) };
      const locked = await claimAttempt(ctx, place);
      if (locked) {
        ctx.log('warn', 'sign-in is locked for a while after too many tries');
        return html(c, page(c, refusedForm(body, [refusalError(locked)])), 429);
      }
      const before = (await readSession(c, auth))?.sessionId;
      const answer = await auth.api.signInEmail({
        body: { email, password: fieldText(body, 'password').slice(0, 200) },
        headers: libraryHeaders(c, auth),
        asResponse: true,
      });
      if (!answer.ok) {
        // The same words and about the same time whether the account exists, is shut, or the password is wrong.
        return html(c, page(c, refusedForm(body, [refusalError(refuse('sign-in.wrong', {}, 'password'))])), 422);
      }
      const result = (await answer.clone().json()) as { twoFactorRedirect?: boolean; user?: { id: string } };
      await forgiveAttempts(ctx.db, place);
      if (result.twoFactorRedirect) return goOn(c, answer, `/sign-in/code?next=${encodeURIComponent(next)}`);
      await recordSignIn(ctx, { staffId: result.user?.id ?? '', method: 'password', before });
      await prepareEnrolment(c, auth, answer, fieldText(body, 'password'));
      // The gate of every page leads to the second step as long as there is none.
      return goOn(c, answer, next);
    },

    showCode: (c) => html(c, <CodePage form={freshForm({ next: localPath(c.req.query('next')) })} />),

    async postCode(c) {
      const ctx = c.get('ctx');
      const body = await readForm(c);
      const code = fieldText(body, 'code').trim();
      const isTotp = /^\d{3}\s?\d{3}$/.test(code);
      const call = {
        body: { code: isTotp ? code.replace(/\s/g, '') : code.slice(0, 20) },
        headers: libraryHeaders(c, auth),
        asResponse: true,
      } as const;
      const before = (await readSession(c, auth))?.sessionId;
      if (before !== undefined) await endSession(ctx, before);
      const answer = await (isTotp ? auth.api.verifyTOTP(call) : auth.api.verifyBackupCode(call));
      if (!answer.ok) return refuseCode(c, body, await failureCode(answer));
      const { user } = (await answer.clone().json()) as { user: { id: string } };
      if (isTotp && !(await claimCode(ctx, ctx.db, user.id, code))) {
        const made = await auth.api.getSession({ headers: libraryHeaders(c, auth, cookiesAfter(answer)) });
        if (made) await endSession(ctx, made.session.id);
        setFlash(c, { tone: 'attention', text: refusalError(refuse('credential.code-used')).message });
        return seeOther(c, `/sign-in?next=${encodeURIComponent(localPath(fieldText(body, 'next')))}`);
      }
      await recordSignIn(ctx, {
        staffId: user.id,
        method: isTotp ? 'password+totp' : 'backup-code',
        before: undefined,
      });
      return goOn(c, answer, localPath(fieldText(body, 'next')));
    },

    async signOut(c) {
      const signedIn = await readSession(c, auth);
      const answer = await auth.api.signOut({ headers: libraryHeaders(c, auth), asResponse: true });
      if (signedIn) await endSession(c.get('ctx'), signedIn.sessionId);
      return goOn(c, answer, '/sign-in');
    },
  };
}

/** The password is known here, so that setting up codes need not ask for it again. Keeps one that was begun before. */
async function prepareEnrolment(c: C, auth: Auth, answer: Response, password: string): Promise<void> {
  const headers = libraryHeaders(c, auth, cookiesAfter(answer));
  const made = await auth.api.getSession({ headers });
  if (!made || made.user.twoFactorEnabled || made.user.totpExempt) return;
  const begun = await c
    .get('ctx')
    .db.selectFrom('staff_two_factor')
    .select('id')
    .where('user_id', '=', made.user.id)
    .executeTakeFirst();
  if (!begun) await auth.api.enableTwoFactor({ body: { password, method: 'totp' }, headers });
}

/** A wrong code: try again here, wait, or begin again with the password. */
function refuseCode(c: C, body: Awaited<ReturnType<typeof readForm>>, code: string): Response {
  if (code === 'ACCOUNT_TEMPORARILY_LOCKED') {
    const locked = refuse('credential.locked', { minutes: 15 }, 'code');
    return html(c, <CodePage form={refusedForm(body, [refusalError(locked)])} />, 429);
  }
  if (code === 'INVALID_TWO_FACTOR_COOKIE' || code === 'TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE') {
    setFlash(c, { tone: 'attention', text: refusalError(refuse('sign-in.begin-again')).message });
    return seeOther(c, `/sign-in?next=${encodeURIComponent(localPath(fieldText(body, 'next')))}`);
  }
  return html(c, <CodePage form={refusedForm(body, [refusalError(refuse('sign-in.wrong-code', {}, 'code'))])} />, 422);
}

function SignIn({ c, form, oidc }: { c: C; form: FormState; oidc: boolean }): VNode {
  const next = localPath(textOf(form, 'next'));
  return (
    <PlainPage
      title="Sign in"
      errors={form.errors}
      flashes={takeFlash(c)}
      scripts={['simplewebauthn.js', 'passkey.js']}
    >
      {c.get('ctx').settings.demo ? <SampleAccounts next={next} /> : null}
      <Form action="/sign-in" label="Sign in">
        <HiddenInput name="next" value={next} />
        <TextInput form={form} name="email" label="E-mail" type="email" autocomplete="username webauthn" required />
        <TextInput
          form={form}
          name="password"
          label="Password"
          type="password"
          autocomplete="current-password"
          required
        />
        <SubmitButton tone="primary">Sign in</SubmitButton>
      </Form>
      <p hidden data-passkey-sign-in={next}>
        <button type="button" class="btn ff-btn-secondary">
          Sign in with a passkey
        </button>
      </p>
      {oidc ? (
        <Form action="/sign-in/oidc" label="Single sign-on">
          <HiddenInput name="next" value={next} />
          <SubmitButton tone="secondary">Sign in with your organisation's account</SubmitButton>
        </Form>
      ) : null}
    </PlainPage>
  );
}

function CodePage({ form }: { form: FormState }): VNode {
  return (
    <PlainPage title="One more step" errors={form.errors}>
      <p>Open the app that shows your one-time codes and type the one for Fieldfix. A backup code works as well.</p>
      <Form action="/sign-in/code">
        <HiddenInput name="next" value={localPath(textOf(form, 'next'))} />
        <TextInput form={form} name="code" label="Code" autocomplete="one-time-code" width={12} identifier required />
        <SubmitButton tone="primary">Sign in</SubmitButton>
      </Form>
      <p class="ff-hint">
        Lost the telephone and the backup codes? An administrator can make a link for you that sets both up anew.
      </p>
    </PlainPage>
  );
}

const roleWords = {
  quality: 'Quality',
  regulatory: 'Regulatory affairs',
  support: 'Support',
  administrator: 'Administrator',
  viewer: 'Viewer',
};

function SampleAccounts({ next }: { next: string }): VNode {
  return (
    <section class="ff-sample-accounts" aria-labelledby="sample-title">
      <h2 id="sample-title">Look around as</h2>
      <div class="ff-buttons">
        {sampleAccounts.map((account) => (
          <Form key={account.email} action="/sign-in">
            <HiddenInput name="next" value={next} />
            <HiddenInput name="email" value={account.email} />
            <HiddenInput name="password" value={samplePassword} />
            <SubmitButton tone="secondary">{roleWords[account.role]}</SubmitButton>
          </Form>
        ))}
      </div>
      <p class="ff-hint">
        Or sign in below, e.g. as quality@fieldfix.example. The password of all five, <code>{samplePassword}</code>,
        signs approvals too. These accounts need no second step, and open nothing outside the demo.
      </p>
    </section>
  );
}
