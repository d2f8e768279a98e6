import type { VNode } from 'preact';
import type { AccountKeeper } from '../../../adapters/account-keeper.ts';
import { acceptInvitation, acceptInvitationInput, findInvitation } from '../../../app/accounts.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, type Handler, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError, statusOf } from '../../refusal.tsx';
import { Form, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { PlainPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';

/** GET and POST /welcome/:token: where an invitation becomes an account. */
export function welcomePages(keeper: AccountKeeper): Record<'show' | 'post', Handler> {
  return {
    async show(c) {
      const invitation = await findInvitation(c.get('ctx'), c.req.param('token') ?? '');
      if (isRefusal(invitation)) return answerRefusal(c, invitation, '/sign-in');
      return html(c, page(c, invitation.email, invitation.role, freshForm({ name: invitation.name })));
    },
    async post(c) {
      const ctx = c.get('ctx');
      const token = c.req.param('token') ?? '';
      const invitation = await findInvitation(ctx, token);
      if (isRefusal(invitation)) return answerRefusal(c, invitation, '/sign-in');
      const body = await readForm(c);
      const input = acceptInvitationInput.safeParse({
        name: fieldText(body, 'name'),
        email: invitation.email || fieldText(body, 'email').trim(),
        password: fieldText(body, 'password'),
      });
      const errors = input.success ? [] : errorsFromZod(input.error);
      if (fieldText(body, 'password') !== fieldText(body, 'again')) {
        errors.push({ field: 'again', message: 'The two passwords differ. Type the same one twice.' });
      }
      if (!input.success || errors.length > 0) {
        return html(c, page(c, invitation.email, invitation.role, refusedForm(body, errors)), 422);
      }
      const account = await acceptInvitation(ctx, keeper, token, input.data);
      if (isRefusal(account)) {
        return html(c, page(c, invitation.email, invitation.role, refusedForm(body, [refusalError(account)])), statusOf(account));
      }
      setFlash(c, { tone: 'done', text: 'Your account is there. Sign in with it; then you add a second step.' });
      return seeOther(c, '/sign-in?next=/account');
    },
  };
}

function page(c: C, email: string, role: string, form: FormState): VNode {
  return (
    <PlainPage title="Welcome to Fieldfix" errors={form.errors}>
      <p>
        You get the role <strong>{role}</strong>. This link works once.
      </p>
      <Form action={`/welcome/${c.req.param('token')}`}>
        <TextInput form={form} name="name" label="Your name" hint="It is printed beside everything you sign." autocomplete="name" required />
        {email === '' ? (
          <TextInput form={form} name="email" label="E-mail" type="email" autocomplete="username" required />
        ) : (
          <p>
            E-mail: <strong>{email}</strong>
          </p>
        )}
        <TextInput form={form} name="password" label="Password" hint="At least 12 characters. A sentence is easy to remember." type="password" autocomplete="new-password" required />
        <TextInput form={form} name="again" label="The same password again" type="password" autocomplete="new-password" required />
        <SubmitButton tone="primary">Create the account</SubmitButton>
      </Form>
    </PlainPage>
  );
}
