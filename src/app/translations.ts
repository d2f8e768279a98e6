/**
 * What a translator sends back: uploaded and checked, looked at, applied or discarded.
 * The check changes nothing; what is applied is what was looked at, or nothing.
 */
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { json } from '../db/values.ts';
import { contentHash, type NoticeDocument } from '../domain/notice.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { reportInSteps, type TranslationReport } from '../domain/translation-report.ts';
import type { XliffFile } from '../domain/xliff.ts';
import { XLIFF_BYTES } from '../domain/xliff-read.ts';
import { type Context, type Reader, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { languageHash } from './language-signoffs.ts';
import { loadNoticeFacts } from './notice-facts.ts';
import { editNoticeIn } from './notices.ts';
import { plainFileName, recordFile, storeFile } from './stored-files.ts';
import { keepTextStates } from './text-states.ts';
import { readXliff } from './translation-files.ts';
import { findNotice, languageInput, type NoticeAtHand } from './translation-notice.ts';

export const uploadTranslationInput = z.object({
  /** The language expected; left out, the file's own. */
  language: languageInput.optional(),
  name: z.string().trim().min(1).max(300),
});
export const applyTranslationInput = z.object({
  /** Names of the texts to take; left out, all that are not refused. */
  texts: z.array(z.string().max(60)).max(500).optional(),
  /** Somebody has looked at what needs a look. */
  looked: z.boolean().default(false),
});

/**
 * Takes a translator's file in and reports what it would do. Nothing of the notice changes.
 * Refuses `file.too-large`, `notice.released` and what reading and reportTranslation() refuse; a refused file leaves no import.
 * @returns the import's id
 */
export async function uploadTranslation(
  ctx: Context,
  noticeId: number,
  input: z.infer<typeof uploadTranslationInput> & { source: AsyncIterable<Uint8Array> },
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'notice.edit');
  if (no) return no;
  const name = plainFileName(input.name);
  const notice = await findNotice(ctx.db, noticeId);
  if (isRefusal(notice)) return notice;
  if (isClosed(notice)) return refuse('notice.released', {});
  const stored = await storeFile(ctx, name, input.source, XLIFF_BYTES);
  if (isRefusal(stored)) return stored;
  const file = await readXliff(ctx, stored.sha256);
  if (isRefusal(file)) return file;
  const language = input.language ?? languageOf(file, notice.document);
  const report = await makeReport(ctx.db, notice, file, language);
  if (isRefusal(report)) return { ...report, at: 'file' };
  return transact(ctx, async (tx) => {
    const fileId = await recordFile(tx, ctx, { ...stored, name, mediaType: 'application/xliff+xml' });
    const { id } = await tx
      .insertInto('translation_import')
      .values({
        notice_id: noticeId,
        language,
        file_id: fileId,
        state: 'checked',
        based_on: notice.content_hash,
        report: json(report),
        made_by: ctx.actor.name,
        created_at: ctx.now(),
        ended_at: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, {
      action: 'translation.upload',
      subject: 'notice',
      subjectId: noticeId,
      actionId: notice.action_id,
      after: { import: id, language, file: name, sha256: stored.sha256 },
    });
    return { id };
  });
}

function isClosed(notice: NoticeAtHand): boolean {
  return notice.state === 'released' || notice.state === 'superseded';
}

/** The language of a file as the notice calls it: `de-DE` is `de` where the notice has `de`. */
function languageOf(file: XliffFile, document: NoticeDocument): string {
  const found = file.head.targetLanguage ?? '';
  const base = found.split('-')[0] ?? '';
  if (document.texts[found]) return found;
  return document.texts[base] ? base : found;
}

async function makeReport(
  reader: Reader,
  notice: NoticeAtHand,
  file: XliffFile,
  language: string,
): Promise<TranslationReport | Refusal> {
  const facts = await loadNoticeFacts(reader, notice.action_id, notice.id);
  const versions = await reader.selectFrom('notice').select('id').where('action_id', '=', notice.action_id).execute();
  const noticeIds = versions.map((row) => row.id);
  const steps = reportInSteps(file, notice.document, facts, language, { noticeIds });
  for (;;) {
    const { value, done } = steps.next();
    if (done) return value;
    // A long text takes a tenth of a second; other requests go first.
    await setImmediate();
  }
}

async function takeImport(tx: Tx, id: number) {
  const row = await tx
    .selectFrom('translation_import as i')
    .innerJoin('file as f', 'f.id', 'i.file_id')
    .selectAll('i')
    .select(['f.sha256', 'f.name as file'])
    .where('i.id', '=', id)
    .forUpdate('i')
    .executeTakeFirst();
  if (!row) return refuse('translation.unknown', { id });
  if (row.state !== 'checked') return refuse('translation.ended-meanwhile', { id, state: row.state });
  return row;
}

/**
 * Makes the words of a checked file the words of the notice. Approvals fall as with any edit.
 * Refuses `translation.nothing`, `translation.look` {texts} while what needs a look was not looked at, `translation.refused`
 * {texts}, and `translation.outdated-meanwhile` when the notice has changed since the check: the report is then made anew.
 */
export async function applyTranslation(
  ctx: Context,
  importId: number,
  input: z.infer<typeof applyTranslationInput>,
): Promise<{ id: number; taken: number; voided: number } | Refusal> {
  const no = forbid(ctx.actor, 'notice.edit');
  if (no) return no;
  const result = await transact(ctx, async (tx) => {
    const row = await takeImport(tx, importId);
    if (isRefusal(row)) return row;
    const notice = await findNotice(tx, row.notice_id);
    if (isRefusal(notice)) return notice;
    if (notice.content_hash !== row.based_on) return refuse('translation.outdated-meanwhile', { file: row.file });
    const chosen = chooseTexts(row.report, input);
    if (isRefusal(chosen)) return chosen;
    const { document } = notice;
    const texts = { ...document.texts[row.language] };
    for (const text of chosen) texts[text.name] = text.after;
    const next: NoticeDocument = { ...document, texts: { ...document.texts, [row.language]: texts } };
    const changed = chosen.filter((text) => text.verdict === 'change');
    let voided = 0;
    if (changed.length > 0) {
      const edited = await editNoticeIn(tx, ctx, notice.id, { document: next, basedOn: contentHash(document) });
      if (isRefusal(edited)) return edited;
      voided = edited.voided;
    }
    await keepTextStates(tx, notice.id, next, row.language, chosen);
    await tx
      .updateTable('translation_import')
      .set({
        state: 'applied',
        taken: changed.map((text) => text.name),
        ended_by: ctx.actor.name,
        ended_at: ctx.now(),
      })
      .where('id', '=', importId)
      .execute();
    await recordEvent(tx, ctx, {
      action: 'translation.apply',
      subject: 'notice',
      subjectId: notice.id,
      actionId: notice.action_id,
      before: { textsHash: languageHash(document, row.language) },
      after: {
        import: importId,
        language: row.language,
        texts: changed.map((text) => text.name),
        textsHash: languageHash(next, row.language),
      },
    });
    return { id: importId, taken: changed.length, voided };
  });
  if (isRefusal(result) && result.code === 'translation.outdated-meanwhile') await checkAgain(ctx, importId);
  return result;
}

function chooseTexts(
  report: TranslationReport,
  input: z.infer<typeof applyTranslationInput>,
): TranslationReport['texts'] | Refusal {
  const asked = input.texts === undefined ? undefined : new Set(input.texts);
  const refused = report.texts.filter((text) => text.verdict === 'refused' && asked?.has(text.name));
  if (refused.length > 0) return refuse('translation.refused', { texts: refused.map((text) => text.name).join(', ') });
  const chosen = report.texts.filter(
    (text) => (text.verdict === 'change' && (asked?.has(text.name) ?? true)) || text.verdict === 'same',
  );
  if (!chosen.some((text) => text.verdict === 'change')) return refuse('translation.nothing', {}, 'texts');
  const look = chosen.filter(
    (text) => text.verdict === 'change' && text.findings.some((finding) => finding.severity === 'look'),
  );
  if (!input.looked && (look.length > 0 || report.looksLike !== ''))
    return refuse('translation.look', { texts: look.length }, 'looked');
  return chosen;
}

/** Makes the report of a checked import anew, on the notice as it is now. */
export async function checkAgain(ctx: Context, importId: number): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'notice.edit');
  if (no) return no;
  const kept = await ctx.db
    .selectFrom('translation_import as i')
    .innerJoin('file as f', 'f.id', 'i.file_id')
    .select(['f.sha256', 'i.language', 'i.notice_id'])
    .where('i.id', '=', importId)
    .executeTakeFirst();
  if (!kept) return refuse('translation.unknown', { id: importId });
  const file = await readXliff(ctx, kept.sha256);
  if (isRefusal(file)) return file;
  return transact(ctx, async (tx) => {
    const row = await takeImport(tx, importId);
    if (isRefusal(row)) return row;
    const notice = await findNotice(tx, kept.notice_id);
    if (isRefusal(notice)) return notice;
    const report = await makeReport(tx, notice, file, kept.language);
    if (isRefusal(report)) return report;
    await tx
      .updateTable('translation_import')
      .set({ based_on: notice.content_hash, report: json(report) })
      .where('id', '=', importId)
      .execute();
    return { id: importId };
  });
}

/** Puts a file away that nobody will apply. It stays, as the record says it came. */
export async function discardTranslation(ctx: Context, importId: number): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'notice.edit');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const row = await takeImport(tx, importId);
    if (isRefusal(row)) return row;
    await tx
      .updateTable('translation_import')
      .set({ state: 'discarded', ended_by: ctx.actor.name, ended_at: ctx.now() })
      .where('id', '=', importId)
      .execute();
    await recordEvent(tx, ctx, {
      action: 'translation.discard',
      subject: 'notice',
      subjectId: row.notice_id,
      after: { import: importId, language: row.language },
    });
    return { id: importId };
  });
}
