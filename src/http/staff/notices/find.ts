import { loadNoticeFacts } from '../../../app/notice-facts.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, idParam } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import type { Crumb } from '../../ui/layout.tsx';
import type { ActionRow } from '../actions/action-page.tsx';
import { actionCrumbs } from '../actions/tabs.tsx';

/** The newest version of an action's notice. */
export async function newestNotice(c: C, actionId: number) {
  return c
    .get('ctx')
    .db.selectFrom('notice')
    .selectAll()
    .where('action_id', '=', actionId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
}
export type NoticeRow = NonNullable<Awaited<ReturnType<typeof newestNotice>>>;

/** A notice with its action by the id in the path. */
export async function withNotice(
  c: C,
  page: (notice: NoticeRow, action: ActionRow) => Promise<Response>,
): Promise<Response> {
  const { db } = c.get('ctx');
  const id = idParam(c, 'id');
  const notice =
    id === undefined ? undefined : await db.selectFrom('notice').selectAll().where('id', '=', id).executeTakeFirst();
  if (!notice) return answerRefusal(c, refuse('notice.unknown', { id: c.req.param('id') ?? '' }), '/actions');
  const action = await db.selectFrom('action').selectAll().where('id', '=', notice.action_id).executeTakeFirstOrThrow();
  return page(notice, action);
}

/** The facts a version prints: as released, else as they are now. */
export async function factsOfNotice(c: C, notice: NoticeRow) {
  const released = notice.released_facts as Awaited<ReturnType<typeof loadNoticeFacts>> | null;
  return released ?? loadNoticeFacts(c.get('ctx').db, notice.action_id, notice.id);
}

/** Whether a version stays as it is. */
export function isFixed(notice: Pick<NoticeRow, 'state'>): boolean {
  return notice.state === 'released' || notice.state === 'superseded';
}

/** Crumbs of a page below an action's notice. */
export function noticeCrumbs(action: ActionRow): Crumb[] {
  return [...actionCrumbs(action), { href: `/actions/${action.id}/notice`, label: 'Notice' }];
}
