/** A list that comes in: kept whole, opened, and studied for what a person has to say before it can be checked. */
import { z } from 'zod';
import type { ImportDateOrder, ImportFound } from '../db/schema-imports.ts';
import type { SpreadsheetState, SpreadsheetWay } from '../db/schema-spreadsheets.ts';
import { json } from '../db/values.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { proposeSheet } from '../domain/spreadsheet-columns.ts';
import { isOpen, type SheetAsks } from '../domain/spreadsheet-scan.ts';
import { TABLE_MEDIA_TYPES } from '../domain/table-format.ts';
import { type Context, type Reader, transact } from './context.ts';
import { recordEvent } from './event.ts';
import type { ImportFile } from './import-open.ts';
import { answersForMany } from './mandates.ts';
import { type KeptReading, keptReading } from './spreadsheet-mapping.ts';
import { environmentsOf, lookIntoSheet, scanFile } from './spreadsheet-open.ts';
import { plainFileName, recordFile, storeFile } from './stored-files.ts';

/** Bytes of a list at most. */
export const SPREADSHEET_BYTES = 40 * 2 ** 20;

export const keepSpreadsheetInput = z.object({
  actionId: z.coerce.number().int().positive(),
  /** Who sent it: a hospital group, a distributor, a customer. */
  partyId: z.coerce.number().int().positive(),
  /** Who of them: the receipt goes there. */
  contactId: z.coerce.number().int().positive().optional(),
  name: z.string().trim().min(1).max(200),
  /** When it reached us, if that was before now: it starts clocks. */
  receivedAt: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .optional(),
});

/** A list that came in. */
export interface IncomingSpreadsheet {
  actionId: number;
  partyId: number;
  contactId?: number | null | undefined;
  name: string;
  bytes: AsyncIterable<Uint8Array>;
  way: SpreadsheetWay;
  receivedAt?: Date | undefined;
  messageId?: number | null;
}

export interface KeptSpreadsheet {
  id: number;
  state: SpreadsheetState;
  /** False: these very bytes had come from this sender before. */
  fresh: boolean;
}

/**
 * Keeps a list whole and finds out what it is. When a list with the same headings was mapped before, or every heading and
 * word is known, its check starts at once. The same bytes of the same sender are the list they were.
 * Refuses `spreadsheet.not-for-many` (portal), `file.too-large`, `table.*`, `spreadsheet.too-many-rows`.
 */
