import type { VNode } from 'preact';
import type { Auth } from '../../../adapters/auth.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, type Handler, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { Form, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Identifier, KeyValue } from '../../ui/parts.tsx';
import { Moment } from '../../ui/time.tsx';
import { shellOf } from '../shell.ts';

type Forms = Partial<Record<'password' | 'enrol' | 'code', FormState>>;
/** What was just made for the reader and is shown once. */
type Fresh = { uri: string; backupCodes: string[] } | undefined;

/** The pages of one's own account: password, one-time codes, passkeys, sessions. */
export function accountPages(auth: Auth): Record<'show' | 'password' | 'enrol' | 'confirm' | 'signOutOthers' | 'removePasskey', Handler> {
  async function page(c: C, forms: Forms, fresh?: Fresh): Promise<VNode> {
    const ctx = c.get('ctx');
    const actor = ctx.actor;
    const id = actor.kind === 'staff' ? actor.id : '';
    const staff = await ctx.db.selectFrom('staff').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    const passkeys = await ctx.db.selectFrom('staff_passkey').selectAll().where('user_id', '=', id).orderBy('created_at').execute();
    const sessions = await ctx.db.selectFrom('staff_session').select((eb) => eb.fn.countAll<number>().as('n')).where('user_id', '=', id).executeTakeFirst();
    const proven = staff.two_factor_enabled || staff.totp_exempt || passkeys.length > 0;
    return (
      <DeskPage
        shell={await shellOf(c)}
        title="Account and sign-in"
        lede={`${staff.name}, ${staff.email}`}
        width="narrow"
        errors={Object.values(forms).flatMap((form) => form?.errors ?? [])}
        scripts={['simplewebauthn.js', 'passkey.js']}
        next={proven ? [] : [{ text: 'Add a second step: one-time codes or a passkey. Until then the desk stays closed.', tone: 'attention' }]}
      >
        <Card title="One-time codes">
          {staff.two_factor_enabled ? (
            <Alert tone="done" title="On">
              Each sign-in asks for a code of your app.
            </Alert>
          ) : fresh ? (
            <Enrol fresh={fresh} form={forms.code} />
          ) : (
            <Form action="/account/codes">
              <p>An app on your telephone shows a new code every half minute.</p>
              <TextInput form={forms.enrol} name="password" label="Your password" type="password" autocomplete="current-password" required />
              <SubmitButton tone={proven ? 'secondary' : 'primary'}>Set up one-time codes</SubmitButton>
            </Form>
          )}
        </Card>
        <Card title="Passkeys">
          <p>A passkey replaces password and code: your device asks for your finger, face or PIN.</p>
          <ul class="ff-plain-list">
            {passkeys.map((key) => (
              <li key={key.id}>
                {key.name || 'Passkey'}, since <Moment at={key.created_at} />
                <Form action={`/account/passkeys/${key.id}/remove`}>
                  <SubmitButton tone="quiet" small>
                    Remove
                  </SubmitButton>
                </Form>
              </li>
            ))}
          </ul>
          <p hidden data-passkey-add="">
            <button type="button" class="btn ff-btn-secondary">
              Add a passkey
            </button>
          </p>
          <noscript>
            <p>Adding a passkey needs JavaScript. One-time codes work without.</p>
          </noscript>
        </Card>
        <Card title="Password">
          <Form action="/account/password">
            <TextInput form={forms.password} name="current" label="Password now" type="password" autocomplete="current-password" required />
            <TextInput form={forms.password} name="wanted" label="New password" hint="At least 12 characters." type="password" autocomplete="new-password" required />
            <SubmitButton tone="secondary">Change the password</SubmitButton>
          </Form>
        </Card>
        <Card title="Where you are signed in">
          <KeyValue rows={[{ label: 'Sessions', value: Number(sessions?.n ?? 0) }]} />
          <Form action="/account/sign-out-others">
            <SubmitButton tone="secondary">Sign out everywhere else</SubmitButton>
          </Form>
        </Card>
      </DeskPage>
    );
  }
  return {
    show: async (c) => html(c, await page(c, {})),
    async password(c) {
      const body = await readForm(c);
      const answer = await auth.api
        .changePassword({
          body: { currentPassword: fieldText(body, 'current'), newPassword: fieldText(body, 'wanted'), revokeOtherSessions: true },
          headers: c.req.raw.headers,
          asResponse: true,
        })
        .catch(() => undefined);
      if (!answer?.ok) {
        const short = fieldText(body, 'wanted').length < 12;
        const refusal = short ? refuse('account.password-short', {}, 'wanted') : refuse('credential.wrong-password', {}, 'current');
        return html(c, await page(c, { password: refusedForm(body, [refusalError(refusal)]) }), 422);
      }
      setFlash(c, { tone: 'done', text: 'The password is changed; other sessions are signed out.' });
      return withCookies(answer, '/account');
    },
    async enrol(c) {
      const body = await readForm(c);
      const made = await auth.api
        .enableTwoFactor({ body: { password: fieldText(body, 'password'), method: 'totp' }, headers: c.req.raw.headers })
        .catch(() => undefined);
      if (!made || !('totpURI' in made) || !made.totpURI) {
        return html(c, await page(c, { enrol: refusedForm(body, [refusalError(refuse('credential.wrong-password', {}, 'password'))]) }), 422);
      }
      return html(c, await page(c, { code: freshForm() }, { uri: made.totpURI, backupCodes: made.backupCodes ?? [] }));
    },
    async confirm(c) {
      const body = await readForm(c);
      const answer = await auth.api
        .verifyTOTP({ body: { code: fieldText(body, 'code').replace(/\s/g, '') }, headers: c.req.raw.headers, asResponse: true })
        .catch(() => undefined);
      if (!answer?.ok) {
        const again = { uri: fieldText(body, 'uri'), backupCodes: fieldText(body, 'backup').split(' ').filter(Boolean) };
        return html(c, await page(c, { code: refusedForm(body, [refusalError(refuse('credential.wrong-code', {}, 'code'))]) }, again), 422);
      }
      setFlash(c, { tone: 'done', text: 'One-time codes are on.' });
      return withCookies(answer, '/account');
    },
    async signOutOthers(c) {
      await auth.api.revokeOtherSessions({ headers: c.req.raw.headers });
      setFlash(c, { tone: 'done', text: 'Signed out everywhere else.' });
      return seeOther(c, '/account');
    },
    async removePasskey(c) {
      await auth.api.deletePasskey({ body: { id: c.req.param('id') ?? '' }, headers: c.req.raw.headers }).catch(() => undefined);
      return seeOther(c, '/account');
    },
  };
}

