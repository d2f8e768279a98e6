import type { ColumnType, Generated } from 'kysely';
import type { FoundBox, PaperMatrix } from '../domain/paper-reading.ts';

export type PaperWay = 'upload' | 'portal' | 'mail' | 'api';

export interface PaperFileTable {
  id: Generated<number>;
  file_id: number;
  came_by: PaperWay;
  once_key: string;
  received_at: Date;
  handed_in_by: string;
  action_id: number | null;
  party_id: number | null;
  contact_id: number | null;
  message_id: number | null;
  state: 'new' | 'read' | 'failed';
  trouble: Generated<string>;
  trouble_params: ColumnType<Record<string, string | number>, string | undefined, string>;
  pages: Generated<number>;
  program: Generated<boolean>;
  read_at: Generated<Date | null>;
  created_at: Date;
}

/** A page as a paper_reply keeps it. */
export interface KeptPage {
  /** In the file, from 1; pages joined from another file count on. */
  number: number;
  /** Of the form; null where the page is none of a form. */
  page: number | null;
  /** The text of its code; '' without one. */
  code: string;
  width: number;
  height: number;
  matrix: PaperMatrix | null;
  /** SHA-256 of its picture, a JPEG. */
  picture: string;
  /** What was written beside the fields with the tools of a viewer; left out where nothing was. */
  notes?: string[];
}

export interface PaperReplyTable {
  id: Generated<number>;
  paper_file_id: number;
  position: number;
  paper_form_id: number | null;
  action_id: number | null;
  party_id: number | null;
  contact_id: number | null;
  door: 'pdf' | 'scan';
  state: 'waiting' | 'taken' | 'aside' | 'joined';
  /** Where the pages of a joined one went. */
  joined_to_id: Generated<number | null>;
  reasons: string[];
  pages: ColumnType<KeptPage[], string, string>;
  boxes: ColumnType<FoundBox[], string, string>;
  reply_id: Generated<number | null>;
  decided_by: Generated<string>;
  decided_at: Generated<Date | null>;
  outcome: Generated<string>;
  created_at: Date;
}

/** Forms that came back: migrations/014-paper-reply.sql, 023-doors.sql. */
export interface PaperRepliesSchema {
  paper_file: PaperFileTable;
  paper_reply: PaperReplyTable;
}
