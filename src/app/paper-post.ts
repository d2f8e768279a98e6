/** What goes into the printer for the post: letters in one file, envelopes, labels. */
import { z } from 'zod';
import { addressLines, lineOf, paperOf, wordsOf } from '../domain/letter.ts';
import { renderNotice } from '../domain/notice-render.ts';
import { forbid } from '../domain/permission.ts';
import { letterReference } from '../domain/post.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { fontsFor } from '../domain/script-fonts.ts';
import type { Context } from './context.ts';
import { audienceOf, loadNoticeText } from './letters.ts';
import { loadNoticeFacts } from './notice-facts.ts';
import { ensurePaperForm } from './paper-forms.ts';
import { openPaperLetter, type PaperFile } from './paper-letters.ts';
import { isPlainKind } from './plain-letters.ts';

/** Letters in one file: more make a file that printers choke on. */
export const MOST_IN_ONE_FILE = 500;

export const printPostInput = z.object({
  deliveryIds: z.array(z.number().int().positive()).min(1, 'Choose at least one letter.').max(MOST_IN_ONE_FILE),
  what: z.enum(['letters', 'envelopes', 'labels']),
  /** Labels of the first sheet that are used already. */
  skip: z.coerce.number().int().min(0).max(29).default(0),
});

/**
 * One file for the printer, in the order of the numbers given. What has a character that no face draws is left out
 * (the page of the post names it), and refused when nothing else is there. Changes nothing: posting is recorded by itself.
 */
export async function printPost(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof printPostInput>,
): Promise<PaperFile | Refusal> {
  const no = forbid(ctx.actor, 'attempt.record');
  if (no) return no;
  const rows = await ctx.db
    .selectFrom('delivery')
    .select(['id', 'kind', 'address', 'country', 'contact_id', 'languages', 'notice_id', 'variant'])
    .where('action_id', '=', actionId)
    .where('channel', '=', 'post')
    .where('kind', 'in', ['notice', 'reminder', 'receipt', 'call-confirmation'])
    .where('id', 'in', input.deliveryIds)
    .execute();
  const order = new Map(input.deliveryIds.map((id, place) => [id, place]));
  rows.sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
  if (rows.length === 0) return refuse('delivery.nothing-to-post', {}, 'deliveryIds');
  if (input.what === 'letters') return printLetters(ctx, actionId, rows);
  const marks = input.what === 'envelopes' ? await loadMarks(ctx, rows) : new Map<number, Mark[]>();
  const all = rows.map((row) => ({
    marks: marks.get(row.id) ?? [],
    paper: paperOf(row.address.split('\n').at(-1) ?? row.country),
    // Its number on top: a letter that comes back unopened is known by it.
    address: [letterReference(row.id), ...addressLines(row.address)].map(lineOf),
  }));
  const boxes = await ctx.typesetter.undrawable(wordsOf(all));
  const printed = all.filter((one) => !boxes.some((character) => wordsOf(one).includes(character)));
  if (printed.length === 0) return refuse('letter.no-glyph', { characters: boxes.join(' ') });
  const today = ctx.now().toISOString().slice(0, 10).split('-').map(Number);
  const shared = { title: input.what, date: today, fonts: fontsFor('en') };
  if (input.what === 'envelopes') {
    const sender = await loadSender(ctx, actionId);
    const set = await ctx.typesetter.typeset({
      template: 'envelope.typ',
      data: { ...shared, sender, envelopes: printed },
      urgent: true,
    });
    return { pdf: set.pdf, name: `envelopes-${actionId}.pdf` };
  }
  // A sheet is of one kind: most of the letters decide which.
  const american = printed.filter((one) => one.paper === 'us-letter').length * 2 > printed.length;
  const set = await ctx.typesetter.typeset({
    template: 'labels.typ',
    data: {
      ...shared,
      paper: american ? 'us-letter' : 'a4',
      skip: Math.min(input.skip, american ? 29 : 23),
      labels: printed.map((one) => one.address),
    },
    urgent: true,
  });
  return { pdf: set.pdf, name: `labels-${actionId}.pdf` };
}

/** Each letter with the form its reader sends back; where the action has no form, the letter alone. */
async function printLetters(
  ctx: Context,
  actionId: number,
  rows: { id: number; kind: string; contact_id: number | null; languages: string[] }[],
): Promise<PaperFile | Refusal> {
  const files: Uint8Array<ArrayBuffer>[] = [];
  for (const row of rows) {
    const letter = await openPaperLetter(ctx, row.id);
    if (isRefusal(letter)) {
      if (letter.code !== 'letter.no-glyph' || rows.length === 1) return letter;
      continue;
    }
    files.push(letter.pdf);
    // Who answered is not sent the form again.
    if (row.contact_id === null || isPlainKind(row.kind)) continue;
    const order = { actionId, contactId: row.contact_id, deliveryId: row.id, language: row.languages[0] };
    const form = await ensurePaperForm(ctx, order);
    if (!isRefusal(form)) files.push(form.pdf);
  }
  const [only] = files;
  if (!only) return refuse('delivery.nothing-to-post', {}, 'deliveryIds');
  const pdf = files.length === 1 ? only : await ctx.typesetter.join(files);
  return { pdf, name: rows.length === 1 ? `letter-${rows[0]?.id}.pdf` : `letters-${rows.length}.pdf` };
}

interface Mark {
  text: string;
  language: string;
  direction: 'ltr' | 'rtl';
}
/** Languages an envelope has room for. */
const MOST_MARKS = 2;

/**
 * What is inside, on the outside (21 CFR 7.49(b): letter and envelope are marked conspicuously): the notice's subject in the
 * languages of its letter. Letters that are no notice have none.
 */
async function loadMarks(
  ctx: Context,
  rows: readonly { id: number; kind: string; notice_id: number | null; variant: string; languages: string[] }[],
): Promise<Map<number, Mark[]>> {
  const marks = new Map<number, Mark[]>();
  const known = new Map<string, Mark>();
  for (const { id, kind, notice_id, variant, languages } of rows) {
    if (notice_id === null || isPlainKind(kind)) continue;
    const { document, facts } = await loadNoticeText(ctx.db, ctx, notice_id);
    const own = languages.slice(0, MOST_MARKS).map((language): Mark => {
      const key = `${notice_id} ${variant} ${language}`;
      const before = known.get(key);
      if (before) return before;
      const { subject: text, direction } = renderNotice(document, audienceOf(variant), language, facts);
      const mark: Mark = { text, language, direction };
      known.set(key, mark);
      return mark;
    });
    marks.set(
      id,
      own.filter((mark) => mark.text !== ''),
    );
  }
  return marks;
}

/** Who sends, in the lines of an envelope: the manufacturer as the action's facts name it. */
async function loadSender(ctx: Context, actionId: number): Promise<string[]> {
  const { values } = await loadNoticeFacts(ctx.db, actionId);
  return [values['manufacturer.name'], values['manufacturer.address']].filter(
    (value): value is string => typeof value === 'string' && value !== '',
  );
}
