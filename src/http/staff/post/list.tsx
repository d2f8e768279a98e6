import type { VNode } from 'preact';
import { markPrinted, markPrintedInput } from '../../../app/post-tracking.ts';
import { readList } from '../../../app/queries/list.ts';
import { loadPostFigures, type PostRow, postList } from '../../../app/queries/post.ts';
import {
  letterReference,
  OVERDUE_AFTER_DAYS,
  postStates,
  type ReturnReason,
  returnRules,
} from '../../../domain/post.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { countryName } from '../../translate.ts';
import { Form, LinkButton, SubmitButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { setFlash } from '../../ui/flash.ts';
import type { NextStep } from '../../ui/layout.tsx';
import { parseListQuery } from '../../ui/list-query.ts';
import { Identifier } from '../../ui/parts.tsx';
import { stateLook } from '../../ui/state.ts';
import { Figure, Figures, StateBadge } from '../../ui/state.tsx';
import type { Column } from '../../ui/table.tsx';
import { Day } from '../../ui/time.tsx';
import { type ActionRow, withAction } from '../actions/action-page.tsx';
import { actionCrumbs } from '../actions/tabs.tsx';
import { listPage, specOf } from '../list-page.tsx';
import { capital } from '../words.ts';
import { PostTabs } from './tabs.tsx';

/** A day in the post and what is known of it. */
function When({ row }: { row: PostRow }): VNode {
  const line = (word: string, day: string | null, more = ''): VNode | null =>
    day ? (
      <span class="ff-call-more">
        {word} <Day value={day} />
        {more}
      </span>
    ) : null;
  return (
    <div>
      {line('Handed in', row.dispatched_on)}
      {line('Arrived', row.delivered_on, row.signed_by === '' ? '' : `, signed by ${row.signed_by}`)}
      {line('Came back', row.returned_on, `: ${reasonWord(row.return_reason).toLowerCase()}`)}
    </div>
  );
}

/** Why a letter came back, in words. */
export function reasonWord(reason: string): string {
  return Object.hasOwn(returnRules, reason) ? returnRules[reason as ReturnReason].word : reason;
}

const columns: Column<PostRow>[] = [
  { key: 'id', title: 'Letter', cell: (row) => <Identifier>{letterReference(row.id)}</Identifier>, sortable: true },
  { key: 'party', title: 'Party', cell: (row) => row.party, sortable: true, rowHeader: true },
  {
    key: 'address',
    title: 'To',
    cell: (row) => (
      <div>
        {row.contact}
        <span class="ff-call-more">{row.address.split('\n').slice(2, -1).join(', ')}</span>
      </div>
    ),
  },
  { key: 'country', title: 'Country', cell: (row) => countryName(row.country, 'en'), sortable: true },
  { key: 'post', title: 'State', cell: (row) => <StateBadge kind="post" state={row.post} /> },
  {
    key: 'tracking',
    title: 'Tracking number',
    cell: (row) =>
      row.tracking === '' ? (
        '–'
      ) : (
        <div>
          <Identifier>{row.tracking}</Identifier>
          <span class="ff-call-more">{row.carrier}</span>
        </div>
      ),
  },
  { key: 'dispatched_on', title: 'On its way', cell: (row) => <When row={row} />, sortable: true },
  {
    key: 'task',
    title: 'Task',
    cell: (row) => (row.task_id === null ? '' : <a href={`/tasks/${row.task_id}`}>Find another way</a>),
  },
];

/** GET /actions/:id/post: every letter on paper, by how far it came. */
export function showPost(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const ctx = c.get('ctx');
    const scope = { actionId: action.id, today: ctx.now().toISOString().slice(0, 10) };
    const figures = await loadPostFigures(ctx.db, scope);
    const base = `/actions/${action.id}/post`;
    const { filters } = parseListQuery(c.req.url, specOf(postList));
    return listPage(c, {
      list: postList,
      scope,
      title: 'Post',
      lede: 'Letters on paper, from the printer to the letter box.',
      crumbs: postCrumbs(action),
      tabs: <PostTabs actionId={action.id} here="" />,
      next: nextSteps(figures.states, action.id),
      styles: ['calls.css'],
      caption: `Letters on paper of ${action.reference}`,
      columns,
      rowHref: (row) => `/deliveries/${row.id}`,
      search: 'Party, address, L-number or tracking number',
      filters: [
        {
          name: 'post',
          label: 'State',
          options: postStates.map((value) => ({ value, label: capital(stateLook('post', value).word) })),
        },
        {
          name: 'country',
          label: 'Country',
          options: figures.countries.map((value) => ({ value, label: countryName(value, 'en') })),
        },
      ],
      above: (
        <Figures>
          {postStates.map((state) => (
            <Figure
              key={state}
              value={figures.states[state] ?? 0}
              label={stateLook('post', state).word}
              href={`${base}?post=${state}`}
            />
          ))}
        </Figures>
      ),
      below:
        filters.post === 'to-print' && (figures.states['to-print'] ?? 0) > 0 ? (
          <Form action={`${base}/printed${new URL(c.req.url).search}`} label="Printed">
            <SubmitButton tone="secondary" icon="printer">
              The letters of this page came out of the printer
            </SubmitButton>
          </Form>
        ) : undefined,
      actions: (
        <LinkButton href={`/actions/${action.id}/print`} icon="printer">
          Print
        </LinkButton>
      ),
      empty: {
        title: 'No letters on paper',
        text: 'Contacts who are reached by post have their letters here once a notice is released.',
      },
    });
  });
}

