import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { mailDomain } from '../domain/delivery.ts';
import { maskAddress } from '../domain/package.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { afterRefusal, type Context, type Tx, transact } from './context.ts';
import { insertDeliveries } from './deliveries.ts';
import { type Access, checkAccess } from './download-access.ts';
import { countCopies } from './download-limits.ts';
import { recordEvent } from './event.ts';
import { openTasks } from './tasks.ts';

/** A code is good for so long. */
export const CODE_MINUTES = 15;
const DIGITS = 8;
/** Wrong tries of one code, codes an hour and codes a day of one link: 250 guesses a day at a hundred million. */
const MOST_TRIES = 5;
const MOST_AN_HOUR = 5;
const MOST_A_DAY = 50;

/**
 * The code that was sent for a row: derived from the server's secret, so that nothing that could be tried stands in the
 * table, and a letter sent again carries the same one.
 */
export function downloadCode(secret: Buffer, codeId: number): string {
  const mac = createHmac('sha256', secret).update(`fieldfix download code ${codeId}`).digest();
  return (mac.readBigUInt64BE(0) % 10n ** BigInt(DIGITS)).toString().padStart(DIGITS, '0');
}

export const requestCodeInput = z.object({ packageId: z.int().positive() });

/**
 * Sends the contact of a link a one-time code for a package, to the address on file and to no other. Only who may have the
 * package now is sent one. A code sent before is good no more.
 */
export async function requestCode(
  ctx: Context,
  input: z.infer<typeof requestCodeInput>,
): Promise<{ sentTo: string; expiresAt: Date } | Refusal> {
  const no = forbid(ctx.actor, 'package.download');
  if (no) return no;
  const { actor } = ctx;
  if (actor.kind !== 'contact') return refuse('download.not-entitled');
  return transact(ctx, async (tx) => {
    // One request of a link after the other, or two at once would each be allowed the last code.
    await tx.selectFrom('link').select('id').where('id', '=', actor.linkId).forUpdate().execute();
    const checked = await checkAccess(tx, ctx, actor.linkId, input.packageId);
    if (isRefusal(checked)) return refuseAndRecord(tx, ctx, checked, input.packageId);
    const { access } = checked;
    if (access.email === '' || mailDomain(access.email) === undefined) {
      afterRefusal(tx, () => askForAddress(ctx, access));
      return refuse('download.no-address');
    }
    if ((await countCopies(tx, access)) >= access.mostDownloads)
      return refuseAndRecord(tx, ctx, refuse('download.too-many', { most: access.mostDownloads }), input.packageId);
    const slow = await findTooMany(tx, ctx, access);
    if (slow) return refuseAndRecord(tx, ctx, slow, input.packageId);
    const sent = await writeCode(tx, ctx, access);
    await ctx.queue.enqueue(tx, 'send-deliveries', { actionId: access.actionId }, { key: 'due' });
    return { sentTo: maskAddress(access.email), expiresAt: sent.expiresAt };
  });
}

