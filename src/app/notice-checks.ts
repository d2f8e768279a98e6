import { checks, type CheckFacts, type Finding } from '../domain/checks/index.ts';
import { languageRule } from '../domain/country.ts';
import { type NoticeDocument, noticeDocumentSchema } from '../domain/notice.ts';
import type { Context, Reader } from './context.ts';
import { loadNoticeFacts } from './notice-facts.ts';

export type { Finding } from '../domain/checks/index.ts';

/** Runs every rule over a notice as it stands with the action's facts of this moment. */
export async function checkNotice(reader: Reader, ctx: Pick<Context, 'now'>, noticeId: number): Promise<Finding[]> {
  const notice = await reader
    .selectFrom('notice as n')
    .innerJoin('action as a', 'a.id', 'n.action_id')
    .select(['n.action_id', 'n.document', 'n.kind', 'a.kind as action_kind', 'a.class_proposed', 'a.class_given'])
    .where('n.id', '=', noticeId)
    .executeTakeFirstOrThrow();
  return runChecks(reader, ctx, notice.action_id, noticeId, noticeDocumentSchema.parse(notice.document), notice);
}

/** The findings for an action's newest notice; none when there is no notice yet. */
export async function checkActionNotice(ctx: Context, actionId: number): Promise<Finding[]> {
  const notice = await ctx.db
    .selectFrom('notice')
    .select('id')
    .where('action_id', '=', actionId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return notice ? checkNotice(ctx.db, ctx, notice.id) : [];
}
