/** Who answered for whom, how it was confirmed, and what was said about contacts. */
import type { VNode } from 'preact';
import type { AnswerLine, ContactChangeLine } from '../../../app/queries/answer-trail.ts';
import { Card, KeyValue } from '../../ui/parts.tsx';
import { Badge, StateBadge } from '../../ui/state.tsx';
import { Moment, Timeline } from '../../ui/time.tsx';
import { doorWords } from '../evidence.tsx';
import { capital } from '../words.ts';

const how = { signed: 'signed by', spoke: 'spoken by', contact: 'came by the way of', '': '' } as const;

/** Who said it: `signed by Erika Muster`, and for whom where that is another house. */
function speaker(line: AnswerLine): string {
  if (line.said_by === '') return 'nobody knows who answered';
  const house = line.other_party === '' ? '' : ` of ${line.other_party}`;
  return `${how[line.said_how]} ${line.said_by}${house}`;
}

function Confirmations({ line }: { line: AnswerLine }): VNode {
  if (line.confirmations.length === 0) return <>nothing was sent back in writing</>;
  return (
    <>
      {line.confirmations.map((letter) => (
        <span key={letter.id}>
          <a href={`/deliveries/${letter.id}`}>
            {letter.channel === 'post' ? 'on paper to' : 'by mail to'} {letter.address}
          </a>{' '}
          <StateBadge kind="delivery" state={letter.state} />{' '}
        </span>
      ))}
    </>
  );
}

/** On the page of a party: its replies, each with who spoke for it. */
export function AnswerTrailCard({ lines, partyId }: { lines: readonly AnswerLine[]; partyId: number }): VNode | null {
  if (lines.length === 0) return null;
  return (
    <Card title="Who answered for them" id="answers">
      <Timeline
        entries={lines.map((line) => ({
          key: line.id,
          at: line.at,
          icon: line.door === 'telephone' ? 'phone' : 'message',
          text: (
            <a href={`/replies/${line.id}`}>
              {line.reference}: reply by {doorWords(line.door).toLowerCase()}, {speaker(line)}
            </a>
          ),
          by: line.recorded_by === line.said_by ? undefined : `written down by ${line.recorded_by}`,
          detail: <Confirmations line={line} />,
        }))}
        empty=""
      />
      {lines.length === 20 ? (
        <p>
          <a href={`/parties/${partyId}#history`}>Older ones stand in the history.</a>
        </p>
      ) : null}
    </Card>
  );
}

/** On the page of a reply, beside what went back: who answered, for whom, and who wrote it down. */
export function AnsweredByCard({ line }: { line: AnswerLine }): VNode {
  return (
    <Card title="Who answered for whom">
      <KeyValue
        rows={[
          { label: 'For', value: line.party, href: `/parties/${line.party_id}` },
          { label: 'Answered', value: capital(speaker(line)) },
          line.other_party_id !== null && {
            label: 'Of',
            value: line.other_party,
            href: `/parties/${line.other_party_id}`,
          },
          line.phone !== '' && { label: 'On the number', value: line.phone },
          { label: 'Written down by', value: line.recorded_by },
        ]}
      />
    </Card>
  );
}

const kinds: Readonly<Record<string, string>> = {
  correct: 'other details',
  forward: 'somebody else looks after it',
  left: 'not there any more',
};

/** Proposals about contacts: who said what, who confirmed it, who decided. */
export function ContactTrailCard({ changes }: { changes: readonly ContactChangeLine[] }): VNode | null {
  if (changes.length === 0) return null;
  return (
    <Card title="What was said about contacts">
      <Timeline
        entries={changes.map((change) => ({
          key: change.id,
          at: change.at,
          icon: 'user-edit',
          text: `${change.contact || 'A contact'}: ${kinds[change.kind] ?? change.kind}${change.name === '' ? '' : ` – ${change.name}`}`,
          by: `by ${doorWords(change.door).toLowerCase()}`,
          detail: <Decision change={change} />,
        }))}
        empty=""
      />
    </Card>
  );
}

function Decision({ change }: { change: ContactChangeLine }): VNode {
  const looks = { proposed: ['amber', 'hourglass'], applied: ['green', 'check'], refused: ['red', 'x'] } as const;
  const [tone, icon] = looks[change.state];
  return (
    <>
      {change.reach}{' '}
      <Badge tone={tone} icon={icon}>
        {change.state}
      </Badge>
      {change.confirmed_at ? (
        <>
          {' '}
          The holder of the address said yes on <Moment at={change.confirmed_at} />.
        </>
      ) : null}
      {change.decided_by
        ? ` ${capital(change.state)} by ${change.decided_by}${change.reason ? `: ${change.reason}` : ''}.`
        : ''}
    </>
  );
}
