/** Labels scanned while a form is filled in: each is looked up and, if wished, writes an answer into the draft. */
import type { Answers, FormUnit } from '../domain/form.ts';
import { addLabel, type LabelWish, type ScannedLabel, takeLabelBack } from '../domain/label-round.ts';
import { isRefusal, type Refusal } from '../domain/refusal.ts';
import { lookUpBarcode } from './barcodes.ts';
import type { Context } from './context.ts';
import { changeDraft } from './reply-drafts.ts';

/** One scan of the holder of a link. */
export interface LabelScan {
  /** As scanned or typed, not empty. */
  text: string;
  /** What it and the following scans write. */
  wish: LabelWish;
  /** The reader's units on the form. */
  units: readonly FormUnit[];
  /** What a draft starts from when there is none yet. */
  start: Answers;
  /** The step of the form that asks about corrections: where its reader goes on. */
  step: string;
}

/**
 * Looks a label up, notes it in the round and writes the wished answer about its unit into the draft. Nothing is told to
 * anybody before the form is signed; every scan can be taken back.
 * @returns the row of the round; a label nobody can read is a row, too
 */
export async function scanLabel(ctx: Context, scan: LabelScan): Promise<ScannedLabel | Refusal> {
  const text = scan.text.trim().slice(0, 300);
  const found = await lookUpBarcode(ctx, { text });
  if (isRefusal(found) && !found.code.startsWith('udi.')) return found;
  const unit = isRefusal(found) ? undefined : scan.units.find((one) => found.units.some(({ id }) => id === one.id));
  const label = isRefusal(found)
    ? { text, outcome: 'unreadable' as const, name: text }
    : {
        text,
        outcome: found.outcome,
        name:
          unit?.serial ??
          (found.outcome === 'not-affected' ? found.product?.name : undefined) ??
          (found.number || text),
      };
  const saved = await changeDraft(ctx, scan.start, (before) => {
    const after = addLabel(before.answers, { ...before.round, wish: scan.wish }, label, unit);
    return { ...after, step: after.added.before ? scan.step : before.step };
  });
  return isRefusal(saved) ? saved : saved.added;
}

/**
 * Takes a scan back: the form says about its unit what it said before.
 * @returns the row taken out; undefined when it was out already
 */
export async function takeScanBack(
  ctx: Context,
  input: { number: number; start: Answers },
): Promise<ScannedLabel | undefined | Refusal> {
  const saved = await changeDraft(ctx, input.start, (before) => {
    const after = takeLabelBack(before.answers, before.round, input.number);
    return { step: before.step, ...(after ?? { ...before, taken: undefined }) };
  });
  return isRefusal(saved) ? saved : saved.taken;
}
