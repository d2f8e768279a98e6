import { type RawBuilder, sql } from 'kysely';
import type { Reader } from '../context.ts';

/** What a list was asked for: rows `size` at a time, page 1 first, in one order, with filters and a search text. */
export interface ListRequest {
  page: number;
  size: number;
  sort: string;
  direction: 'asc' | 'desc';
  filters: Readonly<Record<string, string>>;
  q: string;
}

export interface ListPage<Row> {
  rows: Row[];
  /** Rows that match; counting stops at 100,000, where a list asks for a filter instead. */
  total: number | { atLeast: number };
}

/** Counting further than this costs more than anybody gains from the figure. */
export const COUNT_LIMIT = 100_000;
const STREAM_BATCH = 2_000;

/** One list: its rows as one select, what it can be sorted and filtered by, its columns in an exported file. */
export interface ListDefinition<Row extends object, Scope = undefined> {
  /** Name in URLs and file names, e.g. `corrections`. */
  name: string;
  /** The select with its conditions, without order and limit. */
  rows: (request: Pick<ListRequest, 'filters' | 'q'>, scope: Scope) => RawBuilder<Row>;
  /** Columns of the select that it can be sorted by. */
  sortable: readonly (keyof Row & string)[];
  /** e.g. `-since`. */
  defaultSort: string;
  /** Unique column: always the last sort key, so that pages never overlap. */
  id: keyof Row & string;
  /** Filter names; a list of values, or any text. */
  filters: Readonly<Record<string, readonly string[] | 'text'>>;
  /** Headings and values of the exported file. */
  columns: readonly { title: string; value: (row: Row) => string | number | null }[];
}

/** One page of a list with its total: one round trip for the rows, one for the count. */
export async function readList<Row extends object, Scope>(
  reader: Reader,
  list: ListDefinition<Row, Scope>,
  request: ListRequest,
  scope: Scope,
): Promise<ListPage<Row>> {
  const base = list.rows(request, scope);
  const counted = await sql<{ n: number }>`
    select count(*)::int as n from (select 1 from (${base}) matching limit ${COUNT_LIMIT + 1}) counted`.execute(reader);
  const n = counted.rows[0]?.n ?? 0;
  const { rows } = await sql<Row>`select * from (${base}) matching ${order(list, request)}
    limit ${request.size} offset ${(request.page - 1) * request.size}`.execute(reader);
  return { rows, total: n > COUNT_LIMIT ? { atLeast: COUNT_LIMIT } : n };
}

/** The order a list was asked for, its id last. */
export function order<Row extends object, Scope>(
  list: ListDefinition<Row, Scope>,
  request: Pick<ListRequest, 'sort' | 'direction'>,
): RawBuilder<unknown> {
  const direction = sql.raw(request.direction === 'desc' ? 'desc nulls last' : 'asc nulls last');
  const id = sql`${sql.ref(list.id)} ${direction}`;
  const sorted = list.sortable.find((column) => column === request.sort);
  return sorted && sorted !== list.id ? sql`order by ${sql.ref(sorted)} ${direction}, ${id}` : sql`order by ${id}`;
}

/** Every row that matches, in the order of its id, a batch at a time: exports of any size in bounded memory. */
export async function* streamList<Row extends object, Scope>(
  reader: Reader,
  list: ListDefinition<Row, Scope>,
  request: Pick<ListRequest, 'filters' | 'q'>,
  scope: Scope,
): AsyncGenerator<Row> {
  let last: unknown = null;
  for (;;) {
    const behind = last === null ? sql`` : sql`where ${sql.ref(list.id)} > ${last}`;
    const { rows } = await sql<Row>`select * from (${list.rows(request, scope)}) matching ${behind}
      order by ${sql.ref(list.id)} limit ${STREAM_BATCH}`.execute(reader);
    yield* rows;
    const end = rows.at(-1);
    if (!end || rows.length < STREAM_BATCH) return;
    last = end[list.id];
  }
}

/** Conditions joined by `and`; none at all gives no where. Those that are undefined were not asked for. */
export function where(...conditions: (RawBuilder<unknown> | undefined | false | '')[]): RawBuilder<unknown> {
  const asked = conditions.filter((condition): condition is RawBuilder<unknown> => Boolean(condition));
  return asked.length === 0 ? sql`` : sql`where ${sql.join(asked, sql` and `)}`;
}

/** `like` takes % and _ as wildcards: what a person types is meant literally. */
export function likePrefix(text: string): string {
  return `${text.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
}
export function likeAnywhere(text: string): string {
  return `%${likePrefix(text)}`;
}

/** An id typed into a URL; what is no number matches no row. */
export function idFilter(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : -1;
}
