import { createHmac } from 'node:crypto';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { afterRefusal, type Context, type Deps, type Tx } from './context.ts';
import {
  type Credential,
  claimCode,
  countAttempt,
  forgiveAttempts,
  insidePlace,
  refuseTooManyAttempts,
} from './credentials.ts';
import { recordEvent } from './event.ts';

export { type Credential, credentialInput } from './credentials.ts';

/** What is signed: SHA-256 of its content, so that the signature cannot be moved to something else (21 CFR 11.70). */
export interface SignedSubject {
  subjectKind: string;
  subjectId: number;
  contentHash: string;
}

export interface SignInput extends SignedSubject {
  /** What the signature means, in a sentence that is printed beside it (21 CFR 11.50(a)(3)). */
  meaning: string;
  /** The function signed for, when a person could sign for several. */
  role?: string;
  actionId?: number;
  credential: Credential | undefined;
}

export interface Signature {
  id: number;
  /** As printed (21 CFR 11.50(a)(1)). */
  name: string;
  meaning: string;
  signedAt: Date;
  /** Zone the time is printed in. */
  zone: string;
  method: 'password' | 'password+totp' | 'passkey';
}

/** A page to sign on may stay open this long. */
const CHALLENGE_MINUTES = 30;
const ZONE = 'UTC';

/**
 * What a passkey must answer to sign exactly this, by this person, now: nothing else has the same challenge, and an
 * answer signs once.
 * @param at when it was given out; the real time, to the second
 */
export function signatureChallenge(
  deps: Pick<Deps, 'settings'>,
  staffId: string,
  subject: SignedSubject,
  at: Date,
): string {
  const seconds = Math.floor(at.getTime() / 1000);
  const { subjectKind, subjectId, contentHash } = subject;
  const mac = createHmac('sha256', deps.settings.secret)
    .update(JSON.stringify(['signature', staffId, subjectKind, subjectId, contentHash, seconds]))
    .digest();
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(seconds));
  return Buffer.concat([time, mac]).toString('base64url');
}

/** Whether the challenge was given out by this house for exactly this, not long ago. */
function isOurChallenge(ctx: Context, staffId: string, subject: SignedSubject, challenge: string): boolean {
  const bytes = Buffer.from(challenge, 'base64url');
  if (bytes.length !== 40) return false;
  const at = new Date(Number(bytes.readBigUInt64BE()) * 1000);
  const age = ctx.wallClock().getTime() - at.getTime();
  return age > -1000 && age < CHALLENGE_MINUTES * 60_000 && signatureChallenge(ctx, staffId, subject, at) === challenge;
}

/**
 * Signs: asks for the signer's credential again (21 CFR 11.200(a)(1)), and records printed name, time with zone and
 * meaning. A wrong credential counts towards the limit of attempts even though the transaction is refused.
 */
