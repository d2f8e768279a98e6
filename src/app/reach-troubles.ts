/** Numbers and addresses that proved wrong: not dialled and not written to again until somebody mends them. */
import { phoneDigits } from '../domain/call.ts';
import type { Context, Reader, Tx } from './context.ts';

/** One number or address that proved wrong. */
export interface ReachTrouble {
  kind: 'phone' | 'post';
  partyId: number;
  contactId: number | null;
  /** As it is written; numbers are compared by their digits. */
  value: string;
  reason: string;
  attemptId?: number;
  deliveryId?: number;
}

const keyOf = (kind: 'phone' | 'post', value: string): string => (kind === 'phone' ? phoneDigits(value) : value);

/** Keeps that a number or an address is wrong, once. */
export async function keepTrouble(tx: Tx, ctx: Context, trouble: ReachTrouble): Promise<void> {
  await tx
    .insertInto('reach_trouble')
    .values({
      kind: trouble.kind,
      party_id: trouble.partyId,
      contact_id: trouble.contactId,
      value: keyOf(trouble.kind, trouble.value),
      reason: trouble.reason,
      attempt_id: trouble.attemptId ?? null,
      delivery_id: trouble.deliveryId ?? null,
      found_at: ctx.now(),
      found_by: ctx.actor.name,
      mended_at: null,
    })
    .onConflict((clash) => clash.columns(['party_id', 'kind', 'value']).where('mended_at', 'is', null).doNothing())
    .execute();
}

/** Somebody was reached on a number, or a letter arrived: what was kept against it is over. */
export async function mendTrouble(
  tx: Tx,
  ctx: Context,
  found: Pick<ReachTrouble, 'kind' | 'partyId' | 'value'>,
): Promise<void> {
  await tx
    .updateTable('reach_trouble')
    .set({ mended_at: ctx.now(), mended_by: ctx.actor.name })
    .where('party_id', '=', found.partyId)
    .where('kind', '=', found.kind)
    .where('value', '=', keyOf(found.kind, found.value))
    .where('mended_at', 'is', null)
    .execute();
}

/** What is known to be wrong at a party, newest first. */
export function loadTroubles(reader: Reader, partyId: number) {
  return reader
    .selectFrom('reach_trouble')
    .select(['id', 'kind', 'contact_id', 'value', 'reason', 'found_at', 'found_by', 'delivery_id'])
    .where('party_id', '=', partyId)
    .where('mended_at', 'is', null)
    .orderBy('id', 'desc')
    .limit(50)
    .execute();
}
