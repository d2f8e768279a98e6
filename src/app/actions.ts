import { z } from 'zod';
import { json } from '../db/values.ts';
import { moveAction as decideMove } from '../domain/action.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { loadReleaseFacts } from './action-facts.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { credentialInput, sign, voidSignatures } from './signatures.ts';

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'Write the date as YYYY-MM-DD.');
const country = z.string().regex(/^[A-Z]{2}$/, 'Use the two-letter code of ISO 3166.');

/** A reference as authorities and customers quote it: letters, digits and - . / _ */
const reference = z
  .string()
  .trim()
  .min(3)
  .max(40)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, 'Use letters, digits and - . / _ only.');

export const createActionInput = z.object({
  reference,
  title: z.string().trim().min(3).max(200),
  kind: z.enum(['correction', 'removal', 'security-patch', 'labelling', 'advisory']).default('correction'),
  deviceLaw: z.enum(['IVD', 'MD']).default('IVD'),
});

export const describeActionInput = z.object({
  title: z.string().trim().min(3).max(200).optional(),
  kind: z.enum(['correction', 'removal', 'security-patch', 'labelling', 'advisory']).optional(),
  description: z.string().trim().max(10_000).optional(),
  hazard: z.string().trim().max(10_000).optional(),
  classProposed: z.string().trim().max(20).optional(),
  classGiven: z.string().trim().max(20).optional(),
  deviceLaw: z.enum(['IVD', 'MD']).optional(),
  awareOn: day.nullable().optional(),
  reportabilityAwareOn: day.nullable().optional(),
  embargoUntil: z.coerce.date().nullable().optional(),
  facts: z.record(z.string(), z.unknown()).optional(),
});

export const setRegimesInput = z.object({
  regimes: z
    .array(
      z.object({
        country,
        regime: z.enum(['IVDR', 'MDR', 'IVDD', 'MDD', 'FDA', 'UK', 'CH', 'other']),
        authorityReference: z.string().trim().max(60).default(''),
      }),
    )
    .max(300),
});

export const setVulnerabilitiesInput = z.object({
  vulnerabilities: z
    .array(
      z.object({
        cve: z.string().regex(/^CVE-\d{4}-\d{4,19}$/, 'A CVE number looks like CVE-2022-1517.'),
        cwe: z
          .string()
          .regex(/^(CWE-\d{1,6})?$/, 'A CWE number looks like CWE-250.')
          .default(''),
        cvssScore: z.number().min(0).max(10).nullable().default(null),
        cvssVector: z.string().max(200).default(''),
        summary: z.string().max(2_000).default(''),
        affectedVersions: z.string().max(500).default(''),
      }),
    )
    .max(200),
});

export const addRemedyInput = z.object({
  kind: z.enum(['interim-patch', 'permanent-fix', 'return', 'destruction', 'labelling', 'inspection', 'other']),
  name: z.string().trim().min(2).max(200),
  description: z.string().trim().max(5_000).default(''),
  prerequisites: z.array(z.string().trim().min(1).max(500)).max(20).default([]),
  sideEffects: z.array(z.string().trim().min(1).max(500)).max(20).default([]),
  status: z.enum(['announced', 'available', 'withdrawn']).default('announced'),
});
export const changeRemedyInput = addRemedyInput.partial();

export const setEnvironmentsInput = z.object({ environmentIds: z.array(z.number().int().positive()).max(500) });

export const moveActionInput = z.object({
  to: z.enum(['draft', 'in-review', 'approved', 'released', 'monitoring', 'completed', 'closed']),
  reason: z.string().trim().max(2_000).default(''),
  /** Asked for by the moves that sign (release, closure). */
  credential: credentialInput.optional(),
});

/** The action's row under a lock, so that two people's changes to it come one after the other. */
export async function lockAction(tx: Tx, actionId: number) {
  return (
    (await tx.selectFrom('action').selectAll().where('id', '=', actionId).forUpdate().executeTakeFirst()) ??
    refuse('action.unknown', { id: actionId })
  );
}

