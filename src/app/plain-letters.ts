/** Letters with words of our own – the receipt of an answer, the confirmation of a call – read and on paper. */
import { sql } from 'kysely';
import { addressLines, isolate, lineOf, paperOf, wordsOf } from '../domain/letter.ts';
import { localeOf } from '../domain/message.ts';
import type { MailBlock } from '../domain/plain-mail.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { fontsFor } from '../domain/script-fonts.ts';
import type { Context } from './context.ts';
import { type OwnLetter, type OwnLetterRow, ownComposers } from './letter-kinds.ts';
import { loadNoticeFacts } from './notice-facts.ts';

/** Kinds that staff may read and print. Codes for downloads are for their reader alone. */
const READABLE = ['receipt', 'call-confirmation'];

interface OwnRow extends OwnLetterRow {
  reference: string;
  created_at: Date;
}

async function compose(ctx: Context, deliveryId: number): Promise<{ row: OwnRow; letter: OwnLetter } | undefined> {
  const { rows } = await sql<OwnRow>`
    select d.id, d.kind, d.purpose, d.message_id, d.address, d.action_id, d.party_id, d.contact_id, c.name as contact,
           d.link_id, d.languages, a.reference, d.created_at
      from delivery d join contact c on c.id = d.contact_id join action a on a.id = d.action_id
     where d.id = ${deliveryId} and d.kind = any(${READABLE}::text[])`.execute(ctx.db);
  const [row] = rows;
  const letter = row && (await ownComposers[row.kind]?.(ctx.db, ctx, [row]))?.get(row.id);
  return row && letter ? { row, letter } : undefined;
}

/** The letter as its reader gets it; undefined for a delivery of another kind. */
export async function readPlainLetter(ctx: Context, deliveryId: number): Promise<OwnLetter | undefined> {
  return (await compose(ctx, deliveryId))?.letter;
}

/** The letter on paper; undefined for a delivery of another kind. Refuses what has a character that no face draws. */
export async function setPlainLetter(
  ctx: Context,
  deliveryId: number,
): Promise<Uint8Array<ArrayBuffer> | Refusal | undefined> {
  const composed = await compose(ctx, deliveryId);
  if (!composed) return undefined;
  const { row, letter } = composed;
  const { values } = await loadNoticeFacts(ctx.db, row.action_id);
  const fact = (name: string): string => (typeof values[name] === 'string' ? values[name] : '');
  const { language } = letter;
  const say = ctx.say(language);
  const { direction } = say;
  const own = (text: string): string => isolate(text, direction);
  const sender = [fact('manufacturer.name'), fact('manufacturer.address')];
  const day = new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long', timeZone: 'UTC' });
  const data = {
    lang: language.split('-')[0] ?? language,
    direction,
    paper: paperOf(row.address.split('\n').at(-1) ?? ''),
    date: row.created_at.toISOString().slice(0, 10).split('-').map(Number),
    day: day.format(row.created_at),
    title: letter.subject,
    head: { name: own(sender[0] ?? ''), line: own(sender[1] ?? ''), back: own(sender.filter(Boolean).join(', ')) },
    foot: { reference: own(row.reference), document: '' },
    words: { ivd: '', page: say('letter.page', { page: '{page}', pages: '{pages}' }) },
    address: addressLines(row.address).map(lineOf),
    // That a mail was sent by itself is not said on paper.
    blocks: (letter.blocks ?? [])
      .filter((block) => block.kind !== 'text' || block.text !== say('mail.receipt.automatic'))
      .map((block) => printed(block, direction)),
  };
  const boxes = await ctx.typesetter.undrawable(wordsOf(data));
  if (boxes.length > 0) return refuse('letter.no-glyph', { characters: boxes.join(' ') });
  const set = await ctx.typesetter.typeset({
    template: 'plain-letter.typ',
    data: { ...data, fonts: fontsFor(language) },
    urgent: true,
  });
  return set.pdf;
}

/** A block with the direction of each name and number in it. */
function printed(block: MailBlock, direction: 'ltr' | 'rtl') {
  if (block.kind !== 'list') return block;
  return {
    kind: block.kind,
    items: block.items.map((item) => ({ label: lineOf(item.label), detail: { text: item.detail, direction } })),
  };
}

/** Whether a delivery is on paper as {@link setPlainLetter} makes it. */
export function isPlainKind(kind: string): boolean {
  return READABLE.includes(kind);
}
