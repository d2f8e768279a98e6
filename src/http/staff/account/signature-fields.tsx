import type { VNode } from 'preact';
import type { Credential } from '../../../app/credentials.ts';
import { readSignerMeans, type SignedSubject, signatureChallenge } from '../../../app/signatures.ts';
import { staffIdOf } from '../../../domain/actor.ts';
import { type C, type FormBody, fieldText } from '../../context.ts';
import { TextInput } from '../../ui/field.tsx';
import { errorOf, type FormState } from '../../ui/form.ts';
import { Identifier } from '../../ui/parts.tsx';

/** What the signer has to prove themselves with. */
export interface SignerMeans {
  name: string;
  password: boolean;
  codes: boolean;
  /** Credential ids of the passkeys. */
  passkeys: readonly string[];
  /** What a passkey must answer to sign this, now. */
  challenge(subject: SignedSubject): string;
}

/** Reads what the signed-in person can sign with. */
export async function signerMeans(c: C): Promise<SignerMeans> {
  const ctx = c.get('ctx');
  const id = staffIdOf(ctx.actor);
  const means = await readSignerMeans(ctx, id);
  return {
    name: ctx.actor.name,
    ...means,
    challenge: (subject) => signatureChallenge(ctx, id, subject, ctx.wallClock()),
  };
}

export interface SignatureFieldsProps extends SignedSubject {
  form?: FormState | undefined;
  means: SignerMeans;
  /** What the signature says, in full. */
  meaning: string;
}

/** The part of a form that signs: who signs what, what it means, and the credential asked for again (21 CFR 11.50, 11.200). */
export function SignatureFields(props: SignatureFieldsProps): VNode {
  const { form, means, meaning, contentHash } = props;
  const passkeyError = errorOf(form, 'passkey');
  return (
    <fieldset class="ff-signature">
      <legend>Sign</legend>
      <p>
        <strong>{means.name}</strong>: “{meaning}”
      </p>
      <p class="ff-hint">
        Your name, the time and this sentence are kept with the text you sign:{' '}
        <Identifier>{contentHash.slice(0, 16)}</Identifier>
      </p>
      {means.password ? (
        <TextInput
          form={form}
          name="password"
          label="Your password again"
          type="password"
          autocomplete="current-password"
        />
      ) : null}
      {means.codes ? (
        <TextInput
          form={form}
          name="code"
          label="Code of your app"
          inputMode="numeric"
          autocomplete="one-time-code"
          width={12}
        />
      ) : null}
      {means.passkeys.length > 0 ? (
        <>
          {passkeyError ? (
            <p id="f-passkey" class="ff-error">
              {passkeyError}
            </p>
          ) : null}
          <p hidden data-passkey-sign={means.challenge(props)} data-passkey-ids={means.passkeys.join(' ')}>
            <input type="hidden" name="passkey" value="" />
            <input type="hidden" name="challenge" value="" />
            <button type="button" class="btn ff-btn-secondary">
              {means.password ? 'Sign with a passkey instead' : 'Sign with your passkey'}
            </button>
          </p>
          {means.password ? null : (
            <noscript>
              <p>Signing with a passkey needs JavaScript.</p>
            </noscript>
          )}
        </>
      ) : null}
      {!means.password && means.passkeys.length === 0 ? (
        <p class="ff-error">
          You sign in with your organisation's account. To sign here, add a passkey under{' '}
          <a href="/account">Account and sign-in</a>.
        </p>
      ) : null}
    </fieldset>
  );
}

/** The credential as the form brought it. */
export function readCredential(body: FormBody): Credential {
  const filled = (name: string) => fieldText(body, name) || undefined;
  return {
    password: filled('password'),
    code: filled('code'),
    passkey: filled('passkey'),
    challenge: filled('challenge'),
  };
}
