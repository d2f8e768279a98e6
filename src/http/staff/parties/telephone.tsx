import type { VNode } from 'preact';
import { recordAttempt } from '../../../app/attempts.ts';
import type { Context } from '../../../app/context.ts';
import { loadFormContext } from '../../../app/queries/portal.ts';
import { recordReply } from '../../../app/replies.ts';
import { endTask } from '../../../app/task-work.ts';
import { type Answers, type FormContext, type FormDefinition, type FormUnit, formDefinitionSchema } from '../../../domain/form.ts';
import { isAnswered, stepsFor, type Subject } from '../../../domain/form-asked.ts';
import { type FieldPlace, parseFormBody, readFieldName, toFields } from '../../../domain/form-fields.ts';
import { stepKey } from '../../../domain/form-words.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, type FormBody, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { mayBeAsked } from '../../portal/form/conditions.ts';
import { QuestionField } from '../../portal/form/question.tsx';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import { chooseLanguage, languageName, type Translate, translator } from '../../translate.ts';
import { ButtonRow, Form, HiddenInput, LinkButton, SubmitButton, TextArea } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { formatCount } from '../../ui/figures.ts';
import { type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Columns, EmptyState, Identifier, KeyValue, More, Tabs } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { TelephoneLink } from '../tasks/mend-call.tsx';
import { shellOf } from '../shell.ts';

/** More than this nobody reads out on the telephone; the one answer for all covers the others. */
const UNITS_SHOWN = 40;

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

const number = (text: string | undefined): number | undefined => (/^[1-9]\d{0,15}$/.test(text ?? '') ? Number(text) : undefined);

async function withCall(c: C, page: (call: Call) => Promise<Response>): Promise<Response> {
  const call = await loadCall(c);
  return call ? page(call) : answerRefusal(c, refuse('party.unknown', { id: c.req.param('id') ?? '' }), '/parties');
}

