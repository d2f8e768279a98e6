import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, transact } from './context.ts';
import { claimAttempt, forgiveAttempts, insidePlace } from './credentials.ts';
import { recordEvent } from './event.ts';

/** What was made for one-time codes and is not confirmed yet, encrypted as it is stored. */
export async function findUnconfirmedCodes(
  ctx: Context,
  staffId: string,
): Promise<{ secret: string; backup_codes: string } | undefined> {
  return ctx.db
    .selectFrom('staff_two_factor')
    .select(['secret', 'backup_codes'])
    .where('user_id', '=', staffId)
    .where('verified', '=', false)
    .executeTakeFirst();
}

/** Asks the person who is signed in for their password again; wrong ones count towards the limit. */
export async function checkOwnPassword(ctx: Context, password: string): Promise<Refusal | undefined> {
  const { actor } = ctx;
  if (actor.kind !== 'staff') return refuse('signature.person-needed', {});
  const staff = await ctx.db
    .selectFrom('staff as s')
    .leftJoin('staff_account as a', (join) =>
      join.onRef('a.user_id', '=', 's.id').on('a.provider_id', '=', 'credential'),
    )
    .select(['s.email', 'a.password'])
    .where('s.id', '=', actor.id)
    .executeTakeFirstOrThrow();
  const place = insidePlace(staff.email);
  const locked = await claimAttempt(ctx, place);
  if (locked) return locked;
  if (!staff.password || !(await ctx.credentials.passwordMatches(staff.password, password))) {
    return refuse('credential.wrong-password', {}, 'password');
  }
  await forgiveAttempts(ctx.db, place);
  return undefined;
}

/**
 * Ends the one-time codes of the person who asks, to set them up on another telephone. Until that is done this session
 * opens nothing else, and the others have ended.
 */
export async function endCodes(ctx: Context, sessionId: string): Promise<void> {
  const { actor } = ctx;
  if (actor.kind !== 'staff') return;
  await transact(ctx, async (tx) => {
    await tx.deleteFrom('staff_two_factor').where('user_id', '=', actor.id).execute();
    await tx.updateTable('staff').set({ two_factor_enabled: false }).where('id', '=', actor.id).execute();
    await tx.deleteFrom('staff_session').where('user_id', '=', actor.id).where('id', '<>', sessionId).execute();
    await tx.updateTable('staff_session').set({ method: 'password' }).where('id', '=', sessionId).execute();
    await recordEvent(tx, ctx, { action: 'account.end-codes', subject: 'staff', subjectId: actor.id });
  });
}
