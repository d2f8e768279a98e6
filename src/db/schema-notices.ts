import type { Generated } from 'kysely';
import type { Audience } from '../domain/notice.ts';

/** The words of a released notice in one variant and language, as they were printed at its release. Never changed. */
interface NoticePrintTable {
  notice_id: number;
  audience: Audience;
  language: string;
  html: string;
  /** SHA-256 (hex) of `html`. */
  sha256: string;
}

/** A party whose receipt an update asked for anew, with what it had confirmed before. */
interface ReceiptRequestTable {
  notice_id: number;
  obligation_id: number;
  asked_at: Date;
  earlier_received_at: Date;
  earlier_state: Generated<string>;
}

/** Tables of migrations/012-notice-versions.sql. */
export interface NoticesSchema {
  notice_print: NoticePrintTable;
  receipt_request: ReceiptRequestTable;
}