/** Crumbs of the pages of the post. */
export function postCrumbs(action: ActionRow) {
  return [...actionCrumbs(action), { href: `/actions/${action.id}/deliveries`, label: 'Deliveries' }];
}

function nextSteps(states: Partial<Record<PostRow['post'], number>>, actionId: number): NextStep[] {
  const base = `/actions/${actionId}`;
  const letters = (count: number): string => (count === 1 ? '1 letter' : `${formatCount(count)} letters`);
  const { overdue = 0, 'to-print': toPrint = 0, printed = 0, returned = 0 } = states;
  const steps: (NextStep | false)[] = [
    overdue > 0 && {
      text: `${letters(overdue)} in the post for ${OVERDUE_AFTER_DAYS} days without a word`,
      href: `${base}/post?post=overdue`,
      label: 'Ask the carrier, or call',
      tone: 'late',
    },
    returned > 0 && {
      text: `${letters(returned)} came back`,
      href: `${base}/post?post=returned`,
      label: 'Find another way',
      tone: 'attention',
    },
    toPrint > 0 && { text: `${letters(toPrint)} to print`, href: `${base}/print`, label: 'Print', tone: 'do' },
    printed > 0 && {
      text: `${letters(printed)} printed and not handed in`,
      href: `${base}/post/hand-in`,
      label: 'Hand in',
      tone: 'do',
    },
  ];
  return steps.filter((step): step is NextStep => step !== false);
}

/** POST /actions/:id/post/printed: the letters of one page of the list came out of the printer. */
export function postPrinted(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const ctx = c.get('ctx');
    const query = parseListQuery(c.req.url, specOf(postList));
    const scope = { actionId: action.id, today: ctx.now().toISOString().slice(0, 10) };
    const { rows } = await readList(ctx.db, postList, query, scope);
    const waiting = rows.filter((row) => row.post === 'to-print').map((row) => row.id);
    const input = markPrintedInput.safeParse({ deliveryIds: waiting });
    const done = input.success ? await markPrinted(ctx, action.id, input.data) : undefined;
    if (done === undefined || isRefusal(done)) {
      const text = done ? refusalError(done).message : 'No letter of this page waits to be printed.';
      setFlash(c, { tone: 'attention', text });
    } else {
      const text = done.letters === 1 ? '1 letter is printed.' : `${done.letters} letters are printed.`;
      setFlash(c, { tone: 'done', text });
    }
    return seeOther(c, `/actions/${action.id}/post`);
  });
}
