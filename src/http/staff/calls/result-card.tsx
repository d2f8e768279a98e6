/** How a call ended: the fields of its outcome and of what follows. */
import type { VNode } from 'preact';
import { callOutcomes, outcomeRules } from '../../../domain/call.ts';
import {
  ButtonRow,
  DateInput,
  LinkButton,
  RadioGroup,
  Select,
  SubmitButton,
  TextArea,
  TextInput,
} from '../../ui/field.tsx';
import { type FormState, textOf } from '../../ui/form.ts';
import { Card, More } from '../../ui/parts.tsx';
import type { Call } from './load.ts';

/** Whom the call goes to and who spoke; the frequent ends of a call are one press. */
export function WhomCard({ call, form }: { call: Call; form: FormState }): VNode {
  const { callees, party } = call;
  const options = [
    ...callees.map((one) => ({
      value: `contact-${one.id}`,
      label: [one.name, one.title || one.role].filter(Boolean).join(', '),
      hint: <Dial number={one.phone} bad={one.bad} unreachable={one.status === 'unreachable'} />,
    })),
    {
      value: 'party',
      label: 'The switchboard',
      hint: <Dial number={party.phone} bad={party.badPhone} unreachable={false} />,
    },
  ];
  return (
    <Card title="Whom you call">
      <RadioGroup
        form={form}
        name="whom"
        label="Contact"
        labelHidden
        value={call.callee ? `contact-${call.callee.id}` : 'party'}
        options={options}
      />
      {callees.length === 0 ? (
        <p>
          No contact is known. <a href={`/parties/${party.id}/contacts/new`}>Add one</a> when they name somebody: only a
          contact is written to.
        </p>
      ) : null}
      <div class="ff-row-fields">
        <TextInput
          form={form}
          name="spokeWith"
          label="Who is speaking"
          hint="Name and function, as they say it."
          width={30}
          maxLength={200}
        />
        <TextInput form={form} name="phone" label="Another number" hint="If you dialled one." type="tel" width={20} />
      </div>
      <fieldset class="ff-call-quick">
        <legend>Nobody to speak to</legend>
        <SubmitButton tone="secondary" name="quick" value="no-answer" icon="phone-off">
          Not reached
        </SubmitButton>
        <SubmitButton tone="secondary" name="quick" value="wrong-number" icon="phone-x">
          Wrong number
        </SubmitButton>
        <SubmitButton tone="secondary" name="quick" value="out-of-service" icon="phone-x">
          Not in service
        </SubmitButton>
      </fieldset>
    </Card>
  );
}

function Dial({ number, bad, unreachable }: { number: string; bad: boolean; unreachable: boolean }): VNode {
  const digits = number.replace(/[^+\d]/g, '');
  if (digits.length < 3) return <>no number</>;
  return (
    <>
      <a href={`tel:${digits}`}>{number}</a>
      {bad ? ' – proved wrong' : ''}
      {unreachable ? ' – letters did not reach them' : ''}
    </>
  );
}

/** The outcome, when to call again, what goes out, and what they said about contacts. */
export function ResultCard({ call, form }: { call: Call; form: FormState }): VNode {
  const mail = call.callee?.email ?? '';
  const street = call.callee?.address ?? '';
  return (
    <Card title="How the call ended">
      <RadioGroup
        form={form}
        name="outcome"
        label="Outcome"
        required
        options={callOutcomes.map((value) => ({
          value,
          label: outcomeRules[value].word,
          hint: outcomeRules[value].hint,
        }))}
      />
      <fieldset class="ff-field">
        <legend class="form-label">Call again at</legend>
        <p class="ff-hint">
          In the time of the place: it is {call.hours.localTime} there ({call.hours.zone}).
        </p>
        <div class="ff-row-fields">
          <DateInput form={form} name="callBackDay" label="Day" />
          <TextInput form={form} name="callBackTime" label="Hour" hint="e.g. 14:30" width={8} />
        </div>
      </fieldset>
      <TextArea
        form={form}
        name="note"
        label="What else was said"
        hint="Kept with the call."
        rows={3}
        maxLength={5_000}
      />
      <RadioGroup
        form={form}
        name="written"
        label="Confirm in writing"
        hint="In their language: what you wrote down, or the letter they asked for again."
        value={mail === '' && street !== '' ? 'post' : 'email'}
        options={[
          { value: 'email', label: 'By mail', hint: mail || 'this contact has no mail address' },
          { value: 'post', label: 'On paper', hint: street || 'no street is known' },
          { value: 'no', label: 'Not this time' },
        ]}
      />
      <ChangeFields form={form} />
      <ButtonRow>
        <SubmitButton tone="primary" icon="check">
          Record the call
        </SubmitButton>
        <SubmitButton tone="secondary" name="then" value="next">
          Record, and take the next
        </SubmitButton>
        <LinkButton href={`/actions/${call.action.id}/calls`} tone="quiet">
          Back to the list
        </LinkButton>
      </ButtonRow>
    </Card>
  );
}

/** Another person, mail address or number: a proposal, until its holder or staff confirm it. */
function ChangeFields({ form }: { form: FormState }): VNode {
  const typed = ['changeKind', 'changeName', 'changeEmail', 'changePhone'].some((name) => textOf(form, name) !== '');
  return (
    <More summary="They name another person, address or number" open={typed}>
      <p>
        It becomes a proposal: the holder of a new mail address is asked by a letter there, else somebody at the desk
        applies it.
      </p>
      <Select
        form={form}
        name="changeKind"
        label="What they said"
        placeholder="Nothing new"
        options={[
          { value: 'correct', label: 'The same person, other details' },
          { value: 'forward', label: 'Somebody else looks after it' },
          { value: 'left', label: 'This person is not there any more' },
        ]}
      />
      <TextInput form={form} name="changeName" label="Name" width={30} maxLength={200} />
      <div class="ff-row-fields">
        <TextInput form={form} name="changeEmail" label="E-mail address" type="email" width={30} />
        <TextInput form={form} name="changePhone" label="Telephone" type="tel" width={20} />
      </div>
    </More>
  );
}
