import { z } from 'zod';
import { json } from '../db/values.ts';
import { contentHash, noticeDocumentSchema } from '../domain/notice.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { lockAction } from './actions.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { voidLanguageSignoffs } from './language-signoffs.ts';
import { credentialInput, sign, voidSignatures } from './signatures.ts';

export const createNoticeInput = z.object({
  number: z.string().trim().min(1).max(60),
  kind: z.enum(['new', 'update']).default('new'),
  /** Which released version an update refers to; left out, the newest. */
  previousId: z.number().int().positive().optional(),
  document: noticeDocumentSchema,
});

export const editNoticeInput = z.object({
  number: z.string().trim().min(1).max(60).optional(),
  document: noticeDocumentSchema,
  /** The hash of the text the editor started from: a change made meanwhile by somebody else is not overwritten. */
  basedOn: z.string().length(64),
});

/** Two approvals by different people: who signs as what, and what the signature means (21 CFR 11.50(a)(3)). */
export const approvalRoles = {
  quality: 'I approve this notice for Quality: it is correct, complete and understandable.',
  regulatory: 'I approve this notice for Regulatory Affairs: it meets the rules of the countries it goes to.',
} as const;
export type ApprovalRole = keyof typeof approvalRoles;

export const approveNoticeInput = z.object({
  as: z.enum(['quality', 'regulatory']),
  /** The hash of the text that was read: approving something that has changed meanwhile is refused. */
  contentHash: z.string().length(64),
  credential: credentialInput,
});

async function lockNotice(tx: Tx, noticeId: number) {
  return (
    (await tx.selectFrom('notice').selectAll().where('id', '=', noticeId).forUpdate().executeTakeFirst()) ??
    refuse('notice.unknown', { id: noticeId })
  );
}

/** Creates the next version of an action's notice, in draft. An update names the released notice it follows. */
export async function createNotice(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof createNoticeInput>,
): Promise<{ id: number; version: number } | Refusal> {
  const no = forbid(ctx.actor, 'notice.edit');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const action = await lockAction(tx, actionId);
    if (isRefusal(action)) return action;
    if (action.stage === 'closed') return refuse('action.closed', { reference: action.reference });
    const others = await tx
      .selectFrom('notice')
      .select(['id', 'version', 'state'])
      .where('action_id', '=', actionId)
      .orderBy('version', 'desc')
      .execute();
    const open = others.find((other) => other.state !== 'released' && other.state !== 'superseded');
    if (open) return refuse('notice.open-version', { version: open.version });
    const previous =
      input.previousId === undefined
        ? others.find((other) => other.state === 'released')
        : others.find((other) => other.id === input.previousId);
    if (input.kind === 'update' && !previous) return refuse('notice.nothing-to-update', {}, 'kind');
    const at = ctx.now();
    const row = await tx
      .insertInto('notice')
      .values({
        action_id: actionId,
        number: input.number,
        version: (others[0]?.version ?? 0) + 1,
        kind: input.kind,
        previous_id: input.kind === 'update' ? (previous?.id ?? null) : null,
        state_since: at,
        document: json(input.document),
        content_hash: contentHash(input.document),
        released_at: null,
        created_at: at,
        changed_at: at,
      })
      .returning(['id', 'version'])
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, {
      action: 'notice.create',
      subject: 'notice',
      subjectId: row.id,
      actionId,
      after: { number: input.number, version: row.version, kind: input.kind, contentHash: contentHash(input.document) },
    });
    return row;
  });
}

/** Saves a changed text. Any approval given on the text before is void, and the notice is in review again. */
export async function editNotice(
  ctx: Context,
  noticeId: number,
  input: z.infer<typeof editNoticeInput>,
): Promise<{ id: number; contentHash: string; voided: number } | Refusal> {
  const no = forbid(ctx.actor, 'notice.edit');
  if (no) return no;
  return transact(ctx, (tx) => editNoticeIn(tx, ctx, noticeId, input));
}

