/** Verification forms on paper: made for one contact, kept by their code, and found again by it when they come back. */
import { createHash, randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { z } from 'zod';
import english from '../../locales/en.json' with { type: 'json' };
import type { Typeset } from '../adapters/typst.ts';
import { json } from '../db/values.ts';
import { type FormContext, formDefinitionSchema } from '../domain/form.ts';
import { formatNoticeDate, printFact } from '../domain/notice-facts.ts';
import { type FormLayout, paperOf } from '../domain/paper-form.ts';
import { makeFormName, writeFormCode } from '../domain/paper-form-code.ts';
import { makePaperContent } from '../domain/paper-form-content.ts';
import { type PaperPage, type Plate, pageData, partsOf, plateOf } from '../domain/paper-form-page.ts';
import type { PaperFormUnit } from '../domain/paper-form-table.ts';
import { printPaperText } from '../domain/paper-form-text.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Reader, type Spoken, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { loadNoticeText, replyDates } from './letters.ts';
import { loadNoticeFacts } from './notice-facts.ts';
import { loadFormContext } from './queries/portal.ts';

const id = z.coerce.number().int().positive();

/** Whose form, and in which language. */
export const paperFormInput = z.object({
  actionId: id,
  contactId: id,
  /** One there are words in; the contact's first that the server speaks, unless told. */
  language: z.string().max(20).optional(),
  /** The letter it goes with. */
  deliveryId: id.optional(),
});

export interface PaperFormOrder extends z.infer<typeof paperFormInput> {
  /** A person waits for it. */
  urgent?: boolean;
}

export interface PaperFormFile {
  id: number;
  code: string;
  pdf: Uint8Array<ArrayBuffer>;
  pages: number;
  /** e.g. `FSN2022-1230-form-de.pdf` */
  name: string;
}

/** A form as it was printed, for whoever reads what comes back. */
export interface KeptPaperForm {
  id: number;
  code: string;
  actionId: number;
  formId: number;
  partyId: number;
  contactId: number;
  language: string;
  pages: number;
  layout: FormLayout;
}

/** To be raised when forms are set in another way: they are other forms then, and get other codes. */
const EDITION = 2;
/** Units of one party on a form of paper: three hundred pages. Beyond, memory would run out before patience. */
const MOST_UNITS = 2_000;

/**
 * Gives a contact its verification form on paper: the one that was made before if nothing on it has changed since, byte
 * by byte the same, else a new one under a new code. Earlier ones stay readable. A contact gets its own form only.
 */
export async function ensurePaperForm(ctx: Context, order: PaperFormOrder): Promise<PaperFormFile | Refusal> {
  const no = forbidForm(ctx, order);
  if (no) return no;
  const source = await loadFormSource(ctx.db, ctx, order);
  if (isRefusal(source)) return source;
  let hash = hashOf([EDITION, pageData(source.page), source.page.content.boxes]);
  let kept = await findKept(ctx.db, order.contactId, source.formId, hash);
  let code = kept?.code ?? newFormCode();
  let drawn = await drawForm(ctx, source.page, code, order.urgent ?? false);
  if (kept && !isDeepStrictEqual(kept.layout, drawn.layout)) {
    // Another typesetter broke its lines elsewhere: what lies in a drawer must be read as it was printed.
    hash = hashOf([hash, drawn.layout]);
    kept = await findKept(ctx.db, order.contactId, source.formId, hash);
    code = kept?.code ?? newFormCode();
    drawn = await drawForm(ctx, source.page, code, order.urgent ?? false);
  }
  const { pdf, layout } = drawn;
  const name = `${source.page.reference.replace(/[^\w.-]+/g, '-')}-form-${source.page.language}.pdf`;
  const id = kept?.id ?? (await keepForm(ctx, order, source, { code, hash, layout }));
  // Two asked at once: the other one's row stands, and its code is printed.
  if (id === undefined) return ensurePaperForm(ctx, order);
  return { id, code, pdf, pages: layout.pages.length, name };
}

/** The lines of the same form in plain text, for a machine that shows no PDF. It has no code: who sends it back is asked. */
export async function paperFormText(ctx: Context, order: PaperFormOrder): Promise<string[] | Refusal> {
  const no = forbidForm(ctx, order);
  if (no) return no;
  const source = await loadFormSource(ctx.db, ctx, order);
  if (isRefusal(source)) return source;
  // How boxes are filled in by hand is nothing to a keyboard.
  const back = source.page.back.replace(ctx.say(source.page.language)('form.paper.how'), '').trim();
  return printPaperText({ ...source.page, back });
}

/** A contact gets its own form only. */
function forbidForm({ actor }: Context, order: PaperFormOrder): Refusal | undefined {
  if (actor.kind !== 'contact') return forbid(actor, 'delivery.read');
  if (actor.contactId === order.contactId) return undefined;
  return refuse('forbidden', { permission: 'delivery.read', who: 'contact', roles: '' });
}

/** The form that a code names, or undefined. Check the code with `readFormCode` first. */
export async function paperFormByCode(reader: Reader, code: string): Promise<KeptPaperForm | undefined> {
  const row = await reader.selectFrom('paper_form').selectAll().where('code', '=', code).executeTakeFirst();
  return (
    row && {
      id: row.id,
      code: row.code,
      actionId: row.action_id,
      formId: row.form_id,
      partyId: row.party_id,
      contactId: row.contact_id,
      language: row.language,
      pages: row.pages,
      layout: row.layout,
    }
  );
}

/** A code no form has yet. */
export const newFormCode = (): string => makeFormName(randomBytes(7));

function hashOf(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function findKept(reader: Reader, contactId: number, formId: number, hash: string) {
  return reader
    .selectFrom('paper_form')
    .select(['id', 'code', 'layout'])
    .where('contact_id', '=', contactId)
    .where('form_id', '=', formId)
    .where('content_hash', '=', hash)
    .executeTakeFirst();
}

async function keepForm(
  ctx: Context,
  order: PaperFormOrder,
  source: PaperFormSource,
  made: { code: string; hash: string; layout: FormLayout },
): Promise<number | undefined> {
  return transact(ctx, async (tx) => {
    const row = await tx
      .insertInto('paper_form')
      .values({
        code: made.code,
        action_id: order.actionId,
        form_id: source.formId,
        notice_id: source.noticeId,
        party_id: source.partyId,
        contact_id: order.contactId,
        delivery_id: order.deliveryId ?? null,
        language: source.page.language,
        paper: source.page.paper,
        pages: made.layout.pages.length,
        layout: json(made.layout),
        content_hash: made.hash,
        created_at: ctx.now(),
      })
      .onConflict((conflict) => conflict.columns(['contact_id', 'form_id', 'content_hash']).doNothing())
      .returning('id')
      .executeTakeFirst();
    if (!row) return undefined;
    await recordEvent(tx, ctx, {
      action: 'paper-form.make',
      subject: 'paper-form',
      subjectId: row.id,
      actionId: order.actionId,
      partyId: source.partyId,
      after: { contactId: order.contactId, language: source.page.language, pages: made.layout.pages.length },
    });
    return row.id;
  });
}

/** Sets the form and makes it fillable, both in threads of their own. Forms of one shape are set once. */
export async function drawForm(
  ctx: Pick<Context, 'typesetter' | 'formFiller'> & { settings: Pick<Context['settings'], 'secret'> },
  page: PaperPage,
  code: string,
  urgent: boolean,
): Promise<{ pdf: Uint8Array<ArrayBuffer>; layout: FormLayout }> {
  const plate = plateOf(page, code);
  const { shape, set } = await setForm(ctx, plate, urgent);
  const pages = set.reduce((sum, part) => sum + part.pages, 0);
  const codes = Array.from({ length: pages }, (_, i) =>
    writeFormCode({ form: code, page: i + 1, pages, language: page.language }, ctx.settings.secret),
  );
  const { paper, direction } = page;
  const parts = set.map((part) => part.pdf);
  return ctx.formFiller.fill({ shape, parts, paper, direction, boxes: page.content.boxes, inks: plate.inks, codes });
}

interface SetForm {
  shape: string;
  set: Typeset[];
}

/** Forms of the shapes used last, by what the typesetter was given: the readers of one shape share it. */
const setBefore = new WeakMap<Context['typesetter'], Map<string, Promise<Typeset[]>>>();
const MOST_SHAPES = 100;

/**
 * Sets the form, in parts if it is large: once to count their pages, once more to number them. Large forms have no
 * structure for screen readers: it grows faster than the form, and nobody hears thousands of boxes to the end.
 */
async function setForm(ctx: Pick<Context, 'typesetter'>, plate: Plate, urgent: boolean): Promise<SetForm> {
  const shape = hashOf(plate.data);
  const known = setBefore.get(ctx.typesetter) ?? new Map<string, Promise<Typeset[]>>();
  setBefore.set(ctx.typesetter, known);
  const before = known.get(shape);
  known.delete(shape);
  const set = before ?? setParts(ctx, plate, urgent);
  known.set(shape, set);
  set.catch(() => known.delete(shape));
  const [oldest] = known.keys();
  if (known.size > MOST_SHAPES && oldest !== undefined) known.delete(oldest);
  return { shape, set: await set };
}

async function setParts(
  ctx: Pick<Context, 'typesetter'>,
  { data: all, blocks: whole }: Plate,
  urgent: boolean,
): Promise<Typeset[]> {
  const template = 'paper-form.typ';
  const [only = [], ...more] = partsOf(whole);
  if (more.length === 0) return [await ctx.typesetter.typeset({ template, data: all, urgent })];
  const parts = [only, ...more];
  const setAll = (before: number[], pages: number) =>
    Promise.all(
      parts.map((blocks, i) => {
        const data = { ...all, blocks, pagesBefore: before[i] ?? 0, pages };
        return ctx.typesetter.typeset({ template, data, urgent, standard: '1.7', tags: false });
      }),
    );
  const counted = (await setAll([], 0)).map((part) => part.pages);
  const before = counted.map((_, i) => counted.slice(0, i).reduce((sum, pages) => sum + pages, 0));
  return setAll(
    before,
    counted.reduce((sum, pages) => sum + pages, 0),
  );
}

interface PaperFormSource {
  formId: number;
  noticeId: number | null;
  partyId: number;
  page: PaperPage;
}

interface SourceRow {
  form_id: number | null;
  version: number;
  definition: unknown;
  form_at: Date;
  notice_id: number | null;
  reference: string;
  party_id: number;
  party: string;
  /** The customer's number with us. */
  ref: string;
  street: string;
  postcode: string;
  city: string;
  country: string;
  contact: string;
  languages: string[];
}

/** Everything that is printed on the form. */
export async function loadFormSource(
  reader: Reader,
  ctx: Context,
  order: PaperFormOrder,
): Promise<PaperFormSource | Refusal> {
  const { rows } = await sql<SourceRow>`
    select f.id as form_id, f.version, f.definition, f.created_at as form_at, a.reference, c.name as contact, c.languages,
           p.id as party_id, p.name as party, coalesce(nullif(p.account_no, ''), p.ref) as ref, p.street, p.postcode, p.city, coalesce(s.country, p.country) as country,
           (select n.id from notice n where n.action_id = a.id and n.state = 'released' order by n.version desc limit 1) as notice_id
      from contact c join party p on p.id = c.party_id left join site s on s.id = c.site_id
      join action a on a.id = ${order.actionId}
      left join lateral (select * from form where action_id = a.id order by version desc limit 1) f on true
     where c.id = ${order.contactId}`.execute(reader);
  const [row] = rows;
  if (!row) return refuse('contact-number.unknown');
  if (row.form_id === null) return refuse('paper-form.no-form', { reference: row.reference });
  const context = await loadFormContext(reader, order.actionId, row.party_id);
  if (!context) return refuse('contact-number.unknown');
  if (context.units.length > MOST_UNITS)
    return refuse('paper-form.too-many-units', { count: context.units.length, most: MOST_UNITS });
  const say = chooseWords(ctx, [order.language ?? '', ...row.languages]);
  const { language, direction } = say;
  const paper = paperOf(row.country);
  const definition = formDefinitionSchema.parse(row.definition);
  const content = makePaperContent({
    definition,
    context: { ...context, units: unitsWithSites(context) },
    say,
    hasWords: (key) => key in english,
    paper,
    presets: presetsOf(row),
  });
  const back = await backWords(reader, ctx, order.actionId, row, say);
  return {
    formId: row.form_id,
    noticeId: row.notice_id,
    partyId: row.party_id,
    page: {
      language,
      direction,
      paper,
      title: say('form.paper.title'),
      reference: row.reference,
      who: [row.party, row.contact].filter((part) => part !== '').join(' · '),
      back: `${back} ${say('form.paper.how')}`,
      foot: say('form.paper.foot', { version: row.version, code: '{code}' }),
      pageWords: say('form.paper.page', { page: '{page}', pages: '{pages}' }),
      day: row.form_at.toISOString().slice(0, 10),
      content,
    },
  };
}

/** The first of the wished languages that the server has words in, else English. */
function chooseWords(ctx: Pick<Context, 'say'>, wishes: readonly string[]): Spoken {
  for (const wish of wishes) {
    const say = wish === '' ? undefined : ctx.say(wish);
    if (say && say.language.split('-')[0] === wish.split('-')[0]) return say;
  }
  return ctx.say('en');
}

/** Where a unit stands is said only where there is more than one place. */
function unitsWithSites(context: FormContext): PaperFormUnit[] {
  // The query knows the sites, which the form has no use for elsewhere.
  const units = context.units as readonly PaperFormUnit[];
  const sites = new Set(units.map((unit) => unit.site));
  return units.map(({ site, ...unit }) => (sites.size > 1 && site ? { ...unit, site } : unit));
}

/** What we know of the organisation is printed ready; who signs writes the rest. */
function presetsOf(row: SourceRow): Record<string, string> {
  const place = [row.postcode, row.city].filter((part) => part !== '').join(' ');
  return {
    organisation: row.party,
    'organisation-address': row.street === '' ? '' : [row.street, place].filter((part) => part !== '').join(', '),
    'account-number': row.ref,
  };
}

/** Until when and whereto it goes back. */
async function backWords(reader: Reader, ctx: Context, actionId: number, row: SourceRow, say: Spoken): Promise<string> {
  const { language } = say;
  const text = row.notice_id === null ? undefined : await loadNoticeText(reader, ctx, row.notice_id);
  const facts = text?.facts ?? (await loadNoticeFacts(reader, actionId));
  const email =
    printFact(facts, 'contact.email', language)?.text ?? /<([^<>]+)>/.exec(ctx.settings.mailFrom)?.[1] ?? '';
  const owed = await reader
    .selectFrom('obligation')
    .select('state')
    .where('action_id', '=', actionId)
    .where('party_id', '=', row.party_id)
    .where('state', '<>', 'done')
    .executeTakeFirst();
  if (!owed || !text) return say('form.paper.back-any', { email });
  const days = await replyDates(reader, ctx, [{ action_id: actionId, party_id: row.party_id, country: row.country }]);
  const day = days({ action_id: actionId, party_id: row.party_id, country: row.country }, facts);
  return say('form.paper.back', { day: formatNoticeDate(day, language, text.document.dates), email });
}
