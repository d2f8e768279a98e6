import { importList } from '../../../app/queries/imports.ts';
import type { C } from '../../context.ts';
import { LinkButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { StateBadge } from '../../ui/state.tsx';
import { Moment } from '../../ui/time.tsx';
import { listPage } from '../list-page.tsx';
import { capital } from '../words.ts';
import { kindWords } from './words.ts';

const newImport = (
  <LinkButton href="/imports/new" tone="primary" icon="upload">
    Import a file
  </LinkButton>
);

/** GET /imports */
export async function showImports(c: C): Promise<Response> {
  return listPage(c, {
    list: importList,
    scope: undefined,
    title: 'Imports',
    lede: 'Files from your ERP system: checked row by row, looked at by a person, then applied all at once.',
    caption: 'Imports',
    actions: newImport,
    columns: [
      { key: 'file', title: 'File', cell: (row) => row.file, sortable: true, rowHeader: true },
      { key: 'id', title: 'Number', cell: (row) => row.id, sortable: true },
      { key: 'kind', title: 'Kind', cell: (row) => kindWords[row.kind].many, sortable: true },
      { key: 'state', title: 'State', cell: (row) => <StateBadge kind="import" state={row.state} />, sortable: true },
      { key: 'rows_seen', title: 'Rows', align: 'number', cell: (row) => formatCount(row.rows_seen), sortable: true },
      { key: 'new', title: 'New', align: 'number', cell: (row) => formatCount(row.rows_created) },
      { key: 'changed', title: 'Changed', align: 'number', cell: (row) => formatCount(row.rows_changed) },
      { key: 'rejected', title: 'Rejected', align: 'number', cell: (row) => formatCount(row.rows_rejected) },
      { key: 'by', title: 'By', cell: (row) => row.made_by },
      { key: 'created_at', title: 'Uploaded', cell: (row) => <Moment at={row.created_at} />, sortable: true },
    ],
    rowHref: (row) => `/imports/${row.id}`,
    search: 'Name of the file',
    filters: [
      {
        name: 'kind',
        label: 'Kind',
        options: Object.entries(kindWords).map(([value, words]) => ({ value, label: words.many })),
      },
      {
        name: 'state',
        label: 'State',
        options: (importList.filters.state as readonly string[]).map((value) => ({ value, label: capital(value) })),
      },
    ],
    empty: {
      title: 'Nothing was imported yet',
      text: 'Begin with products and parties; sites, contacts and units refer to them.',
      action: newImport,
    },
  });
}
