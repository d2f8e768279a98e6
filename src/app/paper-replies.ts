import { sql } from 'kysely';
import type { KeptPage, PaperWay } from '../db/schema-paper-replies.ts';
import { json } from '../db/values.ts';
import { formDefinitionSchema } from '../domain/form.ts';
import { checkAnswers } from '../domain/form-check.ts';
import { parseFormBody } from '../domain/form-fields.ts';
import { bodyOfPaper, paperKey } from '../domain/paper-form.ts';
import { readFormCode } from '../domain/paper-form-code.ts';
import {
  certainAnswers,
  type FoundBox,
  type FoundFile,
  type FoundPage,
  joinPages,
  missingPages,
  type PageLayout,
} from '../domain/paper-reading.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { acceptPaperReply } from './paper-decide.ts';
import { type KeptPaperForm, paperFormByCode } from './paper-forms.ts';
import { loadFormContext } from './queries/portal.ts';
import { recordFile } from './stored-files.ts';

/** Bytes of one file. A form of forty pages scanned at 300 dpi in colour has some thirty million. */
export const PAPER_FILE_BYTES = 60_000_000;

/** Why a form that came back waits for a person. */
export const paperReasons = [
  'no-code',
  'code-altered',
  'form-unknown',
  'other-action',
  'other-party',
  'not-placed',
  'pages-missing',
  'units-changed',
  'doubtful',
  'handwriting',
  'incomplete',
  'contradictions',
  'answered-before',
  'not-owed',
] as const;
export type PaperReason = (typeof paperReasons)[number];

/** A file that came back, with what is known of where it came from. */
export interface IncomingPaper {
  name: string;
  bytes: AsyncIterable<Uint8Array>;
  way: PaperWay;
  /** When it reached us, if that was before now. */
  receivedAt?: Date;
  place?: { actionId: number; partyId: number; contactId: number | null };
  messageId?: number;
}

/**
 * Keeps a file whole and asks for it to be read. The same bytes by the same way are the same file.
 * @returns its number; `fresh` is false when it had come before. Or a refusal `paper-file.too-large-file`, `paper-file.empty`
 */
