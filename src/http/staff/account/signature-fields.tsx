import type { VNode } from 'preact';
import type { Credential } from '../../../app/credentials.ts';
import { signatureChallenge } from '../../../app/signatures.ts';
import { type C, type FormBody, fieldText } from '../../context.ts';
import { TextInput } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Identifier } from '../../ui/parts.tsx';

/** What the signer has to prove themselves with, besides the password. */
export interface SignerMeans {
  name: string;
  codes: boolean;
  passkeys: readonly string[];
}

/** Reads what the signed-in person can sign with. */
export async function signerMeans(c: C): Promise<SignerMeans> {
  const ctx = c.get('ctx');
  const id = ctx.actor.kind === 'staff' ? ctx.actor.id : '';
  const staff = await ctx.db.selectFrom('staff').select(['name', 'two_factor_enabled']).where('id', '=', id).executeTakeFirst();
  const keys = await ctx.db.selectFrom('staff_passkey').select('credential_id').where('user_id', '=', id).execute();
  return { name: staff?.name ?? ctx.actor.name, codes: staff?.two_factor_enabled ?? false, passkeys: keys.map((key) => key.credential_id) };
}

export interface SignatureFieldsProps {
  form?: FormState | undefined;
  means: SignerMeans;
  /** What the signature says, in full. */
  meaning: string;
  subjectKind: string;
  subjectId: number;
  contentHash: string;
}

/** The part of a form that signs: who signs what, what it means, and the credential asked for again (21 CFR 11.50, 11.200). */
export function SignatureFields(props: SignatureFieldsProps): VNode {
  const { form, means, meaning, contentHash } = props;
  const challenge = signatureChallenge(props.subjectKind, props.subjectId, contentHash);
  return (
    <fieldset class="ff-signature">
      <legend>Sign</legend>
      <p>
        <strong>{means.name}</strong>: “{meaning}”
      </p>
      <p class="ff-hint">
        Your name, the time and this sentence are kept with the text you sign: <Identifier>{contentHash.slice(0, 16)}</Identifier>
      </p>
      <TextInput form={form} name="password" label="Your password again" type="password" autocomplete="current-password" />
      {means.codes ? <TextInput form={form} name="code" label="Code of your app" inputMode="numeric" autocomplete="one-time-code" width={12} /> : null}
      {means.passkeys.length > 0 ? (
        <p hidden data-passkey-sign={challenge} data-passkey-ids={means.passkeys.join(' ')}>
          <input type="hidden" name="passkey" value="" />
          <button type="button" class="btn ff-btn-secondary">
            Sign with a passkey instead
          </button>
        </p>
      ) : null}
    </fieldset>
  );
}

/** The credential as the form brought it. */
export function readCredential(body: FormBody): Credential {
  const filled = (name: string) => fieldText(body, name) || undefined;
  return { password: filled('password'), code: filled('code'), passkey: filled('passkey') };
}
