/** The papers of a kit: what is frozen when it is prepared, and what is set from it each time the kit is made. */
import { sql } from 'kysely';
import type { KitEntry } from '../adapters/kit.ts';
import { printTicketKey, ticketKey, ticketNumber } from '../domain/confirmation-code.ts';
import type { KitPapers, PaperTicket } from '../domain/kit.ts';
import {
  type KitFacts,
  type NamedFile,
  nameWithVersion,
  type PrintedTicket,
  type Speaker,
  startHtml,
  startText,
  stepsOf,
  windowsText,
} from '../domain/kit-text.ts';
import { lineOf, paperOf } from '../domain/letter.ts';
import { isRightToLeft } from '../domain/message.ts';
import { formatNoticeDate, printFact } from '../domain/notice-facts.ts';
import { blocksToText } from '../domain/notice-text.ts';
import { printInstructions } from '../domain/package-text.ts';
import { drawCode, QUIET } from '../domain/qr-code.ts';
import { fontsFor } from '../domain/script-fonts.ts';
import type { Context, Reader } from './context.ts';
import { linkUrl } from './links.ts';
import { loadNoticeFacts } from './notice-facts.ts';

/** A kit that is to be prepared, as its papers are made from it. */
export interface KitOrder {
  id: number;
  action_id: number;
  party_id: number;
  contact_id: number | null;
}

/** Reads everything the papers say that could change later. The tickets must be there. */
export async function freezePapers(
  reader: Reader,
  ctx: Context,
  kit: KitOrder,
  file: { remedy: string; version: string; reference: string },
): Promise<KitPapers> {
  const party = await reader
    .selectFrom('party as p')
    .leftJoin('contact as c', (join) => join.on('c.id', '=', kit.contact_id))
    .select(['p.name', 'p.country', 'c.languages'])
    .where('p.id', '=', kit.party_id)
    .executeTakeFirstOrThrow();
  const facts = await loadNoticeFacts(reader, kit.action_id);
  const fact = (name: string): string => printFact(facts, name, 'en')?.text ?? '';
  const own = (party.languages ?? []).map((code) => ctx.say(code).language);
  return {
    ...file,
    party: party.name,
    country: party.country,
    languages: [...new Set(own.length > 0 ? own : ['en'])],
    maker: {
      name: fact('manufacturer.name'),
      address: fact('manufacturer.address'),
      phone: fact('contact.phone'),
      email: fact('contact.email'),
    },
    tickets: await loadTickets(reader, kit.id),
  };
}

async function loadTickets(reader: Reader, kitId: number): Promise<PaperTicket[]> {
  const { rows } = await sql<PaperTicket>`
    select t.id, u.serial, p.name as product, e.code as environment, e.name as "environmentName", s.name as site
      from kit_correction x join correction c on c.id = x.correction_id
        join installation_ticket t on t.correction_id = c.id and t.replaced_at is null
        join unit u on u.id = c.unit_id join site s on s.id = u.site_id
        join environment e on e.id = c.environment_id join product p on p.id = c.product_id
     where x.kit_id = ${kitId} order by p.name, u.serial_key, u.id, e.position, c.id`.execute(reader);
  return rows;
}

/** Tickets with their numbers and keys, which are worked out from the server's secret and kept nowhere. */
export function printTickets(ctx: Pick<Context, 'settings'>, tickets: readonly PaperTicket[]): PrintedTicket[] {
  return tickets.map((one) => ({
    ...one,
    number: ticketNumber(one.id),
    key: printTicketKey(ticketKey(ctx.settings.secret, one.id)),
  }));
}

/** The languages of a kit's papers: its reader's, and English for whoever comes to help. */
function speakersOf(ctx: Pick<Context, 'say'>, papers: KitPapers): Speaker[] {
  return [...new Set([...papers.languages, 'en'])].map((language) => ({ language, say: ctx.say(language) }));
}

