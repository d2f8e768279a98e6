import { sql } from 'kysely';
import type { ImportFound, ImportState, ImportTable } from '../../db/schema-imports.ts';
import { describeFinding, type ImportFinding, type ImportKind, type ImportMapping } from '../../domain/import.ts';
import type { Reader } from '../context.ts';
import { idFilter, type ListDefinition, likeAnywhere, where } from './list.ts';

export interface ImportListRow {
  id: number;
  kind: ImportKind;
  file: string;
  state: ImportState;
  rows_seen: number;
  rows_created: number;
  rows_changed: number;
  rows_same: number;
  rows_rejected: number;
  made_by: string;
  created_at: Date;
  applied_at: Date | null;
}

/** Every file that was ever taken in. */
export const importList: ListDefinition<ImportListRow> = {
  name: 'imports',
  rows: ({ filters, q }) => sql<ImportListRow>`
    select i.id, i.kind, f.name as file, i.state, i.rows_seen, i.rows_created, i.rows_changed, i.rows_same, i.rows_rejected,
        i.made_by, i.created_at, i.applied_at
      from import i join file f on f.id = i.file_id
    ${where(
      filters.kind && sql`i.kind = ${filters.kind}`,
      filters.state && sql`i.state = ${filters.state}`,
      q !== '' && sql`lower(f.name) like ${likeAnywhere(q.toLowerCase())}`,
    )}`,
  sortable: ['id', 'file', 'kind', 'state', 'rows_seen', 'created_at'],
  defaultSort: '-id',
  id: 'id',
  filters: {
    kind: ['parties', 'sites', 'contacts', 'products', 'units'],
    state: ['uploaded', 'checking', 'checked', 'applying', 'applied', 'failed', 'discarded'],
  },
  columns: [
    { title: 'Import', value: (row) => row.id },
    { title: 'File', value: (row) => row.file },
    { title: 'Kind', value: (row) => row.kind },
    { title: 'State', value: (row) => row.state },
    { title: 'Rows', value: (row) => row.rows_seen },
    { title: 'New', value: (row) => row.rows_created },
    { title: 'Changed', value: (row) => row.rows_changed },
    { title: 'Same', value: (row) => row.rows_same },
    { title: 'Rejected', value: (row) => row.rows_rejected },
    { title: 'Uploaded by', value: (row) => row.made_by },
    { title: 'Uploaded at', value: (row) => row.created_at.toISOString() },
    { title: 'Applied at', value: (row) => row.applied_at?.toISOString() ?? null },
  ],
};

export interface RejectRow {
  row: number;
  cells: string[];
  findings: ImportFinding[];
}

/** Refused rows of one import with the file's own columns, then why and how to mend each: mend this file, import it again. */
export function rejectList(header: readonly string[]): ListDefinition<RejectRow, number> {
  return {
    name: 'rejected rows',
    rows: ({ q }, id) => sql<RejectRow>`
      select r.row, r.cells, r.findings from import_reject r where r.import_id = ${id}
        ${q === '' ? sql`` : sql`and array_to_string(r.cells, ' ') ilike ${likeAnywhere(q)}`}`,
    sortable: ['row'],
    defaultSort: 'row',
    id: 'row',
    filters: {},
    columns: [
      ...header.map((title, index) => ({ title, value: (row: RejectRow) => row.cells[index] ?? '' })),
      { title: 'Row', value: (row) => row.row },
      { title: 'Why refused', value: (row) => row.findings.map((one) => describeFinding(one).reason).join(' ') },
      { title: 'How to mend', value: (row) => row.findings.map((one) => describeFinding(one).mend).join(' ') },
    ],
  };
}

export interface ChangeRow {
  row: number;
  verdict: 'create' | 'change';
  subject: string;
  subject_id: number | null;
  label: string;
  party_id: number | null;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

/** What one import changes, field by field, and the first rows it creates. */
export const changeList: ListDefinition<ChangeRow, number> = {
  name: 'changes',
  rows: ({ filters, q }, id) => sql<ChangeRow>`
    select row, verdict, subject, subject_id, label, party_id, before, after from import_change c
    ${where(
      sql`c.import_id = ${id}`,
      filters.verdict && sql`c.verdict = ${filters.verdict}`,
      q !== '' && sql`c.label ilike ${likeAnywhere(q)}`,
    )}`,
  sortable: ['row', 'label'],
  defaultSort: 'row',
  id: 'row',
  filters: { verdict: ['create', 'change'] },
  columns: [
    { title: 'Row', value: (row) => row.row },
    { title: 'What', value: (row) => row.verdict },
    { title: 'Which', value: (row) => row.label },
    { title: 'Before', value: (row) => fieldsText(row.before) },
    { title: 'After', value: (row) => fieldsText(row.after) },
  ],
};

/** Fields with their values in one line: `connected: yes, software: Dx 1.3`. */
export function fieldsText(fields: Record<string, unknown>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${fieldWord(name)}: ${valueText(value)}`)
    .join(', ');
}

/** A column as people say it: `shipped_on` → `shipped on`. */
export function fieldWord(name: string): string {
  return name.replace(/_/g, ' ').replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`);
}

/** A value as people read it. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined || value === '') return '(empty)';
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (Array.isArray(value)) return value.length === 0 ? '(empty)' : value.join(', ');
  if (typeof value === 'object')
    return (
      Object.entries(value)
        .map(([name, one]) => `${name} ${one}`)
        .join(', ') || '(empty)'
    );
  return String(value);
}

export interface ImportDetail {
  id: number;
  kind: ImportKind;
  file: string;
  sha256: string;
  size: number;
  state: ImportState;
  sheet: string;
  encoding: string;
  delimiter: string;
  found: ImportFound;
  mapping: ImportMapping;
  mapping_kept: boolean;
  date_order: '' | 'dmy' | 'mdy';
  mode: 'all' | 'valid';
  rows_seen: number;
  rows_created: number;
  rows_changed: number;
  rows_same: number;
  rows_rejected: number;
  problem: ImportTable['problem']['__select__'];
  made_by: string;
  created_at: Date;
  checked_at: Date | null;
  applied_at: Date | null;
  applied_by: string;
}

/** One import with its file; undefined when there is none of this id. */
export async function readImportDetail(reader: Reader, id: number): Promise<ImportDetail | undefined> {
  return reader
    .selectFrom('import as i')
    .innerJoin('file as f', 'f.id', 'i.file_id')
    .selectAll('i')
    .select(['f.name as file', 'f.sha256', 'f.size'])
    .where('i.id', '=', idFilter(String(id)))
    .executeTakeFirst();
}
