import { sql } from 'kysely';
import { z } from 'zod';
import type { Door } from '../db/schema.ts';
import { json } from '../db/values.ts';
import { countryZone } from '../domain/country.ts';
import {
  type Answers,
  answersSchema,
  type FormContext,
  type FormDefinition,
  formDefinitionSchema,
} from '../domain/form.ts';
import { pruneAnswers } from '../domain/form-asked.ts';
import { checkAnswers, type FieldError } from '../domain/form-check.ts';
import type { Contradiction } from '../domain/form-contradictions.ts';
import { forbid, forbidContact } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { markLinkOpened } from './links.ts';
import { refreshObligation } from './obligations.ts';
import { loadFormContext } from './queries/portal.ts';
import { answersHash } from './reply-drafts.ts';
import { applyAnswers } from './reply-effects.ts';

/** What the sender saw and signed (21 CFR 11.50): name, title, meaning in their language, time with zone, and of what. */
export interface ReplySignature {
  name: string;
  title: string;
  email: string;
  meaningKey: string;
  meaning: string;
  at: string;
  zone: string;
  answersHash: string;
}

export interface ReplyDone {
  id: number;
  /** False when this very form had been sent before: one press or two, one reply. */
  fresh: boolean;
  contradictions: Contradiction[];
}

/** Names a contradiction in *send anyhow*: what is wrong, and where. */
export function contradictionKey(contradiction: Pick<Contradiction, 'code' | 'field'>): string {
  return `${contradiction.code}@${contradiction.field}`;
}

export interface SendReply {
  answers: Answers;
  language: string;
  /** What the signature means, in the words the sender read. */
  meaning: { key: string; text: string };
  /** {@link contradictionKey} of each contradiction that the sender saw and left. */
  sendAnyhow: readonly string[];
  /** Receipt alone: nothing but what says that the notice came and was understood has to be answered. */
  receiptOnly?: boolean;
  /** {@link answersHash} of the answers the sender read back: what is signed is what was read. */
  seen?: string;
  /** The same for two presses of one button, another for the next form. */
  onceKey: string;
}

/**
 * Takes the form from the holder of a link: the reply as it was signed, what it means for each correction, unit and
 * task, and what is owed from then on – all in one transaction, or nothing. Errors in answers come back as
 * `reply.incomplete`, contradictions the sender has not yet seen as `reply.contradictions`.
 */
export async function sendReply(ctx: Context, input: SendReply): Promise<ReplyDone | Refusal> {
  const no = forbid(ctx.actor, 'reply.record');
  if (no) return no;
  const actor = ctx.actor;
  if (actor.kind !== 'contact')
    return refuse('forbidden', { permission: 'reply.record', who: actor.kind, roles: 'contact' });
  return transact(ctx, async (tx) => {
    const link = await tx
      .selectFrom('link')
      .select(['action_id', 'party_id', 'contact_id'])
      .where('id', '=', actor.linkId)
      .forUpdate()
      .executeTakeFirst();
    if (!link) return refuse('link.unknown');
    const done = await takeReply(tx, ctx, {
      actionId: link.action_id,
      partyId: link.party_id,
      contactId: link.contact_id,
      linkId: actor.linkId,
      door: 'web',
      language: input.language,
      answers: input.answers,
      meaning: input.meaning,
      sendAnyhow: input.sendAnyhow,
      strict: input.receiptOnly !== true,
      seen: input.seen ?? null,
      onceKey: `web:${actor.linkId}:${input.onceKey}`,
      sourceFileId: null,
      receivedAt: ctx.now(),
    });
    if (isRefusal(done) || !done.fresh) return done;
    await markLinkOpened(tx, ctx, actor.linkId);
    await tx.deleteFrom('reply_draft').where('link_id', '=', actor.linkId).execute();
    return done;
  });
}

export const recordReplyInput = z.object({
  actionId: z.number().int().positive(),
  partyId: z.number().int().positive(),
  contactId: z.number().int().positive().nullable().default(null),
  door: z.enum(['pdf', 'email', 'scan', 'spreadsheet', 'telephone', 'post', 'api', 'instrument']),
  language: z.string().max(35).default('en'),
  answers: answersSchema,
  sourceFileId: z.number().int().positive().nullable().default(null),
  /** When it reached us, if that was before now: the postmark of a letter, the hour of a call. */
  receivedAt: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .optional(),
  /** Makes one reply of a call that is repeated, e.g. the Idempotency-Key. */
  onceKey: z.string().min(1).max(200).optional(),
});

