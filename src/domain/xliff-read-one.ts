/** What XLIFF 1.2 says of a target, in the words of 2.1. */
import type { SegmentState, XliffSegment } from './xliff.ts';

/** How far a target is. */
export function stateOfOne(said: string | undefined, approved: boolean): SegmentState {
  if (said === undefined) return approved ? 'final' : 'translated';
  if (said === 'final') return 'final';
  if (said === 'signed-off') return 'reviewed';
  return said === 'translated' || said.startsWith('needs-review') ? 'translated' : 'initial';
}

/** How many parts a target has and should have; undefined where it is in one piece. */
export function partsOf(
  target: ReadonlyMap<string, boolean>,
  source: ReadonlyMap<string, boolean> | undefined,
): XliffSegment['parts'] {
  if (target.size === 0) return undefined;
  const all = [...new Set([...target.keys(), ...(source?.keys() ?? [])])];
  return { all: all.length, open: all.filter((part) => !target.get(part)).length };
}
