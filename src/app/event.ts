import { json } from '../db/values.ts';
import type { Actor } from '../domain/actor.ts';
import type { Context, Tx } from './context.ts';

/** One change, told for the record. `action` is `noun.verb`; before and after hold only what changed. */
export interface EventInput {
  action: string;
  subject: string;
  subjectId: string | number;
  actionId?: number | null;
  partyId?: number | null;
  unitId?: number | null;
  before?: unknown;
  after?: unknown;
  reason?: string;
}

/** Who did it, as the record prints it. */
export function actorColumns(actor: Actor): { actor_kind: string; actor_id: string; actor_name: string } {
  switch (actor.kind) {
    case 'staff':
      return { actor_kind: 'staff', actor_id: actor.id, actor_name: actor.name };
    case 'key':
      return { actor_kind: 'key', actor_id: String(actor.id), actor_name: actor.name };
    case 'contact':
      return { actor_kind: 'contact', actor_id: String(actor.contactId), actor_name: actor.name };
    case 'system':
    case 'visitor':
      return { actor_kind: actor.kind, actor_id: actor.name, actor_name: actor.name };
  }
}

/**
 * Writes events in the transaction of the change they record (21 CFR 11.10(e)). The database's trigger numbers them and
 * chains their hashes; several at once are one statement.
 */
export async function recordEvents(tx: Tx, ctx: Pick<Context, 'actor' | 'now'>, inputs: EventInput[]): Promise<void> {
  if (inputs.length === 0) return;
  const who = actorColumns(ctx.actor);
  const at = ctx.now();
  await tx
    .insertInto('event')
    .values(
      inputs.map((input) => ({
        ...who,
        at,
        action: input.action,
        subject: input.subject,
        subject_id: String(input.subjectId),
        action_id: input.actionId ?? null,
        party_id: input.partyId ?? null,
        unit_id: input.unitId ?? null,
        before: input.before === undefined ? null : json(input.before),
        after: input.after === undefined ? null : json(input.after),
        reason: input.reason ?? '',
      })),
    )
    .execute();
}

/** One event: see recordEvents. */
export async function recordEvent(tx: Tx, ctx: Pick<Context, 'actor' | 'now'>, input: EventInput): Promise<void> {
  await recordEvents(tx, ctx, [input]);
}
