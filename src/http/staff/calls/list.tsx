import type { VNode } from 'preact';
import { claimNextCall, nextCallInput } from '../../../app/call-claims.ts';
import { outcomeWord } from '../../../app/calls.ts';
import { loadCalendars } from '../../../app/deadlines.ts';
import {
  type CallFigures,
  type CallRow,
  callList,
  callScope,
  readCalls,
  SILENT_DAYS,
  silentDays,
} from '../../../app/queries/calls.ts';
import { staffIdOf } from '../../../domain/actor.ts';
import { callReasons, callReasonWords } from '../../../domain/call.ts';
import { callHours } from '../../../domain/call-hours.ts';
import { allows } from '../../../domain/permission.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { countryName, languageName } from '../../translate.ts';
import { Form, HiddenInput, LinkButton, SubmitButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { setFlash } from '../../ui/flash.ts';
import type { NextStep } from '../../ui/layout.tsx';
import { parseListQuery } from '../../ui/list-query.ts';
import { Figure, Figures } from '../../ui/state.tsx';
import type { Column } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { withAction } from '../actions/action-page.tsx';
import { promisedCalls } from '../actions/action-tasks.tsx';
import { ActionTabs, actionCrumbs } from '../actions/tabs.tsx';
import { listPage, specOf } from '../list-page.tsx';
import { TelephoneLink } from '../tasks/mend-call.tsx';
import { Hours, ReasonBadge } from './words.tsx';

/** GET /actions/:id/calls: whom to call next, and why. */
export function showCalls(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const ctx = c.get('ctx');
    const scope = await callScope(ctx, action.id);
    const calendarOf = await loadCalendars(ctx.db, ctx);
    const base = `/actions/${action.id}/calls`;
    const query = parseListQuery(c.req.url, specOf(callList));
    const { filters } = query;
    const { figures, page } = await readCalls(ctx.db, query, scope);
    const days = silentDays(filters.silent);
    const me = staffIdOf(ctx.actor);
    /** Who has it, when it is due, or since when it waits. */
    const standing = (row: CallRow) => {
      if (row.claimed_by) return row.claimed_by_id === me ? 'you have this call' : `${row.claimed_by} is calling`;
      const later = row.not_before !== null && row.not_before > scope.now;
      return (
        <>
          {later ? 'not before ' : 'since '}
          <Moment at={later ? row.not_before : row.since} zoned={false} />
        </>
      );
    };
    const columns: Column<CallRow>[] = [
      { key: 'party', title: 'Party', cell: (row) => row.party, sortable: true, rowHeader: true },
      {
        key: 'place',
        title: 'Why',
        cell: (row) => (
          <div>
            <ReasonBadge why={row.why} />
            <span class="ff-call-more">{standing(row)}</span>
          </div>
        ),
        sortable: true,
      },
      {
        key: 'country',
        title: 'Country, local time',
        cell: (row) => (
          <div>
            {countryName(row.country, 'en')}
            <span class="ff-call-more">
              <Hours hours={callHours(scope.now, row, calendarOf(row.country))} />
            </span>
          </div>
        ),
        sortable: true,
      },
      {
        key: 'phone',
        title: 'Contact',
        cell: (row) => (
          <div>
            {row.contact || 'Switchboard'}
            <span class="ff-call-more">
              {row.phone === '' ? 'no working number' : <TelephoneLink number={row.phone} />}
            </span>
          </div>
        ),
      },
      {
        key: 'languages',
        title: 'Speaks',
        cell: (row) => row.languages.map((code) => languageName(code, 'en')).join(', ') || '–',
      },
      {
        key: 'last_at',
        title: 'Last call',
        cell: (row) =>
          row.last_at === null ? (
            'none yet'
          ) : (
            <div>
              {row.calls > 1 ? `${row.calls}. ` : ''}
              {outcomeWord(row.last_outcome ?? '')}
              <span class="ff-call-more">
                <Moment at={row.last_at} zoned={false} />, {row.last_by}
              </span>
            </div>
          ),
        sortable: true,
      },
      { key: 'owed', title: 'Not yet fixed', align: 'number', cell: (row) => row.owed, sortable: true },
    ];
    return listPage(c, {
      list: callList,
      scope,
      page,
      title: 'Calls',
      lede: `Whom no letter reaches, who is silent for ${days} ${days === 1 ? 'day' : 'days'}, and who was promised a call. Office hours are nine to five by the clock of the place.`,
      crumbs: actionCrumbs(action),
      tabs: <ActionTabs actionId={action.id} here="/calls" />,
      next: nextSteps(figures, action.id, base),
      styles: ['calls.css'],
      actions: (
        <>
          <LinkButton href={`/actions/${action.id}/attempts`} icon="notes">
            Every attempt
          </LinkButton>
          {allows(ctx.actor, 'attempt.record') ? (
            <TakeNext base={base} country={filters.country} language={filters.language} />
          ) : null}
        </>
      ),
      caption: `Calls of ${action.reference}`,
      columns,
      rowHref: (row) => `${base}/${row.party_id}${row.contact_id === null ? '' : `?contact=${row.contact_id}`}`,
      search: 'Party, contact or number',
      filters: [
        {
          name: 'why',
          label: 'Why',
          options: callReasons.map((value) => ({ value, label: callReasonWords[value] })),
        },
        {
          name: 'country',
          label: 'Country',
          options: figures.countries.map((value) => ({ value, label: countryName(value, 'en') })),
        },
        {
          name: 'language',
          label: 'Speaks',
          options: figures.languages.map((value) => ({ value, label: languageName(value, 'en') })),
        },
        { name: 'hours', label: 'Office', options: [{ value: 'open', label: 'Open now' }] },
        { name: 'due', label: 'Due', options: [{ value: 'now', label: 'Now' }] },
        {
          name: 'silent',
          label: 'Silent for',
          options: ['1', '2', '3', '10', '20', '30'].map((value) => ({
            value,
            label: value === '1' ? '1 day' : `${value} days`,
          })),
        },
      ],
      above: <Counts figures={figures} base={base} silent={days === SILENT_DAYS ? '' : `&silent=${days}`} />,
      empty: {
        title: 'Nobody has to be called',
        text: 'Parties appear here when no letter reaches them, when they stay silent, or when a call was promised.',
      },
    });
  });
}

