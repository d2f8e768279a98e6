import { sql } from 'kysely';
import type { Context } from '../src/app/context.ts';
import { verifyEventChain } from '../src/app/event-chain.ts';
import { checkNotice } from '../src/app/notice-checks.ts';
import { countRungs } from '../src/app/queries/evidence-ladder.ts';
import type { Rung } from '../src/domain/evidence-ladder.ts';
import { type LetterSummary, summarizeLetters } from './letters.ts';
import { checkPaperNotice } from './notice/paper.ts';
import type { StandIn } from './trial.ts';

/** What the demo did, counted from the database at its end. Later work adds keys. */
export interface DemoSummary {
  parties: number;
  countries: number;
  contacts: number;
  /** Instruments with a correction in the action. */
  units: number;
  /** Standalone software instances with one. */
  standalone: number;
  corrections: number;
  correctionsByState: Record<string, number>;
  deliveries: { sent: number; bounced: number; failed: number };
  replies: Record<string, number>;
  /** What came in by mail. `lost`: kept, and neither read nor waiting for anybody. */
  postroom: { messages: number; byKind: Record<string, number>; waitingForAPerson: number; lost: number };
  approvals: number;
  tasks: number;
  /** Letters on paper. */
  letters: LetterSummary;
  /** Packages that left whole, those who were not let in, and what came back as evidence. */
  patch: {
    downloads: number;
    refusedDownloads: number;
    /** Kits for machines without a network that left the house. */
    kits: number;
    codesAccepted: number;
    codesRefused: number;
    /** Corrections by the best evidence there is for them. */
    verifiedByRung: Record<Rung, number>;
  };
  /** What a request from the instrument itself and one from its network got in each mode, beside the ledger. */
  standInInstrument: StandIn;
  events: number;
  /** What the rules find on the example as it was on paper, and what blocks the notice that was released. */
  checks: { paperNoticeFindings: number; blocking: number };
  chain: 'ok' | 'broken';
  seconds: number;
}

/** Counts. `deliveries.sent` are letters that left and did not come back, whatever evidence followed. */
export async function summarize(
  ctx: Context,
  actionId: number,
  { seconds, standIn }: { seconds: number; standIn: StandIn },
): Promise<DemoSummary> {
  const { rows } = await sql<Omit<DemoSummary, 'checks' | 'letters' | 'standInInstrument' | 'chain' | 'seconds'>>`
    select
      (select count(*)::int from party) as parties,
      (select count(distinct s.country)::int from correction c join site s on s.id = c.site_id where c.action_id = ${actionId}) as countries,
      (select count(*)::int from contact) as contacts,
      (select count(distinct c.unit_id)::int from correction c join unit u on u.id = c.unit_id where c.action_id = ${actionId} and u.kind = 'serial') as units,
      (select count(distinct c.unit_id)::int from correction c join unit u on u.id = c.unit_id where c.action_id = ${actionId} and u.kind = 'standalone') as standalone,
      (select count(*)::int from correction where action_id = ${actionId}) as corrections,
      (select coalesce(jsonb_object_agg(state, n), '{}') from (select state, count(*) as n from correction where action_id = ${actionId} group by state) x) as "correctionsByState",
      (select jsonb_build_object('sent', count(*) filter (where state in ('sent', 'delivered', 'opened')),
          'bounced', count(*) filter (where state = 'bounced'), 'failed', count(*) filter (where state = 'failed'))
          from delivery where action_id = ${actionId}) as deliveries,
      (select coalesce(jsonb_object_agg(door, n), '{}') from (select door, count(*) as n from reply where action_id = ${actionId} group by door) x) as replies,
      (select jsonb_build_object('messages', count(*), 'waitingForAPerson', count(*) filter (where state = 'waiting'),
          'lost', (select count(*) from event e, jsonb_array_elements(e.after -> 'messages') k
                    where e.action = 'message.keep' and not exists (select 1 from message x where x.id = k::bigint and x.state <> 'new')),
          'byKind', (select coalesce(jsonb_object_agg(kind, n), '{}') from (select kind, count(*) as n from message
            where kind is not null group by kind order by kind) y)) from message) as postroom,
      (select count(*)::int from signature where subject_kind = 'notice' and voided_at is null) as approvals,
      (select count(*)::int from task) as tasks,
      (select jsonb_build_object(
          'downloads', (select count(*) from download where action_id = ${actionId} and state = 'finished'),
          'refusedDownloads', (select count(*) from event where action_id = ${actionId} and action = 'download.refuse'),
          'kits', (select count(*) from kit where action_id = ${actionId} and shipped_at is not null),
          'codesAccepted', (select count(*) from confirmation_code where outcome = 'accepted'),
          'codesRefused', (select count(*) from confirmation_code where outcome <> 'accepted'))) as patch,
      (select count(*)::int from event) as events`.execute(ctx.db);
  const counted = rows[0];
  if (!counted) throw new Error('A select without a from gives one row');
  const notice = await ctx.db
    .selectFrom('notice')
    .select('id')
    .where('action_id', '=', actionId)
    .where('state', '=', 'released')
    .executeTakeFirstOrThrow();
  const findings = await checkNotice(ctx.db, notice.id, ctx.settings.publicUrl);
  const checks = {
    paperNoticeFindings: checkPaperNotice().length,
    blocking: findings.filter((finding) => finding.severity === 'blocking').length,
  };
  const verdict = await verifyEventChain(ctx);
  const letters = await summarizeLetters(ctx, actionId);
  const patch = { ...counted.patch, verifiedByRung: await countRungs(ctx.db, actionId) };
  return { ...counted, patch, standInInstrument: standIn, checks, letters, chain: verdict.chain, seconds };
}
