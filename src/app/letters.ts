import { sql } from 'kysely';
import type { MailFile } from '../adapters/mail-message.ts';
import { addWorkingDays, dayIn } from '../domain/calendar.ts';
import { countryZone } from '../domain/country.ts';
import { deadlineRule } from '../domain/deadline.ts';
import { type Audience, audiences, type NoticeDocument, noticeDocumentSchema } from '../domain/notice.ts';
import type { NoticeFacts } from '../domain/notice-facts.ts';
import { MOST_UNITS_IN_MAIL } from '../domain/notice-mail.ts';
import type { Context, Reader } from './context.ts';
import { loadCalendars } from './deadlines.ts';
import { loadFiles } from './delivery-files.ts';
import { type OwnLetterRow, ownComposers } from './letter-kinds.ts';
import {
  type FilledLetter,
  fillTemplate,
  type LetterTemplate,
  type LetterUnit,
  makeTemplate,
} from './letter-template.ts';
import { linkUrl, previewLinkUrl } from './links.ts';
import { loadNoticeFacts } from './notice-facts.ts';

/** A letter as it leaves. */
export interface Letter {
  deliveryId: number;
  messageId: string;
  recipient: string;
  subject: string;
  /** The RFC 5322 bytes. */
  raw: Buffer;
}

/** A letter as it is read, with the facts it would need and does not have. */
export interface PrintedLetter {
  subject: string;
  text: string;
  html: string;
  languages: string[];
  missing: string[];
}

/** What a letter is made of, besides the notice. */
export interface LetterSource {
  kind: 'notice' | 'reminder' | 'test';
  action_id: number;
  notice_id: number;
  variant: Audience;
  languages: string[];
  party_id: number;
  party: string;
  country: string;
  contact: string;
  /** Null: a preview or a test, whose links open nothing. */
  link_id: number | null;
}

interface DeliverySource extends LetterSource {
  id: number;
  message_id: string;
  address: string;
}

/**
 * Composes letters as they leave, many at once: the rows of a batch are loaded in a handful of queries. Each is made
 * for its one contact: its languages in one message, its units, its own link.
 * @throws when a letter cannot be made: it is then a failed try that says why
 */
export async function composeLetters(reader: Reader, ctx: Context, deliveryIds: number[]): Promise<Letter[]> {
  if (deliveryIds.length === 0) return [];
  const { rows } = await sql<DeliverySource>`
    select d.id, d.message_id, d.address, d.kind, d.action_id, d.notice_id, d.variant, d.languages, c.party_id,
           p.name as party, p.country, c.name as contact, d.link_id
      from delivery d
      join contact c on c.id = case when d.kind = 'test' then split_part(d.purpose, ':', 2)::bigint else d.contact_id end
      join party p on p.id = c.party_id
     where d.id = any(${deliveryIds}::bigint[]) and d.notice_id is not null and d.kind in ('notice', 'reminder', 'test')
     order by d.id`.execute(reader);
  const print = await letterPrinter(reader, ctx, rows);
  const sender = parseMailbox(ctx.settings.mailFrom);
  const files = await loadFiles(reader, ctx, deliveryIds);
  const others = rows.length < deliveryIds.length ? await composeOwnLetters(reader, ctx, deliveryIds, files) : [];
  const notices = await Promise.all(
    rows.map(async (row) => {
      const letter = print(row);
      if (letter.missing.length > 0) throw new Error(`facts without a value: ${letter.missing.join(', ')}`);
      const raw = await ctx.mailer.compose({
        from: sender,
        to: { name: row.kind === 'test' ? '' : row.contact, address: row.address },
        ...(letter.replyTo ? { replyTo: letter.replyTo } : {}),
        messageId: row.message_id,
        date: ctx.now(),
        subject: letter.subject,
        text: letter.text,
        html: letter.html,
        languages: letter.languages,
        files: files.get(row.id) ?? [],
      });
      return { deliveryId: row.id, messageId: row.message_id, recipient: row.address, subject: letter.subject, raw };
    }),
  );
  return [...notices, ...others];
}

