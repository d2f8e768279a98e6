import { type RawBuilder, sql } from 'kysely';
import { defaultRegime, type LanguageRule, languageRule, languagesForContact, type Regime } from '../domain/country.ts';
import { mailDomain, postalAddress } from '../domain/delivery.ts';
import { type Audience, type NoticeReach, noticeDocumentSchema, noticeLanguages } from '../domain/notice.ts';
import type { Context, Reader, Tx } from './context.ts';
import { loadLanguageOverrides } from './country-overrides.ts';
import { messageId } from './delivery-address.ts';
import { wantFiles } from './delivery-files.ts';
import { recordEvent } from './event.ts';
import { drawIds, ensureLinks } from './links.ts';
import { onlyReached, replaceWaiting } from './notice-reach.ts';
import { openTasks, type TaskInput } from './tasks.ts';

/** Parties planned by one round of statements. */
const PARTIES_AT_A_TIME = 1_000;

/** A contact of a party that must be told, with what decides how; without contact columns when there is nobody. */
export interface Recipient {
  obligation_id: number;
  party_id: number;
  party: string;
  audience: Audience;
  contact_id: number | null;
  name: string;
  languages: string[];
  email: string;
  phone: string;
  channel: 'email' | 'post' | 'phone';
  country: string;
  place: string;
  street: string;
  postcode: string;
  city: string;
  region: string;
}

/** A delivery about to be written. */
export interface PlannedDelivery {
  actionId: number;
  noticeId: number | null;
  partyId: number | null;
  contactId: number | null;
  linkId: number | null;
  country: string;
  kind:
    | 'notice'
    | 'reminder'
    | 'receipt'
    | 'contact-check'
    | 'test'
    | 'call-confirmation'
    | 'download-code'
    | 'package-withdrawn'
    | 'kit-shipped';
  purpose: string;
  channel: 'email' | 'post' | 'phone';
  address: string;
  variant: string;
  languages: string[];
  /** Set when there is nothing to send to: the delivery is written as failed, with why. */
  trouble?: string;
}

/**
 * Gives every active contact of every party that must be told one delivery of a released notice: in its languages, in
 * the variant of its party, by its channel, the contact for recalls first. A contact that cannot be reached gets its
 * delivery all the same, failed, and a task: nobody is skipped in silence. Run again it adds only who is new.
 *
 * Set-based and in chunks: a hundred thousand contacts cost a hundred rounds of statements, and one event.
 * @param options.partyId only this party's contacts: somebody new has become known there
 * @param options.reach of an update: only these; what still waits of an earlier version is not sent any more
 */
export async function planDeliveries(
  tx: Tx,
  ctx: Context,
  actionId: number,
  noticeId: number,
  options: { partyId?: number; reach?: NoticeReach } = {},
): Promise<{ deliveries: number; tasks: number }> {
  const languages = await languageChooser(tx, ctx, actionId, noticeId);
  const counts = { email: 0, post: 0, phone: 0, failed: 0 };
  const { reach } = options;
  let tasks = 0;
  let last = 0;
  for (;;) {
    const found = await loadRecipients(
      tx,
      actionId,
      options.partyId === undefined
        ? sql`o.id in (select id from obligation where action_id = ${actionId} and id > ${last} order by id limit ${PARTIES_AT_A_TIME})`
        : sql`o.party_id = ${options.partyId} and o.id > ${last}`,
    );
    const end = found.at(-1);
    if (!end) break;
    last = end.obligation_id;
    const recipients = reach ? await onlyReached(tx, actionId, noticeId, reach, found) : found;
    const written = await writeLetters(tx, ctx, recipients, languages, {
      actionId,
      noticeId,
      kind: 'notice',
      purpose: () => `notice:${noticeId}`,
    });
    if (reach) await replaceWaiting(tx, ctx, actionId, noticeId, written);
    for (const row of written) counts[row.state === 'failed' ? 'failed' : row.channel]++;
    tasks += await openTasks(tx, ctx, [
      ...recipients.filter((to) => to.contact_id === null).map((to) => noContactTask(actionId, to)),
      ...deliveryTasks(actionId, written),
    ]);
  }
  const deliveries = counts.email + counts.post + counts.phone + counts.failed;
  await recordEvent(tx, ctx, {
    action: 'delivery.plan',
    subject: 'notice',
    subjectId: noticeId,
    actionId,
    partyId: options.partyId ?? null,
    after: { deliveries, ...counts, tasks },
  });
  return { deliveries, tasks };
}

/**
 * Gives the contacts of a party the released notice of every action it has to be told about: to be called when a
 * contact was added or made active again. Whoever has the letter does not get it twice.
 */
