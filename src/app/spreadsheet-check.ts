/** The check of a list: every row held against what is known. Writes what a person looks over, and changes nothing else. */
import { sql } from 'kysely';
import type { TableRow } from '../adapters/table-file-error.ts';
import { insertRows } from '../db/insert-rows.ts';
import { json } from '../db/values.ts';
import { countryZone } from '../domain/country.ts';
import { nearSerials } from '../domain/near-serial.ts';
import { isRefusal, type Refusal } from '../domain/refusal.ts';
import type { SheetFinding } from '../domain/spreadsheet-findings.ts';
import {
  type JudgedRow,
  judgeSheetRow,
  type SheetRules,
  type SheetStatement,
  signOfStatement,
} from '../domain/spreadsheet-judge.ts';
import { planSheet } from '../domain/spreadsheet-row.ts';
import { type Context, type Reader, type Tx, transact } from './context.ts';
import { breakOff } from './import-open.ts';
import { mayAnswerFor } from './mandates.ts';
import { dayOf } from './replies.ts';
import { environmentsOf, fileOf, openSheet, readSheet, type SheetRow } from './spreadsheet-open.ts';
import { loadKnownUnits, loadOwnSerials, nameUnit, noticeDayOf } from './spreadsheet-units.ts';

type Sheet = NonNullable<SheetRow>;

/** Rows judged and written at a time. */
const BATCH = 500;
/** One more than are looked through for suggestions. */
const OWN_SERIALS = 20_001;
/** Cells of a row that are kept; the file itself has all. */
const CELLS = 60;
/** A check that was silent for this long is dead: its server was stopped. */
export const SILENT_MS = 60_000;

/** The check was started anew or the list put away: this run ends without a word. */
class SupersededError extends Error {}

/**
 * Checks a list that waits for it. Safe to run twice and by two servers at once: a run that is not the latest stops.
 * @param force also where another run gave a sign a moment ago
 */
export async function checkSheet(
  ctx: Context,
  id: number,
  options: { signal?: AbortSignal | undefined; force?: boolean } = {},
): Promise<void> {
  const row = await claim(ctx, id, options.force ?? true);
  if (!row) return;
  try {
    const problem = await judgeAll(ctx, row, options.signal);
    if (problem) await fail(ctx, row, problem);
  } catch (error) {
    if (!(error instanceof SupersededError)) throw error;
  }
}

async function claim(ctx: Context, id: number, force: boolean): Promise<Sheet | undefined> {
  const since = new Date(ctx.wallClock().getTime() - SILENT_MS);
  const claimed = await ctx.db
    .updateTable('spreadsheet')
    .set((eb) => ({ run: eb('run', '+', 1), beat_at: ctx.wallClock() }))
    .where('id', '=', id)
    .where('state', '=', 'checking')
    .$if(!force, (query) => query.where((eb) => eb.or([eb('beat_at', 'is', null), eb('beat_at', '<=', since)])))
    .executeTakeFirst();
  return claimed.numUpdatedRows === 0n ? undefined : readSheet(ctx.db, id);
}

/** Runs in a transaction in which this run is still the latest. */
async function asLatest<T>(ctx: Context, row: Sheet, work: (tx: Tx) => Promise<T>): Promise<T> {
  return transact(ctx, async (tx) => {
    const mine = await tx
      .updateTable('spreadsheet')
      .set({ beat_at: ctx.wallClock() })
      .where('id', '=', row.id)
      .where('state', '=', 'checking')
      .where('run', '=', row.run)
      .executeTakeFirst();
    if (mine.numUpdatedRows === 0n) throw new SupersededError();
    return work(tx);
  });
}

async function fail(ctx: Context, row: Sheet, problem: Refusal): Promise<void> {
  await asLatest(ctx, row, async (tx) => {
    await tx
      .updateTable('spreadsheet')
      .set({ state: 'failed', problem: json({ code: problem.code, params: problem.params }), changed_at: ctx.now() })
      .where('id', '=', row.id)
      .execute();
  });
}

