/** The ledger's own rule: which state a correction is in, derived from all the evidence there is about it. */
import { type Refusal, refuse } from './refusal.ts';

export type CorrectionState =
  | 'open'
  | 'stated'
  | 'confirmed'
  | 'verified'
  | 'blocked'
  | 'isolated'
  | 'not-affected'
  | 'gone';

/** Who or what says it. `statement`: the party, by any door · `code`: computed where the remedy was applied · `staff`: our
 * own people, with a reason · `instrument`: read from the device itself · `import`: a system of record. */
export type EvidenceKind = 'statement' | 'code' | 'staff' | 'instrument' | 'import';

/** What it says. `gone`: scrapped, moved or returned · `isolated`: taken off the network, a break-in is suspected ·
 * `cleared`: that suspicion is settled. */
export type Claim = 'done' | 'not-yet' | 'not-affected' | 'gone' | 'unknown' | 'isolated' | 'cleared';

export interface Evidence {
  readonly id: number;
  readonly kind: EvidenceKind;
  readonly claim: Claim;
  /** A reason of the form (`needs-web-interface`), or words of staff; empty when none was given. */
  readonly reason: string;
  readonly at: Date;
  /** The evidence that this piece sets right (staff). */
  readonly correctsId?: number | null;
  /** The correction of the same unit that it was carried over from (domain/permanent-fix.ts). */
  readonly carriedFrom?: number | undefined;
}

export interface StateRule {
  /** The word beside the colour. */
  readonly word: string;
  readonly tone: 'grey' | 'blue' | 'teal' | 'green' | 'amber' | 'red';
  /** Whether the fix is still owed: such a row keeps an action open. */
  readonly owed: boolean;
}

/** Every state with its word, its colour and whether anything is owed. Overdue shows red beside it, by its deadline. */
export const correctionStates: Readonly<Record<CorrectionState, StateRule>> = {
  open: { word: 'open', tone: 'grey', owed: true },
  stated: { word: 'stated', tone: 'blue', owed: false },
  confirmed: { word: 'confirmed', tone: 'teal', owed: false },
  verified: { word: 'verified', tone: 'green', owed: false },
  blocked: { word: 'blocked', tone: 'amber', owed: true },
  isolated: { word: 'isolated', tone: 'amber', owed: true },
  'not-affected': { word: 'not affected', tone: 'grey', owed: false },
  gone: { word: 'gone', tone: 'grey', owed: false },
};

/** States in which the fix is still owed. */
export const owedStates: readonly CorrectionState[] = (Object.keys(correctionStates) as CorrectionState[]).filter(
  (state) => correctionStates[state].owed,
);

/**
 * Which evidence may claim what, and the state it speaks for. What is not in the table is refused: a customer cannot
 * clear its own suspicion of a break-in, a code can only say that the remedy was applied. `asks` changes no state.
 */
export const evidenceTable: Readonly<Record<EvidenceKind, Partial<Record<Claim, CorrectionState | 'asks'>>>> = {
  statement: {
    done: 'stated',
    'not-yet': 'open',
    'not-affected': 'not-affected',
    gone: 'gone',
    unknown: 'asks',
    isolated: 'isolated',
  },
  import: { done: 'stated', 'not-yet': 'open', 'not-affected': 'not-affected', gone: 'gone', unknown: 'asks' },
  code: { done: 'confirmed' },
  instrument: { done: 'verified', 'not-yet': 'open', 'not-affected': 'not-affected', isolated: 'isolated' },
  staff: {
    done: 'verified',
    'not-yet': 'open',
    'not-affected': 'not-affected',
    gone: 'gone',
    unknown: 'open',
    isolated: 'isolated',
    cleared: 'asks',
  },
};

/** How far a kind of evidence is believed. Between equals, what came first stands and the later one is asked about. */
const strength: Readonly<Record<EvidenceKind, number>> = { import: 1, statement: 1, code: 2, instrument: 3, staff: 4 };

/** Reasons for *not yet* that somebody only has to wait for. Any other reason needs somebody: the row is `blocked`. */
const patientReasons: ReadonlySet<string> = new Set([
  '',
  'planned',
  'scheduled',
  'no-time',
  'in-use',
  'waiting-for-window',
  'waiting-for-it',
]);

/** Says whether a piece of evidence may be taken: its kind may make this claim, and staff give their reason. */
export function checkEvidence(evidence: Pick<Evidence, 'kind' | 'claim' | 'reason'>): Refusal | undefined {
  const claims = evidenceTable[evidence.kind];
  if (claims[evidence.claim] === undefined) {
    return refuse(
      'correction.claim-not-allowed',
      { kind: evidence.kind, claim: evidence.claim, allowed: Object.keys(claims).join(', ') },
      'claim',
    );
  }
  if (evidence.kind === 'staff' && evidence.reason.trim() === '')
    return refuse('correction.reason-missing', {}, 'reason');
  return undefined;
}

