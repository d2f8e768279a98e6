import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { z } from 'zod';
import { json } from '../db/values.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { decideUnit, type ScopeRule, scopeConditionsSchema } from '../domain/scope.ts';
import { lockAction } from './actions.ts';
import { type Context, type Reader, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { carryFromInterim } from './interim-carry.ts';

/** Units read, decided and written at a time: bounds memory whatever the size of the field. */
const BATCH = 5_000;

export const addScopeRuleInput = z.object({
  effect: z.enum(['include', 'exclude']),
  productId: z.number().int().positive().nullable(),
  conditions: scopeConditionsSchema,
  reason: z.string().trim().min(3).max(1_000),
});

/** Adds a rule that says which units are affected (or are not, and why). */
export async function addScopeRule(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof addScopeRuleInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'scope.compute');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const action = await lockAction(tx, actionId);
    if (isRefusal(action)) return action;
    if (action.stage === 'closed') return refuse('action.closed', { reference: action.reference });
    if (input.effect === 'include' && input.productId === null) return refuse('scope.product-missing', {}, 'productId');
    if (input.productId !== null) {
      const product = await tx.selectFrom('product').select('id').where('id', '=', input.productId).executeTakeFirst();
      if (!product) return refuse('product.unknown', { id: input.productId }, 'productId');
    }
    const row = await tx
      .insertInto('scope_rule')
      .values({
        action_id: actionId,
        effect: input.effect,
        product_id: input.productId,
        conditions: json(input.conditions),
        reason: input.reason,
        created_at: ctx.now(),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, {
      action: 'scope.add-rule',
      subject: 'scope_rule',
      subjectId: row.id,
      actionId,
      after: input,
    });
    return row;
  });
}

/** Takes a rule away. Corrections that exist stay: they end by evidence, never by a changed rule. */
export async function removeScopeRule(
  ctx: Context,
  actionId: number,
  ruleId: number,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'scope.compute');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const row = await tx
      .deleteFrom('scope_rule')
      .where('id', '=', ruleId)
      .where('action_id', '=', actionId)
      .returningAll()
      .executeTakeFirst();
    if (!row) return refuse('scope.rule-unknown', { id: ruleId });
    await recordEvent(tx, ctx, {
      action: 'scope.remove-rule',
      subject: 'scope_rule',
      subjectId: ruleId,
      actionId,
      before: { effect: row.effect, productId: row.product_id, conditions: row.conditions, reason: row.reason },
    });
    return { id: ruleId };
  });
}

/** What a run rests on: applying it is refused when any of this has changed since. */
async function loadBasis(reader: Reader, actionId: number) {
  const rules = await reader
    .selectFrom('scope_rule')
    .selectAll()
    .where('action_id', '=', actionId)
    .orderBy('id')
    .execute();
  const environments = await reader
    .selectFrom('action_environment')
    .select('environment_id')
    .where('action_id', '=', actionId)
    .orderBy('environment_id')
    .execute();
  const remedies = await reader
    .selectFrom('remedy')
    .select(['id', 'status'])
    .where('action_id', '=', actionId)
    .orderBy('position')
    .execute();
  const basis = {
    rules: rules.map((rule) => [rule.id, rule.effect, rule.product_id, rule.conditions]),
    environments: environments.map((row) => row.environment_id),
    remedies: remedies.filter((row) => row.status === 'available').map((row) => row.id),
  };
  return { rules, basis, hash: createHash('sha256').update(JSON.stringify(basis)).digest('hex') };
}

/** Starts a run of the action's rules over all units; an unapplied earlier run is discarded. runScope does the work. */
export async function startScopeRun(ctx: Context, actionId: number): Promise<{ runId: number } | Refusal> {
  const no = forbid(ctx.actor, 'scope.compute');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const action = await lockAction(tx, actionId);
    if (isRefusal(action)) return action;
    if (action.stage === 'closed') return refuse('action.closed', { reference: action.reference });
    const { basis, hash } = await loadBasis(tx, actionId);
    if (basis.rules.length === 0) return refuse('scope.no-rules', { reference: action.reference });
    if (basis.environments.length === 0) return refuse('scope.no-environments', { reference: action.reference });
    if (basis.remedies.length === 0) return refuse('scope.no-remedy', { reference: action.reference });
    await tx
      .updateTable('scope_run')
      .set({ state: 'discarded', finished_at: ctx.now() })
      .where('action_id', '=', actionId)
      .where('state', 'in', ['running', 'done'])
      .execute();
    await sql`delete from scope_decision where run_id in (select id from scope_run where action_id = ${actionId} and state in ('discarded', 'applied', 'failed'))`.execute(
      tx,
    );
    const run = await tx
      .insertInto('scope_run')
      .values({
        action_id: actionId,
        basis_hash: hash,
        made_by: 'name' in ctx.actor ? ctx.actor.name : '',
        started_at: ctx.now(),
        finished_at: null,
        applied_at: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return { runId: run.id };
  });
}

