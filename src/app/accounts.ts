import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { AccountKeeper } from '../adapters/auth.ts';
import { type Role, roles } from '../domain/actor.ts';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { checkOwnPassword } from './enrolment.ts';
import { recordEvent } from './event.ts';

const SHORTEST_PASSWORD = 12;
const LONGEST_PASSWORD = 128;

export const emailField = z
  .string()
  .trim()
  .toLowerCase()
  .max(200, 'Use at most 200 characters.')
  .pipe(z.email('Write a mail address, e.g. name@maker.example.'));
export const nameField = z
  .string()
  .trim()
  .min(2, 'Write the name as it is to be printed beside signatures.')
  .max(100, 'Use at most 100 characters.')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be in a name
  .regex(/^[^\u0000-\u001f]*$/, 'Write the name on one line.');
export const passwordField = z
  .string()
  .min(
    SHORTEST_PASSWORD,
    `Choose a password of at least ${SHORTEST_PASSWORD} characters. A sentence is easy to remember.`,
  )
  .max(LONGEST_PASSWORD, `Choose a password of at most ${LONGEST_PASSWORD} characters.`)
  .refine((text) => new Set(text).size >= 5, 'Choose a password with at least five different characters.');

export interface NewAccount {
  name: string;
  /** In lower case. */
  email: string;
  role: Role;
  /** None: the person signs in with their organisation's account. */
  passwordHash: string | undefined;
  /** Signs in without a second step: sample accounts only. */
  totpExempt?: boolean;
}

/** Writes an account. The caller records the event. */
export async function insertAccount(tx: Tx, ctx: Context, account: NewAccount): Promise<{ id: string } | Refusal> {
  const id = randomBytes(16).toString('hex');
  const at = ctx.wallClock();
  const made = await tx
    .insertInto('staff')
    .values({
      id,
      name: account.name,
      email: account.email,
      // An administrator vouches for the address; single sign-on relies on that.
      email_verified: true,
      image: null,
      role: account.role,
      totp_exempt: account.totpExempt ?? false,
      disabled_at: null,
      created_at: at,
      updated_at: at,
    })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!made) return refuse('account.email-taken', { email: account.email }, 'email');
  if (account.passwordHash !== undefined) await setPassword(tx, ctx, id, account.passwordHash);
  return { id };
}

/** Puts a password hash in the place of the one before, or of none. */
export async function setPassword(tx: Tx, ctx: Context, staffId: string, hash: string): Promise<void> {
  await tx.deleteFrom('staff_account').where('user_id', '=', staffId).where('provider_id', '=', 'credential').execute();
  const at = ctx.wallClock();
  await tx
    .insertInto('staff_account')
    .values({
      id: randomBytes(16).toString('hex'),
      account_id: staffId,
      provider_id: 'credential',
      user_id: staffId,
      password: hash,
      access_token: null,
      refresh_token: null,
      id_token: null,
      access_token_expires_at: null,
      refresh_token_expires_at: null,
      scope: null,
      created_at: at,
      updated_at: at,
    })
    .execute();
}

export const changePasswordInput = z.object({ current: z.string().max(LONGEST_PASSWORD), wanted: passwordField });

/** Gives the person who asks another password, against the one they have. Their other sessions end. */
export async function changePassword(
  ctx: Context,
  keeper: AccountKeeper,
  sessionId: string,
  input: z.output<typeof changePasswordInput>,
): Promise<{ id: string } | Refusal> {
  const { actor } = ctx;
  if (actor.kind !== 'staff') return refuse('signature.person-needed', {});
  const wrong = await checkOwnPassword(ctx, input.current);
  if (wrong) return { ...wrong, at: 'current' };
  const hash = await keeper.hashPassword(input.wanted);
  return transact(ctx, async (tx) => {
    await setPassword(tx, ctx, actor.id, hash);
    await tx.deleteFrom('staff_session').where('user_id', '=', actor.id).where('id', '<>', sessionId).execute();
    await recordEvent(tx, ctx, { action: 'account.change-password', subject: 'staff', subjectId: actor.id });
    return { id: actor.id };
  });
}

