import type { VNode } from 'preact';
import type { Finding } from '../../../app/notice-checks.ts';
import { titleOf } from '../../../domain/notice-variants.ts';
import { languageName } from '../../translate.ts';
import { Alert, More } from '../../ui/parts.tsx';
import { audienceWords } from './parties.tsx';

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

/** `dx-recall, de, reply` in words. */
function whereWords(where: string): string {
  return where
    .split(', ')
    .map((part) => {
      if (audienceWords[part]) return audienceWords[part];
      if (/^[a-z]{2}(-[A-Za-z]{2,4})?$/.test(part)) return languageName(part, 'en');
      return /^[a-z][a-z0-9-]*$/.test(part) ? titleOf(part) : part;
    })
    .join(', ');
}

function FindingTexts({ findings }: { findings: readonly Finding[] }): VNode {
  return (
    <ul>
      {findings.map((finding) => (
        <li key={`${finding.where} ${finding.text}`}>
          {finding.text} <span class="ff-hint">({whereWords(finding.where)})</span>
        </li>
      ))}
    </ul>
  );
}
