import { sql } from 'kysely';
import { json } from '../db/values.ts';
import type { MailFacts, MailGuess, MailReason } from '../domain/mail.ts';
import { type ProposedContact, readProposedContact } from '../domain/mail-automatic.ts';
import { ownTextOf } from '../domain/mail-quote.ts';
import { SAYS_CHANGE, SAYS_LEFT, sortMail } from '../domain/mail-sort.ts';
import { forbid } from '../domain/permission.ts';
import type { Refusal } from '../domain/refusal.ts';
import { readerOf } from './attachments.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { applyMessages, type Settled } from './message-effects.ts';
import { type FoundPlace, matchMessages, type Place } from './message-match.ts';
import { sourceOf } from './messages.ts';

/** Messages of one transaction. */
const BATCH = 200;
const EXCERPT = 500;

export interface ReadReport {
  read: number;
  waiting: number;
}

interface Unread {
  id: number;
  sha256: string;
  received_at: Date;
  envelope_to: string[];
}

/** A message that was read, sorted and matched, before anything came of it. */
export interface ReadMessage {
  id: number;
  receivedAt: Date;
  mail: MailFacts;
  guess: MailGuess;
  place: Place;
  contact: ProposedContact | undefined;
}

/**
 * Reads what is new: takes messages apart in the reader's thread, sorts them, finds where they belong, and acts on what is
 * sure – everything about one batch in one transaction, or nothing. Run by two servers at once, or after a crash, each
 * message is read once. One that cannot be handled waits for a person, and holds up nobody.
 */
export async function readMessages(
  ctx: Context,
  options: { limit?: number; signal?: AbortSignal } = {},
): Promise<ReadReport | Refusal> {
  const no = forbid(ctx.actor, 'message.keep');
  if (no) return no;
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  const report: ReadReport = { read: 0, waiting: 0 };
  let next = takeApart(ctx, 0);
  while (report.read < limit && !options.signal?.aborted) {
    const batch = await next;
    const last = batch.at(-1);
    if (!last) break;
    // The next batch is taken apart while this one is written.
    next = takeApart(ctx, last.row.id);
    const done = await settleBatch(ctx, batch);
    report.read += done.read;
    report.waiting += done.waiting;
  }
  await next;
  return report;
}

interface Apart {
  row: Unread;
  mail: MailFacts;
  guess: MailGuess;
}

async function takeApart(ctx: Context, after: number): Promise<Apart[]> {
  const rows = await ctx.db
    .selectFrom('message')
    .select(['id', 'sha256', 'received_at', 'envelope_to'])
    .where('state', '=', 'new')
    .where('id', '>', after)
    .orderBy('id')
    .limit(BATCH)
    .execute();
  return Promise.all(
    rows.map(async (row) => {
      const mail = await ctx.mailReader.read(await sourceOf(ctx, row.sha256));
      return { row, mail, guess: sortMail(mail) };
    }),
  );
}

async function settleBatch(ctx: Context, batch: readonly Apart[]): Promise<ReadReport> {
  try {
    return await transact(ctx, (tx) => settle(tx, ctx, batch));
  } catch (error) {
    if (batch.length > 1) {
      const report: ReadReport = { read: 0, waiting: 0 };
      for (const one of batch) {
        const done = await settleBatch(ctx, [one]);
        report.read += done.read;
        report.waiting += done.waiting;
      }
      return report;
    }
    const [only] = batch;
    if (!only) return { read: 0, waiting: 0 };
    const outcome = `Could not be handled: ${(error as Error).message}`.slice(0, 500);
    ctx.log('error', `message ${only.row.id}: ${outcome}`);
    await ctx.db
      .updateTable('message')
      .set({ state: 'waiting', state_since: ctx.now(), kind: 'other', confidence: 0, outcome })
      .where('id', '=', only.row.id)
      .where('state', '=', 'new')
      .execute();
    return { read: 1, waiting: 1 };
  }
}

