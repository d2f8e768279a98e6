import { scopeDecisionList } from '../../../app/queries/scope.ts';
import { explainDecision } from '../../../domain/scope.ts';
import type { C } from '../../context.ts';
import { countryName } from '../../translate.ts';
import { Identifier } from '../../ui/parts.tsx';
import { Badge } from '../../ui/state.tsx';
import { listPage } from '../list-page.tsx';
import { withAction } from './action-page.tsx';
import { actionCrumbs } from './tabs.tsx';

/** GET /actions/:id/scope/units: every decided unit of the last run, with its reason. */
export async function showScopeUnits(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const { db } = c.get('ctx');
    const run = await db
      .selectFrom('scope_run')
      .select('id')
      .where('action_id', '=', action.id)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    return listPage(c, {
      list: scopeDecisionList,
      scope: { runId: run?.id ?? -1 },
      title: 'Units by the scope rules',
      crumbs: [...actionCrumbs(action), { href: `/actions/${action.id}/scope`, label: 'Scope' }],
      caption: 'Decided units',
      columns: [
        {
          key: 'serial',
          title: 'Unit',
          cell: (row) => <Identifier>{row.serial}</Identifier>,
          sortable: true,
          rowHeader: true,
          nowrap: true,
        },
        { key: 'product', title: 'Product', cell: (row) => row.product, sortable: true },
        {
          key: 'party',
          title: 'Party',
          cell: (row) => <a href={`/parties/${row.party_id}`}>{row.party}</a>,
          sortable: true,
        },
        { key: 'country', title: 'Country', cell: (row) => countryName(row.country, 'en'), sortable: true },
        {
          key: 'included',
          title: 'Affected',
          cell: (row) => (row.included ? <Badge tone="amber">affected</Badge> : <Badge tone="grey">left out</Badge>),
        },
        { key: 'why', title: 'Why', cell: (row) => explainDecision(row), sortable: true },
      ],
      rowHref: (row) => `/units/${row.unit_id}`,
      search: 'Serial number or party',
      filters: [
        {
          name: 'included',
          label: 'Affected',
          options: [
            { value: 'yes', label: 'Affected' },
            { value: 'no', label: 'Left out' },
          ],
        },
      ],
      empty: { title: 'Nothing decided yet', text: 'Find the affected units first, on the page Scope.' },
    });
  });
}
