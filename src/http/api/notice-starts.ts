import { z } from 'zod';
import {
  discardNoticeStart,
  draftNoticeStart,
  draftNoticeStartInput,
  loadNoticeStart,
  readNoticeStart,
  readNoticeStartInput,
} from '../../app/notice-starts.ts';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { actionOf, actionParams } from './find.ts';
import { idOf, instant, type Operation, operation } from './operation.ts';

const tag = 'Notices';
const id = z.number().int();
const start = idOf('document');

const startAnswer = z.object({
  id,
  actionId: id,
  file: z.string(),
  state: z.enum(['read', 'drafted', 'discarded']),
  noticeId: id.nullable().describe('The draft that was made of it.'),
  madeBy: z.string(),
  createdAt: instant,
  found: z.object({
    layout: z.enum(['letter', 'ec']),
    title: z.string(),
    dropped: z.array(z.string()).describe('What was left behind, in words.'),
    parts: z.array(
      z.object({
        heading: z.string(),
        section: z.string().describe('The section it was taken for; empty when none.'),
        source: z.string().describe('The text as the editor writes it, facts replaced by placeholders.'),
        facts: z.array(z.object({ name: z.string(), text: z.string(), times: z.number().int() })),
        open: z
          .array(z.object({ value: z.string(), fact: z.string() }))
          .describe('Identifiers, addresses and dates that stay as typed.'),
      }),
    ),
  }),
});

/** Operations on documents a notice is begun from. */
export const noticeStartOperations: readonly Operation[] = [
  operation({
    method: 'POST',
    path: '/actions/:reference/notice-starts',
    permission: 'notice.edit',
    tag,
    summary: 'Read a document as the start of a notice',
    description:
      'Send the file itself as the body: DOCX without macros or plain text, up to 10 MB. Nothing is made yet: read what was recognised, then make the draft.',
    params: actionParams,
    query: readNoticeStartInput,
    body: {
      mediaTypes: ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'text/plain'],
      description: 'The document.',
    },
    status: 201,
    answer: z.object({ id }),
    example: { params: { reference: 'FSN2022-1230' }, query: { name: 'notice.docx' } },
    async run(ctx, { params, query }, { body }) {
      const found = await actionOf(ctx, params);
      return isRefusal(found) ? found : readNoticeStart(ctx, found.actionId, { ...query, source: body });
    },
  }),
  operation({
    method: 'GET',
    path: '/notice-starts/:id',
    permission: 'notice.edit',
    tag,
    summary: 'Read what was recognised in a document',
    description: 'Its parts in order, each with the section it was taken for and the facts that became placeholders.',
    params: start,
    answer: startAnswer,
    example: { params: { id: '1' } },
    async run(ctx, { params }) {
      return (await loadNoticeStart(ctx.db, params.id)) ?? refuse('notice-start.unknown', { id: params.id });
    },
  }),
  operation({
    method: 'POST',
    path: '/notice-starts/:id/draft',
    permission: 'notice.edit',
    tag,
    summary: 'Make a draft of a document',
    description:
      'Of the parts that are given a section, in the order the layout prints them. An empty section leaves a part out.',
    params: start,
    body: draftNoticeStartInput,
    status: 201,
    answer: z.object({ id, version: z.number().int() }),
    example: {
      params: { id: '1' },
      body: { number: 'M-AMR-00496', layout: 'letter', sections: ['letterhead', 'products', '', 'contact'] },
    },
    run: (ctx, { params, body }) => draftNoticeStart(ctx, params.id, body),
  }),
  operation({
    method: 'POST',
    path: '/notice-starts/:id/discard',
    permission: 'notice.edit',
    tag,
    summary: 'Put a document away',
    description: 'Nobody will make a notice of it; it stays in the record.',
    params: start,
    answer: z.object({ id }),
    example: { params: { id: '1' } },
    run: (ctx, { params }) => discardNoticeStart(ctx, params.id),
  }),
];