export async function keepPaperFile(
  ctx: Context,
  incoming: IncomingPaper,
): Promise<{ id: number; fresh: boolean } | Refusal> {
  const no = forbid(ctx.actor, 'reply.record');
  if (no) return no;
  const { actor } = ctx;
  if (actor.kind === 'contact' && incoming.place?.partyId !== actor.partyId)
    return refuse('forbidden', { permission: 'reply.record', who: 'contact', roles: '' });
  const stored = await ctx.files.put(incoming.bytes, PAPER_FILE_BYTES).catch((error: unknown) => {
    if (error instanceof RangeError)
      return refuse('paper-file.too-many-bytes', { most: PAPER_FILE_BYTES / 1e6 }, 'file');
    throw error;
  });
  if (isRefusal(stored)) return stored;
  if (stored.size === 0) return refuse('paper-file.empty', {}, 'file');
  const at = ctx.now();
  const place = incoming.place;
  return transact(ctx, async (tx) => {
    const fileId = await recordFile(tx, ctx, {
      ...stored,
      name: incoming.name.slice(0, 200) || 'file',
      mediaType: 'application/octet-stream',
    });
    const who = incoming.messageId ? `m${incoming.messageId}` : place ? `p${place.partyId}` : '';
    const onceKey = `${incoming.way}:${who}:${stored.sha256}`;
    const row = await tx
      .insertInto('paper_file')
      .values({
        file_id: fileId,
        came_by: incoming.way,
        once_key: onceKey,
        received_at: incoming.receivedAt && incoming.receivedAt < at ? incoming.receivedAt : at,
        handed_in_by: ctx.actor.name,
        action_id: place?.actionId ?? null,
        party_id: place?.partyId ?? null,
        contact_id: place?.contactId ?? null,
        message_id: incoming.messageId ?? null,
        state: 'new',
        created_at: at,
      })
      .onConflict((clash) => clash.column('once_key').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (!row) {
      const old = await tx
        .selectFrom('paper_file')
        .select('id')
        .where('once_key', '=', onceKey)
        .executeTakeFirstOrThrow();
      return { id: old.id, fresh: false };
    }
    await recordEvent(tx, ctx, {
      action: 'paper-file.keep',
      subject: 'paper-file',
      subjectId: row.id,
      actionId: place?.actionId ?? null,
      partyId: place?.partyId ?? null,
      after: { sha256: stored.sha256, size: stored.size, way: incoming.way },
    });
    await ctx.queue.enqueue(tx, 'read-paper', {}, { key: 'due' });
    return { id: row.id, fresh: true };
  });
}

/** Reads every file that waits to be read, the oldest first. */
export async function readPaperFiles(
  ctx: Context,
  options: { signal?: AbortSignal } = {},
): Promise<{ files: number } | Refusal> {
  const no = forbid(ctx.actor, 'reply.record');
  if (no) return no;
  let files = 0;
  for (let last = 0; !options.signal?.aborted; files++) {
    const row = await ctx.db
      .selectFrom('paper_file')
      .select('id')
      .where('state', '=', 'new')
      .where('id', '>', last)
      .orderBy('id')
      .limit(1)
      .executeTakeFirst();
    if (!row) break;
    last = row.id;
    await readPaperFile(ctx, row.id);
  }
  // Plain forms that a server left between reading and taking.
  const left = await ctx.db
    .selectFrom('paper_reply')
    .select('paper_file_id')
    .distinct()
    .where('state', '=', 'waiting')
    .where('reasons', '=', sql<string[]>`'{}'::text[]`)
    .limit(100)
    .execute();
  for (const { paper_file_id: fileId } of left) await takePlain(ctx, fileId);
  return { files };
}

/** What became of a file. */
export interface PaperOutcome {
  /** Forms that were taken as replies at once. */
  replyIds: number[];
  /** Forms that wait for a person. */
  waiting: { id: number; reasons: PaperReason[] }[];
  trouble?: Refusal;
  place?: { actionId: number; partyId: number; contactId: number | null };
}

/** A form put together from its pages, or the pages that belong to none. */
interface Sorted {
  form: KeptPaperForm | undefined;
  reasons: PaperReason[];
  pages: { found: FoundPage; page: number | null }[];
}

/**
 * Reads one file: each form in it becomes a reply by itself when it was filled in on a screen, is complete and contradicts
 * nothing; everything else waits for a person with the reasons why. Safe to run twice.
 */
export async function readPaperFile(ctx: Context, id: number): Promise<PaperOutcome | Refusal> {
  const row = await ctx.db
    .selectFrom('paper_file as p')
    .innerJoin('file as f', 'f.id', 'p.file_id')
    .selectAll('p')
    .select('f.sha256')
    .where('p.id', '=', id)
    .executeTakeFirst();
  if (!row) return refuse('paper-file.unknown', { id });
  if (row.state !== 'new') return outcomeOf(ctx, id);
  const forms = new Map<string, KeptPaperForm | undefined>();
  const formOf = async (code: string): Promise<KeptPaperForm | undefined> => {
    if (!forms.has(code)) forms.set(code, await paperFormByCode(ctx.db, code));
    return forms.get(code);
  };
  const layoutOf = async (text: string): Promise<PageLayout | undefined> => {
    const code = readFormCode(text, ctx.settings.secret);
    const form = isRefusal(code) ? undefined : await formOf(code.form);
    return form && !isRefusal(code) ? { layout: form.layout, page: code.page } : undefined;
  };
  const found = await ctx.paperReader.read(await ctx.files.bytes(row.sha256), layoutOf);
  if (isRefusal(found)) return failFile(ctx, id, found);
  const sorted = await sortPages(ctx, found, formOf);
  const pictures = await keepPictures(ctx, found);
  await transact(ctx, async (tx) => {
    const claimed = await tx
      .updateTable('paper_file')
      .set({ state: 'read', pages: found.pages.length, program: found.program, read_at: ctx.now() })
      .where('id', '=', id)
      .where('state', '=', 'new')
      .returning('id')
      .executeTakeFirst();
    if (!claimed) return;
    for (const [number, picture] of pictures)
      await recordFile(tx, ctx, { ...picture, name: `page-${id}-${number}.jpg`, mediaType: 'image/jpeg' });
    for (const [position, one] of sorted.entries()) await keepReply(tx, ctx, { file: row, one, position, pictures });
    const place = sorted.find((one) => one.form)?.form;
    await recordEvent(tx, ctx, {
      action: 'paper-file.read',
      subject: 'paper-file',
      subjectId: id,
      actionId: place?.actionId ?? row.action_id,
      partyId: place?.partyId ?? row.party_id,
      after: { pages: found.pages.length, forms: sorted.length },
    });
  });
  await takePlain(ctx, id);
  return outcomeOf(ctx, id);
}

/** Takes the forms that are plain as replies, each in a transaction of its own. What is refused waits for a person. */
async function takePlain(ctx: Context, fileId: number): Promise<void> {
  const rows = await ctx.db
    .selectFrom('paper_reply')
    .select('id')
    .where('paper_file_id', '=', fileId)
    .where('state', '=', 'waiting')
    .where('reasons', '=', sql<string[]>`'{}'::text[]`)
    .orderBy('position')
    .execute();
  for (const { id } of rows) {
    const done = await acceptPaperReply(ctx, id);
    if (!isRefusal(done)) continue;
    const reason: PaperReason = done.code === 'paper-reply.answered-before' ? 'answered-before' : 'not-owed';
    await ctx.db
      .updateTable('paper_reply')
      .set({ reasons: sql<string[]>`array[${reason}]::text[]` })
      .where('id', '=', id)
      .where('state', '=', 'waiting')
      .execute();
  }
}

async function failFile(ctx: Context, id: number, trouble: Refusal): Promise<PaperOutcome> {
  return transact(ctx, async (tx) => {
    await tx
      .updateTable('paper_file')
      .set({ state: 'failed', trouble: trouble.code, trouble_params: json(trouble.params), read_at: ctx.now() })
      .where('id', '=', id)
      .where('state', '=', 'new')
      .execute();
    await recordEvent(tx, ctx, {
      action: 'paper-file.fail',
      subject: 'paper-file',
      subjectId: id,
      after: { trouble: trouble.code },
    });
    return { replyIds: [], waiting: [], trouble };
  });
}

/** What became of a file that was read. */
async function outcomeOf(ctx: Context, id: number): Promise<PaperOutcome> {
  const rows = await ctx.db
    .selectFrom('paper_reply')
    .select(['id', 'state', 'reasons', 'reply_id', 'paper_form_id', 'action_id', 'party_id', 'contact_id'])
    .where('paper_file_id', '=', id)
    .orderBy('position')
    .execute();
  const first = rows.find((row) => row.paper_form_id !== null);
  const place =
    first && first.action_id !== null && first.party_id !== null
      ? { actionId: first.action_id, partyId: first.party_id, contactId: first.contact_id }
      : undefined;
  return {
    replyIds: rows.flatMap((row) => (row.reply_id === null ? [] : [row.reply_id])),
    waiting: rows
      .filter((row) => row.state === 'waiting')
      .map((row) => ({ id: row.id, reasons: row.reasons as PaperReason[] })),
    ...(place ? { place } : {}),
  };
}

/** Pages by the form they belong to, in the order in which the forms first come up. */
async function sortPages(
  ctx: Context,
  found: FoundFile,
  formOf: (code: string) => Promise<KeptPaperForm | undefined>,
): Promise<Sorted[]> {
  const sorted = new Map<string, Sorted>();
  const put = (
    key: string,
    form: KeptPaperForm | undefined,
    page: number | null,
    one: FoundPage,
    why?: PaperReason,
  ) => {
    const group = sorted.get(key) ?? { form, reasons: [], pages: [] };
    if (why && !group.reasons.includes(why)) group.reasons.push(why);
    group.pages.push({ found: one, page });
    sorted.set(key, group);
  };
  for (const one of found.pages) {
    const code = one.code === '' ? undefined : readFormCode(one.code, ctx.settings.secret);
    if (!code) put('', undefined, null, one, 'no-code');
    else if (isRefusal(code)) put('', undefined, null, one, 'code-altered');
    else {
      const form = await formOf(code.form);
      if (!form) put('', undefined, null, one, 'form-unknown');
      else
        put(
          form.code,
          form,
          code.page,
          one,
          one.boxes.length === 0 && hasFields(form, code.page) ? 'not-placed' : undefined,
        );
    }
  }
  // A covering sheet of a fax machine beside a whole form says nothing by itself.
  return [...sorted.values()];
}

function hasFields(form: KeptPaperForm, page: number): boolean {
  return form.layout.fields.some((field) => field.page === page);
}

async function keepPictures(ctx: Context, found: FoundFile): Promise<Map<number, { sha256: string; size: number }>> {
  const kept = new Map<number, { sha256: string; size: number }>();
  for (const page of found.pages) {
    const bytes = page.picture;
    kept.set(
      page.number,
      await ctx.files.put(
        (async function* () {
          yield bytes;
        })(),
      ),
    );
  }
  return kept;
}

interface FileRow {
  id: number;
  file_id: number;
  sha256: string;
  received_at: Date;
  came_by: PaperWay;
  action_id: number | null;
  party_id: number | null;
  contact_id: number | null;
}

async function keepReply(
  tx: Tx,
  ctx: Context,
  input: {
    file: FileRow;
    one: Sorted;
    position: number;
    pictures: Map<number, { sha256: string; size: number }>;
  },
): Promise<void> {
  const { file, one, position, pictures } = input;
  const { form } = one;
  const boxes = form
    ? joinPages(
        form.layout,
        one.pages.map(({ found }) => found.boxes),
      )
    : [];
  const door = boxes.length > 0 && boxes.every((box) => box.by === 'field') ? 'pdf' : 'scan';
  const reasons = form ? await reasonsOf(tx, file, one, form, boxes, door) : one.reasons;
  const pages: KeptPage[] = one.pages.map(({ found, page }) => ({
    number: found.number,
    page,
    code: found.code.slice(0, 100),
    width: found.width,
    height: found.height,
    matrix: found.matrix ?? null,
    picture: pictures.get(found.number)?.sha256 ?? '',
  }));
  await tx
    .insertInto('paper_reply')
    .values({
      paper_file_id: file.id,
      position,
      paper_form_id: form?.id ?? null,
      action_id: form?.actionId ?? file.action_id,
      party_id: form?.partyId ?? file.party_id,
      contact_id: form?.contactId ?? file.contact_id,
      door,
      state: 'waiting',
      reasons,
      pages: json(pages),
      boxes: json(boxes),
      created_at: ctx.now(),
    })
    .execute();
}

/** Everything about a form that a person has to look at; nothing means that it can be taken by itself. */
async function reasonsOf(
  tx: Tx,
  file: FileRow,
  one: Sorted,
  form: KeptPaperForm,
  boxes: readonly FoundBox[],
  door: 'pdf' | 'scan',
): Promise<PaperReason[]> {
  const reasons = new Set(one.reasons);
  if (file.action_id !== null && file.action_id !== form.actionId) reasons.add('other-action');
  else if (file.party_id !== null && file.party_id !== form.partyId) reasons.add('other-party');
  const there = one.pages.flatMap(({ page }) => (page === null ? [] : [page]));
  if (missingPages(form.pages, there).length > 0) reasons.add('pages-missing');
  if (boxes.some((box) => !box.sure && box.value !== '')) reasons.add('doubtful');
  if (boxes.some((box) => !box.sure && box.value === '')) reasons.add('handwriting');
  const context = await loadFormContext(tx, form.actionId, form.partyId);
  const asked = await tx
    .selectFrom('form')
    .select(['id', 'definition'])
    .where('action_id', '=', form.actionId)
    .orderBy('version', 'desc')
    .executeTakeFirst();
  if (!context || !asked) return [...reasons.add('not-owed')];
  const known = new Set(context.units.flatMap((unit) => [`u${unit.id}`, ...unit.corrections.map((c) => `c${c.id}`)]));
  const said = certainAnswers(boxes);
  const strange = form.layout.fields.some(
    (field) => /^[uc]\d/.test(field.name) && said.has(paperKey(field)) && !known.has(field.name.split('.')[0] ?? ''),
  );
  if (strange || asked.id !== form.formId) reasons.add('units-changed');
  const definition = formDefinitionSchema.parse(asked.definition);
  const answers = parseFormBody(definition, context, bodyOfPaper(form.layout, said));
  const check = checkAnswers(definition, context, answers, { today: file.received_at.toISOString().slice(0, 10) });
  if (door === 'pdf' && check.errors.length > 0) reasons.add('incomplete');
  if (door === 'scan' && check.errors.some((error) => error.code !== 'required' && error.code !== 'must-be'))
    reasons.add('incomplete');
  // Nobody has typed the signer's name of a scan yet, so its reply is never complete by itself.
  if (door === 'scan' && reasons.size === 0) reasons.add('handwriting');
  if (check.contradictions.length > 0) reasons.add('contradictions');
  return [...reasons];
}
