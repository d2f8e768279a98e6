import { sql } from 'kysely';
import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { haltDeadlines } from './deadlines.ts';
import { recordEvent } from './event.ts';
import { openTask } from './tasks.ts';

export const recordBounceInput = z.object({
  deliveryId: z.number().int().positive(),
  /** `hard`: this address will never work. `soft`: it may work another time (mailbox full, server down). */
  kind: z.enum(['hard', 'soft']).default('hard'),
  /** What the returned message or the returned envelope says. */
  detail: z.string().trim().min(1, 'Write what the returned message says.').max(2_000),
});

/**
 * Records that a letter came back. It becomes a task with the party's other contacts as a way on, never only a line in
 * a log. After a hard bounce the contact counts as unreachable; a party none of whose letters arrived counts as not
 * told, so its clocks halt and no reminder runs after it. The same bounce reported again changes nothing.
 */
export async function recordBounce(
  ctx: Context,
  input: z.infer<typeof recordBounceInput>,
): Promise<{ id: number; taskKey: string } | Refusal> {
  const no = forbid(ctx.actor, 'task.work');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const delivery = await tx
      .selectFrom('delivery')
      .selectAll()
      .where('id', '=', input.deliveryId)
      .forUpdate()
      .executeTakeFirst();
    if (!delivery) return refuse('delivery.unknown', { id: input.deliveryId });
    const taskKey = `bounce:${delivery.id}`;
    if (delivery.state === 'bounced') return { id: delivery.id, taskKey };
    if (!['sent', 'delivered', 'opened', 'unsure'].includes(delivery.state)) {
      return refuse('delivery.not-sent', { state: delivery.state });
    }
    const at = ctx.now();
    await tx
      .updateTable('delivery')
      .set({ state: 'bounced', state_since: at, detail: input.detail.slice(0, 500) })
      .where('id', '=', delivery.id)
      .execute();
    await tx
      .insertInto('delivery_attempt')
      .values({
        delivery_id: delivery.id,
        number: delivery.attempts,
        at,
        outcome: `bounced-${input.kind}`,
        detail: input.detail,
      })
      .execute();
    const others = await otherContacts(tx, delivery.party_id, delivery.contact_id);
    if (input.kind === 'hard' && delivery.contact_id !== null) await markUnreachable(tx, ctx, delivery.contact_id);
    await openTask(tx, ctx, {
      kind: 'bounce',
      key: taskKey,
      actionId: delivery.action_id,
      partyId: delivery.party_id,
      contactId: delivery.contact_id,
      deliveryId: delivery.id,
      detail: {
        address: delivery.address,
        answer: input.detail,
        otherContacts:
          others.map((other) => `${other.name} (${other.email || other.phone})`).join('; ') || 'none known',
      },
    });
    await recordEvent(tx, ctx, {
      action: 'delivery.bounced',
      subject: 'delivery',
      subjectId: delivery.id,
      actionId: delivery.action_id,
      partyId: delivery.party_id,
      before: { state: delivery.state },
      after: { kind: input.kind, detail: input.detail, address: delivery.address },
    });
    if (delivery.kind === 'notice' && delivery.party_id !== null) {
      await unnotify(tx, ctx, delivery.action_id, delivery.party_id);
    }
    return { id: delivery.id, taskKey };
  });
}

/** The active contacts of a party besides one: where a letter that came back could go instead. */
export async function otherContacts(tx: Context['db'] | Tx, partyId: number | null, contactId: number | null) {
  if (partyId === null) return [];
  return tx
    .selectFrom('contact')
    .select(['id', 'name', 'role', 'email', 'phone', 'channel'])
    .where('party_id', '=', partyId)
    .where('status', '=', 'active')
    .where('id', '<>', contactId ?? 0)
    .orderBy(sql`role = 'recall'`, 'desc')
    .orderBy('id')
    .execute();
}

async function markUnreachable(tx: Tx, ctx: Context, contactId: number): Promise<void> {
  await tx
    .updateTable('contact')
    .set({ status: 'unreachable', changed_at: ctx.now() })
    .where('id', '=', contactId)
    .where('status', '=', 'active')
    .execute();
}

/** A party that no letter reached was not told: nothing may run out for it. */
async function unnotify(tx: Tx, ctx: Context, actionId: number, partyId: number): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('obligation')
    .set({ notified_at: null, next_reminder_at: null })
    .where('action_id', '=', actionId)
    .where('party_id', '=', partyId)
    .where('state', '=', 'silent')
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('delivery')
            .select('id')
            .where('action_id', '=', actionId)
            .where('party_id', '=', partyId)
            .where('kind', '=', 'notice')
            .where('state', 'in', ['sent', 'delivered', 'opened']),
        ),
      ),
    )
    .executeTakeFirst();
  if (numUpdatedRows > 0n) await haltDeadlines(tx, ctx, actionId, partyId, 'the letter came back');
}