/**
 * Records what a party told us by another door: a telephone call, a letter, a file, a program. What was not said stays
 * unsaid; contradictions become tasks, because the sender is not there to be asked.
 */
export async function recordReply(ctx: Context, input: z.infer<typeof recordReplyInput>): Promise<ReplyDone | Refusal> {
  const no = forbidContact(ctx.actor, 'reply.record');
  if (no) return no;
  const receivedAt = input.receivedAt ?? ctx.now();
  if (receivedAt > ctx.now()) return refuse('reply.in-future', {}, 'receivedAt');
  return transact(ctx, (tx) =>
    takeReply(tx, ctx, {
      ...input,
      linkId: null,
      meaning: null,
      sendAnyhow: null,
      strict: false,
      seen: null,
      onceKey: input.onceKey ? `${input.door}:${input.onceKey}` : null,
      receivedAt,
    }),
  );
}

/** A reply as some door hands it over. */
export interface IncomingReply {
  actionId: number;
  partyId: number;
  contactId: number | null;
  linkId: number | null;
  door: Door;
  language: string;
  answers: Answers;
  meaning: { key: string; text: string } | null;
  /** Null: nobody can be asked, so every contradiction is taken. */
  sendAnyhow: readonly string[] | null;
  /** Every question that is asked must be answered. */
  strict: boolean;
  /** What the sender read back, by its hash; null where nothing was. */
  seen: string | null;
  onceKey: string | null;
  sourceFileId: number | null;
  receivedAt: Date;
}

