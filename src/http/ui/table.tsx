/** Lists: columns that sort, filters, pages, exports, and a word when there is nothing or too much. */
import type { ComponentChildren, VNode } from 'preact';
import { Icon } from './icons.tsx';
import { Pages } from './list-pages.tsx';
import { type ListQuery, listLink } from './list-query.ts';
import { type FilterField, ListTools } from './list-tools.tsx';

export type { FilterField } from './list-tools.tsx';

export type Column<Row> = {
  /** Key of the column; also what it is sorted by. */
  key: string;
  title: string;
  cell: (row: Row) => ComponentChildren;
  sortable?: boolean;
  /** `number` stands right with figures of one width. */
  align?: 'start' | 'number';
  /** The cell that names the row: read out with every other cell. One a table, usually the first. */
  rowHeader?: boolean;
  /** Never broken over lines, e.g. serial numbers and dates. */
  nowrap?: boolean;
};

export type DataTableProps<Row> = {
  /** What the table holds, e.g. `Units of this action`. Read out first; shown only with `captionShown`. */
  caption: string;
  captionShown?: boolean;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string | number;
  /** Where a row leads: its row header becomes the link. */
  rowHref?: (row: Row) => string | undefined;
  /** How an empty list gets filled, and a link that does it. */
  empty: { title: string; text: ComponentChildren; action?: ComponentChildren };
  /** Without it the table is shown whole: no sorting, filters or pages. */
  list?: {
    query: ListQuery;
    /** All rows that match. `atLeast` when counting on would cost too much. */
    total: number | { atLeast: number };
    filters?: readonly FilterField[];
    /** Label of the free text search; without it there is none. */
    search?: string;
    /** Offers the list as CSV and XLSX. */
    exports?: boolean;
  };
};

/** A list or a plain table. */
export function DataTable<Row>(props: DataTableProps<Row>): VNode {
  const { list, rows, empty } = props;
  const filtered = list ? list.query.q !== '' || Object.keys(list.query.filters).length > 0 : false;
  return (
    <div class="ff-list">
      {list ? <ListTools {...list} sortable={props.columns.filter((column) => column.sortable)} /> : null}
      {rows.length > 0 ? (
        <Rows {...props} />
      ) : filtered && list ? (
        <Nothing title="Nothing matches" text="No row fits this search and these filters.">
          <a class="btn ff-btn-secondary" href={list.query.path}>
            Show all
          </a>
        </Nothing>
      ) : (
        <Nothing title={empty.title} text={empty.text}>
          {empty.action}
        </Nothing>
      )}
      {list && rows.length > 0 ? <Pages query={list.query} total={list.total} shown={rows.length} /> : null}
    </div>
  );
}

function Nothing({
  title,
  text,
  children,
}: {
  title: string;
  text: ComponentChildren;
  children?: ComponentChildren;
}): VNode {
  return (
    <div class="ff-empty">
      <p class="ff-empty-title">{title}</p>
      <p>{text}</p>
      {children}
    </div>
  );
}

// Roles said in words: on narrow screens rows become cards, and browsers then forget that it is a table.
const asTable = { role: 'table' } as const;
const asRow = { role: 'row' } as const;
const asHeading = { role: 'columnheader' } as const;
const asRowHeading = { role: 'rowheader' } as const;
const asCell = { role: 'cell' } as const;

function Rows<Row>({ caption, captionShown, columns, rows, rowKey, rowHref, list }: DataTableProps<Row>): VNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class="ff-table-frame" aria-label={caption} tabIndex={0}>
      <table class="ff-table" {...asTable}>
        <caption class={captionShown ? undefined : 'visually-hidden'}>{caption}</caption>
        <thead>
          <tr {...asRow}>
            {columns.map((column) => (
              <Heading key={column.key} column={column} query={list?.query} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} {...asRow}>
              {columns.map((column) => (
                <Cell key={column.key} column={column} row={row} href={column.rowHeader ? rowHref?.(row) : undefined} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function cellClass<Row>(column: Column<Row>): string | undefined {
  const names = [column.align === 'number' ? 'ff-number' : '', column.nowrap ? 'ff-nowrap' : ''].filter(Boolean);
  return names.length > 0 ? names.join(' ') : undefined;
}

function Heading<Row>({ column, query }: { column: Column<Row>; query: ListQuery | undefined }): VNode {
  if (!column.sortable || !query) {
    return (
      <th scope="col" {...asHeading} class={cellClass(column)}>
        {column.title}
      </th>
    );
  }
  const active = query.sort === column.key;
  const next = active && query.direction === 'asc' ? `-${column.key}` : column.key;
  const order = query.direction === 'asc' ? 'ascending' : 'descending';
  return (
    <th scope="col" {...asHeading} class={cellClass(column)} aria-sort={active ? order : 'none'}>
      <a href={listLink(query, { sort: next })}>
        {column.title}
        <Icon name={active ? (query.direction === 'asc' ? 'arrow-up' : 'arrow-down') : 'arrows-sort'} />
      </a>
    </th>
  );
}

function Cell<Row>({ column, row, href }: { column: Column<Row>; row: Row; href: string | undefined }): VNode {
  const content = column.cell(row);
  const inside = href ? <a href={href}>{content}</a> : content;
  return column.rowHeader ? (
    <th scope="row" {...asRowHeading} class={cellClass(column)}>
      {inside}
    </th>
  ) : (
    <td {...asCell} class={cellClass(column)} data-label={column.title}>
      {inside}
    </td>
  );
}
