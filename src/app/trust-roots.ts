import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { KeptKey } from '../adapters/tuf.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import {
  addSignature,
  makeRoot,
  metadataBytes,
  readMetadata,
  signatureMatches,
  signedBytes,
  type TopRole,
  type TufRole,
  topRoles,
  tufKeyOf,
} from '../domain/tuf.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { insertKey, loadNewest, loadTrustKeys, readRootRoles, rootIsComplete, signWith, TRUST_DAYS } from './trust.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const hex = z.string().trim().toLowerCase();
const reason = z.string().trim().min(3, 'Write why, for whoever reads this in five years.').max(500);

export const changeRootInput = z
  .object({
    /** Role whose keys change. */
    role: z.enum(topRoles),
    /** Keys that go: lost, leaked, or simply old. */
    retire: z
      .array(hex.regex(/^[0-9a-f]{64}$/, 'A key is named by 64 hexadecimal digits.'))
      .max(20)
      .default([]),
    /** New keys that this server, or the signer command, makes and keeps. */
    make: z.int().min(0).max(10).default(0),
    /** Public keys (64 hexadecimal digits each) of keys that people keep offline. */
    offline: z
      .array(hex.regex(/^[0-9a-f]{64}$/, 'A public key has 64 hexadecimal digits.'))
      .max(10)
      .default([]),
    /** Signatures the role needs; as before when left out. */
    threshold: z.int().min(1).max(10).optional(),
    reason,
  })
  .refine((input) => input.role === 'root' || input.offline.length === 0, {
    path: ['offline'],
    message: 'Only root keys are kept offline: the other roles sign by themselves.',
  });
export type ChangeRoot = z.infer<typeof changeRootInput>;

export interface RootState {
  version: number;
  state: 'published' | 'draft';
  /** Signatures that still have to come, by the keys that may give them. */
  missing: { keyId: string; holder: string }[];
}

/**
 * Changes the keys of a role: the next root says so. It is signed by every root key that is at hand; when that is enough
 * — of the old root's keys and of the new one's — it is published at once, else it waits as a draft for signatures made
 * elsewhere. One draft at a time.
 */
export async function changeRoot(ctx: Context, input: ChangeRoot): Promise<RootState | Refusal> {
  const no = forbid(ctx.actor, 'trust.manage');
  if (no) return no;
  const newest = (await loadNewest(ctx.db)).get('root');
  if (!newest) return refuse('trust.nothing-yet');
  if (await findDraft(ctx)) return refuse('trust.draft-open');
  const roles = readRootRoles(newest.bytes);
  const before = roles[input.role];
  const strange = input.retire.find((keyId) => !before.keys.some((key) => key.keyId === keyId));
  if (strange) return refuse('trust.key-unknown', { key: strange, role: input.role }, 'retire');
  const made: KeptKey[] = [];
  for (let count = 0; count < input.make; count++) made.push(await ctx.trust.make(input.role));
  for (const publicHex of input.offline) {
    const key = tufKeyOf(publicHex);
    if (!key) return refuse('trust.key-malformed', {}, 'offline');
    if (before.keys.some((one) => one.keyId === key.keyId))
      return refuse('trust.key-there', { key: key.keyId }, 'offline');
    made.push({ ...key, holder: 'offline', sealed: null });
  }
  const role: TufRole = {
    keys: [...before.keys.filter((key) => !input.retire.includes(key.keyId)), ...made],
    threshold: input.threshold ?? before.threshold,
  };
  if (role.keys.length < role.threshold)
    return refuse('trust.too-few-keys', { keys: role.keys.length, threshold: role.threshold }, 'threshold');
  const version = newest.version + 1;
  const expires = new Date(ctx.wallClock().getTime() + TRUST_DAYS.root * DAY_MS);
  const root = makeRoot(version, expires, { ...roles, [input.role]: role });
  // Signed with old and new keys, also those that go: the old root has to agree to the new one.
  const keys = [...(await loadTrustKeys(ctx.db, 'root')), ...(input.role === 'root' ? made : [])];
  for (const key of keys) {
    try {
      await signWith(ctx, root, 'root', [key]);
    } catch (error) {
      // A key that goes may go because it is lost: the others have to be enough.
      if (input.retire.includes(key.keyId)) continue;
      return refuse('trust.cannot-sign', { why: (error as Error).message.slice(0, 300) });
    }
  }
  const complete = rootIsComplete(newest.bytes, root);
  await transact(ctx, async (tx) => {
    for (const key of made) await insertKey(tx, ctx, input.role, key);
    await tx
      .insertInto('tuf_metadata')
      .values({
        role: 'root',
        version,
        state: complete ? 'published' : 'draft',
        bytes: metadataBytes(root),
        expires_at: expires,
        created_at: ctx.wallClock(),
      })
      .execute();
    await recordEvent(tx, ctx, {
      action: complete ? 'trust.root' : 'trust.root-draft',
      subject: 'trust',
      subjectId: 'root',
      after: {
        version,
        role: input.role,
        retired: input.retire,
        added: made.map((key) => `${key.holder} ${key.keyId}`),
        threshold: role.threshold,
      },
      reason: input.reason,
    });
    if (complete) await settleKeys(tx, ctx, input.reason);
  });
  return rootState(ctx, version);
}

