import type { Selectable } from 'kysely';
import type { Schema } from '../../../db/schema.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, idParam } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';

export type ActionRow = Selectable<Schema['action']>;

/** Runs a page of one action, or says that there is no such action. */
export async function withAction(c: C, page: (action: ActionRow) => Promise<Response>): Promise<Response> {
  const id = idParam(c, 'id');
  const action =
    id === undefined
      ? undefined
      : await c.get('ctx').db.selectFrom('action').selectAll().where('id', '=', id).executeTakeFirst();
  if (!action) return answerRefusal(c, refuse('action.unknown', { id: c.req.param('id') ?? '' }), '/actions');
  return page(action);
}
