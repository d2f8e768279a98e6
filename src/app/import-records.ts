/**
 * What one row of an import would do: compared field by field with what is known, and written many rows at a time.
 * One file for every kind of import; the kinds differ by their fields and by what they refer to.
 */
import { sql } from 'kysely';
import type { ColumnType } from '../db/insert-rows.ts';
import type { Schema } from '../db/schema.ts';
import { json } from '../db/values.ts';
import type { ImportFinding, ImportKind, ImportValues } from '../domain/import.ts';
import type { Reader, Tx } from './context.ts';

/** A row that its own check found sound. */
export interface CheckedRow<K extends ImportKind> {
  number: number;
  cells: readonly string[];
  values: ImportValues[K];
}

/** Columns of a table with their values. `undefined` was not in the file: an update leaves it alone. */
export type Fields = Record<string, unknown>;

/**
 * The answer about one row. `key` is its identity within the file, `label` how people call it, `fields` the whole record
 * as it is to be; before and after hold only what changes.
 */
export interface Judgement {
  number: number;
  cells: readonly string[];
  verdict: 'create' | 'change' | 'same' | 'reject' | 'wait';
  key: string;
  label: string;
  /** Of the record known; 0 when it is new. */
  id: number;
  partyId: number | null;
  fields: Fields;
  before: Fields;
  after: Fields;
  findings: ImportFinding[];
}

/** One column of a kind: its type, what an empty record has, and the name under which a change of it is shown. */
export interface FieldSpec {
  type: ColumnType;
  blank: unknown;
  /** A change is told by this companion value (the number of a party, not its id). */
  shown?: string;
}
export type FieldSpecs = Readonly<Record<string, FieldSpec>>;

/** Who judges and writes the rows of one kind. */
export interface KindWriter<K extends ImportKind> {
  /** The table, as events and pages name it. */
  subject: string;
  judge(reader: Reader, rows: CheckedRow<K>[]): Promise<Judgement[]>;
  /** Batches that may be written at a time: above 1 only where no row needs another of the same file. */
  writesAtOnce: number;
  /** Writes creates and changes; the rest is ignored. */
  write(tx: Tx, judged: Judgement[]): Promise<void>;
  /** Once all rows are written. */
  finish?(tx: Tx): Promise<void>;
}

/** Shared by all rows that need none of their own: a million rows make a million objects less. */
const NOTHING: Fields = Object.freeze({});
const NO_FINDINGS: ImportFinding[] = [];

/** Compares a row with the record known (or none). */
export function weigh(
  row: { number: number; cells: readonly string[] },
  specs: FieldSpecs,
  wanted: Fields,
  known: Fields | undefined,
  facts: { key: string; label: string; partyId?: number | null },
): Judgement {
  const fields: Fields = {};
  const before: Fields = known === undefined ? NOTHING : {};
  const after: Fields = known === undefined ? NOTHING : {};
  let changed = false;
  for (const column in specs) {
    const spec = specs[column] as FieldSpec;
    const value = wanted[column];
    if (known === undefined) {
      fields[column] = value === undefined ? spec.blank : value;
      continue;
    }
    const old = known[column];
    fields[column] = value === undefined ? old : value;
    if (value === undefined || sameValue(old, value)) continue;
    changed = true;
    const shown = spec.shown ?? column;
    before[shown] = spec.shown ? (known[shown] ?? null) : old;
    after[shown] = spec.shown ? (wanted[shown] ?? null) : value;
  }
  return {
    number: row.number,
    cells: row.cells,
    verdict: known === undefined ? 'create' : changed ? 'change' : 'same',
    key: facts.key,
    label: facts.label,
    id: known === undefined ? 0 : Number(known.id),
    partyId: facts.partyId ?? null,
    fields,
    before,
    after,
    findings: NO_FINDINGS,
  };
}

/** Equal as stored: lists in their order, objects whatever the order of their keys. */
function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return sorted(a) === sorted(b);
}

