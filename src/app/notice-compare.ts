import { type NoticeDocument, noticeDocumentSchema } from '../domain/notice.ts';
import { compareNotices, type NoticeDiff } from '../domain/notice-diff.ts';
import type { NoticeFacts } from '../domain/notice-facts.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Reader } from './context.ts';
import { loadNoticeFacts } from './notice-facts.ts';

/** One version with what its placeholders say: as released, else as they are now. */
export interface NoticeVersion {
  id: number;
  actionId: number;
  number: string;
  version: number;
  kind: 'new' | 'update';
  state: 'draft' | 'in-review' | 'approved' | 'released' | 'superseded';
  document: NoticeDocument;
  facts: NoticeFacts;
}

/** Loads a version with its facts, or undefined. */
export async function loadVersion(reader: Reader, noticeId: number): Promise<NoticeVersion | undefined> {
  const row = await reader.selectFrom('notice').selectAll().where('id', '=', noticeId).executeTakeFirst();
  if (!row) return undefined;
  const { id, action_id: actionId, number, version, kind, state } = row;
  return {
    id,
    actionId,
    number,
    version,
    kind,
    state,
    document: noticeDocumentSchema.parse(row.document),
    facts: (row.released_facts as NoticeFacts | null) ?? (await loadNoticeFacts(reader, actionId, id)),
  };
}

export interface ComparedNotices {
  before: NoticeVersion;
  after: NoticeVersion;
  diff: NoticeDiff;
}

/**
 * Compares a version with another of the same action, the earlier one first.
 * @param otherId left out: the version it updates, else the one before it
 */
export async function compareVersions(
  reader: Reader,
  noticeId: number,
  otherId?: number,
): Promise<ComparedNotices | Refusal> {
  const one = await loadVersion(reader, noticeId);
  if (!one) return refuse('notice.unknown', { id: noticeId });
  const otherNotice = otherId ?? (await previousOf(reader, one));
  const other = otherNotice === undefined ? undefined : await loadVersion(reader, otherNotice);
  if (!other || other.actionId !== one.actionId || other.id === one.id) {
    return refuse('notice.nothing-to-compare', { version: one.version }, 'with');
  }
  const [before, after] = other.version < one.version ? [other, one] : [one, other];
  return { before, after, diff: compareNotices(before, after) };
}

async function previousOf(reader: Reader, notice: NoticeVersion): Promise<number | undefined> {
  const row = await reader
    .selectFrom('notice')
    .select('previous_id')
    .where('id', '=', notice.id)
    .executeTakeFirstOrThrow();
  if (row.previous_id !== null) return row.previous_id;
  const before = await reader
    .selectFrom('notice')
    .select('id')
    .where('action_id', '=', notice.actionId)
    .where('version', '<', notice.version)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return before?.id;
}
