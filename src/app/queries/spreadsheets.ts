import { sql } from 'kysely';
import type { SheetVerdict, SpreadsheetState, SpreadsheetWay } from '../../db/schema-spreadsheets.ts';
import type { Say } from '../../domain/message.ts';
import { type SheetFinding, wordSheetFinding } from '../../domain/spreadsheet-findings.ts';
import type { SheetStatement } from '../../domain/spreadsheet-judge.ts';
import type { Reader } from '../context.ts';
import { unitsToAnswerFor } from '../mandates.ts';
import { idFilter, type ListDefinition, likeAnywhere, where } from './list.ts';

export interface SpreadsheetListRow {
  id: number;
  action_id: number;
  reference: string;
  party_id: number;
  party: string;
  country: string;
  name: string;
  state: SpreadsheetState;
  came_by: SpreadsheetWay;
  received_at: Date;
  rows_seen: number;
  rows_ready: number;
  rows_refused: number;
  replies: number;
  handed_in_by: string;
}

const states = ['mapping', 'checking', 'checked', 'applying', 'applied', 'failed', 'discarded'] as const;

/** Lists that were sent as answers; of one action where the scope names it. */
export const spreadsheetList: ListDefinition<SpreadsheetListRow, { actionId?: number } | undefined> = {
  name: 'answers by spreadsheet',
  rows: ({ filters, q }, scope) => sql<SpreadsheetListRow>`
    select s.id, s.action_id, a.reference, s.party_id, p.name as party, p.country, f.name, s.state, s.came_by, s.received_at,
        s.rows_seen, s.rows_ready, s.rows_refused, s.handed_in_by,
        (select count(*)::int from spreadsheet_answer w where w.spreadsheet_id = s.id and w.reply_id is not null) as replies
      from spreadsheet s join file f on f.id = s.file_id join party p on p.id = s.party_id join action a on a.id = s.action_id
    ${where(
      scope?.actionId !== undefined && sql`s.action_id = ${scope.actionId}`,
      filters.state === 'waiting' && sql`s.state in ('mapping', 'checked', 'failed')`,
      filters.state && filters.state !== 'waiting' && sql`s.state = ${filters.state}`,
      filters.way && sql`s.came_by = ${filters.way}`,
      filters.party && sql`s.party_id = ${idFilter(filters.party)}`,
      q !== '' &&
        sql`(lower(p.name) like ${likeAnywhere(q.toLowerCase())} or lower(f.name) like ${likeAnywhere(q.toLowerCase())})`,
    )}`,
  sortable: ['id', 'received_at', 'party', 'name', 'state', 'rows_seen', 'rows_refused'],
  defaultSort: '-received_at',
  id: 'id',
  filters: { state: ['waiting', ...states], way: ['upload', 'portal', 'mail', 'api'], party: 'text' },
  columns: [
    { title: 'Number', value: (row) => row.id },
    { title: 'Action', value: (row) => row.reference },
    { title: 'Sender', value: (row) => row.party },
    { title: 'Country', value: (row) => row.country },
    { title: 'File', value: (row) => row.name },
    { title: 'State', value: (row) => row.state },
    { title: 'Received', value: (row) => row.received_at.toISOString() },
    { title: 'Handed in by', value: (row) => row.handed_in_by },
    { title: 'Rows', value: (row) => row.rows_seen },
    { title: 'New', value: (row) => row.rows_ready },
    { title: 'Refused', value: (row) => row.rows_refused },
    { title: 'Replies', value: (row) => row.replies },
  ],
};

export interface SheetListRow {
  row: number;
  cells: string[];
  verdict: SheetVerdict;
  warned: boolean;
  label: string;
  unit_id: number | null;
  party_id: number | null;
  party: string | null;
  statements: SheetStatement[];
  findings: SheetFinding[];
  reply_id: number | null;
}

/** The rows of one list with what each would do, or did. */
export function sheetRowList(
  header: readonly string[],
  say: Say & { readonly language: string },
): ListDefinition<SheetListRow, { id: number; partyId?: number | undefined }> {
  return {
    name: 'rows of a list',
    rows: ({ filters, q }, { id, partyId }) => sql<SheetListRow>`
      select r.row, r.cells, r.verdict, r.warned, r.label, r.unit_id, r.party_id, p.name as party, r.statements, r.findings,
          case when r.verdict in ('ready', 'same') then w.reply_id end as reply_id
        from spreadsheet_row r left join party p on p.id = r.party_id
        left join spreadsheet_answer w on w.spreadsheet_id = r.spreadsheet_id and w.party_id = r.party_id
      ${where(
        sql`r.spreadsheet_id = ${id}`,
        partyId !== undefined && sql`r.party_id = ${partyId}`,
        filters.only === 'warned' && sql`r.warned and r.verdict <> 'refused'`,
        filters.only && filters.only !== 'warned' && sql`r.verdict = ${filters.only}`,
        q !== '' && sql`(r.label ilike ${likeAnywhere(q)} or array_to_string(r.cells, ' ') ilike ${likeAnywhere(q)})`,
      )}`,
    sortable: ['row', 'label', 'party'],
    defaultSort: 'row',
    id: 'row',
    filters: { only: ['refused', 'warned', 'ready', 'same', 'nothing'] },
    columns: [
      ...header.map((title, index) => ({ title, value: (row: SheetListRow) => row.cells[index] ?? '' })),
      { title: 'Row', value: (row) => row.row },
      { title: 'Comes to', value: (row) => row.verdict },
      { title: 'Party', value: (row) => row.party },
      { title: 'Why', value: (row) => row.findings.map((one) => wordSheetFinding(one, say)).join(' ') },
    ],
  };
}

