import type { MailAttachment } from '../domain/mail.ts';
import { isRefusal, type Refusal } from '../domain/refusal.ts';
import type { AttachmentReader, AttachmentResult } from './attachments.ts';
import { paperReasonTitles } from './paper-reasons.ts';
import { keepPaperFile, readPaperFile } from './paper-replies.ts';

/** Pictures smaller than this are logos and signatures of mails, not scans. */
const LEAST_PICTURE = 30_000;

const KINDS = /^(application\/pdf|image\/(jpeg|png|tiff|heic|heif))$/;

function takes(attachment: MailAttachment): boolean {
  const type = attachment.seenType || attachment.mediaType;
  return KINDS.test(type) && (type === 'application/pdf' || attachment.size >= LEAST_PICTURE);
}

/** Forms that come as attachments: filled PDFs, scans and photos. */
export const paperAttachments: AttachmentReader = {
  name: 'The reader of forms',
  takes,
  async read(ctx, input) {
    const { bytes, actionId, partyId, contactId } = input;
    const kept = await keepPaperFile(ctx, {
      name: input.attachment.name || 'attachment',
      bytes: (async function* () {
        yield bytes;
      })(),
      way: 'mail',
      receivedAt: input.receivedAt,
      messageId: input.messageId,
      ...(actionId !== null && partyId !== null ? { place: { actionId, partyId, contactId } } : {}),
    });
    const name = input.attachment.name || 'The attachment';
    const read = isRefusal(kept) ? kept : await readPaperFile(ctx, kept.id);
    const waits = (refusal: Refusal): AttachmentResult => ({
      done: false,
      words: `${name}: ${ctx.say('en')(`refusal.${refusal.code}`, refusal.params)}`,
      replyIds: [],
    });
    if (isRefusal(read)) return waits(read);
    const { replyIds, waiting, trouble, place } = read;
    if (trouble) return waits(trouble);
    const parts = [
      replyIds.length > 0
        ? `${name}: ${replyIds.length === 1 ? 'a form was' : `${replyIds.length} forms were`} taken.`
        : '',
      waiting.length > 0
        ? `${name}: ${waiting.length === 1 ? 'a form waits' : `${waiting.length} forms wait`} under Forms that came back (${waiting[0]?.reasons.map((reason) => paperReasonTitles[reason]).join(', ')}).`
        : '',
    ];
    return {
      // Forms wait in a queue of their own: the mail itself has nothing more to decide.
      done: replyIds.length > 0 || waiting.some(({ reasons }) => !reasons.includes('no-code')),
      words: parts.filter(Boolean).join(' '),
      replyIds,
      ...(place ? { place } : {}),
    };
  },
};
