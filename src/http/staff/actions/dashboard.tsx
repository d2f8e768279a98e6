import type { VNode } from 'preact';
import { correctionStates } from '../../../app/queries/corrections.ts';
import { type Dashboard, loadDashboard, type StateCounts } from '../../../app/queries/dashboard.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, idParam } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import { countryName } from '../../translate.ts';
import { BarTable, CountryMap, ProgressChart } from '../../ui/charts.tsx';
import { LinkButton } from '../../ui/field.tsx';
import { formatCount, wholePercent } from '../../ui/figures.ts';
import { DeskPage, type NextStep } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, Columns, EmptyState, More } from '../../ui/parts.tsx';
import { evidenceOrder } from '../../ui/state.ts';
import { Figure, Figures, ProgressBar, StateBadge } from '../../ui/state.tsx';
import { DataTable } from '../../ui/table.tsx';
import { Day } from '../../ui/time.tsx';
import { loadPermanentCard } from '../permanent/figures-card.tsx';
import { shellOf } from '../shell.ts';
import { eventWord, taskWord } from '../words.ts';
import { EvidenceCard } from './evidence-card.tsx';
import { ActionTabs } from './tabs.tsx';

/** GET /actions/:id: which affected items are not yet fixed, and what is the next step. */
export async function showDashboard(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const id = idParam(c, 'id');
  const board = id === undefined ? undefined : await loadDashboard(ctx.db, id, ctx.now());
  if (!board) return answerRefusal(c, refuse('action.unknown', { id: c.req.param('id') ?? '' }), '/actions');
  const permanent = await loadPermanentCard(ctx.db, board.action.id);
  return html(c, <DashboardPage board={board} permanent={permanent} shell={await shellOf(c)} />);
}

interface DashboardProps {
  board: Dashboard;
  permanent: VNode | null;
  shell: Awaited<ReturnType<typeof shellOf>>;
}

function DashboardPage({ board, permanent, shell }: DashboardProps): VNode {
  const { action } = board;
  const base = `/actions/${action.id}`;
  return (
    <DeskPage
      shell={shell}
      title={action.reference}
      lede={action.title}
      crumbs={[{ href: '/actions', label: 'Actions' }]}
      state={<StateBadge kind="action" state={action.stage} />}
      actions={
        <LinkButton href={`${base}/stage`} tone="secondary" icon="route">
          Change the stage
        </LinkButton>
      }
      styles={['ladder.css']}
      next={nextSteps(board)}
      tabs={<ActionTabs actionId={action.id} here="" />}
    >
      {board.total === 0 ? (
        <EmptyState
          title="No corrections yet"
          action={
            <LinkButton href={`${base}/scope`} tone="primary">
              Find the affected units
            </LinkButton>
          }
        >
          The ledger fills when the scope rules have found the affected units and you have applied them.
        </EmptyState>
      ) : (
        <Ledger board={board} permanent={permanent} base={base} />
      )}
      {board.total === 0 ? permanent : null}
    </DeskPage>
  );
}

/** What to do next, most urgent first. Each sentence leads to the page that does it. */
function nextSteps(board: Dashboard): NextStep[] {
  const { action } = board;
  const base = `/actions/${action.id}`;
  const steps: NextStep[] = [];
  const compromised = board.tasks.find((task) => task.kind === 'suspected-compromise');
  if (compromised) {
    steps.push({
      text: `${formatCount(compromised.n)} suspected compromise${compromised.n === 1 ? '' : 's'} to examine: call them first`,
      href: `/tasks?kind=suspected-compromise&state=open&action=${action.id}`,
      label: 'Call',
      tone: 'late',
    });
  }
  if (board.deadlines.missed > 0) {
    steps.push({
      text: `${formatCount(board.deadlines.missed)} parties did not answer in time`,
      href: `${base}/deadlines?state=missed`,
      label: 'Chase',
      tone: 'late',
    });
  }
  const setUp = setUpStep(board, base);
  if (setUp) steps.push(setUp);
  const others = board.tasks.filter((task) => task.kind !== 'suspected-compromise');
  const waiting = others.reduce((sum, task) => sum + task.n, 0);
  if (waiting > 0) {
    const first = others.slice(0, 3).map((task) => `${formatCount(task.n)} ${taskWord(task.kind)}`);
    steps.push({
      text: `${formatCount(waiting)} tasks are open: ${first.join(', ')}${others.length > 3 ? ' and others' : ''}`,
      href: `/tasks?state=open&action=${action.id}`,
      label: 'Work through them',
      tone: 'attention',
    });
  }
  if (board.deadlines.today > 0) {
    steps.push({
      text: `${formatCount(board.deadlines.today)} answers are due today`,
      href: `${base}/deadlines?state=running`,
      tone: 'wait',
    });
  }
  if (steps.length === 0 && board.total > 0) {
    steps.push({ text: 'Nothing needs you at the moment.', tone: 'done' });
  }
  return steps;
}

