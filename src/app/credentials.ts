import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Context, Deps, Reader } from './context.ts';

/** What a person proves themselves with: a password, with a code where they have enrolled one; or a passkey's answer. */
export const credentialInput = z.object({
  password: z.string().max(200).optional(),
  code: z.string().trim().max(20).optional(),
  /** JSON of a WebAuthn assertion made for exactly this. */
  passkey: z.string().max(20_000).optional(),
  /** The challenge it answers, as the page gave it out. */
  challenge: z.string().max(200).optional(),
});
export type Credential = z.infer<typeof credentialInput>;

/**
 * Tries allowed in the window. Few from one address on one account; more on one account from anywhere, so that a
 * stranger who knows a mail address cannot easily keep its owner out; and a lid on one address that tries many accounts.
 */
export const ATTEMPT_LIMITS = { windowMinutes: 15, accountAndAddress: 5, account: 25, address: 50 } as const;

interface Place {
  /** {@link accountKey} of the mail address tried. */
  account: string;
  /** The client's address. */
  address: string;
}

/** Accounts are counted under a hash, so that the table is no list of addresses. */
export function accountKey(email: string): string {
  return createHash('sha256').update(email.trim().toLowerCase()).digest('hex').slice(0, 32);
}

/** Where a person who is signed in proves themselves again: counted apart from the door, which strangers can block. */
export function insidePlace(email: string): Place {
  const account = accountKey(email);
  return { account, address: `inside ${account}` };
}

/**
 * Whether this account or address has failed too often lately: the count is in the database, so all servers share it.
 * @param before only tries with a lower number count
 * @returns `credential.locked` with the minutes to wait, or undefined
 */
export async function refuseTooManyAttempts(
  deps: Pick<Deps, 'wallClock'>,
  reader: Reader,
  { account, address }: Place,
  before: number = Number.MAX_SAFE_INTEGER,
): Promise<Refusal | undefined> {
  const now = deps.wallClock().getTime();
  const window = ATTEMPT_LIMITS.windowMinutes * 60_000;
  const rows = await reader
    .selectFrom('sign_in_attempt')
    .select(['account', 'address', 'at'])
    .where('id', '<', before)
    .where('at', '>', new Date(now - window))
    .where((eb) => eb.or([eb('account', '=', account), ...(address ? [eb('address', '=', address)] : [])]))
    .orderBy('at', 'desc')
    .limit(ATTEMPT_LIMITS.address + ATTEMPT_LIMITS.account)
    .execute();
  const counts: [number, typeof rows][] = [
    [ATTEMPT_LIMITS.accountAndAddress, rows.filter((row) => row.account === account && row.address === address)],
    [ATTEMPT_LIMITS.account, rows.filter((row) => row.account === account)],
    [ATTEMPT_LIMITS.address, address ? rows.filter((row) => row.address === address) : []],
  ];
  // Free again when the try that reached the limit leaves the window.
  const free = counts.map(([limit, tries]) => (tries[limit - 1]?.at.getTime() ?? 0) + window);
  const wait = Math.ceil((Math.max(...free) - now) / 60_000);
  return wait > 0 ? refuse('credential.locked', { minutes: wait }, 'password') : undefined;
}

/**
 * Counts a try before it is checked, so that many at the same moment cannot slip through: each sees those that came
 * before it. Call {@link forgiveAttempts} when it was right.
 * @returns a refusal when there were too many; that one is not counted
 */
export async function claimAttempt(deps: Pick<Deps, 'db' | 'wallClock'>, place: Place): Promise<Refusal | undefined> {
  const id = await countAttempt(deps, place);
  const locked = await refuseTooManyAttempts(deps, deps.db, place, id);
  if (locked) await deps.db.deleteFrom('sign_in_attempt').where('id', '=', id).execute();
  return locked;
}

/** Writes down one try that was wrong or is about to be checked. @returns its number */
export async function countAttempt(deps: Pick<Deps, 'db' | 'wallClock'>, place: Place): Promise<number> {
  const { id } = await deps.db
    .insertInto('sign_in_attempt')
    .values({ ...place, at: deps.wallClock() })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** A right one forgets the wrong ones from the same place, so that a typing error costs nothing. */
export async function forgiveAttempts(reader: Reader, { account, address }: Place): Promise<void> {
  await reader.deleteFrom('sign_in_attempt').where('account', '=', account).where('address', '=', address).execute();
}

/** A code and the half minutes around it: after that it is wrong anyway. */
const CODE_LIVES_SECONDS = 120;

/**
 * Takes a one-time code that was found right, so that it is not right a second time (RFC 6238 §5.2): who looks over a
 * shoulder gains nothing.
 * @returns false when it was used already
 */
export async function claimCode(
  ctx: Pick<Context, 'wallClock'>,
  reader: Reader,
  staffId: string,
  code: string,
): Promise<boolean> {
  const now = ctx.wallClock();
  const hash = createHash('sha256').update(code.replace(/\s/g, '')).digest();
  const taken = await reader
    .updateTable('staff_two_factor')
    .set({ last_code: hash, last_code_at: now })
    .where('user_id', '=', staffId)
    .where((eb) =>
      eb.or([
        eb('last_code', 'is', null),
        eb('last_code', '<>', hash),
        eb('last_code_at', '<', new Date(now.getTime() - CODE_LIVES_SECONDS * 1000)),
      ]),
    )
    .returning('id')
    .executeTakeFirst();
  return taken !== undefined;
}

/** Forgets tries, ended sessions and unused challenges. For a schedule. */
export async function forgetOldAttempts(deps: Pick<Deps, 'db' | 'wallClock'>): Promise<void> {
  const now = deps.wallClock();
  await deps.db
    .deleteFrom('sign_in_attempt')
    .where('at', '<', new Date(now.getTime() - 86_400_000))
    .execute();
  await deps.db.deleteFrom('staff_session').where('expires_at', '<', now).execute();
  await deps.db.deleteFrom('staff_verification').where('expires_at', '<', now).execute();
}
