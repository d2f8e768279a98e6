import type { VNode } from 'preact';
import { setDeadline, setDeadlineInput } from '../../../app/deadlines.ts';
import {
  type DeadlineDetail,
  type DeadlineListRow,
  deadlineList,
  deadlineStates,
  loadDeadline,
  ruleWords,
} from '../../../app/queries/deadlines.ts';
import { explainDeadline, explanationSchema } from '../../../domain/deadline.ts';
import { allows } from '../../../domain/permission.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import { countryName } from '../../translate.ts';
import { DateInput, Form, SubmitButton, TextArea } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, parseTypedDate, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, KeyValue } from '../../ui/parts.tsx';
import { stateLook } from '../../ui/state.ts';
import { StateBadge } from '../../ui/state.tsx';
import type { Column } from '../../ui/table.tsx';
import { Day, Moment } from '../../ui/time.tsx';
import { withAction } from '../actions/action-page.tsx';
import { ActionTabs, actionCrumbs } from '../actions/tabs.tsx';
import { listPage } from '../list-page.tsx';
import { shellOf } from '../shell.ts';
import { capital } from '../words.ts';

const columns: Column<DeadlineListRow>[] = [
  {
    key: 'due_on',
    title: 'Due',
    cell: (row) => (row.due_on ? <Day value={row.due_on} /> : 'no date yet'),
    sortable: true,
    nowrap: true,
    rowHeader: true,
  },
  { key: 'state', title: 'State', cell: (row) => <StateBadge kind="deadline" state={row.state} />, sortable: true },
  {
    key: 'party',
    title: 'Whose',
    cell: (row) => (row.party_id ? <a href={`/parties/${row.party_id}`}>{row.party}</a> : 'ours'),
    sortable: true,
  },
  {
    key: 'country',
    title: 'Country',
    cell: (row) => (row.country ? countryName(row.country, 'en') : ''),
    sortable: true,
  },
  { key: 'rule', title: 'What', cell: (row) => ruleWords(row.rule) },
  { key: 'why', title: 'Why this day', cell: (row) => explainDeadline(row.explanation) },
];

/** GET /actions/:id/deadlines: every clock of the action, with the reason for its day (law 6). */
export function showDeadlines(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const ctx = c.get('ctx');
    const countries = await ctx.db
      .selectFrom('deadline')
      .select('country')
      .distinct()
      .where('action_id', '=', action.id)
      .execute();
    return listPage(c, {
      list: deadlineList,
      scope: { actionId: action.id, today: ctx.now().toISOString().slice(0, 10) },
      title: 'Deadlines',
      lede: 'Whose clocks run, until when, and how each day was counted.',
      crumbs: actionCrumbs(action),
      tabs: <ActionTabs actionId={action.id} here="/deadlines" />,
      caption: `Deadlines of ${action.reference}`,
      columns,
      rowHref: (row) => `/deadlines/${row.id}`,
      search: 'Party',
      filters: [
        {
          name: 'state',
          label: 'State',
          options: deadlineStates.map((value) => ({ value, label: capital(stateLook('deadline', value).word) })),
        },
        {
          name: 'due',
          label: 'Due',
          options: [
            { value: 'today', label: 'By today' },
            { value: 'week', label: 'Within a week' },
          ],
        },
        {
          name: 'country',
          label: 'Country',
          options: countries
            .filter((row) => row.country !== '')
            .map((row) => ({ value: row.country, label: countryName(row.country, 'en') }))
            .sort((a, b) => a.label.localeCompare(b.label)),
        },
      ],
      empty: { title: 'No clocks yet', text: 'A customer’s five working days start when its letter has left.' },
    });
  });
}

async function withDeadline(c: C, page: (deadline: DeadlineDetail) => Promise<Response>): Promise<Response> {
  const id = idParam(c, 'id');
  const deadline = id === undefined ? undefined : await loadDeadline(c.get('ctx').db, id);
  if (!deadline) return answerRefusal(c, refuse('deadline.unknown', { id: c.req.param('id') ?? '' }), '/actions');
  return page(deadline);
}

/** GET /deadlines/:id: how one day came about, and setting another. */
export function showDeadline(c: C): Promise<Response> {
  return withDeadline(c, async (deadline) => html(c, await deadlinePage(c, deadline, freshForm())));
}

async function deadlinePage(c: C, deadline: DeadlineDetail, form: FormState): Promise<VNode> {
  const explanation = explanationSchema.safeParse(deadline.explanation).data;
  const open = deadline.state === 'waiting' || deadline.state === 'running' || deadline.state === 'missed';
  return (
    <DeskPage
      shell={await shellOf(c)}
      title={ruleWords(deadline.rule)}
      crumbs={[
        { href: `/actions/${deadline.action_id}`, label: deadline.reference },
        { href: `/actions/${deadline.action_id}/deadlines`, label: 'Deadlines' },
      ]}
      lede={deadline.party_id ? <a href={`/parties/${deadline.party_id}`}>{deadline.party}</a> : undefined}
      state={<StateBadge kind="deadline" state={deadline.state} />}
      errors={form.errors}
      width="narrow"
    >
      <Card title="Why this day">
        <p>{explainDeadline(deadline.explanation)}</p>
        <KeyValue
          rows={[
            { label: 'Due', value: deadline.due_on ? <Day value={deadline.due_on} /> : 'no date yet' },
            { label: 'Zone', value: deadline.zone },
            deadline.starts_at !== null && { label: 'Started', value: <Moment at={deadline.starts_at} /> },
            explanation !== undefined && { label: 'Rule', value: explanation.citation },
            explanation?.note !== undefined && { label: 'Note', value: explanation.note },
            { label: 'In this state since', value: <Moment at={deadline.state_since} /> },
          ]}
        />
      </Card>
      {open && allows(c.get('ctx').actor, 'deadline.override') ? (
        <Card title="Set another day">
          <Form action={`/deadlines/${deadline.id}`}>
            <DateInput form={form} name="dueOn" label="Due on" value={deadline.due_on ?? ''} required />
            <TextArea
              form={form}
              name="reason"
              label="Why"
              hint="Stands beside the day from now on. What the rule said is kept."
              rows={2}
              required
            />
            <SubmitButton tone="primary">Set this day</SubmitButton>
          </Form>
        </Card>
      ) : null}
    </DeskPage>
  );
}

/** POST /deadlines/:id */
export function postDeadline(c: C): Promise<Response> {
  return withDeadline(c, async (deadline) => {
    const body = await readForm(c);
    const typed = fieldText(body, 'dueOn');
    const input = setDeadlineInput.safeParse({
      dueOn: parseTypedDate(typed) ?? typed,
      reason: fieldText(body, 'reason'),
    });
    if (!input.success)
      return html(c, await deadlinePage(c, deadline, refusedForm(body, errorsFromZod(input.error))), 422);
    const result = await setDeadline(c.get('ctx'), deadline.id, input.data);
    if (isRefusal(result))
      return html(c, await deadlinePage(c, deadline, refusedForm(body, [refusalError(result)])), 422);
    setFlash(c, { tone: 'done', text: 'The day is set.' });
    return seeOther(c, `/deadlines/${deadline.id}`);
  });
}
