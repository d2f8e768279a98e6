import type { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal } from '../domain/refusal.ts';
import type { Context } from './context.ts';
import { chooseSample } from './letter-tests.ts';
import { drawForm, loadFormSource, newFormCode } from './paper-forms.ts';
import type { PaperFile, previewPaperInput } from './paper-letters.ts';

/**
 * The form on paper of any recipient, before anything is released. It says that it is a preview, and nothing is kept of it:
 * its code names no form when it comes back.
 * @param input.audience chooses the first recipient of that audience when no contact is named
 */
export async function previewPaperForm(
  ctx: Context,
  noticeId: number,
  input: z.infer<typeof previewPaperInput>,
): Promise<PaperFile | Refusal> {
  const no = forbid(ctx.actor, 'notice.read');
  if (no) return no;
  const { language, ...whom } = input;
  // A form has its own words in every language, whatever the notice is written in.
  const sample = await chooseSample(ctx.db, ctx, noticeId, { ...whom, languages: [language ?? ''] });
  if (isRefusal(sample)) return sample;
  const source = await loadFormSource(ctx.db, ctx, {
    actionId: sample.action_id,
    contactId: sample.contactId,
    ...(language ? { language } : {}),
  });
  if (isRefusal(source)) return source;
  const page = { ...source.page, title: `${source.page.title} (PREVIEW)` };
  const { pdf } = await drawForm(ctx, page, newFormCode(), true);
  return { pdf, name: `form-preview-${page.language}.pdf` };
}
