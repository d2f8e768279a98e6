import { type RawBuilder, sql } from 'kysely';
import { json } from '../db/values.ts';
import type { Context, Tx } from './context.ts';
import { recordEvents } from './event.ts';

/** Something a person has to look at. */
export interface TaskInput {
  /** e.g. `bounce`, `missing-address`, `contradiction`, `telephone`. */
  kind: string;
  /** The same trouble has the same key and makes one task, however often it is noticed. */
  key: string;
  actionId?: number | null;
  partyId?: number | null;
  contactId?: number | null;
  deliveryId?: number | null;
  replyId?: number | null;
  unitId?: number | null;
  correctionId?: number | null;
  /** What the person needs to see, as words and values for the page. */
  detail?: Record<string, unknown>;
  /** 1 urgent · 2 normal (default) · 3 when there is time. */
  priority?: 1 | 2 | 3;
  /** Calendar day `YYYY-MM-DD`. */
  dueOn?: string | null;
  /** Opens a task of this key again when it was ended: for trouble that can come back. */
  again?: boolean;
}

/** Rows of one insert: well under the database's limit of 65,535 parameters. */
const CHUNK = 2_000;

/**
 * Opens tasks in the transaction of what made them necessary; one event each. A key that exists already is left as it
 * is (or opened again, see `again`). Gives how many were opened now.
 */
export async function openTasks(tx: Tx, ctx: Pick<Context, 'actor' | 'now'>, inputs: TaskInput[]): Promise<number> {
  let opened = 0;
  // One row per key and statement: a second one would be refused by "on conflict do update".
  const distinct = [...new Map(inputs.map((input) => [input.key, input])).values()];
  for (let from = 0; from < distinct.length; from += CHUNK) {
    const chunk = distinct.slice(from, from + CHUNK);
    const at = ctx.now();
    const rows = await tx
      .insertInto('task')
      .values(
        chunk.map((input) => ({
          kind: input.kind,
          key: input.key,
          action_id: input.actionId ?? null,
          party_id: input.partyId ?? null,
          contact_id: input.contactId ?? null,
          delivery_id: input.deliveryId ?? null,
          reply_id: input.replyId ?? null,
          unit_id: input.unitId ?? null,
          correction_id: input.correctionId ?? null,
          detail: json(input.detail ?? {}),
          priority: input.priority ?? 2,
          due_on: input.dueOn ?? null,
          created_at: at,
        })),
      )
      .onConflict((oc) =>
        oc
          .column('key')
          .doUpdateSet((eb) => ({
            state: 'open',
            ended_at: null,
            ended_by: null,
            outcome: '',
            detail: eb.ref('excluded.detail'),
            delivery_id: eb.ref('excluded.delivery_id'),
          }))
          .where('task.state', '<>', 'open')
          .where('task.key', 'in', ['', ...chunk.filter((input) => input.again).map((input) => input.key)]),
      )
      .returning(['id', 'key', 'kind', 'action_id', 'party_id', 'unit_id', sql<boolean>`xmax::text <> '0'`.as('again')])
      .execute();
    await recordEvents(
      tx,
      ctx,
      rows.map((row) => ({
        action: row.again ? 'task.reopen' : 'task.open',
        subject: 'task',
        subjectId: row.id,
        actionId: row.action_id,
        partyId: row.party_id,
        unitId: row.unit_id,
        after: { kind: row.kind, key: row.key },
      })),
    );
    opened += rows.length;
  }
  return opened;
}

/** Opens one task: see openTasks. */
export async function openTask(tx: Tx, ctx: Pick<Context, 'actor' | 'now'>, input: TaskInput): Promise<void> {
  await openTasks(tx, ctx, [input]);
}

/**
 * Ends the open tasks that a condition on `task` finds, in the transaction of what made them needless; one event each.
 * For one task that a person ends: `endTaskIn`.
 */
export async function endTasks(
  tx: Tx,
  ctx: Pick<Context, 'actor' | 'now'>,
  which: RawBuilder<unknown>,
  outcome: string,
): Promise<void> {
  const { rows } = await sql<{ id: number; kind: string; action_id: number | null; party_id: number | null }>`
    update task set state = 'done', outcome = ${outcome}, ended_at = ${ctx.now()}, ended_by = ${ctx.actor.name}
     where state = 'open' and ${which} returning id, kind, action_id, party_id`.execute(tx);
  await recordEvents(
    tx,
    ctx,
    rows.map((row) => ({
      action: 'task.end',
      subject: 'task',
      subjectId: row.id,
      actionId: row.action_id,
      partyId: row.party_id,
      after: { kind: row.kind, state: 'done', outcome },
    })),
  );
}
