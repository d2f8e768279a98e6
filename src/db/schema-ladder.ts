import type { Generated } from 'kysely';
import type { FollowUpOutcome, FollowUpQueue } from '../domain/follow-up.ts';
import type { Day } from './schema.ts';

/** What came of asking about a correction that stands still on the ladder of evidence. Append-only. */
export interface FollowUpTable {
  id: Generated<number>;
  action_id: number;
  correction_id: number;
  queue: FollowUpQueue;
  outcome: FollowUpOutcome;
  note: Generated<string>;
  /** It comes back on this day. */
  until: Day | null;
  /** What the correction rested on then. */
  because_id: number | null;
  by_id: string;
  by_name: string;
  at: Date;
}

/** The ladder of evidence: migrations/018-evidence-ladder.sql, 025-evidence-reach.sql. */
export interface LadderSchema {
  follow_up: FollowUpTable;
}
