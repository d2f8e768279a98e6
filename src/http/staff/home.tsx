import type { VNode } from 'preact';
import { correctionStates } from '../../app/queries/corrections.ts';
import { type Home, type HomeAction, type HomeTask, loadHome } from '../../app/queries/home.ts';
import { staffIdOf } from '../../domain/actor.ts';
import { allows } from '../../domain/permission.ts';
import type { C } from '../context.ts';
import { countryName } from '../translate.ts';
import { LinkButton } from '../ui/field.tsx';
import { formatCount, wholePercent } from '../ui/figures.ts';
import { DeskPage, type NextStep } from '../ui/layout.tsx';
import { html } from '../ui/page.tsx';
import { Card, Columns, EmptyState } from '../ui/parts.tsx';
import { ProgressBar, StateBadge } from '../ui/state.tsx';
import { DataTable } from '../ui/table.tsx';
import { Moment } from '../ui/time.tsx';
import { shellOf } from './shell.ts';
import { capital, taskTitle, taskWord } from './words.ts';

/** GET /: what needs you, over all actions. */
export async function showHome(c: C): Promise<Response> {
  const { actor, db } = c.get('ctx');
  const home = await loadHome(db, staffIdOf(actor));
  const mayCreate = allows(actor, 'action.create');
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title="Your desk"
      lede="Which affected items are not yet fixed, and what is the next step for each?"
      next={nextSteps(home, mayCreate)}
      actions={
        mayCreate ? (
          <LinkButton href="/actions/new" icon="plus">
            Create an action
          </LinkButton>
        ) : undefined
      }
    >
      <Columns weight="main-side">
        <div>
          <Actions home={home} mayCreate={mayCreate} />
        </div>
        <div>
          <Tasks
            title="Your tasks"
            tasks={home.mine}
            all="/tasks?state=open&owner=me"
            empty="None. Take one from the list of all tasks: it then waits here for you."
          />
          <OpenTasks home={home} />
        </div>
      </Columns>
    </DeskPage>,
  );
}

function nextSteps(home: Home, mayCreate: boolean): NextStep[] {
  const steps: NextStep[] = home.urgent.slice(0, 3).map((task) => ({
    text: [taskTitle(task.kind), task.party, task.country ? countryName(task.country, 'en') : '']
      .filter(Boolean)
      .join(', '),
    href: `/tasks/${task.id}`,
    label: task.kind === 'suspected-compromise' ? 'Call' : 'Open',
    tone: 'late',
  }));
  const missed = home.actions.filter((action) => action.missed > 0);
  for (const action of missed.slice(0, 2)) {
    steps.push({
      text: `${action.reference}: ${formatCount(action.missed)} ${action.missed === 1 ? 'party has' : 'parties have'} not answered in time`,
      href: `/actions/${action.id}/deadlines?state=missed`,
      label: 'Chase',
      tone: 'late',
    });
  }
  if (home.mineTotal > 0) {
    steps.push({
      text: `${formatCount(home.mineTotal)} ${home.mineTotal === 1 ? 'task is' : 'tasks are'} yours`,
      href: '/tasks?state=open&owner=me',
      label: 'Work through them',
      tone: 'attention',
    });
  }
  if (!home.units)
    steps.push({
      text: 'Bring in what is out there: products, parties, contacts, units',
      href: '/imports',
      label: 'Import',
      tone: 'do',
    });
  else if (home.actions.length === 0 && mayCreate)
    steps.push({
      text: 'Units are here. When something is wrong with some of them, create an action',
      href: '/actions/new',
      label: 'Create',
      tone: 'do',
    });
  for (const action of home.actions
    .filter((one) => one.stage === 'draft' || one.stage === 'in-review' || one.stage === 'approved')
    .slice(0, 2)) {
    steps.push({
      text: `${action.reference} is not released yet`,
      href: `/actions/${action.id}`,
      label: 'Go on',
      tone: 'do',
    });
  }
  if (steps.length === 0) steps.push({ text: 'Nothing needs you at the moment.', tone: 'done' });
  return steps;
}