/** The letters of a batch that are no notices, each by the composer of its kind. */
async function composeOwnLetters(
  reader: Reader,
  ctx: Context,
  deliveryIds: number[],
  files: ReadonlyMap<number, MailFile[]>,
): Promise<Letter[]> {
  const { rows } = await sql<OwnLetterRow>`
    select d.id, d.kind, d.purpose, d.message_id, d.address, d.action_id, d.party_id, d.contact_id, c.name as contact,
           d.link_id, d.languages
      from delivery d join contact c on c.id = d.contact_id
     where d.id = any(${deliveryIds}::bigint[]) and d.kind = any(${Object.keys(ownComposers)}::text[])
     order by d.id`.execute(reader);
  const sender = parseMailbox(ctx.settings.mailFrom);
  const letters: Letter[] = [];
  for (const [kind, ofKind] of Map.groupBy(rows, (row) => row.kind)) {
    const composed = await ownComposers[kind]?.(reader, ctx, ofKind);
    for (const row of ofKind) {
      const letter = composed?.get(row.id);
      if (!letter) throw new Error(`delivery ${row.id}: nothing to write about`);
      const raw = await ctx.mailer.compose({
        from: sender,
        to: { name: kind === 'contact-check' ? '' : row.contact, address: row.address },
        ...(letter.replyTo ? { replyTo: letter.replyTo } : {}),
        messageId: row.message_id,
        date: ctx.now(),
        subject: letter.subject,
        text: letter.text,
        html: letter.html,
        languages: [letter.language],
        files: files.get(row.id) ?? [],
      });
      letters.push({
        deliveryId: row.id,
        messageId: row.message_id,
        recipient: row.address,
        subject: letter.subject,
        raw,
      });
    }
  }
  return letters;
}

/** `Safety team <safety@maker.example>` or the address alone. */
function parseMailbox(text: string): { name: string; address: string } {
  const match = /^\s*(.*?)\s*<([^<>]+)>\s*$/.exec(text);
  return match
    ? { name: (match[1] ?? '').replace(/^"|"$/g, ''), address: match[2] ?? '' }
    : { name: '', address: text.trim() };
}

/** The letter of one contact as text and HTML, without making a message of it. */
export async function printOne(reader: Reader, ctx: Context, source: LetterSource): Promise<PrintedLetter> {
  const print = await letterPrinter(reader, ctx, [source]);
  const { subject, text, html, languages, missing } = print(source);
  return { subject, text: text.join('\n'), html: html.join('\n'), languages, missing };
}

/** A letter as it was, or will be, sent: for reading it on screen and for printing it. */
export async function readLetter(reader: Reader, ctx: Context, deliveryId: number): Promise<PrintedLetter | undefined> {
  const source = await reader
    .selectFrom('delivery as d')
    .innerJoin('contact as c', 'c.id', 'd.contact_id')
    .innerJoin('party as p', 'p.id', 'c.party_id')
    .select([
      'd.kind',
      'd.action_id',
      'd.notice_id',
      'd.variant',
      'd.languages',
      'c.party_id',
      'p.name as party',
      'p.country',
      'c.name as contact',
      'd.link_id',
    ])
    .where('d.id', '=', deliveryId)
    .executeTakeFirst();
  if (!source || source.notice_id === null || (source.kind !== 'notice' && source.kind !== 'reminder'))
    return undefined;
  const { kind, notice_id } = source;
  return printOne(reader, ctx, { ...source, kind, notice_id, variant: audienceOf(source.variant) });
}

/** A variant as it is kept in a column. */
export function audienceOf(text: string): Audience {
  return audiences.find((audience) => audience === text) ?? 'dx-recall';
}

interface NoticeText {
  document: NoticeDocument;
  facts: NoticeFacts;
  /** Templates of its letters, by what they have in common. */
  templates: Map<string, LetterTemplate>;
}

/** Released notices never change: each is read and printed once. The oldest is forgotten first. */
const releasedTexts = new Map<string, NoticeText>();
const MOST_TEXTS = 20;
const MOST_TEMPLATES = 200;

