/** Kits that were sent and of which nobody has heard since: one task each, which ends when the kit moves on. */
import { sql } from 'kysely';
import { KIT_WAITS } from '../domain/kit.ts';
import { type Context, type Tx, transact } from './context.ts';
import { kitOverdue } from './queries/kits.ts';
import { endTasks, openTasks } from './tasks.ts';

const KITS_AT_A_TIME = 500;

const keyOf = (kitId: number): string => `kit-overdue:${kitId}`;

interface Lost {
  id: number;
  action_id: number;
  party_id: number;
  party: string;
  carrier: string;
  tracking: string;
  shipped_at: Date;
}

/**
 * Opens a task for each kit that has been on its way for longer than {@link KIT_WAITS} allows: neither received nor
 * returned nor destroyed. What a person has ended stays ended, unless the kit was sent anew since. What is due is derived
 * from the rows, so a sweep that runs twice opens nothing twice.
 * @returns how many were opened now
 */
export async function watchKits(ctx: Context): Promise<number> {
  let opened = 0;
  let last = 0;
  for (;;) {
    const seen = await transact(ctx, async (tx) => {
      const { rows } = await sql<Lost>`
        select t.id, t.action_id, t.party_id, p.name as party, t.carrier, t.tracking, t.shipped_at
          from kit t join party p on p.id = t.party_id
         where t.state = 'shipped' and t.id > ${last} and ${kitOverdue(ctx.now())}
           and not exists (select 1 from task k where k.key = 'kit-overdue:' || t.id
                            and (k.state = 'open' or k.ended_at > t.state_since))
         order by t.id limit ${KITS_AT_A_TIME} for no key update of t`.execute(tx);
      last = rows.at(-1)?.id ?? last;
      opened += await openTasks(
        tx,
        ctx,
        rows.map((kit) => ({
          kind: 'kit-overdue',
          key: keyOf(kit.id),
          actionId: kit.action_id,
          partyId: kit.party_id,
          detail: {
            kit: kit.id,
            party: kit.party,
            carrier: kit.carrier,
            tracking: kit.tracking,
            shippedOn: kit.shipped_at.toISOString().slice(0, 10),
            days: KIT_WAITS.shipped,
          },
          again: true,
        })),
      );
      return rows.length;
    });
    if (seen < KITS_AT_A_TIME) return opened;
  }
}

/** The kit moved on, or did not leave after all: the task of {@link watchKits} is over. */
export function endKitWatch(tx: Tx, ctx: Context, kitId: number, outcome: string): Promise<void> {
  return endTasks(tx, ctx, sql`key = ${keyOf(kitId)}`, outcome);
}
