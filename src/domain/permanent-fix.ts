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
 * Whether evidence about the permanent fix says something new about the superseded correction: it is still owed, or rests
 * on weaker evidence. What ended as gone or not affected stays; and nothing about the interim patch ever goes the other
 * way.
 */
export function closesInterim(interim: CorrectionState, permanent: CorrectionState): boolean {
  if (!isFixed(permanent) || interim === 'gone' || interim === 'not-affected') return false;
  return !isFixed(interim) || height(interim) < height(permanent);
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
