import { sql } from 'kysely';
import type { SignInMethod } from '../../db/schema-accounts.ts';
import type { Role } from '../../domain/actor.ts';
import type { Context } from '../context.ts';

/** What a person's own account page shows. */
export interface OwnAccount {
  codes: boolean;
  password: boolean;
  passkeys: { id: string; name: string; created_at: Date }[];
  sessions: {
    id: string;
    method: SignInMethod;
    created_at: Date;
    updated_at: Date;
    user_agent: string | null;
    ip_address: string | null;
  }[];
}

/** Reads the account of the person who asks: means of signing in, and where they are signed in. */
export async function readOwnAccount(ctx: Context, staffId: string): Promise<OwnAccount> {
  const staff = await ctx.db
    .selectFrom('staff as s')
    .leftJoin('staff_account as a', (join) =>
      join.onRef('a.user_id', '=', 's.id').on('a.provider_id', '=', 'credential'),
    )
    .select(['s.two_factor_enabled', 'a.password'])
    .where('s.id', '=', staffId)
    .executeTakeFirstOrThrow();
  const passkeys = await ctx.db
    .selectFrom('staff_passkey')
    .select(['id', 'name', 'created_at'])
    .where('user_id', '=', staffId)
    .orderBy('created_at')
    .execute();
  const sessions = await ctx.db
    .selectFrom('staff_session')
    .select(['id', 'method', 'created_at', 'updated_at', 'user_agent', 'ip_address'])
    .where('user_id', '=', staffId)
    .where('expires_at', '>', ctx.wallClock())
    .orderBy('updated_at', 'desc')
    .limit(50)
    .execute();
  return {
    codes: staff.two_factor_enabled,
    password: staff.password !== null,
    passkeys: passkeys.map((key) => ({ ...key, name: key.name || 'Passkey' })),
    sessions,
  };
}

export interface StaffRow {
  id: string;
  name: string;
  email: string;
  role: Role;
  codes: boolean;
  exempt: boolean;
  passkeys: number;
  password: boolean;
  disabled_at: Date | null;
  signed_in_at: Date | null;
}

/** Everybody who has an account, with how they sign in and when they did last. */
export async function listStaff(ctx: Context): Promise<StaffRow[]> {
  const { rows } = await sql<StaffRow>`
    select s.id, s.name, s.email, s.role, s.disabled_at, s.totp_exempt as exempt, coalesce(s.two_factor_enabled, false) as codes,
        (select count(*)::int from staff_passkey p where p.user_id = s.id) as passkeys,
        exists (select from staff_account a where a.user_id = s.id and a.password is not null) as password,
        (select max(t.created_at) from staff_session t where t.user_id = s.id) as signed_in_at
      from staff s order by s.disabled_at is not null, s.name, s.id limit 1000`.execute(ctx.db);
  return rows;
}

export interface OpenInvitation {
  id: number;
  email: string;
  name: string;
  role: Role;
  recovery: boolean;
  created_by: string;
  expires_at: Date;
}

/** Links that were made and not used yet. */
export async function listOpenInvitations(ctx: Context): Promise<OpenInvitation[]> {
  const rows = await ctx.db
    .selectFrom('invitation')
    .select(['id', 'email', 'name', 'role', 'staff_id', 'created_by', 'expires_at'])
    .where('used_at', 'is', null)
    .where('expires_at', '>', ctx.wallClock())
    .orderBy('id', 'desc')
    .execute();
  return rows.map(({ staff_id, ...row }) => ({ ...row, recovery: staff_id !== null }));
}
