import { z } from 'zod';
import type { Context } from '../../app/context.ts';
import { type ListDefinition, type ListRequest, readList } from '../../app/queries/list.ts';
import type { Permission } from '../../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../../domain/refusal.ts';
import { type Operation, operation, pageOf, pageQuery, toPage } from './operation.ts';

/** Rows further down than this are for an export or a filter. */
const DEEPEST_ROW = 100_000;

type Camel<S extends string> = S extends `${infer A}_${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;
/** A row of a list as the API writes it: the same values under camelCase names. */
export type CamelRow<Row> = { [K in keyof Row & string as Camel<K>]: Row[K] };

const camel = (name: string): string => name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());

/** Renames the fields of a row; values are not looked into. */
export function camelRow<Row extends object>(row: Row): CamelRow<Row> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [camel(name), value])) as CamelRow<Row>;
}

/** The filters, the order and the search of a list, as texts of a query string. What is misspelt is refused, not ignored. */
export function filterQuery<Row extends object, Scope>(list: ListDefinition<Row, Scope>) {
  const filters = Object.entries(list.filters).map(([name, allowed]) => {
    const value = allowed === 'text' ? z.string().trim().max(200) : z.enum(allowed as [string, ...string[]]);
    return [
      name,
      value.optional().describe(allowed === 'text' ? `Only rows with this ${name}.` : `Only these.`),
    ] as const;
  });
  return z.strictObject({
    q: z.string().max(200).default('').describe('Search text.'),
    ...(Object.fromEntries(filters) as Record<string, z.ZodOptional<z.ZodString>>),
  });
}

/** Query of a list: {@link filterQuery}, the page and the order. */
function listQuery<Row extends object, Scope>(list: ListDefinition<Row, Scope>) {
  const columns = list.sortable.flatMap((column) => [camel(column), `-${camel(column)}`]);
  return filterQuery(list).extend({
    ...pageQuery.shape,
    sort: z
      .enum(columns as [string, ...string[]])
      .default(list.defaultSort.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase()))
      .describe('Order; with - downwards.'),
  });
}

/** What a checked query asks of a list. */
export function filtersOf(
  query: Record<string, unknown>,
  list: { filters: Readonly<Record<string, unknown>> },
): Pick<ListRequest, 'filters' | 'q'> {
  const filters: Record<string, string> = {};
  for (const name of Object.keys(list.filters)) {
    const value = query[name];
    if (typeof value === 'string' && value !== '') filters[name] = value;
  }
  // NUL cannot be text in PostgreSQL: a search for it would fail instead of finding nothing.
  return {
    filters,
    q: String(query.q ?? '')
      .replaceAll('\0', '')
      .trim(),
  };
}

/**
 * The operation that reads a list page by page: the same select, filters and order as the page of the desk.
 * @param scope what the list is about, e.g. the action of the path
 */
export function listOperation<Row extends object, Scope, P extends z.ZodObject | undefined = undefined>(input: {
  list: ListDefinition<Row, Scope>;
  path: `/${string}`;
  params?: P;
  permission: Permission;
  tag: string;
  summary: string;
  description: string;
  /** Fields of a row, in camelCase. */
  row: z.ZodObject<{ [K in keyof CamelRow<Row>]: z.ZodType }>;
  scope: (
    ctx: Context,
    params: P extends z.ZodObject ? z.output<P> : undefined,
  ) => Promise<Scope | Refusal> | Scope | Refusal;
  example?: Operation['example'];
}): Operation {
  const { list, scope, row, ...named } = input;
  const original = new Map(list.sortable.map((column) => [camel(column), column as string]));
  return operation({
    ...named,
    method: 'GET',
    query: listQuery(list),
    answer: pageOf(row as z.ZodObject).extend({ next: z.string().nullable().describe('Path of the next page.') }),
    async run(ctx, { params, query }) {
      const { page, size } = query;
      if (page * size > DEEPEST_ROW) return refuse('list.too-deep', { most: DEEPEST_ROW }, 'page');
      const about = await scope(ctx, params as P extends z.ZodObject ? z.output<P> : undefined);
      if (isRefusal(about)) return about;
      const column = String(query.sort);
      const request: ListRequest = {
        page,
        size,
        sort: original.get(column.replace(/^-/, '')) ?? list.id,
        direction: column.startsWith('-') ? 'desc' : 'asc',
        ...filtersOf(query, list),
      };
      const found = await readList(ctx.db, list, request, about as Scope);
      const answer = toPage(request, { rows: found.rows.map(camelRow), total: found.total });
      const more = found.rows.length === size && page * size < answer.total;
      return { ...answer, next: more ? nextPath(named.path, params, { ...query, page: page + 1 }) : null };
    },
  });
}

function nextPath(path: string, params: unknown, query: Record<string, unknown>): string {
  const filled = path.replace(/:([a-zA-Z]+)/g, (_all, name: string) =>
    encodeURIComponent(String((params as Record<string, unknown> | undefined)?.[name] ?? '')),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') search.set(name, String(value));
  return `/api/v1${filled}?${search}`;
}
