import { sql } from 'kysely';
import type { SendResult } from '../adapters/mail.ts';
import { type Context, type Reader, type Tx, transact } from './context.ts';
import { returnPath } from './delivery-address.ts';
import { type Claimed, type Outcome, recordOutcomes } from './delivery-outcomes.ts';
import { composeLetters, type Letter } from './letters.ts';
import { keepInMailbox } from './mailbox.ts';

/**
 * Letters claimed at a time: about a quarter of a second's worth at the speed the mail server shows. What is claimed
 * when a server dies is in doubt: a slow mail server leaves a dozen such letters, and a fast one is kept busy.
 */
const SMALLEST_BATCH = 10;
const LARGEST_BATCH = 250;
const BATCH_MS = 250;
/** In the built-in mailbox a batch is one transaction. */
const MAILBOX_BATCH = 200;
/** Outcomes are written this soon after the first of them, or when a batch has come together. */
const WRITE_AFTER_MS = 100;
/** A mail server that could not be reached this often in a row is left alone until the next sweep. */
const GIVE_UP_AFTER = 5;
/** Kinds that wait while the sending of their action is paused or stopped. The others answer somebody, now. */
const CONTROLLED = ['notice', 'reminder'];

export interface SendReport {
  sent: number;
  /** Tried and not sent: tried again later, bounced, failed or in doubt. */
  other: number;
  /** The sweep ended before everything due was tried: limit, stop, or a mail server that does not answer. */
  more: boolean;
}

/**
 * Sends what is due, each letter once, however many servers do this at a time: rows are claimed one by one with
 * `for update skip locked` in a short transaction, handed to the mail server outside, and their outcome is written in
 * another. A server that dies in between leaves rows it had claimed: see recoverDeliveries.
 *
 * Without a mail server a letter goes into the built-in mailbox, in the transaction that marks it sent.
 * @param options.signal stops claiming; what is in flight is finished
 */
export async function sendDueDeliveries(
  ctx: Context,
  options: { limit?: number; signal?: AbortSignal } = {},
): Promise<SendReport> {
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  return ctx.mailer.kind === 'mailbox'
    ? sendToMailbox(ctx, limit, options.signal)
    : sendBySmtp(ctx, limit, options.signal);
}

async function sendToMailbox(ctx: Context, limit: number, signal?: AbortSignal): Promise<SendReport> {
  const report: SendReport = { sent: 0, other: 0, more: true };
  while (report.sent + report.other < limit && !signal?.aborted) {
    const batch = await transact(ctx, async (tx) => {
      const claimed = await claim(tx, ctx, Math.min(MAILBOX_BATCH, limit - report.sent - report.other));
      const { letters, failed } = await composeBatch(tx, ctx, claimed);
      await keepInMailbox(
        tx,
        ctx,
        letters.map(({ letter }) => letter),
      );
      const result: SendResult = { outcome: 'accepted', detail: 'in the built-in mailbox' };
      const sent = letters.map(({ delivery }): Outcome => ({ delivery, result, at: ctx.now() }));
      await recordOutcomes(tx, ctx, [...sent, ...failed]);
      return { sent: sent.length, other: failed.length };
    });
    report.sent += batch.sent;
    report.other += batch.other;
    if (batch.sent + batch.other === 0) return { ...report, more: false };
  }
  return report;
}

async function sendBySmtp(ctx: Context, limit: number, signal?: AbortSignal): Promise<SendReport> {
  const report: SendReport = { sent: 0, other: 0, more: false };
  const recorder = outcomeRecorder(ctx);
  let taken = 0;
  let flying = 0;
  let unreachable = 0;
  let size = SMALLEST_BATCH * 2;
  const landed: (() => void)[] = [];
  const land = (): Promise<void> => new Promise((resolve) => landed.push(resolve));
  const fly = async ({ letter, delivery }: Ready): Promise<void> => {
    const result = await ctx.mailer.send({
      sender: returnPath(ctx.settings, delivery.id),
      recipient: delivery.address,
      raw: letter.raw,
      envelopeId: `${delivery.id}.${delivery.attempts}`,
    });
    unreachable = result.unreachable ? unreachable + 1 : 0;
    if (result.outcome === 'accepted') report.sent++;
    else report.other++;
    recorder.add([{ delivery, result, at: ctx.now() }]);
    flying--;
    landed.shift()?.();
  };
  try {
    while (taken < limit && !signal?.aborted && unreachable < GIVE_UP_AFTER) {
      const began = performance.now();
      const most = Math.min(size, limit - taken);
      const claimed = await transact(ctx, (tx) => claim(tx, ctx, most));
      if (claimed.length === 0) return report;
      taken += claimed.length;
      const { letters, failed } = await composeBatch(ctx.db, ctx, claimed);
      report.other += failed.length;
      recorder.add(failed);
      flying += letters.length;
      for (const ready of letters) void fly(ready);
      // The next batch is claimed and composed while this one is in the air, but no further ahead than that.
      while (flying > claimed.length) await land();
      const pace = claimed.length / (performance.now() - began);
      size = Math.round(Math.min(LARGEST_BATCH, 2 * size, Math.max(SMALLEST_BATCH, pace * BATCH_MS)));
    }
    report.more = true;
    // Not a copy: letters in the air are counted as they land, below.
    return report;
  } finally {
    while (flying > 0) await land();
    await recorder.end();
  }
}

