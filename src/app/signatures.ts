import { createHash } from 'node:crypto';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { afterRefusal, type Context, type Tx } from './context.ts';
import { accountKey, type Credential, recordAttemptAt, refuseTooManyAttempts } from './credentials.ts';
import { recordEvent } from './event.ts';

export { type Credential, credentialInput } from './credentials.ts';

export interface SignInput {
  /** What the signature means, in a sentence that is printed beside it (21 CFR 11.50(a)(3)). */
  meaning: string;
  /** The function signed for, when a person could sign for several. */
  role?: string;
  subjectKind: string;
  subjectId: number;
  /** SHA-256 of what is signed, so that the signature cannot be moved to something else (21 CFR 11.70). */
  contentHash: string;
  actionId?: number;
  credential: Credential | undefined;
}

export interface Signature {
  id: number;
  name: string;
  meaning: string;
  signedAt: Date;
  zone: string;
  method: 'password' | 'password+totp' | 'passkey';
}

/** What a passkey must answer to sign exactly this: nothing else has the same challenge. */
export function signatureChallenge(subjectKind: string, subjectId: number, contentHash: string): string {
  return createHash('sha256').update(`fieldfix signature ${subjectKind} ${subjectId} ${contentHash}`).digest('base64url');
}

/**
 * Signs: asks for the signer's credential again (21 CFR 11.200(a)(1)), and records printed name, time with zone and
 * meaning. A wrong credential counts towards the limit of attempts even though the transaction is refused.
 */
export async function sign(ctx: Context, tx: Tx, input: SignInput): Promise<Signature | Refusal> {
  const actor = ctx.actor;
  if (actor.kind !== 'staff') return refuse('signature.person-needed', {});
  const credential = input.credential;
  if (!credential || (!credential.password && !credential.passkey)) return refuse('credential.missing', {}, 'password');
  const staff = await tx
    .selectFrom('staff as s')
    .leftJoin('staff_account as a', (join) => join.onRef('a.user_id', '=', 's.id').on('a.provider_id', '=', 'credential'))
    .leftJoin('staff_two_factor as t', 't.user_id', 's.id')
    .select(['s.id', 's.name', 's.email', 's.two_factor_enabled', 's.disabled_at', 'a.password', 't.secret'])
    .where('s.id', '=', actor.id)
    .executeTakeFirst();
  if (!staff || staff.disabled_at) return refuse('signature.person-needed', {});
  const key = accountKey(staff.email);
  const locked = await refuseTooManyAttempts(ctx, tx, key, '');
  if (locked) return locked;

  const method = await checkCredential(ctx, tx, staff, credential, input);
  if (typeof method !== 'string') {
    // The refusal rolls this transaction back; the wrong attempt is written once it has ended.
    afterRefusal(tx, () => recordAttemptAt(ctx, ctx.db, key, '', false));
    return method;
  }
  const zone = 'UTC';
  const signedAt = ctx.now();
  const row = await tx
    .insertInto('signature')
    .values({
      staff_id: staff.id,
      staff_name: staff.name,
      role: input.role ?? actor.role,
      meaning: input.meaning,
      subject_kind: input.subjectKind,
      subject_id: String(input.subjectId),
      content_hash: input.contentHash,
      signed_at: signedAt,
      zone,
      method,
      voided_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await recordEvent(tx, ctx, {
    action: 'signature.sign',
    subject: input.subjectKind,
    subjectId: input.subjectId,
    actionId: input.actionId ?? null,
    after: { name: staff.name, meaning: input.meaning, role: input.role ?? actor.role, contentHash: input.contentHash, method, zone },
  });
  return { id: row.id, name: staff.name, meaning: input.meaning, signedAt, zone, method };
}

async function checkCredential(
  ctx: Context,
  tx: Tx,
  staff: { id: string; two_factor_enabled: boolean; password: string | null; secret: string | null },
  credential: Credential,
  input: SignInput,
): Promise<Signature['method'] | Refusal> {
  if (credential.passkey) {
    const challenge = signatureChallenge(input.subjectKind, input.subjectId, input.contentHash);
    const keys = await tx
      .selectFrom('staff_passkey')
      .select(['id', 'public_key', 'credential_id', 'counter'])
      .where('user_id', '=', staff.id)
      .execute();
    for (const passkey of keys) {
      const right = await ctx.credentials.passkeyMatches(
        { publicKey: passkey.public_key, credentialId: passkey.credential_id, counter: passkey.counter },
        credential.passkey,
        challenge,
      );
      if (!right) continue;
      await tx.updateTable('staff_passkey').set({ counter: right.counter }).where('id', '=', passkey.id).execute();
      return 'passkey';
    }
    return refuse('credential.wrong-passkey', {}, 'passkey');
  }
  if (!staff.password || !(await ctx.credentials.passwordMatches(staff.password, credential.password ?? ''))) {
    return refuse('credential.wrong-password', {}, 'password');
  }
  if (!staff.two_factor_enabled || !staff.secret) return 'password';
  if (!credential.code) return refuse('credential.code-missing', {}, 'code');
  // Codes follow the real clock of the signer's telephone, also where the action's clock is played.
  if (!(await ctx.credentials.codeMatches(staff.secret, credential.code, ctx.wallClock()))) {
    return refuse('credential.wrong-code', {}, 'code');
  }
  return 'password+totp';
}

/** Takes back every signature still standing on a subject. What was signed stays readable, with the reason it fell. */
export async function voidSignatures(
  tx: Tx,
  ctx: Context,
  input: { subjectKind: string; subjectId: number; reason: string },
): Promise<number> {
  const rows = await tx
    .updateTable('signature')
    .set({ voided_at: ctx.now(), voided_reason: input.reason })
    .where('subject_kind', '=', input.subjectKind)
    .where('subject_id', '=', String(input.subjectId))
    .where('voided_at', 'is', null)
    .returning(['id', 'staff_name', 'role'])
    .execute();
  if (rows.length === 0) return 0;
  await recordEvent(tx, ctx, {
    action: 'signature.void',
    subject: input.subjectKind,
    subjectId: input.subjectId,
    before: rows.map((row) => ({ name: row.staff_name, role: row.role })),
    reason: input.reason,
  });
  return rows.length;
}
