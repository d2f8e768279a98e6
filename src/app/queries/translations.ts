import {
  audiences,
  type NoticeDocument,
  noticeDocumentSchema,
  noticeLanguages,
  textNames,
} from '../../domain/notice.ts';
import { plainUpdate } from '../../domain/notice-update.ts';
import type { TranslationReport } from '../../domain/translation-report.ts';
import { sourceHash, translatableNames } from '../../domain/xliff-export.ts';
import type { Context, Reader } from '../context.ts';
import { listSignoffs, type Signoff, standingSignoffs } from '../language-signoffs.ts';
import { type NoticeAudience, type RecipientGroup, recipientGroups } from './language-recipients.ts';

/** One language of a notice: who needs it, how far it is, who stands for it. */
export interface LanguageRow {
  language: string;
  isSource: boolean;
  /** Contacts who get the notice in it, or would if it were written. */
  recipients: number;
  /** Texts that are written, and that there are. */
  written: number;
  total: number;
  /** Complete for every audience that has a variant. */
  complete: boolean;
  signoff: Signoff | undefined;
  /** A sign-off that fell, when none stands. */
  fallen: Signoff | undefined;
  lastExport: { id: number; at: Date; by: string; format: string; file: string; current: boolean } | undefined;
  lastImport: { id: number; at: Date; by: string; state: string } | undefined;
  backTranslations: number;
}

export interface LanguageTable {
  noticeId: number;
  actionId: number;
  number: string;
  version: number;
  state: string;
  document: NoticeDocument;
  /** Whom the version goes to: an update says so itself. */
  audience: NoticeAudience;
  groups: RecipientGroup[];
  rows: LanguageRow[];
}

/** Every language a notice has or its recipients need, the source first, then the most needed. Undefined: no such notice. */
export async function loadLanguageTable(
  ctx: Pick<Context, 'db' | 'now'>,
  noticeId: number,
): Promise<LanguageTable | undefined> {
  const notice = await ctx.db.selectFrom('notice').selectAll().where('id', '=', noticeId).executeTakeFirst();
  if (!notice) return undefined;
  const document = noticeDocumentSchema.parse(notice.document);
  const { reach } = notice.kind === 'update' && document.update ? document.update : plainUpdate;
  const audience = { actionId: notice.action_id, noticeId, reach };
  const groups = await recipientGroups(ctx, audience, document);
  const needed = new Map<string, number>();
  for (const { needs, n } of groups)
    for (const language of needs) needed.set(language, (needed.get(language) ?? 0) + n);
  const signoffs = await listSignoffs(ctx.db, notice.action_id);
  const standing = standingSignoffs(signoffs, document);
  const files = await loadFiles(ctx.db, noticeId);
  const variants = audiences.filter((audience) => document.variants[audience]);
  // A text the source lacks is missing in every language.
  const printed = variants.flatMap((audience) => textNames(document, audience));
  const names = [...new Set([...translatableNames(document), ...printed])];
  const hashNow = sourceHash(document);
  const rows = [...new Set([...Object.keys(document.texts), ...needed.keys()])].map((language): LanguageRow => {
    const texts = document.texts[language] ?? {};
    const out = files.exports.find((one) => one.language === language);
    return {
      language,
      isSource: language === document.sourceLanguage,
      recipients: needed.get(language) ?? 0,
      written: names.filter((name) => (texts[name] ?? '').trim() !== '').length,
      total: names.length,
      complete:
        variants.length > 0 && variants.every((audience) => noticeLanguages(document, audience).includes(language)),
      signoff: standing.get(language),
      fallen: standing.has(language) ? undefined : signoffs.find((one) => one.language === language),
      lastExport: out && { ...out, current: out.sourceHash === hashNow },
      lastImport: files.imports.find((one) => one.language === language),
      backTranslations: files.backTranslations.filter((one) => one.language === language).length,
    };
  });
  rows.sort(
    (a, b) =>
      Number(b.isSource) - Number(a.isSource) || b.recipients - a.recipients || a.language.localeCompare(b.language),
  );
  const { id, action_id, number, version, state } = notice;
  return { noticeId: id, actionId: action_id, number, version, state, document, audience, groups, rows };
}

