import type { Generated } from 'kysely';

/** Who has a party on the telephone, until when. */
export interface CallClaimTable {
  action_id: number;
  party_id: number;
  staff_id: string;
  staff_name: string;
  claimed_at: Date;
  until: Date;
  /** When this person put the call off. */
  passed_at: Date | null;
}

/** A letter on its way through the post. */
export interface PostalItemTable {
  delivery_id: number;
  action_id: number;
  printed_at: Date | null;
  printed_by: Generated<string>;
  service: Generated<'ordinary' | 'registered' | 'signature' | 'courier'>;
  carrier: Generated<string>;
  tracking: Generated<string>;
  dispatched_on: string | null;
  dispatched_by: Generated<string>;
  delivered_on: string | null;
  signed_by: Generated<string>;
  delivered_by: Generated<string>;
  returned_on: string | null;
  return_reason: Generated<string>;
  return_detail: Generated<string>;
  returned_by: Generated<string>;
  changed_at: Date;
}

/** A number or an address that proved wrong, until it is mended. */
export interface ReachTroubleTable {
  id: Generated<number>;
  kind: 'phone' | 'post';
  party_id: number;
  contact_id: number | null;
  /** Digits of a number; lines of an address. */
  value: string;
  reason: string;
  attempt_id: number | null;
  delivery_id: number | null;
  found_at: Date;
  found_by: string;
  mended_at: Date | null;
  mended_by: Generated<string>;
}

export interface CallsSchema {
  call_claim: CallClaimTable;
  postal_item: PostalItemTable;
  reach_trouble: ReachTroubleTable;
}
