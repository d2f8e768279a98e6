import { sql } from 'kysely';
import { z } from 'zod';
import type { Door } from '../db/schema.ts';
import { localeOf, type Say } from '../domain/message.ts';
import { forbidContact } from '../domain/permission.ts';
import { composePlainMail, type MailBlock } from '../domain/plain-mail.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Reader, type Tx, transact } from './context.ts';
import { addressOf, insertDeliveries } from './deliveries.ts';
import { recordEvent } from './event.ts';
import type { OwnLetter, OwnLetterRow } from './letter-kinds.ts';
import { ensureLinks, linkUrl } from './links.ts';

export const sendReceiptInput = z.object({
  /** Whom it goes to; the contact who answered unless told. */
  contactId: z.number().int().positive().optional(),
  /** Left out: by mail where there is an address, else on paper. */
  channel: z.enum(['email', 'post']).optional(),
});

/** Corrections that a receipt lists; the link shows all. */
const MOST_LINES = 200;

/**
 * Sends back what was read out of a reply, unit by unit, in the contact's language, with the link that mends it. Once per
 * reply and contact. After a telephone call it is what "confirm in writing" means.
 */
export async function sendReceipt(
  ctx: Context,
  replyId: number,
  input: z.infer<typeof sendReceiptInput>,
): Promise<{ id: number; deliveryId: number } | Refusal> {
  const no = forbidContact(ctx.actor, 'reply.record');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const deliveryId = await planReceipt(tx, ctx, replyId, input.contactId, input.channel);
    if (typeof deliveryId !== 'number') return deliveryId;
    return { id: replyId, deliveryId };
  });
}

/** sendReceipt inside the transaction that took the reply. Who has the receipt already is told so. */
export async function planReceipt(
  tx: Tx,
  ctx: Context,
  replyId: number,
  contactId?: number,
  channel?: 'email' | 'post',
): Promise<number | Refusal> {
  const { rows } = await sql<{
    action_id: number;
    party_id: number;
    door: Door;
    country: string;
    contact_id: number | null;
    name: string | null;
    email: string | null;
    languages: string[] | null;
    language: string;
    place: string;
    street: string;
    postcode: string;
    city: string;
    region: string;
    place_country: string;
  }>`
    select r.action_id, r.party_id, r.door, p.country, k.id as contact_id, k.name, k.email, k.languages, r.language,
        coalesce(s.name, p.name) as place, coalesce(s.street, p.street) as street, coalesce(s.postcode, p.postcode) as postcode,
        coalesce(s.city, p.city) as city, coalesce(s.region, p.region) as region, coalesce(s.country, p.country) as place_country
      from reply r join party p on p.id = r.party_id
      left join contact k on k.id = coalesce(${contactId ?? null}::bigint, r.contact_id) and k.party_id = r.party_id
      left join site s on s.id = k.site_id
     where r.id = ${replyId}`.execute(tx);
  const [reply] = rows;
  if (!reply) return refuse('reply.unknown', { id: replyId });
  if (reply.contact_id === null) return refuse('receipt.no-contact', {}, 'contactId');
  const way = channel ?? (reply.email === '' ? 'post' : 'email');
  const { address, trouble } = addressOf({
    name: reply.name ?? '',
    email: reply.email ?? '',
    phone: '',
    channel: way,
    place: reply.place,
    street: reply.street,
    postcode: reply.postcode,
    city: reply.city,
    region: reply.region,
    country: reply.place_country,
  });
  if (trouble) return refuse('delivery.no-address', { why: trouble }, 'contactId');
  const links = await ensureLinks(tx, ctx, reply.action_id, [{ contactId: reply.contact_id, partyId: reply.party_id }]);
  const kind = reply.door === 'telephone' ? ('call-confirmation' as const) : ('receipt' as const);
  const [written] = await insertDeliveries(tx, ctx, [
    {
      actionId: reply.action_id,
      noticeId: null,
      partyId: reply.party_id,
      contactId: reply.contact_id,
      linkId: links.get(reply.contact_id) ?? null,
      country: reply.country,
      kind,
      purpose: `${kind}:${replyId}`,
      channel: way,
      address,
      variant: '',
      languages: [(reply.languages?.[0] ?? reply.language) || 'en'],
    },
  ]);
  if (!written) return refuse('receipt.sent', {});
  await recordEvent(tx, ctx, {
    action: 'reply.receipt',
    subject: 'reply',
    subjectId: replyId,
    actionId: reply.action_id,
    partyId: reply.party_id,
    after: { deliveryId: written.id, to: address, kind },
  });
  if (way === 'email') await ctx.queue.enqueue(tx, 'send-deliveries', { actionId: reply.action_id }, { key: 'due' });
  return written.id;
}

interface ReadReply {
  id: number;
  received_at: Date;
  reference: string;
  party: string;
  received: string | null;
  total: number;
  manufacturer: string | null;
  lines: { product: string; serial: string; environment: string; claim: string; doneOn: string | null }[] | null;
  /** Units on which the software is not installed, so that no correction is asked about. */
  without: { product: string; serial: string }[] | null;
  /** Units that are not on the party's list. */
  extra: { serial: string | null; product: string | null; place: string | null }[] | null;
  standalone: { name: string | null; patched: string | null; on: string | null }[] | null;
}

