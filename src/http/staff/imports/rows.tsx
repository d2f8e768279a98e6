import type { VNode } from 'preact';
import {
  type ChangeRow,
  changeList,
  fieldWord,
  type RejectRow,
  readImportDetail,
  rejectList,
  valueText,
} from '../../../app/queries/imports.ts';
import { describeFinding } from '../../../domain/import.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, idParam } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import { LinkButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { Badge } from '../../ui/state.tsx';
import { listPage } from '../list-page.tsx';
import { kindWords } from './words.ts';

function crumbs(id: number, file: string) {
  return [
    { href: '/imports', label: 'Imports' },
    { href: `/imports/${id}`, label: file },
  ];
}

/** GET /imports/:id/rejected: each refused row as the spreadsheet numbers it; as CSV or XLSX with the file's own columns. */
export async function showRejected(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const detail = await readImportDetail(c.get('ctx').db, id);
  if (!detail) return answerRefusal(c, refuse('import.unknown', { id }), '/imports');
  const list = { ...rejectList(detail.found.header), name: `import ${id} rejected rows` };
  return listPage(c, {
    list,
    scope: id,
    title: 'Refused rows',
    lede: `${formatCount(detail.rows_rejected)} rows of ${detail.file}. Row numbers are those of the spreadsheet.`,
    crumbs: crumbs(id, detail.file),
    caption: 'Refused rows',
    actions: (
      <LinkButton href={`/imports/new?kind=${detail.kind}`} icon="upload">
        Upload the mended file
      </LinkButton>
    ),
    columns: [
      { key: 'row', title: 'Row', align: 'number', cell: (row) => row.row, sortable: true, rowHeader: true },
      { key: 'why', title: 'What is wrong', cell: (row) => <Findings row={row} /> },
      { key: 'cells', title: 'The row', cell: (row) => shorten(row.cells.filter((cell) => cell !== '').join(' · ')) },
    ],
    search: 'Text of the row',
    empty: { title: 'No row was refused', text: 'Every row of this file is valid.' },
  });
}

function Findings({ row }: { row: RejectRow }): VNode {
  return (
    <ul class="list-unstyled mb-0">
      {row.findings.map((one) => {
        const { reason, mend } = describeFinding(one);
        return (
          <li key={`${one.column} ${one.code}`}>
            {one.heading ? <strong>{one.heading}: </strong> : null}
            {reason} <em>{mend}</em>
          </li>
        );
      })}
    </ul>
  );
}

function shorten(text: string): string {
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}

/** GET /imports/:id/changes */
export async function showChanges(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const detail = await readImportDetail(c.get('ctx').db, id);
  if (!detail) return answerRefusal(c, refuse('import.unknown', { id }), '/imports');
  const { one, many } = kindWords[detail.kind];
  return listPage(c, {
    list: { ...changeList, name: `import ${id} changes` },
    scope: id,
    title: 'What it changes',
    lede: `Every ${one} that changes, field by field, and the first ${many.toLowerCase()} that are new.`,
    crumbs: crumbs(id, detail.file),
    caption: 'Changes',
    columns: [
      { key: 'row', title: 'Row', align: 'number', cell: (row) => row.row, sortable: true },
      { key: 'label', title: 'Which', cell: (row) => row.label, sortable: true, rowHeader: true },
      {
        key: 'verdict',
        title: 'What',
        cell: (row) => (row.verdict === 'create' ? <Badge tone="teal">new</Badge> : <Badge tone="blue">changed</Badge>),
      },
      { key: 'fields', title: 'Fields', cell: (row) => <FieldChanges row={row} /> },
    ],
    rowHref: (row) => hrefOf(row),
    search: 'Name or number',
    filters: [
      {
        name: 'verdict',
        label: 'What',
        options: [
          { value: 'create', label: 'New' },
          { value: 'change', label: 'Changed' },
        ],
      },
    ],
    empty: { title: 'Nothing changes', text: 'No row of this file changes anything, or creates anything new.' },
  });
}

function hrefOf(row: ChangeRow): string | undefined {
  if (row.subject === 'unit' && row.subject_id !== null) return `/units/${row.subject_id}`;
  if (row.subject === 'product' && row.subject_id !== null) return `/products/${row.subject_id}`;
  return row.party_id === null ? undefined : `/parties/${row.party_id}`;
}

function FieldChanges({ row }: { row: ChangeRow }): VNode {
  return (
    <ul class="list-unstyled mb-0">
      {Object.entries(row.after).map(([name, value]) => (
        <li key={name}>
          {fieldWord(name)}: {row.verdict === 'change' ? <del>{valueText(row.before[name])}</del> : null}{' '}
          {row.verdict === 'change' ? <ins>{valueText(value)}</ins> : valueText(value)}
        </li>
      ))}
    </ul>
  );
}
