import type { SignInMethod } from '../db/schema-accounts.ts';
import { asActor, type Deps, transact } from './context.ts';
import { recordEvent } from './event.ts';

/** A session that nobody used for this long has ended. */
export const IDLE_MINUTES = 120;
/** Its last use is written at most this often. */
const TOUCH_MINUTES = 5;

/**
 * Notes that a session was used.
 * @returns false when it had been left alone too long: it is ended now
 */
export async function useSession(
  deps: Pick<Deps, 'db' | 'wallClock'>,
  session: { id: string; usedAt: Date },
): Promise<boolean> {
  const now = deps.wallClock();
  const minutes = (now.getTime() - session.usedAt.getTime()) / 60_000;
  if (minutes > IDLE_MINUTES) {
    await endSession(deps, session.id);
    return false;
  }
  if (minutes > TOUCH_MINUTES) {
    await deps.db.updateTable('staff_session').set({ updated_at: now }).where('id', '=', session.id).execute();
  }
  return true;
}

/** Ends one session. */
export async function endSession(deps: Pick<Deps, 'db'>, id: string): Promise<void> {
  await deps.db.deleteFrom('staff_session').where('id', '=', id).execute();
}

/**
 * Records that somebody signed in, and ends the session the same browser had before: an identifier that somebody planted
 * or saw before the sign-in is worth nothing after it.
 */
export async function recordSignIn(
  deps: Deps,
  signIn: { staffId: string; method: SignInMethod; before: string | undefined },
): Promise<void> {
  await transact(deps, async (tx) => {
    const staff = await tx
      .selectFrom('staff')
      .select(['id', 'name', 'role'])
      .where('id', '=', signIn.staffId)
      .executeTakeFirstOrThrow();
    if (signIn.before !== undefined) await tx.deleteFrom('staff_session').where('id', '=', signIn.before).execute();
    await recordEvent(tx, asActor(deps, { kind: 'staff', ...staff }), {
      action: 'account.sign-in',
      subject: 'staff',
      subjectId: staff.id,
      after: { method: signIn.method },
    });
  });
}
