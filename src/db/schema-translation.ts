import type { ColumnType, Generated } from 'kysely';
import type { NoticeStart } from '../domain/notice-start.ts';
import type { TranslationReport } from '../domain/translation-report.ts';
import type { SegmentState, XliffVersion } from '../domain/xliff.ts';

type Id = Generated<number>;
type Json<T> = ColumnType<T, string, string>;

/** Tables of translations: migrations/011-translation.sql. */
export interface TranslationSchema {
  translation_export: {
    id: Id;
    notice_id: number;
    language: string;
    format: XliffVersion;
    file_id: number;
    source_hash: string;
    made_by: string;
    made_at: Date;
  };
  translation_import: TranslationImportTable;
  text_state: {
    notice_id: number;
    language: string;
    name: string;
    source_hash: string;
    text_hash: string;
    state: SegmentState;
  };
  language_signoff: {
    id: Id;
    notice_id: number;
    language: string;
    texts_hash: string;
    reviewer_name: string;
    reviewer_title: string;
    native_reader: boolean;
    signature_id: number;
    signed_at: Date;
  };
  back_translation: {
    id: Id;
    notice_id: number;
    language: string;
    file_id: number;
    texts_hash: string;
    translator: string;
    made_by: string;
    added_at: Date;
  };
  notice_start: {
    id: Id;
    action_id: number;
    file_id: number;
    state: 'read' | 'drafted' | 'discarded';
    found: Json<NoticeStart>;
    notice_id: number | null;
    made_by: string;
    created_at: Date;
    ended_at: Date | null;
  };
}

export type TranslationImportState = 'checked' | 'applied' | 'discarded';

interface TranslationImportTable {
  id: Id;
  notice_id: number;
  language: string;
  file_id: number;
  state: TranslationImportState;
  based_on: string;
  report: Json<TranslationReport>;
  taken: Generated<string[]>;
  made_by: string;
  created_at: Date;
  ended_by: Generated<string>;
  ended_at: Date | null;
}