export interface SheetAnswerRow {
  party_id: number;
  party: string;
  country: string;
  rows: number;
  statements: number;
  reply_id: number | null;
  problem: { code: string; params: Record<string, string | number> } | null;
}

/** The parties a list speaks for, each with its reply once there is one. At most 500, those with trouble first. */
export async function loadSheetAnswers(reader: Reader, id: number): Promise<SheetAnswerRow[]> {
  return reader
    .selectFrom('spreadsheet_answer as w')
    .innerJoin('party as p', 'p.id', 'w.party_id')
    .select(['w.party_id', 'p.name as party', 'p.country', 'w.rows', 'w.statements', 'w.reply_id', 'w.problem'])
    .where('w.spreadsheet_id', '=', id)
    .orderBy(sql`w.problem is null`)
    .orderBy('p.name')
    .orderBy('w.party_id')
    .limit(500)
    .execute();
}

/** How many parties a list speaks for, and how many of them have their reply. */
export async function countSheetAnswers(reader: Reader, id: number): Promise<{ parties: number; replies: number }> {
  const { rows } = await sql<{ parties: number; replies: number }>`
    select count(*)::int as parties, count(reply_id)::int as replies from spreadsheet_answer
     where spreadsheet_id = ${id}`.execute(reader);
  return rows[0] ?? { parties: 0, replies: 0 };
}

/** Parties of rows that were refused because the sender does not answer for them. */
export async function loadStrangers(
  reader: Reader,
  id: number,
): Promise<{ party_id: number; party: string; ref: string; rows: number }[]> {
  const { rows } = await sql<{ party_id: number; party: string; ref: string; rows: number }>`
    select r.party_id, p.name as party, p.ref, count(*)::int as rows
      from spreadsheet_row r join party p on p.id = r.party_id
     where r.spreadsheet_id = ${id} and r.verdict = 'refused' and r.findings @> '[{"code": "not-yours"}]'
     group by r.party_id, p.name, p.ref order by p.name limit 200`.execute(reader);
  return rows;
}

/** The list a reply came with, and its rows: for the page of the reply. Undefined for a reply of another door. */
export async function loadSheetOfReply(reader: Reader, replyId: number) {
  const answer = await reader
    .selectFrom('spreadsheet_answer as w')
    .innerJoin('spreadsheet as s', 's.id', 'w.spreadsheet_id')
    .innerJoin('party as p', 'p.id', 's.party_id')
    .innerJoin('file as f', 'f.id', 's.file_id')
    .leftJoin('contact as c', 'c.id', 's.contact_id')
    .select(['s.id', 's.party_id as speaker_id', 'p.name as speaker', 'c.name as contact', 'f.name'])
    .select(['w.party_id', 'w.rows', 's.decided_by', 's.handed_in_by', 's.delivery_id'])
    .where('w.reply_id', '=', replyId)
    .executeTakeFirst();
  if (!answer) return undefined;
  const rows = await reader
    .selectFrom('spreadsheet_row')
    .select(['row', 'label', 'cells', 'statements'])
    .where('spreadsheet_id', '=', answer.id)
    .where('party_id', '=', answer.party_id)
    .where('verdict', 'in', ['ready', 'same'])
    .orderBy('row')
    .limit(100)
    .execute();
  return { ...answer, lines: rows };
}

/** The lists that a message brought. */
export async function loadSheetsOfMessage(reader: Reader, messageId: number) {
  return reader
    .selectFrom('spreadsheet as s')
    .innerJoin('file as f', 'f.id', 's.file_id')
    .select(['s.id', 's.state', 'f.name', 's.rows_seen', 's.rows_ready', 's.rows_refused'])
    .where('s.message_id', '=', messageId)
    .orderBy('s.id')
    .execute();
}

/** Lists of all actions that wait for a person. */
export async function countWaitingSheets(reader: Reader): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from spreadsheet where state in ('mapping', 'checked', 'failed')`.execute(reader);
  return rows[0]?.n ?? 0;
}

/** The lists a party sent about an action, newest first, for its own page. */
export async function loadOwnSheets(reader: Reader, actionId: number, partyId: number) {
  return reader
    .selectFrom('spreadsheet as s')
    .innerJoin('file as f', 'f.id', 's.file_id')
    .select(['s.id', 's.state', 'f.name', 's.received_at'])
    .where('s.action_id', '=', actionId)
    .where('s.party_id', '=', partyId)
    .orderBy('s.id', 'desc')
    .limit(20)
    .execute();
}

export interface TemplateRow {
  serial: string;
  product: string;
  mode: string;
}

/** Devices a party may answer for, one row for each mode that is open: a list to fill in. */
export async function loadTemplate(reader: Reader, actionId: number, partyId: number): Promise<TemplateRow[]> {
  const { rows } = await sql<TemplateRow>`
    select distinct u.serial, r.name as product, e.code as mode, u.serial_key, e.position
      from correction k join unit u on u.id = k.unit_id
      join product r on r.id = u.product_id join environment e on e.id = k.environment_id
     where k.action_id = ${actionId} and k.state in ('open', 'blocked', 'isolated') and k.unit_id in ${unitsToAnswerFor(partyId)}
     order by r.name, u.serial_key, e.position limit 50000`.execute(reader);
  return rows;
}
