import { z } from 'zod';
import { noticeDocumentSchema } from '../domain/notice.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { languageHash } from './language-signoffs.ts';
import { plainFileName, recordFile, storeFile } from './stored-files.ts';

export const addBackTranslationInput = z.object({
  language: z.string().min(2).max(35),
  name: z.string().trim().min(1).max(300),
  /** Who put the words back: somebody else than the translator. */
  translator: z.string().trim().min(1, 'Write who made it.').max(120),
});

/** Bytes of a back-translation at most. */
export const BACK_TRANSLATION_BYTES = 20 * 2 ** 20;

/** What may be attached, and the media type it is kept and handed out as. */
export const backTranslationTypes: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  odt: 'application/vnd.oasis.opendocument.text',
  rtf: 'application/rtf',
  txt: 'text/plain; charset=utf-8',
  xlf: 'application/xliff+xml',
  xliff: 'application/xliff+xml',
};

/**
 * Attaches a back-translation to a language, with the hash of the words it was made of.
 * Refuses `back-translation.type` {types}, `file.too-large`, `file.empty`, `signoff.source`.
 */
export async function addBackTranslation(
  ctx: Context,
  noticeId: number,
  input: z.infer<typeof addBackTranslationInput> & { source: AsyncIterable<Uint8Array> },
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'notice.edit');
  if (no) return no;
  const name = plainFileName(input.name);
  const mediaType = backTranslationTypes[/\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''];
  if (!mediaType)
    return refuse('back-translation.type', { types: Object.keys(backTranslationTypes).join(', ') }, 'file');
  const stored = await storeFile(ctx, name, input.source, BACK_TRANSLATION_BYTES);
  if (isRefusal(stored)) return stored;
  if (stored.size === 0) return refuse('file.empty', { file: name }, 'file');
  return transact(ctx, async (tx) => {
    const notice = await tx
      .selectFrom('notice')
      .select(['document', 'action_id'])
      .where('id', '=', noticeId)
      .executeTakeFirst();
    if (!notice) return refuse('notice.unknown', { id: noticeId });
    const document = noticeDocumentSchema.parse(notice.document);
    const { language, translator } = input;
    if (language === document.sourceLanguage || !document.texts[language])
      return refuse('back-translation.language', { language });
    const { id } = await tx
      .insertInto('back_translation')
      .values({
        notice_id: noticeId,
        language,
        file_id: await recordFile(tx, ctx, { ...stored, name, mediaType }),
        texts_hash: languageHash(document, language),
        translator,
        made_by: ctx.actor.name,
        added_at: ctx.now(),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, {
      action: 'translation.back-translation',
      subject: 'notice',
      subjectId: noticeId,
      actionId: notice.action_id,
      after: { language, file: name, sha256: stored.sha256, translator },
    });
    return { id };
  });
}