/** After a root was published: keys that it does not name any more are retired, and the rest is signed anew. */
async function settleKeys(tx: Tx, ctx: Context, why: string): Promise<void> {
  const newest = (await loadNewest(tx)).get('root');
  if (!newest) return;
  const named = new Set(
    Object.values(readRootRoles(newest.bytes)).flatMap((role) => role.keys.map((key) => key.keyId)),
  );
  const keys = await loadTrustKeys(tx);
  const gone = keys.filter((key) => topRoles.some((role) => role === key.role) && !named.has(key.keyId));
  for (const key of gone) {
    // A key that signs no more is not kept: what is not there cannot leak.
    await tx
      .updateTable('tuf_key')
      .set({ retired_at: ctx.wallClock(), retired_reason: why, sealed: null, holder: 'offline' })
      .where('key_id', '=', key.keyId)
      .execute();
  }
  await ctx.queue.enqueue(tx, 'publish-trust', {}, { key: 'publish' });
}

async function findDraft(ctx: Context) {
  return ctx.db
    .selectFrom('tuf_metadata')
    .selectAll()
    .where('role', '=', 'root')
    .where('state', '=', 'draft')
    .executeTakeFirst();
}

async function rootState(ctx: Context, version: number): Promise<RootState> {
  const row = await ctx.db
    .selectFrom('tuf_metadata')
    .selectAll()
    .where('role', '=', 'root')
    .where('version', '=', version)
    .executeTakeFirstOrThrow();
  if (row.state === 'published') return { version, state: 'published', missing: [] };
  const root = readMetadata('root', row.bytes);
  const before = (await loadNewest(ctx.db)).get('root');
  const may = [...(before ? readRootRoles(before.bytes).root.keys : []), ...readRootRoles(row.bytes).root.keys];
  const holders = new Map((await loadTrustKeys(ctx.db, 'root')).map((key) => [key.keyId, key.holder]));
  const missing = [...new Set(may.map((key) => key.keyId))].filter((keyId) => root.signatures[keyId] === undefined);
  return {
    version,
    state: 'draft',
    missing: missing.map((keyId) => ({ keyId, holder: holders.get(keyId) ?? 'offline' })),
  };
}

/** What is signed elsewhere: the draft's bytes exactly as they have to be signed, in base64, and who has to. */
export interface RootToSign extends RootState {
  bytes: string;
  sha256: string;
}

