import { sql } from 'kysely';
import type { PaperWay } from '../db/schema-paper-replies.ts';
import { json } from '../db/values.ts';
import { readFormCode } from '../domain/paper-form-code.ts';
import type { PageLayout } from '../domain/paper-reading.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { acceptPaperReply } from './paper-decide.ts';
import { type KeptPaperForm, paperFormByCode } from './paper-forms.ts';
import { keepFoundForm } from './paper-joins.ts';
import { keepPictures, sortPages } from './paper-pages.ts';
import type { PaperReason } from './paper-reasons.ts';
import { recordFile } from './stored-files.ts';

/** Bytes of one file. A form of forty pages scanned at 300 dpi in colour has some thirty million. */
export const PAPER_FILE_BYTES = 60_000_000;

/** A file that came back, with what is known of where it came from. */
export interface IncomingPaper {
  name: string;
  bytes: AsyncIterable<Uint8Array>;
  way: PaperWay;
  /** When it reached us, if that was before now. */
  receivedAt?: Date;
  place?: { actionId: number; partyId: number; contactId: number | null };
  messageId?: number;
}

/**
 * Keeps a file whole and asks for it to be read. The same bytes by the same way are the same file.
 * @returns its number; `fresh` is false when it had come before. Or a refusal `paper-file.too-large-file`, `paper-file.empty`
 */