/** Creates an action in stage draft. Refuses a reference that is taken. */
export async function createAction(
  ctx: Context,
  input: z.infer<typeof createActionInput>,
): Promise<{ id: number; reference: string } | Refusal> {
  const no = forbid(ctx.actor, 'action.create');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const taken = await tx
      .selectFrom('action')
      .select('id')
      .where('reference', '=', input.reference)
      .executeTakeFirst();
    if (taken) return refuse('action.reference-taken', { reference: input.reference }, 'reference');
    const at = ctx.now();
    const row = await tx
      .insertInto('action')
      .values({
        reference: input.reference,
        title: input.title,
        kind: input.kind,
        device_law: input.deviceLaw,
        stage_since: at,
        created_at: at,
        changed_at: at,
        aware_on: null,
        reportability_aware_on: null,
        embargo_until: null,
        predecessor_id: null,
        released_at: null,
      })
      .returning(['id', 'reference'])
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, {
      action: 'action.create',
      subject: 'action',
      subjectId: row.id,
      actionId: row.id,
      after: input,
    });
    return row;
  });
}

/** Changes what is said about an action. After the release only what may still become known (class given, facts). */
export async function describeAction(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof describeActionInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'action.change');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const action = await lockAction(tx, actionId);
    if (isRefusal(action)) return action;
    if (action.stage === 'closed') return refuse('action.closed', { reference: action.reference });
    const columns = {
      title: input.title,
      kind: input.kind,
      description: input.description,
      hazard: input.hazard,
      class_proposed: input.classProposed,
      class_given: input.classGiven,
      device_law: input.deviceLaw,
      aware_on: input.awareOn,
      reportability_aware_on: input.reportabilityAwareOn,
      embargo_until: input.embargoUntil,
      facts: input.facts,
    };
    const before: Record<string, unknown> = {};
    const after: Record<string, unknown> = {};
    for (const [column, value] of Object.entries(columns)) {
      const old = action[column as keyof typeof columns];
      if (value === undefined || json(old) === json(value)) continue;
      before[column] = old;
      after[column] = value;
    }
    if (Object.keys(after).length === 0) return { id: actionId };
    await tx
      .updateTable('action')
      .set({
        ...after,
        ...(after.facts === undefined ? {} : { facts: json(after.facts) }),
        changed_at: ctx.now(),
      })
      .where('id', '=', actionId)
      .execute();
    await recordEvent(tx, ctx, {
      action: 'action.change',
      subject: 'action',
      subjectId: actionId,
      actionId,
      before,
      after,
    });
    // What the notice says is filled in from these facts, so an approval given on the old ones is void.
    await voidNoticeApprovals(tx, ctx, actionId, 'what the notice is filled in from has changed');
    return { id: actionId };
  });
}

/** Takes back the approvals of an action's notices that are not released yet; the notice goes back to review. */
export async function voidNoticeApprovals(tx: Tx, ctx: Context, actionId: number, reason: string): Promise<void> {
  const notices = await tx
    .selectFrom('notice')
    .select(['id', 'state'])
    .where('action_id', '=', actionId)
    .where('state', 'in', ['in-review', 'approved'])
    .execute();
  for (const notice of notices) {
    const voided = await voidSignatures(tx, ctx, { subjectKind: 'notice', subjectId: notice.id, reason });
    if (voided === 0 || notice.state !== 'approved') continue;
    await tx
      .updateTable('notice')
      .set({ state: 'in-review', state_since: ctx.now() })
      .where('id', '=', notice.id)
      .execute();
  }
}

