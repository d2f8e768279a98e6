import type { VNode } from 'preact';
import type { Auth } from '../../../adapters/auth.ts';
import { acceptInvitation, acceptInvitationInput, findInvitation, type Invitation } from '../../../app/invitations.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, type Handler, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError, statusOf } from '../../refusal.tsx';
import { Form, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { PlainPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { startSingleSignOn } from './single-sign-on.ts';

/** GET and POST /welcome/:token: where an invitation becomes an account, or a lost account gets new means. */
export function welcomePages(auth: Auth, options: { oidc: boolean }): Record<'show' | 'post', Handler> {
  const page = (c: C, invitation: Invitation, form: FormState) => (
    <Welcome token={c.req.param('token') ?? ''} invitation={invitation} form={form} oidc={options.oidc} />
  );
  return {
    async show(c) {
      const invitation = await findInvitation(c.get('ctx'), c.req.param('token') ?? '');
      if (isRefusal(invitation)) return answerRefusal(c, invitation, '/sign-in');
      return html(c, page(c, invitation, freshForm({ name: invitation.name })));
    },
    async post(c) {
      const ctx = c.get('ctx');
      const token = c.req.param('token') ?? '';
      const invitation = await findInvitation(ctx, token);
      if (isRefusal(invitation)) return answerRefusal(c, invitation, '/sign-in');
      const body = await readForm(c);
      const byService = options.oidc && fieldText(body, 'service') !== '' && invitation.staffId === null;
      const input = acceptInvitationInput.safeParse({
        name: invitation.staffId === null ? fieldText(body, 'name') : invitation.name,
        email: invitation.email || fieldText(body, 'email'),
        password: byService ? undefined : fieldText(body, 'password'),
      });
      const errors = input.success ? [] : errorsFromZod(input.error);
      if (!byService && fieldText(body, 'password') !== fieldText(body, 'again')) {
        errors.push({ field: 'again', message: 'The two passwords differ. Type the same one twice.' });
      }
      if (!input.success || errors.length > 0) return html(c, page(c, invitation, refusedForm(body, errors)), 422);
      const account = await acceptInvitation(ctx, auth, token, input.data);
      if (isRefusal(account)) {
        return html(c, page(c, invitation, refusedForm(body, [refusalError(account)])), statusOf(account));
      }
      if (byService) return startSingleSignOn(c, auth, '/');
      setFlash(c, { tone: 'done', text: 'Your password is set. Sign in with it; then you add a second step.' });
      return seeOther(c, '/sign-in');
    },
  };
}

type WelcomeProps = { token: string; invitation: Invitation; form: FormState; oidc: boolean };

function Welcome({ token, invitation, form, oidc }: WelcomeProps): VNode {
  const recovers = invitation.staffId !== null;
  return (
    <PlainPage title={recovers ? 'A new password' : 'Welcome to Fieldfix'} errors={form.errors}>
      {recovers ? (
        <p>
          For {invitation.name}. Your old password, one-time codes and passkeys end when you save; you set up a new
          second step right after. This link works once.
        </p>
      ) : (
        <p>
          You get the role <strong>{invitation.role}</strong>. This link works once.
        </p>
      )}
      <Form action={`/welcome/${token}`}>
        {recovers ? null : (
          <TextInput
            form={form}
            name="name"
            label="Your name"
            hint="It is printed beside everything you sign."
            autocomplete="name"
            required
          />
        )}
        {invitation.email === '' ? (
          <TextInput form={form} name="email" label="E-mail" type="email" autocomplete="username" required />
        ) : (
          <p>
            E-mail: <strong>{invitation.email}</strong>
          </p>
        )}
        <TextInput
          form={form}
          name="password"
          label="Password"
          hint="At least 12 characters. A sentence is easy to remember."
          type="password"
          autocomplete="new-password"
          required
        />
        <TextInput
          form={form}
          name="again"
          label="The same password again"
          type="password"
          autocomplete="new-password"
          required
        />
        <SubmitButton tone="primary">{recovers ? 'Save the password' : 'Create the account'}</SubmitButton>
        {oidc && !recovers ? (
          <>
            <p class="ff-hint">Or without a password of its own:</p>
            <SubmitButton tone="secondary" name="service" value="yes">
              Use your organisation's account
            </SubmitButton>
          </>
        ) : null}
      </Form>
    </PlainPage>
  );
}