function setUpStep(board: Dashboard, base: string): NextStep | undefined {
  const { action, notice, scope } = board;
  if (scope?.state === 'done') {
    return {
      text: `${formatCount(scope.units_in)} affected units are found: look at them and create their corrections`,
      href: `${base}/scope`,
      label: 'Look',
    };
  }
  if (board.total === 0) return { text: 'Say which units are affected', href: `${base}/scope`, label: 'Find units' };
  if (!notice) return { text: 'Write the notice', href: `${base}/notice`, label: 'Write' };
  if (notice.state === 'draft')
    return {
      text: 'The notice is a draft: hand it to the reviewers',
      href: `${base}/notice`,
      label: 'Open the notice',
    };
  if (notice.state === 'in-review') {
    return {
      text: 'The notice waits for its approvals by Quality and by Regulatory affairs',
      href: `${base}/notice`,
      label: 'Review',
    };
  }
  if (
    notice.state === 'approved' &&
    (action.stage === 'draft' || action.stage === 'in-review' || action.stage === 'approved')
  ) {
    return { text: 'The notice is approved: release it to the customers', href: `${base}/release`, label: 'Release' };
  }
  if (action.delivery_state === 'paused')
    return { text: 'Sending is paused', href: `${base}/deliveries`, label: 'Resume', tone: 'attention' };
  return undefined;
}

function Ledger({ board, permanent, base }: { board: Dashboard; permanent: VNode | null; base: string }): VNode {
  const owed = sumOf(board.corrections, ['open', 'blocked', 'isolated']);
  return (
    <>
      <Figures>
        <Figure value={board.total} label="corrections" href={`${base}/corrections`} />
        <Figure
          value={owed}
          label="not yet fixed"
          href={`${base}/corrections?state=owed`}
          note={`${wholePercent(owed, board.total)} %`}
        />
        <Figure
          value={board.corrections.verified ?? 0}
          label="verified"
          href={`${base}/corrections?state=verified`}
          tone="green"
          note={`${wholePercent(board.corrections.verified ?? 0, board.total)} %`}
        />
        <Figure value={board.obligations.silent ?? 0} label="parties silent" href={`${base}/parties?state=silent`} />
        <Figure
          value={board.deadlines.missed}
          label="deadlines missed"
          href={`${base}/deadlines?state=missed`}
          {...(board.deadlines.missed > 0 ? { tone: 'red' as const } : {})}
        />
      </Figures>
      <ProgressBar
        kind="correction"
        noun="corrections"
        shares={sharesOf(board.corrections, `${base}/corrections?state=`)}
      />
      <Columns weight="main-side">
        <div>
          <Card title="Over time">
            <ProgressChart
              kind="correction"
              noun="corrections"
              states={evidenceOrder}
              points={curve(board)}
              hrefOf={(state) => `${base}/corrections?state=${state}`}
            />
          </Card>
          <Card title="By country" action={<a href={`${base}/corrections`}>All corrections</a>}>
            <CountryMap
              countries={board.countries.map((row) => ({
                country: row.country,
                total: row.total,
                verified: row.counts.verified ?? 0,
                href: `${base}/corrections?country=${row.country}`,
              }))}
            />
            <CountryTable board={board} base={base} />
          </Card>
          <OwingCard board={board} base={base} />
        </div>
        <div>
          {permanent}
          <EvidenceCard board={board} base={base} />
          <Card title="By product and environment">
            <Breakdown
              rows={board.environments.map((row) => ({
                ...row,
                label: `${row.product}, ${row.name}`,
                href: `${base}/corrections?environment=${row.id}`,
              }))}
            />
          </Card>
          {board.remedies.filter((row) => row.total > 0).length > 1 ? (
            <Card title="By remedy">
              <Breakdown
                rows={board.remedies
                  .filter((row) => row.total > 0)
                  .map((row) => ({
                    ...row,
                    label: row.name,
                    href: `${base}/corrections?remedy=${row.id}`,
                  }))}
              />
            </Card>
          ) : null}
          <LatelyCard board={board} base={base} />
        </div>
      </Columns>
    </>
  );
}