export async function keepSpreadsheet(ctx: Context, incoming: IncomingSpreadsheet): Promise<KeptSpreadsheet | Refusal> {
  const no = forbid(ctx.actor, 'reply.record');
  if (no) return no;
  const { actionId, partyId } = incoming;
  const known = await knowSender(ctx, incoming);
  if (known) return known;
  const name = plainFileName(incoming.name);
  const stored = await storeFile(ctx, name, incoming.bytes, SPREADSHEET_BYTES);
  if (isRefusal(stored)) return stored;
  const onceKey = `${actionId}:${partyId}:${stored.sha256}`;
  const before = await findKept(ctx.db, onceKey);
  if (before) return before;
  const study = await studySheet(ctx, { actionId, partyId, file: { sha256: stored.sha256, name } });
  if (isRefusal(study)) return { ...study, at: 'file' };
  const at = ctx.now();
  return transact(ctx, async (tx) => {
    const fileId = await recordFile(tx, ctx, { ...stored, name, mediaType: TABLE_MEDIA_TYPES[study.found.format] });
    const state = isOpen(study.asks) ? ('mapping' as const) : ('checking' as const);
    const row = await tx
      .insertInto('spreadsheet')
      .values({
        action_id: actionId,
        party_id: partyId,
        contact_id: incoming.contactId ?? null,
        file_id: fileId,
        came_by: incoming.way,
        once_key: onceKey,
        received_at: incoming.receivedAt && incoming.receivedAt < at ? incoming.receivedAt : at,
        handed_in_by: ctx.actor.name,
        message_id: incoming.messageId ?? null,
        state,
        ...studied(study),
        created_at: at,
        changed_at: at,
      })
      .onConflict((clash) => clash.column('once_key').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (!row) return (await findKept(tx, onceKey)) ?? refuse('spreadsheet.unknown', { id: 0 });
    await recordEvent(tx, ctx, {
      action: 'spreadsheet.keep',
      subject: 'spreadsheet',
      subjectId: row.id,
      actionId,
      partyId,
      after: { file: name, sha256: stored.sha256, size: stored.size, way: incoming.way },
    });
    if (state === 'checking') await ctx.queue.enqueue(tx, 'work-spreadsheets', {}, { key: 'due' });
    return { id: row.id, state, fresh: true };
  });
}

/** Refuses senders we do not know; the holder of a link sends lists of their own party about their own action. */
export async function knowSender(
  ctx: Context,
  incoming: Pick<IncomingSpreadsheet, 'actionId' | 'partyId' | 'contactId'>,
): Promise<Refusal | undefined> {
  const { actor, db } = ctx;
  const { actionId, partyId, contactId } = incoming;
  if (actor.kind === 'contact') {
    const link = await db.selectFrom('link').select('action_id').where('id', '=', actor.linkId).executeTakeFirst();
    if (actor.partyId !== partyId || link?.action_id !== actionId)
      return refuse('forbidden', { permission: 'reply.record', who: 'contact', roles: '' });
    if (!(await answersForMany(db, actionId, partyId))) return refuse('spreadsheet.not-for-many', {}, 'file');
  }
  const action = await db.selectFrom('action').select('id').where('id', '=', actionId).executeTakeFirst();
  if (!action) return refuse('action.unknown', { id: actionId }, 'actionId');
  const party = await db.selectFrom('party').select('id').where('id', '=', partyId).executeTakeFirst();
  if (!party) return refuse('party.unknown', { id: partyId }, 'partyId');
  if (contactId === undefined || contactId === null) return undefined;
  const contact = await db.selectFrom('contact').select('party_id').where('id', '=', contactId).executeTakeFirst();
  return contact?.party_id === partyId ? undefined : refuse('contact.unknown', { id: contactId }, 'contactId');
}

async function findKept(reader: Reader, onceKey: string): Promise<KeptSpreadsheet | undefined> {
  const row = await reader
    .selectFrom('spreadsheet')
    .select(['id', 'state'])
    .where('once_key', '=', onceKey)
    .executeTakeFirst();
  return row && { ...row, fresh: false };
}

/** How a list is to be read, and what is open. */
export interface Study {
  found: ImportFound;
  reading: KeptReading;
  version: number;
  asks: SheetAsks;
  remedyId: number | null;
}

/** Opens a list and finds out how it is to be read and what a person has to say first. Writes nothing. */
export async function studySheet(
  ctx: Context,
  of: { actionId: number; partyId: number; file: ImportFile },
): Promise<Study | Refusal> {
  const environments = await environmentsOf(ctx.db, of.actionId);
  const found = await lookIntoSheet(ctx, environments, of.file);
  if (isRefusal(found)) return found;
  const kept = await keptReading(ctx.db, of.partyId, found.header);
  const proposal = proposeSheet(
    found.header,
    found.samples,
    environments.map((one) => one.code),
  );
  const reading: KeptReading = kept ?? {
    mapping: proposal.mapping,
    words: { status: {}, mode: {} },
    dateOrder: '',
    noMode: '',
  };
  const scan = await scanFile(ctx, of.file, { ...reading, environments });
  if (isRefusal(scan)) return scan;
  const remedies = await remediesOf(ctx.db, of.actionId);
  const asks = openAsks(scan, reading, remedies.length > 1);
  if (!kept && !proposal.sure) asks.columns = true;
  return {
    found,
    reading: { ...reading, dateOrder: reading.dateOrder || (scan.order ?? '') },
    version: kept?.version ?? 0,
    asks,
    remedyId: null,
  };
}

/** What is still open: not what a person said for an earlier list, unless this one contradicts it. */
export function openAsks(
  scan: { asks: SheetAsks; order: ImportDateOrder | undefined },
  reading: KeptReading,
  remedy: boolean,
): SheetAsks {
  const { dateOrder, noMode, ...asks } = scan.asks;
  const otherOrder = reading.dateOrder !== '' && scan.order !== undefined && scan.order !== reading.dateOrder;
  return {
    ...asks,
    ...((dateOrder && reading.dateOrder === '') || otherOrder ? { dateOrder: true } : {}),
    ...(noMode !== undefined && reading.noMode === '' ? { noMode } : {}),
    ...(remedy ? { remedy: true } : {}),
  };
}

/** Remedies that an action's corrections are about: a list speaks of one of them. */
export function remediesOf(reader: Reader, actionId: number) {
  return reader
    .selectFrom('remedy')
    .select(['id', 'name'])
    .where('action_id', '=', actionId)
    .where('status', '=', 'available')
    .orderBy('position')
    .execute();
}

/** The columns of the table that a study fills. */
export function studied(study: Study) {
  const { reading } = study;
  return {
    found: json(study.found),
    mapping: json(reading.mapping),
    words: json(reading.words),
    date_order: reading.dateOrder,
    no_mode: reading.noMode,
    remedy_id: study.remedyId,
    mapping_version: study.version,
    asks: json(study.asks),
  };
}