/** Up to this many units are decided while the asker waits; a larger field is decided by a job. */
const AT_ONCE = 20_000;

/**
 * Finds the affected units: at once where the field is small, else by a job whose progress the run shows.
 * @returns the run; `finished` says whether its decisions can be read already
 */
export async function findUnits(
  ctx: Context,
  actionId: number,
): Promise<{ runId: number; finished: boolean } | Refusal> {
  const started = await startScopeRun(ctx, actionId);
  if (isRefusal(started)) return started;
  const large = await ctx.db.selectFrom('unit').select('id').offset(AT_ONCE).limit(1).executeTakeFirst();
  if (large) {
    await transact(ctx, (tx) => ctx.queue.enqueue(tx, 'run-scope', { runId: started.runId }));
    return { runId: started.runId, finished: false };
  }
  const done = await runScope(ctx, started.runId);
  return isRefusal(done) ? done : { runId: started.runId, finished: true };
}

/** Goes on with runs that a server left unfinished when it ended. Two at once only take turns. */
export async function resumeScopeRuns(ctx: Context): Promise<void> {
  const runs = await ctx.db.selectFrom('scope_run').select('id').where('state', '=', 'running').execute();
  for (const run of runs) await runScope(ctx, run.id);
}

/**
 * Decides every unit of the products the rules name, batch by batch in short transactions, and keeps each decision with
 * its reason. Safe to run again after a crash: it goes on behind the last decided unit.
 */
export async function runScope(ctx: Context, runId: number): Promise<{ in: number; out: number } | Refusal> {
  const run = await ctx.db.selectFrom('scope_run').selectAll().where('id', '=', runId).executeTakeFirst();
  if (!run) return refuse('scope.run-unknown', { id: runId });
  if (run.state !== 'running') return { in: run.units_in, out: run.units_out };
  const { rules } = await loadBasis(ctx.db, run.action_id);
  const scopeRules: ScopeRule[] = rules.map((rule) => ({
    id: rule.id,
    effect: rule.effect,
    productId: rule.product_id,
    conditions: scopeConditionsSchema.parse(rule.conditions),
    reason: rule.reason,
  }));
  const products = [...new Set(rules.flatMap((rule) => (rule.product_id === null ? [] : [rule.product_id])))];
  for (;;) {
    const finished = await transact(ctx, async (tx) => {
      const current = await tx
        .selectFrom('scope_run')
        .selectAll()
        .where('id', '=', runId)
        .forUpdate()
        .executeTakeFirst();
      if (current?.state !== 'running') return true;
      const last = await tx
        .selectFrom('scope_decision')
        .select((eb) => eb.fn.max('unit_id').as('unit_id'))
        .where('run_id', '=', runId)
        .executeTakeFirst();
      const units = await tx
        .selectFrom('unit as u')
        .innerJoin('site as s', 's.id', 'u.site_id')
        .select([
          'u.id',
          'u.kind',
          'u.product_id',
          'u.party_id',
          'u.serial',
          'u.software',
          'u.shipped_on',
          'u.status',
          's.country',
        ])
        .where('u.product_id', 'in', products)
        .where('u.id', '>', last?.unit_id ?? 0)
        .orderBy('u.id')
        .limit(BATCH)
        .execute();
      const decisions = units.map((unit) => ({
        unit,
        decision: decideUnit(
          {
            id: unit.id,
            kind: unit.kind,
            productId: unit.product_id,
            partyId: unit.party_id,
            serial: unit.serial,
            software: unit.software,
            shippedOn: unit.shipped_on,
            status: unit.status,
            country: unit.country,
          },
          scopeRules,
        ),
      }));
      if (decisions.length > 0) {
        await sql`insert into scope_decision (run_id, unit_id, included, rule_id, why, params, product_id, party_id, country)
          select ${runId}, * from unnest(
            ${decisions.map((d) => d.unit.id)}::bigint[], ${decisions.map((d) => d.decision.included)}::boolean[],
            ${decisions.map((d) => d.decision.ruleId)}::bigint[], ${decisions.map((d) => d.decision.why)}::text[],
            ${decisions.map((d) => JSON.stringify(d.decision.params))}::jsonb[], ${decisions.map((d) => d.unit.product_id)}::bigint[],
            ${decisions.map((d) => d.unit.party_id)}::bigint[], ${decisions.map((d) => d.unit.country)}::text[])`.execute(
          tx,
        );
      }
      const included = decisions.filter((d) => d.decision.included).length;
      const done = units.length < BATCH;
      await tx
        .updateTable('scope_run')
        .set({
          seen: current.seen + units.length,
          units_in: current.units_in + included,
          units_out: current.units_out + units.length - included,
          ...(done ? { state: 'done' as const, finished_at: ctx.now() } : {}),
        })
        .where('id', '=', runId)
        .execute();
      return done;
    });
    if (finished) break;
  }
  const end = await ctx.db.selectFrom('scope_run').selectAll().where('id', '=', runId).executeTakeFirstOrThrow();
  return { in: end.units_in, out: end.units_out };
}

