import { z } from 'zod';
import { createStandardForm, createStandardFormInput } from '../../app/forms.ts';
import {
  approveNotice,
  approveNoticeInput,
  createNotice,
  createNoticeInput,
  editNotice,
  editNoticeInput,
  moveNotice,
} from '../../app/notices.ts';
import { loadNotice } from '../../app/queries/action-detail.ts';
import { noticeDocumentSchema } from '../../domain/notice.ts';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { actionOf, actionParams } from './find.ts';
import { idOf, instant, type Operation, operation } from './operation.ts';

const tag = 'Notices';
const id = z.number().int();
const params = idOf('notice');
const example = { params: { id: '1' } };
const idAnswer = z.object({ id });

export const noticeOperations: readonly Operation[] = [
  operation({
    method: 'POST',
    path: '/actions/:reference/notices',
    permission: 'notice.edit',
    tag,
    summary: 'Create a notice',
    description: 'Begins the next version, in draft. An update follows the released notice.',
    params: actionParams,
    body: createNoticeInput,
    status: 201,
    answer: z.object({ id, version: z.number().int() }),
    example: {
      params: { reference: 'FSN2022-1230' },
      body: {
        number: '200023456',
        document: { layout: 'letter', variants: {}, texts: { en: { title: 'Urgent Field Safety Notice' } } },
      },
    },
    async run(ctx, { params: path, body }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : createNotice(ctx, found.actionId, body);
    },
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/forms',
    permission: 'notice.edit',
    tag,
    summary: 'Make the verification form',
    description: 'The next version, with the standard questions about what is corrected. A release needs one.',
    params: actionParams,
    body: createStandardFormInput,
    status: 201,
    answer: z.object({ id, version: z.number().int() }),
    example: { params: { reference: 'FSN2022-1230' }, body: { software: 'Local Run Manager' } },
    async run(ctx, { params: path, body }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : createStandardForm(ctx, found.actionId, body);
    },
  }),
  operation({
    method: 'GET',
    path: '/notices/:id',
    permission: 'notice.read',
    tag,
    summary: 'Read a notice',
    description: 'Its text in every language and variant, its hash, and every signature given on it.',
    params,
    answer: z.object({
      id,
      actionId: id,
      number: z.string(),
      version: z.number().int(),
      kind: z.string(),
      state: z.string(),
      stateSince: instant,
      contentHash: z
        .string()
        .describe('SHA-256 of the document: what an approval signs, and `basedOn` of the next edit.'),
      releasedAt: instant.nullable(),
      document: noticeDocumentSchema,
      signatures: z.array(
        z.object({
          name: z.string(),
          role: z.string(),
          meaning: z.string(),
          signedAt: instant,
          voidedAt: instant.nullable(),
          voidedReason: z.string(),
        }),
      ),
    }),
    example,
    async run(ctx, { params: path }) {
      const notice = await loadNotice(ctx.db, path.id);
      if (!notice) return refuse('notice.unknown', { id: path.id });
      return { ...notice, document: noticeDocumentSchema.parse(notice.document) };
    },
  }),
  operation({
    method: 'PUT',
    path: '/notices/:id',
    permission: 'notice.edit',
    tag,
    summary: 'Change a notice',
    description:
      'Saves the whole text. Refused when somebody changed it meanwhile. Approvals given on the text before fall.',
    params,
    body: editNoticeInput,
    answer: z.object({ id, contentHash: z.string(), voided: z.number().int().describe('Approvals that fell.') }),
    example: {
      ...example,
      body: {
        basedOn: 'contentHash of the text you started from',
        document: { layout: 'letter', variants: {}, texts: {} },
      },
    },
    run: (ctx, { params: path, body }) => editNotice(ctx, path.id, body),
  }),
  operation({
    method: 'POST',
    path: '/notices/:id/submit',
    permission: 'notice.edit',
    tag,
    summary: 'Hand a notice in for review',
    description: 'From draft to review: then quality and regulatory affairs can sign.',
    params,
    answer: idAnswer,
    example,
    run: (ctx, { params: path }) => moveNotice(ctx, path.id, 'in-review'),
  }),
  operation({
    method: 'POST',
    path: '/notices/:id/withdraw',
    permission: 'notice.edit',
    tag,
    summary: 'Take a notice back to draft',
    description: 'Voids what was signed on it.',
    params,
    answer: idAnswer,
    example,
    run: (ctx, { params: path }) => moveNotice(ctx, path.id, 'draft'),
  }),
  operation({
    method: 'POST',
    path: '/notices/:id/approve',
    permission: ['notice.approve.quality', 'notice.approve.regulatory'],
    tag,
    summary: 'Approve a notice',
    description:
      'Signs the text for quality or for regulatory affairs. Takes a signed-in person and their credential again; no key can sign.',
    params,
    body: approveNoticeInput,
    answer: z.object({ id, state: z.enum(['in-review', 'approved']) }),
    example: {
      ...example,
      body: {
        as: 'quality',
        contentHash: 'contentHash of the text that was read',
        credential: { password: '…', code: '123456' },
      },
    },
    run: (ctx, { params: path, body }) => approveNotice(ctx, path.id, body),
  }),
];
