/** Letters on paper: from rows to what the typesetter is given, many at once, and the setting itself. */
import { sql } from 'kysely';
import {
  composeCommon,
  composePersonal,
  type LetterCommon,
  type LetterPersonal,
  type Paper,
  paperOf,
} from '../domain/letter.ts';
import { type Audience, factsOf, type NoticeDocument, parseText, textNames } from '../domain/notice.ts';
import { factRegistry, formatNoticeDate, type NoticeFacts, printFact } from '../domain/notice-facts.ts';
import { renderNotice } from '../domain/notice-render.ts';
import type { Context, Reader } from './context.ts';
import type { LetterUnit } from './letter-template.ts';
import { audienceOf, type LetterSource, loadNoticeText, openOfAnswered, replyDates } from './letters.ts';
import { linkUrl, previewLinkUrl } from './links.ts';

/** A letter in one of its languages. */
export interface PaperSource extends LetterSource {
  language: string;
  paper: Paper;
  /** Lines of the postal address, the country's code last. */
  address: string;
}

export interface PaperLetter {
  pdf: Uint8Array<ArrayBuffer>;
  pages: number;
}

/** Units of one party that a letter lists; more are a matter for a spreadsheet. */
const MOST_UNITS = 5_000;

interface Composed {
  common: LetterCommon;
  personal: LetterPersonal;
  missing: string[];
  /** Equal where the common part is. */
  key: string;
}

/** Loads what a batch of letters needs in a handful of queries, and composes each. */
export async function composePaper(reader: Reader, ctx: Context, sources: readonly PaperSource[]): Promise<Composed[]> {
  const texts = new Map<number, Awaited<ReturnType<typeof loadNoticeText>>>();
  for (const id of new Set(sources.map((source) => source.notice_id)))
    texts.set(id, await loadNoticeText(reader, ctx, id));
  const units = await loadAllUnits(reader, sources);
  const replyDays = await replyDates(reader, ctx, sources);
  const openOf = await openOfAnswered(reader, sources);
  const laws = await loadLaws(reader, sources);
  const commons = new Map<string, { common: LetterCommon; missing: string[] }>();
  return sources.map((source) => {
    const text = texts.get(source.notice_id);
    if (!text) throw new Error(`no notice ${source.notice_id}`);
    const { document, facts } = text;
    const say = ctx.say(source.language);
    const own = units.get(unitsKey(source)) ?? [];
    const replyOn = replyDays(source, facts);
    const link = source.link_id === null ? previewLinkUrl(ctx.settings) : linkUrl(ctx.settings, source.link_id);
    const personalFacts: NoticeFacts['values'] = {
      'recipient.name': source.contact,
      'recipient.party': source.party,
      'recipient.units': own.map((unit) => `${unit.product} ${unit.serial}`).join('; ') || '–',
      'portal.link': link,
      'portal.contact-link': `${link}/contact`,
      'deadline.reply': replyOn,
    };
    // Most notices say nothing personal in their own words; then all readers of a language share one setting of them.
    const used = personalFactsIn(document, source.variant, source.language);
    const said = Object.fromEntries(used.map((name) => [name, personalFacts[name] ?? '']));
    const law = laws.get(source.action_id) ?? 'IVD';
    const key = JSON.stringify([
      source.notice_id,
      source.kind,
      openOf(source),
      source.variant,
      source.language,
      source.paper,
      law,
      ctx.settings.publicUrl,
      said,
    ]);
    let known = commons.get(key);
    if (!known) {
      const notice = renderNotice(document, source.variant, source.language, {
        groups: facts.groups,
        values: { ...facts.values, ...said },
      });
      const number = printFact(facts, 'notice.number', source.language)?.text ?? '';
      const common = composeCommon(
        {
          notice,
          facts,
          audience: source.variant,
          kind: source.kind,
          open: openOf(source),
          paper: source.paper,
          number,
          version: Number(facts.values['notice.revision'] ?? 1),
          day: ctx.now().toISOString().slice(0, 10),
          dates: document.dates,
          ivd: law === 'IVD',
        },
        say,
      );
      known = { common, missing: notice.missing };
      commons.set(key, known);
    }
    const personal = composePersonal(
      {
        address: source.address,
        link,
        replyBy: formatNoticeDate(replyOn, source.language, document.dates),
        units: own,
      },
      say,
    );
    return { ...known, personal, key };
  });
}

/** Names of facts of the recipient that a variant's own words use. */
function personalFactsIn(document: NoticeDocument, audience: Audience, language: string): string[] {
  const names = textNames(document, audience).flatMap((name) => {
    const parsed = parseText(document.texts[language]?.[name] ?? '');
    return parsed.ok ? factsOf(parsed.blocks) : [];
  });
  return [...new Set(names)].filter((name) => factRegistry[name]?.scope === 'recipient').sort();
}

/**
 * Sets composed letters, in their order. Letters with a common part are set together.
 * @throws TypesetError naming characters that no face draws
 */
