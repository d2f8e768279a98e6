import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import { forbid, keyScopes, type Permission } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Deps, transact } from './context.ts';
import { recordEvent } from './event.ts';

const PREFIX = 'ff_';
/** The characters of a key that are shown in lists, so that people can tell keys apart. */
const SHOWN = 11;
/** `last_used_at` is written at most this often: a busy key must not write at every request. */
const USED_EVERY_MS = 60_000;
const DAY_MS = 86_400_000;

export const createKeyInput = z.object({
  name: z
    .string()
    .trim()
    .min(2, 'Say what the key is for, e.g. ERP export.')
    .max(100, 'Use at most 100 characters.')
    .describe('What the key is for.'),
  scopes: z
    .array(z.enum(keyScopes as [Permission, ...Permission[]], 'Choose from the list of scopes.'))
    .min(1, 'Choose at least one scope.')
    .transform((scopes) => [...new Set(scopes)].sort())
    .describe('Permissions the key holds.'),
  days: z.coerce
    .number('Write a number of days.')
    .int('Write a whole number of days.')
    .min(1, 'A key lasts at least a day.')
    .max(3650, 'A key lasts at most ten years.')
    .optional()
    .describe('Days until it ends; without it, it ends when it is revoked.'),
});

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** A key as lists show it; the secret itself is known only to whoever made it. */
export interface ApiKeyInfo {
  id: number;
  name: string;
  prefix: string;
  scopes: string[];
  createdBy: string;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
}

/**
 * Makes a key for a program.
 * @returns its number and the secret, which is shown this once and stored only as a hash
 */
export async function createApiKey(
  ctx: Context,
  input: z.output<typeof createKeyInput>,
): Promise<{ id: number; secret: string; prefix: string; expiresAt: Date | null } | Refusal> {
  const no = forbid(ctx.actor, 'key.manage');
  if (no) return no;
  const secret = PREFIX + randomBytes(32).toString('base64url');
  const prefix = secret.slice(0, SHOWN);
  const now = ctx.wallClock();
  const expiresAt = input.days ? new Date(now.getTime() + input.days * DAY_MS) : null;
  return transact(ctx, async (tx) => {
    const taken = await tx
      .selectFrom('api_key')
      .select('id')
      .where('name', '=', input.name)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    if (taken) return refuse('api-key.name-taken', { name: input.name }, 'name');
    const { id } = await tx
      .insertInto('api_key')
      .values({
        name: input.name,
        prefix,
        hash: hashOf(secret),
        scopes: input.scopes,
        created_by: ctx.actor.name,
        created_at: now,
        expires_at: expiresAt,
        revoked_at: null,
        last_used_at: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, {
      action: 'key.create',
      subject: 'api-key',
      subjectId: id,
      after: { name: input.name, prefix, scopes: input.scopes, expiresAt },
    });
    return { id, secret, prefix, expiresAt };
  });
}

/** Ends a key at once. Refused with `api-key.unknown`; ending it twice changes nothing. */
export async function revokeApiKey(ctx: Context, id: number): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'key.manage');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const key = await tx
      .selectFrom('api_key')
      .select(['name', 'prefix', 'revoked_at'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (!key) return refuse('api-key.unknown', { id });
    if (key.revoked_at) return { id };
    await tx.updateTable('api_key').set({ revoked_at: ctx.wallClock() }).where('id', '=', id).execute();
    await recordEvent(tx, ctx, {
      action: 'key.revoke',
      subject: 'api-key',
      subjectId: id,
      before: { name: key.name, prefix: key.prefix },
    });
    return { id };
  });
}

/** Every key, the newest first; revoked ones stay in the list, because the record names them. */
export async function listApiKeys(ctx: Context): Promise<ApiKeyInfo[] | Refusal> {
  const no = forbid(ctx.actor, 'key.manage');
  if (no) return no;
  const rows = await ctx.db.selectFrom('api_key').selectAll().orderBy('id', 'desc').limit(500).execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  }));
}

/** The actor behind a key's secret, or a refusal that tells its holder why it is over. */
export async function findKeyActor(
  deps: Pick<Deps, 'db' | 'wallClock'>,
  secret: string,
): Promise<Extract<Actor, { kind: 'key' }> | Refusal> {
  const row = await deps.db
    .selectFrom('api_key')
    .select(['id', 'name', 'scopes', 'expires_at', 'revoked_at', 'last_used_at'])
    .where('hash', '=', hashOf(secret))
    .executeTakeFirst();
  if (!row) return refuse('api-key.wrong');
  const now = deps.wallClock();
  if (row.revoked_at) return refuse('api-key.revoked', { name: row.name });
  if (row.expires_at && row.expires_at <= now) return refuse('api-key.expired', { name: row.name });
  if (!row.last_used_at || now.getTime() - row.last_used_at.getTime() > USED_EVERY_MS) {
    await deps.db.updateTable('api_key').set({ last_used_at: now }).where('id', '=', row.id).execute();
  }
  return { kind: 'key', id: row.id, name: row.name, scopes: row.scopes };
}
