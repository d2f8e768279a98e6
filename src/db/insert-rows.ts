import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Schema } from './schema.ts';

/** PostgreSQL type of a column in a bulk write; array types are written row by row as arrays. */
export type ColumnType =
  | 'text'
  | 'bigint'
  | 'int'
  | 'double precision'
  | 'boolean'
  | 'date'
  | 'timestamptz'
  | 'jsonb'
  | 'bytea'
  | 'text[]'
  | 'bigint[]';

/** One column of a bulk write: its type and its values, row by row. jsonb values are `json()` texts. */
export type Column = [type: ColumnType, values: readonly unknown[]];

/** Rows per statement: large enough that the statement's own cost is gone, small enough to stay out of memory's way. */
const ROWS_PER_STATEMENT = 5_000;

/**
 * Inserts many rows fast on both databases, by `insert … select … from unnest(…)`. All or nothing only inside a
 * transaction. Constraint errors carry `code` and `constraint` as usual.
 * @param columns every column has the same number of values
 * @param options.suffix goes behind the statement, e.g. sql`on conflict (serial) do nothing`
 * @returns rows inserted, counted by the database
 */
export async function insertRows(
  db: Kysely<Schema>,
  table: keyof Schema & string,
  columns: Record<string, Column>,
  options: { suffix?: RawBuilder<unknown> } = {},
): Promise<number> {
  const names = Object.keys(columns);
  const entries = Object.values(columns);
  const total = entries[0]?.[1].length ?? 0;
  if (entries.some(([, values]) => values.length !== total)) throw new Error(`${table}: columns of different length`);
  let inserted = 0;
  for (let from = 0; from < total; from += ROWS_PER_STATEMENT) {
    const arrays = entries.map(([type, values]) => {
      const slice = values.slice(from, from + ROWS_PER_STATEMENT);
      // unnest would flatten an array of arrays: those travel as text and are read on the other side.
      return type.endsWith('[]')
        ? sql`${slice.map((value) => arrayText(value as readonly unknown[] | null))}::text[]`
        : sql`${slice}::${sql.raw(type)}[]`;
    });
    const picked = entries.map(([type], index) => {
      const name = sql.ref(`c${index}`);
      return type.endsWith('[]') ? sql`${name}::${sql.raw(type)}` : name;
    });
    const result = await sql`insert into ${sql.table(table)} (${sql.join(names.map((name) => sql.ref(name)))})
      select ${sql.join(picked)} from unnest(${sql.join(arrays)})
        as t (${sql.join(entries.map((_, index) => sql.ref(`c${index}`)))})
      ${options.suffix ?? sql``}`.execute(db);
    inserted += Number(result.numAffectedRows ?? 0);
  }
  return inserted;
}

/** PostgreSQL's text form of a one-dimensional array. */
function arrayText(values: readonly unknown[] | null): string | null {
  if (values === null) return null;
  const quoted = values.map((value) => (value === null ? 'NULL' : `"${String(value).replace(/["\\]/g, '\\$&')}"`));
  return `{${quoted.join(',')}}`;
}