function sorted(value: object): string {
  return Array.isArray(value)
    ? JSON.stringify(value)
    : JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A row that is refused, or that waits for another row of the same file. */
export function judgeAgainst(
  row: { number: number; cells: readonly string[] },
  verdict: 'reject' | 'wait',
  findings: ImportFinding[],
): Judgement {
  return {
    number: row.number,
    cells: row.cells,
    verdict,
    key: '',
    label: '',
    id: 0,
    partyId: null,
    fields: {},
    before: {},
    after: {},
    findings,
  };
}

/** Inserts what is new and updates what changes, each in one statement per some thousand rows. */
export async function writeRecords(
  tx: Tx,
  table: keyof Schema & string,
  specs: FieldSpecs,
  judged: readonly Judgement[],
  now: Date,
  extra: { created?: Record<string, [ColumnType, (row: Judgement) => unknown]>; changedAt: boolean },
): Promise<void> {
  const created = judged.filter((row) => row.verdict === 'create');
  const names = Object.keys(specs);
  if (created.length > 0) {
    const columns: [name: string, type: ColumnType, values: unknown[]][] = [];
    for (const [name, { type }] of Object.entries(specs))
      columns.push([name, type, created.map(({ fields }) => fields[name])]);
    for (const [name, [type, value]] of Object.entries(extra.created ?? {}))
      columns.push([name, type, created.map(value)]);
    const at = now.toISOString();
    await insertFast(
      tx,
      table,
      columns,
      created.length,
      extra.changedAt ? { created_at: at, changed_at: at } : { created_at: at },
    );
  }
  const changed = judged.filter((row) => row.verdict === 'change');
  for (let from = 0; from < changed.length; from += 2_000) {
    const records = json(changed.slice(from, from + 2_000).map(({ id, fields }) => ({ id, ...fields })));
    await sql`update ${sql.table(table)} t set ${sql.join(names.map((name) => sql`${sql.ref(name)} = u.${sql.ref(name)}`))}
      ${extra.changedAt ? sql`, changed_at = ${now}` : sql``}
      from jsonb_populate_recordset(null::${sql.table(table)}, ${records}::jsonb) u where t.id = u.id`.execute(tx);
  }
}

/**
 * Inserts thousands of rows in one statement. Columns travel as array texts made here, which costs a third of what the
 * driver takes for them; a column with one value for all rows travels once.
 */
async function insertFast(
  tx: Tx,
  table: string,
  columns: readonly [name: string, type: ColumnType, values: unknown[]][],
  count: number,
  times: Record<string, string>,
): Promise<void> {
  const picked = columns.map(([, type, values], index) => {
    const first = values[0];
    // One column at least must make the rows: the first of every kind is its key.
    const uniform = count === 1 || (index > 0 && typeof first !== 'object' && values.every((value) => value === first));
    const empty = index > 0 && first === null && values.every((value) => value === null);
    if (uniform || empty) return sql`${elementText(type, first)}::${sql.raw(type)}`;
    const list = `{${values.map((value) => quoteElement(elementText(type, value))).join(',')}}`;
    return type.endsWith('[]')
      ? sql`unnest(${list}::text[])::${sql.raw(type)}`
      : sql`unnest(${list}::${sql.raw(type)}[])`;
  });
  const names = [...columns.map(([name]) => name), ...Object.keys(times)].map((name) => sql.ref(name));
  const constant = Object.values(times).map((time) => sql`${time}::timestamptz`);
  await sql`insert into ${sql.table(table)} (${sql.join(names)}) select ${sql.join([...picked, ...constant])}`.execute(
    tx,
  );
}

/** A value as PostgreSQL's text of its type. */
function elementText(type: ColumnType, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (type === 'jsonb') return json(value);
  if (type.endsWith('[]')) return `{${(value as unknown[]).map((one) => quoteElement(String(one))).join(',')}}`;
  return String(value);
}

/** What needs no quotes in an array's text; quoting a million serials costs both sides more than this look at them. */
const BARE_ELEMENT = /^(?!null$)[A-Za-z0-9._:+-]+$/i;

function quoteElement(text: string | null): string {
  if (text === null) return 'NULL';
  if (BARE_ELEMENT.test(text)) return text;
  return text.includes('"') || text.includes('\\') ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`;
}

/** Makes one finding about a value of the row. */
export function finding(
  column: string,
  value: string,
  code: string,
  params: Record<string, string | number> = {},
): ImportFinding {
  return { column, heading: '', value, code, params: { value, ...params } };
}
