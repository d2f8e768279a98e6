import type { VNode } from 'preact';
import { verifyNotice } from '../../../app/notice-seal.ts';
import { type HoldingRow, holdingList, loadVersions, type VersionRow } from '../../../app/queries/holdings.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import type { C } from '../../context.ts';
import { countryName, languageName } from '../../translate.ts';
import { LinkButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, Identifier } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { type Column, DataTable } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { withAction } from '../actions/action-page.tsx';
import { audienceWords } from '../actions/parties.tsx';
import { actionCrumbs } from '../actions/tabs.tsx';
import { listPage } from '../list-page.tsx';
import { shellOf } from '../shell.ts';
import { noticeCrumbs } from './find.ts';
import { SealBadge } from './version.tsx';

/** GET /actions/:id/notice/versions: every version, who holds it, and whether it is still what was released. */
export async function showVersions(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const { db } = c.get('ctx');
    const versions = await loadVersions(db, action.id);
    const seals = new Map<number, 'intact' | 'broken' | 'none'>();
    for (const row of versions.filter((one) => one.released_at !== null)) {
      const verdict = await verifyNotice(db, row.id);
      if (!isRefusal(verdict)) seals.set(row.id, verdict.seal);
    }
    const holders = versions.reduce((sum, row) => sum + row.holders, 0);
    return html(
      c,
      <DeskPage
        shell={await shellOf(c)}
        styles={['notice-desk.css']}
        title="Versions of the notice"
        crumbs={noticeCrumbs(action)}
        actions={
          <LinkButton href={`/actions/${action.id}/holdings`} tone="secondary">
            Who holds which version
          </LinkButton>
        }
      >
        <Card title="Versions" flush>
          <DataTable
            caption="Versions of the notice"
            columns={columnsOf(action.id, seals)}
            rows={versions}
            rowKey={(row) => row.id}
            rowHref={(row) => `/notices/${row.id}`}
            empty={{ title: 'No version yet', text: 'Write the notice; its versions stand here.' }}
          />
        </Card>
        <p class="ff-hint">
          {formatCount(holders)} {holders === 1 ? 'contact holds' : 'contacts hold'} a version: the newest whose letter
          left for them. A released version never changes; its seal is computed anew each time this page is opened.
        </p>
      </DeskPage>,
    );
  });
}

function columnsOf(actionId: number, seals: ReadonlyMap<number, 'intact' | 'broken' | 'none'>): Column<VersionRow>[] {
  return [
    { key: 'version', title: 'Version', cell: (row) => `Version ${row.version}`, rowHeader: true },
    { key: 'number', title: 'Document', cell: (row) => <Identifier>{row.number}</Identifier> },
    {
      key: 'kind',
      title: 'Kind',
      cell: (row) => (row.kind === 'update' ? `update of version ${row.previous ?? '?'}` : 'new'),
    },
    { key: 'state', title: 'State', cell: (row) => <StateBadge kind="notice" state={row.state} /> },
    {
      key: 'released',
      title: 'Released',
      cell: (row) => (row.released_at ? <Moment at={row.released_at} /> : '–'),
      nowrap: true,
    },
    {
      key: 'seal',
      title: 'Seal',
      cell: (row) => <SealBadge seal={row.released_at ? (seals.get(row.id) ?? 'none') : undefined} />,
    },
    {
      key: 'holders',
      title: 'Held by',
      align: 'number',
      cell: (row) => <a href={`/actions/${actionId}/holdings?holds=${row.version}`}>{formatCount(row.holders)}</a>,
    },
    {
      key: 'letters',
      title: 'Letters that left',
      align: 'number',
      cell: (row) => (
        <a href={`/actions/${actionId}/deliveries?notice=${row.id}&kind=notice&state=left`}>
          {formatCount(row.letters)}
        </a>
      ),
    },
    {
      key: 'asked',
      title: 'Receipts asked anew',
      align: 'number',
      cell: (row) => (row.asked > 0 ? `${formatCount(row.received)} of ${formatCount(row.asked)} given` : '–'),
    },
    {
      key: 'changes',
      title: 'Changes',
      cell: (row) => (row.version > 1 ? <a href={`/notices/${row.id}/compare`}>Compare</a> : '–'),
    },
  ];
}

const holdingColumns: Column<HoldingRow>[] = [
  { key: 'party', title: 'Party', cell: (row) => row.party, sortable: true, rowHeader: true },
  { key: 'contact', title: 'Contact', cell: (row) => row.contact, sortable: true },
  { key: 'country', title: 'Country', cell: (row) => countryName(row.country, 'en'), sortable: true },
  { key: 'audience', title: 'Told by', cell: (row) => audienceWords[row.audience] ?? row.audience },
  {
    key: 'holds',
    title: 'Holds',
    cell: (row) => (row.holds === null ? <span class="ff-muted">nothing yet</span> : `version ${row.holds}`),
    sortable: true,
  },
  {
    key: 'sent',
    title: 'Last written',
    cell: (row): VNode | string =>
      row.sent === null || row.state === null ? (
        '–'
      ) : (
        <>
          version {row.sent} <StateBadge kind="delivery" state={row.state} />
        </>
      ),
  },
  {
    key: 'languages',
    title: 'Languages',
    cell: (row) => row.languages.map((code) => languageName(code, 'en')).join(', '),
  },
  {
    key: 'since',
    title: 'Since',
    cell: (row) => (row.since ? <Moment at={row.since} /> : '–'),
    sortable: true,
    nowrap: true,
  },
];

/** GET /actions/:id/holdings: which version of the notice each contact holds. */
export function showHoldings(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const versions = await loadVersions(c.get('ctx').db, action.id);
    return listPage(c, {
      list: holdingList,
      scope: { actionId: action.id },
      title: 'Who holds which version',
      lede: 'The newest version whose letter left for a contact. A letter that came back puts nothing into anybody’s hands.',
      crumbs: [...actionCrumbs(action), { href: `/actions/${action.id}/notice/versions`, label: 'Versions' }],
      caption: `Versions held by the contacts of ${action.reference}`,
      columns: holdingColumns,
      rowHref: (row) => `/parties/${row.party_id}`,
      search: 'Party or contact',
      filters: [
        {
          name: 'holds',
          label: 'Holds',
          options: [
            ...versions.map((row) => ({ value: String(row.version), label: `Version ${row.version}` })),
            { value: 'none', label: 'Nothing yet' },
          ],
        },
        { name: 'behind', label: 'Arrival', options: [{ value: 'yes', label: 'Last version has not arrived' }] },
        {
          name: 'audience',
          label: 'Told by',
          options: Object.entries(audienceWords).map(([value, label]) => ({ value, label })),
        },
      ],
      empty: {
        title: 'Nobody to tell yet',
        text: 'Parties come from the scope of the action; what each contact holds follows from the letters.',
      },
    });
  });
}
