/** Who is still on the interim patch, who took the permanent fix directly, and who refused: each a list with its file. */
import {
  type FixPathRow,
  fixPathList,
  loadFixFigures,
  type RefusedRow,
  refusedList,
} from '../../../app/queries/permanent-fix.ts';
import { type FixPath, fixPaths, fixPathWords } from '../../../domain/permanent-fix.ts';
import type { C } from '../../context.ts';
import { countryName } from '../../translate.ts';
import { Identifier } from '../../ui/parts.tsx';
import { Badge, StateBadge } from '../../ui/state.tsx';
import type { Column } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { withAction } from '../actions/action-page.tsx';
import { ActionTabs, actionCrumbs } from '../actions/tabs.tsx';
import { listPage } from '../list-page.tsx';
import { capital, plain } from '../words.ts';

const tones = {
  neither: 'grey',
  interim: 'amber',
  direct: 'green',
  both: 'green',
  ended: 'grey',
} as const satisfies Record<FixPath, string>;

const columns: Column<FixPathRow>[] = [
  {
    key: 'serial',
    title: 'Unit',
    cell: (row) => <Identifier>{row.serial}</Identifier>,
    sortable: true,
    rowHeader: true,
    nowrap: true,
  },
  { key: 'environment', title: 'Environment', cell: (row) => row.environment, sortable: true },
  { key: 'party', title: 'Party', cell: (row) => <a href={`/parties/${row.party_id}`}>{row.party}</a>, sortable: true },
  { key: 'country', title: 'Country', cell: (row) => countryName(row.country, 'en'), sortable: true },
  {
    key: 'path',
    title: 'Stands',
    cell: (row) => <Badge tone={tones[row.path]}>{fixPathWords[row.path]}</Badge>,
    sortable: true,
  },
  {
    key: 'interim_state',
    title: 'Interim patch',
    cell: (row) =>
      row.interim_state === null || row.interim_id === null ? (
        'had none'
      ) : (
        <span>
          <a href={`/corrections/${row.interim_id}`}>
            <StateBadge kind="correction" state={row.interim_state} />
          </a>
          {row.interim_reason ? ` ${plain(row.interim_reason)}` : ''}
        </span>
      ),
  },
  { key: 'state', title: 'Permanent fix', cell: (row) => <StateBadge kind="correction" state={row.state} /> },
  { key: 'since', title: 'Since', cell: (row) => <Moment at={row.since} />, sortable: true, nowrap: true },
];

/** GET /actions/:id/permanent/units */
export function showFixPaths(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const ctx = c.get('ctx');
    const fixes = await loadFixFigures(ctx.db, action.id);
    const countries = await ctx.db
      .selectFrom('tally_fix_path')
      .select('country')
      .distinct()
      .where('remedy_id', 'in', [0, ...fixes.map((fix) => fix.remedyId)])
      .where('n', '>', 0)
      .execute();
    return listPage(c, {
      list: fixPathList,
      scope: { actionId: action.id },
      title: 'Interim patch and permanent fix',
      lede: 'One row for each unit and environment that the permanent fix is for.',
      crumbs: [...actionCrumbs(action), { href: `/actions/${action.id}/permanent`, label: 'Permanent fix' }],
      tabs: <ActionTabs actionId={action.id} here="/permanent" />,
      caption: `Units of the permanent fix of ${action.reference}`,
      columns,
      rowHref: (row) => `/corrections/${row.id}`,
      search: 'Serial number or party',
      preset: { path: 'interim' },
      filters: [
        {
          name: 'path',
          label: 'Stands',
          options: [
            { value: 'owed', label: 'Needs the permanent fix' },
            ...fixPaths.map((path) => ({ value: path, label: capital(fixPathWords[path]) })),
          ],
        },
        ...(fixes.length > 1
          ? [
              {
                name: 'remedy',
                label: 'Remedy',
                options: fixes.map((fix) => ({ value: String(fix.remedyId), label: fix.remedy })),
              },
            ]
          : []),
        {
          name: 'country',
          label: 'Country',
          options: countries
            .map((row) => ({ value: row.country, label: countryName(row.country, 'en') }))
            .sort((a, b) => a.label.localeCompare(b.label)),
        },
        {
          name: 'internet',
          label: 'Internet',
          options: [
            { value: 'yes', label: 'Connected' },
            { value: 'no', label: 'Not connected' },
          ],
        },
      ],
      empty: {
        title: 'No unit stands here',
        text: 'Units appear when the permanent fix has begun. Choose another filter, or look at all of them.',
        action: <a href={`/actions/${action.id}/permanent`}>The permanent fix</a>,
      },
    });
  });
}

const whats: Record<RefusedRow['what'], string> = { action: 'to act', 'customer-list': 'to name its customers' };

/** GET /actions/:id/permanent/refused */
export function showRefused(c: C): Promise<Response> {
  return withAction(c, (action) =>
    listPage(c, {
      list: refusedList,
      scope: { actionId: action.id },
      title: 'Who refused',
      lede: 'In this action and the one it follows. Whoever asks again should know why.',
      crumbs: [...actionCrumbs(action), { href: `/actions/${action.id}/permanent`, label: 'Permanent fix' }],
      tabs: <ActionTabs actionId={action.id} here="/permanent" />,
      caption: `Refusals in ${action.reference}`,
      columns: [
        { key: 'party', title: 'Party', cell: (row) => row.party, sortable: true, rowHeader: true },
        { key: 'country', title: 'Country', cell: (row) => countryName(row.country, 'en'), sortable: true },
        { key: 'what', title: 'Refused', cell: (row) => whats[row.what] },
        { key: 'why', title: 'Why', cell: (row) => row.why || '–' },
        { key: 'by', title: 'By', cell: (row) => row.by },
        { key: 'at', title: 'When', cell: (row) => <Moment at={row.at} />, sortable: true, nowrap: true },
        { key: 'reference', title: 'Action', cell: (row) => row.reference, nowrap: true },
        { key: 'open', title: 'Owes now', cell: (row) => (row.open === null ? '–' : row.open), align: 'number' },
      ],
      rowHref: (row) => `/parties/${row.party_id}`,
      search: 'Party or reason',
      filters: [
        {
          name: 'what',
          label: 'Refused',
          options: Object.entries(whats).map(([value, label]) => ({ value, label: capital(label) })),
        },
      ],
      empty: { title: 'Nobody refused', text: 'A refusal is taken down with a telephone call, or read from a form.' },
    }),
  );
}
