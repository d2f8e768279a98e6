import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { AccountKeeper } from '../adapters/auth.ts';
import { type Role, roles } from '../domain/actor.ts';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { emailField, insertAccount, nameField, passwordField, setPassword } from './accounts.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';

/** A link opens the house once, within this time. */
const INVITATION_HOURS = 72;
const FIRST_LINK_HOURS = 24;
const RECOVERY_HOURS = 24;

export const inviteInput = z.object({ email: emailField, name: nameField, role: z.enum(roles, 'Choose a role.') });

export const acceptInvitationInput = z.object({
  name: nameField,
  email: emailField,
  /** Left out where the person signs in with their organisation's account. */
  password: passwordField.optional(),
});

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/** What an invitation promises. Without an address, the invited person types it. */
export interface Invitation {
  id: number;
  email: string;
  name: string;
  role: Role;
  /** Set: the link gives this account a new password and second step. */
  staffId: string | null;
  invitedBy: string;
}

async function makeLink(
  tx: Tx,
  ctx: Context,
  input: { email: string; name: string; role: Role; staffId?: string },
  hours: number,
): Promise<{ id: number; url: string; expiresAt: Date }> {
  const token = randomBytes(24).toString('base64url');
  const at = ctx.wallClock();
  const expiresAt = new Date(at.getTime() + hours * 3_600_000);
  const { id } = await tx
    .insertInto('invitation')
    .values({
      token_hash: hashOf(token),
      role: input.role,
      email: input.email,
      name: input.name,
      staff_id: input.staffId ?? null,
      created_by: ctx.actor.name,
      created_at: at,
      expires_at: expiresAt,
      used_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id, url: `${ctx.settings.publicUrl}/welcome/${token}`, expiresAt };
}

/**
 * The one-time link that creates the first administrator, while there is no staff at all. A link printed by an earlier
 * start ends with this one.
 */
export async function ensureFirstAdministrator(ctx: Context): Promise<{ url: string } | undefined> {
  return transact(ctx, async (tx) => {
    const anybody = await tx.selectFrom('staff').select('id').limit(1).executeTakeFirst();
    if (anybody) return undefined;
    await tx.updateTable('invitation').set({ used_at: ctx.wallClock() }).where('used_at', 'is', null).execute();
    return makeLink(tx, ctx, { email: '', name: '', role: 'administrator' }, FIRST_LINK_HOURS);
  });
}

/** Invites a person: the link is shown to the administrator once and goes to nobody by itself. */
export async function inviteStaff(
  ctx: Context,
  input: z.infer<typeof inviteInput>,
): Promise<{ id: number; url: string; expiresAt: Date } | Refusal> {
  const no = forbid(ctx.actor, 'account.manage');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const taken = await tx.selectFrom('staff').select('id').where('email', '=', input.email).executeTakeFirst();
    if (taken) return refuse('account.email-taken', { email: input.email }, 'email');
    const link = await makeLink(tx, ctx, input, INVITATION_HOURS);
    await recordEvent(tx, ctx, { action: 'account.invite', subject: 'invitation', subjectId: link.id, after: input });
    return link;
  });
}

/** Takes an open invitation back: its link ends. */
export async function withdrawInvitation(ctx: Context, id: number): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'account.manage');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const row = await tx
      .updateTable('invitation')
      .set({ used_at: ctx.wallClock() })
      .where('id', '=', id)
      .where('used_at', 'is', null)
      .returning(['email', 'role'])
      .executeTakeFirst();
    if (!row) return refuse('invitation.over', {});
    await recordEvent(tx, ctx, {
      action: 'account.withdraw-invitation',
      subject: 'invitation',
      subjectId: id,
      before: row,
    });
    return { id };
  });
}

/**
 * A one-time link for somebody who lost their password or telephone. Password, one-time codes and passkeys stay as they
 * are until the link is used.
 */
