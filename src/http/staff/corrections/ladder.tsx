import type { VNode } from 'preact';
import type { CorrectionLadder } from '../../../app/queries/evidence-ladder.ts';
import { type LadderLine, type Proof, rungWords } from '../../../domain/evidence-ladder.ts';
import { Ladder } from '../../ui/state.tsx';
import { Moment } from '../../ui/time.tsx';
import { capital } from '../words.ts';

/** Where the original of a proof is. Evidence that came in no reply stands on the page of its correction. */
export function proofHref(proof: Proof, correctionId: number): string {
  if (proof.source === 'delivery') return `/deliveries/${proof.id}`;
  if (proof.source === 'download') return `/downloads/${proof.id}`;
  if (proof.source === 'kit') return `/kits/${proof.id}`;
  return proof.replyId ? `/replies/${proof.replyId}` : `/corrections/${correctionId}#evidence-${proof.id}`;
}

/** Who, when, how, in one line that leads to the original. */
function ProofLine({ proof, correctionId }: { proof: Proof; correctionId: number }): VNode {
  return (
    <>
      <Moment at={proof.at} />
      {proof.who ? `, ${proof.who}` : ''}: <a href={proofHref(proof, correctionId)}>{proof.how}</a>
    </>
  );
}

function evidenceOf(line: LadderLine, ladder: CorrectionLadder, most: number) {
  const shown = line.proofs.slice(0, most);
  const [first, ...others] = shown;
  if (!first) {
    // Told by a way that left no letter here, e.g. before the action was run with this software.
    return line.step === 'notified' && line.reached && ladder.notifiedAt ? (
      <Moment at={ladder.notifiedAt} />
    ) : undefined;
  }
  const left = line.proofs.length - shown.length;
  return (
    <>
      <ProofLine proof={first} correctionId={ladder.correctionId} />
      {others.map((proof) => (
        <>
          <br />
          <ProofLine proof={proof} correctionId={ladder.correctionId} />
        </>
      ))}
      {left > 0 ? ` and ${left} more` : ''}
    </>
  );
}

/** The ladder of one correction: each step with who, when, how, and the way to the original. */
export function EvidenceLadder({
  ladder,
  label = 'Evidence',
  most = 3,
}: {
  ladder: CorrectionLadder;
  label?: string;
  /** As many originals of one step as are named. */
  most?: number;
}): VNode {
  return (
    <Ladder
      label={label}
      rungs={ladder.lines.map((line) => ({
        label:
          line.step === ladder.rung ? <strong>{capital(rungWords[line.step])}</strong> : capital(rungWords[line.step]),
        at: line.reached ? ('done' as const) : ('open' as const),
        evidence: evidenceOf(line, ladder, most),
      }))}
    />
  );
}
