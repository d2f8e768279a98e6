/** What is sent from the page of a package: its file, its description, signatures, the withdrawal. */
import { appendUpload, beginUpload, beginUploadInput, cancelUpload } from '../../../app/package-uploads.ts';
import { withdrawPackage, withdrawPackageInput } from '../../../app/package-withdrawal.ts';
import {
  type ChangePackage,
  changePackage,
  changePackageInput,
  signPackage,
  signPackageInput,
} from '../../../app/packages.ts';
import type { PackageDetail } from '../../../app/queries/packages.ts';
import type { PackageLines } from '../../../domain/package.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, type FormBody, fieldText, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError, refusalText, statusOf } from '../../refusal.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormErrors, refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { readUpload, type Upload } from '../../upload.ts';
import { readCredential } from '../account/signature-fields.tsx';
import { type PackageForms, packagePage, withPackage } from './package.tsx';

async function again(
  c: C,
  row: PackageDetail,
  part: keyof PackageForms,
  body: FormBody,
  errors: FormErrors,
  status = 422,
) {
  return html(c, await packagePage(c, row, { [part]: refusedForm(body, errors) }), status as 422);
}

/** POST /packages/:id/file: the form's file, streamed to the store; it never lies in memory. */
export function postFile(c: C): Promise<Response> {
  return withPackage(c, async (row) => {
    const ctx = c.get('ctx');
    const upload: Upload | undefined = await readUpload(c);
    const fields = upload?.fields ?? {};
    const refused = (errors: FormErrors, status?: number) => again(c, row, 'file', fields, errors, status);
    if (!upload?.file) return refused([{ field: 'file', message: 'Choose the file.' }]);
    const input = beginUploadInput.safeParse({ fileName: upload.file.name, length: null, sha256: fields.sha256 ?? '' });
    if (!input.success) return refused(errorsFromZod(input.error));
    const begun = await beginUpload(ctx, row.id, input.data);
    if (isRefusal(begun)) return refused([{ ...refusalError(begun), field: 'file' }], statusOf(begun));
    const done = await appendUpload(ctx, begun.id, 0, upload.file.bytes, { whole: true });
    if (isRefusal(done)) {
      const field = done.at === 'sha256' ? 'sha256' : 'file';
      return refused([{ ...refusalError(done), field }], statusOf(done));
    }
    setFlash(c, { tone: 'done', text: 'The file is there. Compare its SHA-256 with the one where it was built.' });
    return seeOther(c, `/packages/${row.id}`);
  });
}

/** POST /packages/:id/upload-cancel */
export function postUploadCancel(c: C): Promise<Response> {
  return withPackage(c, async (row) => {
    const result = row.uploadId ? await cancelUpload(c.get('ctx'), row.uploadId) : undefined;
    if (isRefusal(result)) setFlash(c, { tone: 'attention', text: refusalText(result) });
    else setFlash(c, { tone: 'done', text: 'The upload is given up; nothing of it was kept.' });
    return seeOther(c, `/packages/${row.id}#file`);
  });
}

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

/** `NB: Dx, RUO; 1.3 to 3.1` as it was typed. */
function readApplies(line: string) {
  const [product = '', rest = ''] = splitOnce(line, ':');
  const [modes = '', versions = ''] = splitOnce(rest, ';');
  const [from = '', to = ''] = versions.split(/\s+to\s+/i);
  const environments = modes
    .split(',')
    .map((mode) => mode.trim())
    .filter((mode) => mode !== '' && mode.toLowerCase() !== 'all');
  return { product: product.trim(), environments, from: from.trim(), to: to.trim() };
}