async function loadFiles(reader: Reader, noticeId: number) {
  const exports = await reader
    .selectFrom('translation_export as e')
    .innerJoin('file as f', 'f.id', 'e.file_id')
    .select([
      'e.id',
      'e.language',
      'e.format',
      'e.made_at as at',
      'e.made_by as by',
      'f.name as file',
      'e.source_hash as sourceHash',
    ])
    .where('e.notice_id', '=', noticeId)
    .orderBy('e.id', 'desc')
    .execute();
  const imports = await reader
    .selectFrom('translation_import')
    .select(['id', 'language', 'created_at as at', 'made_by as by', 'state'])
    .where('notice_id', '=', noticeId)
    .orderBy('id', 'desc')
    .execute();
  const backTranslations = await reader
    .selectFrom('back_translation')
    .select(['id', 'language'])
    .where('notice_id', '=', noticeId)
    .execute();
  return { exports, imports, backTranslations };
}

/** Everything that happened to one language of a notice: files out and in, back-translations, sign-offs. Newest first. */
export async function loadLanguageHistory(reader: Reader, noticeId: number, language: string) {
  const exports = await reader
    .selectFrom('translation_export as e')
    .innerJoin('file as f', 'f.id', 'e.file_id')
    .select(['e.id', 'e.format', 'e.made_at as at', 'e.made_by as by', 'f.name as file', 'e.source_hash as sourceHash'])
    .where('e.notice_id', '=', noticeId)
    .where('e.language', '=', language)
    .orderBy('e.id', 'desc')
    .limit(SHOWN)
    .execute();
  const imports = await reader
    .selectFrom('translation_import as i')
    .innerJoin('file as f', 'f.id', 'i.file_id')
    .select(['i.id', 'i.state', 'i.created_at as at', 'i.made_by as by', 'f.name as file', 'i.taken'])
    .where('i.notice_id', '=', noticeId)
    .where('i.language', '=', language)
    .orderBy('i.id', 'desc')
    .limit(SHOWN)
    .execute();
  const backTranslations = await reader
    .selectFrom('back_translation as b')
    .innerJoin('file as f', 'f.id', 'b.file_id')
    .select([
      'b.id',
      'b.translator',
      'b.added_at as at',
      'b.made_by as by',
      'f.name as file',
      'f.size',
      'b.texts_hash as textsHash',
    ])
    .where('b.notice_id', '=', noticeId)
    .where('b.language', '=', language)
    .orderBy('b.id', 'desc')
    .limit(SHOWN)
    .execute();
  return { exports, imports, backTranslations };
}
/** Files of each kind shown for a language; a translation goes to and fro a few times. */
const SHOWN = 50;

export interface TranslationImportDetail {
  id: number;
  noticeId: number;
  actionId: number;
  language: string;
  state: 'checked' | 'applied' | 'discarded';
  file: string;
  sha256: string;
  report: TranslationReport;
  taken: string[];
  /** The notice has changed since the report was made. */
  outdated: boolean;
  madeBy: string;
  createdAt: Date;
  endedBy: string;
  endedAt: Date | null;
}

/** A file that came back, with its report. */
export async function loadTranslationImport(reader: Reader, id: number): Promise<TranslationImportDetail | undefined> {
  const row = await reader
    .selectFrom('translation_import as i')
    .innerJoin('file as f', 'f.id', 'i.file_id')
    .innerJoin('notice as n', 'n.id', 'i.notice_id')
    .selectAll('i')
    .select(['f.name as file', 'f.sha256', 'n.action_id', 'n.content_hash'])
    .where('i.id', '=', id)
    .executeTakeFirst();
  if (!row) return undefined;
  return {
    id: row.id,
    noticeId: row.notice_id,
    actionId: row.action_id,
    language: row.language,
    state: row.state,
    file: row.file,
    sha256: row.sha256,
    report: row.report,
    taken: row.taken,
    outdated: row.state === 'checked' && row.based_on !== row.content_hash,
    madeBy: row.made_by,
    createdAt: row.created_at,
    endedBy: row.ended_by,
    endedAt: row.ended_at,
  };
}

/** The file of an export, an import or a back-translation, to be handed out. */
export async function loadTranslationFile(
  reader: Reader,
  kind: 'export' | 'import' | 'back',
  id: number,
): Promise<{ sha256: string; name: string; mediaType: string; size: number } | undefined> {
  const table = ({ export: 'translation_export', import: 'translation_import', back: 'back_translation' } as const)[
    kind
  ];
  return reader
    .selectFrom(table)
    .innerJoin('file as f', 'f.id', `${table}.file_id`)
    .select(['f.sha256', 'f.name', 'f.media_type as mediaType', 'f.size'])
    .where(`${table}.id`, '=', id)
    .executeTakeFirst();
}

/** Languages of a notice that somebody stands for: those signed off, as they are written now. */
export async function loadSignedLanguages(
  reader: Reader,
  actionId: number,
  document: NoticeDocument,
): Promise<string[]> {
  return [...standingSignoffs(await listSignoffs(reader, actionId), document).keys()].sort();
}