export async function keepPaperFile(
  ctx: Context,
  incoming: IncomingPaper,
): Promise<{ id: number; fresh: boolean } | Refusal> {
  const no = forbid(ctx.actor, 'reply.record');
  if (no) return no;
  const { actor } = ctx;
  if (actor.kind === 'contact' && incoming.place?.partyId !== actor.partyId)
    return refuse('forbidden', { permission: 'reply.record', who: 'contact', roles: '' });
  const stored = await ctx.files.put(incoming.bytes, PAPER_FILE_BYTES).catch((error: unknown) => {
    if (error instanceof RangeError)
      return refuse('paper-file.too-many-bytes', { most: PAPER_FILE_BYTES / 1e6 }, 'file');
    throw error;
  });
  if (isRefusal(stored)) return stored;
  if (stored.size === 0) return refuse('paper-file.empty', {}, 'file');
  const at = ctx.now();
  const place = incoming.place;
  return transact(ctx, async (tx) => {
    const fileId = await recordFile(tx, ctx, {
      ...stored,
      name: incoming.name.slice(0, 200) || 'file',
      mediaType: 'application/octet-stream',
    });
    const who = incoming.messageId ? `m${incoming.messageId}` : place ? `p${place.partyId}` : '';
    const onceKey = `${incoming.way}:${who}:${stored.sha256}`;
    const row = await tx
      .insertInto('paper_file')
      .values({
        file_id: fileId,
        came_by: incoming.way,
        once_key: onceKey,
        received_at: incoming.receivedAt && incoming.receivedAt < at ? incoming.receivedAt : at,
        handed_in_by: ctx.actor.name,
        action_id: place?.actionId ?? null,
        party_id: place?.partyId ?? null,
        contact_id: place?.contactId ?? null,
        message_id: incoming.messageId ?? null,
        state: 'new',
        created_at: at,
      })
      .onConflict((clash) => clash.column('once_key').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (!row) {
      const old = await tx
        .selectFrom('paper_file')
        .select('id')
        .where('once_key', '=', onceKey)
        .executeTakeFirstOrThrow();
      return { id: old.id, fresh: false };
    }
    await recordEvent(tx, ctx, {
      action: 'paper-file.keep',
      subject: 'paper-file',
      subjectId: row.id,
      actionId: place?.actionId ?? null,
      partyId: place?.partyId ?? null,
      after: { sha256: stored.sha256, size: stored.size, way: incoming.way },
    });
    await ctx.queue.enqueue(tx, 'read-paper', {}, { key: 'due' });
    return { id: row.id, fresh: true };
  });
}

/** Reads every file that waits to be read, the oldest first. */
export async function readPaperFiles(
  ctx: Context,
  options: { signal?: AbortSignal } = {},
): Promise<{ files: number } | Refusal> {
  const no = forbid(ctx.actor, 'reply.record');
  if (no) return no;
  let files = 0;
  for (let last = 0; !options.signal?.aborted; files++) {
    const row = await ctx.db
      .selectFrom('paper_file')
      .select('id')
      .where('state', '=', 'new')
      .where('id', '>', last)
      .orderBy('id')
      .limit(1)
      .executeTakeFirst();
    if (!row) break;
    last = row.id;
    await readPaperFile(ctx, row.id);
  }
  // Plain forms that a server left between reading and taking.
  const left = await ctx.db
    .selectFrom('paper_reply')
    .select('paper_file_id')
    .distinct()
    .where('state', '=', 'waiting')
    .where('reasons', '=', sql<string[]>`'{}'::text[]`)
    .limit(100)
    .execute();
  for (const { paper_file_id: fileId } of left) await takePlain(ctx, fileId);
  return { files };
}

/** What became of a file. */
export interface PaperOutcome {
  /** Forms that were taken as replies at once. */
  replyIds: number[];
  /** Forms that wait for a person. */
  waiting: { id: number; reasons: PaperReason[] }[];
  trouble?: Refusal;
  place?: { actionId: number; partyId: number; contactId: number | null };
}

/**
 * Reads one file: each form in it becomes a reply by itself when it was filled in on a screen, is complete and contradicts
 * nothing; everything else waits for a person with the reasons why. Safe to run twice.
 */
export async function readPaperFile(ctx: Context, id: number): Promise<PaperOutcome | Refusal> {
  const row = await ctx.db
    .selectFrom('paper_file as p')
    .innerJoin('file as f', 'f.id', 'p.file_id')
    .selectAll('p')
    .select('f.sha256')
    .where('p.id', '=', id)
    .executeTakeFirst();
  if (!row) return refuse('paper-file.unknown', { id });
  if (row.state !== 'new') return outcomeOf(ctx, id);
  const forms = new Map<string, KeptPaperForm | undefined>();
  const formOf = async (code: string): Promise<KeptPaperForm | undefined> => {
    if (!forms.has(code)) forms.set(code, await paperFormByCode(ctx.db, code));
    return forms.get(code);
  };
  const layoutOf = async (text: string): Promise<PageLayout | undefined> => {
    const code = readFormCode(text, ctx.settings.secret);
    const form = isRefusal(code) ? undefined : await formOf(code.form);
    return form && !isRefusal(code) ? { layout: form.layout, page: code.page } : undefined;
  };
  const found = await ctx.paperReader.read(await ctx.files.bytes(row.sha256), layoutOf);
  if (isRefusal(found)) return failFile(ctx, id, found);
  const sorted = await sortPages(ctx, found, formOf);
  const pictures = await keepPictures(ctx, found);
  await transact(ctx, async (tx) => {
    const claimed = await tx
      .updateTable('paper_file')
      .set({ state: 'read', pages: found.pages.length, program: found.program, read_at: ctx.now() })
      .where('id', '=', id)
      .where('state', '=', 'new')
      .returning('id')
      .executeTakeFirst();
    if (!claimed) return;
    for (const [number, picture] of pictures)
      await recordFile(tx, ctx, { ...picture, name: `page-${id}-${number}.jpg`, mediaType: 'image/jpeg' });
    for (const [position, one] of sorted.entries())
      await keepFoundForm(tx, ctx, { file: row, sorted: one, position, pictures });
    const place = sorted.find((one) => one.form)?.form;
    await recordEvent(tx, ctx, {
      action: 'paper-file.read',
      subject: 'paper-file',
      subjectId: id,
      actionId: place?.actionId ?? row.action_id,
      partyId: place?.partyId ?? row.party_id,
      after: { pages: found.pages.length, forms: sorted.length },
    });
  });
  await takePlain(ctx, id);
  return outcomeOf(ctx, id);
}

/** The forms of a file: its own, and those its pages were joined to. */
const ofFile = (fileId: number) =>
  sql<boolean>`(paper_file_id = ${fileId} or id in (select joined_to_id from paper_reply where paper_file_id = ${fileId}))`;

/** Takes the forms that are plain as replies, each in a transaction of its own. What is refused waits for a person. */
async function takePlain(ctx: Context, fileId: number): Promise<void> {
  const rows = await ctx.db
    .selectFrom('paper_reply')
    .select('id')
    .where(ofFile(fileId))
    .where('state', '=', 'waiting')
    .where('reasons', '=', sql<string[]>`'{}'::text[]`)
    .orderBy('id')
    .execute();
  for (const { id } of rows) {
    const done = await acceptPaperReply(ctx, id);
    if (!isRefusal(done)) continue;
    const reason: PaperReason = done.code === 'paper-reply.answered-before' ? 'answered-before' : 'not-owed';
    await ctx.db
      .updateTable('paper_reply')
      .set({ reasons: sql<string[]>`array[${reason}]::text[]` })
      .where('id', '=', id)
      .where('state', '=', 'waiting')
      .execute();
  }
}

/**
 * A file that nobody can read here waits for a person like a page without a code: they open the original, say whose it is and
 * type it, or put it aside. What came by mail waits in the post room already.
 */
async function failFile(ctx: Context, id: number, trouble: Refusal): Promise<PaperOutcome> {
  return transact(ctx, async (tx) => {
    const failed = await tx
      .updateTable('paper_file')
      .set({ state: 'failed', trouble: trouble.code, trouble_params: json(trouble.params), read_at: ctx.now() })
      .where('id', '=', id)
      .where('state', '=', 'new')
      .returning(['came_by', 'action_id', 'party_id', 'contact_id'])
      .executeTakeFirst();
    if (!failed) return { replyIds: [], waiting: [], trouble };
    const { came_by: way, ...place } = failed;
    const row =
      way === 'mail'
        ? undefined
        : await tx
            .insertInto('paper_reply')
            .values({
              paper_file_id: id,
              position: 0,
              ...place,
              door: 'scan',
              state: 'waiting',
              reasons: ['unreadable'],
              pages: json([]),
              boxes: json([]),
              created_at: ctx.now(),
            })
            .returning('id')
            .executeTakeFirst();
    await recordEvent(tx, ctx, {
      action: 'paper-file.fail',
      subject: 'paper-file',
      subjectId: id,
      after: { trouble: trouble.code },
    });
    return { replyIds: [], waiting: row ? [{ id: row.id, reasons: ['unreadable'] }] : [], trouble };
  });
}

/** What became of a file that was read. */
async function outcomeOf(ctx: Context, id: number): Promise<PaperOutcome> {
  const rows = await ctx.db
    .selectFrom('paper_reply')
    .select(['id', 'state', 'reasons', 'reply_id', 'paper_form_id', 'action_id', 'party_id', 'contact_id'])
    .where(ofFile(id))
    .where('state', '<>', 'joined')
    .orderBy('id')
    .execute();
  const first = rows.find((row) => row.paper_form_id !== null);
  const place =
    first && first.action_id !== null && first.party_id !== null
      ? { actionId: first.action_id, partyId: first.party_id, contactId: first.contact_id }
      : undefined;
  return {
    replyIds: rows.flatMap((row) => (row.reply_id === null ? [] : [row.reply_id])),
    waiting: rows
      .filter((row) => row.state === 'waiting')
      .map((row) => ({ id: row.id, reasons: row.reasons as PaperReason[] })),
    ...(place ? { place } : {}),
  };
}
