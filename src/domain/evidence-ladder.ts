/** The ladder of evidence: from the letter to the verified fix, and how far one correction has come on it. */

/**
 * From nothing to the best evidence there is. `none`: its party was not told yet · `notified`: a letter left for it ·
 * `downloaded`: it has the whole file, by a download or in a kit · `stated`: it says that it is done · `confirmed`: by a
 * code computed where the remedy was applied · `verified`: seen by our own people, or read from the instrument.
 */
export const rungs = ['none', 'notified', 'downloaded', 'stated', 'confirmed', 'verified'] as const;
export type Rung = (typeof rungs)[number];

/** The rungs somebody can stand on, lowest first. */
export const ladder = ['notified', 'downloaded', 'stated', 'confirmed', 'verified'] as const;
export type LadderStep = (typeof ladder)[number];

/** The word beside each figure. */
export const rungWords: Readonly<Record<Rung, string>> = {
  none: 'not notified',
  notified: 'notified',
  downloaded: 'has the file',
  stated: 'stated',
  confirmed: 'confirmed by code',
  verified: 'verified',
};

const height = (rung: string): number => rungs.indexOf(rung as Rung);

/**
 * The rung of a correction: the best evidence there is, whatever came before it. What staff verified without a download is
 * verified all the same. A correction that ended without the fix (not affected, gone), or whose fix was contradicted by
 * better evidence, stands as high as what its party was sent. The database keeps the same in `correction.rung`.
 */
export function rungOf(facts: { state: string; hasFile: boolean; notified: boolean }): Rung {
  if (facts.state === 'stated' || facts.state === 'confirmed' || facts.state === 'verified') return facts.state;
  return facts.hasFile ? 'downloaded' : facts.notified ? 'notified' : 'none';
}

/** How many stand on each rung or higher: what a funnel draws. Each is at most the one before. */
export function countAtLeast(counts: Readonly<Record<Rung, number>>): Record<LadderStep, number> {
  let above = 0;
  const reached: Partial<Record<LadderStep, number>> = {};
  for (const step of ladder.toReversed()) {
    above += counts[step];
    reached[step] = above;
  }
  return reached as Record<LadderStep, number>;
}

/** This rung and all above it. */
export function rungsFrom(step: LadderStep): Rung[] {
  return rungs.slice(height(step));
}

/** One thing a step rests on: who, when, how, and where the original is. */
export interface Proof {
  readonly source: 'delivery' | 'download' | 'kit' | 'confirmation';
  /** Of the row it was read from. */
  readonly id: number;
  readonly at: Date;
  readonly who: string;
  /** In a few words: `letter by e-mail, opened by a person`. */
  readonly how: string;
  /** The reply a statement was read in. */
  readonly replyId?: number | null;
}

/** A piece of evidence about the fix itself. */
export interface ClaimProof extends Proof {
  readonly kind: string;
  readonly claim: string;
}

/** One step of one correction. */
export interface LadderLine {
  readonly step: LadderStep;
  readonly reached: boolean;
  /** The earliest first: what took the step, then what says the same again. */
  readonly proofs: readonly Proof[];
}

/** Which kinds of evidence are a step's own. */
const stepKinds: Readonly<Record<'stated' | 'confirmed' | 'verified', readonly string[]>> = {
  stated: ['statement', 'import'],
  confirmed: ['code'],
  verified: ['staff', 'instrument'],
};

/**
 * The ladder of one correction with what each step rests on. A step is taken by its own kind of evidence only: what staff
 * verified without a code was never *confirmed*. And it counts only as far as the state goes: evidence that was overruled
 * is no step.
 * @param facts.notified whether the party counts as told: letters that left but came back do not make it so
 */
export function climbLadder(facts: {
  state: string;
  notified: boolean;
  letters: readonly Proof[];
  files: readonly Proof[];
  claims: readonly ClaimProof[];
}): { rung: Rung; lines: LadderLine[] } {
  const rung = rungOf({ state: facts.state, notified: facts.notified, hasFile: facts.files.length > 0 });
  const said = (step: keyof typeof stepKinds): Proof[] =>
    height(facts.state) < height(step)
      ? []
      : facts.claims.filter((one) => one.claim === 'done' && stepKinds[step].includes(one.kind));
  const proofsOf = (step: LadderStep): readonly Proof[] => {
    if (step === 'notified') return facts.notified ? facts.letters : [];
    return step === 'downloaded' ? facts.files : said(step);
  };
  const lines = ladder.map((step): LadderLine => {
    const proofs = proofsOf(step).toSorted((a, b) => a.at.getTime() - b.at.getTime() || a.id - b.id);
    return { step, reached: step === 'notified' ? facts.notified : proofs.length > 0, proofs };
  });
  return { rung, lines };
}
