import { z } from 'zod';
import { orderLetters, orderLettersInput } from '../../app/letter-making.ts';
import { previewPaperForm } from '../../app/paper-form-preview.ts';
import { previewPaperInput, previewPaperLetter, readPaperLetter } from '../../app/paper-letters.ts';
import { printPost, printPostInput } from '../../app/paper-post.ts';
import { letterList } from '../../app/queries/letters.ts';
import { isRefusal, type Refusal } from '../../domain/refusal.ts';
import { fileAnswer } from '../file-answer.ts';
import { actionOf, actionParams } from './find.ts';
import { listOperation } from './list.ts';
import { idOf, instant, type Operation, operation } from './operation.ts';

const tag = 'Deliveries';
const id = z.number().int();
const pdf = { mediaTypes: ['application/pdf'], description: 'Tagged PDF/A-1a.' };
const formPdf = { mediaTypes: ['application/pdf'], description: 'A PDF with fields to fill in.' };

function answerPdf(file: { pdf: Uint8Array<ArrayBuffer>; name: string } | Refusal): Response | Refusal {
  if (isRefusal(file)) return file;
  return fileAnswer(file.pdf, { name: file.name, mediaType: 'application/pdf' });
}

/** Letters on paper. */
export const letterOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/deliveries/:id/letter.pdf',
    permission: 'attempt.record',
    tag,
    summary: 'Read a letter as PDF',
    description:
      'The letter of one contact as it is printed, in all its languages or in one. It carries the personal link.',
    params: idOf('letter'),
    query: z.object({ language: z.string().max(20).optional() }),
    answer: pdf,
    example: { params: { id: '12' } },
    run: async (ctx, { params, query }) => answerPdf(await readPaperLetter(ctx, params.id, query.language)),
  }),
  operation({
    method: 'GET',
    path: '/notices/:id/letter.pdf',
    permission: 'notice.read',
    tag,
    summary: 'Preview a letter as PDF',
    description: 'The letter of any recipient before anything is released. Its link opens nothing.',
    params: idOf('notice'),
    query: previewPaperInput,
    answer: pdf,
    example: { params: { id: '1' }, query: { audience: 'dx-recall', language: 'de' } },
    run: async (ctx, { params, query }) => answerPdf(await previewPaperLetter(ctx, params.id, query)),
  }),
  operation({
    method: 'GET',
    path: '/notices/:id/form.pdf',
    permission: 'notice.read',
    tag,
    summary: 'Preview a form as PDF',
    description:
      'The form on paper of any recipient before anything is released. Nothing is kept; its code names no form.',
    params: idOf('notice'),
    query: previewPaperInput,
    answer: formPdf,
    example: { params: { id: '1' }, query: { audience: 'dx-recall', language: 'de' } },
    run: async (ctx, { params, query }) => answerPdf(await previewPaperForm(ctx, params.id, query)),
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/letters',
    permission: 'attempt.record',
    tag,
    summary: 'Have letters made',
    description:
      'Has the letters made that have no file yet: those to be posted, or those of every recipient. They are made in the background; ordering twice makes nothing twice.',
    params: actionParams,
    body: orderLettersInput,
    status: 202,
    answer: z.object({ id, letters: z.number().int().describe('Letters that are made now.') }),
    example: { params: { reference: 'FSN2022-1230' }, body: { of: 'post' } },
    async run(ctx, { params, body }) {
      const found = await actionOf(ctx, params);
      return isRefusal(found) ? found : orderLetters(ctx, found.actionId, body);
    },
  }),
  listOperation({
    list: letterList,
    path: '/actions/:reference/letters',
    params: actionParams,
    permission: 'delivery.read',
    tag,
    summary: 'List the letters on paper',
    description: 'Each letter and language with its file, its pages, or why it could not be made.',
    row: z.object({
      id,
      deliveryId: id,
      party: z.string(),
      language: z.string(),
      paper: z.enum(['a4', 'us-letter']),
      state: z.enum(['waiting', 'made', 'failed']),
      pages: z.number().int().nullable(),
      sha256: z.string().nullable(),
      detail: z.string(),
      madeAt: instant.nullable(),
    }),
    scope: actionOf,
    example: { params: { reference: 'FSN2022-1230' }, query: { state: 'failed' } },
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/print',
    permission: 'attempt.record',
    tag,
    summary: 'Print letters, envelopes or labels',
    description:
      'One file for the printer, in the order of the numbers given. It records nothing: what was posted is recorded by itself.',
    params: actionParams,
    body: printPostInput,
    answer: pdf,
    example: { params: { reference: 'FSN2022-1230' }, body: { deliveryIds: [12, 13], what: 'labels' } },
    async run(ctx, { params, body }) {
      const found = await actionOf(ctx, params);
      return isRefusal(found) ? found : answerPdf(await printPost(ctx, found.actionId, body));
    },
  }),
];
