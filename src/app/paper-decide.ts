import { type FormDefinition, formDefinitionSchema } from '../domain/form.ts';
import { type FormFields, parseFormBody } from '../domain/form-fields.ts';
import { bodyOfPaper, type FormLayout } from '../domain/paper-form.ts';
import { certainAnswers } from '../domain/paper-reading.ts';
import { forbid, forbidContact } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Reader, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { ensurePaperForm, type KeptPaperForm, paperFormByCode } from './paper-forms.ts';
import { correctionsOfFields, loadFormContext } from './queries/portal.ts';
import { planReceipt } from './receipts.ts';
import { takeReply } from './replies.ts';

/** A paper reply with what it takes to decide about it. */
export interface OpenPaperReply {
  id: number;
  state: 'waiting' | 'taken' | 'aside' | 'joined';
  paperFormId: number | null;
  door: 'pdf' | 'scan';
  boxes: Parameters<typeof certainAnswers>[0];
  fileId: number;
  sha256: string;
  receivedAt: Date;
  cameBy: string;
}

async function findReply(reader: Reader, id: number): Promise<OpenPaperReply | Refusal> {
  const row = await reader
    .selectFrom('paper_reply as r')
    .innerJoin('paper_file as p', 'p.id', 'r.paper_file_id')
    .innerJoin('file as f', 'f.id', 'p.file_id')
    .select([
      'r.id',
      'r.state',
      'r.paper_form_id',
      'r.door',
      'r.boxes',
      'p.file_id',
      'p.received_at',
      'p.came_by',
      'f.sha256',
    ])
    .where('r.id', '=', id)
    .executeTakeFirst();
  if (!row) return refuse('paper-reply.unknown', { id });
  return {
    id: row.id,
    state: row.state,
    paperFormId: row.paper_form_id,
    door: row.door,
    boxes: row.boxes,
    fileId: row.file_id,
    sha256: row.sha256,
    receivedAt: row.received_at,
    cameBy: row.came_by,
  };
}

async function findForm(reader: Reader, id: number): Promise<KeptPaperForm | undefined> {
  const row = await reader.selectFrom('paper_form').select('code').where('id', '=', id).executeTakeFirst();
  return row && paperFormByCode(reader, row.code);
}

/** The answers of a form as it was read, as the fields of a form: what the review begins with. */
export function readAnswers(layout: FormLayout, boxes: OpenPaperReply['boxes']): FormFields {
  return bodyOfPaper(layout, certainAnswers(boxes));
}

/**
 * Takes a form that came back as a reply of its party, with the file as its source.
 * @param body the answers as a person saw and typed them, by the names of the form's fields; what was read where none are given
 * @returns the reply, or a refusal of takeReply, `paper-reply.not-waiting`, `paper-reply.no-form`, `paper-reply.answered-before`
 */
export async function acceptPaperReply(
  ctx: Context,
  id: number,
  body?: FormFields,
): Promise<{ id: number; replyId: number; contradictions: number } | Refusal> {
  const no = forbidContact(ctx.actor, 'reply.record');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const open = await claim(tx, id);
    if (isRefusal(open)) return open;
    const form = open.paperFormId === null ? undefined : await findForm(tx, open.paperFormId);
    if (!form) return refuse('paper-reply.no-form', {});
    const context = await loadFormContext(tx, form.actionId, form.partyId, correctionsOfFields(form.layout.fields));
    const definition = await latestDefinition(tx, form.actionId);
    if (!context || !definition) return refuse('reply.no-form', { actionId: form.actionId });
    const answers = parseFormBody(definition, context, body ?? readAnswers(form.layout, open.boxes));
    const reply = await takeReply(tx, ctx, {
      actionId: form.actionId,
      partyId: form.partyId,
      contactId: form.contactId,
      linkId: null,
      door: open.door,
      language: form.language,
      answers,
      meaning: null,
      sendAnyhow: null,
      strict: false,
      seen: null,
      onceKey: `paper:${form.code}:${open.sha256}`,
      sourceFileId: open.fileId,
      receivedAt: open.receivedAt,
    });
    if (isRefusal(reply)) return reply;
    if (!reply.fresh && body === undefined) return refuse('paper-reply.answered-before', { reply: reply.id });
    await tx
      .updateTable('paper_reply')
      .set({ state: 'taken', reply_id: reply.id, decided_by: ctx.actor.name, decided_at: ctx.now(), outcome: '' })
      .where('id', '=', id)
      .execute();
    await recordEvent(tx, ctx, {
      action: 'paper-reply.take',
      subject: 'paper-reply',
      subjectId: id,
      actionId: form.actionId,
      partyId: form.partyId,
      after: { replyId: reply.id, door: open.door, typed: body !== undefined },
    });
    // The post room sends the receipt of what it read by itself.
    if (reply.fresh && (open.cameBy !== 'mail' || body !== undefined)) await planReceipt(tx, ctx, reply.id);
    return { id, replyId: reply.id, contradictions: reply.contradictions.length };
  });
}