async function judgeAll(ctx: Context, row: Sheet, signal?: AbortSignal): Promise<Refusal | undefined> {
  const of = { actionId: row.action_id, speakerId: row.party_id };
  const environments = await environmentsOf(ctx.db, row.action_id);
  const today = dayOf(row.received_at, countryZone(row.country));
  const read = planSheet({
    mapping: row.mapping,
    words: row.words,
    dateOrder: row.date_order === '' ? undefined : row.date_order,
    noMode: row.no_mode,
    environments,
    header: row.found.header,
    today,
  });
  const rules: SheetRules = {
    noMode: row.no_mode,
    remedyId: row.remedy_id,
    noticeDate: await noticeDayOf(ctx.db, row.action_id),
    near: nearSerials(await loadOwnSerials(ctx.db, of, OWN_SERIALS)),
  };
  const table = await openSheet(ctx, environments, fileOf(row));
  if (isRefusal(table)) return table;
  await asLatest(ctx, row, (tx) => forgetRows(tx, row.id));
  const said = new Map<number, { row: number; statement: SheetStatement }[]>();
  try {
    for await (const batch of inBatches(table.rows)) {
      signal?.throwIfAborted();
      const named = batch.map((one) => {
        const saying = read(one);
        return { one, saying, name: nameUnit(saying.unit, today) };
      });
      const units = await loadKnownUnits(
        ctx.db,
        of,
        named.flatMap(({ name }) => name.keys),
      );
      const judged = named.map(({ one, saying, name }) => {
        const found = name.keys.map((key) => units.get(key) ?? []).find((list) => list.length > 0) ?? [];
        const product = saying.product || name.di;
        return { one, judged: judgeSheetRow({ ...saying, unit: name.number, product }, found, rules) };
      });
      for (const { one, judged: row } of judged)
        for (const statement of row.statements) {
          const list = said.get(statement.correctionId);
          if (list) list.push({ row: one.number, statement });
          else said.set(statement.correctionId, [{ row: one.number, statement }]);
        }
      await asLatest(ctx, row, (tx) => writeRows(tx, row.id, judged));
    }
  } catch (error) {
    if (error instanceof SupersededError || signal?.aborted) throw error;
    return breakOff(ctx, error, row.name);
  } finally {
    await table.close();
  }
  await asLatest(ctx, row, (tx) => settle(tx, ctx, row, said));
  return undefined;
}

