import { countKits, type KitRow, kitList } from '../../../app/queries/kits.ts';
import { KIT_WAITS, kitStates } from '../../../domain/kit.ts';
import type { C } from '../../context.ts';
import { countryName } from '../../translate.ts';
import { LinkButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { Identifier } from '../../ui/parts.tsx';
import { Badge, Figure, Figures, StateBadge } from '../../ui/state.tsx';
import type { Column } from '../../ui/table.tsx';
import { Day, Moment } from '../../ui/time.tsx';
import { listPage } from '../list-page.tsx';

const columnsAt = (now: Date): Column<KitRow>[] => [
  {
    key: 'party',
    title: 'Party',
    cell: (row) => row.party,
    sortable: true,
    rowHeader: true,
  },
  { key: 'id', title: 'Kit', cell: (row) => row.id, nowrap: true },
  {
    key: 'country',
    title: 'Goes to',
    cell: (row) => [row.city, countryName(row.country, 'en')].filter((part) => part !== '').join(', '),
  },
  { key: 'reference', title: 'Action', cell: (row) => row.reference, nowrap: true },
  {
    key: 'state',
    title: 'State',
    cell: (row) => (
      <>
        <StateBadge kind="kit" state={row.state} />{' '}
        {row.withdrawn ? (
          <Badge tone="red" icon="circle-x">
            package withdrawn
          </Badge>
        ) : null}
      </>
    ),
    sortable: true,
  },
  {
    key: 'state_since',
    title: 'Since',
    cell: (row) => (
      <>
        <Moment at={row.state_since} />{' '}
        {row.overdue ? (
          <Badge tone="amber" icon="clock">
            {daysSince(row.state_since, now)} days
          </Badge>
        ) : null}
      </>
    ),
    sortable: true,
    nowrap: true,
  },
  {
    key: 'confirmed',
    title: 'Confirmed',
    cell: (row) => `${formatCount(row.confirmed)} of ${formatCount(row.corrections)}`,
    nowrap: true,
  },
  {
    key: 'good_until',
    title: 'Good until',
    cell: (row) => (row.good_until ? <Day value={row.good_until.toISOString().slice(0, 10)} /> : '–'),
    sortable: true,
    nowrap: true,
  },
  {
    key: 'tracking',
    title: 'Carried by',
    cell: (row) => (
      <>
        {row.carrier || (row.way === 'visit' ? 'an engineer' : '–')}
        {row.tracking ? (
          <>
            {' '}
            <Identifier>{row.tracking}</Identifier>
          </>
        ) : null}
        {row.visit_on ? (
          <>
            {' '}
            <Day value={row.visit_on} />
          </>
        ) : null}
      </>
    ),
  },
];

const daysSince = (at: Date, now: Date): number => Math.floor((now.getTime() - at.getTime()) / 86_400_000);

/** GET /kits: the queue of support. */
export async function showKits(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const now = ctx.now();
  const counts = await countKits(ctx.db, now);
  return listPage(c, {
    title: 'Kits',
    lede: (
      <>
        What goes to machines without a network: asked for, prepared, sent, and accounted for at the end. What comes
        back are <a href="/codes">confirmation codes</a>.
      </>
    ),
    actions:
      counts.prepared > 0 ? (
        <LinkButton href="/kits/ship" icon="truck-delivery" tone="primary">
          Take kits to the post
        </LinkButton>
      ) : undefined,
    above: (
      <Figures>
        {(['requested', 'prepared', 'shipped', 'received'] as const).map((state) => (
          <Figure key={state} value={counts[state]} label={state} href={`/kits?state=${state}`} />
        ))}
        <Figure
          value={counts.overdue}
          label="wait too long"
          href="/kits?attention=overdue"
          note={`${KIT_WAITS.requested} days to prepare and send, ${KIT_WAITS.shipped} on the way, ${KIT_WAITS.received} until it is accounted for`}
          {...(counts.overdue > 0 ? { tone: 'amber' as const } : {})}
        />
        <Figure
          value={counts.withdrawn}
          label="hold a withdrawn package"
          href="/kits?attention=withdrawn"
          {...(counts.withdrawn > 0 ? { tone: 'red' as const } : {})}
        />
      </Figures>
    ),
    list: kitList,
    scope: { now },
    caption: 'Kits',
    columns: columnsAt(now),
    rowHref: (row) => `/kits/${row.id}`,
    search: 'Party, serial number, tracking number',
    preset: { state: 'open' },
    filters: [
      {
        name: 'state',
        label: 'State',
        options: [
          { value: 'open', label: 'still to do' },
          ...kitStates.map((state) => ({ value: state, label: state })),
        ],
      },
      {
        name: 'attention',
        label: 'Needs somebody',
        options: [
          { value: 'overdue', label: 'waits too long' },
          { value: 'withdrawn', label: 'holds a withdrawn package' },
        ],
      },
      {
        name: 'way',
        label: 'Way',
        options: [
          { value: 'post', label: 'by post' },
          { value: 'visit', label: 'by an engineer' },
        ],
      },
    ],
    empty: {
      title: 'No kits',
      text: 'No kit is like this. Laboratories ask for one on their page; for others, ask on the page of the party.',
    },
  });
}
