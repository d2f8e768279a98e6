import { sql } from 'kysely';
import { z } from 'zod';
import type { MailSource } from '../adapters/mail-reader.ts';
import type { MessageDoor } from '../db/schema-messages.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Reader, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';

/** Bytes of the largest message that is taken in. */
export const MOST_BYTES = 60_000_000;
/** Files written at a time: their syncs travel to the disk together. */
const AT_A_TIME = 32;

/** A message as it came, before anybody looks into it. */
export interface IncomingMessage {
  raw: Uint8Array;
  door: MessageDoor;
  /** The mailbox it came by, as it is called in the settings; '' for none. */
  mailbox?: string;
  /** When it reached us, if that was before now; it starts clocks. */
  receivedAt?: Date;
  envelope?: { from: string; to: readonly string[] };
}

/** How far a mailbox was read, to be kept together with what was read. */
export interface MailboxMark {
  name: string;
  uidValidity: string;
  lastUid: number;
}

export const keepMessageInput = z.object({
  mailbox: z.string().trim().max(200).default(''),
  envelopeFrom: z.string().trim().max(320).default(''),
  envelopeTo: z.array(z.string().trim().max(320)).max(100).default([]),
});

export interface KeptMessage {
  id: number;
  /** False: these very bytes had come in before, by whichever door. */
  fresh: boolean;
}

/**
 * Keeps messages whole, with their hashes, before anything in them is understood. The bytes are on disk before their rows
 * are written; the rows, the mailbox's mark and the job that reads them are one transaction. The same bytes kept again are
 * the message they were.
 * @returns one answer for each message, in their order
 */
export async function keepMessages(
  ctx: Context,
  messages: readonly IncomingMessage[],
  mark?: MailboxMark,
): Promise<KeptMessage[] | Refusal> {
  const no = forbid(ctx.actor, 'message.keep');
  if (no) return no;
  const large = messages.find((message) => message.raw.byteLength > MOST_BYTES);
  if (large) return refuse('message.too-large', { limit: MOST_BYTES / 1_000_000 });
  const stored: { sha256: string; size: number }[] = [];
  for (let from = 0; from < messages.length; from += AT_A_TIME) {
    const chunk = messages.slice(from, from + AT_A_TIME);
    stored.push(...(await Promise.all(chunk.map((message) => storeBytes(ctx, message.raw)))));
  }
  return transact(ctx, async (tx) => {
    const kept = messages.length > 0 ? await writeRows(tx, ctx, messages, stored) : [];
    if (mark) await moveMark(tx, ctx, mark, kept.filter((one) => one.fresh).length);
    const ids = [...new Set(kept.filter((one) => one.fresh).map((one) => one.id))];
    if (ids.length === 0) return kept;
    await recordEvent(tx, ctx, {
      action: 'message.keep',
      subject: 'message',
      subjectId: ids.length === 1 ? (ids[0] ?? '') : '',
      after: { messages: ids, door: messages[0]?.door, mailbox: messages[0]?.mailbox ?? '' },
    });
    await ctx.queue.enqueue(tx, 'read-messages', {}, { key: 'due' });
    return kept;
  });
}

/** Keeps one message: see {@link keepMessages}. */
export async function keepMessage(ctx: Context, message: IncomingMessage): Promise<KeptMessage | Refusal> {
  const kept = await keepMessages(ctx, [message]);
  if (isRefusal(kept)) return kept;
  const [one] = kept;
  if (!one) throw new Error('One message gives one answer');
  return one;
}

async function storeBytes(ctx: Context, raw: Uint8Array): Promise<{ sha256: string; size: number }> {
  return ctx.files.put(
    (async function* () {
      yield raw;
    })(),
  );
}

const FILE_NAME = 'message.eml';

