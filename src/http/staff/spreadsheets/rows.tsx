import type { VNode } from 'preact';
import { type SheetListRow, sheetRowList } from '../../../app/queries/spreadsheets.ts';
import { takeSheet } from '../../../app/spreadsheets.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { wordSheetFinding } from '../../../domain/spreadsheet-findings.ts';
import { type C, idParam } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import { translator } from '../../translate.ts';
import { formatCount } from '../../ui/figures.ts';
import { Identifier } from '../../ui/parts.tsx';
import { Badge } from '../../ui/state.tsx';
import { Day } from '../../ui/time.tsx';
import { listPage } from '../list-page.tsx';
import { meaningWords, verdictWords } from './words.ts';

const say = translator('en');

/** GET /spreadsheets/:id/rows: the dry run row by row; as CSV or XLSX with the list's own columns. */
export async function showSheetRows(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const id = idParam(c, 'id') ?? 0;
  const sheet = await takeSheet(ctx, id);
  if (isRefusal(sheet)) return answerRefusal(c, sheet, '/spreadsheets');
  const party = c.req.query('party') ?? '';
  const partyId = /^\d{1,15}$/.test(party) ? Number(party) : undefined;
  return listPage(c, {
    list: { ...sheetRowList(sheet.found.header, say), name: `list ${id} rows` },
    scope: { id, partyId },
    title: sheet.state === 'applied' ? 'What each row came to' : 'What each row would do',
    lede: `${formatCount(sheet.rows_seen)} rows of ${sheet.name}. Row numbers are those of the spreadsheet.`,
    crumbs: [
      { href: `/actions/${sheet.action_id}/spreadsheets`, label: 'Answers by spreadsheet' },
      { href: `/spreadsheets/${id}`, label: sheet.name },
    ],
    caption: 'Rows of the list',
    columns: [
      { key: 'row', title: 'Row', align: 'number', cell: (row) => row.row, sortable: true },
      {
        key: 'label',
        title: 'Device',
        cell: (row) =>
          row.unit_id === null ? (
            <Identifier>{row.label || '(empty)'}</Identifier>
          ) : (
            <a href={`/units/${row.unit_id}`}>
              <Identifier>{row.label}</Identifier>
            </a>
          ),
        sortable: true,
        rowHeader: true,
        nowrap: true,
      },
      { key: 'party', title: 'Party', cell: (row) => row.party ?? 'not known', sortable: true },
      { key: 'says', title: 'It says', cell: (row) => <Says row={row} /> },
      { key: 'verdict', title: 'Comes to', cell: (row) => <Verdict row={row} /> },
      { key: 'why', title: 'Why', cell: (row) => <Findings row={row} /> },
      { key: 'cells', title: 'The row', cell: (row) => shorten(row.cells.filter((cell) => cell !== '').join(' · ')) },
    ],
    search: 'Device or text of the row',
    filters: [
      {
        name: 'only',
        label: 'Show',
        options: [
          { value: 'refused', label: 'Errors only' },
          { value: 'warned', label: 'Rows to look at' },
          { value: 'ready', label: 'New' },
          { value: 'same', label: 'Known already' },
          { value: 'nothing', label: 'Says nothing' },
        ],
      },
    ],
    empty: { title: 'No such row', text: 'No row of this list fits.' },
  });
}

function Says({ row }: { row: SheetListRow }): VNode {
  return (
    <>
      {row.statements.map((one) => (
        <div key={one.correctionId}>
          {`${one.mode}: ${meaningWords[one.meaning].toLowerCase()}`}
          {one.date === '' ? null : (
            <>
              , <Day value={one.date} />
            </>
          )}
        </div>
      ))}
    </>
  );
}

function Verdict({ row }: { row: SheetListRow }): VNode {
  const { word, tone } = verdictWords[row.verdict];
  return (
    <>
      <Badge tone={tone}>{word}</Badge>
      {row.warned && row.verdict !== 'refused' ? <Badge tone="amber">look</Badge> : null}
      {row.reply_id === null ? null : (
        <>
          {' '}
          <a href={`/replies/${row.reply_id}`}>Reply {row.reply_id}</a>
        </>
      )}
    </>
  );
}

function Findings({ row }: { row: SheetListRow }): VNode {
  return (
    <ul class="list-unstyled mb-0">
      {row.findings.map((one, index) => (
        <li key={index}>
          {one.column ? <strong>{one.column}: </strong> : null}
          {wordSheetFinding(one, say)}
        </li>
      ))}
    </ul>
  );
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
