import type { VNode } from 'preact';
import { countFollowUps, type FollowUpRow, findQueue, followUpList } from '../../../app/queries/follow-ups.ts';
import {
  type FollowUpQueue,
  followUpQueues,
  outcomeRules,
  queueRules,
  readSilentDays,
  SILENT_DAYS,
} from '../../../domain/follow-up.ts';
import { allows } from '../../../domain/permission.ts';
import { refuse } from '../../../domain/refusal.ts';
import type { C } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import { countryName } from '../../translate.ts';
import { formatCount } from '../../ui/figures.ts';
import { parseListQuery } from '../../ui/list-query.ts';
import { Alert, Identifier, Tabs } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import type { Column, FilterField } from '../../ui/table.tsx';
import { Day, Moment } from '../../ui/time.tsx';
import { withAction } from '../actions/action-page.tsx';
import { ActionTabs, actionCrumbs } from '../actions/tabs.tsx';
import { listPage, specOf } from '../list-page.tsx';
import { capital, plain } from '../words.ts';
import { chooseColumn, RemindBar } from './remind.tsx';

/** What is known of a row beside its state, in the words of its queue. */
export function detailWords(queue: FollowUpQueue, row: FollowUpRow): string {
  if (row.detail === null) return queue === 'downloaded' ? 'nothing was said' : '';
  if (queue !== 'downloaded') return row.detail;
  // The reason is a code of the form; a day behind it is none.
  const [reason = '', ...rest] = row.detail.split(', ');
  return `not yet: ${[plain(reason), ...rest].join(', ')}`;
}

const sinceTitles: Readonly<Record<FollowUpQueue, string>> = {
  downloaded: 'Has the file since',
  'stated-without-file': 'Stated',
  'one-environment': 'The other is done since',
  'remote-interface': 'Said so',
};

/** What {@link detailWords} says, as a heading. */
export const detailTitles: Readonly<Record<FollowUpQueue, string>> = {
  downloaded: 'What they said',
  'stated-without-file': 'Stated by',
  'one-environment': 'Done',
  'remote-interface': 'Said by',
};

/** What came of asking, until when, by whom. */
function AnswerWords({ row }: { row: FollowUpRow }): VNode | null {
  if (row.outcome === null) return null;
  return (
    <span>
      {outcomeRules[row.outcome].word}
      {row.until ? (
        <>
          , back on <Day value={row.until} />
        </>
      ) : null}
      {row.note ? `: ${row.note}` : ''}
      <br />
      <span class="ff-muted">
        {row.answered_by}, <Moment at={row.answered_at} />
      </span>
    </span>
  );
}

/** The answer that holds, above the form that gives another. */
export function StandingAnswer({ row }: { row: FollowUpRow }): VNode | null {
  return row.outcome === null ? null : (
    <Alert tone="note" title="Asked already">
      <p>
        <AnswerWords row={row} />
      </p>
    </Alert>
  );
}

function columnsOf(queue: FollowUpQueue, answered: boolean): Column<FollowUpRow>[] {
  return [
    {
      key: 'serial',
      title: 'Unit',
      cell: (row) => <Identifier>{row.serial}</Identifier>,
      sortable: true,
      rowHeader: true,
      nowrap: true,
    },
    { key: 'environment', title: 'Environment', cell: (row) => row.environment, sortable: true },
    {
      key: 'party',
      title: 'Party',
      cell: (row) => (
        <span>
          <a href={`/parties/${row.party_id}`}>{row.party}</a>, {countryName(row.country, 'en')}
        </span>
      ),
      sortable: true,
    },
    { key: 'state', title: 'State', cell: (row) => <StateBadge kind="correction" state={row.state} /> },
    { key: 'detail', title: detailTitles[queue], cell: (row) => detailWords(queue, row) || '–' },
    {
      key: 'since',
      title: sinceTitles[queue],
      cell: (row) => (
        <span>
          <Day value={row.since.toISOString().slice(0, 10)} />, {formatCount(row.days)}{' '}
          {row.days === 1 ? 'day' : 'days'}
        </span>
      ),
      sortable: true,
      nowrap: true,
    },
    ...(answered
      ? [{ key: 'until', title: 'Answer', cell: (row: FollowUpRow) => <AnswerWords row={row} />, sortable: true }]
      : []),
  ];
}

