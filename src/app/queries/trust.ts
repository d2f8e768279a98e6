import { forbid } from '../../domain/permission.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { Context } from '../context.ts';
import { loadNewest, loadTrustKeys, readRootRoles } from '../trust.ts';

/** The signed repository as an administrator sees it. */
export interface TrustStatus {
  roles: { role: string; version: number; expiresAt: Date }[];
  keys: { keyId: string; role: string; holder: 'stored' | 'command' | 'offline'; createdAt: Date }[];
  /** Signatures a new root needs; 0 while there is no repository. */
  threshold: number;
  /** Version of a root that waits for signatures. */
  draft: number | null;
}

export async function loadTrustStatus(ctx: Context): Promise<TrustStatus | Refusal> {
  const no = forbid(ctx.actor, 'trust.manage');
  if (no) return no;
  const newest = await loadNewest(ctx.db);
  const root = newest.get('root');
  const draft = await ctx.db
    .selectFrom('tuf_metadata')
    .select('version')
    .where('state', '=', 'draft')
    .executeTakeFirst();
  const order = ['root', 'targets', 'snapshot', 'timestamp'];
  const rank = (role: string): number => (order.includes(role) ? order.indexOf(role) : order.length);
  return {
    roles: [...newest.values()]
      .map(({ role, version, expiresAt }) => ({ role, version, expiresAt }))
      .sort((a, b) => rank(a.role) - rank(b.role) || a.role.localeCompare(b.role)),
    keys: (await loadTrustKeys(ctx.db))
      .map(({ keyId, role, holder, createdAt }) => ({ keyId, role, holder, createdAt }))
      .sort((a, b) => rank(a.role) - rank(b.role) || a.role.localeCompare(b.role)),
    threshold: root ? readRootRoles(root.bytes).root.threshold : 0,
    draft: draft?.version ?? null,
  };
}
