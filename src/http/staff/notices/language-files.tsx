/** Files of a language: out to the translator, in again, and back-translations. */
import type { VNode } from 'preact';
import { addBackTranslation, backTranslationTypes } from '../../../app/back-translations.ts';
import { exportTranslation, exportTranslationInput } from '../../../app/translation-export.ts';
import { uploadTranslation } from '../../../app/translations.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { sourceHash } from '../../../domain/xliff-export.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError, statusOf } from '../../refusal.tsx';
import { FileInput, Form, RadioGroup, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { type FormState, refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { Card } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { Moment } from '../../ui/time.tsx';
import { readUpload, UploadBrokenError } from '../../upload.ts';
import { type LanguagePageData, languagePage, withLanguage } from './language.tsx';
import { count, languagePath } from './languages.tsx';

type CardProps = { data: LanguagePageData; mayEdit: boolean; form: FormState | undefined };

const formats = [
  { value: '2.1', label: 'XLIFF 2.1', hint: 'What current tools read, with length limits and protected codes.' },
  { value: '1.2', label: 'XLIFF 1.2', hint: 'For older tools; ask your translator when in doubt.' },
];

/** The file for the translator: made, kept, downloaded. */
export function FileOutCard({ data, mayEdit, form }: CardProps): VNode {
  const { history, table, row } = data;
  const now = sourceHash(table.document);
  return (
    <Card title="Out to the translator" id="out">
      <p>
        The file holds every text with its source, notes and the present translation. Facts, links and emphasis are
        locked: a translator moves them and types none.
      </p>
      {history.exports.length === 0 ? <p class="ff-muted">No file has gone out yet.</p> : null}
      <ul class="ff-plain-list">
        {history.exports.map((one) => (
          <li key={one.id}>
            <a href={`/translation-exports/${one.id}/file`}>{one.file}</a>, XLIFF {one.format}, <bdi>{one.by}</bdi>,{' '}
            <Moment at={one.at} />
            {one.sourceHash === now ? null : <em> – the source has changed since</em>}
          </li>
        ))}
      </ul>
      {mayEdit ? (
        <Form action={`${languagePath(table.noticeId, row.language)}/export`}>
          <RadioGroup form={form} name="format" label="Format" options={formats} value="2.1" />
          <SubmitButton tone="secondary" icon="file-export">
            Make the file
          </SubmitButton>
        </Form>
      ) : null}
    </Card>
  );
}

/** What came back: uploaded and reported, never taken without a look. */
export function FileInCard({ data, mayEdit, form }: CardProps): VNode {
  const { history, table, row, open } = data;
  return (
    <Card title="Back from the translator">
      {open ? null : <p>This version is released and takes no texts any more. Write an update notice instead.</p>}
      {history.imports.length === 0 ? <p class="ff-muted">No file has come back yet.</p> : null}
      <ul class="ff-plain-list">
        {history.imports.map((one) => (
          <li key={one.id}>
            <a href={`/translations/${one.id}`}>
              <bdi>{one.file}</bdi>
            </a>{' '}
            <StateBadge kind="import" state={one.state} />
            {one.state === 'applied' ? ` ${count(one.taken.length, 'text')} taken` : ''}, <bdi>{one.by}</bdi>,{' '}
            <Moment at={one.at} />
          </li>
        ))}
      </ul>
      {mayEdit && open ? (
        <Form action={`${languagePath(table.noticeId, row.language)}/upload`} upload>
          <FileInput
            form={form}
            name="file"
            label="Translated file"
            hint="XLIFF 1.2, 2.0 or 2.1, up to 20 MB. Nothing changes yet: you see first what it would do."
            accept=".xlf,.xliff,.xml"
            required
          />
          <SubmitButton tone="primary" icon="upload">
            Upload and check
          </SubmitButton>
        </Form>
      ) : null}
    </Card>
  );
}

/** The words put back into the source language by somebody else. */
export function BackTranslationCard({ data, mayEdit, form }: CardProps): VNode {
  const { history, table, row, textsHash } = data;
  return (
    <Card title="Back-translations" id="back-translations">
      {history.backTranslations.length === 0 ? (
        <p class="ff-muted">
          None yet. Somebody other than the translator puts the words back, so that you can read them.
        </p>
      ) : null}
      <ul class="ff-plain-list">
        {history.backTranslations.map((one) => (
          <li key={one.id}>
            <a href={`/back-translations/${one.id}/file`}>
              <bdi>{one.file}</bdi>
            </a>{' '}
            by <bdi>{one.translator}</bdi>, <Moment at={one.at} />
            {one.textsHash === textsHash ? null : <em> – of an earlier wording</em>}
          </li>
        ))}
      </ul>
      {mayEdit && row.written > 0 ? (
        <Form action={`${languagePath(table.noticeId, row.language)}/back-translation`} upload>
          <TextInput form={form} name="translator" label="Who made it" maxLength={120} width={30} required />
          <FileInput
            form={form}
            name="back"
            label="File"
            hint={`${Object.keys(backTranslationTypes).join(', ')}; up to 20 MB. It is kept as it is.`}
            accept={Object.keys(backTranslationTypes)
              .map((ending) => `.${ending}`)
              .join(',')}
            required
          />
          <SubmitButton tone="secondary">Attach it</SubmitButton>
        </Form>
      ) : null}
    </Card>
  );
}

/** POST /notices/:id/languages/:language/export */
export async function postExport(c: C): Promise<Response> {
  return withLanguage(c, async (data) => {
    const body = await readForm(c);
    const { language } = data.row;
    const input = exportTranslationInput.safeParse({ language, format: fieldText(body, 'format') || undefined });
    const again = async (message: string, status: 403 | 404 | 409 | 422) =>
      html(
        c,
        await languagePage(c, data, { form: refusedForm(body, [{ field: 'format', message }]), of: 'export' }),
        status,
      );
    if (!input.success) return again('Choose one of the two formats.', 422);
    const result = await exportTranslation(c.get('ctx'), data.table.noticeId, input.data);
    if (isRefusal(result)) return again(refusalError(result).message, statusOf(result) as 422);
    setFlash(c, { tone: 'done', text: `${result.name} is made. Download it below and send it to the translator.` });
    return seeOther(c, `${languagePath(data.table.noticeId, language)}#out`);
  });
}

/** POST /notices/:id/languages/:language/upload: streamed to the store, read, reported. */
export async function postUpload(c: C): Promise<Response> {
  return withLanguage(c, async (data) => {
    const upload = await readUpload(c);
    const again = async (message: string, status: 403 | 404 | 409 | 422 = 422) =>
      html(
        c,
        await languagePage(c, data, { form: refusedForm({}, [{ field: 'file', message }]), of: 'upload' }),
        status,
      );
    if (!upload?.file) return again('Choose the file.');
    const { name, bytes } = upload.file;
    try {
      const input = { language: data.row.language, name, source: bytes };
      const result = await uploadTranslation(c.get('ctx'), data.table.noticeId, input);
      if (!isRefusal(result)) return seeOther(c, `/translations/${result.id}`);
      return again(refusalError(result).message, statusOf(result) as 422);
    } catch (error) {
      if (!(error instanceof UploadBrokenError)) throw error;
      return again('The file did not arrive whole. Nothing was kept; send it once more.');
    }
  });
}

/** POST /notices/:id/languages/:language/back-translation */
export async function postBackTranslation(c: C): Promise<Response> {
  return withLanguage(c, async (data) => {
    const upload = await readUpload(c);
    const translator = upload?.fields.translator?.trim() ?? '';
    const again = async (field: string, message: string, status: 403 | 404 | 409 | 422 = 422) =>
      html(
        c,
        await languagePage(c, data, {
          form: refusedForm({ translator }, [{ field, message }]),
          of: 'back-translation',
        }),
        status,
      );
    if (translator === '') return again('translator', 'Write who made it.');
    if (!upload?.file) return again('back', 'Choose the file.');
    const { name, bytes } = upload.file;
    try {
      const input = { language: data.row.language, name, translator: translator.slice(0, 120), source: bytes };
      const result = await addBackTranslation(c.get('ctx'), data.table.noticeId, input);
      if (isRefusal(result)) return again('back', refusalError(result).message, statusOf(result) as 422);
      setFlash(c, { tone: 'done', text: 'The back-translation is attached.' });
      return seeOther(c, `${languagePath(data.table.noticeId, data.row.language)}#back-translations`);
    } catch (error) {
      if (!(error instanceof UploadBrokenError)) throw error;
      return again('back', 'The file did not arrive whole. Nothing was kept; send it once more.');
    }
  });
}
