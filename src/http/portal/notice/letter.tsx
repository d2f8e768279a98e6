/** The notice as the letter this reader gets on paper. */
import { openOwnPaperLetter } from '../../../app/paper-letters.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { seeOther } from '../../context.ts';
import { fileAnswer } from '../../file-answer.ts';
import { portalPage } from '../gate.tsx';

/** GET /p/:token/letter.pdf?lang= */
export const showOwnLetter = portalPage({ versions: true }, async ({ c, ctx, base, data, t }) => {
  const file = await openOwnPaperLetter(ctx, data.notice?.id ?? 0, c.req.query('lang') ?? t.language);
  // Nothing there to print, or a letter that cannot be: the page of the notice has all its words.
  if (isRefusal(file)) return seeOther(c, `${base}/notice`);
  return fileAnswer(file.pdf, { name: `${data.action.reference}.pdf`, mediaType: 'application/pdf', inline: true });
});
