import { z } from 'zod';
import { audiences, noticeDocumentSchema } from '../domain/notice.ts';
import { arrangeNotice as arrange } from '../domain/notice-variants.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { Context } from './context.ts';
import { editNotice } from './notices.ts';

const audience = z.enum(audiences);
const section = z.string().max(60);

export const arrangeNoticeInput = z.object({
  change: z.discriminatedUnion('do', [
    z.object({ do: z.literal('add-variant'), audience, like: audience.optional() }),
    z.object({ do: z.literal('remove-variant'), audience }),
    z.object({
      do: z.enum(['add-section', 'remove-section', 'move-up', 'move-down', 'detach', 'attach']),
      audience,
      section,
    }),
    z.object({ do: z.literal('layout'), layout: z.enum(['letter', 'ec']) }),
    z.object({ do: z.literal('dates'), dates: z.enum(['language', 'house']) }),
  ]),
  /** The hash of the version the editor started from. */
  basedOn: z.string().length(64),
});

/** Changes what a notice is made of: variants, their sections and order, common or own texts, layout, dates. */
export async function arrangeNotice(
  ctx: Context,
  noticeId: number,
  input: z.infer<typeof arrangeNoticeInput>,
): Promise<{ id: number; contentHash: string; voided: number } | Refusal> {
  const no = forbid(ctx.actor, 'notice.edit');
  if (no) return no;
  const row = await ctx.db.selectFrom('notice').select('document').where('id', '=', noticeId).executeTakeFirst();
  if (!row) return refuse('notice.unknown', { id: noticeId });
  const document = arrange(noticeDocumentSchema.parse(row.document), input.change);
  // Changed meanwhile: editNotice compares the hash this was based on in its own transaction.
  return isRefusal(document) ? document : editNotice(ctx, noticeId, { document, basedOn: input.basedOn });
}
