import type { C } from '../context.ts';
import { takeFlash } from '../ui/flash.ts';
import type { Shell } from '../ui/layout.tsx';

const roleNames = {
  administrator: 'Administrator',
  quality: 'Quality',
  regulatory: 'Regulatory affairs',
  support: 'Support',
  viewer: 'Viewer',
} as const;

/** The open tasks are counted again after this many milliseconds at the earliest: the number beside *Tasks*. */
const COUNT_FOR = 2_000;
const counted = new WeakMap<object, { at: number; n: number }>();

/** What every desk page needs of the request: who looks, where, and what waits. */
export async function shellOf(c: C): Promise<Shell> {
  const ctx = c.get('ctx');
  const actor = ctx.actor;
  let open = counted.get(ctx.db);
  if (!open || performance.now() - open.at > COUNT_FOR) {
    const row = await ctx.db
      .selectFrom('tally_task')
      .select((eb) => eb.fn.sum<number | null>('n').as('n'))
      .executeTakeFirstOrThrow();
    open = { at: performance.now(), n: row.n ?? 0 };
    counted.set(ctx.db, open);
  }
  return {
    viewer: actor.kind === 'staff' ? { name: actor.name, role: roleNames[actor.role] } : undefined,
    path: c.req.path,
    openTasks: open.n,
    flashes: takeFlash(c),
    version: ctx.settings.version,
    demo: ctx.settings.demo,
    zone: 'UTC',
  };
}