/** Composes receipts as they leave: from the reply they are for, never from what is known by then. */
export async function composeReceipts(
  reader: Reader,
  ctx: Context,
  rows: readonly OwnLetterRow[],
): Promise<ReadonlyMap<number, OwnLetter>> {
  const replyOf = (row: OwnLetterRow): number => Number(/^[a-z-]+:(\d+)/.exec(row.purpose)?.[1] ?? 0);
  const replies = await sql<ReadReply>`
    select r.id, r.received_at, a.reference, p.name as party, r.answers -> 'party' ->> 'received' as received,
        a.facts -> 'values' ->> 'manufacturer.name' as manufacturer,
        (select count(*)::int from jsonb_object_keys(r.answers -> 'corrections')) as total,
        (select json_agg(x) from (select pr.name as product, u.serial, e.name as environment,
            r.answers -> 'corrections' -> c.id::text ->> 'status' as claim,
            r.answers -> 'corrections' -> c.id::text ->> 'done-on' as "doneOn"
          from correction c join unit u on u.id = c.unit_id join product pr on pr.id = u.product_id
          join environment e on e.id = c.environment_id
         where c.action_id = r.action_id and c.party_id = r.party_id and r.answers -> 'corrections' ? c.id::text
         order by pr.name, u.serial_key, e.position, c.id limit ${MOST_LINES}) x) as lines,
        (select json_agg(x) from (select pr.name as product, u.serial from unit u join product pr on pr.id = u.product_id
         where u.party_id = r.party_id and r.answers -> 'units' -> u.id::text ->> 'software-installed' = 'no'
         order by pr.name, u.serial_key, u.id limit ${MOST_LINES}) x) as without,
        (select json_agg(x) from (select row ->> 'serial' as serial, pr.name as product, row ->> 'place' as place
          from jsonb_array_elements(r.answers -> 'extra') row left join product pr on pr.id::text = row ->> 'product'
         limit ${MOST_LINES}) x) as extra,
        (select json_agg(x) from (select row ->> 'name' as name, row ->> 'patched' as patched, row ->> 'patched-on' as on
          from jsonb_array_elements(r.answers -> 'standalone') row limit ${MOST_LINES}) x) as standalone
      from reply r join action a on a.id = r.action_id join party p on p.id = r.party_id
     where r.id = any(${rows.map(replyOf)}::bigint[])`.execute(reader);
  const byId = new Map(replies.rows.map((reply) => [reply.id, reply]));
  return new Map(
    rows.flatMap((row): [number, OwnLetter][] => {
      const reply = byId.get(replyOf(row));
      return reply ? [[row.id, composeReceipt(ctx, row, reply)]] : [];
    }),
  );
}

function composeReceipt(ctx: Context, row: OwnLetterRow, reply: ReadReply): OwnLetter {
  const language = row.languages[0] ?? 'en';
  const say = ctx.say(language);
  const day = (at: Date | string): string =>
    new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(at));
  const lines = reply.lines ?? [];
  const blocks: MailBlock[] = [
    { kind: 'text', text: say('mail.receipt.to', { name: row.contact, party: reply.party }) },
    {
      kind: 'text',
      text: say(row.kind === 'call-confirmation' ? 'mail.receipt.called' : 'mail.receipt.read', {
        reference: reply.reference,
        day: day(reply.received_at),
      }),
    },
  ];
  if (reply.received === 'yes') blocks.push({ kind: 'text', text: say('mail.receipt.received') });
  if (lines.length > 0) {
    blocks.push({ kind: 'heading', text: say('mail.receipt.units', { count: reply.total }) });
    blocks.push({ kind: 'list', items: lines.map((line) => lineOf(line, say, day)) });
  }
  if (reply.total > lines.length)
    blocks.push({ kind: 'text', text: say('mail.receipt.more', { count: reply.total - lines.length }) });
  blocks.push(...otherUnits(reply, say, day));
  if (row.link_id !== null)
    blocks.push({ kind: 'link', href: linkUrl(ctx.settings, row.link_id), text: say('mail.receipt.mend') });
  blocks.push({ kind: 'text', text: say('mail.receipt.automatic') });
  const subject = say('mail.receipt.subject', { reference: reply.reference });
  const direction = /^(?:ar|dv|fa|he|ku|ps|sd|ug|ur|yi)\b/.test(language) ? 'rtl' : 'ltr';
  return { ...composePlainMail({ subject, language, direction, blocks }), language };
}

/** What was read about units that no correction is asked of: without the software, not on the list, standalone computers. */
function otherUnits(reply: ReadReply, say: Say, day: (at: string) => string): MailBlock[] {
  const without = (reply.without ?? []).map((unit) => ({
    label: `${unit.product} ${unit.serial}`,
    detail: say('form.choice.status.not-affected'),
  }));
  const extra = (reply.extra ?? []).map(({ serial, product, place }) => ({
    label: serial || '–',
    detail: [product, place].filter(Boolean).join(', ') || '–',
  }));
  const standalone = (reply.standalone ?? []).map(({ name, patched, on }) => ({
    label: name || '–',
    detail: patched
      ? `${say('form.question.patched')} ${say(`form.choice.${patched}`)}${on ? ` (${day(on)})` : ''}`
      : '–',
  }));
  const listed = (items: { label: string; detail: string }[], heading?: string): MailBlock[] =>
    items.length === 0
      ? []
      : [...(heading ? [{ kind: 'heading' as const, text: say(heading) }] : []), { kind: 'list', items }];
  return [
    ...listed(without),
    ...listed(extra, 'portal.form.rows.extra'),
    ...listed(standalone, 'portal.form.rows.standalone'),
  ];
}

function lineOf(
  line: NonNullable<ReadReply['lines']>[number],
  say: Say,
  day: (at: string) => string,
): { label: string; detail: string } {
  const said = line.claim ? say(`form.choice.status.${line.claim}`) : '–';
  return {
    label: `${line.product} ${line.serial}`,
    detail: `${line.environment}: ${said}${line.doneOn ? ` (${day(line.doneOn)})` : ''}`,
  };
}
