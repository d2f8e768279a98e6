import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { Schema } from '../db/schema.ts';
import { json } from '../db/values.ts';
import type { ReleasedFinding } from '../domain/checks/check.ts';
import { noticeDocumentSchema } from '../domain/notice.ts';
import { plainUpdate } from '../domain/notice-update.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { lockAction, moveActionIn } from './actions.ts';
import { type Context, type Tx, transact } from './context.ts';
import { planDeliveries } from './deliveries.ts';
import { recordEvent } from './event.ts';
import { requestCarriedKits } from './interim-kits.ts';
import { checkNotice, type Finding } from './notice-checks.ts';
import { loadNoticeFacts } from './notice-facts.ts';
import { keepPrints, printNotice, sealOf } from './notice-seal.ts';
import { askReceiptAnew } from './receipt-requests.ts';
import { credentialInput, sign } from './signatures.ts';

type NoticeRow = Selectable<Schema['notice']>;

export const releaseActionInput = z.object({
  /** Asked for when a check found something that may be answered by a reason instead of a mend: for all of them … */
  reason: z.string().trim().max(2_000).default(''),
  /** … or rule by rule: the name of the rule → the reason. */
  reasons: z.record(z.string(), z.string().trim().max(2_000)).default({}),
  credential: credentialInput.optional(),
});

/** What the release of an update means; the first release is signed with the action (domain/action.ts). */
export const releaseMeaning = 'I release this update of the notice: it goes to those it names.';

/**
 * Releases an action: its approved notice becomes the released version, sealed with the facts its placeholders were
 * filled with, and each contact gets one delivery. Released again with an update, only those the update names get it, and
 * they are asked for their receipt anew where it says so. Everything or nothing; the letters leave by the job that is
 * queued here.
 */
export async function releaseAction(
  ctx: Context,
  actionId: number,
  input: z.input<typeof releaseActionInput>,
): Promise<{ id: number; deliveries: number; tasks: number } | Refusal> {
  const no = forbid(ctx.actor, 'delivery.release');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const action = await lockAction(tx, actionId);
    if (isRefusal(action)) return action;
    const notice = await tx
      .selectFrom('notice')
      .selectAll()
      .where('action_id', '=', actionId)
      .where('state', '=', 'approved')
      .orderBy('version', 'desc')
      .forUpdate()
      .executeTakeFirst();
    if (!notice) return refuse('action.no-approved-notice', { reference: action.reference });
    const form = await tx.selectFrom('form').select('id').where('action_id', '=', actionId).limit(1).executeTakeFirst();
    if (!form) return refuse('release.form-missing', { reference: action.reference });
    const findings = answerFindings(
      ctx,
      await checkNotice(tx, notice.id, ctx.settings.publicUrl, ctx.typesetter),
      input,
    );
    if (isRefusal(findings)) return findings;
    const again = action.stage === 'released' || action.stage === 'monitoring';
    const moved = again
      ? await sign(ctx, tx, {
          meaning: releaseMeaning,
          role: 'release',
          subjectKind: 'notice',
          subjectId: notice.id,
          contentHash: notice.content_hash,
          actionId,
          credential: input.credential,
        })
      : await moveActionIn(tx, ctx, actionId, {
          to: 'released',
          reason: input.reason ?? '',
          credential: input.credential,
        });
    if (isRefusal(moved)) return moved;
    await sealNotice(tx, ctx, notice, findings);
    await tx.updateTable('action').set({ delivery_state: 'running' }).where('id', '=', actionId).execute();
    const document = noticeDocumentSchema.parse(notice.document);
    const update = notice.kind === 'update' ? (document.update ?? plainUpdate) : undefined;
    await recordEvent(tx, ctx, {
      action: 'notice.release',
      subject: 'notice',
      subjectId: notice.id,
      actionId,
      after: {
        version: notice.version,
        number: notice.number,
        contentHash: notice.content_hash,
        ...(update ? { update } : {}),
      },
      reason: input.reason ?? '',
    });
    const planned = await planDeliveries(tx, ctx, actionId, notice.id, update ? { reach: update.reach } : {});
    if (!again) await requestCarriedKits(tx, ctx, actionId);
    if (update?.asksReceipt) await askReceiptAnew(tx, ctx, { id: notice.id, actionId });
    await ctx.queue.enqueue(tx, 'send-deliveries', { actionId });
    return { id: actionId, ...planned };
  });
}

/** What was found, each finding with its reason; refused while one blocks or has none. */
function answerFindings(
  ctx: Context,
  findings: readonly Finding[],
  input: z.input<typeof releaseActionInput>,
): ReleasedFinding[] | Refusal {
  const blocking = findings.filter((finding) => finding.severity === 'blocking');
  if (blocking.length > 0) {
    return refuse('release.blocked', { count: blocking.length, rules: blocking.map((f) => f.rule).join(', ') });
  }
  const reasonOf = (finding: Finding): string => input.reasons?.[finding.rule]?.trim() || input.reason?.trim() || '';
  const open = findings.filter((finding) => reasonOf(finding) === '');
  if (open.length > 0) {
    const rule = open[0]?.rule ?? '';
    return refuse(
      'release.reason-missing',
      { count: open.length },
      Object.keys(input.reasons ?? {}).length === 0 ? 'reason' : `reason.${rule}`,
    );
  }
  const at = ctx.now().toISOString();
  return findings.map((finding) => ({ ...finding, reason: reasonOf(finding), by: ctx.actor.name, at }));
}

/** The version becomes the released one and is fixed for good; the one before is superseded. */
async function sealNotice(tx: Tx, ctx: Context, notice: NoticeRow, findings: ReleasedFinding[]): Promise<void> {
  const at = ctx.now();
  await tx
    .updateTable('notice')
    .set({ state: 'superseded', state_since: at })
    .where('action_id', '=', notice.action_id)
    .where('state', '=', 'released')
    .execute();
  const document = noticeDocumentSchema.parse(notice.document);
  const facts = await loadNoticeFacts(tx, notice.action_id, notice.id);
  const prints = printNotice(document, facts);
  await keepPrints(tx, notice.id, prints);
  const { number, version, kind } = notice;
  const seal = sealOf({
    number,
    version,
    kind,
    previousId: notice.previous_id,
    document,
    facts,
    releasedAt: at,
    findings,
    prints,
  });
  await tx
    .updateTable('notice')
    .set({
      state: 'released',
      state_since: at,
      released_at: at,
      released_facts: json(facts),
      findings: json(findings),
      seal,
    })
    .where('id', '=', notice.id)
    .execute();
}
