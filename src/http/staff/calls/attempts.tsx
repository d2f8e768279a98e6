import { outcomeWord } from '../../../app/calls.ts';
import { type AttemptLine, attemptList } from '../../../app/queries/attempts.ts';
import { callOutcomes } from '../../../domain/call.ts';
import type { C } from '../../context.ts';
import { countryName } from '../../translate.ts';
import type { Column } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { withAction } from '../actions/action-page.tsx';
import { ActionTabs, actionCrumbs } from '../actions/tabs.tsx';
import { listPage } from '../list-page.tsx';
import { capital } from '../words.ts';
import { AttemptDetail } from './attempts-card.tsx';

const kinds = { call: 'Call', letter: 'Letter by hand', email: 'E-mail from a person', visit: 'Visit', note: 'Note' };

const columns: Column<AttemptLine>[] = [
  { key: 'at', title: 'When', cell: (row) => <Moment at={row.at} />, sortable: true, nowrap: true },
  { key: 'party', title: 'Party', cell: (row) => row.party, sortable: true, rowHeader: true },
  { key: 'country', title: 'Country', cell: (row) => countryName(row.country, 'en'), sortable: true },
  { key: 'kind', title: 'What', cell: (row) => capital(row.kind) },
  { key: 'outcome', title: 'Outcome', cell: (row) => outcomeWord(row.outcome), sortable: true },
  { key: 'detail', title: 'Whom, and what was said', cell: (row) => <AttemptDetail attempt={row} /> },
  { key: 'by_name', title: 'By', cell: (row) => row.by_name },
];

/** GET /actions/:id/attempts: every attempt to reach somebody, for showing that they were asked. */
export function showAttempts(c: C): Promise<Response> {
  return withAction(c, (action) =>
    listPage(c, {
      list: attemptList,
      scope: { actionId: action.id },
      title: 'Attempts',
      lede: 'When, by whom, whom, and what came of it: what shows that somebody who never answered was asked.',
      crumbs: [...actionCrumbs(action), { href: `/actions/${action.id}/calls`, label: 'Calls' }],
      tabs: <ActionTabs actionId={action.id} here="/calls" />,
      styles: ['calls.css'],
      caption: `Attempts of ${action.reference}`,
      columns,
      rowHref: (row) => `/parties/${row.party_id}#attempts`,
      search: 'Party, person or words',
      filters: [
        { name: 'kind', label: 'What', options: Object.entries(kinds).map(([value, label]) => ({ value, label })) },
        {
          name: 'outcome',
          label: 'Outcome',
          options: callOutcomes.map((value) => ({ value, label: outcomeWord(value) })),
        },
      ],
      empty: {
        title: 'No attempts yet',
        text: 'Calls, visits and letters by hand stand here. Letters that Fieldfix sends stand under Deliveries, with each try.',
      },
    }),
  );
}
