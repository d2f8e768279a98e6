import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { AccountKeeper } from '../adapters/account-keeper.ts';
import type { Role } from '../domain/actor.ts';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';

export const roles = ['administrator', 'quality', 'regulatory', 'support', 'viewer'] as const satisfies readonly Role[];

/** An invitation opens the house once, within this time. */
const INVITATION_HOURS = 72;
const FIRST_LINK_HOURS = 24;
const SHORTEST_PASSWORD = 12;

export const inviteInput = z.object({
  email: z.email('Write a mail address, e.g. name@maker.example.').max(200).transform((text) => text.toLowerCase()),
  name: z.string().trim().min(2, 'Write the name as it is to be printed beside signatures.').max(100),
  role: z.enum(roles),
});

export const acceptInvitationInput = z.object({
  name: z.string().trim().min(2, 'Write your name as it is to be printed beside your signatures.').max(100),
  email: z.email('Write a mail address, e.g. name@maker.example.').max(200).transform((text) => text.toLowerCase()),
  password: z
    .string()
    .min(SHORTEST_PASSWORD, `Choose a password of at least ${SHORTEST_PASSWORD} characters. A sentence is easy to remember.`)
    .max(128, 'Choose a password of at most 128 characters.'),
});

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

async function makeInvitation(
  tx: Tx,
  ctx: Context,
  input: { email: string; name: string; role: Role },
  hours: number,
): Promise<{ id: number; url: string }> {
  const token = randomBytes(24).toString('base64url');
  const at = ctx.now();
  const row = await tx
    .insertInto('invitation')
    .values({
      token_hash: hashOf(token),
      role: input.role,
      email: input.email,
      name: input.name,
      created_by: ctx.actor.name,
      created_at: at,
      expires_at: new Date(at.getTime() + hours * 3_600_000),
      used_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id: row.id, url: `${ctx.settings.publicUrl}/welcome/${token}` };
}

/**
 * The one-time link that creates the first administrator, while there is no staff at all. A link printed by an earlier
 * start ends with this one.
 */
export async function ensureFirstAdministrator(ctx: Context): Promise<{ url: string } | undefined> {
  return transact(ctx, async (tx) => {
    const anybody = await tx.selectFrom('staff').select('id').limit(1).executeTakeFirst();
    if (anybody) return undefined;
    await tx.updateTable('invitation').set({ used_at: ctx.now() }).where('used_at', 'is', null).execute();
    return makeInvitation(tx, ctx, { email: '', name: '', role: 'administrator' }, FIRST_LINK_HOURS);
  });
}

/** Invites a person: the link is shown to the administrator once and goes to nobody by itself. */
export async function inviteStaff(
  ctx: Context,
  input: z.infer<typeof inviteInput>,
): Promise<{ id: number; url: string } | Refusal> {
  const no = forbid(ctx.actor, 'account.manage');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const taken = await tx.selectFrom('staff').select('id').where('email', '=', input.email).executeTakeFirst();
    if (taken) return refuse('account.email-taken', { email: input.email }, 'email');
    const invitation = await makeInvitation(tx, ctx, input, INVITATION_HOURS);
    await recordEvent(tx, ctx, {
      action: 'account.invite',
      subject: 'invitation',
      subjectId: invitation.id,
      after: { email: input.email, name: input.name, role: input.role },
    });
    return invitation;
  });
}

/** The invitation behind a link, while it can be used. */
export async function findInvitation(ctx: Context, token: string) {
  const row = await ctx.db.selectFrom('invitation').selectAll().where('token_hash', '=', hashOf(token)).executeTakeFirst();
  if (!row) return refuse('invitation.unknown', {});
  if (row.used_at || row.expires_at < ctx.now()) return refuse('invitation.over', {});
  return row;
}

/**
 * Makes the account an invitation promised. The link works once: it is marked used before the account is made, and two
 * at the same moment make one account.
 */
