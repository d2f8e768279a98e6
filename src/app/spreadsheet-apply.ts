/**
 * What a list that was approved comes to: one reply for each party it speaks for, each in a transaction of its own, under a
 * key of its own. A server that dies in between leaves the parties that are still to be done, and the next run goes on.
 */
import { json } from '../db/values.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal } from '../domain/refusal.ts';
import { answersOfSheet, type SheetStatement } from '../domain/spreadsheet-judge.ts';
import { asActor, type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { takeReply } from './replies.ts';
import { checkSheet, SILENT_MS } from './spreadsheet-check.ts';
import { readSheet, type SheetRow } from './spreadsheet-open.ts';
import { makeRefusedFile, planSheetReceipt } from './spreadsheet-receipts.ts';
import { openTasks } from './tasks.ts';

type Sheet = NonNullable<SheetRow>;

/** Does what is due: checks lists, and writes the replies of those that were approved. Oldest first; safe to run twice. */
export async function workSpreadsheets(
  ctx: Context,
  options: { signal?: AbortSignal } = {},
): Promise<{ lists: number } | Refusal> {
  const no = forbid(ctx.actor, 'reply.record');
  if (no) return no;
  let lists = 0;
  for (let last = 0; !options.signal?.aborted; lists++) {
    const since = new Date(ctx.wallClock().getTime() - SILENT_MS);
    const row = await ctx.db
      .selectFrom('spreadsheet')
      .select(['id', 'state'])
      .where('state', 'in', ['checking', 'applying'])
      .where((eb) => eb.or([eb('beat_at', 'is', null), eb('beat_at', '<=', since)]))
      .where('id', '>', last)
      .orderBy('id')
      .limit(1)
      .executeTakeFirst();
    if (!row) break;
    last = row.id;
    if (row.state === 'checking') await checkSheet(ctx, row.id, { ...options, force: false });
    else await applySheet(ctx, row.id, options);
  }
  return { lists };
}

/** Writes the replies of one approved list, party by party. Safe to run twice, and by two servers at once. */
export async function applySheet(ctx: Context, id: number, options: { signal?: AbortSignal } = {}): Promise<void> {
  const row = await readSheet(ctx.db, id);
  if (row?.state !== 'applying' || !row.decided_by) return;
  // The replies are the decision of whoever approved the list, not of the job.
  const own = asActor(ctx, row.decided_by);
  for (let last = 0; !options.signal?.aborted; ) {
    const next = await ctx.db
      .selectFrom('spreadsheet_answer')
      .select('party_id')
      .where('spreadsheet_id', '=', id)
      .where('reply_id', 'is', null)
      .where('problem', 'is', null)
      .where('party_id', '>', last)
      .orderBy('party_id')
      .limit(1)
      .executeTakeFirst();
    if (!next) break;
    last = next.party_id;
    await answerFor(own, row, next.party_id);
  }
  if (!options.signal?.aborted) await finish(own, row);
}

async function answerFor(ctx: Context, sheet: Sheet, partyId: number): Promise<void> {
  const done = await transact(ctx, async (tx) => {
    const claimed = await tx
      .updateTable('spreadsheet')
      .set({ beat_at: ctx.wallClock() })
      .where('id', '=', sheet.id)
      .where('state', '=', 'applying')
      .executeTakeFirst();
    if (claimed.numUpdatedRows === 0n) return undefined;
    const rows = await tx
      .selectFrom('spreadsheet_row')
      .select(['row', 'unit_id', 'label', 'statements'])
      .where('spreadsheet_id', '=', sheet.id)
      .where('party_id', '=', partyId)
      .where('verdict', 'in', ['ready', 'same'])
      .orderBy('row')
      .execute();
    const contact = await contactOf(tx, sheet);
    const reply = await takeReply(tx, ctx, {
      actionId: sheet.action_id,
      partyId,
      // Of the party that speaks, which is another one where it answers for others.
      contactId: contact?.id ?? null,
      linkId: null,
      door: 'spreadsheet',
      language: contact?.languages[0] ?? 'en',
      answers: answersOfSheet(
        rows.flatMap((row) => row.statements),
        sheet.receipt,
      ),
      meaning: null,
      sendAnyhow: null,
      strict: false,
      seen: null,
      onceKey: `spreadsheet:${sheet.id}:${partyId}`,
      sourceFileId: sheet.file_id,
      receivedAt: sheet.received_at,
    });
    if (isRefusal(reply)) return reply;
    await tx
      .updateTable('spreadsheet_answer')
      .set({ reply_id: reply.id, taken_at: ctx.now() })
      .where('spreadsheet_id', '=', sheet.id)
      .where('party_id', '=', partyId)
      .execute();
    if (!reply.fresh) return reply;
    await recordEvent(tx, ctx, {
      action: 'spreadsheet.answer',
      subject: 'reply',
      subjectId: reply.id,
      actionId: sheet.action_id,
      partyId,
      after: { spreadsheetId: sheet.id, speakerId: sheet.party_id, speaker: sheet.party, rows: rows.length },
    });
    await openTasks(
      tx,
      ctx,
      rows.flatMap(({ row, unit_id: unitId, label, statements }) =>
        notTheirs(statements).map((statement) => ({
          kind: 'not-theirs',
          key: `not-theirs:${sheet.action_id}:${unitId}`,
          actionId: sheet.action_id,
          partyId,
          unitId,
          replyId: reply.id,
          correctionId: statement.correctionId,
          detail: { serial: label, text: statement.text, file: sheet.name, row },
          again: true,
        })),
      ),
    );
    return reply;
  });
  if (!isRefusal(done)) return;
  await ctx.db
    .updateTable('spreadsheet_answer')
    .set({ problem: json({ code: done.code, params: done.params }) })
    .where('spreadsheet_id', '=', sheet.id)
    .where('party_id', '=', partyId)
    .execute();
}

function notTheirs(statements: readonly SheetStatement[]): SheetStatement[] {
  return statements.filter((one) => one.meaning === 'not-ours').slice(0, 1);
}

function contactOf(tx: Tx, sheet: Sheet) {
  return sheet.contact_id === null
    ? Promise.resolve(undefined)
    : tx.selectFrom('contact').select(['id', 'languages']).where('id', '=', sheet.contact_id).executeTakeFirst();
}

/** The list is done when no party is left; whoever sent it gets what was read, and what was not as a file. */
async function finish(ctx: Context, sheet: Sheet): Promise<void> {
  const refused = sheet.contact_id === null ? undefined : await makeRefusedFile(ctx, sheet);
  await transact(ctx, async (tx) => {
    const row = await tx
      .selectFrom('spreadsheet')
      .select('state')
      .where('id', '=', sheet.id)
      .forUpdate()
      .executeTakeFirst();
    const answers = await tx
      .selectFrom('spreadsheet_answer')
      .select(['reply_id', 'problem'])
      .where('spreadsheet_id', '=', sheet.id)
      .execute();
    if (row?.state !== 'applying' || answers.some((one) => one.reply_id === null && one.problem === null)) return;
    const replies = answers.filter((one) => one.reply_id !== null).length;
    const deliveryId = replies > 0 ? await planSheetReceipt(tx, ctx, sheet, refused) : null;
    await tx
      .updateTable('spreadsheet')
      .set({ state: 'applied', applied_at: ctx.now(), changed_at: ctx.now(), delivery_id: deliveryId })
      .where('id', '=', sheet.id)
      .execute();
    await recordEvent(tx, ctx, {
      action: 'spreadsheet.done',
      subject: 'spreadsheet',
      subjectId: sheet.id,
      actionId: sheet.action_id,
      partyId: sheet.party_id,
      after: { replies, parties: answers.length, deliveryId },
    });
  });
}
