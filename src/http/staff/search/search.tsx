import { type Found, search } from '../../../app/queries/search.ts';
import type { C } from '../../context.ts';
import { seeOther } from '../../context.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { EmptyState } from '../../ui/parts.tsx';
import { DataTable } from '../../ui/table.tsx';
import { shellOf } from '../shell.ts';

const places: Record<Found['kind'], (found: Found) => string> = {
  unit: (found) => `/units/${found.open_id}`,
  party: (found) => `/parties/${found.open_id}`,
  contact: (found) => `/parties/${found.open_id}`,
  site: (found) => `/parties/${found.open_id}`,
  product: (found) => `/products/${found.open_id}`,
  action: (found) => `/actions/${found.open_id}`,
};
const kindWords: Record<Found['kind'], string> = {
  unit: 'Unit',
  party: 'Party',
  contact: 'Contact',
  site: 'Site',
  product: 'Product',
  action: 'Action',
};

/** GET /search?q=: one hit opens at once, several are listed. */
export async function showSearch(c: C): Promise<Response> {
  const q = (c.req.query('q') ?? '').replaceAll('\0', '').trim().slice(0, 200);
  const found = await search(c.get('ctx').db, q);
  const only = found[0];
  if (only && found.length === 1) return seeOther(c, places[only.kind](only));
  return html(
    c,
    <DeskPage shell={await shellOf(c)} title={q === '' ? 'Search' : `Search: ${q}`}>
      {q.length < 2 ? (
        <EmptyState title="What are you looking for?">
          Type a serial number, a UDI or catalogue number, a party, a mail address or an action's reference in the box
          at the top.
        </EmptyState>
      ) : (
        <DataTable
          caption="Found"
          columns={[
            { key: 'title', title: 'What', cell: (row) => row.title, rowHeader: true },
            { key: 'kind', title: 'Kind', cell: (row) => kindWords[row.kind] },
            { key: 'detail', title: 'Where', cell: (row) => row.detail },
          ]}
          rows={found}
          rowKey={(row) => `${row.kind}-${row.id}`}
          rowHref={(row) => places[row.kind](row)}
          empty={{
            title: 'Nothing found',
            text: 'Serial numbers and mail addresses are found by their beginning, names by any part.',
          }}
        />
      )}
    </DeskPage>,
  );
}
