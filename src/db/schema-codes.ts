import type { Generated } from 'kysely';
import type { CodeResult } from '../domain/confirmation-code.ts';
import type { Door } from './schema.ts';

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

/** Tickets and codes: migrations/016-confirmation-code.sql. */
export interface CodesSchema {
  installation_ticket: InstallationTicketTable;
  confirmation_code: ConfirmationCodeTable;
}