export async function loadNoticeText(reader: Reader, ctx: Context, noticeId: number): Promise<NoticeText> {
  const head = await reader
    .selectFrom('notice')
    .select(['action_id', 'content_hash', 'released_at'])
    .where('id', '=', noticeId)
    .executeTakeFirstOrThrow();
  // Two databases in one process, as in tests, may number their notices alike.
  const key = [noticeId, head.content_hash, head.released_at?.getTime(), ctx.settings.publicUrl].join(' ');
  const known = releasedTexts.get(key);
  if (known) return known;
  const { document, released_facts } = await reader
    .selectFrom('notice')
    .select(['document', 'released_facts'])
    .where('id', '=', noticeId)
    .executeTakeFirstOrThrow();
  const text: NoticeText = {
    document: noticeDocumentSchema.parse(document),
    facts: (released_facts as NoticeFacts | null) ?? (await loadNoticeFacts(reader, head.action_id, noticeId)),
    templates: new Map(),
  };
  if (released_facts !== null) keep(releasedTexts, MOST_TEXTS, key, text);
  return text;
}

/** Keeps a value; the oldest goes when there are too many. */
function keep<T>(map: Map<string, T>, most: number, key: string, value: T): void {
  map.set(key, value);
  const oldest = map.keys().next();
  if (map.size > most && !oldest.done) map.delete(oldest.value);
}

interface PartyUnits {
  units: LetterUnit[];
  count: number;
}

/**
 * The affected units of parties, the first of them by name and all of them by number; for reminders those still owed.
 */
async function loadUnits(reader: Reader, sources: readonly LetterSource[]): Promise<Map<string, PartyUnits>> {
  const wanted = [...new Map(sources.map((source) => [unitsKey(source), source])).values()];
  const { rows } = await sql<{
    action_id: number;
    party_id: number;
    owed: boolean;
    count: number;
    units: LetterUnit[] | null;
  }>`
    select w.action_id, w.party_id, w.owed, coalesce(u.count, 0)::int as count, u.units
      from unnest(${wanted.map((w) => w.action_id)}::bigint[], ${wanted.map((w) => w.party_id)}::bigint[],
                  ${wanted.map((w) => w.kind === 'reminder')}::boolean[]) as w (action_id, party_id, owed)
      left join lateral (
        select max(total) as count, json_agg(json_build_object('product', product, 'serial', serial, 'site', site,
                 'environments', environments) order by nth) as units
          from (select p.name as product, x.serial, s.name as site, k.environments, count(*) over () as total,
                       row_number() over (order by p.name, x.serial_key, x.id) as nth
                  from (select unit_id, array_agg(distinct e.name) as environments
                          from correction c join environment e on e.id = c.environment_id
                         where c.action_id = w.action_id and c.party_id = w.party_id
                           and (not w.owed or c.state in ('open', 'blocked', 'isolated'))
                         group by unit_id) k
                  join unit x on x.id = k.unit_id join product p on p.id = x.product_id join site s on s.id = x.site_id) listed
         where nth <= ${MOST_UNITS_IN_MAIL}) u on true`.execute(reader);
  return new Map(
    rows.map((row) => [`${row.action_id} ${row.party_id} ${row.owed}`, { units: row.units ?? [], count: row.count }]),
  );
}

function unitsKey(source: LetterSource): string {
  return `${source.action_id} ${source.party_id} ${source.kind === 'reminder'}`;
}

type Filled = FilledLetter & { languages: string[]; missing: string[]; replyTo?: string };
type Printer = (source: LetterSource) => Filled;

/** Loads what a batch of letters needs; gives back what prints one of them. */
async function letterPrinter(reader: Reader, ctx: Context, sources: readonly LetterSource[]): Promise<Printer> {
  const texts = new Map<number, NoticeText>();
  for (const id of new Set(sources.map((source) => source.notice_id)))
    texts.set(id, await loadNoticeText(reader, ctx, id));
  const units = await loadUnits(reader, sources);
  const replyDays = await replyDates(reader, ctx, sources);
  const openOf = await openOfAnswered(reader, sources);
  return (source) => {
    const text = texts.get(source.notice_id);
    if (!text) throw new Error(`no notice ${source.notice_id}`);
    return printWith(
      ctx,
      source,
      text,
      units.get(unitsKey(source)) ?? { units: [], count: 0 },
      replyDays(source, text.facts),
      openOf(source),
    );
  };
}