function withCookies(answer: Response, path: string): Response {
  const headers = new Headers({ location: path, 'cache-control': 'no-store' });
  for (const cookie of answer.headers.getSetCookie()) headers.append('set-cookie', cookie);
  return new Response(null, { status: 303, headers });
}

function Enrol({ fresh, form }: { fresh: NonNullable<Fresh>; form: FormState | undefined }): VNode {
  const secret = new URL(fresh.uri).searchParams.get('secret') ?? '';
  return (
    <Form action="/account/codes/confirm">
      <p>
        Type this key into your app, or open <a href={fresh.uri}>this link</a> on the telephone that has it:
      </p>
      <p>
        <Identifier>{secret.replace(/(.{4})/g, '$1 ').trim()}</Identifier>
      </p>
      <p>Keep these backup codes on paper. Each works once, when the telephone is lost:</p>
      <p>
        <Identifier>{fresh.backupCodes.join('  ')}</Identifier>
      </p>
      <input type="hidden" name="uri" value={fresh.uri} />
      <input type="hidden" name="backup" value={fresh.backupCodes.join(' ')} />
      <TextInput form={form} name="code" label="The code your app shows now" inputMode="numeric" autocomplete="one-time-code" width={12} required />
      <SubmitButton tone="primary">Turn them on</SubmitButton>
    </Form>
  );
}
