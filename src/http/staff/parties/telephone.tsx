import type { VNode } from 'preact';
import { recordAttempt } from '../../../app/attempts.ts';
import type { Context } from '../../../app/context.ts';
import { loadFormContext } from '../../../app/queries/portal.ts';
import { recordReply } from '../../../app/replies.ts';
import { endTask } from '../../../app/task-work.ts';
import { type FormContext, type FormDefinition, formDefinitionSchema } from '../../../domain/form.ts';
import { isAnswered } from '../../../domain/form-asked.ts';
import { parseFormBody, readFieldName, toFields } from '../../../domain/form-fields.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, type FormBody, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import { chooseLanguage, languageName, type Translate, translator } from '../../translate.ts';
import { ButtonRow, Form, HiddenInput, LinkButton, SubmitButton, TextArea } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, Columns, EmptyState, KeyValue, Tabs } from '../../ui/parts.tsx';
import { shellOf } from '../shell.ts';
import { TelephoneLink } from '../tasks/mend-call.tsx';
import { CallQuestions } from './call-questions.tsx';

interface Call {
  party: { id: number; name: string; phone: string };
  action: { id: number; reference: string; title: string; facts: Record<string, unknown> };
  contact: { id: number; name: string; phone: string; languages: string[] } | undefined;
  taskId: number | undefined;
  form: { id: number; definition: FormDefinition } | undefined;
  context: FormContext | undefined;
  /** The contact's language, else English. */
  own: Translate;
  today: string;
}

const number = (text: string | undefined): number | undefined =>
  /^[1-9]\d{0,15}$/.test(text ?? '') ? Number(text) : undefined;

async function withCall(c: C, page: (call: Call) => Promise<Response>): Promise<Response> {
  const call = await loadCall(c);
  return call ? page(call) : answerRefusal(c, refuse('party.unknown', { id: c.req.param('id') ?? '' }), '/parties');
}

