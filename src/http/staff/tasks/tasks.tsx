import type { VNode } from 'preact';
import { endTask, endTaskInput, ownTask, reopenTask } from '../../../app/task-work.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import { countryName, languageName } from '../../translate.ts';
import { Form, RadioGroup, SubmitButton, TextArea } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Columns, KeyValue } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { Day, Moment } from '../../ui/time.tsx';
import { AttemptForm, type AttemptPlace } from '../parties/attempt-form.tsx';
import { shellOf } from '../shell.ts';
import { capital, plain, taskTitle } from '../words.ts';
import { taskMends } from './mends.tsx';

/** Kinds whose form shows the whole detail already. */
const saidAbove: ReadonlySet<string> = new Set([
  'contact-change',
  'suspected-compromise',
  'contradiction',
  'kit-overdue',
  'mail-problem',
]);

/** What of a task's detail is for programs: codes and numbers that the form above says in words. */
const notShown: ReadonlySet<string> = new Set([
  'field',
  'code',
  'reported',
  'product',
  'changeId',
  'packageId',
  'incidentId',
  'door',
]);

async function loadTask(c: C) {
  const id = idParam(c, 'id');
  if (id === undefined) return undefined;
  const db = c.get('ctx').db;
  return db
    .selectFrom('task as t')
    .leftJoin('party as p', 'p.id', 't.party_id')
    .leftJoin('contact as k', 'k.id', 't.contact_id')
    .leftJoin('action as a', 'a.id', 't.action_id')
    .leftJoin('unit as u', 'u.id', 't.unit_id')
    .selectAll('t')
    .select([
      'p.name as party',
      'p.country',
      'p.phone as party_phone',
      'k.name as contact',
      'k.phone',
      'k.email',
      'k.languages',
      'a.reference',
      'u.serial',
    ])
    .where('t.id', '=', id)
    .executeTakeFirst();
}
export type Task = NonNullable<Awaited<ReturnType<typeof loadTask>>>;

/** Runs a page of one task, or says that there is no such task. */
export async function withTask(c: C, page: (task: Task) => Promise<Response>): Promise<Response> {
  const task = await loadTask(c);
  return task ? page(task) : answerRefusal(c, refuse('task.unknown', { id: c.req.param('id') ?? '' }), '/tasks');
}

/** GET /tasks/:id */
export async function showTask(c: C): Promise<Response> {
  const task = await loadTask(c);
  if (!task) return answerRefusal(c, refuse('task.unknown', { id: c.req.param('id') ?? '' }), '/tasks');
  return html(c, await taskPage(c, task, freshForm({ state: 'done' })));
}

