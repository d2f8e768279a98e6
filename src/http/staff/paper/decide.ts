import { acceptPaperReply, matchPaperReply, setPaperReplyAside } from '../../../app/paper-decide.ts';
import { findParty } from '../../../app/queries/messages.ts';
import { nextPaperReply } from '../../../app/queries/paper-replies.ts';
import { isRefusal, type Refusal, refuse } from '../../../domain/refusal.ts';
import { type C, type FormBody, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError, statusOf } from '../../refusal.tsx';
import { setFlash } from '../../ui/flash.ts';
import { refusedForm } from '../../ui/form.ts';
import { paperReplyPage } from './review.tsx';

/** POST /replies/read/:id: taken, matched, put aside or opened again; then the next one that waits. */
export async function postPaperReply(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const body = await readForm(c);
  const how = fieldText(body, 'how');
  const done = await decide(c, id, how, body);
  if (isRefusal(done)) {
    const status = statusOf(done);
    if (status === 403 || status === 404) return answerRefusal(c, done, '/replies/read');
    return paperReplyPage(c, refusedForm(how === 'accept' ? body : {}, [refusalError(done)]), 422);
  }
  setFlash(c, { tone: done.odd ? 'attention' : 'done', text: done.text });
  if (how === 'match' || how === 'reopen') return seeOther(c, `/replies/read/${id}`);
  const next = await nextPaperReply(c.get('ctx').db, id);
  return seeOther(c, next === undefined ? '/replies/read' : `/replies/read/${next}`);
}

async function decide(
  c: C,
  id: number,
  how: string,
  body: FormBody,
): Promise<{ text: string; odd?: boolean } | Refusal> {
  const ctx = c.get('ctx');
  if (how === 'match') {
    const code = fieldText(body, 'code').trim();
    const partyId = code === '' ? await findParty(ctx.db, fieldText(body, 'party')) : undefined;
    if (code === '' && partyId === undefined) return refuse('party.unknown', { id: fieldText(body, 'party') }, 'party');
    const whose = code === '' ? { actionId: Number(fieldText(body, 'actionId')), partyId: partyId ?? 0 } : { code };
    const matched = await matchPaperReply(ctx, id, whose);
    return isRefusal(matched) ? matched : { text: 'Now type what stands on the pages.' };
  }
  if (how === 'aside' || how === 'reopen') {
    const set = await setPaperReplyAside(ctx, id, { aside: how === 'aside', outcome: fieldText(body, 'outcome') });
    return isRefusal(set) ? set : { text: how === 'aside' ? 'Put aside.' : 'It waits again.' };
  }
  const taken = await acceptPaperReply(ctx, id, body);
  if (isRefusal(taken)) return taken;
  return taken.contradictions > 0
    ? { text: `Taken as reply ${taken.replyId}. ${taken.contradictions} contradictions became tasks.`, odd: true }
    : { text: `Taken as reply ${taken.replyId}.` };
}
