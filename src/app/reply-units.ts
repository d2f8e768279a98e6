import { sql } from 'kysely';
import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { serialKey } from '../domain/scope.ts';
import { recordConfirmations } from './confirmations.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { carryFromInterim } from './interim-carry.ts';
import { refreshObligation } from './obligations.ts';

export const acceptReportedUnitInput = z.object({
  productId: z.number().int().positive(),
  siteId: z.number().int().positive(),
  kind: z.enum(['serial', 'lot', 'standalone']),
  /** Serial number, lot or name of the instance, as printed. */
  serial: z.string().trim().min(1).max(100),
  quantity: z.number().int().positive().max(1_000_000).default(1),
  connected: z.boolean().nullable().default(null),
  reason: z.string().trim().min(3).max(2_000),
});

/**
 * Takes a unit that a party told us of into the field and into the ledger: the unit, its corrections, and the task that
 * asked for it is done. Staff give the product, the site and the reason, because what a person types is not yet a fact.
 * @param taskId a task of kind `unknown-unit`
 */
export async function acceptReportedUnit(
  ctx: Context,
  taskId: number,
  input: z.infer<typeof acceptReportedUnitInput>,
): Promise<{ unitId: number; corrections: number } | Refusal> {
  const no = forbid(ctx.actor, 'unit.change');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const task = await lockUnitTask(tx, taskId);
    if (isRefusal(task)) return task;
    const site = await tx
      .selectFrom('site')
      .select(['party_id', 'country'])
      .where('id', '=', input.siteId)
      .executeTakeFirst();
    if (site?.party_id !== task.partyId) return refuse('site.unknown', { id: input.siteId }, 'siteId');
    const product = await tx.selectFrom('product').select('id').where('id', '=', input.productId).executeTakeFirst();
    if (!product) return refuse('product.unknown', { id: input.productId }, 'productId');
    const twin = await tx
      .selectFrom('unit')
      .innerJoin('party', 'party.id', 'unit.party_id')
      .select(['unit.id', 'party.name'])
      .where('unit.product_id', '=', input.productId)
      .where('unit.kind', '=', input.kind)
      .where('unit.serial', '=', input.serial)
      .$if(input.kind === 'lot', (query) => query.where('unit.site_id', '=', input.siteId))
      .executeTakeFirst();
    if (twin) return refuse('unit.serial-taken', { serial: input.serial, party: twin.name }, 'serial');
    const at = ctx.now();
    const unit = await tx
      .insertInto('unit')
      .values({
        kind: input.kind,
        product_id: input.productId,
        site_id: input.siteId,
        party_id: task.partyId,
        serial: input.serial,
        serial_key: serialKey(input.serial),
        quantity: input.quantity,
        shipped_on: null,
        connected: input.connected,
        isolated_at: null,
        source: 'reply',
        import_id: null,
        import_row: null,
        created_at: at,
        changed_at: at,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const corrections = await addCorrections(tx, task.actionId, unit.id, site.country, at);
    await carryFromInterim(tx, ctx, task.actionId, unit.id);
    await recordEvent(tx, ctx, {
      action: 'unit.accept',
      subject: 'unit',
      subjectId: unit.id,
      actionId: task.actionId,
      partyId: task.partyId,
      unitId: unit.id,
      after: {
        kind: input.kind,
        serial: input.serial,
        productId: input.productId,
        siteId: input.siteId,
        corrections,
        taskId,
      },
      reason: input.reason,
    });
    const stated = await stateWhatWasSaid(tx, ctx, task, unit.id);
    if (isRefusal(stated)) return stated;
    await endUnitTask(tx, ctx, taskId, `accepted as unit ${unit.id}: ${input.reason}`);
    await refreshObligation(tx, ctx, task.actionId, task.partyId);
    return { unitId: unit.id, corrections };
  });
}

interface UnitTask {
  actionId: number;
  partyId: number;
  replyId: number | null;
  /** What the party said in that row of the form. */
  said: Record<string, unknown>;
}

async function lockUnitTask(tx: Tx, taskId: number): Promise<UnitTask | Refusal> {
  const task = await tx.selectFrom('task').selectAll().where('id', '=', taskId).forUpdate().executeTakeFirst();
  if (!task || task.kind !== 'unknown-unit' || task.action_id === null || task.party_id === null) {
    return refuse('task.unknown', { id: taskId });
  }
  if (task.state !== 'open') return refuse('task.ended', { state: task.state });
  return { actionId: task.action_id, partyId: task.party_id, replyId: task.reply_id, said: task.detail };
}

/** A standalone instance may have been reported with its patch: that statement counts from now on. */
async function stateWhatWasSaid(tx: Tx, ctx: Context, task: UnitTask, unitId: number): Promise<undefined | Refusal> {
  if (task.replyId === null || task.said.patched !== 'yes') return undefined;
  const reply = await tx.selectFrom('reply').select('door').where('id', '=', task.replyId).executeTakeFirstOrThrow();
  const corrections = await tx.selectFrom('correction').select('id').where('unit_id', '=', unitId).execute();
  const day = task.said['patched-on'];
  const changes = await recordConfirmations(
    tx,
    ctx,
    { actionId: task.actionId, partyId: task.partyId, replyId: task.replyId, door: reply.door, kind: 'statement' },
    corrections.map((row) => ({
      correctionId: row.id,
      claim: 'done',
      doneOn: typeof day === 'string' ? day : null,
      backedUp: null,
      reason: '',
      detail: {},
    })),
  );
  return isRefusal(changes) ? changes : undefined;
}

/** One correction per environment and available remedy of the action, as the scope run makes them. */
async function addCorrections(tx: Tx, actionId: number, unitId: number, country: string, at: Date): Promise<number> {
  const { numAffectedRows } = await sql`
    insert into correction
        (action_id, unit_id, environment_id, remedy_id, product_id, party_id, site_id, country, state_since, created_at)
      select ${actionId}::bigint, u.id, e.id, r.id, u.product_id, u.party_id, u.site_id, ${country}::text,
          ${at}::timestamptz, ${at}::timestamptz
        from unit u
        join environment e on e.product_id = u.product_id
        join action_environment ae on ae.environment_id = e.id and ae.action_id = ${actionId}
        join remedy r on r.action_id = ${actionId} and r.status = 'available'
       where u.id = ${unitId}
       order by e.position, r.position
      on conflict (unit_id, environment_id, remedy_id) do nothing`.execute(tx);
  return Number(numAffectedRows ?? 0);
}

async function endUnitTask(tx: Tx, ctx: Context, taskId: number, outcome: string): Promise<void> {
  await tx
    .updateTable('task')
    .set({ state: 'done', outcome, ended_at: ctx.now(), ended_by: ctx.actor.name })
    .where('id', '=', taskId)
    .execute();
  await recordEvent(tx, ctx, { action: 'task.done', subject: 'task', subjectId: taskId, after: { outcome } });
}
