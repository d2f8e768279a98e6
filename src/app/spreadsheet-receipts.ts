/** What the sender of a list gets back: what was read, unit by unit, and the rows that were refused, as a file to mend. */
import { sql } from 'kysely';
import { localeOf } from '../domain/message.ts';
import { composePlainMail, type MailBlock } from '../domain/plain-mail.ts';
import { errorsForSender, type SheetFinding, wordSheetFinding } from '../domain/spreadsheet-findings.ts';
import type { SheetStatement } from '../domain/spreadsheet-judge.ts';
import { TABLE_MEDIA_TYPES } from '../domain/table-format.ts';
import type { Context, Reader, Tx } from './context.ts';
import { addressOf, insertDeliveries } from './deliveries.ts';
import type { OwnComposer, OwnLetter, OwnLetterRow } from './letter-kinds.ts';
import { ensureLinks, linkUrl } from './links.ts';
import { composeReceipts } from './receipts.ts';
import type { SheetRow } from './spreadsheet-open.ts';
import { recordFile, type StoredFile } from './stored-files.ts';

type Sheet = NonNullable<SheetRow>;

/** Units that a mail lists; the rest is on their page and in their own list. */
const MOST_LINES = 200;
const PURPOSE = 'receipt:spreadsheet-';

/** Refused rows with the list's own columns, and why each was refused, in one language: mended, they are the next list. */
export async function* refusedRows(
  reader: Reader,
  id: number,
): AsyncGenerator<{ row: number; cells: string[]; findings: SheetFinding[] }> {
  for (let last = 0; ; ) {
    const rows = await reader
      .selectFrom('spreadsheet_row')
      .select(['row', 'cells', 'findings'])
      .where('spreadsheet_id', '=', id)
      .where('verdict', '=', 'refused')
      .where('row', '>', last)
      .orderBy('row')
      .limit(1_000)
      .execute();
    yield* rows;
    const end = rows.at(-1);
    if (!end || rows.length < 1_000) return;
    last = end.row;
  }
}

/** The columns of that file. */
export function refusedColumns(ctx: Pick<Context, 'say'>, header: readonly string[], language: string) {
  const say = ctx.say(language);
  return [
    ...header.map((heading, index) => ({
      heading,
      value: (row: { cells: string[] }) => row.cells[index] ?? '',
    })),
    {
      heading: say('portal.list.column.why'),
      value: (row: { findings: SheetFinding[] }) =>
        errorsForSender(row.findings)
          .map((one) => `${one.column === '' ? '' : `${one.column}: `}${wordSheetFinding(one, say)}`)
          .join(' '),
      width: 60,
    },
    { heading: say('portal.list.column.row'), value: (row: { row: number }) => row.row },
  ];
}

/** Writes the refused rows as a workbook in the language of the contact. Undefined where there are none. */
export async function makeRefusedFile(
  ctx: Context,
  sheet: Sheet,
): Promise<(StoredFile & { name: string }) | undefined> {
  if (sheet.rows_refused === 0) return undefined;
  const language = await languageOf(ctx.db, sheet);
  const columns = refusedColumns(ctx, sheet.found.header, language);
  const stored = await ctx.files.put(ctx.tables.xlsx(refusedRows(ctx.db, sheet.id), columns));
  const base = sheet.name.replace(/\.[a-z]{2,5}$/i, '').slice(0, 80);
  return { ...stored, name: `${base} ${ctx.say(language)('portal.list.refused-name')}.xlsx` };
}

async function languageOf(reader: Reader, sheet: Sheet): Promise<string> {
  if (sheet.contact_id === null) return 'en';
  const row = await reader
    .selectFrom('contact')
    .select('languages')
    .where('id', '=', sheet.contact_id)
    .executeTakeFirst();
  return row?.languages[0] ?? 'en';
}

/** Plans the receipt in the transaction that ends the list. @returns null where nobody can be written to */
export async function planSheetReceipt(
  tx: Tx,
  ctx: Context,
  sheet: Sheet,
  refused: (StoredFile & { name: string }) | undefined,
): Promise<number | null> {
  if (sheet.contact_id === null) return null;
  const contact = await tx
    .selectFrom('contact')
    .select(['id', 'party_id', 'name', 'email', 'languages', 'status'])
    .where('id', '=', sheet.contact_id)
    .executeTakeFirstOrThrow();
  const { address, trouble } = addressOf({
    ...{ name: contact.name, place: '', street: '', postcode: '', city: '', region: '', phone: '' },
    email: contact.email,
    channel: 'email',
    country: sheet.country,
  });
  if (trouble || (contact.status !== 'active' && contact.status !== 'unreachable')) return null;
  const links = await ensureLinks(tx, ctx, sheet.action_id, [{ contactId: contact.id, partyId: contact.party_id }]);
  const [written] = await insertDeliveries(tx, ctx, [
    {
      actionId: sheet.action_id,
      noticeId: null,
      partyId: contact.party_id,
      contactId: contact.id,
      linkId: links.get(contact.id) ?? null,
      country: sheet.country,
      kind: 'receipt',
      purpose: `${PURPOSE}${sheet.id}`,
      channel: 'email',
      address,
      variant: '',
      languages: [contact.languages[0] ?? 'en'],
    },
  ]);
  if (!written) return null;
  if (refused) {
    const fileId = await recordFile(tx, ctx, {
      ...refused,
      mediaType: TABLE_MEDIA_TYPES.xlsx,
    });
    await tx.insertInto('delivery_file').values({ delivery_id: written.id, position: 1, file_id: fileId }).execute();
    await tx.updateTable('delivery').set({ files: 'ready' }).where('id', '=', written.id).execute();
  }
  await ctx.queue.enqueue(tx, 'send-deliveries', { actionId: sheet.action_id }, { key: 'due' });
  return written.id;
}