export async function planForParty(tx: Tx, ctx: Context, partyId: number): Promise<{ deliveries: number }> {
  const notices = await tx
    .selectFrom('notice as n')
    .innerJoin('obligation as o', 'o.action_id', 'n.action_id')
    .innerJoin('action as a', 'a.id', 'n.action_id')
    .select(['n.id', 'n.action_id'])
    .where('o.party_id', '=', partyId)
    .where('n.state', '=', 'released')
    .where('a.stage', 'in', ['released', 'monitoring'])
    .execute();
  let deliveries = 0;
  for (const notice of notices) {
    const planned = await planDeliveries(tx, ctx, notice.action_id, notice.id, { partyId });
    deliveries += planned.deliveries;
    if (planned.deliveries > 0)
      await ctx.queue.enqueue(tx, 'send-deliveries', { actionId: notice.action_id }, { key: 'due' });
  }
  return { deliveries };
}

/**
 * The active contacts of parties that must be told, party by party, the contact for recalls first; one row without a
 * contact for a party that has none.
 * @param which condition on `o`, the obligation
 */
export async function loadRecipients(tx: Reader, actionId: number, which: RawBuilder<unknown>): Promise<Recipient[]> {
  const { rows } = await sql<Recipient>`
    select o.id as obligation_id, o.party_id, p.name as party, o.audience, c.id as contact_id, c.name, c.languages,
           c.email, c.phone, c.channel, coalesce(s.country, p.country) as country, coalesce(s.name, p.name) as place,
           coalesce(s.street, p.street) as street, coalesce(s.postcode, p.postcode) as postcode,
           coalesce(s.city, p.city) as city, coalesce(s.region, p.region) as region
      from obligation o
      join party p on p.id = o.party_id
      left join contact c on c.party_id = o.party_id and c.status = 'active'
      left join site s on s.id = c.site_id
     where o.action_id = ${actionId} and ${which}
     order by o.id, (c.role = 'recall') desc, c.id`.execute(tx);
  return rows;
}

/** Writes one delivery to each recipient with a contact; whoever has this letter already is left out. */
export async function writeLetters(
  tx: Tx,
  ctx: Context,
  recipients: Recipient[],
  languages: (to: Recipient) => string[],
  letter: { actionId: number; noticeId: number; kind: 'notice' | 'reminder'; purpose: (to: Recipient) => string },
): Promise<WrittenDelivery[]> {
  const { actionId, noticeId, kind } = letter;
  const reachable = recipients.flatMap((to) => (to.contact_id === null ? [] : [{ ...to, contactId: to.contact_id }]));
  const links = await ensureLinks(
    tx,
    ctx,
    actionId,
    reachable.map((to) => ({ contactId: to.contactId, partyId: to.party_id })),
  );
  const written = await insertDeliveries(
    tx,
    ctx,
    reachable.map((to) => ({
      actionId,
      noticeId,
      partyId: to.party_id,
      contactId: to.contactId,
      linkId: links.get(to.contactId) ?? null,
      country: to.country,
      kind,
      purpose: letter.purpose(to),
      channel: to.channel,
      variant: to.audience,
      languages: languages(to),
      ...addressOf(to),
    })),
  );
  await wantFiles(
    tx,
    ctx,
    written.map((delivery) => delivery.id),
  );
  return written;
}

/** Where a contact is reached by its channel, or why it cannot be. */
export function addressOf(
  to: Pick<
    Recipient,
    'channel' | 'email' | 'phone' | 'name' | 'place' | 'street' | 'postcode' | 'city' | 'region' | 'country'
  >,
): {
  address: string;
  trouble?: string;
} {
  switch (to.channel) {
    case 'email':
      if (to.email === '') return { address: '', trouble: 'no e-mail address' };
      return mailDomain(to.email) === undefined
        ? { address: to.email, trouble: 'this is no e-mail address' }
        : { address: to.email };
    case 'phone':
      return to.phone === '' ? { address: '', trouble: 'no telephone number' } : { address: to.phone };
    case 'post': {
      const address = postalAddress({ ...to, name: to.place, attention: to.name });
      return address === undefined ? { address: '', trouble: 'no street or no town' } : { address };
    }
  }
}

function noContactTask(actionId: number, to: Recipient): TaskInput {
  return {
    kind: 'no-contact',
    key: `no-contact:${actionId}:${to.party_id}`,
    actionId,
    partyId: to.party_id,
    detail: { party: to.party, country: to.country },
  };
}

