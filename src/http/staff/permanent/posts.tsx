/** What is sent from the page Permanent fix. */
import {
  proposeStart,
  proposeStartInput,
  signStart,
  signStartInput,
  withdrawStart,
  withdrawStartInput,
} from '../../../app/permanent-remedy.ts';
import { startSuccessor, startSuccessorInput } from '../../../app/successors.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, type FormBody, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError, statusOf } from '../../refusal.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormErrors, refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { readCredential } from '../account/signature-fields.tsx';
import { type ActionRow, withAction } from '../actions/action-page.tsx';
import { type PermanentForms, permanentPage } from './page.tsx';

async function again(
  c: C,
  action: ActionRow,
  part: keyof PermanentForms,
  body: FormBody,
  errors: FormErrors,
  status = 422,
): Promise<Response> {
  return html(c, await permanentPage(c, action, { [part]: refusedForm(body, errors) }), status as 422);
}

/** The remedy of the address, where it belongs to the action of the address. */
async function remedyOf(c: C, action: ActionRow): Promise<number | undefined> {
  const id = idParam(c, 'remedyId');
  if (id === undefined) return undefined;
  const row = await c
    .get('ctx')
    .db.selectFrom('remedy')
    .select('id')
    .where('id', '=', id)
    .where('action_id', '=', action.id)
    .executeTakeFirst();
  return row?.id;
}

/** POST /actions/:id/permanent/propose */
export function postPropose(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const body = await readForm(c);
    const remedyId = Number(fieldText(body, 'remedyId')) || 0;
    const input = proposeStartInput.safeParse({ supersedesId: Number(fieldText(body, 'supersedesId')) });
    if (!input.success) return again(c, action, 'propose', body, errorsFromZod(input.error));
    const result = await proposeStart(c.get('ctx'), remedyId, input.data);
    if (isRefusal(result)) {
      const error = refusalError(result);
      return again(c, action, 'propose', body, [{ ...error, field: error.field || 'remedyId' }], statusOf(result));
    }
    setFlash(c, { tone: 'done', text: 'Proposed. Two people sign now: for Quality and for Regulatory affairs.' });
    return seeOther(c, `/actions/${action.id}/permanent#sign`);
  });
}

/** POST /actions/:id/permanent/:remedyId/sign */
export function postStartSign(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const remedyId = await remedyOf(c, action);
    if (remedyId === undefined) return answerRefusal(c, refuse('remedy.unknown', { id: 0 }), '/actions');
    const body = await readForm(c);
    const input = signStartInput.safeParse({
      as: fieldText(body, 'as'),
      contentHash: fieldText(body, 'contentHash'),
      credential: readCredential(body),
    });
    if (!input.success)
      return answerRefusal(c, refuse('remedy.changed-meanwhile', {}), `/actions/${action.id}/permanent`);
    const result = await signStart(c.get('ctx'), remedyId, input.data);
    if (isRefusal(result)) return again(c, action, 'sign', body, [refusalError(result)], statusOf(result));
    setFlash(c, {
      tone: 'done',
      text:
        result.state === 'proposed'
          ? 'Signed. The other signature is still missing.'
          : 'Signed, and the remedy begins. Release its package, then tell the owners by an update of the notice.',
    });
    return seeOther(c, `/actions/${action.id}/permanent`);
  });
}

/** POST /actions/:id/permanent/:remedyId/withdraw */
export function postStartWithdrawal(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const remedyId = await remedyOf(c, action);
    if (remedyId === undefined) return answerRefusal(c, refuse('remedy.unknown', { id: 0 }), '/actions');
    const body = await readForm(c);
    const input = withdrawStartInput.safeParse({ reason: fieldText(body, 'reason') });
    if (!input.success) return again(c, action, 'withdraw', body, errorsFromZod(input.error));
    const result = await withdrawStart(c.get('ctx'), remedyId, input.data);
    if (isRefusal(result)) return again(c, action, 'withdraw', body, [refusalError(result)], statusOf(result));
    setFlash(c, { tone: 'done', text: 'The proposal is taken back.' });
    return seeOther(c, `/actions/${action.id}/permanent`);
  });
}

/** POST /actions/:id/permanent/successor */
export function postSuccessor(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const body = await readForm(c);
    const supersedes = fieldText(body, 'supersedesId');
    const input = startSuccessorInput.safeParse({
      reference: fieldText(body, 'reference'),
      title: fieldText(body, 'title'),
      remedyName: fieldText(body, 'remedyName'),
      remedyDescription: fieldText(body, 'remedyDescription'),
      ...(supersedes === '' ? {} : { supersedesId: Number(supersedes) }),
    });
    if (!input.success) return again(c, action, 'successor', body, errorsFromZod(input.error));
    const result = await startSuccessor(c.get('ctx'), action.id, input.data);
    if (isRefusal(result)) {
      const error = refusalError(result);
      return again(c, action, 'successor', body, [{ ...error, field: error.field || 'reference' }], statusOf(result));
    }
    setFlash(c, {
      tone: 'done',
      text: `${result.reference} follows ${action.reference}. Look at its description, then find its units.`,
    });
    return seeOther(c, `/actions/${result.id}/describe`);
  });
}
