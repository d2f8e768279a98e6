import type { VNode } from 'preact';
import type { Finding } from '../../../app/notice-checks.ts';
import { Alert, More } from '../../ui/parts.tsx';

/** Findings of one rule beyond this many are folded away: thirty missing languages are one thing to read. */
const SHOWN = 3;

/** What the checks found, rule by rule, what blocks first; each finding with where it is and how to mend it. */
export function FindingList({ findings }: { findings: readonly Finding[] }): VNode {
  if (findings.length === 0) return <Alert tone="done" title="The checks found nothing." />;
  const groups = [...Map.groupBy(findings, (finding) => `${finding.severity} ${finding.rule}`).values()];
  const blocksFirst = groups.toSorted((a, b) => Number(isBlocking(b)) - Number(isBlocking(a)));
  return (
    <div class="ff-findings">
      {blocksFirst.map((group) => (
        <Alert
          key={group[0]?.rule}
          tone={isBlocking(group) ? 'danger' : 'attention'}
          title={`${isBlocking(group) ? 'Blocks the release' : 'Needs a mend or a reason'}: ${group[0]?.citation}`}
        >
          <FindingTexts findings={group.slice(0, SHOWN)} />
          {group.length > SHOWN ? (
            <More summary={`${group.length - SHOWN} more like this`}>
              <FindingTexts findings={group.slice(SHOWN)} />
            </More>
          ) : null}
        </Alert>
      ))}
    </div>
  );
}

function isBlocking(group: readonly Finding[]): boolean {
  return group[0]?.severity === 'blocking';
}

function FindingTexts({ findings }: { findings: readonly Finding[] }): VNode {
  return (
    <ul>
      {findings.map((finding) => (
        <li key={`${finding.where} ${finding.text}`}>
          {finding.text} <span class="ff-hint">({finding.where})</span>
        </li>
      ))}
    </ul>
  );
}