/** Takes a reply inside the transaction of the door that got it: see {@link sendReply} and {@link recordReply}. */
export async function takeReply(tx: Tx, ctx: Context, incoming: IncomingReply): Promise<ReplyDone | Refusal> {
  const { actionId, partyId } = incoming;
  // One reply of a party at a time: the second of two presses waits here and then finds the first.
  const obligation = await tx
    .selectFrom('obligation')
    .innerJoin('party', 'party.id', 'obligation.party_id')
    .select(['obligation.id', 'party.country'])
    .where('obligation.action_id', '=', actionId)
    .where('obligation.party_id', '=', partyId)
    .forUpdate('obligation')
    .executeTakeFirst();
  if (!obligation) return refuse('reply.party-not-told', { partyId });
  const twin = await findTwin(tx, incoming.onceKey);
  if (twin) return twin;
  const form = await loadForm(tx, actionId);
  const context = await loadFormContext(tx, actionId, partyId, Object.keys(incoming.answers.corrections));
  if (!form || !context) return refuse('reply.no-form', { actionId });
  const stray = strayCorrections(context, incoming.answers);
  if (stray > 0) return refuse('reply.correction-not-yours', { count: stray });
  const answers = pruneAnswers(form.definition, context, incoming.answers);
  if (incoming.seen !== null && incoming.seen !== answersHash(answers)) return refuse('reply.changed-meanwhile');
  const zone = countryZone(obligation.country);
  const today = dayOf(incoming.receivedAt, zone);
  const check = checkAnswers(form.definition, context, answers, { today });
  const errors = incoming.strict ? check.errors : check.errors.filter((error) => !isOnlyMissing(error));
  const [first] = errors;
  if (first)
    return refuse(
      'reply.incomplete',
      { count: errors.length, field: first.field, step: first.step, code: first.code },
      first.field,
    );
  const unseen = check.contradictions.filter(
    (one) => incoming.sendAnyhow && !incoming.sendAnyhow.includes(contradictionKey(one)),
  );
  if (unseen.length > 0) return refuse('reply.contradictions', { count: unseen.length }, unseen[0]?.field);
  const before = await loadLastAnswers(tx, actionId, partyId);
  const signature = signatureOf(incoming, answers, ctx.now(), zone);
  const reply = await tx
    .insertInto('reply')
    .values({
      action_id: actionId,
      party_id: partyId,
      contact_id: incoming.contactId,
      link_id: incoming.linkId,
      form_id: form.id,
      door: incoming.door,
      source_file_id: incoming.sourceFileId,
      received_at: incoming.receivedAt,
      language: incoming.language,
      answers: json(answers),
      signature: signature ? json(signature) : null,
      contradictions: json(check.contradictions),
      recorded_by: ctx.actor.name,
      once_key: incoming.onceKey,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await recordEvent(tx, ctx, {
    action: 'reply.send',
    subject: 'reply',
    subjectId: reply.id,
    actionId,
    partyId,
    after: {
      door: incoming.door,
      formVersion: form.definition.version,
      answersHash: answersHash(answers),
      contradictions: check.contradictions.length,
    },
  });
  const done = await applyAnswers(tx, ctx, {
    replyId: reply.id,
    actionId,
    partyId,
    contactId: incoming.contactId,
    door: incoming.door,
    definition: form.definition,
    context,
    answers,
    before,
    contradictions: check.contradictions,
  });
  if (isRefusal(done)) return done;
  await refreshObligation(tx, ctx, actionId, partyId, {
    repliedAt: incoming.receivedAt,
    ...(isReceipt(answers) ? { receivedAt: incoming.receivedAt } : {}),
    ...(context.role === 'distributor' && incoming.strict ? { cascadeOwed: check.missing.length > 0 } : {}),
  });
  return { id: reply.id, fresh: true, contradictions: check.contradictions };
}

async function findTwin(tx: Tx, onceKey: string | null): Promise<ReplyDone | undefined> {
  if (onceKey === null) return undefined;
  const row = await tx
    .selectFrom('reply')
    .select(['id', 'contradictions'])
    .where('once_key', '=', onceKey)
    .executeTakeFirst();
  // Only takeReply writes contradictions.
  return row && { id: row.id, fresh: false, contradictions: row.contradictions as Contradiction[] };
}

async function loadForm(tx: Tx, actionId: number): Promise<{ id: number; definition: FormDefinition } | undefined> {
  const row = await tx
    .selectFrom('form')
    .select(['id', 'definition'])
    .where('action_id', '=', actionId)
    .orderBy('version', 'desc')
    .executeTakeFirst();
  return row && { id: row.id, definition: formDefinitionSchema.parse(row.definition) };
}

/** The party's last answers, to tell a request that is new from one that was said before. */
async function loadLastAnswers(tx: Tx, actionId: number, partyId: number): Promise<Answers | undefined> {
  const row = await tx
    .selectFrom('reply')
    .select('answers')
    .where('action_id', '=', actionId)
    .where('party_id', '=', partyId)
    .orderBy('received_at', 'desc')
    .orderBy('id', 'desc')
    .executeTakeFirst();
  return row && answersSchema.parse(row.answers);
}

/** Corrections and units in the answers that are not this party's: a mistake of a program, or a try. */
function strayCorrections(context: FormContext, answers: Answers): number {
  const corrections = new Set(context.units.flatMap((unit) => unit.corrections.map((one) => String(one.id))));
  const units = new Set(context.units.map((unit) => String(unit.id)));
  return (
    Object.keys(answers.corrections).filter((id) => !corrections.has(id)).length +
    Object.keys(answers.units).filter((id) => !units.has(id)).length
  );
}

/** A question left out, as against an answer that cannot be read. */
function isOnlyMissing(error: FieldError): boolean {
  return error.code === 'required' || error.code === 'must-be';
}

/** Receipt and understanding, both said. A notice that was not understood was not received in the sense of the law. */
export function isReceipt(answers: Answers): boolean {
  return answers.party.received === 'yes' && answers.party.understood !== 'no';
}

function signatureOf(incoming: IncomingReply, answers: Answers, at: Date, zone: string): ReplySignature | undefined {
  if (!incoming.meaning) return undefined;
  const said = (question: string): string => String(answers.party[question] ?? '');
  return {
    name: said('signer-name'),
    title: said('signer-title'),
    email: said('signer-email'),
    meaningKey: incoming.meaning.key,
    meaning: incoming.meaning.text,
    at: at.toISOString(),
    zone,
    answersHash: answersHash(answers),
  };
}

/** The calendar day of a moment where the party is. */
export function dayOf(at: Date, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone).toPlainDate().toString();
}

/** Replies of a party or an action, newest first, for the desk and the API. */
export async function listReplies(
  ctx: Context,
  which: { actionId?: number | undefined; partyId?: number | undefined; before?: number | undefined; limit: number },
) {
  const no = forbid(ctx.actor, 'reply.read');
  if (no) return no;
  return ctx.db
    .selectFrom('reply')
    .select([
      'id',
      'action_id',
      'party_id',
      'contact_id',
      'door',
      'received_at',
      'language',
      'answers',
      'signature',
      'contradictions',
      'recorded_by',
    ])
    .$if(which.actionId !== undefined, (query) => query.where('action_id', '=', which.actionId ?? 0))
    .$if(which.partyId !== undefined, (query) => query.where('party_id', '=', which.partyId ?? 0))
    .$if(which.before !== undefined, (query) => query.where('id', '<', which.before ?? 0))
    .orderBy(sql`id desc`)
    .limit(which.limit)
    .execute();
}
