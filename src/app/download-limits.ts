/** How much of a package one contact may have: by one grant, by several side by side, and again and again. */
import { sql } from 'kysely';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Tx } from './context.ts';
import type { Access } from './download-access.ts';

/** How often the file may leave under one grant: once, what a bad line made leave twice, and once more for good measure. */
const MOST_TIMES_A_GRANT = 3;
/** Connections of one grant at once: download managers open up to sixteen. */
const MOST_AT_ONCE = 16;

/**
 * How often the file has gone to a contact, which is what the limit counts: each download that finished or was handed over
 * whole, and those that were fetched again and again as often as their bytes make up the file.
 * @param besides a download: without it, and with those others through which bytes leave now, for they will count too
 */
export async function countCopies(tx: Tx, access: Access, besides?: number): Promise<number> {
  const running = sql`exists (select 1 from download_range r where r.download_id = d.id and r.outcome = 'running'
    and d.expires_at > r.started_at)`;
  const { rows } = await sql<{ n: number }>`
    select coalesce(sum(greatest(case when d.state = 'finished' or d.handed_over then 1 else 0 end,
        floor(d.sent / greatest(${access.size}::numeric, 1)),
        ${besides === undefined ? sql`0` : sql`case when ${running} then 1 else 0 end`})), 0)::int as n
      from download d where d.contact_id = ${access.contactId} and d.package_id = ${access.packageId}
       and d.id <> ${besides ?? 0}`.execute(tx);
  return rows[0]?.n ?? 0;
}

/**
 * What is against further bytes under a grant that holds: it was used up, or the contact has had its share by others.
 * @param sent bytes that have left under it
 */
export async function findUsedUp(
  tx: Tx,
  download: { id: number; access: Access },
  sent: number,
): Promise<Refusal | undefined> {
  const { access } = download;
  if (sent >= MOST_TIMES_A_GRANT * Math.max(1, access.size)) return refuse('download.grant-over');
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from download_range
    where download_id = ${download.id} and outcome = 'running'`.execute(tx);
  if ((rows[0]?.n ?? 0) >= MOST_AT_ONCE) return refuse('download.too-many-ranges');
  return (await countCopies(tx, access, download.id)) >= access.mostDownloads
    ? refuse('download.too-many', { most: access.mostDownloads })
    : undefined;
}