/** Composes every letter of the kind `receipt`: those for lists here, the others as ever. */
export const composeAllReceipts: OwnComposer = async (reader, ctx, rows) => {
  const lists = rows.filter((row) => row.purpose.startsWith(PURPOSE));
  const others = rows.filter((row) => !row.purpose.startsWith(PURPOSE));
  const letters = new Map<number, OwnLetter>(others.length > 0 ? await composeReceipts(reader, ctx, others) : []);
  for (const row of lists) {
    const letter = await composeSheetReceipt(reader, ctx, row);
    if (letter) letters.set(row.id, letter);
  }
  return letters;
};

interface Line {
  label: string;
  product: string;
  statements: SheetStatement[];
}

async function composeSheetReceipt(reader: Reader, ctx: Context, row: OwnLetterRow): Promise<OwnLetter | undefined> {
  const id = Number(row.purpose.slice(PURPOSE.length));
  const sheet = await reader
    .selectFrom('spreadsheet as s')
    .innerJoin('action as a', 'a.id', 's.action_id')
    .innerJoin('party as p', 'p.id', 's.party_id')
    .select(['s.received_at', 's.rows_refused', 's.rows_ready', 's.rows_same', 's.receipt'])
    .select(['a.reference', 'p.name as party'])
    .where('s.id', '=', id)
    .executeTakeFirst();
  if (!sheet) return undefined;
  const { rows: lines } = await sql<Line>`
    select r.label, coalesce(p.name, '') as product, r.statements from spreadsheet_row r
      left join unit u on u.id = r.unit_id left join product p on p.id = u.product_id
     where r.spreadsheet_id = ${id} and r.verdict in ('ready', 'same') order by r.row limit ${MOST_LINES}`.execute(
    reader,
  );
  const language = row.languages[0] ?? 'en';
  const say = ctx.say(language);
  const day = (at: Date | string): string =>
    new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(at));
  const total = sheet.rows_ready + sheet.rows_same;
  const text = (words: string): MailBlock => ({ kind: 'text', text: words });
  const subject = say('mail.receipt.subject', { reference: sheet.reference });
  const blocks: MailBlock[] = [
    text(say('mail.receipt.to', { name: row.contact, party: sheet.party })),
    text(say('mail.receipt.read', { reference: sheet.reference, day: day(sheet.received_at) })),
    ...(sheet.receipt ? [text(say('mail.receipt.received'))] : []),
    { kind: 'heading', text: say('mail.list.units', { count: total }) },
    {
      kind: 'list',
      items: lines.map((line) => ({
        label: `${line.product} ${line.label}`.trim(),
        detail: line.statements.map((one) => saidOf(one)).join('; '),
      })),
    },
    ...(total > lines.length ? [text(say('mail.list.more', { count: total - lines.length }))] : []),
    ...(sheet.rows_refused > 0 ? [text(say('mail.list.refused', { count: sheet.rows_refused }))] : []),
    ...(row.link_id === null
      ? []
      : [{ kind: 'link' as const, href: linkUrl(ctx.settings, row.link_id), text: say('mail.receipt.mend') }]),
    text(say('mail.receipt.automatic')),
  ];
  return { ...composePlainMail({ subject, language, direction: say.direction, blocks }), language };

  function saidOf(one: SheetStatement): string {
    const said = say(`form.choice.status.${claimOf(one.meaning)}`);
    return `${one.mode}: ${said}${one.date === '' ? '' : ` (${day(one.date)})`}`;
  }
}

/** The choice of the form that a meaning stands for. */
export function claimOf(meaning: SheetStatement['meaning']): string {
  if (meaning === 'help') return 'not-yet';
  if (meaning === 'not-ours') return 'unknown';
  return meaning === 'scrapped' || meaning === 'moved' || meaning === 'returned' ? 'gone' : meaning;
}
