import { type RawBuilder, sql } from 'kysely';
import type { Audience, NoticeReach } from '../domain/notice.ts';
import { isReached } from '../domain/notice-update.ts';
import type { Context, Reader, Tx } from './context.ts';
import type { Recipient, WrittenDelivery } from './deliveries.ts';

/**
 * Of these recipients, those an update goes to. Whoever was to be sent a faulty language counts, whether the letter
 * arrived or not; who was never sent anything gets the newest version as a new contact does (planForParty).
 */
export async function onlyReached(
  reader: Reader,
  actionId: number,
  noticeId: number,
  reach: NoticeReach,
  recipients: readonly Recipient[],
): Promise<Recipient[]> {
  const standing = await standingParties(reader, actionId, reach, recipients);
  const sent = reach.to === 'languages' ? await sentLanguages(reader, actionId, noticeId, recipients) : new Map();
  return recipients.filter((to) => {
    const languages: readonly string[] = (to.contact_id === null ? undefined : sent.get(to.contact_id)) ?? [];
    return isReached(reach, { audience: to.audience, languages, standing: standing.has(to.party_id) });
  });
}

/** Of the recipients' parties, those that stand where `owing` or `interim` ask. */
async function standingParties(
  reader: Reader,
  actionId: number,
  reach: NoticeReach,
  recipients: readonly Recipient[],
): Promise<Set<number>> {
  if (reach.to !== 'owing' && reach.to !== 'interim') return new Set();
  const { rows } = await sql<{ party_id: number }>`
    select o.party_id from obligation o where o.action_id = ${actionId}
       and o.party_id = any(${recipients.map((to) => to.party_id)}::bigint[]) and ${stands(reach.to)}`.execute(reader);
  return new Set(rows.map((row) => row.party_id));
}

/** SQL: whether the party of obligation `o`, or one it serves as distributor, owes a correction or is on the interim patch. */
function stands(where: 'owing' | 'interim'): RawBuilder<boolean> {
  const isThere =
    where === 'owing'
      ? sql`exists (select 1 from obligation w where w.action_id = o.action_id and w.party_id = q.id and w.corrections_open > 0)`
      : sql`exists (select 1 from correction c join remedy r on r.id = c.remedy_id join remedy s on s.id = r.supersedes_id
          where c.party_id = q.id and c.fix_path = 'interim' and o.action_id in (r.action_id, s.action_id))`;
  return sql`(exists (select 1 from party q where q.id = o.party_id and ${isThere})
    or (o.audience = 'distributor' and exists (select 1 from party q where q.distributor_id = o.party_id and ${isThere})))`;
}

/** Contact → every language it was sent of this action's other versions, reminders too. */
async function sentLanguages(
  reader: Reader,
  actionId: number,
  noticeId: number,
  recipients: readonly Recipient[],
): Promise<Map<number, string[]>> {
  const { rows } = await sql<{ contact_id: number; languages: string[] }>`
    select d.contact_id, array_agg(distinct language) as languages
      from delivery d, unnest(d.languages) language
     where d.contact_id = any(${recipients.map((to) => to.contact_id)}::bigint[]) and d.action_id = ${actionId}
       and d.kind in ('notice', 'reminder') and d.notice_id <> ${noticeId} and d.state not in ('failed', 'stopped')
     group by 1`.execute(reader);
  return new Map(rows.map((row) => [row.contact_id, row.languages]));
}

/** Letters of earlier versions that still wait for contacts who get the update now: nobody is sent an outdated text. */
export async function replaceWaiting(
  tx: Tx,
  ctx: Context,
  actionId: number,
  noticeId: number,
  written: readonly WrittenDelivery[],
): Promise<void> {
  const contacts = written.flatMap((row) =>
    row.contact_id === null || row.state === 'failed' ? [] : [row.contact_id],
  );
  if (contacts.length === 0) return;
  await sql`
    update delivery set state = 'stopped', state_since = ${ctx.now()}, next_attempt_at = null,
           detail = 'replaced by a later version of the notice'
     where contact_id = any(${contacts}::bigint[]) and action_id = ${actionId} and kind in ('notice', 'reminder')
       and notice_id <> ${noticeId} and state = 'queued'`.execute(tx);
}

/** SQL: whether an update reaches contact `c` of obligation `o`, as {@link onlyReached} decides it. */
export function reaches(reach: NoticeReach, noticeId: number): RawBuilder<boolean> {
  switch (reach.to) {
    case 'everyone':
      return sql`true`;
    case 'variants':
      return sql`o.audience = any(${reach.variants}::text[])`;
    case 'languages':
      return sql`exists (select 1 from delivery d where d.contact_id = c.id and d.action_id = o.action_id
        and d.kind in ('notice', 'reminder') and d.notice_id <> ${noticeId} and d.state not in ('failed', 'stopped')
        and d.languages && ${reach.languages}::text[])`;
    case 'owing':
    case 'interim':
      return stands(reach.to);
  }
}

/** How many a version would go to, as things stand, and how many there are: parties with an active contact, and contacts. */
export async function countReach(
  reader: Reader,
  actionId: number,
  noticeId: number,
  reach: NoticeReach,
): Promise<{ parties: number; contacts: number; allParties: number; allContacts: number }> {
  const { rows } = await sql<{ parties: number; contacts: number; all_parties: number; all_contacts: number }>`
    select count(distinct o.party_id) filter (where reached)::int as parties, count(*) filter (where reached)::int as contacts,
           count(distinct o.party_id)::int as all_parties, count(*)::int as all_contacts
      from obligation o join contact c on c.party_id = o.party_id and c.status = 'active'
           cross join lateral (select ${reaches(reach, noticeId)} as reached) r
     where o.action_id = ${actionId}`.execute(reader);
  const row = rows[0];
  return {
    parties: row?.parties ?? 0,
    contacts: row?.contacts ?? 0,
    allParties: row?.all_parties ?? 0,
    allContacts: row?.all_contacts ?? 0,
  };
}

/** Audiences with their countries that a version goes to: those whose languages it must have. */
export async function reachedCountries(
  reader: Reader,
  actionId: number,
  noticeId: number,
  reach: NoticeReach,
): Promise<{ audience: Audience; country: string }[]> {
  const { rows } = await sql<{ audience: Audience; country: string }>`
    select distinct o.audience, o.country from obligation o
     where o.action_id = ${actionId} and ${
       reach.to === 'languages'
         ? sql`exists (select 1 from contact c where c.party_id = o.party_id and c.status = 'active' and ${reaches(reach, noticeId)})`
         : reaches(reach, noticeId)
     } order by 1, 2`.execute(reader);
  return rows;
}