async function settle(tx: Tx, ctx: Context, batch: readonly Apart[]): Promise<ReadReport> {
  // Another server may have been quicker: what it has is left to it.
  const { rows } = await sql<{ id: number }>`
    select id from message where id = any(${batch.map((one) => one.row.id)}::bigint[]) and state = 'new'
     order by id for update skip locked`.execute(tx);
  const ours = new Set(rows.map((row) => row.id));
  const mine = batch.filter((one) => ours.has(one.row.id));
  if (mine.length === 0) return { read: 0, waiting: 0 };
  const places = await matchMessages(
    tx,
    ctx,
    mine.map(({ row, mail, guess }) => ({ mail, guess, envelopeTo: row.envelope_to })),
  );
  const read = mine.map(({ row, mail, guess }, index): ReadMessage => {
    const place = places[index] as FoundPlace;
    return {
      id: row.id,
      receivedAt: row.received_at,
      mail,
      guess: weigh(guess, place, mail),
      place,
      contact: contactIn(ctx, mail, guess),
    };
  });
  const twins = await findTwins(tx, read);
  const settled = await applyMessages(tx, ctx, read, twins);
  await writeRead(tx, ctx, read, settled, twins);
  const byKind: Record<string, number> = {};
  for (const { guess } of read) byKind[guess.kind] = (byKind[guess.kind] ?? 0) + 1;
  const [only] = read;
  await recordEvent(tx, ctx, {
    action: 'message.read',
    subject: 'message',
    subjectId: read.length === 1 && only ? only.id : '',
    actionId: read.length === 1 && only ? only.place.actionId : null,
    partyId: read.length === 1 && only ? only.place.partyId : null,
    after: { messages: read.map((one) => one.id), byKind },
  });
  const due = read.some(hasReader);
  if (due) await ctx.queue.enqueue(tx, 'read-attachments', {}, { key: 'due' });
  return { read: read.length, waiting: [...settled.values()].filter((one) => one.state === 'waiting').length };
}

/** What a person wrote in words that we do not know: it speaks of units of theirs, so that it is put there as a reply. */
function ofUnits(guess: MailGuess, place: FoundPlace, mail: MailFacts): MailGuess {
  if (guess.kind !== 'other' || guess.automatic || mail.encrypted !== '' || place.serials.length === 0) return guess;
  const text = place.serials.join(', ').slice(0, 200);
  // Found by them, they stand among its reasons already.
  const reasons: MailReason[] = place.by === 'serial' ? [] : [{ what: 'words', text, says: 'units of this party' }];
  return { ...guess, kind: 'reply', confidence: 40, reasons: [...guess.reasons, ...reasons] };
}

/** A report about no letter of ours, or a message from nobody we know, is less sure than its words. */
function weigh(sorted: MailGuess, place: FoundPlace, mail: MailFacts): MailGuess {
  const guess = ofUnits(sorted, place, mail);
  const reasons = [...guess.reasons, ...place.reasons];
  const report = guess.kind === 'failure' || guess.kind === 'delay' || guess.kind === 'delivered';
  const stranger = report && place.deliveryId === null;
  const confidence = mail.troubles.includes('too-slow') || mail.troubles.includes('too-large') ? 0 : guess.confidence;
  return { ...guess, reasons, confidence: stranger ? Math.min(confidence, 50) : confidence };
}

function contactIn(ctx: Context, mail: MailFacts, { kind, reasons }: MailGuess): ProposedContact | undefined {
  const besides = reasons.some(({ says }) => says === SAYS_CHANGE || says === SAYS_LEFT);
  if (kind !== 'automatic' && kind !== 'contact-change' && !besides) return undefined;
  const own = /<([^<>]+)>/.exec(ctx.settings.mailFrom)?.[1] ?? ctx.settings.mailFrom;
  const known = [mail.from.address, mail.replyTo?.address ?? '', own, ...mail.to.map((to) => to.address)];
  return readProposedContact(ownTextOf(mail), known);
}

