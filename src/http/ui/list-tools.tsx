/** Search, filters and exports above a list. */
import type { VNode } from 'preact';
import { HiddenInput, type Option } from './field.tsx';
import { Icon } from './icons.tsx';
import { type ListQuery, listLink, sortText } from './list-query.ts';

export type FilterField =
  | { name: string; label: string; options: readonly Option[]; any?: string }
  | { name: string; label: string; options?: undefined };

export type ListToolsProps = {
  query: ListQuery;
  filters?: readonly FilterField[];
  /** Label of the free text search; without it there is none. */
  search?: string;
  /** Offers the list as CSV and XLSX. */
  exports?: boolean;
  /** Columns it can be sorted by. */
  sortable: readonly { key: string; title: string }[];
};

/** Search, filters and exports: one form that works with GET, so that a filtered list is a link. */
export function ListTools({ query, filters = [], search, exports, sortable }: ListToolsProps): VNode | null {
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
            {sortable
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
