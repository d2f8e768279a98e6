import type { VNode } from 'preact';
import { refuse } from '../../../domain/refusal.ts';
import { type C, type FormBody, fieldText, idParam, seeOther } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import { countryName } from '../../translate.ts';
import { Form, HiddenInput } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { type FormState, freshForm } from '../../ui/form.ts';
import { DeskPage, type NextStep } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { actionCrumbs } from '../actions/tabs.tsx';
import { CallQuestions } from '../parties/call-questions.tsx';
import { shellOf } from '../shell.ts';
import { taskTitle } from '../words.ts';
import { AttemptsCard } from './attempts-card.tsx';
import { type Call, callPath, withCall } from './load.ts';
import { ResultCard, WhomCard } from './result-card.tsx';
import { ClaimNotice, Script } from './script.tsx';
import { Hours, ReasonBadge } from './words.tsx';

/** GET /parties/:id/call?action=&contact=&task=: the call of a party in its newest action, or in the one that is named. */
export async function openCall(c: C): Promise<Response> {
  const partyId = idParam(c, 'id') ?? 0;
  const query = new URL(c.req.url).searchParams;
  const wanted = query.get('action') ?? '';
  const action = await c
    .get('ctx')
    .db.selectFrom('obligation')
    .select('action_id')
    .where('party_id', '=', partyId)
    .$if(/^\d{1,15}$/.test(wanted), (rows) => rows.where('action_id', '=', Number(wanted)))
    .orderBy('action_id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!action) return answerRefusal(c, refuse('call.unknown', { partyId }), `/parties/${partyId}`);
  query.delete('action');
  const search = query.size > 0 ? `?${query}` : '';
  return seeOther(c, `/actions/${action.action_id}/calls/${partyId}${search}`);
}

/** GET /actions/:id/calls/:partyId?contact=&lang=&task=: the script beside the questions, and how the call ended. */
export function showCall(c: C): Promise<Response> {
  return withCall(c, async (call) => html(c, await callPage(c, call, freshForm())));
}

/** The page of a call, perhaps with what was typed and refused. */
export async function callPage(c: C, call: Call, state: FormState): Promise<VNode> {
  const { actor } = c.get('ctx');
  const { party, form, context, own } = call;
  const me = actor.kind === 'staff' ? actor.id : actor.name;
  return (
    <DeskPage
      shell={await shellOf(c)}
      title={`Call ${party.name}`}
      lede={
        <>
          {countryName(party.country, 'en')}. <Hours hours={call.hours} />
        </>
      }
      crumbs={[...actionCrumbs(call.action), { href: `/actions/${call.action.id}/calls`, label: 'Calls' }]}
      state={call.line ? <ReasonBadge why={call.line.why} /> : undefined}
      errors={state.errors}
      next={nextSteps(call)}
      styles={['calls.css']}
    >
      {form ? <link rel="stylesheet" href={`/portal/forms/${form.id}.css`} /> : null}
      <ClaimNotice call={call} me={me} />
      <Form action={callPath(call)} class="ff-form ff-call" label="The call">
        {/* What Enter presses: of the buttons of a form the first. */}
        <button type="submit" class="visually-hidden" tabIndex={-1} aria-hidden="true">
          Record the call
        </button>
        <HiddenInput name="once" value={onceOf(c, call, state)} />
        <HiddenInput name="language" value={own.language} />
        <div class="ff-call-script-side">
          <Script call={call} caller={actor.name} />
        </div>
        <div>
          <WhomCard call={call} form={state} />
          {form && context ? (
            <CallQuestions own={own} today={call.today} definition={form.definition} context={context} state={state} />
          ) : (
            <Card title="Questions">
              <p>This action has no form yet: it comes with the notice. Write down what was said below.</p>
            </Card>
          )}
          <ResultCard call={call} form={state} />
          <Card title="What they owe">
            <p>
              <StateBadge kind="obligation" state={call.owed.state} />{' '}
              <a href={`/actions/${call.action.id}/corrections?party=${party.id}&state=owed`}>
                {formatCount(call.owed.corrections_open)} of {formatCount(call.owed.corrections_total)} corrections not
                yet fixed
              </a>
              , {call.owed.reminders_sent} reminders sent. <a href={`/parties/${party.id}`}>All about this party</a>
            </p>
          </Card>
          <AttemptsCard attempts={call.attempts} actionId={call.action.id} partyId={party.id} />
        </div>
      </Form>
    </DeskPage>
  );
}

/** The same for two presses of one button, another for the next call. */
function onceOf(c: C, call: Call, state: FormState): string {
  const typed = fieldText(state.values as FormBody, 'once');
  return typed || `${call.party.id}-${c.get('ctx').wallClock().getTime().toString(36)}`;
}

function nextSteps(call: Call): NextStep[] {
  return call.tasks.map((task) => ({
    text: taskTitle(task.kind),
    href: `/tasks/${task.id}`,
    label: task.owner_name ? `Open (${task.owner_name})` : 'Open',
    tone: task.kind === 'suspected-compromise' ? ('late' as const) : ('attention' as const),
  }));
}