/** The draft of the next root, to be signed on a machine without a network. Refused when none waits. */
export async function exportRootDraft(ctx: Context): Promise<RootToSign | Refusal> {
  const no = forbid(ctx.actor, 'trust.manage');
  if (no) return no;
  const draft = await findDraft(ctx);
  if (!draft) return refuse('trust.no-draft');
  const bytes = signedBytes(readMetadata('root', draft.bytes));
  return {
    ...(await rootState(ctx, draft.version)),
    bytes: bytes.toString('base64'),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

export const importSignaturesInput = z.object({
  signatures: z
    .array(
      z.object({
        keyId: hex.regex(/^[0-9a-f]{64}$/, 'A key is named by 64 hexadecimal digits.'),
        signature: hex.regex(/^[0-9a-f]{128}$/, 'A signature has 128 hexadecimal digits.'),
      }),
    )
    .min(1, 'Give at least one signature.')
    .max(20),
});

/** Takes signatures made elsewhere. Each is checked; with enough of them the draft is published. */
export async function importRootSignatures(
  ctx: Context,
  input: z.infer<typeof importSignaturesInput>,
): Promise<RootState | Refusal> {
  const no = forbid(ctx.actor, 'trust.manage');
  if (no) return no;
  const version = await transact(ctx, async (tx) => {
    const draft = await tx
      .selectFrom('tuf_metadata')
      .selectAll()
      .where('role', '=', 'root')
      .where('state', '=', 'draft')
      .forUpdate()
      .executeTakeFirst();
    if (!draft) return refuse('trust.no-draft');
    const before = (await loadNewest(tx)).get('root');
    const root = readMetadata('root', draft.bytes);
    const bytes = signedBytes(root);
    const may = new Map(
      [...(before ? readRootRoles(before.bytes).root.keys : []), ...readRootRoles(draft.bytes).root.keys].map((key) => [
        key.keyId,
        key.publicKey,
      ]),
    );
    for (const { keyId, signature } of input.signatures) {
      const key = may.get(keyId);
      if (!key) return refuse('trust.key-unknown', { key: keyId, role: 'root' }, 'signatures');
      if (!signatureMatches(key, bytes, signature))
        return refuse('trust.signature-wrong', { key: keyId }, 'signatures');
      addSignature(root, keyId, signature);
    }
    const complete = rootIsComplete(before?.bytes, root);
    await tx
      .updateTable('tuf_metadata')
      .set({ bytes: metadataBytes(root), state: complete ? 'published' : 'draft' })
      .where('role', '=', 'root')
      .where('version', '=', draft.version)
      .execute();
    await recordEvent(tx, ctx, {
      action: complete ? 'trust.root' : 'trust.root-signed',
      subject: 'trust',
      subjectId: 'root',
      after: { version: draft.version, signedBy: input.signatures.map((one) => one.keyId) },
    });
    if (complete) await settleKeys(tx, ctx, 'not named by the new root');
    return draft.version;
  });
  return isRefusal(version) ? version : rootState(ctx, version);
}

/** Throws the draft of the next root away, with the keys made for it. */
export async function discardRootDraft(ctx: Context): Promise<{ version: number } | Refusal> {
  const no = forbid(ctx.actor, 'trust.manage');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const gone = await tx
      .deleteFrom('tuf_metadata')
      .where('role', '=', 'root')
      .where('state', '=', 'draft')
      .returning('version')
      .executeTakeFirst();
    if (!gone) return refuse('trust.no-draft');
    await recordEvent(tx, ctx, { action: 'trust.root-discard', subject: 'trust', subjectId: 'root', before: gone });
    await settleKeys(tx, ctx, 'its root was never published');
    return gone;
  });
}

export const rotateProductKeyInput = z.object({ role: z.string().trim().min(1).max(120), reason });

/** Gives a product's role a new key; targets then says so. For a key that leaked, or is simply old. */
export async function rotateProductKey(
  ctx: Context,
  input: z.infer<typeof rotateProductKeyInput>,
): Promise<{ keyId: string } | Refusal> {
  const no = forbid(ctx.actor, 'trust.manage');
  if (no) return no;
  const old = (await loadTrustKeys(ctx.db, input.role)).filter((key) => !isTop(key.role));
  if (old.length === 0) return refuse('trust.role-unknown', { role: input.role }, 'role');
  const key = await ctx.trust.make(input.role);
  return transact(ctx, async (tx) => {
    await tx
      .updateTable('tuf_key')
      .set({ retired_at: ctx.wallClock(), retired_reason: input.reason, sealed: null, holder: 'offline' })
      .where('role', '=', input.role)
      .where('retired_at', 'is', null)
      .execute();
    await insertKey(tx, ctx, input.role, key);
    await recordEvent(tx, ctx, {
      action: 'trust.key',
      subject: 'trust',
      subjectId: input.role,
      before: { keyIds: old.map((one) => one.keyId) },
      after: { keyId: key.keyId, holder: key.holder },
      reason: input.reason,
    });
    await ctx.queue.enqueue(tx, 'publish-trust', {}, { key: 'publish' });
    return { keyId: key.keyId };
  });
}

function isTop(role: string): role is TopRole {
  return topRoles.some((one) => one === role);
}
