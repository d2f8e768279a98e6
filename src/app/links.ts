import { createHash, createHmac } from 'node:crypto';
import { sql } from 'kysely';
import { z } from 'zod';
import { forbid, forbidContact } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';

/** How long a personal link opens its action, unless it is revoked: an action may run for two years. */
const LIFE_MS = 2 * 365 * 24 * 60 * 60 * 1000;

/** Crockford's alphabet, without the letters that look like digits: a link is also typed from a printed letter. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 26;

/**
 * The secret part of a contact's personal link: 26 characters, 130 bits, derived from the server's secret and the
 * link's id. It is not stored, so a table that leaks opens nothing, and a letter printed again carries the same link.
 */
export function linkToken(secret: Buffer, linkId: number): string {
  const mac = createHmac('sha256', secret).update(`fieldfix link ${linkId}`).digest();
  let token = '';
  let value = 0;
  let bits = 0;
  for (const byte of mac) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5 && token.length < LENGTH) {
      bits -= 5;
      token += ALPHABET[(value >>> bits) & 31];
    }
    value &= (1 << bits) - 1;
    if (token.length === LENGTH) break;
  }
  return token;
}

/** A token as typed: capitals, hyphens and blanks do not matter, and o, i, l are read as the digits they look like. */
export function normaliseToken(typed: string): string {
  return typed.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1');
}

/** What the table keeps of a token. */
export function linkHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The address a letter carries. `page` is a path under it, e.g. `contact`. */
export function linkUrl(settings: Context['settings'], linkId: number, page = ''): string {
  return `${settings.publicUrl}/p/${linkToken(settings.secret, linkId)}${page === '' ? '' : `/${page}`}`;
}

/**
 * The address shown in previews and test letters instead of a personal one: it opens a page that says so, and nothing
 * of anybody's.
 */
export function previewLinkUrl(settings: Context['settings']): string {
  return `${settings.publicUrl}/p/preview`;
}

/**
 * Gives each contact its link into an action, or finds the one it has (one per action and contact). Returns contact id
 * → link id. A contact whose link was revoked or has run out keeps that one: a new letter does not quietly open a door
 * that somebody closed (see renewLink).
 */
export async function ensureLinks(
  tx: Tx,
  ctx: Pick<Context, 'now' | 'settings'>,
  actionId: number,
  contacts: { contactId: number; partyId: number }[],
): Promise<Map<number, number>> {
  if (contacts.length === 0) return new Map();
  const contactIds = contacts.map((contact) => contact.contactId);
  const existing = await tx
    .selectFrom('link')
    .select(['id', 'contact_id'])
    .where('action_id', '=', actionId)
    .where('contact_id', '=', sql<number>`any(${contactIds}::bigint[])`)
    .execute();
  const links = new Map(existing.map((link) => [link.contact_id, link.id]));
  const fresh = contacts.filter((contact) => !links.has(contact.contactId));
  if (fresh.length === 0) return links;
  // The token is derived from the id, so the ids are drawn first.
  const ids = await drawIds(tx, 'link', fresh.length);
  const at = ctx.now();
  const rows = await sql<{ id: number; contact_id: number }>`
    insert into link (id, action_id, party_id, contact_id, token_hash, created_at, expires_at)
    overriding system value
    select id, ${actionId}::bigint, party_id, contact_id, token_hash, ${at}::timestamptz,
           ${new Date(at.getTime() + LIFE_MS)}::timestamptz
      from unnest(${ids}::bigint[], ${fresh.map((contact) => contact.partyId)}::bigint[],
                  ${fresh.map((contact) => contact.contactId)}::bigint[],
                  ${ids.map((id) => linkHash(linkToken(ctx.settings.secret, id)))}::bytea[])
        as fresh (id, party_id, contact_id, token_hash)
    on conflict (action_id, contact_id) do update set action_id = excluded.action_id
    returning id, contact_id`.execute(tx);
  for (const row of rows.rows) links.set(row.contact_id, row.id);
  return links;
}

/** Draws ids of a table ahead of the insert, for rows whose other columns are derived from their id. */
export async function drawIds(tx: Tx, table: 'link' | 'delivery', count: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select nextval(pg_get_serial_sequence(${table}, 'id'))::bigint as id from generate_series(1, ${count}::int)`.execute(
    tx,
  );
  return rows.map((row) => row.id);
}

/** The first time a person pressed the button on the link's page; later presses change nothing. Not a receipt. */
export async function markLinkOpened(tx: Tx, ctx: Context, linkId: number): Promise<void> {
  const link = await tx
    .updateTable('link')
    .set({ opened_at: ctx.now() })
    .where('id', '=', linkId)
    .where('opened_at', 'is', null)
    .returning(['action_id', 'party_id', 'contact_id'])
    .executeTakeFirst();
  if (!link) return;
  await tx
    .updateTable('delivery')
    .set({ state: 'opened', state_since: ctx.now() })
    .where('party_id', '=', link.party_id)
    .where('action_id', '=', link.action_id)
    .where('kind', '=', 'notice')
    .where('link_id', '=', linkId)
    .where('state', 'in', ['sent', 'delivered'])
    .execute();
  await recordEvent(tx, ctx, {
    action: 'link.open',
    subject: 'link',
    subjectId: linkId,
    actionId: link.action_id,
    partyId: link.party_id,
    after: { contactId: link.contact_id },
  });
}

export const revokeLinkInput = z.object({ reason: z.string().trim().min(1).max(500) });

/** Closes a personal link for good: it was passed on, or the contact has left. Needs a reason. */
export async function revokeLink(
  ctx: Context,
  linkId: number,
  input: z.infer<typeof revokeLinkInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'contact.change');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const link = await tx.selectFrom('link').selectAll().where('id', '=', linkId).forUpdate().executeTakeFirst();
    if (!link) return refuse('link.unknown');
    if (link.revoked_at) return { id: linkId };
    await tx
      .updateTable('link')
      .set({ revoked_at: ctx.now(), revoked_reason: input.reason })
      .where('id', '=', linkId)
      .execute();
    await recordEvent(tx, ctx, {
      action: 'link.revoke',
      subject: 'link',
      subjectId: linkId,
      actionId: link.action_id,
      partyId: link.party_id,
      reason: input.reason,
    });
    return { id: linkId };
  });
}

export const renewLinkInput = z.object({ reason: z.string().trim().min(1).max(500) });

/** Opens a revoked or expired link again for another two years: same address, so the letter at hand works. */
export async function renewLink(
  ctx: Context,
  linkId: number,
  input: z.infer<typeof renewLinkInput>,
): Promise<{ id: number } | Refusal> {
  // The holder of a link must not lengthen its life by it.
  const no = forbidContact(ctx.actor, 'contact.change');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const link = await tx.selectFrom('link').selectAll().where('id', '=', linkId).forUpdate().executeTakeFirst();
    if (!link) return refuse('link.unknown');
    await tx
      .updateTable('link')
      .set({ revoked_at: null, revoked_reason: '', expires_at: new Date(ctx.now().getTime() + LIFE_MS) })
      .where('id', '=', linkId)
      .execute();
    await recordEvent(tx, ctx, {
      action: 'link.renew',
      subject: 'link',
      subjectId: linkId,
      actionId: link.action_id,
      partyId: link.party_id,
      before: { revokedAt: link.revoked_at, expiresAt: link.expires_at },
      reason: input.reason,
    });
    return { id: linkId };
  });
}
