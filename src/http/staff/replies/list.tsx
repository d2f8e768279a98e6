import { doors, type ReplyRow, replyList } from '../../../app/queries/replies.ts';
import type { C } from '../../context.ts';
import { countryName, languageName } from '../../translate.ts';
import { LinkButton } from '../../ui/field.tsx';
import { Badge } from '../../ui/state.tsx';
import type { Column } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { withAction } from '../actions/action-page.tsx';
import { ActionTabs, actionCrumbs } from '../actions/tabs.tsx';
import { doorWords } from '../evidence.tsx';
import { listPage } from '../list-page.tsx';

const columns: Column<ReplyRow>[] = [
  { key: 'party', title: 'Party', cell: (row) => row.party, sortable: true, rowHeader: true },
  {
    key: 'received_at',
    title: 'Received',
    cell: (row) => <Moment at={row.received_at} />,
    sortable: true,
    nowrap: true,
  },
  { key: 'country', title: 'Country', cell: (row) => countryName(row.country, 'en'), sortable: true },
  { key: 'door', title: 'Door', cell: (row) => doorWords(row.door), sortable: true },
  { key: 'language', title: 'Language', cell: (row) => languageName(row.language, 'en'), sortable: true },
  { key: 'signer', title: 'Signed by', cell: (row) => row.signer || `nobody, taken by ${row.recorded_by}` },
  { key: 'confirmations', title: 'New evidence', align: 'number', cell: (row) => row.confirmations },
  {
    key: 'contradictions',
    title: 'Contradictions',
    cell: (row) =>
      row.contradictions === 0 ? (
        'none'
      ) : (
        <Badge tone="amber" icon="alert-triangle">
          {String(row.contradictions)}
        </Badge>
      ),
    sortable: true,
  },
];

/** GET /actions/:id/replies: what came back, by every door. */
export function showReplies(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const { db } = c.get('ctx');
    const of = db
      .selectFrom('reply as r')
      .innerJoin('party as p', 'p.id', 'r.party_id')
      .where('r.action_id', '=', action.id);
    const languages = await of.select('r.language').distinct().execute();
    const countries = await of.select('p.country').distinct().execute();
    const named = <T,>(rows: T[], value: (row: T) => string, label: (code: string) => string) =>
      rows
        .map((row) => ({ value: value(row), label: label(value(row)) }))
        .sort((a, b) => a.label.localeCompare(b.label));
    return listPage(c, {
      list: replyList,
      scope: { actionId: action.id },
      title: 'Replies',
      lede: 'What the parties told us. A reply is never changed: a later one adds to it.',
      crumbs: actionCrumbs(action),
      tabs: <ActionTabs actionId={action.id} here="/replies" />,
      actions: (
        <LinkButton href={`/actions/${action.id}/spreadsheets`} icon="list">
          Answers by spreadsheet
        </LinkButton>
      ),
      caption: `Replies to ${action.reference}`,
      columns,
      rowHref: (row) => `/replies/${row.id}`,
      search: 'Party or signer',
      filters: [
        { name: 'door', label: 'Door', options: doors.map((value) => ({ value, label: doorWords(value) })) },
        {
          name: 'language',
          label: 'Language',
          options: named(
            languages,
            (row) => row.language,
            (code) => languageName(code, 'en'),
          ),
        },
        {
          name: 'country',
          label: 'Country',
          options: named(
            countries,
            (row) => row.country,
            (code) => countryName(code, 'en'),
          ),
        },
        {
          name: 'contradicted',
          label: 'Contradictions',
          options: [{ value: 'yes', label: 'Only with contradictions' }],
        },
      ],
      empty: {
        title: 'No replies yet',
        text: 'They come in by the personal links of the letters. An answer given on the telephone is recorded on the page of its party.',
        action: <a href={`/actions/${action.id}/parties?state=silent`}>Parties that are silent</a>,
      },
    });
  });
}
