import { type CorrectionRow, correctionList, correctionStates } from '../../../app/queries/corrections.ts';
import { ladder, rungWords } from '../../../domain/evidence-ladder.ts';
import { allows } from '../../../domain/permission.ts';
import type { C } from '../../context.ts';
import { countryName } from '../../translate.ts';
import { LinkButton } from '../../ui/field.tsx';
import { parseListQuery } from '../../ui/list-query.ts';
import { Identifier } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import type { Column } from '../../ui/table.tsx';
import { Day, Moment } from '../../ui/time.tsx';
import { filtered } from '../corrections/verify.tsx';
import { listPage, specOf } from '../list-page.tsx';
import { capital } from '../words.ts';
import { withAction } from './action-page.tsx';
import { ActionTabs, actionCrumbs } from './tabs.tsx';

const columns: Column<CorrectionRow>[] = [
  {
    key: 'serial',
    title: 'Unit',
    cell: (row) => <Identifier>{row.serial}</Identifier>,
    sortable: true,
    rowHeader: true,
    nowrap: true,
  },
  { key: 'product', title: 'Product', cell: (row) => row.product, sortable: true },
  { key: 'environment', title: 'Environment', cell: (row) => row.environment, sortable: true },
  { key: 'party', title: 'Party', cell: (row) => <a href={`/parties/${row.party_id}`}>{row.party}</a>, sortable: true },
  { key: 'country', title: 'Country', cell: (row) => countryName(row.country, 'en'), sortable: true },
  {
    key: 'state',
    title: 'State',
    cell: (row) => (
      <>
        <StateBadge kind="correction" state={row.state} />
        {row.contradicted ? ' contradicted' : ''}
      </>
    ),
    sortable: true,
  },
  { key: 'rung', title: 'Rung', cell: (row) => rungWords[row.rung] },
  { key: 'evidence', title: 'Rests on', cell: (row) => evidenceWords(row) },
  { key: 'since', title: 'Since', cell: (row) => <Moment at={row.since} />, sortable: true, nowrap: true },
];

function evidenceWords(row: CorrectionRow) {
  if (row.evidence === null) return 'nothing yet';
  return (
    <>
      {row.evidence}
      {row.done_on ? (
        <>
          , done on <Day value={row.done_on} />
        </>
      ) : null}
      {row.reason ? `, ${row.reason}` : ''}
    </>
  );
}

/** GET /actions/:id/corrections: the ledger of one action. */
export async function showCorrections(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const ctx = c.get('ctx');
    const environments = await ctx.db
      .selectFrom('environment as e')
      .innerJoin('action_environment as ae', 'ae.environment_id', 'e.id')
      .innerJoin('product as p', 'p.id', 'e.product_id')
      .select(['e.id', 'e.name', 'p.name as product'])
      .where('ae.action_id', '=', action.id)
      .orderBy('p.name')
      .orderBy('e.position')
      .execute();
    const countries = await ctx.db
      .selectFrom('tally')
      .select('country')
      .distinct()
      .where('action_id', '=', action.id)
      .where('subject', '=', 'correction')
      .execute();
    const query = parseListQuery(c.req.url, specOf(correctionList));
    return listPage(c, {
      list: correctionList,
      scope: { actionId: action.id },
      title: 'Corrections',
      lede: 'One row for each unit, environment and remedy. The action is complete when every row has ended.',
      crumbs: actionCrumbs(action),
      tabs: <ActionTabs actionId={action.id} here="/corrections" />,
      actions: allows(ctx.actor, 'correction.verify') ? (
        <LinkButton href={filtered(`/actions/${action.id}/corrections/verify`, query)} icon="rosette-discount-check">
          Verify these
        </LinkButton>
      ) : undefined,
      caption: `Corrections of ${action.reference}`,
      columns,
      rowHref: (row) => `/corrections/${row.id}`,
      search: 'Serial number or party',
      filters: [
        {
          name: 'state',
          label: 'State',
          options: [
            { value: 'owed', label: 'Not yet fixed' },
            { value: 'fixed', label: 'Stated or better' },
            ...correctionStates.map((state) => ({ value: state, label: capital(state.replace('-', ' ')) })),
          ],
        },
        {
          name: 'reached',
          label: 'Evidence',
          options: ladder.map((rung) => ({
            value: rung,
            label: rung === 'verified' ? 'Verified' : `${capital(rungWords[rung])} or better`,
          })),
        },
        {
          name: 'country',
          label: 'Country',
          options: countries
            .map((row) => ({ value: row.country, label: countryName(row.country, 'en') }))
            .sort((a, b) => a.label.localeCompare(b.label)),
        },
        {
          name: 'environment',
          label: 'Environment',
          options: environments.map((row) => ({ value: String(row.id), label: `${row.product}, ${row.name}` })),
        },
        { name: 'contradicted', label: 'Contradicted', options: [{ value: 'yes', label: 'Only these' }] },
      ],
      empty: {
        title: 'No corrections yet',
        text: 'They are created from the affected units, on the page Scope.',
        action: <a href={`/actions/${action.id}/scope`}>Find the affected units</a>,
      },
    });
  });
}