function OwingCard({ board, base }: { board: Dashboard; base: string }): VNode {
  return (
    <Card title="Who owes most" action={<a href={`${base}/parties`}>All parties</a>}>
      <DataTable
        caption="Parties with most open corrections"
        columns={[
          { key: 'party', title: 'Party', cell: (row) => row.party, rowHeader: true },
          { key: 'country', title: 'Country', cell: (row) => countryName(row.country, 'en') },
          {
            key: 'owed',
            title: 'Owed',
            align: 'number',
            cell: (row) => `${formatCount(row.owed)} of ${formatCount(row.total)}`,
          },
        ]}
        rows={board.owing}
        rowKey={(row) => row.party_id}
        rowHref={(row) => `/parties/${row.party_id}`}
        empty={{ title: 'Nobody owes anything', text: 'Every party has answered and every correction has ended.' }}
      />
    </Card>
  );
}

function LatelyCard({ board, base }: { board: Dashboard; base: string }): VNode {
  return (
    <Card title="In the last 24 hours" action={<a href={`${base}/history`}>History</a>}>
      {board.lately.length === 0 ? (
        <p>Nothing has changed since yesterday.</p>
      ) : (
        <ul class="ff-plain-list">
          {board.lately.map((row) => (
            <li key={row.action}>
              <a href={`${base}/history?q=${encodeURIComponent(row.action)}`}>
                {formatCount(row.n)} × {eventWord(row.action)}
              </a>
            </li>
          ))}
        </ul>
      )}
      {board.deadlines.next.length > 0 ? (
        <p>
          Next answers due:{' '}
          {board.deadlines.next.slice(0, 3).map((row, index) => (
            <span key={row.due_on}>
              {index > 0 ? ', ' : ''}
              <a href={`${base}/deadlines?state=running`}>
                <Day value={row.due_on} /> ({formatCount(row.n)})
              </a>
            </span>
          ))}
        </p>
      ) : null}
    </Card>
  );
}

function CountryTable({ board, base }: { board: Dashboard; base: string }): VNode {
  return (
    <More summary={`All ${board.countries.length} countries as a table`}>
      <BarTable
        kind="correction"
        heading="Country"
        caption="Corrections by country"
        noun="corrections"
        empty="Countries appear with the corrections."
        rows={board.countries.map((row) => ({
          key: row.country,
          label: countryName(row.country, 'en'),
          href: `${base}/corrections?country=${row.country}`,
          shares: sharesOf(row.counts),
        }))}
      />
    </More>
  );
}

function Breakdown({
  rows,
}: {
  rows: { id: number; label: string; href: string; counts: StateCounts; total: number }[];
}): VNode {
  return (
    <ul class="ff-plain-list ff-breakdown">
      {rows.map((row) => (
        <li key={row.id}>
          <a href={row.href}>
            {row.label}: {formatCount(sumOf(row.counts, ['open', 'blocked', 'isolated']))} of {formatCount(row.total)}{' '}
            not yet fixed
          </a>
          <ProgressBar kind="correction" noun="corrections" bare shares={sharesOf(row.counts)} />
        </li>
      ))}
    </ul>
  );
}

function sumOf(counts: StateCounts, states: (keyof StateCounts)[]): number {
  return states.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
}

function sharesOf(counts: StateCounts, href?: string) {
  return correctionStates.map((state) => ({
    state,
    count: counts[state] ?? 0,
    ...(href ? { href: `${href}${state}` } : {}),
  }));
}

/** The running sum of each day's changes: how many corrections stood in each state at the end of each day. */
function curve(board: Dashboard): { day: string; counts: StateCounts }[] {
  const standing: StateCounts = {};
  const points: { day: string; counts: StateCounts }[] = [];
  for (const change of board.days) {
    standing[change.state] = (standing[change.state] ?? 0) + change.n;
    const last = points.at(-1);
    if (last?.day === change.day) last.counts = { ...standing };
    else points.push({ day: change.day, counts: { ...standing } });
  }
  return points;
}
