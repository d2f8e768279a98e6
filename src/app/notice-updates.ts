import { z } from 'zod';
import { noticeDocumentSchema, noticeUpdateSchema } from '../domain/notice.ts';
import { prepareUpdate } from '../domain/notice-update.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Context } from './context.ts';
import { createNotice, editNotice } from './notices.ts';

export const startUpdateInput = z.object({
  number: z
    .string('Write the document control number.')
    .trim()
    .min(1, 'Write the document control number.')
    .max(60, 'A document control number has at most 60 characters.'),
  update: noticeUpdateSchema,
  /** The released version it refers to; left out, the newest. */
  previousId: z.number().int().positive().optional(),
});

/**
 * Begins an update notice: a draft with the text of the version it follows, and an empty section in every language for
 * what is new.
 * @returns refused where nothing has been released, or another version is open
 */
export async function startUpdate(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof startUpdateInput>,
): Promise<{ id: number; version: number } | Refusal> {
  let released = ctx.db
    .selectFrom('notice')
    .select('document')
    .where('action_id', '=', actionId)
    .where('state', 'in', ['released', 'superseded'])
    .orderBy('version', 'desc')
    .limit(1);
  if (input.previousId !== undefined) released = released.where('id', '=', input.previousId);
  const last = await released.executeTakeFirst();
  if (!last) return refuse('notice.nothing-to-update', {}, 'previousId');
  return createNotice(ctx, actionId, {
    number: input.number,
    kind: 'update',
    ...(input.previousId === undefined ? {} : { previousId: input.previousId }),
    document: prepareUpdate(noticeDocumentSchema.parse(last.document), input.update),
  });
}

export const changeUpdateInput = z.object({
  update: noticeUpdateSchema,
  /** The hash of the version it was read in. */
  basedOn: z.string().length(64),
});

/** Says anew to whom an update goes and whether it asks for receipts. Approvals given before are void: they signed it. */
export async function changeUpdate(
  ctx: Context,
  noticeId: number,
  input: z.infer<typeof changeUpdateInput>,
): Promise<{ id: number; contentHash: string; voided: number } | Refusal> {
  const notice = await ctx.db
    .selectFrom('notice')
    .select(['document', 'kind'])
    .where('id', '=', noticeId)
    .executeTakeFirst();
  if (!notice) return refuse('notice.unknown', { id: noticeId });
  if (notice.kind !== 'update') return refuse('notice.no-update', {});
  return editNotice(ctx, noticeId, {
    document: { ...noticeDocumentSchema.parse(notice.document), update: input.update },
    basedOn: input.basedOn,
  });
}