/** Ends the sessions of the person who asks, all but this one. @returns how many */
export async function endOtherSessions(ctx: Context, sessionId: string): Promise<number> {
  const { actor } = ctx;
  if (actor.kind !== 'staff') return 0;
  return transact(ctx, async (tx) => {
    const ended = await tx
      .deleteFrom('staff_session')
      .where('user_id', '=', actor.id)
      .where('id', '<>', sessionId)
      .returning('id')
      .execute();
    if (ended.length > 0) {
      await recordEvent(tx, ctx, {
        action: 'account.end-sessions',
        subject: 'staff',
        subjectId: actor.id,
        after: { ended: ended.length },
      });
    }
    return ended.length;
  });
}

export const changeAccountInput = z.object({
  role: z.enum(roles, 'Choose a role from the list.').optional(),
  disabled: z.boolean().optional(),
});

/** Gives a person another role, or shuts the account or opens it again. The last administrator keeps theirs. */
export async function changeAccount(
  ctx: Context,
  staffId: string,
  input: z.infer<typeof changeAccountInput>,
): Promise<{ id: string } | Refusal> {
  const no = forbid(ctx.actor, 'account.manage');
  if (no) return no;
  return transact(ctx, async (tx) => {
    // In one order, so that two administrators who change each other at the same moment cannot both succeed.
    const administrators = await tx
      .selectFrom('staff')
      .select('id')
      .where('role', '=', 'administrator')
      .where('disabled_at', 'is', null)
      .orderBy('id')
      .forUpdate()
      .execute();
    const staff = await tx.selectFrom('staff').selectAll().where('id', '=', staffId).forUpdate().executeTakeFirst();
    if (!staff) return refuse('account.unknown', {});
    const losesOffice = (input.role !== undefined && input.role !== 'administrator') || input.disabled === true;
    if (losesOffice && administrators.length === 1 && administrators[0]?.id === staffId) {
      return refuse('account.last-administrator', {});
    }
    const role = input.role ?? staff.role;
    const disabled = input.disabled ?? staff.disabled_at !== null;
    if (role === staff.role && disabled === (staff.disabled_at !== null)) return { id: staffId };
    await tx
      .updateTable('staff')
      .set({ role, disabled_at: disabled ? (staff.disabled_at ?? ctx.wallClock()) : null })
      .where('id', '=', staffId)
      .execute();
    // A changed role counts from the next request on; a shut account is signed out everywhere.
    if (disabled) await tx.deleteFrom('staff_session').where('user_id', '=', staffId).execute();
    await recordEvent(tx, ctx, {
      action: 'account.change',
      subject: 'staff',
      subjectId: staffId,
      before: { role: staff.role, disabled: staff.disabled_at !== null },
      after: { role, disabled },
    });
    return { id: staffId };
  });
}

/** Records what a person did at the door or to their own credentials, e.g. `account.sign-in`. */
export async function recordAccountEvent(
  ctx: Context,
  action: string,
  staffId: string,
  after?: Record<string, unknown>,
): Promise<void> {
  await transact(ctx, (tx) => recordEvent(tx, ctx, { action, subject: 'staff', subjectId: staffId, after }));
}

/** The demo's accounts, named by role. Their password is printed: they exist in the demo only. */
export const sampleAccounts: readonly { email: string; name: string; role: Role }[] = [
  { email: 'quality@fieldfix.example', name: 'Quinn Sample', role: 'quality' },
  { email: 'regulatory@fieldfix.example', name: 'Reva Sample', role: 'regulatory' },
  { email: 'support@fieldfix.example', name: 'Sunny Sample', role: 'support' },
  { email: 'administrator@fieldfix.example', name: 'Adrian Sample', role: 'administrator' },
  { email: 'viewer@fieldfix.example', name: 'Vivian Sample', role: 'viewer' },
];
export const samplePassword = 'fieldfix-demo-2022';

/** Makes the sample accounts, without a second step at sign-in. Refused outside the demo. */
export async function createSampleAccounts(
  ctx: Context,
  keeper: AccountKeeper,
): Promise<{ accounts: number } | Refusal> {
  if (!ctx.settings.demo) return refuse('account.demo-only', {});
  const passwordHash = await keeper.hashPassword(samplePassword);
  return transact(ctx, async (tx) => {
    for (const account of sampleAccounts) {
      const made = await insertAccount(tx, ctx, { ...account, passwordHash, totpExempt: true });
      if ('refusal' in made) continue;
      await recordEvent(tx, ctx, {
        action: 'account.create',
        subject: 'staff',
        subjectId: made.id,
        after: { ...account, sample: true },
      });
    }
    return { accounts: sampleAccounts.length };
  });
}
