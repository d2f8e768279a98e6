import { type ObligationRow, obligationList } from '../../../app/queries/parties.ts';
import { audienceNames } from '../../../domain/notice-words.ts';
import type { C } from '../../context.ts';
import { countryName } from '../../translate.ts';
import { formatCount } from '../../ui/figures.ts';
import { StateBadge } from '../../ui/state.tsx';
import type { Column } from '../../ui/table.tsx';
import { Day } from '../../ui/time.tsx';
import { listPage } from '../list-page.tsx';
import { withAction } from './action-page.tsx';
import { ActionTabs, actionCrumbs } from './tabs.tsx';

export const audienceWords: Readonly<Record<string, string>> = audienceNames;

const columns: Column<ObligationRow>[] = [
  { key: 'party', title: 'Party', cell: (row) => row.party, sortable: true, rowHeader: true },
  { key: 'country', title: 'Country', cell: (row) => countryName(row.country, 'en'), sortable: true },
  { key: 'audience', title: 'Told by', cell: (row) => audienceWords[row.audience] ?? row.audience },
  { key: 'state', title: 'State', cell: (row) => <StateBadge kind="obligation" state={row.state} />, sortable: true },
  {
    key: 'owed',
    title: 'Owed',
    align: 'number',
    cell: (row) => `${formatCount(row.owed)} of ${formatCount(row.total)}`,
    sortable: true,
  },
  {
    key: 'received_at',
    title: 'Receipt',
    cell: (row) => (row.received_at ? <Day value={row.received_at.toISOString().slice(0, 10)} /> : 'not yet'),
    sortable: true,
    nowrap: true,
  },
  { key: 'reminders', title: 'Reminders', align: 'number', cell: (row) => row.reminders, sortable: true },
  {
    key: 'due_on',
    title: 'Due',
    cell: (row) =>
      row.due_on === null ? (
        ''
      ) : (
        <>
          <Day value={row.due_on} /> {row.deadline === 'missed' ? <StateBadge kind="deadline" state="missed" /> : null}
        </>
      ),
    sortable: true,
    nowrap: true,
  },
];

/** GET /actions/:id/parties: who must be told, and what each still owes. */
export async function showActionParties(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const countries = await c
      .get('ctx')
      .db.selectFrom('tally')
      .select('country')
      .distinct()
      .where('action_id', '=', action.id)
      .where('subject', '=', 'obligation')
      .execute();
    return listPage(c, {
      list: obligationList,
      scope: { actionId: action.id },
      title: 'Parties',
      lede: 'Everybody who must be told, by what they still owe.',
      crumbs: actionCrumbs(action),
      tabs: <ActionTabs actionId={action.id} here="/parties" />,
      caption: `Parties of ${action.reference}`,
      columns,
      rowHref: (row) => `/parties/${row.party_id}`,
      search: 'Name or number',
      filters: [
        {
          name: 'state',
          label: 'State',
          options: [
            { value: 'silent', label: 'Silent' },
            { value: 'received', label: 'Received, something still owed' },
            { value: 'done', label: 'Done' },
            { value: 'answered', label: 'Receipt given' },
          ],
        },
        {
          name: 'country',
          label: 'Country',
          options: countries
            .map((row) => ({ value: row.country, label: countryName(row.country, 'en') }))
            .sort((a, b) => a.label.localeCompare(b.label)),
        },
        {
          name: 'audience',
          label: 'Told by',
          options: Object.entries(audienceWords).map(([value, label]) => ({ value, label })),
        },
        {
          name: 'notified',
          label: 'Letter left',
          options: [
            { value: 'yes', label: 'Yes' },
            { value: 'no', label: 'No' },
          ],
        },
        { name: 'overdue', label: 'Overdue', options: [{ value: 'yes', label: 'Only these' }] },
      ],
      empty: {
        title: 'Nobody to tell yet',
        text: 'Parties appear when the affected units are found, on the page Scope.',
      },
    });
  });
}
