import { z } from 'zod';
import { incidentMoves } from '../domain/examination.ts';
import { forbidContact } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { recordConfirmations } from './confirmations.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { refreshObligation } from './obligations.ts';
import { endTaskIn } from './task-work.ts';

export const workIncidentInput = z.object({
  incidentIds: z.array(z.number().int().positive()).min(1).max(1_000),
  /** `examining`: somebody looks at it · `cleared`: the unit is safe · `confirmed`: there was a break-in · `closed`: done. */
  state: z.enum(['examining', 'cleared', 'confirmed', 'closed'], 'Choose what is known.'),
  reason: z.string().trim().min(3, 'Write what was found and how.').max(5_000),
  taskId: z.number().int().positive().optional(),
});

const eventOf = { examining: 'examine', cleared: 'clear', confirmed: 'confirm', closed: 'close' } as const;

/**
 * Moves suspected compromises on. Cleared: the unit may go back to the network and its corrections show again what they
 * showed before the suspicion. Confirmed: the unit stays isolated. Either way the task that asked for it is done.
 */
export async function workIncidents(
  ctx: Context,
  input: z.infer<typeof workIncidentInput>,
): Promise<{ ids: number[] } | Refusal> {
  const no = forbidContact(ctx.actor, 'incident.work');
  if (no) return no;
  const actor = ctx.actor;
  return transact(ctx, async (tx) => {
    const incidents = await tx
      .selectFrom('incident')
      .selectAll()
      .where('id', 'in', input.incidentIds)
      .orderBy('id')
      .forUpdate()
      .execute();
    if (incidents.length < new Set(input.incidentIds).size) return refuse('incident.unknown');
    for (const incident of incidents) {
      if (!incidentMoves[incident.state].includes(input.state)) {
        return refuse('incident.move', { from: incident.state, to: input.state }, 'incidentState');
      }
      await tx
        .updateTable('incident')
        .set({
          state: input.state,
          changed_at: ctx.now(),
          // Whoever works on what nobody has taken, takes it.
          ...(actor.kind === 'staff' && incident.owner_id === null
            ? { owner_id: actor.id, owner_name: actor.name }
            : {}),
        })
        .where('id', '=', incident.id)
        .execute();
      await recordEvent(tx, ctx, {
        action: `incident.${eventOf[input.state]}`,
        subject: 'incident',
        subjectId: incident.id,
        actionId: incident.action_id,
        partyId: incident.party_id,
        unitId: incident.unit_id,
        before: { state: incident.state },
        after: { state: input.state },
        reason: input.reason,
      });
      if (input.state === 'cleared' && incident.unit_id !== null) {
        const done = await clearUnit(tx, ctx, incident.unit_id, input.reason);
        if (isRefusal(done)) return done;
      }
    }
    if (input.taskId !== undefined && input.state !== 'examining') {
      const ended = await endTaskIn(tx, ctx, input.taskId, {
        state: 'done',
        outcome: `${input.state}: ${input.reason}`,
      });
      if (isRefusal(ended)) return ended;
    }
    return { ids: incidents.map((incident) => incident.id) };
  });
}

/** The suspicion about a unit is settled, unless another incident of it is still open. */
async function clearUnit(tx: Tx, ctx: Context, unitId: number, reason: string): Promise<undefined | Refusal> {
  const other = await tx
    .selectFrom('incident')
    .select('id')
    .where('unit_id', '=', unitId)
    .where('kind', '=', 'suspected-compromise')
    .where('state', 'in', ['open', 'examining', 'confirmed'])
    .executeTakeFirst();
  if (other) return undefined;
  await tx.updateTable('unit').set({ isolated_at: null, changed_at: ctx.now() }).where('id', '=', unitId).execute();
  const corrections = await tx
    .selectFrom('correction')
    .select(['id', 'action_id', 'party_id'])
    .where('unit_id', '=', unitId)
    .where('state', '=', 'isolated')
    .orderBy('id')
    .execute();
  for (const [actionId, ofAction] of Map.groupBy(corrections, (row) => row.action_id)) {
    const done = await recordConfirmations(
      tx,
      ctx,
      { actionId, partyId: null, replyId: null, door: 'desk', kind: 'staff' },
      ofAction.map((row) => ({
        correctionId: row.id,
        claim: 'cleared',
        doneOn: null,
        backedUp: null,
        reason,
        detail: {},
      })),
    );
    if (isRefusal(done)) return done;
    for (const partyId of new Set(ofAction.map((row) => row.party_id)))
      await refreshObligation(tx, ctx, actionId, partyId);
  }
  return undefined;
}