export async function sign(ctx: Context, tx: Tx, input: SignInput): Promise<Signature | Refusal> {
  const actor = ctx.actor;
  if (actor.kind !== 'staff') return refuse('signature.person-needed', {});
  const { credential } = input;
  if (!credential?.password && !credential?.passkey) return refuse('credential.missing', {}, 'password');
  const staff = await findSigner(tx, actor.id);
  if (!staff) return refuse('signature.person-needed', {});
  const place = insidePlace(staff.email);
  const locked = await refuseTooManyAttempts(ctx, tx, place);
  if (locked) return locked;
  const method = await checkCredential(ctx, tx, staff, credential, input);
  if (typeof method !== 'string') {
    // The refusal rolls this transaction back; the wrong attempt is written once it has ended.
    if (method.code !== 'credential.code-missing') {
      afterRefusal(tx, async () => {
        await countAttempt(ctx, place);
      });
    }
    return method;
  }
  await forgiveAttempts(tx, place);
  const signedAt = ctx.now();
  const role = input.role ?? actor.role;
  const { id } = await tx
    .insertInto('signature')
    .values({
      staff_id: staff.id,
      staff_name: staff.name,
      role,
      meaning: input.meaning,
      subject_kind: input.subjectKind,
      subject_id: String(input.subjectId),
      content_hash: input.contentHash,
      signed_at: signedAt,
      zone: ZONE,
      method,
      challenge: method === 'passkey' ? credential.challenge : null,
      voided_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await recordEvent(tx, ctx, {
    action: 'signature.sign',
    subject: input.subjectKind,
    subjectId: input.subjectId,
    actionId: input.actionId ?? null,
    after: { name: staff.name, meaning: input.meaning, role, contentHash: input.contentHash, method, zone: ZONE },
  });
  return { id, name: staff.name, meaning: input.meaning, signedAt, zone: ZONE, method };
}

interface Signer {
  id: string;
  name: string;
  email: string;
  password: string | null;
  two_factor_enabled: boolean;
  secret: string | null;
}

/** Locked, so that one person's tries are checked one after the other. */
function findSigner(tx: Tx, staffId: string): Promise<Signer | undefined> {
  return tx
    .selectFrom('staff as s')
    .leftJoin('staff_account as a', (join) =>
      join.onRef('a.user_id', '=', 's.id').on('a.provider_id', '=', 'credential'),
    )
    .leftJoin('staff_two_factor as t', 't.user_id', 's.id')
    .select(['s.id', 's.name', 's.email', 's.two_factor_enabled', 'a.password', 't.secret'])
    .where('s.id', '=', staffId)
    .where('s.disabled_at', 'is', null)
    .forUpdate('s')
    .executeTakeFirst();
}

async function checkCredential(
  ctx: Context,
  tx: Tx,
  staff: Signer,
  credential: Credential,
  subject: SignedSubject,
): Promise<Signature['method'] | Refusal> {
  if (credential.passkey) return checkPasskey(ctx, tx, staff, credential, subject);
  if (!staff.password || !(await ctx.credentials.passwordMatches(staff.password, credential.password ?? ''))) {
    return refuse('credential.wrong-password', {}, 'password');
  }
  if (!staff.two_factor_enabled || !staff.secret) return 'password';
  if (!credential.code) return refuse('credential.code-missing', {}, 'code');
  if (!(await ctx.credentials.codeMatches(staff.secret, credential.code)))
    return refuse('credential.wrong-code', {}, 'code');
  if (!(await claimCode(ctx, tx, staff.id, credential.code))) return refuse('credential.code-used', {}, 'code');
  return 'password+totp';
}

async function checkPasskey(
  ctx: Context,
  tx: Tx,
  staff: Signer,
  { passkey = '', challenge = '' }: Credential,
  subject: SignedSubject,
): Promise<'passkey' | Refusal> {
  if (!isOurChallenge(ctx, staff.id, subject, challenge)) return refuse('credential.challenge-over', {}, 'passkey');
  const used = await tx.selectFrom('signature').select('id').where('challenge', '=', challenge).executeTakeFirst();
  if (used) return refuse('credential.challenge-over', {}, 'passkey');
  const keys = await tx
    .selectFrom('staff_passkey')
    .select(['id', 'public_key', 'credential_id', 'counter'])
    .where('user_id', '=', staff.id)
    .execute();
  for (const key of keys) {
    const stored = { publicKey: key.public_key, credentialId: key.credential_id, counter: key.counter };
    const right = await ctx.credentials.passkeyMatches(stored, passkey, challenge);
    if (!right) continue;
    await tx.updateTable('staff_passkey').set({ counter: right.counter }).where('id', '=', key.id).execute();
    return 'passkey';
  }
  return refuse('credential.wrong-passkey', {}, 'passkey');
}

/** Takes back every signature still standing on a subject. What was signed stays readable, with the reason it fell. */
export async function voidSignatures(
  tx: Tx,
  ctx: Context,
  input: { subjectKind: string; subjectId: number; reason: string; actionId?: number },
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
    actionId: input.actionId ?? null,
    before: rows.map((row) => ({ name: row.staff_name, role: row.role })),
    reason: input.reason,
  });
  return rows.length;
}

/** What a member of staff can sign with. */
export async function readSignerMeans(
  ctx: Context,
  staffId: string,
): Promise<{ password: boolean; codes: boolean; passkeys: string[] }> {
  const staff = await ctx.db
    .selectFrom('staff as s')
    .leftJoin('staff_account as a', (join) =>
      join.onRef('a.user_id', '=', 's.id').on('a.provider_id', '=', 'credential'),
    )
    .select(['s.two_factor_enabled', 'a.password'])
    .where('s.id', '=', staffId)
    .executeTakeFirst();
  const keys = await ctx.db
    .selectFrom('staff_passkey')
    .select('credential_id')
    .where('user_id', '=', staffId)
    .execute();
  return {
    password: Boolean(staff?.password),
    codes: staff?.two_factor_enabled ?? false,
    passkeys: keys.map((key) => key.credential_id),
  };
}
