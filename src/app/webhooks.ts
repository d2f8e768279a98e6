import { createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { isEventPattern, isReceiverAddress } from '../domain/webhook.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';

const MESSAGES_SHOWN = 100;

export const webhookInput = z.object({
  url: z
    .string()
    .trim()
    .max(500)
    .refine(isReceiverAddress, 'Write an address like https://erp.maker.example/fieldfix, without name and password.'),
  /** Kinds of events: `notice.release`, all of one noun `notice.*`, or `*`. */
  events: z
    .array(z.string().trim().refine(isEventPattern, 'Write kinds of events, e.g. notice.release, notice.* or *.'))
    .min(1, 'Name at least one kind of event, or * for all.')
    .max(50),
});
export const changeWebhookInput = webhookInput.partial().extend({ enabled: z.boolean().optional() });

/**
 * The secret its receiver checks messages with (Standard Webhooks), as printed. Derived from the row's salt and the
 * server's secret, so that no copy lies in the database.
 */
export function webhookSecret(ctx: Pick<Context, 'settings'>, salt: string): string {
  return `whsec_${createHmac('sha256', ctx.settings.secret).update(`fieldfix webhook ${salt}`).digest('base64')}`;
}
const newSalt = (): string => randomBytes(16).toString('hex');

async function lockWebhook(tx: Tx, webhookId: number) {
  return (
    (await tx.selectFrom('webhook').selectAll().where('id', '=', webhookId).forUpdate().executeTakeFirst()) ??
    refuse('webhook.unknown', { id: webhookId })
  );
}

/** Adds a receiver. It is told of what happens from now on. The secret is in this answer only. */
export async function createWebhook(
  ctx: Context,
  input: z.infer<typeof webhookInput>,
): Promise<{ id: number; secret: string } | Refusal> {
  const no = forbid(ctx.actor, 'webhook.manage');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const salt = newSalt();
    const events = [...new Set(input.events)];
    const head = await tx.selectFrom('event_head').select('seq').executeTakeFirst();
    const row = await tx
      .insertInto('webhook')
      .values({
        url: input.url,
        salt,
        events,
        cursor_seq: head?.seq ?? 0,
        created_by: ctx.actor.name,
        created_at: ctx.now(),
        disabled_at: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, {
      action: 'webhook.create',
      subject: 'webhook',
      subjectId: row.id,
      after: { url: input.url, events },
    });
    return { id: row.id, secret: webhookSecret(ctx, salt) };
  });
}

/**
 * Gives a webhook another address or other events, or switches it off or on. On again it goes on where it stopped: what
 * was given up is tried anew and what happened meanwhile follows, so that nothing is missed.
 */
export async function changeWebhook(
  ctx: Context,
  webhookId: number,
  input: z.infer<typeof changeWebhookInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'webhook.manage');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const row = await lockWebhook(tx, webhookId);
    if ('refusal' in row) return row;
    const wasOn = row.disabled_at === null;
    const on = input.enabled ?? wasOn;
    const after = { url: input.url ?? row.url, events: input.events ?? row.events, enabled: on };
    await tx
      .updateTable('webhook')
      .set({
        url: after.url,
        events: after.events,
        ...(on === wasOn
          ? {}
          : on
            ? { disabled_at: null, disabled_reason: '' }
            : { disabled_at: ctx.now(), disabled_reason: `Switched off by ${ctx.actor.name}.` }),
      })
      .where('id', '=', webhookId)
      .execute();
    if (on && !wasOn) {
      await tx
        .updateTable('webhook_delivery')
        .set({ state: 'queued', attempts: 0, next_attempt_at: ctx.wallClock() })
        .where('webhook_id', '=', webhookId)
        .where('state', '<>', 'sent')
        .execute();
    }
    await recordEvent(tx, ctx, {
      action: 'webhook.change',
      subject: 'webhook',
      subjectId: webhookId,
      before: { url: row.url, events: row.events, enabled: wasOn },
      after,
    });
    return { id: webhookId };
  });
}