/** One task with the form that solves it. */
export async function taskPage(c: C, task: Task, form: FormState): Promise<VNode> {
  const ctx = c.get('ctx');
  const attempts = await ctx.db
    .selectFrom('attempt')
    .selectAll()
    .where('task_id', '=', task.id)
    .orderBy('id', 'desc')
    .execute();
  const mine = ctx.actor.kind === 'staff' && task.owner_id === ctx.actor.id;
  const open = task.state === 'open';
  const mend = open ? await taskMends(c, task, form) : null;
  const place: AttemptPlace = {
    partyId: task.party_id ?? 0,
    contactId: task.contact_id,
    actionId: task.action_id,
    taskId: task.id,
    back: `/tasks/${task.id}`,
  };
  return (
    <DeskPage
      shell={await shellOf(c)}
      title={taskTitle(task.kind)}
      crumbs={[{ href: '/tasks', label: 'Tasks' }]}
      state={<StateBadge kind="task" state={task.state} />}
      errors={form.errors}
      lede={task.party_id ? <a href={`/parties/${task.party_id}`}>{task.party}</a> : undefined}
      actions={
        open && !mine ? (
          <Form action={`/tasks/${task.id}/own`}>
            <SubmitButton tone="secondary" icon="user">
              {task.owner_id ? `Take over from ${task.owner_name}` : 'I take this'}
            </SubmitButton>
          </Form>
        ) : undefined
      }
    >
      <Columns weight="main-side">
        <div>
          {mend}
          {open ? (
            <Card title="End this task">
              <Form action={`/tasks/${task.id}/end`}>
                <RadioGroup
                  form={form}
                  name="state"
                  label="How does it end?"
                  options={[
                    { value: 'done', label: 'Done' },
                    { value: 'dismissed', label: 'Dismissed: there was nothing to do' },
                  ]}
                />
                <TextArea form={form} name="outcome" label="What came of it" rows={3} required />
                <SubmitButton tone="primary">End the task</SubmitButton>
              </Form>
            </Card>
          ) : (
            <Card title="How it ended">
              <Alert tone="done" title={capital(task.state)}>
                {task.outcome} ({task.ended_by})
              </Alert>
              <Form action={`/tasks/${task.id}/reopen`}>
                <SubmitButton tone="quiet">Open it again</SubmitButton>
              </Form>
            </Card>
          )}
          {task.party_id && open ? <AttemptForm place={place} /> : null}
          {attempts.length > 0 ? (
            <Card title="Attempts so far">
              <ul class="ff-plain-list">
                {attempts.map((attempt) => (
                  <li key={attempt.id}>
                    <Moment at={attempt.at} /> {attempt.by_name}: {attempt.kind}, {attempt.outcome}
                    {attempt.text ? `. ${attempt.text}` : ''}
                  </li>
                ))}
              </ul>
            </Card>
          ) : null}
        </div>
        <Card title="About">
          <KeyValue
            rows={[
              { label: 'Since', value: <Moment at={task.created_at} /> },
              ...(task.due_on ? [{ label: 'Due', value: <Day value={task.due_on} /> }] : []),
              { label: 'Owner', value: task.owner_name || 'nobody' },
              ...(task.reference
                ? [{ label: 'Action', value: task.reference, href: `/actions/${task.action_id}` }]
                : []),
              ...(task.country ? [{ label: 'Country', value: countryName(task.country, 'en') }] : []),
              ...(task.contact ? [{ label: 'Contact', value: task.contact }] : []),
              ...(task.languages?.length
                ? [{ label: 'Speaks', value: task.languages.map((code) => languageName(code, 'en')).join(', ') }]
                : []),
              ...(task.phone || task.party_phone
                ? [{ label: 'Telephone', value: task.phone || task.party_phone || '' }]
                : []),
              ...(task.email ? [{ label: 'E-mail', value: task.email }] : []),
              ...(task.serial ? [{ label: 'Unit', value: task.serial, href: `/units/${task.unit_id}` }] : []),
              ...(task.reply_id
                ? [{ label: 'Reply', value: `Reply ${task.reply_id}`, href: `/replies/${task.reply_id}` }]
                : []),
              ...(task.delivery_id
                ? [{ label: 'Letter', value: `Delivery ${task.delivery_id}`, href: `/deliveries/${task.delivery_id}` }]
                : []),
              ...(saidAbove.has(task.kind) ? [] : Object.entries(task.detail)).flatMap(([key, value]) =>
                value === null || value === '' || typeof value === 'object' || notShown.has(key)
                  ? []
                  : [{ label: capital(plain(key)), value: String(value) }],
              ),
            ]}
          />
        </Card>
      </Columns>
    </DeskPage>
  );
}

/** POST /tasks/:id/own */
export async function postOwnTask(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const result = await ownTask(c.get('ctx'), id, {});
  if (isRefusal(result)) return answerRefusal(c, result, `/tasks/${id}`);
  setFlash(c, { tone: 'done', text: 'The task is yours.' });
  return seeOther(c, `/tasks/${id}`);
}

/** POST /tasks/:id/end */
export async function postEndTask(c: C): Promise<Response> {
  const task = await loadTask(c);
  if (!task) return answerRefusal(c, refuse('task.unknown', { id: c.req.param('id') ?? '' }), '/tasks');
  const body = await readForm(c);
  const input = endTaskInput.safeParse({ state: fieldText(body, 'state'), outcome: fieldText(body, 'outcome') });
  if (!input.success) return html(c, await taskPage(c, task, refusedForm(body, errorsFromZod(input.error))), 422);
  const result = await endTask(c.get('ctx'), task.id, input.data);
  if (isRefusal(result)) return html(c, await taskPage(c, task, refusedForm(body, [refusalError(result)])), 422);
  setFlash(c, { tone: 'done', text: `“${taskTitle(task.kind)}” is ended.` });
  return seeOther(c, '/tasks');
}

/** POST /tasks/:id/reopen */
export async function postReopenTask(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const result = await reopenTask(c.get('ctx'), id);
  if (isRefusal(result)) return answerRefusal(c, result, `/tasks/${id}`);
  return seeOther(c, `/tasks/${id}`);
}
