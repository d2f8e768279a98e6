import type { VNode } from 'preact';
import {
  type DeliveryFigures,
  type DeliveryRow,
  deliveryList,
  deliveryStates,
  loadDeliveryFigures,
} from '../../../app/queries/deliveries.ts';
import { allows } from '../../../domain/permission.ts';
import type { C } from '../../context.ts';
import { countryName, languageName } from '../../translate.ts';
import { ButtonRow, LinkButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import type { NextStep } from '../../ui/layout.tsx';
import { Card } from '../../ui/parts.tsx';
import { stateLook } from '../../ui/state.ts';
import { Figure, Figures, ProgressBar, StateBadge } from '../../ui/state.tsx';
import type { Column } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { type ActionRow, withAction } from '../actions/action-page.tsx';
import { ActionTabs, actionCrumbs } from '../actions/tabs.tsx';
import { listPage } from '../list-page.tsx';
import { capital } from '../words.ts';
import { channelWords, kindWords } from './words.ts';

const columns: Column<DeliveryRow>[] = [
  { key: 'party', title: 'Party', cell: (row) => row.party ?? 'staff', sortable: true, rowHeader: true },
  { key: 'contact', title: 'Contact', cell: (row) => row.contact ?? '' },
  {
    key: 'country',
    title: 'Country',
    cell: (row) => (row.country ? countryName(row.country, 'en') : ''),
    sortable: true,
  },
  { key: 'kind', title: 'Letter', cell: (row) => kindWords[row.kind] ?? row.kind },
  { key: 'channel', title: 'By', cell: (row) => channelWords[row.channel], sortable: true },
  { key: 'languages', title: 'Languages', cell: (row) => row.languages.join(', ') },
  { key: 'version', title: 'Version', align: 'number', cell: (row) => row.version ?? '–' },
  { key: 'holds', title: 'Holds', align: 'number', cell: (row) => (row.holds === null ? '–' : `version ${row.holds}`) },
  { key: 'state', title: 'State', cell: (row) => <StateBadge kind="delivery" state={row.state} />, sortable: true },
  { key: 'attempts', title: 'Tries', align: 'number', cell: (row) => row.attempts, sortable: true },
  { key: 'since', title: 'Since', cell: (row) => <Moment at={row.since} />, sortable: true, nowrap: true },
];

/** GET /actions/:id/deliveries: every letter of an action, by how far it came. */
export function showDeliveries(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const ctx = c.get('ctx');
    const figures = await loadDeliveryFigures(ctx.db, action.id);
    return listPage(c, {
      list: deliveryList,
      scope: { actionId: action.id },
      title: 'Deliveries',
      lede: sendingWords[action.delivery_state],
      crumbs: actionCrumbs(action),
      tabs: <ActionTabs actionId={action.id} here="/deliveries" />,
      next: nextSteps(action, figures),
      actions: (
        <>
          <LinkButton href={`/actions/${action.id}/post`} icon="mail">
            On paper
          </LinkButton>
          {allows(ctx.actor, 'delivery.control') ? <SendingButtons action={action} /> : null}
        </>
      ),
      caption: `Letters of ${action.reference}`,
      columns,
      rowHref: (row) => `/deliveries/${row.id}`,
      search: 'Party, address or Message-ID',
      filters: [
        {
          name: 'state',
          label: 'State',
          options: deliveryStates.map((value) => ({ value, label: capital(stateLook('delivery', value).word) })),
        },
        {
          name: 'kind',
          label: 'Letter',
          options: Object.entries(kindWords).map(([value, label]) => ({ value, label })),
        },
        {
          name: 'country',
          label: 'Country',
          options: figures.countries.map((value) => ({ value, label: countryName(value, 'en') })),
        },
        {
          name: 'channel',
          label: 'By',
          options: Object.entries(channelWords).map(([value, label]) => ({ value, label })),
        },
        {
          name: 'language',
          label: 'Language',
          options: figures.languages.map((value) => ({ value, label: languageName(value, 'en') })),
        },
      ],
      above: <Counts actionId={action.id} figures={figures} />,
      empty: {
        title: 'No letters yet',
        text: 'Letters are made when the notice is released: one for every contact of every party that must be told.',
      },
    });
  });
}