/** Signs with a new secret from now on: for a secret that became known. */
export async function rotateWebhookSecret(
  ctx: Context,
  webhookId: number,
): Promise<{ id: number; secret: string } | Refusal> {
  const no = forbid(ctx.actor, 'webhook.manage');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const row = await lockWebhook(tx, webhookId);
    if ('refusal' in row) return row;
    const salt = newSalt();
    await tx.updateTable('webhook').set({ salt }).where('id', '=', webhookId).execute();
    await recordEvent(tx, ctx, { action: 'webhook.rotate', subject: 'webhook', subjectId: webhookId });
    return { id: webhookId, secret: webhookSecret(ctx, salt) };
  });
}

/** Takes a receiver away with the messages that wait for it. What it was told of stays in the record of events. */
export async function removeWebhook(ctx: Context, webhookId: number): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'webhook.manage');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const row = await lockWebhook(tx, webhookId);
    if ('refusal' in row) return row;
    await tx.deleteFrom('webhook_delivery').where('webhook_id', '=', webhookId).execute();
    await tx.deleteFrom('webhook').where('id', '=', webhookId).execute();
    await recordEvent(tx, ctx, {
      action: 'webhook.remove',
      subject: 'webhook',
      subjectId: webhookId,
      before: { url: row.url, events: row.events },
    });
    return { id: webhookId };
  });
}

export interface Webhook {
  id: number;
  url: string;
  events: string[];
  createdBy: string;
  createdAt: Date;
  disabledAt: Date | null;
  disabledReason: string;
  waiting: number;
  failed: number;
}

/** Every receiver, the newest first. */
export async function listWebhooks(ctx: Context): Promise<Webhook[] | Refusal> {
  const no = forbid(ctx.actor, 'webhook.manage');
  if (no) return no;
  return ctx.db
    .selectFrom('webhook as w')
    .leftJoin('webhook_delivery as d', (join) => join.onRef('d.webhook_id', '=', 'w.id').on('d.state', '<>', 'sent'))
    .select((eb) => [
      'w.id',
      'w.url',
      'w.events',
      'w.created_by as createdBy',
      'w.created_at as createdAt',
      'w.disabled_at as disabledAt',
      'w.disabled_reason as disabledReason',
      eb.fn.count<number>('d.id').filterWhere('d.state', '=', 'queued').as('waiting'),
      eb.fn.count<number>('d.id').filterWhere('d.state', '=', 'failed').as('failed'),
    ])
    .groupBy('w.id')
    .orderBy('w.id', 'desc')
    .execute();
}

export interface WebhookMessage {
  id: number;
  event: string;
  eventSeq: number;
  state: 'queued' | 'sent' | 'failed';
  attempts: number;
  nextAttemptAt: Date | null;
  status: number | null;
  detail: string;
  createdAt: Date;
}

/** The last hundred messages of a receiver, the newest first. */
export async function listWebhookMessages(ctx: Context, webhookId: number): Promise<WebhookMessage[] | Refusal> {
  const no = forbid(ctx.actor, 'webhook.manage');
  if (no) return no;
  const known = await ctx.db.selectFrom('webhook').select('id').where('id', '=', webhookId).executeTakeFirst();
  if (!known) return refuse('webhook.unknown', { id: webhookId });
  return ctx.db
    .selectFrom('webhook_delivery as d')
    .innerJoin('event as e', 'e.seq', 'd.event_seq')
    .select([
      'd.id',
      'e.action as event',
      'd.event_seq as eventSeq',
      'd.state',
      'd.attempts',
      'd.next_attempt_at as nextAttemptAt',
      'd.status',
      'd.detail',
      'd.created_at as createdAt',
    ])
    .where('d.webhook_id', '=', webhookId)
    .orderBy('d.id', 'desc')
    .limit(MESSAGES_SHOWN)
    .execute();
}
