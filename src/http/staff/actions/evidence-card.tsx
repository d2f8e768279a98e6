import type { VNode } from 'preact';
import type { Dashboard } from '../../../app/queries/dashboard.ts';
import { countAtLeast, type LadderStep, ladder, type Rung, rungWords } from '../../../domain/evidence-ladder.ts';
import { formatCount, wholePercent } from '../../ui/figures.ts';
import { Card, More } from '../../ui/parts.tsx';
import { DataTable } from '../../ui/table.tsx';
import { capital } from '../words.ts';

/** The colour of each bar: that of the states which stand on the rung. */
const tones: Readonly<Record<LadderStep, string>> = {
  notified: 'grey',
  downloaded: 'grey',
  stated: 'blue',
  confirmed: 'teal',
  verified: 'green',
};

/** How far the evidence goes: five rungs of the ledger, then what is known of the letters. */
export function EvidenceCard({ board, base }: { board: Dashboard; base: string }): VNode {
  return (
    <Card title="Evidence" action={<a href={`${base}/follow-up`}>Follow up</a>}>
      <Funnel rungs={board.rungs} total={board.total} href={`${base}/corrections?reached=`} />
      {board.environments.length > 1 ? (
        <More summary="By product and environment">
          <ByEnvironment board={board} base={base} />
        </More>
      ) : null}
      <Letters board={board} base={base} />
    </Card>
  );
}

/** A bar for each rung with all that stand on it or higher; each figure leads to the rows it counts. */
export function Funnel({ rungs, total, href }: { rungs: Record<Rung, number>; total: number; href: string }): VNode {
  const reached = countAtLeast(rungs);
  return (
    <ol class="ff-funnel" aria-label="Corrections on each rung of evidence or higher">
      {ladder.map((step) => (
        <li key={step}>
          <a href={`${href}${step}`}>
            <span class="ff-funnel-word">{capital(rungWords[step])}</span>{' '}
            <span class="ff-funnel-count">{formatCount(reached[step])}</span>{' '}
            <span class="ff-muted">{wholePercent(reached[step], total)} %</span>
          </a>
          <svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
            <rect class="ff-fill-none" width="1000" height="10" />
            {reached[step] > 0 ? (
              <rect
                class={`ff-fill-${tones[step]}`}
                // A share too small to see still shows.
                width={Math.max((reached[step] / total) * 1000, 3).toFixed(2)}
                height="10"
              />
            ) : null}
          </svg>
        </li>
      ))}
    </ol>
  );
}

function ByEnvironment({ board, base }: { board: Dashboard; base: string }): VNode {
  const rows = board.environments.map((row) => ({ ...row, reached: countAtLeast(row.rungs) }));
  return (
    <DataTable
      caption="Corrections on each rung or higher, by product and environment"
      columns={[
        { key: 'name', title: 'Environment', rowHeader: true, cell: (row) => `${row.product}, ${row.name}` },
        ...ladder.map((step) => ({
          key: step,
          title: capital(rungWords[step]),
          align: 'number' as const,
          cell: (row: (typeof rows)[number]) => (
            <a href={`${base}/corrections?environment=${row.id}&reached=${step}`}>{formatCount(row.reached[step])}</a>
          ),
        })),
      ]}
      rows={rows}
      rowKey={(row) => row.id}
      empty={{ title: 'Nothing to count yet', text: 'Environments appear with the corrections.' }}
    />
  );
}

/** What is known of the letters: parties are told, not corrections. */
function Letters({ board, base }: { board: Dashboard; base: string }): VNode {
  const { notices } = board;
  const sent = ['sent', 'delivered', 'opened', 'bounced', 'unsure'].reduce(
    (sum, state) => sum + (notices[state] ?? 0),
    0,
  );
  const received = (board.obligations.received ?? 0) + (board.obligations.done ?? 0);
  const facts = [
    [sent, 'letters sent', `${base}/deliveries?kind=notice&state=left`],
    [notices.opened ?? 0, 'opened by a person', `${base}/deliveries?kind=notice&state=opened`],
    [received, 'parties gave receipt', `${base}/parties?state=answered`],
  ] as const;
  return (
    <>
      <ul class="ff-plain-list">
        {facts.map(([count, words, href]) => (
          <li key={words}>
            <a href={href}>
              {formatCount(count)} {words}
            </a>
          </li>
        ))}
      </ul>
      {(notices.bounced ?? 0) + (notices.failed ?? 0) > 0 ? (
        <p>
          <a href={`${base}/deliveries?kind=notice&state=bounced`}>
            {formatCount(notices.bounced ?? 0)} letters came back
          </a>
          ,{' '}
          <a href={`${base}/deliveries?kind=notice&state=failed`}>
            {formatCount(notices.failed ?? 0)} could not be sent
          </a>
          .
        </p>
      ) : null}
    </>
  );
}