/** What the papers of one kit are set from. */
export interface PaperSource extends KitFacts {
  linkId: number | null;
  /** Of the package, by language. */
  instructions: Readonly<Record<string, string>>;
  /** Papers that were kept when it was prepared, with their paths. */
  kept: readonly KitEntry[];
}

/** Everything in a kit that people read, in the order it lies in the file. */
export async function makePapers(ctx: Context, source: PaperSource): Promise<KitEntry[]> {
  const speakers = speakersOf(ctx, source.papers);
  const named: NamedFile[] = [];
  const papers: KitEntry[] = [];
  for (const speaker of speakers) {
    const { language } = speaker;
    const name = `instructions/${language}`;
    const pdf = await setInstructions(ctx, source, speaker);
    if (pdf) papers.push({ name: `${name}.pdf`, bytes: pdf });
    papers.push({ name: `${name}.txt`, bytes: instructionsText(source, speaker) });
    named.push({ name: pdf ? `${name}.pdf` : `${name}.txt`, kind: 'instructions', language });
  }
  // The package may speak languages the kit does not: an engineer from elsewhere is glad of them.
  for (const [language, words] of Object.entries(source.instructions).sort(([a], [b]) => (a < b ? -1 : 1)))
    if (!speakers.some((one) => one.language === language))
      papers.push({ name: `instructions/${language}.txt`, bytes: windowsText([textOf(words, language)]) });
  const [first] = speakers;
  const tickets = first && (await setTickets(ctx, source, first));
  if (tickets) {
    papers.push({ name: 'tickets.pdf', bytes: tickets });
    named.push(...speakers.map(({ language }) => ({ name: 'tickets.pdf', kind: 'tickets' as const, language })));
  }
  papers.push(...source.kept);
  for (const { name } of source.kept) {
    const language = /-form-([A-Za-z-]+)\.(?:pdf|txt)$/.exec(name)?.[1];
    if (language) named.push({ name, kind: 'form', language });
  }
  return [
    { name: 'START-HERE.html', bytes: startHtml(source, named, speakers) },
    { name: 'START-HERE.txt', bytes: startText(source, named, speakers) },
    ...papers,
  ];
}

function textOf(words: string, language: string): string {
  return blocksToText(printInstructions(words), { isolate: isRightToLeft(language) });
}

/** The package's instructions in a language, else in English, else in any. */
function instructionsIn(
  instructions: Readonly<Record<string, string>>,
  language: string,
): { language: string; words: string } | undefined {
  const code = [language, language.split('-')[0] ?? '', 'en', ...Object.keys(instructions).sort()].find(
    (one) => (instructions[one] ?? '') !== '',
  );
  return code === undefined ? undefined : { language: code, words: instructions[code] ?? '' };
}

function instructionsText(source: PaperSource, { say, language }: Speaker): Buffer {
  const { papers, goodUntil, tickets } = source;
  const own = instructionsIn(source.instructions, language);
  return windowsText([
    say('letter.kit.title', { kit: source.kitId }),
    `${papers.reference}: ${nameWithVersion(papers.remedy, papers.version)}`,
    '',
    say('letter.kit.what', { day: formatNoticeDate(goodUntil, language) }),
    '',
    ...stepsOf(say).map((step, at) => `${at + 1}. ${step}`),
    '',
    ...(own ? [say('portal.patch.how'), '', textOf(own.words, own.language), ''] : []),
    ...tickets.map((one) => `${one.product}  ${one.serial}  ${one.environment}`),
    '',
    reachOf(source, say),
  ]);
}

function reachOf({ papers }: KitFacts, say: Speaker['say']): string {
  return say('mail.reach-us', { phone: papers.maker.phone || '–', email: papers.maker.email || '–' });
}

