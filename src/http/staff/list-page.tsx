import type { ComponentChildren } from 'preact';
import type { Context } from '../../app/context.ts';
import { type ListDefinition, type ListPage, readList, streamList } from '../../app/queries/list.ts';
import { forbid } from '../../domain/permission.ts';
import type { TableFormat } from '../../domain/table-format.ts';
import type { C } from '../context.ts';
import { tableAnswer } from '../file-answer.ts';
import { answerRefusal } from '../refusal.tsx';
import { DeskPage, type DeskPageProps } from '../ui/layout.tsx';
import { exportFormat, type ListQuery, type ListSpec, parseListQuery } from '../ui/list-query.ts';
import { html } from '../ui/page.tsx';
import { type Column, DataTable, type FilterField } from '../ui/table.tsx';
import { shellOf } from './shell.ts';

export type ListPageProps<Row extends object, Scope> = Omit<DeskPageProps, 'shell' | 'children'> & {
  list: ListDefinition<Row, Scope>;
  scope: Scope;
  /** The page of the URL, where it was read already. */
  page?: ListPage<Row>;
  /** Read out first: what the table holds. */
  caption: string;
  columns: readonly Column<Row>[];
  rowHref?: (row: Row) => string | undefined;
  empty: { title: string; text: ComponentChildren; action?: ComponentChildren };
  search?: string;
  filters?: readonly FilterField[];
  /** Filters in force when the URL names none, e.g. only open tasks. */
  preset?: Readonly<Record<string, string>>;
  /** Of a page that shows a refused form; else 200. */
  status?: 422;
  above?: ComponentChildren;
  /** Below the list; or made of the rows that are shown. */
  below?: ComponentChildren | ((shown: Shown<Row>) => ComponentChildren);
};

/** The rows of a list's page, with what was asked for and how many there are in all. */
export type Shown<Row> = { query: ListQuery; rows: readonly Row[]; total: number | { atLeast: number } };

/** Of lists whose rows somebody takes on. */
export const ownerFilter: FilterField = {
  name: 'owner',
  label: 'Owner',
  options: [
    { value: 'me', label: 'Me' },
    { value: 'nobody', label: 'Nobody' },
    { value: 'somebody', label: 'Somebody' },
  ],
};

/** The spec that reads a list's URL, made from the list's own definition. */
export function specOf<Row extends object, Scope>(list: ListDefinition<Row, Scope>): ListSpec {
  return { sortable: list.sortable, filters: list.filters, defaultSort: list.defaultSort };
}

/** A list as a page, or as the CSV or XLSX file it was asked for as: the same rows either way. */
export async function listPage<Row extends object, Scope>(c: C, props: ListPageProps<Row, Scope>): Promise<Response> {
  const { list, scope } = props;
  const ctx = c.get('ctx');
  const query = parseListQuery(c.req.url, specOf(list));
  const format = exportFormat(c.req.url);
  if (format) {
    const no = forbid(ctx.actor, 'export');
    if (no) return answerRefusal(c, no);
    return exportList(ctx, list, query, scope, format);
  }
  const asked = new URL(c.req.url).search;
  const request = props.preset && asked === '' ? { ...query, filters: props.preset } : query;
  const page = props.page ?? (await readList(ctx.db, list, request, scope));
  const id = list.id;
  return html(
    c,
    <DeskPage {...props} shell={await shellOf(c)}>
      {props.above}
      <DataTable
        caption={props.caption}
        columns={props.columns}
        rows={page.rows}
        rowKey={(row) => String(row[id])}
        {...(props.rowHref ? { rowHref: props.rowHref } : {})}
        empty={props.empty}
        list={{
          query: request,
          total: page.total,
          filters: props.filters ?? [],
          exports: true,
          ...(props.search ? { search: props.search } : {}),
        }}
      />
      {typeof props.below === 'function' ? props.below({ query: request, ...page }) : props.below}
    </DeskPage>,
    props.status,
  );
}

/** A whole list as a file, streamed: `corrections 2022-05-11.csv`. */
export function exportList<Row extends object, Scope>(
  ctx: Context,
  list: ListDefinition<Row, Scope>,
  request: { filters: Readonly<Record<string, string>>; q: string },
  scope: Scope,
  format: TableFormat,
): Response {
  const rows = streamList(ctx.db, list, request, scope);
  const columns = list.columns.map((column) => ({ heading: column.title, value: column.value }));
  const bytes = format === 'csv' ? ctx.tables.csv(rows, columns) : ctx.tables.xlsx(rows, columns);
  return tableAnswer(bytes, `${list.name} ${ctx.now().toISOString().slice(0, 10)}`, format);
}
