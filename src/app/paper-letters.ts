/** Looking at a letter on paper: the file that was made for the post, or one set now. */
import { z } from 'zod';
import { paperOf, wordsOf } from '../domain/letter.ts';
import { audiences, noticeLanguages } from '../domain/notice.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { Context } from './context.ts';
import { composePaper, loadPaperSources, type PaperSource, setPaper } from './letter-paper.ts';
import { chooseSample } from './letter-tests.ts';
import { loadNoticeText } from './letters.ts';
import { setPlainLetter } from './plain-letters.ts';

/** A letter as one file, all its languages one behind the other. */
export interface PaperFile {
  pdf: Uint8Array<ArrayBuffer>;
  /** e.g. `letter-12.pdf` */
  name: string;
}

/**
 * The letter of a delivery on paper: the file that was made for the post, else set now.
 * @param language only this one of its languages
 */
export async function readPaperLetter(
  ctx: Context,
  deliveryId: number,
  language?: string,
): Promise<PaperFile | Refusal> {
  const no = forbid(ctx.actor, 'attempt.record');
  return no ?? openPaperLetter(ctx, deliveryId, language);
}

/** {@link readPaperLetter} for those who were let in otherwise: its reader on the personal page. */
export async function openPaperLetter(
  ctx: Context,
  deliveryId: number,
  language?: string,
): Promise<PaperFile | Refusal> {
  const plain = await setPlainLetter(ctx, deliveryId);
  if (plain) return isRefusal(plain) ? plain : { pdf: plain, name: `letter-${deliveryId}.pdf` };
  const all = (await loadPaperSources(ctx.db, [deliveryId])).get(deliveryId);
  const sources = all?.filter((source) => language === undefined || source.language === language);
  if (!sources || sources.length === 0) return refuse('delivery.unknown', { id: deliveryId });
  const kept = await readKept(ctx, deliveryId);
  const files = sources.map((source) => kept.get(source.language));
  const letters = files.every((file) => file !== undefined) ? files : await setNow(ctx, sources);
  if (isRefusal(letters)) return letters;
  return { pdf: await joinAll(ctx, letters), name: `letter-${deliveryId}.pdf` };
}

async function joinAll(ctx: Context, files: Uint8Array<ArrayBuffer>[]): Promise<Uint8Array<ArrayBuffer>> {
  const [only] = files;
  return files.length === 1 && only ? only : ctx.typesetter.join(files);
}

/**
 * The letter of the contact who holds a link, for reading and printing at home: its own delivery of a notice, in any
 * language the notice has.
 */
export async function openOwnPaperLetter(
  ctx: Context,
  noticeId: number,
  language: string,
): Promise<PaperFile | Refusal> {
  if (ctx.actor.kind !== 'contact') return refuse('delivery.unknown', { id: noticeId });
  const delivery = await ctx.db
    .selectFrom('delivery')
    .select('id')
    .where('link_id', '=', ctx.actor.linkId)
    .where('notice_id', '=', noticeId)
    .where('kind', 'in', ['notice', 'reminder'])
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  const [source] = (delivery && (await loadPaperSources(ctx.db, [delivery.id])).get(delivery.id)) ?? [];
  if (!source) return refuse('delivery.unknown', { id: noticeId });
  const { document } = await loadNoticeText(ctx.db, ctx, noticeId);
  const written = noticeLanguages(document, source.variant);
  const chosen = written.includes(language) ? language : source.language;
  const letters = await setNow(ctx, [{ ...source, kind: 'notice', language: chosen }]);
  if (isRefusal(letters)) return letters;
  return { pdf: await joinAll(ctx, letters), name: 'letter.pdf' };
}

/** Files made for a delivery, by language. */
async function readKept(ctx: Context, deliveryId: number): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const rows = await ctx.db
    .selectFrom('letter')
    .select(['language', 'sha256'])
    .where('delivery_id', '=', deliveryId)
    .where('state', '=', 'made')
    .execute();
  const files = await Promise.all(
    rows.map(async (row) => [row.language, await readWhole(ctx, row.sha256 ?? '')] as const),
  );
  return new Map(files);
}

async function readWhole(ctx: Context, sha256: string): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of ctx.files.read(sha256)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Sets letters that somebody waits for. Refuses what cannot be printed, by name. */
async function setNow(ctx: Context, sources: PaperSource[]): Promise<Uint8Array<ArrayBuffer>[] | Refusal> {
  const composed = await composePaper(ctx.db, ctx, sources);
  const missing = [...new Set(composed.flatMap((letter) => letter.missing))];
  if (missing.length > 0) return refuse('notice.facts-missing', { facts: missing.join(', ') });
  const boxes = await ctx.typesetter.undrawable(wordsOf(composed.map(({ common, personal }) => [common, personal])));
  if (boxes.length > 0) return refuse('letter.no-glyph', { characters: boxes.join(' ') });
  return (await setPaper(ctx, composed, { urgent: true })).map((letter) => letter.pdf);
}

export const previewPaperInput = z.object({
  /** Left out: the first recipient there is. */
  contactId: z.coerce.number().int().positive().optional(),
  audience: z.enum(audiences).optional(),
  /** Left out: the first language of that recipient. */
  language: z.string().max(20).optional(),
});

/** The letter on paper of any recipient, before anything is released; its link opens nothing. */
export async function previewPaperLetter(
  ctx: Context,
  noticeId: number,
  input: z.infer<typeof previewPaperInput>,
): Promise<PaperFile | Refusal> {
  const no = forbid(ctx.actor, 'notice.read');
  if (no) return no;
  const { language, ...whom } = input;
  const sample = await chooseSample(ctx.db, ctx, noticeId, { ...whom, ...(language ? { languages: [language] } : {}) });
  if (isRefusal(sample)) return sample;
  const chosen = language ?? sample.languages[0] ?? 'en';
  const letters = await setNow(ctx, [
    {
      ...sample,
      kind: 'notice',
      language: chosen,
      paper: paperOf(sample.country),
      address: [sample.party, sample.contact, sample.country].join('\n'),
    },
  ]);
  if (isRefusal(letters)) return letters;
  const [pdf] = letters;
  return pdf ? { pdf, name: `letter-preview-${chosen}.pdf` } : refuse('notice.unknown', { id: noticeId });
}
