import { z } from 'zod';
import { readMessageList, readMessageListInput } from '../../app/message-lists.ts';
import { readList } from '../../app/queries/list.ts';
import { countSheetAnswers, sheetRowList, spreadsheetList } from '../../app/queries/spreadsheets.ts';
import {
  applySpreadsheet,
  applySpreadsheetInput,
  checkSpreadsheetAgain,
  discardSpreadsheet,
  keepSpreadsheet,
  keepSpreadsheetInput,
  mapSpreadsheet,
  mapSpreadsheetInput,
  readSpreadsheetAnew,
  readSpreadsheetInput,
  takeSheet,
} from '../../app/spreadsheets.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { SHEET_COLUMNS } from '../../domain/spreadsheet-columns.ts';
import { wordSheetFinding } from '../../domain/spreadsheet-findings.ts';
import { sheetMeanings } from '../../domain/spreadsheet-words.ts';
import { TABLE_MEDIA_TYPES } from '../../domain/table-format.ts';
import { translator } from '../translate.ts';
import { listOperation } from './list.ts';
import { idOf, instant, type Operation, operation, pageOf, pageQuery, toPage } from './operation.ts';

const tag = 'Answers by spreadsheet';
const id = z.number().int();
const params = idOf('list');
const states = ['mapping', 'checking', 'checked', 'applying', 'applied', 'failed', 'discarded'] as const;
const state = z
  .enum(states)
  .describe('`mapping` waits for its columns or words to be explained; `checked` waits to be applied.');
const asked = z.array(z.object({ key: z.string(), word: z.string(), count: id, row: id }));
const asks = z
  .object({
    columns: z.boolean().optional(),
    status: asked.optional(),
    mode: asked.optional(),
    dateOrder: z.boolean().optional(),
    noMode: id.optional().describe('Rows that name no mode.'),
    remedy: z.boolean().optional(),
  })
  .describe('What has to be said before it can be checked; empty: nothing.');
const example = { params: { id: '7' } };

