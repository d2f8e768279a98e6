/** What is said, found and sent about an incident: by the customer on the personal page, or by staff on the telephone. */

import { z } from 'zod';
import { staffIdOf } from '../domain/actor.ts';
import { askSteps, type EntryKind, findings, type incidentStates } from '../domain/examination.ts';
import { forbid, forbidContact } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { loadGuide } from './examination-guides.ts';

const MOST_ENTRIES = 2_000;

export interface OpenIncident {
  id: number;
  action_id: number | null;
  party_id: number | null;
  unit_id: number | null;
  state: (typeof incidentStates)[number];
}

/** The incident, locked, unless it is closed; a contact finds only those of its own party. */
export async function lockIncident(tx: Tx, ctx: Context, id: number): Promise<OpenIncident | Refusal> {
  const incident = await tx
    .selectFrom('incident')
    .select(['id', 'action_id', 'party_id', 'unit_id', 'state'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  const foreign = ctx.actor.kind === 'contact' && incident?.party_id !== ctx.actor.partyId;
  if (!incident || foreign) return refuse('incident.unknown');
  if (incident.state === 'closed') return refuse('incident.closed');
  return incident;
}

interface NewEntry {
  kind: EntryKind;
  step?: string;
  asked?: string;
  language?: string;
  finding?: (typeof findings)[number];
  words?: string;
  file?: { name: string; sha256: string; size: number };
  shown: boolean;
}

/** Adds rows to the record of an incident. */
export async function writeEntries(tx: Tx, ctx: Context, incident: OpenIncident, entries: readonly NewEntry[]) {
  const { n } = await tx
    .selectFrom('incident_entry')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('incident_id', '=', incident.id)
    .executeTakeFirstOrThrow();
  if (Number(n) + entries.length > MOST_ENTRIES) return refuse('incident.full');
  const rows = await tx
    .insertInto('incident_entry')
    .values(
      entries.map((entry) => ({
        incident_id: incident.id,
        at: ctx.now(),
        kind: entry.kind,
        by_kind: ctx.actor.kind,
        by_name: ctx.actor.name,
        step: entry.step ?? '',
        asked: entry.asked ?? '',
        language: entry.language ?? '',
        finding: entry.finding ?? null,
        words: entry.words ?? '',
        file_name: entry.file?.name ?? null,
        sha256: entry.file?.sha256 ?? null,
        size: entry.file?.size ?? null,
        shown: entry.shown,
      })),
    )
    .returning('id')
    .execute();
  await tx.updateTable('incident').set({ changed_at: ctx.now() }).where('id', '=', incident.id).execute();
  return rows.map((row) => row.id);
}

/** What an event about an incident names. */
export const aboutIncident = (incident: OpenIncident) => ({
  subject: 'incident',
  subjectId: incident.id,
  actionId: incident.action_id,
  partyId: incident.party_id,
  unitId: incident.unit_id,
});

export const noteIncidentInput = z.object({
  kind: z.enum(['note', 'call']).default('note'),
  words: z.string().trim().min(3, 'Write what happened.').max(5_000),
  /** Whether the customer sees it on the personal page. */
  shown: z.boolean().default(false),
});

/** Writes into an incident's record what staff did, learnt or said. */
export async function noteIncident(
  ctx: Context,
  id: number,
  input: z.infer<typeof noteIncidentInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbidContact(ctx.actor, 'incident.work');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const incident = await lockIncident(tx, ctx, id);
    if (isRefusal(incident)) return incident;
    const written = await writeEntries(tx, ctx, incident, [input]);
    if (isRefusal(written)) return written;
    await recordEvent(tx, ctx, { action: 'incident.note', ...aboutIncident(incident), after: { ...input } });
    return { id };
  });
}

export const ownIncidentInput = z.object({
  /** Whose it becomes; left out: the actor's own. */
  staffId: z.string().max(100).optional(),
});

/** Gives an incident to one of the staff. */
export async function ownIncident(
  ctx: Context,
  id: number,
  input: z.infer<typeof ownIncidentInput>,
): Promise<{ id: number; owner: string } | Refusal> {
  const no = forbidContact(ctx.actor, 'incident.work');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const incident = await lockIncident(tx, ctx, id);
    if (isRefusal(incident)) return incident;
    const staffId = input.staffId ?? staffIdOf(ctx.actor);
    const owner = await tx
      .selectFrom('staff')
      .select(['id', 'name'])
      .where('id', '=', staffId)
      .where('disabled_at', 'is', null)
      .executeTakeFirst();
    if (!owner) return refuse('incident.no-such-owner', {}, 'staffId');
    await tx
      .updateTable('incident')
      .set({ owner_id: owner.id, owner_name: owner.name, changed_at: ctx.now() })
      .where('id', '=', id)
      .execute();
    await recordEvent(tx, ctx, { action: 'incident.own', ...aboutIncident(incident), after: { owner: owner.name } });
    return { id, owner: owner.name };
  });
}

export const examineInput = z.object({
  /** The language the steps were put in. */
  language: z.string().max(35),
  answers: z
    .array(
      z.object({
        step: z.string().max(40),
        finding: z.enum(findings),
        words: z.string().trim().max(5_000).default(''),
      }),
    )
    .max(100),
});

/**
 * Takes what was found at the steps of the examination. Only what is new or changed is written; what was said before
 * stays beside it. The question is kept in the words it was put in.
 */
export async function examineIncident(
  ctx: Context,
  id: number,
  input: z.infer<typeof examineInput>,
): Promise<{ id: number; answers: number } | Refusal> {
  const no = forbid(ctx.actor, 'incident.work');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const incident = await lockIncident(tx, ctx, id);
    if (isRefusal(incident)) return incident;
    const say = ctx.say(input.language);
    const steps = new Map(
      askSteps(await loadGuide(tx, incident.action_id), say.language, say).map((step) => [step.key, step]),
    );
    const unknown = input.answers.find((answer) => !steps.has(answer.step));
    if (unknown) return refuse('examination.unknown-step', { key: unknown.step });
    const before = await tx
      .selectFrom('incident_entry')
      .select(['step', 'finding', 'words'])
      .where('incident_id', '=', id)
      .where('kind', '=', 'answer')
      .orderBy('id')
      .execute();
    const last = new Map(before.map((entry) => [entry.step, entry]));
    const news = input.answers.filter(({ step, finding, words }) => {
      const said = last.get(step);
      return said?.finding !== finding || said.words !== words;
    });
    if (news.length === 0) return { id, answers: 0 };
    const written = await writeEntries(
      tx,
      ctx,
      incident,
      news.map(({ step, finding, words }) => {
        const asked = steps.get(step);
        return {
          kind: 'answer' as const,
          step,
          asked: asked ? [asked.title, asked.text].filter((text) => text !== '').join('\n') : '',
          language: asked?.language ?? '',
          finding,
          words,
          shown: true,
        };
      }),
    );
    if (isRefusal(written)) return written;
    await recordEvent(tx, ctx, { action: 'incident.answer', ...aboutIncident(incident), after: { answers: news } });
    return { id, answers: news.length };
  });
}
