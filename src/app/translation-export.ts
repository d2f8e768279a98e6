import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type SegmentState, xliffVersions } from '../domain/xliff.ts';
import { exportTexts } from '../domain/xliff-export.ts';
import { writeXliff } from '../domain/xliff-write.ts';
import { type Context, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { listSignoffs, standingSignoffs } from './language-signoffs.ts';
import { loadNoticeFacts } from './notice-facts.ts';
import { plainFileName, recordFile } from './stored-files.ts';
import { loadTextStates } from './text-states.ts';
import { findNotice, languageInput, type NoticeAtHand } from './translation-notice.ts';

export const exportTranslationInput = z.object({
  language: languageInput,
  format: z.enum(xliffVersions).default('2.1'),
});
/**
 * Makes the file for a translator and keeps it as it goes out.
 * Refuses `xliff.same-language` and `xliff.source-faulty` {name, line}.
 * @returns the export's id and the file's name
 */
export async function exportTranslation(
  ctx: Context,
  noticeId: number,
  input: z.infer<typeof exportTranslationInput>,
): Promise<{ id: number; name: string; sha256: string } | Refusal> {
  const no = forbid(ctx.actor, 'notice.edit');
  if (no) return no;
  const { language, format } = input;
  const notice = await findNotice(ctx.db, noticeId);
  if (isRefusal(notice)) return notice;
  const { document } = notice;
  if (language === document.sourceLanguage) return refuse('xliff.same-language', { language }, 'language');
  const content = exportTexts({
    noticeId,
    number: notice.number,
    noticeVersion: notice.version,
    document,
    facts: await loadNoticeFacts(ctx.db, notice.action_id, noticeId),
    language,
    states: await statesOf(ctx, notice, language),
  });
  if (isRefusal(content)) return content;
  const name = plainFileName(`${notice.number.replace(/[\\/]/g, '-')}-v${notice.version}-${language}.xlf`);
  const bytes = Buffer.from(writeXliff(content, format), 'utf8');
  const stored = await ctx.files.put(
    (async function* () {
      yield bytes;
    })(),
  );
  return transact(ctx, async (tx) => {
    const fileId = await recordFile(tx, ctx, { ...stored, name, mediaType: 'application/xliff+xml' });
    const { id } = await tx
      .insertInto('translation_export')
      .values({
        notice_id: noticeId,
        language,
        format,
        file_id: fileId,
        source_hash: content.sourceHash,
        made_by: ctx.actor.name,
        made_at: ctx.now(),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, {
      action: 'translation.export',
      subject: 'notice',
      subjectId: noticeId,
      actionId: notice.action_id,
      after: { language, format, file: name, sha256: stored.sha256, sourceHash: content.sourceHash },
    });
    return { id, name, sha256: stored.sha256 };
  });
}

/** What somebody stands for is final; the rest is as far as its translator said. */
async function statesOf(
  ctx: Context,
  { id, action_id, document }: NoticeAtHand,
  language: string,
): Promise<Record<string, SegmentState>> {
  const signed = standingSignoffs(await listSignoffs(ctx.db, action_id), document).has(language);
  if (!signed) return loadTextStates(ctx.db, id, document, language);
  return Object.fromEntries(Object.keys(document.texts[language] ?? {}).map((name) => [name, 'final' as const]));
}