async function loadCall(c: C): Promise<Call | undefined> {
  const ctx = c.get('ctx');
  const partyId = idParam(c, 'id') ?? 0;
  const party = await ctx.db.selectFrom('party').select(['id', 'name', 'phone']).where('id', '=', partyId).executeTakeFirst();
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
  const row = await ctx.db.selectFrom('form').select(['id', 'definition']).where('action_id', '=', action.id).orderBy('version', 'desc').limit(1).executeTakeFirst();
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

/** Speaks both languages at once: the caller reads out the one and understands the other. */
function bilingual(own: Translate): Translate {
  const english = translator('en');
  if (own.language === 'en') return english;
  const speak: Translate = Object.assign(
    (key: string, params?: Parameters<Translate>[1]) => {
      const [theirs, ours] = [own(key, params), english(key, params)];
      return theirs === ours ? theirs : `${theirs} / ${ours}`;
    },
    { language: own.language, direction: own.direction },
  );
  return speak;
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
            <HiddenInput name="once" value={fieldText(state.values as FormBody, 'once') || `${call.party.id}-${c.get('ctx').wallClock().getTime().toString(36)}`} />
            <Answers call={call} definition={form.definition} context={context} state={state} />
            <Card title="The call">
              <TextArea form={state} name="note" label="What else was said" hint="Kept with the call: who spoke, what they asked." rows={3} />
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
        <EmptyState title="This action has no form yet" action={<LinkButton href={`/actions/${action.id}`}>Open the action</LinkButton>}>
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
  const languages = ['en', ...new Set([own.language, ...(contact?.languages ?? [])].map((code) => translator(code).language))].filter(
    (code, index, all) => all.indexOf(code) === index,
  );
  return (
    <Card title="Say first">
      {languages.length > 1 ? (
        <Tabs
          label="Language of the call"
          tabs={languages.map((code) => ({ href: `/parties/${party.id}/reply${queryOf(call, code)}`, label: languageName(code, 'en'), current: code === own.language }))}
        />
      ) : null}
      <KeyValue
        rows={[
          { label: 'Call', value: <TelephoneLink number={contact?.phone || party.phone} /> },
          { label: 'Ask for', value: contact?.name ?? 'whoever looks after the instruments' },
          { label: 'Speaks', value: (contact?.languages ?? []).map((code) => languageName(code, 'en')).join(', ') || 'not known' },
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

type AnswersProps = { call: Call; definition: FormDefinition; context: FormContext; state: FormState };

/** The questions of the form, step by step. What is typed on the telephone is not signed by the party: the sign step is left out. */
function Answers(props: AnswersProps): VNode {
  const { definition, context, call } = props;
  const t = bilingual(call.own);
  const answers = answersOfState(props);
  const steps = stepsFor(definition, context, answers).filter((step) => step !== 'sign');
  const asked = (step: string, scope: string) => definition.questions.some((question) => question.step === step && question.scope === scope);
  const ask = (step: string, subject: Subject, as?: FieldPlace) => <Questions {...props} t={t} step={step} subject={subject} answers={answers} {...(as ? { as } : {})} />;
  const first = context.units.find((unit) => unit.corrections.length > 0);
  const shown = context.units.slice(0, UNITS_SHOWN);
  return (
    <>
      {steps.map((step) => (
        <Card key={step} title={t(stepKey(step))}>
          {ask(step, { scope: 'party' })}
          {asked(step, 'correction') && context.units.length > 1 && first?.corrections[0] ? (
            <fieldset class="ff-unit-form ff-about-correction">
              <legend>
                <h3>{`For all ${formatCount(context.units.length)} units, where nothing else is said below`}</h3>
              </legend>
              {ask(step, { scope: 'correction', id: first.corrections[0].id, unitId: first.id }, { scope: 'all' })}
            </fieldset>
          ) : null}
          {asked(step, 'unit') || asked(step, 'correction')
            ? shown.map((unit) => (
                <UnitQuestions key={unit.id} unit={unit}>
                  {asked(step, 'unit') ? ask(step, { scope: 'unit', id: unit.id }) : null}
                  {asked(step, 'correction')
                    ? unit.corrections.map((correction) => (
                        <fieldset class="ff-mode ff-about-correction" key={correction.id}>
                          <legend>
                            <span class="ff-mode-name">
                              {correction.environmentName} <StateBadge kind="correction" state={correction.state} />
                            </span>
                          </legend>
                          {ask(step, { scope: 'correction', id: correction.id, unitId: unit.id })}
                        </fieldset>
                      ))
                    : null}
                </UnitQuestions>
              ))
            : null}
          {(asked(step, 'unit') || asked(step, 'correction')) && context.units.length > shown.length ? (
            <Alert tone="note">{`${formatCount(context.units.length - shown.length)} more units are answered by the answer for all. Ask for the form to be filled in on the web if they differ.`}</Alert>
          ) : null}
          {asked(step, 'extra') ? (
            <More summary={t('portal.form.rows.extra')} open={answers.extra.some((row) => Object.keys(row).length > 0)}>
              <div class="ff-about-extra">{ask(step, { scope: 'extra', index: 0 })}</div>
            </More>
          ) : null}
          {asked(step, 'standalone') ? (
            <More summary={t('portal.form.rows.standalone')} open={answers.standalone.some((row) => Object.keys(row).length > 0)}>
              <div class="ff-about-standalone">{ask(step, { scope: 'standalone', index: 0 })}</div>
            </More>
          ) : null}
        </Card>
      ))}
    </>
  );
}

function UnitQuestions({ unit, children }: { unit: FormUnit; children: unknown }): VNode {
  return (
    <fieldset class="ff-unit-form ff-about-unit">
      <legend>
        <h3>
          {unit.product} <Identifier>{unit.serial}</Identifier>
        </h3>
      </legend>
      {children as VNode}
    </fieldset>
  );
}

/** The answers typed so far, with one blank row each for what is not on the list. */
function answersOfState({ definition, context, state }: AnswersProps): Answers {
  const answers = parseFormBody(definition, context, state.values);
  return {
    ...answers,
    extra: answers.extra.length > 0 ? answers.extra : [{}],
    standalone: answers.standalone.length > 0 ? answers.standalone : [{}],
  };
}

type QuestionsProps = AnswersProps & { t: Translate; step: string; subject: Subject; answers: Answers; as?: FieldPlace };

function Questions({ definition, context, call, state, t, step, subject, answers, as }: QuestionsProps): VNode {
  return (
    <>
      {definition.questions
        .filter((question) => question.step === step && mayBeAsked(definition, context, answers, question, subject))
        .map((question) => (
          <QuestionField
            key={question.id}
            definition={definition}
            context={context}
            // On the telephone nothing has to be answered: what was not said stays unsaid.
            question={{ ...question, required: undefined }}
            place={as ?? subject}
            form={state}
            t={t}
            today={call.today}
          />
        ))}
    </>
  );
}

/** POST /parties/:id/reply: the answer as a reply by telephone, and the call as an attempt. */
export function postCall(c: C): Promise<Response> {
  return withCall(c, async (call) => {
    const ctx = c.get('ctx');
    const body = await readForm(c);
    const again = async (errors: FormState['errors']) => html(c, await callPage(c, call, refusedForm(shownAgain(call, body), errors)), 422);
    if (!call.form || !call.context) return again([{ field: '', message: 'This action has no form yet.' }]);
    const answers = parseFormBody(call.form.definition, call.context, body);
    const empty = Object.values(toFields(answers)).every((value) => !isAnswered(value));
    if (empty) return again([{ field: '', message: 'Nothing is answered yet. If nobody answered, write the call down on the page of the party.' }]);
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
    setFlash(c, odd > 0 ? { tone: 'attention', text: `Recorded. ${odd} contradictions became tasks: ask while you have them on the line.` } : { tone: 'done', text: 'The answer is recorded.' });
    return seeOther(c, `/replies/${result.id}`);
  });
}

/** The form as typed. The rows one adds have moved up when one was empty, so they come from the answers. */
function shownAgain(call: Call, body: FormBody): FormBody {
  if (!call.form || !call.context) return body;
  const rows = Object.entries(toFields(parseFormBody(call.form.definition, call.context, body))).filter(([name]) => /^[xs]\d/.test(name));
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
  const task = await ctx.db.selectFrom('task').select(['kind', 'party_id']).where('id', '=', call.taskId).executeTakeFirst();
  if (task?.kind === 'telephone' && task.party_id === call.party.id) {
    await endTask(ctx, call.taskId, { state: 'done', outcome: `Answered by telephone: reply ${replyId}.` });
  }
}

