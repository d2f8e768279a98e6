import { applyContactChange, refuseContactChange } from '../../../app/contact-changes.ts';
import { addContact, markContactLeft, markLeftInput } from '../../../app/contacts.ts';
import { setCorrectionRight } from '../../../app/correction-work.ts';
import { resolveBounce, resolveBounceInput } from '../../../app/delivery-redirect.ts';
import { workIncidentInput, workIncidents } from '../../../app/incident-work.ts';
import { acceptReportedUnit, acceptReportedUnitInput } from '../../../app/reply-units.ts';
import { moveUnit, moveUnitInput } from '../../../app/unit-moves.ts';
import { isRefusal, type Refusal } from '../../../domain/refusal.ts';
import { type C, type FormBody, fieldList, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormErrors, refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { readSetRight } from '../corrections/correction.tsx';
import { readContactFields } from '../parties/contact.tsx';
import { type Task, taskPage, withTask } from './tasks.tsx';

/** Names of a form's fields where a schema, or a use case, calls them otherwise. */
type Names = Readonly<Record<string, string>>;

function renamed(errors: FormErrors, names: Names): FormErrors {
  return errors.map((error) => ({ ...error, field: names[error.field] ?? error.field }));
}

/** Reads the form of a task, does what it asks, and goes on; whatever is refused shows the task again with the form. */
function mend(
  c: C,
  names: Names,
  work: (
    task: Task,
    body: FormBody,
  ) => Promise<{ errors: FormErrors } | { refused: Refusal } | { done: string; next?: string }>,
): Promise<Response> {
  return withTask(c, async (task) => {
    const body = await readForm(c);
    const result = await work(task, body);
    if ('done' in result) {
      setFlash(c, { tone: 'done', text: result.done });
      return seeOther(c, result.next ?? '/tasks');
    }
    const errors = 'errors' in result ? result.errors : [refusalError(result.refused)];
    return html(c, await taskPage(c, task, refusedForm(body, renamed(errors, names))), 422);
  });
}

/** POST /tasks/:id/redirect: the letter of the task goes another way. */
export function postRedirect(c: C): Promise<Response> {
  return mend(c, { how: 'way', contactId: 'way' }, async (task, body) => {
    const way = fieldText(body, 'way');
    if (way === '') return { errors: [{ field: 'way', message: 'Choose who gets the letter now.' }] };
    const contactId = /^contact-(\d{1,15})$/.exec(way)?.[1];
    const input = resolveBounceInput.safeParse(
      contactId
        ? { how: 'contact', contactId: Number(contactId) }
        : { how: way, email: fieldText(body, 'email'), name: fieldText(body, 'name') },
    );
    if (!input.success) return { errors: errorsFromZod(input.error) };
    const result = await resolveBounce(c.get('ctx'), task.delivery_id ?? 0, input.data);
    if (isRefusal(result)) return { refused: result };
    return { done: 'The letter is on its way again, and the task is done.' };
  });
}

/** POST /tasks/:id/left: the contact is not there any more. */
export function postLeft(c: C): Promise<Response> {
  return mend(c, { reason: 'leftReason' }, async (task, body) => {
    const input = markLeftInput.safeParse({ reason: fieldText(body, 'leftReason'), taskId: task.id });
    if (!input.success) return { errors: errorsFromZod(input.error) };
    // Only the contact the task is about: the number in the form is what the reader saw.
    if (task.contact_id === null || fieldText(body, 'contactId') !== String(task.contact_id))
      return { errors: [{ field: '', message: 'The task is about another contact by now. Load the page again.' }] };
    const result = await markContactLeft(c.get('ctx'), task.contact_id, input.data);
    if (isRefusal(result)) return { refused: result };
    return { done: 'The contact counts as left, and the task is done.', next: `/parties/${task.party_id}` };
  });
}

/** POST /tasks/:id/contact: a contact for a party that had none. */
export function postTaskContact(c: C): Promise<Response> {
  return mend(c, { name: 'contactName' }, async (task, body) => {
    const input = readContactFields(body);
    if ('errors' in input) return { errors: input.errors ?? [] };
    const result = await addContact(c.get('ctx'), { ...input.data, partyId: task.party_id ?? 0, taskId: task.id });
    if (isRefusal(result)) return { refused: result };
    return {
      done: result.letters > 0 ? 'The contact is added, and its letter is on its way.' : 'The contact is added.',
      next: `/parties/${task.party_id}`,
    };
  });
}

/** POST /tasks/:id/proposal: applies or refuses what somebody proposed about a contact. */
export function postProposal(c: C): Promise<Response> {
  return mend(c, { reason: 'decision' }, async (task, body) => {
    const ctx = c.get('ctx');
    const changeId = Number(task.detail.changeId);
    const decision = { reason: fieldText(body, 'decision').trim().slice(0, 2_000) };
    const apply = fieldText(body, 'decide') === 'apply';
    const result = apply
      ? await applyContactChange(ctx, changeId, decision)
      : await refuseContactChange(ctx, changeId, decision);
    if (isRefusal(result)) return { refused: result };
    return {
      done: apply ? 'The contact is changed as proposed.' : 'The proposal is refused; the contact stays as it is.',
    };
  });
}

/** POST /tasks/:id/set-right: says which of two contradicting answers is true. */
export function postTaskSetRight(c: C): Promise<Response> {
  return mend(c, {}, async (task, body) => {
    const input = readSetRight(body);
    if ('errors' in input) return { errors: input.errors ?? [] };
    const result = await setCorrectionRight(c.get('ctx'), task.correction_id ?? 0, { ...input.data, taskId: task.id });
    if (isRefusal(result)) return { refused: result };
    return { done: `Set right: it is ${result.state.replace('-', ' ')} now, and the task is done.` };
  });
}

/** POST /tasks/:id/accept-unit: takes a reported unit into the field. */
export function postAcceptUnit(c: C): Promise<Response> {
  return mend(c, { reason: 'unitReason', kind: 'unitKind' }, async (task, body) => {
    const input = acceptReportedUnitInput.safeParse({
      productId: Number(fieldText(body, 'productId')),
      siteId: Number(fieldText(body, 'siteId')),
      kind: fieldText(body, 'unitKind'),
      serial: fieldText(body, 'serial'),
      quantity: Number(fieldText(body, 'quantity') || '1'),
      reason: fieldText(body, 'unitReason'),
    });
    if (!input.success) {
      const words: Names = {
        productId: 'Choose the product.',
        siteId: 'Choose the site.',
        serial: 'Write the serial number, the lot, or the name of the computer.',
        quantity: 'Write a whole number, 1 or more.',
        reason: 'Write how you know that it is right.',
      };
      return {
        errors: errorsFromZod(input.error).map((error) => ({ ...error, message: words[error.field] ?? error.message })),
      };
    }
    const result = await acceptReportedUnit(c.get('ctx'), task.id, input.data);
    if (isRefusal(result)) return { refused: result };
    return {
      done: `The unit is in the field, with ${result.corrections} corrections.`,
      next: `/units/${result.unitId}`,
    };
  });
}

/** POST /tasks/:id/move-unit: the unit follows its owner, or is scrapped. */
export function postMoveUnit(c: C): Promise<Response> {
  return mend(c, { reason: 'moveReason', name: 'newName' }, async (task, body) => {
    if (fieldText(body, 'to') === '') return { errors: [{ field: 'to', message: 'Choose where the unit is now.' }] };
    const say = (name: string) => fieldText(body, name);
    const input = moveUnitInput.safeParse({
      to: say('to'),
      partyRef: say('partyRef'),
      siteRef: say('siteRef'),
      name: say('newName'),
      country: say('country'),
      street: say('street'),
      postcode: say('postcode'),
      city: say('city'),
      reason: say('moveReason'),
    });
    if (!input.success) return { errors: errorsFromZod(input.error) };
    const result = await moveUnit(c.get('ctx'), task.unit_id ?? 0, input.data, { taskId: task.id });
    if (isRefusal(result)) return { refused: result };
    return {
      done:
        input.data.to === 'scrapped'
          ? 'The unit counts as scrapped.'
          : 'The unit and its corrections are at their new place.',
      next: input.data.to === 'new' ? `/parties/${result.partyId}` : `/units/${result.unitId}`,
    };
  });
}

/** POST /tasks/:id/incident: how the examination of a suspected break-in stands. */
export function postIncident(c: C): Promise<Response> {
  return mend(c, { state: 'incidentState', reason: 'finding' }, async (task, body) => {
    const about = new Set(Array.isArray(task.detail.incidentIds) ? task.detail.incidentIds.map(String) : []);
    const input = workIncidentInput.safeParse({
      incidentIds: fieldList(body, 'incidentId')
        .filter((id) => about.has(id))
        .map(Number),
      state: fieldText(body, 'incidentState'),
      reason: fieldText(body, 'finding'),
      taskId: task.id,
    });
    if (!input.success) return { errors: errorsFromZod(input.error) };
    const result = await workIncidents(c.get('ctx'), input.data);
    if (isRefusal(result)) return { refused: result };
    return input.data.state === 'examining'
      ? { done: 'Recorded: it is being examined.', next: `/tasks/${task.id}` }
      : { done: `Recorded as ${input.data.state}, and the task is done.` };
  });
}