/** Two pieces of evidence that cannot both be true: `id` came later than `with`. Somebody asks. */
export interface Contradiction {
  readonly id: number;
  readonly with: number;
}

export interface CurrentState {
  readonly state: CorrectionState;
  /** The evidence this state rests on; null while there is none. */
  readonly becauseId: number | null;
  /** When that evidence came. */
  readonly since: Date | null;
  readonly contradictions: readonly Contradiction[];
  readonly contradicted: boolean;
}

/** The evidence that stands: what it says about the fix. */
interface Standing {
  readonly evidence: Evidence;
  readonly state: CorrectionState;
}

const rank = (state: string): number => ['open', 'stated', 'confirmed', 'verified'].indexOf(state);

/**
 * The state of a correction from all its evidence, in any order. Nothing is erased: each piece is weighed against what
 * stood before it came.
 *
 * - Progress is simply taken: after *open* or *not yet*, whatever is said next.
 * - The same claim by better evidence climbs the ladder: stated → confirmed → verified.
 * - A fix that was made stays made when the unit is scrapped or moved later: *gone* after *done* changes nothing.
 * - What cannot both be true is a contradiction. Better evidence wins, equal or weaker evidence does not; either way it
 *   is marked until staff settle it.
 * - Staff win, and settle the contradictions before them.
 * - A suspected break-in shows above everything else until staff clear it; then what stood below shows again.
 * - What was carried over from the remedy that supersedes this one counts until it is taken back: then as if never said.
 */
export function currentState(all: readonly Evidence[]): CurrentState {
  const inOrder = withoutTakenBack([...all].sort((a, b) => a.at.getTime() - b.at.getTime() || a.id - b.id));
  let standing: Standing | undefined;
  let isolation: Evidence | undefined;
  let contradictions: Contradiction[] = [];
  for (const evidence of inOrder) {
    const target = evidenceTable[evidence.kind][evidence.claim];
    if (target === undefined) continue;
    if (evidence.claim === 'isolated') {
      isolation = evidence;
      continue;
    }
    if (evidence.kind === 'staff') contradictions = [];
    if (evidence.claim === 'cleared') {
      isolation = undefined;
      continue;
    }
    if (target === 'asks') continue;
    const next: Standing = { evidence, state: waits(evidence, target) };
    const verdict = weigh(standing, next);
    if (verdict.contradicts && standing) contradictions.push({ id: evidence.id, with: standing.evidence.id });
    if (verdict.wins) standing = next;
  }
  const because = isolation ?? standing?.evidence;
  return {
    state: isolation ? 'isolated' : (standing?.state ?? 'open'),
    becauseId: because?.id ?? null,
    since: because?.at ?? null,
    contradictions,
    contradicted: contradictions.length > 0,
  };
}

/** Evidence in order without what another correction carried over and took back, which its carried *not yet* says. */
function withoutTakenBack(inOrder: readonly Evidence[]): readonly Evidence[] {
  const takenBack = (from: Evidence, at: number): boolean =>
    from.carriedFrom !== undefined &&
    inOrder.some((one, later) => later >= at && one.claim === 'not-yet' && one.carriedFrom === from.carriedFrom);
  return inOrder.filter((one, at) => one.claim === 'isolated' || !takenBack(one, at));
}

/** *Not yet* for a reason that somebody must help with is `blocked`. Staff's reason says why they set the row right. */
function waits(evidence: Evidence, target: CorrectionState): CorrectionState {
  const needsHelp = evidence.claim === 'not-yet' && evidence.kind !== 'staff' && !patientReasons.has(evidence.reason);
  return needsHelp ? 'blocked' : target;
}

function weigh(standing: Standing | undefined, next: Standing): { wins: boolean; contradicts: boolean } {
  if (!standing || next.evidence.kind === 'staff') return { wins: true, contradicts: false };
  const before = standing.evidence;
  const after = next.evidence;
  const unfixed = before.claim === 'not-yet' || before.claim === 'unknown';
  if (unfixed) return { wins: true, contradicts: false };
  if (before.claim === after.claim) {
    return { wins: after.claim === 'done' && rank(next.state) > rank(standing.state), contradicts: false };
  }
  if (before.claim === 'done' && after.claim === 'gone') return { wins: false, contradicts: false };
  return { wins: strength[after.kind] > strength[before.kind], contradicts: true };
}
