import { z } from 'zod';
import {
  setContactFiles,
  setContactFilesInput,
  setDomainFiles,
  setDomainFilesInput,
} from '../../app/delivery-files.ts';
import { ensurePaperForm, paperFormByCode, paperFormInput } from '../../app/paper-forms.ts';
import { forbid } from '../../domain/permission.ts';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { fileAnswer } from '../file-answer.ts';
import { idOf, type Operation, operation } from './operation.ts';

const tag = 'Deliveries';
const id = z.number().int();

/** Forms on paper, and whether letters carry files. */
export const paperFormOperations: readonly Operation[] = [
  operation({
    method: 'POST',
    path: '/paper-forms',
    permission: 'delivery.read',
    tag,
    summary: 'Make a form on paper',
    description:
      'The verification form of one contact as a fillable PDF, its units printed ready, with a QR code on each page. While nothing on it changes it is the same file each time.',
    body: paperFormInput,
    answer: { mediaTypes: ['application/pdf'], description: 'The form.' },
    example: { body: { actionId: 1, contactId: 12, language: 'de' } },
    async run(ctx, { body }) {
      const file = await ensurePaperForm(ctx, { ...body, urgent: true });
      if (isRefusal(file)) return file;
      return fileAnswer(file.pdf, { name: file.name, mediaType: 'application/pdf' });
    },
  }),
  operation({
    method: 'GET',
    path: '/paper-forms/:code',
    permission: 'reply.read',
    tag,
    summary: 'Read the layout of a form on paper',
    description:
      'Where each answer stands on which page, in points from the top left, for programs that read scans. The code is the second part of the QR code.',
    params: z.object({ code: z.string().max(60).describe('The code of the form.') }),
    answer: z.object({
      id,
      code: z.string(),
      actionId: id,
      formId: id,
      partyId: id,
      contactId: id,
      language: z.string(),
      pages: id,
      layout: z.unknown(),
    }),
    example: { params: { code: '7K2M9XW0AB' } },
    async run(ctx, { params }) {
      const no = forbid(ctx.actor, 'reply.read');
      if (no) return no;
      return (await paperFormByCode(ctx.db, params.code)) ?? refuse('paper-form.unknown', { code: params.code });
    },
  }),
  operation({
    method: 'POST',
    path: '/contacts/:id/files',
    permission: 'contact.change',
    tag,
    summary: 'Set how large a mail a contact gets',
    description:
      'The letter and the form go along as PDF as far as they fit; 0: links only; null: as its domain has it.',
    params: idOf('contact'),
    body: setContactFilesInput,
    answer: z.object({ id }),
    example: { params: { id: '12' }, body: { megabytes: 2 } },
    run: (ctx, { params, body }) => setContactFiles(ctx, params.id, body),
  }),
  operation({
    method: 'POST',
    path: '/mail-domains',
    permission: 'setting.change',
    tag,
    summary: 'Set how large a mail a domain takes',
    description: 'For all its contacts without a limit of their own; 0: links only; null: as the server has it.',
    body: setDomainFilesInput,
    answer: z.object({ id: z.string() }),
    example: { body: { domain: 'hospital.example', megabytes: 0, reason: 'Their server returns files.' } },
    run: (ctx, { body }) => setDomainFiles(ctx, body),
  }),
];