async function writeRows(
  tx: Tx,
  ctx: Context,
  messages: readonly IncomingMessage[],
  stored: readonly { sha256: string; size: number }[],
): Promise<KeptMessage[]> {
  const at = ctx.now();
  // The same bytes twice in one batch are one row.
  const distinct = [...new Map(stored.map((file, index) => [file.sha256, { ...file, ...messages[index] }])).values()];
  const hashes = distinct.map((one) => one.sha256);
  await sql`
    insert into file (sha256, size, name, media_type, created_at)
    select sha256, size, ${FILE_NAME}, 'message/rfc822', ${at}::timestamptz
      from unnest(${hashes}::text[], ${distinct.map((one) => one.size)}::bigint[]) as f (sha256, size)
    on conflict (sha256, name) do nothing`.execute(tx);
  const { rows } = await sql<{ id: number; sha256: string }>`
    insert into message (received_at, door, mailbox, file_id, sha256, size, envelope_from, envelope_to, state_since)
    select m.received_at, m.door, m.mailbox, f.id, m.sha256, f.size, m.envelope_from,
           coalesce(string_to_array(nullif(m.envelope_to, ''), ' '), '{}'), ${at}::timestamptz
      from unnest(${hashes}::text[], ${distinct.map((one) => earlier(one.receivedAt, at))}::timestamptz[],
                  ${distinct.map((one) => one.door ?? 'api')}::text[], ${distinct.map((one) => one.mailbox ?? '')}::text[],
                  ${distinct.map((one) => bareAddress(one.envelope?.from ?? ''))}::text[],
                  ${distinct.map((one) => (one.envelope?.to ?? []).map(bareAddress).join(' '))}::text[])
             with ordinality as m (sha256, received_at, door, mailbox, envelope_from, envelope_to, nth)
      join file f on f.sha256 = m.sha256 and f.name = ${FILE_NAME}
     order by m.nth
    on conflict (sha256) do nothing
    returning id, sha256`.execute(tx);
  const fresh = new Map(rows.map((row) => [row.sha256, row.id]));
  const known = new Map<string, number>();
  if (fresh.size < hashes.length) {
    const old = await tx
      .selectFrom('message')
      .select(['id', 'sha256'])
      .where('sha256', '=', sql<string>`any(${hashes}::text[])`)
      .execute();
    for (const row of old) known.set(row.sha256, row.id);
  }
  const told = new Set<string>();
  return stored.map(({ sha256 }) => {
    const id = fresh.get(sha256) ?? known.get(sha256);
    if (id === undefined) throw new Error('A message that was kept has a row');
    const first = fresh.has(sha256) && !told.has(sha256);
    told.add(sha256);
    return { id, fresh: first };
  });
}

/** Never in the future: a clock that was wrong elsewhere starts none of ours. */
function earlier(at: Date | undefined, now: Date): Date {
  return at && at < now && Number.isFinite(at.getTime()) ? at : now;
}

/** An address without brackets and blanks, which cannot be a list of two. */
function bareAddress(text: string): string {
  return text.replace(/[<>\s]/g, '').slice(0, 320);
}

async function moveMark(tx: Tx, ctx: Context, mark: MailboxMark, fresh: number): Promise<void> {
  const at = ctx.now();
  await tx
    .insertInto('mailbox_door')
    .values({
      name: mark.name,
      uid_validity: mark.uidValidity,
      last_uid: mark.lastUid,
      state: 'connected',
      seen_at: at,
      received_at: fresh > 0 ? at : null,
      received: fresh,
    })
    .onConflict((clash) =>
      clash.column('name').doUpdateSet((eb) => ({
        uid_validity: mark.uidValidity,
        last_uid: mark.lastUid,
        state: 'connected',
        trouble: '',
        seen_at: at,
        received_at: fresh > 0 ? at : eb.ref('mailbox_door.received_at'),
        received: sql<number>`mailbox_door.received + ${fresh}`,
      })),
    )
    .execute();
}

/** How far a mailbox was read; zero for one that was never read, or whose numbers mean something else now. */
export async function loadMark(ctx: Pick<Context, 'db'>, name: string, uidValidity: string): Promise<number> {
  const row = await ctx.db
    .selectFrom('mailbox_door')
    .select(['uid_validity', 'last_uid'])
    .where('name', '=', name)
    .executeTakeFirst();
  return row && row.uid_validity === uidValidity ? row.last_uid : 0;
}

/** Sets down how a mailbox is, for the page that shows it. */
export async function markMailbox(
  ctx: Pick<Context, 'db' | 'now'>,
  name: string,
  state: 'connected' | 'trouble',
  trouble = '',
): Promise<void> {
  const set = { state, trouble: trouble.slice(0, 500), ...(state === 'connected' ? { seen_at: ctx.now() } : {}) };
  await ctx.db
    .insertInto('mailbox_door')
    .values({ name, seen_at: null, received_at: null, ...set })
    .onConflict((clash) => clash.column('name').doUpdateSet(set))
    .execute();
}

/** The bytes of a stored message. */
export async function loadBytes(ctx: Pick<Context, 'files'>, sha256: string): Promise<Uint8Array> {
  return ctx.files.bytes(sha256);
}

/** The bytes of a stored message for the reader: where they lie, if they lie on this machine. */
export async function sourceOf(ctx: Pick<Context, 'files'>, sha256: string): Promise<MailSource> {
  const path = ctx.files.path?.(sha256);
  return path === undefined ? loadBytes(ctx, sha256) : { path };
}

/** A message's row, or the refusal that says that there is none. */
export async function findMessage(reader: Reader, id: number) {
  return (
    (await reader.selectFrom('message').selectAll().where('id', '=', id).executeTakeFirst()) ??
    refuse('message.unknown', { id })
  );
}
