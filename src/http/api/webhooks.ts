import { z } from 'zod';
import { testWebhook } from '../../app/webhook-delivery.ts';
import {
  changeWebhook,
  changeWebhookInput,
  createWebhook,
  listWebhookMessages,
  listWebhooks,
  removeWebhook,
  rotateWebhookSecret,
  webhookInput,
} from '../../app/webhooks.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { idOf, instant, type Operation, operation } from './operation.ts';

const tag = 'Webhooks';
const permission = 'webhook.manage';
const params = idOf('webhook');
const example = { params: { id: '1' } };
const idAnswer = z.object({ id: z.number().int() });
const secretAnswer = z.object({
  id: z.number().int(),
  secret: z
    .string()
    .describe('Checks each message (Standard Webhooks): HMAC-SHA256 over `id.timestamp.body`. Shown only now.'),
});

export const webhookOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/webhooks',
    permission,
    tag,
    summary: 'List webhooks',
    description: 'Every receiver with the events it wants, and how many messages wait or were given up.',
    answer: z.object({
      rows: z.array(
        z.object({
          id: z.number().int(),
          url: z.string(),
          events: z.array(z.string()),
          createdBy: z.string(),
          createdAt: instant,
          disabledAt: instant.nullable(),
          disabledReason: z.string(),
          waiting: z.number().int(),
          failed: z.number().int(),
        }),
      ),
    }),
    async run(ctx) {
      const rows = await listWebhooks(ctx);
      return isRefusal(rows) ? rows : { rows };
    },
  }),
  operation({
    method: 'POST',
    path: '/webhooks',
    permission,
    tag,
    summary: 'Add a webhook',
    description:
      'Posts a signed message to the address for each event whose name fits, from now on and in order. A message names what ' +
      'changed and holds no personal data; it may come twice, with the same `webhook-id`. After eight failed tries in two ' +
      'days the webhook is switched off and a task opened.',
    body: webhookInput,
    status: 201,
    answer: secretAnswer,
    example: { body: { url: 'https://erp.maker.example/fieldfix', events: ['notice.*', 'action.move'] } },
    run: (ctx, { body }) => createWebhook(ctx, body),
  }),
  operation({
    method: 'PATCH',
    path: '/webhooks/:id',
    permission,
    tag,
    summary: 'Change a webhook',
    description:
      'Another address, other events, off or on. What happened while it was off is sent when it is on again.',
    params,
    body: changeWebhookInput,
    answer: idAnswer,
    example: { ...example, body: { enabled: true } },
    run: (ctx, { params: { id }, body }) => changeWebhook(ctx, id, body),
  }),
  operation({
    method: 'POST',
    path: '/webhooks/:id/test',
    permission,
    tag,
    summary: 'Send a test message',
    description: 'Posts a message of type `webhook.test` now and answers what the receiver said.',
    params,
    answer: z.object({ ok: z.boolean(), status: z.number().int().nullable(), detail: z.string() }),
    example,
    run: (ctx, { params: { id } }) => testWebhook(ctx, id),
  }),
  operation({
    method: 'POST',
    path: '/webhooks/:id/rotate',
    permission,
    tag,
    summary: 'Give a webhook a new secret',
    description: 'Messages are signed with the new secret from now on; the old one is worth nothing any more.',
    params,
    answer: secretAnswer,
    example,
    run: (ctx, { params: { id } }) => rotateWebhookSecret(ctx, id),
  }),
  operation({
    method: 'DELETE',
    path: '/webhooks/:id',
    permission,
    tag,
    summary: 'Remove a webhook',
    description: 'Takes the receiver away, with the messages that wait for it.',
    params,
    answer: idAnswer,
    example,
    run: (ctx, { params: { id } }) => removeWebhook(ctx, id),
  }),
  operation({
    method: 'GET',
    path: '/webhooks/:id/messages',
    permission,
    tag,
    summary: "List a webhook's messages",
    description: 'The last hundred messages with their tries and what the receiver answered.',
    params,
    answer: z.object({
      rows: z.array(
        z.object({
          id: z.number().int(),
          event: z.string(),
          eventSeq: z.number().int(),
          state: z.enum(['queued', 'sent', 'failed']),
          attempts: z.number().int(),
          nextAttemptAt: instant.nullable(),
          status: z.number().int().nullable(),
          detail: z.string(),
          createdAt: instant,
        }),
      ),
    }),
    example,
    async run(ctx, { params: { id } }) {
      const rows = await listWebhookMessages(ctx, id);
      return isRefusal(rows) ? rows : { rows };
    },
  }),
];
