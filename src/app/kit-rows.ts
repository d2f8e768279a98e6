/** The row of a kit inside the transaction that changes it, and what is checked about it each time. */
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Tx } from './context.ts';

/** The newest link of a contact that still opens, for an action. */
export async function findLink(tx: Tx, contactId: number, actionId: number): Promise<number | null> {
  const link = await tx
    .selectFrom('link')
    .select('id')
    .where('contact_id', '=', contactId)
    .where('action_id', '=', actionId)
    .where('revoked_at', 'is', null)
    .orderBy('id', 'desc')
    .executeTakeFirst();
  return link?.id ?? null;
}

/**
 * Refuses to go on with a kit of which a unit went to somebody else: whoever gets the kit could confirm what is not
 * theirs any more.
 */
export async function checkOwners(tx: Tx, kit: Pick<Kit, 'id' | 'party_id'>): Promise<Refusal | undefined> {
  const moved = await tx
    .selectFrom('kit_correction as x')
    .innerJoin('correction as c', 'c.id', 'x.correction_id')
    .innerJoin('unit as u', 'u.id', 'c.unit_id')
    .select('u.serial')
    .where('x.kit_id', '=', kit.id)
    .where('c.party_id', '<>', kit.party_id)
    .executeTakeFirst();
  return moved && refuse('kit.unit-moved', { serial: moved.serial });
}

/** A kit as its use cases hold it. */
export type Kit = Exclude<Awaited<ReturnType<typeof lockKit>>, Refusal>;

/** A kit, locked for whoever changes it. */
export async function lockKit(tx: Tx, kitId: number) {
  const row = await tx.selectFrom('kit').selectAll().where('id', '=', kitId).forUpdate().executeTakeFirst();
  return row ?? refuse('kit.unknown', { id: kitId });
}
