/** What a suspected break-in is examined by: the standard steps, and what an action leaves out or adds. */
import { z } from 'zod';
import { json } from '../db/values.ts';
import {
  type Guide,
  nextStepKey,
  type OwnStep,
  ownStepSchema,
  ownStepsSchema,
  standardGuide,
  standardSteps,
} from '../domain/examination.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Reader, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';

/** The guide of an action; the standard one where nobody changed it, or where there is no action. */
export async function loadGuide(reader: Reader, actionId: number | null): Promise<Guide> {
  if (actionId === null) return standardGuide;
  const row = await reader
    .selectFrom('examination_guide')
    .select(['left_out', 'steps'])
    .where('action_id', '=', actionId)
    .executeTakeFirst();
  return row ? { leftOut: row.left_out, steps: row.steps } : standardGuide;
}

export const changeGuideInput = z.object({
  /** Standard steps that are not asked. */
  leftOut: z.array(z.enum(standardSteps)).max(standardSteps.length),
});

/** Says which of the standard steps an action asks. Answers given so far stay as they are. */
export function changeGuide(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof changeGuideInput>,
): Promise<{ id: number } | Refusal> {
  return saveGuide(ctx, actionId, async (_tx, guide) => ({ ...guide, leftOut: input.leftOut }));
}

export const addStepInput = ownStepSchema.omit({ key: true }).refine((step) => Object.keys(step.texts).length > 0, {
  path: ['texts'],
  message: 'Write the step in one language at least.',
});

/** Adds a step of the action's own at the end. */
export async function addExaminationStep(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof addStepInput>,
): Promise<{ id: number; key: string } | Refusal> {
  let key = '';
  const saved = await saveGuide(ctx, actionId, async (tx, guide) => {
    const used = await tx
      .selectFrom('incident_entry as e')
      .innerJoin('incident as i', 'i.id', 'e.incident_id')
      .select('e.step')
      .distinct()
      .where('i.action_id', '=', actionId)
      .where('e.step', 'like', 'x-%')
      .execute();
    key = nextStepKey(
      guide.steps,
      used.map((row) => row.step),
    );
    const steps = [...guide.steps, { key, ...input }];
    return ownStepsSchema.safeParse(steps).success ? { ...guide, steps } : refuse('examination.too-many-steps');
  });
  return isRefusal(saved) ? saved : { ...saved, key };
}

/** Takes a step of the action's own out. What was answered to it stays with the incidents. */
export function removeExaminationStep(ctx: Context, actionId: number, key: string): Promise<{ id: number } | Refusal> {
  return saveGuide(ctx, actionId, async (_tx, guide) => {
    const steps = guide.steps.filter((step) => step.key !== key);
    return steps.length < guide.steps.length ? { ...guide, steps } : refuse('examination.unknown-step', { key });
  });
}

async function saveGuide(
  ctx: Context,
  actionId: number,
  change: (tx: Tx, guide: { leftOut: readonly string[]; steps: readonly OwnStep[] }) => Promise<Guide | Refusal>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'action.change');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const action = await tx.selectFrom('action').select('id').where('id', '=', actionId).forUpdate().executeTakeFirst();
    if (!action) return refuse('action.unknown', { id: actionId });
    const before = await loadGuide(tx, actionId);
    const after = await change(tx, before);
    if (isRefusal(after)) return after;
    const values = {
      left_out: [...after.leftOut],
      steps: json(after.steps),
      changed_by: ctx.actor.name,
      changed_at: ctx.now(),
    };
    await tx
      .insertInto('examination_guide')
      .values({ action_id: actionId, ...values })
      .onConflict((oc) => oc.column('action_id').doUpdateSet(values))
      .execute();
    await recordEvent(tx, ctx, {
      action: 'examination.change',
      subject: 'action',
      subjectId: actionId,
      actionId,
      before,
      after,
    });
    return { id: actionId };
  });
}
