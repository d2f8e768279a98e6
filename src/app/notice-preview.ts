import { z } from 'zod';
import { audiences, missingTexts, noticeDocumentSchema, startedLanguages } from '../domain/notice.ts';
import { toHtml } from '../domain/notice-html.ts';
import { toMailHtml } from '../domain/notice-mail-html.ts';
import { renderNotice } from '../domain/notice-render.ts';
import { toText } from '../domain/notice-text.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { Context } from './context.ts';
import { previewLetter } from './letter-tests.ts';
import { loadVersion } from './notice-compare.ts';
import { loadRecipient } from './queries/preview-recipients.ts';

/** What a notice can be looked at as. A letter on paper is a file of its own: app/paper-letters.ts. */
export const previewMedia = ['page', 'mail', 'text'] as const;
export type PreviewMedium = (typeof previewMedia)[number];

export const previewNoticeInput = z.object({
  audience: z.enum(audiences),
  language: z.string().max(20),
  medium: z.enum(previewMedia).default('page'),
  /** As this contact would get it; left out, without anybody's own facts. */
  contactId: z.coerce.number().int().positive().optional(),
});

export interface PreviewedNotice {
  medium: PreviewMedium;
  subject: string;
  /** HTML of a page's part (`page`) or of a whole mail (`mail`); plain text (`text`). */
  content: string;
  /** Facts without a value, those of a recipient left out. */
  missing: string[];
  /** Names of the texts this language does not have yet: the sections are left out. */
  unwritten: string[];
}

/**
 * Prints one variant in one language as a page, a mail or its text, for nobody or as one contact gets it; a draft with what
 * it has. Sends nothing. Refuses `notice.not-in-language` when nothing of the variant is written in the language.
 */
export async function previewNotice(
  ctx: Context,
  noticeId: number,
  input: z.infer<typeof previewNoticeInput>,
): Promise<PreviewedNotice | Refusal> {
  const no = forbid(ctx.actor, 'notice.read');
  if (no) return no;
  const version = await loadVersion(ctx.db, noticeId);
  if (!version) return refuse('notice.unknown', { id: noticeId });
  const { audience, language, medium, contactId } = input;
  const document = noticeDocumentSchema.parse(version.document);
  if (!startedLanguages(document, audience).includes(language)) {
    return refuse('notice.not-in-language', { audience, language }, 'language');
  }
  const unwritten = missingTexts(document, audience, language);
  const recipient = contactId === undefined ? undefined : await loadRecipient(ctx.db, version.actionId, contactId);
  if (contactId !== undefined && !recipient) return refuse('delivery.no-sample', {}, 'contactId');
  if (recipient && medium !== 'page') {
    const letter = await previewLetter(ctx, noticeId, { contactId: recipient.id, audience, languages: [language] });
    if (isRefusal(letter)) return letter;
    return {
      medium,
      subject: letter.subject,
      content: medium === 'mail' ? letter.html : letter.text,
      missing: letter.missing,
      unwritten,
    };
  }
  const own = recipient && { 'recipient.name': recipient.name, 'recipient.party': recipient.party };
  const printed = renderNotice(document, audience, language, {
    ...version.facts,
    values: { ...version.facts.values, ...own },
  });
  return {
    medium,
    subject: printed.subject,
    content:
      medium === 'page' ? toHtml(printed, { level: 3 }) : medium === 'mail' ? toMailHtml(printed) : toText(printed),
    unwritten,
    missing: printed.missing.filter((name) => !/^(recipient|portal)\.|^deadline\.reply$/.test(name)),
  };
}
