import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Deps } from './context.ts';

export type ChainVerdict =
  | { chain: 'ok'; events: number; hash: string }
  | { chain: 'broken'; events: number; seq: number; problem: 'missing' | 'altered' | 'head'; at: Date | null };

const GENESIS = createHash('sha256').update('fieldfix').digest();
const BATCH = 5_000;

/**
 * Recomputes the chain of events outside the database and names the first row that was tampered with: a row that is
 * missing, a row whose content no longer gives its hash, or a head that does not match the last row (rows cut off).
 */
export async function verifyEventChain(ctx: Pick<Deps, 'db'>): Promise<ChainVerdict> {
  let hash = GENESIS;
  let seq = 0;
  for (;;) {
    const { rows } = await sql<{ seq: number; at: Date; body: string; prev_hash: Buffer; hash: Buffer }>`
      select seq, at, prev_hash, hash, jsonb_build_array(
        seq, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), actor_kind, actor_id, actor_name, action,
        subject, subject_id, action_id, party_id, unit_id, before, after, reason)::text as body
      from event where seq > ${seq} order by seq limit ${BATCH}`.execute(ctx.db);
    for (const row of rows) {
      if (row.seq !== seq + 1) return { chain: 'broken', events: seq, seq: seq + 1, problem: 'missing', at: row.at };
      const expected = createHash('sha256').update(hash).update(row.body, 'utf8').digest();
      if (!expected.equals(row.hash) || !hash.equals(row.prev_hash)) {
        return { chain: 'broken', events: seq, seq: row.seq, problem: 'altered', at: row.at };
      }
      hash = expected;
      seq = row.seq;
    }
    if (rows.length < BATCH) break;
  }
  const head = await ctx.db.selectFrom('event_head').select(['seq', 'hash']).executeTakeFirst();
  if (!head || head.seq !== seq || !hash.equals(head.hash)) {
    return { chain: 'broken', events: seq, seq: seq + 1, problem: 'head', at: null };
  }
  return { chain: 'ok', events: seq, hash: hash.toString('hex') };
}