/** Mails that came by another mailbox before: the same Message-ID from the same sender. */
async function findTwins(tx: Tx, read: readonly ReadMessage[]): Promise<Map<number, number>> {
  const named = read.filter((one) => one.mail.messageId !== '' && one.mail.from.address !== '');
  const { rows } = await sql<{ id: number; message_id: string; from_address: string }>`
    select id, message_id, from_address from message
     where message_id = any(${named.map((one) => one.mail.messageId)}::text[]) and message_id <> '' order by id`.execute(
    tx,
  );
  const first = new Map<string, number>();
  for (const row of rows) {
    const key = `${row.from_address} ${row.message_id}`;
    if (!first.has(key)) first.set(key, row.id);
  }
  const twins = new Map<number, number>();
  for (const one of named) {
    const key = `${one.mail.from.address} ${one.mail.messageId}`;
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, one.id);
    else if (earlier !== one.id) twins.set(one.id, earlier);
  }
  return twins;
}

function hasReader(one: ReadMessage): boolean {
  return !one.guess.automatic && one.mail.attachments.some((part) => readerOf(part) !== undefined);
}

async function writeRead(
  tx: Tx,
  ctx: Context,
  read: readonly ReadMessage[],
  settled: ReadonlyMap<number, Settled>,
  twins: ReadonlyMap<number, number>,
): Promise<void> {
  const rows = read.map((one) => {
    const { mail, guess, place, contact } = one;
    const end = settled.get(one.id) ?? { state: 'waiting', outcome: '', taskId: null };
    return {
      id: one.id,
      state: end.state,
      outcome: end.outcome,
      task_id: end.taskId,
      twin_id: twins.get(one.id) ?? null,
      message_id: mail.messageId,
      from_name: mail.from.name,
      from_address: mail.from.address,
      subject: mail.subject.slice(0, 500),
      written_at: mail.writtenAt,
      excerpt: ownTextOf(mail).replace(/\s+/g, ' ').slice(0, EXCERPT).toWellFormed(),
      kind: guess.kind,
      failure: guess.failure,
      confidence: guess.confidence,
      automatic: guess.automatic,
      signed: mail.signed,
      encrypted: mail.encrypted,
      troubles: mail.troubles,
      attachments: mail.attachments,
      attachments_due: hasReader(one) && !twins.has(one.id),
      guess: {
        kind: guess.kind,
        reasons: guess.reasons,
        recipients: guess.recipients,
        ...(contact ? { contact } : {}),
      },
      matched_by: place.by,
      action_id: place.actionId,
      party_id: place.partyId,
      contact_id: place.contactId,
      delivery_id: place.deliveryId,
    };
  });
  await sql`
    update message m set state = n.state, state_since = ${ctx.now()}::timestamptz, outcome = n.outcome, task_id = n.task_id,
           twin_id = n.twin_id, message_id = n.message_id, from_name = n.from_name, from_address = n.from_address,
           subject = n.subject, written_at = n.written_at, excerpt = n.excerpt, kind = n.kind, failure = n.failure,
           confidence = n.confidence, automatic = n.automatic, signed = n.signed, encrypted = n.encrypted,
           troubles = array(select json_array_elements_text(n.troubles)), attachments = n.attachments,
           attachments_due = n.attachments_due, guess = n.guess, matched_by = n.matched_by, action_id = n.action_id,
           party_id = n.party_id, contact_id = n.contact_id, delivery_id = n.delivery_id
      from json_to_recordset(${json(rows)}::json) as n (id bigint, state text, outcome text, task_id bigint, twin_id bigint,
           message_id text, from_name text, from_address text, subject text, written_at timestamptz, excerpt text, kind text,
           failure text, confidence int, automatic boolean, signed text, encrypted text, troubles json, attachments jsonb,
           attachments_due boolean, guess jsonb, matched_by text, action_id bigint, party_id bigint, contact_id bigint,
           delivery_id bigint)
     where m.id = n.id`.execute(tx);
}
