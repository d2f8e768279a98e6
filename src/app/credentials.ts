import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Context, Reader } from './context.ts';

/** What a person proves themselves with: a password, with a code where they have enrolled one; or a passkey's answer. */
export const credentialInput = z.object({
  password: z.string().max(200).optional(),
  code: z.string().trim().max(20).optional(),
  /** JSON of a WebAuthn assertion made for exactly this. */
  passkey: z.string().max(20_000).optional(),
});
export type Credential = z.infer<typeof credentialInput>;

/** Wrong attempts allowed in the window: per account, and per address that tries many accounts. */
export const ATTEMPT_LIMITS = { windowMinutes: 15, perAccount: 5, perAddress: 30 } as const;

/**
 * Whether this account or address has failed too often lately.
 * @returns a refusal that says how long to wait, or undefined
 */
export async function refuseTooManyAttempts(
  ctx: Pick<Context, 'now'>,
  reader: Reader,
  account: string,
  address: string,
): Promise<Refusal | undefined> {
  const since = new Date(ctx.now().getTime() - ATTEMPT_LIMITS.windowMinutes * 60_000);
  const rows = await reader
    .selectFrom('sign_in_attempt')
    .select((eb) => [
      eb.fn.count<number>('id').filterWhere('account', '=', account).as('account'),
      eb.fn.count<number>('id').filterWhere('address', '=', address).as('address'),
      eb.fn.min('at').as('first'),
    ])
    .where('at', '>', since)
    .where('ok', '=', false)
    .where((eb) => eb.or([eb('account', '=', account), eb('address', '=', address)]))
    .executeTakeFirst();
  if (!rows) return undefined;
  const tooMany =
    Number(rows.account) >= ATTEMPT_LIMITS.perAccount || (address !== '' && Number(rows.address) >= ATTEMPT_LIMITS.perAddress);
  if (!tooMany) return undefined;
  const first = rows.first ? new Date(rows.first) : ctx.now();
  const wait = Math.max(1, Math.ceil((first.getTime() + ATTEMPT_LIMITS.windowMinutes * 60_000 - ctx.now().getTime()) / 60_000));
  return refuse('credential.locked', { minutes: wait }, 'password');
}

/** Writes down one attempt. A right one clears the account's wrong ones, so that a typing error costs nothing. */
export async function recordAttemptAt(
  ctx: Pick<Context, 'now'>,
  reader: Reader,
  account: string,
  address: string,
  ok: boolean,
): Promise<void> {
  if (ok) {
    await reader.deleteFrom('sign_in_attempt').where('account', '=', account).execute();
    return;
  }
  await reader.insertInto('sign_in_attempt').values({ account, address, at: ctx.now(), ok }).execute();
}

/** Accounts are counted under a hash, so that the table is no list of addresses. */
export function accountKey(email: string): string {
  return createHash('sha256').update(email.trim().toLowerCase()).digest('hex').slice(0, 32);
}
