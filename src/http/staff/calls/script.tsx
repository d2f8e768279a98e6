/** What to say, in the language of whoever is called, with the English under it. */
import type { ComponentChildren, VNode } from 'preact';
import { languageName, type Translate, translator } from '../../translate.ts';
import { LinkButton, SubmitButton } from '../../ui/field.tsx';
import { Alert, Card, More } from '../../ui/parts.tsx';
import { type Call, callPath, unitsInWords } from './load.ts';

const english = translator('en');

/**
 * The script beside the questions. It stands inside the form, so that its language changes and nothing typed is lost.
 */
export function Script({ call, caller }: { call: Call; caller: string }): VNode {
  const { own, action, party, facts } = call;
  const units = unitsInWords(call.context);
  const params = {
    caller,
    manufacturer: facts.manufacturer,
    reference: action.reference,
    title: action.title,
    party: party.name,
    phone: facts.phone,
    ...units,
  };
  const say = (...keys: string[]): VNode => <Lines own={own} keys={keys} params={params} />;
  const address = call.callee?.email || call.callee?.address || '';
  return (
    <Card title="Say">
      {call.languages.length > 1 ? (
        <fieldset class="ff-call-languages">
          <legend>Language of the call</legend>
          {call.languages.map((code) => (
            <button
              key={code}
              type="submit"
              name="show"
              value={code}
              class="btn btn-sm ff-btn-secondary"
              aria-pressed={code === own.language ? 'true' : 'false'}
            >
              {languageName(code, 'en')}
            </button>
          ))}
        </fieldset>
      ) : null}
      <ol class="ff-call-script">
        <Part title="Greet">{say('form.call.opening')}</Part>
        <Part title="Is it the right person?">
          {say('form.call.who')}
          <More summary="Somebody else looks after them">{say('call.whom')}</More>
        </Part>
        <Part title="First of all">
          {say('call.suspicion')}
          <Alert tone="danger" title="If so: unplug first, then go on">
            {say('portal.incident.unplug')}
            {say('portal.incident.unplug-why')}
            <LinkButton href={`/actions/${action.id}/calls/${party.id}/incident`} icon="alert-octagon">
              They suspect a break-in
            </LinkButton>
          </Alert>
        </Part>
        <Part title="What it is about">
          {say(...(units.count > 0 ? ['call.facts', 'form.call.ask'] : ['form.call.ask']))}
          {action.hazard === '' ? null : <p class="ff-call-english">For you: {action.hazard}</p>}
          {call.letter ? (
            <p>
              <a href={`/deliveries/${call.letter.id}/letter`} target="_blank" rel="noopener">
                Their letter, to read along
              </a>
            </p>
          ) : null}
        </Part>
        <Part title="Ask the questions of the form">
          <p class="ff-call-english">They stand beside, in both languages. What is not said stays empty.</p>
        </Part>
        <Part title="Close">
          {address === '' ? null : <Lines own={own} keys={['call.confirm']} params={{ ...params, address }} />}
          {facts.phone === '' ? null : say('call.closing')}
        </Part>
      </ol>
      <More summary="They have no time now">{say('call.again')}</More>
      {facts.phone === '' ? null : <More summary="A machine answers">{say('call.machine')}</More>}
    </Card>
  );
}

function Part({ title, children }: { title: string; children: ComponentChildren }): VNode {
  return (
    <li>
      <h3>{title}</h3>
      {children}
    </li>
  );
}

/** Sentences in their language, and the same in English in small. */
function Lines({
  own,
  keys,
  params,
}: {
  own: Translate;
  keys: readonly string[];
  params: Record<string, string | number>;
}): VNode {
  return (
    <>
      <p class="ff-call-said" lang={own.language} dir={own.direction}>
        {keys.map((key) => own(key, params)).join(' ')}
      </p>
      {own.language === 'en' ? null : (
        <p class="ff-call-english" lang="en">
          {keys.map((key) => english(key, params)).join(' ')}
        </p>
      )}
    </>
  );
}

/** Shown where somebody else has this call. */
export function ClaimNotice({ call, me }: { call: Call; me: string }): VNode | null {
  const { claim } = call;
  const base = `/actions/${call.action.id}/calls/${call.party.id}`;
  const until = claim?.until.toISOString().slice(11, 16);
  if (claim && claim.staffId === me)
    return (
      <form method="post" action={`${base}/release`} class="ff-call-claim">
        <p>
          You have this call until {until} UTC. Nobody else is offered it.{' '}
          <SubmitButton tone="quiet" small>
            Put it back
          </SubmitButton>
        </p>
      </form>
    );
  return (
    <form method="post" action={`${base}/claim`} class="ff-call-claim">
      {claim ? (
        <Alert tone="attention" title={`${claim.staffName} is calling this party`}>
          <p>Until {until} UTC, or until the call is recorded.</p>
          <SubmitButton tone="secondary" name="over" value="yes">
            Take it over
          </SubmitButton>
        </Alert>
      ) : (
        <p>
          Nobody has this call.{' '}
          <SubmitButton tone="secondary" small icon="phone">
            Take it
          </SubmitButton>
        </p>
      )}
      {call.taskId === undefined ? null : <input type="hidden" name="back" value={callPath(call)} />}
    </form>
  );
}
