import { z } from 'zod';
import { json } from '../db/values.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type ConfirmationSource, recordConfirmations } from './confirmations.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { refreshObligation } from './obligations.ts';
import { openTask } from './tasks.ts';

/** The short form of a suspected compromise. Either a unit of the list or words for one that is not on it. */
export const reportCompromiseInput = z
  .object({
    unitIds: z.array(z.number().int().positive()).max(1_000).default([]),
    /** A unit that is not on the list, in the sender's words. */
    otherUnit: z.string().trim().max(200).default(''),
    /** Whether the network cable is out. */
    unplugged: z.enum(['yes', 'no']),
    /** When it was noticed, in the sender's words. */
    noticed: z.string().trim().max(200).default(''),
    summary: z.string().trim().min(1).max(5_000),
    name: z.string().trim().min(1).max(200),
    phone: z.string().trim().min(1).max(60),
  })
  .superRefine((input, issues) => {
    if (input.unitIds.length === 0 && input.otherUnit === '')
      issues.addIssue({ code: 'custom', path: ['units'], message: 'units' });
  });
export type CompromiseReport = z.infer<typeof reportCompromiseInput>;

export interface IncidentAbout {
  actionId: number;
  partyId: number;
  contactId: number | null;
  replyId?: number | null;
}

/**
 * Takes the report of a suspected compromise: one incident per unit, an urgent task to call back, and – when the cable
 * is out – the unit counts as isolated and its corrections say so. A unit that is still connected stays as it was: the
 * ledger never claims a safety that nobody stated.
 * @returns the incidents, in the order of the units
 */
export async function reportCompromise(
  ctx: Context,
  about: IncidentAbout,
  report: CompromiseReport,
): Promise<{ ids: number[] } | Refusal> {
  const no = forbid(ctx.actor, 'incident.work');
  if (no) return no;
  return transact(ctx, (tx) => reportCompromiseIn(tx, ctx, about, report));
}

/** The same as a part of another change, e.g. of a reply. */
export async function reportCompromiseIn(
  tx: Tx,
  ctx: Context,
  about: IncidentAbout,
  report: CompromiseReport,
): Promise<{ ids: number[] } | Refusal> {
  const unitIds = [...new Set(report.unitIds)];
  const units =
    unitIds.length === 0
      ? []
      : await tx
          .selectFrom('unit')
          .select(['id', 'serial', 'isolated_at'])
          .where('id', 'in', unitIds)
          .where('party_id', '=', about.partyId)
          .orderBy('id')
          .forUpdate()
          .execute();
  if (units.length < unitIds.length) return refuse('incident.unit-not-yours', {}, 'units');
  const at = ctx.now();
  const twin = await findTwin(tx, about, report, at);
  if (twin.length > 0) return { ids: twin };
  const isolated = report.unplugged === 'yes';
  const detail = { noticed: report.noticed, unplugged: report.unplugged, name: report.name, phone: report.phone };
  const rows = await tx
    .insertInto('incident')
    .values(
      (units.length > 0 ? units : [undefined]).map((unit) => ({
        action_id: about.actionId,
        party_id: about.partyId,
        unit_id: unit?.id ?? null,
        reply_id: about.replyId ?? null,
        kind: 'suspected-compromise' as const,
        aware_at: at,
        reportability_aware_at: null,
        summary: report.summary,
        detail: json({ ...detail, ...(report.otherUnit === '' ? {} : { otherUnit: report.otherUnit }) }),
        owner_id: null,
        created_at: at,
        changed_at: at,
      })),
    )
    .returning(['id', 'unit_id'])
    .execute();
  const ids = rows.map((row) => row.id);
  for (const row of rows) {
    await recordEvent(tx, ctx, {
      action: 'incident.report',
      subject: 'incident',
      subjectId: row.id,
      actionId: about.actionId,
      partyId: about.partyId,
      unitId: row.unit_id,
      after: { kind: 'suspected-compromise', summary: report.summary, ...detail },
    });
  }
  await openTask(tx, ctx, {
    kind: 'suspected-compromise',
    key: `incident:${ids[0]}`,
    actionId: about.actionId,
    partyId: about.partyId,
    contactId: about.contactId,
    replyId: about.replyId ?? null,
    unitId: units[0]?.id ?? null,
    priority: 1,
    detail: {
      incidentIds: ids,
      serials: units.map((unit) => unit.serial),
      ...detail,
      otherUnit: report.otherUnit,
      summary: report.summary,
    },
  });
  if (isolated && units.length > 0) {
    const done = await isolateUnits(
      tx,
      ctx,
      about,
      units.map((unit) => unit.id),
    );
    if (isRefusal(done)) return done;
  }
  return { ids };
}

/** A report that an impatient hand sent twice: the same words about the same party within ten minutes. */
async function findTwin(tx: Tx, about: IncidentAbout, report: CompromiseReport, at: Date): Promise<number[]> {
  const rows = await tx
    .selectFrom('incident')
    .select('id')
    .where('action_id', '=', about.actionId)
    .where('party_id', '=', about.partyId)
    .where('summary', '=', report.summary)
    .where('created_at', '>', new Date(at.getTime() - 10 * 60_000))
    .orderBy('id')
    .execute();
  return rows.map((row) => row.id);
}

/** Marks units as taken off the network, with the evidence on each of their corrections that is not yet verified. */
async function isolateUnits(
  tx: Tx,
  ctx: Context,
  about: IncidentAbout,
  unitIds: number[],
): Promise<undefined | Refusal> {
  const at = ctx.now();
  await tx
    .updateTable('unit')
    .set({ isolated_at: at, changed_at: at })
    .where('id', 'in', unitIds)
    .where('isolated_at', 'is', null)
    .execute();
  const corrections = await tx
    .selectFrom('correction')
    .select('id')
    .where('action_id', '=', about.actionId)
    .where('unit_id', 'in', unitIds)
    .execute();
  const source: ConfirmationSource = {
    actionId: about.actionId,
    partyId: about.partyId,
    replyId: about.replyId ?? null,
    door: ctx.actor.kind === 'contact' ? 'web' : 'desk',
    kind: ctx.actor.kind === 'contact' ? 'statement' : 'staff',
  };
  const done = await recordConfirmations(
    tx,
    ctx,
    source,
    corrections.map((row) => ({
      correctionId: row.id,
      claim: 'isolated',
      doneOn: null,
      backedUp: null,
      reason: 'suspected-compromise',
      detail: {},
    })),
  );
  if (isRefusal(done)) return done;
  await refreshObligation(tx, ctx, about.actionId, about.partyId);
  return undefined;
}
