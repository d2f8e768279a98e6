import type { Generated } from 'kysely';

export interface LetterTable {
  id: Generated<number>;
  action_id: number;
  delivery_id: number;
  notice_id: number;
  language: string;
  /** Its place in a letter of several languages, from 1. */
  position: number;
  paper: 'a4' | 'us-letter';
  state: Generated<'waiting' | 'made' | 'failed'>;
  claimed_by: string | null;
  claimed_at: Date | null;
  file_id: number | null;
  sha256: string | null;
  pages: number | null;
  detail: Generated<string>;
  created_at: Date;
  made_at: Date | null;
}

/** Letters on paper: migrations/009-letter.sql. */
export interface LettersSchema {
  letter: LetterTable;
}
