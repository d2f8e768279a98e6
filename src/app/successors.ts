import { sql } from 'kysely';
import { z } from 'zod';
import { json } from '../db/values.ts';
import { formDefinitionSchema } from '../domain/form.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { createActionInput, lockAction } from './actions.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';

export const startSuccessorInput = z.object({
  reference: createActionInput.shape.reference,
  title: createActionInput.shape.title,
  /** What the permanent fix is called. */
  remedyName: z.string().trim().min(2, 'Write what the permanent fix is called.').max(200),
  remedyDescription: z.string().trim().max(5_000).default(''),
  /** The remedy of the old action that it replaces; left out, the last one that is available. */
  supersedesId: z.int().positive().optional(),
});

/** Facts that belong to the old notice, not to the contacts and people that stay. */
const OLD_FACTS: ReadonlySet<string> = new Set(['action.date', 'action.fsca', 'deadline.follow-up']);

/**
 * Starts an action that brings the permanent fix to the units of this one: a draft with its countries, products,
 * vulnerabilities, scope rules, contact details, signers and form. Owners, contacts, their channels and languages are
 * those of the parties and stay the same rows. Units and what became of the interim patch on each are carried over when
 * the scope is found and applied, so that the list is the one of that day: what was scrapped or returned is left out.
 * @returns the new action and its remedy
 */
export async function startSuccessor(
  ctx: Context,
  predecessorId: number,
  input: z.infer<typeof startSuccessorInput>,
): Promise<{ id: number; reference: string; remedyId: number } | Refusal> {
  const no = forbid(ctx.actor, 'action.create');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const old = await lockAction(tx, predecessorId);
    if (isRefusal(old)) return old;
    if (old.released_at === null) return refuse('action.no-successor-yet', { reference: old.reference });
    const twin = await tx
      .selectFrom('action')
      .select('reference')
      .where('predecessor_id', '=', predecessorId)
      .executeTakeFirst();
    if (twin) return refuse('action.successor-there', { reference: twin.reference });
    const taken = await tx
      .selectFrom('action')
      .select('id')
      .where('reference', '=', input.reference)
      .executeTakeFirst();
    if (taken) return refuse('action.reference-taken', { reference: input.reference }, 'reference');
    const superseded = await findSuperseded(tx, predecessorId, input.supersedesId);
    if (isRefusal(superseded)) return superseded;
    const at = ctx.now();
    const { id } = await tx
      .insertInto('action')
      .values({
        reference: input.reference,
        title: input.title,
        kind: old.kind,
        device_law: old.device_law,
        description: old.description,
        hazard: old.hazard,
        class_proposed: old.class_proposed,
        facts: json(Object.fromEntries(Object.entries(old.facts).filter(([name]) => !OLD_FACTS.has(name)))),
        predecessor_id: predecessorId,
        stage_since: at,
        created_at: at,
        changed_at: at,
        aware_on: old.aware_on,
        reportability_aware_on: null,
        embargo_until: null,
        released_at: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await copySetUp(tx, ctx, predecessorId, id);
    await copyForm(tx, ctx, predecessorId, id, input.reference);
    const remedy = await tx
      .insertInto('remedy')
      .values({
        action_id: id,
        position: 1,
        kind: 'permanent-fix',
        name: input.remedyName,
        description: input.remedyDescription,
        status: 'available',
        supersedes_id: superseded.id,
        created_at: at,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, {
      action: 'action.start-successor',
      subject: 'action',
      subjectId: id,
      actionId: id,
      after: { ...input, predecessor: old.reference, supersedes: superseded.name },
    });
    await recordEvent(tx, ctx, {
      action: 'action.succeeded',
      subject: 'action',
      subjectId: predecessorId,
      actionId: predecessorId,
      after: { successor: input.reference },
    });
    return { id, reference: input.reference, remedyId: remedy.id };
  });
}

async function findSuperseded(tx: Tx, actionId: number, remedyId: number | undefined) {
  const remedies = await tx
    .selectFrom('remedy')
    .select(['id', 'name'])
    .where('action_id', '=', actionId)
    .where('status', '=', 'available')
    .orderBy('position', 'desc')
    .execute();
  const found = remedyId === undefined ? remedies[0] : remedies.find((remedy) => remedy.id === remedyId);
  return found ?? refuse('remedy.start-of-what', {}, 'supersedesId');
}

/** Countries, environments, vulnerabilities and scope rules; authorities number the new action anew. */
async function copySetUp(tx: Tx, ctx: Context, from: number, to: number): Promise<void> {
  await sql`insert into action_country (action_id, country, regime)
    select ${to}::bigint, country, regime from action_country where action_id = ${from}`.execute(tx);
  await sql`insert into action_environment (action_id, environment_id)
    select ${to}::bigint, environment_id from action_environment where action_id = ${from}`.execute(tx);
  await sql`insert into action_vulnerability (action_id, cve, cwe, cvss_score, cvss_vector, summary, affected_versions)
    select ${to}::bigint, cve, cwe, cvss_score, cvss_vector, summary, affected_versions
      from action_vulnerability where action_id = ${from} order by id`.execute(tx);
  await sql`insert into scope_rule (action_id, effect, product_id, conditions, reason, created_at)
    select ${to}::bigint, effect, product_id, conditions, reason, ${ctx.now()}::timestamptz
      from scope_rule where action_id = ${from} order by id`.execute(tx);
}

/** The newest form with the new reference: the same questions, so that answers of both can be laid side by side. */
async function copyForm(tx: Tx, ctx: Context, from: number, to: number, reference: string): Promise<void> {
  const form = await tx
    .selectFrom('form')
    .select('definition')
    .where('action_id', '=', from)
    .orderBy('version', 'desc')
    .executeTakeFirst();
  if (!form) return;
  const definition = formDefinitionSchema.parse(form.definition);
  await tx
    .insertInto('form')
    .values({
      action_id: to,
      version: 1,
      definition: json({ ...definition, reference, version: 1 }),
      created_at: ctx.now(),
    })
    .execute();
}
