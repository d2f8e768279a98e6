/** The permanent fix and the interim patch before it: how a unit stands between the two, and who must sign the start. */
import { createHash } from 'node:crypto';
import { type CorrectionState, type EvidenceKind, evidenceTable } from './correction.ts';

/** `neither` and `interim` still owe the permanent fix; `direct` took it without the patch; `ended` needs none. */
export const fixPaths = ['neither', 'interim', 'direct', 'both', 'ended'] as const;
export type FixPath = (typeof fixPaths)[number];

/** Each path in words for the desk. */
export const fixPathWords: Readonly<Record<FixPath, string>> = {
  neither: 'neither yet',
  interim: 'still on the interim patch',
  direct: 'took the permanent fix directly',
  both: 'interim patch, then the permanent fix',
  ended: 'needs none',
};

const FIXED: ReadonlySet<string> = new Set<CorrectionState>(['stated', 'confirmed', 'verified']);

/** Whether a fix counts as made, by whatever evidence. */
export function isFixed(state: CorrectionState): boolean {
  return FIXED.has(state);
}

/**
 * Where a unit stands.
 * @param interim state of the superseded correction by its own evidence, without what the permanent fix carried to it;
 *   null where the unit never had one
 */
export function fixPath(interim: CorrectionState | null, permanent: CorrectionState): FixPath {
  if (permanent === 'gone' || permanent === 'not-affected') return 'ended';
  const patched = interim !== null && isFixed(interim);
  if (isFixed(permanent)) return patched ? 'both' : 'direct';
  return patched ? 'interim' : 'neither';
}

/** States of the superseded correction that a new one starts from; from any other it starts *open*. */
export const carriedStates = ['gone', 'not-affected', 'isolated'] as const satisfies readonly CorrectionState[];

const height = (state: CorrectionState): number => ['stated', 'confirmed', 'verified'].indexOf(state);

/**
 * What a permanent fix in this state says about the superseded correction that is not said there yet; undefined: nothing.
 * A fix closes what is still owed and lifts what rests on weaker evidence. A unit that is gone or not affected is so for
 * both, because nobody asks about the patch any more. What has ended stays; and nothing about the patch goes the other way.
 */
export function carriedClaim(
  interim: CorrectionState,
  permanent: CorrectionState,
): 'done' | 'gone' | 'not-affected' | undefined {
  if (interim === 'gone' || interim === 'not-affected') return undefined;
  if (isFixed(permanent)) return !isFixed(interim) || height(interim) < height(permanent) ? 'done' : undefined;
  return (permanent === 'gone' || permanent === 'not-affected') && !isFixed(interim) ? permanent : undefined;
}

/** Whether a permanent fix in this state leaves nothing to carry: what was carried before is taken back. */
export function takesBack(permanent: CorrectionState): boolean {
  return permanent === 'open' || permanent === 'blocked';
}

/** Whether this kind of evidence can take back what was carried. */
export function mayTakeBack(kind: EvidenceKind): boolean {
  return evidenceTable[kind]['not-yet'] !== undefined;
}

/** The reason beside evidence that was carried from the permanent fix, and beside its withdrawal. */
export const CARRIED_REASON = 'superseded by the permanent fix';
export const TAKEN_BACK_REASON = 'the permanent fix was not made after all';

/** As what the start of a second remedy is signed, and what each signature means. */
export const startRoles = {
  quality: 'I approve this remedy and that corrections of it are opened for the units of the one it supersedes.',
  regulatory: 'I approve that this remedy replaces the one before it, and that those affected are asked for it.',
} as const;
export type StartRole = keyof typeof startRoles;

/** What the two approvals of a start cover. */
export interface StartContent {
  remedyId: number;
  supersedesId: number;
  kind: string;
  name: string;
  description: string;
  prerequisites: readonly string[];
  sideEffects: readonly string[];
}

/** SHA-256 over {@link StartContent}, in hexadecimal: changed words need new signatures. */
export function startHash(content: StartContent): string {
  const { remedyId, supersedesId, kind, name, description, prerequisites, sideEffects } = content;
  const canonical = JSON.stringify([remedyId, supersedesId, kind, name, description, prerequisites, sideEffects]);
  return createHash('sha256').update(canonical).digest('hex');
}