/** Says under which regime the action runs in each country; the whole list is replaced. */
export async function setRegimes(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof setRegimesInput>,
): Promise<{ countries: number } | Refusal> {
  const no = forbid(ctx.actor, 'action.change');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const action = await lockAction(tx, actionId);
    if (isRefusal(action)) return action;
    const seen = new Set<string>();
    for (const [index, { country: code }] of input.regimes.entries()) {
      if (seen.has(code)) return refuse('action.country-twice', { country: code }, `regimes.${index}.country`);
      seen.add(code);
    }
    const before = await tx.selectFrom('action_country').selectAll().where('action_id', '=', actionId).execute();
    await tx.deleteFrom('action_country').where('action_id', '=', actionId).execute();
    if (input.regimes.length > 0) {
      await tx
        .insertInto('action_country')
        .values(
          input.regimes.map((row) => ({
            action_id: actionId,
            country: row.country,
            regime: row.regime,
            authority_reference: row.authorityReference,
            authority_reference_status: row.authorityReference ? ('assigned' as const) : ('pending' as const),
          })),
        )
        .execute();
    }
    await recordEvent(tx, ctx, {
      action: 'action.set-regimes',
      subject: 'action',
      subjectId: actionId,
      actionId,
      before: Object.fromEntries(before.map((row) => [row.country, row.regime])),
      after: Object.fromEntries(input.regimes.map((row) => [row.country, row.regime])),
    });
    return { countries: input.regimes.length };
  });
}

/** Lists the action's vulnerabilities; the whole list is replaced. */
export async function setVulnerabilities(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof setVulnerabilitiesInput>,
): Promise<{ vulnerabilities: number } | Refusal> {
  const no = forbid(ctx.actor, 'action.change');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const action = await lockAction(tx, actionId);
    if (isRefusal(action)) return action;
    const cves = new Set(input.vulnerabilities.map((row) => row.cve));
    if (cves.size < input.vulnerabilities.length) return refuse('action.cve-twice', {}, 'vulnerabilities');
    const before = await tx
      .selectFrom('action_vulnerability')
      .select('cve')
      .where('action_id', '=', actionId)
      .execute();
    await tx.deleteFrom('action_vulnerability').where('action_id', '=', actionId).execute();
    if (input.vulnerabilities.length > 0) {
      await tx
        .insertInto('action_vulnerability')
        .values(
          input.vulnerabilities.map((row) => ({
            action_id: actionId,
            cve: row.cve,
            cwe: row.cwe,
            cvss_score: row.cvssScore,
            cvss_vector: row.cvssVector,
            summary: row.summary,
            affected_versions: row.affectedVersions,
          })),
        )
        .execute();
    }
    await recordEvent(tx, ctx, {
      action: 'action.set-vulnerabilities',
      subject: 'action',
      subjectId: actionId,
      actionId,
      before: before.map((row) => row.cve),
      after: [...cves],
    });
    await voidNoticeApprovals(tx, ctx, actionId, 'the list of vulnerabilities has changed');
    return { vulnerabilities: input.vulnerabilities.length };
  });
}

/** Says which environments (boot modes) the action covers: each is patched by itself. */
export async function setEnvironments(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof setEnvironmentsInput>,
): Promise<{ environments: number } | Refusal> {
  const no = forbid(ctx.actor, 'action.change');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const action = await lockAction(tx, actionId);
    if (isRefusal(action)) return action;
    const ids = [...new Set(input.environmentIds)];
    const known = ids.length
      ? await tx.selectFrom('environment').select(['id', 'code', 'product_id']).where('id', 'in', ids).execute()
      : [];
    if (known.length < ids.length) {
      const missing = ids.filter((id) => !known.some((row) => row.id === id));
      return refuse('action.environment-unknown', { ids: missing.join(', ') }, 'environmentIds');
    }
    await tx.deleteFrom('action_environment').where('action_id', '=', actionId).execute();
    if (ids.length) {
      await tx
        .insertInto('action_environment')
        .values(ids.map((id) => ({ action_id: actionId, environment_id: id })))
        .execute();
    }
    await recordEvent(tx, ctx, {
      action: 'action.set-environments',
      subject: 'action',
      subjectId: actionId,
      actionId,
      after: known.map((row) => ({ id: row.id, code: row.code })),
    });
    return { environments: ids.length };
  });
}

