import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson, type NoticeDocument, noticeDocumentSchema } from '../domain/notice.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { translatableNames } from '../domain/xliff-export.ts';
import { type Context, type Reader, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { credentialInput, sign, voidSignatures } from './signatures.ts';

export const signLanguageInput = z.object({
  language: z.string().min(2).max(35),
  /** Hash of the texts that were read ({@link languageHash}): signing what has changed meanwhile is refused. */
  textsHash: z.string().length(64),
  reviewerName: z.string().trim().min(1, 'Write the name of who read it.').max(120),
  reviewerTitle: z.string().trim().min(1, 'Write the title or function of who read it.').max(120),
  /** Whether the reviewer reads the language as their own. */
  nativeReader: z.boolean(),
  credential: credentialInput,
});

/** What a sign-off means; the second where somebody outside the house read the texts. */
export const signoffMeanings = {
  own: 'I have read the notice in this language beside its source: it says the same, completely and clearly.',
  other:
    'I hold the written statement of the reviewer named here, who read the notice in this language beside its source: it says the same, completely and clearly.',
} as const;

/** The meaning that is signed: the reviewer is the signer, or somebody the signer vouches for. */
export function signoffMeaning(signerName: string, reviewerName: string): string {
  return signerName.trim() === reviewerName.trim() ? signoffMeanings.own : signoffMeanings.other;
}

/** What a sign-off holds on to: the texts of the language and of the source they were read beside. */
export function languageHash(document: NoticeDocument, language: string): string {
  const texts = [document.texts[document.sourceLanguage] ?? {}, document.texts[language] ?? {}];
  return createHash('sha256').update(canonicalJson(texts)).digest('hex');
}

/** What the signature of a language is given on, apart from its hash. */
export function signoffSubject(language: string): string {
  return `notice-language:${language}`;
}

/**
 * Signs one language of a notice off, in the name of who read it.
 * Refuses `signoff.source`, `signoff.incomplete` {language, missing}, `notice.changed-meanwhile` and what sign() refuses.
 */
export async function signLanguage(
  ctx: Context,
  noticeId: number,
  input: z.infer<typeof signLanguageInput>,
): Promise<{ id: number; signedAt: Date } | Refusal> {
  const no = forbid(ctx.actor, 'notice.sign-language');
  if (no) return no;
  const { language } = input;
  return transact(ctx, async (tx) => {
    const notice = await tx.selectFrom('notice').selectAll().where('id', '=', noticeId).forUpdate().executeTakeFirst();
    if (!notice) return refuse('notice.unknown', { id: noticeId });
    const document = noticeDocumentSchema.parse(notice.document);
    if (language === document.sourceLanguage) return refuse('signoff.source', { language });
    const texts = document.texts[language] ?? {};
    const missing = translatableNames(document).filter((name) => (texts[name] ?? '').trim() === '');
    if (missing.length > 0) return refuse('signoff.incomplete', { language, missing: missing.slice(0, 20).join(', ') });
    const hash = languageHash(document, language);
    if (hash !== input.textsHash) return refuse('notice.changed-meanwhile', {});
    const subject = { subjectKind: signoffSubject(language), subjectId: noticeId };
    // Whoever signs the same words again takes the place of who did before.
    await voidSignatures(tx, ctx, { ...subject, reason: 'signed off anew', actionId: notice.action_id });
    const signature = await sign(ctx, tx, {
      ...subject,
      meaning: signoffMeaning(ctx.actor.name, input.reviewerName),
      role: input.nativeReader ? 'native reader' : 'reader',
      contentHash: hash,
      actionId: notice.action_id,
      credential: input.credential,
    });
    if (isRefusal(signature)) return signature;
    const { id } = await tx
      .insertInto('language_signoff')
      .values({
        notice_id: noticeId,
        language,
        texts_hash: hash,
        reviewer_name: input.reviewerName,
        reviewer_title: input.reviewerTitle,
        native_reader: input.nativeReader,
        signature_id: signature.id,
        signed_at: signature.signedAt,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, {
      action: 'translation.sign-off',
      subject: 'notice',
      subjectId: noticeId,
      actionId: notice.action_id,
      after: {
        language,
        reviewer: input.reviewerName,
        title: input.reviewerTitle,
        nativeReader: input.nativeReader,
        textsHash: hash,
      },
    });
    return { id, signedAt: signature.signedAt };
  });
}

/** Lets the sign-offs fall whose texts, or whose source, differ in the document that is about to be saved. */
export async function voidLanguageSignoffs(
  tx: Tx,
  ctx: Context,
  notice: { id: number; action_id: number },
  next: NoticeDocument,
): Promise<void> {
  const standing = await tx
    .selectFrom('language_signoff as l')
    .innerJoin('signature as s', 's.id', 'l.signature_id')
    .select(['l.language', 'l.texts_hash'])
    .where('l.notice_id', '=', notice.id)
    .where('s.voided_at', 'is', null)
    .execute();
  for (const { language, texts_hash } of standing) {
    if (languageHash(next, language) === texts_hash) continue;
    await voidSignatures(tx, ctx, {
      subjectKind: signoffSubject(language),
      subjectId: notice.id,
      actionId: notice.action_id,
      reason: 'the text or its source was changed after this sign-off',
    });
  }
}

export interface Signoff {
  id: number;
  noticeId: number;
  language: string;
  reviewer: string;
  title: string;
  nativeReader: boolean;
  signedBy: string;
  meaning: string;
  signedAt: Date;
  zone: string;
  voidedAt: Date | null;
  voidedReason: string;
  textsHash: string;
}

/** Every sign-off on a version of an action's notice, newest first, those that fell too. */
export async function listSignoffs(reader: Reader, actionId: number): Promise<Signoff[]> {
  return reader
    .selectFrom('language_signoff as l')
    .innerJoin('notice as n', 'n.id', 'l.notice_id')
    .innerJoin('signature as s', 's.id', 'l.signature_id')
    .select([
      'l.id',
      'l.notice_id as noticeId',
      'l.language',
      'l.reviewer_name as reviewer',
      'l.reviewer_title as title',
      'l.native_reader as nativeReader',
      's.staff_name as signedBy',
      's.meaning',
      's.signed_at as signedAt',
      's.zone',
      's.voided_at as voidedAt',
      's.voided_reason as voidedReason',
      'l.texts_hash as textsHash',
    ])
    .where('n.action_id', '=', actionId)
    .orderBy('l.id', 'desc')
    .execute();
}

/**
 * The sign-offs that hold for a document, by language. The same words signed in an earlier version of the notice still stand:
 * what was read has not changed.
 */
export function standingSignoffs(signoffs: readonly Signoff[], document: NoticeDocument): Map<string, Signoff> {
  const standing = new Map<string, Signoff>();
  for (const one of signoffs) {
    if (one.voidedAt !== null || standing.has(one.language)) continue;
    if (one.textsHash === languageHash(document, one.language)) standing.set(one.language, one);
  }
  return standing;
}
