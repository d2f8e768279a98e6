/** A document somebody has written already as the start of a notice: read, looked at by a person, then made a draft. */
import { z } from 'zod';
import { json } from '../db/values.ts';
import { draftOf, type NoticeStart, startNotice } from '../domain/notice-start.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { MOST_CHARACTERS, type RichText } from '../domain/rich-text.ts';
import { type Context, type Reader, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { loadNoticeFacts } from './notice-facts.ts';
import { createNotice } from './notices.ts';
import { plainFileName, recordFile, storeFile } from './stored-files.ts';

/** Bytes of a document at most. */
export const START_BYTES = 10 * 2 ** 20;

export const readNoticeStartInput = z.object({ name: z.string().trim().min(1).max(300) });
export const draftNoticeStartInput = z.object({
  number: z.string().trim().min(1, 'Write the document control number.').max(60),
  layout: z.enum(['letter', 'ec']),
  /** For each part, in order, the section it goes to; '' leaves it out. */
  sections: z.array(z.string().max(60)).max(200),
});

/**
 * Reads a DOCX or a plain text. Nothing of the action changes.
 * Refuses `file.too-large`, `action.unknown` and what the reader of documents refuses (`document.*`).
 * @returns the start's id, to be looked at
 */
export async function readNoticeStart(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof readNoticeStartInput> & { source: AsyncIterable<Uint8Array> },
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'notice.edit');
  if (no) return no;
  const name = plainFileName(input.name);
  const action = await ctx.db.selectFrom('action').select('id').where('id', '=', actionId).executeTakeFirst();
  if (!action) return refuse('action.unknown', { id: actionId });
  const stored = await storeFile(ctx, name, input.source, START_BYTES);
  if (isRefusal(stored)) return stored;
  const document = await ctx.documents.read(ctx.files.read(stored.sha256), name);
  if (isRefusal(document)) return { ...document, at: 'file' };
  const found = await lookInto(ctx.db, actionId, document);
  if (found.parts.length === 0) return refuse('document.too-long', { file: name, limit: MOST_CHARACTERS }, 'file');
  return transact(ctx, async (tx) => {
    const mediaType =
      document.kind === 'text'
        ? 'text/plain; charset=utf-8'
        : 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
    const { id } = await tx
      .insertInto('notice_start')
      .values({
        action_id: actionId,
        file_id: await recordFile(tx, ctx, { ...stored, name, mediaType }),
        state: 'read',
        found: json(found),
        notice_id: null,
        made_by: ctx.actor.name,
        created_at: ctx.now(),
        ended_at: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, {
      action: 'notice.read-document',
      subject: 'action',
      subjectId: actionId,
      actionId,
      after: { start: id, file: name, sha256: stored.sha256, parts: found.parts.length },
    });
    return { id };
  });
}

async function lookInto(
  reader: Reader,
  actionId: number,
  document: { kind: 'docx' | 'text'; blocks: RichText; dropped: string[] },
): Promise<NoticeStart> {
  return startNotice(document, await loadNoticeFacts(reader, actionId));
}

/** Locks a start nobody has decided on. Refuses `notice-start.unknown` and `notice-start.ended-meanwhile`. */
async function takeStart(tx: Tx, id: number) {
  const row = await tx.selectFrom('notice_start').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (!row) return refuse('notice-start.unknown', { id });
  return row.state === 'read' ? row : refuse('notice-start.ended-meanwhile', { state: row.state });
}

/**
 * Makes the draft of a new notice of the parts that were given a section.
 * Refuses `notice-start.nothing` when no part was, and what createNotice() refuses.
 */
export async function draftNoticeStart(
  ctx: Context,
  startId: number,
  input: z.infer<typeof draftNoticeStartInput>,
): Promise<{ id: number; version: number } | Refusal> {
  const no = forbid(ctx.actor, 'notice.edit');
  if (no) return no;
  const start = await ctx.db
    .selectFrom('notice_start as s')
    .innerJoin('action as a', 'a.id', 's.action_id')
    .select(['s.action_id', 's.found', 's.state', 'a.title'])
    .where('s.id', '=', startId)
    .executeTakeFirst();
  if (!start) return refuse('notice-start.unknown', { id: startId });
  if (start.state !== 'read') return refuse('notice-start.ended-meanwhile', { state: start.state });
  const { number, layout, sections } = input;
  if (!sections.some((key) => key !== '')) return refuse('notice-start.nothing', {}, 'sections');
  const document = draftOf(start.found, { layout, sections }, start.title);
  // An action has one open version at a time: a second press of the button is refused here.
  const made = await createNotice(ctx, start.action_id, { number, kind: 'new', document });
  if (isRefusal(made)) return made;
  await transact(ctx, (tx) =>
    tx
      .updateTable('notice_start')
      .set({ state: 'drafted', notice_id: made.id, ended_at: ctx.now() })
      .where('id', '=', startId)
      .execute(),
  );
  return made;
}

/** Puts a document away that nobody will make a notice of. */
export async function discardNoticeStart(ctx: Context, startId: number): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'notice.edit');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const row = await takeStart(tx, startId);
    if (isRefusal(row)) return row;
    await tx
      .updateTable('notice_start')
      .set({ state: 'discarded', ended_at: ctx.now() })
      .where('id', '=', startId)
      .execute();
    await recordEvent(tx, ctx, {
      action: 'notice.discard-document',
      subject: 'action',
      subjectId: row.action_id,
      actionId: row.action_id,
      after: { start: startId },
    });
    return { id: startId };
  });
}

export interface NoticeStartDetail {
  id: number;
  actionId: number;
  file: string;
  state: 'read' | 'drafted' | 'discarded';
  found: NoticeStart;
  noticeId: number | null;
  madeBy: string;
  createdAt: Date;
}

/** A document that was read, with what was recognised. */
export async function loadNoticeStart(reader: Reader, id: number): Promise<NoticeStartDetail | undefined> {
  return reader
    .selectFrom('notice_start as s')
    .innerJoin('file as f', 'f.id', 's.file_id')
    .select([
      's.id',
      's.action_id as actionId',
      'f.name as file',
      's.state',
      's.found',
      's.notice_id as noticeId',
      's.made_by as madeBy',
      's.created_at as createdAt',
    ])
    .where('s.id', '=', id)
    .executeTakeFirst();
}