async function loadCall(c: C): Promise<Call | undefined> {
  const ctx = c.get('ctx');
  const partyId = idParam(c, 'id') ?? 0;
  const party = await ctx.db
    .selectFrom('party')
    .select(['id', 'name', 'phone'])
    .where('id', '=', partyId)
    .executeTakeFirst();
  const wanted = number(c.req.query('action'));
  const action = await ctx.db
    .selectFrom('obligation as o')
    .innerJoin('action as a', 'a.id', 'o.action_id')
    .select(['a.id', 'a.reference', 'a.title', 'a.facts'])
    .where('o.party_id', '=', partyId)
    .$if(wanted !== undefined, (query) => query.where('a.id', '=', wanted ?? 0))
    .orderBy('a.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!party || !action) return undefined;
  const contact = await findContact(ctx, partyId, number(c.req.query('contact')));
  const row = await ctx.db
    .selectFrom('form')
    .select(['id', 'definition'])
    .where('action_id', '=', action.id)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return {
    party,
    action,
    contact,
    taskId: number(c.req.query('task')),
    form: row && { id: row.id, definition: formDefinitionSchema.parse(row.definition) },
    context: await loadFormContext(ctx.db, action.id, partyId),
    own: translator(chooseLanguage({ asked: c.req.query('lang') ?? null, known: contact?.languages ?? [] })),
    today: ctx.now().toISOString().slice(0, 10),
  };
}

function findContact(ctx: Context, partyId: number, wanted: number | undefined) {
  return ctx.db
    .selectFrom('contact')
    .select(['id', 'name', 'phone', 'languages'])
    .where('party_id', '=', partyId)
    .where('status', 'in', ['active', 'unreachable'])
    .$if(wanted !== undefined, (query) => query.where('id', '=', wanted ?? 0))
    .orderBy((eb) => eb('phone', '<>', ''), 'desc')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

/** GET /parties/:id/reply?action=&contact=&task=: the script beside the form, for an answer given on the telephone. */
export function showCall(c: C): Promise<Response> {
  return withCall(c, async (call) => html(c, await callPage(c, call, freshForm())));
}

async function callPage(c: C, call: Call, state: FormState): Promise<VNode> {
  const { party, action, form, context } = call;
  const here = `/parties/${party.id}/reply${queryOf(call)}`;
  return (
    <DeskPage
      shell={await shellOf(c)}
      title={`Telephone ${party.name}`}
      lede={`${action.reference}: ${action.title}`}
      crumbs={[
        { href: '/parties', label: 'Parties' },
        { href: `/parties/${party.id}`, label: party.name },
      ]}
      errors={state.errors}
    >
      {form && context ? (
        <>
          <link rel="stylesheet" href={`/portal/forms/${form.id}.css`} />
          <Columns weight="main-side">
            <Form action={here} class="ff-form">
              <HiddenInput
                name="once"
                value={
                  fieldText(state.values as FormBody, 'once') ||
                  `${call.party.id}-${c.get('ctx').wallClock().getTime().toString(36)}`
                }
              />
              <CallQuestions
                own={call.own}
                today={call.today}
                definition={form.definition}
                context={context}
                state={state}
              />
              <Card title="The call">
                <TextArea
                  form={state}
                  name="note"
                  label="What else was said"
                  hint="Kept with the call: who spoke, what they asked."
                  rows={3}
                />
              </Card>
              <ButtonRow>
                <SubmitButton tone="primary" icon="phone">
                  Record the answer
                </SubmitButton>
                <LinkButton href={`/parties/${party.id}`} tone="quiet">
                  Back
                </LinkButton>
              </ButtonRow>
            </Form>
            <Script call={call} caller={c.get('ctx').actor.name} />
          </Columns>
        </>
      ) : (
        <EmptyState
          title="This action has no form yet"
          action={<LinkButton href={`/actions/${action.id}`}>Open the action</LinkButton>}
        >
          The form comes with the notice. Until then, write the call down on the page of the party.
        </EmptyState>
      )}
    </DeskPage>
  );
}

function queryOf(call: Call, language = call.own.language): string {
  const query = new URLSearchParams({ action: String(call.action.id), lang: language });
  if (call.contact) query.set('contact', String(call.contact.id));
  if (call.taskId) query.set('task', String(call.taskId));
  return `?${query}`;
}

/** What to say first, in the contact's language with the English under it. */
function Script({ call, caller }: { call: Call; caller: string }): VNode {
  const { own, action, party, contact } = call;
  const manufacturer = typeof action.facts['manufacturer.name'] === 'string' ? action.facts['manufacturer.name'] : '';
  const english = translator('en');
  const params = { caller, manufacturer, reference: action.reference, title: action.title, party: party.name };
  const lines = ['form.call.opening', 'form.call.who', 'form.call.ask'] as const;
  const say = (t: Translate) => lines.map((key) => t(key, params));
  const languages = [
    'en',
    ...new Set([own.language, ...(contact?.languages ?? [])].map((code) => translator(code).language)),
  ].filter((code, index, all) => all.indexOf(code) === index);
  return (
    <Card title="Say first">
      {languages.length > 1 ? (
        <Tabs
          label="Language of the call"
          tabs={languages.map((code) => ({
            href: `/parties/${party.id}/reply${queryOf(call, code)}`,
            label: languageName(code, 'en'),
            current: code === own.language,
          }))}
        />
      ) : null}
      <KeyValue
        rows={[
          { label: 'Call', value: <TelephoneLink number={contact?.phone || party.phone} /> },
          { label: 'Ask for', value: contact?.name ?? 'whoever looks after the instruments' },
          {
            label: 'Speaks',
            value: (contact?.languages ?? []).map((code) => languageName(code, 'en')).join(', ') || 'not known',
          },
        ]}
      />
      <blockquote class="ff-signature" lang={own.language} dir={own.direction}>
        {say(own).map((line) => (
          <p key={line}>{line}</p>
        ))}
      </blockquote>
      {own.language === 'en' ? null : <p class="ff-muted">{say(english).join(' ')}</p>}
    </Card>
  );
}

/** POST /parties/:id/reply: the answer as a reply by telephone, and the call as an attempt. */
export function postCall(c: C): Promise<Response> {
  return withCall(c, async (call) => {
    const ctx = c.get('ctx');
    const body = await readForm(c);
    const again = async (errors: FormState['errors']) =>
      html(c, await callPage(c, call, refusedForm(shownAgain(call, body), errors)), 422);
    if (!call.form || !call.context) return again([{ field: '', message: 'This action has no form yet.' }]);
    const answers = parseFormBody(call.form.definition, call.context, body);
    const empty = Object.values(toFields(answers)).every((value) => !isAnswered(value));
    if (empty)
      return again([
        {
          field: '',
          message: 'Nothing is answered yet. If nobody answered, write the call down on the page of the party.',
        },
      ]);
    const result = await recordReply(ctx, {
      actionId: call.action.id,
      partyId: call.party.id,
      contactId: call.contact?.id ?? null,
      door: 'telephone',
      language: call.own.language,
      answers,
      sourceFileId: null,
      onceKey: fieldText(body, 'once').slice(0, 100) || undefined,
    });
    if (isRefusal(result)) return again([refusalError(result)]);
    if (result.fresh) await noteCall(ctx, call, result.id, fieldText(body, 'note'));
    const odd = result.contradictions.length;
    setFlash(
      c,
      odd > 0
        ? {
            tone: 'attention',
            text: `Recorded. ${odd} contradictions became tasks: ask while you have them on the line.`,
          }
        : { tone: 'done', text: 'The answer is recorded.' },
    );
    return seeOther(c, `/replies/${result.id}`);
  });
}

/** The form as typed. The rows one adds have moved up when one was empty, so they come from the answers. */
function shownAgain(call: Call, body: FormBody): FormBody {
  if (!call.form || !call.context) return body;
  const rows = Object.entries(toFields(parseFormBody(call.form.definition, call.context, body))).filter(([name]) =>
    /^[xs]\d/.test(name),
  );
  const rest = Object.entries(body).filter(([name]) => readFieldName(name) === undefined || !/^[xs]\d/.test(name));
  return Object.fromEntries([...rest, ...rows]);
}

/** The reply stands already: the call beside it says how it came, and the task that asked for the call is done. */
async function noteCall(ctx: Context, call: Call, replyId: number, note: string): Promise<void> {
  await recordAttempt(ctx, {
    partyId: call.party.id,
    contactId: call.contact?.id ?? null,
    actionId: call.action.id,
    taskId: call.taskId ?? null,
    kind: 'call',
    outcome: 'reached',
    text: [`Answered: reply ${replyId}.`, note.trim()].filter(Boolean).join(' ').slice(0, 5_000),
    tracking: '',
  });
  if (call.taskId === undefined) return;
  const task = await ctx.db
    .selectFrom('task')
    .select(['kind', 'party_id'])
    .where('id', '=', call.taskId)
    .executeTakeFirst();
  if (task?.kind === 'telephone' && task.party_id === call.party.id) {
    await endTask(ctx, call.taskId, { state: 'done', outcome: `Answered by telephone: reply ${replyId}.` });
  }
}
