import { sql } from 'kysely';
import type { ShipTo } from '../domain/kit.ts';
import { formatNoticeDate, type NoticeFacts, printFact } from '../domain/notice-facts.ts';
import { directionOf } from '../domain/notice-render.ts';
import { composePlainMail, type MailBlock } from '../domain/plain-mail.ts';
import type { Context, Reader } from './context.ts';
import type { OwnLetter, OwnLetterRow } from './letter-kinds.ts';
import { linkUrl } from './links.ts';

interface Source {
  id: number;
  kit_id: number;
  reference: string;
  facts: Record<string, unknown>;
  carrier: string;
  tracking: string;
  visit_on: string | null;
  ship_to: Partial<ShipTo>;
}

/** The mails that a kit is on its way: who brings it, its tracking number as text, and where to say that it arrived. */
export async function composeKitMails(
  reader: Reader,
  ctx: Context,
  rows: readonly OwnLetterRow[],
): Promise<ReadonlyMap<number, OwnLetter>> {
  const { rows: sources } = await sql<Source>`
    select d.id, t.id as kit_id, a.reference, a.facts, t.carrier, t.tracking, t.visit_on, t.ship_to
      from delivery d join kit t on t.id = split_part(d.purpose, ':', 2)::bigint join action a on a.id = d.action_id
     where d.id = any(${rows.map((row) => row.id)}::bigint[])`.execute(reader);
  const letters = new Map<number, OwnLetter>();
  for (const row of rows) {
    const source = sources.find((one) => one.id === row.id);
    if (source) letters.set(row.id, compose(ctx, row, source));
  }
  return letters;
}

function compose(ctx: Context, row: OwnLetterRow, source: Source): OwnLetter {
  const language = row.languages[0] ?? 'en';
  const say = ctx.say(language);
  const facts: NoticeFacts = { values: source.facts as NoticeFacts['values'], groups: {} };
  const fact = (name: string): string => printFact(facts, name, language)?.text ?? '';
  const about = { kit: source.kit_id, reference: source.reference };
  const { name = '', attention = '', street = '', postcode = '', city = '' } = source.ship_to;
  const text = (words: string): MailBlock => ({ kind: 'text', text: words });
  const details = [
    { label: say('portal.kit.carrier'), detail: source.carrier },
    { label: say('portal.kit.tracking'), detail: source.tracking },
    {
      label: say('portal.kit.visit'),
      detail: source.visit_on === null ? '' : formatNoticeDate(source.visit_on, language),
    },
    {
      label: say('mail.kit.to'),
      detail: [name, attention, street, `${postcode} ${city}`.trim()].filter((part) => part !== '').join(', '),
    },
  ];
  const subject = say('mail.kit.subject', about);
  const link = row.link_id === null ? ctx.settings.publicUrl : linkUrl(ctx.settings, row.link_id, 'kit');
  const blocks: MailBlock[] = [
    text(say('mail.kit.lead', about)),
    { kind: 'list', items: details.filter((one) => one.detail !== '') },
    { kind: 'link', href: link, text: say('mail.kit.next') },
    text(say('mail.reach-us', { phone: fact('contact.phone') || '–', email: fact('contact.email') || '–' })),
  ];
  return { ...composePlainMail({ subject, language, direction: directionOf(language), blocks }), language };
}