/** What both templates are told alike. */
function sheetOf({ papers, preparedOn }: KitFacts, { language }: Speaker) {
  const [lang = 'en', ...rest] = language.split('-');
  return {
    lang,
    region: rest.includes('Hant')
      ? 'TW'
      : rest.includes('Hans')
        ? 'CN'
        : (rest.find((part) => /^[A-Z]{2}$/.test(part)) ?? null),
    direction: isRightToLeft(language) ? 'rtl' : 'ltr',
    fonts: fontsFor(language),
    paper: paperOf(papers.country),
    date: preparedOn.split('-').map(Number),
    maker: papers.maker.name,
  };
}

const pageWords = (say: Speaker['say']): string => say('letter.page', { page: '{page}', pages: '{pages}' });

/** A paper as PDF; undefined where a character has no face: the text beside it says the same. */
async function setPaper(
  ctx: Context,
  template: string,
  data: unknown,
  files: Record<string, Uint8Array> = {},
): Promise<Buffer | undefined> {
  if ((await ctx.typesetter.undrawable(JSON.stringify(data))).length > 0) return undefined;
  const { pdf } = await ctx.typesetter.typeset({ template, data, files, urgent: true });
  return Buffer.from(pdf);
}

async function setInstructions(ctx: Context, source: PaperSource, speaker: Speaker): Promise<Buffer | undefined> {
  const { say, language } = speaker;
  const { papers } = source;
  const own = instructionsIn(source.instructions, language);
  return setPaper(ctx, 'kit-instructions.typ', {
    ...sheetOf(source, speaker),
    title: say('letter.kit.title', { kit: source.kitId }),
    about: lineOf(`${papers.reference}: ${nameWithVersion(papers.remedy, papers.version)}`),
    what: say('letter.kit.what', { day: formatNoticeDate(source.goodUntil, language) }),
    steps: stepsOf(say),
    instructions: own ? printInstructions(own.words) : [],
    instructionsDirection: own && isRightToLeft(own.language) ? 'rtl' : 'ltr',
    columns: [
      ...['product', 'serial', 'site'].map((one) => say(`notice.personal.units.${one}`)),
      say('letter.kit.mode'),
    ],
    rows: papers.tickets.map((one) => [one.product, one.serial, one.site, one.environmentName].map(lineOf)),
    fingerprint: source.rootSha256.match(/.{1,8}/g) ?? [],
    words: {
      page: pageWords(say),
      how: say('portal.patch.how'),
      units: say('letter.kit.for'),
      fingerprint: say('letter.kit.fingerprint'),
      reach: reachOf(source, say),
    },
  });
}

/** The sheets of tickets. The code on each leads to the page where its confirmation code is typed. */
async function setTickets(ctx: Context, source: PaperSource, speaker: Speaker): Promise<Buffer | undefined> {
  const { say } = speaker;
  const page = source.linkId === null ? ctx.settings.publicUrl : linkUrl(ctx.settings, source.linkId, 'code');
  const dots: Uint8Array[] = [];
  let at = 0;
  const tickets = source.tickets.map((one) => {
    const code = drawCode(source.linkId === null ? page : `${page}?ticket=${one.number}`, 'M', QUIET);
    const place = { at, side: code.side };
    dots.push(code.dots);
    at += code.dots.length;
    const { serial, environment, number, key } = one;
    return { serial, environment, number, key, product: lineOf(one.product), code: place };
  });
  return setPaper(
    ctx,
    'kit-tickets.typ',
    {
      ...sheetOf(source, speaker),
      title: say('letter.kit.file.tickets'),
      reference: source.papers.reference,
      tickets,
      words: {
        ticket: say('letter.kit.ticket'),
        serial: say('notice.personal.units.serial'),
        environment: say('letter.kit.mode'),
        number: say('letter.kit.number'),
        key: say('letter.kit.key'),
        code: say('portal.code.field'),
        scan: say('letter.kit.scan'),
        how: say('letter.kit.tickets'),
        page: pageWords(say),
      },
    },
    { '/files/codes': Buffer.concat(dots) },
  );
}
