import type { Auth } from '../adapters/auth.ts';
import type { Actor } from '../domain/actor.ts';
import type { C } from './context.ts';

/** Who is signed in on this request, and whether the second step is still owed. */
export interface SignedIn {
  actor: Extract<Actor, { kind: 'staff' }>;
  email: string;
  sessionToken: string;
  /** The account has neither one-time codes nor a passkey yet: it may only enrol one. */
  mustEnrol: boolean;
}

/** Reads the session cookie. A shut account, an ended session or a forged cookie are nobody. */
export async function readSession(c: C, auth: Auth): Promise<SignedIn | undefined> {
  if (!c.req.header('cookie')?.includes('fieldfix.')) return undefined;
  const found = await auth.api.getSession({ headers: c.req.raw.headers }).catch(() => null);
  if (!found) return undefined;
  const user = found.user as typeof found.user & { role: string; totpExempt?: boolean; disabledAt?: Date | null };
  if (user.disabledAt) return undefined;
  const role = user.role as SignedIn['actor']['role'];
  const proven = Boolean(user.twoFactorEnabled) || Boolean(user.totpExempt);
  return {
    actor: { kind: 'staff', id: user.id, name: user.name, role },
    email: user.email,
    sessionToken: found.session.token,
    mustEnrol: !proven && !(await hasPasskey(c, user.id)),
  };
}

async function hasPasskey(c: C, staffId: string): Promise<boolean> {
  const row = await c.get('ctx').db.selectFrom('staff_passkey').select('id').where('user_id', '=', staffId).limit(1).executeTakeFirst();
  return row !== undefined;
}