export async function acceptInvitation(
  ctx: Context,
  keeper: AccountKeeper,
  token: string,
  input: z.infer<typeof acceptInvitationInput>,
): Promise<{ id: string; email: string; role: Role } | Refusal> {
  const claimed = await transact(ctx, async (tx) => {
    const row = await tx
      .selectFrom('invitation')
      .selectAll()
      .where('token_hash', '=', hashOf(token))
      .forUpdate()
      .executeTakeFirst();
    if (!row) return refuse('invitation.unknown', {});
    if (row.used_at || row.expires_at < ctx.now()) return refuse('invitation.over', {});
    const email = row.email || input.email;
    const taken = await tx.selectFrom('staff').select('id').where('email', '=', email).executeTakeFirst();
    if (taken) return refuse('account.email-taken', { email }, 'email');
    await tx.updateTable('invitation').set({ used_at: ctx.now() }).where('id', '=', row.id).execute();
    return { ...row, email };
  });
  if ('refusal' in claimed) return claimed;
  let id: string;
  try {
    id = await keeper.create({ name: input.name, email: claimed.email, password: input.password });
  } catch (error) {
    await ctx.db.updateTable('invitation').set({ used_at: null }).where('id', '=', claimed.id).execute();
    throw error;
  }
  await transact(ctx, async (tx) => {
    await tx.updateTable('staff').set({ role: claimed.role, email_verified: true }).where('id', '=', id).execute();
    await recordEvent(tx, { ...ctx, actor: { kind: 'staff', id, name: input.name, role: claimed.role } }, {
      action: 'account.create',
      subject: 'staff',
      subjectId: id,
      after: { name: input.name, email: claimed.email, role: claimed.role, invitedBy: claimed.created_by },
    });
  });
  return { id, email: claimed.email, role: claimed.role };
}

export const changeAccountInput = z.object({ role: z.enum(roles).optional(), disabled: z.boolean().optional() });

/** Gives a person another role, or shuts the account or opens it again. The last administrator keeps theirs. */
export async function changeAccount(
  ctx: Context,
  staffId: string,
  input: z.infer<typeof changeAccountInput>,
): Promise<{ id: string } | Refusal> {
  const no = forbid(ctx.actor, 'account.manage');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const administrators = await tx
      .selectFrom('staff')
      .select('id')
      .where('role', '=', 'administrator')
      .where('disabled_at', 'is', null)
      .forUpdate()
      .execute();
    const staff = await tx.selectFrom('staff').selectAll().where('id', '=', staffId).forUpdate().executeTakeFirst();
    if (!staff) return refuse('account.unknown', {});
    const losesOffice = (input.role !== undefined && input.role !== 'administrator') || input.disabled === true;
    if (losesOffice && administrators.length === 1 && administrators[0]?.id === staffId) return refuse('account.last-administrator', {});
    const disabledAt = input.disabled === undefined ? staff.disabled_at : input.disabled ? (staff.disabled_at ?? ctx.now()) : null;
    await tx
      .updateTable('staff')
      .set({ role: input.role ?? staff.role, disabled_at: disabledAt })
      .where('id', '=', staffId)
      .execute();
    // A changed role counts from the next request on; a shut account is signed out everywhere.
    if (input.disabled) await tx.deleteFrom('staff_session').where('user_id', '=', staffId).execute();
    await recordEvent(tx, ctx, {
      action: 'account.change',
      subject: 'staff',
      subjectId: staffId,
      before: { role: staff.role, disabled: staff.disabled_at !== null },
      after: { role: input.role ?? staff.role, disabled: disabledAt !== null },
    });
    return { id: staffId };
  });
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
export async function createSampleAccounts(ctx: Context, keeper: AccountKeeper): Promise<{ accounts: number } | Refusal> {
  if (!ctx.settings.demo) return refuse('account.demo-only', {});
  for (const account of sampleAccounts) {
    const there = await ctx.db.selectFrom('staff').select('id').where('email', '=', account.email).executeTakeFirst();
    if (there) continue;
    const id = await keeper.create({ name: account.name, email: account.email, password: samplePassword });
    await transact(ctx, async (tx) => {
      await tx
        .updateTable('staff')
        .set({ role: account.role, email_verified: true, totp_exempt: true })
        .where('id', '=', id)
        .execute();
      await recordEvent(tx, ctx, { action: 'account.create', subject: 'staff', subjectId: id, after: { ...account, sample: true } });
    });
  }
  return { accounts: sampleAccounts.length };
}
