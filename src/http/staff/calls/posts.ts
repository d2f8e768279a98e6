import { claimCall, releaseCall } from '../../../app/call-claims.ts';
import { type CallInput, recordCall, recordCallInput } from '../../../app/calls.ts';
import { type ContactProposal, contactProposal } from '../../../app/contact-changes.ts';
import { callOutcomes } from '../../../domain/call.ts';
import { isAnswered } from '../../../domain/form-asked.ts';
import { parseFormBody, readFieldName, toFields } from '../../../domain/form-fields.ts';
import { isRefusal, type Refusal } from '../../../domain/refusal.ts';
import { type C, type FormBody, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormErrors, freshForm, parseTypedDate, refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { callPage } from './call.tsx';
import { takeNext } from './list.tsx';
import { type Call, callPath, withCall } from './load.ts';

/**
 * POST /actions/:id/calls/:partyId: records the call with all that follows. `show` only changes the language of the
 * script; `quick` is the outcome of a call nobody answered.
 */
export async function postCall(c: C): Promise<Response> {
  const body = await readForm(c);
  const show = fieldText(body, 'show');
  const chosen = { whom: fieldText(body, 'whom'), language: show || fieldText(body, 'language') };
  return withCall(
    c,
    async (call) => {
      const again = async (errors: FormErrors) =>
        html(c, await callPage(c, call, refusedForm(shownAgain(call, body), errors)), 422);
      if (show !== '') return html(c, await callPage(c, call, freshForm(shownAgain(call, body))));
      const read = readCall(call, body);
      if ('errors' in read) return again(read.errors);
      const done = await recordCall(c.get('ctx'), read.input);
      if (isRefusal(done)) return again([errorOf(done)]);
      const odd = done.contradictions.length;
      setFlash(
        c,
        odd > 0
          ? {
              tone: 'attention',
              text: `Recorded. ${odd === 1 ? 'One contradiction' : `${odd} contradictions`} became tasks: ask while you have them on the line.`,
            }
          : {
              tone: 'done',
              text: `The call to ${call.party.name} is recorded.${sentWords(done.deliveryId, read.input)}`,
            },
      );
      if (fieldText(body, 'then') === 'next') return takeNext(c, call.action.id, {});
      return seeOther(c, done.replyId === null ? `/actions/${call.action.id}/calls` : `/replies/${done.replyId}`);
    },
    chosen,
  );
}

function sentWords(deliveryId: number | null, input: CallInput): string {
  if (deliveryId !== null)
    return input.outcome === 'answered' ? ' It is confirmed in writing.' : ' The letter goes again.';
  return input.outcome === 'answered' && input.confirm !== 'no' ? ' There is no address to confirm it to.' : '';
}

/** The form as the use case takes it, or what is wrong with it. */
function readCall(call: Call, body: FormBody): { input: CallInput } | { errors: FormErrors } {
  const quick = fieldText(body, 'quick');
  const outcome = quick || fieldText(body, 'outcome');
  const known = callOutcomes.find((one) => one === outcome);
  if (!known) return { errors: [{ field: 'outcome', message: 'Choose how the call ended.' }] };
  const contactId = Number(/^contact-(\d{1,15})$/.exec(fieldText(body, 'whom'))?.[1] ?? 0) || null;
  const number = fieldText(body, 'phone').trim() || call.callee?.phone || (contactId === null ? call.party.phone : '');
  const time = readTime(body, call.hours.zone);
  if (known === 'call-back' && 'errors' in time) return time;
  const change = readChange(body);
  if ('errors' in change) return change;
  const written = fieldText(body, 'written');
  const answers = readAnswers(call, body);
  const input = recordCallInput.safeParse({
    actionId: call.action.id,
    partyId: call.party.id,
    contactId,
    taskId: call.taskId ?? null,
    outcome: known,
    spokeWith: fieldText(body, 'spokeWith'),
    phone: number,
    language: call.own.language,
    note: fieldText(body, 'note'),
    callBackAt: 'at' in time ? time.at : undefined,
    answers,
    confirm: confirmOf(call, written),
    letterBy: written === 'post' ? 'post' : 'email',
    change: change.change,
    onceKey: fieldText(body, 'once').slice(0, 100) || undefined,
  });
  if (!input.success) return { errors: errorsFromZod(input.error) };
  return { input: { ...input.data, callBackAt: 'at' in time ? time.at : undefined } };
}

/** Mail was only our guess where the contact has none: then the way is left to the use case. */
function confirmOf(call: Call, written: string): 'auto' | 'email' | 'post' | 'no' {
  if (written === 'no' || written === 'post') return written;
  return (call.callee?.email ?? '') === '' ? 'auto' : 'email';
}

/** The answers, or nothing when none is given. */
function readAnswers(call: Call, body: FormBody): CallInput['answers'] {
  if (!call.form || !call.context) return undefined;
  const answers = parseFormBody(call.form.definition, call.context, body);
  return Object.values(toFields(answers)).some((value) => isAnswered(value)) ? answers : undefined;
}

/** A day and an hour in the time of the place that is called, as an instant. */
function readTime(body: FormBody, zone: string): { at: string } | { errors: FormErrors } {
  const typed = fieldText(body, 'callBackDay');
  if (typed === '') return { errors: [{ field: 'callBackDay', message: 'Write down the day of the next call.' }] };
  const day = parseTypedDate(typed);
  if (!day)
    return { errors: [{ field: 'callBackDay', message: 'This is no day. Write it as 2022-05-09 or 9.5.2022.' }] };
  const time = /^(\d{1,2})(?:[:.h]?(\d{2}))?$/.exec(fieldText(body, 'callBackTime').trim() || '9:00');
  const [hour, minute] = [Number(time?.[1]), Number(time?.[2] ?? 0)];
  if (!time || hour > 23 || minute > 59)
    return { errors: [{ field: 'callBackTime', message: 'This is no time of the day. Write it as 14:30.' }] };
  const there = Temporal.PlainDate.from(day).toZonedDateTime({
    timeZone: zone,
    plainTime: Temporal.PlainTime.from({ hour, minute }),
  });
  return { at: there.toInstant().toString() };
}

const changeWords: Readonly<Record<string, string>> = {
  'contact-change.name': 'Write the name of the person or office.',
  'contact-change.reach': 'Write an e-mail address or a telephone number.',
};

function readChange(body: FormBody): { change?: ContactProposal } | { errors: FormErrors } {
  const field = (name: string): string => fieldText(body, `change${name}`).trim();
  const kind = field('Kind');
  if (kind === '') {
    return ['Name', 'Email', 'Phone'].some((name) => field(name) !== '')
      ? { errors: [{ field: 'changeKind', message: 'Choose what they said about this person.' }] }
      : {};
  }
  const read = contactProposal.safeParse({ kind, name: field('Name'), email: field('Email'), phone: field('Phone') });
  if (read.success) return { change: read.data };
  const nameOf = (path: string): string => `change${path.charAt(0).toUpperCase()}${path.slice(1)}`;
  const errors = errorsFromZod(read.error, nameOf).map((error) => ({
    ...error,
    message: changeWords[error.message] ?? 'Write an e-mail address such as name@hospital.example.',
  }));
  return { errors };
}

const fieldOf: Readonly<Record<string, string>> = {
  confirm: 'written',
  letterBy: 'written',
  contactId: 'whom',
  callBackAt: 'callBackDay',
};

function errorOf(refusal: Refusal): FormErrors[number] {
  const error = refusalError(refusal);
  return { ...error, field: fieldOf[error.field] ?? error.field };
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

/** POST /actions/:id/calls/:partyId/claim: this call is mine for half an hour. */
export function postClaim(c: C): Promise<Response> {
  return withCall(c, async (call) => {
    const body = await readForm(c);
    const taken = await claimCall(c.get('ctx'), call.action.id, call.party.id, {
      over: fieldText(body, 'over') === 'yes',
    });
    if (isRefusal(taken)) setFlash(c, { tone: 'attention', text: refusalError(taken).message });
    return seeOther(c, fieldText(body, 'back') || callPath(call));
  });
}

/** POST /actions/:id/calls/:partyId/release */
export function postRelease(c: C): Promise<Response> {
  return withCall(c, async (call) => {
    await releaseCall(c.get('ctx'), call.action.id, call.party.id);
    setFlash(c, { tone: 'done', text: `${call.party.name} can be called by anybody again.` });
    return seeOther(c, `/actions/${call.action.id}/calls`);
  });
}
