import type { Auth } from '../adapters/auth.ts';
import { useSession } from '../app/sessions.ts';
import type { Actor } from '../domain/actor.ts';
import type { C } from './context.ts';

/** Who is signed in on this request, and whether the second step is still owed. */
export interface SignedIn {
  actor: Extract<Actor, { kind: 'staff' }>;
  email: string;
  sessionId: string;
  signedInAt: Date;
  /** Came in by a password alone: may only set up one-time codes or a passkey. */
  mustEnrol: boolean;
}

/** Reads the session cookie. A shut account, an ended or forgotten session or a forged cookie are nobody. */
export async function readSession(c: C, auth: Auth): Promise<SignedIn | undefined> {
  if (!c.req.header('cookie')?.includes('fieldfix.')) return undefined;
  const ctx = c.get('ctx');
  const found = await auth.api.getSession({ headers: c.req.raw.headers });
  if (!found || found.user.disabledAt) return undefined;
  const { user, session } = found;
  if (!(await useSession(ctx, { id: session.id, usedAt: session.updatedAt }))) return undefined;
  return {
    actor: { kind: 'staff', id: user.id, name: user.name, role: user.role as SignedIn['actor']['role'] },
    email: user.email,
    sessionId: session.id,
    signedInAt: session.createdAt,
    mustEnrol: session.method === 'password' && !(user.totpExempt && ctx.settings.demo),
  };
}
