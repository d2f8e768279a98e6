import type { ColumnType, Generated } from 'kysely';
import type { Actor } from '../domain/actor.ts';
import type { SheetMapping, SheetWords } from '../domain/spreadsheet-columns.ts';
import type { SheetFinding } from '../domain/spreadsheet-findings.ts';
import type { SheetStatement } from '../domain/spreadsheet-judge.ts';
import type { SheetAsks } from '../domain/spreadsheet-scan.ts';
import type { ImportDateOrder, ImportFound } from './schema-imports.ts';

type Json<T> = ColumnType<T, string, string>;
type JsonDefault<T> = ColumnType<T, string | undefined, string>;

export type SpreadsheetWay = 'upload' | 'portal' | 'mail' | 'api';
export type SpreadsheetState = 'mapping' | 'checking' | 'checked' | 'applying' | 'applied' | 'failed' | 'discarded';
/** What a row without a mode speaks of; '' = nobody was asked. */
export type NoMode = '' | 'all' | 'refuse';
/** `ready` records something new · `same` says what is known · `nothing` says nothing · `refused` is wrong. */
export type SheetVerdict = 'ready' | 'same' | 'nothing' | 'refused';
/** A refusal as it is kept. */
export interface KeptProblem {
  code: string;
  params: Record<string, string | number>;
}
type Problem = ColumnType<KeptProblem | null, string | null | undefined, string | null>;

interface MandateTable {
  id: Generated<number>;
  speaker_id: number;
  party_id: number;
  reason: string;
  made_by: string;
  made_at: Date;
  withdrawn_by: Generated<string>;
  withdrawn_at: Generated<Date | null>;
}

interface SpreadsheetMappingTable {
  id: Generated<number>;
  party_id: number;
  signature: string;
  version: number;
  mapping: Json<SheetMapping>;
  words: Json<SheetWords>;
  date_order: Generated<ImportDateOrder>;
  no_mode: Generated<NoMode>;
  confirmed_by: string;
  confirmed_at: Date;
}

export interface SpreadsheetTable {
  id: Generated<number>;
  action_id: number;
  party_id: number;
  contact_id: number | null;
  file_id: number;
  came_by: SpreadsheetWay;
  once_key: string;
  received_at: Date;
  handed_in_by: string;
  message_id: number | null;
  state: SpreadsheetState;
  sheet: Generated<string>;
  encoding: Generated<string>;
  delimiter: Generated<string>;
  found: Json<ImportFound>;
  mapping: JsonDefault<SheetMapping>;
  words: JsonDefault<SheetWords>;
  date_order: Generated<ImportDateOrder>;
  no_mode: Generated<NoMode>;
  remedy_id: Generated<number | null>;
  mapping_version: Generated<number>;
  asks: JsonDefault<SheetAsks>;
  run: Generated<number>;
  /** When its work last showed that it lives, by the real clock. */
  beat_at: Generated<Date | null>;
  mode: Generated<'all' | 'valid'>;
  receipt: Generated<boolean>;
  rows_seen: Generated<number>;
  rows_ready: Generated<number>;
  rows_same: Generated<number>;
  rows_nothing: Generated<number>;
  rows_refused: Generated<number>;
  rows_warned: Generated<number>;
  problem: Problem;
  decided_by: ColumnType<Actor | null, string | null | undefined, string | null>;
  delivery_id: Generated<number | null>;
  created_at: Date;
  changed_at: Date;
  checked_at: Generated<Date | null>;
  applied_at: Generated<Date | null>;
}

interface SpreadsheetRowTable {
  spreadsheet_id: number;
  row: number;
  cells: string[];
  verdict: SheetVerdict;
  warned: boolean;
  label: string;
  unit_id: number | null;
  party_id: number | null;
  statements: Json<SheetStatement[]>;
  findings: Json<SheetFinding[]>;
}

interface SpreadsheetAnswerTable {
  spreadsheet_id: number;
  party_id: number;
  rows: number;
  statements: number;
  reply_id: Generated<number | null>;
  problem: Problem;
  taken_at: Generated<Date | null>;
}

/** Answers by spreadsheet: migrations/021-spreadsheet-reply.sql. */
export interface SpreadsheetsSchema {
  mandate: MandateTable;
  spreadsheet_mapping: SpreadsheetMappingTable;
  spreadsheet: SpreadsheetTable;
  spreadsheet_row: SpreadsheetRowTable;
  spreadsheet_answer: SpreadsheetAnswerTable;
}