export async function offerRecovery(
  ctx: Context,
  staffId: string,
): Promise<{ id: number; url: string; expiresAt: Date } | Refusal> {
  const no = forbid(ctx.actor, 'account.manage');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const staff = await tx
      .selectFrom('staff')
      .select(['id', 'name', 'email', 'role'])
      .where('id', '=', staffId)
      .where('disabled_at', 'is', null)
      .executeTakeFirst();
    if (!staff) return refuse('account.unknown', {});
    const link = await makeLink(tx, ctx, { ...staff, staffId }, RECOVERY_HOURS);
    await recordEvent(tx, ctx, { action: 'account.offer-recovery', subject: 'staff', subjectId: staffId });
    return link;
  });
}

/** The invitation behind a link, while it can be used: else `invitation.unknown` or `invitation.over`. */
export async function findInvitation(ctx: Context, token: string): Promise<Invitation | Refusal> {
  return readInvitation(ctx, await invitationQuery(ctx.db, token).executeTakeFirst());
}

function invitationQuery(reader: Pick<Tx, 'selectFrom'>, token: string) {
  return reader.selectFrom('invitation').selectAll().where('token_hash', '=', hashOf(token));
}

type InvitationRow = Awaited<ReturnType<ReturnType<typeof invitationQuery>['executeTakeFirst']>>;

function readInvitation(ctx: Context, row: InvitationRow): Invitation | Refusal {
  if (!row) return refuse('invitation.unknown', {});
  if (row.used_at || row.expires_at <= ctx.wallClock()) return refuse('invitation.over', {});
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: row.role,
    staffId: row.staff_id,
    invitedBy: row.created_by,
  };
}

/**
 * Makes the account an invitation promised, or gives the account of a recovery link its new password. The link works
 * once; two at the same moment do it once.
 */
export async function acceptInvitation(
  ctx: Context,
  keeper: AccountKeeper,
  token: string,
  input: z.infer<typeof acceptInvitationInput>,
): Promise<{ id: string; email: string; role: Role } | Refusal> {
  // Slow on purpose, so before the transaction.
  const hash = input.password === undefined ? undefined : await keeper.hashPassword(input.password);
  return transact(ctx, async (tx) => {
    const invitation = readInvitation(ctx, await invitationQuery(tx, token).forUpdate().executeTakeFirst());
    if ('refusal' in invitation) return invitation;
    await tx.updateTable('invitation').set({ used_at: ctx.wallClock() }).where('id', '=', invitation.id).execute();
    if (invitation.staffId !== null) {
      return hash === undefined
        ? refuse('invitation.password-needed', {}, 'password')
        : recover(tx, ctx, invitation.staffId, hash);
    }
    const email = invitation.email || input.email;
    const account = await insertAccount(tx, ctx, {
      name: input.name,
      email,
      role: invitation.role,
      passwordHash: hash,
    });
    if ('refusal' in account) return account;
    const who = { ...ctx, actor: { kind: 'staff', id: account.id, name: input.name, role: invitation.role } } as const;
    await recordEvent(tx, who, {
      action: 'account.create',
      subject: 'staff',
      subjectId: account.id,
      after: { name: input.name, email, role: invitation.role, invitedBy: invitation.invitedBy },
    });
    return { id: account.id, email, role: invitation.role };
  });
}

/** Password, codes and passkeys that may be in the wrong hands all end; so does every session. */
async function recover(
  tx: Tx,
  ctx: Context,
  staffId: string,
  hash: string,
): Promise<{ id: string; email: string; role: Role } | Refusal> {
  const staff = await tx
    .selectFrom('staff')
    .select(['id', 'name', 'email', 'role', 'disabled_at'])
    .where('id', '=', staffId)
    .forUpdate()
    .executeTakeFirst();
  if (!staff || staff.disabled_at) return refuse('invitation.over', {});
  await setPassword(tx, ctx, staffId, hash);
  await tx.deleteFrom('staff_two_factor').where('user_id', '=', staffId).execute();
  await tx.deleteFrom('staff_passkey').where('user_id', '=', staffId).execute();
  await tx.deleteFrom('staff_session').where('user_id', '=', staffId).execute();
  await tx.updateTable('staff').set({ two_factor_enabled: false }).where('id', '=', staffId).execute();
  const who = { ...ctx, actor: { kind: 'staff', id: staff.id, name: staff.name, role: staff.role } } as const;
  await recordEvent(tx, who, { action: 'account.recover', subject: 'staff', subjectId: staffId });
  return { id: staff.id, email: staff.email, role: staff.role };
}
