import { sql } from 'kysely';
import type { MessageMatch } from '../db/schema-messages.ts';
import { headersOf, type MailFacts, type MailGuess, type MailReason } from '../domain/mail.ts';
import { serialsIn } from '../domain/mail-claims.ts';
import { ownTextOf } from '../domain/mail-quote.ts';
import type { Context, Reader } from './context.ts';
import { readReturnPath } from './delivery-address.ts';
import { linkHash, normaliseToken } from './links.ts';

/** Where a message belongs, and what showed it. */
export interface Place {
  by: '' | MessageMatch;
  actionId: number | null;
  partyId: number | null;
  contactId: number | null;
  deliveryId: number | null;
  reasons: MailReason[];
}

/** A place with the serial numbers of its party's units that the sender's own words name. */
export interface FoundPlace extends Place {
  serials: string[];
}

/** A message that was read and sorted, to be matched. */
export interface Sorted {
  mail: MailFacts;
  guess: MailGuess;
  envelopeTo: readonly string[];
}

interface Delivery {
  id: number;
  action_id: number;
  party_id: number | null;
  contact_id: number | null;
  address: string;
  message_id: string;
}

/** Headers in which mail servers keep to whom a message was handed: our own return path among them. */
const RECIPIENT_HEADERS = [
  'delivered-to',
  'x-original-to',
  'envelope-to',
  'x-envelope-to',
  'x-rcpt-to',
  'original-recipient',
];
/** Serial numbers looked up for one message. */
const MOST_SERIALS = 30;

interface Clues {
  returnPaths: number[];
  messageIds: string[];
  tokens: string[];
  senders: string[];
  failed: string[];
  serials: string[];
}

function cluesOf(settings: Context['settings'], { mail, guess, envelopeTo }: Sorted): Clues {
  const recipients = [
    ...envelopeTo,
    ...RECIPIENT_HEADERS.flatMap((name) => headersOf(mail, name)),
    ...mail.to.map((to) => to.address),
  ];
  const report = guess.kind === 'failure' || guess.kind === 'delay' || guess.kind === 'delivered';
  return {
    returnPaths: recipients.flatMap((address) => readReturnPath(settings, address) ?? []),
    messageIds: [
      mail.returned?.messageId ?? '',
      ...mail.references,
      ...idsInText(mail.text, settings.mailDomain),
    ].filter((id) => id !== ''),
    tokens: [...mail.text.slice(0, 100_000).matchAll(/\/p\/([0-9a-hjkmnp-z]{26})\b/gi)]
      .slice(0, 5)
      .map((match) => normaliseToken(match[1] ?? '')),
    senders: [mail.from.address, mail.replyTo?.address ?? ''].filter((address) => address !== ''),
    failed: report
      ? [...guess.recipients.map((one) => one.address), mail.returned?.to ?? ''].filter((address) =>
          address.includes('@'),
        )
      : [],
    // What they quote lists units, too: ours, not what they say.
    serials: report ? [] : serialsIn(`${mail.subject}\n${ownTextOf(mail)}`).slice(0, MOST_SERIALS),
  };
}

/** Message-IDs of our letters that a report only quotes. */
function idsInText(text: string, domain: string): string[] {
  return [...text.slice(0, 100_000).matchAll(/<delivery\.\d{1,15}\.[0-9a-f]{15}@[^>\s]{1,250}>/g)]
    .map(([id]) => id)
    .filter((id) => id.endsWith(`@${domain}>`))
    .slice(0, 5);
}

/** Everything that a batch's clues lead to, loaded in a handful of statements. */
interface Found {
  deliveries: Map<number, Delivery>;
  byMessageId: Map<string, Delivery>;
  byAddress: Map<string, Delivery>;
  links: Map<string, { action_id: number; party_id: number; contact_id: number }>;
  contacts: Map<string, { id: number; party_id: number; action_id: number | null; delivery_id: number | null }[]>;
  units: Map<string, { party_id: number; action_id: number | null }[]>;
}

async function loadFound(reader: Reader, clues: readonly Clues[]): Promise<Found> {
  const all = <T>(pick: (one: Clues) => readonly T[]): T[] => [...new Set(clues.flatMap(pick))];
  const deliveries = await sql<Delivery>`
    select id, action_id, party_id, contact_id, address, message_id from delivery
     where id = any(${all((one) => one.returnPaths)}::bigint[]) or message_id = any(${all((one) => one.messageIds)}::text[])`.execute(
    reader,
  );
  const failed = all((one) => one.failed);
  const byAddress =
    failed.length === 0
      ? []
      : (
          await sql<Delivery>`
    select distinct on (lower(address)) id, action_id, party_id, contact_id, address, message_id from delivery
     where lower(address) = any(${failed}::text[]) and channel = 'email' and state in ('sent', 'delivered', 'opened', 'unsure', 'bounced')
       and kind <> 'test'
     order by lower(address), (state = 'bounced'), id desc`.execute(reader)
        ).rows;
  const tokens = all((one) => one.tokens);
  const links =
    tokens.length === 0
      ? []
      : (
          await sql<{ hash: string; action_id: number; party_id: number; contact_id: number }>`
    select encode(token_hash, 'hex') as hash, action_id, party_id, contact_id from link
     where token_hash = any(${tokens.map(linkHash)}::bytea[])`.execute(reader)
        ).rows;
  const senders = all((one) => one.senders);
  const contacts = await sql<{
    email: string;
    id: number;
    party_id: number;
    action_id: number | null;
    delivery_id: number | null;
  }>`
    select lower(c.email) as email, c.id, c.party_id, d.action_id, d.id as delivery_id
      from contact c left join lateral (
        select id, action_id from delivery where contact_id = c.id and kind in ('notice', 'reminder')
         order by id desc limit 1) d on true
     where lower(c.email) = any(${senders}::text[]) order by (c.status = 'active') desc, c.id`.execute(reader);
  const serials = all((one) => one.serials);
  const units =
    serials.length === 0
      ? []
      : (
          await sql<{ serial: string; party_id: number; action_id: number | null }>`
    select u.serial, u.party_id, (select max(k.action_id) from correction k join action a on a.id = k.action_id
        where k.unit_id = u.id and a.stage in ('released', 'monitoring', 'completed')) as action_id
      from unit u where u.serial = any(${serials}::text[])`.execute(reader)
        ).rows;
  return {
    deliveries: new Map(deliveries.rows.map((row) => [row.id, row])),
    byMessageId: new Map(deliveries.rows.map((row) => [row.message_id, row])),
    byAddress: new Map(byAddress.map((row) => [row.address.toLowerCase(), row])),
    links: new Map(links.map((row) => [row.hash, row])),
    contacts: Map.groupBy(contacts.rows, (row) => row.email),
    units: Map.groupBy(units, (row) => row.serial.toUpperCase()),
  };
}