/**
 * Makes what the run found: an obligation for each party, a correction for each unit × environment × remedy. What is
 * there already stays as it is, so that a later run only adds. One transaction, one event.
 */
export async function applyScopeRun(
  ctx: Context,
  runId: number,
): Promise<{ obligations: number; corrections: number } | Refusal> {
  const no = forbid(ctx.actor, 'scope.compute');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const run = await tx.selectFrom('scope_run').selectAll().where('id', '=', runId).forUpdate().executeTakeFirst();
    if (!run) return refuse('scope.run-unknown', { id: runId });
    if (run.state === 'applied') return refuse('scope.run-applied', {});
    if (run.state !== 'done') return refuse('scope.run-unfinished', {});
    const action = await lockAction(tx, run.action_id);
    if (isRefusal(action)) return action;
    const { basis, hash } = await loadBasis(tx, run.action_id);
    if (hash !== run.basis_hash) return refuse('scope.basis-changed', {});
    const obligations = await makeObligations(tx, ctx, run.action_id, runId);
    const { numAffectedRows } = await sql`insert into correction
        (action_id, unit_id, environment_id, remedy_id, product_id, party_id, site_id, country, state_since, because_id, created_at)
      select ${run.action_id}, u.id, e.id, r.id, u.product_id, u.party_id, u.site_id, d.country, ${ctx.now()}, null, ${ctx.now()}
        from scope_decision d
        join unit u on u.id = d.unit_id
        join environment e on e.product_id = u.product_id
        join action_environment ae on ae.environment_id = e.id and ae.action_id = ${run.action_id}
        join remedy r on r.action_id = ${run.action_id} and r.status = 'available'
       where d.run_id = ${runId} and d.included
       order by u.id, e.position, r.position
      on conflict (unit_id, environment_id, remedy_id) do nothing`.execute(tx);
    const corrections = Number(numAffectedRows ?? 0);
    await carryFromInterim(tx, ctx, run.action_id);
    await tx
      .updateTable('scope_run')
      .set({ state: 'applied', applied_at: ctx.now() })
      .where('id', '=', runId)
      .execute();
    await recordEvent(tx, ctx, {
      action: 'scope.apply',
      subject: 'scope_run',
      subjectId: runId,
      actionId: run.action_id,
      after: { unitsIn: run.units_in, unitsOut: run.units_out, obligations, corrections, ...basis },
    });
    return { obligations, corrections };
  });
}

/**
 * Who must be told: every party with an affected unit, and the distributors they are served through. A party whose
 * affected units run for research use only gets the quality notification; every other customer the recall letter.
 */
async function makeObligations(tx: Tx, ctx: Context, actionId: number, runId: number): Promise<number> {
  const { numAffectedRows } = await sql`
    with affected as (
      select d.party_id, bool_or(e.code <> 'RUO') as clinical
        from scope_decision d
        join environment e on e.product_id = d.product_id
        join action_environment ae on ae.environment_id = e.id and ae.action_id = ${actionId}
       where d.run_id = ${runId} and d.included
       group by d.party_id),
    told as (
      select p.id, p.country, case when p.kind in ('distributor', 'importer') then 'distributor'
          when a.clinical then 'dx-recall' else 'ruo-quality' end as audience
        from affected a join party p on p.id = a.party_id
      union
      select distinct dp.id, dp.country, 'distributor'
        from affected a join party p on p.id = a.party_id join party dp on dp.id = p.distributor_id)
    insert into obligation (action_id, party_id, country, audience, created_at)
      select ${actionId}, id, country, min(audience), ${ctx.now()} from told group by id, country order by id
    on conflict (action_id, party_id) do nothing`.execute(tx);
  return Number(numAffectedRows ?? 0);
}