const sendingWords: Record<ActionRow['delivery_state'], string> = {
  idle: 'Nothing has been released yet.',
  running: 'Letters leave as they fall due.',
  paused: 'Sending is paused: what waits stays where it is.',
  stopped: 'Sending is stopped: what waited was taken out of the queue.',
};

function nextSteps(action: ActionRow, figures: DeliveryFigures): NextStep[] {
  const base = `/actions/${action.id}`;
  const unsure = (figures.notice.unsure ?? 0) + (figures.reminder.unsure ?? 0);
  const steps: (NextStep | false)[] = [
    unsure > 0 && {
      text: `It is not known whether ${letters(unsure)} left`,
      href: `${base}/unsure`,
      label: 'Settle them',
      tone: 'attention',
    },
    (figures.notice.bounced ?? 0) > 0 && {
      text: `${letters(figures.notice.bounced ?? 0)} came back`,
      href: `/tasks?kind=bounce&state=open`,
      label: 'Find another way',
      tone: 'attention',
    },
    figures.toPost > 0 && {
      text: `${letters(figures.toPost)} wait to be printed and posted`,
      href: `${base}/print`,
      label: 'Print them',
      tone: 'do',
    },
    figures.toCall > 0 && {
      text: `${formatCount(figures.toCall)} contacts are told by telephone`,
      href: `${base}/calls?why=by-telephone`,
      label: 'See whom to call',
      tone: 'do',
    },
  ];
  return steps.filter((step): step is NextStep => step !== false);
}

function letters(count: number): string {
  return count === 1 ? '1 letter' : `${formatCount(count)} letters`;
}

function SendingButtons({ action }: { action: ActionRow }): VNode | null {
  const control = `/actions/${action.id}/sending`;
  if (action.delivery_state === 'idle') return null;
  return (
    <ButtonRow>
      {action.delivery_state === 'running' ? (
        <LinkButton href={`${control}?command=pause`} icon="player-pause">
          Pause
        </LinkButton>
      ) : (
        <LinkButton href={`${control}?command=resume`} icon="player-play" tone="primary">
          Resume
        </LinkButton>
      )}
      {action.delivery_state === 'stopped' ? null : (
        <LinkButton href={`${control}?command=stop`} icon="hand-stop" tone="quiet">
          Stop
        </LinkButton>
      )}
    </ButtonRow>
  );
}

/** How the letters stand: each figure is the list it counts (law 5). */
function Counts({ actionId, figures }: { actionId: number; figures: DeliveryFigures }): VNode | null {
  const base = `/actions/${actionId}/deliveries`;
  const total = Object.values(figures.notice).reduce((sum, n) => sum + n, 0);
  if (total === 0) return null;
  const reminders = Object.values(figures.reminder).reduce((sum, n) => sum + n, 0);
  const figure = (label: string, state: keyof DeliveryFigures['notice']): VNode => (
    <Figure value={figures.notice[state] ?? 0} label={label} href={`${base}?kind=notice&state=${state}`} />
  );
  return (
    <Card title="Letters of the notice">
      <Figures>
        <Figure value={total} label="letters" href={`${base}?kind=notice`} />
        {figure('waiting', 'queued')}
        {figure('taken by the mail server', 'sent')}
        {figure('opened by a person', 'opened')}
        {figure('came back', 'bounced')}
        {figure('could not be sent', 'failed')}
        <Figure value={reminders} label="reminders" href={`${base}?kind=reminder`} />
      </Figures>
      <ProgressBar
        kind="delivery"
        noun="letters"
        shares={deliveryStates.map((state) => ({
          state,
          count: figures.notice[state] ?? 0,
          href: `${base}?kind=notice&state=${state}`,
        }))}
      />
    </Card>
  );
}