/** {@link editNotice} within a transaction of the caller, e.g. with the import the words came from. */
export async function editNoticeIn(
  tx: Tx,
  ctx: Context,
  noticeId: number,
  input: z.infer<typeof editNoticeInput>,
): Promise<{ id: number; contentHash: string; voided: number } | Refusal> {
  const notice = await lockNotice(tx, noticeId);
  if (isRefusal(notice)) return notice;
  if (notice.state === 'released' || notice.state === 'superseded') return refuse('notice.released', {});
  if (notice.content_hash !== input.basedOn) return refuse('notice.changed-meanwhile', {}, 'document');
  const hash = contentHash(input.document);
  if (hash === notice.content_hash && (input.number ?? notice.number) === notice.number) {
    return { id: noticeId, contentHash: hash, voided: 0 };
  }
  const voided = await voidSignatures(tx, ctx, {
    subjectKind: 'notice',
    subjectId: noticeId,
    reason: 'the text was changed after this approval',
  });
  await voidLanguageSignoffs(tx, ctx, notice, input.document);
  await tx
    .updateTable('notice')
    .set({
      document: json(input.document),
      content_hash: hash,
      number: input.number ?? notice.number,
      changed_at: ctx.now(),
      ...(notice.state === 'approved' ? { state: 'in-review' as const, state_since: ctx.now() } : {}),
    })
    .where('id', '=', noticeId)
    .execute();
  await recordEvent(tx, ctx, {
    action: 'notice.edit',
    subject: 'notice',
    subjectId: noticeId,
    actionId: notice.action_id,
    before: { contentHash: notice.content_hash, number: notice.number },
    after: { contentHash: hash, number: input.number ?? notice.number, voidedApprovals: voided },
  });
  return { id: noticeId, contentHash: hash, voided };
}

/** Hands a draft to the reviewers, or takes it back (voiding what was signed). */
export async function moveNotice(
  ctx: Context,
  noticeId: number,
  to: 'draft' | 'in-review',
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'notice.edit');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const notice = await lockNotice(tx, noticeId);
    if (isRefusal(notice)) return notice;
    if (notice.state === 'released' || notice.state === 'superseded') return refuse('notice.released', {});
    if (notice.state === to) return { id: noticeId };
    if (to === 'draft') {
      await voidSignatures(tx, ctx, { subjectKind: 'notice', subjectId: noticeId, reason: 'taken back to draft' });
    }
    await tx.updateTable('notice').set({ state: to, state_since: ctx.now() }).where('id', '=', noticeId).execute();
    await recordEvent(tx, ctx, {
      action: to === 'draft' ? 'notice.withdraw' : 'notice.submit',
      subject: 'notice',
      subjectId: noticeId,
      actionId: notice.action_id,
      before: { state: notice.state },
      after: { state: to },
    });
    return { id: noticeId };
  });
}

/**
 * Signs a notice as quality or as regulatory. The two signatures come from different people; with the second the notice
 * is approved. The signature names the hash of the text it was given on (21 CFR 11.70).
 */
export async function approveNotice(
  ctx: Context,
  noticeId: number,
  input: z.infer<typeof approveNoticeInput>,
): Promise<{ id: number; state: 'in-review' | 'approved' } | Refusal> {
  const no = forbid(ctx.actor, input.as === 'quality' ? 'notice.approve.quality' : 'notice.approve.regulatory');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const notice = await lockNotice(tx, noticeId);
    if (isRefusal(notice)) return notice;
    if (notice.state !== 'in-review') return refuse('notice.not-in-review', { state: notice.state });
    if (notice.content_hash !== input.contentHash) return refuse('notice.changed-meanwhile', {}, 'contentHash');
    const given = await tx
      .selectFrom('signature')
      .select(['staff_id', 'role', 'staff_name'])
      .where('subject_kind', '=', 'notice')
      .where('subject_id', '=', String(noticeId))
      .where('voided_at', 'is', null)
      .execute();
    if (given.some((signature) => signature.role === input.as))
      return refuse('notice.already-approved', { as: input.as });
    if (ctx.actor.kind === 'staff') {
      const self = ctx.actor.id;
      if (given.some((signature) => signature.staff_id === self)) return refuse('notice.same-person', {});
    }
    const signature = await sign(ctx, tx, {
      meaning: approvalRoles[input.as],
      role: input.as,
      subjectKind: 'notice',
      subjectId: noticeId,
      contentHash: notice.content_hash,
      actionId: notice.action_id,
      credential: input.credential,
    });
    if (isRefusal(signature)) return signature;
    const complete = given.length === 1;
    if (complete) {
      await tx
        .updateTable('notice')
        .set({ state: 'approved', state_since: ctx.now() })
        .where('id', '=', noticeId)
        .execute();
    }
    await recordEvent(tx, ctx, {
      action: 'notice.approve',
      subject: 'notice',
      subjectId: noticeId,
      actionId: notice.action_id,
      after: { as: input.as, contentHash: notice.content_hash, approved: complete },
    });
    return { id: noticeId, state: complete ? 'approved' : 'in-review' };
  });
}