function nextSteps(figures: CallFigures, actionId: number, base: string): NextStep[] {
  const { urgent = 0, 'call-back': promised = 0 } = figures.why;
  const steps: (NextStep | false)[] = [
    urgent > 0 && {
      text: urgent === 1 ? 'One party suspects a break-in' : `${formatCount(urgent)} parties suspect a break-in`,
      href: `${base}?why=urgent`,
      label: 'Call them first',
      tone: 'late',
    },
    promised > 0 && promisedCalls(promised, actionId),
  ];
  return steps.filter((step): step is NextStep => step !== false);
}

function Counts({
  figures,
  base,
  silent,
}: {
  figures: CallFigures;
  base: string;
  /** The days of silence the figures stand for, as a part of a query; '' for the usual ones. */
  silent: string;
}): VNode | null {
  if (figures.due === 0 && Object.keys(figures.why).length === 0) return null;
  return (
    <Figures>
      <Figure value={figures.open} label="due, and their office is open" href={`${base}?due=now&hours=open${silent}`} />
      <Figure value={figures.due} label="due" href={`${base}?due=now${silent}`} />
      {callReasons
        .filter((why) => (figures.why[why] ?? 0) > 0)
        .map((why) => (
          <Figure
            key={why}
            value={figures.why[why] ?? 0}
            label={callReasonWords[why].toLowerCase()}
            href={`${base}?why=${why}${silent}`}
          />
        ))}
    </Figures>
  );
}

/** Takes the next call of the list as it is filtered. */
function TakeNext({
  base,
  country,
  language,
}: {
  base: string;
  country: string | undefined;
  language: string | undefined;
}): VNode {
  return (
    <Form action={`${base}/next`} label="Next call">
      {country ? <HiddenInput name="country" value={country} /> : null}
      {language ? <HiddenInput name="language" value={language} /> : null}
      <SubmitButton tone="primary" icon="phone">
        Take the next call
      </SubmitButton>
    </Form>
  );
}

/** POST /actions/:id/calls/next: takes the most urgent call that nobody has. */
export function postNextCall(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const body = await readForm(c);
    return takeNext(c, action.id, {
      country: fieldText(body, 'country') || undefined,
      language: fieldText(body, 'language') || undefined,
    });
  });
}

/** Goes to the next call, or back to the list with why there is none. */
export async function takeNext(
  c: C,
  actionId: number,
  wish: { country?: string | undefined; language?: string | undefined },
): Promise<Response> {
  const input = nextCallInput.safeParse(wish);
  const taken = await claimNextCall(c.get('ctx'), actionId, input.success ? input.data : { anyHour: false });
  if (isRefusal(taken)) {
    setFlash(c, { tone: 'attention', text: refusalError(taken).message });
    const search = new URLSearchParams(
      Object.entries(wish).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    return seeOther(c, `/actions/${actionId}/calls${search.size > 0 ? `?${search}` : ''}`);
  }
  return seeOther(c, `/actions/${actionId}/calls/${taken.id}`);
}