export async function setPaper(
  ctx: Pick<Context, 'typesetter'>,
  composed: readonly Composed[],
  options: { urgent?: boolean } = {},
): Promise<PaperLetter[]> {
  const groups = new Map<string, number[]>();
  for (const [place, { key }] of composed.entries()) groups.set(key, [...(groups.get(key) ?? []), place]);
  const made: PaperLetter[] = [];
  await Promise.all(
    [...groups.values()].map(async (places) => {
      const letters = places.map((place) => composed[place] as Composed);
      const common = (letters[0] as Composed).common;
      const set = await ctx.typesetter.letters({
        common,
        letters: letters.map((letter) => letter.personal),
        ...options,
      });
      for (const [i, place] of places.entries()) made[place] = set[i] as PaperLetter;
    }),
  );
  return made;
}

/** All affected units of parties, by product and number; for reminders those still owed. */
async function loadAllUnits(reader: Reader, sources: readonly LetterSource[]): Promise<Map<string, LetterUnit[]>> {
  const wanted = [...new Map(sources.map((source) => [unitsKey(source), source])).values()];
  const { rows } = await sql<{ action_id: number; party_id: number; owed: boolean; units: LetterUnit[] | null }>`
    select w.action_id, w.party_id, w.owed, u.units
      from unnest(${wanted.map((w) => w.action_id)}::bigint[], ${wanted.map((w) => w.party_id)}::bigint[],
                  ${wanted.map((w) => w.kind === 'reminder')}::boolean[]) as w (action_id, party_id, owed)
      left join lateral (
        select json_agg(json_build_object('product', product, 'serial', serial, 'site', site, 'environments', environments)
                        order by product, serial_key, id) as units
          from (select p.name as product, x.serial, x.serial_key, x.id, s.name as site, k.environments
                  from (select unit_id, array_agg(distinct e.name order by e.name) as environments
                          from correction c join environment e on e.id = c.environment_id
                         where c.action_id = w.action_id and c.party_id = w.party_id
                           and (not w.owed or c.state in ('open', 'blocked', 'isolated'))
                         group by unit_id) k
                  join unit x on x.id = k.unit_id join product p on p.id = x.product_id join site s on s.id = x.site_id
                 order by p.name, x.serial_key, x.id limit ${MOST_UNITS}) listed) u on true`.execute(reader);
  return new Map(rows.map((row) => [`${row.action_id} ${row.party_id} ${row.owed}`, row.units ?? []]));
}

function unitsKey(source: LetterSource): string {
  return `${source.action_id} ${source.party_id} ${source.kind === 'reminder'}`;
}

async function loadLaws(reader: Reader, sources: readonly LetterSource[]): Promise<Map<number, 'IVD' | 'MD'>> {
  const rows = await reader
    .selectFrom('action')
    .select(['id', 'device_law'])
    .where('id', 'in', [0, ...new Set(sources.map((source) => source.action_id))])
    .execute();
  return new Map(rows.map((row) => [row.id, row.device_law]));
}

interface DeliveryRow {
  id: number;
  action_id: number;
  notice_id: number;
  kind: 'notice' | 'reminder';
  variant: string;
  languages: string[];
  party_id: number;
  party: string;
  country: string;
  contact: string;
  link_id: number | null;
  channel: string;
  address: string;
  place: string;
  street: string;
  postcode: string;
  city: string;
  region: string;
  place_country: string;
}

/** Deliveries as letters on paper: by delivery, one for each of its languages. Others than letters are left out. */
export async function loadPaperSources(
  reader: Reader,
  deliveryIds: readonly number[],
): Promise<Map<number, PaperSource[]>> {
  if (deliveryIds.length === 0) return new Map();
  const { rows } = await sql<DeliveryRow>`
    select d.id, d.action_id, d.notice_id, d.kind, d.variant, d.languages, c.party_id, p.name as party, p.country,
           c.name as contact, d.link_id, d.channel, d.address, coalesce(s.name, p.name) as place,
           coalesce(s.street, p.street) as street, coalesce(s.postcode, p.postcode) as postcode,
           coalesce(s.city, p.city) as city, coalesce(s.region, p.region) as region,
           coalesce(s.country, p.country) as place_country
      from delivery d join contact c on c.id = d.contact_id join party p on p.id = c.party_id
      left join site s on s.id = c.site_id
     where d.id = any(${[...deliveryIds]}::bigint[]) and d.notice_id is not null and d.kind in ('notice', 'reminder')`.execute(
    reader,
  );
  return new Map(rows.map((row) => [row.id, sourcesOf(row)]));
}

function sourcesOf(row: DeliveryRow): PaperSource[] {
  // A letter that goes by mail has no postal address of its own: the reader's place, as far as it is known.
  const town = [row.postcode, row.city].filter((part) => part !== '').join(' ');
  const known = [row.place, row.contact, row.street, town, row.region, row.place_country]
    .filter((line) => line !== '')
    .join('\n');
  const languages = row.languages.length > 0 ? row.languages : ['en'];
  return languages.map((language) => ({
    kind: row.kind,
    action_id: row.action_id,
    notice_id: row.notice_id,
    variant: audienceOf(row.variant),
    languages: row.languages,
    party_id: row.party_id,
    party: row.party,
    country: row.country,
    contact: row.contact,
    link_id: row.link_id,
    language,
    paper: paperOf(row.place_country),
    address: row.channel === 'post' ? row.address : known,
  }));
}
