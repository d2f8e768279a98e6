import type { VNode } from 'preact';
import type { FollowUpEntry, FollowUpRow } from '../../../app/queries/follow-ups.ts';
import { type FollowUpQueue, outcomeRules, queueRules } from '../../../domain/follow-up.ts';
import { Card } from '../../ui/parts.tsx';
import { Day, Moment } from '../../ui/time.tsx';

export type FollowUpCardProps = {
  correctionId: number;
  /** The queues it stands in now. */
  queues: (FollowUpRow & { queue: FollowUpQueue })[];
  /** Everything that came of asking, the latest first. */
  entries: FollowUpEntry[];
};

/** Where a correction waits for support, and what came of asking; nothing where neither is. */
export function FollowUpCard({ correctionId, queues, entries }: FollowUpCardProps): VNode | null {
  if (queues.length === 0 && entries.length === 0) return null;
  return (
    <Card title="Follow-up">
      {queues.length > 0 ? (
        <ul class="ff-plain-list">
          {queues.map((row) => (
            <li key={row.queue}>
              <a href={`/corrections/${correctionId}/follow-up/${row.queue}`}>{queueRules[row.queue].word}</a>
              {row.outcome === null ? (
                <>
                  {' '}
                  since <Moment at={row.since} zoned={false} />: ask
                </>
              ) : (
                ' (answered)'
              )}
            </li>
          ))}
        </ul>
      ) : null}
      {entries.length > 0 ? (
        <ul class="ff-plain-list">
          {entries.map((entry) => (
            <li key={entry.id}>
              <Moment at={entry.at} zoned={false} />, {entry.by_name}: {outcomeRules[entry.outcome].word}
              {entry.until ? (
                <>
                  , back on <Day value={entry.until} />
                </>
              ) : null}
              {entry.note ? ` (${entry.note})` : ''}
            </li>
          ))}
        </ul>
      ) : null}
    </Card>
  );
}
