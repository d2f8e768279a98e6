/** What a list page was asked for: page, order, filters, search. Read from the URL, checked, and written back into links. */

import type { TableFormat } from '../../domain/table-format.ts';

export type ListQuery = {
  /** Path of the list, for links. */
  path: string;
  /** 1-based. */
  page: number;
  /** Rows a page: 25, 50, 100 or 200. */
  size: number;
  /** Key of a sortable column. */
  sort: string;
  direction: 'asc' | 'desc';
  /** Only filters with a value. */
  filters: Readonly<Record<string, string>>;
  /** Free text, trimmed; '' for none. */
  q: string;
};

export type ListSpec = {
  /** Keys of columns that can be sorted by. */
  sortable: readonly string[];
  /**
   * Names of the filters; with a list of values only those are taken, with `text` any short text.
   */
  filters?: Readonly<Record<string, readonly string[] | 'text'>>;
  /** Column to sort by at first; with `-` in front downwards, e.g. `-sent`. */
  defaultSort: string;
  defaultSize?: PageSize;
};

export const pageSizes = [25, 50, 100, 200] as const;
export type PageSize = (typeof pageSizes)[number];

/** Paging further than this makes the database count rows nobody reads: the list then asks for a filter. */
export const deepestRow = 100_000;
const longestText = 200;

/**
 * Reads a list's query. What is not understood is left out, so a link from an older release still opens a list.
 * @param url the request's URL, whole or only path and query
 */
export function parseListQuery(url: string | URL, spec: ListSpec): ListQuery {
  const { pathname, searchParams } = new URL(url, 'http://fieldfix.invalid');
  const asked = Number(searchParams.get('size'));
  const size = pageSizes.find((one) => one === asked) ?? spec.defaultSize ?? 50;
  const page = Math.trunc(Number(searchParams.get('page') ?? '1'));
  const { sort, direction } =
    readSort(searchParams.get('sort'), spec) ?? readSort(spec.defaultSort, spec) ?? unsorted(spec);
  const filters: Record<string, string> = {};
  for (const [name, allowed] of Object.entries(spec.filters ?? {})) {
    const value = (searchParams.get(name) ?? '').trim().slice(0, longestText);
    if (value !== '' && (allowed === 'text' || allowed.includes(value))) filters[name] = value;
  }
  return {
    path: pathname,
    page: page >= 1 && page <= Math.ceil(deepestRow / size) ? page : 1,
    size,
    sort,
    direction,
    filters,
    // NUL cannot be stored as text in PostgreSQL: a search for it would fail instead of finding nothing.
    q: (searchParams.get('q') ?? '').replaceAll('\0', '').trim().slice(0, longestText),
  };
}

function readSort(text: string | null, spec: ListSpec): { sort: string; direction: 'asc' | 'desc' } | undefined {
  if (!text) return undefined;
  const sort = text.replace(/^-/, '');
  return spec.sortable.includes(sort) ? { sort, direction: text.startsWith('-') ? 'desc' : 'asc' } : undefined;
}

function unsorted(spec: ListSpec): { sort: string; direction: 'asc' | 'desc' } {
  throw new Error(`defaultSort "${spec.defaultSort}" is not among the sortable columns ${spec.sortable.join(', ')}`);
}

/** The query as `sort=` writes it: `name` or `-name`. */
export function sortText(query: Pick<ListQuery, 'sort' | 'direction'>): string {
  return query.direction === 'desc' ? `-${query.sort}` : query.sort;
}

export type ListChange = {
  page?: number;
  size?: number;
  /** `name` or `-name`. */
  sort?: string;
  q?: string;
  /** Merged into the filters; '' takes one away. */
  filters?: Record<string, string>;
  format?: TableFormat;
};

/** A link to the same list with something changed. Any change but paging goes back to the first page. */
export function listLink(query: ListQuery, change: ListChange = {}): string {
  const params = new URLSearchParams();
  const q = change.q ?? query.q;
  if (q) params.set('q', q);
  for (const [name, value] of Object.entries({ ...query.filters, ...change.filters }))
    if (value) params.set(name, value);
  params.set('sort', change.sort ?? sortText(query));
  params.set('size', String(change.size ?? query.size));
  const onlyPaging = Object.keys(change).every((key) => key === 'page' || key === 'format');
  const page = change.page ?? (onlyPaging && !change.format ? query.page : 1);
  if (page > 1) params.set('page', String(page));
  if (change.format) params.set('format', change.format);
  return `${query.path}?${params}`;
}

/** Which file the list was asked for as, or undefined for the page. */
export function exportFormat(url: string | URL): TableFormat | undefined {
  const format = new URL(url, 'http://fieldfix.invalid').searchParams.get('format');
  return format === 'csv' || format === 'xlsx' ? format : undefined;
}