/** The row, locked, if it still waits. */
async function claim(tx: Tx, id: number): Promise<OpenPaperReply | Refusal> {
  await tx.selectFrom('paper_reply').select('id').where('id', '=', id).forUpdate().executeTakeFirst();
  const open = await findReply(tx, id);
  if (isRefusal(open)) return open;
  return open.state === 'waiting' ? open : refuse('paper-reply.not-waiting', { id });
}

/** The form of an action as it is asked today. */
export async function latestDefinition(reader: Reader, actionId: number): Promise<FormDefinition | undefined> {
  const row = await reader
    .selectFrom('form')
    .select('definition')
    .where('action_id', '=', actionId)
    .orderBy('version', 'desc')
    .executeTakeFirst();
  return row && formDefinitionSchema.parse(row.definition);
}

/**
 * Says whose pages these are, when no code did: by the code at the foot of the page, typed, or by action and party. The
 * pages are then typed beside their pictures.
 * @returns or a refusal `paper-form.unknown`, `paper-reply.no-contact`, `paper-reply.not-waiting`
 */
export async function matchPaperReply(
  ctx: Context,
  id: number,
  whose: { code: string } | { actionId: number; partyId: number },
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'reply.record');
  if (no) return no;
  const form = await findWhose(ctx, whose);
  if (isRefusal(form)) return form;
  return transact(ctx, async (tx) => {
    const open = await claim(tx, id);
    if (isRefusal(open)) return open;
    await tx
      .updateTable('paper_reply')
      .set({
        paper_form_id: form.id,
        action_id: form.actionId,
        party_id: form.partyId,
        contact_id: form.contactId,
        reasons: ['handwriting'],
      })
      .where('id', '=', id)
      .execute();
    await recordEvent(tx, ctx, {
      action: 'paper-reply.match',
      subject: 'paper-reply',
      subjectId: id,
      actionId: form.actionId,
      partyId: form.partyId,
      before: { paperFormId: open.paperFormId },
      after: { paperFormId: form.id },
    });
    return { id };
  });
}

async function findWhose(
  ctx: Context,
  whose: { code: string } | { actionId: number; partyId: number },
): Promise<KeptPaperForm | Refusal> {
  if ('code' in whose) {
    const code =
      whose.code
        .trim()
        .toUpperCase()
        .split('.')
        .find((part) => part.length === 10) ?? whose.code.trim().toUpperCase();
    return (await paperFormByCode(ctx.db, code)) ?? refuse('paper-form.unknown', { code: whose.code }, 'code');
  }
  const contact = await ctx.db
    .selectFrom('contact')
    .select('id')
    .where('party_id', '=', whose.partyId)
    .where('status', 'in', ['active', 'unreachable'])
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  if (!contact) return refuse('paper-reply.no-contact', {}, 'party');
  // The form as it would be printed for them today: its questions are what is typed beside the pages.
  const file = await ensurePaperForm(ctx, { actionId: whose.actionId, contactId: contact.id, urgent: true });
  if (isRefusal(file)) return file;
  return (await paperFormByCode(ctx.db, file.code)) ?? refuse('paper-form.unknown', { code: file.code });
}

/** Puts pages away that are no reply, with the reason, or takes them out again. */
export async function setPaperReplyAside(
  ctx: Context,
  id: number,
  input: { aside: boolean; outcome: string },
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'reply.record');
  if (no) return no;
  const outcome = input.outcome.trim().slice(0, 500);
  if (input.aside && outcome === '') return refuse('paper-reply.why', {}, 'outcome');
  return transact(ctx, async (tx) => {
    const row = await tx
      .updateTable('paper_reply')
      .set(
        input.aside
          ? { state: 'aside', outcome, decided_by: ctx.actor.name, decided_at: ctx.now() }
          : { state: 'waiting', outcome: '', decided_by: '', decided_at: null },
      )
      .where('id', '=', id)
      .where('state', '=', input.aside ? 'waiting' : 'aside')
      .returning(['action_id', 'party_id'])
      .executeTakeFirst();
    if (!row) return refuse('paper-reply.not-waiting', { id });
    await recordEvent(tx, ctx, {
      action: input.aside ? 'paper-reply.aside' : 'paper-reply.reopen',
      subject: 'paper-reply',
      subjectId: id,
      actionId: row.action_id,
      partyId: row.party_id,
      reason: outcome || undefined,
    });
    return { id };
  });
}