function splitOnce(text: string, sign: string): string[] {
  const at = text.indexOf(sign);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** POST /packages/:id/description */
export function postDescription(c: C): Promise<Response> {
  return withPackage(c, async (row) => {
    const body = await readForm(c);
    const refused = (errors: FormErrors, status?: number) => again(c, row, 'description', body, errors, status);
    let manifest: unknown;
    try {
      manifest = JSON.parse(fieldText(body, 'manifest') || '{}');
    } catch (error) {
      return refused([{ field: 'manifest', message: `This is not JSON: ${(error as Error).message}` }]);
    }
    const instructions: Record<string, string> = {};
    const translations: Record<string, PackageLines> = {};
    for (const language of new Set([...Object.keys(row.instructions), ...Object.keys(row.translations)])) {
      instructions[language] = fieldText(body, `instructions.${language}`);
      translations[language] = {
        prerequisites: lines(fieldText(body, `prerequisites.${language}`)),
        sideEffects: lines(fieldText(body, `sideEffects.${language}`)),
      };
    }
    const added = fieldText(body, 'newLanguage');
    if (added !== '') instructions[added] = fieldText(body, 'newInstructions');
    const input = changePackageInput.safeParse({
      applies: lines(fieldText(body, 'applies')).map(readApplies),
      prerequisites: lines(fieldText(body, 'prerequisites')),
      sideEffects: lines(fieldText(body, 'sideEffects')),
      translations,
      instructions,
      manifest,
      mostDownloads: Number(fieldText(body, 'mostDownloads')),
    } satisfies { [Name in keyof ChangePackage]: unknown });
    if (!input.success) return refused(errorsFromZod(input.error, (path) => path.split('.')[0] ?? path));
    const result = await changePackage(c.get('ctx'), row.id, input.data);
    if (isRefusal(result)) {
      const error = refusalError(result);
      const field = error.field === `instructions.${added}` ? 'newInstructions' : error.field;
      return refused([{ ...error, field }], statusOf(result));
    }
    const voided = result.voided > 0 ? ' What was signed is void; sign again.' : '';
    setFlash(c, { tone: 'done', text: `Saved.${voided}` });
    return seeOther(c, `/packages/${row.id}`);
  });
}

/** POST /packages/:id/limit */
export function postLimit(c: C): Promise<Response> {
  return withPackage(c, async (row) => {
    const body = await readForm(c);
    const input = changePackageInput.safeParse({ mostDownloads: Number(fieldText(body, 'mostDownloads')) });
    if (!input.success) return again(c, row, 'description', body, errorsFromZod(input.error));
    const result = await changePackage(c.get('ctx'), row.id, input.data);
    if (isRefusal(result)) return again(c, row, 'description', body, [refusalError(result)], statusOf(result));
    setFlash(c, { tone: 'done', text: 'The limit is changed.' });
    return seeOther(c, `/packages/${row.id}`);
  });
}

/** POST /packages/:id/sign */
export function postSign(c: C): Promise<Response> {
  return withPackage(c, async (row) => {
    const body = await readForm(c);
    const input = signPackageInput.safeParse({
      as: fieldText(body, 'as'),
      contentHash: fieldText(body, 'contentHash'),
      credential: readCredential(body),
    });
    if (!input.success) return answerRefusal(c, refuse('package.changed-meanwhile', {}), `/packages/${row.id}`);
    const result = await signPackage(c.get('ctx'), row.id, input.data);
    if (isRefusal(result)) return again(c, row, 'sign', body, [refusalError(result)], statusOf(result));
    setFlash(c, {
      tone: 'done',
      text:
        result.state === 'released'
          ? 'Signed and released. Those who are entitled can download it.'
          : 'Signed. The other signature is still missing.',
    });
    return seeOther(c, `/packages/${row.id}`);
  });
}

/** POST /packages/:id/withdraw */
export function postWithdrawal(c: C): Promise<Response> {
  return withPackage(c, async (row) => {
    const body = await readForm(c);
    const input = withdrawPackageInput.safeParse({ reason: fieldText(body, 'reason') });
    const errors = input.success ? [] : errorsFromZod(input.error);
    if (fieldText(body, 'sure') === '') errors.push({ field: 'sure', message: 'Tick that you mean it.' });
    if (!input.success || errors.length > 0) return again(c, row, 'withdraw', body, errors);
    const result = await withdrawPackage(c.get('ctx'), row.id, input.data);
    if (isRefusal(result)) return again(c, row, 'withdraw', body, [refusalError(result)], statusOf(result));
    setFlash(c, {
      tone: 'done',
      text: `Withdrawn. ${result.revoked} open downloads ended; ${result.told} contacts who have it are told.`,
    });
    return seeOther(c, `/packages/${row.id}`);
  });
}
