import { type Selectable, sql } from 'kysely';
import type { Schema } from '../db/schema.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { insertPermanent } from './interim-carry.ts';
import { requestCarriedKits } from './interim-kits.ts';

/** Corrections looked at in one transaction: bounds memory and locks whatever the size of the field. */
const BATCH = 10_000;

/**
 * Makes the corrections of a remedy that begins, batch by batch in short transactions: one for each unit and environment
 * of the remedy it supersedes, starting where the unit stands. Safe to run again after a crash, and by two servers at once.
 */
export async function runStart(ctx: Context, startId: number): Promise<'running' | 'done'> {
  for (;;) {
    const state = await transact(ctx, async (tx) => {
      const start = await tx
        .selectFrom('remedy_start')
        .selectAll()
        .where('id', '=', startId)
        .forUpdate()
        .executeTakeFirstOrThrow();
      if (start.state !== 'running') return 'done' as const;
      const { rows } = await sql<{ last: number | null }>`
        select max(id) as last from (select id from correction where id > ${start.last_id} and action_id = ${start.action_id}
          order by id limit ${BATCH}) next`.execute(tx);
      const last = rows[0]?.last ?? null;
      if (last === null) {
        await finish(tx, ctx, start);
        return 'done' as const;
      }
      const made = await insertPermanent(tx, ctx, start.remedy_id, { after: start.last_id, upTo: last });
      await tx
        .updateTable('remedy_start')
        .set({ last_id: last, made: start.made + made })
        .where('id', '=', startId)
        .execute();
      return 'running' as const;
    });
    if (state === 'done') return state;
  }
}

/** All corrections are made: parties that had nothing to do any more owe again, and those without Internet need kits. */
async function finish(tx: Tx, ctx: Context, start: Selectable<Schema['remedy_start']>): Promise<void> {
  const { numAffectedRows } = await sql`
    update obligation set state = 'received', completed_at = null
     where action_id = ${start.action_id} and state = 'done' and corrections_open > 0`.execute(tx);
  // A clock that was met runs anew: it waits, and the letter that tells of the permanent fix starts it.
  await sql`
    update deadline d set state = 'waiting', state_since = ${ctx.now()}, starts_at = null, due_on = null, due_at = null,
           explanation = explanation || '{"startOn": null, "dueOn": null, "skipped": []}'::jsonb
      from obligation o
     where o.action_id = ${start.action_id} and o.state = 'received' and o.corrections_open > 0
       and d.action_id = o.action_id and d.party_id = o.party_id and d.rule = 'customer-reply-connected' and d.state = 'met'`.execute(
    tx,
  );
  const kits = await requestCarriedKits(tx, ctx, start.action_id);
  await tx.updateTable('remedy_start').set({ state: 'done', ended_at: ctx.now() }).where('id', '=', start.id).execute();
  await recordEvent(tx, ctx, {
    action: 'remedy.started',
    subject: 'remedy',
    subjectId: start.remedy_id,
    actionId: start.action_id,
    after: { corrections: start.made, reopened: Number(numAffectedRows ?? 0), kits: kits.kits },
  });
}

/** Goes on with starts that a server left unfinished when it ended. Two at once only take turns. */
export async function resumeStarts(ctx: Context): Promise<void> {
  const starts = await ctx.db.selectFrom('remedy_start').select('id').where('state', '=', 'running').execute();
  for (const start of starts) await runStart(ctx, start.id);
}
