import { sql } from 'kysely';
import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { voidNoticeApprovals } from './actions.ts';
import { type Context, type Tx, transact } from './context.ts';
import { addressOf, insertDeliveries } from './deliveries.ts';
import { revokeDownloads } from './downloads.ts';
import { recordEvent } from './event.ts';
import { lockPackage } from './packages.ts';
import { voidSignatures } from './signatures.ts';
import { openTasks } from './tasks.ts';

export const withdrawPackageInput = z.object({
  reason: z.string().trim().min(10, 'Write in a sentence why: those who have the file read it.').max(1_000),
});

/** A contact who has the package, or a part of it. */
interface Holder {
  contact_id: number;
  party_id: number;
  link_id: number | null;
  name: string;
  email: string;
  phone: string;
  channel: 'email' | 'post' | 'phone';
  languages: string[];
  country: string;
  place: string;
  street: string;
  postcode: string;
  city: string;
  region: string;
}

/**
 * Withdraws a package: no byte of it leaves any more, those under way included; it leaves the signed repository; and
 * everybody who has downloaded it or has it in a kit is written to, or, without an address, becomes a task. Cannot be undone: a package that
 * is right after all is a new version, signed anew.
 */
export async function withdrawPackage(
  ctx: Context,
  packageId: number,
  input: z.infer<typeof withdrawPackageInput>,
): Promise<{ id: number; revoked: number; told: number } | Refusal> {
  const no = forbid(ctx.actor, 'package.withdraw');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const row = await lockPackage(tx, packageId);
    if (isRefusal(row)) return row;
    if (row.state === 'withdrawn') return refuse('package.withdrawn', { file: row.file_name });
    await tx
      .updateTable('package')
      .set({
        state: 'withdrawn',
        withdrawn_at: ctx.now(),
        withdrawn_reason: input.reason,
        changed_at: ctx.now(),
      })
      .where('id', '=', packageId)
      .execute();
    const revoked = await revokeDownloads(tx, ctx, packageId, 'download.withdrawn');
    await tx
      .updateTable('download_code')
      .set({ state: 'replaced', ended_at: ctx.now() })
      .where('package_id', '=', packageId)
      .where('state', '=', 'open')
      .execute();
    if (row.state === 'draft')
      await voidSignatures(tx, ctx, {
        subjectKind: 'package',
        subjectId: packageId,
        reason: 'the package was withdrawn',
      });
    const told = await tellHolders(tx, ctx, { packageId, actionId: row.action_id, file: row.file_name });
    await recordEvent(tx, ctx, {
      action: 'package.withdraw',
      subject: 'package',
      subjectId: packageId,
      actionId: row.action_id,
      before: { state: row.state },
      after: { state: 'withdrawn', revoked, told },
      reason: input.reason,
    });
    await voidNoticeApprovals(tx, ctx, row.action_id, `the package of “${row.remedy}” was withdrawn`);
    if (row.state === 'released') await ctx.queue.enqueue(tx, 'publish-trust', {}, { key: 'publish' });
    return { id: packageId, revoked, told };
  });
}

async function tellHolders(
  tx: Tx,
  ctx: Context,
  about: { packageId: number; actionId: number; file: string },
): Promise<number> {
  const { rows } = await sql<Holder>`
    select c.id as contact_id, c.party_id, min(d.link_id) as link_id, c.name, c.email, c.phone, c.channel, c.languages,
      coalesce(s.country, p.country) as country, coalesce(s.name, p.name) as place, coalesce(s.street, p.street) as street,
      coalesce(s.postcode, p.postcode) as postcode, coalesce(s.city, p.city) as city, coalesce(s.region, p.region) as region
      from (
        select contact_id, link_id from download where package_id = ${about.packageId} and started_at is not null
        union all
        -- A kit that is out: who got it, else the party's first contact.
        (select distinct on (t.id) k.id, coalesce(case when k.id = t.contact_id then t.link_id end,
            (select max(l.id) from link l where l.contact_id = k.id and l.action_id = t.action_id))
          from kit t join contact k on k.party_id = t.party_id and k.status = 'active'
         where t.package_id = ${about.packageId} and t.state in ('shipped', 'received')
         order by t.id, k.id is distinct from t.contact_id, k.id)
      ) d join contact c on c.id = d.contact_id join party p on p.id = c.party_id left join site s on s.id = c.site_id
     group by c.id, p.id, s.id order by c.id`.execute(tx);
  // Whoever has downloaded reads mail; others are called.
  const written = await insertDeliveries(
    tx,
    ctx,
    rows.map((to) => {
      const place = { ...to, channel: to.email === '' ? to.channel : ('email' as const) };
      return {
        actionId: about.actionId,
        noticeId: null,
        partyId: to.party_id,
        contactId: to.contact_id,
        linkId: to.link_id,
        country: to.country,
        kind: 'package-withdrawn' as const,
        purpose: `package-withdrawn:${about.packageId}`,
        channel: place.channel,
        variant: '',
        languages: to.languages,
        ...addressOf(place),
      };
    }),
  );
  const { kits } = await tx
    .selectFrom('kit')
    .select((eb) => eb.fn.countAll<number>().as('kits'))
    .where('package_id', '=', about.packageId)
    .where('state', 'in', ['prepared', 'shipped', 'received'])
    .executeTakeFirstOrThrow();
  const byHand = written.filter((delivery) => delivery.channel !== 'email' || delivery.state === 'failed');
  await openTasks(tx, ctx, [
    {
      kind: 'package-withdrawn',
      key: `package-withdrawn:${about.packageId}`,
      actionId: about.actionId,
      detail: {
        file: about.file,
        packageId: about.packageId,
        holders: rows.length,
        kits,
        written: written.length - byHand.length,
      },
      priority: 1,
    },
    ...byHand.map((delivery) => ({
      kind: 'package-withdrawn-call',
      key: `package-withdrawn-call:${delivery.id}`,
      actionId: about.actionId,
      partyId: delivery.party_id,
      contactId: delivery.contact_id,
      deliveryId: delivery.id,
      detail: { file: about.file, address: delivery.address, why: delivery.detail || 'this contact has no e-mail' },
      priority: 1 as const,
    })),
  ]);
  if (written.length > byHand.length)
    await ctx.queue.enqueue(tx, 'send-deliveries', { actionId: about.actionId }, { key: 'due' });
  return written.length;
}
