import type { VNode } from 'preact';
import type { ProposalLine, ProposedProblem } from '../../../app/message-proposal.ts';
import { Checkbox, Form, HiddenInput, Select, TextArea, TextInput } from '../../ui/field.tsx';
import { type FormState, textOf } from '../../ui/form.ts';
import { Alert, Card, Identifier } from '../../ui/parts.tsx';
import type { MessageView } from './message.tsx';
import { messagePath } from './queue.ts';
import { acceptWords } from './words.ts';

/** The one thing to do when the guess is right, filled in with what was read. Nothing of it holds before it is sent. */
export function AcceptForm({ view, form }: { view: MessageView; form: FormState }): VNode | null {
  const { message } = view;
  const kind = message.kind ?? 'other';
  const lacking =
    message.party_id === null && ['reply', 'contact-change', 'problem'].includes(kind)
      ? 'Say below which party it is from; then it can be recorded.'
      : kind === 'failure' && message.delivery_id === null
        ? 'Say below which letter came back; then it can be recorded.'
        : undefined;
  return (
    <Card title="Is that right?">
      {lacking ? (
        <Alert tone="note">
          <p>{lacking}</p>
        </Alert>
      ) : (
        <Form action={messagePath(message.id, view.only)} label="Accept">
          <HiddenInput name="how" value="accept" />
          {kind === 'reply' && message.reply_id !== null ? (
            <Alert tone="note">
              <p>
                It was recorded before as <a href={`/replies/${message.reply_id}`}>{`reply ${message.reply_id}`}</a>,
                which stays. What you record now is added; what was wrong there is put right on the page of the
                instrument.
              </p>
            </Alert>
          ) : null}
          {kind === 'reply' ? <ReplyFields view={view} form={form} /> : null}
          {kind === 'contact-change' ? <ContactFields view={view} form={form} /> : null}
          {kind === 'question' ? (
            <TextArea form={form} name="answered" label="What was answered" hint="May stay empty." rows={2} />
          ) : null}
          {view.problem ? <ProblemFields view={view} problem={view.problem} form={form} /> : null}
          <button type="submit" class="btn ff-btn-primary" data-key="a">
            {kind === 'problem' && !view.problem ? 'Hand it on as possible harm' : acceptWords[kind]}
          </button>
        </Form>
      )}
    </Card>
  );
}

function ReplyFields({ view, form }: { view: MessageView; form: FormState }): VNode {
  const { proposal } = view;
  if (!proposal) return <p>This party owes nothing in this action; receipt can be recorded.</p>;
  const spoken = proposal.lines.filter((line) => line.claim !== '' || line.named);
  const rest = proposal.lines.filter((line) => line.claim === '' && !line.named);
  return (
    <>
      <HiddenInput name="filled" value="yes" />
      <Checkbox form={form} name="received" label="The notice was received and read" checked={proposal.received} />
      {proposal.strangers.length > 0 ? (
        <Alert tone="attention">
          <p>
            It names units that are not this party’s: <Identifier>{proposal.strangers.join(', ')}</Identifier>
          </p>
        </Alert>
      ) : null}
      {proposal.modeOpen ? (
        <Alert tone="attention">
          <p>It does not say in which mode. Each must be patched by itself: leave only what you know.</p>
        </Alert>
      ) : null}
      {spoken.length > 0 ? <Lines lines={spoken} form={form} /> : <p>It names no unit that we could read.</p>}
      {rest.length > 0 ? (
        <details class="ff-more">
          <summary>The party’s other corrections ({proposal.total - spoken.length})</summary>
          <Lines lines={rest} form={form} />
        </details>
      ) : null}
    </>
  );
}

const claims = [
  { value: 'done', label: 'Done' },
  { value: 'not-yet', label: 'Not yet' },
  { value: 'gone', label: 'Not there any more' },
];

function Lines({ lines, form }: { lines: readonly ProposalLine[]; form: FormState }): VNode {
  return (
    <ul class="ff-claims">
      {lines.map((line) => {
        const name = `c${line.correctionId}`;
        const typed = textOf(form, `${name}.on`);
        return (
          <li key={line.correctionId}>
            <Select
              form={form}
              name={name}
              label={`${line.product} ${line.serial}, ${line.environment}`}
              options={claims}
              placeholder="Says nothing"
              value={line.claim}
            />
            <label class="visually-hidden" for={`${name}-on`}>
              Done on, {line.serial}, {line.environment}
            </label>
            <input
              id={`${name}-on`}
              class="form-control ff-width-12"
              type="date"
              name={`${name}.on`}
              value={typed || (line.doneOn ?? '')}
            />
            {line.words ? <q>{line.words}</q> : null}
          </li>
        );
      })}
    </ul>
  );
}

function ContactFields({ view, form }: { view: MessageView; form: FormState }): VNode {
  const { message, choices } = view;
  const named = message.guess.contact;
  return (
    <>
      {message.contact_id === null ? (
        <Alert tone="note">
          <p>Say below which contact it is about.</p>
        </Alert>
      ) : (
        <p>
          About {choices.contacts.find((one) => one.id === message.contact_id)?.name}. Its task, or the holder of the
          new address, decides.
        </p>
      )}
      <Select
        form={form}
        name="change"
        label="What it says"
        options={[
          { value: 'forward', label: 'Somebody else is the right person' },
          { value: 'left', label: 'This person has left' },
          { value: 'correct', label: 'The same person, other details' },
        ]}
        value={named?.kind ?? 'forward'}
      />
      <TextInput form={form} name="name" label="Name" value={named?.name ?? ''} />
      <TextInput form={form} name="email" label="E-mail" type="email" value={named?.email ?? ''} />
      <TextInput form={form} name="phone" label="Telephone" type="tel" value={named?.phone ?? ''} />
      <TextArea form={form} name="note" label="In its words" rows={2} value={named?.words ?? ''} />
    </>
  );
}

/** What is reported of a suspected break-in, as far as the mail says it. */
function ProblemFields({
  view,
  problem,
  form,
}: {
  view: MessageView;
  problem: ProposedProblem;
  form: FormState;
}): VNode {
  const { message } = view;
  return (
    <>
      <HiddenInput name="problem" value="yes" />
      {problem.units.length > 0 ? (
        <fieldset>
          <legend class="form-label">Instruments</legend>
          {problem.units.map((unit) => (
            <Checkbox
              key={unit.id}
              form={form}
              name={`unit${unit.id}`}
              label={`${unit.product} ${unit.serial}`}
              checked={problem.unitIds.includes(unit.id)}
            />
          ))}
        </fieldset>
      ) : null}
      {problem.more > 0 ? (
        <p class="ff-muted">{`and ${problem.more} more that it does not name: the incident can be made for them, too.`}</p>
      ) : null}
      <Select
        form={form}
        name="unplugged"
        label="Network cable"
        options={[
          { value: 'yes', label: 'Unplugged' },
          { value: 'no', label: 'Still in, or not said' },
        ]}
        value={problem.unplugged}
      />
      <TextInput form={form} name="name" label="Who to call" value={message.from_name || message.from_address} />
      <TextInput form={form} name="phone" label="Telephone" type="tel" value={problem.phone} />
    </>
  );
}
