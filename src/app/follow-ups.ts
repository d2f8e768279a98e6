import { sql } from 'kysely';
import { z } from 'zod';
import {
  checkFollowUp,
  type FollowUpQueue,
  followUpOutcomes,
  followUpQueues,
  outcomeRules,
} from '../domain/follow-up.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { recordConfirmations } from './confirmations.ts';
import { type Context, type Tx, transact } from './context.ts';
import { actorColumns, recordEvents } from './event.ts';
import { refreshObligation } from './obligations.ts';
import { followUpList } from './queries/follow-ups.ts';
import { endTaskIn } from './task-work.ts';

/** As many corrections as are answered at once. */
export const MOST_ANSWERED_AT_ONCE = 500;

export const answerFollowUpInput = z.object({
  queue: z.enum(followUpQueues, 'Choose the queue.').describe('Where they wait.'),
  correctionIds: z
    .array(z.int().positive())
    .min(1, 'Choose at least one correction.')
    .max(MOST_ANSWERED_AT_ONCE)
    .describe('Corrections of one action that stand in the queue.'),
  outcome: z.enum(followUpOutcomes, 'Choose what came of it.').describe('What came of asking; each queue has its own.'),
  note: z.string().trim().max(2_000).default('').describe('How you know, or which way was found.'),
  until: z.iso.date().nullable().default(null).describe('With `waiting`: the day on which it comes back.'),
});
export type AnswerFollowUp = z.infer<typeof answerFollowUpInput>;

/** A correction that is answered, locked. */
interface Answered {
  id: number;
  action_id: number;
  party_id: number;
  unit_id: number;
  because_id: number | null;
}

/**
 * Writes down what came of asking about corrections that stand still on the ladder of evidence: all of them or none. They
 * leave the queue until something new is said, or until the day that was given. *Mistaken* and *way found* make them open
 * again by staff's evidence; an open task of help for the unit ends, or waits with them. One event each.
 */
export async function answerFollowUp(
  ctx: Context,
  input: AnswerFollowUp,
): Promise<{ answered: number; reopened: number } | Refusal> {
  const rule = outcomeRules[input.outcome];
  // Reopening is staff's word against what was said.
  const no = forbid(ctx.actor, 'task.work') ?? (rule.reopens ? forbid(ctx.actor, 'reply.correct') : undefined);
  if (no) return no;
  const wrong = checkFollowUp(input, ctx.now().toISOString().slice(0, 10));
  if (wrong) return wrong;
  const ids = [...new Set(input.correctionIds)].sort((a, b) => a - b);
  return transact(ctx, async (tx) => {
    const rows = await lockWaiting(tx, ctx, input.queue, ids);
    if (isRefusal(rows)) return rows;
    const [first] = rows;
    if (!first) return refuse('correction.unknown', { count: ids.length });
    await insertAnswers(tx, ctx, input, rows);
    if (rule.reopens) {
      const reopened = await reopen(tx, ctx, first.action_id, rows, input.note);
      if (isRefusal(reopened)) return reopened;
    }
    if (rule.task !== 'stays') {
      const settled = await settleTasks(tx, ctx, input, rows);
      if (isRefusal(settled)) return settled;
    }
    return { answered: rows.length, reopened: rule.reopens ? rows.length : 0 };
  });
}

/** The corrections, locked in the order of their ids; each must be of one action and stand in the queue. */
async function lockWaiting(tx: Tx, ctx: Context, queue: FollowUpQueue, ids: number[]): Promise<Answered[] | Refusal> {
  const rows = await tx
    .selectFrom('correction')
    .select(['id', 'action_id', 'party_id', 'unit_id', 'because_id'])
    .where('id', '=', sql<number>`any(${ids}::bigint[])`)
    .orderBy('id')
    .forUpdate()
    .execute();
  const [first] = rows;
  if (!first || rows.length < ids.length) return refuse('correction.unknown', { count: ids.length - rows.length });
  if (rows.some((row) => row.action_id !== first.action_id)) return refuse('follow-up.mixed', {}, 'correctionIds');
  const { rows: standing } = await sql<{ id: number }>`
    select id from (${followUpList.rows(
      { filters: { answered: 'all', days: '0' }, q: '' },
      { actionId: first.action_id, now: ctx.now(), queue },
    )}) x where id = any(${ids}::bigint[])`.execute(tx);
  if (standing.length < rows.length)
    return refuse('follow-up.not-in-queue', { count: rows.length - standing.length, queue }, 'queue');
  return rows;
}

