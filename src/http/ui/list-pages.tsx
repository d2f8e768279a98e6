/** The way through the pages of a list. */
import type { VNode } from 'preact';
import { formatCount } from './figures.ts';
import { Icon } from './icons.tsx';
import { deepestRow, type ListQuery, listLink, pageSizes } from './list-query.ts';
import { useWords } from './words.ts';

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
