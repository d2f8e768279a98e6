import { keepAttachedMessage, readAttachment } from '../../../app/message-attachments.ts';
import { decideMessage, decideMessageInput } from '../../../app/message-decide.ts';
import { findMessage, loadBytes } from '../../../app/messages.ts';
import { findParty, nextWaiting } from '../../../app/queries/messages.ts';
import { staffIdOf } from '../../../domain/actor.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, type FormBody, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { fileAnswer } from '../../file-answer.ts';
import { answerRefusal, refusalError, statusOf } from '../../refusal.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, refusedForm } from '../../ui/form.ts';
import { messagePage } from './message.tsx';
import { messagePath, onlyOf } from './queue.ts';

/** POST /postroom/:id: accepted, corrected, taken, ended or opened again; then the next one. */
export async function postDecision(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const ctx = c.get('ctx');
  const body = await readForm(c);
  const wish = await wishOf(c, body);
  if (wish === 'no-party') {
    const error = { field: 'party', message: 'No party has this number or name. Look it up under Parties.' };
    return messagePage(c, refusedForm(body, [error]), 422);
  }
  const input = decideMessageInput.safeParse(wish);
  if (!input.success) {
    const errors = errorsFromZod(input.error, (path) => path.replace(/^contact\./, ''));
    return messagePage(c, refusedForm(body, errors), 422);
  }
  const result = await decideMessage(ctx, id, input.data);
  if (isRefusal(result)) {
    const status = statusOf(result);
    if (status === 404 || status === 403) return answerRefusal(c, result, '/postroom');
    return messagePage(c, refusedForm(body, [refusalError(result)]), 422);
  }
  const words = {
    accept: result.outcome,
    end: result.outcome,
    correct: 'Put right. It waits as what it is.',
    assign: 'It is yours.',
    reopen: 'It waits again.',
  };
  setFlash(c, { tone: 'done', text: words[input.data.how] });
  const only = onlyOf(c.req.query('only'));
  if (result.state !== 'done') return seeOther(c, messagePath(id, only));
  const next = await nextWaiting(ctx.db, id, staffIdOf(ctx.actor), only);
  return seeOther(c, next === undefined ? '/postroom' : messagePath(next, only));
}

/** What the form asks for, as the use case takes it. */
async function wishOf(c: C, body: FormBody): Promise<unknown> {
  const how = fieldText(body, 'how');
  const number = (name: string): number | undefined => Number(fieldText(body, name)) || undefined;
  if (how === 'correct') {
    const typed = fieldText(body, 'party').trim();
    const partyId = typed === '' ? undefined : await findParty(c.get('ctx').db, typed);
    if (typed !== '' && partyId === undefined) return 'no-party';
    const known = await findMessage(c.get('ctx').db, idParam(c, 'id') ?? 0);
    const moved = !isRefusal(known) && known.party_id !== (partyId ?? known.party_id);
    return {
      how,
      kind: fieldText(body, 'kind') || undefined,
      partyId,
      actionId: number('actionId'),
      // Contact and letter were offered for the party it had before.
      ...(moved || body.contactId === undefined ? {} : { contactId: number('contactId') ?? null }),
      ...(moved || body.deliveryId === undefined ? {} : { deliveryId: number('deliveryId') ?? null }),
    };
  }
  if (how === 'end') return { how, outcome: fieldText(body, 'outcome') };
  if (how !== 'accept') return { how };
  const change = fieldText(body, 'change');
  const answered = fieldText(body, 'answered').trim();
  return {
    how,
    outcome: answered === '' ? '' : `Answered: ${answered}`.slice(0, 1_000),
    ...(fieldText(body, 'filled') === 'yes'
      ? { received: fieldText(body, 'received') === 'yes', corrections: acceptedLines(body) }
      : {}),
    ...(fieldText(body, 'problem') === 'yes'
      ? {
          problem: {
            unitIds: Object.keys(body).flatMap((name) => Number(/^unit([1-9]\d{0,15})$/.exec(name)?.[1]) || []),
            unplugged: fieldText(body, 'unplugged'),
            name: fieldText(body, 'name'),
            phone: fieldText(body, 'phone'),
          },
        }
      : {}),
    ...(change === ''
      ? {}
      : {
          contact: {
            kind: change,
            name: fieldText(body, 'name'),
            email: fieldText(body, 'email').trim(),
            phone: fieldText(body, 'phone'),
            note: fieldText(body, 'note'),
          },
        }),
  };
}

/** The corrections that were ticked, each with its day. */
function acceptedLines(body: FormBody): unknown[] {
  return Object.keys(body).flatMap((name) => {
    const id = /^c([1-9]\d{0,15})$/.exec(name)?.[1];
    const claim = id === undefined ? '' : fieldText(body, name);
    const doneOn = fieldText(body, `${name}.on`);
    return claim === '' ? [] : [{ id: Number(id), claim, ...(claim === 'done' && doneOn ? { doneOn } : {}) }];
  });
}

/** POST /postroom/:id/attached: an attached message becomes a message of its own. */
export async function postAttached(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const index = fieldText(await readForm(c), 'index');
  const kept = await keepAttachedMessage(c.get('ctx'), id, { index: /^\d{1,4}$/.test(index) ? Number(index) : -1 });
  if (isRefusal(kept)) return answerRefusal(c, kept, `/postroom/${id}`);
  setFlash(c, {
    tone: 'done',
    text: kept.fresh
      ? 'Taken in as a message of its own; the post room reads it now.'
      : 'It had come in before: here it is.',
  });
  return seeOther(c, `/postroom/${kept.id}`);
}

/** GET /postroom/:id/source: the bytes as they came. */
export async function getSource(c: C): Promise<Response> {
  const message = await findMessage(c.get('ctx').db, idParam(c, 'id') ?? 0);
  if (isRefusal(message)) return answerRefusal(c, message, '/postroom');
  const bytes = await loadBytes(c.get('ctx'), message.sha256);
  // What Outlook saved opens as what it is only.
  const kind = Buffer.from(bytes.subarray(0, 4)).toString('hex') === 'd0cf11e0' ? 'msg' : 'eml';
  return fileAnswer(bytes, { name: `message-${message.id}.${kind}` });
}

/** GET /postroom/:id/attachments/:index: to be kept as a file, never to be shown by the browser as a page of ours. */
export async function getAttachment(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const index = Number(/^\d{1,4}$/.exec(c.req.param('index') ?? '')?.[0] ?? -1);
  const part = await readAttachment(c.get('ctx'), id, index);
  if (isRefusal(part)) return answerRefusal(c, part, `/postroom/${id}`);
  return fileAnswer(part.bytes, { name: part.name });
}