/** Adds a remedy behind the others: remedies have an order, the interim patch before the permanent fix. */
export async function addRemedy(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof addRemedyInput>,
): Promise<{ id: number; position: number } | Refusal> {
  const no = forbid(ctx.actor, 'action.change');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const action = await lockAction(tx, actionId);
    if (isRefusal(action)) return action;
    // What begins after the release begins with two signatures (permanent-remedy.ts).
    if (action.released_at !== null && input.status === 'available') return refuse('remedy.start-signed', {}, 'status');
    const last = await tx
      .selectFrom('remedy')
      .select((eb) => eb.fn.max('position').as('position'))
      .where('action_id', '=', actionId)
      .executeTakeFirst();
    const row = await tx
      .insertInto('remedy')
      .values({
        action_id: actionId,
        position: (last?.position ?? 0) + 1,
        kind: input.kind,
        name: input.name,
        description: input.description,
        prerequisites: input.prerequisites,
        side_effects: input.sideEffects,
        status: input.status,
        created_at: ctx.now(),
      })
      .returning(['id', 'position'])
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, { action: 'remedy.add', subject: 'remedy', subjectId: row.id, actionId, after: input });
    return row;
  });
}

/** Changes a remedy: its words at any time; its status when it becomes available or is withdrawn. */
export async function changeRemedy(
  ctx: Context,
  remedyId: number,
  input: z.infer<typeof changeRemedyInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'action.change');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const row = await tx.selectFrom('remedy').selectAll().where('id', '=', remedyId).forUpdate().executeTakeFirst();
    if (!row) return refuse('remedy.unknown', { id: remedyId });
    const action = await lockAction(tx, row.action_id);
    if (isRefusal(action)) return action;
    if (action.released_at !== null && row.status === 'announced' && input.status === 'available')
      return refuse('remedy.start-signed', {}, 'status');
    await tx
      .updateTable('remedy')
      .set({
        kind: input.kind ?? row.kind,
        name: input.name ?? row.name,
        description: input.description ?? row.description,
        prerequisites: input.prerequisites ?? row.prerequisites,
        side_effects: input.sideEffects ?? row.side_effects,
        status: input.status ?? row.status,
      })
      .where('id', '=', remedyId)
      .execute();
    await recordEvent(tx, ctx, {
      action: 'remedy.change',
      subject: 'remedy',
      subjectId: remedyId,
      actionId: row.action_id,
      before: { name: row.name, status: row.status },
      after: input,
    });
    await voidNoticeApprovals(tx, ctx, row.action_id, `the remedy “${row.name}” has changed`);
    return { id: remedyId };
  });
}

/**
 * Moves an action to another stage by the one table of transitions (domain/action.ts). Moves that sign ask for the
 * signer's credential again (21 CFR 11.200). Release is releaseAction in release.ts, which also plans the deliveries.
 */
export async function moveAction(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof moveActionInput>,
): Promise<{ id: number; stage: string } | Refusal> {
  const no = forbid(ctx.actor, 'action.move');
  if (no) return no;
  return transact(ctx, (tx) => moveActionIn(tx, ctx, actionId, input));
}

/** moveAction inside a transaction that does more. */
export async function moveActionIn(
  tx: Tx,
  ctx: Context,
  actionId: number,
  input: z.infer<typeof moveActionInput>,
): Promise<{ id: number; stage: string } | Refusal> {
  const action = await lockAction(tx, actionId);
  if (isRefusal(action)) return action;
  const facts = await loadReleaseFacts(tx, actionId, input.reason);
  const move = decideMove(action.stage, input.to, ctx.actor, facts);
  if (isRefusal(move)) return move;
  if (move.signs) {
    const signed = await sign(ctx, tx, {
      meaning: move.signs,
      subjectKind: 'action',
      subjectId: actionId,
      contentHash: facts.contentHash,
      credential: input.credential,
    });
    if (isRefusal(signed)) return signed;
  }
  const at = ctx.now();
  await tx
    .updateTable('action')
    .set({ stage: input.to, stage_since: at, changed_at: at, ...(input.to === 'released' ? { released_at: at } : {}) })
    .where('id', '=', actionId)
    .execute();
  if (move.voidsApprovals) await voidNoticeApprovals(tx, ctx, actionId, input.reason || 'sent back to draft');
  await recordEvent(tx, ctx, {
    action: 'action.move',
    subject: 'action',
    subjectId: actionId,
    actionId,
    before: { stage: action.stage },
    after: { stage: input.to },
    reason: input.reason,
  });
  return { id: actionId, stage: input.to };
}