function Actions({ home, mayCreate }: { home: Home; mayCreate: boolean }): VNode {
  if (home.actions.length === 0) {
    return (
      <EmptyState
        title="No action is running"
        action={
          home.ended > 0 ? (
            <LinkButton href="/actions">{`${formatCount(home.ended)} ended actions`}</LinkButton>
          ) : mayCreate ? (
            <LinkButton href="/actions/new" icon="plus">
              Create an action
            </LinkButton>
          ) : undefined
        }
      >
        An action starts as a draft: its reference, what is wrong, and which products it is about.
      </EmptyState>
    );
  }
  return (
    <>
      {home.actions.map((action) => (
        <Action key={action.id} action={action} />
      ))}
      <p>
        <a href="/actions">All actions</a>
      </p>
    </>
  );
}

function Action({ action }: { action: HomeAction }): VNode {
  const base = `/actions/${action.id}`;
  const verified = action.counts.verified ?? 0;
  return (
    <Card title={action.reference} action={<a href={base}>Open the dashboard</a>}>
      <p>
        <StateBadge kind="action" state={action.stage} /> {action.title}
      </p>
      {action.total > 0 ? (
        <>
          <ProgressBar
            kind="correction"
            noun="corrections"
            shares={correctionStates.map((state) => ({
              state,
              count: action.counts[state] ?? 0,
              href: `${base}/corrections?state=${state}`,
            }))}
          />
          <p>
            <a href={`${base}/corrections?state=owed`}>
              {formatCount(action.owed)} of {formatCount(action.total)} not yet fixed
            </a>
            , <a href={`${base}/corrections?state=verified`}>{wholePercent(verified, action.total)} % verified</a>.{' '}
            <a href={`${base}/parties?state=silent`}>{formatCount(action.silent)} parties silent</a>.{' '}
            <a href={`${base}/tasks?state=open`}>{formatCount(action.tasks)} open tasks</a>.
          </p>
        </>
      ) : (
        <p>No corrections yet: the affected units have to be found first.</p>
      )}
    </Card>
  );
}

function Tasks({ title, tasks, all, empty }: { title: string; tasks: HomeTask[]; all: string; empty: string }): VNode {
  return (
    <Card title={title} {...(tasks.length > 0 ? { action: <a href={all}>All</a> } : {})} flush={tasks.length > 0}>
      {tasks.length === 0 ? (
        <p class="ff-muted">{empty}</p>
      ) : (
        <DataTable
          caption={title}
          columns={[
            { key: 'what', title: 'What', cell: (row) => taskTitle(row.kind), rowHeader: true },
            { key: 'party', title: 'Party', cell: (row) => row.party ?? '' },
            {
              key: 'since',
              title: 'Since',
              cell: (row) => <Moment at={new Date(row.created_at)} zoned={false} />,
              nowrap: true,
            },
          ]}
          rows={tasks}
          rowKey={(row) => row.id}
          rowHref={(row) => `/tasks/${row.id}`}
          empty={{ title: 'None', text: empty }}
        />
      )}
    </Card>
  );
}

function OpenTasks({ home }: { home: Home }): VNode {
  return (
    <Card title="Open tasks of everybody" action={<a href="/tasks">All tasks</a>}>
      {home.open.length === 0 ? (
        <p class="ff-muted">None: bounced letters, contradictions and calls to make appear here by themselves.</p>
      ) : (
        <ul class="ff-plain-list">
          {home.open.map((row) => (
            <li key={row.kind}>
              <a href={`/tasks?state=open&kind=${encodeURIComponent(row.kind)}`}>
                {formatCount(row.n)} {row.n === 1 ? capital(taskTitle(row.kind)) : taskWord(row.kind)}
              </a>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