async function* inBatches(rows: AsyncIterable<TableRow>): AsyncGenerator<TableRow[]> {
  let batch: TableRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function forgetRows(tx: Tx, id: number): Promise<void> {
  await tx.deleteFrom('spreadsheet_row').where('spreadsheet_id', '=', id).execute();
  await tx.deleteFrom('spreadsheet_answer').where('spreadsheet_id', '=', id).execute();
}

async function writeRows(tx: Tx, id: number, rows: readonly { one: TableRow; judged: JudgedRow }[]): Promise<void> {
  await insertRows(tx, 'spreadsheet_row', {
    spreadsheet_id: ['bigint', rows.map(() => id)],
    row: ['int', rows.map(({ one }) => one.number)],
    cells: ['text[]', rows.map(({ one }) => one.cells.slice(0, CELLS).map(plainCell))],
    verdict: ['text', rows.map(({ judged }) => judged.verdict)],
    warned: ['boolean', rows.map(({ judged }) => judged.warned)],
    label: ['text', rows.map(({ judged }) => plainCell(judged.label).slice(0, 120))],
    unit_id: ['bigint', rows.map(({ judged }) => judged.unitId)],
    party_id: ['bigint', rows.map(({ judged }) => judged.partyId)],
    statements: ['jsonb', rows.map(({ judged }) => json(judged.statements).replaceAll('\\u0000', ''))],
    findings: ['jsonb', rows.map(({ judged }) => json(judged.findings).replaceAll('\\u0000', ''))],
  });
}

/** PostgreSQL's texts hold everything but the zero character. */
function plainCell(cell: string): string {
  return cell.slice(0, 1_000).replaceAll('\0', '\ufffd').toWellFormed();
}

/** Rows about the same correction: those that say different things are all refused, for nobody knows which is right. */
async function settle(
  tx: Tx,
  ctx: Context,
  sheet: Sheet,
  said: ReadonlyMap<number, readonly { row: number; statement: SheetStatement }[]>,
): Promise<void> {
  const finding = (level: SheetFinding['level'], code: string, row: number): SheetFinding => ({
    level,
    code,
    column: '',
    value: '',
    params: { row },
  });
  const refused = new Map<number, SheetFinding>();
  for (const list of said.values()) {
    const signs = new Map<string, number>();
    for (const { row, statement } of list) {
      const sign = signOfStatement(statement);
      if (!signs.has(sign)) signs.set(sign, row);
    }
    const [first, second] = signs;
    if (!first || !second) continue;
    for (const { row, statement } of list) {
      const other = signOfStatement(statement) === first[0] ? second[1] : first[1];
      if (!refused.has(row)) refused.set(row, finding('error', 'twice', other));
    }
  }
  // Of rows that say the same, the first counts; another counts only for what it says besides.
  const firsts = new Map<number, Set<number>>();
  for (const list of said.values()) {
    const left = list.filter((one) => !refused.has(one.row));
    const first = left[0]?.row;
    for (const one of left) {
      const heads = firsts.get(one.row) ?? new Set();
      if (first !== undefined) heads.add(first);
      firsts.set(one.row, heads);
    }
  }
  const repeated = [...firsts].flatMap(([row, heads]) =>
    heads.has(row) ? [] : [{ row, finding: finding('note', 'same-as', Math.min(...heads)) }],
  );
  const end = async (verdict: string, rows: readonly { row: number; finding: SheetFinding }[]): Promise<void> => {
    if (rows.length === 0) return;
    await sql`
      update spreadsheet_row r set verdict = ${verdict}, statements = '[]', findings = r.findings || jsonb_build_array(n.finding)
        from jsonb_to_recordset(${json(rows)}::jsonb) as n (row int, finding jsonb)
       where r.spreadsheet_id = ${sheet.id} and r.row = n.row`.execute(tx);
  };
  await end(
    'refused',
    [...refused].map(([row, one]) => ({ row, finding: one })),
  );
  await end('nothing', repeated);
  await sql`
    insert into spreadsheet_answer (spreadsheet_id, party_id, rows, statements)
    select spreadsheet_id, party_id, count(*), sum(jsonb_array_length(statements)) from spreadsheet_row
     where spreadsheet_id = ${sheet.id} and verdict in ('ready', 'same') and party_id is not null
     group by spreadsheet_id, party_id`.execute(tx);
  await sql`
    update spreadsheet s set state = 'checked', checked_at = ${ctx.now()}::timestamptz, changed_at = ${ctx.now()}::timestamptz,
           rows_seen = n.seen, rows_ready = n.ready, rows_same = n.same, rows_nothing = n.nothing, rows_refused = n.refused,
           rows_warned = n.warned
      from (select count(*)::int as seen, (count(*) filter (where verdict = 'ready'))::int as ready,
                   (count(*) filter (where verdict = 'same'))::int as same,
                   (count(*) filter (where verdict = 'nothing'))::int as nothing,
                   (count(*) filter (where verdict = 'refused'))::int as refused,
                   (count(*) filter (where warned and verdict <> 'refused'))::int as warned
              from spreadsheet_row where spreadsheet_id = ${sheet.id}) n
     where s.id = ${sheet.id}`.execute(tx);
}

/** Rows that would say something else by now: their unit belongs to somebody else, or the sender may not answer for it any more. */
export async function outdatedRows(reader: Reader, row: Pick<Sheet, 'id' | 'party_id'>): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    with held as materialized (
      select distinct unit_id, party_id from spreadsheet_row
       where spreadsheet_id = ${row.id} and verdict in ('ready', 'same')),
    said as materialized (
      select r.party_id, (s ->> 'correctionId')::bigint as correction_id
        from spreadsheet_row r, jsonb_array_elements(r.statements) s
       where r.spreadsheet_id = ${row.id} and r.verdict in ('ready', 'same'))
    select (select count(*) from held left join unit u on u.id = held.unit_id left join party p on p.id = u.party_id
             where u.id is null or u.party_id <> held.party_id or not ${mayAnswerFor(row.party_id, 'u', 'p')})::int
         + (select count(*) from said left join correction k on k.id = said.correction_id
             where k.id is null or k.party_id <> said.party_id)::int as n`.execute(reader);
  return rows[0]?.n ?? 0;
}