/** Lists that a hospital group or a distributor sends as answers. */
export const spreadsheetOperations: readonly Operation[] = [
  operation({
    method: 'POST',
    path: '/spreadsheets',
    permission: 'reply.record',
    tag,
    summary: 'Hand in a list of answers',
    description:
      'Send the file itself as the body, CSV or XLSX, up to 40 MB and 50,000 rows. A list whose headings and words are known is checked at once; else it waits to be mapped. The same bytes of the same sender are the list they were.',
    status: 202,
    query: keepSpreadsheetInput,
    body: {
      mediaTypes: Object.values(TABLE_MEDIA_TYPES),
      description: 'The list.',
    },
    answer: z.object({ id, state, fresh: z.boolean() }),
    example: { query: { actionId: '1', partyId: '42', name: 'list.xlsx' } },
    run: (ctx, { query }, { body }) => keepSpreadsheet(ctx, { ...query, way: 'api', bytes: body }),
  }),
  listOperation({
    list: spreadsheetList,
    path: '/spreadsheets',
    permission: 'reply.read',
    tag,
    summary: 'List lists of answers',
    description:
      'Each with its state, its rows and the replies it became. The filter `state=waiting` gives those that wait for a person.',
    row: z.object({
      id,
      actionId: id,
      reference: z.string(),
      partyId: id,
      party: z.string(),
      country: z.string(),
      name: z.string(),
      state,
      cameBy: z.string(),
      receivedAt: instant,
      rowsSeen: id,
      rowsReady: id,
      rowsRefused: id,
      replies: id,
      handedInBy: z.string(),
    }),
    scope: () => undefined,
    example: { query: { state: 'waiting' } },
  }),
  operation({
    method: 'GET',
    path: '/spreadsheets/:id',
    permission: 'reply.read',
    tag,
    summary: 'Read a list of answers',
    description: 'Its state, what its rows come to, and what is still to be said.',
    params,
    answer: z.object({
      id,
      state,
      actionId: id,
      partyId: id,
      file: z.string(),
      sha256: z.string(),
      receivedAt: instant,
      rows: z.object({ seen: id, ready: id, same: id, nothing: id, refused: id, warned: id }),
      parties: id,
      replies: id,
      asks,
      problem: z.string().nullable(),
    }),
    example,
    async run(ctx, { params: path }) {
      const sheet = await takeSheet(ctx, path.id);
      if (isRefusal(sheet)) return sheet;
      const counts = await countSheetAnswers(ctx.db, sheet.id);
      return {
        id: sheet.id,
        state: sheet.state,
        actionId: sheet.action_id,
        partyId: sheet.party_id,
        file: sheet.name,
        sha256: sheet.sha256,
        receivedAt: sheet.received_at,
        rows: {
          seen: sheet.rows_seen,
          ready: sheet.rows_ready,
          same: sheet.rows_same,
          nothing: sheet.rows_nothing,
          refused: sheet.rows_refused,
          warned: sheet.rows_warned,
        },
        ...counts,
        asks: sheet.asks,
        problem: sheet.problem?.code ?? null,
      };
    },
  }),
  operation({
    method: 'GET',
    path: '/spreadsheets/:id/columns',
    permission: 'reply.read',
    tag,
    summary: "Read a list's columns",
    description:
      'Its headings, the columns we know, which heading we take for which, and the words that are known. Send the mapping back, mended where it is wrong.',
    params,
    answer: z.object({
      headings: z.array(z.string()),
      columns: z.array(z.object({ key: z.string(), label: z.string() })),
      mapping: z.record(z.string(), id).describe('Key of a column to the place of its heading, from 0.'),
      words: z.object({ status: z.record(z.string(), z.string()), mode: z.record(z.string(), z.string()) }),
      meanings: z.array(z.string()).describe('What a word for done or not can mean.'),
      dateOrder: z.enum(['', 'dmy', 'mdy']),
      noMode: z.enum(['', 'all', 'refuse']),
      asks,
    }),
    example,
    async run(ctx, { params: path }) {
      const sheet = await takeSheet(ctx, path.id);
      if (isRefusal(sheet)) return sheet;
      return {
        headings: sheet.found.header,
        columns: SHEET_COLUMNS.map(({ key, label }) => ({ key, label })),
        mapping: sheet.mapping,
        words: sheet.words,
        meanings: [...sheetMeanings],
        dateOrder: sheet.date_order,
        noMode: sheet.no_mode,
        asks: sheet.asks,
      };
    },
  }),
  operation({
    method: 'POST',
    path: '/spreadsheets/:id/mapping',
    permission: 'reply.record',
    tag,
    summary: 'Say how a list is read',
    description:
      'Columns, the sender’s own words, the order of its dates. Kept by version for the sender’s next list with these headings. Starts the check, or answers with what is still open.',
    params,
    body: mapSpreadsheetInput,
    status: 202,
    answer: z.object({ id, state, asks }),
    example: {
      ...example,
      body: {
        mapping: { unit: 0, mode: 1, status: 2, date: 3 },
        words: { status: { durch: 'done' }, mode: {} },
        dateOrder: 'dmy',
      },
    },
    run: (ctx, { params: path, body }) => mapSpreadsheet(ctx, path.id, body),
  }),
  operation({
    method: 'POST',
    path: '/spreadsheets/:id/reading',
    permission: 'reply.record',
    tag,
    summary: 'Read a list in another way',
    description: 'With another sheet, encoding or separator. Its columns are to be mapped again.',
    params,
    body: readSpreadsheetInput,
    answer: z.object({ id }),
    example: { ...example, body: { sheet: 'Sheet 2' } },
    run: (ctx, { params: path, body }) => readSpreadsheetAnew(ctx, path.id, body),
  }),
  operation({
    method: 'GET',
    path: '/spreadsheets/:id/rows',
    permission: 'reply.read',
    tag,
    summary: "List a list's rows",
    description: 'Each with its number in the spreadsheet, what it would do or did, and what is wrong with it.',
    params,
    query: pageQuery.extend({
      only: z.enum(['refused', 'warned', 'ready', 'same', 'nothing']).optional().describe('Rows of this kind only.'),
    }),
    answer: pageOf(
      z.object({
        row: id,
        cells: z.array(z.string()),
        verdict: z.enum(['ready', 'same', 'nothing', 'refused']),
        label: z.string(),
        partyId: id.nullable(),
        replyId: id.nullable(),
        statements: z.array(z.object({ correctionId: id, mode: z.string(), meaning: z.string(), date: z.string() })),
        findings: z.array(
          z.object({ level: z.string(), code: z.string(), column: z.string(), value: z.string(), text: z.string() }),
        ),
      }),
    ),
    example: { ...example, query: { only: 'refused' } },
    async run(ctx, { params: path, query }) {
      const sheet = await takeSheet(ctx, path.id);
      if (isRefusal(sheet)) return sheet;
      const say = translator('en');
      const request = {
        ...query,
        sort: 'row',
        direction: 'asc' as const,
        filters: query.only ? { only: query.only } : ({} as Record<string, string>),
        q: '',
      };
      const page = await readList(ctx.db, sheetRowList([], say), request, { id: path.id });
      const rows = page.rows.map((row) => ({
        row: row.row,
        cells: row.cells,
        verdict: row.verdict,
        label: row.label,
        partyId: row.party_id,
        replyId: row.reply_id,
        statements: row.statements,
        findings: row.findings.map((one) => ({ ...one, text: wordSheetFinding(one, say) })),
      }));
      return toPage(query, { rows, total: page.total });
    },
  }),
  operation({
    method: 'POST',
    path: '/spreadsheets/:id/check',
    permission: 'reply.record',
    tag,
    summary: 'Check a list again',
    description: 'After something it depends on has changed, e.g. a mandate was given.',
    params,
    status: 202,
    answer: z.object({ id }),
    example,
    run: (ctx, { params: path }) => checkSpreadsheetAgain(ctx, path.id),
  }),
  operation({
    method: 'POST',
    path: '/spreadsheets/:id/apply',
    permission: 'reply.record',
    tag,
    summary: 'Apply a checked list',
    description:
      'One reply for each party it speaks for, with the list as its source and the hour it came as its hour. With refused rows, mode `all` is refused and `valid` leaves them out. What has changed since the check is checked again, and nothing is written.',
    params,
    body: applySpreadsheetInput,
    status: 202,
    answer: z.object({ id, state }),
    example: { ...example, body: { mode: 'valid', receipt: true } },
    run: (ctx, { params: path, body }) => applySpreadsheet(ctx, { id: path.id, ...body }),
  }),
  operation({
    method: 'POST',
    path: '/spreadsheets/:id/discard',
    permission: 'reply.record',
    tag,
    summary: 'Put a list away',
    description: 'A list that nobody will apply. Nothing was recorded by it; the same file can be handed in again.',
    params,
    answer: z.object({ id }),
    example,
    run: (ctx, { params: path }) => discardSpreadsheet(ctx, path.id),
  }),
  operation({
    method: 'POST',
    path: '/messages/:id/list',
    permission: 'message.decide',
    tag,
    summary: 'Read an attachment as a list of answers',
    description:
      'Of the message’s party about its action, both of which must be known. Its hour is that of the message.',
    params: idOf('message'),
    body: readMessageListInput,
    status: 202,
    answer: z.object({ id, state, fresh: z.boolean() }),
    example: { params: { id: '3' }, body: { index: 1 } },
    run: (ctx, { params: path, body }) => readMessageList(ctx, path.id, body),
  }),
];
