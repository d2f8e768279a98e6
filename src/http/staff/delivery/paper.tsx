/** Letters on paper: a letter, a preview, and what goes into the printer, as PDF. */
import { orderLetters } from '../../../app/letter-making.ts';
import { previewPaperForm } from '../../../app/paper-form-preview.ts';
import { type PaperFile, previewPaperInput, previewPaperLetter, readPaperLetter } from '../../../app/paper-letters.ts';
import { printPost, printPostInput } from '../../../app/paper-post.ts';
import { isRefusal, type Refusal, refuse } from '../../../domain/refusal.ts';
import { type C, idParam, seeOther } from '../../context.ts';
import { fileAnswer } from '../../file-answer.ts';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import { framedFilePolicy } from '../../security.ts';
import { setFlash } from '../../ui/flash.ts';
import { withAction } from '../actions/action-page.tsx';
import { readPrintRows } from './print.tsx';

/** GET /deliveries/:id/letter.pdf?language= : the letter of one contact as it is printed. */
export async function showPaperLetter(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const file = await readPaperLetter(c.get('ctx'), id, c.req.query('language'));
  return pdfResponse(c, file, `/deliveries/${id}`);
}

/** GET /notices/:id/letter.pdf?contactId=&audience=&language= : the letter of any recipient, before a release too. */
export async function showPaperPreview(c: C): Promise<Response> {
  return showPreviewFile(c, previewPaperLetter);
}

async function showPreviewFile(c: C, preview: typeof previewPaperLetter): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const asked = Object.fromEntries([...new URL(c.req.url).searchParams].filter(([, value]) => value !== ''));
  const input = previewPaperInput.safeParse(asked);
  const file = input.success ? await preview(c.get('ctx'), id, input.data) : refuse('notice.unknown', { id });
  return pdfResponse(c, file, `/notices/${id}/preview`);
}

/** GET /notices/:id/form.pdf?contactId=&audience=&language= : the form of any recipient, before a release too. */
export async function showFormPreview(c: C): Promise<Response> {
  return showPreviewFile(c, previewPaperForm);
}

/** GET /actions/:id/print/:file : what one page of the queue needs in the printer: letters, envelopes or labels. */
export function showPrintFile(what: 'letters' | 'envelopes' | 'labels') {
  return (c: C): Promise<Response> =>
    withAction(c, async (action) => {
      const rows = await readPrintRows(c, action);
      const back = `/actions/${action.id}/print`;
      const skip = Number(c.req.query('from') ?? 1) - 1;
      const input = printPostInput.safeParse({
        deliveryIds: rows.map((row) => row.id),
        what,
        skip: Number.isInteger(skip) && skip >= 0 && skip < 30 ? skip : 0,
      });
      if (!input.success) return answerRefusal(c, refuse('delivery.nothing-to-post'), back);
      return pdfResponse(c, await printPost(c.get('ctx'), action.id, input.data), back);
    });
}

/** POST /actions/:id/print/make : has the letters that wait made, in the background. */
export function postMakeLetters(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const back = `/actions/${action.id}/print`;
    const result = await orderLetters(c.get('ctx'), action.id, { of: 'post' });
    if (isRefusal(result)) setFlash(c, { tone: 'attention', text: refusalError(result).message });
    else {
      const text = result.letters === 0 ? 'All letters are made already.' : `${result.letters} letters are being made.`;
      setFlash(c, { tone: 'done', text });
    }
    return seeOther(c, back);
  });
}

/** A PDF shown in the browser, or why there is none. */
export function pdfResponse(c: C, file: PaperFile | Refusal, back: string): Response | Promise<Response> {
  if (isRefusal(file)) return answerRefusal(c, file, back);
  return fileAnswer(file.pdf, {
    name: file.name,
    mediaType: 'application/pdf',
    inline: true,
    // The preview shows it in a frame of ours, beside other views.
    headers: { 'content-security-policy': framedFilePolicy },
  });
}