const empties: Readonly<Record<FollowUpQueue, string>> = {
  downloaded: 'Whoever has had the file for so long has said what became of it.',
  'stated-without-file': 'Everybody who says that it is done downloaded the file or received a kit.',
  'one-environment': 'No unit is done in one mode and owed in another.',
  'remote-interface': 'Nobody says that they need the remote interface.',
};

/** GET /actions/:id/follow-up: the first queue; GET /actions/:id/follow-up/:queue: corrections that stand still. */
export async function showFollowUp(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const ctx = c.get('ctx');
    const named = c.req.param('queue');
    const queue = named === undefined ? 'downloaded' : findQueue(named);
    const path = `/actions/${action.id}/follow-up`;
    if (!queue) return answerRefusal(c, refuse('follow-up.unknown', { queue: named ?? '' }), path);
    const scope = { actionId: action.id, now: ctx.now(), queue };
    const { filters } = parseListQuery(c.req.url, specOf(followUpList));
    const reminds = allows(ctx.actor, 'delivery.control');
    const counts = await countFollowUps(ctx.db, scope, filters.days);
    return listPage(c, {
      list: followUpList,
      scope,
      title: 'Follow-up',
      lede: queueRules[queue].hint,
      crumbs: actionCrumbs(action),
      tabs: <ActionTabs actionId={action.id} here="/follow-up" />,
      above: <QueueTabs path={path} counts={counts} current={queue} />,
      caption: queueRules[queue].word,
      columns: [
        ...(reminds ? [chooseColumn] : []),
        ...columnsOf(queue, filters.answered !== undefined || filters.outcome !== undefined),
      ],
      below: (shown) => (reminds ? <RemindBar path={`${path}/${queue}/remind`} {...shown} /> : null),
      rowHref: (row) => `/corrections/${row.id}/follow-up/${queue}`,
      search: 'Serial number or party',
      filters: filtersOf(queue, readSilentDays(filters.days)),
      empty: { title: 'Nobody waits here', text: empties[queue] },
    });
  });
}

function QueueTabs(props: { path: string; counts: Record<FollowUpQueue, number>; current: FollowUpQueue }): VNode {
  return (
    <Tabs
      label="Queues"
      tabs={followUpQueues.map((queue) => ({
        href: `${props.path}/${queue}`,
        label: queueRules[queue].word,
        count: props.counts[queue],
        current: queue === props.current,
      }))}
    />
  );
}

function filtersOf(queue: FollowUpQueue, days: number): FilterField[] {
  const choices = [...new Set([0, 3, SILENT_DAYS, 14, 30, 60, days])].sort((a, b) => a - b);
  return [
    ...(queue === 'downloaded'
      ? [
          {
            name: 'days',
            label: 'Silent for at least',
            any: `${SILENT_DAYS} days`,
            options: choices
              .filter((n) => n !== SILENT_DAYS)
              .map((n) => ({ value: String(n), label: `${n} ${n === 1 ? 'day' : 'days'}` })),
          },
        ]
      : []),
    {
      name: 'answered',
      label: 'Show',
      any: 'Waiting for an answer',
      options: [
        { value: 'yes', label: 'Answered' },
        { value: 'all', label: 'All' },
      ],
    },
    {
      name: 'outcome',
      label: 'Answer',
      options: queueRules[queue].outcomes
        .filter((outcome) => outcome !== 'back')
        .map((outcome) => ({ value: outcome, label: capital(outcomeRules[outcome].word) })),
    },
  ];
}
