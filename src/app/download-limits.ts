/** How much of a package one contact may have: by one grant, by several side by side, and again and again. */
import { sql } from 'kysely';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Reader, Tx } from './context.ts';
import type { Access } from './download-access.ts';

/** How often more than its limit a contact's file may leave under a grant: a bad line makes bytes leave twice. */
const SPARE_COPIES = 2;
/** Connections of one grant at once: download managers open up to sixteen. */
const MOST_AT_ONCE = 16;

/**
 * How often the file has gone to a contact, which is what the limit counts: each download that finished or was handed over
 * whole, and those that were fetched again and again as often as their bytes make up the file.
 * @param besides a download: without it, and with those others through which bytes leave now, for they will count too
 */
export async function countCopies(
  reader: Reader,
  of: { contactId: number; packageId: number },
  besides?: { id: number; now: Date },
): Promise<number> {
  // What a server left behind that died is over with its grant.
  const running = besides
    ? sql`case when d.expires_at > ${besides.now} and exists (select 1 from download_range r
        where r.download_id = d.id and r.outcome = 'running') then 1 else 0 end`
    : sql`0`;
  const { rows } = await sql<{ n: number }>`
    select coalesce(sum(greatest(case when d.state = 'finished' or d.handed_over then 1 else 0 end,
        floor(d.sent / greatest(k.size, 1)::numeric), ${running})), 0)::int as n
      from download d join package k on k.id = d.package_id
     where d.contact_id = ${of.contactId} and d.package_id = ${of.packageId} and d.id <> ${besides?.id ?? 0}`.execute(
    reader,
  );
  return rows[0]?.n ?? 0;
}

/**
 * What is against further bytes under a grant that holds: too many connections of it, or its contact has had its share, by
 * this grant or by others.
 * @param sent bytes that have left under it
 */
export async function findUsedUp(
  tx: Tx,
  download: { id: number; access: Access },
  sent: number,
  now: Date,
): Promise<Refusal | undefined> {
  const { access } = download;
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from download_range
    where download_id = ${download.id} and outcome = 'running'`.execute(tx);
  if ((rows[0]?.n ?? 0) >= MOST_AT_ONCE) return refuse('download.too-many-ranges');
  const others = await countCopies(tx, access, { id: download.id, now });
  const own = Math.floor(sent / Math.max(1, access.size));
  return others >= access.mostDownloads || others + own >= access.mostDownloads + SPARE_COPIES
    ? refuse('download.too-many', { most: access.mostDownloads })
    : undefined;
}
