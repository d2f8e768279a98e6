import { createHmac, randomBytes } from 'node:crypto';
import type { SendResult } from '../adapters/webhook-sender.ts';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { MAX_TRIES, waitAfter, wantsEvent } from '../domain/webhook.ts';
import { type Context, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { openTask } from './tasks.ts';
import { webhookSecret } from './webhooks.ts';

/** Events looked at in one transaction, messages sent to one receiver in one run. */
const EVENTS_AT_ONCE = 1_000;
const MESSAGES_A_RUN = 200;
const KEPT_DAYS = 30;
/** "Gone": the receiver says that it will never want a message again. */
const GONE = 410;

/**
 * Queues what has happened since the last look and sends what is due. Each receiver gets its messages in order, one after
 * the other: while one fails, the later ones wait. A message may arrive twice, with the same `webhook-id`, when a server
 * dies between sending and writing it down; none gets lost. For a schedule; safe on several servers at once.
 * @returns messages that receivers took, and receivers that did not take theirs
 */
export async function deliverWebhooks(ctx: Context): Promise<{ sent: number; failed: number }> {
  const webhooks = await ctx.db
    .selectFrom('webhook')
    .select('id')
    .where('disabled_at', 'is', null)
    .orderBy('id')
    .execute();
  const results = await Promise.all(
    webhooks.map(async ({ id }) => {
      while (await queueEvents(ctx, id));
      return sendQueued(ctx, id);
    }),
  );
  const old = new Date(ctx.wallClock().getTime() - KEPT_DAYS * 86_400_000);
  await ctx.db.deleteFrom('webhook_delivery').where('state', '=', 'sent').where('created_at', '<', old).execute();
  return {
    sent: results.reduce((sum, result) => sum + result.sent, 0),
    failed: results.filter((result) => !result.ok).length,
  };
}

/** Moves the cursor over the next events and queues those that are wanted. @returns whether there may be more */
async function queueEvents(ctx: Context, webhookId: number): Promise<boolean> {
  return transact(ctx, async (tx) => {
    // Another server may be at it: then this one need not.
    const webhook = await tx
      .selectFrom('webhook')
      .select(['events', 'cursor_seq'])
      .where('id', '=', webhookId)
      .where('disabled_at', 'is', null)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (!webhook) return false;
    // Events commit in the order of their numbers (one head row), so none appears behind the cursor.
    const events = await tx
      .selectFrom('event')
      .select(['seq', 'action'])
      .where('seq', '>', webhook.cursor_seq)
      .orderBy('seq')
      .limit(EVENTS_AT_ONCE)
      .execute();
    const last = events.at(-1);
    if (!last) return false;
    const wanted = events.filter((event) => wantsEvent(webhook.events, event.action));
    if (wanted.length > 0) {
      const now = ctx.wallClock();
      await tx
        .insertInto('webhook_delivery')
        .values(
          wanted.map((event) => ({
            webhook_id: webhookId,
            event_seq: event.seq,
            next_attempt_at: now,
            status: null,
            created_at: now,
          })),
        )
        .onConflict((conflict) => conflict.columns(['webhook_id', 'event_seq']).doNothing())
        .execute();
    }
    await tx.updateTable('webhook').set({ cursor_seq: last.seq }).where('id', '=', webhookId).execute();
    return events.length === EVENTS_AT_ONCE;
  });
}

/**
 * Takes the oldest waiting message when its time has come. Counting the try and setting the time of the next one claims
 * it: another server sees a message that is not due, and if this one dies the message becomes due again by itself.
 */
async function claimNext(ctx: Context, webhookId: number) {
  const now = ctx.wallClock();
  return transact(ctx, async (tx) => {
    const next = await tx
      .selectFrom('webhook_delivery as d')
      .innerJoin('webhook as w', 'w.id', 'd.webhook_id')
      .innerJoin('event as e', 'e.seq', 'd.event_seq')
      .select(['d.id', 'd.attempts', 'd.next_attempt_at', 'w.url', 'w.salt'])
      .select([
        'e.seq',
        'e.at',
        'e.action',
        'e.subject',
        'e.subject_id',
        'e.action_id',
        'e.party_id',
        'e.unit_id',
        'e.actor_kind',
      ])
      .where('d.webhook_id', '=', webhookId)
      .where('d.state', '=', 'queued')
      .where('w.disabled_at', 'is', null)
      .orderBy('d.id')
      .limit(1)
      .forUpdate('d')
      .executeTakeFirst();
    if (!next || (next.next_attempt_at && next.next_attempt_at > now)) return undefined;
    const attempts = next.attempts + 1;
    await tx
      .updateTable('webhook_delivery')
      .set({ attempts, next_attempt_at: new Date(now.getTime() + waitAfter(attempts)) })
      .where('id', '=', next.id)
      .execute();
    return { ...next, attempts };
  });
}

async function sendQueued(ctx: Context, webhookId: number): Promise<{ sent: number; ok: boolean }> {
  for (let sent = 0; sent < MESSAGES_A_RUN; sent++) {
    const next = await claimNext(ctx, webhookId);
    if (!next) return { sent, ok: true };
    // Numbers and names of things only, nobody's name: what they say is asked for through the API, with a key's scopes.
    const body = JSON.stringify({
      type: next.action,
      timestamp: next.at.toISOString(),
      data: {
        seq: next.seq,
        at: next.at.toISOString(),
        action: next.action,
        subject: next.subject,
        subjectId: next.subject_id,
        actionId: next.action_id,
        partyId: next.party_id,
        unitId: next.unit_id,
        actorKind: next.actor_kind,
      },
    });
    const result = await post(ctx, next, `evt_${webhookId}_${next.seq}`, body);
    if (!(await keepOutcome(ctx, webhookId, next, result))) return { sent, ok: false };
  }
  return { sent: MESSAGES_A_RUN, ok: true };
}

function post(ctx: Context, webhook: { url: string; salt: string }, id: string, body: string): Promise<SendResult> {
  const headers = signMessage(webhookSecret(ctx, webhook.salt), id, ctx.wallClock(), body);
  return ctx.webhooks.post(webhook.url, { ...headers, 'user-agent': `Fieldfix/${ctx.settings.version}` }, body);
}

/**
 * The headers that prove a message (Standard Webhooks): HMAC-SHA256 with the secret's bytes over `id.timestamp.body`.
 * @param at the real time of this try: receivers refuse what is older than they like
 */
export function signMessage(secret: string, id: string, at: Date, body: string): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
}

