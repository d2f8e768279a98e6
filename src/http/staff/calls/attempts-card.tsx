/** Attempts as a timeline: when, by whom, whom, and what came of it. */
import type { VNode } from 'preact';
import { outcomeWord } from '../../../app/calls.ts';
import type { AttemptLine } from '../../../app/queries/attempts.ts';
import { languageName } from '../../translate.ts';
import { Card } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { Moment, Timeline } from '../../ui/time.tsx';
import { capital } from '../words.ts';

/** The attempts on a party, newest first, with the whole list behind them. */
export function AttemptsCard({
  attempts,
  actionId,
  partyId,
}: {
  attempts: readonly AttemptLine[];
  actionId: number | undefined;
  partyId: number;
}): VNode {
  return (
    <Card
      title="Attempts to reach them"
      id="attempts"
      action={
        actionId === undefined ? undefined : <a href={`/actions/${actionId}/attempts?party=${partyId}`}>As a list</a>
      }
    >
      <Timeline
        entries={attempts.map((attempt) => ({
          key: attempt.id,
          at: attempt.at,
          icon: attempt.kind === 'call' ? 'phone' : 'notes',
          text: `${capital(attempt.kind)}: ${outcomeWord(attempt.outcome).toLowerCase()}`,
          by: attempt.by_name,
          detail: <AttemptDetail attempt={attempt} />,
        }))}
        empty="Nobody has called or written by hand yet."
      />
    </Card>
  );
}

/** Everything a call knows of itself: number, language, whom, what was said, what it led to. */
export function AttemptDetail({ attempt }: { attempt: AttemptLine }): VNode {
  const who = [
    attempt.spoke_with !== '' ? `spoke with ${attempt.spoke_with}` : '',
    attempt.contact !== '' && attempt.contact !== attempt.spoke_with ? `asked for ${attempt.contact}` : '',
    attempt.phone,
    attempt.language !== '' && attempt.language !== 'en' ? `in ${languageName(attempt.language, 'en')}` : '',
    attempt.tracking,
  ].filter(Boolean);
  return (
    <div>
      {who.join(', ')}
      {attempt.text === '' ? null : <span class="ff-call-note">{attempt.text}</span>}
      {attempt.call_back_at ? (
        <span class="ff-call-note">
          Another call is agreed for <Moment at={attempt.call_back_at} />
        </span>
      ) : null}
      {attempt.reply_id ? (
        <span class="ff-call-note">
          <a href={`/replies/${attempt.reply_id}`}>Reply {attempt.reply_id}</a>
        </span>
      ) : null}
      {attempt.delivery_id ? (
        <span class="ff-call-note">
          <a href={`/deliveries/${attempt.delivery_id}`}>
            {attempt.reply_id ? 'Confirmed in writing' : 'The letter once more'}
          </a>{' '}
          <StateBadge kind="delivery" state={attempt.delivery_state ?? 'queued'} />
        </span>
      ) : null}
    </div>
  );
}
