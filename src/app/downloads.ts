import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { type Access, checkAccess } from './download-access.ts';
import { recordRefused, refuseAndRecord, takeCode, writeRefused } from './download-codes.ts';
import { countCopies, findUsedUp } from './download-limits.ts';
import { recordEvent } from './event.ts';
import { linkHash } from './links.ts';

/** A grant opens the file for so long: a large file over a slow line, cut at night and gone on with in the morning. */
export const GRANT_HOURS = 48;
/** Requests under one grant: a download manager makes dozens, nobody needs thousands. */
const MOST_RANGES = 2_000;
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** The secret part of a granted file's address: 130 bits, derived from the server's secret and the grant's id. */
export function grantToken(secret: Buffer, downloadId: number): string {
  const mac = createHmac('sha256', secret).update(`fieldfix download ${downloadId}`).digest();
  let bits = BigInt(`0x${mac.toString('hex')}`);
  let token = '';
  while (token.length < 26) {
    token += ALPHABET[Number(bits & 31n)];
    bits >>= 5n;
  }
  return token;
}

export const grantDownloadInput = z.object({
  packageId: z.int().positive(),
  code: z.string().trim().min(1).max(40),
});

/** Lets the contact of a link to a package, for a right code: gives the token of the file's address. */
export async function grantDownload(
  ctx: Context,
  input: z.infer<typeof grantDownloadInput>,
): Promise<{ id: number; token: string; expiresAt: Date } | Refusal> {
  const no = forbid(ctx.actor, 'package.download');
  if (no) return no;
  const { actor } = ctx;
  if (actor.kind !== 'contact') return refuse('download.not-entitled');
  type Granted = { id: number; token: string; expiresAt: Date; refused?: undefined };
  const result = await transact<Granted | { refused: Refusal } | Refusal>(ctx, async (tx) => {
    await tx.selectFrom('link').select('id').where('id', '=', actor.linkId).forUpdate().execute();
    const checked = await checkAccess(tx, ctx, actor.linkId, input.packageId);
    if (isRefusal(checked)) return refuseAndRecord(tx, ctx, checked, input.packageId);
    const { access, as } = checked;
    const had = await countCopies(tx, access);
    if (had >= access.mostDownloads)
      return refuseAndRecord(tx, ctx, refuse('download.too-many', { most: access.mostDownloads }), input.packageId);
    const codeId = await takeCode(tx, ctx, access, input.code);
    if (isRefusal(codeId)) {
      // Kept with the try that it counts: not rolled back.
      await writeRefused(tx, ctx, codeId, input.packageId);
      return { refused: codeId };
    }
    const at = ctx.now();
    const expiresAt = new Date(at.getTime() + GRANT_HOURS * 60 * 60_000);
    const { id } = await tx
      .insertInto('download')
      .values({
        package_id: access.packageId,
        action_id: access.actionId,
        party_id: access.partyId,
        contact_id: access.contactId,
        link_id: access.linkId,
        code_id: codeId,
        state: 'granted',
        granted_at: at,
        changed_at: at,
        expires_at: expiresAt,
        detail: JSON.stringify({ as }),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const token = grantToken(ctx.settings.secret, id);
    await tx
      .updateTable('download')
      .set({ token_hash: linkHash(token) })
      .where('id', '=', id)
      .execute();
    await recordDownload(tx, ctx, 'download.grant', { id, access }, { as, codeId, expiresAt });
    return { id, token, expiresAt };
  });
  return isRefusal(result) ? result : (result.refused ?? result);
}

async function recordDownload(
  tx: Tx,
  ctx: Context,
  action: string,
  download: { id: number; access: Pick<Access, 'actionId' | 'partyId' | 'packageId'> },
  after: Record<string, unknown>,
): Promise<void> {
  await recordEvent(tx, ctx, {
    action,
    subject: 'download',
    subjectId: download.id,
    actionId: download.access.actionId,
    partyId: download.access.partyId,
    after: { packageId: download.access.packageId, ...after },
  });
}

/** A granted download, ready to be read from. */
export interface OpenDownload {
  id: number;
  access: Access;
  expiresAt: Date;
  state: 'granted' | 'started' | 'finished' | 'broken' | 'revoked';
  ranges: number;
}

/**
 * The grant behind a token, for the link it was given to and nobody else's, if its holder may still have the package. Reads
 * only; a refusal is set down.
 */
export async function openDownload(ctx: Context, token: string): Promise<OpenDownload | Refusal> {
  const no = forbid(ctx.actor, 'package.download');
  if (no) return no;
  const { actor } = ctx;
  if (actor.kind !== 'contact') return refuse('download.not-entitled');
  const grant = await ctx.db
    .selectFrom('download')
    .select(['id', 'link_id', 'package_id', 'state', 'expires_at', 'ranges'])
    .where('token_hash', '=', linkHash(token))
    .executeTakeFirst();
  if (!grant || grant.expires_at === null) return refuse('download.unknown');
  const refused = async (refusal: Refusal): Promise<Refusal> => {
    await recordRefused(ctx, refusal, grant.package_id);
    return refusal;
  };
  // A grant is no key to another's link, even of the same laboratory.
  if (grant.link_id !== actor.linkId) return refused(refuse('download.other-link'));
  const checked = await checkAccess(ctx.db, ctx, actor.linkId, grant.package_id);
  if (isRefusal(checked)) return refused(checked);
  if (grant.state === 'revoked') return refused(refuse('download.revoked'));
  if (grant.expires_at <= ctx.now()) return refused(refuse('download.grant-over'));
  return {
    id: grant.id,
    access: checked.access,
    expiresAt: grant.expires_at,
    state: grant.state,
    ranges: grant.ranges,
  };
}

/** Sets down that bytes begin to leave. Refused when a grant is asked more often than any program needs, or its contact has had its share. */
export async function startRange(
  ctx: Context,
  download: OpenDownload,
  range: { first: number; past: number; address: string; handedOver: boolean },
): Promise<{ rangeId: number } | Refusal> {
  const whole = range.first === 0 && range.past === download.access.size;
  return transact(ctx, async (tx) => {
    const at = ctx.now();
    // Two grants of one contact that begin at the same time must see each other.
    await sql`select 1 from contact where id = ${download.access.contactId} for no key update`.execute(tx);
    const row = await tx
      .selectFrom('download')
      .select(['state', 'ranges', 'started_at', 'handed_over', 'sent'])
      .where('id', '=', download.id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (row.state === 'revoked') return refuse('download.revoked');
    if (row.ranges >= MOST_RANGES) return refuse('download.too-many-ranges');
    const usedUp = await findUsedUp(tx, download, Number(row.sent), at);
    if (usedUp) return refuseAndRecord(tx, ctx, usedUp, download.access.packageId);
    const { id } = await tx
      .insertInto('download_range')
      .values({
        download_id: download.id,
        first: range.first,
        past: range.past,
        address: range.address,
        started_at: at,
        ended_at: range.handedOver ? at : null,
        outcome: range.handedOver ? 'handed-over' : 'running',
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await tx
      .updateTable('download')
      .set({
        state: row.state === 'finished' ? 'finished' : 'started',
        ranges: row.ranges + 1,
        started_at: row.started_at ?? at,
        changed_at: at,
        handed_over: row.handed_over || (range.handedOver && whole),
      })
      .where('id', '=', download.id)
      .execute();
    if (row.started_at === null) {
      await recordDownload(tx, ctx, 'download.start', download, {
        first: range.first,
        past: range.past,
        address: range.address,
        handedOver: range.handedOver,
      });
    }
    return { rangeId: id };
  });
}

export type RangeOutcome = 'done' | 'broken' | 'stopped';

/**
 * Sets down how far a range came. The download is finished once what has left, over all its ranges, covers the whole file.
 */
export async function endRange(
  ctx: Context,
  download: OpenDownload,
  rangeId: number,
  result: { sent: number; outcome: RangeOutcome; why?: string },
): Promise<void> {
  await transact(ctx, async (tx) => {
    const at = ctx.now();
    // First, in a statement of its own: two ranges that end at the same time must see each other's rows, and a statement
    // that waits for the lock looks at the other rows as they were before it waited.
    await tx.selectFrom('download').select('id').where('id', '=', download.id).forUpdate().execute();
    await tx
      .updateTable('download_range')
      .set({ sent: result.sent, ended_at: at, outcome: result.outcome })
      .where('id', '=', rangeId)
      .execute();
    const { rows } = await sql<{ state: OpenDownload['state']; covered: boolean; running: boolean }>`
      select d.state,
        coalesce((select range_agg(int8range(r.first, r.first + r.sent)) from download_range r
          where r.download_id = d.id and r.sent > 0), '{}'::int8multirange) @> int8range(0, ${download.access.size}::bigint) as covered,
        exists (select 1 from download_range r where r.download_id = d.id and r.outcome = 'running') as running
      from download d where d.id = ${download.id}`.execute(tx);
    const row = rows[0];
    if (!row) return;
    const finished = row.covered && row.state !== 'finished' && row.state !== 'revoked';
    const state =
      row.state === 'revoked' || row.state === 'finished'
        ? row.state
        : finished
          ? 'finished'
          : row.running || result.outcome === 'done'
            ? 'started'
            : 'broken';
    await tx
      .updateTable('download')
      .set((eb) => ({
        sent: eb('sent', '+', result.sent),
        state,
        changed_at: at,
        ...(finished ? { finished_at: at } : {}),
        ...(result.why ? { ended_reason: result.why } : {}),
      }))
      .where('id', '=', download.id)
      .execute();
    if (finished)
      await recordDownload(tx, ctx, 'download.finish', download, {
        size: download.access.size,
        sha256: download.access.sha256,
      });
    else if (result.outcome === 'stopped')
      await recordDownload(tx, ctx, 'download.stop', download, { sent: result.sent, why: result.why ?? '' });
  });
}

/** Ends every grant of a package that is not over yet, as part of what made it necessary. @returns how many */
export async function revokeDownloads(tx: Tx, ctx: Context, packageId: number, why: string): Promise<number> {
  const rows = await tx
    .updateTable('download')
    .set({ state: 'revoked', changed_at: ctx.now(), ended_reason: why })
    .where('package_id', '=', packageId)
    .where('state', 'in', ['granted', 'started', 'broken'])
    .returning('id')
    .execute();
  return rows.length;
}

export const permitDownloadsInput = z.object({
  partyId: z.int().positive(),
  reason: z.string().trim().min(3, 'Write why this party may have the package.').max(500),
});

/** Lets a party without an affected unit have the packages of an action: a distributor who installs for its customers. */
export async function permitDownloads(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof permitDownloadsInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'download.permit');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const action = await tx.selectFrom('action').select('id').where('id', '=', actionId).executeTakeFirst();
    if (!action) return refuse('action.unknown', { id: actionId });
    const party = await tx.selectFrom('party').select('id').where('id', '=', input.partyId).executeTakeFirst();
    if (!party) return refuse('party.unknown', { id: input.partyId }, 'partyId');
    const row = await tx
      .insertInto('download_permission')
      .values({
        action_id: actionId,
        party_id: input.partyId,
        reason: input.reason,
        by_name: ctx.actor.name,
        given_at: ctx.now(),
        withdrawn_at: null,
      })
      .onConflict((conflict) =>
        conflict.columns(['action_id', 'party_id']).where('withdrawn_at', 'is', null).doNothing(),
      )
      .returning('id')
      .executeTakeFirst();
    if (!row) return refuse('download.permitted-already', {}, 'partyId');
    await recordEvent(tx, ctx, {
      action: 'download.permit',
      subject: 'party',
      subjectId: input.partyId,
      actionId,
      partyId: input.partyId,
      reason: input.reason,
    });
    return row;
  });
}

export const withdrawPermissionInput = z.object({ reason: z.string().trim().min(3, 'Write why.').max(500) });

/** Takes a permission back. What its party downloads now stops within seconds. */
export async function withdrawPermission(
  ctx: Context,
  permissionId: number,
  input: z.infer<typeof withdrawPermissionInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'download.permit');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const row = await tx
      .updateTable('download_permission')
      .set({ withdrawn_at: ctx.now(), withdrawn_reason: input.reason })
      .where('id', '=', permissionId)
      .where('withdrawn_at', 'is', null)
      .returning(['action_id', 'party_id'])
      .executeTakeFirst();
    if (!row) return refuse('permission.unknown', { id: permissionId });
    await recordEvent(tx, ctx, {
      action: 'download.forbid',
      subject: 'party',
      subjectId: row.party_id,
      actionId: row.action_id,
      partyId: row.party_id,
      reason: input.reason,
    });
    return { id: permissionId };
  });
}