async function insertAnswers(tx: Tx, ctx: Context, input: AnswerFollowUp, rows: readonly Answered[]): Promise<void> {
  const who = actorColumns(ctx.actor);
  await sql`
    insert into follow_up (action_id, correction_id, queue, outcome, note, until, because_id, by_id, by_name, at)
      select action_id, id, ${input.queue}, ${input.outcome}, ${input.note}, ${input.until}::date, because_id, ${who.actor_id}::text,
          ${who.actor_name}::text, ${ctx.now()}::timestamptz
        from correction where id = any(${rows.map((row) => row.id)}::bigint[]) order by id`.execute(tx);
  await recordEvents(
    tx,
    ctx,
    rows.map((row) => ({
      action: 'follow-up.answer',
      subject: 'correction',
      subjectId: row.id,
      actionId: row.action_id,
      partyId: row.party_id,
      unitId: row.unit_id,
      after: { queue: input.queue, outcome: input.outcome, until: input.until },
      reason: input.note,
    })),
  );
}

/** Staff say that the fix is not in place, and why: what was said before stays in the history. */
async function reopen(
  tx: Tx,
  ctx: Context,
  actionId: number,
  rows: readonly Answered[],
  reason: string,
): Promise<undefined | Refusal> {
  const changes = await recordConfirmations(
    tx,
    ctx,
    { actionId, partyId: null, replyId: null, door: 'desk', kind: 'staff' },
    rows.map((row) => ({
      correctionId: row.id,
      claim: 'not-yet',
      doneOn: null,
      backedUp: null,
      reason,
      detail: {},
      ...(row.because_id === null ? {} : { correctsId: row.because_id }),
    })),
  );
  if (isRefusal(changes)) return changes;
  for (const partyId of [...new Set(rows.map((row) => row.party_id))].sort((a, b) => a - b))
    await refreshObligation(tx, ctx, actionId, partyId);
  return undefined;
}

/**
 * Tasks that asked for help with these corrections, or with their units where nothing of the unit waits any more: they
 * end with the answer, or fall due when it comes back.
 */
async function settleTasks(
  tx: Tx,
  ctx: Context,
  input: AnswerFollowUp,
  rows: readonly Answered[],
): Promise<undefined | Refusal> {
  const actionId = rows[0]?.action_id ?? 0;
  const { rows: tasks } = await sql<{ id: number }>`
    select t.id from task t
     where t.action_id = ${actionId} and t.kind = 'blocked' and t.state = 'open'
       and t.unit_id = any(${rows.map((row) => row.unit_id)}::bigint[])
       and not exists (select 1 from (${followUpList.rows(
         { filters: {}, q: '' },
         { actionId, now: ctx.now(), queue: input.queue },
       )}) w where w.unit_id = t.unit_id)
     order by t.id`.execute(tx);
  const rule = outcomeRules[input.outcome];
  if (rule.task === 'waits') {
    await sql`update task set due_on = ${input.until}::date where id = any(${tasks.map((task) => task.id)}::bigint[])`.execute(
      tx,
    );
    return undefined;
  }
  for (const task of tasks) {
    const ended = await endTaskIn(tx, ctx, task.id, {
      state: 'done',
      outcome: [rule.word, input.note].filter(Boolean).join(': '),
    });
    if (isRefusal(ended)) return ended;
  }
  return undefined;
}
