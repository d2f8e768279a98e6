/** The kit: its way from the request to its end, where it goes, and what is frozen in its papers. */
import { z } from 'zod';
import { isCountry } from './country.ts';
import { type Refusal, refuse } from './refusal.ts';

export type KitState = 'requested' | 'prepared' | 'shipped' | 'received' | 'returned' | 'destroyed' | 'cancelled';
export const kitStates: readonly KitState[] = [
  'requested',
  'prepared',
  'shipped',
  'received',
  'returned',
  'destroyed',
  'cancelled',
];

/** `post`: a carrier brings the parcel · `visit`: an engineer brings it and installs it. */
export type KitWay = 'post' | 'visit';

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

/** Where those who get a kit can take it by themselves. Once it is prepared, only we can call it off. */
export const recipientMoves: Readonly<Record<KitState, readonly KitState[]>> = {
  requested: ['cancelled'],
  prepared: [],
  shipped: ['received', 'returned', 'destroyed'],
  received: ['returned', 'destroyed'],
  returned: [],
  destroyed: [],
  cancelled: [],
};

/** Refuses a move that is not in the table. */
export function checkKitMove(from: KitState, to: KitState, moves = kitMoves): Refusal | undefined {
  if (moves[from].includes(to)) return undefined;
  return refuse('kit.wrong-move', { from, to, next: moves[from].join(', ') || '–' });
}

/** The step before, for a move that was made by mistake; undefined where there is none to go back to. */
export function stateBefore(kit: { state: KitState; received_at: Date | null }): KitState | undefined {
  switch (kit.state) {
    case 'shipped':
      return 'prepared';
    case 'received':
      return 'shipped';
    case 'returned':
    case 'destroyed':
      return kit.received_at ? 'received' : 'shipped';
    default:
      return undefined;
  }
}

/** Days a kit's metadata is good for. Long enough for the post and a quiet week in the laboratory. */
export const KIT_DAYS = 120;

/** A kit with fewer days left than this is prepared anew before it leaves. */
export const LEAST_DAYS_LEFT = 30;

/**
 * Days after which somebody should look why a kit is still in this state. On the way: a parcel takes some days within the
 * Union and about two weeks overseas, customs included; a lost one must be known by then, because its tickets are keys
 * and its metadata runs out.
 */
export const KIT_WAITS: Readonly<Partial<Record<KitState, number>>> = {
  requested: 3,
  prepared: 3,
  shipped: 14,
  received: 60,
};

const line = (most: number) => z.string().trim().max(most);

/** Where a kit goes, as it stands on the parcel; for a visit, where the engineer goes. */
export const shipToSchema = z.object({
  name: line(200).min(1, 'Write the organisation.'),
  attention: line(200).default(''),
  street: line(200).min(1, 'Write street and number.'),
  postcode: line(30).default(''),
  city: line(100).min(1, 'Write the town.'),
  region: line(100).default(''),
  country: z.string().trim().refine(isCountry, 'Choose the country.').describe('ISO 3166-1, e.g. DE'),
  phone: line(60).default('').describe('Whom the carrier or the engineer calls.'),
});
export type ShipTo = z.infer<typeof shipToSchema>;

/** One ticket as it is printed, without its key. */
export interface PaperTicket {
  id: number;
  serial: string;
  product: string;
  /** Code of the environment, as the verifier knows it, e.g. `Dx`. */
  environment: string;
  environmentName: string;
  site: string;
}

/** Everything the papers of a kit say that could change later: frozen when it is prepared. */
export interface KitPapers {
  reference: string;
  remedy: string;
  version: string;
  party: string;
  country: string;
  /** Those its papers are written in, the first one first. */
  languages: string[];
  /** Who made the package, and how to reach them. */
  maker: { name: string; address: string; phone: string; email: string };
  tickets: PaperTicket[];
}
