import { sql } from 'kysely';
import type { KeptPage, PaperWay } from '../db/schema-paper-replies.ts';
import { json } from '../db/values.ts';
import { type FoundBox, joinPages, missingPages } from '../domain/paper-reading.ts';
import type { Context, Tx } from './context.ts';
import { recordEvent } from './event.ts';
import type { KeptPaperForm } from './paper-forms.ts';
import { keptPages, type SortedPages } from './paper-pages.ts';
import { type PaperReason, reasonsOf } from './paper-reasons.ts';

/** A file that was read, with what is known of where it came from. */
export interface ReadFile {
  id: number;
  received_at: Date;
  came_by: PaperWay;
  action_id: number | null;
  party_id: number | null;
  contact_id: number | null;
}

interface Found {
  file: ReadFile;
  sorted: SortedPages;
  /** Of the form in the file. */
  position: number;
  pictures: ReadonlyMap<number, { sha256: string; size: number }>;
}

/**
 * Keeps one form of a file. Its pages may come one by one, a photo each: where an earlier file of the same form waits for a
 * page that is in this one, they become one form, which is looked at anew; this file's row says where its pages went.
 */
export async function keepFoundForm(tx: Tx, ctx: Context, found: Found): Promise<void> {
  const { file, sorted, position } = found;
  const { form } = sorted;
  const boxes = form
    ? joinPages(
        form.layout,
        sorted.pages.map((page) => page.found.boxes),
      )
    : [];
  const pages = keptPages(sorted, found.pictures);
  const door = doorOf(boxes);
  const noticed = sorted.reasons;
  const reasons = form
    ? await reasonsOf(tx, { form, boxes, pages: pages.map(({ page }) => page), door, noticed, from: file })
    : noticed;
  const torn = form && reasons.includes('pages-missing') ? await findTorn(tx, form, pages, reasons) : undefined;
  const row = await tx
    .insertInto('paper_reply')
    .values({
      paper_file_id: file.id,
      position,
      paper_form_id: form?.id ?? null,
      action_id: form?.actionId ?? file.action_id,
      party_id: form?.partyId ?? file.party_id,
      contact_id: form?.contactId ?? file.contact_id,
      door,
      state: torn ? 'joined' : 'waiting',
      joined_to_id: torn?.id ?? null,
      reasons,
      pages: json(pages),
      boxes: json(boxes),
      created_at: ctx.now(),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  if (form && torn) await join(tx, ctx, { form, torn, id: row.id, pages, boxes, noticed });
}

function doorOf(boxes: readonly FoundBox[]): 'pdf' | 'scan' {
  return boxes.length > 0 && boxes.every((box) => box.by === 'field') ? 'pdf' : 'scan';
}

interface Torn {
  id: number;
  reasons: string[];
  pages: KeptPage[];
  boxes: FoundBox[];
  received_at: Date;
  action_id: number | null;
  party_id: number | null;
}

/** What keeps pages apart: they may not be of whom they say. */
const STRANGE: readonly PaperReason[] = ['other-action', 'other-party'];

/** The oldest waiting part of this form that lacks one of these pages. */
async function findTorn(
  tx: Tx,
  form: KeptPaperForm,
  pages: readonly KeptPage[],
  reasons: readonly string[],
): Promise<Torn | undefined> {
  if (STRANGE.some((one) => reasons.includes(one))) return undefined;
  // Two files of one form, read at the same moment by two servers: one after the other.
  await tx.selectFrom('paper_form').select('id').where('id', '=', form.id).forUpdate().executeTakeFirst();
  const rows = await tx
    .selectFrom('paper_reply as r')
    .innerJoin('paper_file as p', 'p.id', 'r.paper_file_id')
    .select(['r.id', 'r.reasons', 'r.pages', 'r.boxes', 'p.received_at', 'p.action_id', 'p.party_id'])
    .where('r.paper_form_id', '=', form.id)
    .where('r.state', '=', 'waiting')
    .where(sql<boolean>`'pages-missing' = any (r.reasons)`)
    .orderBy('r.id')
    .execute();
  return rows.find((row) => {
    if (STRANGE.some((one) => row.reasons.includes(one))) return false;
    const lacks = missingPages(form.pages, pagesOf(row.pages));
    return pages.some(({ page }) => page !== null && lacks.includes(page));
  });
}

const pagesOf = (pages: readonly KeptPage[]): number[] => pages.map(({ page }) => page).filter((page) => page !== null);

async function join(
  tx: Tx,
  ctx: Context,
  one: {
    form: KeptPaperForm;
    torn: Torn;
    id: number;
    pages: readonly KeptPage[];
    boxes: readonly FoundBox[];
    noticed: readonly PaperReason[];
  },
): Promise<void> {
  const { form, torn } = one;
  const boxes = joinPages(form.layout, [torn.boxes, one.boxes]);
  // A picture is found by its number in the row.
  const last = Math.max(0, ...torn.pages.map(({ number }) => number));
  const pages = [...torn.pages, ...one.pages.map((page) => ({ ...page, number: last + page.number }))];
  const door = doorOf(boxes);
  const noticed = new Set<PaperReason>(one.noticed);
  if (torn.reasons.includes('not-placed')) noticed.add('not-placed');
  const reasons = await reasonsOf(tx, {
    form,
    boxes,
    pages: pages.map(({ page }) => page),
    door,
    noticed: [...noticed],
    from: torn,
  });
  await tx
    .updateTable('paper_reply')
    .set({ pages: json(pages), boxes: json(boxes), door, reasons })
    .where('id', '=', torn.id)
    .execute();
  await recordEvent(tx, ctx, {
    action: 'paper-reply.join',
    subject: 'paper-reply',
    subjectId: torn.id,
    actionId: form.actionId,
    partyId: form.partyId,
    before: { pages: torn.pages.length },
    after: { pages: pages.length, from: one.id },
  });
}
