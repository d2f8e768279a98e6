import { z } from 'zod';
import { createApiKey, createKeyInput, listApiKeys, revokeApiKey } from '../../app/api-keys.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { idOf, instant, type Operation, operation } from './operation.ts';

const tag = 'API keys';

const keyAnswer = z.object({
  id: z.number().int(),
  name: z.string(),
  prefix: z.string().describe('First characters of the secret.'),
  scopes: z.array(z.string()),
  createdBy: z.string(),
  createdAt: instant,
  expiresAt: instant.nullable(),
  revokedAt: instant.nullable(),
  lastUsedAt: instant.nullable().describe('To the minute.'),
});

export const keyOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/me',
    permission: 'any',
    tag,
    summary: 'Show who is asking',
    description: 'The key or the person this request came from, with what they may do. Good for trying a key.',
    answer: z.object({
      kind: z.enum(['key', 'staff']),
      name: z.string(),
      role: z.string().nullable().describe('The role of a person; null for a key.'),
      scopes: z.array(z.string()).nullable().describe('The scopes of a key; null for a person.'),
    }),
    run: ({ actor }) => ({
      kind: actor.kind === 'key' ? ('key' as const) : ('staff' as const),
      name: actor.name,
      role: actor.kind === 'staff' ? actor.role : null,
      scopes: actor.kind === 'key' ? [...actor.scopes] : null,
    }),
  }),
  operation({
    method: 'GET',
    path: '/keys',
    permission: 'key.manage',
    tag,
    summary: 'List API keys',
    description:
      'Every key, the newest first. Only an administrator who is signed in may ask: no key can hold this scope.',
    answer: z.object({ rows: z.array(keyAnswer) }),
    async run(ctx) {
      const rows = await listApiKeys(ctx);
      return isRefusal(rows) ? rows : { rows };
    },
  }),
  operation({
    method: 'POST',
    path: '/keys',
    permission: 'key.manage',
    tag,
    summary: 'Create an API key',
    description: 'Makes a key with the scopes given. The secret is in this answer and never shown again.',
    body: createKeyInput,
    status: 201,
    answer: z.object({
      id: z.number().int(),
      secret: z.string().describe('Sent as `Authorization: Bearer …`.'),
      prefix: z.string(),
      expiresAt: instant.nullable(),
    }),
    example: { body: { name: 'ERP export', scopes: ['import.stage', 'import.apply'], days: 365 } },
    run: (ctx, { body }) => createApiKey(ctx, body),
  }),
  operation({
    method: 'POST',
    path: '/keys/:id/revoke',
    permission: 'key.manage',
    tag,
    summary: 'Revoke an API key',
    description: 'Ends the key at once. Requests with it are refused from now on.',
    params: idOf('key'),
    answer: z.object({ id: z.number().int() }),
    example: { params: { id: '3' } },
    run: (ctx, { params }) => revokeApiKey(ctx, params.id),
  }),
];
