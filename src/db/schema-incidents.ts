import type { ColumnType, Generated } from 'kysely';
import type { EntryKind, Finding, OwnStep } from '../domain/examination.ts';

export interface ExaminationGuideTable {
  action_id: number;
  left_out: Generated<string[]>;
  steps: ColumnType<OwnStep[], string, string>;
  changed_by: string;
  changed_at: Date;
}

export interface IncidentEntryTable {
  id: Generated<number>;
  incident_id: number;
  at: Date;
  kind: EntryKind;
  by_kind: string;
  by_name: string;
  step: Generated<string>;
  asked: Generated<string>;
  language: Generated<string>;
  finding: Finding | null;
  words: Generated<string>;
  file_name: string | null;
  sha256: string | null;
  size: number | null;
  shown: boolean;
}

/** Examination of suspected break-ins: migrations/026-examination.sql. */
export interface IncidentSchema {
  examination_guide: ExaminationGuideTable;
  incident_entry: IncidentEntryTable;
}
