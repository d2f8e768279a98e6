import { z } from 'zod';
import { type NoticeDocument, noticeDocumentSchema } from '../domain/notice.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Reader } from './context.ts';

/** A language as people and programs name it. */
export const languageInput = z
  .string()
  .trim()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'Write the code of the language, e.g. fr or pt-BR.');

/** What translations need of a notice. */
export interface NoticeAtHand {
  id: number;
  action_id: number;
  number: string;
  version: number;
  state: string;
  content_hash: string;
  document: NoticeDocument;
}

/** Reads it. Refuses `notice.unknown`. */
export async function findNotice(reader: Reader, noticeId: number): Promise<NoticeAtHand | Refusal> {
  const row = await reader
    .selectFrom('notice')
    .select(['id', 'action_id', 'number', 'version', 'state', 'content_hash', 'document'])
    .where('id', '=', noticeId)
    .executeTakeFirst();
  return row
    ? { ...row, document: noticeDocumentSchema.parse(row.document) }
    : refuse('notice.unknown', { id: noticeId });
}