async function writeCode(tx: Tx, ctx: Context, access: Access): Promise<{ expiresAt: Date }> {
  const at = ctx.now();
  const expiresAt = new Date(at.getTime() + CODE_MINUTES * 60_000);
  await tx
    .updateTable('download_code')
    .set({ state: 'replaced', ended_at: at })
    .where('link_id', '=', access.linkId)
    .where('package_id', '=', access.packageId)
    .where('state', '=', 'open')
    .execute();
  const { id } = await tx
    .insertInto('download_code')
    .values({
      package_id: access.packageId,
      link_id: access.linkId,
      contact_id: access.contactId,
      delivery_id: null,
      sent_at: at,
      expires_at: expiresAt,
      ended_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const [delivery] = await insertDeliveries(tx, ctx, [
    {
      actionId: access.actionId,
      noticeId: null,
      partyId: access.partyId,
      contactId: access.contactId,
      linkId: access.linkId,
      country: access.country,
      kind: 'download-code',
      purpose: `download-code:${id}`,
      channel: 'email',
      address: access.email,
      variant: '',
      languages: access.languages,
    },
  ]);
  await tx
    .updateTable('download_code')
    .set({ delivery_id: delivery?.id ?? null })
    .where('id', '=', id)
    .execute();
  await recordEvent(tx, ctx, {
    action: 'download.code',
    subject: 'package',
    subjectId: access.packageId,
    actionId: access.actionId,
    partyId: access.partyId,
    after: { codeId: id, contactId: access.contactId, delivery: delivery?.id ?? null, expiresAt },
  });
  return { expiresAt };
}

async function findTooMany(tx: Tx, ctx: Context, access: Access): Promise<Refusal | undefined> {
  const sent = await tx
    .selectFrom('download_code')
    .select('sent_at')
    .where('link_id', '=', access.linkId)
    .where('sent_at', '>', new Date(ctx.now().getTime() - 24 * 60 * 60_000))
    .execute();
  const hourAgo = ctx.now().getTime() - 60 * 60_000;
  const lately = sent.filter((row) => row.sent_at.getTime() > hourAgo).length;
  return lately >= MOST_AN_HOUR || sent.length >= MOST_A_DAY ? refuse('download.too-many-codes') : undefined;
}

/** Staff find an address for somebody who has none; a visitor cannot name one. */
async function askForAddress(ctx: Context, access: Access): Promise<void> {
  await transact(ctx, (tx) =>
    openTasks(tx, ctx, [
      {
        kind: 'download-no-address',
        key: `download-no-address:${access.actionId}:${access.contactId}`,
        actionId: access.actionId,
        partyId: access.partyId,
        contactId: access.contactId,
        detail: { contact: access.contact, file: access.fileName },
        again: true,
      },
    ]),
  );
}

/**
 * Takes a code that was typed. Right: it is used up. Wrong: the try counts, and after five the code is spent. It counts in
 * this transaction, which the caller therefore lets stand: counted afterwards, guesses sent side by side would each find
 * the count as it was before all of them.
 * @returns the code's id
 */
export async function takeCode(tx: Tx, ctx: Context, access: Access, typed: string): Promise<number | Refusal> {
  const row = await tx
    .selectFrom('download_code')
    .selectAll()
    .where('link_id', '=', access.linkId)
    .where('package_id', '=', access.packageId)
    .where('state', '=', 'open')
    .forUpdate()
    .executeTakeFirst();
  const digits = typed.replace(/[\s.-]/g, '');
  if (!row || row.expires_at <= ctx.now()) return refuse('download.code-over', {}, 'code');
  const right = Buffer.from(downloadCode(ctx.settings.secret, row.id));
  const given = Buffer.from(digits);
  if (given.length !== right.length || !timingSafeEqual(given, right)) {
    const tries = row.tries + 1;
    await tx
      .updateTable('download_code')
      .set({ tries, ...(tries >= MOST_TRIES ? { state: 'spent' as const, ended_at: ctx.now() } : {}) })
      .where('id', '=', row.id)
      .execute();
    return tries >= MOST_TRIES
      ? refuse('download.code-spent', {}, 'code')
      : refuse('download.code-wrong', { left: MOST_TRIES - tries }, 'code');
  }
  await tx.updateTable('download_code').set({ state: 'used', ended_at: ctx.now() }).where('id', '=', row.id).execute();
  return row.id;
}

/** A refusal at the gate that stays in the record although its transaction is rolled back. */
export function refuseAndRecord(tx: Tx, ctx: Context, refusal: Refusal, packageId: number): Refusal {
  afterRefusal(tx, () => recordRefused(ctx, refusal, packageId));
  return refusal;
}

/** Sets down that somebody was not let in, and why. */
export async function recordRefused(ctx: Context, refusal: Refusal, packageId: number): Promise<void> {
  await transact(ctx, (tx) => writeRefused(tx, ctx, refusal, packageId));
}

/** The same, in a transaction that stands although somebody was refused. */
export async function writeRefused(tx: Tx, ctx: Context, refusal: Refusal, packageId: number): Promise<void> {
  const { actor } = ctx;
  const row = await tx
    .selectFrom('package as k')
    .innerJoin('remedy as r', 'r.id', 'k.remedy_id')
    .select('r.action_id')
    .where('k.id', '=', packageId)
    .executeTakeFirst();
  await recordEvent(tx, ctx, {
    action: 'download.refuse',
    subject: 'package',
    subjectId: packageId,
    actionId: row?.action_id ?? null,
    partyId: actor.kind === 'contact' ? actor.partyId : null,
    after: { why: refusal.code, linkId: actor.kind === 'contact' ? actor.linkId : null },
  });
}
