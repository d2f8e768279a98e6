/** The kit: its way from the request to its end, and what is written in it for people. */
import { type Refusal, refuse } from './refusal.ts';

export type KitState = 'requested' | 'prepared' | 'shipped' | 'received' | 'returned' | 'destroyed' | 'cancelled';

/** Where a kit can go from each state. A medium that was sent is accounted for: it comes back or is destroyed. */
export const kitMoves: Readonly<Record<KitState, readonly KitState[]>> = {
  requested: ['prepared', 'cancelled'],
  prepared: ['shipped', 'cancelled'],
  shipped: ['received', 'returned', 'destroyed'],
  received: ['returned', 'destroyed'],
  returned: ['destroyed'],
  destroyed: [],
  cancelled: [],
};

/** Refuses a move that is not in the table. */
export function checkKitMove(from: KitState, to: KitState): Refusal | undefined {
  if (kitMoves[from].includes(to)) return undefined;
  return refuse('kit.wrong-move', { from, to, next: kitMoves[from].join(', ') || '–' });
}

/** Days a kit's metadata is good for. Long enough for the post and a quiet week in the laboratory. */
export const KIT_DAYS = 120;
