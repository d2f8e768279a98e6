import { createHash } from 'node:crypto';
import type { ReleasedFinding } from '../domain/checks/check.ts';
import {
  type Audience,
  audiences,
  canonicalJson,
  contentHash,
  type NoticeDocument,
  noticeDocumentSchema,
  noticeLanguages,
} from '../domain/notice.ts';
import type { NoticeFacts } from '../domain/notice-facts.ts';
import { toHtml } from '../domain/notice-html.ts';
import { renderNotice } from '../domain/notice-render.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Reader, Tx } from './context.ts';

/** The words of one variant in one language as they were released. */
export interface NoticePrint {
  audience: Audience;
  language: string;
  html: string;
  /** SHA-256 (hex) of `html`. */
  sha256: string;
}

/** Everything a release fixes. */
export interface SealedNotice {
  number: string;
  version: number;
  kind: 'new' | 'update';
  previousId: number | null;
  document: NoticeDocument;
  facts: NoticeFacts;
  releasedAt: Date;
  findings: readonly ReleasedFinding[];
  prints: readonly Pick<NoticePrint, 'audience' | 'language' | 'sha256'>[];
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Prints every variant in every language it is complete in. Facts of the recipient are left as their names. */
export function printNotice(document: NoticeDocument, facts: NoticeFacts): NoticePrint[] {
  return audiences.flatMap((audience) =>
    noticeLanguages(document, audience)
      .toSorted()
      .map((language) => {
        const html = toHtml(renderNotice(document, audience, language, facts), { level: 2 });
        return { audience, language, html, sha256: sha256(html) };
      }),
  );
}

/** The seal of a release: SHA-256 (hex) over all of it, in one order of keys. */
export function sealOf(notice: SealedNotice): string {
  return sha256(
    canonicalJson({
      ...notice,
      document: contentHash(notice.document),
      releasedAt: notice.releasedAt.toISOString(),
      prints: notice.prints.map(({ audience, language, sha256: hash }) => `${audience} ${language} ${hash}`).toSorted(),
    }),
  );
}

/** Keeps the prints of a notice that is being released. */
export async function keepPrints(tx: Tx, noticeId: number, prints: readonly NoticePrint[]): Promise<void> {
  if (prints.length === 0) return;
  await tx
    .insertInto('notice_print')
    .values(prints.map((print) => ({ notice_id: noticeId, ...print })))
    .execute();
}

/** Whether a released version is byte for byte what was released. */
export interface NoticeVerdict {
  id: number;
  /** `intact`; `broken`: something was changed; `none`: not released, or released before seals were kept. */
  seal: 'intact' | 'broken' | 'none';
  /** As kept, and as it comes out now. */
  kept: string | null;
  computed: string;
  /** Whether the document still has the hash that was approved. */
  contentIntact: boolean;
  prints: { audience: Audience; language: string; sha256: string; intact: boolean }[];
}

/** Computes the seal of a version anew from what the database holds, and every print's hash from its bytes. */
export async function verifyNotice(reader: Reader, noticeId: number): Promise<NoticeVerdict | Refusal> {
  const row = await reader.selectFrom('notice').selectAll().where('id', '=', noticeId).executeTakeFirst();
  if (!row) return refuse('notice.unknown', { id: noticeId });
  const kept = await reader
    .selectFrom('notice_print')
    .select(['audience', 'language', 'html', 'sha256'])
    .where('notice_id', '=', noticeId)
    .orderBy('audience')
    .orderBy('language')
    .execute();
  const prints = kept.map(({ audience, language, html, sha256: hash }) => ({
    audience,
    language,
    sha256: sha256(html),
    intact: sha256(html) === hash,
  }));
  const document = noticeDocumentSchema.parse(row.document);
  const computed = sealOf({
    number: row.number,
    version: row.version,
    kind: row.kind,
    previousId: row.previous_id,
    document,
    facts: (row.released_facts as NoticeFacts | null) ?? { values: {}, groups: {} },
    releasedAt: row.released_at ?? new Date(0),
    findings: row.findings,
    prints,
  });
  const contentIntact = contentHash(document) === row.content_hash;
  const intact = row.seal === computed && contentIntact && prints.every((print) => print.intact);
  return {
    id: noticeId,
    seal: row.seal === null ? 'none' : intact ? 'intact' : 'broken',
    kept: row.seal,
    computed,
    contentIntact,
    prints,
  };
}

/** One print of a released version, or undefined. */
export async function loadPrint(
  reader: Reader,
  noticeId: number,
  audience: Audience,
  language: string,
): Promise<NoticePrint | undefined> {
  return reader
    .selectFrom('notice_print')
    .select(['audience', 'language', 'html', 'sha256'])
    .where('notice_id', '=', noticeId)
    .where('audience', '=', audience)
    .where('language', '=', language)
    .executeTakeFirst();
}
