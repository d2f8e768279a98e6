import { createHash } from 'node:crypto';
import { json } from '../db/values.ts';
import type { Answers } from '../domain/form.ts';
import { type LabelRound, readRound } from '../domain/label-round.ts';
import { canonicalJson } from '../domain/notice.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, transact } from './context.ts';
import { markLinkOpened } from './links.ts';

/** One page's save: what it shows of the answers, and what it makes of them. */
export interface DraftChange {
  /** Name of the page, kept so that a reader comes back to it. */
  step: string;
  /** {@link answersHash} of what this page had shown when it was opened. */
  seen: string;
  /** The part of the answers this page shows. */
  part: (answers: Answers) => unknown;
  /** Puts this page's answers into all others. */
  merge: (answers: Answers) => Answers;
  /** What the draft starts from when there is none yet. */
  start: Answers;
}

/** Hash of answers, or of a part of them; the order of keys does not matter. */
export function answersHash(answers: unknown): string {
  return createHash('sha256').update(canonicalJson(answers)).digest('hex');
}

/** What is kept while a form is filled in. */
export interface Draft {
  answers: Answers;
  /** Where its reader left off. */
  step: string;
  /** Labels scanned meanwhile. */
  round: LabelRound;
}

/**
 * Changes the draft of the link's holder, one change after the other.
 * @param start what a draft starts from when there is none yet
 * @param change the draft as it is → as it is to be, with whatever else its caller wants to know, or why not
 */
export async function changeDraft<After extends Draft>(
  ctx: Context,
  start: Answers,
  change: (before: Draft & { savedAt: Date }) => After | Refusal,
): Promise<(After & { savedAt: Date }) | Refusal> {
  const actor = ctx.actor;
  if (actor.kind !== 'contact')
    return refuse('forbidden', { permission: 'reply.record', who: actor.kind, roles: 'contact' });
  return transact(ctx, async (tx) => {
    // The link's row is the lock: a draft that does not exist yet cannot be locked.
    await tx.selectFrom('link').select('id').where('id', '=', actor.linkId).forUpdate().executeTakeFirst();
    await markLinkOpened(tx, ctx, actor.linkId);
    const kept = await tx
      .selectFrom('reply_draft')
      .select(['answers', 'step', 'saved_at', 'label_round'])
      .where('link_id', '=', actor.linkId)
      .executeTakeFirst();
    const after = change({
      // Only changeDraft writes drafts, and it writes answers.
      answers: kept ? (kept.answers as Answers) : start,
      step: kept?.step ?? '',
      round: readRound(kept?.label_round),
      savedAt: kept?.saved_at ?? ctx.now(),
    });
    if (isRefusal(after)) return after;
    const savedAt = ctx.now();
    const row = {
      answers: json(after.answers),
      step: after.step,
      saved_at: savedAt,
      label_round: json(after.round),
    };
    await tx
      .insertInto('reply_draft')
      .values({ link_id: actor.linkId, ...row })
      .onConflict((oc) => oc.column('link_id').doUpdateSet(row))
      .execute();
    return { ...after, savedAt };
  });
}

/**
 * Saves one page of the form. Pages touch only their own part of the draft, so two windows on different pages do not
 * disturb each other; on the same page the second save is refused with `reply.draft-changed-meanwhile`, and its page
 * shows both before anything is replaced.
 */
export async function saveDraft(
  ctx: Context,
  change: DraftChange,
): Promise<{ answers: Answers; savedAt: Date } | Refusal> {
  return changeDraft(ctx, change.start, (before) => {
    const answers = change.merge(before.answers);
    const shown = answersHash(change.part(before.answers));
    if (shown !== change.seen && shown !== answersHash(change.part(answers)))
      return refuse('reply.draft-changed-meanwhile', { at: before.savedAt.toISOString() });
    return { ...before, answers, step: change.step };
  });
}

/** A person pressed the button of the link's page. Not a receipt: see sendReply. */
export async function openLink(ctx: Context): Promise<{ linkId: number } | Refusal> {
  const actor = ctx.actor;
  if (actor.kind !== 'contact')
    return refuse('forbidden', { permission: 'notice.read', who: actor.kind, roles: 'contact' });
  return transact(ctx, async (tx) => {
    await markLinkOpened(tx, ctx, actor.linkId);
    return { linkId: actor.linkId };
  });
}
