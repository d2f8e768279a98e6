import type { ColumnType, Generated } from 'kysely';
import type { DateOrder } from '../domain/date-text.ts';
import type { ImportFinding, ImportKind, ImportMapping } from '../domain/import.ts';
import type { TableFormat } from '../domain/table-format.ts';

type Id = Generated<number>;
type Json<T> = ColumnType<T, string, string>;
type JsonDefault<T> = ColumnType<T, string | undefined, string>;

export type ImportState = 'uploaded' | 'checking' | 'checked' | 'applying' | 'applied' | 'failed' | 'discarded';
/** How dates such as 04/05/2022 are read; '' when the file has none that could mean two days. */
export type ImportDateOrder = '' | DateOrder;

/** What opening the file found out. `samples` are the first rows below the headings. */
export interface ImportFound {
  format: TableFormat;
  encoding: string;
  delimiter: string;
  sheets: string[];
  sheet: string;
  header: string[];
  headerRow: number;
  samples: string[][];
}

export interface ImportTable {
  id: Id;
  kind: ImportKind;
  file_id: number;
  state: ImportState;
  /** As chosen; '' = found out. */
  sheet: Generated<string>;
  encoding: Generated<string>;
  delimiter: Generated<string>;
  found: Json<ImportFound>;
  mapping: JsonDefault<ImportMapping>;
  /** The mapping was confirmed for an earlier file with the same headings. */
  mapping_kept: Generated<boolean>;
  date_order: Generated<ImportDateOrder>;
  run: Generated<number>;
  mode: Generated<'all' | 'valid'>;
  rows_seen: Generated<number>;
  rows_created: Generated<number>;
  rows_changed: Generated<number>;
  rows_same: Generated<number>;
  rows_rejected: Generated<number>;
  outcome: Generated<string>;
  problem: ColumnType<
    { code: string; params: Record<string, string | number> } | null,
    string | null | undefined,
    string | null
  >;
  /** When its job last showed that it lives, by the real clock. */
  beat_at: Date | null;
  made_by: string;
  created_at: Date;
  changed_at: Date;
  checked_at: Date | null;
  applied_at: Date | null;
  applied_by: Generated<string>;
}

interface ImportMappingTable {
  kind: ImportKind;
  signature: string;
  mapping: Json<ImportMapping>;
  date_order: Generated<ImportDateOrder>;
  confirmed_by: string;
  confirmed_at: Date;
}

interface ImportRejectTable {
  import_id: number;
  row: number;
  cells: string[];
  findings: Json<ImportFinding[]>;
}

interface ImportChangeTable {
  import_id: number;
  row: number;
  verdict: 'create' | 'change';
  subject: string;
  subject_id: number | null;
  label: string;
  party_id: number | null;
  before: Json<Record<string, unknown>>;
  after: Json<Record<string, unknown>>;
}

/** Tables of imports: migrations/004-imports.sql. */
export interface ImportsSchema {
  import: ImportTable;
  import_mapping: ImportMappingTable;
  import_reject: ImportRejectTable;
  import_change: ImportChangeTable;
}
