/** Lists: columns that sort, filters, pages, exports, and a word when there is nothing or too much. */
import type { ComponentChildren, VNode } from 'preact';
import { HiddenInput, type Option } from './field.tsx';
import { formatCount } from './figures.ts';
import { Icon } from './icons.tsx';
import { deepestRow, type ListQuery, listLink, pageSizes, sortText } from './list-query.ts';
import { useWords } from './words.ts';

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

export type FilterField =
  | { name: string; label: string; options: readonly Option[]; any?: string }
  | { name: string; label: string; options?: undefined };

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
      {list ? <ListTools {...list} columns={props.columns} /> : null}
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

type ToolsProps<Row> = NonNullable<DataTableProps<Row>['list']> & { columns: readonly Column<Row>[] };

/** Search, filters and exports: one form that works with GET, so that a filtered list is a link. */
function ListTools<Row>({ query, filters = [], search, exports, columns }: ToolsProps<Row>): VNode | null {
  if (filters.length === 0 && !search && !exports) return null;
  const active = Object.keys(query.filters).length + (query.q ? 1 : 0);
  const shown = new Set(filters.map((filter) => filter.name));
  return (
    <div class="ff-tools">
      <form class="ff-filters" action={query.path} method="get" data-submit-on-change="">
        {search ? (
          <div>
            <label for="list-q">{search}</label>
            <input class="form-control" type="search" id="list-q" name="q" value={query.q} />
          </div>
        ) : null}
        {filters.map((filter) => (
          <FilterBox key={filter.name} filter={filter} value={query.filters[filter.name] ?? ''} />
        ))}
        {/* On narrow screens the column headings are gone: sorting is chosen here instead. */}
        <div class="ff-only-narrow">
          <label for="list-sort">Sort by</label>
          <select class="form-select" id="list-sort" name="sort">
            {columns
              .filter((column) => column.sortable)
              .flatMap((column) => [
                { value: column.key, label: `${column.title}, upwards` },
                { value: `-${column.key}`, label: `${column.title}, downwards` },
              ])
              .map((option) => (
                <option key={option.value} value={option.value} selected={option.value === sortText(query)}>
                  {option.label}
                </option>
              ))}
          </select>
        </div>
        <HiddenInput name="size" value={query.size} />
        {/* Filters that came with a link but have no box here stay in force. */}
        {Object.entries(query.filters)
          .filter(([name]) => !shown.has(name))
          .map(([name, value]) => (
            <HiddenInput key={name} name={name} value={value} />
          ))}
        {search || filters.length > 0 ? (
          <button class="btn ff-btn-secondary" type="submit">
            {search ? 'Search' : 'Filter'}
          </button>
        ) : null}
        {active > 0 ? (
          <a class="ff-clear" href={listLink({ ...query, filters: {}, q: '', page: 1 })}>
            Clear
          </a>
        ) : null}
      </form>
      {exports ? (
        <p class="ff-exports">
          <Icon name="download" />
          <a href={listLink(query, { format: 'csv' })}>CSV</a>
          <a href={listLink(query, { format: 'xlsx' })}>XLSX</a>
        </p>
      ) : null}
    </div>
  );
}

function FilterBox({ filter, value }: { filter: FilterField; value: string }): VNode {
  const id = `filter-${filter.name}`;
  return (
    <div>
      <label for={id}>{filter.label}</label>
      {filter.options ? (
        <select class="form-select" id={id} name={filter.name}>
          <option value="">{filter.any ?? 'Any'}</option>
          {filter.options.map((option) => (
            <option key={option.value} value={option.value} selected={option.value === value}>
              {option.label}
            </option>
          ))}
        </select>
      ) : (
        <input class="form-control" type="text" id={id} name={filter.name} value={value} />
      )}
    </div>
  );
}

type PagesProps = { query: ListQuery; total: number | { atLeast: number }; shown: number };

/** `1–50 of 1,813` and the way through the pages. */
export function Pages({ query, total, shown }: PagesProps): VNode {
  const { t } = useWords();
  const say = (count: number) => formatCount(count, t.language);
  const known = typeof total === 'number' ? total : total.atLeast;
  const first = (query.page - 1) * query.size + 1;
  const end = first + shown - 1;
  const last = Math.ceil(known / query.size);
  const reachable = Math.min(last, Math.floor(deepestRow / query.size));
  const open = typeof total !== 'number';
  const more = open ? shown === query.size : query.page < last;
  const range = `${say(first)}–${say(end)}`;
  return (
    <nav class="ff-pages" aria-label="Pages">
      <p>
        {range} of {open ? 'more than ' : ''}
        {say(known)}
      </p>
      <ul>
        <PageLink
          href={query.page > 1 ? listLink(query, { page: 1 }) : undefined}
          icon="chevrons-left"
          label="First page"
        />
        <PageLink
          href={query.page > 1 ? listLink(query, { page: query.page - 1 }) : undefined}
          icon="chevron-left"
          label="Previous page"
        />
        <PageLink
          href={
            more && query.page < Math.floor(deepestRow / query.size)
              ? listLink(query, { page: query.page + 1 })
              : undefined
          }
          icon="chevron-right"
          label="Next page"
        />
        {open || last > reachable ? null : (
          <PageLink
            href={query.page < last ? listLink(query, { page: last }) : undefined}
            icon="chevrons-right"
            label="Last page"
          />
        )}
      </ul>
      <p class="ff-sizes">
        Rows
        {pageSizes.map((size) =>
          size === query.size ? (
            <strong key={size} aria-current="true">
              {size}
            </strong>
          ) : (
            <a key={size} href={listLink(query, { size })}>
              {size}
            </a>
          ),
        )}
      </p>
      {known > deepestRow ? (
        <p class="ff-too-many">
          Only the first {say(deepestRow)} rows can be paged through. Filter, or export the whole list.
        </p>
      ) : null}
    </nav>
  );
}

/** A page that does not exist stays in its place as words that are no link, so that buttons do not jump. */
function PageLink({ href, icon, label }: { href: string | undefined; icon: string; label: string }): VNode {
  return (
    <li>
      {href ? (
        <a class="ff-page" href={href}>
          <Icon name={icon} label={label} />
        </a>
      ) : (
        <span class="ff-page ff-page-off" aria-hidden="true">
          <Icon name={icon} />
        </span>
      )}
    </li>
  );
}