/**
 * The last day to reply that a letter names: the party's own deadline where its clock runs already, else what its
 * country's calendar gives from today.
 */
export async function replyDates(
  reader: Reader,
  ctx: Context,
  sources: readonly Pick<LetterSource, 'action_id' | 'party_id' | 'country'>[],
): Promise<(source: Pick<LetterSource, 'action_id' | 'party_id' | 'country'>, facts: NoticeFacts) => string> {
  const running = await sql<{ action_id: number; party_id: number; due_on: string }>`
    select d.action_id, d.party_id, min(d.due_on) as due_on from deadline d
     where (d.action_id, d.party_id) in (select * from unnest(${sources.map((s) => s.action_id)}::bigint[],
             ${sources.map((s) => s.party_id)}::bigint[])) and d.state in ('running', 'missed') and d.due_on is not null
     group by 1, 2`.execute(reader);
  const kept = new Map(running.rows.map((row) => [`${row.action_id} ${row.party_id}`, row.due_on]));
  const calendarOf = await loadCalendars(reader, ctx);
  const computed = new Map<string, string>();
  return (source, facts) => {
    const own = kept.get(`${source.action_id} ${source.party_id}`);
    if (own) return own;
    const given = facts.values['deadline.reply-days'];
    const days = typeof given === 'number' ? given : deadlineRule('customer-reply-connected').count;
    const key = `${source.country} ${days}`;
    let due = computed.get(key);
    if (!due) {
      due = addWorkingDays(dayIn(ctx.now(), countryZone(source.country)), days, calendarOf(source.country)).due;
      computed.set(key, due);
    }
    return due;
  };
}

/**
 * What reminders say to parties that have answered: how many of their corrections are still open. Undefined for letters
 * to those that have not, and for all that are no reminders.
 */
export async function openOfAnswered(
  reader: Reader,
  sources: readonly LetterSource[],
): Promise<(source: LetterSource) => number | undefined> {
  const asked = sources.filter((source) => source.kind === 'reminder');
  if (asked.length === 0) return () => undefined;
  const { rows } = await sql<{ action_id: number; party_id: number; corrections_open: number }>`
    select action_id, party_id, corrections_open from obligation
     where state <> 'silent' and (action_id, party_id) in (select * from unnest(
       ${asked.map((one) => one.action_id)}::bigint[], ${asked.map((one) => one.party_id)}::bigint[]))`.execute(reader);
  const open = new Map(rows.map((row) => [`${row.action_id} ${row.party_id}`, row.corrections_open]));
  return (source) => (source.kind === 'reminder' ? open.get(`${source.action_id} ${source.party_id}`) : undefined);
}

function printWith(
  ctx: Context,
  source: LetterSource,
  text: NoticeText,
  own: PartyUnits,
  replyOn: string,
  open: number | undefined,
): Filled {
  const languages = source.languages.length > 0 ? source.languages : [text.document.sourceLanguage];
  const key = [source.kind, open, source.variant, own.count, ...languages].join(' ');
  let template = text.templates.get(key);
  if (!template) {
    const { document, facts } = text;
    const plan = { kind: source.kind, open, document, facts, variant: source.variant, languages, unitCount: own.count };
    template = makeTemplate(plan, ctx.say);
    keep(text.templates, MOST_TEMPLATES, key, template);
  }
  const link = source.link_id === null ? previewLinkUrl(ctx.settings) : linkUrl(ctx.settings, source.link_id);
  const letter = fillTemplate(template, {
    name: source.contact,
    party: source.party,
    link,
    contactLink: `${link}/contact`,
    paperLink: `${link}/paper`,
    replyOn,
    units: own.units,
  });
  const { missing, replyTo } = template;
  return { ...letter, languages, missing, ...(replyTo ? { replyTo } : {}) };
}
