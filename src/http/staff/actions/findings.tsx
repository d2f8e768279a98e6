import type { VNode } from 'preact';
import type { Finding } from '../../../app/notice-checks.ts';
import { Alert } from '../../ui/parts.tsx';

/** What the checks found: what blocks first, each with where it is and how to mend it. */
export function FindingList({ findings }: { findings: readonly Finding[] }): VNode {
  if (findings.length === 0) return <Alert tone="done" title="The checks found nothing." />;
  const sorted = findings.toSorted((a, b) => Number(b.severity === 'blocking') - Number(a.severity === 'blocking'));
  return (
    <ul class="ff-plain-list">
      {sorted.map((finding) => (
        <li key={`${finding.rule}-${finding.where}-${finding.text}`}>
          <Alert
            tone={finding.severity === 'blocking' ? 'danger' : 'attention'}
            title={finding.severity === 'blocking' ? 'Blocks the release' : 'Needs a mend or a reason'}
          >
            <p>{finding.text}</p>
            <p class="ff-hint">
              {finding.where} · {finding.citation}
            </p>
          </Alert>
        </li>
      ))}
    </ul>
  );
}
