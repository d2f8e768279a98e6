import type { VNode } from 'preact';
import type { Auth } from '../../../adapters/auth.ts';
import { sampleAccounts, samplePassword } from '../../../app/accounts.ts';
import { accountKey, recordAttemptAt, refuseTooManyAttempts } from '../../../app/credentials.ts';
import { refuse } from '../../../domain/refusal.ts';
import { clientAddress } from '../../client-address.ts';
import { type C, fieldText, type Handler, readForm } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { Form, HiddenInput, SubmitButton, TextInput } from '../../ui/field.tsx';
import { takeFlash } from '../../ui/flash.ts';
import { type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { PlainPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';

/** Only a path of this server: a link that comes with a sign-in must not lead to a stranger's page. */
export function localPath(text: string): string {
  return /^\/(?![/\\])[^\s\\]*$/.test(text) && !text.startsWith('/sign-') ? text : '/';
}

/** A redirect that carries the cookies the sign-in library set. */
function goOn(from: Response, path: string): Response {
  const headers = new Headers({ location: path, 'cache-control': 'no-store' });
  for (const cookie of from.headers.getSetCookie()) headers.append('set-cookie', cookie);
  return new Response(null, { status: 303, headers });
}

/** GET and POST of /sign-in, /sign-in/code and /sign-out, on this sign-in library. */
export function signInPages(auth: Auth, options: { oidc: boolean }): Record<'show' | 'post' | 'showCode' | 'postCode' | 'signOut' | 'oidc', Handler> {
  const page = (c: C, form: FormState): VNode => {
    const next = localPath(fieldNext(c, form));
    const demo = c.get('ctx').settings.demo;
    return (
      <PlainPage title="Sign in" errors={form.errors} flashes={takeFlash(c)} scripts={['simplewebauthn.js', 'passkey.js']}>
        {demo ? <SampleAccounts next={next} /> : null}
        <Form action="/sign-in" label="Sign in">
          <HiddenInput name="next" value={next} />
          <TextInput form={form} name="email" label="E-mail" type="email" autocomplete="username webauthn" required />
          <TextInput form={form} name="password" label="Password" type="password" autocomplete="current-password" required />
          <SubmitButton tone="primary">Sign in</SubmitButton>
        </Form>
        <p hidden data-passkey-sign-in={next}>
          <button type="button" class="btn ff-btn-secondary">
            Sign in with a passkey
          </button>
        </p>
        {options.oidc ? (
          <Form action="/sign-in/oidc">
            <SubmitButton tone="secondary">Sign in with your organisation's account</SubmitButton>
          </Form>
        ) : null}
      </PlainPage>
    );
  };
  const codePage = (c: C, form: FormState): VNode => (
    <PlainPage title="One more step" errors={form.errors}>
      <p>Open the app that shows your one-time codes and type the one for Fieldfix. A backup code works as well.</p>
      <Form action="/sign-in/code">
        <HiddenInput name="next" value={localPath(fieldNext(c, form))} />
        <TextInput form={form} name="code" label="Code" inputMode="text" autocomplete="one-time-code" width={12} identifier required />
        <SubmitButton tone="primary">Sign in</SubmitButton>
      </Form>
    </PlainPage>
  );
  return {
    show: (c) => html(c, page(c, freshForm())),
    async post(c) {
      const ctx = c.get('ctx');
      const body = await readForm(c);
      const email = fieldText(body, 'email').trim().toLowerCase();
      const key = accountKey(email);
      const address = clientAddress(c);
      const locked = await refuseTooManyAttempts(ctx, ctx.db, key, address);
      if (locked) return html(c, page(c, refusedForm(body, [refusalError(locked)])), 429);
      const answer = await auth.api
        .signInEmail({ body: { email, password: fieldText(body, 'password') }, headers: c.req.raw.headers, asResponse: true })
        .catch(() => undefined);
      if (!answer?.ok || (await isShut(c, email))) {
        await recordAttemptAt(ctx, ctx.db, key, address, false);
        // The same words whether the account exists, is shut, or the password is wrong.
        return html(c, page(c, refusedForm(body, [refusalError(refuse('sign-in.wrong', {}, 'password'))])), 422);
      }
      const result = (await answer.json()) as { twoFactorRedirect?: boolean };
      const next = localPath(fieldText(body, 'next'));
      if (result.twoFactorRedirect) return goOn(answer, `/sign-in/code?next=${encodeURIComponent(next)}`);
      await recordAttemptAt(ctx, ctx.db, key, address, true);
      return goOn(answer, next);
    },
    showCode: (c) => html(c, codePage(c, freshForm())),
    async postCode(c) {
      const ctx = c.get('ctx');
      const body = await readForm(c);
      const code = fieldText(body, 'code').trim();
      const address = clientAddress(c);
      const locked = await refuseTooManyAttempts(ctx, ctx.db, 'second step', address);
      if (locked) return html(c, codePage(c, refusedForm(body, [refusalError({ ...locked, at: 'code' })])), 429);
      const isCode = /^\d{3}\s?\d{3}$/.test(code);
      const call = { body: { code: isCode ? code.replace(/\s/g, '') : code }, headers: c.req.raw.headers, asResponse: true } as const;
      const answer = await (isCode ? auth.api.verifyTOTP(call) : auth.api.verifyBackupCode(call)).catch(() => undefined);
      if (!answer?.ok) {
        await recordAttemptAt(ctx, ctx.db, `code ${address}`, address, false);
        return html(c, codePage(c, refusedForm(body, [refusalError(refuse('sign-in.wrong-code', {}, 'code'))])), 422);
      }
      return goOn(answer, localPath(fieldText(body, 'next')));
    },
    async signOut(c) {
      const answer = await auth.api.signOut({ headers: c.req.raw.headers, asResponse: true }).catch(() => undefined);
      return answer ? goOn(answer, '/sign-in') : c.redirect('/sign-in', 303);
    },
    async oidc(c) {
      const answer = await auth.api
        .signInSocial({ body: { provider: 'oidc', callbackURL: '/' }, headers: c.req.raw.headers, asResponse: true })
        .catch(() => undefined);
      const url = answer?.ok ? ((await answer.json()) as { url?: string }).url : undefined;
      if (!answer || !url) return html(c, page(c, refusedForm({}, [refusalError(refuse('sign-in.oidc-unreachable', {}))])), 502 as 422);
      return goOn(answer, url);
    },
  };
}

function fieldNext(c: C, form: FormState): string {
  const typed = form.values.next;
  return typeof typed === 'string' ? typed : (c.req.query('next') ?? '/');
}

async function isShut(c: C, email: string): Promise<boolean> {
  const row = await c.get('ctx').db.selectFrom('staff').select('disabled_at').where('email', '=', email).executeTakeFirst();
  return row === undefined || row.disabled_at !== null;
}

/** In the demo one press signs in: the accounts are invented and the password is no secret. */
function SampleAccounts({ next }: { next: string }): VNode {
  const words = { quality: 'Quality', regulatory: 'Regulatory affairs', support: 'Support', administrator: 'Administrator', viewer: 'Viewer' };
  return (
    <section class="ff-sample-accounts" aria-labelledby="sample-title">
      <h2 id="sample-title">Look around as</h2>
      <div class="ff-buttons">
        {sampleAccounts.map((account) => (
          <Form key={account.email} action="/sign-in">
            <HiddenInput name="next" value={next} />
            <HiddenInput name="email" value={account.email} />
            <HiddenInput name="password" value={samplePassword} />
            <SubmitButton tone="secondary">{words[account.role]}</SubmitButton>
          </Form>
        ))}
      </div>
      <p class="ff-hint">
        Or sign in below, e.g. as quality@fieldfix.example. The password of all five is <code>{samplePassword}</code>; it signs approvals too.
      </p>
    </section>
  );
}