/**
 * Finds where messages belong: by the return path that only one letter had, by the letter they answer, by the personal
 * link they quote, by the address they come from (or that failed), by serial numbers – the first that shows something.
 */
export async function matchMessages(
  reader: Reader,
  ctx: Pick<Context, 'settings'>,
  sorted: readonly Sorted[],
): Promise<FoundPlace[]> {
  const clues = sorted.map((one) => cluesOf(ctx.settings, one));
  const found = await loadFound(reader, clues);
  return clues.map((own) => {
    const place = placeOf(own, found);
    const theirs = (serial: string): boolean =>
      place.partyId !== null && (found.units.get(serial) ?? []).some((unit) => unit.party_id === place.partyId);
    return { ...place, serials: own.serials.filter(theirs) };
  });
}

function placeOf(clues: Clues, found: Found): Place {
  const contacts = clues.senders.flatMap((address) => found.contacts.get(address) ?? []);
  const ofParty = (partyId: number | null): number | null =>
    contacts.find((contact) => contact.party_id === partyId)?.id ?? null;
  const byDelivery = (by: MessageMatch, delivery: Delivery, text: string, says: string): Place => ({
    by,
    actionId: delivery.action_id,
    partyId: delivery.party_id,
    // Who answers need not be whom we wrote to: a colleague of theirs that we know is named instead.
    contactId: ofParty(delivery.party_id) ?? delivery.contact_id,
    deliveryId: delivery.id,
    reasons: [{ what: 'header', text, says }],
  });
  for (const id of clues.returnPaths) {
    const delivery = found.deliveries.get(id);
    if (delivery) return byDelivery('return-path', delivery, `bounce+${id}`, 'the return path of this letter');
  }
  for (const id of clues.messageIds) {
    const delivery = found.byMessageId.get(id);
    if (delivery) return byDelivery('reference', delivery, id, 'the letter it answers');
  }
  for (const token of clues.tokens) {
    const link = found.links.get(linkHash(token).toString('hex'));
    if (!link) continue;
    const { action_id: actionId, party_id: partyId, contact_id } = link;
    return {
      by: 'form',
      actionId,
      partyId,
      contactId: ofParty(partyId) ?? contact_id,
      deliveryId: null,
      reasons: [{ what: 'words', text: `/p/${token.slice(0, 4)}…`, says: 'the personal link that it quotes' }],
    };
  }
  for (const address of clues.failed) {
    const delivery = found.byAddress.get(address);
    if (delivery) return byDelivery('address', delivery, address, 'the last letter to this address');
  }
  const [contact, ...others] = contacts;
  if (contact) {
    const same = others.every((other) => other.party_id === contact.party_id);
    const reasons: MailReason[] = [
      {
        what: 'sender',
        text: clues.senders[0] ?? '',
        says: same ? 'a contact of ours' : 'a contact of several parties',
      },
    ];
    const { party_id: partyId, action_id: actionId, id: contactId, delivery_id: deliveryId } = contact;
    if (same) return { by: 'address', actionId, partyId, contactId, deliveryId, reasons };
  }
  return bySerials(clues, found);
}

function bySerials(clues: Clues, found: Found): Place {
  const units = clues.serials.flatMap((serial) => (found.units.get(serial) ?? []).map((unit) => ({ ...unit, serial })));
  const parties = new Set(units.map((unit) => unit.party_id));
  const [unit] = units;
  if (!unit || parties.size > 1) {
    const reasons: MailReason[] = unit
      ? [
          {
            what: 'words',
            text: units
              .map((one) => one.serial)
              .join(', ')
              .slice(0, 200),
            says: 'units of several parties',
          },
        ]
      : [];
    return { by: '', actionId: null, partyId: null, contactId: null, deliveryId: null, reasons };
  }
  return {
    by: 'serial',
    actionId: unit.action_id,
    partyId: unit.party_id,
    contactId: null,
    deliveryId: null,
    reasons: [
      {
        what: 'words',
        text: units
          .map((one) => one.serial)
          .join(', ')
          .slice(0, 200),
        says: 'units of this party',
      },
    ],
  };
}