const wasTaken = ({ status }: SendResult): boolean => status !== null && status >= 200 && status < 300;

/** Writes down what the receiver said: taken, another try later, or (after the last one, or 410) the webhook is off. */
async function keepOutcome(
  ctx: Context,
  webhookId: number,
  message: { id: number; attempts: number; url: string },
  result: SendResult,
): Promise<boolean> {
  const taken = wasTaken(result);
  const over = !taken && (message.attempts >= MAX_TRIES || result.status === GONE);
  const next =
    taken || over ? null : new Date(ctx.wallClock().getTime() + waitAfter(message.attempts, result.retryAfter));
  await transact(ctx, async (tx) => {
    await tx
      .updateTable('webhook_delivery')
      .set({
        state: taken ? 'sent' : over ? 'failed' : 'queued',
        next_attempt_at: next,
        status: result.status,
        detail: result.detail.slice(0, 500),
      })
      .where('id', '=', message.id)
      .execute();
    if (!over) return;
    const reason =
      result.status === GONE
        ? 'The receiver says that it is gone for good (410).'
        : `${MAX_TRIES} tries failed, the last one: ${[result.status, result.detail].filter(Boolean).join(' ')}`;
    await tx
      .updateTable('webhook')
      .set({ disabled_at: ctx.wallClock(), disabled_reason: reason.slice(0, 500) })
      .where('id', '=', webhookId)
      .execute();
    await recordEvent(tx, ctx, { action: 'webhook.disable', subject: 'webhook', subjectId: webhookId, reason });
    await openTask(tx, ctx, {
      kind: 'webhook-failing',
      key: `webhook-failing:${webhookId}`,
      detail: { url: message.url, reason },
      again: true,
    });
  });
  return taken;
}

/** Sends a message of type `webhook.test` at once, whatever the webhook listens to, and says what came back. */
export async function testWebhook(
  ctx: Context,
  webhookId: number,
): Promise<{ ok: boolean; status: number | null; detail: string } | Refusal> {
  const no = forbid(ctx.actor, 'webhook.manage');
  if (no) return no;
  const webhook = await ctx.db
    .selectFrom('webhook')
    .select(['url', 'salt'])
    .where('id', '=', webhookId)
    .executeTakeFirst();
  if (!webhook) return refuse('webhook.unknown', { id: webhookId });
  const body = JSON.stringify({ type: 'webhook.test', timestamp: ctx.wallClock().toISOString(), data: { webhookId } });
  const result = await post(ctx, webhook, `test_${randomBytes(12).toString('hex')}`, body);
  const outcome = { ok: wasTaken(result), status: result.status, detail: result.detail };
  await transact(ctx, (tx) =>
    recordEvent(tx, ctx, { action: 'webhook.test', subject: 'webhook', subjectId: webhookId, after: outcome }),
  );
  return outcome;
}
