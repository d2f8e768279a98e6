import type { Generated } from 'kysely';

/** The start of a second remedy in a released action, from the proposal to the last row. */
interface RemedyStartTable {
  id: Generated<number>;
  remedy_id: number;
  action_id: number;
  state: Generated<'proposed' | 'running' | 'done' | 'withdrawn'>;
  /** SHA-256 over the remedy as it was proposed: what the approvals sign. */
  content_hash: string;
  proposed_by: string;
  proposed_at: Date;
  /** The correction looked at last. */
  last_id: Generated<number>;
  made: Generated<number>;
  ended_at: Date | null;
  reason: Generated<string>;
}

/** Counts of fix paths, kept by triggers. */
interface TallyFixPathTable {
  action_id: number;
  remedy_id: number;
  country: string;
  path: string;
  n: number;
}

/** The permanent fix: migrations/024-permanent-fix.sql. */
export interface PermanentFixSchema {
  remedy_start: RemedyStartTable;
  tally_fix_path: TallyFixPathTable;
}
