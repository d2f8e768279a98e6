import { sql } from 'kysely';
import type { CodeResult } from '../../domain/confirmation-code.ts';
import type { Reader } from '../context.ts';
import { type ListDefinition, likeAnywhere, where } from './list.ts';

/** How a try ended, as it is stored; each beside the words of the desk. */
export const codeOutcomes = {
  accepted: 'taken',
  mistyped: 'mistyped',
  length: 'too short or too long',
  sign: 'a sign no code has',
  key: 'the key of a ticket',
  newer: 'of a newer verifier',
  forged: 'no code of ours',
  'not-yours': 'of another party',
  'other-serial': 'computed on another unit',
  'other-environment': 'computed in another environment',
  'other-package': 'computed with another package',
  'belongs-elsewhere': 'meant for another correction',
  'ticket-replaced': 'of a replaced ticket',
  withdrawn: 'for a withdrawn package',
  clock: 'of a wrong clock',
  used: 'used already',
} as const;
export type CodeOutcome = keyof typeof codeOutcomes;

export interface CodeRow {
  id: number;
  at: Date;
  outcome: CodeOutcome;
  result: CodeResult | null;
  done_on: string | null;
  door: string;
  by_name: string;
  correction_id: number | null;
  serial: string | null;
  environment: string | null;
  party_id: number | null;
  party: string | null;
  reference: string | null;
}

/** Every code that was tried, newest first. */
export const codeList: ListDefinition<CodeRow> = {
  name: 'codes',
  rows: ({ filters, q }) => {
    const like = likeAnywhere(q);
    const conditions = where(
      filters.outcome === 'refused' && sql`k.outcome <> 'accepted'`,
      filters.outcome !== undefined && filters.outcome !== 'refused' && sql`k.outcome = ${filters.outcome}`,
      filters.result !== undefined && sql`k.result = ${filters.result} and k.outcome = 'accepted'`,
      filters.action !== undefined && sql`a.reference = ${filters.action}`,
      q !== '' && sql`(u.serial ilike ${like} or p.name ilike ${like} or k.by_name ilike ${like})`,
    );
    return sql<CodeRow>`select k.id, k.at, k.outcome, k.result, k.done_on, k.door, k.by_name, c.id as correction_id,
        u.serial, e.code as environment, p.id as party_id, p.name as party, a.reference
      from confirmation_code k left join installation_ticket t on t.id = k.ticket_id
        left join correction c on c.id = t.correction_id left join unit u on u.id = c.unit_id
        left join environment e on e.id = c.environment_id left join party p on p.id = c.party_id
        left join action a on a.id = k.action_id ${conditions}`;
  },
  sortable: ['at', 'outcome', 'done_on'],
  defaultSort: '-at',
  id: 'id',
  filters: { outcome: [...Object.keys(codeOutcomes), 'refused'], result: ['done', 'failed'], action: 'text' },
  columns: [
    { title: 'At', value: (row) => row.at.toISOString() },
    { title: 'Outcome', value: (row) => codeOutcomes[row.outcome] },
    { title: 'Result', value: (row) => row.result },
    { title: 'Done on', value: (row) => row.done_on },
    { title: 'Door', value: (row) => row.door },
    { title: 'By', value: (row) => row.by_name },
    { title: 'Unit', value: (row) => row.serial },
    { title: 'Environment', value: (row) => row.environment },
    { title: 'Party', value: (row) => row.party },
    { title: 'Action', value: (row) => row.reference },
  ],
};

/** The ticket that a correction has now. */
export interface TicketFacts {
  id: number;
  number: number;
  issuedAt: Date;
  issuedBy: string;
}
export async function loadTicket(reader: Reader, correctionId: number): Promise<TicketFacts | undefined> {
  return reader
    .selectFrom('installation_ticket')
    .select(['id', 'number', 'issued_at as issuedAt', 'issued_by as issuedBy'])
    .where('correction_id', '=', correctionId)
    .where('replaced_at', 'is', null)
    .executeTakeFirst();
}