interface Ready {
  letter: Letter;
  delivery: Claimed;
}

/**
 * Composes a batch. One letter that cannot be composed must not hold up the others: then each is tried alone, and those
 * that fail are set down as a failed try that says why.
 */
async function composeBatch(
  reader: Reader,
  ctx: Context,
  claimed: Claimed[],
): Promise<{ letters: Ready[]; failed: Outcome[] }> {
  const compose = async (deliveries: Claimed[]): Promise<Ready[]> => {
    const letters = await composeLetters(
      reader,
      ctx,
      deliveries.map((delivery) => delivery.id),
    );
    const byId = new Map(letters.map((letter) => [letter.deliveryId, letter]));
    return deliveries.map((delivery) => {
      const letter = byId.get(delivery.id);
      if (!letter) throw new Error(`delivery ${delivery.id} has no letter`);
      return { letter, delivery };
    });
  };
  try {
    return { letters: await compose(claimed), failed: [] };
  } catch {
    const letters: Ready[] = [];
    const failed: Outcome[] = [];
    for (const delivery of claimed) {
      try {
        letters.push(...(await compose([delivery])));
      } catch (error) {
        const detail = `could not be composed: ${(error as Error).message}`.slice(0, 500);
        ctx.log('error', `delivery ${delivery.id} ${detail}`);
        failed.push({ delivery, result: { outcome: 'later', detail }, at: ctx.now() });
      }
    }
    return { letters, failed };
  }
}

interface Recorder {
  add(outcomes: Outcome[]): void;
  /** Writes what is left; throws what went wrong while writing: those rows then stay claimed, and are found in doubt. */
  end(): Promise<void>;
}

/** Writes outcomes many at a time while letters go on being sent. */
function outcomeRecorder(ctx: Context): Recorder {
  let waiting: Outcome[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  let problem: unknown;
  const write = (): void => {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(async () => {
      const batch = waiting;
      waiting = [];
      try {
        await transact(ctx, (tx) => recordOutcomes(tx, ctx, batch));
      } catch (error) {
        problem = error;
      }
    });
  };
  return {
    add(outcomes) {
      if (outcomes.length === 0) return;
      waiting.push(...outcomes);
      if (waiting.length >= LARGEST_BATCH) write();
      else timer ??= setTimeout(write, WRITE_AFTER_MS);
    },
    async end() {
      write();
      await writing;
      if (problem) throw problem;
    },
  };
}

/**
 * Takes due e-mails for this server. Pacing is computed from the rows, so that several servers keep it together: a
 * domain that had its share in the last minute waits. Test letters and receipts go out whatever the action's state.
 */
async function claim(tx: Tx, ctx: Context, most: number): Promise<Claimed[]> {
  const now = ctx.now();
  const pace = ctx.mailer.kind === 'smtp' ? ctx.settings.pacePerDomain : 0;
  // Two servers counting at the same time would each grant the same share.
  if (pace > 0) await sql`select pg_advisory_xact_lock(hashtext('fieldfix pace'))`.execute(tx);
  const due = sql`
    from delivery d
     where d.state = 'queued' and d.next_attempt_at <= ${now} and d.channel = 'email' and d.files <> 'wanted'
       and (d.kind <> all(${CONTROLLED}::text[])
            or d.action_id in (select id from action where delivery_state = 'running'))`;
  const chosen =
    pace > 0
      ? sql`
      with recent as (
        select domain, sum(n) as n from (
          select d.domain, count(*) as n from delivery_attempt a join delivery d on d.id = a.delivery_id
           where a.at > ${new Date(now.getTime() - 60_000)} and d.state <> 'sending' group by d.domain
          union all
          select domain, count(*) from delivery where state = 'sending' group by domain) counted group by domain),
      ahead as (
        select d.id, d.domain, d.next_attempt_at ${due}
           and d.domain not in (select domain from recent where n >= ${pace})
         order by d.next_attempt_at, d.id limit ${most * 20}),
      ranked as (
        select *, row_number() over (partition by domain order by next_attempt_at, id) as nth from ahead)
      select ranked.id from ranked left join recent using (domain)
       where nth + coalesce(n, 0) <= ${pace} order by next_attempt_at, ranked.id limit ${most}`
      : sql`select d.id ${due} order by d.next_attempt_at, d.id limit ${most} for update of d skip locked`;
  // Materialized: a join could run the subselect more than once, and each run would lock further rows.
  const { rows } = await sql<Claimed>`
    with chosen as materialized (${chosen})
    update delivery set state = 'sending', state_since = ${now}, attempts = attempts + 1,
           claimed_by = ${ctx.settings.instance}, claimed_at = ${now}, next_attempt_at = null
      from chosen where delivery.id = chosen.id and delivery.state = 'queued'
    returning delivery.id, action_id, notice_id, party_id, contact_id, kind, address, message_id, attempts`.execute(tx);
  return rows.sort((a, b) => a.id - b.id);
}
