import type { VNode } from 'preact';
import type { Auth, Enrolment } from '../../../adapters/auth.ts';
import { recordAccountEvent } from '../../../app/accounts.ts';
import { claimCode } from '../../../app/credentials.ts';
import { checkOwnPassword, endCodes, findUnconfirmedCodes } from '../../../app/enrolment.ts';
import { endSession } from '../../../app/sessions.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, type Handler, readForm, seeOther } from '../../context.ts';
import { refusalError, statusOf } from '../../refusal.tsx';
import type { SignedIn } from '../../session.ts';
import { Form, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash, takeFlash } from '../../ui/flash.ts';
import { type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { PlainPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, Identifier } from '../../ui/parts.tsx';
import { QrCode } from '../../ui/qr-code.tsx';
import { goOn, libraryHeaders } from './library.ts';

type Pages = Record<'show' | 'begin' | 'confirm', Handler>;

/**
 * /account/second-step: where a password gets its second step, by codes of an app or by a passkey. Whoever came in by a
 * password alone gets nowhere else.
 */
export function secondStepPages(auth: Auth): Pages {
  async function show(c: C, form: FormState, status: 200 | 422 | 429 = 200): Promise<Response> {
    const who = signedInOf(c);
    const stored = await findUnconfirmedCodes(c.get('ctx'), who.actor.id);
    const enrolment = stored ? await auth.readEnrolment(stored, who.email) : undefined;
    return html(c, <SecondStep c={c} who={who} enrolment={enrolment} form={form} />, status);
  }
  return {
    show: (c) => show(c, freshForm()),

    async begin(c) {
      const ctx = c.get('ctx');
      const body = await readForm(c);
      const password = fieldText(body, 'password').slice(0, 200);
      const wrong = await checkOwnPassword(ctx, password);
      if (wrong) return show(c, refusedForm(body, [refusalError(wrong)]), statusOf(wrong) as 422 | 429);
      await endCodes(ctx, signedInOf(c).sessionId);
      await auth.api.enableTwoFactor({ body: { password, method: 'totp' }, headers: libraryHeaders(c, auth) });
      return seeOther(c, '/account/second-step');
    },

    async confirm(c) {
      const ctx = c.get('ctx');
      const who = signedInOf(c);
      const body = await readForm(c);
      const code = fieldText(body, 'code').replace(/\s/g, '').slice(0, 10);
      const answer = await auth.api.verifyTOTP({ body: { code }, headers: libraryHeaders(c, auth), asResponse: true });
      if (!answer.ok)
        return show(c, refusedForm(body, [refusalError(refuse('credential.wrong-code', {}, 'code'))]), 422);
      await claimCode(ctx, ctx.db, who.actor.id, code);
      await endSession(ctx, who.sessionId);
      await recordAccountEvent(ctx, 'account.enrol-codes', who.actor.id);
      setFlash(c, { tone: 'done', text: 'One-time codes are on. Each sign-in by password asks for one from now on.' });
      return goOn(c, answer, '/');
    },
  };
}

/** The gate of `signed-in` pages has read it. */
function signedInOf(c: C): SignedIn {
  const signedIn = c.get('signedIn');
  if (!signedIn) throw new Error(`${c.req.path} is a page for people who are signed in: see routes.ts`);
  return signedIn;
}

function SecondStep({
  c,
  who,
  enrolment,
  form,
}: {
  c: C;
  who: SignedIn;
  enrolment: Enrolment | undefined;
  form: FormState;
}): VNode {
  return (
    <PlainPage
      title="Add a second step"
      errors={form.errors}
      flashes={takeFlash(c)}
      scripts={['simplewebauthn.js', 'passkey.js']}
    >
      <p>
        {who.actor.name}, your signature releases letters to hospitals, so a password alone is not enough. Choose one of
        two ways; it takes two minutes and is done once.
      </p>
      <Card title="Codes of an app on your telephone">
        {enrolment ? <Codes enrolment={enrolment} form={form} /> : <Begin form={form} />}
      </Card>
      <Card title="Or a passkey">
        <p>Your device asks for your finger, face or PIN, and you need neither password nor code any more.</p>
        <p hidden data-passkey-add="">
          <button type="button" class="btn ff-btn-secondary">
            Save a passkey on this device
          </button>
        </p>
        <noscript>
          <p>A passkey needs JavaScript. The codes above work without.</p>
        </noscript>
      </Card>
      <Form action="/sign-out">
        <SubmitButton tone="quiet">Sign out</SubmitButton>
      </Form>
    </PlainPage>
  );
}

function Begin({ form }: { form: FormState }): VNode {
  return (
    <Form action="/account/second-step/begin">
      <TextInput
        form={form}
        name="password"
        label="Your password"
        type="password"
        autocomplete="current-password"
        required
      />
      <SubmitButton tone="primary">Show me the key</SubmitButton>
    </Form>
  );
}

function Codes({ enrolment, form }: { enrolment: Enrolment; form: FormState }): VNode {
  return (
    <Form action="/account/second-step">
      <ol>
        <li>
          <p>
            Open an authenticator app and scan this picture; or choose “type a key” there, name it Fieldfix and type the
            key below; or open <a href={enrolment.uri}>this link</a> on the telephone that has the app.
          </p>
          <QrCode text={enrolment.uri} label="The key for an authenticator app, as a QR code" />
          <p class="ff-key">
            <Identifier>{enrolment.key.replace(/(.{4})(?=.)/g, '$1 ')}</Identifier>
          </p>
        </li>
        <li>
          <p>Write down or print these backup codes. Each opens the door once, when the telephone is lost:</p>
          <ul class="ff-backup-codes">
            {enrolment.backupCodes.map((code) => (
              <li key={code}>
                <Identifier>{code}</Identifier>
              </li>
            ))}
          </ul>
        </li>
        <li>
          <TextInput
            form={form}
            name="code"
            label="Type the six digits that the app shows now"
            inputMode="numeric"
            autocomplete="one-time-code"
            width={12}
            required
          />
        </li>
      </ol>
      <SubmitButton tone="primary">Turn the codes on</SubmitButton>
    </Form>
  );
}
