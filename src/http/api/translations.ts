import { z } from 'zod';
import { addBackTranslation, addBackTranslationInput } from '../../app/back-translations.ts';
import { languageHash, signLanguage, signLanguageInput } from '../../app/language-signoffs.ts';
import {
  loadLanguageTable,
  loadTranslationFile,
  loadTranslationImport,
  type TranslationImportDetail,
} from '../../app/queries/translations.ts';
import { exportTranslation, exportTranslationInput } from '../../app/translation-export.ts';
import {
  applyTranslation,
  applyTranslationInput,
  discardTranslation,
  uploadTranslation,
  uploadTranslationInput,
} from '../../app/translations.ts';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { countVerdicts } from '../../domain/translation-report.ts';
import { segmentStates } from '../../domain/xliff.ts';
import { fileAnswer } from '../file-answer.ts';
import { idOf, instant, type Operation, operation } from './operation.ts';

const tag = 'Translations';
const id = z.number().int();
const notice = idOf('notice');
const translation = idOf('translated file');
const count = z.number().int();

const languageAnswer = z.object({
  language: z.string(),
  isSource: z.boolean(),
  recipients: count.describe('Contacts who need it.'),
  written: count,
  total: count,
  complete: z.boolean(),
  textsHash: z.string().describe('Hash of its words and the source’s: what a sign-off names.'),
  signedOff: z
    .object({
      reviewer: z.string(),
      title: z.string(),
      nativeReader: z.boolean(),
      signedBy: z.string(),
      signedAt: instant,
    })
    .nullable(),
});

const reportAnswer = z.object({
  id,
  noticeId: id,
  language: z.string(),
  file: z.string(),
  state: z.enum(['checked', 'applied', 'discarded']),
  current: z.boolean().describe('False: the source has changed since the file was made.'),
  looksLike: z.string().describe('Another language the words are plainly in; empty when they fit.'),
  unknown: z.array(z.string()).describe('Texts in the file that are none of the notice; the first fifty.'),
  counts: z.object({ same: count, change: count, look: count, refused: count, absent: count }),
  taken: z.array(z.string()),
  texts: z.array(
    z.object({
      name: z.string(),
      verdict: z.enum(['same', 'change', 'refused', 'absent']),
      state: z.enum(segmentStates),
      before: z.string(),
      after: z.string(),
      findings: z.array(
        z.object({
          code: z.string(),
          severity: z.enum(['refused', 'look', 'note']),
          segment: count.optional(),
          what: z.string(),
          mend: z.string(),
        }),
      ),
    }),
  ),
});

function toReport({ report, ...detail }: TranslationImportDetail): z.input<typeof reportAnswer> {
  return { ...detail, ...report, counts: countVerdicts(report) };
}

