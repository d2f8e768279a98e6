/** Lists that come as attachments: each waits with its dry run until somebody approves it. */
import { sql } from 'kysely';
import { readLabel } from '../domain/barcode.ts';
import type { MailAttachment } from '../domain/mail.ts';
import { isRefusal } from '../domain/refusal.ts';
import type { AttachmentInput, AttachmentReader, AttachmentResult } from './attachments.ts';
import type { Context } from './context.ts';
import { unitsToAnswerFor } from './mandates.ts';
import { checkSheet } from './spreadsheet-check.ts';
import { keepSpreadsheet } from './spreadsheet-keep.ts';
import { readSheet } from './spreadsheet-open.ts';

const NAMES = /\.(xlsx|csv|tsv)$/i;
const TYPES =
  /^(text\/csv|text\/tab-separated-values|application\/vnd\.openxmlformats-officedocument\.spreadsheetml\.sheet)$/;

function takes(attachment: MailAttachment): boolean {
  return NAMES.test(attachment.name) || TYPES.test(attachment.mediaType);
}

/** Lists of answers in mails. */
export const spreadsheetAttachments: AttachmentReader = {
  name: 'The reader of lists',
  takes,
  async read(ctx, input) {
    const name = input.attachment.name || 'The list';
    const waits = (words: string): AttachmentResult => ({ done: false, words: `${name}: ${words}`, replyIds: [] });
    if (input.partyId === null)
      return waits(
        'a list, but it is not known whose. Say whose the mail is, or upload it under Answers by spreadsheet.',
      );
    const actionId = input.actionId ?? (await onlyAction(ctx, input.partyId));
    if (actionId === undefined)
      return waits('a list, but it is not known of which action. Upload it under Answers by spreadsheet.');
    const kept = await keepSpreadsheet(ctx, {
      actionId,
      partyId: input.partyId,
      contactId: input.contactId,
      name,
      way: 'mail',
      receivedAt: input.receivedAt,
      messageId: input.messageId,
      bytes: bytesOf(input),
    });
    if (isRefusal(kept))
      return waits(`not read as a list of answers. ${ctx.say('en')(`refusal.${kept.code}`, kept.params)}`);
    if (kept.state === 'checking') await checkSheet(ctx, kept.id);
    const sheet = await readSheet(ctx.db, kept.id);
    const place = { actionId, partyId: input.partyId, contactId: input.contactId };
    if (!sheet || sheet.mapping.unit === undefined || !namesUnits(sheet.found.samples, sheet.mapping.unit))
      return waits('a table, but no list of serial numbers that we can see. It is kept under Answers by spreadsheet.');
    return { done: true, words: `${name}: ${wordsOf(sheet)}`, replyIds: [], place };
  },
};

async function* bytesOf(input: AttachmentInput): AsyncGenerator<Uint8Array> {
  yield input.bytes;
}

/** What the queue says of a list that came. */
function wordsOf(sheet: NonNullable<Awaited<ReturnType<typeof readSheet>>>): string {
  const where = 'under Answers by spreadsheet';
  if (sheet.state === 'mapping') return `a list that waits ${where} for its columns and words to be explained.`;
  if (sheet.state === 'failed') return `a list that could not be read to its end; it is kept ${where}.`;
  if (sheet.state === 'applied') return 'the same list was taken before.';
  const right = sheet.rows_ready + sheet.rows_same;
  return `a list of ${sheet.rows_seen} rows waits ${where}: ${right} right, ${sheet.rows_refused} refused.`;
}

/** Whether the column of numbers holds such, and not sentences. */
function namesUnits(samples: readonly (readonly string[])[], column: number): boolean {
  const cells = samples.map((row) => (row[column] ?? '').trim()).filter((cell) => cell !== '');
  const numbers = cells.filter(
    (cell) => /\d/.test(cell) && cell.length < 120 && !isRefusal(readLabel(cell, '2022-01-01')),
  );
  return numbers.length > 0 && numbers.length >= cells.length / 2;
}

/** The one action in which a party, or somebody it answers for, has been told something. */
async function onlyAction(ctx: Context, partyId: number): Promise<number | undefined> {
  const { rows } = await sql<{ action_id: number }>`
    select distinct o.action_id from obligation o join action a on a.id = o.action_id
     where a.stage in ('released', 'monitoring', 'completed') and o.party_id in (
       select party_id from unit where id in ${unitsToAnswerFor(partyId)}
       union select ${partyId}::bigint)
     limit 2`.execute(ctx.db);
  return rows.length === 1 ? rows[0]?.action_id : undefined;
}
