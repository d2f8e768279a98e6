import { sql } from 'kysely';
import { z } from 'zod';
import { printTicketKey, ticketKey, ticketNumber } from '../domain/confirmation-code.ts';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';

/** An installation ticket as it is printed and put into a kit: whoever holds it can compute the code of its correction. */
export interface Ticket {
  id: number;
  correctionId: number;
  number: number;
  /** Groups of signs, to be typed where no file can be read. */
  key: string;
}

/**
 * The tickets of corrections, made where there is none yet; one event for all that are new. A ticket is not used up by
 * being printed twice: it gives the same codes.
 */
export async function ensureTickets(
  tx: Tx,
  ctx: Context,
  actionId: number,
  correctionIds: readonly number[],
): Promise<Ticket[]> {
  const ids = [...new Set(correctionIds)].sort((a, b) => a - b);
  if (ids.length === 0) return [];
  // Locked, so that two at once do not both find none.
  await tx
    .selectFrom('correction')
    .select('id')
    .where('id', '=', sql<number>`any(${ids}::bigint[])`)
    .orderBy('id')
    .forUpdate()
    .execute();
  const current = () =>
    tx
      .selectFrom('installation_ticket')
      .select(['id', 'correction_id'])
      .where('correction_id', '=', sql<number>`any(${ids}::bigint[])`)
      .where('replaced_at', 'is', null)
      .orderBy('correction_id')
      .execute();
  const known = new Set((await current()).map((row) => row.correction_id));
  const missing = ids.filter((id) => !known.has(id));
  for (const correctionId of missing) await insertTicket(tx, ctx, actionId, correctionId);
  if (missing.length > 0)
    await recordEvent(tx, ctx, {
      action: 'ticket.issue',
      subject: 'action',
      subjectId: actionId,
      actionId,
      after: { tickets: missing.length, corrections: missing.slice(0, 100) },
    });
  return (await current()).map((row) => printed(ctx, row.id, row.correction_id));
}

async function insertTicket(tx: Tx, ctx: Context, actionId: number, correctionId: number): Promise<number> {
  const { id } = await tx
    .insertInto('installation_ticket')
    .values({
      action_id: actionId,
      correction_id: correctionId,
      number: 0,
      issued_at: ctx.now(),
      issued_by: ctx.actor.name,
      replaced_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await tx
    .updateTable('installation_ticket')
    .set({ number: ticketNumber(id) })
    .where('id', '=', id)
    .execute();
  return id;
}

function printed(ctx: Context, id: number, correctionId: number): Ticket {
  return { id, correctionId, number: ticketNumber(id), key: printTicketKey(ticketKey(ctx.settings.secret, id)) };
}

export const issueTicketInput = z.object({
  correctionId: z.int().positive(),
  replace: z
    .string()
    .trim()
    .max(500)
    .default('')
    .describe('Why the ticket there is takes no codes any more, e.g. it was lost; empty: the same one is given again.'),
});

/**
 * Gives the ticket of one correction, to be read out on the telephone or printed again. With a reason the old one is
 * replaced: its codes are refused from now on.
 */
export async function issueTicket(ctx: Context, input: z.infer<typeof issueTicketInput>): Promise<Ticket | Refusal> {
  const no = forbid(ctx.actor, 'ticket.issue');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const correction = await tx
      .selectFrom('correction')
      .select(['id', 'action_id', 'party_id', 'unit_id'])
      .where('id', '=', input.correctionId)
      .forUpdate()
      .executeTakeFirst();
    if (!correction) return refuse('correction.unknown', { count: 1 });
    if (input.replace !== '') {
      const old = await tx
        .updateTable('installation_ticket')
        .set({ replaced_at: ctx.now(), replaced_reason: input.replace })
        .where('correction_id', '=', correction.id)
        .where('replaced_at', 'is', null)
        .returning('number')
        .executeTakeFirst();
      if (old)
        await recordEvent(tx, ctx, {
          action: 'ticket.replace',
          subject: 'correction',
          subjectId: correction.id,
          actionId: correction.action_id,
          partyId: correction.party_id,
          unitId: correction.unit_id,
          before: { ticket: old.number },
          reason: input.replace,
        });
    }
    const [ticket] = await ensureTickets(tx, ctx, correction.action_id, [correction.id]);
    if (!ticket) throw new Error(`No ticket was made for correction ${correction.id}`);
    return ticket;
  });
}