/** Operations on the languages of a notice. */
export const translationOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/notices/:id/languages',
    permission: 'notice.read',
    tag,
    summary: 'List the languages of a notice',
    description: 'Who needs each language, how far it is, and who stands for it.',
    params: notice,
    answer: z.object({ rows: z.array(languageAnswer) }),
    example: { params: { id: '1' } },
    async run(ctx, { params }) {
      const table = await loadLanguageTable(ctx, params.id);
      if (!table) return refuse('notice.unknown', { id: params.id });
      return {
        rows: table.rows.map(({ signoff, ...row }) => ({
          ...row,
          textsHash: languageHash(table.document, row.language),
          signedOff: signoff ?? null,
        })),
      };
    },
  }),
  operation({
    method: 'POST',
    path: '/notices/:id/translation-exports',
    permission: 'notice.edit',
    tag,
    summary: 'Make a file for a translator',
    description: 'Every text in one language as XLIFF, facts locked. The file is kept as it goes out.',
    params: notice,
    body: exportTranslationInput,
    status: 201,
    answer: z.object({ id, name: z.string(), sha256: z.string() }),
    example: { params: { id: '1' }, body: { language: 'fr', format: '2.1' } },
    run: (ctx, { params, body }) => exportTranslation(ctx, params.id, body),
  }),
  operation({
    method: 'GET',
    path: '/translation-exports/:id/file',
    permission: 'notice.edit',
    tag,
    summary: 'Download a file for a translator',
    description: 'The bytes that were made; the same whenever they are asked for.',
    params: idOf('export'),
    answer: { mediaTypes: ['application/xliff+xml'], description: 'XLIFF 2.1 or 1.2.' },
    example: { params: { id: '1' } },
    async run(ctx, { params }) {
      const file = await loadTranslationFile(ctx.db, 'export', params.id);
      if (!file) return refuse('translation.unknown', { id: params.id });
      return fileAnswer(ctx.files.read(file.sha256), { name: file.name, size: file.size });
    },
  }),
  operation({
    method: 'POST',
    path: '/notices/:id/translations',
    permission: 'notice.edit',
    tag,
    summary: 'Upload a translated file',
    description:
      'Send the file itself as the body: XLIFF 1.2, 2.0 or 2.1, up to 20 MB. Nothing changes; the answer is the report of what it would do.',
    params: notice,
    query: uploadTranslationInput,
    body: { mediaTypes: ['application/xliff+xml'], description: 'The file.' },
    status: 201,
    answer: reportAnswer,
    example: { params: { id: '1' }, query: { name: 'notice-fr.xlf', language: 'fr' } },
    async run(ctx, { params, query }, { body }) {
      const made = await uploadTranslation(ctx, params.id, { ...query, source: body });
      if (isRefusal(made)) return made;
      const detail = await loadTranslationImport(ctx.db, made.id);
      return detail ? toReport(detail) : refuse('translation.unknown', { id: made.id });
    },
  }),
  operation({
    method: 'GET',
    path: '/translations/:id',
    permission: 'notice.read',
    tag,
    summary: 'Read the report of a translated file',
    description: 'What each text would become, or became, and what speaks against it.',
    params: translation,
    answer: reportAnswer,
    example: { params: { id: '1' } },
    async run(ctx, { params }) {
      const detail = await loadTranslationImport(ctx.db, params.id);
      return detail ? toReport(detail) : refuse('translation.unknown', { id: params.id });
    },
  }),
  operation({
    method: 'POST',
    path: '/translations/:id/apply',
    permission: 'notice.edit',
    tag,
    summary: 'Take the texts of a translated file',
    description:
      'Those named, else all that are not refused. `looked` says that somebody has looked at what needs a look. Approvals given on the text before fall. When the notice has changed since the report, nothing is taken and the report is made anew.',
    params: translation,
    body: applyTranslationInput,
    answer: z.object({ id, taken: count, voided: count.describe('Approvals that fell.') }),
    example: { params: { id: '1' }, body: { looked: true } },
    run: (ctx, { params, body }) => applyTranslation(ctx, params.id, body),
  }),
  operation({
    method: 'POST',
    path: '/translations/:id/discard',
    permission: 'notice.edit',
    tag,
    summary: 'Put a translated file away',
    description: 'Nothing is taken from it; it stays in the record.',
    params: translation,
    answer: z.object({ id }),
    example: { params: { id: '1' } },
    run: (ctx, { params }) => discardTranslation(ctx, params.id),
  }),
  operation({
    method: 'POST',
    path: '/notices/:id/sign-offs',
    permission: 'notice.sign-language',
    tag,
    summary: 'Sign a language off',
    description:
      'In the name of who read it beside the source. Takes a signed-in person and their credential again; no key can sign. It falls when the words or the source change.',
    params: notice,
    body: signLanguageInput,
    status: 201,
    answer: z.object({ id, signedAt: instant }),
    example: {
      params: { id: '1' },
      body: {
        language: 'fr',
        textsHash: 'textsHash of the language that was read',
        reviewerName: 'Jeanne Exemple',
        reviewerTitle: 'Field engineer',
        nativeReader: true,
        credential: { password: '…' },
      },
    },
    run: (ctx, { params, body }) => signLanguage(ctx, params.id, body),
  }),
  operation({
    method: 'POST',
    path: '/notices/:id/back-translations',
    permission: 'notice.edit',
    tag,
    summary: 'Attach a back-translation',
    description:
      'Send the file itself as the body, up to 20 MB: PDF, DOCX, ODT, RTF, text or XLIFF, by the ending of `name`.',
    params: notice,
    query: addBackTranslationInput,
    body: { mediaTypes: ['application/octet-stream'], description: 'The file.' },
    status: 201,
    answer: z.object({ id }),
    example: { params: { id: '1' }, query: { language: 'fr', name: 'back.pdf', translator: 'J. Exemple' } },
    run: (ctx, { params, query }, { body }) => addBackTranslation(ctx, params.id, { ...query, source: body }),
  }),
  operation({
    method: 'GET',
    path: '/back-translations/:id/file',
    permission: 'notice.read',
    tag,
    summary: 'Download a back-translation',
    description: 'The file as it was attached.',
    params: idOf('back-translation'),
    answer: { mediaTypes: ['application/octet-stream'], description: 'The file.' },
    example: { params: { id: '1' } },
    async run(ctx, { params }) {
      const file = await loadTranslationFile(ctx.db, 'back', params.id);
      if (!file) return refuse('translation.unknown', { id: params.id });
      return fileAnswer(ctx.files.read(file.sha256), { name: file.name, size: file.size });
    },
  }),
];
