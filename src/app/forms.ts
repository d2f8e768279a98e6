import { z } from 'zod';
import { json } from '../db/values.ts';
import type { FormDefinition } from '../domain/form.ts';
import { standardForm } from '../domain/form-standard.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { lockAction } from './actions.ts';
import { type Context, transact } from './context.ts';
import { recordEvent } from './event.ts';

/** Gives an action the next version of its verification form. Replies name the version they answered. */
export async function createForm(
  ctx: Context,
  actionId: number,
  definition: FormDefinition,
): Promise<{ id: number; version: number } | Refusal> {
  const no = forbid(ctx.actor, 'notice.edit');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const action = await lockAction(tx, actionId);
    if (isRefusal(action)) return action;
    const last = await tx
      .selectFrom('form')
      .select('version')
      .where('action_id', '=', actionId)
      .orderBy('version', 'desc')
      .limit(1)
      .executeTakeFirst();
    const version = (last?.version ?? 0) + 1;
    const row = await tx
      .insertInto('form')
      .values({ action_id: actionId, version, definition: json({ ...definition, version }), created_at: ctx.now() })
      .returning(['id', 'version'])
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, {
      action: 'form.create',
      subject: 'form',
      subjectId: row.id,
      actionId,
      after: { version, questions: definition.questions.length },
    });
    return row;
  });
}

export const createStandardFormInput = z.object({
  /** What is corrected, as the questions call it: "Is … installed on it?" */
  software: z.string().trim().min(1).max(100),
});

/** Gives an action the next version of its form with the standard questions: those of the example and of the EC forms. */
export async function createStandardForm(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof createStandardFormInput>,
): Promise<{ id: number; version: number } | Refusal> {
  const no = forbid(ctx.actor, 'notice.edit');
  if (no) return no;
  const action = await ctx.db.selectFrom('action').select('reference').where('id', '=', actionId).executeTakeFirst();
  if (!action) return refuse('action.unknown', { id: actionId });
  return createForm(ctx, actionId, standardForm({ reference: action.reference, software: input.software }));
}