/** What written deliveries ask of people: an address that is missing, a call to make. */
export function deliveryTasks(actionId: number, rows: WrittenDelivery[]): TaskInput[] {
  return rows.flatMap((row): TaskInput[] => {
    const about = { actionId, partyId: row.party_id, contactId: row.contact_id, deliveryId: row.id };
    if (row.state === 'failed') {
      return [
        {
          ...about,
          kind: 'missing-address',
          key: `missing-address:${row.id}`,
          detail: { why: row.detail, channel: row.channel, address: row.address },
        },
      ];
    }
    if (row.channel === 'phone') {
      return [
        {
          ...about,
          kind: 'telephone',
          key: `telephone:${row.id}`,
          detail: { phone: row.address, why: 'this contact is told by telephone' },
        },
      ];
    }
    return [];
  });
}

export interface WrittenDelivery {
  id: number;
  party_id: number | null;
  contact_id: number | null;
  channel: 'email' | 'post' | 'phone';
  state: 'queued' | 'failed';
  address: string;
  detail: string;
}

/**
 * Writes deliveries; a letter a contact has already (same purpose) is not written again. E-mail is due at once; post
 * and telephone wait for a person and are never due by themselves.
 * @returns only the rows written now
 */
export async function insertDeliveries(
  tx: Tx,
  ctx: Pick<Context, 'now' | 'settings'>,
  planned: PlannedDelivery[],
): Promise<WrittenDelivery[]> {
  if (planned.length === 0) return [];
  const at = ctx.now();
  const ids = await drawIds(tx, 'delivery', planned.length);
  const text = (pick: (delivery: PlannedDelivery) => string) => sql`${planned.map(pick)}::text[]`;
  const number = (pick: (delivery: PlannedDelivery) => number | null) => sql`${planned.map(pick)}::bigint[]`;
  const { rows } = await sql<WrittenDelivery>`
    insert into delivery (id, action_id, notice_id, party_id, contact_id, link_id, country, kind, purpose, channel, address,
                          domain, variant, languages, message_id, state, state_since, next_attempt_at, detail, created_at)
    overriding system value
    select id, action_id, notice_id, party_id, contact_id, link_id, country, kind, purpose, channel, address, domain,
           variant, coalesce(string_to_array(nullif(languages, ''), ','), '{}'), message_id,
           case when trouble = '' then 'queued' else 'failed' end, ${at}::timestamptz,
           case when trouble = '' and channel = 'email' then ${at}::timestamptz end, trouble, ${at}::timestamptz
      from unnest(${ids}::bigint[], ${number((d) => d.actionId)}, ${number((d) => d.noticeId)}, ${number((d) => d.partyId)},
                  ${number((d) => d.contactId)}, ${number((d) => d.linkId)}, ${text((d) => d.country)},
                  ${text((d) => d.kind)}, ${text((d) => d.purpose)}, ${text((d) => d.channel)}, ${text((d) => d.address)},
                  ${text((d) => (d.channel === 'email' ? (mailDomain(d.address) ?? '') : ''))}, ${text((d) => d.variant)},
                  ${text((d) => d.languages.join(','))}, ${ids.map((id) => messageId(ctx.settings, id))}::text[],
                  ${text((d) => d.trouble ?? '')})
        as fresh (id, action_id, notice_id, party_id, contact_id, link_id, country, kind, purpose, channel, address, domain,
                  variant, languages, message_id, trouble)
    on conflict (contact_id, purpose) do nothing
    returning id, party_id, contact_id, channel, state, address, detail`.execute(tx);
  return rows;
}

/** Chooses the languages of a contact's bundle: its own, those its country asks for, as far as the notice has them. */
export async function languageChooser(
  reader: Reader,
  ctx: Pick<Context, 'now'>,
  actionId: number,
  noticeId: number,
): Promise<(to: { languages: readonly string[]; country: string; audience: Audience }) => string[]> {
  const [notice, action, countries, overrides] = [
    await reader.selectFrom('notice').select('document').where('id', '=', noticeId).executeTakeFirstOrThrow(),
    await reader.selectFrom('action').select('device_law').where('id', '=', actionId).executeTakeFirstOrThrow(),
    await reader.selectFrom('action_country').select(['country', 'regime']).where('action_id', '=', actionId).execute(),
    await loadLanguageOverrides(reader),
  ];
  const document = noticeDocumentSchema.parse(notice.document);
  const regimes = new Map<string, Regime>(countries.map((row) => [row.country, row.regime]));
  const today = ctx.now().toISOString().slice(0, 10);
  const rules = new Map<string, LanguageRule>();
  const written = new Map<Audience, string[]>();
  return ({ languages, country, audience }) => {
    let rule = rules.get(country);
    if (!rule) {
      const regime = regimes.get(country) ?? defaultRegime(country, action.device_law, today);
      rule = languageRule(country, regime, { overrides });
      rules.set(country, rule);
    }
    let available = written.get(audience);
    if (!available) {
      available = noticeLanguages(document, audience);
      written.set(audience, available);
    }
    return languagesForContact(languages, rule, available).languages;
  };
}
