/** Kits for machines without a network. Here one is prepared; its other verbs are taken from here, too. */

import type { KitEntry } from '../adapters/kit.ts';
import { json } from '../db/values.ts';
import { checkKitMove, KIT_DAYS, type KitPapers } from '../domain/kit.ts';
import { windowsText } from '../domain/kit-text.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { asActor, type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { ensureTickets } from './installation-tickets.ts';
import { type KitSource, listKitFiles } from './kit-files.ts';
import { freezePapers } from './kit-papers.ts';
import { checkOwners, findLink, lockKit } from './kit-rows.ts';
import { ensurePaperForm, paperFormText } from './paper-forms.ts';
import { once, recordFile } from './stored-files.ts';

export { moveKit, moveKitInput, receiveKit, shipKit, shipKits, undoKitMove } from './kit-moves.ts';
export { askForKit, changeKit, requestKit, requestKitInput } from './kit-requests.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Prepares a kit: the newest released package of its remedy, a ticket for each correction, metadata good for
 * {@link KIT_DAYS}, its papers. From now on it comes out the same byte for byte, however often it is made.
 * @param options.again for a prepared one that has not left: with the package and the days of now
 */
export async function prepareKit(
  ctx: Context,
  kitId: number,
  options: { again?: boolean } = {},
): Promise<{ id: number; goodUntil: Date } | Refusal> {
  const no = forbid(ctx.actor, 'kit.work');
  if (no) return no;
  // Metadata lives by the real clock, and says whole seconds.
  const asOf = ctx.wallClock();
  const until = new Date(Math.floor(asOf.getTime() / 1000) * 1000 + KIT_DAYS * DAY_MS);
  const file = await findPackage(ctx, kitId);
  const kit = await transact(ctx, (tx) => issueKitTickets(tx, ctx, kitId, options, file !== undefined));
  if (isRefusal(kit)) return kit;
  if (!file) return refuse('kit.no-package');
  // Everything is made once before it is promised: what cannot be signed or set is not prepared.
  const { remedy, reference, ...own } = file;
  const papers = await freezePapers(ctx.db, ctx, kit, { remedy, reference, version: file.version });
  const kept = await makeForms(ctx, kit, papers);
  const source: KitSource = {
    id: kitId,
    linkId: kit.link_id,
    papers,
    preparedAt: asOf,
    goodUntil: until,
    package: own,
    kept: kept.map((one) => one.entry),
  };
  const made = await listKitFiles(ctx, source);
  if (isRefusal(made)) return made;
  return transact(ctx, async (tx) => {
    const now = await lockKit(tx, kitId);
    if (isRefusal(now)) return now;
    const wrong = checkPreparing(now.state, options);
    if (wrong) return wrong;
    await tx
      .updateTable('kit')
      .set({
        state: 'prepared',
        state_since: ctx.now(),
        package_id: file.id,
        prepared_at: asOf,
        good_until: until,
        papers: json(papers),
        contents_sha256: made.sha256,
      })
      .where('id', '=', kitId)
      .execute();
    await tx.deleteFrom('kit_paper').where('kit_id', '=', kitId).execute();
    for (const { file: stored, entry } of kept) {
      const file_id = await recordFile(tx, ctx, stored);
      await tx.insertInto('kit_paper').values({ kit_id: kitId, path: entry.name, file_id }).execute();
    }
    await recordEvent(tx, ctx, {
      action: 'kit.prepare',
      subject: 'kit',
      subjectId: kitId,
      actionId: now.action_id,
      partyId: now.party_id,
      before: { state: now.state, packageId: now.package_id },
      after: { state: 'prepared', packageId: file.id, goodUntil: until, contents: made.sha256 },
    });
    return { id: kitId, goodUntil: until };
  });
}

function checkPreparing(state: Parameters<typeof checkKitMove>[0], { again }: { again?: boolean }) {
  return state === 'prepared' && again ? undefined : checkKitMove(state, 'prepared');
}

/** The newest released package of the kit's remedy. */
function findPackage(ctx: Context, kitId: number) {
  return ctx.db
    .selectFrom('kit as t')
    .innerJoin('package as k', 'k.remedy_id', 't.remedy_id')
    .innerJoin('remedy as r', 'r.id', 't.remedy_id')
    .innerJoin('action as a', 'a.id', 't.action_id')
    .select(['k.id', 'k.file_name', 'k.version', 'k.size', 'k.sha256', 'k.storage_key', 'k.manifest', 'k.instructions'])
    .select(['r.name as remedy', 'a.reference'])
    .where('t.id', '=', kitId)
    .where('k.state', '=', 'released')
    .orderBy('k.released_at', 'desc')
    .orderBy('k.id', 'desc')
    .executeTakeFirst();
}

/** A kit that may be prepared, with a ticket for each of its corrections. */
async function issueKitTickets(tx: Tx, ctx: Context, kitId: number, options: { again?: boolean }, isReleased: boolean) {
  const kit = await lockKit(tx, kitId);
  if (isRefusal(kit)) return kit;
  const wrong = checkPreparing(kit.state, options);
  if (wrong) return wrong;
  if (!isReleased) return refuse('kit.no-package');
  const moved = await checkOwners(tx, kit);
  if (moved) return moved;
  // A link that was renewed meanwhile: the codes on the tickets have to open.
  const link_id = kit.contact_id === null ? null : await findLink(tx, kit.contact_id, kit.action_id);
  await tx.updateTable('kit').set({ link_id }).where('id', '=', kitId).execute();
  const corrections = await tx
    .selectFrom('kit_correction')
    .select('correction_id')
    .where('kit_id', '=', kitId)
    .execute();
  await ensureTickets(
    tx,
    ctx,
    kit.action_id,
    corrections.map((row) => row.correction_id),
  );
  return { ...kit, link_id };
}

/**
 * The recipient's own form in their languages, fillable and as plain text. They are kept: what they say follows the ledger.
 * A party without a form of its own, or with too many units for paper, goes without.
 */
async function makeForms(
  ctx: Context,
  kit: { action_id: number; contact_id: number | null },
  papers: KitPapers,
): Promise<{ file: Parameters<typeof recordFile>[2]; entry: KitEntry }[]> {
  if (kit.contact_id === null) return [];
  // Whoever prepares a kit may not be allowed to read letters; the form belongs to its recipient all the same.
  const system = asActor(ctx, { kind: 'system', name: ctx.actor.name });
  const made: { file: Parameters<typeof recordFile>[2]; entry: KitEntry }[] = [];
  for (const language of papers.languages) {
    const order = { actionId: kit.action_id, contactId: kit.contact_id, language, urgent: true };
    const form = await ensurePaperForm(system, order);
    if (isRefusal(form)) return [];
    const words = await paperFormText(system, order);
    const name = form.name.replace(/\.pdf$/, '');
    made.push(await keep(ctx, `form/${form.name}`, form.pdf, 'application/pdf'));
    if (!isRefusal(words)) made.push(await keep(ctx, `form/${name}.txt`, windowsText(words), 'text/plain'));
  }
  return made.sort((a, b) => (a.entry.name < b.entry.name ? -1 : 1));
}

async function keep(ctx: Context, path: string, bytes: Uint8Array, mediaType: string) {
  const stored = await ctx.files.put(once(bytes));
  return {
    file: { ...stored, name: path.slice(path.lastIndexOf('/') + 1), mediaType },
    entry: { name: path, ...stored, read: () => ctx.files.read(stored.sha256) },
  };
}
