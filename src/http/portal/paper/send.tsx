/** The filled form comes back where it was fetched: a file, kept whole and read by a job. */
import type { VNode } from 'preact';
import { keepPaperFile } from '../../../app/paper-replies.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { seeOther } from '../../context.ts';
import { refusalText } from '../../refusal.tsx';
import type { Translate } from '../../translate.ts';
import { FileInput, Form, SubmitButton } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import type { FormState } from '../../ui/form.ts';
import { refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { readUpload, type UploadedFile } from '../../upload.ts';
import { portalPage } from '../gate.tsx';
import { PaperPage } from './page.tsx';

/** POST /p/:token/paper/send: one file or several, e.g. a photo of each page; the pages of a form find together. */
export const sendFilledForm = portalPage({}, async (portal) => {
  const { c, ctx, data, t, base } = portal;
  const again = (message: string) =>
    html(c, <PaperPage portal={portal} form={refusedForm({}, [{ field: 'file', message }])} />, 422);
  const upload = await readUpload(c);
  if (!upload?.file) return again(t('portal.paper.send-none'));
  const place = { actionId: data.action.id, partyId: data.party.id, contactId: data.contact.id };
  for (let file: UploadedFile | undefined = upload.file; file; file = await upload.next()) {
    const kept = await keepPaperFile(ctx, { ...file, way: 'portal', place });
    // The files before it are kept; sent again they are the same files.
    if (isRefusal(kept)) return again(`${file.name}: ${refusalText(kept, t.language)}`);
  }
  setFlash(c, { tone: 'done', text: t('portal.paper.sent') });
  return seeOther(c, `${base}/paper`);
});

/** Where the filled form is sent from. */
export function SendForm({ base, form, t }: { base: string; form: FormState; t: Translate }): VNode {
  return (
    <section aria-labelledby="send">
      <h2 id="send">{t('portal.paper.send')}</h2>
      <Form action={`${base}/paper/send`} upload>
        <FileInput
          form={form}
          name="file"
          label={t('portal.paper.send-file')}
          hint={t('portal.paper.send-photos')}
          accept=".pdf,.jpg,.jpeg,.png,.tif,.tiff,.heic,.heif,application/pdf,image/*"
          multiple
          required
        />
        <p class="ff-portal-next">
          <SubmitButton icon="send">{t('portal.paper.send-button')}</SubmitButton>
        </p>
      </Form>
    </section>
  );
}
