import type { ColumnType, Generated } from 'kysely';
import type { CodeResult } from '../domain/confirmation-code.ts';
import type { KitPapers, KitState, KitWay, ShipTo } from '../domain/kit.ts';
import type { Day, Door } from './schema.ts';

/** Lets one correction be confirmed by a code. */
export interface InstallationTicketTable {
  id: Generated<number>;
  action_id: number;
  correction_id: number;
  number: number;
  issued_at: Date;
  issued_by: string;
  replaced_at: Date | null;
  replaced_reason: Generated<string>;
}

/** A code that was tried, right or wrong. */
export interface ConfirmationCodeTable {
  id: Generated<number>;
  ticket_id: number | null;
  action_id: number | null;
  outcome: string;
  tag: number | null;
  result: CodeResult | null;
  backed_up: boolean | null;
  done_on: string | null;
  package_id: number | null;
  confirmation_id: number | null;
  door: Door;
  source: string;
  by_kind: string;
  by_id: string;
  by_name: string;
  at: Date;
}

/** A kit for machines without a network, from the request to its end. */
export interface KitTable {
  id: Generated<number>;
  action_id: number;
  party_id: number;
  remedy_id: number;
  state: Generated<KitState>;
  state_since: Date;
  note: Generated<string>;
  language: string;
  requested_at: Date;
  requested_by: string;
  package_id: number | null;
  prepared_at: Date | null;
  good_until: Date | null;
  carrier: Generated<string>;
  tracking: Generated<string>;
  way: Generated<KitWay>;
  /** Who gets it, and their link: the ticket's code leads there. */
  contact_id: number | null;
  link_id: number | null;
  ship_to: ColumnType<Partial<ShipTo>, string | undefined, string>;
  visit_on: Day | null;
  shipped_at: Date | null;
  /** Set once somebody said that it arrived; stays when it comes back or is destroyed. */
  received_at: Date | null;
  ended_at: Date | null;
  papers: ColumnType<KitPapers | null, string | null, string | null>;
  contents_sha256: Generated<string>;
}

/** Tickets, codes and kits: migrations/016-confirmation-code.sql, 017-kit.sql, 019-kit-shipment.sql. */
export interface CodesSchema {
  installation_ticket: InstallationTicketTable;
  confirmation_code: ConfirmationCodeTable;
  kit: KitTable;
  kit_correction: { kit_id: number; correction_id: number };
  kit_paper: { kit_id: number; path: string; file_id: number };
}
