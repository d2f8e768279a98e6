import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { MoveFacts } from '../domain/action.ts';
import type { Reader } from './context.ts';

/**
 * What the guards of domain/action.ts ask about an action, counted in one round trip, and the hash that a signature on
 * the action signs: stage, notices and their hashes, remedies, figures of the ledger.
 */
export async function loadReleaseFacts(
  reader: Reader,
  actionId: number,
  reason: string,
): Promise<MoveFacts & { contentHash: string }> {
  const { rows } = await sql<{
    approved: number | null;
    released: number | null;
    hashes: string[];
    signatures: string[];
    corrections: number;
    owed: number;
    obligations: number;
    remedies: number;
    permanent_owed: number;
  }>`
    select
      (select id from notice where action_id = ${actionId} and state = 'approved' order by version desc limit 1) as approved,
      (select id from notice where action_id = ${actionId} and state = 'released' order by version desc limit 1) as released,
      array(select content_hash from notice where action_id = ${actionId} order by version) as hashes,
      array(select s.role from signature s join notice n on s.subject_kind = 'notice' and s.subject_id = n.id::text
             where n.action_id = ${actionId} and n.state = 'approved' and s.voided_at is null) as signatures,
      (select coalesce(sum(n), 0)::int from tally where action_id = ${actionId} and subject = 'correction') as corrections,
      (select coalesce(sum(n), 0)::int from tally where action_id = ${actionId} and subject = 'correction'
          and state in ('open', 'blocked', 'isolated')) as owed,
      (select count(*)::int from obligation where action_id = ${actionId}) as obligations,
      (select count(*)::int from remedy where action_id = ${actionId} and status = 'available') as remedies,
      (select coalesce(sum(n), 0)::int from tally_fix_path where action_id = ${actionId}
          and path in ('neither', 'interim')) as permanent_owed`.execute(reader);
  const row = rows[0];
  if (!row) throw new Error('A select without a from gives one row');
  return {
    approvedNotice: row.approved !== null,
    releasedNotice: row.released !== null,
    approvals: row.signatures,
    corrections: row.corrections,
    owed: row.owed,
    obligations: row.obligations,
    remedies: row.remedies,
    permanentOwed: row.permanent_owed,
    reason,
    contentHash: createHash('sha256').update(JSON.stringify(row)).digest('hex'),
  };
}
