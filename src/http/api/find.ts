import { z } from 'zod';
import type { Context } from '../../app/context.ts';
import { findActionId } from '../../app/queries/action-detail.ts';
import { type Refusal, refuse } from '../../domain/refusal.ts';

/** The path parameter `:reference` of an action. */
export const actionParams = z.object({
  reference: z.string().min(1).max(60).describe('Reference of the action, e.g. FSN2022-1230, or its number.'),
});

/** The action a path names, or the refusal that there is none. */
export async function actionOf(ctx: Context, params: { reference: string }): Promise<{ actionId: number } | Refusal> {
  const actionId = await findActionId(ctx.db, params.reference);
  return actionId === undefined ? refuse('action.unknown', { id: params.reference }) : { actionId };
}
