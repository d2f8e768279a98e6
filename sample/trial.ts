import type { Cast } from './action.ts';
import { type StandInReport, tryStandIn } from './instrument/tour.ts';
import { shownSerials } from './tour.ts';

/** What a request from the instrument itself and one from its network got in each mode, and what the ledger said then. */
export type StandIn = Pick<StandInReport, 'before' | 'afterDx' | 'afterRUO'>;

/** Has a stand-in of one of the open instruments patched with a kit, mode by mode. */
export async function tryPatch(cast: Cast, actionId: number): Promise<StandIn> {
  const unit = await cast.system.db
    .selectFrom('correction as c')
    .innerJoin('unit as u', 'u.id', 'c.unit_id')
    .select('u.id')
    .where('c.action_id', '=', actionId)
    .where('u.kind', '=', 'serial')
    .where('u.party_id', 'not in', (eb) =>
      eb
        .selectFrom('unit')
        .select('party_id')
        .where('serial', 'in', [...shownSerials]),
    )
    .groupBy('u.id')
    .having((eb) => eb(eb.fn.countAll(), '=', 2))
    .having((eb) => eb.fn<boolean>('bool_and', [eb('c.state', '=', 'open')]))
    .orderBy('u.id')
    .executeTakeFirstOrThrow();
  const { before, afterDx, afterRUO } = await tryStandIn({
    support: cast.support,
    quality: cast.quality,
    actionId,
    unitId: unit.id,
  });
  return { before, afterDx, afterRUO };
}
